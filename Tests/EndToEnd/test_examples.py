"""The Python examples: before a publisher that drops, repeats, starts late, seeks, loops, restarts and falls silent."""
import json
import random
import re
import subprocess
import sys
import threading
import unittest
from collections import Counter

from fake_publisher import Publisher
from support import ROOT, TestCase

TYPES = ["login", "video_watch", "quiz_attempt", "course_enroll"]


def events(n, seed):
    r = random.Random(seed)
    return [json.dumps({"event_id": i, "event_type": r.choice(TYPES)}, separators=(",", ":")).encode() + b"\n" for i in range(n)]


def count(lines):
    return Counter(json.loads(line)["event_type"] for line in lines)


def counted(out):
    """What an example says it counted, by type."""
    return Counter({kind: int(n.replace(",", "")) for kind, n in re.findall(r"(\w+) +([\d,]+)", out) if kind != "all"})


def at_its_end(publisher):
    publisher.end = True


def batches(n, seed, most=9):
    r, offset = random.Random(seed), 0
    while offset < n:
        size = min(n - offset, r.randrange(1, most))
        yield offset, size
        offset += size


ONE, TWO = events(500, 1), events(300, 2)


def load(lines, **more):
    def prepare(publisher):
        publisher.lines = lines
        for key, value in more.items():
            setattr(publisher, key, value)
    return prepare


def joined(publisher):
    publisher.wait(lambda: publisher.subscriptions)


def all_sent(publisher, drop=lambda i: False, lines=None, seed=1):
    n = len(lines or publisher.lines)
    todo = list(batches(n, seed))
    for i, (offset, size) in enumerate(todo):
        if i == len(todo) - 1:
            publisher.end = True
        publisher.send(offset, size, drop=drop(i))


def plain(publisher):
    joined(publisher)
    all_sent(publisher)


def after_ack(publisher):
    publisher.wait(lambda: publisher.members == ["me"])
    all_sent(publisher)


def already_over(publisher):
    publisher.next, publisher.end = len(publisher.lines), True


def other_topics(publisher):
    joined(publisher)
    publisher.send(0, 5, topic="events.cleaner")
    publisher.next = 0
    all_sent(publisher)


def late(publisher):
    todo = list(batches(500, 1))
    for offset, size in todo[:40]:
        publisher.send(offset, size)
    joined(publisher)
    for offset, size in todo[40:]:
        publisher.send(offset, size)
    publisher.end = True


def lost_tail(publisher):
    joined(publisher)
    all_sent(publisher, drop=lambda i: i > 50)


def repeating(publisher):
    joined(publisher)
    r = random.Random(5)
    for offset, size in batches(500, 1):
        publisher.send(offset, size)
        while r.random() < 0.5:
            back = r.randrange(0, offset + size)
            publisher.send(back, r.randrange(1, offset + size - back + 1))  # repeats, also in part
    publisher.end = True


def overlapping(publisher):
    joined(publisher)
    publisher.send(0, 100)
    publisher.send(50, 150)
    publisher.send(200, 100, drop=True)
    publisher.send(290, 210)
    publisher.end = True


def new_run(publisher):
    joined(publisher)
    for offset, size in list(batches(500, 1))[:60]:
        publisher.send(offset, size)
    publisher.run_id, publisher.lines, publisher.next = "run-2", TWO, 0
    all_sent(publisher, drop=lambda i: i < 10)


def backward_seek(publisher):
    joined(publisher)
    publisher.send(0, 400)
    publisher.epoch = 1
    publisher.send(100, 200)
    publisher.send(300, 100, drop=True)
    publisher.send(400, 100)
    publisher.end = True


def forward_seek(publisher):
    joined(publisher)
    publisher.send(0, 50)
    publisher.epoch, publisher.next = 1, 300
    publisher.send(300, 100)
    publisher.send(400, 100)
    publisher.end = True


def loop(publisher):
    joined(publisher)
    for epoch in range(3):
        publisher.epoch = epoch
        for offset, size in batches(500, epoch):
            publisher.send(offset, size, drop=offset and epoch == 1 and offset % 2 == 0)
    publisher.end = True


def seek_while_fetching(publisher):
    """The reply to a fetch belongs to a new epoch already."""
    def seek(publisher):
        publisher.epoch, publisher.on_fetch = 1, None
    joined(publisher)
    publisher.send(0, 100)
    publisher.send(100, 50, drop=True)
    publisher.on_fetch = seek
    publisher.send(150, 50)
    publisher.wait(lambda: publisher.epoch == 1)
    publisher.send(20, 80)
    publisher.send(100, 400)
    publisher.end = True


