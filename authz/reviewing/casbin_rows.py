"""The policy of a practice as the rows that Casbin is given, in Casbin's own format."""

from __future__ import annotations

import csv
import io

from authz.core.policy import RowsInForce


def as_casbin(rows: RowsInForce) -> str:
    """CSV with a line for each rule (`p`) and for each role that somebody holds (`g`), those in force alone.

    With the model it gives plain Casbin all that decides here, but for which conditions hold. No name can be read as
    anything but a name, neither by Casbin nor by a spreadsheet.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(["p", *rule.row()] for rule in rows.rules)
    writer.writerows(["g", *held] for held in sorted(rows.held()))
    return text.getvalue()
