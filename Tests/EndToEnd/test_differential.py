"""Rough inputs of many seeds: the topology gives what a plain batch program gives that shares no code with it."""
import collections
import json
import os
import sys
import unittest

from support import HERE, PROCESSED, TestCase, lines_of

sys.path.insert(0, str(HERE / "reference"))
import daylapse_batch  # noqa: E402
import rough_inputs  # noqa: E402

SEEDS = range(*map(int, os.environ.get("DAYLAPSE_SEEDS", "0:25").split(":")))
BATCHES = ((), ("--batch-messages", 1), ("--batch-messages", 7), ("--batch-bytes", 300), ("--batch-bytes", 4194304))


class DifferentialTest(TestCase):
    def test_rough_inputs(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                self.check(seed)

    def check(self, seed):
        raw, expected = self.folder / f"raw{seed}", self.folder / f"expected{seed}"
        rough_inputs.write_rough_inputs(seed, raw)
        keep, strict = bool(seed % 2), seed % 3 == 0
        options = ["--raw-dir", raw, *BATCHES[seed % len(BATCHES)]]
        options += ["--keep-engagement"] * keep + ["--strict"] * strict
        try:
            books = daylapse_batch.prepare(raw, expected, keep_engagement=keep, strict=strict)
        except daylapse_batch.InputError as error:
            self.assertTrue(str(error))
            self.daylapse(*self.arguments(*options), exit_code=1)
            return
        self.daylapse(*self.arguments(*options))
        for file in PROCESSED:
            found, wanted = ((folder / file).read_bytes() for folder in (self.data / "processed", expected))
            if found != wanted:
                pairs = zip(found.splitlines(), wanted.splitlines())
                line = next((n for n, (a, b) in enumerate(pairs) if a != b), "the end of the shorter one")
                self.fail(f"{file} differs, first in line {line}")
        for table in ("users", "events"):
            reasons = collections.Counter(json.loads(line)["reason"] for line in lines_of(self.topics, f"{table}.rejected"))
            self.assertEqual(reasons, collections.Counter(books[table]["rejected"]), f"rejected {table}")
            self.assertEqual(len(lines_of(self.topics, f"{table}.clean")), books[table]["clean"])


if __name__ == "__main__":
    unittest.main()
