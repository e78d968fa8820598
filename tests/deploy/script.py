"""The auditor's script, run as an auditor runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "deploy" / "verify_audit.py"


def said(folder: Path, export: bytes, *more: str) -> tuple[int, str, str]:
    """What the script says of an export, far away from our packages."""
    (folder / "export.jsonl").write_bytes(export)
    command = [sys.executable, "-I", str(SCRIPT), "export.jsonl", *more]
    left = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return left.returncode, left.stdout, left.stderr
