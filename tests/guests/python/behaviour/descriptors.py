"""Descriptors of sockets and pipes, which the module os takes."""
import asyncio
import os
import select
import socket
import tempfile
from contextlib import ExitStack

import pairs


def makes_a_socket_from_a_number():
    with ExitStack() as stack:
        client, accepted = pairs.tcp(stack)
        copy = socket.socket(fileno=os.dup(client.fileno()))
        with copy:
            copy.sendall(b"copy")
            return [accepted.recv(10), copy.family.name, copy.type.name, copy.proto]


def makes_a_socket_from_anothers_number():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        with socket.fromfd(a.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as copy:
            a.close()
            copy.sendall(b"from")
        return [b.recv(10), b.recv(10)]


def refuses_a_number_that_is_no_socket():
    with tempfile.TemporaryFile() as file:
        return socket.socket(fileno=file.fileno())


def refuses_a_number_that_is_nothing():
    return socket.socket(fileno=123456)


def closes_by_number():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        os.close(a.detach())
        return b.recv(1)


def reads_and_writes_by_number():
    with ExitStack() as stack:
        a, b = pairs.unix(stack)
        b.setblocking(True)
        return [os.write(a.fileno(), b"by number"), os.read(b.fileno(), 100)]


def has_numbers_that_are_sockets():
    import stat

    with socket.socket() as s:
        return [stat.S_ISSOCK(os.fstat(s.fileno()).st_mode), os.isatty(s.fileno()), os.get_inheritable(s.fileno())]


def pipes_carry_files():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as file:
        file.write("line\nrest")
    with open(reading) as file:
        return file.readlines()


def pipes_end():
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.close(writing)
    try:
        return [os.read(reading, 10), os.read(reading, 10)]
    finally:
        os.close(reading)


def pipes_break():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return os.write(writing, b"x")
    finally:
        os.close(writing)


def pipes_can_be_non_blocking():
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        return os.read(reading, 1)
    finally:
        os.close(reading)
        os.close(writing)


def pipes_are_waited_for():
    reading, writing = os.pipe()
    try:
        before = select.select([reading], [], [], 0.01)[0]
        os.write(writing, b"x")
        return [before, len(select.select([reading], [writing], [], 5)[0])]
    finally:
        os.close(reading)
        os.close(writing)


def pipes_serve_asyncio():
    async def main():
        reading, writing = os.pipe()
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader),
                                                    os.fdopen(reading, "rb", 0))
        os.write(writing, b"piped")
        os.close(writing)
        content = await reader.read()
        transport.close()
        return content

    return asyncio.run(main())


def a_number_that_is_used_again_is_a_new_one():
    with socket.socket() as s:
        os.set_blocking(s.fileno(), False)
    reading, writing = os.pipe()
    try:
        return [os.get_blocking(reading), os.get_blocking(writing)]
    finally:
        os.close(reading)
        os.close(writing)
