"""The builtin modules answer as Node's own do, but for what is known and listed."""

import os
import shutil
import subprocess

from harness import certificates, nodejs

TIME_LIMIT_S = 120
EQUAL_MIN = 0.95


def answers(text):
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_the_same_text_as_node_but_for_the_known_differences(node, user, folder):
    """differences.txt has one line for each check that gives another text, with its reason; docs/nodejs.md has them too."""
    project = folder / "differential"
    shutil.copytree(nodejs.SOURCES / "differential", project)
    certificates.make(project / "keys")
    for path in [project, *project.rglob("*")]:
        user.own(path)
    known = [line.split(": ", 1)[0] for line in (project / "differences.txt").read_text().splitlines()]
    done = subprocess.run([nodejs.real_node(), "--no-warnings", "index.js"], cwd=project, env=user.env(os.environ["PATH"]) | {"TZ": "UTC"},
                          capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert done.returncode == 0, done.stderr

    run = node(project)
    run.process.wait(TIME_LIMIT_S)
    ours, nodes = answers(run.finish().out), answers(done.stdout)

    different = {name for name, text in nodes.items() if ours.get(name) != text}
    for name in sorted(different ^ set(known)):
        print(f"{name}\n  node    {nodes.get(name)}\n  wasmrun {ours.get(name)}")
    assert len(nodes) >= 750
    assert sorted(different) == sorted(known)
    assert len(different) <= len(nodes) * (1 - EQUAL_MIN)
