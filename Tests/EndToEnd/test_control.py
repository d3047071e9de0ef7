"""A replay in somebody's hands: speed, pause, step, seek, loop, and which days; whatever is done, the files stay the same."""
import csv
import json
import os
import random
import signal
import threading
import time
import unittest
from pathlib import Path

import zmq

from faults import seeds
from support import DIGESTS, PROCESSED, PROGRAM, TestCase, children, free_ports, lines_of, sha256, wait_until

SMALL = DIGESTS["small"]["generate"].split()


class Follower(threading.Thread):
    """A guest that follows the replay of a topic, as docs/protocol.md says, and notes what it was shown in each epoch."""

    def __init__(self, publisher, topic):
        super().__init__(daemon=True)
        self.publisher, self.topic = publisher, topic
        self.epochs = []  # (epoch, the offset it began at, the lines)
        self.problems, self.ends = [], 0
        self.stopped, self.joined = threading.Event(), threading.Event()
        self.start()

    def run(self):
        context = zmq.Context.instance()
        data, service = context.socket(zmq.SUB), context.socket(zmq.REQ)
        try:
            data.subscribe(self.topic)
            data.connect(self.publisher["data"])
            service.connect(self.publisher["service"])
            self.follow(data, service)
        except Exception as error:  # told in the test's own thread
            self.problems.append(repr(error))
        finally:
            data.close(0)
            service.close(0)

    def follow(self, data, service):
        while not self.stopped.is_set():
            if not data.poll(100):
                continue
            name, header, payload = data.recv_multipart()
            header = json.loads(header)
            lines = payload.splitlines()
            if name.decode() != self.topic:
                continue
            self.joined.set()
            if not self.epochs:
                self.epochs.append((header["epoch"], header.get("first", 0), []))
            if header["epoch"] < self.epochs[-1][0]:
                self.problems.append(f"epoch {header['epoch']} after {self.epochs[-1][0]}")
            if header["epoch"] > self.epochs[-1][0]:
                self.epochs.append((header["epoch"], header["offset"], []))
            _, first, taken = self.epochs[-1]
            while first + len(taken) < header["offset"]:
                service.send_multipart([b"fetch", json.dumps(
                    {"topic": self.topic, "offset": first + len(taken), "before": header["offset"]}).encode()])
                if not service.poll(3000):
                    self.problems.append("no answer")
                    return
                status, answer, *missed = service.recv_multipart()
                answer = json.loads(answer)
                if status != b"ok" or answer["epoch"] != header["epoch"]:
                    break
                taken += missed[0].splitlines()
            else:
                taken += lines[first + len(taken) - header["offset"]:]
                if header.get("end"):
                    self.ends += 1

    def stop(self):
        self.stopped.set()
        self.join(10)
        return self.problems


class ControlTestCase(TestCase):
    def held_run(self, *options):
        """A run that waits for a conductor; its producer can be asked things."""
        run, self.endpoints = self.start_run(*options, "--wait-for", "conductor")
        self.socket = self.asker(self.endpoints["producer"]["service"])
        return run

    def asker(self, service):
        socket = zmq.Context.instance().socket(zmq.REQ)
        self.addCleanup(socket.close, 0)
        socket.setsockopt(zmq.REQ_RELAXED, 1)
        socket.setsockopt(zmq.REQ_CORRELATE, 0)
        socket.connect(service)
        return socket

    def ask(self, verb, seconds=10, **arguments):
        self.socket.send_multipart([verb.encode(), json.dumps(arguments).encode()])
        if not self.socket.poll(seconds * 1000):
            return "silent", {}
        status, answer = self.socket.recv_multipart()[:2]
        return status.decode(), json.loads(answer)

    def release(self):
        self.assertEqual(self.ask("ack", member="conductor", topic="events.raw")[0], "ok")

    def control(self, command, **more):
        """Gives a command and returns the state when it has been carried out."""
        status, answer = self.ask("control", command=command, **more)
        self.assertEqual(status, "ok", answer)
        number = answer["number"]
        return wait_until(lambda: self.state(number), f"{command} to be carried out")

    def state(self, number=0):
        answer = self.ask("control", command="status")[1]
        return answer if answer.get("applied", 0) >= number else None

    def producer_of(self, run):
        return next(child for child in children(run.pid) if b"produce" in Path(f"/proc/{child}/cmdline").read_bytes())

    def published(self):
        topics = self.ask("describe")[1]["topics"]
        return next(each for each in topics if each["topic"] == "events.raw")

    def follow(self, topic="events.raw", stage="producer"):
        follower = Follower(self.endpoints[stage], topic)
        self.addCleanup(follower.stop)
        self.assertTrue(follower.joined.wait(10))
        return follower

    def assert_shown(self, follower, logged):
        """What a follower was shown is, from where each epoch began, what the files have."""
        self.assertEqual(follower.stop(), [])
        for epoch, first, taken in follower.epochs:
            self.assertEqual(taken, logged[first:first + len(taken)], f"epoch {epoch} from offset {first}")


