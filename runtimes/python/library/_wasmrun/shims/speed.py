"""What a server does for each request, in less time and with the same result.

headers     http.client parses headers with the parser for mail, which takes a third of a small request. Where the lines
            are plain ("Name: value", none continued, nothing about parts), two regular expressions do; all others
            go to Python's own. If all of them have been read ahead, they are taken together instead of by lines.
date        The Date header, and the time in a line of the log, are made once a second.
"""
import http.client
import http.server
import io
import re
import time
from email._policybase import compat32

# Nothing in them is tried twice ("*+"), so that no header takes more than one look at each of its bytes.
FIELD = re.compile(r"([!-9;-~]++):[ \t]*+([^\r\n]*+)\r\n")
PLAIN = re.compile(r"(?:[!-9;-~]++:[^\r\n]*+\r\n)*+\r\n")
PARTS = re.compile("multipart|message/", re.IGNORECASE)

base_parse_headers = http.client.parse_headers
base_parse_header_lines = http.client._parse_header_lines
base_date_time_string = http.server.BaseHTTPRequestHandler.date_time_string
base_log_date_time_string = http.server.BaseHTTPRequestHandler.log_date_time_string

# The second that it was, and its text.
latest_date = None, ""
latest_log_date = None, ""


def message_of(text, message_class):
    """The message of plain headers, or None."""
    if message_class is not http.client.HTTPMessage or not PLAIN.fullmatch(text) or PARTS.search(text):
        return None
    message = message_class(policy=compat32)
    message._headers = FIELD.findall(text)
    message._payload = ""
    return message


def parse_header_lines(header_lines, _class=http.client.HTTPMessage):
    """http.client._parse_header_lines()."""
    message = message_of(b"".join(header_lines).decode("iso-8859-1"), _class)
    return base_parse_header_lines(header_lines, _class) if message is None else message


def length_of_headers(ahead):
    """With the blank line that ends them; 0 if they are not all there."""
    if ahead.startswith(b"\r\n"):
        return 2
    headers, end, _ = ahead.partition(b"\r\n\r\n")
    return len(headers) + len(end) if end else 0


def parse_headers(fp, _class=http.client.HTTPMessage):
    """http.client.parse_headers()."""
    ahead = fp.peek(1) if type(fp) is io.BufferedReader else b""
    length = length_of_headers(ahead)
    if 0 < length <= http.client._MAXLINE and ahead.count(b"\n", 0, length) <= http.client._MAXHEADERS:
        message = message_of(ahead[:length].decode("iso-8859-1"), _class)
        if message is not None:
            fp.read(length)
            return message
    return base_parse_headers(fp, _class)


def date_time_string(self, timestamp=None):
    """BaseHTTPRequestHandler.date_time_string()."""
    global latest_date
    if timestamp is not None:
        return base_date_time_string(self, timestamp)
    second = int(time.time())
    if second != latest_date[0]:
        latest_date = second, base_date_time_string(self, second)
    return latest_date[1]


def log_date_time_string(self):
    """BaseHTTPRequestHandler.log_date_time_string()."""
    global latest_log_date
    second = int(time.time())
    if second != latest_log_date[0]:
        latest_log_date = second, base_log_date_time_string(self)
    return latest_log_date[1]


def apply():
    http.client.parse_headers = parse_headers
    http.client._parse_header_lines = parse_header_lines
    http.server.BaseHTTPRequestHandler.date_time_string = date_time_string
    http.server.BaseHTTPRequestHandler.log_date_time_string = log_date_time_string
