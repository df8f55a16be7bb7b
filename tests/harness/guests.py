"""Builds the guests of tests/guests, each group once a session, into a folder that survives it."""

import functools
import os
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


@functools.cache
def c():
    clang = shutil.which("clang") or shutil.which("clang-14")
    if not clang or not Path("/usr/lib/wasm32-wasi/libc.a").exists():
        lack("clang with wasi-libc")
    out = BUILD / "c"
    out.mkdir(parents=True, exist_ok=True)
    for source in sorted((SOURCES / "c").glob("*.c")):
        run_tool(clang, "--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-g", "-Wall", "-Wextra", "-Werror",
                 "-o", out / f"{source.stem}.wasm", source, cwd=source.parent)
    return out


@functools.cache
def go():
    if not shutil.which("go"):
        lack("go")
    out = BUILD / "go"
    run_tool("go", "build", "-o", out / "http.wasm", ".", cwd=SOURCES / "go", GOOS="wasip1", GOARCH="wasm",
             GOCACHE=str(GO_CACHE))
    return out


GROUPS = {
    "c": c,
    "p1": lambda: rust("wasm32-wasip1"),
    "p2": lambda: rust("wasm32-wasip2"),
    "p3": p3,
    "go": go,
}


def built(name):
    """The .wasm file of "GROUP/NAME": "c/echo", "p1/cat", "p2/cat", "p3/p3", "go/http"."""
    group, _, stem = name.partition("/")
    return GROUPS[group]() / f"{stem}.wasm"
