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
    parts = urlsplit(url)
    sockets = {}
    for _ in range(connections):
        made = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[made.fileno()] = made
    poll = select.epoll()
    turn, began = cycle(requests), {}
    took: list[float] = []
    good = 0
    start = time.perf_counter()
    for number, made in sockets.items():
        poll.register(number, select.EPOLLIN)
        began[number] = time.perf_counter()
        made.sendall(next(turn))
    while (now := time.perf_counter()) - start < seconds:
        for number, _ in poll.poll(1):
            data = sockets[number].recv(65536)
            while not complete(data):
                more = sockets[number].recv(1 << 20)
                if not more:
                    raise ConnectionError("the server hung up")
                data += more
            good += data.startswith(b"HTTP/1.1 200")
            now = time.perf_counter()
            took.append(now - began[number])
            began[number] = now
            sockets[number].sendall(next(turn))
    elapsed = now - start
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
