"""Stages, and `run` itself, that are killed at any moment: every message counts once, the files are the same bytes."""
import concurrent.futures
import datetime
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import zmq

from faults import OFTEN, RESTARTS, STAGES, processes_about, seeds, send, stages_of
from support import DIGESTS, PROGRAM, TestCase, is_running, lines_of, sha256, wait_until

SMALL = [*DIGESTS["small"]["generate"].split(), "--batch-messages", "50", "--linger", "0"]
CHECKPOINT = ("before-checkpoint", "before-checkpoint-rename", "after-checkpoint")
LEAVING = ("before-leaving", "after-leaving")
CONSUMING = ("after-receive", "after-acknowledge") + CHECKPOINT + LEAVING
LOGGING = CONSUMING + ("before-append", "after-append", "after-publish")
POINTS = {"producer": ("after-publish",) + CHECKPOINT + LEAVING, "cleaner": LOGGING, "aggregator": LOGGING,
          "sink": CONSUMING + ("during-merge", "before-manifest")}
AGAIN = r"{}:? was killed \(signal 9[^)]*\), started again"


def often(stage, point):
    """How often a stage reaches a point, or fewer times: a sink has few checkpoints, and one merge."""
    # how often a stage acknowledges is a matter of time
    return 1 if point in ("after-acknowledge", *LEAVING) or stage == "sink" and point != "after-receive" else 5


def messages_in(topics):
    """The bytes of all message files, as digests by name."""
    return {str(path.relative_to(topics)): sha256(path) for path in sorted(topics.glob("*/[0-9]*.jsonl"))}


class FaultTestCase(TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="daylapse-", dir="/tmp") as folder:
            case = cls("finish")
            case.daylapse_in(folder)
            cls.undisturbed = messages_in(Path(folder) / "topics")

    def daylapse_in(self, folder):
        subprocess.run([PROGRAM, *self.arguments(*SMALL, folder=Path(folder))], check=True, capture_output=True, timeout=60)

    def new_folder(self):
        return Path(tempfile.mkdtemp(dir=self.folder))

    def start_small(self, folder, *options, crash_at=None, **more):
        environment = {**os.environ, **({"DAYLAPSE_CRASH_AT": crash_at} if crash_at else {})}
        return self.start(PROGRAM, *self.arguments(*SMALL, *OFTEN, *options, folder=folder), env=environment, **more)

    def assert_right(self, folder):
        """The three files and all messages are those of an undisturbed run, and nothing goes on."""
        self.assert_golden("small", folder)
        self.assertEqual(messages_in(folder / "topics"), self.undisturbed)
        wait_until(lambda: not processes_about(folder), "all processes to be gone", seconds=6)
        self.assertFalse((folder / "data/state/endpoints.json").exists())
        self.assertFalse((folder / "data/state/links").exists())
        self.assertEqual([str(path) for path in (folder / "data").rglob("*") if path.is_socket()], [])

    def complete(self, run, folder):
        words = self.finish(run)[1]
        self.assert_right(folder)
        shutil.rmtree(folder)
        return words

    def each(self, check, cases):
        """Checks cases, two at a time."""
        with concurrent.futures.ThreadPoolExecutor(2) as executor:
            checks = [(case, executor.submit(check, *case)) for case in cases]
            for case, checked in checks:
                with self.subTest(case=case):
                    checked.result()


