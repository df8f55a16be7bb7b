"""The component: an interpreter that runs the command line which it is given.

componentize-py imports this module once, at build time, and takes a snapshot of the interpreter. What
is imported here is therefore there at once when a guest starts. At that time the standard library is
at hand, as /python, and so this is also where it is copied out, for run time (see export_library).

At run time /python is mounted by wasmrun, with the package `_wasmrun` in it, which does the rest.
"""
import importlib
import os
import sys

import wit_world.exports
import wit_world.imports.exit

# What servers use, imported ahead of them. None of it keeps a descriptor, a time or a random number.
import asyncio
import concurrent.futures.thread
import email.parser
import hashlib
import html
import http.server
import json
import logging
import mimetypes
import pathlib
import queue
import runpy
import selectors
import shutil
import signal
import socket
import socketserver
import tempfile
import threading
import traceback
import typing
import urllib.parse
import urllib.request
import uuid

LIBRARY = "/python"
# Is there only while the component is built, and is the build's folder for the library.
EXPORT = "/1/export"


def cache_path(source):
    folder, name = os.path.split(source)
    return f"{folder}/__pycache__/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def export_bytecode(name, source):
    """The bytecode is never compared with the source (PEP 552): both are installed together."""
    from importlib._bootstrap_external import _code_to_hash_pyc

    code = compile(source, f"{LIBRARY}/{name}", "exec", dont_inherit=True)
    write(f"{EXPORT}/{cache_path(name)}", _code_to_hash_pyc(code, importlib.util.source_hash(source), False))


def export_library(source_folder, skipped=()):
    for folder, folders, files in os.walk(source_folder):
        folders[:] = [f for f in folders if f not in skipped and f != "__pycache__"]
        for file in files:
            with open(f"{folder}/{file}", "rb") as opened:
                content = opened.read()
            name = f"{folder}/{file}"[len(source_folder) + 1:]
            write(f"{EXPORT}/{name}", content)
            if name.endswith(".py"):
                export_bytecode(name, content)


class Run(wit_world.exports.Run):
    def run(self):
        # The snapshot has the build's folders in it.
        sys.path[:] = [LIBRARY]
        sys.path_importer_cache.clear()
        importlib.invalidate_caches()
        from _wasmrun import command

        wit_world.imports.exit.exit_with_code(command.main())


if os.path.isdir(EXPORT):
    export_library(LIBRARY, skipped=("test", "idlelib", "tkinter", "turtledemo", "ensurepip"))
    export_library("/1/library")
