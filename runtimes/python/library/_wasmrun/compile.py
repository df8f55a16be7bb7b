"""Compiles what pip has installed, in the one run that may write there: python -m _wasmrun.compile

A file that is no valid Python of this version stays as it is: many packages bring one for another.
"""
import importlib.util
import os
import secrets
import warnings

from importlib._bootstrap_external import _code_to_hash_pyc

from _wasmrun.command import SITE


def compile_file(path):
    compiled = importlib.util.cache_from_source(path)
    if os.path.exists(compiled):
        return
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return
    os.makedirs(os.path.dirname(compiled), exist_ok=True)
    # Under a name of its own until it is whole: another start of the project may do the same now.
    new = f"{compiled}.{secrets.token_hex(8)}"
    with open(new, "wb") as file:
        file.write(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))
    os.replace(new, compiled)


def main():
    warnings.simplefilter("ignore")  # they are for the packages' authors
    for folder, _, names in os.walk(SITE):
        for name in names:
            if name.endswith(".py"):
                compile_file(os.path.join(folder, name))


main()
