"""Commands that attach to publishers or play files: tail, record, serve."""
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import unittest
from pathlib import Path

import fake_publisher
from support import DIGESTS, PROGRAM, ROOT, Lines, TestCase, children, free_ports, lines_of, wait_until

SMALL = DIGESTS["small"]["generate"].split()
TOPICS = ("users.raw", "events.raw", "users.clean", "events.clean", "users.rejected", "events.rejected", "user.daily")
FILES = None  # topics of a finished run that nobody changes


def setUpModule():
    global FILES
    folder = tempfile.TemporaryDirectory(prefix="daylapse-", dir="/tmp")
    unittest.addModuleCleanup(folder.cleanup)
    FILES = Path(folder.name) / "topics"
    subprocess.run([PROGRAM, "run", *SMALL, "--base-port", "0", "--quiet", "--data-dir", f"{folder.name}/data",
                    "--topics-dir", FILES], check=True, capture_output=True)


class CommandTestCase(TestCase):
    def serve(self, *arguments, topics=None):
        """Serves topics, and returns the process, where it does, and what it says."""
        port = free_ports(2)
        process = self.start(PROGRAM, "serve", "--base-port", port, "--topics-dir", topics or FILES, *arguments)
        lines = Lines(process.stderr)
        lines.wait("publishes on")
        return process, f"tcp://127.0.0.1:{port}", lines

    def tail(self, *arguments, **more):
        return self.daylapse("tail", *arguments, **more).stdout

    def tail_files(self, *arguments, **more):
        return self.tail(*arguments, "--files", "--topics-dir", more.pop("topics", FILES), **more)

    def assert_same_topics(self, found, expected, topics):
        for topic in topics:
            names = sorted(path.name for path in Path(expected, topic).glob("0*.jsonl"))
            self.assertEqual(sorted(path.name for path in Path(found, topic).glob("0*.jsonl")), names, topic)
            self.assertEqual(lines_of(found, topic), lines_of(expected, topic), topic)


