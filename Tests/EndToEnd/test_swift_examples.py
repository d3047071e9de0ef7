"""The examples in Swift, against a real topology."""
import json
import unittest

from support import DIGESTS, ROOT, TestCase, free_ports, lines_of, wait_until

BUILT = ROOT / ".build/debug"
PAID = DIGESTS["paid"]["generate"].split()


@unittest.skipUnless((BUILT / "ActiveUsers").exists(), "the examples are not built: scripts/test does so")
class SwiftExamplesTest(TestCase):
    def test_both(self):
        run, endpoints = self.start_run(*PAID, "--wait-for", "counter", "--wait-for", "active-users", "--linger", 20)
        publisher = endpoints["cleaner"]
        counter = self.start(BUILT / "CountEvents", "counter", publisher["data"], publisher["service"])
        port = free_ports(2)
        stage = self.start(BUILT / "ActiveUsers", publisher["data"], publisher["service"], self.topics,
                           f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{port + 1}")
        wait_until(lambda: counter.poll() is not None or stage.poll() or run.poll(), "the counter", seconds=60)
        for process in (stage, run):
            self.assertIn(process.poll(), (None, 0), process.poll() and process.stderr.read())
        counted = dict(line.split() for line in self.finish(counter)[0].splitlines())
        self.finish(stage)
        self.finish(run)
        events = [json.loads(line) for line in lines_of(self.topics, "events.clean")]
        self.assertEqual(sum(map(int, counted.values())), len(events))
        self.assertEqual(int(counted["login"]), sum(event["event_type"] == "login" for event in events))
        active = {}
        for event in events:
            active.setdefault(event["event_date"], set()).add(event["user_id"])
        found = [json.loads(line) for line in lines_of(self.topics, "active.daily")]
        self.assertEqual(found, [{"as_of_date": day, "active_users": len(users)} for day, users in sorted(active.items())])
        self.assertEqual(json.loads((self.topics / "active.daily/topic.json").read_text())["next"], len(found))
        self.assert_golden("paid")


if __name__ == "__main__":
    unittest.main()
