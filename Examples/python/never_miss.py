#!/usr/bin/env python3
"""Consumes a topic without missing or repeating a message, whenever it joins and however slow it is. Needs pyzmq.

    never_miss.py [NAME [TOPIC [DATA SERVICE]]]

PUB/SUB may drop messages, but each has a number, its offset. A lower one than the next we need is a repeat; a higher
one shows a gap, and the service socket has what is missing. Heartbeats show a gap at the end.
"""
import collections
import json
import sys

import zmq

DEFAULTS = ["counter", "events.clean", "tcp://127.0.0.1:5552", "tcp://127.0.0.1:5553"]
name, topic, data, service = sys.argv[1:] + DEFAULTS[len(sys.argv) - 1:]
context = zmq.Context.instance()


def ask(verb, **request):
    """Asks the service socket; asks again where no answer comes, because the publisher may be starting anew."""
    for _ in range(10):
        with context.socket(zmq.REQ) as asking:
            asking.linger, asking.rcvtimeo = 0, 2000
            asking.connect(service)
            asking.send_multipart([verb.encode(), json.dumps(request).encode()])
            if asking.poll(2000):
                status, answer, *payload = asking.recv_multipart()
                return status == b"ok", json.loads(answer), *payload
    sys.exit(f"never_miss: no answer from {service}")


subscriber = context.socket(zmq.SUB)
subscriber.subscribe(topic)
subscriber.connect(data)
source, needed, counts, ended = None, 0, collections.Counter(), False  # needed: the next offset to take


def take(lines):
    global needed
    needed += len(lines)
    counts.update(json.loads(line).get("event_type", topic) for line in lines)


while not ended:
    if not subscriber.poll(None if source is None else 10_000):  # heartbeats come every second
        sys.exit(f"never_miss: the publisher fell silent before offset {needed}")
    name_of_topic, header, payload = subscriber.recv_multipart()
    if name_of_topic != topic.encode():  # subscriptions match prefixes
        continue
    header = json.loads(header)
    if source is None:  # the subscription has arrived: now `--wait-for NAME` may begin
        ask("ack", member=name, topic=topic)
    if source != (header["run"], header["epoch"]):  # start over: a new run at its first, a new epoch where it is
        needed = header["offset"] if source and source[0] == header["run"] else header.get("first", 0)
        source = header["run"], header["epoch"]
        counts.clear()
    while needed < header["offset"]:  # late, or something was dropped
        ok, found, *missed = ask("fetch", topic=topic, offset=needed)
        if not ok and found["code"] not in ("beyond_end", "unknown_topic"):
            sys.exit(f"never_miss: fetching from offset {needed}: {found['code']}: {found['message']}")
        if not ok or source != (found["run"], found["epoch"]):
            break  # a new run or epoch has begun: its messages are on their way
        take(missed[0].splitlines())
    else:
        take(payload.splitlines()[needed - header["offset"]:])  # without what we have already
        ended = header.get("end", False) and needed == header["offset"] + header["count"]

for kind, count in counts.most_common():
    print(f"{kind:<20} {count:>12,}")
print(f"{'all':<20} {needed:>12,}")
