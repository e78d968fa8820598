"""A question as a command line states it, for all commands that ask one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from authz.cli.arguments import Pair, PracticeName, mapping
from authz.core.decision import Request
from authz.core.names import Practice
from authz.policies.asking import question

_Command = TypeVar("_Command", bound=Callable[..., Any])
_TRUTH: Final = {"true": True, "false": False}


def with_question(command: _Command) -> _Command:
    """Gives a command the arguments and options of a question, which it hands to `asked`."""
    for add in (
        click.option(
            "--context", "context", type=Pair(), multiple=True, help="A circumstance, as reason=TEXT. Repeatable."
        ),
        click.option(
            "--attr", "attributes", type=Pair(), multiple=True, help="An attribute, as author=user:ray. Repeatable."
        ),
        click.option("--id", "resource_id", help="The resource's id."),
        click.argument("resource_type"),
        click.argument("action"),
        click.argument("subject"),
        click.argument("practice", type=PracticeName()),
    ):
        command = add(command)
    return command


def asked(
    practice: Practice,
    subject: str,
    action: str,
    resource_type: str,
    resource_id: str | None,
    attributes: tuple[tuple[str, str], ...],
    context: tuple[tuple[str, str], ...],
) -> Request:
    """The question; raises Invalid naming everything in it that is wrong."""
    resource: dict[str, object] = {"type": resource_type, "attributes": mapping(attributes, "--attr")}
    if resource_id is not None:
        resource["id"] = resource_id
    circumstances: dict[str, object] = {**mapping(context, "--context")}
    if circumstances.get("epcs_2fa") in _TRUTH:
        circumstances["epcs_2fa"] = _TRUTH[str(circumstances["epcs_2fa"])]
    return question(practice, subject, action, resource, circumstances or None)
