"""TLS of Node.js projects: who is trusted, what is agreed on, and that nothing secret is the snapshot's."""

import concurrent.futures
import json
import os
import socket
import ssl
from contextlib import contextmanager

import pytest

from harness import certificates

ANSWER = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere"
LIMIT_S = 30


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("papers"))


def files(papers, script, *names):
    return {"index.js": script} | {name: (papers / name).read_text() for name in names}


@contextmanager
def tls_server(papers, name, key=None, version=None):
    """A server of Python's on the host, which answers each connection once; its port, and what it saw of each."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers / f"{name}.pem", papers / f"{key or name}.key")
    context.set_alpn_protocols(["http/1.1"])
    if version:
        context.minimum_version = version
    seen = []

    def serve(listener):
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as stream:
                    seen.append((stream.recv(65536).split(b"\r\n")[0].decode(), stream.version(), stream.selected_alpn_protocol()))
                    stream.sendall(ANSWER)
            except OSError:
                seen.append(None)

    with socket.create_server(("127.0.0.1", 0)) as listener, concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(serve, listener)
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)


GET = """
const fs = require('fs');
const options = { host: '127.0.0.1', port: process.argv[2], path: '/x', ALPNProtocols: ['http/1.1'], ...JSON.parse(process.argv[3]) };
if (fs.existsSync('ca.pem') && process.argv[4]) options.ca = fs.readFileSync('ca.pem');
require('https').get(options, (r) => {
  const { authorized, authorizationError } = r.socket;
  r.setEncoding('utf8').on('data', (text) => console.log(text, authorized, authorizationError));
}).on('error', (e) => console.log(e.code));
"""


@pytest.mark.parametrize("name, key, options, trusts, said", [
    ("rsa", None, {"servername": "localhost"}, True, "here true null"),
    ("ec", None, {"servername": "a.example.test"}, True, "here true null"),
    ("ec", None, {}, True, "here true null"),
    ("rsa", None, {}, False, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    ("ec", None, {"servername": "other.test"}, True, "ERR_TLS_CERT_ALTNAME_INVALID"),
    ("old", None, {}, True, "CERT_HAS_EXPIRED"),
    ("self", "rsa", {}, True, "DEPTH_ZERO_SELF_SIGNED_CERT"),
    ("rsa", None, {"rejectUnauthorized": False}, False, "here false UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
])
def test_a_server_is_believed_when_its_certificate_is(node, papers, name, key, options, trusts, said):
    with tls_server(papers, name, key) as (port, seen):
        result = node(files(papers, GET, "ca.pem"), f"--allow-net=127.0.0.1:{port}",
                      args=[str(port), json.dumps(options), "1" if trusts else ""]).finish()

    assert result.out == f"{said}\n", result.err
    requests = [one for one in seen if one and one[0]]
    assert requests == ([("GET /x HTTP/1.1", "TLSv1.2", "http/1.1")] if said.startswith("here") else [])


def test_a_server_that_speaks_no_version_of_ours_is_told(node, papers):
    with tls_server(papers, "ec", version=ssl.TLSVersion.TLSv1_3) as (port, _):
        result = node(files(papers, GET, "ca.pem"), f"--allow-net=127.0.0.1:{port}", args=[str(port), "{}", "1"]).finish()

    assert result.out == "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION\n", result.err


def test_fetch_trusts_the_authority_that_the_environment_names(node, papers):
    script = "fetch(`https://localhost:${process.argv[2]}/f`).then((r) => r.text(), (e) => e.cause.code).then(console.log)"
    with tls_server(papers, "rsa") as (port, _):
        grants = [f"--allow-net=localhost:{port}", f"--allow-net=127.0.0.1:{port}"]
        trusting = node(files(papers, script, "ca.pem"), *grants, "--env", "NODE_EXTRA_CA_CERTS=ca.pem", args=[str(port)]).finish()
        doubting = node(files(papers, script, "ca.pem"), *grants, args=[str(port)]).finish()

    assert trusting.out == "here\n", trusting.err
    assert doubting.out == "UNABLE_TO_VERIFY_LEAF_SIGNATURE\n", doubting.err


def test_two_starts_send_different_random_numbers(node, papers):
    """What a handshake draws would be the same if it were in the snapshot."""
    script = "require('tls').connect(+process.argv[2], '127.0.0.1').on('error', () => {})"
    with socket.create_server(("127.0.0.1", 0)) as listener, concurrent.futures.ThreadPoolExecutor() as pool:
        port = listener.getsockname()[1]

        def hello():
            with listener.accept()[0] as connection:
                return connection.recv(65536)

        hellos = []
        for _ in range(2):
            waiting = pool.submit(hello)
            node({"index.js": script}, f"--allow-net=127.0.0.1:{port}", args=[str(port)]).finish()
            hellos.append(waiting.result(LIMIT_S))

    randoms = [hello[11 + 4:11 + 32] for hello in hellos]  # behind the heads and the time
    assert [hello[0] for hello in hellos] == [22, 22]
    assert len(set(randoms)) == 2


SERVER = """
const fs = require('fs'), tls = require('tls');
const of = (name) => ({ key: fs.readFileSync(`${name}.key`), cert: fs.readFileSync(`${name}.pem`) });
const options = { ...of('rsa'), ca: fs.readFileSync('ca.pem'), requestCert: true, rejectUnauthorized: process.argv[2] === 'strict',
  ALPNProtocols: ['http/1.1'], SNICallback: (name, done) => setTimeout(done, 1, null, name === 'a.example.test' ? tls.createSecureContext({ ...of('ec'), ca: options.ca }) : undefined) };
