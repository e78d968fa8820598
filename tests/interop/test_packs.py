"""A pack that is not exactly right is refused with all that is wrong; one that is right takes the clinical place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from authz.core.errors import BadPolicy
from authz.core.registry import Entry
from authz.policies.pack import read_pack
from tests.api.serving import ROOT
from tests.interop.conftest import Interop, run

GOOD = """
[subject_types]
robot = "service"

[[type]]
name = "door"
title = "Doors"
[type.actions]
open = "open a door"
[type.attributes]
colour = { kind = "choice", words = "its colour", choices = ["red", "blue"] }
"subject.badge" = { words = "the colour of the asker's badge" }

[[condition]]
name = "badge_fits"
words = "the badge has the door's colour"
all = [{ attribute = "resource.colour", same_as = "subject.badge" }]
"""
SEED = "p, walker, *, door, open, badge_fits, allow\n"


def pack_in(folder: Path, description: str = GOOD, seed: str | None = SEED) -> Path:
    """A folder with these files."""
    (folder / "pack.toml").write_text(description)
    if seed is not None:
        (folder / "policy_seed.csv").write_text(seed)
    return folder


def problems(folder: Path) -> str:
    with pytest.raises(BadPolicy) as refused:
        read_pack(folder)
    return str(refused.value)


def authz(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of `authz` with this pack, whatever comes of it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHZ_")}
    given = {
        "AUTHZ_PACK": str(folder),
        "AUTHZ_DATABASE_URL": f"sqlite:///{folder / 'authz.db'}",
        "PYTHONPATH": str(ROOT),
    }
    line = [sys.executable, "-m", "authz", *command]
    return subprocess.run(line, cwd=ROOT, env={**inherited, **given}, capture_output=True, text=True, check=False)


def test_a_good_pack_is_read_whole(tmp_path: Path) -> None:
    pack = read_pack(pack_in(tmp_path))
    [door], [condition] = pack.types, pack.conditions
    assert [*door.actions] == ["open", "purge"]
    assert (door.attributes["colour"].choices, door.of_subject) == (("red", "blue"), ("subject.badge",))
    assert (condition.fits(door), condition.needs) == (True, ("colour", "subject.badge"))
    assert pack.subject_kinds == {"user": "user", "service": "service", "robot": "service"}


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("type = 7", "`type` must be written as [[type]]"),
        ("[[type]]\nname = 'a b'\ntitle = 'x'", "`name` and `title` must be texts"),
        ("[[type]]\nname = 'door'", "`name` and `title` must be texts"),
        ("[[type]]\nname = 'door'\ntitle = 'D'\nactons = {}", "unknown field `actons`"),
        ("[[type]]\nname = 'door'\ntitle = 'D'\n[type.actions]\n'o p' = 'x'", "the action `o p`"),
        ("[[type]]\nname = 'door'\ntitle = 'D'\n[type.attributes]\na = 7", "the attribute `a`"),
        ("[[type]]\nname = 'door'\ntitle = 'D'\n[type.attributes]\na = { kind = 'number' }", "`kind` is one of"),
        ("[[type]]\nname = 'door'\ntitle = 'D'\n[type.attributes]\na = { kind = 'choice' }", "a choice has `choices`"),
        ("[[type]]\nname = 'door'\ntitle = 'D'\n[[type]]\nname = 'door'\ntitle = 'D'", "two of type are called `door`"),
        ("[[condition]]\nname = 'c'\nwords = 'w'", "has neither `all` nor `any`"),
        ("[[condition]]\nname = 'c'\nwords = 'w'\nall = [7]", "a comparison has `attribute`"),
        ("[[condition]]\nname = 'c'\nwords = 'w'\nall = [{ attribute = 'resource.a', like = 'x' }]", "not `like`"),
        ("[[condition]]\nname = 'c'\nwords = 'w'\nall = [{ attribute = 'colour', is = 'x' }]", "`colour` is none of"),
        ("[[condition]]\nname = 'c'\nwords = 'w'\nall = [{ attribute = 'resource.a', is = 7 }]", "`is` must be a text"),
        ("[[condition]]\nname = 'c'\nwords = 'w'\nwhen = 'always'\nall = []", "unknown field `when`"),
        (
            "[[condition]]\nname = 'c'\nwords = 'w'\nreason = 'x'\nall = [{ attribute = 'resource.a', is = 'x' }]",
            "`reason`",
        ),
        ("[subject_types]\nrobot = 'machine'", "subject_types robot"),
        ("[types]", "unknown table `types`"),
        ("[[", "pack.toml"),
        ("a = " + "[" * 20_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_pack_is_named(tmp_path: Path, description: str, told: str) -> None:
    assert told in problems(pack_in(tmp_path, description))


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('open = "open a door"', "open = ", "pack.toml:9: Invalid value"),
        ('kind = "choice"', 'kind = "chioce"', "pack.toml:11: type door: the attribute `colour`: `kind` is one of"),
        ('title = "Doors"', "", "pack.toml:6: type door: `name` and `title` must be texts"),
        ('name = "badge_fits"', 'name = "badge fits"', "pack.toml:15: condition badge fits: `name` must be"),
        (
            "resource.colour",
            "resource.color",
            "pack.toml:17: condition badge_fits: no type has an attribute `color`; did",
        ),
        (
            'same_as = "subject.badge"',
            'is = "rde"',
            "pack.toml:17: condition badge_fits: `resource.colour` is never `rde`",
        ),
        ('robot = "service"', 'robot = "machine"', "pack.toml:3: subject_types robot"),
    ],
)
def test_what_is_wrong_with_a_pack_is_named_with_its_line(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in GOOD
    assert told in problems(pack_in(tmp_path, GOOD.replace(was, becomes)))


def test_nothing_starts_with_a_pack_that_is_nested_too_deeply(tmp_path: Path) -> None:
    done = authz(pack_in(tmp_path, "a = " + "[" * 20_000), "seed")
    assert (done.returncode, "pack.toml:1: is nested too deeply" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_two_types_of_a_pack_have_two_attributes_that_no_type_has_together(tmp_path: Path) -> None:
    gate = '[[type]]\nname = "gate"\ntitle = "G"\n[type.attributes]\nheight = {}\n'
    both = '[[condition]]\nname = "c"\nwords = "w"\nall = []\n'
    both = both.replace("[]", '[{ attribute = "resource.height", same_as = "resource.colour" }]')
    assert "no type has all the attributes `height`, `colour`" in problems(pack_in(tmp_path, GOOD + gate + both))


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    description = "[types]\n[[type]]\nname = 'door'\n[[condition]]\nname = 'c'\nwords = 'w'\n"
    assert problems(pack_in(tmp_path, description, seed=None)).count("\n") == 3


def test_nothing_starts_with_a_bad_pack(tmp_path: Path) -> None:
    pack_in(tmp_path, "[types]")
    for command in (["seed"], ["serve"], ["demo"], ["db", "upgrade"]):
        done = authz(tmp_path, *command)
        assert (done.returncode, "unknown table `types`" in done.stderr) == (2, True), done
        assert "Traceback" not in done.stderr
    found = authz(tmp_path, "doctor")
    assert (found.returncode, "unknown table `types`" in found.stdout) == (1, True)


def test_a_bad_rule_of_a_pack_is_named_with_its_line(tmp_path: Path) -> None:
    pack_in(
        tmp_path, seed="# doors\np, walker, *, door, close, always, allow\np, walker, *, window, open, always, allow\n"
    )
    assert authz(tmp_path, "db", "upgrade").returncode == 0
    done = authz(tmp_path, "seed")
    assert done.returncode == 2
    assert "policy_seed.csv:2" in done.stderr
    assert "policy_seed.csv:3" in done.stderr


def test_a_condition_of_the_clinic_means_nothing_to_a_type_without_its_attributes(tmp_path: Path) -> None:
    pack_in(tmp_path, seed="p, walker, *, door, open, draft, allow\n")
    assert authz(tmp_path, "db", "upgrade").returncode == 0
    assert "has no meaning for `door`" in authz(tmp_path, "seed").stderr


@pytest.mark.parametrize("interop", ["sqlite"], indirect=True)
def test_making_the_practices_again_changes_nothing(interop: Interop, tmp_path: Path) -> None:
    pack = {"AUTHZ_PACK": "deploy/interop", "AUTHZ_DATABASE_URL": f"sqlite:///{tmp_path / 'authz.db'}"}
    keys = tmp_path / "keys.json"
    for command in (["db", "upgrade"], ["seed"], ["demo", "--keys", str(keys)]):
        run(command, pack)
    before = keys.read_bytes(), run(["practices", "list", "--json"], pack).stdout
    run(["demo", "--keys", str(keys)], pack)
    assert (keys.read_bytes(), run(["practices", "list", "--json"], pack).stdout) == before
    assert run(["doctor"], pack).returncode == 0


def test_the_contract_knows_every_kind_of_attribute_that_a_pack_has(interop: Interop) -> None:
    told = interop.server.call("GET", "/v1/vocabulary", token=interop.keys["service:cert"]).json["resource_types"]
    kinds = {attribute["kind"] for type in told for attribute in type["attributes"]}
    answer = interop.server.call("GET", "/openapi.json").json["paths"]["/v1/vocabulary"]["get"]["responses"]["200"]
    types = answer["content"]["application/json"]["schema"]["properties"]["resource_types"]["items"]
    assert "flag" in kinds
    assert kinds <= set(types["properties"]["attributes"]["items"]["properties"]["kind"]["enum"])


def test_a_practice_that_is_described_wrongly_is_not_made(tmp_path: Path) -> None:
    pack_in(tmp_path)
    (tmp_path / "practices").mkdir()
    described = (
        'name = "H"\nowner = { id = "o", email = "o@h.example", name = "O" }\n[[people]]\nid = "a"\nrole = "x"\n'
    )
    (tmp_path / "practices" / "house.toml").write_text(described)
    for command in (["db", "upgrade"], ["seed"]):
        assert authz(tmp_path, *command).returncode == 0
    done = authz(tmp_path, "demo", "--keys", str(tmp_path / "keys.json"))
    assert done.returncode == 2
    assert "people 1: `name` is missing" in done.stderr
    assert "people 1: unknown field `role`" in done.stderr
    assert not (tmp_path / "keys.json").exists()


def test_an_entry_is_a_value() -> None:
    assert Entry("door", "front", {"colour": "red"}).named == ("door", "front")


LOANS = """
[[type]]
name = "book"
title = "Books"
[type.actions]
read = "read"
renew = "renew"
[type.attributes]
borrower = { kind = "subject", words = "who has it" }
shelf = { kind = "choice", words = "where", choices = ["open", "closed"] }
reference = { kind = "flag", words = "never lent" }

