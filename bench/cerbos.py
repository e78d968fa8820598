"""Cerbos beside us: its server, policies for the questions that we ask, and the same questions in its words."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from authz.core.names import Practice
from bench.people import attributes_of, roles_of
from bench.serving import ROOT, Served, running

VERSION: Final = "0.55.0"
PATH: Final = "/api/check/resources"
CACHE: Final = ROOT / "var" / "bench"
_CONFIG: Final = """\
server:
  httpListenAddr: "127.0.0.1:{port}"
  grpcListenAddr: "127.0.0.1:{grpc}"
  requestLimits: {{maxActionsPerResource: 50, maxResourcesPerRequest: 100}}
storage:
  driver: disk
  disk: {{directory: "{policies}", watchForChanges: false}}
telemetry: {{disabled: true}}
audit: {{enabled: false}}
"""
_POLICY: Final = """\
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: chart_note
  variables:
    local:
      own: R.attr.author == P.id
      draft: R.attr.state == "draft"
      practitioner: '"practitioner" in P.roles'
      viewable: '"chart-notes-all" in P.roles || "practice-admin" in P.roles || ("chart-notes-own" in P.roles && V.own && V.practitioner)'
  rules:
    - {actions: [read], effect: EFFECT_ALLOW, roles: [practice-admin, chart-notes-all]}
    - actions: [read]
      effect: EFFECT_ALLOW
      roles: [chart-notes-own]
      condition: {match: {expr: V.own && V.practitioner}}
    - actions: [edit]
      effect: EFFECT_ALLOW
      roles: [practitioner]
      condition: {match: {expr: V.own && V.draft}}
    - actions: [edit]
      effect: EFFECT_ALLOW
      roles: [practitioner, practice-admin]
      condition: {match: {expr: R.attr.author_shares && V.draft && V.viewable}}
    - actions: [sign]
      effect: EFFECT_ALLOW
      roles: [practitioner]
      condition: {match: {expr: V.own && V.draft && P.attr.seat == "provider" && P.attr.seat_confirmed}}
"""  # noqa: E501  # one expression on one line


def program() -> Path | None:
    """The server's program, fetched from npm where it is not there yet; None where that cannot be done."""
    found = CACHE / f"cerbos-{VERSION}"
    if not found.exists():
        if shutil.which("npm") is None:
            return None
        CACHE.mkdir(parents=True, exist_ok=True)
        package = f"@cerbos/cerbos-linux-x64@{VERSION}"
        told = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=CACHE, capture_output=True, text=True, check=False
        )
        packed = CACHE / (told.stdout.split() or ["none"])[-1]
        if told.returncode or not packed.exists():
            return None
        with tarfile.open(packed) as archive:
            archive.extractall(CACHE / "cerbos", filter="data")
        (CACHE / "cerbos" / "package" / "cerbos-linux-x64").rename(found)
        packed.unlink()
    return found


@contextmanager
def served(program: Path, port: int, place: Path) -> Iterator[Served]:
    """The server with the policies of the questions, no log of decisions and nothing sent home."""
    policies = place / "cerbos-policies"
    policies.mkdir()
    (policies / "chart_note.yaml").write_text(_POLICY)
    config = place / "cerbos.yaml"
    config.write_text(_CONFIG.format(port=port, grpc=port + 1, policies=policies))
    command = [str(program), "server", "--config", str(config), "--log-level", "error"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "CERBOS_NO_TELEMETRY": "1"}
    with running(port, place / "cerbos.log", command, environment) as process:
        yield Served(port, (process.pid,))


def question(practice: Practice, subject: str, checks: list[dict[str, Any]]) -> dict[str, Any]:
    """One person's questions as one request; Cerbos keeps no people, so that the caller says all about them."""
    roles, attributes = roles_of(practice, subject), attributes_of(practice, subject)
    resources = []
    for check in checks:
        given = check["resource"]["attributes"]
        shares = attributes_of(practice, given["author"])["others_can_edit_my_charts"]
        told = {**given, "author_shares": shares}
        one = {"kind": "chart_note", "policyVersion": "default", "id": check["resource"]["id"], "attr": told}
        resources.append({"actions": [check["action"]], "resource": one})
    principal = {"id": subject, "policyVersion": "default", "roles": roles, "attr": attributes}
    return {"requestId": "bench", "principal": principal, "resources": resources}


def answers(url: str, body: dict[str, Any]) -> list[bool]:
    """What Cerbos says to the questions of a request, in order."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}{PATH}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        told = json.load(response)
    return [[*result["actions"].values()] == ["EFFECT_ALLOW"] for result in told["results"]]
