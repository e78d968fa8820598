"""Requests made up at random around good ones: bytes on a socket, most of them wrong in one way or another."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

from tests.api.breaking import WAYS_TO_BREAK

SUBJECTS = ("user:ray", "user:lee", "user:joe", "user:sue", "user:far", "user:nobody", "service:charting", "role:x", "")
ODD = (
    None,
    True,
    0,
    1,
    -1,
    1.0,
    1.5,
    2**53,
    10**25,
    "",
    "x",
    [],
    ["x"],
    {},
    {"a": 1},
    "a\n",
    "a\u0000",
    "é",
    "a" * 300,
)
CONTEXTS = (
    {},
    {"reason": "asked"},
    {"epcs_2fa": True},
    {"authenticated_at": "2026-11-23T08:00:00Z"},
    {"authenticated_at": "now"},
)
PATHS = ("/v1/check/", "/v1/check?x=1", "/v1/%63heck", "/v1//check", "/V1/check", "/v1/check/batch/", "/v1/checks", "/")
CONTENT_TYPES = (
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/json;charset=latin-1",
    "text/plain",
    "",
)


class Requests:
    """Makes requests for these tokens, the same ones for the same seed."""

    def __init__(self, tokens: dict[str, str], seed: int) -> None:
        self._random = Random(seed)
        self._tokens = tokens

    def make(self, request_id: str) -> bytes:
        """A whole request that ends its connection."""
        pick = self._random
        batch = pick.random() < 0.35
        path = "/v1/check/batch" if batch else "/v1/check"
        value: Any = self._batch() if batch else self._question(True)
        if pick.random() < 0.4:
            path = f"/practices/{value.pop('practice')}/access/v1/evaluation{'s' if batch else ''}"
            value = self._evaluations(value) if batch else self._evaluation(value)
        if pick.random() < 0.35:
            pick.choice((self._replace, self._remove, self._add))(value)
        body = json.dumps(value, ensure_ascii=pick.random() < 0.5, indent=pick.choice((None, None, None, 1))).encode()
        if pick.random() < 0.25:
            body = pick.choice(WAYS_TO_BREAK)(pick, body)
        method = pick.choice(("GET", "PUT", "OPTIONS", "HEAD", "BREW")) if pick.random() < 0.04 else "POST"
        path = pick.choice(PATHS) if pick.random() < 0.06 else path
        return self._request(method, path, body, request_id)

    def _question(self, whole: bool) -> dict[str, Any]:
        pick = self._random
        attributes = {
            "author": pick.choice(SUBJECTS[:6]),
            "state": pick.choice(("draft", "signed", "locked")),
            "patient": pick.choice(("p9", "p1", "x y")),
        }
        kept = {name: attributes[name] for name in attributes if name != "patient" and pick.random() < 0.8}
        if pick.random() < 0.05:
            kept["patient"] = attributes["patient"]
        resource: dict[str, Any] = {"type": pick.choice(("chart_note",) * 8 + ("claim", "chart_nota"))}
        if pick.random() < 0.8:
            resource["id"] = f"n{pick.randrange(9)}"
        if pick.random() < 0.9:
            resource["attributes"] = kept
        made: dict[str, Any] = {
            "action": pick.choice(("read", "edit", "read", "list", "edt")[: pick.choice((4, 4, 4, 5))]),
            "resource": resource,
        }
        if whole or pick.random() < 0.6:
            made["subject"] = pick.choice(SUBJECTS) if pick.random() < 0.1 else pick.choice(SUBJECTS[:5])
        if pick.random() < 0.25:
            made["context"] = deepcopy(pick.choice(CONTEXTS))
        return made | self._above() if whole else made

    def _batch(self) -> dict[str, Any]:
        checks = [self._question(False) for _ in range(self._random.choice((*(1, 2, 3, 40) * 4, 300)))]
        defaults = {"subject": "user:ray"} if self._random.random() < 0.8 else {}
        return {**self._above(), **defaults, "checks": checks}

    def _evaluation(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The same question as AuthZEN writes it, sometimes with what policies know nothing of."""
        pick = self._random
        made: dict[str, Any] = {"action": {"name": asked["action"]}, "context": asked.get("context", {})}
        if "subject" in asked:
            kind, _, id = asked["subject"].partition(":")
            made["subject"] = {"type": kind, "id": id}
        given = asked["resource"]
        more = pick.choice(({}, {"title": "Dr."}, {"weight": 1.5, "tags": ["a"]}, {"state": True}))
        properties = {**given.get("attributes", {}), **more}
        made["resource"] = {"type": given["type"], "id": given.get("id", ""), "properties": properties}
        if pick.random() < 0.3:
            made["context"] = {**made["context"], "explain": pick.choice((True, True, False, "yes"))}
        return made

    def _evaluations(self, asked: dict[str, Any]) -> dict[str, Any]:
        pick = self._random
        items = [self._evaluation(check) for check in asked["checks"]]
        semantic = pick.choice(("execute_all", "deny_on_first_deny", "permit_on_first_permit", "x"))
        options = {"options": {"evaluations_semantic": semantic}} if pick.random() < 0.6 else {}
        subject = {"subject": {"type": "user", "id": "ray"}} if "subject" in asked else {}
        return {**subject, **options, "evaluations": items if pick.random() < 0.95 else []}

    def _above(self) -> dict[str, Any]:
        pick = self._random
        made: dict[str, Any] = {"practice": pick.choice(("northside",) * 8 + ("southside", "nowhere"))}
        if pick.random() < 0.2:
            made["at_least_revision"] = pick.choice((0, 1, 2, "1", True))
        if pick.random() < 0.2:
            made["max_age_ms"] = pick.choice((0, 1, 60_000, -1, None))
        return made

    def _somewhere(self, value: dict[str, Any]) -> dict[str, Any]:
        inside = [v for v in value.values() if isinstance(v, dict)]
        inside += [v for many in value.values() if isinstance(many, list) for v in many if isinstance(v, dict)]
        return self._somewhere(self._random.choice(inside)) if inside and self._random.random() < 0.6 else value

    def _replace(self, value: dict[str, Any]) -> None:
        place = self._somewhere(value)
        if place:
            place[self._random.choice(list(place))] = deepcopy(self._random.choice(ODD))

    def _remove(self, value: dict[str, Any]) -> None:
        place = self._somewhere(value)
        if place:
            del place[self._random.choice(list(place))]

    def _add(self, value: dict[str, Any]) -> None:
        names = ("acton", "subject", "context", "checks", "id", "x", "max_age_ms", "practice")
        self._somewhere(value)[self._random.choice(names)] = deepcopy(self._random.choice(ODD))

    def _request(self, method: str, path: str, body: bytes, request_id: str) -> bytes:
        pick = self._random
        caller = pick.choice(list(self._tokens)) if pick.random() < 0.25 else "service:charting"
        scheme = pick.choice(("bearer", "Basic", "Bearer  ", "")) if pick.random() < 0.05 else "Bearer"
        token = f"{self._tokens[caller]}{pick.choice(('x', ' ', ',', chr(233)))}" if pick.random() < 0.04 else (
            self._tokens[caller]
        )  # fmt: skip
        headers = [("Host", "authz"), ("Connection", "close"), ("X-Request-ID", request_id)]
        headers += [("Authorization", f"{scheme} {token}")] if pick.random() < 0.97 else []
        headers += [("Authorization", f"Bearer {token}")] if pick.random() < 0.02 else []
        kind = pick.choice(CONTENT_TYPES) if pick.random() < 0.1 else "application/json"
        headers += [("Content-Type", kind)] if pick.random() < 0.98 else []
        if pick.random() < 0.1:
            headers.append(("Transfer-Encoding", "chunked"))
            parts = [body[at : at + 50] for at in range(0, len(body), 50)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        else:
            headers.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body
