"""Libraries in process beside `decide`: `python -m bench.libraries [--record]`: plain pycasbin, and Cedar as cedarpy.

The same questions about one practice of thirty people; that the answers are the same is made sure of first.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from authz.checking.deciding import decide, plan_and_facts
from authz.checking.memory import Memory
from authz.checking.policy_held import PolicyHeld
from authz.core.decision import Request, Resource
from authz.core.names import Subject
from authz.engine import CasbinEngine, PlainCasbin
from authz.policies.shipped import shipped
from bench.asking import questions
from bench.day import NOW, rules, snapshot
from bench.decisions import fastest
from bench.people import attributes_of, roles_of
from bench.practices import USERS, circumstances, member, named
from bench.results import record

PRACTICE = named(0)
CEDAR = """
permit(principal in Role::"chart-notes-all", action == Action::"read", resource);
permit(principal in Role::"chart-notes-own", action == Action::"read", resource)
  when { context.author == principal && principal in Role::"practitioner" };
permit(principal in Role::"practitioner", action == Action::"edit", resource)
  when { context.author == principal && context.state == "draft" };
permit(principal in Role::"practitioner", action == Action::"edit", resource)
  when { context.author.others_can_edit_my_charts && context.state == "draft" && (principal in Role::"chart-notes-all"
    || (principal in Role::"chart-notes-own" && context.author == principal)) };
permit(principal in Role::"practitioner", action == Action::"sign", resource)
  when { context.author == principal && context.state == "draft" && principal.seat == "provider"
    && principal.seat_confirmed };
"""
Answering = Callable[[], list[bool]]


def asked() -> list[Request]:
    """A hundred questions about chart notes."""
    return [
        Request(PRACTICE, Subject.parse(one["subject"]), one["action"], Resource(**one["resource"]))
        for one in questions(PRACTICE, 0, 100)
    ]


def ours(requests: Sequence[Request]) -> Answering:
    held = policy()
    return lambda: [decide(request, held, NOW).allowed for request in requests]


def pycasbin(requests: Sequence[Request]) -> Answering:
    """One enforcer with all rows of the practice; which conditions hold is worked out beforehand and not counted."""
    held = policy()
    prepared = PlainCasbin(shipped("model.conf")).prepare(held.rows())
    put = []
    for request in requests:
        found = plan_and_facts(request, held, NOW)
        facts = frozenset(found[0].named(found[1])) if found else frozenset()
        put.append((request.subject, request.resource.type, request.action, facts))
    return lambda: [prepared.allows(*question) is True for question in put]


def cedar(requests: Sequence[Request]) -> Answering | None:
    """Policies and people parsed once; None where cedarpy is not installed."""
    try:
        import cedarpy  # noqa: PLC0415  # only for this comparison
    except ModuleNotFoundError:
        return None
    policies, entities = cedarpy.PolicySet.from_str(CEDAR), cedarpy.Entities.from_json_str(json.dumps(people()))
    put = [
        {
            "principal": f'User::"{request.subject}"',
            "action": f'Action::"{request.action}"',
            "resource": f'ChartNote::"{request.resource.id}"',
            "context": {
                "author": {"__entity": {"type": "User", "id": request.resource.attributes["author"]}},
                "state": request.resource.attributes["state"],
            },
        }
        for request in requests
    ]
    return lambda: [cedarpy.is_authorized(one, policies, entities).allowed for one in put]


def people() -> list[dict[str, Any]]:
    """The practice's people as Cedar's entities, with their roles above them."""
    found = []
    for index in range(USERS):
        subject = str(member(PRACTICE, index))
        parents = [{"type": "Role", "id": role} for role in roles_of(PRACTICE, subject)]
        uid = {"type": "User", "id": subject}
        found.append({"uid": uid, "attrs": attributes_of(PRACTICE, subject), "parents": parents})
    return found


def policy() -> PolicyHeld:
    return PolicyHeld(snapshot(PRACTICE, rules()), Memory(CasbinEngine(shipped("model.conf"))), NOW)


def measure() -> dict[str, float]:
    """Microseconds of a decision by each; raises RuntimeError where two answer differently."""
    requests = asked()
    by_name = {"authz": ours(requests), "cedarpy": cedar(requests), "pycasbin": pycasbin(requests)}
    there = {name: answering for name, answering in by_name.items() if answering is not None}
    for name, answering in there.items():
        if answering() != there["authz"]():
            raise RuntimeError(f"{name} answers otherwise")
    return fastest({name: (answering, len(requests)) for name, answering in there.items()})


def report(taken: dict[str, float]) -> str:
    """The figures as Markdown."""
    names = {"authz": "authz, `decide`", "cedarpy": f"cedarpy {installed('cedarpy')}", "pycasbin": "plain pycasbin"}
    lines = ["| in process, 250 rules, 30 people | µs a decision | decisions/s | authz to this |"]
    lines.append("| --- |" + " ---: |" * 3)
    for name, micro in taken.items():
        lines.append(f"| {names[name]} | {micro:,.1f} | {1e6 / micro:,.0f} | {micro / taken['authz']:,.0f} |")
    return f"{circumstances()}.\n\n" + "\n".join(lines) + "\n"


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md")
    chosen = parser.parse_args()
    told = report(measure())
    print(told)
    if chosen.record:
        record("Libraries in process", f"{told}\n{READING}")


READING = """\
How to read it: a hundred questions about chart notes, put again and again, in the quietest of forty turns. All give the
same answers. Cedar and this service work out conditions in the time that is counted, pycasbin is given them.

Made by `python -m bench.libraries --record`.
"""


if __name__ == "__main__":
    main()
