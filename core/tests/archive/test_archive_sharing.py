"""Holders' links, shares and the permanent link: laws of secrets, of time and of counts."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import attrs
import pytest
from mikrocert.archive import ErasureReason, NewShare, export_archive, import_archive
from mikrocert.archive import sharing as sharing_tables
from mikrocert.errors import (
    AccessClosed,
    ErasedError,
    NoArchiveError,
    ShareEnded,
    ShareRefused,
    UnknownIdentifier,
    UnknownShare,
)
from mikrocert.report import (
    Access,
    CheckResult,
    CredentialStatus,
    EndReason,
    FileKind,
    Outcome,
    Report,
    ShareScope,
    StatusValue,
)
from mikrocert.service.holders.sharing import LONGEST_NOTE, MOST_OPENINGS, PASS_SECONDS, Sharing, hash_of
from mikrocert.settings import Settings, SharingSettings
from sqlalchemy import create_engine, inspect, text

ONE, TWO = "aaaaBBBB2222", "ccccDDDD3333"
BASE = "https://x.cz"


@attrs.define
class Clock:
    """A clock that is set by hand."""

    at: object

    def __call__(self):
        return self.at


@attrs.define
class Shared:
    """An archive with a credential, and what its holder has."""

    archive: object
    sharing: Sharing
    clock: Clock
    secret: str

    def make(self, **wanted):
        return self.sharing.make(ONE, NewShare(**{"scope": ShareScope.ALL, **wanted}), secret=self.secret)

    def token(self, **wanted):
        return token_in(self.make(**wanted).link)


def token_in(link):
    return link.rpartition("/")[2]


def sharing_of(archive, clock, **settings):
    def verify(identifier):
        archived = archive.find(identifier)
        results = tuple(
            CheckResult(check, Outcome.PASSED) for check in ("integrity", "trust", "issuer", "status")
        )
        report = Report(at=clock(), results=results, status=archived.status, identifier=identifier)
        return archive.files(identifier), report

    return Sharing(lambda: archive, settings=Settings(base_url=BASE, **settings), verify=verify, now=clock)


@pytest.fixture
def shared(archive, made):
    archive.record(made.new(ONE))
    clock = Clock(made.at)
    sharing = sharing_of(archive, clock)
    return Shared(archive, sharing, clock, token_in(sharing.first_holder_link(ONE)))


def stored(url):
    """Return everything that stands in a database, as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            repr(tuple(row))
            for table in inspect(engine).get_table_names()
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    engine.dispose()
    return "\n".join(found)


def test_neither_secret_nor_token_nor_note_can_be_read_in_the_archive(shared, urls):
    """Who has the databases, save the keys, opens nothing."""
    token = shared.token(note="pro Ďurišovou")
    shared.sharing.open(token)
    kept = stored(urls.archive)
    assert [one for one in (shared.secret, token, "Ďurišovou") if one in kept] == []


def test_the_holder_sees_the_links_of_shares_again_and_nobody_else_does(shared):
    """They are made of the secret; what a university has drawn is told once."""
    mine = shared.make(note="práce")
    drawn = shared.sharing.make(ONE, NewShare(ShareScope.TITLE))
    held = shared.sharing.held_by(shared.secret)
    shares = shared.sharing.shares(ONE)
    assert [one.number for one in shares] == [drawn.share.number, mine.share.number]
    again = [shared.sharing.link_again(one, secret=shared.secret, link=held) for one in shares]
    assert again == [None, mine.link]
    assert shared.sharing.look(token_in(drawn.link)).number == drawn.share.number
    assert mine.link.startswith(f"{BASE}/s/")


