"""The index of endpoints is the folder, and each family stands in it once."""

from __future__ import annotations

import importlib
import pkgutil

import authz.api
from authz.api import FAMILIES
from authz.api.families import Family


def test_every_family_in_the_folder_is_in_the_index() -> None:
    modules = (importlib.import_module(m.name) for m in pkgutil.walk_packages(authz.api.__path__, "authz.api."))
    found = [m.family for m in modules if isinstance(getattr(m, "family", None), Family)]
    assert len(found) == len(FAMILIES) == len(set(FAMILIES))
    assert set(found) == set(FAMILIES)
