"""The snippets of topics/README.md and docs/, run as written, and the values that they give.

A block whose fence says `run` behind its language is run; those of README.md and docs/consuming.md have tests of their own.
"""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

import duckdb

from support import DIGESTS, PROGRAM, ROOT, TestCase, free_ports, lines_of, wait_until

# what readers that guess get wrong: ids that look like numbers, a decimal fraction, columns that come late
USERS = "user_id,signup_date,plan\n1,2025-01-01,free\n"
EVENTS = "event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount\n" + "".join(
    f"{number},1,2025-01-05T10:00:00,login,,,,\n" for number in range(1, 20_482)) + """\
20482,1,2025-01-05T11:00:00,payment_success,,,,499.0
20483,1,2025-01-05T12:00:00,video_watch,007,0.7,,
20484,1,2025-01-05T12:30:00,quiz_attempt,2025-01-01,,33.333333333333336,
20484,1,2025-01-05T12:31:00,quiz_attempt,,,,
x,1,2025-01-05T13:00:00,login,,,,
"""


def blocks(document, language):
    text = (ROOT / document).read_text()
    return re.findall(rf"^```{language} run\n(.*?)^```$", text, re.M | re.S)


class DocumentTestCase(TestCase):
    def shell(self, block):
        (self.folder / "bin").mkdir(exist_ok=True)
        program = self.folder / "bin/daylapse"
        if not program.is_symlink():
            program.symlink_to(Path(PROGRAM).resolve())
        environment = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=self.folder, env=environment,
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, block + done.stdout[-2000:] + done.stderr[-2000:])
        return done.stdout

    def python(self, block, more=""):
        done = subprocess.run([sys.executable, "-c", block + more], cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, block + done.stderr[-2000:])
        return done.stdout


class ReadingTopicsTest(DocumentTestCase):
    def setUp(self):
        super().setUp()
        (self.folder / "in").mkdir()
        (self.folder / "in/users.csv").write_text(USERS)
        (self.folder / "in/events.csv").write_text(EVENTS)
        self.daylapse(*self.arguments("--raw-dir", "in", "--quiet", "--linger", "0"))
        self.table = [line.split(",") for line in (self.data / "processed/events_clean.csv").read_text().splitlines()]

    def test_jq(self):
        block, = blocks("topics/README.md", "sh")
        self.assertEqual(sorted(self.shell(block).split()), ["1", "1", "bad_event_id", "duplicate"])

    def test_duckdb(self):
        block, = blocks("topics/README.md", "sql")
        connection = duckdb.connect()
        path = os.getcwd()
        self.addCleanup(os.chdir, path)
        os.chdir(self.folder)
        rows = connection.execute(block).fetchall()
        self.assertEqual(rows, [("login", 20_481, None), ("payment_success", 1, 499.0), ("quiz_attempt", 1, None),
                                ("video_watch", 1, None)])
        names = [row[0] for row in connection.execute("DESCRIBE events").fetchall()]
        self.assertEqual(sorted(names), sorted(self.table[0]), "every column of the table")
        last = connection.execute("SELECT course_id, watch_minutes, quiz_score FROM events ORDER BY event_id DESC LIMIT 2").fetchall()
        self.assertEqual(last, [("2025-01-01", 0.0, 33.333333333333336), ("007", 0.7, None)])
        self.assertEqual(connection.execute("SELECT count(*) FROM events").fetchone(), (20_484,))

    def test_pandas(self):
        block, = blocks("topics/README.md", "python")
        shown = self.python(block, """
print(sorted(events.columns))
print(len(events), events.user_id.dtype, events.event_time.max())
for row in (-2, -1):
    print(repr(events.course_id.iloc[row]), repr(float(events.watch_minutes.iloc[row])), repr(float(events.quiz_score.iloc[row])))
print(repr(float(events.amount.sum())))
""").splitlines()
        self.assertEqual(shown, [str(sorted(self.table[0])), "20484 int64 2025-01-05 12:30:00", "'007' 0.7 nan",
                                 "'2025-01-01' 0.0 33.333333333333336", "499.0"])


class ToolsTest(DocumentTestCase):
    def test_blocks(self):
        self.daylapse(*self.arguments(*DIGESTS["small"]["generate"].split(), "--quiet", "--linger", "0"))
        verify, recover, export = blocks("docs/tools.md", "sh")
        self.assertEqual(self.shell(verify).splitlines().count("all sound"), 2)
        self.assertEqual(self.shell(recover).count("is sound: there is nothing to recover"), 2)
        self.shell(export)
        columns = [[tuple(line.split(",")[:5]) for line in path.read_text().splitlines()]
                   for path in (self.folder / "my/csvs/events.csv", self.data / "raw/events.csv")]
        self.assertEqual(sorted(columns[0]), sorted(columns[1]), "in the order of time, not of users")
        self.assertTrue((self.folder / "tables/user.daily.csv.gz").exists())

    def test_control_by_a_program(self):
        port = free_ports(2)
        self.daylapse("generate", *DIGESTS["small"]["generate"].split(), "--quiet")
        producer = self.start(PROGRAM, "produce", "--members", "none", "--start-paused", "--linger", "0", "--base-port", port)
        block, = blocks("docs/replay.md", "python")
        shown = self.python(block.replace("5551", str(port + 1)).replace("2025-02-01", "2025-01-05"))
        self.assertIn("b'ok'", shown)
        status = lambda: self.daylapse("ctl", "status", "--base-port", port).stdout
        wait_until(lambda: "2025-01-05" in status(), "the replay to be where it was sent")
        self.daylapse("ctl", "speed", "max", "--base-port", port)
        self.daylapse("ctl", "resume", "--base-port", port)
        self.finish(producer)

    def test_keys(self):
        block, = blocks("docs/security.md", "sh")
        lines = [line.replace("daylapse run", "daylapse run --n-users 50 --days 3 --quiet --linger 0 --base-port 0") for line in block.splitlines()]
        self.shell("\n".join(lines))
        self.assertEqual((self.folder / "keys/topology.key").stat().st_mode & 0o777, 0o600)
        self.assertTrue(lines_of(self.topics, "user.daily"))


if __name__ == "__main__":
    unittest.main()
