"""Runs the end-to-end tests, two files at a time; those that share something with others run alone, at the end.

    python side_by_side.py               all files
    python side_by_side.py test_golden   these
"""
import concurrent.futures
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# they hold a replay against the clock, or count what a display writes in a second; the README's commands use the ordinary
# ports, where others look for publishers as well
ALONE = {"test_control", "test_display", "test_readme", "test_rude_company"}
# what takes longest begins first
FIRST = ["test_faults", "test_damage", "test_differential", "test_examples"]


def run(name):
    """Runs one file; returns its name, what it said, whether all is well, and how long it took."""
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "unittest", name], cwd=HERE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    return name, done.stdout, done.returncode in (0, 5), time.monotonic() - started  # 5: all were left out


def main(names):
    names = names or sorted(path.stem for path in HERE.glob("test_*.py"))
    names.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    failed = []
    for together, workers in (([name for name in names if name not in ALONE], 2), ([name for name in names if name in ALONE], 1)):
        with concurrent.futures.ThreadPoolExecutor(workers) as executor:
            for future in concurrent.futures.as_completed([executor.submit(run, name) for name in together]):
                name, words, is_well, seconds = future.result()
                print(f"{name}: {'well' if is_well else 'FAILED'} after {seconds:.0f} s", flush=True)
                if not is_well:
                    failed.append(name)
                    print(words, flush=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
