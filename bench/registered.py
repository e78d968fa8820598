"""AuthZEN and the registry: `python -m bench.registered [--resources N] [--record]`.

Over HTTP, one worker, SQLite, in one run: evaluations beside `/v1/check` with the same questions, said whole and said
with nothing but ids that the registry completes; and pages of a search among many registered notes, where half of them
are permitted and where hardly any are.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psutil

from authz.bootstrap import services
from authz.core.names import Subject
from authz.core.registry import Entry
from authz.managing import Terms
from authz.settings import Settings
from bench.asking import posted, questions
from bench.grown import PORT, Caller, calling, database, key_in, started
from bench.load import run
from bench.practices import ACTOR, circumstances, member, named
from bench.results import record

RESOURCES: Final = 100_000
ROUNDS, SECONDS, CONNECTIONS, NOTES, PAGES = 3, 4.0, 16, 500, 20
HERE: Final = named(0)
OFTEN, RARELY, OTHERWISE = 3, 6, 9  # practitioners of the practice, who alone may edit what they wrote
Body = dict[str, Any]


def filled(place: Path, number: int) -> tuple[str, float]:
    """A practice with that many registered notes, and the seconds that registering a thousand of them took."""
    url = database(place / "registered.db", 1, 30)
    made = services(Settings(database_url=url))
    took = []
    for start in range(0, number, 1000):
        part = [Entry("chart_note", f"n{n:06}", stored(n)) for n in range(start, min(start + 1000, number))]
        began = time.perf_counter()
        made.registry.put(Terms(ACTOR), HERE, part)
        took.append(time.perf_counter() - began)
    made.close()
    return url, statistics.median(took)


def stored(number: int) -> dict[str, str]:
    """One author wrote every other note, and one hardly any."""
    author = OFTEN if number % 2 else RARELY if number % 10_000 == 0 else OTHERWISE
    return {"author": str(member(HERE, author)), "state": "draft"}


def evaluation(one: Body, *, whole: bool) -> Body:
    """A question of a check as AuthZEN puts it."""
    subject = Subject.parse(one["subject"])
    resource = {"type": "chart_note", "id": one["resource"]["id"]}
    if whole:
        resource["properties"] = one["resource"]["attributes"]
    return {
        "subject": {"type": subject.kind, "id": subject.id},
        "action": {"name": "edit"},
        "resource": resource,
    }


def rates(token: str) -> dict[str, float]:
    """Answers a second, the middle of some rounds taken in turns."""
    asked = [{**one, "action": "edit"} for one in questions(HERE, 0, NOTES)]
    known = [{**one, "resource": {"type": "chart_note", "id": f"n{n:06}"}} for n, one in enumerate(asked)]
    zen = f"/practices/{HERE.id}/access/v1/evaluation"
    said = {
        "/v1/check, said whole": [("/v1/check", {"practice": HERE.id, **one}) for one in asked],
        "evaluation, said whole": [(zen, evaluation(one, whole=True)) for one in asked],
        "/v1/check, completed from the registry": [("/v1/check", {"practice": HERE.id, **one}) for one in known],
        "evaluation, completed from the registry": [(zen, evaluation(one, whole=False)) for one in known],
    }
    found: dict[str, list[float]] = {name: [] for name in said}
    for _ in range(ROUNDS):
        for name, bodies in said.items():
            requests = [posted(path, token, body).encode() for path, body in bodies]
            run(f"http://127.0.0.1:{PORT}", 0.5, CONNECTIONS, requests)
            found[name].append(run(f"http://127.0.0.1:{PORT}", SECONDS, CONNECTIONS, requests).rate)
    return {name: statistics.median(rounds) for name, rounds in found.items()}


def pages(caller: Caller, author: int) -> list[float]:
    """Milliseconds of each of some pages of a hundred of what an author may edit; RuntimeError if it is nothing."""
    took, found, page = [], 0, {"limit": 100}
    body = {
        "subject": {"type": "user", "id": member(HERE, author).id},
        "action": {"name": "edit"},
        "resource": {"type": "chart_note"},
    }
    for _ in range(PAGES):
        milliseconds, told = caller.call(
            "POST", f"/practices/{HERE.id}/access/v1/search/resource", {**body, "page": page}
        )
        took.append(milliseconds)
        found += len(told["results"])
        if not told["page"]["next_token"]:
            break
        page = {"token": told["page"]["next_token"]}
    if not found:
        raise RuntimeError("nothing was found")
    return took


def megabytes() -> float:
    """What the worker holds."""
    masters = [p for p in psutil.process_iter(["cmdline"]) if "deploy/gunicorn.conf.py" in (p.info["cmdline"] or [])]
    return max(process.memory_info().rss for process in masters) / 1e6


def report(
    number: int, thousand: float, rated: dict[str, float], paged: dict[str, list[float]], held: list[float]
) -> str:
    """The figures as Markdown."""
    first = next(iter(rated.values()))
    lines = ["| answers a second, SQLite, one worker, 16 connections | rate | to the first |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {rate:,.0f} | {rate / first:.2f} |" for name, rate in rated.items()]
    lines += ["", f"| search among {number:,} registered notes | median ms | slowest ms |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {statistics.median(took):.1f} | {max(took):.1f} |" for name, took in paged.items()]
    before, after = held
    lines += ["", f"Registering 1,000 notes at once took {thousand * 1000:.0f} ms.", ""]
    lines += [f"The worker held {before:.0f} MB before the searches and {after:.0f} MB after them."]
    return f"{circumstances()}.\n\n" + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=RESOURCES)
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        url, thousand = filled(Path(place), chosen.resources)
        token = key_in(url)
        with started(url, Path(place) / "registered.log"):
            rated = rates(token)
            held = [megabytes()]
            with calling(token) as caller:
                paged = {
                    "a page of 100, half of them permitted": pages(caller, OFTEN),
                    "a page of what 1 in 10,000 is permitted of": pages(caller, RARELY),
                }
            held.append(megabytes())
    told = report(chosen.resources, thousand, rated, paged, held)
    print(told)
    if chosen.record:
        record("AuthZEN and the registry", told)


if __name__ == "__main__":
    main()