class AnySequenceTest(ControlTestCase):
    def test_whatever_is_done_the_files_are_the_same(self):
        for seed in seeds([int(time.time()), int(time.time()) + 1]):
            with self.subTest(seed=seed):
                print(f"control: seed {seed}")
                folder = self.folder / str(seed)
                folder.mkdir()
                self.play(random.Random(seed), folder)

    def play(self, draw, folder):
        speed = draw.choice(["max", "5d/s", "40d/s"])
        run, self.endpoints = self.start_run(
            *SMALL, "--wait-for", "conductor", "--speed", speed, "--start-paused", "--linger", 5,
            "--batch-messages", draw.choice([1, 50, 100_000]), folder=folder)
        self.socket = self.asker(self.endpoints["producer"]["service"])
        guest, clean, daily = self.follow(), self.follow("events.clean", "cleaner"), self.follow("user.daily", "aggregator")
        self.release()
        wait_until(lambda: self.state()["state"] == "paused", "the start")
        jumps = 0
        for _ in range(draw.randrange(20, 60)):
            time.sleep(draw.random() * 0.06)
            command = draw.choice(["pause", "resume", "resume", "speed", "step", "seek", "seek", "faster", "slower", "toggle"])
            more = {}
            if command == "speed":
                more["speed"] = draw.choice(["1d/s", "20d/s", "6h/s", "realtime"])
            elif command == "step":
                more["by"] = draw.choice(["event", "event", "1h", "1d", "2d12h"])
            elif command == "seek":
                more["time"] = f"2025-01-{draw.randrange(1, 29):02}T{draw.randrange(24):02}:{draw.randrange(60):02}:00"
            status, answer = self.ask("control", command=command, **more)
            if status == "error" and "has ended" in answer["message"]:  # a step may lead to the end
                break
            self.assertEqual(status, "ok", answer)
            jumps += command == "seek"
        epoch = (self.state() or {"epoch": 0})["epoch"]
        for command, more in (("resume", {}), ("speed", {"speed": "max"})):
            self.ask("control", command=command, **more)
        wait_until(lambda: guest.ends, "the end")
        self.finish(run)
        self.assert_golden("small", folder=folder)
        self.assertLessEqual(epoch, guest.epochs[-1][0])
        self.assert_shown(guest, lines_of(folder / "topics", "events.raw"))
        self.assert_shown(clean, lines_of(folder / "topics", "events.clean"))
        self.assert_shown(daily, lines_of(folder / "topics", "user.daily"))