def new_run_while_fetching(publisher):
    """The service speaks for a new run already, which does not yet have what is asked for."""
    def replace(publisher):
        publisher.run_id, publisher.lines, publisher.next, publisher.on_fetch = "run-2", TWO, 5, None
    joined(publisher)
    publisher.send(0, 100)
    publisher.send(100, 50, drop=True)
    publisher.on_fetch = replace
    publisher.send(150, 50)
    publisher.wait(lambda: publisher.run_id == "run-2")
    publisher.send(5, 295)
    publisher.end = True


def restart_while_fetching(publisher):
    joined(publisher)
    publisher.mute_service = 2
    all_sent(publisher, drop=lambda i: i == 7)


def vanishes(publisher):
    joined(publisher)
    publisher.send(0, 100)
    publisher.heartbeat_seconds = 1000


def refuses(publisher):
    joined(publisher)
    publisher.send(0, 10)
    publisher.next = 400  # so its heartbeats say, but the service gives nothing
    publisher.answer = lambda frames: publisher.service.send_multipart(
        frames[:frames.index(b"") + 1] + [b"error", b'{"code":"gone","message":"no such file"}'])


class ExamplesTest(TestCase):
    def scenario(self, example, script, expected, prepare, exit_code=0, delay=0, shows=""):
        """`script(publisher)` runs against the example; `expected` are the lines that it must have counted, each once."""
        data, service = f"ipc://{self.folder}/data", f"ipc://{self.folder}/service"
        publisher = Publisher("events.clean", data, service)
        prepare(publisher)
        finished = threading.Event()

        def whole(publisher):
            script(publisher)
            while not finished.is_set():  # linger for guests
                publisher.serve(0.02)

        publisher.script = whole
        topic = ["events.clean"] if example == "never_miss.py" else []
        command = [sys.executable, ROOT / "Examples/python" / example, "me", *topic, data, service]
        if delay:
            publisher.start()
            publisher.join(delay)
        process = self.start(*command)
        if not delay:
            publisher.start()
        try:
            out, err = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += "\n(hung)"
        finished.set()
        publisher.join(5)
        said = f"exit code {process.returncode}, publisher {publisher.error!r}\n{out[-600:]}\n{err[-600:]}"
        self.assertIsNone(publisher.error, said)
        self.assertEqual(process.returncode, exit_code, said)
        self.assertIn(shows, out + err)
        if expected is not None:
            self.assertEqual(counted(out), count(expected), said)

    def test_both_examples(self):
        for example in ("count_events.py", "never_miss.py"):
            for script, lines in ((plain, ONE), (after_ack, ONE), (other_topics, ONE), (at_its_end, [])):
                with self.subTest(example=example, script=script.__name__):
                    self.scenario(example, script, lines, load(lines))

    def test_count_events_after_the_end(self):
        self.scenario("count_events.py", already_over, ONE, load(ONE, max_fetch=300))

    def test_never_miss_after_the_end(self):
        self.scenario("never_miss.py", already_over, ONE, load(ONE, max_fetch=300))

    def test_never_miss_joins_in_the_middle(self):
        self.scenario("never_miss.py", late, ONE, load(ONE), delay=0.3)

    def test_never_miss_when_messages_are_dropped(self):
        for seed in range(6):
            r = random.Random(seed)

            def dropping(publisher):
                joined(publisher)
                all_sent(publisher, drop=lambda i: r.random() < 0.4, seed=seed)

            with self.subTest(seed=seed):
                self.scenario("never_miss.py", dropping, ONE, load(ONE, max_fetch=r.choice([1, 200, 5000])))

    def test_never_miss_when_the_publisher_does_unusual_things(self):
        for script, lines in ((lost_tail, ONE), (repeating, ONE), (overlapping, ONE), (new_run, TWO), (backward_seek, ONE[100:]),
                              (forward_seek, ONE[300:]), (loop, ONE), (seek_while_fetching, ONE[20:]),
                              (new_run_while_fetching, TWO), (restart_while_fetching, ONE)):
            with self.subTest(script=script.__name__):
                self.scenario("never_miss.py", script, lines, load(ONE))

    def test_never_miss_says_that_the_publisher_vanished(self):
        self.scenario("never_miss.py", vanishes, None, load(ONE), exit_code=1, shows="fell silent before offset 100")

    def test_never_miss_says_why_the_service_refuses(self):
        self.scenario("never_miss.py", refuses, None, load(ONE), exit_code=1, shows="no such file")


if __name__ == "__main__":
    unittest.main()