class TailFilesTest(CommandTestCase):
    def test_messages_as_they_are(self):
        expected = b"\n".join(lines_of(FILES, "events.clean")).decode() + "\n"
        self.assertEqual(self.tail_files("events.clean"), expected)
        self.assertEqual(self.tail_files("events.clean", "--no-follow", "--from", "beginning"), expected)

    def test_from_and_until(self):
        lines = [line.decode() for line in lines_of(FILES, "events.clean")]
        self.assertEqual(self.tail_files("events.clean", "--from", 100, "--until", 103).splitlines(), lines[100:103])
        self.assertEqual(self.tail_files("events.clean", "--from", "-7").splitlines(), lines[-7:])
        self.assertEqual(self.tail_files("events.clean", "--from", "-7", "-n", 2).splitlines(), lines[-7:-5])
        self.assertEqual(self.tail_files("events.clean", "--from", "now"), "")
        day = [line for line in lines if json.loads(line)["event_date"] == "2025-01-03"]
        self.assertEqual(
            self.tail_files("events.clean", "--from", "2025-01-03", "--until", "2025-01-04").splitlines(), day)
        hours = [line for line in day if "T06:00" <= json.loads(line)["event_time"][10:16] < "T09:30"]
        self.assertEqual(self.tail_files("events.clean", "--from", "2025-01-03T06:00", "--until",
                                         "2025-01-03T09:30").splitlines(), hours)

    def test_filters(self):
        events = [json.loads(line) for line in lines_of(FILES, "events.clean")]

        def found(*options):
            return [json.loads(line) for line in self.tail_files("events.clean", *options).splitlines()]

        self.assertEqual(found("--user", 3, "--user", 5), [event for event in events if event["user_id"] in (3, 5)])
        self.assertEqual(found("--type", "login", "--type", "quiz_attempt", "--user", 3),
                         [event for event in events
                          if event["event_type"] in ("login", "quiz_attempt") and event["user_id"] == 3])
        self.assertEqual(found("--where", "watch_minutes>40", "--where", "course_id!=linux-pro"),
                         [event for event in events
                          if event["watch_minutes"] > 40 and event.get("course_id") != "linux-pro"])
        self.assertEqual(found("--where", "amount!=", "-n", 3), [event for event in events if "amount" in event][:3])

    def test_a_format(self):
        events = [json.loads(line) for line in lines_of(FILES, "events.clean")]
        run = json.loads((FILES / "events.clean/topic.json").read_text())["run"]
        self.assertEqual(
            self.tail_files("events.clean", "-n", 50, "--format",
                            "{@topic} {@run} {@offset:>4}\\t{user_id:<5}|{amount}"),
            "".join(f"events.clean {run} {offset:>4}\t{event['user_id']:<5}|{event.get('amount', '')}\n"
                    for offset, event in enumerate(events[:50])))

    def test_several_topics(self):
        out = self.tail_files("users.raw", "users.clean", "--format", "{@topic} {user_id}", "--until", 3).splitlines()
        self.assertEqual(sorted(out), sorted(f"{topic} {user}" for topic in ("users.raw", "users.clean")
                                             for user in (1, 2, 3)))

    def test_a_table(self):
        out = self.tail_files("events.clean", "-n", 20, "--output", "table").splitlines()
        events = [json.loads(line) for line in lines_of(FILES, "events.clean")[:20]]
        fields = ("event_id", "user_id", "event_time", "event_date", "event_type", "course_id", "watch_minutes",
                  "quiz_score", "amount")
        self.assertEqual(out[0].split(), [field for field in fields if any(field in event for event in events)])
        column = out[0].index("event_type")
        self.assertEqual([line[column:].split()[0] for line in out[1:]], [event["event_type"] for event in events])

    def test_a_table_fits_the_screen(self):
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        process = subprocess.Popen([PROGRAM, "tail", "events.clean", "--files", "--topics-dir", FILES, "-n", "700",
                                    "--output", "table"], stdout=follower, stdin=subprocess.DEVNULL)
        os.close(follower)
        out = b""
        while select.select([leader], [], [], 30)[0]:
            try:
                out += os.read(leader, 65536)
            except OSError:  # all has been read of a terminal that nobody has any more
                break
        self.assertEqual(process.wait(30), 0)
        lines = out.decode().replace("\r\n", "\n").splitlines()
        self.assertTrue(all(len(line) <= 60 for line in lines), lines)
        headers = [index for index, line in enumerate(lines) if line.startswith(lines[0].split()[0])]
        self.assertEqual(len(lines) - len(headers), 700)
        self.assertTrue(all(0 < end - start <= 24 for start, end in zip(headers, headers[1:])), headers)

    def test_a_reader_that_has_had_enough(self):
        command = f"'{PROGRAM}' tail events.clean --files --topics-dir '{FILES}' | head -3"
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=20)
        self.assertEqual((len(done.stdout.splitlines()), done.stderr, done.returncode), (3, "", 0))

    def test_a_terminal_is_not_moved_by_messages(self):
        topic = self.folder / "topics/mine"
        topic.mkdir(parents=True)
        lines = '{"x":"a\u009b2Jb\u202ec"}\n\x1b]0;title\x07 no JSON\n'
        (topic / f"{0:020}.jsonl").write_text(lines)
        self.assertEqual(self.daylapse("tail", "mine", "--files").stdout, lines, "programs get the bytes")
        read, write = pty.openpty()
        done = subprocess.run([PROGRAM, "tail", "mine", "--files"], cwd=self.folder, stdout=write, timeout=30)
        os.close(write)
        self.assertEqual(done.returncode, 0)
        shown = b""
        with contextlib.suppress(OSError):
            while piece := os.read(read, 4096):
                shown += piece
        os.close(read)
        self.assertEqual(shown.decode(), '{"x":"a\\u009b2Jb\\u202ec"}\r\n\\u001b]0;title\\u0007 no JSON\r\n')
        for options in (["--format", "{x}"], ["--output", "table"]):
            self.assertNotRegex(self.daylapse("tail", "mine", "--files", *options).stdout, "[\x1b\x07\u009b\u202e]")

    def test_names_in_files_do_not_move_the_terminal(self):
        topic = self.folder / "topics/mine"
        topic.mkdir(parents=True)
        (topic / f"{0:020}.jsonl").write_text('{"event_type":"a\u009b2J"}\n')
        (topic / f"{0:020}.index").write_text("")
        (topic / "topic.json").write_text(
            json.dumps({"format": 1, "topic": "a\x1b[2J\u202e", "run": "b\u009bc", "digest": "d\x1b]0;t\x07", "next": 1},
                       ensure_ascii=False))
        for command in ("topics", "topics --json", "info mine", "info mine --json", "verify", "verify --json"):
            done = subprocess.run([PROGRAM, *command.split()], cwd=self.folder, capture_output=True, text=True, timeout=30)
            self.assertNotRegex(done.stdout + done.stderr, "[\x1b\x07\u009b\u202e]", command)
            if "--json" in command:
                json.loads(done.stdout)

    def test_a_growing_file(self):
        self.topics.mkdir()
        folder = self.topics / "events.raw"
        folder.mkdir()
        (folder / "topic.json").write_text('{"format":1,"topic":"events.raw","run":"r1","digest":"d"}\n')
        with open(folder / "00000000000000000000.jsonl", "w") as file:
            file.write('{"event_id":1}\n{"event_id":2}\n')
            file.flush()
            tail = self.start(PROGRAM, "tail", "events.raw", "--files", "--topics-dir", self.topics, "--from", "-1")
            out = Lines(tail.stdout)
            out.wait('"event_id":2}')
            file.write('{"event_id":3}\n{"event')
            file.flush()
            out.wait('"event_id":3}')
            file.write('_id":4}\n')
        (folder / "topic.json").write_text('{"format":1,"topic":"events.raw","run":"r1","digest":"d","next":4}\n')
        self.assertEqual(tail.wait(20), 0)
        wait_until(lambda: out.done, "the end")
        self.assertEqual(out.got, [f'{{"event_id":{number}}}' for number in (2, 3, 4)])

    def test_files_that_nobody_writes_any_more(self):
        """A run that was interrupted leaves topics without an end: they end where they are, unless more is waited for."""
        folder = self.topics / "events.raw"
        folder.mkdir(parents=True)
        (folder / "topic.json").write_text('{"format":1,"topic":"events.raw","run":"r1","digest":"d"}\n')
        (folder / f"{0:020}.jsonl").write_text('{"event_id":1}\n{"event_id":2}\n')
        done = self.daylapse("tail", "events.raw", "--files", "--topics-dir", self.topics)
        self.assertEqual(done.stdout, '{"event_id":1}\n{"event_id":2}\n')
        self.assertIn("events.raw is not complete, and nobody writes it: ends here, at offset 2", done.stderr)
        waiting = self.start(PROGRAM, "tail", "events.raw", "--files", "--topics-dir", self.topics, "--follow")
        with self.assertRaises(subprocess.TimeoutExpired):
            waiting.wait(4)

    def test_files_that_another_run_writes_anew(self):
        folder = self.topics / "events.raw"
        folder.mkdir(parents=True)

        def begin(run, lines, **more):
            temporary = folder / "topic.json.tmp"
            temporary.write_text(json.dumps({"format": 1, "topic": "events.raw", "run": run, "digest": "d", **more}))
            (folder / "00000000000000000000.jsonl").unlink(missing_ok=True)
            (folder / "00000000000000000000.jsonl").write_text("".join(lines))
            temporary.rename(folder / "topic.json")

        begin("r1", ["1\n", "2\n"])
        tail = self.start(PROGRAM, "tail", "events.raw", "--files", "--topics-dir", self.topics, "--from", "beginning")
        out, err = Lines(tail.stdout), Lines(tail.stderr)
        out.wait("2")
        begin("r2", ["3\n"], next=1)
        self.assertEqual(tail.wait(20), 0)
        wait_until(lambda: out.done and err.done, "the end")
        self.assertEqual(out.got, ["1", "2", "3"])
        self.assertEqual(err.got, ["daylapse: events.raw is written anew, as run r2: goes on at its beginning"])

    def test_bad_input(self):
        for arguments, code, words in (
            (["events.clean", "--files", "--topics-dir", "nowhere"], 1, "there is no folder nowhere"),
            (["none", "--files", "--topics-dir", FILES], 1, 'there is no topic "none" in'),
            (["event.raw", "--files", "--topics-dir", FILES], 1, 'did you mean "events.raw"?'),
            (["none"], 2, '"none" is not a topic of the topology'),
            (["events.clean", "--files", "--topics-dir", FILES, "--from", 999999], 1, "ends at offset"),
            (["events.clean", "--from", "yesterday"], 2, '--from is "yesterday": give beginning, now'),
            (["events.clean", "--until", "-1"], 2, '--until is "-1"'),
            (["events.clean", "--where", "plan"], 2, '"plan" has no comparison in it'),
            (["events.clean", "--format", "{user_id"], 2, "at character 1: a { that nothing closes"),
            (["users.clean", "--from", "2025-01-01"], 2, "messages of users.clean have none"),
            (["events.clean", "events.clean"], 2, "events.clean is given twice"),
            (["events.clean", "--publisher", "here"], 2, '"here" is no publisher'),
            (["events.clean", "--base-port", 0], 2, "--base-port is 0"),
            (["events.clean", "--no-follow", "--base-port", free_ports(3)], 1, "nobody publishes events.clean at "),
        ):
            done = self.daylapse("tail", *arguments, exit_code=code, seconds=20)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, "")
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "tail", "events.clean", "--files", "--topics-dir", FILES], stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write to standard output: No space left on device", done.stderr)


