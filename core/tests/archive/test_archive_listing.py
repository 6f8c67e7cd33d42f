"""Registrations by time, page by page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from mikrocert.archive.archive import page
from mikrocert.award.identifiers import new_identifier
from mikrocert.errors import ArchiveError
from sqlalchemy.dialects import sqlite


@pytest.fixture
def listed(archive, made):
    """Record twelve awards of two institutions, three at each moment, and return their registrations in order."""
    registrations = []
    with archive.unit() as unit:
        for number in reversed(range(12)):
            new = made.new(
                new_identifier(),
                institution=("toy", "other")[number % 2],
                evidence_number=f"{number}",
                issued_at=made.at + timedelta(hours=number // 3),
            )
            registrations.append(unit.record(new).archived.registration)
    return sorted(registrations, key=lambda one: (one.issued_at, one.identifier.encode()))


@pytest.mark.system
@pytest.mark.parametrize("limit", [1, 5, 12, 100])
def test_pages_follow_each_other(archive, listed, limit):
    """All pages together have everything once, in the order of time, also where many have one moment."""
    found, after = [], None
    while some := archive.registrations(after=after, limit=limit):
        assert len(some) <= limit
        found += some
        after = some[-1]
    assert found == listed


def test_pages_are_of_an_institution_and_a_time(archive, made, listed):
    """From `since` on and before `until`."""
    since, until = made.at + timedelta(hours=1), made.at + timedelta(hours=3)
    assert list(archive.registrations(institution="other")) == [
        one for one in listed if one.institution == "other"
    ]
    assert list(archive.registrations(since=since, until=until)) == listed[3:9]
    assert archive.registrations(institution="nobody") == ()
    assert list(archive.registrations(institution="toy", since=since, after=listed[4], until=until)) == [
        one for one in listed[5:9] if one.institution == "toy"
    ]


def test_what_was_made_since_a_moment_is_counted(archive, made):
    """By format and kind, further editions apart, in whichever place of the archive the moment is."""
    assert archive.made_since(made.at) == ()
    identifiers = [new_identifier() for _ in range(5)]
    for hours, identifier in enumerate(identifiers):
        at = made.at + timedelta(hours=hours)
        archive.record(made.new(identifier, evidence_number=f"{hours}", issued_at=at))
    for hours in range(7):
        counts = {one.kind: one.count for one in archive.made_since(made.at + timedelta(hours=hours))}
        assert set(counts.values()) == ({5 - hours} if hours < 5 else set())
    later = made.at + timedelta(hours=10)
    archive.add_edition(identifiers[0], [made.artefacts(seal=b"renewed")[0]], at=later)
    assert [(one.renewed, one.count) for one in archive.made_since(later)] == [(True, 1)]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_a_limit(archive, limit):
    """Nobody asks for everything at once by mistake."""
    with pytest.raises(ArchiveError, match=r"from 1 to 1000 credentials, not"):
        archive.registrations(limit=limit)


PLANS = {  # name → (what is asked for, index)
    "first page": ({}, "awards_by_time"),
    "next page": ({"after": True}, "awards_by_time"),
    "since": ({"since": True}, "awards_by_time"),
    "institution": ({"institution": "toy"}, "awards_by_institution_and_time"),
    "all": (
        {"institution": "toy", "since": True, "until": True, "after": True},
        "awards_by_institution_and_time",
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_pages_are_found_by_an_index(sqlite_urls, made, tmp_path, name):
    """The database neither reads the whole table nor sorts it."""
    asked, index = PLANS[name]
    values = {"after": made.registration("K7mQx4Rt9bHz"), "since": made.at, "until": made.at}
    usual = {"after": None, "institution": None, "since": None, "until": None, "limit": 100}
    statement = page(**{**usual, **asked, **{key: values[key] for key in asked if key in values}})
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {compiled}")]
    assert len(plan) == 1, plan
    assert f"USING INDEX {index}" in plan[0]