[[condition]]
name = "tried"
words = "what is tried"
all = [{ %s }]
"""


@pytest.mark.parametrize(
    ("comparison", "told"),
    [
        ('attribute = "resource.borrower", same_as = "subject.id"', "only one is a subject such as user:ray"),
        ('attribute = "resource.borrower", differs_from = "subject.id"', "are never the same"),
        ('attribute = "subject", differs_from = "resource.shelf"', "are never the same"),
        ('attribute = "resource.reference", is_not = "yes"', "is never `yes` but one of true, false"),
        ('attribute = "resource.shelf", is_not = "opne"', "did you mean `open`?"),
        ('attribute = "resource.borrower", is_not = "ray"', "is never `ray`: a subject is"),
    ],
)
def test_two_values_that_are_never_equal_are_not_compared(comparison: str, told: str, tmp_path: Path) -> None:
    assert told in problems(pack_in(tmp_path, LOANS % comparison))


@pytest.mark.parametrize(
    "comparison",
    [
        'attribute = "resource.borrower", differs_from = "subject"',
        'attribute = "resource.borrower", is = "user:ray"',
        'attribute = "resource.shelf", is_not = "open"',
        'attribute = "resource.reference", is = "false"',
        'attribute = "resource.id", same_as = "subject.id"',
    ],
)
def test_what_can_be_equal_is_compared(comparison: str, tmp_path: Path) -> None:
    assert [one.name for one in read_pack(pack_in(tmp_path, LOANS % comparison)).conditions] == ["tried"]


RITA = """
name = "Library"
[owner]
id = "olga"
email = "olga@library.example"
name = "Olga"
[[people]]
id = "rita"
name = "Rita"
email = "rita@library.example"
roles = ["reader"]
[[services]]
id = "desk"
roles = ["decision-caller"]
[[resources]]
type = "book"
id = "b1"
attributes = { borrower = "user:rita", shelf = "open" }
"""
FOUR_EYES = LOANS % 'attribute = "resource.borrower", differs_from = "subject"'
READER = "p, reader, *, book, renew, tried, allow\np, reader, *, book, read, always, allow\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A pack in which nobody renews what they have borrowed themselves, served nowhere yet."""
    folder = pack_in(tmp_path, FOUR_EYES, READER)
    (folder / "practices").mkdir()
    (folder / "practices" / "library.toml").write_text(RITA)
    for command in (["db", "upgrade"], ["seed"], ["demo", "--keys", str(folder / "keys.json")]):
        done = authz(folder, *command)
        assert done.returncode == 0, done.stderr
    return folder