class TailPublishersTest(CommandTestCase):
    def test_a_replay_from_its_first_message_to_its_end(self):
        # the run says in its state where its publishers are
        tail = self.start(PROGRAM, "tail", "events.clean", "user.daily", "--from", "beginning", "--name", "viewer",
                          "--data-dir", self.data, "--format", "{@topic} {@line}")
        out, err = Lines(tail.stdout), Lines(tail.stderr)
        run, _ = self.start_run(*SMALL, "--speed", "20d/s", "--wait-for", "viewer")
        self.finish(run)
        self.assertEqual(tail.wait(30), 0, err.got)
        wait_until(lambda: out.done, "the end")
        for topic in ("events.clean", "user.daily"):
            found = [line[len(topic) + 1:].encode() for line in out.got if line.startswith(topic)]
            self.assertEqual(found, lines_of(self.topics, topic))

    def test_a_late_one_sees_what_is_to_come(self):
        run, endpoints = self.start_run(*SMALL, "--speed", "1d/s", "--linger", 0)
        publisher = endpoints["cleaner"]
        where = ["--publisher", f"{publisher['data']},{publisher['service']}"]
        wait_until(lambda: len(self.tail("events.clean", *where, "--from", 0, "--no-follow").splitlines()) > 20,
                   "events")
        # as messages come, and no longer than they are wanted
        command = f"'{PROGRAM}' tail events.clean {' '.join(where)} -f | head -3"
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=20)
        self.assertEqual((len(done.stdout.splitlines()), done.stderr, done.returncode), (3, "", 0))
        self.assertIsNone(run.poll())
        last = self.tail("events.clean", *where, "--from", "-4", "--no-follow", "--format", "{@offset}").split()
        self.assertEqual(len(last), 4)
        self.assertEqual(last, [str(int(last[0]) + index) for index in range(4)])
        at = self.tail("events.clean", *where, "--from", "2025-01-01T06:00", "-n", 1, "--format", "{event_time}")
        times = [json.loads(line)["event_time"] for line in lines_of(self.topics, "events.clean")]
        self.assertEqual(at.strip(), next(time for time in times if time >= "2025-01-01T06:00"))
        self.daylapse("tail", "events.clean", *where, "--from", 10**9, "--no-follow", exit_code=1)
        tail = self.start(PROGRAM, "tail", "events.clean", *where)
        Lines(tail.stdout).wait("event_id")
        tail.send_signal(signal.SIGINT)
        self.assertEqual(tail.wait(10), 130)
        run.send_signal(signal.SIGINT)
        run.wait(20)

    def test_an_unknown_topic_of_a_publisher(self):
        _, where, _ = self.serve("events.clean", "user.daily")
        done = self.daylapse("tail", "none", "--publisher", where, exit_code=1, seconds=20)
        self.assertIn('has no topic "none"; it has events.clean, user.daily', done.stderr)

    def fake(self, topic="events.clean"):
        ports = free_ports(2)
        endpoints = f"tcp://127.0.0.1:{ports}", f"tcp://127.0.0.1:{ports + 1}"
        return fake_publisher.Publisher(topic, *endpoints), endpoints[0]

    def test_jumps_and_new_runs_are_told(self):
        for quiet in (False, True):
            publisher, where = self.fake()
            publisher.lines = [b'{"event_id":%d}\n' % number for number in range(6)]
            seen = threading.Event()

            def script(publisher):
                publisher.wait(lambda: publisher.subscriptions)
                publisher.send(0, 2)
                publisher.serve(0.3)
                publisher.epoch = 1
                publisher.send(2, 2)
                publisher.serve(0.3)
                publisher.run_id, publisher.epoch, publisher.next = "run-2", 0, 0
                publisher.end = True
                publisher.send(0, 6)
                publisher.wait(seen.is_set, 30)

            publisher.script = script
            publisher.start()
            self.addCleanup(publisher.join, 30)
            self.addCleanup(seen.set)
            tail = self.start(PROGRAM, "tail", "events.clean", "--publisher", where, "--from", "beginning",
                              *(["--quiet"] if quiet else []))
            out, err = self.finish(tail, seconds=30)
            seen.set()
            publisher.join(30)
            self.assertIsNone(publisher.error)
            self.assertEqual(out.encode(), b"".join(publisher.lines[:4] + publisher.lines))
            self.assertEqual(err, "" if quiet else (
                "daylapse: the replay went to 2025-01-01T00:00:00 (events.clean)\n"
                "daylapse: events.clean has a new run run-2 in place of run-1: goes on at its beginning\n"))

    def test_a_publisher_that_comes_later(self):
        port = free_ports(2)
        tail = self.start(PROGRAM, "tail", "events.clean", "--publisher", f"tcp://127.0.0.1:{port}")
        out, err = Lines(tail.stdout), Lines(tail.stderr)
        err.wait(f"events.clean is not published at tcp://127.0.0.1:{port} yet: waiting for it")
        self.start(PROGRAM, "serve", "--base-port", port, "--topics-dir", FILES)
        self.assertEqual(tail.wait(30), 0)
        wait_until(lambda: out.done, "the end")
        self.assertEqual([line.encode() for line in out.got], lines_of(FILES, "events.clean"))

    def test_keys(self):
        for name in ("topology", "alice", "bob"):
            self.daylapse("keygen", f"keys/{name}")
        _, where, _ = self.serve("--curve-key", "keys/topology.key", "--authorized-keys", "keys/alice.pub")
        known = self.daylapse("tail", "users.clean", "--publisher", where, "--curve-key", "keys/alice.key",
                              "--upstream-key", "keys/topology.pub", seconds=30)
        self.assertEqual(len(known.stdout.splitlines()), len(lines_of(FILES, "users.clean")))
        unknown = self.daylapse("tail", "users.clean", "--publisher", where, "--curve-key", "keys/bob.key",
                                "--upstream-key", "keys/topology.pub", exit_code=1, seconds=30)
        self.assertIn("does not let in the key", unknown.stderr)
        none = self.daylapse("tail", "users.clean", "--publisher", where, exit_code=1, seconds=30)
        self.assertIn("add --curve-key", none.stderr)


