"""The component: an interpreter that runs the command line which it is given.

componentize-py imports this module once, at build time, and takes a snapshot of the interpreter. What
is imported here is therefore there at once when a guest starts. At that time the standard library is
at hand, as /python, and so this is also where it is copied out, for run time (see export_library).

At run time /python is mounted by wasmrun. The package `_wasmrun`, which does the rest, is there, too, and in the
snapshot.
"""
import importlib
import os
import sys

import wit_world.exports
import wit_world.imports.exit

import wasmrun_linux

wasmrun_linux.install()  # before what follows imports socket and select
try:
    import wasmrun_hashes
except ImportError:  # it was built without a compiler
    pass

# http.client and others have HTTPS only if there is a module ssl. Ours refuses; see its head.
sys.path.insert(0, "/1/library/_wasmrun/shims/stubs")
import ssl

del sys.path[0]

# What servers use, imported ahead of them. None of it keeps a descriptor, a time or a random number.
import argparse
import asyncio
import calendar
import concurrent.futures.thread
import configparser
import decimal
import difflib
import email.headerregistry
import email.mime.text
import email.parser
import gc
import gettext
import gzip
import hashlib
import hmac
import html.parser
import http.cookies
import http.server
import importlib.metadata
import importlib.resources
import json
import logging.config
import mimetypes
import pathlib
import pickle
import pkgutil
import platform
import pprint
import queue
import runpy
import secrets
import selectors
import shlex
import shutil
import signal
import socket
import socketserver
import sqlite3
import statistics
import tempfile
import threading
import traceback
import typing
import urllib.parse
import urllib.request
import uuid
import wsgiref.simple_server
import zoneinfo

LIBRARY = "/python"
# Is there only while the component is built, and is the build's folder for the library.
EXPORT = "/1/export"
SOURCE = "/1/library"  # of _wasmrun


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


class Ours(importlib.machinery.SourceFileLoader):
    """Loads _wasmrun from the build's folder as if it were where it is at run time."""

    def get_data(self, path):
        return super().get_data(path.replace(LIBRARY, SOURCE, 1))

    def set_data(self, *ignored, **as_well):
        """No bytecode: export_library() makes it."""


class OursFinder:
    @staticmethod
    def find_spec(name, path, target=None):
        if name.partition(".")[0] != "_wasmrun":
            return None
        file = f"{LIBRARY}/{name.replace('.', '/')}"
        is_package = os.path.isdir(file.replace(LIBRARY, SOURCE, 1))
        file += "/__init__.py" if is_package else ".py"
        return importlib.util.spec_from_file_location(name, file, loader=Ours(name, file))


def import_ours():
    """Nothing of it has an effect before it is called."""
    sys.meta_path.insert(0, OursFinder)
    for folder, folders, files in os.walk(f"{SOURCE}/_wasmrun"):
        folders[:] = [f for f in folders if f not in ("stubs", "__pycache__")]
        package = folder[len(SOURCE) + 1:].replace("/", ".")
        for file in files:
            module = importlib.import_module(f"{package}.{file.removesuffix('.py')}".removesuffix(".__init__"))
            # Who asks for its source at run time finds it.
            module.__spec__.loader = module.__loader__ = importlib.machinery.SourceFileLoader(
                module.__name__, module.__file__)
    sys.meta_path.remove(OursFinder)


class Run(wit_world.exports.Run):
    def run(self):
        # The snapshot has the build's folders in it.
        sys.path[:] = [LIBRARY]
        sys.path_importer_cache.clear()
        importlib.invalidate_caches()
        command = sys.modules["_wasmrun.command"]
        wit_world.imports.exit.exit_with_code(command.main())


if os.path.isdir(EXPORT):
    export_library(LIBRARY, skipped=("test", "idlelib", "tkinter", "turtledemo", "ensurepip"))
    export_library(SOURCE)
    import_ours()
    # What is in the snapshot stays for ever. Looking through it for garbage would also make a copy of each page.
    gc.collect()
    gc.freeze()
