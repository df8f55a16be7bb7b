"""Asks Python's library what it does, one line of JSON a question: [name, answer].

Runs alike in a guest and on the host. An answer is a value, or the name of the error that came instead,
with its errno's name. One thread only.
"""
import errno
import importlib
import json
import sys

GROUPS = ("sockets", "families", "messages", "descriptors", "waiting", "loops", "web", "content", "system")


def error_name(number):
    """The first of its names: EPIPE and ESHUTDOWN are one number in a guest, and two on the host."""
    return min((name for name, value in vars(errno).items() if value == number and name[0] == "E"), default=number)


def describe(error):
    name = error_name(error.errno) if isinstance(error, OSError) and error.errno else None
    return f"{type(error).__name__} {name}" if name else type(error).__name__


def ask(question):
    try:
        return question()
    except Exception as error:
        return describe(error)


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin-1")
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    return value


def main():
    for group in GROUPS:
        module = importlib.import_module(group)
        for name, question in list(vars(module).items()):
            if callable(question) and getattr(question, "__module__", None) == group and not name.startswith("_"):
                print(json.dumps([f"{group}.{name}", plain(ask(question))]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
