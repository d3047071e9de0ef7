#!/usr/bin/env python3
"""Holds `daylapse run` against the batch reference, on rough inputs of many seeds.

    python differential.py DAYLAPSE FIRST_SEED COUNT [--shrink] [--keep DIR] [--reference DIR]

Per seed: a rough pair of CSVs, a run with batch sizes, flags and sometimes a speed that the seed decides, then the
three CSVs byte for byte, the books in the summary, and every message file. Exits with 1 where anything differs.
Standard library only.
"""
import argparse
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLES = ["users_clean.csv", "events_clean.csv", "user_daily.csv"]


class Number(str):
    """A JSON number as its text."""


def parse(line):
    return json.loads(line, parse_int=Number, parse_float=Number, parse_constant=refuse)


def refuse(name):
    raise ValueError(f"{name} is no JSON")


# --- running ----------------------------------------------------------------------------------------------------------

def choose(seed, raw_dir):
    """The flags of a run: of daylapse, and those the reference knows too."""
    r = random.Random(f"options {seed}")
    flags = ["--batch-bytes", str(r.choice([1, 65536, 4194304]))]
    if r.random() < 0.5:
        flags += ["--batch-messages", str(r.choice([1, 2, 7, 1000]))]
    shared = {"keep_engagement": r.random() < 0.4, "strict": r.random() < 0.3}
    flags += ["--" + name.replace("_", "-") for name, on in shared.items() if on]
    if r.random() < 0.3:
        flags += ["--out-of-orderness", str(r.choice([1, 3600, 86400, 10 * 86400]))]
    times = [time for time in event_times(raw_dir) if time]
    if times and (max(times) - min(times)).days <= 10 and r.random() < 0.5:
        flags += ["--speed", r.choice(["30d/s", "1000d/s", "86400x", "1000000x"][:3 if len(times) > 1 else 4])]
    return flags, shared


def event_times(raw_dir):
    _, _, rows = batch.read_table(raw_dir, "events", batch.EVENT_COLUMNS)
    return [None if batch.is_malformed(row) else batch.utc_time(row["event_time"]) for row in rows]


class Hang(Exception):
    pass


def run_daylapse(binary, raw_dir, folder, flags, seconds):
    """The summary on standard output. The process group is gone when this returns."""
    command = [binary, "run", "--raw-dir", raw_dir, "--data-dir", folder / "data", "--topics-dir", folder / "topics",
               "--base-port", "0", "--linger", "0", *flags]
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True)
    try:
        output, words = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            _, words = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, words = process.communicate()
        raise Hang(words.decode(errors="replace")[-300:])
    return process.returncode, output.decode(), words.decode()


# --- comparing --------------------------------------------------------------------------------------------------------

def first_difference(name, ours, reference):
    if ours == reference:
        return []
    mine, theirs = ours.split(b"\n"), reference.split(b"\n")
    for i in range(max(len(mine), len(theirs))):
        a, b = (lines[i][:300] if i < len(lines) else None for lines in (mine, theirs))
        if a != b:
            return [f"{name} line {i + 1}: daylapse {a!r}, reference {b!r}"]
    return [f"{name} differs"]


def without_engagement(data):
    """users_clean.csv without its last column, where no row has a value in it."""
    lines = data.split(b"\n")
    if not lines[0].endswith(b",engagement_score") or any(line and not line.endswith(b",") for line in lines[1:]):
        return None
    return b"\n".join([lines[0].removesuffix(b",engagement_score")] + [line[:-1] for line in lines[1:]])


def compare_books(summary, counts):
    found = []
    for table in ("users", "events"):
        match = re.search(
            rf"^([\d,]+) {table[:-1]}s? in = ([\d,]+) clean \+ ([\d,]+) duplicates? \+ ([\d,]+) rejected(?: \((.*)\))?$", summary, re.M)
        if not match:
            found.append(f"no books of {table} in the summary")
            continue
        number = [int(text.replace(",", "")) for text in match.groups()[:4]]
        reasons = {name: int(n.replace(",", "")) for name, n in re.findall(r"(\w+) ([\d,]+?)(?:, |$)", match[5] or "")}
        if number[2]:
            reasons["duplicate"] = number[2]
        books = counts[table]
        mine = {"in": number[0], "clean": number[1], "rejected": reasons}
        theirs = {key: books[key] for key in mine}
        if mine != theirs:
            found.append(f"books of {table}: daylapse {mine}, reference {theirs}")
    match = re.search(r"^repaired fields: (.*)$", summary, re.M)
    mine = {name: int(n.replace(",", "")) for name, n in re.findall(r"(\w+) ([\d,]+?)(?:, |$)", match[1] if match else "")}
    theirs = Counter(counts["users"]["repaired"]) + Counter(counts["events"]["repaired"])
    if mine != dict(theirs):
        found.append(f"repaired: daylapse {mine}, reference {dict(theirs)}")
    return found


