"""The names in addresses: what each looks like, and how it becomes a name of the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from authz.api.fields import NAME_PATTERN, PRACTICE_PATTERN, SUBJECT_PATTERN
from authz.core.errors import NotFound
from authz.core.names import BadName, Practice, Subject, role_name
from authz.policies.asking import LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class PathName:
    """A name in an address; one that can be no name is not found, like one that nobody bears."""

    name: str
    pattern: str
    example: str
    parse: Callable[[str], object]
    kind: str

    def read(self, text: str) -> object:
        """The name; raises NotFound for what can be none."""
        try:
            return self.parse(text)
        except BadName as error:
            raise NotFound(self.kind, text[:100]) from error

    def documented(self) -> dict[str, object]:
        """The name for the OpenAPI document."""
        schema = {"type": "string", "pattern": self.pattern}
        return {"name": self.name, "in": "path", "required": True, "schema": schema, "example": self.example}


def _resource_id(text: str) -> str:
    if not 0 < len(text) <= LONGEST_TEXT or not text.isprintable():
        raise BadName(f"a resource's id is 1 to {LONGEST_TEXT} printable characters")
    return text


RESOURCE_PATTERN: Final = f"^[^/]{{1,{LONGEST_TEXT}}}$"
PRACTICE: Final = PathName("practice", PRACTICE_PATTERN, "northside", Practice.parse, "practice")
USER: Final = PathName("user", NAME_PATTERN, "lee", Subject.user, "user")
SUBJECT: Final = PathName("subject", SUBJECT_PATTERN, "user:lee", Subject.parse, "subject")
ROLE: Final = PathName("role", NAME_PATTERN, "front-desk-lead", role_name, "role")
ID: Final = PathName("id", NAME_PATTERN, "a1", role_name, "thing of this id")
RESOURCE_TYPE: Final = PathName("type", NAME_PATTERN, "chart_note", role_name, "resource type")
RESOURCE_ID: Final = PathName("id", RESOURCE_PATTERN, "n1", _resource_id, "resource")
KEY_ID: Final = PathName("id", NAME_PATTERN, "k1", role_name, "key")
