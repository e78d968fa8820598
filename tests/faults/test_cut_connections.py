"""Connections to PostgreSQL cut in the midst of reads, of writes and of commits: never wrong, and nothing by halves."""

from __future__ import annotations

from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.api.conftest import world_in
from tests.api.serving import served
from tests.faults.cutting import relay
from tests.faults.load import load
from tests.postgresql import Server as Postgresql

CUT_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
ROUNDS = 8


def test_connections_cut_again_and_again_cost_no_acknowledged_write(postgresql_url: str, tmp_path: Path) -> None:
    environment = {"AUTHZ_DATABASE_URL": postgresql_url, "AUTHZ_WORKERS": "2"}
    with (
        world_in(postgresql_url) as world,
        served(tmp_path, environment) as one,
        served(tmp_path, environment) as other,
        load(world, [one, other]) as under,
        psycopg.connect(postgresql_url, autocommit=True) as console,
    ):
        for _ in range(ROUNDS):
            console.execute(CUT_ALL)
            under.goes_on(10)
        assert {*under.told} <= {200, 503}


def test_a_commit_whose_answer_is_lost_was_made_or_was_not(
    postgresql: Postgresql, postgresql_url: str, tmp_path: Path
) -> None:
    name = make_url(postgresql_url).database
    with world_in(postgresql_url) as world, relay(f"{postgresql.folder}/.s.PGSQL.5432") as between:
        url = f"postgresql://postgres@127.0.0.1:{between.port}/{name}?sslmode=disable&gssencmode=disable"
        with served(tmp_path, {"AUTHZ_DATABASE_URL": url}) as server, load(world, [server]) as under:
            for _ in range(ROUNDS * 8):
                under.goes_on(5)
                if min(between.cuts["before"], between.cuts["after"]) >= 5 and len(under.made_after_all()) == 2:
                    break
        assert {*under.told} == {200, 503}
        assert under.made_after_all() == {True, False}
