"""Looking at a search's candidates: each is decided as an evaluation would be, until there is a page of results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from typing import Any, Final

from flask import Response

from authz.api.answers import answer
from authz.api.auth import services
from authz.api.authzen import answers, shapes
from authz.api.authzen.candidates import Candidates
from authz.api.authzen.meaning import is_line, meant, subject_of
from authz.api.authzen.pages import Pages
from authz.api.authzen.turns import Turns
from authz.api.decisions import record_emergencies
from authz.api.noting import note_search
from authz.api.rights import need_to_ask
from authz.checking.deciding import never
from authz.core.decision import Decision, Reason, Request
from authz.core.names import Practice, Subject
from authz.policies import VOCABULARY

MOST_LOOKED_AT: Final = 4000
_TURNS: Final = Turns()  # of this process
_Permitted = tuple[Request, Decision]
_NOBODY: Final = Subject("service", "unknown")


class Search:
    """One search: where its candidates come from, what is asked of each, and how a result is told.

    `vain` tells that none would be permitted, whichever the candidates are: then none is looked at.
    """

    def __init__(
        self,
        practice: Practice,
        candidates: Callable[[str], Candidates],
        question: Callable[[str], shapes.Evaluation],
        told: Callable[[str], dict[str, str]],
        vain: Callable[[], bool] = lambda: False,
    ) -> None:
        self._practice = practice
        self._candidates, self._question, self._told, self._vain = candidates, question, told, vain
        self._revision = 0

    def page(self, endpoint: str, body: Mapping[str, Any]) -> Response:
        """A page of the candidates that an evaluation would permit, in order.

        After so many candidates a page ends, however few were permitted: its token says that there may be others.
        Raises Overloaded where it takes more than a few, and many such searches are under way.
        """
        need_to_ask(self._practice, [_NOBODY])
        found, here = services(), self._practice
        pages = Pages(found.store.secret("page_tokens"), here, endpoint, int(found.now().timestamp()))
        page = pages.read(body)
        results: list[dict[str, str]] = []
        given: list[_Permitted] = []
        last, more = page.after, False
        with ExitStack() as stack:
            for number, (name, permitted) in enumerate(self._decided(page.after, stack), 1):
                if len(results) == page.limit:
                    more = True
                    break
                last = name
                if permitted:
                    results.append(self._told(name))
                    given.append(permitted)
                if number == MOST_LOOKED_AT:
                    more = True
                    break
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

    def _decided(self, after: str, stack: ExitStack) -> Iterator[tuple[str, _Permitted | None]]:
        """Each candidate after this one, with what was decided if an evaluation of it would be permitted.

        All but the first of them are decided in a turn, which ends with `stack`.
        """
        if self._vain():
            self._revision = services().checker.held(self._practice).revision
            return
        for number in count():
            if number == 1:
                stack.enter_context(_TURNS.one())
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


def in_vain(practice: Practice, asker: shapes.Entity, type: str, action: str | None = None) -> bool:
    """Whether this subject may do this to nothing of the type, or without an action nothing to anything.

    Raises what `need_to_ask` raises.
    """
    subject = subject_of(asker.type, asker.id)
    if subject is None:
        return True
    need_to_ask(practice, [subject])
    return never(services().checker.held(practice), subject, type, action)
