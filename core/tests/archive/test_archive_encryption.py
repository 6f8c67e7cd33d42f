"""What is personal is ciphertext, bound to its place; destroying a key erases; hashes give nothing away."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mikrocert.archive import ArtefactInfo, ErasureReason, Event, EventKind, JournalEntry
from mikrocert.archive.encryption import Place, decrypt, encrypt, fingerprint, new_key
from mikrocert.archive.events import event_hash, status_after
from mikrocert.errors import ArchiveError, DamagedError, ErasedError
from mikrocert.report import FileKind, StatusValue

ONE, TWO, THREE = "K7mQx4Rt9bHz", "aaaaBBBB2222", "bbbbCCCC3333"
KEY = new_key()
PARTS = st.one_of(st.text(max_size=5), st.integers(0, 9))
PLACES = st.builds(Place, st.text(max_size=5), st.lists(PARTS, max_size=3).map(tuple), st.text(max_size=5))


@given(st.binary(max_size=200), PLACES)
def test_what_is_encrypted_is_decrypted(octets, place):
    """The octets come back, and twice the same never looks the same."""
    ciphertext = encrypt(octets, key=KEY, place=place)
    assert decrypt(ciphertext, key=KEY, place=place) == octets
    assert encrypt(octets, key=KEY, place=place) != ciphertext
    assert len(ciphertext) == len(octets) + 28


@given(st.binary(max_size=50), PLACES, st.data())
def test_one_flipped_bit_is_noticed(octets, place, data):
    """Nothing of a changed ciphertext is told."""
    ciphertext = bytearray(encrypt(octets, key=KEY, place=place))
    bit = data.draw(st.integers(0, 8 * len(ciphertext) - 1))
    ciphertext[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedError):
        decrypt(bytes(ciphertext), key=KEY, place=place)


@given(st.binary(max_size=50), st.data())
def test_a_ciphertext_cut_short_is_noticed(octets, data):
    """Also one of no octets at all."""
    place = Place("awards", (ONE,), "holder")
    ciphertext = encrypt(octets, key=KEY, place=place)
    length = data.draw(st.integers(0, len(ciphertext) - 1))
    with pytest.raises(DamagedError, match=rf"awards\[{ONE}\]\.holder"):
        decrypt(ciphertext[:length], key=KEY, place=place)


@given(st.binary(max_size=50), PLACES, PLACES)
def test_a_ciphertext_moved_to_another_place_is_noticed(octets, place, other):
    """Table, row and column are part of what is authenticated; "1" and 1 are two keys."""
    assume(place != other)
    assert place.associated_data != other.associated_data
    with pytest.raises(DamagedError):
        decrypt(encrypt(octets, key=KEY, place=place), key=KEY, place=other)


@given(st.binary(max_size=50))
def test_another_key_opens_nothing(octets):
    """Each award version has its own."""
    place = Place("awards", (ONE,), "holder")
    with pytest.raises(DamagedError):
        decrypt(encrypt(octets, key=KEY, place=place), key=new_key(), place=place)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_fingerprints_are_salted(octets, salt):
    """Without the salt nobody can try what he guesses."""
    assert fingerprint(octets, salt=salt) == fingerprint(octets, salt=salt)
    assert fingerprint(octets, salt=salt) != fingerprint(octets, salt=salt + b"x")
    assert fingerprint(octets, salt=salt) != hashlib.sha256(octets).hexdigest()


@attrs.frozen
class Row:
    """The members of an event that its hash commits to."""

    number: int
    identifier: str
    kind: str
    at: datetime
    reason: bytes | None
    successor: str | None
    entry: bytes
    previous: str


@attrs.frozen
class AwardRow:
    """The members of an award that the hash of its first event commits to."""

    institution: str
    evidence_number: str
    version: int
    award_hash: str
    replaces: str | None
    issued_at: datetime
    salt: bytes
    holder: bytes


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is drawn
MAYBE = st.none() | TEXTS
ROWS = st.builds(
    Row,
    st.integers(1, 99),
    TEXTS,
    TEXTS,
    MOMENTS,
    st.none() | st.binary(max_size=3),
    MAYBE,
    st.binary(max_size=3),
    TEXTS,
)
AWARDS = st.none() | st.builds(
    AwardRow,
    TEXTS,
    TEXTS,
    st.integers(1, 9),
    TEXTS,
    MAYBE,
    MOMENTS,
    st.binary(max_size=3),
    st.binary(max_size=3),
)
ARTEFACTS = st.lists(
    st.builds(
        ArtefactInfo,
        format=TEXTS,
        kind=st.sampled_from(FileKind),
        edition=st.integers(1, 3),
        media_type=TEXTS,
        suffix=TEXTS,
        credential_id=MAYBE,
        event=st.just(1),
        fingerprint=TEXTS,
        payload_fingerprint=MAYBE,
    ),
    max_size=3,
    unique_by=lambda info: (info.format, info.kind, info.edition),
)


@given(ROWS, AWARDS, ARTEFACTS, ROWS, AWARDS, ARTEFACTS)
def test_two_events_have_one_hash_only_where_they_are_the_same(row, award, infos, row2, award2, infos2):  # noqa: PLR0917 - two of three
    """Every member counts, and none can be pushed into the next."""
    same = (row, award, set(infos)) == (row2, award2, set(infos2))
    hashes = event_hash(row, award=award, artefacts=infos), event_hash(row2, award=award2, artefacts=infos2)
    assert (hashes[0] == hashes[1]) is same


@given(ROWS, AWARDS, ARTEFACTS, st.randoms())
def test_the_order_of_artefacts_does_not_count(row, award, infos, random):
    """A database may give them in any order."""
    shuffled = list(infos)
    random.shuffle(shuffled)
    assert event_hash(row, award=award, artefacts=infos) == event_hash(row, award=award, artefacts=shuffled)


def test_the_hash_of_an_event_stays_what_it_is():
    """Archives outlive programs: the canonical form never changes unnoticed."""
    row = Row(7, ONE, "revoked", datetime(2026, 11, 22, 11, tzinfo=UTC), b"\x01\xff", None, b"[]", "0" * 64)
    text = (
        '["mikrocert event 1",7,"K7mQx4Rt9bHz","revoked","2026-11-22T11:00:00.000000+00:00",null,"01ff",null,[],"5b5d","'
        + "0" * 64
        + '"]'
    )
    assert event_hash(row, award=None, artefacts=()) == hashlib.sha256(text.encode()).hexdigest()


KINDS = st.lists(st.sampled_from(EventKind), min_size=1, max_size=6)


@given(KINDS)
def test_a_history_leads_to_a_status_or_is_impossible(kinds):
    """The first event issues, nothing follows an erasure, what is replaced stays so."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    history = [
        Event(number, kind, at, None, TWO if kind is EventKind.REPLACED else None, "")
        for number, kind in enumerate(kinds, start=1)
    ]
    moves = [kind for kind in kinds[1:] if kind not in {EventKind.RENEWED, EventKind.ERASED}]
    ends = [kind for kind in moves if kind is not EventKind.ISSUED]
    possible = (
        kinds[0] is EventKind.ISSUED
        and EventKind.ERASED not in kinds[:-1]
        and moves == [EventKind.ISSUED] * (len(moves) - len(ends)) + ends
        and ends in ([], [EventKind.REVOKED], [EventKind.REPLACED], [EventKind.REVOKED, EventKind.REPLACED])
    )
    if not possible:
        with pytest.raises(DamagedError):
            status_after(history, path="")
        return
    status, erased_at, erased_for = status_after(history, path="")
    assert (erased_for is None) is (erased_at is None)
    last = {EventKind.REVOKED: StatusValue.REVOKED, EventKind.REPLACED: StatusValue.REPLACED}
    assert status.value is (last[ends[-1]] if ends else StatusValue.LIVE)
    assert (erased_at is not None) is (kinds[-1] is EventKind.ERASED)


