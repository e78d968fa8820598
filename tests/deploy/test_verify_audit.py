"""The auditor's script is short, needs nothing of ours, and reads whatever it is given without harm."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.script import SCRIPT, said


def test_the_script_is_short_and_needs_nothing_but_python() -> None:
    source = SCRIPT.read_text()
    assert len(source.splitlines()) < 60
    imported = {
        name.name.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported <= sys.stdlib_module_names
    assert "authz" not in re.sub(r'""".*?"""', "", source, flags=re.DOTALL)
    compile(ast.parse(source, feature_version=(3, 8)), str(SCRIPT), "exec")


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x00\xff\xfe" * 100,
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b'"northside"\n',
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b'{"checkpoint":[]}\n',
        b'{"checkpoint":{"practice":"northside","seq":1e999,"head":"x"}}\n',
        b'{"checkpoint":{"practice":"northside","seq":' + b"9" * 5000 + b',"head":"x"}}\n',
        b'{"seq":1,"practice":"northside","hash":null,"previous_hash":null}\n',
        b'{"seq":"\xc3\xbc","practice":"northside","hash":"","previous_hash":""}\n',
        b'{"seq":{},"practice":[],"hash":{},"previous_hash":"\\ud800"}\n',
        "{}".encode("utf-16"),
        pytest.param(b'{"seq":"' + b"a" * (1 << 25) + b'"}\n', id="a huge line"),
        pytest.param(b"a" * (1 << 26), id="no line at all"),
    ],
)
def test_what_is_no_export_is_unreadable(tmp_path: Path, hostile: bytes) -> None:
    code, told, errors = said(tmp_path, hostile)
    assert (code, errors) == (2, "")
    assert told == "unreadable: line 1 of export.jsonl is no event and no checkpoint\n"
    (tmp_path / "hostile").write_bytes(hostile)
    assert said(tmp_path, b"", "--checkpoint", "hostile")[0] == 2


def test_a_file_that_is_not_there_and_no_file_at_all_are_unreadable(tmp_path: Path) -> None:
    assert said(tmp_path, b"", "--checkpoint", "nowhere")[0] == 2
    left = subprocess.run([sys.executable, "-I", str(SCRIPT)], capture_output=True, timeout=60, check=False)
    assert left.returncode == 2


def test_what_a_stranger_wrote_into_an_export_does_not_reach_the_terminal(tmp_path: Path) -> None:
    hostile = {"practice": "\x1b[2J\n" * 1000, "seq": 1, "hash": "", "previous_hash": ""}
    code, told, _ = said(tmp_path, json.dumps(hostile).encode())
    assert (code, "\x1b" in told, max(map(len, told.splitlines())) < 300) == (1, False, True)
