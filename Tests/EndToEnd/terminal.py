"""A terminal for tests: a pseudo-terminal with a screen behind it that remembers what was done to it."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pyte


class Screen(pyte.HistoryScreen):
    """A screen that counts the lines that it had to wrap."""

    wrapped = 0

    def draw(self, data):
        if self.cursor.x + len(data) > self.columns:
            self.wrapped += 1
        super().draw(data)


class Terminal:
    """Runs a command as if a person had started it, with keys to press and a screen to look at."""

    def __init__(self, command, cwd, columns=80, rows=24, **environment):
        variables = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XTERM_VERSION": "a screen that cuts lines",
                     "PS1": "$ ", **environment}
        if "NO_COLOR" not in environment:
            variables.pop("NO_COLOR", None)
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(cwd)
                # whoever runs the tests in the background may have these ignored
                for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
                    signal.signal(number, signal.SIG_DFL)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execvpe(command[0], list(map(str, command)), variables)
            finally:
                os._exit(127)
        self.screen = Screen(columns, rows, history=1000)
        self.stream = pyte.ByteStream(self.screen)
        self.output = b""
        self.status = None
        self.resize(columns, rows)
        self.attributes = termios.tcgetattr(self.master)

    def resize(self, columns, rows=24):
        self.read(0)
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """Takes what the command writes within a time; returns whether it wrote anything."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other end is closed
            data = b""
        self.output += data
        self.stream.feed(data)
        return bool(data)

    def press(self, keys):
        os.write(self.master, keys.encode())

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines).rstrip()

    def see(self, pattern, seconds=20):
        """Waits until the screen shows something, and returns where."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)
            found = re.search(pattern, self.text, re.M)
            if found:
                return found
        raise AssertionError(f"waited {seconds} s in vain for {pattern} on\n{self.text}")

    def see_no(self, pattern, seconds=20):
        """Waits until the screen does not show something any more."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)
            if not re.search(pattern, self.text, re.M):
                return
        raise AssertionError(f"waited {seconds} s in vain for {pattern} to go from\n{self.text}")

    def watch(self, seconds):
        """Goes on reading for a time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)

    def finish(self, seconds=30):
        """Waits for the command's end and returns its exit code, negative where a signal ended it."""
        end = time.monotonic() + seconds
        while self.status is None and time.monotonic() < end:
            if not self.read(0.05):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.status = os.waitstatus_to_exitcode(status)
        if self.status is None:
            raise AssertionError(f"the command did not end within {seconds} s\n{self.text}")
        while self.read(0.05):
            pass
        return self.status

    @property
    def reads_keys(self):
        """Whether the terminal hands over single keys at present."""
        return not termios.tcgetattr(self.master)[3] & termios.ICANON

    @property
    def is_sane(self):
        """Whether the terminal is as it was before the command."""
        return termios.tcgetattr(self.master) == self.attributes and not self.screen.cursor.hidden

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGTERM)
            try:
                self.finish(6)
            except AssertionError:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self.master)
