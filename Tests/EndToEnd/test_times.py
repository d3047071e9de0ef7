"""Topics of one's own: where their messages say when they happened, and what becomes of those that do not."""
import json
import shutil
import unittest

from support import PROCESSED, PROGRAM, Lines, TestCase, free_ports, lines_of, sha256, wait_until

HOUR = 3600_000
START = 1433221332117  # 2015-06-02T05:02:12.117


class TopicTestCase(TestCase):
    def make(self, name, messages, **contract):
        """A topic made by hand, with what its topic.json says of it."""
        folder = self.topics / name
        folder.mkdir(parents=True)
        (folder / f"{0:020}.jsonl").write_text("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in messages))
        if contract:
            (folder / "topic.json").write_text(json.dumps(contract))

    def produce(self, *arguments, **more):
        return self.daylapse("produce", *arguments, "--topics-dir", self.topics, "--data-dir", self.data, "--base-port", "0",
                             "--members", "none", "--linger", "0", **more)

    def paced(self, *arguments):
        """Starts a paced replay and lets it go to its end; returns what its clock is to do, and its words."""
        port = free_ports(2)
        producer = self.start(PROGRAM, "produce", *arguments, "--topics-dir", self.topics, "--data-dir", self.data, "--base-port",
                              port, "--members", "none", "--linger", "0", "--speed", "2d/s", "--start-paused")
        found = wait_until(lambda: self.replay_state(port), "the replay")
        self.daylapse("ctl", "speed", "max", "--base-port", port)
        self.daylapse("ctl", "resume", "--base-port", port)
        return found, self.finish(producer)[1]


class TimesTest(TopicTestCase):
    def test_numbers_nested_and_in_quotes(self):
        """The clock of the replay is that of the messages, whatever form their times have."""
        times = [START + number * 6 * HOUR for number in range(10)]
        forms = {
            "millis": ([{"t": time} for time in times], ("--time-field", "t", "--time-unit", "ms")),
            "quoted": ([{"t": str(time // 1000)} for time in times], ("--time-field", "t", "--time-unit", "s")),
            "nested": ([{"meta": {"at": time * 1000}} for time in times], ("--time-field", "meta.at", "--time-unit", "us")),
            "guessed": ([{"t": time / 1000} for time in times], ("--time-field", "t")),
        }
        for name, (messages, options) in forms.items():
            with self.subTest(name=name):
                self.make(name, messages)
                state, words = self.paced(name, *options)
                self.assertEqual((state["start"], state["end"]), ("2015-06-02T00:00:00", "2015-06-05T00:00:00"))
                self.assertEqual("is a number such as" in words, name == "guessed", words)

    def test_said_once_in_topic_json(self):
        self.make("shop", [{"at": {"ms": START + number * 6 * HOUR}, "n": number} for number in range(10)],
                  time_field="at.ms", time_unit="ms")
        state, _ = self.paced("shop")
        self.assertEqual(state["start"], "2015-06-02T00:00:00")
        where = ("--topics-dir", self.topics)
        numbers = lambda *options: [json.loads(line)["n"] for line in self.daylapse(
            "tail", "shop", "--files", *where, *options).stdout.splitlines()]
        self.assertEqual(numbers("--from", "2015-06-03"), [4, 5, 6, 7, 8, 9])
        self.assertEqual(numbers("--until", "2015-06-03"), [0, 1, 2, 3])
        info = json.loads(self.daylapse("info", "shop", "--json", *where).stdout)["topics"][0]
        self.assertEqual((info["first_time"], info["last_time"], info["untimed"]), ("2015-06-02T05:02:12", "2015-06-04T11:02:12", 0))
        self.assertEqual((info["time_field"], info["time_unit"]), ("at.ms", "ms"))
        listed = json.loads(self.daylapse("topics", "--json", *where).stdout)["topics"][0]
        self.assertEqual((listed["topic"], listed["first_time"], listed["state"]), ("shop", "2015-06-02T05:02:12", "by_hand"))
        self.daylapse("verify", "shop", *where, "--data-dir", self.data)
        # a recording knows it as well, and so does whoever is served
        port = free_ports(2)
        self.start(PROGRAM, "serve", "--base-port", port, *where)
        publisher = ("--publisher", f"tcp://127.0.0.1:{port}")
        self.daylapse("record", *publisher, "--output", self.folder / "kept", "--from", "2015-06-03")
        self.assertEqual(lines_of(self.folder / "kept", "shop"), lines_of(self.topics, "shop")[4:])
        kept = json.loads((self.folder / "kept/shop/topic.json").read_text())
        self.assertEqual((kept["time_field"], kept["time_unit"]), ("at.ms", "ms"))
        tail = self.daylapse("tail", "shop", *publisher, "--from", "2015-06-04", "--until", "2015-06-04T06:00").stdout
        self.assertEqual([json.loads(line)["n"] for line in tail.splitlines()], [8])

    def test_times_that_cannot_be_read_are_no_burst(self):
        self.make("days", [{"event_time": f"2025-01-0{day}T00:00:00"} for day in (1, 2, 3)])
        self.make("shop", [{"timestamp": START}, {"timestamp": START + 1}])
        self.make("compact", [{"at": 20250106}, {"at": 20250107}])
        self.make("texts", [{"at": "1/6/2025"}, {"at": "1/7/2025"}])
        for arguments, words in (
            (("days", "--time-field", "event_tme", "--speed", "1d/s"), ('"event_tme"', "offset 0 has nothing there", "--speed 1d/s")),
            (("days", "--time-field", "event_tme"), ('"event_tme"', "offset 0 has nothing there")),
            (("days", "--time-field", "event_time.at", "--speed", "1d/s"), ('"event_time.at"', "offset 0 has nothing there")),
            (("shop", "--speed", "1d/s"), ("shop", '"event_time"', "--time-field")),
            (("shop", "--from", "2015-06-02"), ("shop", "--from")),
            (("shop", "--pause-at", "day-end"), ("shop", "--pause-at")),
            (("compact", "--time-field", "at", "--speed", "1d/s"), ("offset 0 has 20250106", "--time-unit")),
            (("texts", "--time-field", "at", "--speed", "1d/s"), ('offset 0 has "1/6/2025"', "2025-01-31T06:00:00")),
        ):
            with self.subTest(arguments=arguments):
                done = self.produce(*arguments, exit_code=1)
                for word in words:
                    self.assertIn(word, done.stderr)
                self.assertEqual(done.stdout, "")
        words = self.daylapse("produce", "events.clean", "--time-field", "at", exit_code=2).stderr
        self.assertIn("--time-field and --time-unit are for topics of your own", words)
        # at full speed nobody needs times: published as they are, and said
        self.assertIn('no message of shop has a time that can be read in "event_time"', self.produce("shop").stderr)
        self.make("users.clean", [{"user_id": 1, "signup_date": "2025-01-01", "plan": "free", "is_paid": 0}])
        self.assertIn("messages of users.clean have none", self.produce("users.clean", "--speed", "1d/s", exit_code=1).stderr)
        tail = ("tail", "shop", "--files", "--topics-dir", self.topics)
        for flag in ("--from", "--until"):
            self.assertIn(f"{flag} is a time, but messages of shop have none",
                          self.daylapse(*tail, flag, "2015-06-03", exit_code=1).stderr)
        self.assertEqual(len(self.daylapse(*tail, "--from", "2015-06-02", "--time-field", "timestamp").stdout.splitlines()), 2)
        port = free_ports(2)
        self.start(PROGRAM, "serve", "--base-port", port, "--topics-dir", self.topics)
        words = self.daylapse("tail", "shop", "--publisher", f"tcp://127.0.0.1:{port}", "--from", "2015-06-03", exit_code=1).stderr
        self.assertIn("is a time, but messages of shop have none", words)

    def test_only_some_times_cannot_be_read(self):
        times = ["2025-01-01", "2025-01-02", "soon", "2025-01-03", None]
        self.make("days", [{"event_time": time} if time else {} for time in times])
        done = self.produce("days", "--speed", "100d/s")
        self.assertIn('2 of 5 messages of days have no time that can be read in "event_time"', done.stderr)
        self.assertIn('first offset 2 has "soon"', done.stderr)

    def test_messages_that_are_not_in_order(self):
        times = ["2025-01-01T00:00:00", "2025-01-03T00:00:00", "2025-01-02T00:00:00", "2025-01-04T00:00:00"]
        self.make("days", [{"event_time": time} for time in times])
        words = self.produce("days", exit_code=1).stderr
        self.assertIn("offset 2 is of 2025-01-02T00:00:00, after one of 2025-01-03T00:00:00", words)
        self.assertIn("--unsorted", words)
        done = self.produce("days", "--unsorted")
        self.assertIn("published in the order of the file", done.stderr)
        self.assertIn("days                            4", done.stdout)
        found = self.daylapse("verify", "days", "--topics-dir", self.topics, "--data-dir", self.data, exit_code=1).stdout
        self.assertIn("offset 2: expected an event time from 2025-01-03T00:00:00 on, found 2025-01-02T00:00:00", found)


class AheadTest(TopicTestCase):
    """Whoever asks for a time or an offset that a replay has not come to waits for it."""

    def setUp(self):
        super().setUp()
        self.messages = [{"event_time": f"2025-01-0{day}T{hour:02}:00:00", "n": day * 100 + hour}
                         for day in (1, 2, 3) for hour in (0, 6, 12, 18)]
        self.make("days", self.messages)
        self.port = free_ports(2)
        self.publisher = ("days", "--publisher", f"tcp://127.0.0.1:{self.port}")

    def replay(self, *options):
        return self.start(PROGRAM, "produce", "days", "--topics-dir", self.topics, "--data-dir", self.data, "--base-port",
                          self.port, "--members", "none", "--linger", "2", *options)

    def attach(self, *arguments):
        """Starts a command that is to wait for something that has not come yet."""
        process = self.start(PROGRAM, *arguments)
        out, words = Lines(process.stdout), Lines(process.stderr)
        words.wait("waiting for")
        return process, out, words

    def ended(self, process, out, words):
        self.assertEqual(process.wait(30), 0, words.got)
        wait_until(lambda: out.done and words.done, "the last words")
        return [json.loads(line) for line in out.got]

    def test_tail_and_record(self):
        for position in ("2025-01-02T12:00", "2025-01-02T09:30", "6"):
            for speed in ("max", "6d/s"):
                with self.subTest(position=position, speed=speed):
                    producer = self.replay("--start-paused", "--speed", speed)
                    kept = self.folder / f"{position}-{speed}".replace("/", "-")
                    recorder = self.start(PROGRAM, "record", *self.publisher, "--from", position, "--output", kept)
                    words = Lines(recorder.stderr)
                    words.wait("waiting for")
                    tail = self.attach("tail", *self.publisher, "--from", position)
                    self.daylapse("ctl", "resume", "--base-port", self.port)
                    self.assertEqual(self.ended(*tail), self.messages[6:])
                    self.assertEqual(recorder.wait(30), 0, words.got)
                    self.finish(producer)
                    self.assertEqual([json.loads(line) for line in lines_of(kept, "days")], self.messages[6:])

    def test_a_jump_over_it(self):
        producer = self.replay("--start-paused", "--speed", "1d/s")
        tail = self.attach("tail", *self.publisher, "--from", "2025-01-02T12:00")
        self.daylapse("ctl", "seek", "2025-01-03", "--base-port", self.port)
        self.daylapse("ctl", "speed", "max", "--base-port", self.port)
        self.daylapse("ctl", "resume", "--base-port", self.port)
        self.assertEqual(self.ended(*tail), self.messages[8:])
        self.finish(producer)

    def test_a_time_that_never_comes(self):
        self.replay("--start-paused", "--speed", "max")
        tail = self.attach("tail", *self.publisher, "--from", "2025-02-01")
        self.daylapse("ctl", "resume", "--base-port", self.port)
        self.assertEqual(self.ended(*tail), [])
        self.assertIn("daylapse: days has ended before 2025-02-01T00:00:00", tail[2].got)

    def test_without_following_there_is_nothing_to_wait_for(self):
        self.replay("--start-paused", "--speed", "1d/s")
        words = self.daylapse("tail", *self.publisher, "--no-follow", "--from", "2025-01-02", exit_code=1).stderr
        self.assertIn("there is nothing from 2025-01-02T00:00:00 on yet", words)


class RangeTest(TopicTestCase):
    """A part of time in which there is nothing to replay."""

    FEW = ("--n-users", 20, "--days", 5)

    def days(self):
        self.make("days", [{"event_time": f"2025-01-{day:02}T06:00:00"} for day in (1, 2, 9)])

    def test_outside_the_days_good_tables_stay(self):
        self.daylapse(*self.arguments(*self.FEW))
        raw = self.data / "raw"
        mine = self.folder / "mine"
        shutil.copytree(raw, mine)
        before = [sha256(self.data / "processed" / name) for name in (*PROCESSED, "manifest.json")]
        for source in (self.FEW, ("--raw-dir", mine)):
            for part in (("--from", "2052-01-01"), ("--to", "2025-01-01"), ("--from", "1999-01-01", "--duration", "1d")):
                with self.subTest(source=source[0], part=part):
                    words = self.daylapse(*self.arguments(*source, *part, "--quiet"), exit_code=1).stderr
                    self.assertIn("the days that are there, 2025-01-01 to 2025-01-05", words)
                    self.assertEqual([sha256(self.data / "processed" / name) for name in (*PROCESSED, "manifest.json")], before)

    def test_outside_the_days_of_any_topic(self):
        self.days()
        self.assertIn("2025-01-01 to 2025-01-09", self.produce("days", "--from", "2025-01-10", exit_code=1).stderr)
        self.assertIn("2025-01-01 to 2025-01-09", self.produce("days", "--to", "2025-01-01", exit_code=1).stderr)

    def test_nothing_happened_between(self):
        self.days()
        words = self.produce("days", "--from", "2025-01-03", "--to", "2025-01-05").stderr
        self.assertIn("nothing happened from 2025-01-03T00:00:00 before 2025-01-05T00:00:00", words)
        words = self.produce("days", "--from", "2025-01-03", "--pause-at", "2025-02-01").stderr
        self.assertIn("does not pause: --pause-at is 2025-02-01T00:00:00", words)
        self.assertNotIn("nothing happened", words)


if __name__ == "__main__":
    unittest.main()