@unittest.skipUnless(RESTARTS, "this program does not start stages again")
class CrashPointsTest(FaultTestCase):
    """Stages that kill themselves at a point where it matters."""

    def check(self, crash_at, *options):
        folder = self.new_folder()
        words = self.complete(self.start_small(folder, *options, crash_at=crash_at), folder)
        for stage in POINTS:  # the first point of each is reached; where it goes on later, others may not be any more
            planned = sum(each.startswith(stage + ":") for each in crash_at.split(","))
            self.assertIn(len(re.findall(AGAIN.format(stage), words)), range(min(planned, 1), planned + 1), words)

    def test_every_point_of_every_stage(self):
        draw = random.Random(4)
        points = [(stage, point) for stage in POINTS for point in POINTS[stage]]
        cases = [(f"{stage}:{point}:1",) for stage, point in points]
        cases += [(f"{stage}:{point}:{draw.randrange(2, 6)}",) for stage, point in points if often(stage, point) > 1]
        self.each(self.check, cases)

    def test_crashes_while_recovering(self):
        for seed in seeds([int(time.time())]):
            print(f"crashes while recovering: seed {seed}")
            draw = random.Random(seed)
            cases = []
            for _ in range(10):
                stage = draw.choice(list(POINTS))
                point = draw.choice(POINTS[stage])
                first = [f"{stage}:{point}:{draw.randrange(often(stage, point)) + 1}"]
                again = [f"{stage}:{draw.choice(POINTS[stage])}:1" for _ in range(draw.randrange(1, 3))]
                cases.append((",".join(first + again), "--batch-messages", draw.choice([1, 20, 50])))
            self.each(self.check, cases)

    def test_crashes_of_several_stages(self):
        for seed in seeds([int(time.time())]):
            print(f"crashes of several stages: seed {seed}")
            draw = random.Random(seed)
            cases = []
            for _ in range(6):
                stages = draw.sample(list(POINTS), draw.randrange(2, 5))
                points = [(stage, draw.choice(POINTS[stage])) for stage in stages]
                crashes = [f"{stage}:{point}:{draw.randrange(often(stage, point)) + 1}" for stage, point in points]
                cases.append((",".join(crashes),))
            self.each(self.check, cases)

    def test_a_stage_is_not_started_again_for_ever(self):
        for restarts in (0, 2):
            with self.subTest(restarts=restarts):
                folder = self.new_folder()
                crash_at = ",".join(["cleaner:after-append:1"] * (restarts + 1))
                _, words = self.finish(self.start_small(folder, "--restarts", restarts, crash_at=crash_at), exit_code=1)
                self.assertEqual(len(re.findall(AGAIN.format("cleaner") + r" \(\d of 2\)", words)), restarts)
                self.assertRegex(words, "daylapse: cleaner was killed")
                self.assertFalse((folder / "data/processed/manifest.json").exists())
                wait_until(lambda: not processes_about(folder), "all processes to be gone", seconds=6)
                self.complete(self.start_small(folder), folder)  # and the next one goes on

    def test_a_stage_that_fails_by_itself_is_not_started_again(self):
        folder = self.new_folder()
        (folder / "data/processed").mkdir(parents=True)
        (folder / "data/processed/users_clean.csv").write_text("mine\n")
        _, words = self.finish(self.start_small(folder), exit_code=1)
        self.assertNotIn("started again", words)
        self.assertEqual((folder / "data/processed/users_clean.csv").read_text(), "mine\n")


@unittest.skipUnless(RESTARTS, "this program does not start stages again")
class SignalledStagesTest(FaultTestCase):
    """Stages that others ask to end, or whose files somebody takes away."""

    def start_half_way(self, folder):
        run = self.start_small(folder, "--speed", "20d/s")
        wait_until(lambda: len(lines_of(folder / "topics", "events.clean")) > 100 and len(stages_of(run.pid)) == 4,
                   "some events")
        return run

    def check(self, stage, name):
        folder = self.new_folder()
        run = self.start_half_way(folder)
        send(stages_of(run.pid)[stage], getattr(signal, name))
        words = self.complete(run, folder)
        if name == "SIGINT":  # Ctrl-C is dealt with by the run alone
            self.assertNotIn("started again", words)
        else:
            self.assertIn(f"{stage}: was asked to end by a signal, started again (1 of 10)", words)

    def test_a_stage_that_is_asked_to_end_is_started_again(self):
        self.each(self.check, [(stage, name) for name in ("SIGTERM", "SIGHUP") for stage in POINTS] + [("cleaner", "SIGINT")])

    def check_vanished(self, topic, stage):
        folder = self.new_folder()
        run = self.start_half_way(folder)
        path, away = folder / "topics" / topic, folder / "away"
        away.mkdir()
        for file in path.glob("*.jsonl"):
            file.rename(away / file.name)
        send(stages_of(run.pid)[stage], signal.SIGKILL)
        _, words = self.finish(run, exit_code=1)
        # who needs the file first says so: its publisher, or who asks the publisher for it
        self.assertRegex(words.splitlines()[-1], f"daylapse: .*{path}/[0-9]*.jsonl")
        for file in away.iterdir():
            file.rename(path / file.name)
        self.complete(self.start_small(folder), folder)

    def test_files_that_somebody_takes_away_are_not_asked_for_for_ever(self):
        self.each(self.check_vanished, [("events.raw", "cleaner"), ("events.clean", "sink")])