def topic_lines(directory):
    """The lines of a topic's segments, which have to be named by their first offsets."""
    lines, problems = [], []
    for segment in sorted(directory.glob("*.jsonl")):
        if segment.name != f"{len(lines):020}.jsonl":
            problems.append(f"{segment}: its first offset is {len(lines)}")
        data = segment.read_bytes()
        if data and not data.endswith(b"\n"):
            problems.append(f"{segment}: no line feed at the end")
        lines += data.split(b"\n")[:-1]
    messages = []
    for offset, line in enumerate(lines):
        try:
            messages.append(parse(line.decode("utf-8")))
        except ValueError as error:
            problems.append(f"{directory.name} offset {offset} is no JSON: {error}: {line[:200]!r}")
            messages.append(None)
    sealed = json.loads((directory / "topic.json").read_text()).get("sealed", {})
    if isinstance(sealed, dict) and sealed.get("next", len(lines)) != len(lines):
        problems.append(f"{directory.name}: sealed at {sealed}, {len(lines)} lines")
    return lines, messages, problems


def compare_topics(topics, raw_dir, counts, tables):
    found = []
    read = {name: topic_lines(topics / name) for name in
            ("users.raw", "events.raw", "users.clean", "events.clean", "users.rejected", "events.rejected", "user.daily")}
    for _, _, problems in read.values():
        found += problems
    for table, columns in (("users", batch.USER_COLUMNS), ("events", batch.EVENT_COLUMNS)):
        _, _, rows = batch.read_table(raw_dir, table, columns)
        rows = batch.in_time_order(rows) if table == "events" else rows
        lines, messages, _ = read[f"{table}.raw"]
        if len(rows) != len(lines):
            found.append(f"{table}.raw has {len(lines)} messages for {len(rows)} rows")
        for offset, (row, message) in enumerate(zip(rows, messages)):
            if (row is None) != (list(message)[0:2] == ["malformed", "line"]):
                found.append(f"{table}.raw offset {offset}: {str(message)[:200]} for the row {row}")
                break
            if row is None:
                continue
            texts = {column: text for column, text in row.items() if text != ""}
            mine = {column: text_of(message[column]) for column in message if column in columns}
            if texts != mine or list(mine) != [column for column in columns if column in mine]:
                found.append(f"{table}.raw offset {offset}: {mine} for the row {texts}")
                break
            plain = [c for c, text in texts.items() if isinstance(message[c], Number) and repr_of(text) != text]
            if plain:
                found.append(f"{table}.raw offset {offset}: {plain} as numbers, but not in canonical form: {texts}")
        # rejections
        reasons, last = Counter(), -1
        for offset, message in enumerate(read[f"{table}.rejected"][1]):
            reasons[message["reason"]] += 1
            source = int(message["offset"])
            if message["topic"] != f"{table}.raw" or source <= last:
                found.append(f"{table}.rejected offset {offset}: {message['topic']} {source} after {last}")
            if source >= len(lines) or message["message"].encode() != lines[source]:
                found.append(f"{table}.rejected offset {offset}: its message is not that of {source}")
            last = source
        if dict(reasons) != counts[table]["rejected"]:
            found.append(f"{table}.rejected: {dict(reasons)}, reference {counts[table]['rejected']}")
        clean = read[f"{table}.clean"][1]
        if len(clean) != counts[table]["clean"]:
            found.append(f"{table}.clean has {len(clean)} messages, reference {counts[table]['clean']}")
    times = [message["event_time"] for message in read["events.clean"][1]]
    if times != sorted(times):
        found.append("events.clean is not in time order")
    rows = {(message["user_id"], message["as_of_date"]) for message in read["user.daily"][1]}
    if len(rows) != counts["user_daily"]["rows"]:
        found.append(f"user.daily has {len(rows)} user-days, reference {counts['user_daily']['rows']}")
    return found


def text_of(value):
    """A field of a raw message; None for {"bytes": …}, which stands for what is not UTF-8."""
    if isinstance(value, dict):
        bytes(map(ord, value["bytes"]))
        return None
    return value


def repr_of(text):
    try:
        if re.fullmatch(r"-?[0-9]+", text):
            return str(int(text)) if text != "-0" else "0"
        return repr(float(text))
    except ValueError:
        return None


def check(binary, raw_dir, folder, flags, shared, seconds):
    """What differs, as a list of texts."""
    shutil.rmtree(folder, ignore_errors=True)
    expected = folder / "reference"
    counts = batch.prepare(raw_dir, expected, **shared)
    code, summary, words = run_daylapse(binary, raw_dir, folder, flags, seconds)
    if code != 0:
        return [f"exit code {code}: {words[-500:]}"]
    found = []
    for name in TABLES:
        ours, reference = (folder / "data" / "processed" / name).read_bytes(), (expected / name).read_bytes()
        if name == "users_clean.csv" and ours != reference and ours == without_engagement(reference):
            continue  # accepted: no user row carries a score, so no column for it
        if name == "users_clean.csv" and reference == ours.replace(b",engagement_score\n", b"\n") and ours.count(b"\n") == 1:
            continue  # accepted: without any clean user nothing says whether the input had the column
        found += first_difference(name, ours, reference)
    found += compare_books(summary, counts)
    found += compare_topics(folder / "topics", raw_dir, counts, TABLES)
    left = [str(path) for path in (folder / "data").rglob("*")
            if path.is_socket() or path.suffix in (".partial", ".spill")]
    return found + [f"left behind: {left}"] * bool(left)