def renews(folder: Path, *more: str) -> int:
    return authz(folder, "check", "library", "user:rita", "renew", "book", *more).returncode


def test_a_borrower_is_told_from_another(library: Path) -> None:
    assert renews(library, "--id", "b1") == 1
    assert renews(library, "--attr", "borrower=user:olga") == 0
    assert renews(library, "--attr", "borrower=user:rita") == 1
    assert renews(library) == 1


@pytest.mark.parametrize("role", ["operator", "decision-caller", "registrar", "owner", "admin", "chart_notes"])
def test_no_pack_gives_more_to_who_stands_above_or_calls_a_role_like_a_right(role: str, tmp_path: Path) -> None:
    folder = pack_in(tmp_path, seed=SEED + f"p, {role}, *, door, open, always, allow\n")
    assert authz(folder, "db", "upgrade").returncode == 0
    refused = authz(folder, "seed")
    assert refused.returncode == 2
    assert f"policy_seed.csv:2: `{role}` is no role of a pack" in refused.stderr


def test_what_was_changed_in_a_packs_practice_stays_and_so_do_the_keys_of_others(library: Path) -> None:
    keys = library / "keys.json"
    before = json.loads(keys.read_text())
    keys.write_text(json.dumps({**before, "service:elsewhere": "azk_of_another_database"}))
    assert authz(library, "revoke", "library", "user:rita", "reader").returncode == 0
    assert authz(library, "demo", "--keys", str(keys)).returncode == 0
    assert json.loads(keys.read_text()) == {**before, "service:elsewhere": "azk_of_another_database"}
    assert '"grants":[]' in authz(library, "grants", "library", "--subject", "user:rita", "--json").stdout


