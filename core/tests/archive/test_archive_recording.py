"""Recording, finding, revoking, renewing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone
from threading import Barrier

import attrs
import pytest
from mikrocert.archive import ErasureReason, EventKind, Glance, NewArtefact
from mikrocert.award.identifiers import new_identifier
from mikrocert.errors import AlreadyIssued, ArchiveError, UnknownIdentifier
from mikrocert.report import Access, File, FileKind, StatusValue
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

ONE, TWO, THREE = "K7mQx4Rt9bHz", "aaaaBBBB2222", "bbbbCCCC3333"


def identifiers(archive):
    return [registration.identifier for registration in archive.registrations()]


def kinds(archive, identifier):
    return [event.kind.value for event in archive.history(identifier)]


def test_what_is_recorded_is_found(archive, made):
    """Everything comes back as it was, live since it was issued."""
    new = made.new(ONE)
    recorded = archive.record(new)
    found = archive.find(ONE)
    assert recorded.created
    assert found == recorded.archived
    assert (found.registration, found.holder, found.version) == (new.registration, "Jiří Ďurůš", 1)
    assert (found.status.value, found.status.since) == (StatusValue.LIVE, made.at)
    assert (found.replaces, found.erased_at, found.formats) == (None, None, ("toy",))
    assert archive.files(ONE) == tuple(artefact.file for artefact in new.artefacts)
    assert found.artefact(FileKind.CREDENTIAL).credential_id == "urn:toy:1"
    assert archive.find_award("toy", new.registration.evidence_number) == found
    assert archive.find_award("toy", "jiné") is None


def test_whatever_is_recorded_of_a_credential_gives_it_another_newest_hash(archive, made):
    """Who knows the hash knows whether anything happened since; what happens to others changes nothing."""
    assert archive.newest_hash(ONE) is None
    assert archive.newest_hash("\x00") is None
    archive.record(made.new(ONE))
    hashes = [archive.newest_hash(ONE)]
    for happen in (
        lambda: archive.add_edition(ONE, made.artefacts(seal=b"new"), at=made.at),
        lambda: archive.record(made.new(TWO, award=b"2"), replaces=ONE, reason="překlep"),
        lambda: archive.erase(ONE, reason=ErasureReason.HOLDER, at=made.at),
    ):
        happen()
        hashes.append(archive.newest_hash(ONE))
    assert len(set(hashes)) == 4
    archive.revoke(TWO, reason="omyl", at=made.at)
    assert archive.newest_hash(ONE) == hashes[-1]
    assert archive.newest_hash(TWO) == archive.history(TWO)[-1].hash


def test_a_glance_sees_what_the_other_methods_do(archive, made):
    """The newest hash, the institution, and what its holder decided; nothing of what isn't there."""
    assert archive.glance(ONE) is None
    assert archive.glance("\x00") is None
    archive.record(made.new(ONE))
    in_file = archive.database.file is not None
    expected = Glance(archive.newest_hash(ONE), "toy", None)
    assert archive.glance(ONE) == (expected if in_file else None)  # over a network, nobody answers at once
    archive.sharing.set_access(ONE, Access.SUMMARY, at=made.at)
    archive.revoke(ONE, reason="omyl", at=made.at)
    later = Glance(archive.newest_hash(ONE), "toy", Access.SUMMARY)
    assert later.newest != expected.newest
    assert archive.glance(ONE) == (later if in_file else None)


UNSEEN = {
    "somebody is writing": ("BEGIN EXCLUSIVE", "COMMIT"),
    "what is there is none": ("UPDATE link_access SET access = 'wide'", "UPDATE link_access SET access = 'open'"),
    "the tables are older": ("ALTER TABLE link_access RENAME TO old", "ALTER TABLE old RENAME TO link_access"),
}  # fmt: skip


