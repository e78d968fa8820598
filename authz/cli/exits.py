"""What a command's exit code says: the whole contract in three numbers."""

from __future__ import annotations

from typing import Final

YES: Final = 0
"""Allowed, done, or all well."""

NO: Final = 1
"""Denied, or there are findings."""

NO_ANSWER: Final = 2
"""The question was wrong, or could not be answered: never a no, and never a yes."""