# --- shrinking --------------------------------------------------------------------------------------------------------

def raw_records(data):
    """The records of CSV bytes as they stand."""
    pieces, start, quoted = [], 0, False
    for i, byte in enumerate(data):
        if byte == 0x22:
            quoted = not quoted
        elif byte == 0x0A and not quoted:
            pieces.append(data[start:i + 1])
            start = i + 1
    return pieces + [data[start:]] * (start < len(data))


def read_raw(raw_dir, name):
    path = raw_dir / f"{name}.csv"
    return path.read_bytes() if path.exists() else gzip.decompress((raw_dir / f"{name}.csv.gz").read_bytes())


def shrink(binary, raw_dir, folder, flags, shared, seconds, tries=250):
    """Drops records from both files as long as something differs; returns what is left and what differs."""
    small = folder / "small"
    best = {name: raw_records(read_raw(raw_dir, name)) for name in ("events", "users")}

    def differs(pieces):
        shutil.rmtree(small, ignore_errors=True)
        small.mkdir(parents=True)
        for name, records in pieces.items():
            (small / f"{name}.csv").write_bytes(b"".join(records))
        try:
            return check(binary, small, folder / "work", flags, shared, seconds)
        except Hang:
            return []

    found = differs(best)
    for name in ("events", "users", "events"):
        size = max(1, (len(best[name]) - 1) // 2)
        while found and tries > 0:
            i, dropped = 1, False
            while i < len(best[name]) and tries > 0:
                tries -= 1
                trial = {**best, name: best[name][:i] + best[name][i + size:]}
                now = differs(trial)
                if now:
                    best, found, dropped = trial, now, True
                else:
                    i += size
            if size == 1 and not dropped:
                break
            size = max(1, size // 2) if not dropped or size > 1 else 1
    return best, found


# --- all seeds --------------------------------------------------------------------------------------------------------

def main():
    parser = argparse.ArgumentParser(description="daylapse run against the batch reference, on rough inputs.")
    parser.add_argument("binary", type=Path)
    parser.add_argument("first", type=int, metavar="FIRST_SEED")
    parser.add_argument("count", type=int, metavar="COUNT")
    parser.add_argument("--shrink", action="store_true", help="drop rows from inputs that show a difference")
    parser.add_argument("--keep", type=Path, help="keep inputs that show a difference here")
    parser.add_argument("--seconds", type=float, default=60, help="a run that lasts longer hangs (60)")
    parser.add_argument("--reference", type=Path, default=HERE / "reference", help="folder of daylapse_batch.py and rough_inputs.py")
    options = parser.parse_args()
    sys.path.insert(0, str(options.reference))
    global batch
    import daylapse_batch as batch
    import rough_inputs
    binary, bad, hung, totals = options.binary.resolve(), 0, 0, Counter()
    with tempfile.TemporaryDirectory(prefix="daylapse-differential-") as temporary:
        folder = Path(temporary)
        for seed in range(options.first, options.first + options.count):
            raw = folder / "raw"
            shutil.rmtree(raw, ignore_errors=True)
            rough_inputs.write_rough_inputs(seed, raw)
            flags, shared = choose(seed, raw)
            try:
                found = check(binary, raw, folder / "work", flags, shared, options.seconds)
            except Hang as hang:
                hung += 1
                print(f"seed {seed}: hangs with {' '.join(flags)}: {hang}", flush=True)
                continue
            totals["seeds"] += 1
            totals["at a speed"] += "--speed" in flags
            totals.update({flag: 1 for flag in ("--strict", "--keep-engagement") if flag in flags})
            if not found:
                continue
            bad += 1
            print(f"seed {seed} with {' '.join(flags)}:")
            for line in found[:8]:
                print("  " + line[:1500])
            sys.stdout.flush()
            if options.shrink:
                best, found = shrink(binary, raw, folder / "shrink", flags, shared, options.seconds)
                for name, records in best.items():
                    print(f"  {name}.csv: {b''.join(records)[:1500]!r}")
                for line in found[:4]:
                    print("  then " + line[:600])
            if options.keep:
                shutil.copytree(raw, options.keep / str(seed), dirs_exist_ok=True)
    print(f"{dict(totals)}: {bad} differ, {hung} hang")
    return 1 if bad or hung else 0


if __name__ == "__main__":
    sys.exit(main())
