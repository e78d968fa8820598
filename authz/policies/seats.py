"""What seats cost: prices are data."""

from __future__ import annotations

from typing import Final

CURRENCY: Final = "USD"
SEAT_PRICES: Final = {"provider": 49, "clinical_staff": 25, "office": 0}  # a month, in whole units of the currency
