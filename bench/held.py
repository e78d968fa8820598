"""What each worker holds while time goes by, and whether it holds ever more."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

MEMORY_MB, MEMORY_SHARE, COUNT = 2.0, 0.02, 0.5
POOLS = 8  # the main thread, four that answer, two that load, and one of the loop's own
WHAT = ("memory", "descriptors", "threads")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process held at a moment: resident megabytes, descriptors beside its clients' connections, threads."""

    worker: str
    memory: float
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Thirds:
    """The middle values of something in the first, the second and the last third of the time."""

    first: float
    middle: float
    last: float

    def grew(self, most: float) -> bool:
        """Whether the last third is above the middle one by more than this; the first is for getting warm."""
        return self.last - self.middle > most


def sample(name: str, process: psutil.Process) -> Sample:
    """What this process holds now."""
    with process.oneshot():
        memory, threads = process.memory_info().rss / 1e6, process.num_threads()
    clients, descriptors = len([c for c in process.net_connections("tcp") if c.raddr]), process.num_fds()
    return Sample(name, memory, descriptors - clients, threads)


def thirds(values: Sequence[float]) -> Thirds:
    """Values in the order of time; at least one for each third."""
    if len(values) < 3:
        raise ValueError(f"{len(values)} samples are too few to tell a first, a middle and a last third")
    one, two = len(values) // 3, 2 * len(values) // 3
    return Thirds(*(statistics.median(part) for part in (values[:one], values[one:two], values[two:])))


def growing(samples: Sequence[Sample], connections: Sequence[int]) -> list[str]:
    """Everything of which there was more in the last third than in the middle one, in words.

    Memory may breathe by 2 % or 2 MB; of the rest not even one more is kept. Pools of threads fill as chance has it,
    and whatever fits into them is none too many.
    """
    found = []
    for worker in dict.fromkeys(one.worker for one in samples):
        for what in WHAT:
            seen = thirds([getattr(one, what) for one in samples if one.worker == worker])
            most = max(MEMORY_MB, MEMORY_SHARE * seen.middle) if what == "memory" else COUNT
            if seen.grew(most) and not (what == "threads" and seen.last <= POOLS):
                found.append(f"{what} of {worker}: {seen.middle:.1f}, then {seen.last:.1f}")
    if connections and thirds(connections).grew(COUNT):
        found.append(f"connections to the database: {thirds(connections)}")
    return found


def table(samples: Sequence[Sample], connections: Sequence[int]) -> str:
    """One row for each worker as Markdown: the middle value of each third."""
    heads = ["", "memory MB", "descriptors", "threads"]
    lines = [" | ".join(heads), " | ".join(["---", *["---:"] * 3])]
    for worker in dict.fromkeys(one.worker for one in samples):
        mine = [one for one in samples if one.worker == worker]
        cells = [_shown([getattr(one, what) for one in mine]) for what in WHAT]
        lines.append(" | ".join([worker, *cells]))
    if connections:
        lines.append(f"connections to the database | | {_shown(connections)} | ")
    return "\n".join(f"| {line} |" for line in lines)


def _shown(values: Sequence[float]) -> str:
    seen = thirds(values)
    return " · ".join(f"{value:.0f}" for value in (seen.first, seen.middle, seen.last))
