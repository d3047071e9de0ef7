"""Days that are there already, and days that somebody is reading: what generate and import leave alone."""
import json
import re
import shutil

from support import PROGRAM, ROOT, TestCase, free_ports, wait_until

FEW = ("--n-users", 40, "--days", 5)


class BringingInTest(TestCase):
    def files(self):
        """All raw files with their content and what tells whether they were written again."""
        paths = [path for folder in (self.data / "raw", self.topics) for path in folder.rglob("*")]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths if path.is_file() and path.suffix != ".lock" and path.name != ".lock"}

    def bring_in(self, *arguments):
        """Brings days in, if needed; returns the result and whether files were written."""
        before = self.files()
        result = json.loads(self.daylapse(*arguments, "--if-needed", "--json", "--data-dir", self.data, "--topics-dir",
                                          self.topics).stdout)
        after = self.files()
        self.assertEqual(any("left as it is" in warning for warning in result["warnings"]), before == after)
        return {key: result[key] for key in result if key != "warnings"}, before != after

    def test_the_same_days_are_left_alone(self):
        first, was_written = self.bring_in("generate", *FEW)
        self.assertTrue(was_written)
        self.assertEqual(self.bring_in("generate", *FEW), (first, False))
        self.assertTrue(self.bring_in("generate", *FEW, "--seed", 7)[1])
        self.assertEqual(self.bring_in("generate", *FEW), (first, True))

    def test_whatever_is_damaged_or_missing_is_made_again(self):
        first, _ = self.bring_in("generate", *FEW)
        sound = {path: content for path, (_, content) in self.files().items() if path.name not in ("topic.json", "manifest.json")}
        for path in [*sound, self.data / "raw/manifest.json"]:
            for damage in ("flipped", "shorter", "gone"):
                content = bytearray(path.read_bytes())
                content[len(content) // 2] ^= 1
                if damage == "gone":
                    path.unlink()
                else:
                    path.write_bytes(content if damage == "flipped" else content[:-1])
                with self.subTest(path=path.name, damage=damage):
                    result, _ = self.bring_in("generate", *FEW, "--overwrite")
                    self.assertEqual(result, first)
                    for other, content in sound.items():
                        self.assertEqual(other.read_bytes(), content, other)

    def test_files_that_were_imported_are_imported_again_once_they_change(self):
        mine = self.folder / "mine"
        shutil.copytree(ROOT / "Tests/Fixtures/small/raw", mine)
        first, was_written = self.bring_in("import", mine)
        self.assertTrue(was_written)
        self.assertEqual(self.bring_in("import", mine), (first, False))
        with open(mine / "users.csv", "a") as file:
            file.write("999,2025-01-01,free\n")
        more, was_written = self.bring_in("import", mine)
        self.assertTrue(was_written)
        self.assertEqual(more["users"], first["users"] + 1)

    def test_days_that_are_replayed_are_not_replaced(self):
        folders = ("--data-dir", self.data, "--topics-dir", self.topics)
        self.daylapse("generate", *FEW, *folders)
        producer = self.start(PROGRAM, "produce", *folders, "--members", "none", "--base-port", free_ports(2), "--speed", "1h/s")
        wait_until(lambda: (self.topics / "run.lock").read_text() == f"process {producer.pid}", "the producer's lock")
        for command in (["generate", *FEW], ["run", *FEW, "--base-port", 0]):
            others = ("--data-dir", self.folder / "others", "--topics-dir", self.topics)
            refused = self.daylapse(*command, *others, exit_code=1)
            self.assertIn(f"{self.topics} is in use by process {producer.pid}", refused.stderr)
        # reading is another matter
        self.daylapse("generate", *FEW, "--if-needed", *folders)
        self.daylapse("produce", "--data-dir", self.folder / "others", "--topics-dir", self.topics, "--members", "none",
                      "--base-port", free_ports(2))
        producer.terminate()
        self.finish(producer, exit_code=130)
        self.daylapse("generate", *FEW, "--seed", 7, *folders)

    def test_what_a_stage_remembers_has_one_writer(self):
        folders = ("--data-dir", self.data, "--topics-dir", self.topics)
        run, _ = self.start_run(*FEW, "--speed", "1h/s")

        def refused(folder, holder, *command):
            words = self.daylapse(*command, "--base-port", free_ports(6), exit_code=1).stderr
            self.assertIn(f"{folder} is in use by process {holder}", words)

        refused(self.data / "state", run.pid, "produce", *folders, "--members", "none")
        words = self.daylapse("clean", "--topics-dir", self.topics, "--base-port", free_ports(6), exit_code=1).stderr
        self.assertIn(f"{self.topics} is in use by process", words)
        run.terminate()
        self.finish(run, exit_code=130)
        alone = ("produce", *folders, "--members", "none", "--speed", "1h/s")
        producer = self.start(PROGRAM, *alone, "--base-port", free_ports(2))
        wait_until(lambda: (self.data / "state/producer.lock").read_text() == f"process {producer.pid}", "the producer's lock")
        refused(self.data / "state", producer.pid, *alone)
        refused(self.topics, producer.pid, "run", *FEW, *folders)
        producer.terminate()
        self.finish(producer, exit_code=130)
        self.daylapse(*self.arguments(*FEW))

    def test_the_same_again_replaces_nothing_worth_a_word(self):
        def words(*options):
            said = self.daylapse(*self.arguments(*FEW, *options)).stderr.splitlines()
            return [line for line in said if "replaces" in line]

        self.assertEqual(words(), [])
        self.assertEqual(words(), [])
        for options in (("--strict",), ("--seed", 7), ("--gzip",), ("--from", "2025-01-02")):
            with self.subTest(options=options):
                self.assertEqual(len(words(*options)), 1)
                self.assertEqual(words(*options), [])

    def test_a_producer_without_days_says_how_to_get_some(self):
        words = self.daylapse("produce", "--base-port", free_ports(2), exit_code=1).stderr
        self.assertIn("topics has no users.raw: make it with daylapse generate or daylapse import", words)

    def test_the_containers_commands_are_understood(self):
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (ROOT / "docker-compose.yml").read_text())
        commands = re.findall(r"(?:command: |daylapse )((?:generate|produce|clean|aggregate|sink) .*?)(?: &&)?$", text, re.M)
        self.assertEqual([command.split()[0] for command in commands], ["generate", "produce", "clean", "aggregate", "sink"])
        for command in commands:
            # the first option that does not exist is named
            refused = self.daylapse(*command.split(), "--no-such-option", exit_code=2)
            self.assertIn("Unknown option '--no-such-option'", refused.stderr)
