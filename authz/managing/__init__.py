"""The write paths: each use case works out one change with its audit event and hands it over the desk."""

from authz.managing.access import Access
from authz.managing.desk import Desk
from authz.managing.details import UNCHANGED, Details
from authz.managing.emergencies import Emergencies
from authz.managing.grants import Grants
from authz.managing.keys import Keys
from authz.managing.memberships import Memberships
from authz.managing.people import People
from authz.managing.practices import Practices
from authz.managing.registry import Registry
from authz.managing.requests import Requests
from authz.managing.roles import Roles, Wish
from authz.managing.seeding import Seeding
from authz.managing.terms import Outcome, Terms

__all__ = [
    "UNCHANGED",
    "Access",
    "Desk",
    "Details",
    "Emergencies",
    "Grants",
    "Keys",
    "Memberships",
    "Outcome",
    "People",
    "Practices",
    "Registry",
    "Requests",
    "Roles",
    "Seeding",
    "Terms",
    "Wish",
]
