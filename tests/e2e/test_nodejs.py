"""Node.js projects run unmodified on the runtime that is a guest itself."""

import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import struct
import time
from pathlib import Path

import pytest

from harness import guests, net

REPORT = "\n\nNode.js v24."


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


def test_the_configuration_says_which_script_is_run(node, folder):
    files = {".wasmrun.toml": '[project]\nentry = "src/run"\n', "index.js": "console.log('index')",
             "src/run.js": "console.log('run', process.argv.slice(2))"}

    assert node(files, args=["word"]).finish().out == "run [ 'word' ]\n"
    assert node(folder / "index.js").finish().out == "index\n"  # what is named wins


@pytest.mark.parametrize("entry", ["../index.js", "missing.js"])
def test_an_entry_that_is_not_there_is_refused(node, entry):
    files = {".wasmrun.toml": f'[project]\nentry = "{entry}"\n', "index.js": ""}
    node(files).refused(126, f"entry is '{entry}'", "a script in the project")


def test_a_script_is_run_in_the_folder_of_its_package(node, folder):
    files = {"package.json": '{"dependencies": {"x": "1"}}', "node_modules/x/index.js": "module.exports = 'x'",
             "src/run.js": "console.log(require('x'), process.cwd())"}
    node(files | {"index.js": ""}).finish()

    assert node(folder / "src" / "run.js").finish().out == f"x {folder}\n"


def test_packages_of_a_workspace_are_there(node, folder):
    files = {"package.json": '{"workspaces": ["a"]}', "node_modules/x/index.js": "module.exports = 'x'", "secret": "s",
             "a/package.json": '{"dependencies": {"x": "1"}}', "index.js": "",
             "a/index.js": "console.log(require('x'), require('fs').existsSync('../secret'))"}
    node(files).finish()

    assert node(folder / "a").finish().out == "x false\n"


def test_typescript_is_to_be_compiled_first(node, folder):
    node({"index.ts": "", "index.js": ""}).finish()

    node(folder / "index.ts").refused(126, "is TypeScript: compile it first")


def test_a_start_command_brings_its_variables_options_and_arguments(node):
    command = "MODE=production OTHER=no node --env-file=.env -r ./first.js --no-warnings server.js --port 80"
    script = "console.log(process.env.MODE, process.env.OTHER, process.env.FILE, process.argv.slice(2), process.execArgv.length)"
    files = {"package.json": json.dumps({"scripts": {"start": command}}), ".env": "FILE=env\nMODE=file\n",
             "first.js": "console.log('first')", "server.js": script}

    result = node(files, "--env", "OTHER=yes", args=["more"]).finish()

    assert result.out == "first\nproduction yes env [ '--port', '80', 'more' ] 4\n", result.err


@pytest.mark.parametrize("option, words", [("--no-such", "bad option: --no-such"), ("--env-file=none", "none: not found")])
def test_an_option_that_does_not_work_is_told(node, option, words):
    result = node({"package.json": json.dumps({"scripts": {"start": f"node {option} a.js"}}), "a.js": ""}).finish()

    assert (result.code, result.err.splitlines()[-1]) == (9, f"node: {words}")


def test_a_start_command_whose_script_is_missing_is_told(node):
    files = {"package.json": '{"scripts": {"start": "node dist/server.js"}}', "index.js": ""}

    node(files).refused(126, "runs 'dist/server.js', which is not there", "npm run build")


def test_a_start_command_that_is_not_followed_is_told(node):
    result = node({"package.json": '{"scripts": {"start": "next start"}}', "index.js": "console.log('ran')"}).finish()

    assert result.out == "ran\n"
    assert "what \"start\" in package.json says is not a plain 'node FILE'" in result.err


def test_a_project_without_a_script_is_refused(node):
    node({"package.json": "{}"}).refused(126, "no script to start")


def test_a_broken_package_json_is_refused_with_its_place(node):
    node({"package.json": "{\n  oops\n}"}).refused(126, "package.json', line 2, column")


def test_packages_that_are_not_installed_are_named(node):
    node({"package.json": '{"dependencies": {"express": "*"}}', "index.js": ""}).refused(126, "npm install", "--install")


# A package that npm finds without a registry.
WITH_PACKAGE = {
    "package.json": '{"dependencies": {"greeting": "file:./packages/greeting"}}',
    "packages/greeting/package.json": '{"name": "greeting", "version": "1.0.0"}',
    "packages/greeting/index.js": "module.exports = 'hello';",
    "index.js": "console.log(require('greeting'));",
}
LOCK = """{"lockfileVersion": 3, "packages": {"": {"dependencies": {"greeting": "file:./packages/greeting"}},
           "node_modules/greeting": {"resolved": "packages/greeting", "link": true},
           "packages/greeting": {"version": "1.0.0"}}}"""


