"""Page tokens: nobody but the service reads them, and nothing but what it wrote opens a page."""

from __future__ import annotations

from base64 import urlsafe_b64decode

import pytest

from authz.api.authzen.pages import GOOD_FOR_SECONDS, Page, Pages
from authz.core.errors import Unreadable
from authz.core.names import Practice

NORTHSIDE = Practice("northside")
QUERY = {"subject": {"type": "user", "id": "ray"}, "action": {"name": "edit"}, "resource": {"type": "chart_note"}}
PAGE = Page(10, "", wanted=True)
NOW = 1_000_000 * GOOD_FOR_SECONDS


def pages(secret: bytes = b"0" * 32, now: int = NOW) -> Pages:
    return Pages(secret, NORTHSIDE, "resource", now)


def after(token: str, by: Pages) -> str:
    return by.read({**QUERY, "page": {"token": token}}).after


def test_a_token_does_not_show_after_which_candidate_a_page_begins() -> None:
    raw = urlsafe_b64decode(pages().token(QUERY, PAGE, "incident-of-ana") + "==")
    for word in (b"incident", b"ana", b"northside", b"resource"):
        assert word not in raw


def test_ids_of_any_length_have_tokens_of_one_length() -> None:
    assert len({len(pages().token(QUERY, PAGE, "n" * length)) for length in (1, 2, 40, 99)}) == 1


@pytest.mark.parametrize("id", ["n1", "n/1", "\u00e9" * 200, "\U0001f600" * 200, "n" * 200, ""])
def test_a_token_goes_on_after_its_candidate_whatever_its_id(id: str) -> None:
    assert after(pages().token(QUERY, PAGE, id), pages()) == id


def test_the_same_search_has_the_same_token_within_the_hour_and_another_later() -> None:
    hour = {pages(now=NOW + second).token(QUERY, PAGE, "n1") for second in range(0, GOOD_FOR_SECONDS, 60)}
    assert len(hour) == 1
    assert pages(now=NOW + GOOD_FOR_SECONDS).token(QUERY, PAGE, "n1") not in hour
    assert pages().token(QUERY, PAGE, "n2") not in hour


def test_a_token_ends() -> None:
    token = pages().token(QUERY, PAGE, "n1")
    assert after(token, pages(now=NOW + GOOD_FOR_SECONDS)) == "n1"
    with pytest.raises(Unreadable, match="too old"):
        after(token, pages(now=NOW + 2 * GOOD_FOR_SECONDS))


def test_a_token_changed_anywhere_opens_nothing() -> None:
    token = pages().token(QUERY, PAGE, "n1")
    for place in range(len(token)):
        for other in "Aa-":
            touched = token[:place] + other + token[place + 1 :]
            if touched != token:
                with pytest.raises(Unreadable, match="none of ours"):
                    after(touched, pages())


@pytest.mark.parametrize("stray", ["=", "==", "\n", " ", "!", "\u00e9", "\ud800", "\0", "+", "A", "AAAA"])
def test_a_token_with_anything_more_in_it_opens_nothing(stray: str) -> None:
    token = pages().token(QUERY, PAGE, "n1")
    for written in (token + stray, stray + token, token[:40] + stray + token[40:], stray):
        with pytest.raises(Unreadable, match="none of ours"):
            after(written, pages())


def test_a_token_of_another_installation_opens_nothing() -> None:
    with pytest.raises(Unreadable, match="none of ours"):
        after(pages(b"1" * 32).token(QUERY, PAGE, "n1"), pages())
