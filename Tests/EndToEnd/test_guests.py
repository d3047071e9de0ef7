"""Guests that lose nothing: the README's consumer and the examples, however slow, before, during and after a run."""
import re
import signal
import subprocess
import sys
import unittest

from support import DIGESTS, PROGRAM, ROOT, TestCase, free_ports, wait_until

SNIPPET, = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)

# a consumer that says its name and never again anything, and reads slowly
SILENT = """
import json, sys, time, zmq
data, service = sys.argv[1:]
subscriber = zmq.Context.instance().socket(zmq.SUB)
subscriber.subscribe("events.clean")
subscriber.connect(data)
def ask(verb, **request):
    with zmq.Context.instance().socket(zmq.REQ) as asking:
        asking.linger, asking.rcvtimeo = 0, 20_000
        asking.connect(service)
        asking.send_multipart([verb, json.dumps(request).encode()])
        return asking.recv_multipart()
subscriber.rcvtimeo = 20_000
subscriber.recv_multipart()
with zmq.Context.instance().socket(zmq.REQ) as name:
    name.connect(service)
    name.send_multipart([b"ack", b'{"member":"silent","topic":"events.clean"}'])
    name.recv_multipart()
    needed, ended = 0, False
    while not ended:
        topic, header, payload = subscriber.recv_multipart()
        header = json.loads(header)
        time.sleep(float(sys.stdin.readline() or 0))
        while needed < header["offset"]:
            ok, found, lines = ask(b"fetch", topic="events.clean", offset=needed)
            needed = json.loads(found)["offset"] + json.loads(found)["count"]
        needed = max(needed, header["offset"] + header["count"])
        ended = header.get("end")
print(needed)
"""


class GuestTestCase(TestCase):
    events = 480_536  # of a run without options

    def snippet(self, port):
        """The README's consumer, of a run at these ports."""
        text = SNIPPET.replace("5552", str(port + 2)).replace("5553", str(port + 3)) + "print(counts.total())\n"
        return self.start(sys.executable, "-c", text)

    def run_at(self, port, *options):
        return self.start(PROGRAM, *self.arguments("--quiet", *options), "--base-port", port)


class SnippetTest(GuestTestCase):
    def test_started_before_the_run(self):
        port = free_ports(6)
        consumer = self.snippet(port)
        self.finish(self.run_at(port))
        self.assertEqual(self.finish(consumer)[0].splitlines()[-1], str(self.events))

    def test_started_after_the_run_it_says_that_nobody_is_there(self):
        text = SNIPPET.replace("5552", str(port := free_ports(2))).replace("5553", str(port + 1)).replace("30_000", "300")
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("zmq.error.Again", done.stderr)


class SlowGuestTest(GuestTestCase):
    def test_names_that_nobody_can_give_are_not_waited_for(self):
        for name in ("x" * 129, "a\x1bb", ""):
            for command in ("run", "produce"):
                self.assertIn("--wait-for", self.daylapse(command, "--wait-for", name, exit_code=2).stderr)

    def test_a_slow_guest_that_is_waited_for_gets_everything(self):
        port = free_ports(6)
        slow = (ROOT / "Examples/python/never_miss.py").read_text().replace(
            "        else:\n            counts.update", "        else:\n            time.sleep(0.02)\n            counts.update")
        self.assertIn("sleep", slow)
        guest = self.start(sys.executable, "-c", slow, "slow", "events.clean", f"tcp://127.0.0.1:{port + 2}", f"tcp://127.0.0.1:{port + 3}")
        run = self.run_at(port, "--wait-for", "slow")
        self.finish(run, seconds=100)
        self.assertEqual(self.finish(guest)[0].split()[-1].replace(",", ""), str(self.events))

    def test_a_guest_that_reads_late_and_says_nothing_gets_everything(self):
        port = free_ports(6)
        guest = self.start(sys.executable, "-c", SILENT, f"tcp://127.0.0.1:{port + 2}", f"tcp://127.0.0.1:{port + 3}", stdin=subprocess.PIPE)
        run = self.run_at(port, "--wait-for", "silent")
        # it reads nothing before everything is published
        wait_until(lambda: (self.topics / "user.daily/topic.json").exists()
                   and '"next"' in (self.topics / "events.clean/topic.json").read_text(), "the end of the topic", seconds=60)
        guest.stdin.close()
        guest.stdin = None
        self.assertEqual(self.finish(guest)[0].strip(), str(self.events))
        self.finish(run)


class LoopTest(GuestTestCase):
    def test_a_pass_does_not_say_that_it_is_the_end(self):
        port = free_ports(6)
        run = self.run_at(port, *DIGESTS["small"]["generate"].split(), "--loop", "--speed", "20d/s")
        guest = self.start_example("never_miss.py", "guest", "events.raw", f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{port + 1}")
        wait_until(lambda: self.replay_state(port).get("pass", 0) >= 3, "the third pass", seconds=60)
        self.assertIsNone(guest.poll(), "the guest took a pass for the end")
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=30)
        self.assert_golden("small")


if __name__ == "__main__":
    unittest.main()
