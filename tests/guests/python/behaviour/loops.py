"""The module asyncio."""
import asyncio
import errno
import socket
import time
from contextlib import suppress

LOCAL = "127.0.0.1"


def _error(error):
    return [type(error).__name__, errno.errorcode.get(getattr(error, "errno", None))]


async def _echo(reader, writer):
    with suppress(ConnectionError):
        while received := await reader.read(65536):
            writer.write(received)
            await writer.drain()
    writer.close()


async def _serve(handler=_echo):
    server = await asyncio.start_server(handler, LOCAL, 0)
    return server, server.sockets[0].getsockname()[1]


def runs():
    async def main():
        await asyncio.sleep(0)
        return "ran"

    return asyncio.run(main())


def sleeps_at_once():
    async def main():
        start = time.monotonic()
        await asyncio.gather(*(asyncio.sleep(0.2) for _ in range(10)))
        return 0.19 < time.monotonic() - start < 1

    return asyncio.run(main())


def keeps_order():
    async def main():
        order = []

        async def step(name, delay):
            await asyncio.sleep(delay)
            order.append(name)

        await asyncio.gather(step("c", 0.15), step("a", 0), step("b", 0.05))
        return order

    return asyncio.run(main())


def times_out():
    async def main():
        await asyncio.wait_for(asyncio.sleep(5), 0.05)

    return asyncio.run(main())


def has_timeouts():
    async def main():
        async with asyncio.timeout(0.05):
            await asyncio.sleep(5)

    return asyncio.run(main())


def cancels():
    async def main():
        task = asyncio.create_task(asyncio.sleep(5))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return task.cancelled()

    return asyncio.run(main())


def groups_tasks():
    async def main():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(asyncio.sleep(0, i)) for i in range(3)]
        return [t.result() for t in tasks]

    return asyncio.run(main())


def groups_fail():
    async def main():
        async def fail():
            raise ValueError

        count = 0
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                group.create_task(asyncio.sleep(5))
        except* ValueError as errors:
            count = len(errors.exceptions)
        return count

    return asyncio.run(main())


def has_queues():
    async def main():
        queue = asyncio.Queue(1)

        async def produce():
            for i in range(3):
                await queue.put(i)

        producer = asyncio.create_task(produce())
        got = [await queue.get() for _ in range(3)]
        await producer
        return got

    return asyncio.run(main())


def has_locks_and_events():
    async def main():
        lock, event, seen = asyncio.Lock(), asyncio.Event(), []

        async def wait():
            await event.wait()
            async with lock:
                seen.append(1)

        tasks = [asyncio.create_task(wait()) for _ in range(3)]
        await asyncio.sleep(0)
        event.set()
        await asyncio.gather(*tasks)
        return len(seen)

    return asyncio.run(main())


def has_semaphores():
    async def main():
        semaphore, most, now = asyncio.Semaphore(2), 0, 0

        async def work():
            nonlocal most, now
            async with semaphore:
                now += 1
                most = max(most, now)
                await asyncio.sleep(0.01)
                now -= 1

        await asyncio.gather(*(work() for _ in range(6)))
        return most

    return asyncio.run(main())


def calls_later():
    async def main():
        loop, called = asyncio.get_running_loop(), []
        loop.call_later(0.02, called.append, 1)
        loop.call_soon(called.append, 0)
        await asyncio.sleep(0.1)
        return called

    return asyncio.run(main())


