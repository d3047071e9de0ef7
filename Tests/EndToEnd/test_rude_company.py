"""Peers that never read, come and go, fall silent or send junk: the files stay the same, and no stage grows."""
import contextlib
import json
import os
import random
import resource
import signal
import sys
import time
import unittest

import zmq

from faults import (Background, PeakMemory, connect, frame, greeting, ready, seeds, shake_hands, subscribe_by_hand)
from support import DIGESTS, PROGRAM, TestCase, children, free_ports, wait_until

TOPICS = {"producer": "events.raw", "cleaner": "events.clean", "aggregator": "user.daily"}
CODES = {"bad_request", "unknown_verb", "unknown_topic", "beyond_end", "too_many_members", "failed"}
MEGABYTES = 100  # that no stage needs more than, whoever attaches

SUBSCRIBER = """
import sys, zmq
sockets = []
for endpoint in sys.argv[1:]:
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.subscribe("")
    socket.connect(endpoint)
    socket.recv_multipart()
    sockets.append(socket)
print("here", flush=True)
while True:
    for socket in sockets:
        socket.recv_multipart()
"""


class RudeTestCase(TestCase):
    def start_held(self, name, *options, **more):
        """A run of a golden set that does not begin before ``release``."""
        run, self.endpoints = self.start_run(*DIGESTS[name]["generate"].split(), "--wait-for", "conductor", *options, **more)
        stages = wait_until(lambda: len(children(run.pid)) == 4 and children(run.pid), "four stages")
        for stage in self.endpoints:
            wait_until(lambda stage=stage: self.ask(stage, "describe")[1]["topics"], "the topics to be known")
        memory = PeakMemory(stages)
        self.addCleanup(memory.stop)
        return run, memory

    def release(self):
        self.assertEqual(self.ask("producer", "ack", member="conductor", topic="events.raw")[0], "ok")

    def asker(self, stage):
        socket = zmq.Context.instance().socket(zmq.REQ)
        self.addCleanup(socket.close, 0)
        socket.connect(self.endpoints[stage]["service"])
        return socket

    def ask(self, stage, verb, **arguments):
        with contextlib.closing(zmq.Context.instance().socket(zmq.REQ)) as socket:
            socket.linger = 0
            socket.connect(self.endpoints[stage]["service"])
            return self.answer_of(socket, verb.encode(), json.dumps(arguments).encode())

    def answer_of(self, socket, *frames):
        socket.send_multipart(frames)
        self.assertTrue(socket.poll(10_000), f"no answer to {str(frames)[:200]}")
        status, answer, *_ = socket.recv_multipart()
        return status.decode(), json.loads(answer)

    def keep(self, connection):
        """Closes a connection when the test is over."""
        self.addCleanup(connection.close)
        return connection

    def in_background(self, turn, pause=0.0):
        background = Background(turn, pause)
        self.addCleanup(background.stop)
        return background

    def complete(self, run, memory, name):
        words = self.finish(run)[1]
        self.assert_golden(name)
        self.assertLess(memory.stop(), MEGABYTES)
        return words


