"""Renewing: what ends soon is made to last, as a further edition; what can't be is told, and harms nothing else."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.archive import ErasureReason, NewArtefact, NewCredential
from mikrocert.errors import ArchiveError, EnvelopeError, SealError
from mikrocert.kinds.envelope import Envelope, Lasting, OpenedEnvelope, Services
from mikrocert.report import CheckResult, File, FileKind, Finding, Outcome, Registration
from mikrocert.service.keeping.renewing import Endings, Renewer, endings
from mikrocert.texts import message

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
FIRST, SECOND, THIRD = "K7mQx4Rt9bHz", "4w5u8KjbkhcG", "8ZVgGKQzD99P"


def sealed(payload, *, level="B-LTA", years=1, broken=False):
    """A sealed file of these tests: level, end of its seal in years from now, whether it is broken, and what is inside."""
    return f"SEAL|{level}|{years}|{'broken' if broken else 'whole'}|{payload}".encode()


@attrs.define
class Lines(Envelope):
    """Seals are a line of text; renewing adds two years, or what `change` makes of it. `asked` counts the files of each call."""

    change: object = None
    asked: list = attrs.field(factory=list)

    def prepare(self, payload, *, identity, at):
        raise NotImplementedError

    def finish_many(self, prepared, signatures, *, services):
        raise NotImplementedError

    def recognises(self, data):
        return data.startswith(b"SEAL")

    def open(self, data):
        try:
            _, level, years, state, payload = data.decode().split("|")
        except ValueError as error:
            raise EnvelopeError([Finding.error("torn", "it is torn")]) from error
        return OpenedEnvelope("lines", payload.encode(), (), (level, float(years), state))

    def examine(self, opened, *, trust, at):
        whole = opened.content[2] == "whole"
        return (CheckResult("integrity", Outcome.PASSED if whole else Outcome.FAILED),)

    def lasting(self, opened):
        level, years, _ = opened.content
        return Lasting(level, NOW + years * YEAR)

    def renew_many(self, files, *, services):
        self.asked.append(len(files))
        opened = [self.open(data) for data in files]
        if any(b"poison" in one.payload for one in opened):
            raise SealError(message("poisoned"))
        if self.change:
            return tuple(self.change(one) for one in opened)
        return tuple(sealed(one.payload.decode(), years=one.content[1] + 2) for one in opened)


def credential(identifier, data, *, payload=b"payload", certificate=None):
    """A credential of this file and, where one is given, its certificate."""
    files = [NewArtefact(File("toy", FileKind.CREDENTIAL, "text/plain", ".txt", data), payload, "urn:toy:1")]
    if certificate is not None:
        files.append(NewArtefact(File("toy", FileKind.CERTIFICATE, "text/plain", ".pdf", certificate)))
    registration = Registration(identifier, "toy", f"R-{identifier}", NOW)
    return NewCredential(registration, identifier.encode(), "Kateřina Ďurišová", tuple(files))


@pytest.fixture
def lines():
    """Return the envelope of these tests."""
    return Lines()


@pytest.fixture
def renew(archive, lines):
    """Return what renews the seals of the archive that end within so many years."""

    def run(years=1.5, **options):
        renewer = Renewer(archive=archive, envelopes={"lines": lines}, services=Services())
        return list(renewer.renew(before=NOW + years * YEAR, at=NOW, **options))

    return run


def test_what_ends_soon_gets_a_further_edition(archive, renew):
    """Both files of a credential are renewed together; the old ones stay, and the newest are handed out."""
    old, paper = sealed("payload"), sealed("paper")
    archive.record(credential(FIRST, old, certificate=paper))
    found = renew()
    assert [(one.identifier, one.file.kind, one.fault) for one in found] == [
        (FIRST, FileKind.CREDENTIAL, None),
        (FIRST, FileKind.CERTIFICATE, None),
    ]
    assert {one.after.until for one in found} == {NOW + 3 * YEAR}
    assert [file.octets for file in archive.files(FIRST)] == [
        sealed("payload", years=3.0),
        sealed("paper", years=3.0),
    ]
    assert archive.file(FIRST, FileKind.CREDENTIAL, edition=1).octets == old
    assert [event.kind.value for event in archive.history(FIRST)] == ["issued", "renewed"]
    assert archive.find(FIRST).artefact_of(old) is not None


def test_renewing_again_finds_nothing(archive, lines, renew):
    """What was renewed is not due any more, so an interrupted run goes on where it stopped."""
    archive.record(credential(FIRST, sealed("payload")))
    assert len(renew()) == 1
    assert renew() == []
    assert lines.asked == [1]


def test_what_lasts_and_what_was_erased_is_left(archive, renew):
    """A seal that ends later and a credential without content are not touched."""
    archive.record(credential(FIRST, sealed("payload", years=2)))
    archive.record(credential(SECOND, sealed("payload")))
    archive.erase(SECOND, reason=ErasureReason.OTHER, at=NOW)
    assert renew() == []


def test_a_dry_run_does_nothing(archive, lines, renew):
    """It says what is due, and until when it lasts."""
    archive.record(credential(FIRST, sealed("payload")))
    (one,) = renew(dry_run=True)
    assert (one.identifier, one.before, one.after, one.fault) == (
        FIRST,
        Lasting("B-LTA", NOW + YEAR),
        None,
        None,
    )
    assert lines.asked == []
    assert len(archive.history(FIRST)) == 1


def test_a_batch_is_asked_for_at_once(archive, lines, renew):
    """All files of a batch go to the envelope together."""
    for identifier in (FIRST, SECOND, THIRD):
        archive.record(credential(identifier, sealed("payload"), certificate=sealed("paper")))
    assert len(renew()) == 6
    assert lines.asked == [6]


def test_one_file_spoils_no_others(archive, lines, renew):
    """Where a batch fails each file is tried by itself, and the faults are told one by one."""
    archive.record(credential(FIRST, sealed("poison"), payload=b"poison"))
    archive.record(credential(SECOND, sealed("payload")))
    faults = {one.identifier: one.fault and str(one.fault) for one in renew()}
    assert faults == {FIRST: "poisoned", SECOND: None}
    assert lines.asked == [2, 1, 1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: sealed("other", years=9), "something else"),
        (lambda one: sealed("payload", years=9, broken=True), "not intact"),
        (lambda one: sealed("payload", years=1), "no longer than it does"),
        (lambda one: b"SEAL", "torn"),
    ],
)
def test_what_came_back_is_judged(archive, lines, renew, change, words):
    """Another content, a broken seal, a seal that lasts no longer and no seal at all are never recorded."""
    archive.record(credential(FIRST, sealed("payload")))
    lines.change = change
    (one,) = renew()
    assert words in str(one.fault)
    assert len(archive.history(FIRST)) == 1


def test_a_higher_level_is_recorded_though_it_ends_earlier(archive, lines, renew):
    """A seal that is raised is worth it, even if its time stamp ends before its certificate does."""
    archive.record(credential(FIRST, sealed("payload", level="B-B", years=1.2)))
    lines.change = lambda one: sealed(one.payload.decode(), years=1)
    (one,) = renew()
    assert (one.fault, one.after) == (None, Lasting("B-LTA", NOW + YEAR))


@pytest.mark.parametrize(
    ("data", "words"), [(sealed("payload", years=-1), "nothing can prove"), (b"SEAL", "torn")]
)
def test_what_is_too_late_or_torn_is_told(archive, lines, renew, data, words):
    """A seal that has ended and a file that can't be opened are failures, not skipped."""
    archive.record(credential(FIRST, data))
    (one,) = renew()
    assert words in str(one.fault)
    assert lines.asked == []


