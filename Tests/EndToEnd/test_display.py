"""What people see of a run: a display that fits the screen, keys, messages that stay, and a terminal left as it was."""
import json
import os
import re
import signal
import subprocess
import termios
import time
import unittest

from support import DIGESTS, PROGRAM, TestCase, children, is_running, wait_until
from terminal import Terminal

SMALL = DIGESTS["small"]["generate"].split()
HEAD = r"^2025-\d\d-\d\d \d\d:\d\d  "
STYLE = re.compile(rb"\x1b\[[0-9;]*m")
# colours, erasing to the end of a line or of the screen, the cursor up or to the right: nothing that other terminals lack
KNOWN = re.compile(rb"\x1b\[(?:[0-9;]*m|K|J|[0-9]+[AC])")


class DisplayTest(TestCase):
    def terminal(self, *command, columns=80, rows=24, **environment):
        terminal = Terminal(command, self.folder, columns, rows, **environment)
        self.addCleanup(terminal.close)
        return terminal

    def run_in_terminal(self, *options, speed="2d/s", **more):
        return self.terminal(PROGRAM, "run", "--base-port", 0, *SMALL, "--speed", speed, "--linger", 0, *options, **more)

    def assert_display(self, terminal, columns, *, has_bar=True):
        """The display is there once, whole, and fits."""
        terminal.see(HEAD + r"(?s:.*)^aggregator +[0-9,]+/s(?s:.*)^sink +[0-9,]+/s")
        text = terminal.text
        self.assertEqual(len(re.findall(HEAD, text, re.M)), 1, text)
        for stage in ("producer", "cleaner", "aggregator", "sink"):
            self.assertEqual(len(re.findall(rf"^{stage} +[0-9,]+/s", text, re.M)), 1, text)
        self.assertEqual("▕" in text, has_bar, text)
        self.assertIn("? help", text)
        self.assertTrue(all(len(line) < columns for line in terminal.lines), text)
        self.assertEqual(terminal.screen.wrapped, 0, text)

    def test_a_run_at_eighty_columns_resized_to_its_end(self):
        terminal = self.run_in_terminal(speed="6d/s")
        terminal.see(HEAD + r"6d/s \([0-9.]+d/s\) +▕.*▏ +\d+ %  ETA \d+ s$")
        terminal.see(r"^sink +[0-9,]+/s  lag [0-9,]+ +2025-01-\d\d \d\d:\d\d$")
        self.assert_display(terminal, 80)
        for columns in (60, 40, 120, 80):
            terminal.resize(columns)
            terminal.watch(0.4)
            self.assert_display(terminal, columns)
        begun, at = len(terminal.output), time.monotonic()
        terminal.watch(1)
        self.assertLess((len(terminal.output) - begun) / (time.monotonic() - at), 4000, "bytes a second")
        self.assertEqual(terminal.finish(), 0)
        self.assertEqual(terminal.screen.wrapped, 0)
        # the summary and nothing of the display
        self.assertRegex(terminal.text, r"peak memory: producer")
        self.assertNotRegex(terminal.text, r"ETA|\? help|▏|^producer|finishing|starting")
        self.assertTrue(terminal.is_sane)
        self.assertEqual(KNOWN.sub(b"", terminal.output).count(b"\x1b"), 0)
        self.assert_golden("small")

    def test_messages_appear_above_and_stay(self):
        terminal = self.run_in_terminal()
        terminal.see(HEAD)
        os.kill(children(terminal.pid)[1], signal.SIGKILL)
        terminal.see(r"^cleaner: was killed \(signal 9, Killed\), started again")
        terminal.see(r"^cleaner +[0-9,]+/s .*1 restart$")
        self.assert_display(terminal, 80)
        lines = terminal.lines
        self.assertLess(next(n for n, line in enumerate(lines) if "was killed" in line),
                        next(n for n, line in enumerate(lines) if re.match(HEAD, line)))
        terminal.press("\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assertIn("cleaner: was killed", terminal.text)
        self.assertNotRegex(terminal.text, HEAD)

    def test_a_small_window_takes_what_fits(self):
        terminal = self.run_in_terminal(columns=30, rows=4)
        terminal.see(HEAD)
        terminal.watch(0.5)
        self.assertEqual(terminal.screen.wrapped, 0)
        self.assertLessEqual(len(terminal.text.splitlines()), 3)

    def test_help_comes_and_goes_at_a_key(self):
        terminal = self.run_in_terminal()
        terminal.see(r"\? help$")
        self.assertTrue(terminal.reads_keys)
        terminal.press("?")
        terminal.see(r"^\? +closes this help$")
        terminal.see(r"^Ctrl-C +ends in order")
        terminal.press("x\x1b[A?")
        terminal.see_no("closes this help")
        self.assert_display(terminal, 80)

    def test_ctrl_c_ends_in_order_and_says_how_to_go_on(self):
        terminal = self.run_in_terminal()
        terminal.see(HEAD)
        terminal.press("\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assertEqual(terminal.text.splitlines()[-1], "daylapse: interrupted; the same command goes on where it was")
        self.assertNotRegex(terminal.text, HEAD)
        self.assertTrue(terminal.is_sane)
        again = self.run_in_terminal(speed="max")
        self.assertEqual(again.finish(), 0)
        self.assertIn(b"goes on with the interrupted run", again.output)
        self.assert_golden("small")

    def test_a_second_ctrl_c_ends_at_once(self):
        terminal = self.run_in_terminal()
        terminal.see(HEAD)
        stages = wait_until(lambda: len(children(terminal.pid)) == 4 and children(terminal.pid), "four stages")
        for stage in stages:
            os.kill(stage, signal.SIGSTOP)
        terminal.press("\x03")
        terminal.see("^ending the stages in order; Ctrl-C once more ends at once$")
        terminal.press("\x03")
        self.assertEqual(terminal.finish(2), 130)
        self.assertTrue(terminal.is_sane)
        for stage in stages:
            os.kill(stage, signal.SIGCONT)
        wait_until(lambda: not any(map(is_running, stages)), "the stages to be gone", seconds=6)

    def test_the_terminal_is_put_back_however_a_run_ends(self):
        for number, code in ((signal.SIGTERM, 130), (signal.SIGHUP, 130), (signal.SIGQUIT, -signal.SIGQUIT)):
            with self.subTest(signal=number.name):
                terminal = self.run_in_terminal()
                terminal.see(r"\? help$")
                self.assertFalse(terminal.is_sane)
                os.kill(terminal.pid, number)
                self.assertEqual(terminal.finish(), code)
                self.assertTrue(terminal.is_sane)
        with self.subTest("a failure"):
            terminal = self.run_in_terminal("--restarts", 0)
            terminal.see(r"\? help$")
            os.kill(children(terminal.pid)[1], signal.SIGKILL)
            self.assertEqual(terminal.finish(), 1)
            self.assertEqual(terminal.text.splitlines()[-1], "daylapse: cleaner was killed by signal 9 (Killed)")
            self.assertNotRegex(terminal.text, HEAD)
            self.assertTrue(terminal.is_sane)

    def test_nohup_outlives_its_terminal(self):
        terminal = self.terminal("nohup", PROGRAM, "run", "--base-port", 0, *SMALL, "--speed", "30d/s", "--linger", 0)
        log = self.folder / "nohup.out"
        wait_until(log.exists, log)
        terminal.watch(0.3)
        os.kill(terminal.pid, signal.SIGHUP)
        self.assertEqual(terminal.finish(), 0)
        self.assert_golden("small")

    def test_the_terminal_is_sane_after_a_kill(self):
        """Whoever was killed puts nothing back: the stages that it leaves behind do."""
        shell = self.terminal("sh", "-c", f"{PROGRAM} run --base-port 0 {' '.join(SMALL)} --speed 2d/s; cat")

        def modes():
            shell.read(0.02)
            return termios.tcgetattr(shell.master)[3] & (termios.ECHO | termios.ICANON)

        wait_until(lambda: not modes(), "keys to be read")
        run, = children(shell.pid)
        os.kill(run, signal.SIGKILL)
        wait_until(lambda: modes() == termios.ECHO | termios.ICANON, "the terminal to be as it was")

    def test_ctrl_z_gives_the_terminal_back_and_fg_goes_on(self):
        shell = self.terminal("bash", "--norc", "--noprofile", "-i", columns=180, rows=40)
        shell.see(r"^\$$")
        shell.press(" ".join([PROGRAM, "run", "--base-port", "0", *SMALL, "--speed", "5d/s"]) + "\n")
        shell.see(HEAD)
        shell.press("\x1a")
        shell.see(r"Stopped.* run --base-port")
        shell.press("stty -a | tr ';' '\\n' | grep -c -- -icanon; echo asked\n")
        shell.see(r"^0\nasked$")
        # in the background it goes on, and leaves screen and keyboard to the shell
        shell.press("bg\n")
        shell.see(r"^\[1\].*daylapse.*&$")
        before = shell.text
        shell.watch(0.5)
        self.assertEqual(shell.text, before)
        shell.press("fg\n")
        shell.see(HEAD)
        shell.press("?")
        shell.see("closes this help")
        shell.press("\x03")
        shell.see("^daylapse: interrupted")
        shell.press("stty -a | tr ';' '\\n' | grep -c -- -icanon; echo again\n")
        shell.see(r"^0\nagain$")
        shell.press("exit\n")
        shell.finish()

    def test_no_colour_where_none_is_wanted(self):
        for environment, has_colour in (({}, True), ({"NO_COLOR": "1"}, False)):
            with self.subTest(environment):
                terminal = self.run_in_terminal(**environment)
                terminal.see(HEAD)
                self.assertEqual(bool(STYLE.search(terminal.output)), has_colour)
                terminal.press("\x03")
                terminal.finish()

    def test_a_locale_without_utf8_gets_ascii(self):
        terminal = self.run_in_terminal(LC_ALL="C")
        terminal.see(HEAD + r"2d/s \(.*\) +\[#* *\] +\d+ %")
        self.assertTrue(terminal.output.isascii())

    def test_a_dumb_terminal_gets_lines(self):
        terminal = self.run_in_terminal("--wait-for", "nobody", TERM="dumb", columns=200)
        terminal.see(r"^\d\d:\d\d:\d\d  .*waiting for nobody to join")
        terminal.press("\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assertNotIn(b"\x1b", terminal.output)
        self.assertTrue(terminal.is_sane)

    def test_without_a_terminal_states_are_told_as_they_change(self):
        run, _ = self.start_run(*SMALL, "--speed", "2d/s", "--linger", 0)
        line = run.stderr.readline()
        self.assertRegex(line, r"^\d\d:\d\d:\d\d  2025-01-\d\d \d\d:\d\d:\d\d  2d/s .*producer [0-9,]+/s  cleaner ")
        os.kill(children(run.pid)[1], signal.SIGKILL)
        self.assertRegex(run.stderr.readline(), r"^\d\d:\d\d:\d\d  cleaner: was killed")
        run.send_signal(signal.SIGINT)
        output, words = self.finish(run, exit_code=130)
        self.assertEqual(output, "")
        self.assertTrue(words.endswith("daylapse: interrupted; the same command goes on where it was\n"), words)
        self.assertNotIn("\x1b", words)

    def test_quiet_says_nothing_of_what_goes_well(self):
        done = self.daylapse(*self.arguments(*SMALL, "--quiet", "--linger", 0))
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        terminal = self.run_in_terminal("-q", speed="max")
        self.assertEqual(terminal.finish(), 0)
        self.assertEqual(terminal.output, b"")
        for command in ("generate", "import"):
            source = [self.data / "raw"] if command == "import" else []
            done = self.daylapse(command, *source, "-q", "--data-dir", self.folder / "other", "--topics-dir", self.folder / "o")
            self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_stages_by_hand_show_what_they_do(self):
        """Which of them leaves the keyboard alone: nothing listens for keys there."""
        self.daylapse("generate", *SMALL, "--data-dir", self.data, "--topics-dir", self.topics)
        folders = ("--topics-dir", self.topics)
        cleaner = self.terminal(PROGRAM, "clean", *folders, "--base-port", 0, "--producer", "tcp://127.0.0.1:1")
        cleaner.see(r"^cleaner: publishes on tcp://127\.0\.0\.1:\d+$")
        cleaner.see(r"^cleaner +(0/s +)?lag 0 +waiting for tcp:/")
        self.assertTrue(cleaner.is_sane)
        cleaner.press("\x03")
        self.assertEqual(cleaner.finish(), 130)
        self.assertEqual(cleaner.text.splitlines()[-1], "daylapse: interrupted; the same command goes on where it was")
        producer = self.terminal(PROGRAM, "produce", *folders, "--data-dir", self.data, "--base-port", 0, "--members", "none",
                                 "--speed", "5d/s")
        producer.see(HEAD + r"5d/s \([0-9.]+d/s\) +▕.*▏ +\d+ %  ETA \d+ s$")
        producer.see(r"^producer +[0-9,]+/s +2025")
        self.assertEqual(producer.screen.wrapped, 0)
        producer.press("\x03")
        self.assertEqual(producer.finish(), 130)

    def test_results_as_json(self):
        generated = json.loads(self.daylapse("generate", *SMALL, "--json", "--data-dir", self.folder / "g", "--topics-dir",
                                             self.folder / "t").stdout)
        self.assertEqual([file["path"] for file in generated["files"]],
                         [str(self.folder / "g/raw/users.csv"), str(self.folder / "g/raw/events.csv")])
        run = json.loads(self.daylapse(*self.arguments("--raw-dir", self.folder / "g/raw", "--json", "--quiet", "--linger", 0,
                                                       "--speed", "100d/s")).stdout)
        imported = json.loads(self.daylapse("import", self.folder / "g/raw", "--json", "--data-dir", self.folder / "i",
                                            "--topics-dir", self.folder / "j").stdout)
        self.assertEqual([(topic["name"], topic["messages"]) for topic in imported["topics"]],
                         [(topic["name"], topic["messages"]) for topic in generated["topics"]])
        self.assertEqual((imported["users"], imported["events"]), (generated["users"], generated["events"]))
        self.assertEqual(run["users"], {"in": generated["users"], "clean": generated["users"], "duplicates": 0, "rejected": 0,
                                        "rejected_by_reason": {}})
        self.assertEqual(run["events"]["in"], generated["events"])
        manifest = json.loads((self.data / "processed/manifest.json").read_text())
        self.assertEqual([(file["rows"], file["bytes"]) for file in run["files"]],
                         [(file["rows"], file["bytes"]) for file in manifest["files"]])
        self.assertEqual(run["user_days"]["rows"], run["user_days"]["users"] * run["user_days"]["days"])
        self.assertEqual([topic["name"] for topic in run["topics"]],
                         ["users.raw", "events.raw", "users.clean", "events.clean", "users.rejected", "events.rejected",
                          "user.daily"])
        self.assertEqual(run["speed"], "100d/s")
        self.assertGreater(run["events_per_second"], 0)
        self.assertGreater(run["clock"]["wall_seconds"], 0)
        self.assertEqual(set(run["peak_memory_bytes"]), {"producer", "cleaner", "aggregator", "sink"})
        self.assertEqual(run["warnings"], [])

    def test_a_result_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "topics"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "daylapse: cannot write to standard output: No space left on device\n")


if __name__ == "__main__":
    unittest.main()
