"""Damaged files, full disks, folders that vanish: a clear error or the right files, and never others."""
import os
import random
import shutil
import signal
import tempfile
import time
import unittest
from pathlib import Path

from faults import (OFTEN, add_junk, cut, empty, flip_a_bit, raise_format, remount, remove, seeds, small_disk)
from support import DIGESTS, PROCESSED, PROGRAM, TestCase, sha256, wait_until

SMALL = DIGESTS["small"]["generate"].split()
DAMAGES = (flip_a_bit, cut, empty, remove, add_junk, raise_format)


class DamageTestCase(TestCase):
    def interrupt(self, folder):
        """Leaves a run behind that was killed in the middle, with all its stages."""
        run = self.start(PROGRAM, *self.arguments(*SMALL, *OFTEN, "--speed", "25d/s", folder=folder), start_new_session=True)
        wait_until(lambda: len(list((folder / "topics/user.daily").glob("*.jsonl"))) > 14, "half of the days")
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        wait_until(lambda: not self.has_members(run.pid), "all stages to be gone")

    @staticmethod
    def has_members(group):
        try:
            os.killpg(group, 0)
            return True
        except ProcessLookupError:
            return False

    def run_again(self, folder, *options):
        """Runs with the same folders; the error, where there was one, and none other than with exit code 1."""
        run = self.start(PROGRAM, *self.arguments(*SMALL, "--quiet", "--linger", 0, *options, folder=folder))
        try:
            words = run.communicate(timeout=30)[1]
        finally:
            run.kill()
        if run.returncode == 0:
            self.assert_golden("small", folder)
            return None
        self.assertEqual(run.returncode, 1, words)
        self.assertTrue(words.startswith("daylapse: "), words)
        self.assertNotIn("Fatal error", words)
        if "was changed since Daylapse wrote it" not in words:
            self.assertFalse((folder / "data/processed/manifest.json").exists() and not self.is_right(folder), words)
        return words

    def is_right(self, folder):
        return all(sha256(folder / "data/processed" / file) == DIGESTS["small"]["sha256"][file] for file in PROCESSED)