class SteeringTest(ControlTestCase):
    def test_pause_step_and_seek(self):
        run = self.held_run(*SMALL, "--start-paused", "--speed", "1d/s")
        guest = self.follow()
        self.assertEqual(self.state()["state"], "waiting")
        self.release()
        state = wait_until(lambda: self.state()["state"] == "paused" and self.state(), "the pause")
        self.assertEqual((state["clock"], state["start"], state["end"]), ("2025-01-01T00:00:00", "2025-01-01T00:00:00", "2025-01-31T00:00:00"))
        self.assertEqual(self.published()["next"], 0)
        self.control("step")
        self.assertEqual(self.published()["next"], 1)
        self.assertEqual(self.control("step", by="1d")["clock"], self.published()["clock"])
        logged = lines_of(self.topics, "events.raw")
        times = [json.loads(line)["event_time"] for line in logged]
        state = self.control("seek", time="2025-01-10")
        self.assertEqual((state["epoch"], state["clock"]), (1, "2025-01-10T00:00:00"))
        tenth = sum(when < "2025-01-10" for when in times)
        self.assertEqual(self.published()["next"], tenth)
        state = self.control("step", by="1d")
        eleventh = sum(when < "2025-01-11" for when in times)
        self.assertEqual((self.published()["next"], state["clock"]), (eleventh, "2025-01-11T00:00:00"))
        self.control("seek", time="2025-01-02")
        back = self.published()
        self.assertEqual((back["next"], back["position"], back["epoch"]), (eleventh, sum(when < "2025-01-02" for when in times), 2))
        wait_until(lambda: all(lag["lag"] == 0 for member in self.ask("describe")[1]["members"] for lag in member["topics"]),
                   "the cleaner to have fetched what was passed over")
        self.control("speed", speed="max")
        self.ask("control", command="resume")
        self.finish(run)
        self.assert_golden("small")
        self.assert_shown(guest, logged)
        self.assertEqual([epoch[:2] for epoch in guest.epochs], [(0, 0), (1, tenth), (2, back["position"])])
        self.assertEqual(len(guest.epochs[1][2]), eleventh - tenth)

    def test_guests_of_the_stages_go_where_the_replay_goes(self):
        run = self.held_run(*SMALL, "--start-paused", "--speed", "1d/s", "--linger", 5)
        clean, daily = self.follow("events.clean", "cleaner"), self.follow("user.daily", "aggregator")
        self.release()
        wait_until(lambda: self.state()["state"] == "paused", "the pause")

        def days(follower, field):
            return sorted({json.loads(line)[field][:10] for line in follower.epochs[-1][2]})

        def steps(count):
            for _ in range(count):
                self.control("step", by="1d")

        steps(2)
        wait_until(lambda: days(clean, "event_time") == ["2025-01-01", "2025-01-02"], "two days")
        self.control("seek", time="2025-01-10")
        steps(2)
        # what was passed over is made, and not shown
        wait_until(lambda: days(clean, "event_time") == ["2025-01-10", "2025-01-11"], "the tenth and eleventh")
        wait_until(lambda: days(daily, "as_of_date") == ["2025-01-09", "2025-01-10"], "rows of the days that have closed")
        self.control("seek", time="2025-01-03")
        steps(2)
        wait_until(lambda: days(clean, "event_time") == ["2025-01-03", "2025-01-04"], "the third and fourth once more")
        wait_until(lambda: days(daily, "as_of_date") == ["2025-01-02", "2025-01-03"], "rows of the days before")
        self.assertEqual([epoch[0] for epoch in clean.epochs], [0, 1, 2])
        os.kill(next(child for child in children(run.pid) if b"clean" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[1]),
                signal.SIGKILL)
        self.control("speed", speed="max")
        self.ask("control", command="resume")
        wait_until(lambda: clean.ends and daily.ends, "the end")
        self.finish(run)
        self.assert_golden("small")
        self.assert_shown(clean, lines_of(self.topics, "events.clean"))
        self.assert_shown(daily, lines_of(self.topics, "user.daily"))
        self.assertEqual(clean.epochs[-1][0], 2)

    def test_it_pauses_at_each_day_s_end(self):
        run = self.held_run(*SMALL, "--pause-at", "day-end")
        self.release()
        for day in (2, 3, 4):
            state = wait_until(
                lambda: self.state()["state"] == "paused" and self.state()["clock"] == f"2025-01-{day:02}T00:00:00" and self.state(),
                f"midnight {day}")
            times = [json.loads(line)["event_time"] for line in lines_of(self.topics, "events.raw")]
            self.assertEqual(self.published()["next"], sum(when < state["clock"] for when in times))
            self.control("resume")
        run.terminate()
        self.finish(run, exit_code=130)

    def test_a_killed_producer_goes_on_as_it_was(self):
        run = self.held_run(*SMALL, "--speed", "2d/s")
        self.release()
        wait_until(lambda: self.published()["next"] > 20, "some events")
        self.control("seek", time="2025-01-12")
        self.control("pause")
        self.control("speed", speed="5d/s")
        before = self.published()
        time.sleep(0.3)  # by then it remembers
        producer = self.producer_of(run)
        os.kill(producer, signal.SIGKILL)
        wait_until(lambda: producer not in children(run.pid) and len(children(run.pid)) == 4, "another producer")
        self.socket = self.asker(self.endpoints["producer"]["service"])
        state = wait_until(lambda: (self.ask("control", command="status")[1].get("state") == "paused") and self.state(), "its pause")
        self.assertEqual((state["epoch"], state["speed"]), (1, "5d/s"))
        self.assertEqual(self.published()["next"], before["next"])
        self.control("speed", speed="max")
        self.ask("control", command="resume")
        self.finish(run)
        self.assert_golden("small")

    def test_a_stopped_process_does_not_burst(self):
        run = self.held_run(*SMALL, "--speed", "1d/s")
        self.release()
        wait_until(lambda: self.published()["next"] > 20, "some events")
        producer = self.producer_of(run)
        before = self.state()["clock"]
        os.kill(producer, signal.SIGSTOP)
        time.sleep(4)
        os.kill(producer, signal.SIGCONT)
        after = self.state()["clock"]
        # four seconds would have been four days
        self.assertLess(int(after[8:10]) - int(before[8:10]), 3, (before, after))
        self.control("speed", speed="max")
        self.finish(run)
        self.assert_golden("small")


