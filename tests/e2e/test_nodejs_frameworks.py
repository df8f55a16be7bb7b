"""Frameworks as npm installs them, driven over HTTP by a client of the host's, and compared with themselves under Node."""

import gzip
import http.cookies
import json
import os
import re
import zlib

import pytest

from harness import guests, nodejs
from harness.net import http_ask

AS_JSON = {"Content-Type": "application/json"}


def form(*parts):
    """Headers and body of a multipart form of (name, file name or None, content)."""
    body = b""
    for name, filename, content in parts:
        file = f'; filename="{filename}"\r\nContent-Type: text/plain' if filename else ""
        body += f'--edge\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"
    return {"Content-Type": "multipart/form-data; boundary=edge"}, body + b"--edge--\r\n"


def get(path, **headers):
    return "GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()}


def post(path, value):
    return "POST", path, json.dumps(value), AS_JSON


def upload(path, *parts):
    headers, body = form(*parts)
    return "POST", path, body, headers


# What a server is asked, here and under Node.
EXPRESS = [
    get("/"), get("/", Accept_Encoding="gzip"), get("/", Accept_Encoding="br"), ("HEAD", "/", None, {}),
    get("/user/7?a=1&b[]=2&b[]=3"), get("/user/%E9"), post("/echo", {"a": [1, "é"]}),
    ("POST", "/echo", "a[b]=1&c=%C3%A9", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("POST", "/echo", "plain", {"Content-Type": "text/plain"}), ("POST", "/echo", "{broken", AS_JSON),
    ("POST", "/echo", json.dumps("x" * 20_000), AS_JSON),
    ("POST", "/echo", gzip.compress(b'{"a":1}'), AS_JSON | {"Content-Encoding": "gzip"}),
    get("/file"), get("/moved"), get("/stream"), get("/format", Accept="application/json"), get("/format", Accept="image/png"),
    get("/static/file.txt"), get("/static/file.txt", Range="bytes=2-4"), get("/static/file.txt", Range="bytes=99-"),
    get("/static/../express.js"), get("/static/%2e%2e/express.js"), get("/static"), get("/static/"), ("HEAD", "/static/file.txt", None, {}),
    get("/of/me/hat"), ("DELETE", "/of/me/hat", None, {}), ("OPTIONS", "/of/me/hat", None, {}), get("/of/me/bad"),
    get("/secured", Origin="http://a.example"), ("OPTIONS", "/secured", None, {"Origin": "http://a.example"}),
    get("/cookies/set"), get("/cookie-session"),
    upload("/upload", ("a", None, b"1"), ("files", "x.txt", b"content"), ("files", "é.txt", b"")),
    upload("/upload", ("other", "x.txt", b"content")), upload("/upload", ("files", "big", bytes(3 << 20))),
    get("/error"), get("/error/next"), get("/error/late"), get("/error/async"), get("/nothing"), ("POST", "/nothing", "x", {}),
]
COMMON = [get("/"), ("HEAD", "/", None, {}), post("/echo", {"a": [1, "é"]}), ("POST", "/echo", "{broken", AS_JSON), get("/nothing"),
          get("/user/7?a=1"), get("/error"), get("/refused")]
CONVERSATIONS = {
    "express.js 4": EXPRESS,
    "express.js 5": EXPRESS,
    "koa.js": [*COMMON, get("/stream"), get("/count"), ("PUT", "/echo", "", {}), ("OPTIONS", "/echo", None, {})],
    "fastify.js": [*COMMON, get("/user/x"), get("/schema"), get("/scoped?name=x"), get("/scoped/error"),
                   post("/checked", {"name": "xy", "age": "7"}), post("/checked", {"name": "x"}), post("/checked", {}),
                   ("POST", "/echo", "x", {"Content-Type": "text/x-odd"})],
    "hono.mjs": [*COMMON, get("/stream"), get("/count"), get("/static/file.txt"), upload("/form", ("name", None, b"x")),
                 upload("/form", ("other", None, b"x"))],
    "nest/dist/main.mjs": [*COMMON, get("/greet/me"), get("/twice/4"), get("/twice/x")],
}


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    """Frameworks do not depend on who runs them."""
    return all_users[request.param]


@pytest.fixture(scope="session")
def nest(frameworks):
    """Has the NestJS application compiled, as its users do before they deploy it."""
    nodejs.run_node(frameworks / "node_modules" / "typescript" / "bin" / "tsc", "-p", frameworks / "nest")


def said(port, conversation):
    """The answers, without what is another one each time."""
    answers = []
    for question in conversation:
        answer = http_ask(port, *question)
        headers = [(name, re.sub(r"(?<=connect\.sid=)[^;]*", "...", value)) for name, value in answer.headers if name.lower() != "date"]
        answers.append((question[:2], answer.status, headers, answer.body))
    return answers


@pytest.mark.parametrize("server", CONVERSATIONS)
def test_a_server_answers_as_it_does_under_node(framework, frameworks, nest, server):
    """Status, headers in their order, and body, byte by byte."""
    script, *args = server.split()
    run = framework(script, *args).ready()

    ours = said(run.port, CONVERSATIONS[server])
    with nodejs.node_server(frameworks / script, *args) as port:
        for answer, nodes in zip(ours, said(port, CONVERSATIONS[server]), strict=True):
            assert answer == nodes


@pytest.fixture(params=["4", "5"])
def express(framework, request):
    return framework("express.js", request.param).ready()


def test_express_routes(express):
    assert http_ask(express.port, path="/user/7?a=1").json() == {"id": "7", "query": {"a": "1"}}
    assert http_ask(express.port, path="/of/me/hat").json() == ["me", "HAT"]
    assert http_ask(express.port, "DELETE", "/of/me/hat").status == 204
    assert http_ask(express.port, path="/nothing").status == 404
    assert http_ask(express.port, path="/stream").body == b"one two three"


def test_express_takes_bodies(express):
    assert http_ask(express.port, *post("/echo", {"a": [1, "é"]})[:3], AS_JSON).json() == {"a": [1, "é"]}
    assert http_ask(express.port, "POST", "/echo", "{broken", AS_JSON).status == 400
    assert http_ask(express.port, "POST", "/echo", json.dumps("x" * 20_000), AS_JSON).status == 413


def test_express_serves_files(express):
    whole = http_ask(express.port, path="/static/file.txt")
    assert (whole.status, whole.body, whole.header("Cache-Control")) == (200, b"a static file\n", "public, max-age=3600")
    assert whole.header("Content-Type").lower() == "text/plain; charset=utf-8"
    assert http_ask(express.port, path="/static/file.txt", headers={"If-None-Match": whole.header("ETag")}).status == 304
    assert http_ask(express.port, path="/static/file.txt", headers={"If-None-Match": '"other"'}).status == 200
    assert http_ask(express.port, path="/static/file.txt", headers={"Range": "bytes=2-7"}).body == b"static"
    assert http_ask(express.port, path="/static/../express.js").status == 404


@pytest.mark.parametrize("coding, decode", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_express_compresses(express, coding, decode):
    answer = http_ask(express.port, headers={"Accept-Encoding": coding})

    assert (answer.header("Content-Encoding"), decode(answer.body)) == (coding, b"hello")


def cookies_of(answer):
    """The header to send them back with."""
    jars = [http.cookies.SimpleCookie(value) for name, value in answer.headers if name.lower() == "set-cookie"]
    return {"Cookie": "; ".join(f"{c.key}={c.coded_value}" for jar in jars for c in jar.values())}


def test_express_signs_cookies(express):
    cookies = cookies_of(http_ask(express.port, path="/cookies/set"))
    assert http_ask(express.port, path="/cookies/get", headers=cookies).json() == [{"plain": "a b"}, {"signed": {"n": 1}}]
    forged = {"Cookie": cookies["Cookie"].replace("%22n%22%3A1", "%22n%22%3A2")}
    assert forged != cookies
    assert http_ask(express.port, path="/cookies/get", headers=forged).json() == [{"plain": "a b"}, {"signed": False}]


@pytest.mark.parametrize("path", ["/session", "/cookie-session"])
def test_express_keeps_sessions(express, path):
    first = http_ask(express.port, path=path)
    cookies = cookies_of(first)
    second = http_ask(express.port, path=path, headers=cookies)
    third = http_ask(express.port, path=path, headers=cookies | cookies_of(second) if path == "/cookie-session" else cookies)

    assert [answer.body for answer in (first, second, third)] == [b"1", b"2", b"3"]
    assert http_ask(express.port, path=path).body == b"1"


def test_express_takes_uploads(express):
    headers, body = form(("a", None, b"1"), ("files", "x.txt", b"content"))
    assert http_ask(express.port, "POST", "/upload", body, headers).json() == {
        "fields": {"a": "1"}, "first": "Y29udGVudA==",
        "files": [{"field": "files", "name": "x.txt", "type": "text/plain", "size": 7}]}
    headers, body = form(("file", "x.txt", b"x" * (1 << 20)))
    assert http_ask(express.port, "POST", "/upload/disk", body, headers).json() == {
        "field": "file", "name": "x.txt", "type": "text/plain", "size": 1 << 20, "stored": True}


@pytest.mark.parametrize("path, status, words", [
    ("/error", 500, "thrown"), ("/error/next", 418, "passed on"), ("/error/late", 500, "late"), ("/error/async", 500, "rejected"),
])
def test_express_handles_errors(express, path, status, words):
    answer = http_ask(express.port, path=path)

    assert (answer.status, answer.json()) == (status, {"error": words})


@pytest.mark.parametrize("script", ["koa.js", "fastify.js", "hono.mjs", "nest/dist/main.mjs"])
def test_a_framework_serves(framework, nest, script):
    run = framework(script).ready()

    assert http_ask(run.port).body == b"hello"
    assert http_ask(run.port, *post("/echo", {"a": [1, "é"]})).json() == {"a": [1, "é"]}
    assert http_ask(run.port, path="/nothing").status == 404
    assert http_ask(run.port, path="/error").status >= 500


def test_fastify_checks_and_writes_by_schema(framework):
    run = framework("fastify.js").ready()

    assert http_ask(run.port, path="/schema").json() == {"hello": "world"}
    assert http_ask(run.port, *post("/checked", {"name": "xy", "age": "7"})).json() == {"name": "xy", "age": 7}
    refused = http_ask(run.port, *post("/checked", {"name": "x"}))
    assert (refused.status, refused.json()["message"]) == (400, "body/name must NOT have fewer than 2 characters")


def test_nest_injects_and_converts(framework, nest):
    run = framework("nest/dist/main.mjs").ready()

    assert http_ask(run.port, path="/greet/me").body == b"hello me"
    assert http_ask(run.port, path="/twice/4").json() == {"twice": 8}
    assert http_ask(run.port, path="/twice/x").json()["message"] == "Validation failed (numeric string is expected)"


WEBSOCKET_TALK = ["binary 1048576 true", "closed 1000 bye", "ping from the server", "pong from the client", "text 1048576 true",
                  "text text é"]


def test_websockets_talk_with_a_client_of_the_hosts(framework, frameworks):
    run = framework("websocket.js", "server").ready()

    assert sorted(nodejs.run_node(frameworks / "websocket.js", "client", run.port).splitlines()) == WEBSOCKET_TALK
    assert run.out.wait_for("server: closed 1000 bye")


def test_websockets_talk_with_a_server_of_the_hosts(framework, frameworks):
    with nodejs.node_server(frameworks / "websocket.js", "server") as port:
        result = framework("websocket.js", "client", port, words=[f"--allow-net=127.0.0.1:{port}"], ports=()).finish()

    assert sorted(result.out.splitlines()) == WEBSOCKET_TALK, result.err


def test_websockets_talk_within_one_guest(framework):
    result = framework("websocket.js", ports=()).finish()

    assert sorted(result.out.splitlines()) == sorted([*WEBSOCKET_TALK, "server: closed 1000 bye"]), result.err


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_socketio_talks(framework, frameworks, transport):
    run = framework("socketio.js", "server").ready()

    assert nodejs.run_node(frameworks / "socketio.js", "client", run.port, transport).splitlines() == [
        transport, 'é {"a":[1,null]} true', "2", '[["ben","to all"],["ben","to all"]]', "no name", "[ 'other' ]"]
    for name in "ann", "ben":
        assert run.out.wait_for(f"{name} left: client namespace disconnect")
    assert http_ask(run.port).body == b"beside it"


def test_the_example_runs(node, world):
    project = nodejs.copy_project(guests.REPO / "examples" / "node-server", world.folder)
    run = node(project, ports=(8080,)).ready()

    assert http_ask(run.port).body.startswith(b"hello from node-server, you are 127.0.0.1:")
