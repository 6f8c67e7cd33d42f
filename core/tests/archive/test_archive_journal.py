"""The journal: exactly what was about to be signed is signed again, under the same identifier."""

from __future__ import annotations

import os
import signal
import traceback
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.archive import ErasureReason, JournalEntry, NewArtefact, NewCredential, Pending
from mikrocert.archive.keys import KeyRing
from mikrocert.award.identifiers import new_identifier
from mikrocert.errors import AlreadyIssued, ErasedError, SupersededError
from mikrocert.report import File, FileKind, Registration

ONE, TWO, THREE = "K7mQx4Rt9bHz", "aaaaBBBB2222", "bbbbCCCC3333"
NUMBER = "ŘÚ/2026/1"


def entry(identifier, *, octets=b"octets", sealed=None, kind=FileKind.CREDENTIAL, name="toy"):
    return JournalEntry(identifier, name, kind, octets, sealed)


def test_an_award_gets_the_identifier_that_was_reserved_first(archive, made):
    """Who comes later, be it after a crash, goes on where the first one stopped."""
    first = archive.reserve(made.registration(ONE), award=b"award")
    assert first == Pending(made.registration(ONE))
    assert archive.reserve(made.registration(TWO), award=b"award") == first
    assert archive.journalled("toy", NUMBER, award=b"award") == first
    assert archive.journalled("toy", NUMBER, award=b"other") is None
    assert archive.journalled("toy", "2", award=b"award") is None


def test_what_is_journalled_first_is_signed(archive, made):
    """A second process that built other octets gets those of the first, and its sealed file where there is one."""
    archive.reserve(made.registration(ONE), award=b"award")
    assert archive.journal([entry(ONE)]) == (entry(ONE),)
    assert archive.journal([entry(ONE, octets=b"others", sealed=b"their seal")]) == (entry(ONE),)
    assert archive.journal([entry(ONE, sealed=b"seal")]) == (entry(ONE, sealed=b"seal"),)
    assert archive.journal([entry(ONE, sealed=b"late")]) == (entry(ONE, sealed=b"seal"),)
    document = entry(ONE, octets=b"%PDF", kind=FileKind.CERTIFICATE)
    archive.journal([document])
    pending = archive.journalled("toy", NUMBER, award=b"award")
    assert pending.entry(format="toy", kind=FileKind.CREDENTIAL) == entry(ONE, sealed=b"seal")
    assert pending.entry(format="toy", kind=FileKind.CERTIFICATE) == document
    assert pending.entry(format="other", kind=FileKind.CERTIFICATE) is None


def test_recording_clears_the_journal(archive, urls, made):
    """Nothing is pending any more, and the keys that were made are used."""
    archive.reserve(made.registration(ONE), award=b"award")
    archive.journal([entry(ONE), entry(ONE, kind=FileKind.CERTIFICATE)])
    archive.record(made.new(ONE))
    assert archive.journalled("toy", NUMBER, award=b"award") is None
    check = urls.check()
    assert list(check) == []
    assert (check.counts.pending, check.counts.orphan_keys) == (0, 0)


def test_recording_one_format_leaves_the_other_pending(archive, made):
    """Each format is signed and recorded for itself."""
    archive.reserve(made.registration(ONE), award=b"award")
    archive.journal([entry(ONE), entry(ONE, name="other")])
    archive.record(made.new(ONE))
    pending = archive.journalled("toy", NUMBER, award=b"award")
    assert pending.entries == (entry(ONE, name="other"),)
    archive.record(made.new(ONE, formats=("other",)))
    assert archive.journalled("toy", NUMBER, award=b"award") is None


def test_a_further_format_of_a_recorded_award_has_its_identifier(archive, made):
    """The moment is that of the further format."""
    archive.record(made.new(ONE))
    later = made.at.replace(year=2027)
    pending = archive.reserve(made.registration(TWO, issued_at=later), award=b"award")
    assert pending.registration == made.registration(ONE, issued_at=later)


def test_other_content_supersedes_what_is_pending(archive, urls, made):
    """Who began the former content is told, and what was built for it can't be recorded by mistake."""
    archive.reserve(made.registration(ONE), award=b"award")
    archive.journal([entry(ONE)])
    assert archive.reserve(made.registration(TWO), award=b"changed") == Pending(made.registration(TWO))
    with pytest.raises(SupersededError, match=f"{ONE} is not reserved any more"):
        archive.journal([entry(ONE, sealed=b"seal")])
    archive.record(made.new(TWO, award=b"changed"))
    with pytest.raises(AlreadyIssued):
        archive.record(made.new(ONE))
    check = urls.check()
    assert list(check) == []
    assert check.counts.orphan_keys == 1


def test_what_is_superseded_but_recorded_first_is_there_with_its_key(archive, urls, made):
    """Whoever records first wins, also where somebody else has begun with other content."""
    archive.reserve(made.registration(ONE), award=b"award")
    archive.reserve(made.registration(TWO), award=b"changed")
    archive.record(made.new(ONE))
    assert archive.files(ONE)
    assert archive.journalled("toy", NUMBER, award=b"changed") is None
    assert list(urls.check()) == []


def test_what_was_recorded_in_the_meantime_is_not_journalled(archive, made):
    """A slower process gets its entry back, and recording gives it what is there."""
    archive.reserve(made.registration(ONE), award=b"award")
    archive.record(made.new(ONE))
    late = entry(ONE, octets=b"late")
    assert archive.journal([late]) == (late,)
    assert archive.journalled("toy", NUMBER, award=b"award") is None