class ReadersTest(RudeTestCase):
    def test_readers_that_do_not_read(self):
        run, memory = self.start_held("default")
        for endpoints in self.endpoints.values():
            for _ in range(2):
                self.keep(subscribe_by_hand(endpoints["data"]))
            trickle = self.keep(subscribe_by_hand(endpoints["data"]))
            self.in_background(lambda trickle=trickle: trickle.recv(1), pause=1)
        stopped = self.start(sys.executable, "-c", SUBSCRIBER, *[each["data"] for each in self.endpoints.values()])
        self.assertEqual(stopped.stdout.readline(), "here\n")
        stopped.send_signal(signal.SIGSTOP)
        self.addCleanup(stopped.send_signal, signal.SIGCONT)
        self.release()
        self.complete(run, memory, "default")

    def test_guests_that_come_and_go(self):
        run, memory = self.start_held("free", "--batch-messages", 200)
        loops = []
        for stage, endpoints in self.endpoints.items():
            def come_and_go(stage=stage, endpoints=endpoints):
                with shake_hands(endpoints["data"]) as connection:
                    connection.sendall(frame(b"\x01" + TOPICS[stage].encode()))
                with shake_hands(endpoints["service"], b"DEALER") as connection:
                    connection.sendall(frame(b"fetch", 1) + frame(json.dumps({"topic": TOPICS[stage], "offset": 0}).encode()))
                connect(endpoints["data"]).close()
            loops.append(self.in_background(come_and_go))
        wait_until(lambda: all(loop.turns > 20 for loop in loops), "some to have come and gone")
        self.release()
        self.complete(run, memory, "free")

    def test_answers_that_nobody_reads(self):
        run, memory = self.start_held("default")
        for stage, endpoints in self.endpoints.items():
            request = frame(b"fetch", 1) + frame(json.dumps({"topic": TOPICS[stage], "offset": 0}).encode())
            connection = self.keep(shake_hands(endpoints["service"], b"DEALER"))
            self.in_background(lambda connection=connection, request=request: connection.sendall(request), pause=0.005)
        self.release()
        self.complete(run, memory, "default")


    def test_many_answers_that_nobody_reads(self):
        run, memory = self.start_held("default")
        for stage, endpoints in self.endpoints.items():
            for first in range(0, 240_000, 30_000):  # each a stretch of its own
                body = json.dumps({"topic": TOPICS[stage], "offset": first, "max_bytes": 4 << 20}).encode()
                request = frame(b"fetch", 1) + frame(body)
                connection = self.keep(shake_hands(endpoints["service"], b"DEALER"))
                self.in_background(lambda connection=connection, request=request: connection.sendall(request), pause=0.01)
        self.release()
        self.complete(run, memory, "default")


class FloodTest(RudeTestCase):
    """One guest that asks or subscribes without a pause takes its share of a stage's time, not all of it."""

    def flood(self, content, endpoint="service", socket_type=b"DEALER"):
        run, memory = self.start_held("small")
        for stage in TOPICS:
            connection = self.keep(shake_hands(self.endpoints[stage][endpoint], socket_type))
            self.in_background(lambda connection=connection: connection.sendall(content))
        time.sleep(0.2)
        self.release()
        self.complete(run, memory, "small")

    def test_requests(self):
        self.flood((frame(b"describe", 1) + frame(b"{}")) * 1000)

    def test_requests_of_too_many_frames(self):
        self.flood(frame(b"x", 1) * 10_000 + frame(b"{}"))

    def test_subscriptions(self):
        self.flood(frame(b"\x01") * 1000, "data", b"SUB")

    def test_subscriptions_to_ever_more_names(self):
        self.flood(b"".join(frame(b"\x01" + str(name).encode()) for name in range(100_000)), "data", b"SUB")


