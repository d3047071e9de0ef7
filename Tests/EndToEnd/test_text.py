"""Texts, bytes and numbers that are not what they should be: nothing vanishes, and each fault is said with its place."""
import json

from support import TestCase, lines_of

USERS = "user_id,signup_date,plan\n1,2025-01-01,paid\n2,2025-01-01,\u00a0Free\u2003\n"


class TextTestCase(TestCase):
    def write(self, events, users=USERS):
        raw = self.folder / "in"
        raw.mkdir(exist_ok=True)
        (raw / "users.csv").write_text(users)
        (raw / "events.csv").write_bytes(events if isinstance(events, bytes) else events.encode())
        return raw

    def run_days(self, events, users=USERS):
        return self.daylapse(*self.arguments("--raw-dir", self.write(events, users), "--linger", 0))

    def messages(self, topic):
        return [json.loads(line) for line in lines_of(self.topics, topic)]

    def table(self, name):
        rows = [line.split(",") for line in (self.data / "processed" / name).read_text().splitlines()]
        return [dict(zip(rows[0], row)) for row in rows[1:]]


class BrokenRowsTest(TextTestCase):
    HEADER = b"event_id,user_id,event_time,event_type,amount,amount,city\n"
    ROWS = [
        b"1,1,2025-01-05T10:00:00,payment_success,100.0,250.0,Bonn\n",
        b"2,1,2025-01-05T10:01:00,login,,,M\xfcnchen\n",
        b"3,1,2025-01-05T10:02:00,log\xefn,,,Bonn\n",
        b"4,1,2025-01-05T10:03:00\n",
        b"5,1,2025-01-05T10:04:00,login,,,\"two\nlines\"\n",
        b"6,1,2025-01-05T10:05:00,\"login\"s,,,\n",
        b"7,1,2025-01-05T10:06:00,login,,,x,y\n",
        b"8,1,2025-01-05T10:07:00,login,,,\"open\n",
    ]
    DETAILS = [
        "event_type is not UTF-8: byte 0xEF at byte 4 of the field", "line 5 of the file: 3 fields where the header has 7",
        "line 8 of the file: text follows the closing quote of field 4", "line 9 of the file: 8 fields where the header has 7",
        "line 10 of the file: the quote that opens field 7 is never closed",
    ]

    def test_every_fault_is_named_with_its_place_and_nothing_is_lost(self):
        words = self.run_days(self.HEADER + b"".join(self.ROWS)).stderr
        self.assertIn('column "amount" is named twice, as columns 5 and 6', words)
        self.assertIn('2 rows are not UTF-8 (the first: line 3, "city": byte 0xFC at byte 2 of the field)', words)
        self.assertEqual([row["event_id"] for row in self.table("events_clean.csv")], ["1", "2", "5"])
        rejected = self.messages("events.rejected")
        self.assertEqual({row["reason"] for row in rejected}, {"malformed"})
        self.assertEqual([row["detail"] for row in rejected], self.DETAILS)
        raw = self.messages("events.raw")
        self.assertEqual((raw[0]["amount"], raw[0]["amount.1"]), (100.0, "250.0"))
        for row in rejected:
            self.assertEqual(json.loads(row["message"]), raw[row["offset"]])
        self.assertTrue(json.loads(self.daylapse("verify", "--json").stdout)["sound"])
        exported = json.loads(self.daylapse("export", "--output", self.folder / "out", "--json").stdout)
        self.assertEqual([file["changed"] for file in exported["files"]], [0, 0])
        out = (self.folder / "out/events.csv").read_bytes()
        for row in self.ROWS[3], self.ROWS[5], self.ROWS[6], self.ROWS[7], b"M\xfcnchen", b"log\xefn", b"250.0", b"two\nlines":
            self.assertIn(row, out)


class ValuesTest(TextTestCase):
    HEADER = "event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount\n"

    def test_sums_that_leave_the_range_of_a_double_are_written_as_pandas_writes_them(self):
        values = {"2025-01-01": ["1e308"] * 2, "2025-01-02": ["-1e308"] * 2, "2025-01-03": (["1e308", "-1e308"] + ["0"] * 6) * 2}
        rows = [(day, kind, value) for day in values for kind in ("video_watch", "quiz_attempt") for value in values[day]]
        self.run_days(self.HEADER + "".join(
            f"{number},1,{day}T10:00:00,{kind},,{value if kind == 'video_watch' else ''},{value if kind == 'quiz_attempt' else ''},\n"
            for number, (day, kind, value) in enumerate(rows)))
        daily = [row for row in self.table("user_daily.csv") if row["user_id"] == "1"]
        self.assertEqual([row["watch_minutes_sum"] for row in daily], ["inf", "-inf", ""])
        self.assertEqual([row["quiz_avg_score"] for row in daily], ["inf", "-inf", ""])
        messages = [row for row in self.messages("user.daily") if row["user_id"] == 1]
        self.assertEqual([row["watch_minutes_sum"] for row in messages], ["inf", "-inf", "nan"])
        self.assertTrue(json.loads(self.daylapse("verify", "--json").stdout)["sound"])
        shown = self.daylapse("tail", "--files", "user.daily", "--where", "watch_minutes_sum>100").stdout
        self.assertEqual(len(shown.splitlines()), 1, shown)

    def test_words_are_trimmed_and_put_in_lower_case_as_python_does_it(self):
        types = ["login\u00a0", "\u3000LOGIN\u0085", "LOG\u0130N", "\u200blogin", "ΟΔΟΣ", "\x1flogin\x1c"]
        self.run_days(self.HEADER + "".join(
            f"{number},\u20021\u00a0,2025-01-01T10:00:00\u2003,{kind},,,,\n" for number, kind in enumerate(types)))
        self.assertEqual([row["event_type"] for row in self.messages("events.clean")], [kind.strip().lower() for kind in types])
        self.assertEqual([row["plan"] for row in self.messages("users.clean")], ["paid", "free"])
        self.assertTrue(json.loads(self.daylapse("verify", "--json").stdout)["sound"])

    def test_both_ends_of_too_long_a_grid_are_named(self):
        raw = self.write(self.HEADER + "1,1,1970-01-01T00:00:00,login,,,,\n2,1,2025-01-05T00:00:00,login,,,,\n")
        words = self.daylapse(*self.arguments("--raw-dir", raw, "--linger", 0), exit_code=1).stderr
        self.assertIn("event 1 on 1970-01-01 (offset 0) to event 2 on 2025-01-05 (offset 1) are 20094", words)


class NamesTest(TextTestCase):
    def test_a_topic_that_is_not_there_is_named_with_those_that_are(self):
        self.daylapse("import", self.write("event_id,user_id,event_time,event_type\n1,1,2025-01-05,login\n"))
        words = self.daylapse("produce", "nosuch", "--base-port", "0", exit_code=1).stderr
        self.assertIn('there is no topic "nosuch" in topics: it has users.raw, events.raw', words)
