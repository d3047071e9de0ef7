#!/usr/bin/env python3
"""Consumes a topic without missing or repeating a message, whenever it joins and however slow it is. Needs pyzmq.

    never_miss.py [NAME [TOPIC [DATA SERVICE]]]

PUB/SUB may drop messages, but each has a number, its offset. A lower one than the next we need is a repeat; a higher
one shows a gap, and the service socket has what is missing. Heartbeats show a gap at the end. Whoever is named by
`--wait-for NAME` is waited for while it says how far it has come.
"""
import collections
import json
import sys
import time

import zmq

DEFAULTS = ["counter", "events.clean", "tcp://127.0.0.1:5552", "tcp://127.0.0.1:5553"]


def consume(name, topic, data, service, prepare=lambda socket: None, patience=60):
    """Yields the lines of a topic, some at a time; None before the first and wherever they start over (a new run, or a
    replay that went somewhere else). Ends with the topic, or the program, where nobody publishes for `patience` seconds."""
    def connect(kind, endpoint):
        socket = zmq.Context.instance().socket(kind)
        socket.linger = 0
        prepare(socket)  # keys, if there are any
        socket.connect(endpoint)
        return socket

    def ask(verb, tries=10, **request):
        """Asks the service socket; asks again where no answer comes, because the publisher may be starting anew."""
        nonlocal asking
        for _ in range(tries):
            asking.send_multipart([verb.encode(), json.dumps(request).encode()])
            if asking.poll(2000):
                status, answer, *payload = asking.recv_multipart()
                return status == b"ok", json.loads(answer), *payload
            asking.close()
            asking = connect(zmq.REQ, service)
        return False, {"code": "no_answer", "message": f"no answer from {service}"}

    asking, subscriber = connect(zmq.REQ, service), connect(zmq.SUB, data)
    subscriber.subscribe(topic)
    source, needed, told = None, 0, time.monotonic()  # needed: the next offset to take
    while True:
        if not subscriber.poll((patience if source is None else 10) * 1000):  # heartbeats come every second
            sys.exit(f"the publisher fell silent before offset {needed}" if source else f"nobody publishes on {data}")
        name_of_topic, header, payload = subscriber.recv_multipart()
        if name_of_topic != topic.encode():  # subscriptions match prefixes
            continue
        header = json.loads(header)
        if source is None:  # the subscription has arrived: now `--wait-for NAME` may begin
            ask("ack", member=name, topic=topic)
        if source != (header["run"], header["epoch"]):  # start over: a new run at its first, a new epoch where it is
            needed = header["offset"] if source and source[0] == header["run"] else header.get("first", 0)
            source = header["run"], header["epoch"]
            yield None
        while needed < header["offset"]:  # late, or something was dropped
            ok, found, *missed = ask("fetch", topic=topic, offset=needed)
            if not ok and found["code"] not in ("beyond_end", "unknown_topic"):
                sys.exit(f"fetching from offset {needed}: {found['code']}: {found['message']}")
            if not ok or source != (found["run"], found["epoch"]):
                break  # a new run or epoch has begun: its messages are on their way
            yield missed[0].splitlines()
            needed += found["count"]
        else:
            lines = payload.splitlines()[needed - header["offset"]:]  # without what we have already
            yield lines
            needed += len(lines)
            if header.get("end") and needed == header["offset"] + header["count"]:
                ask("ack", tries=1, member=name, topic=topic, next=needed, done=True)
                return
        if needed and time.monotonic() - told > 0.2:
            told = time.monotonic()
            ask("ack", member=name, topic=topic, next=needed)


def main():
    counts, total = collections.Counter(), 0
    name, topic, data, service = sys.argv[1:] + DEFAULTS[len(sys.argv) - 1:]
    for lines in consume(name, topic, data, service):
        if lines is None:
            counts.clear()
            total = 0
        else:
            counts.update(json.loads(line).get("event_type", topic) for line in lines)
            total += len(lines)
    for kind, count in counts.most_common():
        print(f"{kind:<20} {count:>12,}")
    print(f"{'all':<20} {total:>12,}")


if __name__ == "__main__":
    main()
