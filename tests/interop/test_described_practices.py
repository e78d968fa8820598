"""The practices that a pack brings along are described exactly right, or all that is wrong is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from authz.core.errors import BadPolicy
from authz.core.names import Practice
from authz.demo.cast_of_pack import Described, practices_of
from authz.policies.pack import Pack

GOOD = """name = "House"
explain = true

[owner]
id = "olga"
email = "olga@house.example"
name = "Olga"

[supplied]
chart_note = ["state"]

[[people]]
id = "rita"
name = "Rita"
email = "rita@house.example"
roles = ["reader"]

[[services]]
id = "desk"
roles = ["decision-caller"]

[[resources]]
type = "chart_note"
id = "n1"
attributes = { author = "user:rita", state = "draft" }
"""


def described(folder: Path, text: str | bytes, name: str = "house.toml") -> list[Described]:
    """What is read of a folder with this one file."""
    (folder / "practices").mkdir()
    (folder / "practices" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return practices_of(Pack(folder, (), (), {}))


def problems(folder: Path, text: str | bytes, name: str = "house.toml") -> list[str]:
    with pytest.raises(BadPolicy) as refused:
        described(folder, text, name)
    return [line.partition("/practices/")[2] for line in str(refused.value).splitlines()]


def test_a_good_practice_is_read_whole(tmp_path: Path) -> None:
    [house] = described(tmp_path, GOOD)
    assert (house.practice, house.name, house.explain) == (Practice("house"), "House", True)
    assert [one["id"] for one in (*house.people, *house.services)] == ["rita", "desk"]
    assert [(one.named, dict(one.attributes)) for one in house.entries] == [
        (("chart_note", "n1"), {"author": "user:rita", "state": "draft"})
    ]


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("[[resources]]", "[[resorces]]", "22: unknown field `resorces`; did you mean `resources`?"),
        ("[owner]", "[ower]", "1: `owner` is missing"),
        ('email = "olga@house.example"\n', "", "4: owner: `email` is missing"),
        ('id = "olga"', "id = 7", "5: owner: `id` must be a text"),
        ('name = "Olga"', 'name = "Olga"\nage = 7', "8: owner: unknown field `age`"),
        ('name = "House"', "name = ", "1: Invalid value"),
        ("explain = true", "explain = 'yes'", "2: `explain` must be true or false"),
        ('["state"]', '"state"', "9: `supplied` must be a table of lists of texts"),
        ('roles = ["reader"]', 'roles = "reader"', "16: people 1: `roles` must be a list of texts"),
        ('roles = ["reader"]', "attributes = 7", "16: people 1: `attributes` must be a table"),
        ('roles = ["reader"]', "guest = 1", "16: people 1: `guest` must be true or false"),
        ('name = "Rita"\n', "", "12: people 1: `name` is missing"),
        ('id = "rita"', 'id = "ri ta"', "13: people 1: `ri ta`: a subject is"),
        ("[[people]]", '[[people]]\nid = "rita"\nname = "R"\n[[people]]', "16: people 2: `rita` stands there twice"),
        ("[[people]]", "[people]", "12: `people` must be a list of tables"),
        ('id = "desk"', 'id = "de sk"', "19: services 1: `de sk`: a subject is"),
        (
            'state = "draft"',
            'state = "darft"',
            "25: resources 1: `state`: must be one of draft, signed, locked; did you",
        ),
        ('type = "chart_note"', 'type = "chart_not"', "23: resources 1: `type`: nothing is stored of a resource type"),
        ("author =", "autor =", "25: resources 1: `autor`: `chart_note` has no such attribute; did you mean `author`?"),
        ('id = "n1"', "id = []", "24: resources 1: `id` must be a text"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in GOOD
    found = problems(tmp_path, GOOD.replace(was, becomes, 1))
    assert any(line.startswith(f"house.toml:{told}") for line in found), found


def test_all_that_is_wrong_is_named_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = GOOD.replace('"reader"', "7").replace("olga@house.example", "").replace('id = "desk"', "ident = 1")
    found = [line.split(": ", 1)[0] for line in problems(tmp_path, text)]
    assert found == ["house.toml:16", "house.toml:18", "house.toml:19"]


def test_a_resource_that_stands_twice_is_named(tmp_path: Path) -> None:
    twice = '[[resources]]\ntype = "chart_note"\nid = "n1"\n'
    assert problems(tmp_path, GOOD + twice) == [
        "house.toml:28: resources 2: `n1` `chart_note` stands there twice [practice]"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [("a = " + "[" * 20_000, "is nested too deeply"), (GOOD.encode("utf-16"), "is not UTF-8")],
)
def test_a_file_that_is_no_text_that_people_write_is_refused(tmp_path: Path, text: str | bytes, told: str) -> None:
    assert problems(tmp_path, text) == [f"house.toml:1: {told} [practice]"]


def test_a_file_that_is_not_called_as_a_practice_can_be_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD, "My House.toml")[0].startswith(
        "My House.toml:1: the file is called as the practice"
    )
