"""Credentials are listed by state and found by name; neither database tells names alone, and erasing takes them away."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.archive import ErasureReason, ListedState, Topic, upgrade_archive
from mikrocert.archive.names import name_parts
from mikrocert.award.identifiers import new_identifier
from mikrocert.errors import ArchiveError, UnknownIdentifier
from sqlalchemy import create_engine, text

NAMES = {  # what is asked for → the names that it finds
    "Ďurůš": {"Ing. Jiří Ďurůš, Ph.D."},
    "durus": {"Ing. Jiří Ďurůš, Ph.D."},
    "DURUS jiri": {"Ing. Jiří Ďurůš, Ph.D."},
    "Jiří": {"Ing. Jiří Ďurůš, Ph.D.", "Jiří Dvořák"},
    "Ing. Jiří Dvořák": {"Jiří Dvořák"},
    "Kovářová-Hůlková": {"Řehořka Kovářová-Hůlková"},
    "hulkova": {"Řehořka Kovářová-Hůlková"},
    "Kovář": set(),
    "Dvořák Ďurůš": set(),
    "Łukasz": {"Łukasz Żółć"},
    "lukasz zolc": {"Łukasz Żółć"},
    "weiss": {"Ida Weiß"},
    "": set(),
    "…": set(),
}
HOLDERS = (
    "Ing. Jiří Ďurůš, Ph.D.",
    "Jiří Dvořák",
    "Řehořka Kovářová-Hůlková",
    "Łukasz Żółć",
    "Ida Weiß",
)


@pytest.fixture
def recorded(archive, made):
    """Record a credential for each holder, each with a topic, in turn of two institutions; return identifier by holder."""
    identifiers = {}
    with archive.unit() as unit:
        for number, holder in enumerate(HOLDERS):
            new = made.new(
                new_identifier(),
                institution=("toy", "other")[number % 2],
                evidence_number=f"{number}",
                holder=holder,
                issued_at=made.at + timedelta(days=20 * number),
                topic=Topic("Zpracování dat", ("0612", "0611")),
            )
            identifiers[holder] = unit.record(new).archived.registration.identifier
    return identifiers


def holders(found):
    return {archived.holder for archived in found}


@pytest.mark.parametrize("name", NAMES)
def test_a_holder_is_found_by_whole_words_of_the_name(archive, recorded, name):
    """In any order, with or without marks and titles; and by nothing else."""
    assert holders(archive.credentials_of(name)) == NAMES[name]


def test_an_institution_finds_its_own_holders_only(archive, recorded):
    """Whatever it asks for."""
    assert holders(archive.credentials_of("Jiří", institution="toy")) == {"Ing. Jiří Ďurůš, Ph.D."}
    assert holders(archive.credentials_of("Jiří", institution="other")) == {"Jiří Dvořák"}
    assert archive.credentials_of("Jiří", institution="nobody") == ()


def test_what_is_found_comes_in_pages(archive, made):
    """Everything once."""
    with archive.unit() as unit:
        for number in range(7):
            new = made.new(
                new_identifier(), evidence_number=f"{number}", institution=("toy", "other")[number % 2]
            )
            unit.record(new)
    found, after = [], None
    while some := archive.credentials_of("Jiří Ďurůš", after=after, limit=2):
        assert len(some) <= 2
        found += [one.registration.identifier for one in some]
        after = found[-1]
    assert len(found) == 7
    assert all(one < other for one, other in pairwise(found))


def test_erasing_takes_away_what_a_holder_is_found_by(archive, urls, made, recorded):
    """No token is left in the key store; the state and the statistics stay."""
    holder = "Łukasz Żółć"
    identifier = recorded[holder]
    archive.erase(identifier, reason=ErasureReason.OTHER, at=made.at)
    assert archive.credentials_of(holder) == ()
    (erased,) = archive.credentials(state=ListedState.ERASED)
    assert erased.registration.identifier == identifier
    assert sum(tally.count for tally in archive.statistics() if tally.type == "Zpracování dat") == 6
    assert list(urls.check()) == []
    assert names_of(identifier, urls.keys) == []
    assert names_of(recorded["Jiří Dvořák"], urls.keys)


def names_of(identifier, url):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT token FROM names WHERE identifier = :identifier"), {"identifier": identifier}
        ).all()
    engine.dispose()
    return found


@pytest.mark.parametrize("of", ["archive", "archive-keys"])
def test_neither_database_alone_has_a_name(sqlite_urls, made, rows, of):
    """Not in small letters without marks, and in the archive not even a token."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(new_identifier(), holder="Řehoř Žďárský"))
    tables = [name for (name,) in rows("SELECT name FROM sqlite_master WHERE type = 'table'", of=of)]
    stored = repr([rows(f"SELECT * FROM {name}", of=of) for name in tables]).casefold()
    for part in ("řehoř", "rehor", "žďárský", "zdarsky"):
        assert part not in stored
    assert ("names" in tables) is (of == "archive-keys")


