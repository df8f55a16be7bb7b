"""Popular packages of npm load and answer as they do under Node."""

import os

import pytest

from harness import nodejs

ANSWERS_MIN = 89  # as docs/nodejs.md says
TIME_LIMIT_S = 180

# What the runtime cannot run, and what it says. docs/nodejs.md has the reasons.
CANNOT = {
    "bcrypt": "is a native addon",
    "fs-extra": "ENOTSUP: operation not supported on socket, chmod",
}


@pytest.fixture(params=["root" if os.geteuid() == 0 else "user"])
def user(request, all_users):
    """Packages do not depend on who runs them."""
    return all_users[request.param]


def answers(text):
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_popular_packages_answer_as_they_do_under_node(node, world):
    project = nodejs.copy_project(nodejs.SOURCES / "packages", world.folder)
    run = node(project)
    nodes = answers(nodejs.run_node(project / "index.js"))
    run.process.wait(TIME_LIMIT_S)
    ours = answers(run.finish().out)

    assert {name: ours.get(name) for name in nodes if name not in CANNOT} == {
        name: answer for name, answer in nodes.items() if name not in CANNOT}
    assert not [name for name, answer in nodes.items() if "Error: " in answer]
    for name, words in CANNOT.items():
        assert words in ours[name]
    assert len(nodes) - len(CANNOT) >= ANSWERS_MIN
