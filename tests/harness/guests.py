"""Builds the guests of tests/guests, each group once a session, into a folder that survives it."""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SOURCES = REPO / "tests" / "guests"
# The program under test; guests are built beside it.
WASMRUN = Path(os.environ.get("WASMRUN_BIN", REPO / "build" / "src" / "wasmrun")).resolve()
BUILD = WASMRUN.parents[1] / "guests"
# Go's own library, compiled once for all guests and projects: it takes half a minute.
GO_CACHE = BUILD / "go-cache"


def in_ci():
    return os.environ.get("CI") == "true"


def lack(what):
    """A tool is missing: a visible skip for a developer, an error in CI."""
    if in_ci():
        pytest.fail(f"CI must have {what}")
    pytest.skip(f"this machine has no {what}")


def run_tool(*command, cwd, **env):
    done = subprocess.run(command, cwd=cwd, env=os.environ | env, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def has_rust_target(target):
    if not shutil.which("rustc"):
        return False
    done = subprocess.run(["rustc", "--print", "target-libdir", "--target", target], capture_output=True, text=True)
    return done.returncode == 0 and Path(done.stdout.strip()).is_dir()


def build_cargo(folder, target):
    if not shutil.which("cargo") or not has_rust_target(target):
        lack(f"cargo with the target {target}")
    run_tool("cargo", "build", "--release", "--locked", "--target", target, cwd=SOURCES / folder,
             CARGO_TARGET_DIR=str(BUILD / folder))
    return BUILD / folder / target / "release"


@functools.cache
def rust(target):
    return build_cargo("rust", target)


@functools.cache
def p3():
    return build_cargo("p3", "wasm32-wasip2")


def build_c(folder):
    clang = shutil.which("clang") or shutil.which("clang-14")
    if not clang or not Path("/usr/lib/wasm32-wasi/libc.a").exists():
        lack("clang with wasi-libc")
    out = BUILD / folder
    out.mkdir(parents=True, exist_ok=True)
    for source in sorted((SOURCES / folder).glob("*.c")):
        run_tool(clang, "--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-g", "-Wall", "-Wextra", "-Werror",
                 "-o", out / f"{source.stem}.wasm", source, cwd=source.parent)
    return out


@functools.cache
def c():
    return build_c("c")


@functools.cache
def with_sdk():
    """Guests that use what our library has and POSIX has not."""
    clang = shutil.which("clang-14") or shutil.which("clang")
    out = BUILD / "sdk"
    out.mkdir(parents=True, exist_ok=True)
    for source in sorted((SOURCES / "sdk").glob("*.c")):
        run_tool(clang, "--config", sdk(), "-O2", "-Wall", "-Wextra", "-Werror", "-o", out / f"{source.stem}.wasm",
                 source, cwd=source.parent)
    return out


@functools.cache
def dialects():
    return build_c("dialects")


@functools.cache
def sdk():
    """The file that makes clang build with our sockets library."""
    config = WASMRUN.parents[1] / "sdk" / "wasmrun.cfg"
    if not config.exists():
        lack("the sockets library for C guests (meson's option sdk)")
    return config


def build_both(out, name, sources, *flags):
    """The same sources for the machine, as NAME, and with our library for wasm32-wasi, as NAME.wasm."""
    clang = shutil.which("clang-14") or shutil.which("clang")
    run_tool("gcc", "-O2", *flags, "-o", out / name, *sources, cwd=out)
    run_tool(clang, "--config", sdk(), "-O2", *flags, "-o", out / f"{name}.wasm", *sources, cwd=out)


@functools.cache
def posix():
    out = BUILD / "posix"
    out.mkdir(parents=True, exist_ok=True)
    for source in [*sorted((SOURCES / "posix").glob("*.c")), REPO / "examples" / "c-server" / "server.c"]:
        build_both(out, source.stem, [source], "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror")
    return out


def apt_for_sources(folder):
    """An apt-get that knows the machine's Debian repositories as ones of sources; the machine's own is left alone."""
    for part in "parts", "lists/partial", "cache/archives/partial":
        (folder / part).mkdir(parents=True, exist_ok=True)
    for path in Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources"):
        if path.exists():
            sources = re.sub(r"^Types:.*", "Types: deb-src", path.read_text(), flags=re.MULTILINE)
            sources = re.sub(r"^deb\s", "deb-src ", sources, flags=re.MULTILINE)
            (folder / "parts" / path.name.replace("sources.list", "debian.list")).write_text(sources)
    options = ["Dir::Etc::SourceList=/dev/null", f"Dir::Etc::SourceParts={folder / 'parts'}",
               f"Dir::State::Lists={folder / 'lists'}", f"Dir::Cache={folder / 'cache'}", "APT::Sandbox::User="]
    return ["apt-get", *(word for option in options for word in ("-o", option))]


def debian_source(package):
    """The unpacked Debian source package, fetched once a build folder."""
    folder = BUILD / "debian" / "source"

    def unpacked():
        return next((p for p in folder.glob(f"{package}-*") if p.is_dir()), None)

    if unpacked():
        return unpacked()
    if not shutil.which("apt-get") or not shutil.which("dpkg-source"):
        lack("apt-get and dpkg-source")
    apt = apt_for_sources(folder)
    for command in ["update"], ["source", package]:
        if subprocess.run(apt + command, cwd=folder, capture_output=True).returncode:
            lack(f"the Debian source package {package}")
    return unpacked()


@functools.cache
def debian():
    """Network programs that know nothing of WASI."""
    out = BUILD / "debian"
    tcputils = debian_source("tcputils")
    rinetd = debian_source("rinetd")
    relay = [tcputils / "relay.c", *(tcputils / "ip" / f"{s}.c" for s in ["addr", "tcp_connect", "tcp_listen",
                                                                           "tcp_open"])]
    for name in "tcpbug", "tcplisten":
        build_both(out, name, [tcputils / f"{name}.c", *relay], "-w")
    # What its configure script finds out, on both; there is no fork() and no sigaction() in WASI.
    found = ["ERRNO_H", "UNISTD_H", "SOCKLEN_T", "SSIZE_T", "SYS_TIME_H"]
    build_both(out, "rinetd", [rinetd / "src" / f"{s}.c" for s in ["rinetd", "match", "net", "parse"]], "-w",
               *(f"-DHAVE_{name}" for name in found), "-DTIME_WITH_SYS_TIME", '-DPACKAGE_VERSION="0"',
               '-DRINETD_CONFIG_FILE="rinetd.conf"', '-DRINETD_PID_FILE="rinetd.pid"',
               f"-I{SOURCES / 'debian'}")
    return out


@functools.cache
def go():
    if not shutil.which("go"):
        lack("go")
    out = BUILD / "go"
    run_tool("go", "build", "-o", out / "http.wasm", ".", cwd=SOURCES / "go", GOOS="wasip1", GOARCH="wasm",
             GOCACHE=str(GO_CACHE))
    run_tool("go", "build", "-tags", "getaddrinfo", "-o", out / "net.wasm", "./net", cwd=SOURCES / "go", GOOS="wasip1",
             GOARCH="wasm", GOCACHE=str(GO_CACHE))
    return out


GROUPS = {
    "c": c,
    "posix": posix,
    "debian": debian,
    "sdk": with_sdk,
    "dialects": dialects,
    "p1": lambda: rust("wasm32-wasip1"),
    "p2": lambda: rust("wasm32-wasip2"),
    "p3": p3,
    "go": go,
    "edge": lambda: build_cargo("edge", "wasm32-wasip1"),
}


def built(name):
    """The .wasm file of "GROUP/NAME": "c/echo", "posix/tcp", "sdk/signals", "p1/cat", "p2/cat", "p3/p3", "go/http"."""
    group, _, stem = name.partition("/")
    return GROUPS[group]() / f"{stem}.wasm"