class RecordTest(CommandTestCase):
    def test_a_recorder_is_there_when_all_its_publishers_are(self):
        """Where only one of them is found, whoever waits for the recorder goes on waiting: it could not take what the others give."""
        base = free_ports(4)
        topics = self.folder / "topics"
        shutil.copytree(FILES, topics)
        producer = self.start(PROGRAM, "produce", "--topics-dir", topics, "--data-dir", self.data, "--base-port", base, "--wait-for",
                              "recorder")
        wait_until(lambda: self.replay_state(base), "the producer")
        recorder = self.start(PROGRAM, "record", "events.raw", "events.clean", "--base-port", base, "--name", "recorder",
                              "--output", self.folder / "recording")
        Lines(recorder.stderr).wait("events.clean is not published")
        self.assertEqual(self.replay_state(base)["state"], "waiting")
        cleaner = self.start(PROGRAM, "clean", "--topics-dir", topics, "--base-port", base, "--members", "none")
        for process in (cleaner, producer):
            self.finish(process)
        self.assertEqual(recorder.wait(30), 0)
        self.assert_same_topics(self.folder / "recording", FILES, ("events.raw", "events.clean"))

    def test_a_whole_replay(self):
        record = self.start(PROGRAM, "record", "--output", "recording", "--name", "recorder", "--data-dir", self.data)
        run, _ = self.start_run(*SMALL, "--speed", "20d/s", "--wait-for", "recorder")
        self.finish(run)
        out, err = self.finish(record)
        self.assert_same_topics(self.folder / "recording", self.topics, TOPICS)
        for topic in TOPICS:
            count = len(lines_of(self.topics, topic))
            self.assertEqual(json.loads((self.folder / "recording" / topic / "topic.json").read_text())["next"], count)
            self.assertRegex(out, rf"(?m)^{topic} +{count:,} ")
        # what was recorded can be replayed, with the same results
        again = self.folder / "again"
        port = free_ports(6)
        stages = [self.start(PROGRAM, *command, "--base-port", port)
                  for command in (["produce", "--topics-dir", "recording", "--data-dir", again / "data"],
                                  ["clean", "--topics-dir", again / "topics"],
                                  ["aggregate", "--topics-dir", again / "topics"],
                                  ["sink", "--data-dir", again / "data"])]
        for stage in stages:
            self.finish(stage)
        self.assert_golden("small", again)

    def test_goes_on_where_it_was(self):
        run, endpoints = self.start_run(*SMALL, "--speed", "3d/s")
        publisher = endpoints["producer"]
        arguments = ["record", "events.raw", "users.raw", "--publisher", f"{publisher['data']},{publisher['service']}",
                     "--output", "recording"]
        folder = self.folder / "recording"

        def recorded():
            return sum(path.read_bytes().count(b"\n") for path in (folder / "events.raw").glob("0*.jsonl"))

        for how, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9), (signal.SIGTERM, 130)):
            before = recorded() if folder.exists() else 0
            record = self.start(PROGRAM, *arguments)
            wait_until(lambda: folder.exists() and recorded() > before, "events")
            record.send_signal(how)
            out, err = record.communicate(timeout=20)
            self.assertEqual(record.returncode, code, err)
            if code == 130:
                self.assertRegex(err, r"record: events\.raw has [\d,]+ messages, to be gone on with")
            count = recorded()
            self.assertEqual(lines_of(folder, "events.raw"), lines_of(self.topics, "events.raw")[:count])
            self.assertNotIn("next", json.loads((folder / "events.raw/topic.json").read_text()))
        self.assertIsNone(run.poll(), "the replay was over before the test was")
        _, err = self.finish(self.start(PROGRAM, *arguments))
        self.assertRegex(err, r"events\.raw goes on after [\d,]+ messages")
        self.finish(run)
        self.assert_same_topics(folder, self.topics, ["users.raw", "events.raw"])

    def test_of_served_topics(self):
        _, where, _ = self.serve()
        self.daylapse("record", "--publisher", where, "--output", "all", "--quiet")
        self.assert_same_topics(self.folder / "all", FILES, TOPICS)
        again = self.daylapse("record", "--publisher", where, "--output", "all")
        self.assertIn("events.clean is complete already", again.stderr)
        # a part of a topic is one of its own
        lines = lines_of(FILES, "events.clean")
        arguments = ["record", "events.clean", "--publisher", where, "--output"]
        self.daylapse(*arguments, "part", "--from", 100)
        self.assertEqual(lines_of(self.folder / "part", "events.clean"), lines[100:])
        self.daylapse(*arguments, "part", "--from", 100)
        self.daylapse(*arguments, "part")
        other = self.daylapse(*arguments, "part", "--from", 99, exit_code=1)
        self.assertIn("part/events.clean is a recording from offset 100 on, not 99", other.stderr)
        self.daylapse(*arguments, "day", "--from", "2025-01-03")
        first = json.loads(lines_of(self.folder / "day", "events.clean")[0])
        self.assertEqual(first["event_date"], "2025-01-03")
        self.daylapse(*arguments, "none", "--from", 10**6, exit_code=1)

    def test_another_run_is_not_mixed_in(self):
        first, where, _ = self.serve()
        self.daylapse("record", "users.clean", "--publisher", where, "--output", "recording")
        other = self.folder / "other"
        self.daylapse(*self.arguments(*SMALL, "--quiet", "--seed", 7, folder=other))
        _, elsewhere, _ = self.serve(topics=other / "topics")
        arguments = ["record", "users.clean", "--publisher", elsewhere, "--output", "recording"]
        done = self.daylapse(*arguments, exit_code=1)
        self.assertIn("recording/users.clean is a recording of run", done.stderr)
        self.assertEqual(lines_of(self.folder / "recording", "users.clean"), lines_of(FILES, "users.clean"))
        self.daylapse(*arguments, "--replace")
        self.assert_same_topics(self.folder / "recording", other / "topics", ["users.clean"])

    def test_names_that_lead_elsewhere_are_refused(self):
        outside = self.folder / "outside"
        for name in ("../outside", "../../outside/x", str(outside), "..", ".hidden", "", "a\x1b[2Jb", "a\u202eb", "run.lock", "x" * 129):
            with self.subTest(name=name):
                publisher, where = TailPublishersTest.fake(self, name)
                publisher.lines, publisher.end = [b'{"x":1}\n'], True
                over = threading.Event()

                def script(publisher):
                    publisher.send(0, 1)
                    while not over.is_set():
                        publisher.serve(0.02)

                publisher.script = script
                publisher.start()
                done = self.daylapse("record", "--publisher", where, "--output", "a/b", exit_code=1, seconds=30)
                over.set()
                publisher.join(30)
                self.assertIn("no name of a topic", done.stderr)
                self.assertNotRegex(done.stderr, "[\x1b\u202e]")
                self.assertEqual(list(self.folder.iterdir()), [], "nothing was written")

    def test_leaves_alone_what_is_no_recording(self):
        run, endpoints = self.start_run(*SMALL, "--speed", "1d/s")
        for stage, topic in (("producer", "events.raw"), ("cleaner", "events.clean")):
            publisher = endpoints[stage]
            wait_until(lambda: (self.topics / topic / "topic.json").exists(), topic)
            where = f"{publisher['data']},{publisher['service']}"
            done = self.daylapse("record", topic, "--publisher", where, "--output", self.topics, "--replace",
                                 exit_code=1)
            self.assertIn("is no recording, but what daylapse", done.stderr)
            if stage == "cleaner":
                holder = int(re.search(r"and process (\d+) on .* is writing it", done.stderr).group(1))
                self.assertIn(holder, children(run.pid))
        run.send_signal(signal.SIGINT)
        run.wait(20)
        by_hand = self.folder / "hand/users.clean"
        by_hand.mkdir(parents=True)
        (by_hand / "00000000000000000000.jsonl").write_text("{}\n")
        _, where, _ = self.serve()
        done = self.daylapse("record", "users.clean", "--publisher", where, "--output", "hand", "--replace",
                             exit_code=1)
        self.assertIn("made by hand", done.stderr)

    def test_ignores_jumps(self):
        ports = free_ports(2)
        publisher = fake_publisher.Publisher("events.raw", f"tcp://127.0.0.1:{ports}", f"tcp://127.0.0.1:{ports + 1}")
        publisher.lines = [b'{"event_id":%d,"event_time":"2025-01-0%dT00:00:00"}\n' % (number, number // 3 + 1)
                           for number in range(9)]
        done = threading.Event()

        def script(publisher):
            publisher.wait(lambda: publisher.subscriptions)
            publisher.send(0, 3)
            publisher.epoch = 1
            publisher.send(0, 2)  # back
            publisher.send(2, 2)
            publisher.epoch = 2
            publisher.next = 7
            publisher.send(6, 1)  # and far ahead
            publisher.end = True
            publisher.next = 9
            publisher.heartbeat()
            publisher.wait(done.is_set, 30)

        publisher.script = script
        publisher.start()
        self.addCleanup(publisher.join, 30)
        self.addCleanup(done.set)
        self.daylapse("record", "--publisher", f"tcp://127.0.0.1:{ports}", "--output", "recording", seconds=30)
        done.set()
        publisher.join(30)
        self.assertIsNone(publisher.error)
        self.assertEqual([line + b"\n" for line in lines_of(self.folder / "recording", "events.raw")], publisher.lines)
        names = sorted(path.name for path in (self.folder / "recording/events.raw").glob("0*.jsonl"))
        self.assertEqual([int(name[:20]) for name in names], [0, 3, 6])

    def test_an_output_that_cannot_be_written(self):
        _, where, _ = self.serve()
        (self.folder / "file").write_text("")
        done = self.daylapse("record", "users.clean", "--publisher", where, "--output", "file", exit_code=1)
        self.assertIn("file/users.clean", done.stderr)
        self.daylapse("record", "users.clean", exit_code=2)


class ServeTest(CommandTestCase):
    def test_a_consumer_of_another_language_gets_everything(self):
        process, where, lines = self.serve()
        port = int(where.rsplit(":", 1)[1])
        counted = self.start_example("never_miss.py", "late", "events.raw", where, f"tcp://127.0.0.1:{port + 1}")
        out, _ = self.finish(counted)
        self.assertEqual(int(out.split()[-1].replace(",", "")), len(lines_of(FILES, "events.raw")))
        lines.wait("serve: late is here")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 130)

    def test_an_interrupted_run_ends_where_it_is(self):
        run, _ = self.start_run(*SMALL, "--speed", "1d/s")
        path = self.topics / "events.clean/00000000000000000000.jsonl"
        wait_until(lambda: path.exists() and path.stat().st_size > 0, "events")
        busy = self.daylapse("serve", "--topics-dir", self.topics, "--base-port", 0, exit_code=1)
        self.assertRegex(busy.stderr, r"topics/users\.clean|topics/events\.clean")
        self.assertIn("is being written by process", busy.stderr)
        run.send_signal(signal.SIGINT)
        run.wait(20)
        _, where, lines = self.serve(topics=self.topics)
        lines.wait("events.clean .*, all of an interrupted run")
        out = self.tail("events.clean", "--publisher", where, "--from", 0)
        self.assertEqual(out.encode().splitlines(), lines_of(self.topics, "events.clean"))

    def test_the_topology_finds_it_at_the_base_port(self):
        port = free_ports(2)
        process = self.start(PROGRAM, "serve", "--base-port", port, "--topics-dir", FILES)
        Lines(process.stderr).wait("publishes on")
        out = self.tail("user.daily", "--base-port", port, "--no-follow")
        self.assertEqual(out.encode().splitlines(), lines_of(FILES, "user.daily"))

    def test_bad_input(self):
        for arguments, code, words in (
            (["--topics-dir", "nowhere"], 1, "there is no folder nowhere"),
            (["--topics-dir", "."], 1, ". has no topics"),
            (["none", "--topics-dir", FILES], 1, 'there is no topic "none" in'),
            (["--base-port", 70000], 2, "--base-port is 70000"),
            (["--host", "0.0.0.0"], 2, "--host 0.0.0.0 can be reached from other machines, and nothing is encrypted"),
        ):
            self.assertIn(words, self.daylapse("serve", *arguments, exit_code=code, seconds=20).stderr)
        _, where, _ = self.serve()
        port = where.rsplit(":", 1)[1]
        taken = self.daylapse("serve", "--topics-dir", FILES, "--base-port", port, exit_code=1, seconds=20)
        self.assertIn("is taken by another process", taken.stderr)


class DocumentTest(CommandTestCase):
    def test_blocks(self):
        """The commands of docs/consuming.md, run as written."""
        blocks = re.findall(r"^```sh run\n(.*?)^```$", (ROOT / "docs/consuming.md").read_text(), re.M | re.S)
        self.assertGreaterEqual(len(blocks), 4)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/daylapse").symlink_to(Path(PROGRAM).resolve())
        environment = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        shown = []
        for block in blocks:
            with self.subTest(block=block):
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", block + "\nwait\n"], cwd=self.folder,
                                      env=environment, capture_output=True, text=True, timeout=120)
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
                shown.append(done.stdout)
        self.assertEqual(shown[0].splitlines()[:1], [lines_of(self.topics, "events.clean")[0].decode()])
        self.assertIn("amount", shown[1].splitlines()[0])
        self.assertEqual(len(shown[2].splitlines()), 5)
        self.assert_same_topics(self.folder / "recording", self.topics, TOPICS)


if __name__ == "__main__":
    unittest.main()
