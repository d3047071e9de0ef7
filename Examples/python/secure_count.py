#!/usr/bin/env python3
"""Counts events by type, encrypted: secure_count.py MINE.key PUBLISHER.pub [NAME DATA SERVICE]. Needs pyzmq."""
import collections
import json
import sys

import zmq
from never_miss import consume


def read_key(path):
    """Lines that begin with # say what the file is; behind a public key comes a name."""
    return next(line for line in open(path, "rb") if line.strip() and not line.startswith(b"#")).split()[0]


def encrypt(socket):
    socket.curve_serverkey, socket.curve_secretkey = publisher, mine
    socket.curve_publickey = zmq.curve_public(mine)


mine, publisher = read_key(sys.argv[1]), read_key(sys.argv[2])
name, data, service = sys.argv[3:] or ["counter", "tcp://127.0.0.1:5552", "tcp://127.0.0.1:5553"]
counts = collections.Counter()
for lines in consume(name, "events.clean", data, service, prepare=encrypt):
    if lines is None:
        counts.clear()
    else:
        counts.update(json.loads(line)["event_type"] for line in lines)
print("  ".join(f"{kind} {count:,}" for kind, count in counts.most_common()))
