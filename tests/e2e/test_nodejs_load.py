"""A thousand keep-alive connections, and as many requests as it takes: no error, and memory stays flat."""

import os
from contextlib import closing

import pytest

from harness.load import Crowd, resident_kib

CONNECTIONS = 1_000
WARM_UP = 10_000
GROWTH_MAX = 0.05

HELLO = "require('http').createServer((request, response) => response.end('hello')).listen(3000)"


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    return all_users[request.param]


@pytest.mark.parametrize("server, n_requests", [("http", 100_000), ("express.js", 30_000)])
def test_many_requests_on_many_connections_leave_memory_flat(node, framework, server, n_requests):
    run = node({"server.js": HELLO}, ports=[3000]) if server == "http" else framework(server, "5")
    with closing(Crowd(run.ready().port, CONNECTIONS, b"hello")) as crowd:
        crowd.take(WARM_UP)
        before = resident_kib(run.engine())
        crowd.take(n_requests - WARM_UP)
        after = resident_kib(run.engine())

    print(f"resident: {before} KiB after {WARM_UP} requests, {after} KiB after {n_requests}")
    assert after <= before * (1 + GROWTH_MAX)