@pytest.mark.parametrize(("do", "undo"), UNSEEN.values(), ids=UNSEEN)
def test_a_glance_waits_for_nobody(sqlite_urls, made, do, undo):
    """Where it can't see, it sees nothing, at once and without an error; afterwards it sees again."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
        archive.sharing.set_access(ONE, Access.OPEN, at=made.at)
        seen = archive.glance(ONE)
        assert seen is not None
        with closing(sqlite3.connect(archive.database.file, isolation_level=None, timeout=0)) as other:
            other.execute(do)
            assert archive.glance(ONE) is None
            other.execute(undo)
        assert archive.glance(ONE) == seen


def test_an_archived_credential_tells_its_award_and_payload(archive, made):
    """Both are compared without being kept."""
    found = archive.record(made.new(ONE)).archived
    assert found.is_award(b"award")
    assert not found.is_award(b"award ")
    assert found.holds(b"payload")
    assert not found.holds(b"payload ")
    assert not found.holds(b"")


@pytest.mark.parametrize(
    "identifier", ["", TWO, ONE.swapcase(), "K7mQ x4Rt 9bHz", "' OR 1=1 --", "\x00", "ř" * 12, "a" * 10**6]
)
def test_what_is_unknown_is_unknown(archive, made, identifier):
    """Letter case matters, and nothing that is no identifier reaches a database."""
    archive.record(made.new(ONE))
    for act in (
        lambda: archive.find(identifier),
        lambda: archive.file(identifier, FileKind.CREDENTIAL),
        lambda: archive.files(identifier),
        lambda: archive.revoke(identifier, reason="omyl", at=made.at),
        lambda: archive.erase(identifier, reason=ErasureReason.OTHER, at=made.at),
        lambda: archive.add_edition(identifier, made.artefacts(), at=made.at),
    ):
        with pytest.raises(UnknownIdentifier):
            act()
    assert archive.history(identifier) == ()


def test_moments_keep_their_time_whatever_their_zone(archive, made):
    """A moment in Prague's summer is the same moment afterwards, to the microsecond."""
    moment = datetime(2026, 6, 22, 1, 30, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    archive.record(made.new(ONE, issued_at=moment))
    assert archive.find(ONE).registration.issued_at == moment
    assert archive.history(ONE)[0].at == moment


def test_a_moment_without_zone_is_refused(archive, made):
    """It can't be known which moment is meant."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ArchiveError, match="time zone"):
        archive.record(made.new(ONE, issued_at=naive))
    archive.record(made.new(TWO))
    with pytest.raises(ArchiveError, match="time zone"):
        archive.revoke(TWO, reason="omyl", at=naive)
    assert kinds(archive, TWO) == ["issued"]


def test_the_same_award_twice_gives_the_first(archive, made):
    """The second credential isn't recorded; the first one comes back."""
    first = archive.record(made.new(ONE)).archived
    again = archive.record(made.new(TWO))
    assert (again.archived, again.created) == (first, False)
    assert identifiers(archive) == [ONE]


def test_a_further_format_has_the_same_identifier(archive, made):
    """Sameness is award and format: what is missing is added, what is there stays."""
    archive.record(made.new(ONE))
    both = archive.record(made.new(ONE, formats=("toy", "other")))
    assert both.created
    assert both.archived.formats == ("toy", "other")
    assert archive.file(ONE, FileKind.CREDENTIAL).format == "toy"
    assert archive.file(ONE, FileKind.CREDENTIAL, format="other").suffix == ".other"
    assert [file.format for file in archive.files(ONE, format="other")] == ["other", "other"]
    assert kinds(archive, ONE) == ["issued", "issued"]
    assert not archive.record(made.new(ONE, formats=("other",))).created


def test_a_further_format_is_refused_under_another_identifier_or_of_what_is_not_live(archive, made):
    """One award has one identifier, and of a revoked one nothing new is made."""
    archive.record(made.new(ONE))
    with pytest.raises(ArchiveError, match=f"was recorded as {ONE}"):
        archive.record(made.new(TWO, formats=("other",)))
    archive.revoke(ONE, reason="omyl", at=made.at)
    with pytest.raises(ArchiveError, match=f"{ONE} is revoked; no further format"):
        archive.record(made.new(ONE, formats=("other",)))
    assert archive.find(ONE).formats == ("toy",)


def test_an_identifier_is_used_once(archive, made):
    """Another award can't take it."""
    archive.record(made.new(ONE))
    with pytest.raises(ArchiveError, match="another credential's"):
        archive.record(made.new(ONE, evidence_number="2"))


def test_a_file_that_is_not_there_is_told(archive, made):
    """The error lists what there is."""
    archive.record(made.new(ONE))
    with pytest.raises(ArchiveError, match="there are: toy credential 1, toy certificate 1"):
        archive.file(ONE, FileKind.PICTURE)
    with pytest.raises(ArchiveError, match="no such credential"):
        archive.file(ONE, FileKind.CREDENTIAL, edition=2)


def test_changed_content_is_refused(archive, made):
    """The error names the credential to be replaced."""
    archive.record(made.new(ONE))
    with pytest.raises(AlreadyIssued, match=f"--replaces {ONE}") as caught:
        archive.record(made.new(TWO, award=b"changed"))
    assert caught.value.identifier == ONE
    assert identifiers(archive) == [ONE]


def test_evidence_numbers_of_two_institutions_do_not_meet(archive, made):
    """Each institution has its own register."""
    archive.record(made.new(ONE))
    archive.record(made.new(TWO, institution="other", award=b"changed"))
    assert set(identifiers(archive)) == {ONE, TWO}


def test_a_correction_replaces(archive, made):
    """The old credential points to the new one, both have their history, and the award is the new one."""
    later = made.at + timedelta(days=1)
    archive.record(made.new(ONE))
    correction = made.new(TWO, award=b"changed", issued_at=later)
    new = archive.record(correction, replaces=ONE, reason=" překlep ").archived
    old = archive.find(ONE)
    assert (old.status.value, old.status.since) == (StatusValue.REPLACED, later)
    assert (old.status.reason, old.status.successor) == ("překlep", TWO)
    assert (new.status.value, new.replaces, new.version) == (StatusValue.LIVE, ONE, 2)
    assert kinds(archive, ONE) == ["issued", "replaced"]
    assert archive.find_award("toy", new.registration.evidence_number) == new
    assert identifiers(archive) == [ONE, TWO]


def test_a_correction_can_be_corrected(archive, made):
    """Only the newest credential of an award is replaced."""
    archive.record(made.new(ONE))
    archive.record(made.new(TWO, award=b"2"), replaces=ONE, reason="překlep")
    with pytest.raises(ArchiveError, match=f"{ONE} is not the newest credential of this award; {TWO} is"):
        archive.record(made.new(THREE, award=b"3"), replaces=ONE, reason="překlep")
    third = archive.record(made.new(THREE, award=b"3"), replaces=TWO, reason="a").archived
    assert (third.replaces, third.version) == (TWO, 3)


WRONG_CORRECTIONS = {  # name → (changes, replaces, reason, message)
    "another award": ({"evidence_number": "x"}, ONE, "a", "never issued record number 'x'"),
    "another institution": ({"institution": "x"}, ONE, "a", "this institution never issued"),
    "an unknown credential": ({}, TWO, "a", "is not the newest"),
    "no reason": ({}, ONE, None, "needs a reason"),
    "a blank reason": ({}, ONE, " ", "needs a reason"),
    "a reason turned around": ({}, ONE, "překlep \u202ekonec", "control or invisible character"),
    "a birth number as reason": ({}, ONE, "oprava r. č. 855101/1238", "birth number"),
}


@pytest.mark.parametrize("name", WRONG_CORRECTIONS)
def test_a_wrong_correction_is_refused(archive, made, name):
    """Nothing is recorded, and the credential stays live."""
    archive.record(made.new(ONE))
    changes, replaces, reason, message = WRONG_CORRECTIONS[name]
    with pytest.raises(ArchiveError, match=message):
        archive.record(made.new(THREE, award=b"changed", **changes), replaces=replaces, reason=reason)
    assert identifiers(archive) == [ONE]
    assert archive.find(ONE).status.value is StatusValue.LIVE


PICTURE = File("toy", FileKind.PICTURE, "image/png", ".png", b"PNG")
WRONG_ARTEFACTS = {  # name → (what makes them of the right ones, message)
    "none": (lambda right: (), "at least one artefact"),
    "twice the same": (lambda right: right + right[:1], "at most one of each format and kind"),
    "no credential": (lambda right: right[1:], "toy is to be recorded without a credential"),
    "a credential without payload": (
        lambda right: (attrs.evolve(right[0], payload=None), right[1]),
        "a credential has a payload and an id",
    ),
    "a credential without id": (
        lambda right: (attrs.evolve(right[0], credential_id=None), right[1]),
        "a credential has a payload and an id",
    ),
    "a picture with a payload": (
        lambda right: (*right, NewArtefact(PICTURE, b"payload")),
        "a file of another kind may have neither",
    ),
}


@pytest.mark.parametrize("name", WRONG_ARTEFACTS)
def test_wrong_artefacts_are_refused(archive, made, name):
    """What a verifier needs later is there, or nothing is recorded."""
    change, message = WRONG_ARTEFACTS[name]
    with pytest.raises(ArchiveError, match=message):
        archive.record(made.new(ONE, artefacts=change(made.artefacts())))
    assert identifiers(archive) == []


def test_what_is_no_identifier_is_not_recorded(archive, made):
    """The archive would never find it again."""
    with pytest.raises(ArchiveError, match="no identifier of 12 characters"):
        archive.record(made.new("0OIl"))


def test_revoking(archive, made):
    """A revoked credential stays, with reason and moment; revoking it again changes nothing."""
    later = made.at + timedelta(days=1)
    archive.record(made.new(ONE))
    revoked = archive.revoke(ONE, reason=" omyl ", at=later)
    status = revoked.status
    assert (status.value, status.since, status.reason) == (StatusValue.REVOKED, later, "omyl")
    assert archive.revoke(ONE, reason="jindy", at=later + timedelta(days=1)) == revoked
    assert archive.find(ONE) == revoked
    assert kinds(archive, ONE) == ["issued", "revoked"]


def test_revoking_needs_a_reason_and_something_live(archive, made):
    """A reason that is blank or not fit to be read, and a replaced credential, are refused."""
    archive.record(made.new(ONE))
    for reason, message in (
        (" ", "a reason is needed"),
        ("omyl\x1b[2J", "control or invisible character"),
        ("rodné číslo 855101/1238", "birth number"),
    ):
        with pytest.raises(ArchiveError, match=message):
            archive.revoke(ONE, reason=reason, at=made.at)
    assert archive.find(ONE).status.value is StatusValue.LIVE
    archive.record(made.new(TWO, award=b"changed"), replaces=ONE, reason="překlep")
    with pytest.raises(ArchiveError, match=f"replaced by {TWO}; revoke that one"):
        archive.revoke(ONE, reason="omyl", at=made.at)


def test_a_revoked_credential_can_be_replaced(archive, made):
    """Then its page points to the new one."""
    archive.record(made.new(ONE))
    archive.revoke(ONE, reason="omyl", at=made.at)
    archive.record(made.new(TWO, award=b"changed"), replaces=ONE, reason="překlep")
    assert archive.find(ONE).status.value is StatusValue.REPLACED
    assert kinds(archive, ONE) == ["issued", "revoked", "replaced"]


def test_a_renewed_seal_is_a_new_edition(archive, made):
    """The newest edition is read unless another one is asked for; the old one stays, and so does the status."""
    archive.record(made.new(ONE))
    before = archive.revoke(ONE, reason="omyl", at=made.at)
    renewed = archive.add_edition(ONE, made.artefacts(seal=b"renewed"), at=made.at + timedelta(days=1))
    assert archive.file(ONE, FileKind.CREDENTIAL).octets == b"renewed over payload"
    assert archive.file(ONE, FileKind.CREDENTIAL, edition=1).octets == b"seal over payload"
    assert archive.files(ONE)[1].octets == b"%PDF renewed over payload"
    assert renewed.status == before.status
    assert [artefact.edition for artefact in renewed.artefacts] == [1, 1, 2, 2]
    assert [event.kind for event in archive.history(ONE)][-1] is EventKind.RENEWED
    assert not archive.record(made.new(ONE)).created


WRONG_EDITIONS = {  # name → (what makes them, message)
    "of another format": (lambda made: made.artefacts("other"), "other credential .* there is none"),
    "of a kind that is not there": (lambda made: (NewArtefact(PICTURE),), "toy picture .* there is none"),
    "of another payload": (
        lambda made: made.artefacts(payload=b"other"),
        "its content is not what was sealed",
    ),
    "of another id": (
        lambda made: (attrs.evolve(made.artefacts()[0], credential_id="urn:toy:2"),),
        "its content is not what was sealed",
    ),
    "none": (lambda made: (), "at least one artefact"),
}


@pytest.mark.parametrize("name", WRONG_EDITIONS)
def test_a_wrong_edition_is_refused(archive, made, name):
    """Only the seal of what was issued is renewed."""
    archive.record(made.new(ONE))
    wrong, message = WRONG_EDITIONS[name]
    with pytest.raises(ArchiveError, match=message):
        archive.add_edition(ONE, wrong(made), at=made.at)
    assert kinds(archive, ONE) == ["issued"]


def test_a_unit_is_done_as_a_whole_or_not_at_all(archive, urls, made):
    """Whatever is raised within it, nothing of it stays, be it ours or somebody else's."""
    archive.record(made.new(ONE))

    def work():
        with archive.unit() as unit:
            unit.record(made.new(TWO, evidence_number="2"))
            unit.revoke(ONE, reason="omyl", at=made.at)
            unit.connection.execute(text("CREATE TABLE others (number INTEGER)"))
            assert unit.find(ONE).status.value is StatusValue.REVOKED
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert identifiers(archive) == [ONE]
    assert archive.find(ONE).status.value is StatusValue.LIVE
    assert list(urls.check()) == []
    engine = create_engine(urls.archive)
    with pytest.raises(DBAPIError), engine.connect() as connection:
        connection.execute(text("SELECT * FROM others"))
    engine.dispose()


def test_a_job_queue_joins_a_unit(archive, urls, made, execute):
    """What it writes through the unit's connection is committed along with the credential."""
    execute(urls.archive, "CREATE TABLE others (identifier VARCHAR(12))")
    with archive.unit() as unit:
        unit.record(made.new(ONE))
        unit.connection.execute(text("INSERT INTO others VALUES (:identifier)"), {"identifier": ONE})
    with archive.unit() as unit:
        assert unit.connection.execute(text("SELECT identifier FROM others")).scalars().all() == [ONE]
        assert unit.find_award("toy", "ŘÚ/2026/1").registration.identifier == ONE


def test_eight_threads_record_one_credential(archive, urls, made):
    """Whoever comes first, all get the same one, and one of them made it."""
    start = Barrier(8)

    def record(identifier):
        start.wait()
        return archive.record(made.new(identifier))

    with ThreadPoolExecutor(8) as pool:
        recorded = list(pool.map(record, [new_identifier() for _ in range(8)]))
    assert len({one.archived.registration.identifier for one in recorded}) == 1
    assert sum(one.created for one in recorded) == 1
    assert list(urls.check()) == []


def test_eight_threads_revoke_once(archive, made):
    """One revocation is in the history, whoever asked."""
    archive.record(made.new(ONE))
    start = Barrier(8)

    def revoke(number):
        start.wait()
        return archive.revoke(ONE, reason=f"důvod {number}", at=made.at).status.reason

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(revoke, range(8)))) == 1
    assert kinds(archive, ONE) == ["issued", "revoked"]


