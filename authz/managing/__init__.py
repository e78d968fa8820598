"""The write paths: each use case works out one change with its audit event and has the store apply it."""

from authz.managing.emergencies import Emergencies
from authz.managing.grants import Grants
from authz.managing.keys import Keys
from authz.managing.memberships import Memberships
from authz.managing.people import People
from authz.managing.roles import Roles
from authz.managing.seeding import Seeding

__all__ = ["Emergencies", "Grants", "Keys", "Memberships", "People", "Roles", "Seeding"]
