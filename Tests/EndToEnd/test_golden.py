"""The three files are the same bytes as the Python programs gave, however messages are put into batches."""
import gzip
import itertools
import json
import unittest

from support import DIGESTS, GOLDEN, PROCESSED, TestCase, sha256

BATCHES = {"one": ("--batch-messages", 1), "default": (), "largest": ("--batch-bytes", 4194304)}


class GoldenTest(TestCase):
    def check(self, name, *options, keep_engagement=False):
        options = [*DIGESTS[name]["generate"].split(), *options] + ["--keep-engagement"] * keep_engagement
        done = self.daylapse(*self.arguments(*options))
        for file in ("users.csv", "events.csv"):
            self.assertEqual(sha256(self.data / "raw" / file), DIGESTS[name]["sha256"][file], f"{name}: {file}")
        self.assert_golden(name, keep_engagement=keep_engagement)
        return done

    def test_generated_sets_at_every_batch_size(self):
        for name, batch, keep in itertools.product(("small", "leap", "paid"), BATCHES, (False, True)):
            with self.subTest(set=name, batch=batch, keep_engagement=keep):
                self.check(name, *BATCHES[batch], keep_engagement=keep)

    def test_rough_set_at_every_batch_size(self):
        for batch in BATCHES:
            with self.subTest(batch=batch):
                self.daylapse(*self.arguments("--raw-dir", GOLDEN / "messy/raw", *BATCHES[batch]))
                self.assert_golden("messy")

    def test_default_set(self):
        done = self.check("default")
        self.assertIn("480,536 events in = 480,536 clean + 0 duplicates + 0 rejected", done.stdout)
        self.assertIn("2,000 users x 120 days = 240,000 user-days", done.stdout)
        manifest = json.loads((self.data / "processed/manifest.json").read_text())
        self.assertEqual([file["name"] for file in manifest["files"]], list(PROCESSED))
        for file in manifest["files"]:
            path = self.data / "processed" / file["name"]
            self.assertEqual((file["sha256"], file["bytes"], file["rows"]),
                             (sha256(path), path.stat().st_size, DIGESTS["default"]["rows"][file["name"]]))

    def test_default_set_with_engagement(self):
        self.check("default", keep_engagement=True)

    def test_every_user_free(self):
        self.check("free")

    def test_paced(self):
        self.check("leap", "--speed", "5d/s")

    def test_gzip(self):
        self.check("small")
        plain = {file: (self.data / "processed" / file).read_bytes() for file in PROCESSED}
        self.daylapse(*self.arguments(*DIGESTS["small"]["generate"].split(), "--gzip"))
        found = sorted(path.name for path in (self.data / "processed").iterdir())
        self.assertEqual(found, sorted([file + ".gz" for file in PROCESSED] + ["manifest.json"]))
        for file in PROCESSED:
            self.assertEqual(gzip.decompress((self.data / "processed" / (file + ".gz")).read_bytes()), plain[file])


if __name__ == "__main__":
    unittest.main()
