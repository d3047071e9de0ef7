#!/usr/bin/env python3
"""Counts events by type while they are replayed: count_events.py [NAME DATA SERVICE]. Needs pyzmq."""
import collections
import json
import sys

import zmq

name, data, service = sys.argv[1:] or ["counter", "tcp://127.0.0.1:5552", "tcp://127.0.0.1:5553"]
subscriber = zmq.Context.instance().socket(zmq.SUB)
subscriber.subscribe("events.clean")
subscriber.connect(data)
message = subscriber.recv_multipart()  # at least a heartbeat: the subscription has arrived, nothing is missed any more
asking = zmq.Context.instance().socket(zmq.REQ)
asking.connect(service)
asking.send_multipart([b"ack", json.dumps({"member": name, "topic": "events.clean"}).encode()])  # what --wait-for waits for

counts = collections.Counter()
while True:
    topic, header, payload = message
    if topic == b"events.clean":  # subscriptions match prefixes
        counts.update(json.loads(line)["event_type"] for line in payload.splitlines())
        if json.loads(header).get("end"):
            break
    message = subscriber.recv_multipart()
print("  ".join(f"{kind} {count:,}" for kind, count in counts.most_common()))
