"""Settings are read once, strictly, and every mistake is told."""

from __future__ import annotations

import dataclasses
import os
from fractions import Fraction
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authz.settings import SETTINGS, BadSettings, Settings, without_password
from authz.signing import signing_key


def problems_of(**environment: str) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        Settings.from_environment(environment)
    return caught.value.problems


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.database_url, settings.port, settings.workers) == ("sqlite:///var/authz.db", 8080, os.cpu_count())


def test_every_field_has_its_row_in_the_table_and_every_row_its_field() -> None:
    assert [s.field for s in SETTINGS] == [f.name for f in dataclasses.fields(Settings)]
    assert all(s.name == f"AUTHZ_{s.field.upper()}" and s.meaning for s in SETTINGS)


def test_the_defaults_of_the_table_are_the_defaults() -> None:
    defaults = Settings()
    for setting in SETTINGS:
        if setting.field == "workers":
            assert setting.default == "number of cores"
        elif setting.default:
            assert setting.read(setting.default) == getattr(defaults, setting.field)
        else:
            assert not getattr(defaults, setting.field)


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    model, seed = tmp_path / "other.conf", tmp_path / "other.csv"
    model.touch()
    seed.touch()
    key = tmp_path / "key.pem"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    given = {
        "AUTHZ_DATABASE_URL": "postgresql+psycopg://authz@localhost/authz",
        "AUTHZ_HOST": "0.0.0.0",
        "AUTHZ_PORT": "9090",
        "AUTHZ_WORKERS": "3",
        "AUTHZ_THREADS": "2",
        "AUTHZ_PRACTICES_IN_MEMORY": "10",
        "AUTHZ_MAX_STALENESS": "30",
        "AUTHZ_JWT_ISSUER": "https://login.example.org/",
        "AUTHZ_JWT_AUDIENCE": "authz",
        "AUTHZ_JWT_JWKS_URL": "https://login.example.org/keys",
        "AUTHZ_PUBLIC_URL": "https://authz.example.org/",
        "AUTHZ_METADATA_KEY": str(key),
        "AUTHZ_MODEL": str(model),
        "AUTHZ_POLICY_SEED": str(seed),
        "AUTHZ_LOG_LEVEL": "debug",
        "AUTHZ_DECISION_LOG": "all",
        "AUTHZ_DECISION_LOG_FILE": "-",
        "AUTHZ_DECISION_LOG_BYTES": "4096",
        "AUTHZ_DECISION_LOG_FILES": "3",
        "AUTHZ_REFEREE": "1/500",
        "AUTHZ_MAX_BODY_BYTES": "2048",
    }
    assert {*given, "AUTHZ_PACK"} == {s.name for s in SETTINGS}
    assert Settings.from_environment({"AUTHZ_PACK": "deploy/interop"}) == Settings(pack=Path("deploy/interop"))
    assert Settings.from_environment(given) == Settings(
        database_url="postgresql+psycopg://authz@localhost/authz",
        host="0.0.0.0",
        port=9090,
        workers=3,
        threads=2,
        practices_in_memory=10,
        max_staleness=30,
        jwt_issuer="https://login.example.org/",
        jwt_audience="authz",
        jwt_jwks_url="https://login.example.org/keys",
        public_url="https://authz.example.org",
        metadata_key=signing_key(key),
        model=model,
        policy_seed=seed,
        log_level="DEBUG",
        decision_log="all",
        decision_log_file=Path("-"),
        decision_log_bytes=4096,
        decision_log_files=3,
        referee=Fraction(1, 500),
        max_body_bytes=2048,
    )


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings.from_environment({"AUTHZ_PORT": "", "AUTHZ_JWT_ISSUER": ""}) == Settings()


def test_variables_of_other_programs_are_not_looked_at() -> None:
    assert Settings.from_environment({"PATH": "/bin", "authz_port": "1", "MY_AUTHZ_PORT": "1"}) == Settings()


def test_an_unknown_variable_stops_the_start_with_a_hint() -> None:
    assert problems_of(AUTHZ_PROT="8080") == ("AUTHZ_PROT is no setting; did you mean `AUTHZ_PORT`?",)
    assert problems_of(AUTHZ_ZZZZZZZZZZZZ="1") == ("AUTHZ_ZZZZZZZZZZZZ is no setting",)


