"""Landlock, where the kernel has it: in the private root only what the guest was given can be opened. Without Landlock
the root itself could be, which is empty: so this is what shows the rules at work."""

import ctypes

import pytest

CREATE_RULESET, VERSION = 444, 1  # of landlock_create_ruleset(2)


@pytest.fixture
def opens():
    """What opening a path that no rule names gives here."""
    available = ctypes.CDLL(None, use_errno=True).syscall(CREATE_RULESET, None, 0, VERSION) >= 2
    return "error EACCES" if available else "ok 0"


@pytest.mark.parametrize("path", ["/", "/dir"])
def test_the_root_around_the_directories_cannot_be_opened(escaped, bare, opens, path):
    assert bare().ask("open /") == "ok 0"
    assert escaped().ask(f"open {path}") == opens


@pytest.mark.parametrize("command", ["open /module", "open /dir/0", "create /dir/0/file"])
def test_what_was_given_can_be_used(escaped, command):
    assert escaped().ask(command) == "ok 0"