@pytest.fixture
def npm():
    if not shutil.which("npm"):
        guests.lack("npm")


@pytest.mark.parametrize("files, command", [(WITH_PACKAGE, "npm install"), (WITH_PACKAGE | {"package-lock.json": LOCK}, "npm ci")])
def test_packages_are_installed_once_when_asked_for(npm, node, files, command):
    first = node(files, "--install").finish()
    second = node({}, "--install").finish()

    assert (first.code, first.out) == (0, "hello\n"), first.err
    assert f"'{command}' on this machine, outside of any isolation" in first.err
    assert (second.code, second.out) == (0, "hello\n")
    assert "npm" not in second.err


def test_packages_are_installed_again_when_the_project_wants_others(npm, node, folder):
    assert "npm" in node(WITH_PACKAGE, "--install").finish().err
    later = time.time() + 60
    os.utime(folder / "package.json", (later, later))

    assert "npm" in node({}, "--install").finish().err


def test_what_npm_says_is_shown_when_it_fails(npm, node):
    files = {"package.json": '{"dependencies": {"absent": "file:./absent.tgz"}}', "index.js": ""}
    result = node(files, "--install").finish()

    assert result.code == 126
    assert "npm error code ENOENT" in result.err.replace("npm ERR!", "npm error")
    assert "'npm install' failed" in result.err


def test_packages_of_another_language_are_not_installed(start):
    start("c/echo", "--install").refused(125, "--install is for Node.js projects")


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


def test_each_start_has_its_own_time_and_randomness(node):
    script = """
const { randomUUID, randomBytes } = require('crypto');
const map = new Map([['a', 1]]);
console.log(JSON.stringify([Math.random(), randomUUID(), randomBytes(4).toString('hex'), map.get('a'), Date.now(),
  performance.timeOrigin, performance.now(), process.uptime(), process.hrtime()[0], process.title, process.argv.length]))
"""
    before_ms = time.time() * 1000

    first, second = (json.loads(node({"index.js": script}).finish().out) for _ in range(2))

    assert not set(first[:3]) & set(second[:3])
    for start in (first, second):
        assert before_ms - 1000 < start[5] <= start[4] + 1 < time.time() * 1000 + 1000
        assert 0 < start[6] < 60_000 and 0 < start[7] < 60
        assert start[3:4] + start[9:] == [1, "node", 2]


def test_the_runtime_holds_nothing_of_the_machine_that_built_it(node_runtime):
    content = node_runtime.read_bytes()
    machine = [str(Path.home()), os.getcwd(), str(guests.BUILD.parent), socket.gethostname(), os.uname().version]

    assert b"node:_http_server" in content
    assert [word for word in machine if len(word) > 5 and word.encode() in content] == []


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


WRITE = """
const fs = require('fs');
for (const name of ['uploads/new', 'new'])
  try { fs.writeFileSync(`${__dirname}/${name}`, 'kept'); console.log('kept') } catch (e) { console.log(e.code) }
"""


@pytest.mark.parametrize("option, written", [("uploads", ["kept", "EROFS"]), (".", ["kept", "kept"]), ("data:uploads", ["kept", "EROFS"]),
                                             ("uploads:ro", ["EROFS", "EROFS"]), ("data:/uploads", ["EROFS", "EROFS"])])
def test_a_folder_of_the_project_can_be_written_to_when_named(node, folder, user, option, written):
    for name in "uploads", "data":
        user.make_folder(folder / name)

    assert node({"index.js": WRITE}, "--dir", option).finish().out.split() == written


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

    assert net.http_ask(run.port, path="/x?y").body == b"hello GET /x?y"
    assert run.stop().code == 143


