"""The README's commands, run as written: every block whose fence says `sh run`."""
import os
import re
import socket
import subprocess
import time
import unittest

from support import ROOT, PROCESSED, TestCase

BLOCKS = re.findall(r"^```sh run\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)


class ReadmeTest(TestCase):
    def test_blocks(self):
        self.assertGreaterEqual(len(BLOCKS), 4)
        for name in ("scripts", "Examples"):
            (self.folder / name).symlink_to(ROOT / name)
        environment = {**os.environ, "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"}
        for block in BLOCKS:
            with self.subTest(block=block):
                self.wait_for_ports()
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", block + "\nwait\n"], cwd=self.folder, env=environment,
                                      capture_output=True, text=True, timeout=120)
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        for file in PROCESSED:
            self.assertTrue((self.data / "processed" / file).exists())

    def wait_for_ports(self):
        """The README uses the ordinary ports; something else may still have them."""
        for _ in range(600):
            try:
                for port in range(5550, 5556):
                    with socket.socket() as probe:
                        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        probe.bind(("127.0.0.1", port))
                return
            except OSError:
                time.sleep(0.1)
        self.fail("ports 5550 to 5555 are in use")


if __name__ == "__main__":
    unittest.main()
