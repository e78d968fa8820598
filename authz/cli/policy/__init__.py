"""`authz policy`: one file per command, listed in `COMMANDS`."""

from __future__ import annotations

from typing import Final

import click

from authz.cli.policy.diff import diff
from authz.cli.policy.isolation import isolation
from authz.cli.policy.lint import lint
from authz.cli.policy.matrix import matrix
from authz.cli.policy.mutate import mutate
from authz.cli.policy.rows import rows
from authz.cli.policy.test import test

COMMANDS: Final[tuple[click.Command, ...]] = (
    lint,
    test,
    mutate,
    diff,
    matrix,
    isolation,
    rows,
)

policy: Final = click.Group(
    "policy",
    {command.name or "": command for command in COMMANDS},
    help="What the rules say, what is wrong with them, and what a change of them would do.",
)
