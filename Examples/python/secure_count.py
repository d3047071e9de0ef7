#!/usr/bin/env python3
"""Counts events by type, encrypted: secure_count.py MINE.key PUBLISHER.pub [NAME DATA SERVICE]. Needs pyzmq."""
import collections
import json
import sys

import zmq


def read_key(path):
    """Lines that begin with # say what the file is; behind a public key comes a name."""
    return next(line for line in open(path, "rb") if line.strip() and not line.startswith(b"#")).split()[0]


def connect(kind, endpoint):
    socket = zmq.Context.instance().socket(kind)
    socket.curve_serverkey, socket.curve_secretkey = publisher, mine
    socket.curve_publickey = zmq.curve_public(mine)
    if kind == zmq.SUB:
        socket.subscribe("events.clean")
    socket.connect(endpoint)
    return socket


mine, publisher = read_key(sys.argv[1]), read_key(sys.argv[2])
name, data, service = sys.argv[3:] or ["counter", "tcp://127.0.0.1:5552", "tcp://127.0.0.1:5553"]
subscriber, asking = connect(zmq.SUB, data), connect(zmq.REQ, service)
counts, (topic, header, payload) = collections.Counter(), subscriber.recv_multipart()
asking.send_multipart([b"ack", json.dumps({"member": name, "topic": "events.clean"}).encode()])  # for --wait-for
while True:
    counts.update(json.loads(line)["event_type"] for line in payload.splitlines())
    if json.loads(header).get("end"):
        break
    topic, header, payload = subscriber.recv_multipart()
print("  ".join(f"{kind} {count:,}" for kind, count in counts.most_common()))
