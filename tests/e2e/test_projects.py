"""Projects are built by wasmrun with the user's own tools."""

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness import guests, leftovers, net, waiting

BUILD_LIMIT_S = 120
EXAMPLES = guests.REPO / "examples"


def output(*command, cwd=None):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd).stdout.strip()


def others_may_enter(path):
    return all(p.stat().st_mode & 0o001 for p in [path, *path.parents])


class Tools:
    """Rust and Go for a user who may not enter the folder that they are installed in.

    Then they are mounted in the user's home, in a mount namespace that lives as long as the run."""

    def __init__(self, user):
        guests.rust("wasm32-wasip2")  # skips when the tools are missing
        guests.go()  # and fetches what Go projects need
        self.mounts = []
        self.user = user
        for path in [guests.GO_CACHE, *guests.GO_CACHE.rglob("*")]:
            user.own(path)  # what root adds later, everybody can read
        rust = self.bring(Path(output("rustc", "--print", "sysroot")), "rust")
        go = self.bring(Path(output("go", "env", "GOROOT")), "goroot")  # ~/go is where Go keeps its cache
        modules = self.bring(Path(output("go", "env", "GOMODCACHE")), "modules")
        self.env = {
            "PATH": f"{rust}/bin:{go}/bin:/usr/bin:/bin",
            "GOCACHE": str(self.bring(guests.GO_CACHE, "go-cache")),
            "GOPROXY": f"file://{modules}/cache/download",
            "GOFLAGS": "-modcacherw",
            "GOTOOLCHAIN": "local",
        }

    def bring(self, path, name):
        if not self.user.changes_id or others_may_enter(path.resolve()):
            return path.resolve()
        self.mounts.append((path.resolve(), self.user.make_folder(self.user.home / name)))
        return self.mounts[-1][1]

    @property
    def prefix(self):
        if not self.mounts:
            return []
        lines = [f"{shutil.which('mount')} --bind '{source}' '{target}'" for source, target in self.mounts]
        return [shutil.which("unshare"), "--mount", "/bin/sh", "-c", " && ".join([*lines, 'exec "$@"']), "sh"]


@pytest.fixture
def place(user):
    """Where projects are: always the same folder, since Go writes it into the module, which is then
    compiled once for all tests."""
    path = user.make_folder(user.home / "projects")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def project(start, world, user, place):
    """project(NAME, words...): runs a copy of that example; `change` may edit the copy first."""
    tools = Tools(user)

    def run(name, *words, change=lambda copy: None, **how):
        copy = place / f"{name}-{world.tag}"
        if not copy.exists():
            shutil.copytree(EXAMPLES / name, copy, ignore=shutil.ignore_patterns("target"))
            change(copy)
            for path in [copy, *copy.rglob("*")]:
                user.own(path)
        return start(copy, *words, prefix=tools.prefix, env=tools.env | how.pop("env", {}), **how)

    return run


@pytest.mark.parametrize("name", ["rust-server", "go-server"])
def test_an_example_is_built_and_served(project, name):
    run = project(name, ports=[8080]).ready(BUILD_LIMIT_S)

    with net.connect(run.port) as probe:
        source = probe.getsockname()[0]
    assert net.http_get(run.port).startswith(f"hello from {name}, you are {source}:")


@pytest.mark.parametrize("name", ["rust-server", "go-server"])
def test_one_project_runs_twice_at_once(project, name):
    first = project(name, "--env", "NAME=first", ports=[8080]).ready(BUILD_LIMIT_S)
    second = project(name, "--env", "NAME=second", ports=[8080]).ready(BUILD_LIMIT_S)

    assert net.http_get(first.port).startswith("hello from first")
    assert net.http_get(second.port).startswith("hello from second")


def test_a_change_of_the_source_is_built(project, world, place):
    source = place / f"rust-server-{world.tag}" / "src" / "main.rs"
    project("rust-server", ports=[8080]).ready(BUILD_LIMIT_S).stop()
    source.write_text(source.read_text().replace("hello from", "goodbye from"))
    run = project("rust-server", ports=[8080]).ready(BUILD_LIMIT_S)

    assert net.http_get(run.port).startswith("goodbye from")


@pytest.mark.parametrize("name, source, error", [
    ("rust-server", "src/main.rs", "expected one of"),
    ("go-server", "main.go", "expected 'package'"),
])
def test_a_build_that_fails_shows_the_tools_words(project, name, source, error):
    run = project(name, change=lambda copy: (copy / source).write_text("this is no program\n"))

    assert error in run.refused(126, "build")


