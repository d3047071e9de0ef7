"""Keys: topologies that use them, those who are let in, and those who are not."""
import json
import os
import re
import signal
import stat
import unittest

import zmq
import zmq.utils.monitor

from support import DIGESTS, PROGRAM, TestCase, children, lines_of, wait_until

SMALL = DIGESTS["small"]["generate"].split()


class SecurityTest(TestCase):
    def setUp(self):
        super().setUp()
        self.keys = self.folder / "keys"
        for name in ("topology", "alice", "bob"):
            self.daylapse("keygen", f"keys/{name}")

    def key(self, file):
        return next(line.split()[0] for line in (self.keys / file).read_bytes().splitlines() if line[:1] != b"#")

    def client(self, kind, endpoint, name=None, publisher="topology"):
        """A socket that presents a key, or none."""
        socket = zmq.Context.instance().socket(kind)
        self.addCleanup(socket.close, 0)
        if name:
            socket.curve_secretkey, socket.curve_publickey = self.key(f"{name}.key"), self.key(f"{name}.pub")
            socket.curve_serverkey = self.key(f"{publisher}.pub")
        monitor = socket.get_monitor_socket()
        self.addCleanup(monitor.close, 0)
        self.addCleanup(socket.disable_monitor)
        socket.connect(endpoint)
        return socket, monitor

    def describe(self, endpoint, name):
        socket, _ = self.client(zmq.REQ, endpoint, name)
        socket.send_multipart([b"describe", b"{}"])
        self.assertTrue(socket.poll(10_000))
        status, answer = socket.recv_multipart()
        return status, json.loads(answer)

    def fails(self, monitor, *events):
        """Waits until a connection has failed in one of some ways."""
        while True:
            self.assertTrue(monitor.poll(10_000), events)
            event = zmq.utils.monitor.recv_monitor_message(monitor)["event"]
            self.assertNotEqual(event, zmq.EVENT_HANDSHAKE_SUCCEEDED)
            if event in events:
                return

    def secrets(self):
        return [self.key(f"{name}.key").decode() for name in ("topology", "alice", "bob")]

    def test_a_python_consumer_with_a_key(self):
        run, endpoints = self.start_run(*SMALL, "--wait-for", "alice", "--curve-key", "keys/topology.key",
                                        "--authorized-keys", "keys/alice.pub")
        publisher = endpoints["cleaner"]
        example = self.start_example("secure_count.py", "keys/alice.key", "keys/topology.pub", "alice", publisher["data"],
                                     publisher["service"])
        counted, _ = self.finish(example)
        out, err = self.finish(run)
        expected = {}
        for line in lines_of(self.topics, "events.clean"):
            kind = json.loads(line)["event_type"]
            expected[kind] = expected.get(kind, 0) + 1
        found = {kind: int(n.replace(",", "")) for kind, n in re.findall(r"(\w+) ([\d,]+)", counted)}
        self.assertEqual(found, expected)
        self.assertNotIn("refused", err)
        self.assert_golden("small")

    def test_others_are_refused_and_told_of_once(self):
        run, endpoints = self.start_run(*SMALL, "--wait-for", "alice", "--linger", 0, "--curve-key", "keys/topology.key",
                                        "--authorized-keys", "keys/alice.pub")
        publisher = endpoints["cleaner"]
        for _ in range(3):
            # without a key, with one that is not authorised, and with another publisher's key in mind
            _, monitor = self.client(zmq.SUB, publisher["data"])
            self.fails(monitor, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
            _, monitor = self.client(zmq.SUB, publisher["data"], "bob")
            self.fails(monitor, zmq.EVENT_HANDSHAKE_FAILED_AUTH)
            _, monitor = self.client(zmq.SUB, publisher["data"], "alice", publisher="bob")
            self.fails(monitor, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        plain, _ = self.client(zmq.REQ, publisher["service"])
        plain.send_multipart([b"describe", b"{}"], zmq.NOBLOCK)
        # those who may are served all the while
        status, about = self.describe(publisher["service"], "alice")
        self.assertEqual((status, about["name"]), (b"ok", "cleaner"))
        self.assertEqual(plain.poll(0), 0)
        socket, _ = self.client(zmq.REQ, publisher["service"], "alice")
        socket.send_multipart([b"ack", json.dumps({"member": "alice", "topic": "events.clean"}).encode()])
        out, err = self.finish(run)
        self.assert_golden("small")
        told = re.findall(r"^[0-9:]+  cleaner: refused (?!\d+ times)(.*)$", err, re.M)
        self.assertEqual(len(told), len(set(told)), err)
        bob = self.key("bob.pub").decode()
        self.assertEqual([words for words in told if bob in words], [f"127.0.0.1: its key {bob} is not authorised"], err)
        for words in ("it has no CURVE keys", "it takes another key for this publisher's"):
            # once from here, and at most once more from a connection that was gone before it could be asked where from
            self.assertIn(sum(words in line for line in told), (1, 2), err)
        total = re.search(rf"^[0-9:]+  cleaner: refused (\d+) times: 127.0.0.1: its key {re.escape(bob)} is", err, re.M)
        self.assertGreaterEqual(int(total.group(1)), 3)
        for secret in self.secrets():
            self.assertNotIn(secret, out + err)

    def test_keys_change_no_result(self):
        self.daylapse(*self.arguments(*SMALL, "--curve-key", "keys/topology.key"))
        self.assert_golden("small")

    def test_a_stage_that_was_killed_comes_back_with_its_keys(self):
        run, _ = self.start_run(*SMALL, "--speed", "10d/s", "--curve-key", "keys/topology.key")
        stages = wait_until(lambda: len(children(run.pid)) == 4 and children(run.pid), "four stages")
        for victim in stages[1:3]:
            wait_until(lambda: len(lines_of(self.topics, "events.clean")) > 300, "300 events")
            os.kill(victim, signal.SIGKILL)
        _, err = self.finish(run)
        self.assertIn("killed", err)
        self.assert_golden("small")

    def test_a_producer_with_a_key_of_its_own(self):
        self.daylapse("generate", "--data-dir", self.data, "--topics-dir", self.topics, *SMALL)
        links = {name: f"ipc://{self.folder}/{name}" for name in ("producer", "cleaner", "aggregator")}
        where = ("--topics-dir", self.topics, "--base-port", "0")
        shared = ("--curve-key", "keys/topology.key")
        stages = [
            self.start(PROGRAM, "produce", *where, "--data-dir", self.data, "--bind", links["producer"],
                       "--curve-key", "keys/alice.key", "--authorized-keys", "keys/topology.pub"),
            self.start(PROGRAM, "clean", *where, "--producer", links["producer"], "--bind", links["cleaner"], *shared,
                       "--upstream-key", "keys/alice.pub"),
            self.start(PROGRAM, "aggregate", *where, "--cleaner", links["cleaner"], "--bind", links["aggregator"], *shared),
            self.start(PROGRAM, "sink", "--data-dir", self.data, "--cleaner", links["cleaner"], "--aggregator",
                       links["aggregator"], *shared)]
        for stage in stages:
            self.finish(stage)
        self.assert_golden("small")

    def test_a_stage_that_is_not_let_in_says_why(self):
        run, endpoints = self.start_run(*SMALL, "--wait-for", "nobody", "--curve-key", "keys/topology.key",
                                        "--authorized-keys", "keys/alice.pub")
        endpoint = endpoints["producer"]["data"] + "," + endpoints["producer"]["service"]
        clean = ("clean", "--topics-dir", self.folder / "other", "--base-port", "0", "--producer", endpoint)
        done = self.daylapse(*clean, exit_code=1, seconds=20)
        self.assertIn("add --curve-key", done.stderr)
        done = self.daylapse(*clean, "--curve-key", "keys/bob.key", "--upstream-key", "keys/topology.pub", exit_code=1,
                             seconds=20)
        self.assertIn(f"does not let in the key {self.key('bob.pub').decode()}", done.stderr)
        self.assertIn("--authorized-keys", done.stderr)
        lost = self.start(PROGRAM, *clean, "--curve-key", "keys/alice.key")
        words = next(line for line in lost.stderr if "no answer" in line)
        self.assertRegex(words, r"no answer from tcp://127\.0\.0\.1:\d+, .*is --upstream-key its key\?")
        lost.terminate()
        self.finish(lost, exit_code=130)
        run.terminate()
        self.finish(run, exit_code=130)

    def test_beyond_loopback_takes_keys_or_a_word(self):
        for options in (("--host", "0.0.0.0"), ("--host", "*"), ("--host", "127.0.0.1.example"), ("--host", "::"),
                        ("--bind", "tcp://0.0.0.0:7777"), ("--bind", "ipc:///tmp/a,tcp://*:7777")):
            for command in ("produce", "clean", "aggregate"):
                with self.subTest(command=command, options=options):
                    done = self.daylapse(command, *options, exit_code=2)
                    self.assertIn(" ".join(options), done.stderr)
                    self.assertIn("--curve-key", done.stderr)
                    self.assertIn("--allow-plaintext", done.stderr)
        for options in (("--authorized-keys", "keys/alice.pub"), ("--upstream-key", "keys/alice.pub")):
            done = self.daylapse("clean", *options, exit_code=2)
            self.assertIn("add --curve-key", done.stderr)

    def test_files_that_are_no_keys_are_refused(self):
        secret = self.keys / "topology.key"
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        for wrong, words in (("keys/alice.pub", "is a public key"), ("keys", "no regular file"), ("keys/none", "No such file")):
            done = self.daylapse(*self.arguments(*SMALL, "--curve-key", wrong), exit_code=1)
            self.assertIn(words, done.stderr)
        done = self.daylapse(*self.arguments(*SMALL, "--curve-key", secret, "--authorized-keys", "keys/bob.key"), exit_code=1)
        self.assertIn("bob.key, line 1: a secret key file", done.stderr)
        os.chmod(secret, 0o644)
        done = self.daylapse(*self.arguments(*SMALL, "--curve-key", secret), exit_code=1)
        self.assertIn(f"chmod 600 {secret}", done.stderr)
        # nothing was begun
        self.assertFalse(self.data.exists())
        # no key is ever shown
        self.assertNotIn(self.key("topology.key").decode(), done.stdout + done.stderr)

    def test_keygen_replaces_nothing_unless_told(self):
        before = self.key("alice.key")
        done = self.daylapse("keygen", "keys/alice", exit_code=1)
        self.assertIn("--force", done.stderr)
        self.assertEqual(self.key("alice.key"), before)
        done = self.daylapse("keygen", "keys/alice", "--force")
        self.assertNotEqual(self.key("alice.key"), before)
        self.assertIn(self.key("alice.pub").decode(), done.stdout)
        self.assertNotIn(self.key("alice.key").decode(), done.stdout)
        self.assertEqual(stat.S_IMODE((self.keys / "alice.key").stat().st_mode), 0o600)
        for path in ("keys/", "", ".."):
            self.daylapse("keygen", path, exit_code=2)


if __name__ == "__main__":
    unittest.main()
