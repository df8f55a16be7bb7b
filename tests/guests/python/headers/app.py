"""Parses blocks of headers with the shim `speed` and without it, and compares the messages."""
import http.client

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
