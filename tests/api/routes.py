"""One call of every route of the contract that a caller with the right to it may make, for tests over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

NORTH: Final = "/v1/practices/northside"


@dataclass(frozen=True)
class Call:
    """A request to a route: `by` may make it; `names` are what stands for `{...}` in the contract's address."""

    method: str
    route: str
    by: str
    body: Any = None
    names: tuple[tuple[str, str], ...] = ()
    status: int = 200

    @property
    def path(self) -> str:
        """The address with its names filled in."""
        path = self.route.replace("{practice}", "northside")
        for name, value in self.names:
            path = path.replace(f"{{{name}}}", value)
        return path

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return (
            self.method != "GET"
            and not self.route.startswith(("/v1/check", "/v1/explain"))
            and not self.route.endswith("/sign-off")
        )

    @property
    def in_a_practice(self) -> bool:
        """Whether the practice stands in the address."""
        return "{practice}" in self.route

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def calls(ids: dict[str, str]) -> list[Call]:
    """The calls; `ids` are of things that the world has made: `key`, `request`, `emergency`, `open_emergency`."""
    p = "/v1/practices/{practice}"
    ray, guest = (("user", "ray"),), (("user", "far"),)
    lead, accountant = (("role", "front-desk-lead"),), (("role", "accountant"),)
    note = (("type", "chart_note"), ("id", "n1"))
    grant = (("role", "claims-editor"), ("subject", "user:ray"))
    question = {"practice": "northside", "subject": "user:ray", "action": "read", "resource": {"type": "patient"}}
    permission = {"resource": "claim", "action": "read"}
    return [
        Call("POST", "/v1/check", "service:charting", question),
        Call("POST", "/v1/explain", "service:charting", question),
        Call("GET", f"{p}/access-review", "user:rev"),
        Call("POST", f"{p}/access-review/sign-off", "user:omar", {"revision": 1}, status=412),
        Call(
            "POST",
            "/v1/check/batch",
            "service:charting",
            {"practice": "northside", "checks": [{k: v for k, v in question.items() if k != "practice"}]},
        ),
        Call("GET", "/v1/vocabulary", "user:joe"),
        Call("GET", "/v1/keys", "user:op"),
        Call("POST", "/v1/keys", "user:op", {"subject": "service:charting", "label": "one more"}, status=201),
        Call("DELETE", "/v1/keys/{id}", "user:op", None, (("id", ids["key"]),)),
        Call("GET", "/v1/practices", "user:op"),
        Call(
            "POST",
            "/v1/practices",
            "user:op",
            {"id": "westside", "name": "Westside", "owner": {"id": "wes", "email": "wes@x.example", "name": "Wes"}},
            status=201,
        ),
        Call("GET", p, "user:omar"),
        Call("PATCH", p, "user:omar", {"name": "Northside Family Medicine", "blank_erx_level": "none"}),
        Call("PUT", f"{p}/owner", "user:omar", {"user": "ana"}),
        Call("GET", f"{p}/users", "user:omar"),
        Call("POST", f"{p}/users", "user:omar", {"id": "bea", "email": "bea@x.example", "name": "Bea"}, status=201),
        Call("GET", f"{p}/users/{{user}}", "user:omar", None, ray),
        Call("PATCH", f"{p}/users/{{user}}", "user:omar", {"phone": "+1 555 0100", "cosigner": "lee"}, ray),
        Call("PUT", f"{p}/users/{{user}}/email", "user:omar", {"email": "ray@clinic.example"}, ray),
        Call("GET", f"{p}/users/{{user}}/access", "user:omar", None, ray),
        Call("PUT", f"{p}/users/{{user}}/access", "user:omar", {"practitioner": True, "edit_claims": True}, ray),
        Call("PATCH", f"{p}/users/{{user}}/access", "user:omar", {"refund_payments": True}, ray),
        Call("POST", f"{p}/users/{{user}}/deactivate", "user:omar", {"reason": "left"}, ray),
        Call("POST", f"{p}/users/{{user}}/reactivate", "user:omar", None, (("user", "old"),)),
        Call("GET", f"{p}/users/{{user}}/permissions", "user:omar", None, ray),
        Call("PUT", f"{p}/guests/{{user}}", "user:omar", {"seat": "office"}, guest),
        Call("DELETE", f"{p}/guests/{{user}}", "user:omar", None, guest),
        Call("GET", f"{p}/seats", "user:omar"),
        Call("GET", f"{p}/roles", "user:omar"),
        Call(
            "POST",
            f"{p}/roles",
            "user:omar",
            {"id": "claims-reader", "name": "Claims reader", "permissions": [permission]},
            status=201,
        ),
        Call("GET", f"{p}/roles/{{role}}", "user:omar", None, lead),
        Call("PUT", f"{p}/roles/{{role}}", "user:omar", {"name": "Lead", "permissions": [permission]}, lead),
        Call("DELETE", f"{p}/roles/{{role}}", "user:omar", None, lead),
        Call("GET", f"{p}/analytics-roles", "user:omar"),
        Call(
            "POST",
            f"{p}/analytics-roles",
            "user:omar",
            {"id": "stock", "name": "Stock", "reports": ["inv.stock_on_hand"]},
            status=201,
        ),
        Call("GET", f"{p}/analytics-roles/{{role}}", "user:omar", None, accountant),
        Call(
            "PUT",
            f"{p}/analytics-roles/{{role}}",
            "user:omar",
            {"name": "Accountant", "reports": ["fin.sales_tax"]},
            accountant,
        ),
        Call("DELETE", f"{p}/analytics-roles/{{role}}", "user:omar", None, accountant),
        Call("GET", f"{p}/grants", "user:omar"),
        Call("PUT", f"{p}/grants/{{role}}/{{subject}}", "user:omar", {"expires_at": "2099-01-01T00:00:00Z"}, grant),
        Call(
            "DELETE",
            f"{p}/grants/{{role}}/{{subject}}",
            "user:omar",
            None,
            (("role", "chart-notes-all"), ("subject", "user:ray")),
        ),
        Call("GET", f"{p}/requests", "user:omar"),
        Call("POST", f"{p}/requests", "user:lee", {"kind": "erx_enablement", "user": "joe"}, status=201),
        Call("POST", f"{p}/requests/{{id}}/approve", "user:op", None, (("id", ids["request"]),)),
        Call("POST", f"{p}/requests/{{id}}/deny", "user:op", None, (("id", ids["request"]),)),
        Call("GET", f"{p}/emergency-access", "user:omar"),
        Call(
            "POST",
            f"{p}/emergency-access",
            "user:sue",
            {"patient": "p1", "minutes": 60, "reason": "unconscious at the front desk"},
            status=201,
        ),
        Call("POST", f"{p}/emergency-access/{{id}}/end", "user:sue", None, (("id", ids["open_emergency"]),)),
        Call("POST", f"{p}/emergency-access/{{id}}/review", "user:omar", None, (("id", ids["emergency"]),)),
        Call("GET", f"{p}/resources/{{type}}", "service:intake", None, note[:1]),
        Call("PUT", f"{p}/resources", "service:intake", {"resources": [{"type": "patient", "id": "p9"}]}),
        Call("GET", f"{p}/resources/{{type}}/{{id}}", "service:intake", None, note),
        Call("PUT", f"{p}/resources/{{type}}/{{id}}", "service:intake", {"attributes": {"state": "locked"}}, note),
        Call("DELETE", f"{p}/resources/{{type}}/{{id}}", "service:intake", None, note),
        Call("GET", f"{p}/audit", "user:omar"),
        Call("GET", f"{p}/audit/verify", "user:omar"),
        Call("GET", f"{p}/audit/export", "user:rev"),
        Call("GET", f"{p}/policy", "user:rev"),
        Call("GET", f"{p}/audit/checkpoint", "user:rev"),
    ]
