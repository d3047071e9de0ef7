"""Rude peers and rough handling, for the tests of what a topology bears: raw ZMTP, watched memory, damaged files, full disks."""
import contextlib
import os
import socket
import struct
import subprocess
import threading
import unittest
from pathlib import Path

from support import PROGRAM, children, is_running

RESTARTS = "--restarts" in subprocess.run([PROGRAM, "run", "--help"], capture_output=True, text=True).stdout
OFTEN = ("--checkpoint-bytes", 16384) if RESTARTS else ()  # small data has checkpoints as well


def seeds(default):
    """The seeds to test with: these, or as many as DAYLAPSE_SEEDS says, or those that it lists."""
    text = os.environ.get("DAYLAPSE_SEEDS", "")
    if "," in text:
        return [int(seed) for seed in text.split(",") if seed]
    return list(range(int(text))) if text else list(default)


def address(endpoint):
    """Host and port of a `tcp://` endpoint."""
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    return host, int(port)


# --- ZMTP by hand

def greeting(mechanism=b"NULL", major=3):
    return b"\xff" + bytes(8) + b"\x7f" + bytes([major, 0]) + mechanism.ljust(20, b"\0") + bytes(32)


def frame(body, flags=0):
    """A frame; flags: 1 more, 2 long, 4 command."""
    if len(body) > 255:
        return bytes([flags | 2]) + struct.pack(">Q", len(body)) + body
    return bytes([flags, len(body)]) + body


def ready(socket_type=b"SUB"):
    return frame(b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(socket_type)) + socket_type, flags=4)


def connect(endpoint, receive_buffer=None):
    """A plain TCP connection to a ZeroMQ endpoint."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(10)
    try:
        connection.connect(address(endpoint))
    except OSError:
        connection.close()
        raise
    return connection


def read_exactly(connection, count):
    content = b""
    while len(content) < count:
        part = connection.recv(count - len(content))
        if not part:
            raise ConnectionError("closed")
        content += part
    return content


def shake_hands(endpoint, socket_type=b"SUB", receive_buffer=4096):
    """A ZeroMQ peer over a plain TCP connection, which is up to the caller to read, or not to read."""
    connection = connect(endpoint, receive_buffer)
    try:
        connection.sendall(greeting())
        read_exactly(connection, 64)
        connection.sendall(ready(socket_type))
        read_exactly(connection, read_exactly(connection, 2)[1])  # the other's READY
    except OSError:
        connection.close()
        raise
    return connection


def subscribe_by_hand(endpoint, prefix=b""):
    connection = shake_hands(endpoint)
    connection.sendall(frame(b"\x01" + prefix))
    return connection


# --- peers that go on in a thread of their own

class Background(threading.Thread):
    """Calls something again and again until it is stopped or the publisher is gone."""

    def __init__(self, turn, pause=0.0):
        super().__init__(daemon=True)
        self.turn, self.pause, self.turns, self.stopped = turn, pause, 0, threading.Event()
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while not self.stopped.wait(self.pause):
                self.turn()
                self.turns += 1

    def stop(self):
        self.stopped.set()
        self.join(20)


class PeakMemory(threading.Thread):
    """Remembers the most resident memory that each of some processes has had."""

    def __init__(self, processes):
        super().__init__(daemon=True)
        self.processes, self.kilobytes, self.stopped = list(processes), {}, threading.Event()
        self.start()

    def run(self):
        while not self.stopped.wait(0.01):
            for process in self.processes:
                with contextlib.suppress(OSError, StopIteration):
                    lines = Path(f"/proc/{process}/status").read_text().splitlines()
                    peak = next(line for line in lines if line.startswith("VmHWM:"))
                    self.kilobytes[process] = int(peak.split()[1])

    def stop(self):
        """The most that any of them has had, in MB."""
        self.stopped.set()
        self.join(20)
        return max(self.kilobytes.values()) / 1000


# --- files that are damaged

def flip_a_bit(path, draw):
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def cut(path, draw):
    os.truncate(path, draw.randrange(path.stat().st_size))


def empty(path, draw):
    os.truncate(path, 0)


def remove(path, draw):
    path.unlink()


def add_junk(path, draw):
    with path.open("ab") as file:
        file.write(draw.randbytes(draw.randrange(1, 300)))


def crc32c(content):
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def raise_format(path, draw):
    """As a later version would have written it; a checkpoint has a checksum on its second line."""
    about, *rest = path.read_bytes().splitlines()
    about = about.replace(b'"format":1', b'"format":99')
    seal = b'{"crc32c":%d}\n' % crc32c(about) if rest else b""
    path.write_bytes(about + b"\n" + seal)


@contextlib.contextmanager
def small_disk(path, size):
    """A file system of its own, of so many bytes; skips the test where this user cannot mount one."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        raise unittest.SkipTest("needs to mount a file system")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)])


def remount(path, mode):
    subprocess.run(["mount", "-o", f"remount,{mode}", str(path)], check=True)


# --- processes that are killed

STAGES = {"produce": "producer", "clean": "cleaner", "aggregate": "aggregator", "sink": "sink"}


def stages_of(run):
    """The process of every stage that a `run` has at present, by name."""
    stages = {}
    for child in children(run):
        with contextlib.suppress(OSError, IndexError):
            command = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[1].decode()
            if command in STAGES and is_running(child):
                stages[STAGES[command]] = child
    return stages


def processes_about(folder):
    """The processes whose command names a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"{folder}/".encode() in path.read_bytes() and is_running(int(path.parent.name)):
                found.append(int(path.parent.name))
    return found


def send(process, what):
    """Sends a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, what)
