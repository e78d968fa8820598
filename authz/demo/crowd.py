"""Further people who fill the demo practices, so that lists and tables look like those of a real one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Final

from authz.demo.cast import Player, Switches

_NAMES: Final = {
    "northside": (
        "Adele Okafor, Boris Hellman, Carmen Ruiz, Dmitri Volkov, Elena Costa, Femi Adeyemi, Grace Holloway, "
        "Hugo Bergstrom, Imani Clarke, Jonas Keller, Keiko Tanabe, Luca Moretti, Mona Farouk, Nils Aakre, "
        "Odette Lambert, Pablo Serrano, Quinn Maddox, Rosa Delgado, Samir Nasser, Tessa Vaughn, Umar Siddiqui, "
        "Vera Kozlova, Wendell Pryce, Ximena Soto, Yusuf Demir"
    ),
    "southside": (
        "Abel Thornton, Bridget Quigley, Cyrus Rahimi, Dalia Mansour, Edgar Pruitt, Fiona MacLeod, Gus Papadakis, "
        "Hana Yoshida, Igor Petrov, Jada Freeman, Kofi Mensah, Lena Vogel"
    ),
}

_JOBS: Final[tuple[tuple[str, str, Switches], ...]] = (
    ("front desk", "office", {}),
    ("physician", "provider", {"practitioner": True, "prescriber": True, "portal_messaging": True}),
    ("medical assistant", "clinical_staff", {"practitioner": True, "chart_notes": "own"}),
    ("biller", "office", {"edit_claims": True, "delete_superbills": True}),
    ("nurse", "clinical_staff", {"practitioner": True, "portal_messaging": True, "emergency_access": True}),
    ("nurse practitioner", "provider", {"practitioner": True, "others_can_edit_my_charts": True}),
    ("patient coordinator", "office", {"portal_messaging": True}),
    ("records clerk", "office", {"chart_notes": "all"}),
    ("billing lead", "office", {"edit_claims": True, "refund_payments": True, "analytics": "all"}),
    ("stock keeper", "office", {"adjust_inventory": True}),
    ("locum", "provider", {"practitioner": True, "chart_notes": "own"}),
)


def crowd(practice: str) -> Iterator[Player]:
    """The further people of this practice, the same ones in the same order each time; every twelfth has left."""
    names = _NAMES[practice].split(", ")
    jobs = islice(cycle(_JOBS), len(names))
    for number, (name, (job, seat, switches)) in enumerate(zip(names, jobs, strict=True), start=1):
        player = name.lower().replace(" ", ".")
        yield Player(player, name, job, seat, switches, has_left=number % 12 == 0)
