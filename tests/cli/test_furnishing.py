"""`authz db`, `authz seed`, `authz demo`, `authz doctor`: an installation is made, and looked over."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from authz.bootstrap import services
from authz.core.names import Practice
from authz.demo.cast import KEY_HOLDERS
from authz.settings import Settings
from tests.cli.conftest import Typed

DATABASE = Path("var/authz.db")


def everything() -> list[str]:
    """Each row of each table, as text."""
    with sqlite3.connect(DATABASE) as connection:
        dump = list(connection.iterdump())
    connection.close()
    return sorted(dump)


def test_the_schema_can_be_brought_up_to_date_twice(bare: Typed) -> None:
    assert bare("db", "upgrade").code == 0
    said = bare("db", "upgrade", "--json")
    assert said.code == 0
    assert said.json["schema"] == "current"


def test_the_demo_changes_nothing_when_it_is_run_again(authz: Typed) -> None:
    before, keys = everything(), Path("var/demo-keys.json").read_bytes()
    assert authz("seed").code == 0
    assert authz("demo").code == 0
    assert everything() == before
    assert Path("var/demo-keys.json").read_bytes() == keys


def test_what_was_changed_since_stays_when_the_demo_is_run_again(authz: Typed) -> None:
    authz("users", "access", "northside", "joe", "chart_notes=all")
    authz("users", "reactivate", "northside", "old")
    authz("users", "links", "northside", "ray", "--cosigner", "none")
    before = everything()
    assert authz("demo").code == 0
    assert everything() == before


def test_there_is_a_key_for_each_demo_caller_in_a_file_for_its_owner_alone(authz: Typed) -> None:
    file = Path("var/demo-keys.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    tokens = json.loads(file.read_text())
    assert list(tokens) == list(KEY_HOLDERS)
    service = services(Settings(database_url=f"sqlite:///{DATABASE}"))
    assert {holder: str(service.keys.verify(token).subject) for holder, token in tokens.items()} == {
        holder: holder for holder in KEY_HOLDERS
    }
    service.close()


def test_a_key_that_no_longer_works_is_replaced_and_the_others_stay(authz: Typed) -> None:
    file = Path("var/demo-keys.json")
    before = json.loads(file.read_text())
    lost = next(k["id"] for k in authz("keys", "list", "--json").json["keys"] if k["subject"] == "user:lee")
    authz("keys", "revoke", lost)
    assert authz("demo").code == 0
    after = json.loads(file.read_text())
    assert {holder for holder in before if before[holder] != after[holder]} == {"user:lee"}


def test_the_file_of_keys_may_be_spoilt(authz: Typed) -> None:
    Path("var/demo-keys.json").write_text("{")
    Path("var/demo-keys.json").chmod(0o644)
    assert authz("demo").code == 0
    assert list(json.loads(Path("var/demo-keys.json").read_text())) == list(KEY_HOLDERS)
    assert stat.S_IMODE(Path("var/demo-keys.json").stat().st_mode) == 0o600


def test_the_demo_practices_are_of_a_believable_size(authz: Typed) -> None:
    service = services(Settings(database_url=f"sqlite:///{DATABASE}"))
    sizes = {p: len(service.store.snapshot(Practice(p)).memberships) for p in ("northside", "southside")}
    service.close()
    assert sizes == {"northside": 35, "southside": 14}


def test_the_doctor_finds_a_furnished_installation_well(authz: Typed) -> None:
    said = authz("doctor", "--json")
    assert said.code == 0, said.out
    assert said.json["well"] is True
    assert {f["about"] for f in said.json["findings"]} == {
        "model", "rules file", "casbin's loggers", "decision log", "database", "shipped rules", "rows", "stray rows",
    }  # fmt: skip
    assert "AUTHZ_DATABASE_URL" in authz("doctor").out


def findings(said_json: dict[str, object]) -> dict[str, str]:
    """What is not well, by what it is about."""
    return {f["about"]: f["text"] for f in said_json["findings"] if not f["well"]}  # type: ignore[attr-defined]


def test_the_doctor_finds_that_there_is_no_database(bare: Typed) -> None:
    said = bare("doctor", "--json")
    assert said.code == 1
    assert set(findings(said.json)) == {"database"}


def test_the_doctor_finds_that_the_decision_log_cannot_be_written(
    authz: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in ("var", "var/authz.db/decisions.jsonl"):
        monkeypatch.setenv("AUTHZ_DECISION_LOG_FILE", file)
        said = authz("doctor", "--json")
        assert (said.code, file in findings(said.json)["decision log"]) == (1, True)
    monkeypatch.setenv("AUTHZ_DECISION_LOG", "off")
    assert authz("doctor", "--json").code == 0


def test_the_doctor_finds_shipped_rules_that_are_missing(bare: Typed) -> None:
    bare("db", "upgrade")
    said = bare("doctor", "--json")
    assert said.code == 1
    assert "run `authz seed`" in findings(said.json)["shipped rules"]


def test_the_doctor_finds_a_row_that_is_no_rule(authz: Typed) -> None:
    spoil("northside")
    said = authz("doctor", "--json")
    assert said.code == 1
    assert "northside" in findings(said.json)["rows"]


def spoil(practice: str) -> None:
    """Puts a row that no program of ours would write into the practice."""
    with sqlite3.connect(DATABASE) as connection:
        connection.execute(
            "INSERT INTO casbin_rule (ptype, v0, v1, v2) VALUES ('g', 'practitioner', 'admin, p2', ?)", (practice,)
        )
    connection.close()


def test_the_doctor_finds_an_edited_model(
    authz: Typed, empty_place: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    model = (request.config.rootpath / "model.conf").read_text()
    edited = empty_place / "edited.conf"
    edited.write_text(model.replace('&& (p.dom == "*" || p.dom == r.dom) ', ""))
    assert edited.read_text() != model
    monkeypatch.setenv("AUTHZ_MODEL", str(edited))
    said = authz("doctor", "--json")
    assert said.code == 1
    assert "matcher" in findings(said.json)["model"]
    assert authz("check", "northside", "user:lee", "read", "patient").code == 2


def test_the_doctor_finds_every_bad_setting_and_every_bad_line(
    authz: Typed, empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHZ_PROT", "1")
    monkeypatch.setenv("AUTHZ_WORKERS", "many")
    said = authz("doctor", "--json")
    assert said.code == 1
    assert len([f for f in said.json["findings"] if not f["well"]]) == 2
    monkeypatch.delenv("AUTHZ_PROT")
    monkeypatch.delenv("AUTHZ_WORKERS")
    rules = empty_place / "rules.csv"
    rules.write_text("p, member, *, patient, read, always, allow\nq, x\np, member, *, patint, read, always, allow\n")
    monkeypatch.setenv("AUTHZ_POLICY_SEED", str(rules))
    bad = findings(authz("doctor", "--json").json)["rules file"]
    assert "rules.csv:2:" in bad
    assert "rules.csv:3:" in bad
    assert authz("seed").code == 2


def test_the_doctor_keeps_the_password_of_the_database(bare: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHZ_DATABASE_URL", "postgresql://authz:letmein1@127.0.0.1:1/authz")
    for options in ([], ["--json"]):
        said = bare("doctor", *options)
        assert said.code == 1
        assert "letmein1" not in said.out + said.err
