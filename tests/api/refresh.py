"""Writes the contract as it is now over the golden one: `python -m tests.api.refresh`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from authz.api import create_app
from authz.bootstrap import services
from authz.settings import Settings

GOLDEN = Path(__file__).with_name("openapi.json")


def contract() -> object:
    """The contract that the application serves; no database is asked for it."""
    with tempfile.TemporaryDirectory() as folder:
        made = services(Settings(database_url=f"sqlite:///{folder}/none.db"))
        try:
            return create_app(made).test_client().get("/openapi.json").json
        finally:
            made.close()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(contract(), indent=2, ensure_ascii=False) + "\n", "utf-8")
