"""Verdicts about what the archive has: kept for some minutes, and only while the archive says the same."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.archive import ErasureReason
from mikrocert.errors import ArchiveError, ErasedError
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.observer import Observer
from mikrocert.report import Access, CheckResult, Finding, Outcome, StatusValue
from mikrocert.service.holders.sharing import Display
from mikrocert.service.system import open_system
from mikrocert.service.verifying.verdicts import Verdict, Verdicts
from mikrocert.service.verifying.verifying import Verifier
from mikrocert.settings import SharingSettings
from mikrocert.testing.examples import example_award

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EVENT = "5e" * 32


def system_in(folder, toy, empty_archive):
    shutil.copytree(empty_archive, folder, dirs_exist_ok=True)
    return open_system(toy.settings(folder), plugins=toy.plugins())


def issued(system):
    """Issue an award and return its identifier."""
    (result,) = system.issue([IntakeRecord(1, award=example_award())], institution="toy")
    return result.receipt.registration.identifier


@pytest.fixture
def system(toy, tmp_path, empty_archive):
    with system_in(tmp_path, toy, empty_archive) as opened:
        yield opened


@pytest.fixture
def identifier(system):
    return issued(system)


@pytest.fixture
def verified(monkeypatch):
    """The files that are really verified."""
    files, verify = [], Verifier.verify

    def counting(verifier, data, *, at):
        files.append(data)
        return verify(verifier, data, at=at)

    monkeypatch.setattr(Verifier, "verify", counting)
    return files


def test_what_many_ask_for_is_verified_once(system, identifier, verified):
    """The same files and the same report, counted and told to observers each time."""
    first = system.verify_archived(identifier)
    assert [system.verify_archived(identifier) for _ in range(5)] == [first] * 5
    assert len(verified) == 1


def test_what_the_archive_says_now_counts(system, identifier, verified):
    """What was revoked, or erased, is told at once, whatever was found out before."""
    _, before = system.verify_archived(identifier)
    assert before.status.value is StatusValue.LIVE
    system.revoke(identifier, reason="omyl")
    _, after = system.verify_archived(identifier)
    assert after.status.value is StatusValue.REVOKED
    assert after.outcome("status") is Outcome.FAILED
    assert len(verified) == 2
    system.erase(identifier, reason=ErasureReason.OTHER)
    with pytest.raises(ErasedError):
        system.verify_archived(identifier)


def outcome_of(ask, identifier):
    """Return what somebody sees, or the kind of error."""
    try:
        return ask(identifier)
    except ArchiveError as error:
        return type(error)


def test_what_is_known_at_once_is_what_a_look_up_says(toy, tmp_path, empty_archive, verified):
    """Whatever happened: nothing is known before it was verified, then the very same, and nothing of what is an error."""
    settings = toy.settings(tmp_path, sharing=SharingSettings(institutions={"toy": "summary"}))
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    with open_system(settings, plugins=toy.plugins()) as system:
        identifier, sharing = issued(system), system.sharing
        happenings = {
            "issued": lambda: None,
            "opened": lambda: sharing.set_access(identifier, Access.OPEN),
            "shortened": lambda: sharing.set_access(identifier, Access.SUMMARY),
            "closed": lambda: sharing.set_access(identifier, Access.CLOSED),
            "opened again": lambda: sharing.set_access(identifier, Access.OPEN),
            "revoked": lambda: system.revoke(identifier, reason="omyl"),
            "erased": lambda: system.erase(identifier, reason=ErasureReason.OTHER),
        }
        known = {}
        for happening, happen in happenings.items():
            happen()
            before = sharing.at_once(identifier)
            found = outcome_of(sharing.by_identifier, identifier)
            known[happening] = before is not None, sharing.at_once(identifier) is not None
            assert before in {None, found} if isinstance(found, Display) else before is None
            assert sharing.at_once(identifier) == (found if isinstance(found, Display) else None)
        assert sharing.at_once("aaaaBBBB2222") is None
    assert known == {
        "issued": (False, True),
        "opened": (True, True),
        "shortened": (True, True),
        "closed": (False, False),
        "opened again": (True, True),
        "revoked": (False, True),
        "erased": (False, False),
    }
    assert len(verified) == 2


def test_who_has_to_tell_an_observer_knows_nothing_at_once(toy, tmp_path, empty_archive):
    """What an observer does may take any time, and each verification is told to it."""
    told = []

    class Watching(Observer):
        def verified(self, report):
            told.append(report.verdict)

    plugins = toy.plugins()
    plugins.add(toy.offering("observers", "watching", lambda _: Watching()), name="watching")
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    with open_system(toy.settings(tmp_path), plugins=plugins) as system:
        identifier = issued(system)
        system.sharing.by_identifier(identifier)
        assert system.sharing.at_once(identifier) is None
        system.sharing.by_identifier(identifier)
    assert len(told) == 2


@pytest.fixture(scope="module")
def verdict(toy, empty_archive, tmp_path_factory):
    with system_in(tmp_path_factory.mktemp("verdict"), toy, empty_archive) as system:
        identifier = issued(system)
        files, report = system.verify_archived(identifier)
    return Verdict(identifier, EVENT, files, attrs.evolve(report, at=AT))


def kept_at(verdict, *, seconds, at=AT, octets=10_000_000, event=EVENT):
    """Return what is given so many seconds after it was kept."""
    now = [0.0]
    verdicts = Verdicts(octets, clock=lambda: now[0])
    verdicts.keep(verdict)
    now[0] = seconds
    return verdicts.get(verdict.identifier, newest=lambda _: event, at=at)


TIMES = {
    "at once": (0, timedelta(0), True),
    "after some minutes": (299, timedelta(minutes=5), True),
    "later": (300, timedelta(minutes=5), False),
    "on the next day": (60, timedelta(hours=14), False),
    "with the clock set back by a day": (60, timedelta(days=-1), False),
}


@pytest.mark.parametrize(("seconds", "later", "kept"), TIMES.values(), ids=TIMES)
def test_a_verdict_is_of_today_and_some_minutes_old(verdict, seconds, later, kept):
    """The day is that of the report, in Prague."""
    assert (kept_at(verdict, seconds=seconds, at=AT + later) is verdict) is kept


@pytest.mark.parametrize("event", ["6f" * 32, None])
def test_one_event_more_is_another_verdict(verdict, event):
    """Or none at all any more."""
    assert kept_at(verdict, seconds=1, event=event) is None


def test_what_is_open_or_too_large_is_not_kept(verdict):
    """What was undetermined may be found out next time; a plugin that failed may be there again."""
    report = verdict.report
    open_ = CheckResult("trust", Outcome.UNDETERMINED, (Finding.warning("silent", "nobody answers"),))
    for changed in (
        attrs.evolve(report, results=(*report.results, open_)),
        attrs.evolve(report, failures=(Finding.warning("plugin-failed", "it failed"),)),
        attrs.evolve(report, unusable=(Finding.error("unusable", "it is none"),)),
    ):
        assert kept_at(attrs.evolve(verdict, report=changed), seconds=1) is None
    assert kept_at(verdict, seconds=1, octets=verdict.octets - 1) is None


def test_the_oldest_verdicts_make_room(verdict):
    """However many there are, their files take no more than they may; one that is kept again is counted once."""
    verdicts = Verdicts(2 * verdict.octets)

    def named(name):
        return attrs.evolve(verdict, identifier=name)

    kept = {name: named(name) for name in ("aaaaBBBB2222", "bbbbBBBB2222", "ccccBBBB2222")}
    for name in ("aaaaBBBB2222", "aaaaBBBB2222", "bbbbBBBB2222", "ccccBBBB2222"):
        verdicts.keep(kept[name])
    there = [
        name for name, one in kept.items() if verdicts.get(name, newest=lambda _, one=one: one.event, at=AT)
    ]
    assert there == ["bbbbBBBB2222", "ccccBBBB2222"]


def test_where_nothing_is_kept_the_archive_is_not_asked():
    """A first look costs no more than before."""
    assert Verdicts(1).get("K7mQx4Rt9bHz", newest=lambda _: pytest.fail("it was asked"), at=AT) is None
