"""Whole topologies and those who attach to them: consumers, endpoints, the contract of topics."""
import json
import re
import subprocess
import sys
import unittest

import zmq

from support import DIGESTS, GOLDEN, HERE, PROGRAM, ROOT, TestCase, lines_of, wait_until

SMALL = DIGESTS["small"]["generate"].split()
PAID = DIGESTS["paid"]["generate"].split()


def counts_of(text):
    return {kind: int(n.replace(",", "")) for kind, n in re.findall(r"(\w+) +([\d,]+)", text)}


class ConsumersTest(TestCase):
    def types_of(self, topics):
        counts = {}
        for line in lines_of(topics, "events.clean"):
            kind = json.loads(line)["event_type"]
            counts[kind] = counts.get(kind, 0) + 1
        return counts

    def test_endpoints(self):
        run, endpoints = self.start_run(*SMALL, "--wait-for", "somebody")
        self.assertEqual(sorted(endpoints), ["aggregator", "cleaner", "producer"])
        ports = set()
        for publisher in endpoints.values():
            self.assertEqual(sorted(publisher), ["data", "service"])
            for endpoint in publisher.values():
                ports.add(int(re.fullmatch(r"tcp://127\.0\.0\.1:(\d+)", endpoint).group(1)))
        self.assertEqual(len(ports), 6)
        socket = zmq.Context.instance().socket(zmq.REQ)
        self.addCleanup(socket.close, 0)
        socket.connect(endpoints["cleaner"]["service"])
        socket.send_multipart([b"describe", b"{}"])
        self.assertTrue(socket.poll(5000))
        status, answer = socket.recv_multipart()
        self.assertEqual(status, b"ok")
        self.assertIn(endpoints["cleaner"]["data"], json.loads(answer)["data"])
        run.terminate()
        self.finish(run, exit_code=130)
        self.assertFalse((self.data / "state/endpoints.json").exists())

    def test_a_producer_waits_until_its_topics_are_complete(self):
        run, _ = self.start_run(*SMALL)
        self.finish(run)
        seal = self.topics / "events.raw/topic.json"
        sealed = seal.read_text()
        unsealed = json.loads(sealed)
        del unsealed["next"]
        seal.write_text(json.dumps(unsealed))
        producer = subprocess.Popen(
            [PROGRAM, "produce", "--topics-dir", self.topics, "--data-dir", self.data, "--base-port", "0",
             "--members", "none", "--linger", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(producer.kill)
        with self.assertRaises(subprocess.TimeoutExpired):
            producer.wait(1)
        seal.write_text(sealed)
        out, _ = producer.communicate(timeout=30)
        self.assertEqual(producer.returncode, 0)
        self.assertRegex(out, r"events\.raw +2,298 ")

    def test_query_gives_the_present_row_of_a_day(self):
        run, endpoints = self.start_run(*SMALL, "--speed", "10d/s", "--linger", 5)
        socket = zmq.Context.instance().socket(zmq.REQ)
        self.addCleanup(socket.close, 0)
        socket.connect(endpoints["aggregator"]["service"])

        def ask(verb, **arguments):
            socket.send_multipart([verb.encode(), json.dumps(arguments).encode()])
            self.assertTrue(socket.poll(5000))
            status, answer = socket.recv_multipart()
            return status.decode(), json.loads(answer)

        wait_until(lambda: any(t.get("watermark", "") >= "2025-01-10" for t in ask("describe")[1]["topics"]), "ten days")
        early = {}  # the day that is open may close between two questions: what counts is that both kinds were seen
        for day in range(1, 31):
            status, row = ask("query", user_id=5, date=f"2025-01-{day:02}")
            if status == "ok":
                self.assertEqual((row["user_id"], row["as_of_date"]), (5, f"2025-01-{day:02}"))
                early[row["pane"]] = row
            else:
                self.assertEqual(row["code"], "bad_request", row)
        self.assertIn("on_time", early)
        for bad in ({}, {"user_id": "5", "date": "2025-01-02"}, {"user_id": 5, "date": "soon"}, {"user_id": 77, "date": "2025-01-02"}):
            self.assertEqual(ask("query", **bad)[0], "error")
        closed = ask("query", user_id=5, date="2025-01-04")[1]
        self.finish(run)
        rows = [json.loads(line) for line in lines_of(self.topics, "user.daily")]
        self.assertIn(closed, rows)
        self.assertIn(early["on_time"], rows)
        self.assert_golden("small")

    def test_query_after_a_restart(self):
        """A corrected day's row is the last one, whatever the aggregator has to do again before it knows."""
        def made_by_hand(name, messages):
            (self.topics / name).mkdir(parents=True)
            (self.topics / name / f"{0:020}.jsonl").write_text("".join(json.dumps(message) + "\n" for message in messages))

        made_by_hand("users.raw", [{"user_id": n, "signup_date": "2024-12-21", "plan": "paid"} for n in range(1, 6001)])
        times = [(1, "01T09:00"), (2, "02T08:30"), (2, "03T08:30"), (1, "01T09:20"), (1, "01T09:40"), (1, "20T10:00")]
        made_by_hand("events.raw", [{"event_id": n, "user_id": user, "event_time": f"2025-01-{time}:00", "event_type": "login"}
                                    for n, (user, time) in enumerate(times)])
        links = {name: f"ipc://{self.folder}/{name}" for name in ("producer", "cleaner", "aggregator")}
        where = ("--topics-dir", self.topics, "--base-port", "0")
        socket = zmq.Context.instance().socket(zmq.REQ)
        self.addCleanup(socket.close, 0)
        socket.setsockopt(zmq.REQ_RELAXED, 1)
        socket.connect(links["aggregator"] + ".service")

        def query(date):
            socket.send_multipart([b"query", json.dumps({"user_id": 1, "date": date}).encode()])
            if not socket.poll(2000):
                return None
            status, answer = socket.recv_multipart()[:2]
            answer = json.loads(answer)
            if status == b"ok":
                return answer["pane"], answer["revision"], answer.get("logins_count")
            if answer["code"] in ("retry", "unknown_verb"):
                return None
            # only before it has heard of any event
            self.assertEqual(answer["code"], "bad_request")
            return "none"

        def aggregator(*options):
            return self.start(PROGRAM, "aggregate", *where, "--cleaner", links["cleaner"], "--bind", links["aggregator"], *options)

        self.start(PROGRAM, "produce", *where, "--data-dir", self.data, "--bind", links["producer"], "--start-paused", "--speed", "1d/s")
        self.start(PROGRAM, "clean", *where, "--producer", links["producer"], "--bind", links["cleaner"])
        self.start(PROGRAM, "sink", "--data-dir", self.data, "--cleaner", links["cleaner"], "--aggregator", links["aggregator"])
        for options in ((), ("--checkpoint-bytes", 1)):
            stage = aggregator(*options)
            if not options:
                wait_until(lambda: self.replay_state(producer=links["producer"]).get("state") == "paused", "the replay")
                self.daylapse("ctl", "step", "5d", "--producer", links["producer"])
            wait_until(lambda: query("2025-01-01") == ("late", 2, 3), "the second correction")
            stage.kill()
            stage.wait()
            stage = aggregator(*options)
            found = wait_until(lambda: query("2025-01-01"), "an answer")
            self.assertEqual(found, ("late", 2, 3))
            self.assertEqual(query("2025-01-02"), ("on_time", 0, None))
            stage.kill()
            stage.wait()

    def test_both_examples_that_are_waited_for(self):
        run, endpoints = self.start_run(*PAID, "--wait-for", "one", "--wait-for", "two")
        publisher = endpoints["cleaner"]
        one = self.start_example("count_events.py", "one", publisher["data"], publisher["service"])
        two = self.start_example("never_miss.py", "two", "events.clean", publisher["data"], publisher["service"])
        found = [counts_of(self.finish(process)[0]) for process in (two, one)]
        self.finish(run)
        self.assertEqual(found[0].pop("all"), DIGESTS["paid"]["rows"]["events.csv"])
        expected = self.types_of(self.topics)
        self.assertEqual(found[0], expected)
        self.assertEqual(found[1], expected)
        self.assert_golden("paid")

    def test_a_late_one_misses_nothing(self):
        run, endpoints = self.start_run(*SMALL, "--speed", "8d/s", "--linger", 5)
        publisher = endpoints["cleaner"]
        socket = zmq.Context.instance().socket(zmq.REQ)
        self.addCleanup(socket.close, 0)
        socket.connect(publisher["service"])

        def is_under_way():
            socket.send_multipart([b"describe", b"{}"])
            self.assertTrue(socket.poll(5000))
            topics = json.loads(socket.recv_multipart()[1])["topics"]
            return any(topic["topic"] == "events.clean" and topic["next"] > 500 for topic in topics)

        wait_until(is_under_way, "500 events")
        late = self.start_example("never_miss.py", "late", "events.clean", publisher["data"], publisher["service"])
        self.assertEqual(counts_of(self.finish(late)[0])["all"], DIGESTS["small"]["rows"]["events.csv"])
        self.finish(run)
        self.assert_golden("small")

    def test_a_guest_at_full_speed_misses_nothing(self):
        run, endpoints = self.start_run("--n-users", 500, "--days", 60, "--wait-for", "guest", "--linger", 10)
        guests = [
            self.start_example("never_miss.py", "guest", topic, publisher["data"], publisher["service"])
            for topic, publisher in (("events.raw", endpoints["producer"]), ("user.daily", endpoints["aggregator"]))]
        for guest, topic in zip(guests, ("events.raw", "user.daily")):
            found = counts_of(self.finish(guest)[0])["all"]
            self.assertEqual(found, len(lines_of(self.topics, topic)), topic)
        self.finish(run)


class TopicsTest(TestCase):
    names = ["users.raw", "events.raw", "users.clean", "events.clean", "users.rejected", "events.rejected", "user.daily"]

    def test_schemas_in_the_repository_are_those_of_the_program(self):
        listed = [line.split()[0] for line in self.daylapse("topics").stdout.splitlines()]
        self.assertEqual(sorted(listed), sorted(self.names))
        self.assertEqual(sorted(path.parent.name for path in (ROOT / "topics").glob("*/schema.json")), sorted(listed))
        for name in listed:
            text = (ROOT / "topics" / name / "schema.json").read_text()
            # as texts, so that the order of fields is compared as well
            self.assertEqual(json.dumps(json.loads(text)), json.dumps(json.loads(self.daylapse("topics", name).stdout)), name)

    def check(self, *options):
        self.daylapse(*self.arguments(*options))
        for name in self.names:
            for file in ("schema.json", "examples.jsonl"):
                (self.topics / name / file).write_bytes((ROOT / "topics" / name / file).read_bytes())
        done = subprocess.run([sys.executable, HERE / "validate_topics.py", self.topics, "--messages", "5000"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        for name in self.names:
            about = json.loads((self.topics / name / "topic.json").read_text())
            self.assertEqual((about["format"], about["topic"], about["next"]), (1, name, len(lines_of(self.topics, name))))

    def test_messages_of_generated_days(self):
        self.check(*SMALL, "--early-every", 21600)

    def test_messages_of_rough_days(self):
        self.check("--raw-dir", GOLDEN / "messy/raw")

    def test_a_topic_made_by_hand_with_a_late_event(self):
        users = [{"user_id": n, "signup_date": "2024-12-21", "plan": "paid"} for n in (1, 2)]
        times = [(1, "2025-01-01T09:00:00"), (2, "2025-01-02T08:30:00"), (1, "2025-01-01T09:20:00")]
        events = [{"event_id": n, "user_id": user, "event_time": time, "event_type": "login"}
                  for n, (user, time) in enumerate(times)]
        for name, messages in (("users.raw", users), ("events.raw", events)):
            (self.topics / name).mkdir(parents=True)
            text = "".join(json.dumps(message, separators=(",", ":")) + "\n" for message in messages)
            (self.topics / name / f"{0:020}.jsonl").write_text(text)
        links = {name: f"ipc://{self.folder}/{name}" for name in ("producer", "cleaner", "aggregator")}
        where = ("--topics-dir", self.topics, "--base-port", "0")
        stages = [
            self.start(PROGRAM, "produce", *where, "--data-dir", self.data, "--bind", links["producer"]),
            self.start(PROGRAM, "clean", *where, "--producer", links["producer"], "--bind", links["cleaner"]),
            self.start(PROGRAM, "aggregate", *where, "--cleaner", links["cleaner"], "--bind", links["aggregator"]),
            self.start(PROGRAM, "sink", "--data-dir", self.data, "--cleaner", links["cleaner"],
                       "--aggregator", links["aggregator"])]
        for stage in stages:
            self.finish(stage)
        rows = [json.loads(line) for line in lines_of(self.topics, "user.daily")]
        found = [(row["user_id"], row["as_of_date"][-2:], row["pane"], row["revision"], row.get("logins_count", 0)) for row in rows]
        self.assertEqual(found, [(1, "01", "on_time", 0, 1), (2, "01", "on_time", 0, 0), (1, "01", "late", 1, 2),
                                 (1, "02", "on_time", 0, 0), (2, "02", "on_time", 0, 1)])

    def test_rejections_point_at_messages(self):
        self.daylapse(*self.arguments("--raw-dir", GOLDEN / "messy/raw"))
        for table in ("users", "events"):
            raw = lines_of(self.topics, f"{table}.raw")
            rejected = [json.loads(line) for line in lines_of(self.topics, f"{table}.rejected")]
            self.assertTrue(rejected)
            for rejection in rejected:
                self.assertEqual(rejection["topic"], f"{table}.raw")
                self.assertEqual(rejection["message"].encode(), raw[rejection["offset"]])
            self.assertEqual(len(raw), len(rejected) + len(lines_of(self.topics, f"{table}.clean")))


if __name__ == "__main__":
    unittest.main()
