"""The fence around Casbin: one test for each of its known hazards that the engine has to keep out."""

from __future__ import annotations

import ast
import logging
import logging.config
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import casbin
import pytest

import authz
from authz.core.errors import BadPolicy
from authz.core.names import BadName, Practice, Subject, role_name
from authz.core.policy import RowsInForce, Rule
from authz.engine import CasbinEngine, CasbinPolicy, HeldRoles, PlainCasbin, holds, model_problems
from authz.policies.shipped import shipped

MODEL = shipped("model.conf").read_text()
NORTH, SOUTH = Practice("northside"), Practice("southside")
LEE, KIM = Subject.user("lee"), Subject.user("kim")
NOTHING: frozenset[str] = frozenset()


def engine_of(*rules: Rule, roles: dict[Subject, set[str]], practice: Practice = NORTH) -> CasbinPolicy:
    held = {subject: frozenset(names) for subject, names in roles.items()}
    return CasbinEngine(shipped("model.conf")).prepare(RowsInForce(practice, 1, rules, held))


def rule(role: str, practice: str = "*", when: tuple[str, ...] = (), effect: str = "allow") -> Rule:
    return Rule(role, Practice(practice), "chart_note", "read", when, effect)


@pytest.mark.parametrize(
    "name", ["admin, p2", "a b", " admin", "admin]", "admin[", "ad\nmin", "", "*", "keyMatch(a)", "a:b", "é", "a" * 101]
)
def test_no_name_can_hold_what_would_change_a_stored_row(name: str) -> None:
    for make in (role_name, Practice.parse, Subject.user):
        with pytest.raises(BadName):
            make(name)


@pytest.mark.parametrize(
    "text", ["practitioner", "role:practitioner", ":lee", "user:", "lee", "user:role:x", "USER:lee"]
)
def test_a_role_or_an_untyped_name_is_never_a_subject(text: str) -> None:
    with pytest.raises(BadName):
        Subject.parse(text)


def test_a_roles_name_that_reaches_the_engine_as_a_subject_holds_nothing() -> None:
    policy = engine_of(rule("practitioner"), roles={LEE: {"practitioner"}})
    assert policy.enforcer().enforce("practitioner", "northside", "chart_note", "read", NOTHING) is False
    assert policy.allows(LEE, "chart_note", "read", NOTHING)


def test_an_empty_policy_allows_nothing() -> None:
    assert engine_of(roles={LEE: {"practitioner"}}).allows(LEE, "chart_note", "read", NOTHING) is False
    assert engine_of(rule("practitioner"), roles={}).allows(LEE, "chart_note", "read", NOTHING) is False


def test_a_role_held_in_one_practice_does_nothing_in_another() -> None:
    policy = engine_of(rule("practitioner"), roles={LEE: {"practitioner"}}, practice=NORTH)
    assert policy.enforcer().enforce("user:lee", "southside", "chart_note", "read", NOTHING) is False


def test_a_practices_own_rule_does_nothing_in_another_practice_with_a_role_of_that_name() -> None:
    foreign = rule("our-own", "southside")
    assert (
        engine_of(foreign, roles={LEE: {"our-own"}}, practice=NORTH).allows(LEE, "chart_note", "read", NOTHING) is False
    )
    assert (
        engine_of(foreign, roles={LEE: {"our-own"}}, practice=SOUTH).allows(LEE, "chart_note", "read", NOTHING) is True
    )


def test_one_matching_denial_outweighs_every_allowance_whichever_comes_first() -> None:
    rules = (rule("one"), rule("two", effect="deny"))
    for order in (rules, rules[::-1]):
        assert engine_of(*order, roles={LEE: {"one", "two"}}).allows(LEE, "chart_note", "read", NOTHING) is False
        assert engine_of(*order, roles={LEE: {"one"}}).allows(LEE, "chart_note", "read", NOTHING) is True