def test_a_correction_is_journalled_beside_what_it_corrects(archive, made):
    """It has an identifier of its own."""
    archive.record(made.new(ONE))
    assert archive.reserve(made.registration(TWO), award=b"changed").registration.identifier == TWO
    archive.record(made.new(TWO, award=b"changed"), replaces=ONE, reason="překlep")
    assert archive.journalled("toy", NUMBER, award=b"changed") is None


def test_nothing_is_reserved_for_an_erased_award(archive, made):
    """Nobody can tell whether it is the same."""
    archive.record(made.new(ONE))
    archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at)
    with pytest.raises(ErasedError, match=f"content of {ONE} was erased"):
        archive.reserve(made.registration(TWO), award=b"award")


def test_many_awards_are_reserved_in_one_unit(archive, made):
    """A batch goes through each phase as a whole."""
    registrations = [made.registration(ONE), made.registration(TWO, evidence_number="2")]
    with archive.unit() as unit:
        pending = [unit.reserve(registration, award=b"award") for registration in registrations]
        entries = unit.journal(entry(one.registration.identifier) for one in pending)
    assert [one.identifier for one in entries] == [ONE, TWO]
    assert archive.journalled("toy", "2", award=b"award").entries == (entry(TWO),)


class Writer:
    """Issues, revokes and erases one award, and kills its own process at one point on the way.

    Args:
        urls: where the archive is.
        log: file that tells what was signed.
    """

    def __init__(self, urls, log):
        self.urls, self.log, self.phase, self.point = urls, log, "", ""

    def run(self, point):
        """Run in a process of its own and return its exit status, negative for a signal."""
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        try:
            self._instrument(point)
            self._work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, the process must not go on with the tests
            traceback.print_exc()
            os._exit(1)

    def _instrument(self, point):
        def dying(step, name):
            def call(ring):
                self._die_at(f"{self.phase}: before {name}")
                step(ring)
                self._die_at(f"{self.phase}: after {name}")

            return call

        self.point = point
        KeyRing.before_commit = dying(KeyRing.before_commit, "keys")
        KeyRing.after_commit = dying(KeyRing.after_commit, "confirming")

    def _die_at(self, here):
        if here == self.point:
            os.kill(os.getpid(), signal.SIGKILL)

    def _work(self):
        with self.urls.open() as archive:
            self.phase = "reserve"
            proposed = Registration(new_identifier(), "toy", "1", datetime.now(UTC))
            with archive.unit() as unit:
                recorded = unit.find_award("toy", "1")
                pending = None if recorded else unit.reserve(proposed, award=b"award")
            if pending:
                self._issue(archive, pending)
            identifier = (pending or recorded).registration.identifier
            self.phase = "revoke"
            archive.revoke(identifier, reason="omyl", at=datetime.now(UTC))
            self.phase = "erase"
            archive.erase(identifier, reason=ErasureReason.OTHER, at=datetime.now(UTC))

    def _issue(self, archive, pending):
        identifier = pending.registration.identifier
        payload = f"{identifier} {pending.registration.issued_at} {os.urandom(8).hex()}".encode()
        self.phase = "journal"
        (entries,) = archive.journal([entry(identifier, octets=payload)])
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{identifier} {entries.octets.decode()}\n")
        self._die_at("signed")
        sealed = File("toy", FileKind.CREDENTIAL, "application/toy", ".toy", b"sealed " + entries.octets)
        artefact = NewArtefact(sealed, entries.octets, "urn:toy")
        self.phase = "record"
        archive.record(NewCredential(pending.registration, b"award", "Jiří", (artefact,)))


POINTS = [
    *(
        f"{phase}: {when}"
        for phase in ("reserve", "journal", "record", "revoke", "erase")
        for when in ("before keys", "after keys", "before confirming", "after confirming")
    ),
    "signed",
]


@pytest.mark.system
@pytest.mark.parametrize("point", POINTS)
def test_a_writer_killed_anywhere_leaves_a_sound_archive(urls, tmp_path, point):
    """It goes on where it stopped: the octets that were written down are signed again, and no others."""
    writer = Writer(urls, tmp_path / "signed")
    assert writer.run(point) == -signal.SIGKILL
    check = urls.check()
    # an erasure that has not reached the keys yet is told; erasing again ends it
    unfinished = point == "erase: before confirming"
    assert [finding.code for finding in check] == ["key-not-destroyed"] * unfinished
    if point in {"erase: before confirming", "erase: after confirming"}:
        with urls.open() as archive:
            identifier = archive.registrations()[0].identifier
            archive.erase(identifier, reason=ErasureReason.OTHER, at=datetime.now(UTC))
    else:
        assert writer.run("nowhere") == 0
    assert len(set(writer.log.read_text(encoding="utf-8").splitlines())) == 1
    check = urls.check()
    assert list(check) == []
    assert (check.counts.awards, check.counts.events, check.counts.erased) == (1, 3, 1)
    assert check.counts.pending == 0


def test_a_unit_that_fails_leaves_keys_that_open_nothing(archive, urls, made, monkeypatch):
    """A key is stored before what it encrypts; alone it is harmless, and counted."""
    stored = KeyRing.before_commit

    def fail(self):
        stored(self)
        raise ZeroDivisionError

    monkeypatch.setattr(KeyRing, "before_commit", fail)
    with pytest.raises(ZeroDivisionError):
        archive.record(made.new(ONE))
    check = urls.check()
    assert list(check) == []
    assert {name: count for name, count in attrs.asdict(check.counts).items() if count} == {"orphan_keys": 1}