def test_tokens_of_two_institutions_have_nothing_in_common(sqlite_urls, made, rows):
    """Nor do those of two archives."""
    with sqlite_urls.open() as archive:
        for number, institution in enumerate(("toy", "other")):
            archive.record(made.new(new_identifier(), institution=institution, evidence_number=f"{number}"))
    assert rows("SELECT count(DISTINCT token) FROM names", of="archive-keys") == [(4,)]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_credentials_are_listed_by_state_page_by_page(archive, made, recorded, limit):
    """In the order of issuing; a correction moves the old one."""
    identifiers = list(recorded.values())
    archive.revoke(identifiers[0], reason="omyl", at=made.at)
    archive.revoke(identifiers[2], reason="omyl", at=made.at)
    new = made.new(new_identifier(), institution="other", evidence_number="1", award=b"changed")
    archive.record(new, replaces=identifiers[1], reason="překlep")

    def listed(**wanted):
        found, after = [], None
        while some := archive.credentials(**wanted, after=after, limit=limit):
            assert len(some) <= limit
            found += [one.registration.identifier for one in some]
            after = found[-1]
        return found

    assert listed(state=ListedState.REVOKED) == [identifiers[0], identifiers[2]]
    assert listed(state=ListedState.REPLACED) == [identifiers[1]]
    assert set(listed(state=ListedState.LIVE)) == {*identifiers[3:], new.registration.identifier}
    assert set(listed()) == {*identifiers, new.registration.identifier}
    assert set(listed(institution="toy")) == {identifiers[0], identifiers[2], identifiers[4]}
    assert listed(institution="toy", state=ListedState.REPLACED) == []
    assert listed(institution="toy", since=made.at + timedelta(days=1)) == [identifiers[2], identifiers[4]]


