"""The commands that look inside message files: topics, info, verify, recover, index, export."""
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
from datetime import datetime
from pathlib import Path

from support import DIGESTS, GOLDEN, PROCESSED, PROGRAM, TestCase, lines_of, wait_until

SMALL = DIGESTS["small"]["generate"].split()
LEAP = DIGESTS["leap"]["generate"].split()
NAMES = ["users.raw", "events.raw", "users.clean", "users.rejected", "events.clean", "events.rejected", "user.daily"]


class ToolsTestCase(TestCase):
    """Tests that begin with the folders of a finished run, made once."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.made = Path(subprocess.check_output(["mktemp", "-d", "/tmp/daylapse-tools-XXXXXX"], text=True).strip())
        cls.addClassCleanup(shutil.rmtree, cls.made)
        if cls.options:
            subprocess.run([PROGRAM, "run", "--quiet", "--base-port", "0", *map(str, cls.options)], cwd=cls.made, check=True)

    def setUp(self):
        super().setUp()
        shutil.copytree(self.made, self.folder, dirs_exist_ok=True)

    def json(self, *arguments, exit_code=0):
        return json.loads(self.daylapse(*arguments, "--json", exit_code=exit_code).stdout)

    def fails(self, *arguments, exit_code=1):
        done = self.daylapse(*arguments, exit_code=exit_code)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def segments(self, topic):
        return sorted((self.topics / topic).glob("[0-9]*.jsonl"))

    def flip(self, path, byte=40):
        content = bytearray(path.read_bytes())
        content[byte] ^= 1
        path.write_bytes(content)


class RoughDaysTest(ToolsTestCase):
    options = ("--raw-dir", GOLDEN / "messy/raw")

    def test_all_is_sound(self):
        report = self.json("verify")
        self.assertTrue(report["sound"])
        self.assertEqual((report["findings"], report["notes"], report["more"]), ([], [], 0))
        self.assertEqual([topic["topic"] for topic in report["topics"]], NAMES)
        for topic in report["topics"]:
            self.assertEqual(topic["messages"], len(lines_of(self.topics, topic["topic"])))
            self.assertEqual(topic["checked_bytes"], topic["bytes"])
        self.assertEqual([Path(table["file"]).name for table in report["tables"]], list(PROCESSED))
        self.assertEqual(self.daylapse("verify").stdout.splitlines()[-1], "all sound")

    def test_golden_tables_are_sound_without_a_manifest(self):
        (self.data / "processed/manifest.json").unlink()
        for file in PROCESSED:
            content = (GOLDEN / "messy/processed" / file).read_bytes()
            (self.data / "processed" / file).unlink()
            (self.data / "processed" / (file + ".gz")).write_bytes(gzip.compress(content))
        report = self.json("verify")
        self.assertEqual(report["findings"], [])
        self.assertEqual([table["rows"] for table in report["tables"]], [39, 2220, 1170])

    def test_a_flipped_cell_is_named(self):
        (self.data / "processed/manifest.json").unlink()
        for file, row, column, name, about in (
                ("users_clean.csv", 7, 4, "country", "user_id "), ("events_clean.csv", 99, 5, "watch_minutes", "event_id "),
                ("user_daily.csv", 500, 12, "watch_minutes_sum", "user_id ")):
            path = self.data / "processed" / file
            before = path.read_text()
            lines = before.split("\n")
            cells = lines[row].split(",")
            old, cells[column] = cells[column], cells[column] + "1"
            lines[row] = ",".join(cells)
            path.write_text("\n".join(lines))
            with self.subTest(file=file):
                finding, = self.json("verify", exit_code=1)["findings"]
                self.assertEqual((finding["kind"], finding["row"], finding["column"]), ("cell", row, name))
                self.assertEqual((finding["expected"], finding["actual"]), (old, old + "1"))
                self.assertTrue(finding["about"].startswith(about + cells[0]))
                self.assertEqual(finding["file"], f"data/processed/{file}")
            path.write_text(before)

    def test_files_other_than_the_manifest_says_are_found(self):
        path = self.data / "processed/users_clean.csv"
        path.write_text(path.read_text().replace(",free,", ',"free",'))
        finding, = self.json("verify", exit_code=1)["findings"]
        self.assertEqual((finding["kind"], finding["file"]), ("manifest", "data/processed/users_clean.csv"))

    def test_import_of_an_export_gives_the_same_messages(self):
        for flags in ((), ("--gzip",)):
            with self.subTest(flags=flags):
                done = self.daylapse("export", "--output", "csvs", *flags)
                self.assertEqual(done.stderr, "")
                self.daylapse("import", "csvs", "--topics-dir", "again", "--data-dir", "other")
                for topic in ("users.raw", "events.raw"):
                    self.assertEqual(lines_of(self.folder / "again", topic), lines_of(self.topics, topic))
                shutil.rmtree(self.folder / "csvs")

    def test_rows_come_back_as_they_were(self):
        self.daylapse("export", "--output", "csvs")
        for file in ("users.csv", "events.csv"):
            before = (GOLDEN / "messy/raw" / file).read_text().splitlines()
            after = (self.folder / "csvs" / file).read_text().splitlines()
            self.assertEqual(after[0], before[0])
            self.assertEqual(sorted(after), sorted(before))

    def test_other_topics_are_exported_with_all_their_fields(self):
        files = self.json("export", "events.rejected", "user.daily", "--output", "csvs")["files"]
        self.assertEqual([file["columns"][:2] for file in files], [["topic", "offset"], ["user_id", "as_of_date"]])
        self.assertEqual([file["rows"] for file in files], [127, 1170])
        self.assertIn("csvs/events.rejected.csv is there already", self.fails("export", "events.rejected", "--output", "csvs"))
        self.daylapse("export", "events.rejected", "--output", "csvs", "--overwrite")

    def test_counts_that_do_not_fit_are_found(self):
        topic = self.topics / "events.rejected"
        lines = (topic / f"{0:020}.jsonl").read_text().splitlines()
        (topic / f"{0:020}.jsonl").write_text("".join(line + "\n" for line in lines[:-1]))
        about = json.loads((topic / "topic.json").read_text())
        (topic / "topic.json").write_text(json.dumps(about | {"next": len(lines) - 1}))
        self.daylapse("index", "events.rejected")
        self.assertTrue(self.json("verify", "events.rejected")["sound"])
        finding, = self.json("verify", exit_code=1)["findings"]
        self.assertEqual((finding["kind"], finding["topic"]), ("count", "events.clean"))
        self.assertIn("2,347 messages of events.raw", finding["expected"])

    def test_a_message_that_is_no_message_is_found(self):
        path = self.segments("events.clean")[3]
        lines = path.read_text().splitlines(keepends=True)
        lines[2] = lines[2].replace('"event_type":"', '"event_kind":"')
        path.write_text("".join(lines))
        self.daylapse("index", "events.clean", exit_code=1)
        (path.with_suffix(".index")).unlink()
        self.daylapse("index", "events.clean")
        finding, = self.json("verify", "events.clean", exit_code=1)["findings"]
        self.assertEqual((finding["kind"], finding["offset"]), ("message", int(path.stem) + 2))
        self.assertEqual((finding["expected"], finding["actual"]), ("no other fields than the schema's", "field event_kind"))
        self.assertEqual(finding["file"], str(path.relative_to(self.folder)))


class StrictDaysTest(ToolsTestCase):
    """Options that change the result are found in the files."""

    def test_strict_and_engagement(self):
        raw = self.folder / "raw"
        raw.mkdir()
        (raw / "users.csv").write_text("user_id,signup_date,plan,engagement_score\n1,2025-01-01,free,0.5\n")
        (raw / "events.csv").write_text(
            "event_id,user_id,event_time,event_type\n1,1,2025-01-02,login\n2,1,2025-01-02,wave\n")
        for flags in ((), ("--strict",), ("--keep-engagement",), ("--strict", "--keep-engagement", "--gzip")):
            with self.subTest(flags=flags):
                self.daylapse(*self.arguments("--quiet", "--raw-dir", raw, *flags))
                self.assertEqual(self.json("verify")["findings"], [])
        self.daylapse(*self.arguments("--quiet", "--raw-dir", raw))
        self.assertFalse(self.json("verify", "--strict", exit_code=1)["sound"])


class SmallDaysTest(ToolsTestCase):
    options = SMALL

    def test_topics(self):
        shutil.copytree(self.topics / "events.raw", self.topics / "mine")
        shutil.rmtree(self.topics / "user.daily")
        (self.topics / "by.hand").mkdir()
        (self.topics / "by.hand" / f"{0:020}.jsonl").write_text('{"a":1}\n{"a":2}')
        (self.topics / "no.topic").mkdir()
        listed = {topic["topic"]: topic for topic in self.json("topics")["topics"]}
        self.assertEqual(sorted(listed), sorted([*NAMES, "mine", "by.hand"]))
        self.assertEqual(listed["user.daily"], {"topic": "user.daily", "present": False})
        self.assertEqual((listed["by.hand"]["state"], listed["by.hand"]["messages"]), ("by_hand", 2))
        self.assertEqual((listed["mine"]["name"], listed["mine"]["messages"]), ("events.raw", 2298))
        events = listed["events.clean"]
        times = [json.loads(line)["event_time"] for line in lines_of(self.topics, "events.clean")]
        self.assertEqual((events["first_time"], events["last_time"]), (times[0], times[-1]))
        self.assertEqual((events["messages"], events["segments"], events["state"]), (2298, 30, "complete"))
        text = self.daylapse("topics").stdout.splitlines()
        self.assertEqual(len(text), 10)
        self.assertRegex(text[-1], r"^user\.daily +not there yet")
        self.assertIn("did you mean \"events.raw\"", self.fails("topics", "evens.raw"))

    def test_info(self):
        done = self.daylapse("info", "events.raw")
        lines = done.stdout.splitlines()
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertIn("  offsets   0 to 2,297", lines)
        self.assertEqual(sum(line.startswith("  2025-01-") for line in lines), 30)
        self.assertEqual(len(self.daylapse("info", "events.raw", "--segments").stdout.splitlines()), len(lines) + 19)
        topic, = self.json("info", "events.raw")["topics"]
        self.assertEqual((topic["first"], topic["next"], topic["sealed"], topic["format"]), (0, 2298, True, 1))
        self.assertEqual(sum(day["messages"] for day in topic["days"]), 2298)
        self.assertEqual(sum(file["bytes"] for file in topic["segments"]), topic["bytes"])
        days = {}
        for line in lines_of(self.topics, "events.raw"):
            day = json.loads(line)["event_time"][:10]
            days[day] = days.get(day, 0) + 1
        self.assertEqual({day["day"]: day["messages"] for day in topic["days"]}, days)

    def test_a_flipped_bit_is_found_everywhere(self):
        for topic in NAMES:
            for path in self.segments(topic)[:2]:
                if not path.stat().st_size:
                    continue
                with self.subTest(path=path):
                    before = path.read_bytes()
                    self.flip(path)
                    findings = self.json("verify", exit_code=1)["findings"]
                    self.assertIn(("checksum", str(path.relative_to(self.folder))),
                                  [(finding["kind"], finding["file"]) for finding in findings])
                    path.write_bytes(before)

    def test_recover(self):
        path = self.segments("events.raw")[4]
        first, before = int(path.stem), lines_of(self.topics, "events.raw")
        self.flip(path)
        damaged = {file: file.read_bytes() for file in (self.topics / "events.raw").iterdir()}
        topic, = self.json("recover", "events.raw")["topics"]
        self.assertEqual((topic["kept"], topic["lost"], topic["output"]), (first, 2298 - first, "topics/events.raw.recovered"))
        self.assertEqual((topic["losses"][0]["kind"], topic["losses"][0]["offset"]), ("damaged", first))
        self.assertEqual(lines_of(self.topics, "events.raw.recovered"), before[:first])
        self.assertTrue(self.json("verify", "events.raw.recovered")["sound"])
        self.assertEqual({file: file.read_bytes() for file in (self.topics / "events.raw").iterdir()}, damaged)
        self.assertIn("is there already", self.fails("recover", "events.raw"))
        topic, = self.json("recover", "events.raw", "--skip-damaged", "--output", "others")["topics"]
        second = topic["losses"][0]["end"]
        self.assertEqual(lines_of(self.folder / "others", "events.raw"), before[:first] + before[second:])
        self.assertEqual(topic["first_moved"], second)

    def test_recover_in_place(self):
        (self.topics / "events.raw/schema.json").write_text("{}")
        path = self.segments("events.raw")[4]
        self.flip(path)
        damaged = path.read_bytes()
        topic, = self.json("recover", "events.raw", "--in-place", "--skip-damaged")["topics"]
        self.assertEqual(topic["set_aside"], "topics/events.raw.damaged-1")
        self.assertEqual((self.topics / "events.raw.damaged-1" / path.name).read_bytes(), damaged)
        self.assertEqual((self.topics / "events.raw/schema.json").read_text(), "{}")
        report = self.json("verify")
        self.assertEqual(report["findings"], [])
        self.assertTrue(any("made from other messages" in note for note in report["notes"]))
        self.assertIn("is sound", self.daylapse("recover", "events.raw", "--in-place").stdout)
        self.flip(self.segments("events.raw")[0])
        self.assertEqual(self.json("recover", "events.raw", "--in-place", "--skip-damaged")["topics"][0]["set_aside"],
                         "topics/events.raw.damaged-2")

    def test_nothing_can_be_kept(self):
        self.flip(self.segments("users.raw")[0])
        self.assertIn("nothing before the first damage can be kept", self.fails("recover", "users.raw"))
        self.assertFalse((self.topics / "users.raw.recovered").exists())

    def test_index(self):
        sidecars = sorted((self.topics / "user.daily").glob("*.index"))
        before = [path.read_bytes() for path in sidecars]
        sidecars[0].unlink()
        sidecars[1].write_text("{}\n")
        topic, = self.json("index", "user.daily")["topics"]
        self.assertEqual([file["state"] for file in topic["indexes"]][:3], ["missing", "differed", "sound"])
        self.assertEqual([path.read_bytes() for path in sidecars], before)
        self.segments("user.daily")[2].unlink()
        self.assertIn("daylapse recover keeps what is sound", self.fails("index", "user.daily"))

    def test_names_and_folders_that_are_wrong(self):
        for name in ("topics/..", "", ".", "..", ".hidden", "topics/.hidden", "a\x1b[2J"):
            for command in ("info", "verify", "recover", "index"):
                self.assertIn("is no name of a topic", self.fails(command, name, exit_code=2))
            self.assertIn("is no name of a topic", self.fails("export", name, "--output", "csvs", exit_code=2))
        for command in (("info",), ("verify",), ("recover",), ("index",), ("export", "--output", "csvs")):
            self.assertIn("did you mean \"user.daily\"?", self.fails(*command, "user.dailly"))
            self.assertIn("there is no folder nowhere", self.fails(*command, "user.daily", "--topics-dir", "nowhere"))
        for command in ("info", "verify", "recover", "index"):
            self.assertIn("one folder at a time", self.fails(command, "user.daily", "elsewhere/user.daily", exit_code=2))
        (self.folder / "empty").mkdir()
        self.assertIn("has no topics", self.fails("verify", "--topics-dir", "empty"))
        self.fails("recover", "events.raw", "--in-place", "--output", "x", exit_code=2)
        self.fails("verify", "--findings", "0", exit_code=2)

    def test_paths_as_a_shell_completes_them(self):
        elsewhere = self.topics.parent / "elsewhere"
        for name in ("topics/user.daily", "./topics/user.daily/", self.topics / "user.daily", "../" + self.folder.name + "/topics/user.daily"):
            with self.subTest(name=name):
                self.assertEqual(self.json("info", name)["topics"][0]["topic"], "user.daily")
                self.assertTrue(self.json("verify", name)["sound"])
                self.assertTrue(self.json("recover", name)["topics"][0]["sound"])
                self.json("index", name)
                self.daylapse("export", name, "--output", "tables", "--overwrite")
                self.assertEqual(len(self.daylapse("tail", "--files", name).stdout.splitlines()), len(lines_of(self.topics, "user.daily")))
                self.assertEqual(self.daylapse("topics", name).stdout, self.daylapse("topics", "user.daily").stdout)
        self.topics.rename(elsewhere)
        self.assertTrue(self.json("verify", "elsewhere/user.daily")["sound"], "another folder than --topics-dir says")

    def test_a_table_that_somebody_changed_is_not_overwritten(self):
        again = ("run", *SMALL, "--quiet", "--base-port", "0")
        table = self.data / "processed/user_daily.csv"
        table.write_text("my notes\n")
        done = self.daylapse(*again, exit_code=1)
        self.assertIn("user_daily.csv was changed since Daylapse wrote it", done.stderr)
        self.assertEqual(table.read_text(), "my notes\n")
        self.daylapse(*again, "--overwrite")
        self.assert_golden("small")
        for name in PROCESSED:  # a copy of the same bytes is the same file
            content = (self.data / "processed" / name).read_bytes()
            (self.data / "processed" / name).write_bytes(content)
        self.daylapse(*again)
        self.assert_golden("small")

    def test_lock_files_are_their_owners(self):
        locks = [self.data / "state/run.lock", self.data / "state/sink.lock", self.topics / "run.lock",
                 *(self.topics / name / ".lock" for name in NAMES)]
        for lock in locks:
            self.assertEqual(lock.stat().st_mode & 0o777, 0o600, lock)
            lock.chmod(0o644)  # as an earlier version left it
        self.daylapse("run", *SMALL, "--quiet", "--base-port", "0")
        for lock in locks:
            self.assertEqual(lock.stat().st_mode & 0o777, 0o600, lock)
        victim = self.folder / "victim"
        victim.write_text("precious")
        for lock in (self.topics / "run.lock", self.topics / "events.clean/.lock", self.topics / "events.raw/topic.json.tmp"):
            lock.unlink(missing_ok=True)
            lock.symlink_to(victim)
        self.daylapse("run", *SMALL, "--quiet", "--base-port", "0", exit_code=1)
        self.assertEqual(victim.read_text(), "precious")

    def test_info_says_duration_rate_and_kinds(self):
        info, = self.json("info", "events.clean")["topics"]
        messages = [json.loads(line) for line in lines_of(self.topics, "events.clean")]
        counts = {}
        for message in messages:
            counts[message["event_type"]] = counts.get(message["event_type"], 0) + 1
        self.assertEqual(info["kinds"], {"field": "event_type", "counts": counts})
        self.assertEqual(list(info["kinds"]["counts"]), sorted(counts, key=lambda name: (-counts[name], name)))
        times = sorted(datetime.fromisoformat(message["event_time"]) for message in messages)
        seconds = (times[-1] - times[0]).total_seconds()
        self.assertEqual(info["duration_seconds"], seconds)
        self.assertAlmostEqual(info["messages_per_day"], len(messages) / seconds * 86_400)
        text = self.daylapse("info", "events.clean").stdout
        self.assertRegex(text, r"(?m)^  duration  \d+ days \d\d:\d\d:\d\d$")
        self.assertRegex(text, r"(?m)^  rate      [\d.,]+ messages/day$")
        self.assertRegex(text, r"(?m)^  kinds     event_type: login [\d,]+, ")
        self.assertNotIn("(", re.search(r"(?m)^  digest .*$", text)[0].replace("(--json has them all)", ""))

    def test_a_missing_topic_is_found(self):
        for name in NAMES:
            with self.subTest(topic=name):
                (self.topics / name).rename(self.folder / "aside")
                report = self.json("verify", exit_code=1)
                self.assertIn(("missing", name), [(finding["kind"], finding["topic"]) for finding in report["findings"]])
                self.assertIn({"topic": name, "sound": False, "complete": False, "messages": 0, "findings": 1}, report["topics"])
                self.assertNotIn("all sound", self.daylapse("verify", exit_code=1).stdout)
                others = [other for other in NAMES if other != name]
                self.assertTrue(self.json("verify", *others)["sound"], "without what is missing, by name")
                (self.folder / "aside").rename(self.topics / name)

    def test_tables_that_a_manifest_lists_are_missed(self):
        for path in self.data.glob("processed/*.csv"):
            path.unlink()
        kinds = [finding["kind"] for finding in self.json("verify", exit_code=1)["findings"]]
        self.assertEqual(sorted(kinds), ["manifest"] * 3 + ["missing"] * 3)

    def test_topics_alone_need_no_others(self):
        for name in NAMES[2:]:
            shutil.rmtree(self.topics / name)
        self.assertTrue(self.json("verify")["sound"], "what was made of them may be gone")

    def as_nobody(self, *arguments):
        """Runs the program as somebody who cannot read what is closed to all: the superuser reads everything."""
        more = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=60, **more)

    def test_what_cannot_be_read_is_never_sound(self):
        self.folder.chmod(0o755)
        closed = [self.topics / "events.clean", self.segments("events.raw")[0], self.topics / "user.daily/topic.json",
                  sorted((self.topics / "users.clean").glob("*.index"))[0], self.topics,
                  self.data / "processed/manifest.json", self.data / "processed/user_daily.csv", self.data / "processed"]
        self.assertEqual(self.as_nobody("verify").stdout.splitlines()[-1], "all sound")
        for path in closed:
            with self.subTest(path=path):
                mode = path.stat().st_mode
                path.chmod(0)
                done = self.as_nobody("verify")
                path.chmod(mode)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertNotIn("all sound", done.stdout)
                self.assertIn("ermission denied", done.stdout + done.stderr)

    def test_other_commands_say_what_cannot_be_read(self):
        self.folder.chmod(0o755)
        (self.folder / "out").mkdir(mode=0o777)
        (self.folder / "out").chmod(0o777)
        (self.topics / "events.raw").chmod(0)
        for command in ("info", "recover --output out", "index", "export --output out", "tail --files", "serve --base-port 0"):
            with self.subTest(command=command):
                done = self.as_nobody(*command.split(), "events.raw")
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("ermission denied", done.stderr)
        listing = self.as_nobody("topics")
        self.assertEqual(listing.returncode, 1)
        self.assertRegex(listing.stdout, r"events\.raw .* unreadable")
        self.assertRegex(listing.stdout, r"users\.raw .* complete")
        (self.topics / "events.raw").chmod(0o755)

    def test_what_is_no_file_is_named_and_waited_for_by_nobody(self):
        segment = self.segments("users.raw")[0]
        for place, make in ((segment, os.mkdir), (segment, os.mkfifo), (self.topics / "users.raw/topic.json", os.mkfifo),
                            (segment.with_suffix(".index"), os.mkfifo)):
            with self.subTest(place=place.name, make=make.__name__):
                place.rename(self.folder / "aside")
                make(place)
                report = self.json("verify", exit_code=1)
                self.assertIn("users.raw", [finding.get("topic") for finding in report["findings"]])
                self.assertIn("a regular file", json.dumps(report["findings"]))
                for command in ("info", "tail --files"):
                    done = self.daylapse(*command.split(), "users.raw", exit_code=1, seconds=20)
                    self.assertIn("regular file", done.stdout + done.stderr)
                os.rmdir(place) if place.is_dir() else place.unlink()
                (self.folder / "aside").rename(place)
        shutil.rmtree(self.topics / "users.raw")
        (self.topics / "users.raw").write_text("no folder")
        self.assertFalse(self.json("verify", exit_code=1)["sound"])

    def test_a_reader_that_goes_away(self):
        for command in ("topics", "info events.raw --segments", "verify", "topics --json", "info events.raw --json"):
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([PROGRAM, *command.split()], cwd=self.folder, stdout=write, stderr=subprocess.PIPE, text=True)
            os.close(write)
            self.assertEqual(done.stderr, "", command)
            self.assertIn(done.returncode, (0, -signal.SIGPIPE), command)


class RunningTest(ToolsTestCase):
    def test_topics_whose_writers_are_at_work(self):
        run, _ = self.start_run(*SMALL, "--speed", "8d/s")
        wait_until(lambda: len(list((self.topics / "user.daily").glob("*.jsonl"))) > 4, "some days")
        while run.poll() is None:
            self.assertEqual(self.json("verify")["findings"], [])
            self.json("topics")
            self.json("info", "events.clean", "user.daily")
            if run.poll() is None:
                states = {topic["topic"]: topic.get("state") for topic in self.json("topics")["topics"]}
                self.assertIn(states["events.clean"], ("open", "complete"))
        self.finish(run)
        self.assertEqual(self.json("verify")["findings"], [])

    def test_a_writer_keeps_its_topic(self):
        run, _ = self.start_run(*LEAP, "--wait-for", "somebody")
        wait_until(lambda: (self.topics / "events.clean/topic.json").exists(), "the cleaner's topics")
        for command in (("index",), ("recover", "--in-place")):
            words = self.daylapse(*command, "events.clean", exit_code=1).stderr
            self.assertRegex(words, r"found process \d+ on ")
        run.terminate()
        self.finish(run, exit_code=130)


if __name__ == "__main__":
    unittest.main()
