"""POST /practices/{practice}/access/v1/search/...: who may, on what, and what may be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from flask import Response, request

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.authzen import answers, shapes
from authz.api.authzen.candidates import Candidates, actions_of, resources_of, subjects_of
from authz.api.authzen.family import ENTITY, KIND, NAMED, OBJECT, AuthzenFamily
from authz.api.authzen.meaning import is_line, meant, subject_of
from authz.api.authzen.pages import Pages
from authz.api.bodies import read_object
from authz.api.decisions import record_emergencies
from authz.api.documented import TEXT, an_object, list_of
from authz.api.noting import note_search
from authz.api.rights import need_to_ask
from authz.core.decision import Decision, Reason, Request
from authz.core.names import Practice, Subject
from authz.policies import VOCABULARY

family = AuthzenFamily("authzen-search", "AuthZEN: who may, on what, and what may be done")
MOST_LOOKED_AT: Final = 20_000
_Permitted = tuple[Request, Decision]
_NOBODY: Final = Subject("service", "unknown")
_PAGE: Final = {"type": "object", "properties": {"token": TEXT, "limit": {"type": "integer", "minimum": 0}}}
_PAGED: Final = an_object({"next_token": TEXT, "count": {"type": "integer", "minimum": 0}})


def _query(subject: object, resource: object, action: object | None) -> dict[str, object]:
    parts = {"subject": subject, "resource": resource, **({"action": action} if action else {})}
    return {"type": "object", "required": [*parts], "properties": {**parts, "context": OBJECT, "page": _PAGE}}


def _found(one: Mapping[str, object]) -> dict[str, object]:
    return an_object({"results": list_of(one)}, {"page": _PAGED})


_AN_ENTITY: Final = an_object({"type": TEXT, "id": TEXT})


@family.asked("/access/v1/search/subject", _query(KIND, ENTITY, NAMED), _found(_AN_ENTITY))
def search_subjects(practice: Practice) -> Response:
    """Finds who may do this to that, among those known in the practice"""
    body = _body()
    wanted, action = shapes.entity(body, "subject", with_id=False), shapes.deed(body)
    resource, context = shapes.entity(body, "resource"), shapes.optional_object(body, "context", "context")
    search = _Search(
        practice,
        lambda after: subjects_of(practice, wanted.type, after),
        lambda name: shapes.Evaluation(wanted._replace(id=name), action, resource, context),
        lambda name: {"type": wanted.type, "id": name},
    )
    return search.page("subject", body)


@family.asked("/access/v1/search/resource", _query(ENTITY, KIND, NAMED), _found(_AN_ENTITY))
def search_resources(practice: Practice) -> Response:
    """Finds to what this subject may do that, among what is registered and what is kept here anyway

    Reports, users and roles need not be registered. Other resources that are not are not found, though an evaluation
    may permit them.
    """
    body = _body()
    wanted, action = shapes.entity(body, "resource", with_id=False), shapes.deed(body)
    subject, context = shapes.entity(body, "subject"), shapes.optional_object(body, "context", "context")
    search = _Search(
        practice,
        lambda after: resources_of(practice, wanted.type, after),
        lambda name: shapes.Evaluation(subject, action, wanted._replace(id=name), context),
        lambda name: {"type": wanted.type, "id": name},
    )
    return search.page("resource", body)


@family.asked("/access/v1/search/action", _query(ENTITY, ENTITY, None), _found(an_object({"name": TEXT})))
def search_actions(practice: Practice) -> Response:
    """Finds what this subject may do to that"""
    body = _body()
    subject, resource = shapes.entity(body, "subject"), shapes.entity(body, "resource")
    context = shapes.optional_object(body, "context", "context")
    search = _Search(
        practice,
        lambda after: actions_of(resource.type, after),
        lambda name: shapes.Evaluation(subject, shapes.Deed(name, {}), resource, context),
        lambda name: {"name": name},
    )
    return search.page("action", body)


def _body() -> dict[str, Any]:
    return read_object(request, services().settings.max_body_bytes)


class _Search:
    """One search: where its candidates come from, what is asked of each, and how a result is told."""

    def __init__(
        self,
        practice: Practice,
        candidates: Callable[[str], Candidates],
        question: Callable[[str], shapes.Evaluation],
        told: Callable[[str], dict[str, str]],
    ) -> None:
        self._practice = practice
        self._candidates, self._question, self._told = candidates, question, told
        self._revision = 0

    def page(self, endpoint: str, body: Mapping[str, Any]) -> Response:
        """A page of the candidates that an evaluation would permit, in order.

        After so many candidates a page ends, however few were permitted: its token says that there may be others.
        """
        need_to_ask(self._practice, [_NOBODY])
        found, here = services(), self._practice
        pages = Pages(found.store.secret("page_tokens"), here, endpoint, int(found.now().timestamp()))
        page = pages.read(body)
        results: list[dict[str, str]] = []
        given: list[_Permitted] = []
        last, more = page.after, False
        for number, (name, permitted) in enumerate(self._decided(page.after)):
            if len(results) == page.limit or number == MOST_LOOKED_AT:
                more = True
                break
            last = name
            if permitted:
                results.append(self._told(name))
                given.append(permitted)
        record_emergencies(given)
        self._note(endpoint, len(results), given)
        token = pages.token(body, page, last) if more else ""
        shown = {"page": {"next_token": token, "count": len(results)}} if page.wanted or more else {}
        return answer({**shown, "results": results})

    def _note(self, endpoint: str, found: int, given: Sequence[_Permitted]) -> None:
        subject, action, resource, _ = self._question("")
        type = VOCABULARY.types.get(resource.type)
        known = type is not None and resource.id != "" and is_line(resource.id)
        note_search(
            f"search/{endpoint}",
            self._practice,
            self._revision,
            found,
            subject=subject_of(subject.type, subject.id),
            action=action.name if type is not None and action.name in type.actions else None,
            resource=(None if type is None else type.name, resource.id if known else None),
            by_emergency=any(decision.reason is Reason.EMERGENCY for _, decision in given),
        )

    def _decided(self, after: str) -> Iterator[tuple[str, _Permitted | None]]:
        """Each candidate after this one, with what was decided if an evaluation of it would be permitted."""
        while True:
            part = self._candidates(after)
            yield from self._permitted(part)
            if part.last or not part.ids:
                return
            after = part.ids[-1]

    def _permitted(self, part: Candidates) -> Iterator[tuple[str, _Permitted | None]]:
        asked = [(name, meant(self._practice, self._question(name))) for name in part.ids]
        requests = [one.request for _, one in asked if one.request is not None]
        need_to_ask(self._practice, {one.subject for one in requests} or [_NOBODY])
        checker = services().checker
        self._revision, decided = checker.check_all(self._practice, requests, known=part.known)
        decisions = iter(decided)
        settings = checker.held(self._practice).scene.settings
        for name, one in asked:
            if one.request is None:
                yield name, None
                continue
            decision = next(decisions)
            yes = answers.answered(one, decision, settings)["decision"]
            yield name, (one.request, decision) if yes else None
