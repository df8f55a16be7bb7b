"""`.wasmrun.toml`: found in the project, named by --config, overruled by the command line; slips are shown."""

import pytest

from harness import net


@pytest.fixture
def configured(start, user, folder):
    """configured(TOML, words...): a run under that configuration."""

    def run(toml, *words, **how):
        config = user.write(folder / "given.toml", toml)
        return start("c/remote", "--config", config, *words, **how)

    return run


def test_forwards_of_the_file_are_published(configured):
    port = net.free_port()
    run = configured(f'[network]\nforwards = ["{port}:8080"]\n')
    run.must("serve 127.0.0.1 8080")

    assert not net.is_refused(port)


def test_forwards_of_the_command_line_come_on_top(configured):
    port = net.free_port()
    run = configured(f'[network]\nforwards = ["{port}:8080"]\n', ports=[8080])
    run.must("serve 127.0.0.1 8080")

    assert not net.is_refused(port)
    assert not net.is_refused(run.port)


def test_a_host_port_of_the_command_line_overrules_the_files(configured):
    port = net.free_port()
    run = configured(f'[network]\nforwards = ["{port}:9999"]\n', "--forward", f"{port}:8080")
    run.must("serve 127.0.0.1 8080")

    assert not net.is_refused(port)


def test_the_file_is_found_in_the_project(start, world, user, folder):
    port = net.free_port()
    user.write(folder / f"remote-{world.tag}.wasm", world.guest("c/remote").read_bytes())
    user.write(folder / ".wasmrun.toml", f'[network]\nforwards = ["{port}:8080"]\n')
    run = start(folder)
    run.must("serve 127.0.0.1 8080")

    assert not net.is_refused(port)


@pytest.mark.parametrize("toml, place, words", [
    ('[network]\nforwardz = []\n', "2:1", ["forwardz", "did you mean 'forwards'?"]),
    ('\n[netwrk]\n', "2:2", ["netwrk", "did you mean 'network'?"]),
    ('isolation = true\n', "1:1", ["isolation", "[network]"]),
    ('[network]\nisolation = "yes"\n', "2:13", ["a string", "true or false"]),
    ('[network]\nloopback_enabled = 1\n', "2:20", ["an integer", "true or false"]),
    ('[network]\nforwards = "8080:80"\n', "2:12", ["a string", "an array"]),
    ('[network]\nforwards = ["1:2", 3]\n', "2:20", ["an integer", "string"]),
    ('[network]\nforwards = ["8080"]\n', "2:13", ["forward '8080'"]),
    ('[network]\nforwards = ["53:53/sctp"]\n', "2:13", ["unknown protocol", "sctp"]),
    ('[network]\nforwards = ["1:2", "1:3"]\n', "2:20", ["twice"]),
    ('[network]\nfirewall = ["a:1"]\n', "2:13", ["a firewall rule is a string", "expected a table"]),
    ('[network]\nisolation = "simulated"\n', "2:13", ["simulated", "not available in this version yet"]),
    ('[network]\nnamespace_prefix = "A B"\n', "2:20", ["A B"]),
    ('[network\n', "1:9", []),
    ('[network]\nforwards = [\n', "2:14", []),
])
def test_a_slip_is_shown_at_its_place(configured, folder, toml, place, words):
    configured(toml).refused(125, f"{folder}/given.toml:{place}", *words)


def test_a_config_file_that_is_not_there(start, folder):
    start("c/remote", "--config", folder / "nothing.toml").refused(125, f"{folder}/nothing.toml")
