"""The file of results: one section for each measurement, written anew when that one is taken again."""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def record(title: str, body: str, path: Path = RESULTS) -> None:
    """The section of this title becomes this; the others stay."""
    kept = path.read_text() if path.exists() else ""
    sections = [section for section in re.split(r"(?m)^(?=# )", kept) if section.strip()]
    told = f"# {title}\n\n{body.strip()}\n"
    names = [section.split("\n", 1)[0] for section in sections]
    if f"# {title}" in names:
        sections[names.index(f"# {title}")] = told
    else:
        sections.append(told)
    path.write_text("\n".join(section.strip() + "\n" for section in sections))
