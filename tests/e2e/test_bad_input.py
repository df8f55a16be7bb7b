"""What cannot work is refused with one clear sentence, the right exit code, and nothing left behind."""

import subprocess

import pytest

from harness import net


def test_a_path_that_is_not_there(start, folder):
    start(folder / "nothing").refused(127, f"{folder}/nothing")


def test_a_wasm_file_that_is_not_there(start, folder):
    start(folder / "nothing.wasm").refused(127, f"{folder}/nothing.wasm")


def test_a_folder_that_is_no_project(start, folder):
    start(folder).refused(126, "Cargo.toml", "go.mod")


@pytest.mark.parametrize("content", [b"", b"hello, world\n", b"\x7fELF\x02\x01\x01", b"\0asm"],
                         ids=["empty", "text", "elf", "cut off"])
def test_a_file_that_is_no_module(start, user, folder, content):
    path = user.write(folder / "odd.wasm", content)

    start(path).refused(126, str(path))


@pytest.mark.parametrize("kind", [b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"], ids=["core", "component"])
def test_a_module_that_does_not_validate(start, user, folder, kind):
    path = user.write(folder / "bad.wasm", kind + b"\xff" * 64)

    start(path).refused(126, str(path))


def test_a_core_module_without_a_start_function(start, user, folder):
    path = user.write(folder / "library.wasm", b"\0asm\x01\0\0\0")

    start(path).refused(126, "_start")


@pytest.mark.parametrize("user", ["user"], indirect=True)
def test_a_module_that_may_not_be_read(start, user, folder, world):
    path = user.write(folder / "secret.wasm", world.guest("c/remote").read_bytes())
    path.chmod(0)

    start(path).refused(126, str(path), "Permission denied")


def test_an_import_that_no_host_has(start):
    start("c/unknown_import").refused(126, "acme", "frobnicate", "(i32, i64) -> f64")


@pytest.mark.parametrize("forward, word", [
    ("8080", "HOST_PORT:GUEST_PORT"),
    ("", "HOST_PORT:GUEST_PORT"),
    ("8080:", "guest port"),
    ("x:80", "host port 'x'"),
    ("0:80", "host port '0'"),
    ("80:0", "guest port '0'"),
    ("65536:80", "host port '65536'"),
    ("8080:99999", "guest port '99999'"),
    ("-1:80", "host port '-1'"),
    (" 8080:80", "host port ' 8080'"),
    ("localhost:8080:80", "localhost"),
    ("::1:8080:80", "brackets"),
    ("256.0.0.1:8080:80", "256.0.0.1"),
    ("8080:80/sctp", "sctp"),
    ("5353:53/sctp", "unknown protocol 'sctp'"),
    ("unix:app.sock:53", "must be absolute"),
    ("8080:80\x1b[31m", r"\x1b"),
])
def test_a_malformed_forward(start, forward, word):
    start("c/remote", "--forward", forward).refused(125, "forward", word)


def test_a_host_port_forwarded_twice(start):
    run = start("c/remote", "--forward", "8080:80", "--forward", "0.0.0.0:8080:81")

    run.refused(125, "8080", "twice")


def test_a_host_port_that_is_taken(start):
    with net.host_listener() as port:
        start("c/remote", "--forward", f"{port}:80").refused(125, f"127.0.0.1:{port}", "in use")


@pytest.mark.parametrize("user", ["user"], indirect=True)
def test_a_host_port_that_needs_privilege(start):
    if int(open("/proc/sys/net/ipv4/ip_unprivileged_port_start").read()) <= 80:
        pytest.skip("on this machine anybody may bind port 80")

    start("c/remote", "--forward", "80:80").refused(125, "127.0.0.1:80", "privilege")


def test_a_host_address_that_is_not_of_this_machine(start):
    start("c/remote", "--forward", "192.0.2.1:8080:80").refused(125, "192.0.2.1", "not an address of this host")


@pytest.mark.parametrize("words", [["--frobnicate"], ["--forward"], ["--name"], ["--detach"]])
def test_an_option_that_is_not_there(start, words):
    start("c/remote", *words).refused(125, words[0])


@pytest.mark.parametrize("name", ["", "Up", "a_b", "-a", "a-", "a/b", "x" * 64])
def test_a_name_that_cannot_be_a_hostname(start, name):
    start("c/remote", f"--name={name}").refused(125, "name")


def test_a_variable_without_a_name(start):
    start("c/remote", "--env", "=1").refused(125, "=1")


def test_a_directory_that_is_not_there(start, folder):
    start("c/remote", "--dir", folder / "nothing").refused(125, f"{folder}/nothing")


def test_a_directory_that_is_a_file(start, user, folder):
    path = user.write(folder / "file", "")

    start("c/remote", "--dir", path).refused(125, str(path))


def test_a_directory_whose_guest_name_climbs(start, folder):
    start("c/remote", "--dir", f"{folder}:/a/../b").refused(125, "..")


@pytest.mark.parametrize("language", ["cobol", "node"])
def test_a_language_that_is_not_there(start, language):
    start("c/remote", "--language", language).refused(125, language)


def test_a_grant_without_a_port_that_can_be(start):
    start("c/remote", "--allow-net=example.com:0").refused(125, "neither a port")


@pytest.mark.parametrize("words, said", [(["frob"], "unknown command 'frob'"), ([], "no command"),
                                         (["logs"], "not available in this version yet")])
def test_a_subcommand_that_is_not_there(world, user, words, said):
    done = subprocess.run([*user.prefix(), world.wasmrun, *words], env=user.env("/usr/bin:/bin"), capture_output=True,
                          text=True)

    assert done.returncode == 125
    assert said in done.stderr


@pytest.mark.parametrize("kind", ["user", "net"])
def test_namespaces_that_are_not_permitted(start, kind):
    """As on a machine whose administrator has switched them off."""
    shell = ["unshare", "--user", "--map-root-user", "sh", "-c",
             f'echo 0 > /proc/sys/user/max_{kind}_namespaces && exec "$@"', "sh"]
    run = start("c/remote", wrap=shell)

    run.refused(125, "kernel.unprivileged_userns_clone", "kernel.apparmor_restrict_unprivileged_userns", "sudo",
            'isolation = "simulated"')