class CommandTest(ControlTestCase):
    def ctl(self, *arguments, **more):
        return self.daylapse("ctl", *arguments, "--data-dir", self.data, **more)

    def test_ctl(self):
        run = self.held_run(*SMALL, "--speed", "1d/s", "--start-paused")
        self.release()
        wait_until(lambda: self.state()["state"] == "paused", "the pause")
        self.assertEqual(self.ctl("status").stdout, "paused at 2025-01-01 00:00:00, 1d/s, 0.0 %\n")
        self.assertEqual(self.ctl("step", "1d").stdout, "paused at 2025-01-02 00:00:00, 1d/s, 3.3 %\n")
        state = json.loads(self.ctl("seek", "2025-01-16", "--json").stdout)
        self.assertEqual((state["clock"], state["epoch"], state["pass"]), ("2025-01-16T00:00:00", 1, 1))
        self.assertIn("6h/s, 50.0 %, epoch 1", self.ctl("speed", "6h/s").stdout)
        words = self.ctl("seek", "2030-01-01", exit_code=1).stderr
        self.assertIn("2030-01-01T00:00:00 is not in this replay, which goes from 2025-01-01T00:00:00 to 2025-01-31T00:00:00", words)
        for bad in (("speed", "fast"), ("speed",), ("seek",), ("seek", "soon"), ("step", "1w"), ("pause", "now"), ("stop",)):
            self.ctl(*bad, exit_code=2)
        self.ctl("speed", "max")
        self.ctl("resume")
        self.finish(run)
        self.assert_golden("small")
        self.assertIn("no run goes on in", self.ctl("status", exit_code=1).stderr)
        port = free_ports(1)
        self.assertIn("no replay answers at", self.daylapse("ctl", "status", "--base-port", port, exit_code=1).stderr)
        self.daylapse("ctl", "status", "--base-port", port, "--producer", "tcp://127.0.0.1:1", exit_code=2)

    def test_ctl_of_a_replay_that_comes_to_its_end(self):
        """What was asked for was done, although the replay is over by then."""
        self.daylapse("generate", *SMALL, "--data-dir", self.data, "--topics-dir", self.topics)
        base = free_ports(6)
        for order in (("resume",), ("step", "60d"), ("step", "event"), ("seek", "2025-01-31"), ("speed", "max")):
            with self.subTest(order=order):
                paused = () if order[0] in ("speed", "seek") else ("--start-paused",)
                producer = self.start(
                    PROGRAM, "produce", "--topics-dir", self.topics, "--data-dir", self.data, "--base-port", base, "--members",
                    "none", "--linger", "0", *paused, "--speed", "max" if paused else "1d/s")
                wait_until(lambda: self.replay_state(base), "the replay")
                words = self.daylapse("ctl", *order, "--base-port", base).stdout
                if order == ("step", "event"):
                    self.assertIn("paused at", words)
                    words = self.daylapse("ctl", "resume", "--base-port", base).stdout
                if order != ("speed", "max"):
                    self.assertRegex(words, "^ended at 2025-01-31 00:00:00, .*100.0 %")
                self.finish(producer)

    def test_ctl_of_a_replay_that_waits_for_somebody(self):
        self.daylapse("generate", *SMALL, "--data-dir", self.data, "--topics-dir", self.topics)
        base = free_ports(6)
        producer = self.start(PROGRAM, "produce", "--topics-dir", self.topics, "--data-dir", self.data, "--base-port", base,
                              "--members", "none", "--linger", "0", "--wait-for", "conductor", "--speed", "1d/s")
        wait_until(lambda: self.replay_state(base), "the replay")
        words = self.daylapse("ctl", "speed", "max", "--base-port", base).stdout
        self.assertRegex(words, r"^waiting .*\(to be carried out when it begins\)$")
        self.socket = self.asker(f"tcp://127.0.0.1:{base + 1}")
        self.release()
        self.finish(producer, seconds=20)

    def test_only_some_days(self):
        """What lies between --from and --to gives the files that a folder with only these events gives."""
        self.daylapse("generate", *SMALL, "--data-dir", self.data, "--topics-dir", self.topics)
        only = self.folder / "only"
        only.mkdir()
        (only / "users.csv").write_bytes((self.data / "raw/users.csv").read_bytes())
        with open(self.data / "raw/events.csv") as all_events, open(only / "events.csv", "w", newline="") as some:
            rows = csv.DictReader(all_events)
            writer = csv.DictWriter(some, rows.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for row in rows if "2025-01-08T06:00:00" <= row["event_time"] < "2025-01-20T18:00:00")
        expected = self.folder / "expected"
        self.daylapse(*self.arguments("--raw-dir", only, folder=expected))
        for number, range_ in enumerate((("--to", "2025-01-20T18:00"), ("--duration", "12d12h"))):
            folder = self.folder / str(number)
            out = self.daylapse(*self.arguments(*SMALL, "--from", "2025-01-08T06:00", *range_, folder=folder)).stdout
            self.assertIn("13 days", out)
            for file in PROCESSED:
                self.assertEqual(sha256(folder / "data/processed" / file), sha256(expected / "data/processed" / file), file)
            rejected = lines_of(folder / "topics", "events.rejected")
            self.assertEqual(rejected, [])
        for bad in (("--from", "2025-01-09", "--to", "2025-01-08"), ("--duration", "1d"), ("--from", "soon"),
                    ("--from", "2025-01-01", "--to", "2025-01-02", "--duration", "1d"), ("--pause-at", "noon"), ("--skip-silence", "0s")):
            self.daylapse(*self.arguments(*SMALL, *bad), exit_code=2)

    def test_the_clock_does_not_wait_for_days_that_are_not_there(self):
        started = time.monotonic()
        self.daylapse(*self.arguments(*SMALL, "--from", "2020-01-01", "--to", "2030-01-01", "--speed", "60d/s"))
        self.assertLess(time.monotonic() - started, 20)
        self.assert_golden("small")

    def test_some_days_survive_deaths(self):
        options = (*SMALL, "--from", "2025-01-08", "--to", "2025-01-20")
        expected = self.folder / "expected"
        self.daylapse(*self.arguments(*options, folder=expected))
        run = self.start(PROGRAM, *self.arguments(*options, "--checkpoint-bytes", 4096, "--batch-messages", 10), env=os.environ | {
            "DAYLAPSE_CRASH_AT": "producer:after-publish:20,producer:after-publish:9,cleaner:after-append:5,aggregator:after-append:3"})
        self.finish(run)
        for file in PROCESSED:
            self.assertEqual(sha256(self.data / "processed" / file), sha256(expected / "data/processed" / file), file)


