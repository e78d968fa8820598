"""A question taken in: outside words become a Request, or an error that names every bad field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from authz.core.decision import Context, Request, Resource
from authz.core.errors import FieldError, Invalid
from authz.core.names import BadName, Practice, Subject
from authz.policies import VOCABULARY
from authz.policies.vocabulary import Attribute, ResourceType, did_you_mean

LONGEST_TEXT: Final = 200
LONGEST_REASON: Final = 1000
MOST_HINTS: Final = 20
_RESOURCE_FIELDS: Final = ("type", "id", "attributes")
_CONTEXT_FIELDS: Final = ("authenticated_at", "reason", "epcs_2fa")
_NO_TYPE: Final = ResourceType("", "", {}, {})


class Reading:
    """Collects what is wrong while values are read, so that all of it is told at once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.errors: list[FieldError] = []
        self._hints = 0

    def wrong(self, path: str, message: str) -> None:
        """Notes that what stands at a path is bad."""
        self.errors.append(FieldError(f"{self.path}{path}", message))

    def hint(self, word: object, known: Iterable[str]) -> str:
        """ "Did you mean" for the first misspelt words; to search for thousands would cost too much."""
        self._hints += 1
        return did_you_mean(str(word), known) if self._hints <= MOST_HINTS else ""

    def text(self, path: str, value: object, longest: int = LONGEST_TEXT, *, prose: bool = False) -> str:
        """A line of text; `prose` may be empty and run over several lines."""
        if not isinstance(value, str):
            self.wrong(path, "must be a string")
        elif not value and not prose:
            self.wrong(path, "must not be empty")
        elif len(value) > longest:
            self.wrong(path, f"must not be longer than {longest} characters")
        elif not (" ".join(value.split()) if prose else value).isprintable():
            self.wrong(path, "must not hold control characters")
        else:
            return value
        return ""

    def subject(self, path: str, value: object) -> Subject | None:
        """The subject that a text names."""
        text = self.text(path, value)
        if not text:
            return None
        try:
            return Subject.parse(text)
        except BadName as error:
            self.wrong(path, str(error))
            return None

    def attribute(self, path: str, attribute: Attribute, value: object) -> str:
        """A value that an attribute may have, as a text; of a `flag`, `true` or `false`."""
        if attribute.kind == "subject":
            subject = self.subject(path, value)
            return str(subject) if subject else ""
        if attribute.kind == "flag" and isinstance(value, bool):
            return "true" if value else "false"
        text = self.text(path, value)
        if attribute.kind == "flag" and text not in ("", "true", "false"):
            self.wrong(path, "must be true or false")
        if attribute.kind == "choice" and text and text not in attribute.choices:
            self.wrong(path, f"must be one of {', '.join(attribute.choices)}{did_you_mean(text, attribute.choices)}")
        return text

    def only(self, path: str, given: Mapping[str, object], known: tuple[str, ...]) -> None:
        """Notes each field that is not known."""
        for name in given:
            if name not in known:
                self.wrong(f"{path}.{_shown(name)}", f"unknown field{self.hint(name, known)}")


def question(
    practice: Practice,
    subject: str,
    action: str,
    resource: Mapping[str, object],
    context: Mapping[str, object] | None = None,
    path: str = "",
) -> Request:
    """The Request that these values state; raises Invalid naming every bad field, each path led by `path`.

    `resource` has `type` and, where they are known, `id` and `attributes`; `context` may have
    `authenticated_at` (ISO 8601 with an offset), `reason` and `epcs_2fa`.
    """
    fields = Reading(path)
    asker = fields.subject("subject", subject)
    thing = _resource(fields, action, resource)
    circumstances = _context(fields, context)
    if fields.errors or asker is None:
        raise Invalid(fields.errors)
    return Request(practice, asker, action, thing, circumstances)


def _resource(fields: Reading, action: object, given: object) -> Resource:
    action_name = fields.text("action", action)
    if not isinstance(given, Mapping):
        fields.wrong("resource", "must be an object")
        return Resource("")
    fields.only("resource", given, _RESOURCE_FIELDS)
    name = fields.text("resource.type", given.get("type"))
    type = VOCABULARY.types.get(name, _NO_TYPE)
    if name and type is _NO_TYPE:
        fields.wrong("resource.type", f"unknown resource type `{name}`{did_you_mean(name, VOCABULARY.types)}")
    elif name and action_name and action_name not in type.actions:
        fields.wrong("action", f"`{name}` has no action `{action_name}`{did_you_mean(action_name, type.actions)}")
    id = fields.text("resource.id", given["id"]) if "id" in given else ""
    return Resource(name, id, _attributes(fields, type, given.get("attributes", {})))


def _attributes(fields: Reading, type: ResourceType, given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        fields.wrong("resource.attributes", "must be an object")
        return {}
    read: dict[str, str] = {}
    for name, value in given.items():
        attribute = type.attributes.get(name)
        if attribute is not None:
            read[name] = fields.attribute(f"resource.attributes.{name}", attribute, value)
        elif type is not _NO_TYPE:
            hint = fields.hint(name, type.attributes)
            fields.wrong(f"resource.attributes.{_shown(name)}", f"`{type.name}` has no such attribute{hint}")
    return read


def _context(fields: Reading, given: object) -> Context:
    if given is None:
        return Context()
    if not isinstance(given, Mapping):
        fields.wrong("context", "must be an object")
        return Context()
    fields.only("context", given, _CONTEXT_FIELDS)
    second_factor = given.get("epcs_2fa", False)
    if not isinstance(second_factor, bool):
        fields.wrong("context.epcs_2fa", "must be true or false")
    return Context(
        authenticated_at=_moment(fields, given["authenticated_at"]) if "authenticated_at" in given else None,
        reason=fields.text("context.reason", given["reason"], LONGEST_REASON, prose=True) if "reason" in given else "",
        epcs_2fa=second_factor is True,
    )


def _moment(fields: Reading, value: object) -> datetime | None:
    text = fields.text("context.authenticated_at", value)
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = None
    if text and (moment is None or moment.utcoffset() is None):
        fields.wrong("context.authenticated_at", "must be a date and time with its offset, as 2026-11-23T08:00:00Z")
    return moment


def _shown(name: object) -> str:
    return str(name)[:100]