def test_an_archive_that_fails_leaves_each_file_old_or_new(archive, renew, monkeypatch):
    """Where recording one credential fails, it stays as it was, and the others are renewed."""
    for identifier in (FIRST, SECOND):
        archive.record(credential(identifier, sealed("payload"), certificate=sealed("paper")))
    add = type(archive).add_edition

    def fail(self, identifier, added, *, at):
        if identifier == FIRST:
            raise ArchiveError(message("full"))
        return add(self, identifier, added, at=at)

    monkeypatch.setattr(type(archive), "add_edition", fail)
    faults = [(one.identifier, one.fault and str(one.fault)) for one in renew()]
    assert sorted(faults, key=str) == sorted([(FIRST, "full")] * 2 + [(SECOND, None)] * 2, key=str)
    assert [len(archive.history(one)) for one in (FIRST, SECOND)] == [1, 2]


def test_progress_counts_credentials(archive, lines):
    """Each credential that was gone through is counted, due or not."""
    for identifier in (FIRST, SECOND):
        archive.record(credential(identifier, sealed("payload", years=5)))
    counts = []
    renewer = Renewer(
        archive=archive, envelopes={"lines": lines}, services=Services(), on_progress=counts.append
    )
    assert list(renewer.renew(before=NOW, at=NOW)) == []
    assert counts == [1, 2]


IDENTIFIERS = ("K7mQx4Rt9bHz", "4w5u8KjbkhcG", "8ZVgGKQzD99P", "aaaaBBBB2222")
UNTIL_NEW_YEAR = (datetime(2028, 1, 1, tzinfo=UTC) - NOW) / YEAR

HELD = {  # name → (files of each credential, what is counted)
    "nothing": ([], Endings({})),
    "several years": ([[2], [2.1], [5]], Endings({2028: 2, 2031: 1})),
    "the file of a credential that ends first": ([[7, 2]], Endings({2028: 1})),
    "soon": ([[0.5], [3]], Endings({2027: 1, 2029: 1}, soon=1)),
    "with the first moment of a year": ([[UNTIL_NEW_YEAR]], Endings({2027: 1})),
    "ended": ([[-1], [3]], Endings({2029: 1}, ended=1)),
    "unreadable": ([[None], [3]], Endings({2029: 1}, unreadable=1)),
}


@pytest.mark.parametrize("name", HELD)
def test_the_end_of_seals_is_counted_by_year_and_credential(archive, lines, name):
    """By the year in which they have to be renewed at the latest; each credential once."""
    held, counted = HELD[name]
    for identifier, files in zip(IDENTIFIERS, held, strict=False):
        first, *rest = ["SEAL" if years is None else sealed("x", years=years) for years in files]
        first = first if isinstance(first, bytes) else first.encode()
        archive.record(credential(identifier, first, certificate=rest[0] if rest else None))
    found = endings(archive, envelopes={"lines": lines}, at=NOW, soon=NOW + YEAR)
    assert (dict(found.by_year), found.soon, found.ended, found.unreadable) == (
        dict(counted.by_year),
        counted.soon,
        counted.ended,
        counted.unreadable,
    )


def test_erased_credentials_and_files_without_an_end_count_for_nothing(archive, lines):
    """Nobody can renew them, and nobody has to."""
    archive.record(credential(FIRST, sealed("x", years=2)))
    archive.record(credential(SECOND, b"of another envelope"))
    archive.erase(FIRST, reason=ErasureReason.OTHER, at=NOW)
    assert dict(endings(archive, envelopes={"lines": lines}, at=NOW, soon=NOW).by_year) == {}
