"""Help, completions, and answers to what was misspelt."""
import os
import re
import shlex
import shutil
import subprocess
import unittest

from support import PROGRAM, TestCase


def commands():
    """All subcommands, as the program itself lists them."""
    listed = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  ([a-z]+)  ", listed.split("SUBCOMMANDS:")[1], re.M)


class HelpTest(TestCase):
    def help(self, *command, columns=100):
        done = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True,
                              env={**os.environ, "COLUMNS": str(columns)})
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return done.stdout

    def test_every_help_fits_and_begins_with_what_the_command_does(self):
        self.assertGreaterEqual(len(commands()), 9)
        for command in [[]] + [[name] for name in commands()]:
            for columns in (80, 100):
                with self.subTest(command=command, columns=columns):
                    text = self.help(*command, columns=columns)
                    self.assertRegex(text, r"^OVERVIEW: [A-Z]")
                    self.assertIn("USAGE: " + " ".join(["daylapse", *command]), text)
                    for line in text.splitlines():
                        # how it is called is not wrapped: it is to be copied
                        self.assertLessEqual(len(line), 100 if line.startswith("USAGE:") else columns, line)

    def test_examples_in_help_can_be_given_as_they_stand(self):
        """A last option that nobody knows is all that is wrong with them."""
        for command in [[]] + [[name] for name in commands()]:
            text = self.help(*command).replace("\\\n", " ")
            examples = re.findall(r"^ +daylapse (.+)$", text, re.M)
            examples = [example for example in examples if not example.startswith("<")]
            self.assertTrue(examples, f"{command} has no example")
            for example in examples:
                with self.subTest(example=example):
                    done = self.daylapse(*shlex.split(example), "--no-such-option", exit_code=2)
                    self.assertRegex(done.stderr, r"\AError: Unknown option '--no-such-option'")

    def test_what_is_misspelt_is_answered_with_what_it_may_have_meant(self):
        for wrong, words in (("rnu", 'did you mean "run"?'), ("topcis", 'did you mean "topics"?'),
                             ("Generate", 'did you mean "generate"?')):
            self.assertIn(words, self.daylapse(wrong, exit_code=2).stderr)
        done = self.daylapse("frobnicate", "--days", 3, exit_code=2)
        self.assertEqual(done.stderr, "daylapse: there is no command \"frobnicate\"\n"
                                      "  See 'daylapse --help' for more information.\n")
        self.assertIn("Did you mean '--n-users'?", self.daylapse("run", "--n-user", 3, exit_code=2).stderr)

    def test_completion_scripts_are_well_formed(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell=shell):
                script = self.daylapse("--generate-completion-script", shell).stdout
                for word in ("aggregate", "keep-engagement", "realtime"):
                    self.assertIn(word, script)
                if shutil.which(shell):
                    checked = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True)
                    self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def complete(self, *words):
        """What bash offers for the last word."""
        script = self.folder / "daylapse.bash"
        script.write_text(self.daylapse("--generate-completion-script", "bash").stdout)
        (self.folder / "bin").mkdir(exist_ok=True)
        (self.folder / "bin/daylapse").unlink(missing_ok=True)
        (self.folder / "bin/daylapse").symlink_to(PROGRAM)
        line = " ".join(words)
        done = subprocess.run(
            ["bash", "--norc", "-c",
             f'. "{script}"; COMP_WORDS=({" ".join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; '
             f'COMP_LINE={shlex.quote(line)}; COMP_POINT={len(line)}; '
             f'_daylapse daylapse {shlex.quote(words[-1])} {shlex.quote(words[-2])}; printf "%s\\n" "${{COMPREPLY[@]}}"'],
            capture_output=True, text=True, cwd=self.folder,
            env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"})
        return {word.rstrip() for word in done.stdout.split("\n")} - {""}

    @unittest.skipUnless(shutil.which("bash"), "there is no bash here")
    def test_completions_offer_what_can_be_said(self):
        self.assertLessEqual({"run", "generate", "topics"}, self.complete("daylapse", ""))
        self.assertEqual(self.complete("daylapse", "gen"), {"generate"})
        self.assertIn("--keep-engagement", self.complete("daylapse", "run", "--keep"))
        self.assertLessEqual({"max", "realtime", "1d/s"}, self.complete("daylapse", "run", "--speed", ""))
        self.assertEqual({"none", "checkpoint"}, self.complete("daylapse", "sink", "--durability", ""))
        self.assertEqual({"events.raw", "events.clean", "events.rejected"}, self.complete("daylapse", "topics", "events"))
        (self.folder / "somewhere").mkdir()
        (self.folder / "something").write_text("")
        self.assertEqual({"somewhere"}, self.complete("daylapse", "import", "some"))
        self.assertEqual({"somewhere"}, self.complete("daylapse", "run", "--data-dir", "some"))


if __name__ == "__main__":
    unittest.main()