class MembersTest(RudeTestCase):
    def start_stage(self, command, base, *options):
        topics = () if command == "sink" else ("--topics-dir", self.topics)
        data = ("--data-dir", self.data) if command in ("sink", "produce") else ()
        return self.start(PROGRAM, command, "--base-port", base, *topics, *data, *options)

    def test_strangers_do_not_take_the_places_of_stages(self):
        self.daylapse("generate", "--data-dir", self.data, "--topics-dir", self.topics, *DIGESTS["small"]["generate"].split())
        base = free_ports(6)
        stages = [self.start_stage("produce", base)]
        self.endpoints = {"producer": {"service": f"tcp://127.0.0.1:{base + 1}"}}
        socket = self.asker("producer")
        for number in range(257):
            body = json.dumps({"member": f"stranger-{number}", "topic": "events.raw", "next": 0, "done": True})
            status, answer = self.answer_of(socket, b"ack", body.encode())
        self.assertEqual((status, answer["code"]), ("error", "too_many_members"))
        stages += [self.start_stage(command, base) for command in ("clean", "aggregate", "sink")]
        for stage in stages:
            self.finish(stage, seconds=10)
        self.assert_golden("small")

    def test_names_of_members_are_plain_text_in_messages(self):
        run, memory = self.start_held("small")
        name = "evil\x1b[2J\ndaylapse: all is well"
        for verb in ("ack", "leave"):
            self.ask("producer", verb, member=name, topic="events.raw", next=0)
        self.release()
        words = self.complete(run, memory, "small")
        self.assertNotIn("\x1b", words)
        self.assertNotIn("\ndaylapse: all is well", words)

    def test_a_laggard_behind_the_cleaner_is_the_one_that_is_named(self):
        run, memory = self.start_held("small", "--batch-messages", 1, "--wait-for", "laggard")
        self.ask("cleaner", "ack", member="laggard", topic="events.clean", next=0)
        self.release()
        waiting = next(line for line in run.stderr if "waiting for laggard" in line)
        self.ask("cleaner", "leave", member="laggard")
        self.complete(run, memory, "small")
        self.assertIn("waiting for laggard: 128 behind in events.clean", waiting)

    def test_a_member_that_falls_silent_is_named_and_then_left_behind(self):
        named = [each for stage in TOPICS for each in ("--wait-for", f"laggard-{stage}")]
        run, memory = self.start_held("small", "--batch-messages", 1, *named)
        for stage, topic in TOPICS.items():
            self.assertEqual(self.ask(stage, "ack", member=f"laggard-{stage}", topic=topic, next=0)[0], "ok")
        self.release()

        def lag_at(stage):
            members = self.ask(stage, "describe")[1]["members"]
            return next(each["topics"][0]["lag"] for each in members if each["member"] == f"laggard-{stage}")

        wait_until(lambda: lag_at("producer") == 128, "the window to be full")
        words = self.complete(run, memory, "small")
        # the last stage that waits is the one with the reason
        self.assertRegex(words, r"waiting for laggard-(producer|cleaner|aggregator): \d+ behind in ")
        for stage in TOPICS:
            self.assertIn(f"laggard-{stage} has been silent for 10 s and is treated as a guest", words)


    def test_a_laggard_that_nobody_asked_for_holds_nothing_up(self):
        run, memory = self.start_held("small", "--batch-messages", 1)
        for stage, topic in TOPICS.items():
            self.assertEqual(self.ask(stage, "ack", member="laggard", topic=topic, next=0)[0], "ok")
        self.release()
        self.assertNotIn("laggard has been silent", self.complete(run, memory, "small"))

    def test_nobody_speaks_for_a_stage(self):
        readers = {"producer": ["cleaner"], "cleaner": ["aggregator", "sink"], "aggregator": ["sink"]}
        run, memory = self.start_held("small")

        def speak():
            for stage, names in readers.items():
                for name in names:
                    for claim in ({"next": 2**62, "done": True}, {"next": 0, "done": True}, {"next": 0, "generation": "mine"}):
                        status, answer = self.ask(stage, "ack", member=name, topic=TOPICS[stage], **claim)
                        self.assertEqual(status, "error", answer)
                    self.assertEqual(self.ask(stage, "leave", member=name)[0], "error")

        for _ in range(20):
            speak()
        self.release()
        self.complete(run, memory, "small")


class BoundsTest(RudeTestCase):
    """What docs/security.md says that strangers can take of a stage at most."""

    def test_subscriptions(self):
        run, memory = self.start_held("small")
        for stage in TOPICS:
            for size, count in ((4000, 1), (900, 100), (20, 1000)):
                connection = self.keep(shake_hands(self.endpoints[stage]["data"]))
                content = b"".join(frame(b"\x01" + random.randbytes(size)) for _ in range(count))
                with self.assertRaises(OSError):  # the publisher hangs up
                    while True:
                        connection.sendall(content)
        self.release()
        self.complete(run, memory, "small")

    def test_requests_that_wait(self):
        run, memory = self.start_held("small")
        one = frame(b"fetch", 1) + frame(b'{"topic":"' + b"\\n" * 490_000 + b'"}')
        endless = frame(b"", 1) * 100_000
        for stage in TOPICS:
            for content in [one] * 60 + [endless] * 3:
                with contextlib.suppress(OSError):
                    connection = self.keep(shake_hands(self.endpoints[stage]["service"], b"DEALER"))
                    self.in_background(lambda connection=connection, content=content: connection.sendall(content))
        wait_until(lambda: all(self.ask(stage, "describe")[0] == "ok" for stage in TOPICS), "answers all the same")
        self.release()
        self.complete(run, memory, "small")

    def test_control_commands_that_wait(self):
        run, memory = self.start_held("small")
        socket = self.asker("producer")
        number = 0
        for _ in range(1000):
            status, answer = self.answer_of(socket, b"control", b'{"command":"toggle"}')
            if status == "error":
                break
            number = answer["number"]
        self.assertEqual((number, answer["code"]), (256, "bad_request"))
        self.release()
        self.complete(run, memory, "small")

    def test_idle_connections(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))  # this test's own
        run, memory = self.start_held("small", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024)))
        for stage in TOPICS:
            for endpoint in self.endpoints[stage].values():
                for _ in range(600):
                    with contextlib.suppress(OSError):
                        self.keep(connect(endpoint))
        for pid in children(run.pid):
            wait_until(lambda pid=pid: len(os.listdir(f"/proc/{pid}/fd")) < 400, "the connections to be few")
        # the silent ones are hung up on, and there is a place for guests again
        socket = self.asker("producer")
        socket.send_multipart([b"ack", b'{"member":"conductor","topic":"events.raw"}'])
        self.assertTrue(socket.poll(60_000), "no place on the service socket")
        self.assertIn("too many connections", self.complete(run, memory, "small"))


