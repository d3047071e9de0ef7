"""Rough inputs of many seeds: the topology gives what a plain batch program gives that shares no code with it."""
import os
import subprocess
import sys
import unittest

from support import HERE, PROGRAM

FIRST, COUNT = os.environ.get("DAYLAPSE_SEEDS", "0 25").split()


class DifferentialTest(unittest.TestCase):
    def test_rough_inputs(self):
        done = subprocess.run([sys.executable, HERE / "differential.py", PROGRAM, FIRST, COUNT], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-2000:])


if __name__ == "__main__":
    unittest.main()
