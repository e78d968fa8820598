"""An access review as one page that needs nothing else: no script, no file and no address outside of it."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from authz.core.moments import told
from authz.policies import VOCABULARY
from authz.reviewing.access_review import Review
from authz.reviewing.review_tables import plain_changes, plain_holding, plain_rule, plain_sign_off

_PAGES: Final = Environment(
    loader=PackageLoader("authz.reviewing", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def _to_the_minute(at: str | None) -> str:
    return at[:16].replace("T", " ") + " UTC" if at else ""


_PAGES.filters["moment"] = _to_the_minute


def as_page(review: Review) -> str:
    """HTML in which everything that anybody could have written is shown as text, and which prints well."""
    people = [
        (subject, [plain_holding(holding) for holding in holdings])
        for subject, holdings in groupby(review.holdings, key=lambda holding: holding.subject)
    ]
    roles = [
        (role, [(VOCABULARY.types[rule.resource].title, plain_rule(rule)) for rule in rules])
        for role, rules in review.rules.items()
    ]
    return _PAGES.get_template("access_review.html").render(
        practice=review.practice.id,
        title=review.title,
        owner=str(review.owner) if review.owner else "",
        only=review.only,
        revision=review.revision,
        at=told(review.at),
        people=people,
        roles=roles,
        last=plain_sign_off(review.last) if review.last else None,
        changes=plain_changes(review.since),
    )