class JunkTest(RudeTestCase):
    """Requests and bytes that make no sense are answered with an error, or ignored, and change nothing."""

    def bad_requests(self, topic):
        """Verb, arguments, and the code of the error."""
        for offset in (-1, -2**63, 2**63, 2**64, 1e30, 1.5, "0", None, True, [], {}):
            yield "fetch", {"topic": topic, "offset": offset}, "bad_request"
        for offset in (10**9, 2**62, 2**63 - 1):
            yield "fetch", {"topic": topic, "offset": offset}, "beyond_end"
        for name in ("../" + topic, topic + "/../" + topic, "/etc/passwd", topic + "\0", topic[:-1], topic + "\n", "é" * 64):
            yield "fetch", {"topic": name, "offset": 0}, "unknown_topic"
            yield "ack", {"topic": name, "member": "junk"}, "unknown_topic"
            yield "ack", {"topic": name, "member": "junk", "next": 5}, "unknown_topic"
        for name in ("", "x" * 129, 5, None, ["a"]):
            yield "fetch", {"topic": name, "offset": 0}, "bad_request"
            yield "ack", {"topic": topic, "member": name, "next": 0}, "bad_request"
            yield "leave", {"member": name}, "bad_request"
        for time_ in ("yesterday", "2025-13-01T00:00:00", "2025-01-01T99:00:00", "", "99999-01-01T00:00:00"):
            yield "fetch", {"topic": topic, "time": time_}, "bad_request"
        for count in (0, -1, 2**63, "1", 0.5):
            yield "fetch", {"topic": topic, "offset": 0, "max_bytes": count}, "bad_request"
        for offset in (-1, 2**63, "1", 1.5, None):
            yield "ack", {"topic": topic, "member": "junk", "next": offset}, "bad_request"
        for verb in ("", "FETCH", "delete", "describe\0", "../describe", "x" * 64):
            yield verb, {}, "unknown_verb"
        yield "x" * 65, {}, "bad_request"
        for arguments in ({}, {"command": "stop"}, {"command": 7}, {"command": "seek", "time": "9999-01-01"}, {"command": "speed"},
                          {"command": "step", "by": "-1d"}):
            yield "control", arguments, "bad_request" if topic == "events.raw" else "unknown_verb"

    def test_requests_that_make_no_sense(self):
        run, memory = self.start_held("small")
        for stage, topic in TOPICS.items():
            socket = self.asker(stage)
            for verb, arguments, code in self.bad_requests(topic):
                with self.subTest(stage=stage, verb=verb, arguments=str(arguments)):
                    status, answer = self.answer_of(socket, verb.encode(), json.dumps(arguments).encode())
                    self.assertEqual((status, answer.get("code")), ("error", code), answer)
                    self.assertTrue(answer["message"])
            for body in (b"[]", b"null", b'"x"', b"7", b"{", b'{"a":1}{"b":2}', b'{"a":NaN}', b'{"a":1,}', b"\xff\xfe",
                         b'{"topic":"\xff"}', b"[" * 100_000, b'{"a":' * 100_000, b"{" + b" " * 1_000_000):
                with self.subTest(stage=stage, body=body[:20]):
                    status, answer = self.answer_of(socket, b"fetch", body)
                    self.assertEqual((status, answer.get("code")), ("error", "bad_request"), answer)
            for frames in ((b"describe", b"{}", b""), (b"describe", b"{}", b"{}", b"{}"), (b"fetch",) * 1000):
                with self.subTest(stage=stage, frames=len(frames)):
                    self.assertEqual(self.answer_of(socket, *frames)[0], "error")
            members = [each["member"] for each in self.answer_of(socket, b"describe", b"{}")[1]["members"]]
            self.assertLessEqual(set(members), {"cleaner", "aggregator", "sink"})
        self.release()
        self.complete(run, memory, "small")

    def random_bytes(self, draw, most):
        return draw.randbytes(draw.randrange(most))

    def random_body(self, draw):
        """JSON that is almost a request, or none at all."""
        values = [0, -1, 2**63, 2**63 - 1, 1.5, "", "../x", "events.raw", "\x1b[2J", None, True, [], {}, [[[]]], "x" * 300]
        keys = ["topic", "offset", "time", "max_bytes", "id", "user_id", "date", "epoch", "run"]
        body = json.dumps({key: draw.choice(values) for key in draw.sample(keys, draw.randrange(len(keys)))}).encode()
        if draw.random() < 0.3 and body:
            at = draw.randrange(len(body))
            body = body[:at] + self.random_bytes(draw, 4) + body[at + draw.randrange(3):]
        return draw.choice([body, body, body, self.random_bytes(draw, 2000), b"[" * draw.randrange(10_000)])

    def over_zeromq(self, draw, stage):
        """Random frames to both sockets, through ZeroMQ."""
        service = zmq.Context.instance().socket(zmq.DEALER)
        data = zmq.Context.instance().socket(zmq.XSUB)
        try:
            service.connect(self.endpoints[stage]["service"])
            data.connect(self.endpoints[stage]["data"])
            for _ in range(20):
                verb = draw.choice([b"describe", b"fetch", b"fetch", b"leave", b"query", self.random_bytes(draw, 80)])
                service.send_multipart([[b""], []][draw.randrange(2)] + [verb, self.random_body(draw)])
                service.send_multipart([self.random_bytes(draw, 50) for _ in range(draw.randrange(1, 12))])
                data.send(bytes([draw.randrange(3)]) + self.random_bytes(draw, 100))
                data.send_multipart([self.random_bytes(draw, 200) for _ in range(draw.randrange(1, 5))])
            huge = [bytes(draw.choice([4097, 1 << 20, (1 << 20) + 1, 1 << 22]))]
            service.send_multipart([b"fetch"] + huge)
            data.send_multipart([b"\x01"] + huge)
            while service.poll(20):
                frames = service.recv_multipart()
                status, answer = frames[1:3] if frames[0] == b"" else frames[:2]
                self.assertIn(status, (b"ok", b"error"))
                if status == b"error":
                    self.assertIn(json.loads(answer)["code"], CODES)
        finally:
            service.close(0)
            data.close(0)

    def over_tcp(self, draw, stage):
        """Bytes that are no ZMTP, or not to its end, to both ports."""
        hello = greeting() + ready()
        for endpoint in self.endpoints[stage].values():
            for content in (
                    self.random_bytes(draw, 5000), b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", bytes(2000),
                    hello[:draw.randrange(len(hello))], greeting(b"CURVE"), greeting(b"PLAIN") + ready(), greeting(major=1),
                    greeting(major=200) + ready(), greeting() + ready(draw.choice([b"PUSH", b"REP", b"", b"X" * 200])),
                    greeting() + frame(b"\x05READY" + self.random_bytes(draw, 40), flags=4),
                    hello + self.random_bytes(draw, 500), hello + b"\x02" + b"\x7f" + b"\xff" * 7,
                    hello + frame(b"\x01", 1) * 100, hello + frame(b"\x04PING\0\0", 4) * 100):
                connection = self.keep(connect(endpoint))
                with contextlib.suppress(OSError):  # it may be closed by then
                    connection.sendall(content)
                    if draw.random() < 0.5:
                        connection.close()

    def test_junk_on_every_socket(self):
        for seed in seeds([int(time.time())]):
            with self.subTest(seed=seed):
                print(f"junk: seed {seed}")
                draw = random.Random(seed)
                run, memory = self.start_held("paid", "--speed", "40d/s", "--batch-messages", draw.choice([1, 100, 10_000]))
                for stage in TOPICS:
                    self.over_zeromq(draw, stage)
                    self.over_tcp(draw, stage)
                self.release()
                for stage in TOPICS:  # while it runs, which it may cease to do
                    with contextlib.suppress(ConnectionError):
                        self.over_zeromq(draw, stage)
                        self.over_tcp(draw, stage)
                self.complete(run, memory, "paid")
                self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["data", "topics"])
                self.assertEqual(len([path for path in self.topics.iterdir() if path.is_dir()]), 7)


if __name__ == "__main__":
    unittest.main()