def test_the_folder_one_stands_in_is_the_project(project, world, place, start, user):
    project("rust-server", ports=[8080]).ready(BUILD_LIMIT_S).stop()
    tools = Tools(user)
    run = start(".", cwd=place / f"rust-server-{world.tag}", ports=[8080], prefix=tools.prefix, env=tools.env).ready(BUILD_LIMIT_S)

    assert net.http_get(run.port).startswith("hello from rust-server")


def test_the_language_can_be_named(project):
    """With both kinds of project in one folder, the option decides."""

    def both(copy):
        for path in (EXAMPLES / "go-server").iterdir():
            shutil.copy(path, copy)
        (copy / "main.go").write_text("this is no program\n")

    detected = project("rust-server", ports=[8080], change=both).ready(BUILD_LIMIT_S)
    assert net.http_get(detected.port).startswith("hello from rust-server")
    named = project("rust-server", "--language", "go")
    assert "main.go:1:1" in named.refused(126, "go build")


def test_killing_wasmrun_ends_the_tools_that_build(project, world, place):
    """cargo, and the build script that it has started, which never ends by itself."""
    script = 'fn main() { std::fs::write("started", "").unwrap(); std::thread::sleep(std::time::Duration::from_secs(600)) }'
    run = project("rust-server", change=lambda copy: (copy / "build.rs").write_text(script))
    assert waiting.until((place / f"rust-server-{world.tag}" / "started").exists, BUILD_LIMIT_S), run.err.text()
    tools = leftovers.descendants(run.pid)
    assert len(tools) > 2  # the keeper among them

    run.stop(signal.SIGKILL)
    assert waiting.until(lambda: not set(tools) & set(leftovers.running_ids()), 5), tools


def test_a_missing_tool_is_named(project):
    project("rust-server", env={"PATH": "/nonexistent"}).refused(126, "cargo")


def test_the_projects_configuration_is_used(project):
    port = net.free_port()
    toml = f'[network]\nforwards = ["{port}:8080"]\n'
    project("rust-server", change=lambda copy: (copy / ".wasmrun.toml").write_text(toml)).ready(BUILD_LIMIT_S)

    assert net.http_get(port).startswith("hello from rust-server")


def make_workspace(copy):
    """The example as one of two programs, in a package of a workspace without a package of its own."""
    package = copy / "server"
    (package / "src" / "bin").mkdir(parents=True)
    (package / "src" / "bin" / "other.rs").write_text('fn main() { println!("other"); }\n')
    (copy / "src" / "main.rs").rename(package / "src" / "main.rs")
    manifest = (copy / "Cargo.toml").read_text().replace("[workspace]", "")
    (package / "Cargo.toml").write_text(manifest)
    (copy / "Cargo.toml").write_text('[workspace]\nmembers = ["server"]\nresolver = "2"\n')


def entry(copy, text):
    (copy / ".wasmrun.toml").write_text(f'[project]\nentry = "{text}"\n')


def test_one_of_several_rust_programs_is_named(project, world, place):
    copy = place / f"rust-server-{world.tag}"
    error = project("rust-server", change=make_workspace).refused(126, "several programs", "[project] entry")
    assert "other" in error and "rust-server" in error
    entry(copy, "other")
    run = project("rust-server")
    assert run.out.wait_for("other\n", limit_s=BUILD_LIMIT_S), run.err.text()
    entry(copy, "third")
    project("rust-server").refused(126, "--bin=third")


def test_a_package_of_a_go_project_is_named(project, world, place):
    def move(copy):
        (copy / "cmd" / "shop").mkdir(parents=True)
        (copy / "main.go").rename(copy / "cmd" / "shop" / "main.go")
        entry(copy, "cmd/shop")

    run = project("go-server", ports=[8080], change=move).ready(BUILD_LIMIT_S)
    assert net.http_get(run.port).startswith("hello from go-server")
    entry(place / f"go-server-{world.tag}", "../elsewhere")
    project("go-server").refused(126, "entry is '../elsewhere'", "in the project")


def test_a_cache_folder_is_taken_from_where_wasmrun_runs(project, folder):
    """By go, too, which runs in the project's folder."""
    project("go-server", ports=[8080], env={"WASMRUN_CACHE_DIR": "cache"}).ready(BUILD_LIMIT_S)

    assert list((folder / "cache").glob("go/*/*.wasm"))
    assert [p for p in (folder / "cache").iterdir() if p.is_file()], "the compiled module"


def test_a_module_has_no_entry(start, world, user, folder):
    shutil.copy(world.guest("c/remote"), folder / "remote.wasm")
    user.write(folder / ".wasmrun.toml", '[project]\nentry = "remote.wasm"\n')
    start(folder).refused(126, "entry is 'remote.wasm'", "only the module")
