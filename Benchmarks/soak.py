#!/usr/bin/env python3
"""Runs a large topology twice, undisturbed and with stages that are killed at random, and compares the results.

    soak.py PROGRAM [--n-users 200000] [--days 120] [--kills 40] [--seed 7] [--folder DIR]

Prints, for each stage, memory and open files over the run, in quarters: what grows with the number of events shows there.
Needs about 600 bytes of disk per event; 200,000 users have 48 million events.
"""
import argparse
import collections
import hashlib
import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

STAGES = {"produce": "producer", "clean": "cleaner", "aggregate": "aggregator", "sink": "sink"}
FILES = ("users_clean.csv", "events_clean.csv", "user_daily.csv")


def stages_of(run):
    """The stages that run now: process ids by name."""
    found = {}
    try:
        for child in Path(f"/proc/{run}/task/{run}/children").read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if len(words) > 1 and words[1].decode() in STAGES:
                found[STAGES[words[1].decode()]] = int(child)
    except OSError:
        pass
    return found


class Watch(threading.Thread):
    """Notes resident memory, in MB, and open files of each stage."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_id, self.samples, self.stopped = run, collections.defaultdict(list), threading.Event()
        self.start()

    def run(self):
        while not self.stopped.wait(0.25):
            for name, process in stages_of(self.run_id).items():
                try:
                    lines = Path(f"/proc/{process}/status").read_text().splitlines()
                    memory = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1000
                    self.samples[name].append((memory, len(os.listdir(f"/proc/{process}/fd"))))
                except (OSError, StopIteration):
                    pass

    def report(self):
        self.stopped.set()
        self.join()
        for name in STAGES.values():
            samples = self.samples[name]
            quarters = [samples[len(samples) * part // 4:len(samples) * (part + 1) // 4] for part in range(4)]
            text = [f"{max(each[0] for each in part):.0f} MB, {max(each[1] for each in part)} files" for part in quarters if part]
            print(f"  {name:<11} most in each quarter: " + "; ".join(text))


def digests(folder):
    found = []
    for name in FILES:
        digest = hashlib.sha256()
        with open(folder / "data/processed" / name, "rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
        found.append(digest.hexdigest())
    return found


def play(options, folder, kills):
    """One run; returns what its files are."""
    draw = random.Random(options.seed)
    arguments = [options.program, "run", "--n-users", options.n_users, "--days", options.days, "--seed", 7, "--base-port", 0, "--restarts", 1000,
                 "--data-dir", folder / "data", "--topics-dir", folder / "topics"]
    with open(folder / "words", "w") as words:
        run = subprocess.Popen(list(map(str, arguments)), stdout=subprocess.PIPE, stderr=words, text=True)
        watch = Watch(run.pid)
        done = 0
        while run.poll() is None:
            time.sleep(draw.uniform(0.5, 2.5))
            stages = stages_of(run.pid)
            if done < kills and stages:
                victim = draw.choice(sorted(stages))
                try:
                    os.kill(stages[victim], signal.SIGKILL)
                    done += 1
                except ProcessLookupError:
                    pass
        summary = run.stdout.read()
    if run.returncode:
        raise SystemExit(f"the run failed: {(folder / 'words').read_text()[-2000:]}")
    print(f"{done} kills" if kills else "undisturbed")
    for line in summary.splitlines():
        if "events in" in line or "replayed" in line or "peak memory" in line:
            print("  " + line)
    watch.report()
    return digests(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--n-users", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        expected = play(options, folder, 0)
        found = play(options, folder, options.kills)
    print("the files are the same" if found == expected else f"THE FILES DIFFER: {expected} {found}")
    raise SystemExit(found != expected)


if __name__ == "__main__":
    main()
