"""What the end-to-end tests share: the program, folders of their own, running topologies."""
import contextlib
import hashlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = os.environ.get("DAYLAPSE", str(ROOT / ".build/release/daylapse"))
GOLDEN = ROOT / "Tests/Fixtures/golden"
DIGESTS = json.loads((GOLDEN / "digests.json").read_text())
# whoever runs the tests in the background may have this ignored, and everything that is started from here on as well
signal.signal(signal.SIGHUP, signal.SIG_DFL)
PROCESSED = ("users_clean.csv", "events_clean.csv", "user_daily.csv")


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def lines_of(topics, topic):
    """The messages of a topic, from all its files."""
    lines = []
    for path in sorted(Path(topics, topic).glob("[0-9]*.jsonl")):
        assert int(path.stem) == len(lines), f"{path} follows {len(lines)} messages"
        lines += path.read_bytes().splitlines()
    return lines


def wait_until(condition, what, seconds=30):
    """Waits for a condition and returns what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def free_ports(count):
    """The first of so many ports in a row that nobody uses at present.

    Below those that the system gives to outgoing connections: one of these that looks for a port nobody listens on yet may be
    given that very port, and is connected with itself from then on.
    """
    while True:
        base = random.randrange(10_000, 32_000)
        with contextlib.ExitStack() as taken, contextlib.suppress(OSError):
            for port in range(base, base + count):
                taken.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return base


def children(pid):
    """The processes that a process has started and not yet collected."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Lines:
    """What a process writes, as it comes."""

    def __init__(self, stream):
        self.got, self.stream, self.done = [], stream, False
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in iter(self.stream.readline, ""):
            self.got.append(line.rstrip("\n"))
        self.done = True

    def wait(self, pattern, seconds=30):
        return wait_until(lambda: next((line for line in list(self.got) if re.search(pattern, line)), None),
                          f"{pattern} in {self.got[-5:]}", seconds)


class TestCase(unittest.TestCase):
    """A test with a folder of its own that ends whatever it has started."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="daylapse-", dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data, self.topics = self.folder / "data", self.folder / "topics"

    def arguments(self, *options, folder=None):
        """`run` with this test's folders and free ports."""
        folder = folder or self.folder
        return ["run", "--data-dir", str(folder / "data"), "--topics-dir", str(folder / "topics"), "--base-port", "0",
                *map(str, options)]

    def daylapse(self, *arguments, exit_code=0, seconds=120):
        """Runs the program to its end."""
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True,
                              timeout=seconds)
        self.assertEqual(done.returncode, exit_code, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def start(self, *command, **more):
        """Starts a command; it is gone when the test is over."""
        process = subprocess.Popen(list(map(str, command)), cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, **more)

        def end():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            process.stdout.close()
            process.stderr.close()

        self.addCleanup(end)
        return process

    def start_run(self, *options, folder=None, **more):
        """Starts `run`, and returns it and where its publishers can be reached."""
        run = self.start(PROGRAM, *self.arguments(*options, folder=folder), **more)
        path = (folder or self.folder) / "data/state/endpoints.json"

        def endpoints():
            self.assertIsNone(run.poll(), run.poll() is not None and run.stderr.read())
            return json.loads(path.read_text()) if path.exists() else None

        return run, wait_until(endpoints, path)

    def replay_state(self, base_port=None, producer=None):
        """What `ctl status` says of a replay, or nothing where none answers."""
        where = ("--producer", producer) if producer else ("--base-port", str(base_port))
        done = subprocess.run([PROGRAM, "ctl", "status", "--json", *where], capture_output=True)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def start_example(self, name, *arguments):
        return self.start(sys.executable, ROOT / "Examples/python" / name, *arguments)

    def finish(self, process, exit_code=0, seconds=60):
        """Waits for a process and returns what it wrote."""
        try:
            output, words = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, words = process.communicate()
            self.fail(f"{process.args} did not end within {seconds} s\n{output[-2000:]}\n{words[-2000:]}")
        self.assertEqual(process.returncode, exit_code, f"{process.args}\n{output[-2000:]}\n{words[-2000:]}")
        return output, words

    def assert_golden(self, name, folder=None, keep_engagement=False):
        """The three files are byte for byte what the Python programs gave."""
        expected = DIGESTS[name]["sha256"] if name in DIGESTS else None
        for file in PROCESSED:
            path = (folder or self.folder) / "data/processed" / file
            key = file + (" --keep-engagement" if keep_engagement and file == "user_daily.csv" else "")
            wanted = expected[key] if expected else sha256(GOLDEN / name / "processed" / file)
            self.assertEqual(sha256(path), wanted, f"{name}: {key}")