def test_every_mistake_is_told_at_once() -> None:
    told = problems_of(AUTHZ_PORT="0", AUTHZ_WORKERS="many", AUTHZ_LOG_LEVEL="LOUD", AUTHZ_DATABASE="x")
    assert [problem.split()[0] for problem in told] == [
        "AUTHZ_DATABASE",
        "AUTHZ_PORT",
        "AUTHZ_WORKERS",
        "AUTHZ_LOG_LEVEL",
    ]


@pytest.mark.parametrize("number", ["-1", "+1", "1.0", " 1", "1_000", "0x10", "٣", "1e3", "65536", "9" * 5000])
def test_a_port_is_a_plain_number_in_its_range(number: str) -> None:
    assert problems_of(AUTHZ_PORT=number) == ("AUTHZ_PORT must be a whole number from 1 to 65535",)


@pytest.mark.parametrize("share", ["0", "1", "1/0", "2/3", "1/-5", "0.5", "1/1000000000", "1/٣"])
def test_the_referees_share_is_one_in_a_whole_number(share: str) -> None:
    told = "AUTHZ_REFEREE must be `1/` and a whole number from 1 to 999999999"
    assert problems_of(AUTHZ_REFEREE=share) == (told,)


@pytest.mark.parametrize("word", ["on", "ALL", "denials", "notable ", "0"])
def test_what_the_decision_log_keeps_is_one_of_three_words(word: str) -> None:
    assert problems_of(AUTHZ_DECISION_LOG=word) == ("AUTHZ_DECISION_LOG must be one of off, notable, all",)


@pytest.mark.parametrize("url", ["var/authz.db", "mysql://localhost/authz", "sqlite://", "postgresql:/x"])
def test_a_database_url_of_another_kind_stops_the_start(url: str) -> None:
    assert problems_of(AUTHZ_DATABASE_URL=url)[0].startswith("AUTHZ_DATABASE_URL must be a URL")


@pytest.mark.parametrize("url", ["login.example.org", "ftp://login.example.org", "https://", "file:///etc/passwd"])
def test_an_issuer_is_a_web_address(url: str) -> None:
    assert problems_of(AUTHZ_JWT_ISSUER=url, AUTHZ_JWT_AUDIENCE="authz") == (
        "AUTHZ_JWT_ISSUER must be an http or https URL without query and fragment",
    )


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert problems_of(AUTHZ_MODEL=missing, AUTHZ_POLICY_SEED=str(tmp_path)) == (
        "AUTHZ_MODEL must be a file that is there",
        "AUTHZ_POLICY_SEED must be a file that is there",
    )


def test_an_issuer_without_an_audience_stops_the_start() -> None:
    assert problems_of(AUTHZ_JWT_ISSUER="https://login.example.org") == (
        "AUTHZ_JWT_AUDIENCE must be set where AUTHZ_JWT_ISSUER is",
    )


def test_what_belongs_to_an_issuer_stops_the_start_without_one() -> None:
    assert problems_of(AUTHZ_JWT_AUDIENCE="authz", AUTHZ_JWT_JWKS_URL="https://login.example.org/keys") == (
        "AUTHZ_JWT_AUDIENCE needs AUTHZ_JWT_ISSUER",
        "AUTHZ_JWT_JWKS_URL needs AUTHZ_JWT_ISSUER",
    )


def test_a_password_is_never_shown() -> None:
    settings = Settings(database_url="postgresql://authz:s3cret@db:5432/authz")
    shown = dict(settings.shown())
    assert shown["AUTHZ_DATABASE_URL"] == "postgresql://authz:***@db:5432/authz"
    assert list(shown) == [s.name for s in SETTINGS]
    assert without_password("sqlite:///var/authz.db") == "sqlite:///var/authz.db"
    assert without_password("postgresql:///authz?user=a&password=s3cret&host=db") == (
        "postgresql:///authz?user=a&password=***&host=db"
    )
    assert without_password("postgresql://a:s3@cr:et@db/authz") == "postgresql://a:***@db/authz"


def test_a_pack_has_rules_of_its_own(tmp_path: Path) -> None:
    seed = tmp_path / "other.csv"
    seed.touch()
    told = problems_of(AUTHZ_PACK="deploy/interop", AUTHZ_POLICY_SEED=str(seed))
    assert told == ("AUTHZ_POLICY_SEED and AUTHZ_PACK exclude each other: a pack has rules of its own",)
