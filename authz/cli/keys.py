"""`authz keys`: the credentials of those who ask."""

from __future__ import annotations

from datetime import datetime

import click

from authz.cli.arguments import Moment, PracticeName, SubjectName
from authz.cli.opening import opened
from authz.cli.printing import Printer, with_json
from authz.cli.rows import every, row_of
from authz.cli.writing import tell, writes
from authz.core.changes import ApiKey
from authz.core.names import Practice, Subject
from authz.managing import Terms


@click.group()
def keys() -> None:
    """API keys: make, list, revoke."""


@keys.command()
@click.argument("subject", type=SubjectName())
@click.option("--label", default="made on the command line", show_default=True, help="What the key is for.")
@click.option("--practice", type=PracticeName(), help="Bind the key to one practice.")
@click.option("--expires", type=Moment(), help="When it ends: a date and time with offset, or 90d, 8h from now.")
@writes
@with_json
@click.pass_obj
def create(
    printer: Printer, subject: Subject, label: str, practice: Practice | None, expires: datetime | None, by: Terms
) -> None:
    """Make a key for SUBJECT. Its token is shown now and never again."""
    with opened() as service:
        made, token = service.keys.create(by, subject, label, practice=practice, expires_at=expires)
    key = made.answer
    assert isinstance(key, ApiKey)  # noqa: S101  # what the use case answers with
    facts, line = {"key": key_as_json(key)}, f"key {key.id} of {key.subject}"
    if made.written:
        tell(printer, made, {**facts, "token": token}, f"{line}; its token, shown this once:", token)
    else:
        tell(printer, made, facts, line)


@keys.command("list")
@with_json
@click.pass_obj
def list_(printer: Printer) -> None:
    """List all keys, revoked and expired ones included. Tokens are not kept, so none is shown."""
    with opened() as service:
        rows = [key_as_json(key) for key in every(service.store.keys, lambda key: key.id, "")]
    columns = ("id", "subject", "practice", "label", "created_by", "created_at", "expires_at", "revoked_at")
    printer.table("keys", rows, columns, empty="no keys")


@keys.command()
@click.argument("key_id")
@writes
@with_json
@click.pass_obj
def revoke(printer: Printer, key_id: str, by: Terms) -> None:
    """Revoke the key KEY_ID; it stops working at once."""
    with opened() as service:
        outcome = service.keys.revoke(by, key_id)
    tell(printer, outcome, {"id": key_id, "revoked": True}, f"key {key_id} is revoked")


def key_as_json(key: ApiKey) -> dict[str, object]:
    """A key as programs see it: everything but the hash."""
    return row_of(key, "hash")