GRACEFUL = """
const server = require('http').createServer((req, res) => {
  console.log('asked');
  setTimeout(() => res.end('done'), 800);
}).listen(3000);
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])
  process.on(name, (...args) => {
    console.log(...args);
    server.close(() => process.exit(3));
  });
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_server_finishes_its_requests_when_a_signal_asks_it_to_end(node, number):
    run = node({"index.js": GRACEFUL}, ports=[3000]).ready()
    with net.connect(run.port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        assert run.out.wait_for("asked\n")
        run.process.send_signal(number)
        assert net.read_all(client).endswith(b"done")
    result = run.finish()

    assert result.out == f"asked\n{signal.Signals(number).name} {number}\n"
    assert result.code == 3


def test_a_signal_handler_keeps_no_script_alive_and_can_be_taken_back(node):
    script = """
    const handler = () => console.log('never');
    process.on('SIGTERM', handler);
    process.off('SIGTERM', handler);
    process.once('SIGUSR2', handler);
    process.on('SIGINT', () => console.log('own'));
    process.kill(process.pid, 'SIGINT');
    console.log('ready');
    if (process.argv[2]) setInterval(() => {}, 1000);
    """
    assert node({"index.js": script}).finish().out == "ready\nown\n"
    run = node({"index.js": script}, args=["stay"])
    assert run.out.wait_for("own\n")
    result = run.stop(signal.SIGTERM)

    assert result.code == 128 + signal.SIGTERM
    assert result.out == "ready\nown\n"


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


def test_a_connection_that_is_reset_is_told(node):
    script = """
require('http').createServer((q, r) => r.end('hello')).on('clientError', (e, s) => { console.log(e.code); process.exit() }).listen(3000)
"""
    run = node({"server.js": script}, ports=[3000]).ready()
    connection = net.connect(run.port)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"hello" in connection.recv(4096)

    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()

    assert run.finish().out == "ECONNRESET\n"


def test_a_large_body_goes_both_ways(node):
    echo = "require('http').createServer((q, r) => q.pipe(r)).listen(3000)"
    run = node({"server.js": echo}, ports=[3000]).ready()
    body = net.random_bytes(5_000_000)

    answer = net.http_ask(run.port, "POST", body=body)

    assert (answer.status, net.checksum(answer.body)) == (200, net.checksum(body))


def test_dns_resolves_addresses_and_refuses_other_questions_as_node_does(node):
    script = """
    const { promises } = require('dns');
    const told = (promise) => promise.then(JSON.stringify, (e) => `${e.code} ${e.syscall} ${e.hostname}`);
    (async () => {
      console.log(await told(promises.resolve4('localhost')));
      console.log(await told(promises.resolve4('localhost', { ttl: true })));
      console.log(await told(promises.resolve6('absent.test')));
      console.log(await told(promises.resolveMx('localhost')));
      console.log(await told(promises.reverse('127.0.0.1')));
    })();
    """
    result = node({"index.js": script}).finish()

    assert result.out.splitlines() == ['["127.0.0.1"]', '[{"address":"127.0.0.1","ttl":0}]', "ENOTFOUND queryAaaa absent.test",
                                       "ENOTIMP queryMx localhost", "ENOTIMP getHostByAddr 127.0.0.1"]
    assert "--allow-net=absent.test" in result.err


def test_fetch_needs_a_grant_too(node):
    script = """
    fetch(`http://127.0.0.1:${process.argv[2]}/`).then((r) => r.text(), (e) => e.cause.code)
      .then((text) => console.log(text, typeof WebAssembly));
    """
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere"
    with socket.create_server(("127.0.0.1", 0)) as listener, concurrent.futures.ThreadPoolExecutor() as pool:
        port = listener.getsockname()[1]
        denied = node({"index.js": script}, args=[str(port)]).finish()
        pool.submit(lambda: listener.accept()[0].sendall(answer))
        granted = node({"index.js": script}, f"--allow-net=127.0.0.1:{port}", args=[str(port)]).finish()

    assert denied.out == "ECONNREFUSED undefined\n", denied.err
    assert granted.out == "here undefined\n", granted.err


def test_a_connection_out_needs_a_grant(node):
    script = "require('net').connect(+process.argv[2], '127.0.0.1').on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))"
    with net.host_listener() as port:
        denied = node({"index.js": script}, args=[port]).finish()
        granted = node({"index.js": script}, f"--allow-net=127.0.0.1:{port}", args=[port]).finish()

    assert denied.out == "ECONNREFUSED\n", denied.err
    assert f"allow it with --allow-net=127.0.0.1:{port}" in denied.err
    assert granted.out == "host\n", granted.err


def test_a_timeout_of_a_closed_connection_keeps_nothing_alive(node):
    script = """
const server = require('net').createServer((s) => s.end()).listen(0, () => {
  const client = require('net').connect(server.address().port, () => client.setTimeout(0));
  client.setTimeout(3_600_000).resume().on('close', () => server.close(() => console.log('end')));
});
"""

    assert node({"index.js": script}).finish().out == "end\n"