PROCESS = """
import sys
from datetime import UTC, datetime
from mikrocert.archive import JournalEntry, NewArtefact, NewCredential, open_archive
from mikrocert.award.identifiers import new_identifier
from mikrocert.report import File, FileKind, Registration

url, keys_url, count = sys.argv[1:]
with open_archive(url, keys_url=keys_url) as archive:
    for number in range(int(count)):
        award = f"award {number}".encode()
        proposed = Registration(new_identifier(), "toy", f"UŘ/{number}", datetime.now(UTC))
        registration = archive.reserve(proposed, award=award).registration
        payload = f"{registration.identifier} {registration.issued_at}".encode()
        entry = JournalEntry(registration.identifier, "toy", FileKind.CREDENTIAL, payload)
        (entry,) = archive.journal([entry])
        sealed = File("toy", FileKind.CREDENTIAL, "application/toy", ".toy", b"sealed " + entry.octets)
        artefact = NewArtefact(sealed, entry.octets, "urn:toy")
        recorded = archive.record(NewCredential(registration, award, "Jiří", (artefact,)))
        print(recorded.archived.registration.identifier, recorded.created)
"""


@pytest.mark.system
def test_three_processes_record_one_credential_of_each_award(urls):
    """They send the same six awards at once: each ends with one identifier, made by one of them."""
    command = [sys.executable, "-c", PROCESS, urls.archive, urls.keys, "6"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = [process.communicate(timeout=300)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 3
    assert len({tuple(words[::2]) for words in printed}) == 1
    created = zip(*(words[1::2] for words in printed), strict=True)
    assert [sorted(each) for each in created] == [["False", "False", "True"]] * 6
    check = urls.check()
    assert list(check) == []
    assert (check.counts.awards, check.counts.events, check.counts.pending) == (6, 6, 0)


def test_readers_do_not_wait_for_a_writer(archive, urls, made):
    """While a unit of work is open, and has written, pages are still served from before it."""
    archive.record(made.new(ONE))
    with archive.unit() as unit, urls.open() as reader:
        unit.revoke(ONE, reason="omyl", at=made.at)
        unit.record(made.new(TWO, evidence_number="2", artefacts=made.artefacts(payload=b"x" * 10**7)))
        assert reader.find(ONE).status.value is StatusValue.LIVE
        with pytest.raises(UnknownIdentifier):
            reader.find(TWO)
    assert archive.find(ONE).status.value is StatusValue.REVOKED


def test_an_archive_is_opened_again(urls, made):
    """What was recorded is there in the next run."""
    with urls.open() as archive:
        archive.record(made.new(ONE))
    with urls.open() as archive:
        assert archive.files(ONE) == tuple(artefact.file for artefact in made.artefacts())


def test_errors_do_not_tell_what_is_inside(urls, made, execute):
    """A failing database is reported without statement and parameters, which may hold personal data."""
    execute(urls.archive, "DROP TABLE objects", fence=False)
    execute(urls.archive, "DROP TABLE artefacts", fence=False)
    with urls.open() as archive, pytest.raises(ArchiveError, match="can't be written") as caught:
        archive.record(made.new(ONE, evidence_number="Ďurišová", holder="Ďurišová"))
    assert "Ďurišová" not in str(caught.value)
    assert "INSERT" not in str(caught.value)