def test_a_condition_that_is_unknown_or_not_among_the_facts_does_not_hold() -> None:
    assert holds("own", frozenset({"own"}))
    assert holds("own+draft", frozenset({"own", "draft"}))
    assert not holds("own+draft", frozenset({"own"}))
    assert not holds("no_such", NOTHING)
    assert not holds("", NOTHING)


def test_a_matcher_that_raises_ends_as_no_answer_to_that_question_only(caplog: pytest.LogCaptureFixture) -> None:
    policy = engine_of(rule("one", when=("own",)), roles={LEE: {"one"}})
    assert policy.allows(LEE, "chart_note", "read", None) is None  # type: ignore[arg-type]  # facts that cannot be searched
    assert "question_failed" in caplog.text
    assert policy.allows(LEE, "chart_note", "read", frozenset({"own"})) is True


CONJUNCTS = [
    "r.obj == p.obj",
    "r.act == p.act",
    '(p.dom == "*" || p.dom == r.dom)',
    "g(r.sub, p.sub, r.dom)",
    "holds(p.when, r.facts)",
]


@pytest.mark.parametrize("conjunct", CONJUNCTS)
def test_a_model_that_lacks_a_conjunct_of_the_matcher_stops_the_start(conjunct: str, tmp_path: Path) -> None:
    edited = tmp_path / "model.conf"
    edited.write_text(MODEL.replace(f"{conjunct} && ", "").replace(f" && {conjunct}", ""))
    assert edited.read_text() != MODEL
    with pytest.raises(BadPolicy, match="the matcher lacks"):
        CasbinEngine(edited)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("g = _, _, _", "g = _, _"),
        (" && !some(where (p.eft == deny))", ""),
        ("r.obj == p.obj", "keyMatch(r.obj, p.obj)"),
        ("holds(p.when, r.facts)", "eval(p.when)"),
        ("holds(p.when, r.facts)", "holds(p.when, r.facts) || r.sub == 'user:omar'"),
        ("r.act == p.act", 'r.act == p.act && r.act != "purge"'),
        ("sub, dom, obj, act, when, eft", "sub, dom, obj, act, when"),
        ("[matchers]", "[matcher]"),
        ("[role_definition]\ng = _, _, _", "[role_definition]\ng = _, _, _\ng2 = _, _"),
    ],
)
def test_a_model_changed_in_any_other_way_stops_the_start(was: str, becomes: str, tmp_path: Path) -> None:
    edited = tmp_path / "model.conf"
    edited.write_text(MODEL.replace(was, becomes))
    assert edited.read_text() != MODEL
    with pytest.raises(BadPolicy):
        CasbinEngine(edited)


def test_the_shipped_model_has_no_problem_and_its_conjuncts_may_stand_in_any_order() -> None:
    assert model_problems(MODEL) == []
    assert model_problems(MODEL.replace(" && ".join(CONJUNCTS), " && ".join(CONJUNCTS[::-1]))) == []


FORBIDDEN = {
    "add_policy", "add_policies", "remove_policy", "remove_policies", "remove_filtered_policy", "update_policy",
    "add_grouping_policy", "delete_role", "delete_user", "delete_roles_for_user", "save_policy", "enable_enforce",
    "add_role_for_user", "FastEnforcer", "SyncedEnforcer", "add_named_matching_func", "add_named_domain_matching_func",
    "key_match", "regex_match", "enforce_ex", "load_policy_line",
}  # fmt: skip


