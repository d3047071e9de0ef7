import RawData
