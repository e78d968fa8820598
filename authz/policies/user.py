"""People of the practice: the actions and attributes that rules and requests may name."""

from __future__ import annotations

from authz.policies.vocabulary import Action, resource_type

TYPE = resource_type(
    "user",
    "People of the practice",
    [
        Action("list", "see who works here", narrows=True),
        Action("read", "see one person's record", narrows=True),
        Action("create", "add a person"),
        Action("update", "change name, phone, seat and links"),
        Action("set_access", "change the access sheet", guards=("someone_else",)),
        Action("set_prescriber", "make someone a prescriber, or no longer", guards=("someone_else",)),
        Action("deactivate", "let someone go", guards=("someone_else",)),
        Action("reactivate", "take someone back", guards=("someone_else",)),
        Action("change_email", "change the e-mail address"),
    ],
    concerns="id",
    delegable=("list",),
)
