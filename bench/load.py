"""A small load generator: kept connections, each with one request under way, answers counted and timed.

`python -m bench.load URL SECONDS CONNECTIONS` reads whole requests from standard input as a JSON list of texts, sends
them in turn and prints one JSON object. Nothing but sockets and `epoll`, so that it costs less than what it measures.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

_END = b"\r\n\r\n"
_LENGTH = b"ontent-Length: "


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run saw; latencies in milliseconds."""

    requests: int
    seconds: float
    good: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def run(url: str, seconds: float, connections: int, requests: list[bytes]) -> Figures:
    """Sends these requests in turn over so many connections for so long."""
    sockets, poll = connected(url, connections)
    turn, began = cycle(requests), {}
    took: list[float] = []
    good = 0
    start = time.perf_counter()
    for number, made in sockets.items():
        began[number] = time.perf_counter()
        made.sendall(next(turn))
    while (now := time.perf_counter()) - start < seconds:
        for number, _ in poll.poll(1):
            data = whole(sockets[number])
            good += data.startswith(b"HTTP/1.1 200")
            now = time.perf_counter()
            took.append(now - began[number])
            began[number] = now
            sockets[number].sendall(next(turn))
    return figures(sockets, took, now - start, good)


def paced(url: str, seconds: float, connections: int, requests: list[bytes], rate: float) -> Figures:
    """Sends so many a second, come what may; each latency counts from when its request was due.

    A request that finds no connection free waits for one, and that is part of its latency.
    """
    sockets, poll = connected(url, connections)
    turn, began, free = cycle(requests), {}, list(sockets)
    took: list[float] = []
    good = sent = 0
    start = time.perf_counter()
    while (now := time.perf_counter()) - start < seconds or began:
        while free and (due := start + sent / rate) <= now and due - start < seconds:
            began[number := free.pop()] = due
            sockets[number].sendall(next(turn))
            sent += 1
        for number, _ in poll.poll(0):
            good += whole(sockets[number]).startswith(b"HTTP/1.1 200")
            took.append(time.perf_counter() - began.pop(number))
            free.append(number)
    return figures(sockets, took, now - start, good)


def connected(url: str, connections: int) -> tuple[dict[int, socket.socket], select.epoll]:
    """So many open connections by number, and what tells which of them can be read."""
    parts = urlsplit(url)
    poll, sockets = select.epoll(), {}
    for _ in range(connections):
        made = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(made.fileno(), select.EPOLLIN)
        sockets[made.fileno()] = made
    return sockets, poll


def whole(connection: socket.socket) -> bytes:
    """The response that has begun to come in."""
    data = connection.recv(65536)
    while not complete(data):
        more = connection.recv(1 << 20)
        if not more:
            raise ConnectionError("the server hung up")
        data += more
    return data


def figures(sockets: dict[int, socket.socket], took: list[float], elapsed: float, good: int) -> Figures:
    """What was seen, when all connections are closed."""
    for made in sockets.values():
        made.close()
    took.sort()
    return Figures(len(took), elapsed, good, took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000)


def complete(data: bytes) -> bool:
    """Whether this is a whole response; one without a length counts as soon as its head is there."""
    head = data.find(_END)
    if head < 0:
        if not data:
            raise ConnectionError("the server hung up")
        return False
    at = data.find(_LENGTH, 0, head)
    if at < 0:
        return True
    length = int(data[at + len(_LENGTH) : data.index(b"\r", at)])
    return len(data) >= head + len(_END) + length


def main() -> None:
    url, seconds, connections = sys.argv[1:4]
    requests = [text.encode() for text in json.load(sys.stdin)]
    found = run(url, float(seconds), int(connections), requests)
    print(json.dumps({"requests": found.requests, "seconds": found.seconds, "good": found.good,
                      "p50": found.p50, "p99": found.p99}))  # fmt: skip


if __name__ == "__main__":
    main()