const server = require('https').createServer(options, (req, res) => {
  const { servername, alpnProtocol, authorized, authorizationError } = req.socket;
  const subject = req.socket.getPeerCertificate().subject?.CN;
  let length = 0;
  req.on('data', (part) => { length += part.length; }).on('end', () => res.end(JSON.stringify(
    { servername, alpnProtocol, authorized, authorizationError, subject, length }) + '.'.repeat(req.url.length > 5 ? 200000 : 0)));
});
server.on('tlsClientError', (e) => console.log(e.code));
server.listen(3000);
"""
SERVER_FILES = ("ca.pem", "rsa.key", "rsa.pem", "ec.key", "ec.pem")


def ask(run, papers, name="localhost", client=None, body=b"", path="/", method="POST"):
    """The answer to one request over TLS, and the algorithm of the server's key."""
    context = ssl.create_default_context(cafile=papers / "ca.pem")
    context.set_alpn_protocols(["http/1.1"])
    if client:
        context.load_cert_chain(papers / f"{client}.pem", papers / f"{client}.key")
    with socket.create_connection(("127.0.0.1", run.port), LIMIT_S) as plain, context.wrap_socket(plain, server_hostname=name) as stream:
        head = (f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        stream.sendall(head + body)
        answer = b"".join(iter(lambda: stream.recv(65536), b""))
        return answer.split(b"\r\n\r\n", 1)[1], stream.cipher()[0]


def test_a_server_answers_over_tls(node, papers):
    run = node(files(papers, SERVER, *SERVER_FILES), ports=[3000]).ready()

    answer, cipher = ask(run, papers, body=b"x" * 300000)
    assert json.loads(answer) == {"servername": "localhost", "alpnProtocol": "http/1.1", "authorized": False,
                                  "authorizationError": "UNABLE_TO_GET_ISSUER_CERT", "length": 300000}
    assert cipher == "ECDHE-RSA-AES128-GCM-SHA256"
    answer, cipher = ask(run, papers, "a.example.test", client="ec")
    assert json.loads(answer) == {"servername": "a.example.test", "alpnProtocol": "http/1.1", "authorized": True,
                                  "authorizationError": None, "subject": "localhost", "length": 0}
    assert cipher == "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert len(ask(run, papers, path="/large")[0]) > 200000
    run.stop()


def test_a_server_refuses_clients_that_it_does_not_know(node, papers):
    run = node(files(papers, SERVER, *SERVER_FILES), ports=[3000], args=["strict"]).ready()

    with pytest.raises((OSError, IndexError)):
        ask(run, papers)
    with pytest.raises((OSError, IndexError)):
        ask(run, papers, client="old")
    assert json.loads(ask(run, papers, client="ec")[0])["authorized"] is True
    run.stop()


def test_a_server_survives_what_is_no_tls(node, papers):
    run = node(files(papers, SERVER, *SERVER_FILES), ports=[3000]).ready()

    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", b"\x16\x03\x01\xff\xff" + os.urandom(300), b"\x80", b"\x16" * 300000):
        with socket.create_connection(("127.0.0.1", run.port), LIMIT_S) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            try:
                while connection.recv(65536):
                    pass
            except ConnectionResetError:
                pass  # it had not read all when it gave up
    assert json.loads(ask(run, papers)[0])["length"] == 0
    run.stop()


def test_express_and_websockets_go_over_tls(framework, papers):
    words = [word for name, file in (("KEY", "ec.key"), ("CERT", "ec.pem"), ("CA", "ca.pem"))
             for word in ("--env", f"{name}={(papers / file).read_text()}")]
    run = framework("https.js", words=words).ready()

    assert json.loads(ask(run, papers, method="GET")[0]) == {"protocol": "https", "secure": True}
    assert json.loads(ask(run, papers, body=b'{"a": [1]}', path="/echo")[0]) == {"a": [1]}
    assert json.loads(ask(run, papers, method="GET", path="/socket")[0]) == 70000
    run.stop()


@pytest.mark.parametrize("what, words", [
    ("tls.createSecureContext({ minVersion: 'TLSv1.3' })", "The tls: TLS 1.3 method is not implemented"),
    ("tls.createSecureContext({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })", "The tls: TLS 1.1 and older method is not implemented"),
    ("tls.createSecureContext({ pfx: Buffer.alloc(9) })", "The tls: SecureContext.loadPKCS12 method is not implemented"),
    ("tls.createSecureContext({ key: ['ec', 'rsa'].map((n) => require('fs').readFileSync(`${n}.key`)) })",
     "The tls: a second key method is not implemented"),
    ("crypto.generateKeyPairSync('ed25519')", "The crypto.NidKeyPairGenJob method is not implemented"),
])
def test_what_the_library_lacks_names_itself(node, papers, what, words):
    script = f"const tls = require('tls'), crypto = require('crypto'); try {{ {what} }} catch (e) {{ console.log(e.message) }}"

    assert node(files(papers, script, "ec.key", "rsa.key")).finish().out == f"{words}\n"
