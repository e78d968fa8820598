"""What `authz doctor` looks at, one function for each thing; none of them changes anything."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from authz.bootstrap import Services, services
from authz.cli.opening import existing
from authz.core.errors import AuthzError
from authz.core.names import INSTALLATION, Subject
from authz.core.policy import RowsInForce, Rule, Snapshot
from authz.decision_log import OFF, STANDARD_OUTPUT
from authz.engine import CasbinEngine
from authz.policies.pack import PACK
from authz.policies.seeds import shipped_rules
from authz.policies.shipped import shipped
from authz.settings import Settings, without_password

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, and what was seen, in words."""

    about: str
    well: bool
    text: str


def look_over(asked: Settings) -> list[Finding]:
    """Everything there is to find; what needs the database is left out where it does not answer."""
    found = [_settled("model", partial(_model, asked)), _settled("rules file", partial(_rules_file, asked))]
    found.append(_settled("casbin's loggers", _loggers))
    found.append(_settled("decision log", partial(_decision_log, asked)))
    if not all(finding.well for finding in found):
        return found
    try:
        service = services(asked)
    except AuthzError as error:
        return [*found, Finding("database", False, str(error))]
    try:
        found.append(_settled("database", partial(_database, service)))
        if found[-1].well:
            found += [_settled(about, partial(look, service)) for about, look in _IN_THE_DATABASE]
    finally:
        service.close()
    return found


def _settled(about: str, look: Callable[[], str]) -> Finding:
    """What `look` says; `_Bad` and every error of ours make it a bad finding."""
    try:
        return Finding(about, True, look())
    except (_Bad, AuthzError, OSError) as error:
        return Finding(about, False, str(error))


class _Bad(Exception):
    """What was looked at is not as it should be."""


def _model_path(asked: Settings) -> Path:
    return asked.model or shipped("model.conf")


def _seed_path(asked: Settings) -> Path:
    return asked.policy_seed or (PACK.seed if PACK else shipped("policy_seed.csv"))


def _model(asked: Settings) -> str:
    """Puts one rule to the model: what it allows must be allowed, and the same elsewhere or under a condition not."""
    path, somebody = _model_path(asked), Subject.user("somebody")
    rule = Rule("tried", INSTALLATION, "patient", "read", ("own",))
    rows = RowsInForce(INSTALLATION, 0, (rule,), {somebody: frozenset({"tried"})})
    policy = CasbinEngine(path).prepare(rows)
    facts = frozenset({"own"})
    answers = (
        policy.allows(somebody, "patient", "read", facts),
        policy.allows(somebody, "patient", "read", frozenset()),
        policy.allows(somebody, "patient", "update", facts),
        policy.allows(Subject.user("nobody"), "patient", "read", facts),
    )
    if answers != (True, False, False, False):
        raise _Bad(f"{path.name} answers a trial rule wrongly")
    return f"{path.name} is the model decided on, and answers a trial rule rightly"


def _rules_file(asked: Settings) -> str:
    return f"{_seed_path(asked).name} holds {len(shipped_rules(asked.policy_seed))} good rules"


def _loggers() -> str:
    """Casbin would log every question with its subject."""
    names = sorted(n for n in logging.Logger.manager.loggerDict if n.partition(".")[0] == "casbin")
    loud = [n for n in names if logging.getLogger(n).isEnabledFor(logging.CRITICAL)]
    if loud:
        raise _Bad(f"these would log who asked what: {', '.join(loud)}")
    return "silent"


def _decision_log(asked: Settings) -> str:
    """Whether the file could be written to, without writing to it."""
    file, kept = asked.decision_log_file, asked.decision_log
    if kept == OFF or file == STANDARD_OUTPUT:
        return kept if kept == OFF else f"{kept}, to standard output"
    there = next(place for place in (file, *file.absolute().parents) if place.exists())
    if not os.access(there, os.W_OK) or not (there.is_file() if there == file else there.is_dir()):
        raise _Bad(f"{file} cannot be written to, so that every decision to be logged would be dropped")
    return f"{kept}, to {file}"


def _database(service: Services) -> str:
    existing(service.settings)
    service.store.ready()
    return f"{without_password(service.settings.database_url)} answers and its schema is current"


def _shipped_rules(service: Services) -> str:
    path = _seed_path(service.settings)
    wanted = {tuple(rule.row()) for rule in shipped_rules(service.settings.policy_seed)}
    stored = {tuple(rule.row()) for rule in service.store.snapshot(INSTALLATION).rules}
    if wanted != stored:
        missing, extra = len(wanted - stored), len(stored - wanted)
        raise _Bad(f"{missing} rules of {path.name} are not in force and {extra} others are; run `authz seed`")
    return f"the {len(stored)} rules in force are those of {path.name}"


def _rows(service: Services) -> str:
    count, bad = 0, []
    for snapshot in _snapshots(service):
        count += 1
        bad += [f"row {row.id} in {snapshot.practice}: {row.problem}" for row in snapshot.bad_rows]
    if bad:
        raise _Bad("set aside: " + "; ".join(bad))
    return f"every row of {count - 1} practices can be read"


def _strays(service: Services) -> str:
    found = [
        f"row {row.id} ({', '.join(field for field in row.fields if field)})" for row in service.store.stray_rows()
    ]
    if found:
        raise _Bad("these name no practice there is, and have no effect: " + "; ".join(found))
    return "every row belongs to a practice"


def _snapshots(service: Services) -> Iterator[Snapshot]:
    yield service.store.snapshot(INSTALLATION)
    page = service.store.practices(limit=_PAGE)
    while page:
        for practice in page:
            yield service.store.snapshot(practice)
        page = service.store.practices(after=page[-1].id, limit=_PAGE)


_IN_THE_DATABASE: Final = (("shipped rules", _shipped_rules), ("rows", _rows), ("stray rows", _strays))
