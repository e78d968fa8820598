"""`authz keys`: the credentials of those who ask."""

from __future__ import annotations

from datetime import datetime

import click

from authz.cli.arguments import Moment, PracticeName, SubjectName
from authz.cli.opening import opened, typed
from authz.cli.printing import Printer, with_json
from authz.core.changes import ApiKey
from authz.core.names import Practice, Subject

_PAGE = 500


@click.group()
def keys() -> None:
    """API keys: make, list, revoke."""


@keys.command()
@click.argument("subject", type=SubjectName())
@click.option("--label", default="made on the command line", show_default=True, help="What the key is for.")
@click.option("--practice", type=PracticeName(), help="Bind the key to one practice.")
@click.option("--expires", type=Moment(), help="When it ends: a date and time with offset, or 90d, 8h from now.")
@with_json
@click.pass_obj
def create(printer: Printer, subject: Subject, label: str, practice: Practice | None, expires: datetime | None) -> None:
    """Make a key for SUBJECT. Its token is shown now and never again."""
    with opened() as service:
        made, token = service.keys.create(typed(), subject, label, practice=practice, expires_at=expires)
    key = made.answer
    assert isinstance(key, ApiKey)  # noqa: S101  # what the use case answers with
    printer.answer(
        {"key": key_as_json(key), "token": token},
        f"key {key.id} of {key.subject}; its token, shown this once:",
        token,
    )


@keys.command("list")
@with_json
@click.pass_obj
def list_(printer: Printer) -> None:
    """List all keys, revoked and expired ones included. Tokens are not kept, so none is shown."""
    rows: list[dict[str, object]] = []
    with opened() as service:
        page = service.store.keys(limit=_PAGE)
        while page:
            rows += map(key_as_json, page)
            page = service.store.keys(after=page[-1].id, limit=_PAGE)
    columns = ("id", "subject", "practice", "label", "created_by", "created_at", "expires_at", "revoked_at")
    printer.table("keys", rows, columns, empty="no keys")


@keys.command()
@click.argument("key_id")
@with_json
@click.pass_obj
def revoke(printer: Printer, key_id: str) -> None:
    """Revoke the key KEY_ID; it stops working at once."""
    with opened() as service:
        service.keys.revoke(typed(), key_id)
    printer.answer({"id": key_id, "revoked": True}, f"key {key_id} is revoked")


def key_as_json(key: ApiKey) -> dict[str, object]:
    """A key as programs see it: everything but the hash."""
    return {
        "id": key.id,
        "subject": str(key.subject),
        "practice": key.practice.id if key.practice else None,
        "label": key.label,
        "created_by": key.created_by,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
