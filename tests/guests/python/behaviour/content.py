"""Modules that compute: json, hashlib, zlib, sqlite3 and what stands beside them."""
import array
import base64
import binascii
import collections
import csv
import datetime
import decimal
import fractions
import functools
import gzip
import hashlib
import hmac
import io
import itertools
import json
import math
import pickle
import random
import re
import sqlite3
import statistics
import string
import struct
import textwrap
import unicodedata
import uuid
import zipfile
import zlib
import xml.etree.ElementTree
from html.parser import HTMLParser


def json_writes():
    return json.dumps({"b": [1, 2.5, None, True], "a": "ü\n\u2028"}, sort_keys=True)


def json_indents():
    return json.dumps({"a": [1, {"b": []}]}, indent=2)


def json_reads():
    return json.loads('{"a": [1, -2.5e3, null, "\\u00fc\\ud83d\\ude00"]}')


def json_has_floats():
    return [json.dumps(v) for v in (0.1, 1e100, 1e-7, 123456789.123456789, float("inf"), -0.0)]


def json_refuses():
    try:
        json.loads('{"a": }')
    except json.JSONDecodeError as error:
        return [error.msg, error.pos, error.lineno]


def json_refuses_objects():
    return json.dumps(object())


def json_survives_depth():
    return json.loads("[" * 100000)


def hashes():
    return [hashlib.new(name, b"hash me").hexdigest() for name in
            ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s")]


def shake():
    return hashlib.shake_128(b"shake").hexdigest(16)


def hash_names():
    return sorted(hashlib.algorithms_guaranteed)


def hashes_in_parts():
    h = hashlib.sha256(b"a")
    copy = h.copy()
    h.update(b"b")
    return [h.hexdigest(), copy.hexdigest(), h.digest_size, h.block_size]


def hashes_files():
    with open(__file__, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuses_unknown_hashes():
    return hashlib.new("no such hash")


def macs():
    return [hmac.new(b"key", b"message", "sha256").hexdigest(), hmac.compare_digest(b"a", b"a")]


def derives_keys():
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 100, 70).hex()


def derives_keys_with_scrypt():
    return hashlib.scrypt(b"password", salt=b"salt", n=16, r=8, p=1, dklen=16).hex()


def deflates():
    sent = b"deflate " * 1000
    packed = zlib.compress(sent, 9)
    return [len(packed) < 100, zlib.decompress(packed) == sent, zlib.crc32(sent), zlib.adler32(sent)]


def deflates_in_parts():
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(b"part" * 100) + packer.flush()
    unpacker = zlib.decompressobj(-15)
    return [unpacker.decompress(packed, 10), len(unpacker.unconsumed_tail) > 0]


def refuses_what_is_not_deflated():
    return zlib.decompress(b"nonsense")


def gzips():
    return gzip.decompress(gzip.compress(b"gzip" * 10, mtime=0))


def zips():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.txt", "content")
    with zipfile.ZipFile(file) as z:
        return [z.namelist(), z.read("a.txt"), z.testzip()]


def has_bz2():
    import bz2

    return bz2.decompress(bz2.compress(b"x"))


def has_lzma():
    import lzma

    return lzma.decompress(lzma.compress(b"x"))


def _database():
    db = sqlite3.connect(":memory:")
    db.execute("create table t(a integer primary key, b text, c real)")
    db.executemany("insert into t(b, c) values(?, ?)", [("x", 1.5), ("y", None), ("ü", -2)])
    return db


def sqlite_selects():
    return _database().execute("select * from t order by a").fetchall()


def sqlite_aggregates():
    return _database().execute("select count(*), sum(c), max(b) from t").fetchone()


def sqlite_rolls_back():
    db = _database()
    db.commit()
    db.execute("delete from t")
    db.rollback()
    return db.execute("select count(*) from t").fetchone()


def sqlite_has_functions():
    db = _database()
    db.create_function("twice", 1, lambda v: v * 2)
    return db.execute("select twice(b) from t").fetchall()


def sqlite_has_rows():
    db = _database()
    db.row_factory = sqlite3.Row
    row = db.execute("select * from t").fetchone()
    return [row["b"], row.keys()]


def sqlite_refuses():
    return _database().execute("select nothing from nowhere")


def sqlite_keeps_constraints():
    return _database().execute("insert into t(a) values(1)")


def sqlite_has_json():
    return sqlite3.connect(":memory:").execute("select json_extract('{\"a\": [1, 2]}', '$.a[1]')").fetchone()


def sqlite_keeps_files():
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "db")
        with sqlite3.connect(path) as db:
            db.execute("create table t(a)")
            db.execute("insert into t values(42)")
        db.close()
        again = sqlite3.connect(path)
        found = again.execute("select a from t").fetchone()
        again.close()
        return found


