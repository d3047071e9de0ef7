"""What is gone on with is one's own: days, options and inputs that are asked for, whatever was there before or came between."""
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import unittest

from support import PROCESSED, PROGRAM, TestCase, free_ports, sha256, wait_until

USERS = "user_id,signup_date,plan\n" + "".join(f"{user},2025-01-01,paid\n" for user in range(1, 4))


def events(month, count, kind="login"):
    rows = (f"{event},{event % 3 + 1},2025-{month:02}-{event % 28 + 1:02}T01:00:00,{kind}\n" for event in range(1, count + 1))
    return "event_id,user_id,event_time,event_type\n" + "".join(rows)


class ResumingTest(TestCase):
    def raw(self, name, text):
        """A folder of raw files with these events."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "users.csv").write_text(USERS)
        (folder / "events.csv").write_text(text)
        return folder

    def results(self, folder=None):
        return [sha256((folder or self.folder) / "data/processed" / name) for name in PROCESSED]

    def undisturbed(self, *options):
        """The results of a run in a folder of its own."""
        folder = self.folder / f"undisturbed-{len(list(self.folder.iterdir()))}"
        self.daylapse(*self.arguments(*options, folder=folder))
        return self.results(folder)

    def interrupted(self, *options):
        """A run that is killed while it replays."""
        run, _ = self.start_run(*options, "--speed", "1h/s")
        run.kill()
        self.finish(run, exit_code=-signal.SIGKILL)

    def replace(self, path, text):
        """Other content, with the size and the times of the old one, as `cp -p` or `rsync -t` may do."""
        before = path.stat()
        content = gzip.compress(text.encode(), 0, mtime=0) if path.suffix == ".gz" else text.encode()
        self.assertEqual(len(content), before.st_size)
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def test_days_are_brought_in_again_where_that_was_interrupted(self):
        first, second = self.raw("first", events(1, 5)), self.raw("second", events(3, 150_000))
        expected = self.undisturbed("--raw-dir", second)
        users, days = self.topics / "users.raw/topic.json", self.topics / "events.raw/topic.json"

        def run_of(path):
            return json.loads(path.read_text())["run"]

        for name, stage in (("SIGKILL", users), ("SIGINT", users), ("SIGKILL", days)):
            with self.subTest(signal=name, after=stage.parent.name):
                self.daylapse(*self.arguments("--raw-dir", first))
                before = run_of(stage)
                run = self.start(PROGRAM, *self.arguments("--raw-dir", second))
                wait_until(lambda: run_of(stage) != before, "the new days")
                run.send_signal(getattr(signal, name))
                run.communicate()
                self.daylapse(*self.arguments("--raw-dir", second), seconds=60)
                self.assertEqual(self.results(), expected)

    def test_days_that_cannot_be_brought_in_stay_so(self):
        first = self.raw("first", events(1, 5))
        whole = gzip.compress(events(3, 50_000).encode())
        cut, missing = self.raw("cut", ""), self.raw("missing", events(3, 9).replace("event_type", "kind", 1))
        (cut / "events.csv").unlink()
        (cut / "events.csv.gz").write_bytes(whole[:-2000])
        for folder, words in ((cut, "events.csv.gz"), (missing, "event_type is missing")):
            self.daylapse(*self.arguments("--raw-dir", first))
            for _ in range(2):
                self.assertIn(words, self.daylapse(*self.arguments("--raw-dir", folder), exit_code=1).stderr)
        folders = ("--topics-dir", self.topics, "--data-dir", self.data)
        self.daylapse("import", first, *folders)
        self.daylapse("import", cut, *folders, exit_code=1)
        # the users of one import are there, and the events of another
        words = "were not brought in together"
        self.assertIn(words, self.daylapse("produce", *folders, "--base-port", free_ports(2), exit_code=1).stderr)
        self.assertIn(words, self.daylapse("verify", *folders, exit_code=1).stdout)

    def test_days_that_nobody_completes_are_not_waited_for(self):
        folders = ("--topics-dir", self.topics, "--data-dir", self.data)
        self.daylapse("generate", "--n-users", 5, "--days", 3, *folders)
        contract = self.topics / "events.raw/topic.json"
        identity = json.loads(contract.read_text())
        del identity["next"]  # as it is while events are written
        contract.write_text(json.dumps(identity))
        words = self.daylapse("produce", *folders, "--base-port", free_ports(2), exit_code=1).stderr
        self.assertIn(f"{self.topics}/events.raw is not complete, and nobody writes it any more", words)

    def test_a_disk_that_is_full_meanwhile(self):
        """Wherever there was no room, the error names the file, and the same command gives the right result later."""
        days = ("--n-users", 60, "--days", 20)
        expected = self.undisturbed(*days)
        for kilobytes in (4, 40, 120):
            with self.subTest(kilobytes=kilobytes):
                self.daylapse(*self.arguments("--n-users", 5, "--days", 3))
                limit = kilobytes * 1024
                full = subprocess.run(
                    [PROGRAM, *self.arguments(*days)], cwd=self.folder, capture_output=True, text=True, timeout=120,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)))
                self.assertEqual(full.returncode, 1, full.stderr)
                self.assertRegex(full.stderr, r"(data|topics)/[^ ]+.*File too large")
                self.daylapse(*self.arguments(*days))
                self.assertEqual(self.results(), expected)

    def test_others_brought_days_in_meanwhile(self):
        own = ("--n-users", 30, "--days", 10)
        expected = self.undisturbed(*own)
        folders = ("--topics-dir", self.topics, "--data-dir", self.data)
        for between in (["generate", "--n-users", 20, "--days", 10], ["import", self.raw("mine", events(1, 9))],
                        ["generate", *own]):
            with self.subTest(between=between):
                self.interrupted(*own)
                self.daylapse(*between, *folders)
                self.daylapse(*self.arguments(*own))
                self.assertEqual(self.results(), expected)
                self.assertTrue((self.data / "raw/manifest.json").exists())

    def test_inputs_are_known_by_their_content(self):
        for suffix in ("", ".gz"):
            mine = self.raw(f"mine{suffix}", events(1, 200))
            path = mine / f"events.csv{suffix}"
            if suffix:
                path.write_bytes(gzip.compress((mine / "events.csv").read_bytes(), 0, mtime=0))
                (mine / "events.csv").unlink()
            folders = ("--topics-dir", self.topics, "--data-dir", self.data)
            self.daylapse("import", mine, *folders)
            self.assertIn("left as it is", self.daylapse("import", mine, "--if-needed", *folders).stderr)
            self.replace(path, events(1, 200, "LOGIN"))
            self.assertIn("as it was when it was imported", self.daylapse("verify", *folders, exit_code=1).stdout)
            self.assertNotIn("left as it is", self.daylapse("import", mine, "--if-needed", *folders).stderr)
            self.interrupted("--raw-dir", mine)
            self.replace(path, events(1, 200, "enrol"))
            self.daylapse(*self.arguments("--raw-dir", mine))
            self.assertEqual((self.data / "processed/events_clean.csv").read_text().count(",enrol,"), 200)

    def test_results_that_somebody_changed_stay(self):
        """Also those that the next run would only remove; and that is said before any days are replaced."""
        self.daylapse(*self.arguments("--n-users", 5, "--days", 2))
        days = (self.topics / "users.raw/topic.json").read_text()
        mine = self.data / "processed/user_daily.csv"
        mine.write_text("mine\n")
        for options in ((), ("--gzip",)):
            refused = self.daylapse(*self.arguments("--n-users", 6, "--days", 2, *options), exit_code=1)
            self.assertIn("user_daily.csv was changed since Daylapse wrote it", refused.stderr)
        self.assertEqual((mine.read_text(), (self.topics / "users.raw/topic.json").read_text()), ("mine\n", days))

    def test_other_options_after_a_death_are_obeyed(self):
        """Wherever a stage died, the files have what the last command asked for."""
        days = ("--n-users", 30, "--days", 10)
        for options, names in ((("--keep-engagement",), PROCESSED), (("--gzip",), [f"{name}.gz" for name in PROCESSED]),
                               (("--strict", "--max-days", 50), PROCESSED), (("--from", "2025-01-04"), PROCESSED)):
            other = self.folder / f"other{len(list(self.folder.iterdir()))}"
            self.daylapse(*self.arguments(*days, *options, folder=other))
            for crash in ("sink:after-checkpoint:1", "aggregator:after-checkpoint:2", "cleaner:after-append:2"):
                with self.subTest(options=options, crash=crash):
                    shutil.rmtree(self.data, ignore_errors=True)
                    died = subprocess.run([PROGRAM, *self.arguments(*days, "--restarts", 0)], cwd=self.folder,
                                          env=os.environ | {"DAYLAPSE_CRASH_AT": crash}, capture_output=True)
                    self.assertEqual(died.returncode, 1, died.stderr)
                    self.daylapse(*self.arguments(*days, *options))
                    for name in names:
                        self.assertEqual(sha256(self.data / "processed" / name), sha256(other / "data/processed" / name))

    def test_topics_made_by_hand_are_known_by_their_content(self):
        """A message file that is replaced by one of the same size makes another run of the topic."""
        for name in ("users.raw", "events.raw"):
            (self.topics / name).mkdir(parents=True)
        (self.topics / f"users.raw/{0:020}.jsonl").write_text('{"user_id":1,"signup_date":"2025-01-01","plan":"paid"}\n')
        path = self.topics / f"events.raw/{0:020}.jsonl"

        def write(kind):
            path.write_text("".join(
                f'{{"event_id":{day},"user_id":1,"event_time":"2025-01-{day:02}T00:00:00","event_type":"{kind}"}}\n'
                for day in range(1, 29)))

        base = free_ports(6)
        topics, data = ("--topics-dir", self.topics), ("--data-dir", self.data)
        few = ("--checkpoint-bytes", "200")
        commands = (["produce", *topics, *data], ["clean", *topics, *few], ["aggregate", *topics, *few], ["sink", *data, *few])
        stages = []

        def start(*options):
            stages[:] = [self.start(PROGRAM, *command, "--base-port", base, *(options if command[0] == "produce" else ()))
                         for command in commands]

        write("login")
        start("--speed", "20d/s", "--pause-at", "2025-01-15")
        wait_until(lambda: self.replay_state(base).get("state") == "paused", "half of the days")
        for stage in stages:
            stage.kill()
        for stage in stages:
            stage.communicate()
        write("visit")
        start()
        for stage in stages:
            self.finish(stage)
        self.assertEqual((self.data / "processed/events_clean.csv").read_text().count(",visit,"), 28)
        self.daylapse("verify", *topics, *data)


if __name__ == "__main__":
    unittest.main()
