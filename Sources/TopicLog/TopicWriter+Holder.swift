import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension TopicWriter {
  /// Who is writing a topic at present, as `process 17 on somewhere`; nothing where nobody is.
  ///
  /// Looks only at writers of this machine, or of one that locks files on the same file system. Takes the lock for an
  /// instant where it is free.
  ///
  /// - Parameter directory: The topic's directory.
  /// - Throws: ``TopicLogError`` where the lock cannot be read.
  public static func holder(directory path: String) throws(TopicLogError) -> String? {
    let file: LogFile
    do throws(TopicLogError) { file = try LogFile(TopicDirectory(path).lockPath, .read) } catch {
      if error.code == .notFound { return nil }
      // only a file's owner can write the topic then, and nobody else can know
      if error.errno == EACCES { return nil }
      throw error
    }
    if flock(file.descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
    guard errno == EWOULDBLOCK else { throw .system(errno, "lock", file.path) }
    guard let holder = try? JSONValue(parsing: try file.readAll()), let pid = holder["pid"]?.intValue,
      let host = holder["host"]?.stringValue
    else { return "a writer that has not given its name yet" }
    return "process \(pid) on \(host)"
  }
}
