"""The contract: as it was agreed, for programs; for people, a page that needs no other host."""

from __future__ import annotations

import json
import re
from pathlib import Path

from authz.core.decision import Reason
from tests.api.serving import Server

GOLDEN = Path(__file__).with_name("openapi.json")
REFRESH = "python -m tests.api.refresh"


def test_the_contract_is_the_golden_one(server: Server) -> None:
    served = server.call("GET", "/openapi.json")
    assert served.headers["Content-Type"] == "application/json"
    assert served.json == json.loads(GOLDEN.read_text("utf-8")), f"if the change is meant: {REFRESH}"


def test_the_contract_is_openapi_3_1_and_lists_every_reason(server: Server) -> None:
    contract = server.call("GET", "/openapi.json").json
    assert contract["openapi"].startswith("3.1.")
    answer = contract["paths"]["/v1/check"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["properties"]["reason"]["enum"] == [reason.value for reason in Reason]


def test_every_media_of_an_access_review_is_in_the_contract(server: Server) -> None:
    operation = server.call("GET", "/openapi.json").json["paths"]["/v1/practices/{practice}/access-review"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/csv", "text/html"}


def test_the_headers_that_failures_come_with_are_in_the_contract(server: Server) -> None:
    told = server.call("GET", "/openapi.json").json["components"]["responses"]
    assert all("X-Request-ID" in response["headers"] for response in told.values())
    refused = server.call("GET", "/v1/vocabulary")
    assert refused.status == 401
    assert set(told["Problem401"]["headers"]) <= set(refused.headers)
    assert "Retry-After" in told["Problem503"]["headers"]


def test_a_write_that_is_tried_out_with_the_examples_expects_no_revision(server: Server) -> None:
    """A page that fills in the examples would else be refused with 412 whatever it writes."""
    contract = server.call("GET", "/openapi.json").json
    examples = {
        parameter["example"]
        for operations in contract["paths"].values()
        for operation in operations.values()
        if isinstance(operation, dict)
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "If-Match"
    }
    assert examples == {"*"}


def test_the_page_and_what_it_loads_come_from_here(server: Server) -> None:
    page = server.call("GET", "/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    text = page.body.decode()
    assert "://" not in text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(loaded) == 4
    for path in loaded:
        assert server.call("GET", f"/{path}").status == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.headers["Content-Security-Policy"]
    assert b"http" not in server.call("GET", "/docs/start.js").body


def test_no_other_file_is_served(server: Server) -> None:
    for name in ("index.html", "swagger-ui.js", "LICENSE", "..%2f__init__.py", "%2e%2e/README.md", ""):
        assert server.call("GET", f"/docs/{name}").status == 404