@unittest.skipUnless(RESTARTS, "this program does not start stages again")
class KilledStagesTest(FaultTestCase):
    """Stages that others kill, at random moments."""

    def disturb(self, run, draw):
        """Kills, or stops for a while, up to five times."""
        for _ in range(draw.randrange(1, 6)):
            time.sleep(draw.random() * 0.5)
            stages = list(stages_of(run.pid).values())
            if run.poll() is not None or not stages:
                return
            victims = draw.sample(stages, min(len(stages), draw.choice([1, 1, 1, 2])))
            if draw.random() < 0.3:
                for victim in victims:
                    send(victim, signal.SIGSTOP)
                time.sleep(draw.random() * 0.3)
                for victim in victims:
                    send(victim, signal.SIGCONT)
            else:
                for victim in victims:
                    send(victim, signal.SIGKILL)

    def check(self, seed):
        draw = random.Random(seed)
        folder = self.new_folder()
        run = self.start_small(folder, "--speed", draw.choice(["20d/s", "20d/s", "max"]))
        self.disturb(run, draw)
        self.complete(run, folder)

    def test_killed_and_stopped_at_random(self):
        first = int(time.time())
        chosen = seeds(range(first, first + 8))
        print(f"stages killed at random: seeds {chosen}")
        self.each(self.check, [(seed,) for seed in chosen])

    def test_a_paced_replay_goes_on_where_it_was(self):
        folder = self.new_folder()
        run = self.start_small(folder, "--speed", "10d/s", "--wait-for", "conductor")
        link = f"ipc://{folder}/data/state/links/producer"
        seen, ended = [], threading.Event()

        def listen():
            socket = zmq.Context.instance().socket(zmq.SUB)
            socket.subscribe("events.raw")
            socket.connect(link)
            while not ended.is_set():
                if socket.poll(100):
                    header = json.loads(socket.recv_multipart()[1])
                    seen.append((header["run"], header.get("clock", "")))
            socket.close(0)

        wait_until(lambda: (folder / "data/state/links/producer.service").exists(), "the producer's sockets")
        listener = threading.Thread(target=listen)
        listener.start()
        try:
            wait_until(lambda: seen, "the first heartbeat")
            with zmq.Context.instance().socket(zmq.REQ) as socket:
                socket.linger = 0
                socket.connect(link + ".service")
                socket.send_multipart([b"ack", b'{"member":"conductor","topic":"events.raw"}'])
                self.assertTrue(socket.poll(5000))
            for day in ("2025-01-08", "2025-01-18"):
                wait_until(lambda: seen[-1][1] > day, f"{day} to be over")
                os.kill(stages_of(run.pid)["producer"], signal.SIGKILL)
            self.finish(run)
        finally:
            ended.set()
            listener.join()
        self.assert_right(folder)
        self.assertEqual(len({run_id for run_id, _ in seen}), 1)
        clocks = [datetime.datetime.fromisoformat(clock) for _, clock in seen if clock]
        back = [(before, after) for before, after in zip(clocks, clocks[1:]) if after < before]
        self.assertLessEqual(len(back), 2)
        for before, after in back:  # it remembers where it is every tenth of a second, which is a day here
            self.assertLess(before - after, datetime.timedelta(days=3))
        self.assertEqual(clocks[-1].date(), datetime.date(2025, 1, 31))


