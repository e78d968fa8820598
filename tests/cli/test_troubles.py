"""What goes wrong around a command is told in a line, with exit code 2 and never as a traceback."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from authz import storage
from tests.cli.conftest import Typed


def test_a_database_that_cannot_be_made_is_named(
    bare: Typed, empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_place / "file").write_text("no folder")
    monkeypatch.setenv("AUTHZ_DATABASE_URL", "sqlite:///file/authz.db")
    said = bare("db", "upgrade")
    assert (said.code, said.out) == (2, "")
    assert said.err == f"authz: the database {empty_place}/file/authz.db cannot be made: File exists\n"


def test_a_file_that_is_no_database_or_an_empty_one_is_told_as_what_it_is(
    bare: Typed, empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content, told in (("no database " * 100, "its file is no SQLite database"), ("", "`authz db upgrade` brings")):
        (empty_place / "file.db").write_text(content)
        monkeypatch.setenv("AUTHZ_DATABASE_URL", "sqlite:///file.db")
        said = bare("users", "list", "northside")
        assert said.code == 2
        assert told in said.err


def test_doctor_says_of_a_database_that_is_not_there_how_it_is_made(bare: Typed) -> None:
    said = bare("doctor", "--json")
    assert said.code == 1
    (bad,) = (finding for finding in said.json["findings"] if not finding["well"])
    assert "`authz db upgrade` makes this one" in bad["text"]


def test_demo_makes_no_keys_where_it_cannot_write_them_down(authz: Typed, empty_place: Path) -> None:
    (empty_place / "var" / "demo-keys.json").unlink()
    (empty_place / "file").write_text("no folder")
    before = authz("keys", "list", "--json").json
    said = authz("demo", "--keys", "file/keys.json", "--json")
    assert (said.code, said.error["code"]) == (2, "system")
    assert "file/keys.json" in said.error["message"]
    assert authz("keys", "list", "--json").json == before


def test_a_fault_of_this_program_is_a_line_and_where_it_is_only_for_who_asks(
    bare: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(storage, "upgrade", broken)
    said = bare("db", "upgrade")
    assert (said.code, len(said.err.splitlines())) == (2, 1)
    assert "RuntimeError: out of order" in said.err
    monkeypatch.setenv("AUTHZ_LOG_LEVEL", "DEBUG")
    assert "Traceback" in bare("db", "upgrade").err


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_that_is_taken_is_named_before_anything_is_started(
    authz: Typed, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(sys.modules["authz.cli.serve"], "PATIENCE_SECONDS", 0)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as other:
        other.bind((host, 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("AUTHZ_HOST", host)
        monkeypatch.setenv("AUTHZ_PORT", str(port))
        said = authz("serve", "--json")
    assert (said.code, said.out, said.error["code"]) == (2, "", "address")
    assert f"{host} port {port} cannot be listened on" in said.error["message"]


@pytest.mark.parametrize("seconds", [0.15, 0.4, 1.2])
def test_whoever_interrupts_a_command_is_told_so_and_nothing_else(empty_place: Path, seconds: float) -> None:
    """While it is still loading, which is most of the first second, and while it works."""
    typed = subprocess.Popen(
        [sys.executable, "-m", "authz", "policy", "mutate"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(seconds)
    typed.send_signal(signal.SIGINT)
    out, err = typed.communicate(timeout=60)
    told = err.removeprefix(b"\n")  # once a command works, what it says begins on a line below the ^C
    assert (typed.returncode, out, told) == (2, b"", b"authz: interrupted\n")


def test_the_commands_that_demo_prints_name_an_address_of_ipv6_as_one(
    authz: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHZ_HOST", "::1")
    assert all(" http://[::1]:8080/v1/" in command for command in authz("demo", "--json").json["commands"])
