#!/usr/bin/env python3
"""Counts events by type while they are replayed: count_events.py [NAME DATA SERVICE]. Needs pyzmq."""
import collections
import json
import sys

from never_miss import consume

name, data, service = sys.argv[1:] or ["counter", "tcp://127.0.0.1:5552", "tcp://127.0.0.1:5553"]
counts = collections.Counter()
for lines in consume(name, "events.clean", data, service):
    if lines is None:  # from here on the events start over
        counts.clear()
    else:
        counts.update(json.loads(line)["event_type"] for line in lines)
print("  ".join(f"{kind} {count:,}" for kind, count in counts.most_common()))
