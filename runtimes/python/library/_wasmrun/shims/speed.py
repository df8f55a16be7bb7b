"""What a server does for each request, in less time and with the same result.

headers     http.client parses headers with the parser for mail, which takes a third of a small request. Where the lines
            are plain ("Name: value", none continued, nothing about parts), two regular expressions do; all others
            go to Python's own.
date        The Date header, and the time in a line of the log, are made once a second.
"""
import http.client
import http.server
import re
import time
from email._policybase import compat32

# Nothing in them is tried twice ("*+"), so that no header takes more than one look at each of its bytes.
FIELD = re.compile(r"([!-9;-~]++):[ \t]*+([^\r\n]*+)\r\n")
PLAIN = re.compile(r"(?:[!-9;-~]++:[^\r\n]*+\r\n)*+\r\n")
PARTS = re.compile("multipart|message/", re.IGNORECASE)

base_parse_header_lines = http.client._parse_header_lines
base_date_time_string = http.server.BaseHTTPRequestHandler.date_time_string
base_log_date_time_string = http.server.BaseHTTPRequestHandler.log_date_time_string

# The second that it was, and its text.
latest_date = None, ""
latest_log_date = None, ""


def parse_header_lines(header_lines, _class=http.client.HTTPMessage):
    """http.client._parse_header_lines()."""
    text = b"".join(header_lines).decode("iso-8859-1")
    if _class is not http.client.HTTPMessage or not PLAIN.fullmatch(text) or PARTS.search(text):
        return base_parse_header_lines(header_lines, _class)
    message = _class(policy=compat32)
    message._headers = FIELD.findall(text)
    message._payload = ""
    return message


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
    http.client._parse_header_lines = parse_header_lines
    http.server.BaseHTTPRequestHandler.date_time_string = date_time_string
    http.server.BaseHTTPRequestHandler.log_date_time_string = log_date_time_string
