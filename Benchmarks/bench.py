#!/usr/bin/env python3
"""Times the four processes of the topology from ready message files to the three CSVs, beside DuckDB, and a paced replay.

    bench.py PROGRAM [--set default] [--set big] [--rounds 5] [--paced]

Topology and DuckDB take turns, so that both see the same machine. Needs pyzmq and duckdb.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETS = {"default": [], "big": ["--n-users", "20000", "--seed", "7"]}
LIMIT_SECONDS = 600


def run_topology(program, folder, number):
    """Starts the four stages at once; returns seconds until all have ended, and each one's peak memory in MB."""
    links = {name: f"ipc://{folder}/{name}" for name in ("producer", "cleaner", "aggregator")}
    topics, data = ("--topics-dir", f"{folder}/topics", "--base-port", "0"), f"{folder}/out{number}"
    commands = {
        "producer": ["produce", *topics, "--data-dir", data, "--bind", links["producer"]],
        "cleaner": ["clean", *topics, "--producer", links["producer"], "--bind", links["cleaner"]],
        "aggregator": ["aggregate", *topics, "--cleaner", links["cleaner"], "--bind", links["aggregator"]],
        "sink": ["sink", "--data-dir", data, "--cleaner", links["cleaner"], "--aggregator", links["aggregator"]],
    }
    log = open(f"{folder}/log{number}", "w+")
    start = time.perf_counter()
    stages = {subprocess.Popen([program, *command], stdout=log, stderr=log).pid: name for name, command in commands.items()}
    memory = {}
    try:
        while stages:
            pid, status, usage = os.wait4(-1, 0)
            name = stages.pop(pid)
            memory[name] = usage.ru_maxrss / 1000 if sys.platform == "linux" else usage.ru_maxrss / 1e6
            if status:
                log.seek(0)
                sys.exit(f"{name} failed:\n{log.read()}")
    finally:
        for pid in stages:
            os.kill(pid, 9)
    return time.perf_counter() - start, memory


def run_duckdb(folder, number):
    """Returns seconds in DuckDB, without loading it, and the peak memory of its process in MB."""
    process = subprocess.Popen([sys.executable, HERE / "duckdb_batch.py", f"{folder}/data/raw", f"{folder}/duckdb{number}"],
                               stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit("DuckDB failed")
    return float(re.search(r"^total +([\d.]+) s", output, re.M).group(1)), usage.ru_maxrss / 1000


def bench_set(program, name, rounds):
    with tempfile.TemporaryDirectory(prefix="daylapse-bench-") as folder:
        start = time.perf_counter()
        subprocess.run([program, "generate", *SETS[name], "--data-dir", f"{folder}/data", "--topics-dir", f"{folder}/topics"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        generated = time.perf_counter() - start
        with open(f"{folder}/data/raw/events.csv", "rb") as file:
            events = sum(1 for _ in file) - 1
        topology, duckdb, peaks, duckdb_peaks = [], [], {}, []
        for number in range(rounds + 1):
            seconds, memory = run_topology(program, folder, number)
            other, other_memory = run_duckdb(folder, number)
            for path in (f"{folder}/out{number}", f"{folder}/duckdb{number}"):
                subprocess.run(["rm", "-r", path], check=True)
            if number == 0:
                continue  # warms caches
            topology.append(seconds)
            duckdb.append(other)
            duckdb_peaks.append(other_memory)
            for stage, peak in memory.items():
                peaks[stage] = max(peaks.get(stage, 0), peak)
        ours, theirs = statistics.median(topology), statistics.median(duckdb)
        print(f"{name}: {events:,} events, generated in {generated:.2f} s; medians of {rounds} rounds")
        print(f"  topology   {ours:7.3f} s  {min(topology):7.3f} to {max(topology):.3f}   {events / ours:12,.0f} events/s")
        print(f"  DuckDB     {theirs:7.3f} s  {min(duckdb):7.3f} to {max(duckdb):.3f}   {events / theirs:12,.0f} events/s")
        print(f"  topology / DuckDB = {ours / theirs:.2f}")
        print("  peak memory " + ", ".join(f"{stage} {peak:.0f} MB" for stage, peak in peaks.items())
              + f"; DuckDB {max(duckdb_peaks):.0f} MB")


def bench_paced(program):
    """Five days at a day per second, seen by a guest: how long it took, and how late events arrived."""
    import json
    import zmq
    with tempfile.TemporaryDirectory(prefix="daylapse-bench-") as folder:
        run = subprocess.Popen([program, "run", "--days", "5", "--speed", "1d/s", "--wait-for", "bench", "--base-port", "0",
                                "--data-dir", f"{folder}/data", "--topics-dir", f"{folder}/topics"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        endpoints = Path(folder, "data/state/endpoints.json")
        end = time.monotonic() + 30
        while not endpoints.exists() and time.monotonic() < end:
            time.sleep(0.01)
        producer = json.loads(endpoints.read_text())["producer"]
        context = zmq.Context.instance()
        subscriber, service = context.socket(zmq.SUB), context.socket(zmq.REQ)
        subscriber.rcvtimeo = 30_000
        subscriber.subscribe("events.raw")
        subscriber.connect(producer["data"])
        subscriber.recv_multipart()
        service.connect(producer["service"])
        service.send_multipart([b"ack", b'{"member":"bench","topic":"events.raw"}'])
        field, first_day = re.compile(rb'"event_time":"([^"]+)"'), datetime(2025, 1, 1)
        arrivals, ended = [], None
        while ended is None:
            _, header, payload = subscriber.recv_multipart()
            now = time.perf_counter()
            arrivals += [(now, time_text) for time_text in field.findall(payload)]
            if json.loads(header).get("end"):
                ended = now
        output, _ = run.communicate(timeout=60)
        # seconds from midnight of the first day on the replay clock, a day per second; the clock's start is not sent, so
        # that the earliest arrival stands for it
        offsets = sorted(now - (datetime.fromisoformat(text.decode()) - first_day).total_seconds() / 86400
                         for now, text in arrivals)
        start = offsets[0]
        late = [1000 * (offset - start) for offset in offsets]
        print(f"paced: 5 days at 1d/s, {len(late):,} events, seen by a guest")
        print(f"  from the first midnight to the end {ended - start:.3f} s")
        print(f"  events arrived late by {late[len(late) // 2]:.2f} ms (p50), {late[len(late) * 99 // 100]:.2f} ms (p99), "
              f"{late[-1]:.2f} ms (most)")
        print("  " + next(line for line in output.splitlines() if line.startswith("the clock ran")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("--set", action="append", choices=list(SETS), default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--paced", action="store_true")
    options = parser.parse_args()
    for name in options.set:
        bench_set(options.program, name, options.rounds)
    if options.paced:
        bench_paced(options.program)


if __name__ == "__main__":
    main()
