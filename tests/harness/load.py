"""Many keep-alive connections at once, each of which asks again as soon as it has its answer."""

import re
import resource
import select
from pathlib import Path

from harness import net

SPARE_DESCRIPTORS = 200


def allow_descriptors(n):
    """For this process, as far as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = n + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted) if hard != resource.RLIM_INFINITY else hard))


class Crowd:
    """Connections to 127.0.0.1:port that ask for / and want this body."""

    REQUEST = b"GET / HTTP/1.1\r\nHost: crowd\r\n\r\n"

    def __init__(self, port, n, body):
        allow_descriptors(n)
        self.body = body
        self.connections = {}
        self.events = select.epoll()
        for _ in range(n):
            connection = net.connect(port)
            self.connections[connection.fileno()] = connection
            self.events.register(connection.fileno(), select.EPOLLIN)

    def take(self, n):
        """Asks on all connections until n answers are there. Whatever is not the answer is an error."""
        asked, answered = 0, 0
        waiting = {}  # descriptor -> what it has of its answer

        def ask(fd):
            nonlocal asked
            if asked < n:
                self.connections[fd].sendall(self.REQUEST)
                waiting[fd] = b""
                asked += 1

        for fd in self.connections:
            ask(fd)
        while answered < n:
            ready = self.events.poll(net.TIME_LIMIT_S)
            assert ready, f"no answer for {net.TIME_LIMIT_S} s after {answered} of {n}"
            for fd, _ in ready:
                chunk = self.connections[fd].recv(1 << 16)
                assert chunk, f"a connection ended after {answered} answers"
                waiting[fd] += chunk
                if not self.is_whole(waiting[fd]):
                    continue
                answered += 1
                del waiting[fd]
                ask(fd)
        return answered

    def is_whole(self, answer):
        head, end, body = answer.partition(b"\r\n\r\n")
        if not end or len(body) < len(self.body):
            return False
        assert head.startswith(b"HTTP/1.1 200 ") and body == self.body, answer
        return True

    def close(self):
        self.events.close()
        for connection in self.connections.values():
            connection.close()


def resident_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))