def test_the_rules_of_another_pack_are_not_replaced_unasked(
    library: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = pack_in(tmp_path_factory.mktemp("doors"))
    (other / "authz.db").symlink_to(library / "authz.db")
    refused = authz(other, "seed")
    assert (refused.returncode, "is this the database of another pack?" in refused.stderr) == (2, True)
    assert authz(library, "seed").returncode == 0
    assert authz(other, "seed", "--other-pack").returncode == 0


def test_a_pack_without_practices_makes_none_and_a_folder_without_a_pack_is_none(tmp_path: Path) -> None:
    folder = pack_in(tmp_path)
    for command in (["db", "upgrade"], ["seed"], ["demo", "--keys", str(folder / "keys.json")]):
        assert authz(folder, *command).returncode == 0
    with pytest.raises(BadPolicy, match=r"there is no `pack\.toml` in it"):
        read_pack(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('roles = ["reader"]', 'roles = ["raeder"]', "library.toml:11: people 1: role: there is no role `raeder`"),
        ('"decision-caller"', '"operator"', "library.toml:14: services 1: role: `operator` is given in the whole"),
    ],
)
def test_what_a_described_practice_cannot_have_is_named_and_once_mended_it_is_made(
    tmp_path: Path, was: str, becomes: str, told: str
) -> None:
    folder = pack_in(tmp_path, FOUR_EYES, READER)
    (folder / "practices").mkdir()
    for command in (["db", "upgrade"], ["seed"]):
        assert authz(folder, *command).returncode == 0
    demo = ("demo", "--keys", str(folder / "keys.json"))
    assert was in RITA
    (folder / "practices" / "library.toml").write_text(RITA.replace(was, becomes, 1))
    refused = authz(folder, *demo)
    assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr
    (folder / "practices" / "library.toml").write_text(RITA)
    assert authz(folder, *demo).returncode == 0
    assert renews(folder, "--id", "b1", "--attr", "borrower=user:olga") == 0


def test_a_pack_has_no_rules_for_a_single_practice(tmp_path: Path) -> None:
    folder = pack_in(tmp_path, seed=SEED + "p, walker, library, door, open, always, allow\n")
    assert authz(folder, "db", "upgrade").returncode == 0
    refused = authz(folder, "seed")
    assert (refused.returncode, "policy_seed.csv:2: a pack's rule is for every practice" in refused.stderr) == (2, True)
