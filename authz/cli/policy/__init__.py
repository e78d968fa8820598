"""`authz policy`: one file per command, listed in `COMMANDS`."""

from __future__ import annotations

from typing import Final

import click

from authz.cli.policy.diff import diff
from authz.cli.policy.lint import lint

COMMANDS: Final[tuple[click.Command, ...]] = (lint, diff)

policy: Final = click.Group(
    "policy",
    {command.name or "": command for command in COMMANDS},
    help="What the rules say, what is wrong with them, and what a change of them would do.",
)
