"""The settings of the service: one frozen value, read once from the environment, strictly."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from authz.core.errors import AuthzError, BadPolicy
from authz.decision_log import CHOICES
from authz.policies.conditions import SHIPPED
from authz.policies.pack import read_pack
from authz.signing import SigningKey, signing_key

PREFIX: Final = "AUTHZ_"
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_DATABASES: Final = ("sqlite", "postgresql")


class BadSettings(AuthzError):
    """Settings that the service must not start with; `problems` holds every one, in the order of the table."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _database_url(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.partition("+")[0] not in _DATABASES or not rest:
        raise ValueError("must be a URL such as sqlite:///var/authz.db or postgresql://authz@localhost/authz")
    return text


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        # INVARIANT: only plain ASCII digits, since int() also takes `1_000`, `+1` and digits of other scripts.
        if not (text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def _text(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must hold no control characters and not begin or end with white space")
    return text


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http or https URL without query and fragment")
    return text


def _public_url(text: str) -> str:
    return _web_url(text).rstrip("/")


def _decision_log(text: str) -> str:
    if text not in CHOICES:
        raise ValueError(f"must be one of {', '.join(CHOICES)}")
    return text


def _place(text: str) -> Path:
    return Path(_text(text))


def _file(text: str) -> Path:
    path = Path(_text(text))
    if not path.is_file():
        raise ValueError("must be a file that is there")
    return path


def _pack(text: str) -> Path:
    try:
        pack = read_pack(Path(_text(text)))
    except BadPolicy as error:
        raise ValueError(f"is no policy pack:\n{error}") from error
    taken = sorted(condition.name for condition in pack.conditions if condition.name in SHIPPED)
    if taken:
        raise ValueError(f"is no policy pack: there is a condition `{taken[0]}` already")
    return pack.folder


def _signing_key(text: str) -> SigningKey:
    return signing_key(_file(text))


def _share(text: str) -> Fraction:
    if not re.fullmatch("1/[1-9][0-9]{0,8}", text):
        raise ValueError("must be `1/` and a whole number from 1 to 999999999")
    return Fraction(text)


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return text.upper()


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the settings table: the variable, its field, its default as text, what it is for."""

    name: str
    field: str
    default: str
    meaning: str
    read: Callable[[str], Any]


_MANY: Final = _number(1, 1_000_000)
_BYTES: Final = _number(1024, 1_073_741_824)
SETTINGS: Final = (
    Setting("AUTHZ_DATABASE_URL", "database_url", "sqlite:///var/authz.db", "where policy is kept", _database_url),
    Setting("AUTHZ_HOST", "host", "127.0.0.1", "the address to listen on", _text),
    Setting("AUTHZ_PORT", "port", "8080", "the port to listen on", _number(1, 65535)),
    Setting("AUTHZ_WORKERS", "workers", "number of cores", "how many server processes", _number(1, 256)),
    Setting(
        "AUTHZ_THREADS",
        "threads",
        "4",
        "how many threads in each server process, for all that is not a plain check",
        _number(1, 256),
    ),
    Setting(
        "AUTHZ_PRACTICES_IN_MEMORY", "practices_in_memory", "1000", "how many practices a process keeps ready", _MANY
    ),
    Setting(
        "AUTHZ_MAX_STALENESS",
        "max_staleness",
        "0",
        "how many seconds old an answer may be; 0: never older than its question",
        _number(0, 3600),
    ),
    Setting("AUTHZ_JWT_ISSUER", "jwt_issuer", "", "whose tokens people may use; empty: API keys only", _web_url),
    Setting("AUTHZ_JWT_AUDIENCE", "jwt_audience", "", "the audience those tokens must be made for", _text),
    Setting("AUTHZ_JWT_JWKS_URL", "jwt_jwks_url", "", "the issuer's public keys; empty: found by discovery", _web_url),
    Setting("AUTHZ_PUBLIC_URL", "public_url", "", "the address by which callers know this service", _public_url),
    Setting(
        "AUTHZ_METADATA_KEY",
        "metadata_key",
        "",
        "a private key in PEM with which the AuthZEN metadata are signed; empty: they are not",
        _signing_key,
    ),
    Setting("AUTHZ_MODEL", "model", "", "a Casbin model instead of the shipped `model.conf`", _file),
    Setting("AUTHZ_POLICY_SEED", "policy_seed", "", "rules instead of the shipped `policy_seed.csv`", _file),
    Setting("AUTHZ_PACK", "pack", "", "the folder of a policy pack instead of the clinical one", _pack),
    Setting("AUTHZ_LOG_LEVEL", "log_level", "INFO", f"how much is logged: {', '.join(LOG_LEVELS)}", _log_level),
    Setting(
        "AUTHZ_DECISION_LOG",
        "decision_log",
        "notable",
        "which decisions are logged: off, notable (denials, and what an emergency allowed) or all",
        _decision_log,
    ),
    Setting(
        "AUTHZ_DECISION_LOG_FILE",
        "decision_log_file",
        "var/decisions.jsonl",
        "the file that they are logged to; `-`: standard output",
        _place,
    ),
    Setting(
        "AUTHZ_DECISION_LOG_BYTES",
        "decision_log_bytes",
        "104857600",
        "the size at which that file is put aside and a new one begun",
        _BYTES,
    ),
    Setting(
        "AUTHZ_DECISION_LOG_FILES",
        "decision_log_files",
        "10",
        "how many of the files put aside are kept",
        _number(1, 1000),
    ),
    Setting(
        "AUTHZ_REFEREE", "referee", "", "how many decisions plain Casbin decides again, as 1/1000; empty: none", _share
    ),
    Setting("AUTHZ_MAX_BODY_BYTES", "max_body_bytes", "1048576", "the largest request body in bytes", _BYTES),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, already checked; what each means stands in `SETTINGS`. An empty text or None is unset."""

    database_url: str = "sqlite:///var/authz.db"
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = os.cpu_count() or 1
    threads: int = 4
    practices_in_memory: int = 1000
    max_staleness: int = 0
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwt_jwks_url: str = ""
    public_url: str = ""
    metadata_key: SigningKey | None = None
    model: Path | None = None
    policy_seed: Path | None = None
    pack: Path | None = None
    log_level: str = "INFO"
    decision_log: str = "notable"
    decision_log_file: Path = Path("var/decisions.jsonl")
    decision_log_bytes: int = 104_857_600
    decision_log_files: int = 10
    referee: Fraction | None = None
    max_body_bytes: int = 1_048_576

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """The settings that `environment` asks for; an empty variable counts as unset.

        Raises BadSettings with every unknown `AUTHZ_` variable and every bad value.
        """
        known = {setting.name: setting for setting in SETTINGS}
        problems = [
            _unknown(name, known) for name in sorted(environment) if name.startswith(PREFIX) and name not in known
        ]
        given: dict[str, Any] = {}
        for setting in SETTINGS:
            text = environment.get(setting.name, "")
            if not text:
                continue
            try:
                given[setting.field] = setting.read(text)
            except ValueError as error:
                problems.append(f"{setting.name} {error}")
        problems += _halves(given, {s.field for s in SETTINGS if environment.get(s.name)})
        if problems:
            raise BadSettings(tuple(problems))
        return cls(**given)

    def shown(self) -> list[tuple[str, str]]:
        """Each variable's name and value as text for a person, the database's password left out."""
        values = [(s.name, getattr(self, s.field)) for s in SETTINGS]
        return [(name, "" if value is None else without_password(str(value))) for name, value in values]


def without_password(url: str) -> str:
    """`url` with its password as `***`, whether it stands before the host or in the query; other texts as they are."""
    before_host = re.sub(r"(://[^/@:]*):.*@", r"\1:***@", url)
    return re.sub(r"([?&]password=)[^&#]*", r"\1***", before_host)


def _unknown(name: str, known: Mapping[str, Setting]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.7)
    return f"{name} is no setting" + (f"; did you mean `{near[0]}`?" if near else "")


def _halves(given: Mapping[str, Any], tried: set[str]) -> list[str]:
    """An issuer needs an audience, else it would take tokens made for other services; and the other way round."""
    problems = []
    if "jwt_issuer" in given and "jwt_audience" not in tried:
        problems.append("AUTHZ_JWT_AUDIENCE must be set where AUTHZ_JWT_ISSUER is")
    if "policy_seed" in given and "pack" in given:
        problems.append("AUTHZ_POLICY_SEED and AUTHZ_PACK exclude each other: a pack has rules of its own")
    return problems + [
        f"AUTHZ_{field.upper()} needs AUTHZ_JWT_ISSUER"
        for field in ("jwt_audience", "jwt_jwks_url")
        if field in given and "jwt_issuer" not in tried
    ]
