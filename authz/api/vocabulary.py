"""GET /v1/vocabulary: every name that a question may hold."""

from __future__ import annotations

from flask import Response

from authz.api.answers import answer
from authz.api.documented import VOCABULARY_ANSWER
from authz.api.families import Family
from authz.api.rights import any_caller
from authz.policies import VOCABULARY

family = Family("vocabulary", "The names that questions are made of")


@family.endpoint("GET", "/v1/vocabulary", VOCABULARY_ANSWER)
def vocabulary() -> Response:
    """Lists resource types, actions, attributes, conditions and reports"""
    any_caller()
    return answer(VOCABULARY.as_json())
