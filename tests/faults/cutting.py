"""A relay between the service and PostgreSQL that cuts connections where it hurts most: at a commit."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Final

EVERY: Final = 5
COMMIT: Final = b"COMMIT\x00"  # to the end of the statement: isolation levels are called READ COMMITTED


class Relay:
    """Passes bytes on between clients of a port and a socket in the file system.

    Of the commits that come by, one in five is cut off: in turn before the server hears of it, and after, so that the
    client never hears the answer. `cuts` counts both kinds.
    """

    def __init__(self, target: str) -> None:
        self._target, self._commits = target, count(1)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cuts: Counter[str] = Counter()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = {self._listener}

    def accept(self) -> None:
        """Takes clients until the relay is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                self._open |= {client, server}
                self._start(self._outward, client, server)
                self._start(self._homeward, client, server)

    def close(self) -> None:
        """Cuts whatever is left."""
        for one in tuple(self._open):
            _shut(one)
        for thread in self._threads:
            thread.join()
        for one in self._open:
            one.close()

    def _start(self, work: object, client: socket.socket, server: socket.socket) -> None:
        thread = threading.Thread(target=work, args=(client, server))  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _outward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                number = next(self._commits) if COMMIT in data else 1
                if number % EVERY:
                    server.sendall(data)
                elif number % (2 * EVERY):
                    self.cuts["before"] += 1
                    break
                else:
                    self.cuts["after"] += 1
                    _shut(client)
                    server.sendall(data)
                    server.shutdown(socket.SHUT_WR)  # the server reads all of it, then that nobody is there
                    return
        _shut(client)
        _shut(server)

    def _homeward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        _shut(client)
        _shut(server)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(target: str) -> Iterator[Relay]:
    """A relay at work until the block ends."""
    made = Relay(target)
    thread = threading.Thread(target=made.accept)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join()
