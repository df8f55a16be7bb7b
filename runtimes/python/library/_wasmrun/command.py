"""The command line, as Python's own: [SCRIPT | -m MODULE | -c CODE | --app APP | --project-script] [ARGUMENT]..."""
import atexit
import builtins
import errno
import io
import os
import signal
import sys
import threading
import types

import wit_world.imports.exit

from _wasmrun import shims

PROJECT = "/"
LIBRARY = "/python"
# What pip installed for the project. A package that the project brings along wins.
SITE = "/python/site-packages"
VENDORED = "/site-packages"

CANNOT_RUN = 126  # what wasmrun itself exits with then
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
OUTPUT_LOST = 120  # as Python does when the last flush fails


class Refused(Exception):
    """There is no program to run. Its text says why."""


def leave(code):
    """As os._exit: at once. WASI carries codes of one byte, as does Linux."""
    wit_world.imports.exit.exit_with_code(code & 0xFF)


def set_path(first):
    extra = [p for p in os.environ.get("PYTHONPATH", "").split(":") if p]
    vendored = [VENDORED] if os.path.isdir(VENDORED) else []
    site = [SITE] if os.path.isdir(SITE) else []
    sys.path[:] = [first, *extra, *vendored, LIBRARY, *site]


def new_main():
    """A fresh __main__; the snapshot's is the component's own."""
    main = types.ModuleType("__main__")
    main.__builtins__ = builtins
    sys.modules["__main__"] = main
    return main.__dict__


def run_script(path, args):
    path = os.path.join(os.getcwd(), path)
    sys.argv[:] = [path, *args]
    set_path(os.path.dirname(path))
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        raise Refused(f"can't open file '{path}': {error.strerror}") from None
    names = new_main()
    names.update(__file__=path, __cached__=None)
    exec(compile(source, path, "exec", dont_inherit=True), names)


def run_module(name, args):
    import runpy
    import warnings

    # It may be in the snapshot, which is nothing to warn of.
    warnings.filterwarnings("ignore", ".* found in sys.modules after import of package", RuntimeWarning)
    sys.argv[:] = ["-m", *args]
    set_path(os.getcwd())
    new_main()
    runpy._run_module_as_main(name)


def run_code(code, args):
    sys.argv[:] = ["-c", *args]
    set_path("")
    exec(compile(code, "<string>", "exec", dont_inherit=True), new_main())


def run_project_script(args):
    """The one entry of [project.scripts] in pyproject.toml."""
    import tomllib

    set_path(f"{PROJECT}src" if os.path.isdir(f"{PROJECT}src") else PROJECT)
    with open(f"{PROJECT}pyproject.toml", "rb") as file:
        scripts = tomllib.load(file).get("project", {}).get("scripts", {})
    if not scripts:
        raise Refused("the project has no app.py, main.py, server.py, __main__.py or manage.py, and no "
                      "[project.scripts] in pyproject.toml; name what to run behind '--', as in '-- -m MODULE'")
    if len(scripts) > 1:
        raise Refused(f"the project has several scripts ({', '.join(sorted(scripts))}); "
                      "name what to run behind '--', as in '-- -m MODULE'")
    (name, entry), = scripts.items()
    module, _, attribute = entry.partition(":")
    sys.argv[:] = [name, *args]
    code = f"import sys, operator, importlib\n" \
           f"sys.exit(operator.attrgetter({attribute!r})(importlib.import_module({module!r}))())"
    exec(compile(code, f"<{name}>", "exec"), new_main())


def run_app(words):
    from _wasmrun import serve

    set_path(os.getcwd())
    new_main()
    serve.serve(words)


def run(words):
    match words:
        case ["--app", *args]:
            run_app(args)
        case ["--project-script", *args]:
            run_project_script(args)
        case ["-m", name, *args]:
            run_module(name, args)
        case ["-c", code, *args]:
            run_code(code, args)
        case ["-m" | "-c" as option]:
            raise Refused(f"argument expected for the {option} option")
        case [path, *args]:
            run_script(path, args)
        case []:
            raise Refused("there is nothing to run")


def exit_code(code):
    """What the argument of SystemExit means, as in Python's own handling of it."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def without_us(trace):
    """The traceback from the program's first frame on."""
    while trace and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def report(error):
    error.__traceback__ = without_us(error.__traceback__)
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except Exception:
        sys.__excepthook__(type(error), error, error.__traceback__)
    if isinstance(error, OSError) and error.errno in READ_ONLY and isinstance(error.filename, (str, bytes)):
        print("wasmrun: python: the project is read-only, '--dir .:/' makes it writable; /tmp always is", file=sys.stderr)


def run_to_end(words):
    """The exit code."""
    try:
        run(words)
    except SystemExit as error:
        return exit_code(error.code)
    except Refused as error:
        print(f"wasmrun: python: {error}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt as error:
        report(error)
        return 128 + signal.SIGINT
    except BaseException as error:
        report(error)
        return 1
    return 0


def flush(code):
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream and not stream.closed:
                stream.flush()
        except OSError:
            return OUTPUT_LOST
    return code


def main():
    words = sys.argv[1:]
    sys.dont_write_bytecode = True
    sys.prefix = sys.exec_prefix = sys.base_prefix = sys.base_exec_prefix = LIBRARY
    sys.executable = f"{LIBRARY}/bin/python"  # a name for messages; nothing can be executed
    sys.orig_argv[:] = sys.argv
    os._exit = leave
    shims.apply(os.environ.get("WASMRUN_PYTHON_SHIMS", ""))
    code = run_to_end(words)
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException as error:
        report(error)
    return flush(code)