def test_nothing_in_the_service_calls_casbins_management_or_its_patterns() -> None:
    package = Path(authz.__file__).parent
    called = {
        (path.relative_to(package).as_posix(), node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    }
    assert len(called) > 100
    assert [found for found in sorted(called) if found[1] in FORBIDDEN] == []


def test_the_enforcer_is_named_in_the_engine_alone() -> None:
    package = Path(authz.__file__).parent
    mentions = [path.name for path in package.rglob("*.py") if "Enforcer(" in path.read_text()]
    assert mentions == ["enforcers.py"]


def test_strangers_who_ask_leave_nothing_behind() -> None:
    policy = engine_of(rule("practitioner"), roles={LEE: {"practitioner"}})
    for number in range(200):
        assert not policy.allows(Subject.user(f"stranger{number}"), "chart_note", "read", NOTHING)
    manager = policy.enforcer().get_role_manager()
    assert isinstance(manager, HeldRoles)
    assert manager._links == {("user:lee", "practitioner", "northside")}


def test_what_all_enforcers_are_made_of_holds_no_rows_and_learns_none() -> None:
    policy = engine_of(rule("practitioner"), roles={LEE: {"practitioner"}})
    bare = policy._pattern._bare
    for _ in range(3):
        assert policy.allows(LEE, "chart_note", "read", NOTHING)
    assert [bare.model[kind][kind].policy for kind in ("p", "g")] == [[], []]
    assert "holds" not in bare.fm.get_functions()
    assert len(bare._parsed) == 1


def test_an_enforcer_holds_its_own_rows_whatever_is_done_to_another() -> None:
    policy = engine_of(rule("practitioner"), roles={LEE: {"practitioner"}})
    one, other = policy.enforcer(), policy.enforcer()
    one.model["p"]["p"].policy.clear()
    one.get_role_manager().clear()
    one.add_function("holds", lambda *_: False)
    question = ("user:lee", "northside", "chart_note", "read", NOTHING)
    assert one.enforce(*question) is False
    assert other.enforce(*question) is True


def test_the_role_manager_keeps_one_link_for_each_grant_however_many_people_there_are() -> None:
    many = {Subject.user(f"u{number}"): {"practitioner", "member"} for number in range(2000)}
    policy = engine_of(rule("practitioner"), roles=many)
    assert len(policy.enforcer().get_role_manager()._links) == 4000
    assert policy.allows(Subject.user("u1999"), "chart_note", "read", NOTHING)


def test_casbin_logs_no_request_even_if_logging_is_set_up_anew(caplog: pytest.LogCaptureFixture) -> None:
    policy = engine_of(rule("practitioner"), roles={LEE: {"practitioner"}})
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "root": {"level": "DEBUG"}})
    caplog.set_level(logging.DEBUG)
    assert policy.allows(LEE, "chart_note", "read", NOTHING)
    assert not policy.allows(KIM, "chart_note", "read", NOTHING)
    assert "lee" not in caplog.text
    assert "kim" not in caplog.text


def test_eight_threads_asking_at_once_get_the_right_answers() -> None:
    policy = engine_of(rule("practitioner", when=("own",)), roles={LEE: {"practitioner"}})

    def ask(number: int) -> bool:
        facts = frozenset({"own"}) if number % 2 else NOTHING
        return policy.allows(LEE, "chart_note", "read", facts) is bool(number % 2)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(800)))


def test_eight_threads_asking_policies_of_one_engine_are_each_answered_from_their_own() -> None:
    engine = CasbinEngine(shipped("model.conf"))
    policies = [
        engine.prepare(
            RowsInForce(NORTH, 1, (rule("practitioner", effect=effect),), {LEE: frozenset({"practitioner"})})
        )
        for effect in ("allow", "deny")
    ]

    def ask(number: int) -> bool:
        return policies[number % 2].allows(LEE, "chart_note", "read", NOTHING) is (number % 2 == 0)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(800)))


def test_a_casbin_as_it_comes_answers_as_the_one_that_parses_once() -> None:
    rows = RowsInForce(NORTH, 1, (rule("one", when=("own",)), rule("two", effect="deny")),
                       {LEE: frozenset({"one"}), KIM: frozenset({"one", "two"})})  # fmt: skip
    ours, plain = (make(shipped("model.conf")).prepare(rows) for make in (CasbinEngine, PlainCasbin))
    for who, facts in ((LEE, {"own"}), (LEE, set()), (KIM, {"own"})):
        question = (who, "chart_note", "read", frozenset(facts))
        assert ours.allows(*question) is plain.allows(*question) is (who == LEE and bool(facts))
    assert type(plain._enforcer) is casbin.Enforcer
    assert plain.allows(LEE, "chart_note", "read", None) is None  # type: ignore[arg-type]  # facts that cannot be searched
