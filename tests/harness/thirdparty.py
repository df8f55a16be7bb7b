"""Builds the programs of others, from what their registries hold, unmodified. Importing this adds their groups
to the guests: "others1/NAME" and "others2/NAME" in Rust for wasip1 and wasip2, "othersgo/NAME", and "examples/NAME"
for the servers of our own folder examples/.

Lock files pin every version. What was built stays in the build folder."""

import functools
import json
import shutil
from pathlib import Path

from harness import guests
from harness.guests import BUILD, REPO, SOURCES, lack, run_tool

FOLDER = SOURCES / "thirdparty"
# Their examples folders are what we build; only crates that the workspace names stand here.
CRATES = ["hyper_wasi", "mio", "mio_wasi", "reqwest_wasi", "wasmedge_wasi_socket", "wstd"]
RUST_PACKAGES = {
    "wasm32-wasip1": ["mio-examples", "std-net", "wasmedge", "wasmedge-v1"],
    "wasm32-wasip2": ["std-net", "wstd-examples"],
}
NETTEST = "github.com/stealthrocket/net/"


@functools.cache
def rust_workspace():
    """A copy of the workspace, beside links to the examples folders in the registry's sources."""
    work = BUILD / "thirdparty" / "rust"
    shutil.copytree(FOLDER / "rust", work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target"))
    (work / "examples").mkdir(exist_ok=True)
    metadata = json.loads(run_tool("cargo", "metadata", "--locked", "--format-version", "1", cwd=work))
    for package in metadata["packages"]:
        if package["name"] in CRATES:
            link = work / "examples" / f"{package['name']}-{package['version']}"
            link.unlink(missing_ok=True)
            link.symlink_to(Path(package["manifest_path"]).parent / "examples")
    return work


@functools.cache
def rust(target):
    if not shutil.which("cargo") or not guests.has_rust_target(target):
        lack(f"cargo with the target {target}")
    packages = [word for name in RUST_PACKAGES[target] for word in ("--package", name)]
    # Some examples deny warnings, and compilers since have learnt new ones.
    run_tool("cargo", "build", "--release", "--locked", "--target", target, *packages, cwd=rust_workspace(),
             CARGO_TARGET_DIR=str(rust_workspace() / "target"), RUSTFLAGS="--cap-lints=warn")
    return rust_workspace() / "target" / target / "release"


def build_go(*command, folder=FOLDER / "go"):
    if not shutil.which("go"):
        lack("go")
    run_tool("go", *command, cwd=folder, GOOS="wasip1", GOARCH="wasm", GOFLAGS="-mod=readonly",
             GOCACHE=str(guests.GO_CACHE))


@functools.cache
def go():
    """Our programs over stealthrocket/net, and its own tests; each with both ways to look names up."""
    out = BUILD / "thirdparty" / "go"
    out.mkdir(parents=True, exist_ok=True)
    for suffix, tags in [("", []), ("-getaddrinfo", ["-tags=getaddrinfo"])]:
        build_go("build", *tags, "-o", out / f"net{suffix}.wasm", ".")
        build_go("test", *tags, "-c", "-o", out / f"wasip1-test{suffix}.wasm", NETTEST + "wasip1")
    build_go("test", "-c", "-o", out / "http-test.wasm", NETTEST + "http")
    return out


@functools.cache
def examples():
    out = BUILD / "thirdparty" / "examples"
    out.mkdir(parents=True, exist_ok=True)
    build_go("build", "-o", out / "go-server.wasm", ".", folder=REPO / "examples" / "go-server")
    run_tool("cargo", "build", "--release", "--locked", "--target", "wasm32-wasip2",
             cwd=REPO / "examples" / "rust-server", CARGO_TARGET_DIR=str(out / "target"))
    shutil.copy(out / "target" / "wasm32-wasip2" / "release" / "rust-server.wasm", out)
    return out


guests.GROUPS.update({
    "others1": lambda: rust("wasm32-wasip1"),
    "others2": lambda: rust("wasm32-wasip2"),
    "othersgo": go,
    "examples": examples,
})
