"""Legal holds: while one stands, nothing of a credential is erased, whichever way somebody comes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from mikrocert.archive import ErasureReason
from mikrocert.errors import ArchiveError, ErasedError, HeldError, UnknownIdentifier

ONE, TWO = "aaaaBBBB2222", "ccccDDDD3333"
WHY = "Soud, sp. zn. 7 C 12/2026."


def hold(archive, made, identifier=ONE, **changes):
    return archive.hold(identifier, **{"actor": "Růžena", "at": made.at, "why": WHY, **changes})


def test_what_is_on_hold_is_not_erased_until_the_last_hold_has_ended(archive, urls, made):
    """Two holds are ended one by one; what was held before can be erased then."""
    archive.record(made.new(ONE))
    first, second = hold(archive, made), hold(archive, made, why="Policie.")
    assert [(one.identifier, one.actor, one.why, one.stands) for one in archive.holds()] == [
        (ONE, "Růžena", WHY, True),
        (ONE, "Růžena", "Policie.", True),
    ]
    later = made.at + timedelta(days=1)
    for ended in (first, second):
        with pytest.raises(HeldError, match=f"{ONE} is on hold.*{second.number}"):
            archive.erase(ONE, reason=ErasureReason.HOLDER, at=later)
        with archive.unit() as unit, pytest.raises(HeldError):
            unit.erase(ONE, reason=ErasureReason.HOLDER, at=later)
        assert archive.files(ONE)
        over = archive.end_hold(ended.number, actor="Ďuro", at=later, why="Pravomocně skončeno.")
        assert (over.ended_at, over.ended_by, over.stands) == (later, "Ďuro", False)
    assert archive.erase(ONE, reason=ErasureReason.HOLDER, at=later).erased_at == later
    assert [one.stands for one in archive.holds(identifier=ONE)] == [False, False]
    assert list(urls.check()) == []


def test_a_hold_is_of_one_credential(archive, made):
    """Others can be erased."""
    archive.record(made.new(ONE))
    archive.record(made.new(TWO, evidence_number="ŘÚ/2", award=b"2"))
    hold(archive, made)
    assert archive.erase(TWO, reason=ErasureReason.OTHER, at=made.at).erased_at
    assert archive.holds(identifier=TWO) == ()


WRONG = {  # name → (what is done, error, message)
    "on what isn't there": (
        lambda archive, made: hold(archive, made, TWO),
        UnknownIdentifier,
        "has this identifier",
    ),
    "on what is no identifier": (
        lambda archive, made: hold(archive, made, "0OIl"),
        UnknownIdentifier,
        "has this identifier",
    ),
    "without a reason": (lambda archive, made: hold(archive, made, why=" "), ArchiveError, "needs a reason"),
    "with a birth number": (
        lambda archive, made: hold(archive, made, why="r. č. 855101/1238"),
        ArchiveError,
        "birth number",
    ),
    "by nobody": (lambda archive, made: hold(archive, made, actor=" "), ArchiveError, "the name of who acts"),
    "an end of none": (
        lambda archive, made: archive.end_hold(7, actor="x", at=made.at, why="y"),
        ArchiveError,
        "there is no hold 7",
    ),
    "an end without a reason": (
        lambda archive, made: archive.end_hold(hold(archive, made).number, actor="x", at=made.at, why=""),
        ArchiveError,
        "the end of a hold needs a reason",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_hold_that_makes_no_sense_is_refused(archive, made, name):
    """And nothing is held by it."""
    act, error, message = WRONG[name]
    archive.record(made.new(ONE))
    with pytest.raises(error, match=message):
        act(archive, made)
    assert [one.identifier for one in archive.holds() if one.stands] in ([], [ONE])


def test_what_was_erased_can_not_be_put_on_hold(archive, made):
    """It would promise what nobody can keep."""
    archive.record(made.new(ONE))
    archive.erase(ONE, reason=ErasureReason.HOLDER, at=made.at)
    with pytest.raises(ErasedError):
        hold(archive, made)


def test_a_hold_ends_once(archive, made):
    """The second time says that it did."""
    archive.record(made.new(ONE))
    number = hold(archive, made).number
    archive.end_hold(number, actor="x", at=made.at, why="konec")
    with pytest.raises(ArchiveError, match="ended on"):
        archive.end_hold(number, actor="x", at=made.at, why="konec")


def test_hold_and_erasure_at_once_are_one_after_the_other(archive, made):
    """Either it is held and stays, or it is erased and can't be held; never both."""
    archive.record(made.new(ONE))
    start, outcomes = threading.Barrier(2), []

    def attempt(act):
        start.wait()
        try:
            act()
        except ArchiveError as error:
            outcomes.append(type(error))
        else:
            outcomes.append(None)

    threads = [
        threading.Thread(target=attempt, args=(act,))
        for act in (
            lambda: hold(archive, made),
            lambda: archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) in (
        sorted(map(str, [None, HeldError])),
        sorted(map(str, [None, ErasedError])),
    )
    assert (archive.find(ONE).erased_at is None) is bool(archive.holds())
