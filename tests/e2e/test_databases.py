"""Clients of databases, as npm and PyPI have them, on real servers of the host's: with a grant, and without."""

import os

import pytest

from harness import databases
from harness.python import CACHE, INSTALL_LIMIT_S

NO_CONNECTION = "ECONNREFUSED"

NODE_TALKS = {
    "pg.js": ["inserted [ { id: 1 } ]", "it's é 1970-01-01T00:00:00.000Z {\"a\":[1,null]} <Buffer 00 ff> 2 [ 1, 2 ]",
              "prepared 8", "prepared 10", '42703 column "no_such_column" does not exist', "rows 20000 20000",
              "kept_n_key", "25P02", "kept [ { n: 0 } ]", "notified news it works", "pool 8 4 4 4"],
    "ioredis.js": ["é true", '{"a":"1","b":"two"} null', "pipeline 1002 [ null, '1000' ]",
                   "multi 1001 WRONGTYPE", "script 1006", "receivers 1", "ioredis:news it works",
                   "popped ioredis:queue job", "large true"],
    "redis.js": ["é true null", "[ 1, 6 ]", "[ 'OK', '1' ]", "WRONGTYPE", "it works"],
}
PYTHON_TALKS = {
    "use_postgresql": ["inserted [[1]]", "1 it's é 1970-01-01 00:00:00+00:00 {'a': [1, None]} b'\\x00\\xff' 2 [1, 2]",
                       "prepared [[8]] [[10]]", '42703 column "no_such_column" does not exist', "rows 20000 20000",
                       "kept_n_key", "kept ([0],)", "notified news it works"],
    "use_redis": ["é True None", "pipeline 1000", "WRONGTYPE", "script 1005", "receivers 1", "it works", "large True",
                  "popped python:queue job", "together 20"],
}


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    """Grants do not depend on who runs this: tests/e2e/test_connect.py shows it."""
    return all_users[request.param]


@pytest.fixture(scope="module")
def postgresql():
    with databases.postgresql() as port:
        yield port


@pytest.fixture(scope="module")
def redis():
    with databases.redis() as port:
        yield port


@pytest.fixture
def port_for(request):
    """The port of the server that the script speaks to."""
    return lambda script: request.getfixturevalue("postgresql" if script in ("pg.js", "use_postgresql") else "redis")


@pytest.fixture
def talk(python):
    """Runs a module of the project that uses databases, with its packages from a cache that survives the session."""
    CACHE.mkdir(parents=True, exist_ok=True, mode=0o700)

    def run(module, *args, words=()):
        started = python("databases", *words, env={"WASMRUN_CACHE_DIR": str(CACHE)}, args=["-m", module, *args])
        started.process.wait(INSTALL_LIMIT_S)
        return started.finish()

    return run


@pytest.mark.parametrize("script", NODE_TALKS)
def test_a_client_for_node_talks_with_a_granted_server(framework, port_for, script):
    port = port_for(script)
    result = framework(script, port, words=[f"--allow-net=127.0.0.1:{port}"], ports=()).finish()

    assert (result.code, result.out.splitlines()) == (0, NODE_TALKS[script]), result.err


@pytest.mark.parametrize("script", NODE_TALKS)
def test_a_client_for_node_reaches_no_server_without_a_grant(framework, port_for, script):
    port = port_for(script)
    result = framework(script, port, words=[f"--allow-net=127.0.0.1:{port + 1}"], ports=()).finish()

    assert (result.code, result.out.splitlines()[0]) == (1, NO_CONNECTION), result.err


@pytest.mark.parametrize("module", PYTHON_TALKS)
def test_a_client_for_python_talks_with_a_granted_server(talk, port_for, module):
    port = port_for(module)
    result = talk(module, port, words=[f"--allow-net=127.0.0.1:{port}"])

    assert (result.code, result.out.splitlines()) == (0, PYTHON_TALKS[module]), result.err


@pytest.mark.parametrize("module", PYTHON_TALKS)
def test_a_client_for_python_reaches_no_server_without_a_grant(talk, port_for, module):
    port = port_for(module)
    result = talk(module, port, words=[f"--allow-net=127.0.0.1:{port + 1}"])

    assert (result.code, result.out) == (1, "")
    assert "refused" in result.err