class KilledRunTest(FaultTestCase):
    """`run` itself is killed: its stages end by themselves, and the same command goes on."""

    def kill_run(self, folder, draw, also):
        speed = draw.choice(["20d/s", "max"])
        run = self.start_small(folder, "--speed", speed)
        time.sleep(draw.random() * (1.5 if speed == "20d/s" else 0.3))
        stages = stages_of(run.pid)
        run.kill()
        for stage in also:
            if stage in stages:
                send(stages[stage], signal.SIGKILL)
        run.wait()
        wait_until(lambda: not any(map(is_running, stages.values())), "the stages to be gone", seconds=6)
        wait_until(lambda: not processes_about(folder), "all processes to be gone", seconds=6)

    def check(self, seed, also):
        draw = random.Random(seed)
        folder = self.new_folder()
        for _ in range(draw.randrange(1, 4)):
            self.kill_run(folder, draw, also)
        self.complete(self.start_small(folder), folder)

    def test_run_killed_at_random(self):
        first = int(time.time())
        cases = [(seed, also) for seed in seeds([first]) for also in ((), ("sink",), ("cleaner",), ("producer", "aggregator"))]
        print(f"run killed at random: seeds {sorted({seed for seed, _ in cases})}")
        self.each(self.check, cases)

    def test_everything_killed_at_once(self):
        folder = self.new_folder()
        for days in (3, 12):
            run = self.start_small(folder, "--speed", "25d/s", start_new_session=True)
            wait_until(lambda: len(list(folder.glob("topics/user.daily/*.jsonl"))) > days, f"{days} days")
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            wait_until(lambda: not processes_about(folder), "all processes to be gone", seconds=6)
        self.complete(self.start_small(folder), folder)

    def test_the_next_run_comes_while_stages_are_still_ending(self):
        """It goes on, or says who has the folders, and changes nothing."""
        folder = self.new_folder()
        run = self.start_small(folder, "--speed", "25d/s")
        wait_until(lambda: len(list(folder.glob("topics/user.daily/*.jsonl"))) > 9, "nine days")
        run.kill()
        run.wait()
        following = self.start_small(folder)
        words = following.communicate(timeout=60)[1]
        if following.returncode == 0:
            return self.assert_right(folder)
        self.assertEqual(following.returncode, 1, words)
        self.assertRegex(words, r"is in use by process \d+|no other writer, found process \d+")
        wait_until(lambda: not processes_about(folder), "all processes to be gone", seconds=6)
        self.complete(self.start_small(folder), folder)


class StartedByHandTest(FaultTestCase):
    """Stages that people start, kill, and start again, each by its own command."""

    def commands(self, folder, *options):
        link = {name: f"ipc://{folder}/{name}" for name in STAGES.values()}
        topics, data = ("--topics-dir", folder / "topics"), ("--data-dir", folder / "data")
        common = ("--base-port", 0, "--linger", 0, "--batch-messages", 50)
        return {
            "producer": ("produce", *common, *topics, *data, "--bind", link["producer"], *options),
            "cleaner": ("clean", *common, *topics, "--producer", link["producer"], "--bind", link["cleaner"]),
            "aggregator": ("aggregate", *common, *topics, "--cleaner", link["cleaner"], "--bind", link["aggregator"]),
            "sink": ("sink", *data, "--cleaner", link["cleaner"], "--aggregator", link["aggregator"])}

    def generate(self, folder):
        generate = DIGESTS["small"]["generate"].split()
        self.daylapse("generate", "--data-dir", folder / "data", "--topics-dir", folder / "topics", *generate)

    def start_stage(self, command):
        return self.start(PROGRAM, *command, *OFTEN)

    def check_order(self, order, pauses):
        folder = self.new_folder()
        self.generate(folder)
        commands, stages = self.commands(folder), []
        for name, pause in zip(order, pauses):
            stages.append(self.start_stage(commands[name]))
            time.sleep(pause)
        for stage in stages:
            self.finish(stage)
        self.assert_right(folder)

    def test_started_in_any_order(self):
        seed = seeds([int(time.time())])[0]
        print(f"orders of starts: seed {seed}")
        draw = random.Random(seed)
        names = list(STAGES.values())
        orders = [names, names[::-1]] + [draw.sample(names, 4) for _ in range(4)]
        self.each(self.check_order, [(order, [draw.choice([0, 0, 0.1]) for _ in order]) for order in orders])

    def check_restart(self, victim, seed):
        draw = random.Random(seed)
        folder = self.new_folder()
        self.generate(folder)
        commands = self.commands(folder, "--speed", "25d/s")
        stages = {name: self.start_stage(command) for name, command in commands.items()}
        for _ in range(draw.randrange(1, 3)):
            time.sleep(0.1 + draw.random() * 0.5)
            if stages[victim].poll() is not None:
                break
            stages[victim].kill()
            stages[victim].wait()
            time.sleep(draw.choice([0, 0.2]))
            stages[victim] = self.start_stage(commands[victim])
        for stage in stages.values():
            self.finish(stage)
        self.assert_right(folder)

    def test_killed_and_started_again(self):
        for seed in seeds([int(time.time())]):
            print(f"stages started again by hand: seed {seed}")
            self.each(self.check_restart, [(victim, seed) for victim in STAGES.values()])


if __name__ == "__main__":
    unittest.main()