class DamagedFilesTest(DamageTestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="daylapse-", dir="/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.originals = {kind: Path(folder.name) / kind for kind in ("interrupted", "finished")}
        case = cls("run_again")
        case.setUp()
        try:
            case.interrupt(cls.originals["interrupted"])
            case.daylapse(*case.arguments(*SMALL, folder=cls.originals["finished"]))
        finally:
            case.doCleanups()

    def damaged(self, kind, path, damage, draw):
        """A copy of the original with one file damaged; nothing where the file cannot be damaged that way."""
        folder = self.folder / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.originals[kind], folder, ignore=shutil.ignore_patterns("links"))
        file = folder / path
        if damage in (flip_a_bit, cut, empty) and file.stat().st_size == 0:
            return None
        if damage is raise_format and b'"format":1' not in file.read_bytes():
            return None
        damage(file, draw)
        return folder

    def files(self, kind, pattern):
        original = self.originals[kind]
        return sorted(path.relative_to(original) for path in original.glob(pattern) if path.is_file())

    def check(self, kind, path, damage, draw):
        with self.subTest(of=kind, file=str(path), damage=damage.__name__):
            folder = self.damaged(kind, path, damage, draw)
            words = folder and self.run_again(folder)
            if words is None:
                return
            # the error names what is damaged, and once that is out of the way the same command gives the right files
            if path.match("*.checkpoint*"):
                self.assertIn(str(path), words)
                (folder / path).unlink()
                self.assertIsNone(self.run_again(folder), words)
            elif path.parts[0] == "topics":
                self.assertIn(path.parts[1], words)
                shutil.rmtree(folder / path.parent)
                self.assertIsNone(self.run_again(folder), words)
            else:
                self.assertIn(str(path.parent), words)
                self.assertIsNone(self.run_again(folder, "--overwrite"), words)

    def test_files_of_topics(self):
        for seed in seeds([int(time.time())]):
            print(f"damaged topics: seed {seed}")
            draw = random.Random(seed)
            for kind, count in (("interrupted", 24), ("finished", 4)):
                for _ in range(count):
                    topic = draw.choice(sorted(path.name for path in (self.originals[kind] / "topics").iterdir() if path.is_dir()))
                    files = self.files(kind, f"topics/{topic}/{draw.choice(['*.jsonl', '*.jsonl', '*.index', 'topic.json'])}")
                    path, damage = draw.choice([files[-1], draw.choice(files)]), draw.choice(DAMAGES)
                    if kind == "finished" or not (damage is flip_a_bit and path.suffix == ".jsonl"):
                        self.check(kind, path, damage, draw)

    def test_a_flipped_bit_in_a_raw_topic_is_not_replayed(self):
        seed = seeds([int(time.time())])[0]
        print(f"damaged raw topics: seed {seed}")
        draw = random.Random(seed)
        segments = self.files("interrupted", "topics/*.raw/*.jsonl")
        for path in [segments[0], segments[-1], *draw.sample(segments, 6)]:
            self.check("interrupted", path, flip_a_bit, draw)

    def test_the_error_names_the_file_of_a_message_that_differs(self):
        draw = random.Random(3)
        for topic in ("events.clean", "user.daily"):
            path = self.files("interrupted", f"topics/{topic}/*.jsonl")[0]
            with self.subTest(topic=topic):
                words = self.run_again(self.damaged("interrupted", path, flip_a_bit, draw))
                self.assertIn(str(path), words)

    def test_advice_can_be_followed(self):
        """What an error tells people to do is something that they can do: commands exist, words are the README's."""
        commands = self.daylapse("--help").stdout
        for path in ("topics/events.raw/*.jsonl", "topics/events.clean/*.jsonl", "topics/users.raw/*.jsonl"):
            path = self.files("interrupted", path)[0]
            with self.subTest(file=str(path)):
                words = self.run_again(self.damaged("interrupted", path, empty, None)) or ""
                self.assertNotIn("(mode create)", words)
                if "erify the topic" in words:
                    self.assertRegex(commands, r"\n  verify ")

    def test_files_of_state(self):
        seed = seeds([int(time.time())])[0]
        print(f"damaged state: seed {seed}")
        draw = random.Random(seed)
        files = [path for pattern in ("data/state/*", "data/processed/.*", "topics/*.checkpoint*")
                 for path in self.files("interrupted", pattern)]
        self.assertGreater(len(files), 4)
        for path in files:
            for damage in draw.sample(DAMAGES, 1) if path.suffix == ".lock" else [raise_format, *draw.sample(DAMAGES[:-1], 3)]:
                self.check("interrupted", path, damage, draw)
        for path in self.files("finished", "data/processed/*"):
            self.check("finished", path, draw.choice(DAMAGES), draw)

    def test_checkpoints_of_a_later_version_are_refused(self):
        for path in self.files("interrupted", "**/*.checkpoint"):
            with self.subTest(file=str(path)):
                words = self.run_again(self.damaged("interrupted", path, raise_format, None))
                self.assertRegex(words, f"{path} has format 99")

    def test_a_flipped_bit_in_a_derived_topic_is_not_gone_on_with(self):
        seed = seeds([int(time.time())])[0]
        print(f"damaged derived topics: seed {seed}")
        draw = random.Random(seed)
        for topic in ("users.clean", "events.clean", "user.daily"):
            segments = self.files("interrupted", f"topics/{topic}/*.jsonl")
            for path in (segments[0], segments[len(segments) // 2], segments[-1]):
                self.check("interrupted", path, flip_a_bit, draw)

    def test_a_torn_last_line_is_cut_off(self):
        draw = random.Random(2)
        for topic in ("events.clean", "user.daily"):
            path = self.files("interrupted", f"topics/{topic}/*.jsonl")[-1]
            with self.subTest(topic=topic):
                folder = self.damaged("interrupted", path, cut, draw)
                self.assertIsNone(self.run_again(folder))

    def test_missing_sidecars_are_made_again(self):
        folder = self.damaged("interrupted", Path("topics/events.clean/topic.json"), lambda path, draw: None, None)
        for path in folder.glob("topics/*/*.index"):
            path.unlink()
        self.assertIsNone(self.run_again(folder))
        for path in folder.glob("topics/*clean/*.jsonl"):
            self.assertTrue(path.with_suffix(".index").exists())


class FullDiskTest(DamageTestCase):
    def test_a_disk_that_is_full(self):
        seed = seeds([int(time.time())])[0]
        print(f"full disk: seed {seed}")
        draw = random.Random(seed)
        self.daylapse(*self.arguments(*SMALL))
        needed = sum(path.stat().st_blocks * 512 for path in self.folder.rglob("*"))
        for part in range(6):
            share = (part + draw.random()) / 6 * 0.9
            with self.subTest(share=share), small_disk(self.folder / f"disk{part}", 4 * needed) as disk:
                filler = disk / "filler"
                filler.write_bytes(bytes(4 * needed - int(needed * share)))
                words = self.run_again(disk)
                self.assertIn("No space left on device", words)
                self.assertIn(str(disk), words)
                self.assertRegex(words, "Make room|free space")
                filler.unlink()
                self.assertIsNone(self.run_again(disk))

    def test_folders_that_cannot_be_written(self):
        with small_disk(self.folder / "disk", 1 << 26) as disk:
            for what in ("nothing", "an interrupted run", "a finished run"):
                with self.subTest(there=what):
                    if what == "an interrupted run":
                        self.interrupt(disk)
                    if what == "a finished run":
                        self.assertIsNone(self.run_again(disk))
                    remount(disk, "ro")
                    words = self.run_again(disk)
                    remount(disk, "rw")
                    self.assertIn(str(disk), words)
                    self.assertIn("Read-only file system", words)


class VanishingFoldersTest(DamageTestCase):
    def test_folders_that_are_removed_meanwhile(self):
        for removed in ("data", "topics", "data/processed", "topics/user.daily"):
            folder = self.folder / removed.replace("/", "-")
            folder.mkdir()
            with self.subTest(removed=removed):
                run = self.start(PROGRAM, *self.arguments(*SMALL, "--speed", "30d/s", folder=folder))
                wait_until(lambda: len(list((folder / "topics/user.daily").glob("*.jsonl"))) > 9, "a third of the days")
                while (folder / removed).exists():  # a stage may write a file while the folder is being emptied
                    shutil.rmtree(folder / removed, ignore_errors=True)
                _, words = self.finish(run, exit_code=1)
                self.assertIn(str(folder / removed), words)
                self.assertIsNone(self.run_again(folder))


if __name__ == "__main__":
    unittest.main()
