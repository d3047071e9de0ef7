"""The processes of a topology: they end together, leave nothing behind, and get on with others."""
import json
import os
import signal
import socket
import unittest

from support import DIGESTS, PROGRAM, TestCase, children, free_ports, is_running, lines_of, wait_until

SMALL = DIGESTS["small"]["generate"].split()


class ProcessesTest(TestCase):
    def start_paced(self, *options):
        run, endpoints = self.start_run(*SMALL, "--speed", "1d/s", *options)
        stages = wait_until(lambda: len(children(run.pid)) == 4 and children(run.pid), "four stages")
        return run, stages

    def assert_nothing_left(self, stages):
        wait_until(lambda: not any(map(is_running, stages)), "the stages to be gone", seconds=6)
        self.assertFalse((self.data / "state/endpoints.json").exists())
        self.assertFalse((self.data / "state/links").exists())
        self.assertFalse((self.data / "processed/manifest.json").exists())

    def test_interrupt_ends_everything(self):
        for sent in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=sent.name):
                run, stages = self.start_paced()
                run.send_signal(sent)
                self.finish(run, exit_code=130, seconds=6)
                self.assert_nothing_left(stages)
        # and the next one takes no harm from it
        self.daylapse(*self.arguments(*SMALL))
        self.assert_golden("small")

    def test_a_stage_that_is_killed_ends_the_run_where_none_is_started_again(self):
        run, stages = self.start_paced("--restarts", "0")
        os.kill(stages[1], signal.SIGKILL)
        _, words = self.finish(run, exit_code=1, seconds=10)
        self.assertIn("cleaner was killed by signal 9", words)
        self.assert_nothing_left(stages)

    def test_stages_end_without_their_supervisor(self):
        run, stages = self.start_paced()
        run.kill()
        run.wait()
        wait_until(lambda: not any(map(is_running, stages)), "the stages to be gone", seconds=6)

    def test_two_runs_side_by_side(self):
        runs = []
        for name in ("small", "paid"):
            folder = self.folder / name
            folder.mkdir()
            runs.append((name, folder, self.start(PROGRAM, *self.arguments(*DIGESTS[name]["generate"].split(), folder=folder))))
        for name, folder, run in runs:
            self.finish(run)
            self.assert_golden(name, folder)

    def test_one_data_folder_takes_one_run(self):
        run, _ = self.start_run(*SMALL, "--speed", "1d/s")
        done = self.daylapse(*self.arguments(*SMALL), exit_code=1)
        self.assertIn("is in use by", done.stderr)
        run.terminate()
        self.finish(run, exit_code=130)

    def test_a_taken_port(self):
        port = free_ports(6)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", port))
            taken.listen()
            done = self.daylapse("run", "--data-dir", self.data, "--topics-dir", self.topics, *SMALL,
                                 "--base-port", port, exit_code=1, seconds=20)
        self.assertIn(f"{port} is taken", done.stderr)
        self.assertIn("--base-port", done.stderr)

    def start_stages(self, base, names=("sink", "aggregate", "clean", "produce"), guest=None, produce=()):
        """Starts stages by hand, in an order that makes each one wait for the next; a guest sees all that is published."""
        options = {"sink": ("--data-dir", self.data), "produce": ("--topics-dir", self.topics, "--data-dir", self.data, *produce)}
        stages = []
        for name in names:
            waits = ("--wait-for", guest) if guest and name != "sink" else ()
            stages.append(self.start(PROGRAM, name, "--base-port", base, *options.get(name, ("--topics-dir", self.topics)), *waits))
        return stages

    def test_stages_started_one_by_one(self):
        """As often as they are started: a replay that has ended is replayed anew, and everything after it is made again."""
        self.daylapse("generate", "--data-dir", self.data, "--topics-dir", self.topics, *SMALL)
        # three pairs of ports in a row, here any that are free
        base, runs = free_ports(6), set()
        topics = ("events.raw", "events.clean", "user.daily")
        for number, order in enumerate((("sink", "aggregate", "clean", "produce"), ("produce", "clean", "aggregate", "sink"))):
            seen = self.folder / f"seen-{number}"
            stages = self.start_stages(base, order, guest="guest")
            guest = self.start(PROGRAM, "record", *topics, "--base-port", base, "--name", "guest", "--output", seen)
            for process in (*stages, guest):
                self.finish(process)
            for topic in topics:
                self.assertEqual(lines_of(seen, topic), lines_of(self.topics, topic))
                runs.add(json.loads((seen / topic / "topic.json").read_text())["run"])
            self.assert_golden("small")
        self.assertEqual(len(runs), 6, "each time another run of each topic")

    def test_stages_that_are_interrupted_go_on_or_start_from_the_top(self):
        self.daylapse("generate", "--data-dir", self.data, "--topics-dir", self.topics, *SMALL)
        base = free_ports(6)
        stages = self.start_stages(base, produce=("--speed", "10d/s"))
        wait_until(lambda: len(lines_of(self.topics, "events.clean")) > 200, "some events")
        for stage in stages:
            stage.send_signal(signal.SIGINT)
        for stage in stages:
            self.finish(stage, exit_code=130)
        alone = ("--members", "none", "--linger", "0")
        again = self.start_stages(base, ["produce"], produce=alone)[0]
        self.assertIn("goes on where it was", self.finish(again)[1])
        again = self.start_stages(base, ["produce"], produce=(*alone, "--speed", "10d/s"))[0]
        wait_until(lambda: self.replay_state(base).get("clock", "") > "2025-01-05", "some events")
        again.send_signal(signal.SIGINT)
        self.finish(again, exit_code=130)
        again = self.start_stages(base, ["produce"], produce=(*alone, "--fresh"))[0]
        self.assertNotIn("goes on where it was", self.finish(again)[1])
        for stage in self.start_stages(base):
            self.finish(stage)
        self.assert_golden("small")

    def test_what_was_made_of_some_days_stays_sound_when_they_are_replayed_again(self):
        """verify knows which replay the clean topics are of, whatever was replayed since."""
        where = ("--data-dir", self.data, "--topics-dir", self.topics)
        days = ("--from", "2025-01-03", "--to", "2025-01-08")
        self.daylapse(*self.arguments(*SMALL, *days))
        for again in (days, (), ("events.clean",)):
            self.daylapse("produce", *again, *where, "--base-port", "0", "--members", "none", "--linger", "0")
            self.daylapse("verify", *where)

    def test_usage(self):
        for option, value in (("--speed", "fast"), ("--n-users", "-1"), ("--start-date", "2025-02-30"), ("--base-port", "70000")):
            with self.subTest(option=option):
                done = self.daylapse("run", f"{option}={value}", exit_code=2)
                self.assertIn(option, done.stderr)
                self.assertIn(value, done.stderr)
        self.daylapse("run", "--raw-dir", self.folder / "nothing", exit_code=1)


if __name__ == "__main__":
    unittest.main()