def streams_echo():
    async def main():
        server, port = await _serve()
        reader, writer = await asyncio.open_connection(LOCAL, port)
        writer.write(b"hello\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        server.close()
        return line

    return asyncio.run(main())


def streams_carry_much():
    async def main():
        server, port = await _serve()
        reader, writer = await asyncio.open_connection(LOCAL, port)
        sent = bytes(range(256)) * 8192

        async def send():
            writer.write(sent)
            await writer.drain()
            writer.write_eof()

        _, received = await asyncio.gather(send(), reader.read(-1))
        writer.close()
        server.close()
        return received == sent

    return asyncio.run(main())


def streams_are_many():
    async def main():
        server, port = await _serve()

        async def client(i):
            reader, writer = await asyncio.open_connection(LOCAL, port)
            writer.write(b"%d\n" % i)
            line = await reader.readline()
            writer.close()
            return int(line)

        answers = await asyncio.gather(*(client(i) for i in range(50)))
        server.close()
        return answers == list(range(50))

    return asyncio.run(main())


def streams_read_until():
    async def main():
        async def handler(reader, writer):
            writer.write(b"one;two;three")
            writer.close()

        server, port = await _serve(handler)
        reader, writer = await asyncio.open_connection(LOCAL, port)
        got = [await reader.readuntil(b";"), await reader.readexactly(3), await reader.read()]
        writer.close()
        server.close()
        return got

    return asyncio.run(main())


def streams_end_too_early():
    async def main():
        async def handler(reader, writer):
            writer.write(b"abc")
            writer.close()

        server, port = await _serve(handler)
        reader, writer = await asyncio.open_connection(LOCAL, port)
        try:
            await reader.readexactly(10)
        except asyncio.IncompleteReadError as error:
            return [error.partial, error.expected]
        finally:
            writer.close()
            server.close()

    return asyncio.run(main())


def streams_tell_addresses():
    async def main():
        server, port = await _serve()
        reader, writer = await asyncio.open_connection(LOCAL, port)
        peer = writer.get_extra_info("peername")
        writer.close()
        server.close()
        return peer == (LOCAL, port)

    return asyncio.run(main())


def connecting_is_refused():
    async def main():
        with socket.create_server((LOCAL, 0)) as s:
            port = s.getsockname()[1]
        try:
            await asyncio.open_connection(LOCAL, port)
        except OSError as error:
            return _error(error)

    return asyncio.run(main())


def connects_to_localhost():
    async def main():
        server, port = await _serve()
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(b"x")
        got = await reader.read(1)
        writer.close()
        server.close()
        return got

    return asyncio.run(main())


def an_address_is_in_use():
    async def main():
        server, port = await _serve()
        try:
            await asyncio.start_server(_echo, LOCAL, port)
        except OSError as error:
            return _error(error)
        finally:
            server.close()

    return asyncio.run(main())


def has_protocols():
    async def main():
        loop = asyncio.get_running_loop()
        events = []

        class Server(asyncio.Protocol):
            def connection_made(self, transport):
                events.append("made")
                self.transport = transport

            def data_received(self, data):
                events.append(data.decode())
                self.transport.write(data[::-1])
                self.transport.close()

            def connection_lost(self, error):
                events.append("lost")

        server = await loop.create_server(Server, LOCAL, 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"abc")
        answer = await reader.read()
        writer.close()
        await asyncio.sleep(0.05)
        server.close()
        return [answer, *events]

    return asyncio.run(main())


def has_datagrams():
    async def main():
        loop = asyncio.get_running_loop()
        got = loop.create_future()

        class Server(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, address):
                self.transport.sendto(data.upper(), address)

        class Client(asyncio.DatagramProtocol):
            def datagram_received(self, data, address):
                got.set_result(data)

        server, _ = await loop.create_datagram_endpoint(Server, local_addr=(LOCAL, 0))
        client, _ = await loop.create_datagram_endpoint(Client, remote_addr=server.get_extra_info("sockname"))
        client.sendto(b"datagram")
        answer = await asyncio.wait_for(got, 5)
        client.close()
        server.close()
        return answer

    return asyncio.run(main())


def has_socket_calls():
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server((LOCAL, 0)) as listener, socket.socket() as client:
            listener.setblocking(False)
            client.setblocking(False)
            _, (accepted, _) = await asyncio.gather(loop.sock_connect(client, listener.getsockname()),
                                                    loop.sock_accept(listener))
            with accepted:
                await loop.sock_sendall(client, b"hello")
                return await loop.sock_recv(accepted, 10)

    return asyncio.run(main())


def has_readers():
    async def main():
        loop, found = asyncio.get_running_loop(), asyncio.Event()
        a, b = socket.socketpair()
        with a, b:
            loop.add_reader(a, found.set)
            b.send(b"x")
            await asyncio.wait_for(found.wait(), 5)
            return loop.remove_reader(a)

    return asyncio.run(main())


def looks_up_names():
    async def main():
        loop = asyncio.get_running_loop()
        return (await loop.getaddrinfo(LOCAL, 80, type=socket.SOCK_STREAM))[0][4]

    return asyncio.run(main())


def runs_in_executors():
    async def main():
        return await asyncio.get_running_loop().run_in_executor(None, pow, 2, 10)

    return asyncio.run(main())


def executors_hand_on_errors():
    async def main():
        await asyncio.to_thread(int, "x")

    return asyncio.run(main())


def executors_do_not_block_the_loop():
    async def main():
        start = time.monotonic()
        await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.2) for _ in range(3)))
        return time.monotonic() - start < 0.5

    return asyncio.run(main())


def runs_processes():
    async def main():
        process = await asyncio.create_subprocess_exec("/bin/true")
        return await process.wait()

    return asyncio.run(main())


def serves_until_cancelled():
    async def main():
        server, _ = await _serve()
        async with server:
            with suppress(TimeoutError):
                await asyncio.wait_for(server.serve_forever(), 0.05)
        return server.is_serving()

    return asyncio.run(main())


def has_context_variables():
    import contextvars

    variable = contextvars.ContextVar("variable", default=0)

    async def main():
        async def change():
            variable.set(1)
            return variable.get()

        return [await asyncio.create_task(change()), variable.get()]

    return asyncio.run(main())
