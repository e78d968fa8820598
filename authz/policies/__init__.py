"""What can be controlled: the vocabulary in force, which is the clinical one unless another policy pack is set."""

from __future__ import annotations

from typing import Final

from authz.policies.administration import ADMINISTRATION
from authz.policies.clinical import CLINICAL
from authz.policies.conditions import CONDITIONS
from authz.policies.pack import PACK
from authz.policies.reports import REPORTS
from authz.policies.whole import Vocabulary, extended

VOCABULARY: Final = (
    Vocabulary((*CLINICAL, *ADMINISTRATION), CONDITIONS, REPORTS)
    if PACK is None
    else Vocabulary(extended(ADMINISTRATION, PACK.types), CONDITIONS, REPORTS, PACK.subject_kinds)
)