def encodes():
    return [base64.b64encode(b"\0\xff"), base64.b32encode(b"abc"), base64.b85encode(b"abc"),
            base64.urlsafe_b64decode("_-8="), binascii.hexlify(b"\1\2")]


def packs():
    return [struct.pack("<hiq", 1, 2, 3), struct.unpack(">f", b"\x3f\x80\0\0"), struct.calcsize("<bhi")]


def has_arrays():
    return array.array("d", [1, 2.5]).tolist()


def pickles():
    return pickle.loads(pickle.dumps({"a": (1, 2.5, "x", b"y", None)}))


def calculates():
    return [math.sin(1), math.exp(2), math.gamma(5.5), math.hypot(3, 4), math.comb(50, 25), math.isqrt(10**40), 2**0.5]


def calculates_large():
    return [str(3**500), str(math.factorial(60)), pow(3, 10**6, 10**9 + 7)]


def has_decimals():
    with decimal.localcontext() as context:
        context.prec = 50
        return str(decimal.Decimal(2).sqrt())


def has_fractions():
    return str(fractions.Fraction(1, 3) + fractions.Fraction(1, 6))


def has_statistics():
    return [statistics.mean([1, 2, 3, 4]), statistics.stdev([1, 2, 3, 4]), statistics.median([3, 1, 2])]


def formats():
    return [f"{math.pi:.10f}", f"{1234567:,}", f"{255:#x}", f"{'x':>5}|", "%5.2e" % 12345.678, repr(0.1 + 0.2)]


def draws_from_a_seed():
    r = random.Random(42)
    return [r.random(), r.randint(1, 100), r.sample(range(50), 5), r.gauss(0, 1)]


def draws_differently_each_time():
    return random.random() != random.random() and uuid.uuid4() != uuid.uuid4()


def has_times():
    t = datetime.datetime(2026, 2, 28, 12, 30, tzinfo=datetime.timezone.utc)
    return [t.isoformat(), (t + datetime.timedelta(days=1)).strftime("%A %d %B %Y"), t.timestamp(),
            datetime.date.fromisoformat("2024-02-29").isocalendar()[:3]]


def has_time_zones():
    import zoneinfo

    return datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset().seconds


def matches():
    return [re.findall(r"(\w)(\d+)", "a1 b22 ü3"), re.sub(r"(?i)X(?=y)", "-", "xyXz"), re.split(r"[,;]\s*", "a, b;c")]


def knows_unicode():
    return [unicodedata.normalize("NFD", "ü") == "u\u0308", "ß".upper(), "İ".lower().encode().hex(),
            unicodedata.name("€")]


def has_codecs():
    return ["ü".encode(name).hex() for name in ("utf-8", "utf-16-le", "latin-1", "cp1252", "cp437", "utf-7")]


def has_asian_codecs():
    return ["漢".encode(name).hex() for name in ("shift_jis", "gb18030", "big5", "euc_jp")]


def reads_csv():
    return list(csv.reader(io.StringIO('a,"b,c"\n"d""e",f\n')))


def parses_xml():
    root = xml.etree.ElementTree.fromstring("<a><b c='1'>text</b></a>")
    return [root.find("b").get("c"), root.find("b").text]


def refuses_bad_xml():
    return xml.etree.ElementTree.fromstring("<a>")


def parses_html():
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.append([tag, attributes])

    Parser().feed("<p class=x>text<br></p>")
    return found


def iterates():
    return [list(itertools.pairwise("abc")), list(itertools.accumulate([1, 2, 3])),
            functools.reduce(lambda a, b: a * b, range(1, 6)), collections.Counter("aab").most_common(1)]


def has_templates():
    return [string.Template("$a").substitute(a=1), textwrap.wrap("one two three", 8)]
