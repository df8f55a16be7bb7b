"""The programs that are measured: compiled once into a folder, and started as servers."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
START_S = 60  # the first start of a module compiles it
STOP_S = 10
HTTP_QUESTION = b"GET / HTTP/1.0\r\n\r\n"


class Broken(Exception):
    """A measurement that did not happen. Its text is for the user."""


def run_tool(*command, env=None):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=env)
    except OSError as e:
        raise Broken(f"'{command[0]}' cannot be run: {e.strerror}") from e
    if done.returncode:
        raise Broken(f"'{' '.join(map(str, command))}' failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class Programs:
    """All that is compiled: the client, the native twin, the guests, and the wasmrun under test."""

    def __init__(self, build):
        self.wasmrun = build / "src/wasmrun"
        self.engine = build / "src/engine/wasmrun-engine"
        self.python = build / "runtimes/python/python/runner.wasm"
        self.nodejs = build / "runtimes/nodejs/nodejs.wasm"
        for program in (self.wasmrun, self.engine):
            if not program.exists():
                raise Broken(f"there is no {program}; run 'make'")
        self.folder = build / "bench"
        self.folder.mkdir(exist_ok=True)
        self.load, self.native_echo = self.folder / "load", self.folder / "echo"
        self.core_echo, self.component_echo = self.folder / "echo.wasm", self.folder / "std-echo.wasm"
        self.http = self.folder / "http.wasm"
        self.native_calls, self.core_calls = self.folder / "calls", self.folder / "calls.wasm"
        self.component_calls = self.folder / "std-calls.wasm"
        self.host_config = self.folder / "host.toml"
        self._compile()

    def _compile(self):
        here = REPO / "bench"
        c = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{REPO}/src", REPO / "src/base/num.c"]
        native = ["cc", *c, "-D_GNU_SOURCE", "-o"]
        core = ["clang", "--target=wasm32-wasi", "--sysroot=/usr", *c, "-o"]
        component = ["rustc", "--edition", "2021", "-O", "--target", "wasm32-wasip2", "-o"]
        run_tool(*native, self.load, *(here / f"{name}.c" for name in ("load", "client", "many")))
        run_tool(*native, self.native_echo, here / "echo.c")
        run_tool(*core, self.core_echo, here / "echo.c")
        run_tool(*component, self.component_echo, REPO / "tests/guests/rust/src/bin/echo.rs")
        run_tool(*component, self.http, here / "http.rs")
        run_tool(*native, self.native_calls, here / "calls.c", here / "sockets_native.c")
        run_tool(*core, self.core_calls, here / "calls.c", here / "sockets_wasmedge.c")
        run_tool(*component, self.component_calls, here / "calls.rs")
        self.host_config.write_text("[network]\nisolation = false\n")

    def environment(self, **more):
        return os.environ | {"WASMRUN_ENGINE": str(self.engine)} | more

    def wasmrun_command(self, wasm, port, *words):
        """The guest's port is the host's, so that the same words serve a guest without isolation."""
        address = f"127.0.0.1:{port}" if wasm == self.component_echo else str(port)
        return [str(self.wasmrun), "os", str(wasm), "--forward", f"127.0.0.1:{port}:{port}", *words, "--", address]

    def sample(self, mode, port, source, ms, cpu, *more):
        return json.loads(run_tool("taskset", "-c", cpu, self.load, mode, port, source, ms, *more))


@dataclass(frozen=True)
class Kind:
    """A way to run an echo server. `guest` is None for the native program."""

    name: str
    guest: str | None = None
    isolated: bool = True
    relayed: bool = False
    question = b"?"  # to ask it whether it is there

    def command(self, programs, port):
        if self.guest is None:
            return [str(programs.native_echo), str(port)]
        words = [] if self.isolated else ["--config", str(programs.host_config)]
        return programs.wasmrun_command(getattr(programs, self.guest), port, *words)

    def environment(self, programs):
        return programs.environment(**({"WASMRUN_FORWARD": "relay"} if self.relayed else {}))


def free_port():
    with closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A running echo server that has answered once."""

    def __init__(self, kind, programs, cpu=None):
        self.kind = kind
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        pin = [] if cpu is None else ["taskset", "-c", str(cpu)]  # taskset executes the program in its own place
        self.process = subprocess.Popen([*pin, *map(str, kind.command(programs, self.port))], env=kind.environment(programs),
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self):
        """Nothing tells a client that somebody has begun to listen: ask again, within a limit."""
        deadline = time.monotonic() + START_S
        while True:
            try:
                # From the server's own address, an attempt could meet itself: TCP's simultaneous open.
                with socket.create_connection(("127.0.0.1", self.port), START_S, ("127.0.0.2", 0)) as s:
                    s.sendall(self.kind.question)
                    if s.recv(1):
                        return
            except ConnectionError:
                pass
            if self.process.poll() is not None:
                raise self._broken(f"ended with {self.process.returncode} before it answered")
            if time.monotonic() > deadline:
                raise self._broken(f"did not answer within {START_S} s")
            time.sleep(0.001)

    def _broken(self, what):
        self.log.seek(0)
        return Broken(f"the server '{self.kind.name}' {what}:\n{self.log.read().decode(errors='replace')}")

    def sample(self, programs, mode, source, ms, cpu, *more):
        """What `load` says of it; the guest's and wasmrun's own words go with a failure."""
        try:
            result = programs.sample(mode, self.port, source, ms, cpu, *more)
        except Broken as failed:
            raise self._broken(f"could not be measured: {failed}") from failed
        if self.process.poll() is not None:
            raise self._broken(f"ended with {self.process.returncode} while it was measured")
        return result

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(STOP_S)
        self.log.close()


@contextmanager
def servers(kinds, programs, cpu=None):
    running = []
    try:
        for kind in kinds:
            running.append(Server(kind, programs, cpu))
        yield running
    finally:
        for server in running:
            server.process.terminate()  # all at once: a hundred ends one after the other take their time
        for server in running:
            server.stop()
