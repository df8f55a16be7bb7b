"""One run of wasmrun: started, spoken to, waited for. Nothing here waits without a limit."""

import re
import signal
import subprocess
import threading
from dataclasses import dataclass

from harness import leftovers, waiting

TIME_LIMIT_S = 30  # the first run of a module compiles it


@dataclass
class Result:
    code: int  # 128 + n for a wasmrun that signal n itself ended
    out: str
    err: str


class Lines:
    """Collects a stream in a thread, so that a test can wait for a line of it."""

    def __init__(self, stream):
        self.content = bytearray()
        self.ended = False
        self.changed = threading.Condition()
        self.stream = stream
        self.thread = threading.Thread(target=self._collect, daemon=True)
        self.thread.start()

    def _collect(self):
        while chunk := self.stream.read1(1 << 16):
            with self.changed:
                self.content += chunk
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def text(self):
        with self.changed:
            return self.content.decode(errors="replace")

    def wait_for(self, pattern, from_byte=0, limit_s=TIME_LIMIT_S):
        """The match in what came from that byte on, or None when the limit or the stream's end came first."""
        regex = re.compile(pattern.encode(), re.MULTILINE)
        with self.changed:
            self.changed.wait_for(lambda: regex.search(self.content, from_byte) or self.ended, limit_s)
            return regex.search(self.content, from_byte)


class Run:
    def __init__(self, command, env, cwd, forwards, baseline, **popen):
        self.forwards = list(forwards)
        self.baseline = baseline
        self.process = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, **popen)
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)
        self.answered = 0

    @property
    def pid(self):
        return self.process.pid

    @property
    def port(self):
        """The first host port that it publishes."""
        return self.forwards[0]

    def engines(self):
        """The processes that compile or run the guest."""
        wanted = leftovers.identity(self.baseline.programs[1])
        return [p for p in leftovers.descendants(self.pid) if leftovers.identity(f"/proc/{p}/exe") == wanted]

    def engine(self):
        return (self.engines() or self.fail("no engine runs"))[0]

    def wait_for_engine(self):
        """The process id as soon as there is one, which compiles first."""
        return (waiting.until(self.engines, TIME_LIMIT_S, pause_s=0.001) or self.fail("no engine seen"))[0]

    def note(self):
        """Has everything that the run has by now be looked for after the test."""
        if self.process.poll() is None:
            self.baseline.expect_gone(self.pid, self.forwards)

    def fail(self, what):
        raise AssertionError(f"{what}; exit {self.process.poll()}\nstdout: {self.out.text()}\nstderr: {self.err.text()}")

    def wait_err(self, pattern, limit_s=TIME_LIMIT_S):
        match = self.err.wait_for(pattern, limit_s=limit_s)
        self.note()
        return match or self.fail(f"no '{pattern}' on stderr")

    def ready(self, limit_s=TIME_LIMIT_S):
        """Waits for the line that says where the server is."""
        self.wait_err(r"listening on ", limit_s)
        return self

    def ask(self, command):
        """One command to a steered guest, and its one line of answer."""
        try:
            self.process.stdin.write(command.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.fail(f"asking '{command}'")
        match = self.out.wait_for(r"^(.*)\n", self.answered)
        self.note()
        if not match:
            self.fail(f"no answer to '{command}'")
        self.answered = match.end()
        return match.group(1).decode()

    def must(self, command):
        """Asks, wants "ok", gives back what follows it."""
        answer = self.ask(command)
        if answer != "ok" and not answer.startswith("ok "):
            self.fail(f"'{command}' answered '{answer}'")
        return answer[3:]

    def directories(self):
        """Of the guest c/fs: name -> descriptor of each directory that it was given."""
        found = {}
        fd = 3
        while (answer := self.ask(f"name {fd}")) != "error 8":  # EBADF ends the walk, as in wasi-libc
            assert answer.startswith("ok "), answer
            found[answer[3:]] = fd
            fd += 1
        return found

    def finish(self, stdin=None):
        """Ends stdin and waits for the exit."""
        try:
            if stdin:
                self.process.stdin.write(stdin)
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.fail(f"still there after {TIME_LIMIT_S} s")
        self.out.thread.join(TIME_LIMIT_S)
        self.err.thread.join(TIME_LIMIT_S)
        self.close_streams()
        code = self.process.returncode
        return Result(128 - code if code < 0 else code, self.out.text(), self.err.text())

    def refused(self, code, *words):
        """Wants one sentence with these words and that exit code; gives back all that stood on stderr."""
        result = self.finish()
        errors = [line for line in result.err.splitlines() if line.startswith("wasmrun: error: ")]
        assert result.code == code, result.err
        assert len(errors) == 1, result.err
        assert result.out == ""
        for word in words:
            assert word in errors[0]
        return result.err

    def stop(self, number=signal.SIGTERM):
        self.note()
        self.process.send_signal(number)
        return self.finish()

    def end(self):
        """For teardown: whatever state it is in."""
        if self.process.poll() is None:
            self.note()
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self.close_streams()

    def close_streams(self):
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except (BrokenPipeError, ValueError):
                pass
