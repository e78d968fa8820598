"""The page of an access review, looked at in a real browser: all there, nothing executed, and it prints."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from authz.core.changes import Change, PutPerson
from authz.core.people import Person
from authz.reviewing.page import as_page
from tests.managing.conftest import ACTOR, NORTH, northside_on, user
from tests.managing.writes import furnish

BROWSER = shutil.which("chromium")
OFFLINE = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
EVIL = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


class Seen(HTMLParser):
    """What a page holds: how many of each element, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.count: dict[str, int] = {}
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.skipif(BROWSER is None, reason="needs Debian's chromium")
def test_a_browser_shows_all_of_it_executes_nothing_and_prints_it(sqlite_url: str, tmp_path: Path) -> None:
    with northside_on(sqlite_url) as service:
        furnish(service)
        kim = service.store.person(user("kim"))
        assert kim is not None
        service.store.apply(Change(NORTH, (PutPerson(Person(kim.subject, EVIL, kim.email, kim.home)),), ()))
        service.reviewing.sign_off(ACTOR, NORTH, service.store.revision(NORTH))
        service.access.patch(ACTOR, NORTH, user("kim"), {"refund_payments": True})
        review = service.reviewing.review(NORTH)
    page, pdf = tmp_path / "review.html", tmp_path / "review.pdf"
    page.write_text(as_page(review), encoding="utf-8")
    seen = Seen(browse(tmp_path, "--dump-dom", page.as_uri()))
    assert not {"script", "img", "iframe", "link", "object"} & seen.count.keys()
    assert "owned" in seen.text
    assert re.search(r"Access review of northside at revision \d+", seen.text)
    rules = sum(len(listed) for listed in review.rules.values())
    changes, heads = len(review.since.people), 2 + len(review.rules)
    assert changes > 0
    assert seen.count["tr"] == len(review.holdings) + rules + changes + heads
    for words in ("Lee", EVIL, "What changed since the last review", "I have looked at all of the above"):
        assert words in seen.text
    browse(tmp_path, f"--print-to-pdf={pdf}", page.as_uri())
    assert pdf.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) > 1


def browse(folder: Path, *arguments: str) -> str:
    """What the browser writes, with a profile of its own and no network."""
    assert BROWSER is not None
    command = [BROWSER, *OFFLINE, f"--user-data-dir={folder / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
