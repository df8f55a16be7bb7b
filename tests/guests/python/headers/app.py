"""Parses blocks of headers with the shim `speed` and without it, and compares the messages."""
import http.client
import io
import random

from _wasmrun.shims import speed

LONG = b"x" * 60000
BLOCKS = [
    b"\r\n",
    b"Host: localhost\r\n\r\n",
    b"Host: localhost\r\nAccept: */*\r\naccept: text/html\r\n\r\n",
    b"Empty:\r\nBlank:   \r\nTab:\t1\r\n\r\n",
    b"Trailing: space  \r\n\r\n",
    b"Colons: a:b:c\r\n!#$%&'*+-.^_`|~: tokens\r\n\r\n",
    b"Latin: \xe9\xff\r\n\r\n",
    b"Controls: a\x00b\x0bc\x0cd\x1c\x85e\r\n\r\n",
    b"Content-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\n",
    b"Content-Type: nonsense\r\n\r\n",
    b"Cookie: a=1; b=2\r\nCookie: c=3\r\n\r\n",
    b"Long: " + LONG + b"\r\n\r\n",
    # Not plain:
    b"Host: localhost\n\n",
    b"Folded: a\r\n b\r\n\r\n",
    b"Return: a\rb: c\r\n\r\n",
    b" Leading: space\r\n\r\n",
    b"No colon\r\n\r\n",
    b": no name\r\n\r\n",
    b"From someone\r\nHost: x\r\n\r\n",
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n",
    b"Content-Type: Message/rfc822\r\n\r\n",
]


def describe(message):
    described = dict(vars(message))
    described["defects"] = [repr(defect) for defect in message.defects]
    if isinstance(message._payload, list):
        described["_payload"] = [describe(part) for part in message._payload]
    return described


n_plain = 0
for block in BLOCKS:
    lines = block.splitlines(keepends=True) if b"\r\n" not in block else [x + b"\r\n" for x in block.split(b"\r\n")[:-1]]
    ours, theirs = http.client._parse_header_lines(lines), speed.base_parse_header_lines(lines)
    assert describe(ours) == describe(theirs), (block[:80], describe(ours), describe(theirs))
    assert str(ours) == str(theirs)
    n_plain += bool(speed.PLAIN.fullmatch(block.decode("latin-1")) and not speed.PARTS.search(block.decode("latin-1")))
print(len(BLOCKS), "blocks,", n_plain, "of them plain")


def read(parse, stream, size):
    """What comes of a stream: a message or an error, and what is left of the stream."""
    buffered = io.BufferedReader(io.BytesIO(stream), size)
    try:
        result = describe(parse(buffered))
    except http.client.HTTPException as error:
        result = repr(error)
    return result, buffered.read()


PIECES = [b"a: b\r\n", b"Cookie: c=d; e\r\n", b"\r\n", b"\n", b"\r", b" ", b":", b"x", b"\xe9", b"X-Y:\r\n", b"Content-Type: multipart/x\r\n"]
AROUND_LIMITS = [b"n: v\r\n" * n + b"\r\n" for n in (98, 99, 100, 101)] + [
    b"l: " + b"v" * n + b"\r\n\r\n" for n in (65530, 65531, 65532, 65600)]
some = random.Random(1)
streams = [block + rest for block in BLOCKS + AROUND_LIMITS for rest in (b"", b"body", b"\r\n\r\n", b"\n")]
streams += [b"".join(some.choices(PIECES, k=some.randrange(12))) + b"\r\n" for _ in range(2000)]
for stream in streams:
    for size in (16, 8192, 1 << 20):
        ours, theirs = read(http.client.parse_headers, stream, size), read(speed.base_parse_headers, stream, size)
        assert ours == theirs, (stream[:80], size, ours, theirs)
assert http.client.parse_headers is speed.parse_headers
print("streams are the same")