class AnyTopicTest(ControlTestCase):
    """`produce` for whatever lies in a folder."""

    def produce(self, *arguments):
        base = free_ports(2)
        producer = self.start(PROGRAM, "produce", *arguments, "--topics-dir", self.topics, "--data-dir", self.data, "--base-port", base)
        self.endpoints = {"producer": {"data": f"tcp://127.0.0.1:{base}", "service": f"tcp://127.0.0.1:{base + 1}"}}
        self.socket = self.asker(self.endpoints["producer"]["service"])
        return producer

    def topic(self, name, messages):
        folder = self.topics / name
        folder.mkdir(parents=True)
        (folder / f"{0:020}.jsonl").write_text("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in messages))

    def test_topics_are_merged_in_time_order_and_ties_are_stable(self):
        draw = random.Random(5)
        for name in ("b", "a"):
            times = sorted(draw.randrange(40) for _ in range(50))
            self.topic(name, [{"n": n, "event_time": f"2025-01-01T10:{minute:02}:00"} for n, minute in enumerate(times)])
        producer = self.produce("b", "a", "--wait-for", "me", "--linger", 5)
        socket = zmq.Context.instance().socket(zmq.SUB)
        self.addCleanup(socket.close, 0)
        socket.subscribe("")
        socket.connect(self.endpoints["producer"]["data"])
        self.assertTrue(socket.poll(10_000))
        self.assertEqual(self.ask("ack", member="me", topic="a")[0], "ok")
        seen, ended = [], set()
        while len(ended) < 2:
            self.assertTrue(socket.poll(10_000), "the stream went silent")
            name, header, payload = socket.recv_multipart()
            seen += [(json.loads(line)["event_time"], name.decode(), json.loads(line)["n"]) for line in payload.splitlines()]
            if json.loads(header).get("end"):
                ended.add(name)
        socket.close(0)
        self.assertEqual(seen, sorted(seen, key=lambda each: (each[0], "ba".index(each[1]), each[2])))
        self.assertEqual(len(seen), 100)
        self.finish(producer)

    def test_a_loop_shows_the_days_again_until_it_is_interrupted(self):
        self.topic("t", [{"n": n, "event_time": f"2025-01-0{n + 1}T10:00:00"} for n in range(5)])
        producer = self.produce("t", "--loop", "--speed", "50d/s", "--wait-for", "me")
        guest = self.follow("t")
        self.assertEqual(self.ask("ack", member="me", topic="t")[0], "ok")
        wait_until(lambda: len(guest.epochs) > 3, "a third time")
        self.assertGreaterEqual(self.state()["pass"], 3)
        producer.send_signal(signal.SIGINT)
        self.finish(producer, exit_code=130)
        self.assert_shown(guest, lines_of(self.topics, "t"))
        self.assertEqual([(epoch, first, len(lines)) for epoch, first, lines in guest.epochs[:3]], [(0, 0, 5), (1, 0, 5), (2, 0, 5)])

    def test_a_run_that_loops_has_written_its_files_after_the_first_time(self):
        run, self.endpoints = self.start_run(*SMALL, "--loop", "--speed", "60d/s", "--wait-for", "me")
        self.socket = self.asker(self.endpoints["producer"]["service"])
        guest = self.follow("events.raw")
        self.assertEqual(self.ask("ack", member="me", topic="events.raw")[0], "ok")
        wait_until(lambda: len(guest.epochs) > 2, "a third time")
        wait_until(lambda: (self.data / "processed/manifest.json").exists(), "the files")
        run.send_signal(signal.SIGINT)
        out, words = self.finish(run, exit_code=130)
        self.assertIn("2,298 events in = 2,298 clean", out)
        self.assertIn("producer at tcp://127.0.0.1:", words, "where whoever is waited for connects")
        self.assertIn("shown again until Ctrl-C", words)
        self.assert_golden("small")
        self.assertTrue(json.loads((self.data / "state/run.json").read_text())["finished"])
        self.assert_shown(guest, lines_of(self.topics, "events.raw"))

    def test_a_time_field_of_one_s_own_and_silences_that_are_cut_short(self):
        self.topic("t", [{"n": n, "at": f"2025-01-{n * 9 + 1:02}T10:00:00"} for n in range(3)])
        started = time.monotonic()
        # eighteen days of silence would last eighteen seconds
        producer = self.produce("t", "--time-field", "at", "--speed", "1d/s", "--skip-silence", "6h", "--linger", 0)
        self.finish(producer)
        self.assertLess(time.monotonic() - started, 6)

    def test_names_that_are_none(self):
        for bad in ("../.t", "", ".hidden", "a/.."):
            self.daylapse("produce", bad, "--topics-dir", self.topics, exit_code=2)
        self.daylapse("produce", "t", "t", "--topics-dir", self.topics, exit_code=2)


if __name__ == "__main__":
    unittest.main()