def test_a_cursor_of_another_institution_is_unknown(archive, recorded):
    """As one of nobody is, so that nothing is told of others."""
    (foreign,) = (one.registration.identifier for one in archive.credentials(institution="other", limit=1))
    for cursor in (foreign, new_identifier(), "x"):
        with pytest.raises(UnknownIdentifier, match="no credential in the archive has this identifier"):
            archive.credentials(institution="toy", after=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_list_has_a_limit(archive, limit):
    """Nobody asks for everything at once by mistake."""
    for ask in (archive.credentials, lambda limit: archive.credentials_of("Jiří", limit=limit)):
        with pytest.raises(ArchiveError, match=r"from 1 to 1000 credentials, not"):
            ask(limit=limit)


def test_versions_of_an_award_are_found_by_its_record_number(archive, made, recorded):
    """All of them, of one institution or of all."""
    old = recorded["Jiří Dvořák"]
    new = made.new(new_identifier(), institution="other", evidence_number="1", award=b"changed")
    archive.record(new, replaces=old, reason="překlep")
    archive.record(made.new(new_identifier(), evidence_number="1", award=b"of toy"))
    assert [one.registration.identifier for one in archive.versions("1", institution="other")] == [
        old,
        new.registration.identifier,
    ]
    assert len(archive.versions("1")) == 3
    assert archive.versions("9") == ()


def test_statistics_count_events_by_month_and_topic(archive, made, recorded):
    """Each in its month; what a credential is of counts for what happens to it later, too."""
    first = next(iter(recorded.values()))
    archive.revoke(first, reason="omyl", at=made.at + timedelta(days=400))
    counted = {
        (tally.institution, tally.month, tally.kind): tally.count
        for tally in archive.statistics()
        if (tally.type, tally.fields) == ("Zpracování dat", ("0612", "0611"))
    }
    assert counted == {
        ("toy", "2026-11", "issued"): 1,
        ("other", "2026-12", "issued"): 1,
        ("toy", "2027-01", "issued"): 1,
        ("other", "2027-01", "issued"): 1,
        ("toy", "2027-02", "issued"): 1,
        ("toy", "2027-12", "revoked"): 1,
    }
    assert {tally.institution for tally in archive.statistics(institution="other")} == {"other"}
    assert {t.month for t in archive.statistics(since="2027-01", until="2027-02")} == {"2027-01", "2027-02"}


def test_what_a_credential_is_of_can_be_noted_later(archive, urls, made):
    """Then it counts as if it had been known; noting it again changes nothing."""
    identifier = new_identifier()
    archive.record(made.new(identifier))
    archive.revoke(identifier, reason="omyl", at=made.at + timedelta(days=40))
    assert archive.without_topic() == (identifier,)
    for _ in range(2):
        with archive.unit() as unit:
            unit.note_topic(identifier, Topic("Zpracování dat", ("0612",)))
    assert archive.without_topic() == ()
    assert [(t.month, t.kind, t.type, t.fields, t.count) for t in archive.statistics()] == [
        ("2026-11", "issued", "Zpracování dat", ("0612",), 1),
        ("2027-01", "revoked", "Zpracování dat", ("0612",), 1),
    ]
    assert list(urls.check()) == []


def test_a_topic_of_any_length_is_counted(archive, made):
    """Statistics cut what is longer than their columns."""
    archive.record(made.new(new_identifier(), topic=Topic("Ř" * 5000, ("0612",) * 500)))
    (tally,) = archive.statistics()
    assert (tally.type, tally.fields) == ("Ř" * 200, ("0612",) * 20)


def test_an_archive_from_before_is_listed_found_and_counted(old_urls):
    """Upgrading derives all of it, and whoever interrupts it runs it again."""
    with old_urls.open() as archive:
        assert len(archive.credentials_of("Ďurůš")) == 4
        by_state = {state: len(archive.credentials(state=state)) for state in ListedState}
        assert by_state == {
            ListedState.LIVE: 2,
            ListedState.REVOKED: 1,
            ListedState.REPLACED: 1,
            ListedState.ERASED: 1,
        }
        counted = {(tally.month, tally.kind): tally.count for tally in archive.statistics()}
    assert counted == {
        ("2026-11", "issued"): 5,
        ("2026-11", "renewed"): 1,
        ("2026-11", "replaced"): 1,
        ("2026-11", "erased"): 1,
        ("2026-11", "revoked"): 1,
    }
    assert list(old_urls.check()) == []


def test_upgrading_goes_on_where_it_was_interrupted(old_urls, execute):
    """Names that are missing are added, and nothing else is done."""
    execute(old_urls.keys, "DELETE FROM names", "UPDATE keys SET named = 0")
    assert "names-other" in {finding.code for finding in old_urls.check()}
    assert upgrade_archive(old_urls.archive, keys_url=old_urls.keys) is False
    assert list(old_urls.check()) == []


def test_a_secret_that_is_gone_is_made_anew(archive, urls, made, execute):
    """With it go the old tokens; everybody is found as before."""
    archive.record(made.new("K7mQx4Rt9bHz"))
    old = names_of("K7mQx4Rt9bHz", urls.keys)
    execute(urls.archive, "DELETE FROM name_secret")
    upgrade_archive(urls.archive, keys_url=urls.keys)
    assert len(archive.credentials_of("Jiří")) == 1
    assert not set(old) & set(names_of("K7mQx4Rt9bHz", urls.keys))
    assert list(urls.check()) == []


def test_a_further_format_is_no_further_credential(archive, urls, made):
    """It is counted once, when it was issued."""
    archive.record(made.new("K7mQx4Rt9bHz"))
    archive.record(made.new("K7mQx4Rt9bHz", formats=("other",)))
    assert [(tally.kind, tally.count) for tally in archive.statistics()] == [("issued", 1)]
    assert list(urls.check()) == []


WRONG = {  # name → whose database, what somebody does with it by hand, what the check finds
    "a state": ("archive", "UPDATE listing SET state = 'live'", "listing-other"),
    "a state that is none": ("archive", "UPDATE listing SET state = 'x'", "listing-other"),
    "not listed": ("archive", "DELETE FROM listing", "listing-other"),
    "a count": ("archive", "UPDATE statistics SET count = count + 1", "statistics-other"),
    "not counted": ("archive", "DELETE FROM statistics", "statistics-other"),
    "the secret": ("archive", "UPDATE name_secret SET secret = 'x'", "name-secret-missing"),
    "no secret": ("archive", "DELETE FROM name_secret", "name-secret-missing"),
    "no names": ("keys", "DELETE FROM names", "names-other"),
    "other names": ("keys", "UPDATE names SET token = 'x' WHERE identifier = 'K7mQx4Rt9bHz'", "names-other"),
}


@pytest.mark.parametrize("name", WRONG)
def test_lists_changed_by_hand_are_found(archive, urls, made, execute, name):
    """They prove nothing, but they are what people look at."""
    archive.record(made.new("K7mQx4Rt9bHz", holder="Jiří"))
    archive.revoke("K7mQx4Rt9bHz", reason="omyl", at=made.at)
    of, statement, code = WRONG[name]
    execute(getattr(urls, of), statement)
    assert code in {finding.code for finding in urls.check()}


@given(st.text(max_size=40))
def test_a_name_is_found_by_itself_however_it_is_written(name):
    """In capitals, taken apart, and put together again."""
    assert name_parts(name.casefold()) == name_parts(name)
    assert all(part == part.casefold() and name_parts(part) == {part} for part in name_parts(name))
