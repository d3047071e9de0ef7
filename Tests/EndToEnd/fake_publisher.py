"""A publisher of the protocol that misbehaves on purpose; a test double for consumers.

`Publisher` serves one topic from a list of lines on two endpoints in a thread of its own; a scenario says what it sends.
"""
import json
import random
import threading
import time

import zmq


class Publisher(threading.Thread):
    def __init__(self, topic, data, service, seed=0):
        super().__init__(daemon=True)
        self.topic, self.endpoints, self.random = topic, (data, service), random.Random(seed)
        self.run_id, self.epoch, self.lines, self.next, self.end = "run-1", 0, [], 0, False
        self.members, self.requests, self.max_fetch = [], [], 1 << 20
        self.mute_service = 0  # swallow so many requests
        self.on_fetch = None
        self.script = lambda publisher: None
        self.heartbeat_seconds, self.error = 0.2, None

    # --- what a script may do

    def send(self, offset, count, drop=False, topic=None):
        """Publishes lines[offset:offset + count]; `drop` loses them on the way."""
        self.next = max(self.next, offset + count)
        if not drop:
            self.data.send_multipart(self.frames(offset, count, topic))
        self.serve(0)

    def heartbeat(self):
        self.data.send_multipart(self.frames(self.next, 0))
        self.last_beat = time.monotonic()

    def serve(self, seconds):
        """Answers requests and subscriptions for a while."""
        until = time.monotonic() + seconds
        while True:
            left = max(0, until - time.monotonic())
            ready = dict(self.poller.poll(min(left, 0.05) * 1000))
            if self.data in ready and self.data.recv()[:1] == b"\x01":
                self.subscriptions += 1
                self.heartbeat()
            if self.service in ready:
                self.answer(self.service.recv_multipart())
            if seconds and time.monotonic() - self.last_beat > self.heartbeat_seconds:
                self.heartbeat()
            if left == 0:
                return

    def wait(self, condition, seconds=10):
        until = time.monotonic() + seconds
        while not condition() and time.monotonic() < until:
            self.serve(0.02)
        assert condition(), "the scenario waited in vain"

    # --- protocol

    def frames(self, offset, count, topic=None, limit=None):
        lines = self.lines[offset:offset + count]
        header = {"run": self.run_id, "epoch": self.epoch, "offset": offset, "count": count,
                  "watermark": "2025-01-01T00:00:00", "clock": "2025-01-01T00:00:00"}
        if self.end and offset + count == len(self.lines):
            header["end"] = True
        return [(topic or self.topic).encode(), json.dumps(header, separators=(",", ":")).encode(), b"".join(lines)]

    def answer(self, frames):
        split = 1 if frames[1] == b"" else 0  # a REQ socket puts a delimiter behind the identity
        envelope, (verb, body) = frames[:split + 1], frames[split + 1:]
        request = json.loads(body)
        self.requests.append((verb.decode(), request))
        if self.mute_service:
            self.mute_service -= 1
            return
        if verb == b"ack":
            self.members.append(request["member"])
            reply = [b"ok", b"{}"]
        elif verb == b"describe":
            topic = {"topic": self.topic, "run": self.run_id, "epoch": self.epoch, "first": 0, "next": self.next,
                     "ended": self.end and self.next == len(self.lines), "schema": {}}
            answer = {"name": "fake", "run": self.run_id, "topics": [topic], "id": request.get("id")}
            reply = [b"ok", json.dumps(answer).encode()]
        elif verb == b"fetch" and self.on_fetch:
            self.on_fetch(self)
            return self.answer(frames)
        elif verb == b"fetch" and request["offset"] > self.next:
            reply = [b"error", json.dumps({"code": "beyond_end", "message": f"next is {self.next}"}).encode()]
        elif verb == b"fetch":
            count, size = 0, 0
            for line in self.lines[request["offset"]:self.next]:
                if count and size + len(line) > min(request.get("max_bytes", 1 << 20), self.max_fetch):
                    break
                count, size = count + 1, size + len(line)
            _, header, payload = self.frames(request["offset"], count)
            reply = [b"ok", json.dumps({"topic": self.topic} | json.loads(header)).encode(), payload]
        else:
            reply = [b"error", b'{"code":"unknown_verb","message":"?"}']
        self.service.send_multipart(envelope + reply)

    def run(self):
        context = zmq.Context()
        self.data, self.service = context.socket(zmq.XPUB), context.socket(zmq.ROUTER)
        self.data.setsockopt(zmq.XPUB_VERBOSE, 1)
        self.poller, self.subscriptions, self.last_beat = zmq.Poller(), 0, time.monotonic()
        try:
            for socket, endpoint in zip((self.data, self.service), self.endpoints):
                socket.linger = 500
                socket.bind(endpoint)
                self.poller.register(socket, zmq.POLLIN)
            self.script(self)
        except Exception as error:  # shown by the test that runs this scenario
            self.error = error
        finally:
            self.data.close()
            self.service.close()
            context.term()
