"""The processes of a topology: they end together, leave nothing behind, and get on with others."""
import os
import signal
import socket
import time
import unittest

from support import DIGESTS, PROGRAM, TestCase, children, free_ports, is_running, wait_until

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
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.daylapse("run", "--data-dir", self.data, "--topics-dir", self.topics, *SMALL,
                                 "--base-port", port, exit_code=1, seconds=20)
        self.assertIn(f"{port} is taken", done.stderr)
        self.assertIn("--base-port", done.stderr)

    def test_stages_started_one_by_one(self):
        self.daylapse("generate", "--data-dir", self.data, "--topics-dir", self.topics, *SMALL)
        # in the order that makes each one wait for the next; three pairs of ports in a row, here any that are free
        base = free_ports(6)
        port, topics = ("--base-port", base), ("--topics-dir", self.topics)
        stages = [self.start(PROGRAM, "sink", *port, "--data-dir", self.data),
                  self.start(PROGRAM, "aggregate", *port, *topics),
                  self.start(PROGRAM, "clean", *port, *topics)]
        time.sleep(0.2)
        stages.append(self.start(PROGRAM, "produce", *port, *topics, "--data-dir", self.data))
        for stage in stages:
            self.finish(stage)
        self.assert_golden("small")

    def test_usage(self):
        for option, value in (("--speed", "fast"), ("--n-users", "-1"), ("--start-date", "2025-02-30"), ("--base-port", "70000")):
            with self.subTest(option=option):
                done = self.daylapse("run", f"{option}={value}", exit_code=2)
                self.assertIn(option, done.stderr)
                self.assertIn(value, done.stderr)
        self.daylapse("run", "--raw-dir", self.folder / "nothing", exit_code=1)


if __name__ == "__main__":
    unittest.main()