def test_nothing_personal_is_in_the_files(sqlite_urls, made, tmp_path):
    """Neither name nor reason, payload nor file, nor a plain hash of any, stands in the archive; no key either."""
    secrets = [
        "Růžena Ďurišová".encode(),
        "překlep ve jméně".encode(),
        b"award of hers",
        b"payload of hers",
        b"octets to be sealed",
    ]
    artefacts = made.artefacts(payload=secrets[3])
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE, award=secrets[2], holder=secrets[0].decode(), artefacts=artefacts))
        archive.reserve(made.registration(TWO, evidence_number="2"), award=secrets[2])
        archive.journal([JournalEntry(TWO, "toy", FileKind.CREDENTIAL, secrets[4], b"sealed " + secrets[4])])
        archive.revoke(ONE, reason=secrets[1].decode(), at=made.at)
    stored = (tmp_path / "archive.sqlite").read_bytes()
    keys = (tmp_path / "archive-keys.sqlite").read_bytes()
    plain = [*secrets, *(artefact.file.octets for artefact in artefacts)]
    for octets in (*plain, *(hashlib.sha256(p).digest() for p in plain)):
        assert octets not in stored
        assert octets not in keys
        assert octets.hex().encode() not in stored


def test_two_awards_share_nothing(sqlite_urls, made, rows):
    """The same person with the same content twice leaves no two equal values."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE, evidence_number="1"))
        archive.record(made.new(TWO, evidence_number="2"))
    values = rows("SELECT award_hash, salt, holder FROM awards")
    assert not set(values[0]) & set(values[1])
    files = rows("SELECT identifier, fingerprint, payload_fingerprint, octets FROM artefacts")
    of_one, of_two = ({v for r in files if r[0] == i for v in r[1:] if v} for i in (ONE, TWO))
    assert not of_one & of_two
    assert len(set(rows("SELECT key FROM keys", of="archive-keys"))) == 2


def test_erasing(archive, urls, made):
    """The credential stays known with its status; its content is gone, and a clear error says so."""
    later = made.at + timedelta(days=1)
    archive.record(made.new(ONE))
    archive.revoke(ONE, reason="omyl", at=made.at)
    erased = archive.erase(ONE, reason=ErasureReason.OTHER, at=later)
    assert archive.find(ONE) == erased
    assert (erased.holder, erased.erased_at) == (None, later)
    assert (erased.status.value, erased.status.reason) == (StatusValue.REVOKED, None)
    assert erased.registration == made.registration(ONE)
    assert [(event.kind.value, event.reason) for event in archive.history(ONE)] == [
        ("issued", None),
        ("revoked", None),
        ("erased", "other"),
    ]
    for act in (
        lambda: archive.file(ONE, FileKind.CREDENTIAL),
        lambda: archive.files(ONE),
        lambda: erased.is_award(b"award"),
        lambda: erased.holds(b"payload"),
        lambda: archive.revoke(ONE, reason="omyl", at=later),
        lambda: archive.add_edition(ONE, made.artefacts(), at=later),
        lambda: archive.record(made.new(ONE)),
        lambda: archive.record(made.new(TWO, award=b"2"), replaces=ONE, reason="překlep"),
    ):
        with pytest.raises(ErasedError, match=f"the content of {ONE} was erased"):
            act()
    assert archive.registrations() == (made.registration(ONE),)
    assert list(urls.check()) == []


def test_erasing_again_changes_nothing(archive, urls, made):
    """One erasure is in the history; the key is gone for sure."""
    archive.record(made.new(ONE))
    erased = archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at)
    assert archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at + timedelta(days=1)) == erased
    check = urls.check()
    assert list(check) == []
    assert (check.counts.events, check.counts.erased) == (2, 1)


@pytest.mark.parametrize("reason", ErasureReason)
def test_why_something_was_erased_stays_as_a_word(archive, made, reason):
    """Verifiers are told whether its holder asked for it, and of other reasons nothing."""
    archive.record(made.new(ONE))
    assert archive.erase(ONE, reason=reason, at=made.at).erased_for is reason
    assert archive.history(ONE)[-1].reason == reason.value
    with pytest.raises(ErasedError) as refused:
        archive.files(ONE)
    assert refused.value.by_holder is (reason is ErasureReason.HOLDER)
    assert ("at the request of the holder" in str(refused.value)) is refused.value.by_holder


def test_a_reason_of_former_times_is_another_reason(made):
    """It was free text; whoever wrote the same word as we do meant it."""
    assert ErasureReason.of("žádost držitele") is ErasureReason.OTHER
    assert ErasureReason.of(None) is ErasureReason.OTHER


def test_erasing_one_version_leaves_the_others(archive, made):
    """A correction has a key of its own."""
    archive.record(made.new(ONE))
    archive.record(made.new(TWO, award=b"2"), replaces=ONE, reason="překlep")
    archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at)
    assert archive.find(ONE).status.successor == TWO
    assert archive.files(TWO)
    assert archive.record(made.new(THREE, award=b"2")).archived.registration.identifier == TWO


def test_an_erased_key_leaves_no_trace_in_its_file(sqlite_urls, made, rows, tmp_path):
    """SQLite overwrites it; copies of the archive, however old, open no more."""
    with sqlite_urls.open() as archive:
        archive.record(made.new(ONE))
        ((key,),) = rows("SELECT key FROM keys", of="archive-keys")
        before = (tmp_path / "archive.sqlite").read_bytes()
        archive.erase(ONE, reason=ErasureReason.OTHER, at=made.at)
    assert key not in (tmp_path / "archive-keys.sqlite").read_bytes()
    (tmp_path / "archive.sqlite").write_bytes(before)
    with sqlite_urls.open() as archive, pytest.raises(ArchiveError, match="damaged"):
        archive.files(ONE)