def test_only_the_newest_holders_link_counts(shared):
    """The one before says that it was replaced, and when; shares that it made open as before, and can be withdrawn."""
    made = shared.make()
    shared.clock.at += timedelta(days=3)
    newer = token_in(shared.sharing.new_holder_link(ONE, actor="Růžena"))
    with pytest.raises(ShareEnded) as ended:
        shared.sharing.held_by(shared.secret)
    assert (ended.value.end.reason, ended.value.end.on) == (EndReason.REPLACED, shared.clock.at.date())
    with pytest.raises(ShareEnded):
        shared.make()
    held = shared.sharing.held_by(newer)
    (share,) = shared.sharing.shares(ONE)
    assert shared.sharing.link_again(share, secret=newer, link=held) is None
    assert shared.sharing.look(token_in(made.link)) == share
    shared.sharing.withdraw(ONE, share.number)
    with pytest.raises(ShareEnded):
        shared.sharing.look(token_in(made.link))
    assert shared.sharing.first_holder_link(ONE) is None


WRONG = {
    "nothing": "",
    "something short": "x",
    "a character more": lambda right: right + "x",
    "a slash more": lambda right: right + "/",
    "a character less": lambda right: right[:-1],
    "in other letters": str.swapcase,
    "very long": lambda right: right * 1000,
    "half a surrogate": "\udc80",
    "a null": lambda right: right + "\0",
    "of the other kind": None,
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_whatever_is_not_exactly_right_is_unknown(shared, wrong):
    """Be it for the holder's page or for a share; the error is one and the same."""
    token = shared.token()
    for right, other, asked in (
        (shared.secret, token, shared.sharing.held_by),
        (token, shared.secret, shared.sharing.look),
        (token, shared.secret, shared.sharing.open),
        (token, shared.secret, lambda text: shared.sharing.see(text, "0.x")),
    ):
        with pytest.raises(UnknownShare, match="there is no such link"):
            asked(other if wrong is None else wrong(right) if callable(wrong) else wrong)
    assert shared.sharing.shares(ONE)[0].opened == 0


def ended(shared, token):
    with pytest.raises(ShareEnded) as error:
        shared.sharing.look(token)
    with pytest.raises(ShareEnded):
        shared.sharing.open(token)
    return error.value.end.reason, error.value.end.on


def test_a_share_ends_at_its_very_moment(shared):
    """A microsecond before it opens."""
    until = shared.clock.at + timedelta(hours=3)
    token = shared.token(until=until)
    shared.clock.at = until - timedelta(microseconds=1)
    shared.sharing.look(token)
    given = shared.sharing.open(token)
    assert shared.sharing.see(token, given)
    shared.clock.at = until
    assert ended(shared, token) == (EndReason.EXPIRED, until.date())
    with pytest.raises(ShareEnded):
        shared.sharing.see(token, given)


def test_a_withdrawn_share_ends_for_those_too_who_have_it_open(shared):
    """At once; withdrawing it again changes nothing."""
    token = shared.token()
    given = shared.sharing.open(token)
    first = shared.sharing.withdraw(ONE, 1).withdrawn_at
    assert first == shared.clock.at
    assert ended(shared, token) == (EndReason.WITHDRAWN, first.date())
    with pytest.raises(ShareEnded):
        shared.sharing.see(token, given)
    shared.clock.at += timedelta(days=2)
    assert shared.sharing.withdraw(ONE, 1).withdrawn_at == first
    with pytest.raises(UnknownShare):
        shared.sharing.withdraw(ONE, 2)


def test_a_share_opens_so_often_and_is_seen_by_whoever_opened_it(shared):
    """Looking at it counts nothing, nor does seeing it; the day and the count are kept."""
    token = shared.token(most=2)
    for _ in range(3):
        shared.sharing.look(token)
    given = shared.sharing.open(token)
    shared.clock.at += timedelta(days=1)
    second = shared.sharing.open(token)
    assert ended(shared, token) == (EndReason.USED_UP, shared.clock.at.date())
    assert shared.sharing.see(token, given) is None  # a day old
    share, _ = shared.sharing.see(token, second)
    assert share.opened == 2
    days = [(shared.clock.at - timedelta(days=1)).date().isoformat(), shared.clock.at.date().isoformat()]
    assert dict(share.openings) == dict.fromkeys(days, 1)


def test_of_many_who_open_it_at_once_no_more_come_in_than_may(shared):
    """Whatever the database."""
    token, barrier = shared.token(most=3), threading.Barrier(8)

    def come(_):
        barrier.wait()
        try:
            return shared.sharing.open(token)
        except ShareEnded:
            return None

    with ThreadPoolExecutor(8) as pool:
        came = [one for one in pool.map(come, range(8)) if one]
    assert len(came) == 3
    share = shared.sharing.share(ONE, 1)
    assert (share.opened, sum(share.openings.values())) == (3, 3)


def test_shares_made_at_once_are_all_there(shared):
    """In two tabs, and in eight."""
    with ThreadPoolExecutor(8) as pool:
        links = {made.link for made in pool.map(lambda _: shared.make(), range(8))}
    assert len(links) == 8
    assert [share.number for share in shared.sharing.shares(ONE)] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_a_pass_is_of_one_share_and_over_after_an_hour(shared):
    """A made-up one, one of another share, or one with a later end is none."""
    token, other = shared.token(), shared.token()
    given = shared.sharing.open(token)
    until, _, proof = given.partition(".")
    later = f"{int(until, 16) + 1000:x}.{proof}"
    for wrong in (
        "",
        ".",
        "x",
        given + "x",
        f"0{given}",
        later,
        given.upper() + ".",
        f"{until}.",
        f".{proof}",
        "é.é",
        "\udc80",
    ):
        with pytest.raises(UnknownShare):
            shared.sharing.see(token, wrong)
    with pytest.raises(UnknownShare):
        shared.sharing.see(other, given)
    shared.clock.at += timedelta(seconds=PASS_SECONDS - 1)
    assert shared.sharing.see(token, given)
    shared.clock.at += timedelta(seconds=1)
    assert shared.sharing.see(token, given) is None


REFUSED = {  # what is wrong → (what is wanted, code)
    "an end that is now": (lambda at: {"until": at}, "past"),
    "an end in the past": (lambda at: {"until": at - timedelta(days=1)}, "past"),
    "an end without zone": (lambda at: {"until": at.replace(tzinfo=None) + timedelta(days=1)}, "no-zone"),
    "an end in a lifetime": (lambda at: {"until": at + timedelta(days=20_000)}, "too-late"),
    "no opening": (lambda _: {"most": 0}, "out-of-range"),
    "less than none": (lambda _: {"most": -1}, "out-of-range"),
    "without end of number": (lambda _: {"most": MOST_OPENINGS + 1}, "out-of-range"),
    "a long note": (lambda _: {"note": "ž" * (LONGEST_NOTE + 1)}, "too-long"),
    "a note that turns around": (lambda _: {"note": "pro \u202eabc"}, "not-printable"),
    "a note with an isolate": (lambda _: {"note": "pro \u2066abc"}, "not-printable"),
    "a note of two lines": (lambda _: {"note": "pro\nabc"}, "not-printable"),
    "a note with a null": (lambda _: {"note": "pro\0abc"}, "not-printable"),
    "a note of half a pair": (lambda _: {"note": "pro\udc80abc"}, "not-printable"),
    "a birth number": (lambda _: {"note": "r. č. 855101/1238"}, "birth-number"),
}


@pytest.mark.parametrize(("wanted", "code"), REFUSED.values(), ids=REFUSED)
def test_a_share_that_makes_no_sense_is_not_made(shared, wanted, code):
    """All faults are told at once."""
    with pytest.raises(ShareRefused) as refused:
        shared.make(**wanted(shared.clock.at))
    assert [finding.code for finding in refused.value.findings] == [code]
    with pytest.raises(ShareRefused) as refused:
        shared.make(most=0, note="ž" * 200, until=shared.clock.at)
    assert len(refused.value.findings) == 3
    assert shared.sharing.shares(ONE) == ()


def test_a_note_is_what_was_written(shared):
    """Spaces around it go, nothing else does; a blank one is none."""
    assert shared.make(note="  <b>personální & spol.</b> ’ ").share.note == "<b>personální & spol.</b> ’"
    assert shared.make(note="   ").share.note is None


def test_so_many_shares_and_no_more(shared, monkeypatch):
    """The cap is told; pages go through all of them."""
    monkeypatch.setattr(sharing_tables, "MOST_SHARES", 7)
    made = [shared.make() for _ in range(7)]
    with pytest.raises(ShareRefused, match="a credential can have 7 shares, ended ones included"):
        shared.make()
    seen, before = [], None
    while page := shared.sharing.shares(ONE, before=before, limit=3):
        seen += [share.number for share in page]
        before = page[-1].number
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert len({one.link for one in made}) == 7


def test_the_permanent_link_shows_what_its_holder_decided_else_what_settings_say(shared):
    """By institution, where it is another one."""
    assert shared.sharing.access(ONE) is Access.OPEN
    closed = SharingSettings("summary", {"toy": "closed"})
    assert sharing_of(shared.archive, shared.clock, sharing=closed).access(ONE) is Access.CLOSED
    assert (
        sharing_of(shared.archive, shared.clock, sharing=SharingSettings("summary")).access(ONE)
        is Access.SUMMARY
    )
    for access in (*Access, Access.SUMMARY):
        shared.sharing.set_access(ONE, access)
        assert sharing_of(shared.archive, shared.clock, sharing=closed).access(ONE) is access


@pytest.mark.parametrize("state", StatusValue)
def test_what_is_closed_says_that_it_was_revoked_or_replaced_and_nothing_else(shared, made, state):
    """Neither why nor by what."""
    shared.sharing.set_access(ONE, Access.CLOSED)
    if state is StatusValue.REVOKED:
        shared.archive.revoke(ONE, reason="omyl", at=made.at)
    if state is StatusValue.REPLACED:
        shared.archive.record(made.new(TWO, award=b"2"), replaces=ONE, reason="omyl")
    with pytest.raises(AccessClosed) as closed:
        shared.sharing.by_identifier(ONE)
    assert closed.value.status == CredentialStatus(state, made.at)


def test_what_replaces_a_closed_credential_is_closed_too(shared, made):
    """Else its correction would open what its holder closed."""
    shared.sharing.set_access(ONE, Access.CLOSED)
    shared.archive.record(made.new(TWO, award=b"2"), replaces=ONE, reason="omyl")
    with pytest.raises(AccessClosed):
        shared.sharing.by_identifier(TWO)


@pytest.mark.parametrize("scope", ShareScope)
def test_files_are_given_by_the_holder_and_by_shares_of_everything(shared, scope):
    """By nobody else, the permanent link included."""
    token = shared.token(scope=scope)
    _, display = shared.sharing.see(token, shared.sharing.open(token))
    assert bool(display.files) is (scope is ShareScope.ALL)
    assert shared.sharing.held(shared.sharing.held_by(shared.secret)).files
    assert shared.sharing.by_identifier(ONE).files == ()


def test_what_is_stated_is_of_the_file_that_was_judged(shared, made):
    """Even where its seal is renewed at that moment, so that the archive has another file by then."""
    judged, *_ = shared.archive.files(ONE)
    credential = next(one for one in made.new(ONE).artefacts if one.file.kind is FileKind.CREDENTIAL)
    renewed = attrs.evolve(credential, file=attrs.evolve(judged, octets=b"renewed"))

    def verify(identifier):
        files, report = shared.archive.files(identifier), Report(at=made.at, identifier=identifier)
        shared.archive.add_edition(identifier, [renewed], at=made.at)
        return files, report

    sharing = Sharing(
        lambda: shared.archive, settings=Settings(base_url=BASE), verify=verify, now=shared.clock
    )
    _, digest = sharing.to_be_stated(ONE)
    assert digest == sha256(judged.octets).hexdigest()
    assert shared.archive.files(ONE)[0].octets == b"renewed"


def test_erasing_ends_everything(shared, urls):
    """Secrets and tokens that were right say so; notes and openings are gone, with the key and from the tables."""
    token = shared.token(note="pro Ďurišovou")
    given = shared.sharing.open(token)
    held = shared.sharing.held_by(shared.secret)
    shared.archive.erase(ONE, reason=ErasureReason.HOLDER, at=shared.clock.at)
    for ask in (
        lambda: shared.sharing.look(token),
        lambda: shared.sharing.open(token),
        lambda: shared.sharing.see(token, given),
        lambda: shared.sharing.held(held),
        shared.make,
        lambda: shared.sharing.new_holder_link(ONE, actor="Růžena"),
        lambda: shared.sharing.set_access(ONE, Access.OPEN),
        lambda: shared.sharing.by_identifier(ONE),
    ):
        with pytest.raises(ErasedError):
            ask()
    engine = create_engine(urls.archive)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM openings")).scalar_one() == 0
        assert connection.execute(text("SELECT note FROM shares")).scalar_one() is None
    engine.dispose()
    assert list(urls.check()) == []


def test_of_what_is_not_there_nothing_is_shared(shared):
    """Neither links nor shares nor access."""
    for ask in (
        lambda: shared.sharing.first_holder_link(TWO),
        lambda: shared.sharing.new_holder_link(TWO, actor="Růžena"),
        lambda: shared.sharing.make(TWO, NewShare(ShareScope.ALL)),
        lambda: shared.sharing.set_access(TWO, Access.CLOSED),
    ):
        with pytest.raises(UnknownIdentifier):
            ask()
    with pytest.raises(UnknownShare):
        shared.sharing.make(TWO, NewShare(ShareScope.ALL), secret=shared.secret)


def test_a_link_made_along_with_the_record_is_made_once(archive, made):
    """Whoever sends the award again gets none."""
    new = attrs.evolve(made.new(ONE), holder_secret=hash_of("tajné"))
    assert archive.record(new).linked is True
    again = attrs.evolve(made.new(TWO), holder_secret=hash_of("jiné"))
    assert archive.record(again).linked is False
    sharing = sharing_of(archive, Clock(made.at))
    assert sharing.held_by("tajné").identifier == ONE
    with pytest.raises(UnknownShare):
        sharing.held_by("jiné")


def test_new_links_and_access_decided_for_holders_are_acts(shared, urls):
    """Who had them made is known; what a holder does is in no chain."""
    shared.sharing.new_holder_link(ONE, actor="Růžena")
    shared.sharing.set_access(ONE, Access.CLOSED, actor="key 1")
    shared.sharing.set_access(ONE, Access.OPEN)
    engine = create_engine(urls.archive)
    with engine.connect() as connection:
        done = connection.execute(text("SELECT actor, deed, subject FROM acts ORDER BY number")).all()
    engine.dispose()
    assert [tuple(row) for row in done] == [("Růžena", "holder-link", ONE), ("key 1", "access", ONE)]


DAMAGE = {  # what is changed by hand → code of the finding
    "the scope of a share": ("UPDATE shares SET scope = 'more'", "sharing-changed"),
    "how often it was opened": ("UPDATE shares SET opened = 0", "sharing-changed"),
    "when it was opened": ("DELETE FROM openings", "sharing-changed"),
    "a note, which is another one's": (
        "UPDATE shares SET note = (SELECT note FROM shares WHERE number = 2)",
        "not-decryptable",
    ),
    "what it was made of": ("UPDATE shares SET link = 7", "sharing-changed"),
    "the access": ("UPDATE link_access SET access = 'half'", "sharing-changed"),
}


@pytest.mark.parametrize(("statement", "code"), DAMAGE.values(), ids=DAMAGE)
def test_the_proof_of_the_archive_finds_what_can_be_found(shared, urls, execute, statement, code):
    """Nothing proves what holders decided; that it makes sense is proven."""
    shared.sharing.open(shared.token(note="a"))
    shared.make(note="b")
    shared.sharing.set_access(ONE, Access.SUMMARY)
    assert list(urls.check()) == []
    execute(urls.archive, statement)
    assert code in {finding.code for finding in urls.check()}


def test_a_bag_carries_what_holders_decided(shared, urls, tmp_path):
    """What was closed stays closed after an import, and links that were handed out open."""
    token = shared.token(note="pro Ďurišovou", until=shared.clock.at + timedelta(days=9), most=5)
    shared.sharing.open(token)
    gone = shared.token()
    shared.sharing.withdraw(ONE, 2)
    shared.sharing.set_access(ONE, Access.CLOSED)
    export_archive(urls.archive, keys_url=urls.keys, folder=tmp_path / "bag")
    elsewhere = attrs.evolve(
        urls,
        archive=f"sqlite:///{tmp_path / 'elsewhere.sqlite'}",
        keys=f"sqlite:///{tmp_path / 'elsewhere-keys.sqlite'}",
    )
    assert elsewhere.init()
    import_archive(elsewhere.archive, keys_url=elsewhere.keys, folder=tmp_path / "bag")
    with elsewhere.open() as archive:
        sharing = sharing_of(archive, shared.clock)
        assert sharing.shares(ONE) == shared.sharing.shares(ONE)
        assert sharing.look(token).note == "pro Ďurišovou"
        with pytest.raises(ShareEnded):
            sharing.look(gone)
        assert sharing.held_by(shared.secret).identifier == ONE
        with pytest.raises(AccessClosed):
            sharing.by_identifier(ONE)
    assert list(elsewhere.check()) == []


def test_a_bag_of_the_format_before_brings_nothing_of_holders(shared, urls, tmp_path):
    """It is imported as before; what nobody decided is as the settings say."""
    shared.sharing.set_access(ONE, Access.CLOSED)
    folder = tmp_path / "bag"
    export_archive(urls.archive, keys_url=urls.keys, folder=folder)
    whole = folder / "data/archive.json"
    whole.write_text(whole.read_text().replace("mikrocert export 3", "mikrocert export 2"))
    (file,) = (folder / "data/credentials").glob("*/*/credential.json")
    members = json.loads(file.read_text())
    del members["sharing"]
    file.write_text(json.dumps(members))
    data = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
    tags = [folder / name for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")]
    for manifest, files in (("manifest-sha256.txt", data), ("tagmanifest-sha256.txt", tags)):
        lines = (f"{sha256(one.read_bytes()).hexdigest()}  {one.relative_to(folder)}\n" for one in files)
        (folder / manifest).write_text("".join(lines))
    elsewhere = attrs.evolve(
        urls,
        archive=f"sqlite:///{tmp_path / 'elsewhere.sqlite'}",
        keys=f"sqlite:///{tmp_path / 'elsewhere-keys.sqlite'}",
    )
    assert elsewhere.init()
    import_archive(elsewhere.archive, keys_url=elsewhere.keys, folder=folder)
    with elsewhere.open() as archive:
        assert sharing_of(archive, shared.clock).access(ONE) is Access.OPEN
    assert list(elsewhere.check()) == []


def test_an_older_archive_is_read_as_one_in_which_nobody_decided_anything(shared, urls, execute):
    """While machines are brought up to date one after the other: nothing is found, and nothing can be decided."""
    execute(urls.archive, "UPDATE archive_version SET version_num = '0008_0002'")
    with urls.open() as archive:
        sharing = sharing_of(archive, shared.clock)
        assert sharing.access(ONE) is Access.OPEN
        assert sharing.shares(ONE) == ()
        with pytest.raises(UnknownShare):
            sharing.held_by(shared.secret)
        with pytest.raises(UnknownShare):
            sharing.look("x")
        with pytest.raises(NoArchiveError, match="archive upgrade"):
            sharing.set_access(ONE, Access.CLOSED)
