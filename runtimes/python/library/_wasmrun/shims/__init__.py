"""The shims: what is changed in Python's library and in some packages so that programs run.

Each module here is one shim, named as its file, with a function apply(). All are on. The variable
WASMRUN_PYTHON_SHIMS turns them off by name ("-servers,-ssl"), or all of them ("none").
"""
import importlib
import sys

NAMES = ("executors", "hashes", "packages", "servers", "speed", "ssl", "threads", "users", "signals")

enabled = set(NAMES)


def chosen(text):
    """The names that are on. Names that do not exist are told, and have no effect."""
    wanted = set(NAMES)
    for word in filter(None, text.split(",")):
        if word == "none":
            wanted = set()
        elif word[:1] == "-" and word[1:] in NAMES:
            wanted.discard(word[1:])
        else:
            print(f"wasmrun: python: WASMRUN_PYTHON_SHIMS: '{word}' is none of 'none', "
                  f"{', '.join(repr('-' + n) for n in NAMES)}", file=sys.stderr)
    return wanted


def apply(text):
    global enabled
    enabled = chosen(text)
    if "ssl" not in enabled:
        del sys.modules["ssl"]  # it is in the snapshot
    for name in NAMES:
        if name in enabled and name != "ssl":
            importlib.import_module(f"{__name__}.{name}").apply()
