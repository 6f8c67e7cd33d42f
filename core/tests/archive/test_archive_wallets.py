"""Wallets: what is kept of whoever gathers credentials by holders' links, and for how long it opens anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import attrs
import pytest
from mikrocert.archive import MOST_ENTRIES, ErasureReason
from mikrocert.archive.sharing import HolderLink
from mikrocert.errors import ErasedError, ShareEnded, UnknownShare, WalletRefused
from mikrocert.report import EndReason, Report
from mikrocert.service.holders.sharing import Sharing
from mikrocert.service.holders.wallets import Wallets, pseudonym
from mikrocert.settings import Settings
from sqlalchemy import create_engine, inspect, text

ONE, TWO = "aaaaBBBB2222", "ccccDDDD3333"
MINE, HERS = (pseudonym("https://login.example.cz", who, secret=b"s" * 32) for who in ("ř-1", "ř-2"))


@attrs.define
class Clock:
    """A clock that is set by hand."""

    at: object

    def __call__(self):
        return self.at


@attrs.define
class Gathering:
    """An archive with two credentials, their holders' secrets, and wallets."""

    archive: object
    sharing: Sharing
    wallets: Wallets
    clock: Clock
    secrets: dict

    def gathered(self, owner=MINE):
        return [entry.identifier for entry in self.wallets.entries(owner)]


@pytest.fixture
def gathering(archive, made):
    archive.record(made.new(ONE))
    archive.record(made.new(TWO, evidence_number="MU/2"))
    clock = Clock(made.at)

    def verify(identifier):
        return archive.files(identifier), Report(at=clock(), identifier=identifier)

    sharing = Sharing(lambda: archive, settings=Settings(base_url="https://x.cz"), verify=verify, now=clock)
    secrets = {one: sharing.first_holder_link(one).rpartition("/")[2] for one in (ONE, TWO)}
    return Gathering(archive, sharing, Wallets(lambda: archive, sharing=sharing, now=clock), clock, secrets)


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


def test_a_wallet_has_what_its_owner_added_and_nobody_elses_has_it(gathering):
    """What was added last stands first; of the person and the secret nothing can be read in the archive."""
    wallets = gathering.wallets
    assert wallets.add(MINE, gathering.secrets[ONE]) == ONE
    gathering.clock.at += timedelta(minutes=1)
    wallets.add(MINE, gathering.secrets[TWO])
    assert gathering.gathered() == [TWO, ONE]
    assert gathering.gathered(HERS) == []
    assert wallets.see(MINE, ONE).identifier == ONE
    with pytest.raises(UnknownShare):
        wallets.see(HERS, ONE)


def test_neither_person_nor_secret_can_be_read_in_the_archive(gathering, urls):
    """The pseudonym is another one under another secret."""
    gathering.wallets.add(MINE, gathering.secrets[ONE])
    kept = stored(urls.archive)
    assert [one for one in (gathering.secrets[ONE], "ř-1", "login.example.cz") if one in kept] == []
    assert pseudonym("https://login.example.cz", "ř-1", secret=b"t" * 32) != MINE
    assert pseudonym("https://login.example.cz\n", "ř-1", secret=b"s" * 32) != MINE


@pytest.mark.parametrize("wrong", ["", "x", "ř" * 300, "\ud800", "appended"])
def test_only_a_holders_link_that_is_right_adds_anything(gathering, wrong):
    """Anything else, the right one with more behind it included, adds nothing."""
    secret = f"{gathering.secrets[ONE]}x" if wrong == "appended" else wrong
    with pytest.raises(UnknownShare):
        gathering.wallets.add(MINE, secret)
    assert gathering.gathered() == []


def test_a_replaced_holders_link_ends_what_was_added_by_it(gathering):
    """The entry says so and opens nothing; the new link opens it again."""
    wallets = gathering.wallets
    wallets.add(MINE, gathering.secrets[ONE])
    gathering.clock.at += timedelta(days=2)
    newer = gathering.sharing.new_holder_link(ONE, actor="Růžena").rpartition("/")[2]
    (entry,) = wallets.entries(MINE)
    assert (entry.link.end.reason, entry.link.end.on) == (EndReason.REPLACED, gathering.clock.at.date())
    for forbidden in (
        lambda: wallets.see(MINE, ONE),
        lambda: wallets.add(MINE, gathering.secrets[ONE]),
    ):
        with pytest.raises(ShareEnded):
            forbidden()
    wallets.add(MINE, newer)
    assert wallets.see(MINE, ONE).identifier == ONE
    assert gathering.gathered() == [ONE]


def test_removing_deletes_and_leaving_deletes_everything_of_one_person(gathering, urls):
    """Credentials, links and the wallets of others stay as they are."""
    wallets = gathering.wallets
    for owner in (MINE, HERS):
        for secret in gathering.secrets.values():
            wallets.add(owner, secret)
    wallets.remove(MINE, ONE)
    with pytest.raises(UnknownShare):
        wallets.remove(MINE, ONE)
    assert gathering.gathered() == [TWO]
    assert wallets.forget(MINE) == 1
    assert wallets.forget(MINE) == 0
    assert sorted(gathering.gathered(HERS)) == [ONE, TWO]
    assert repr(MINE) not in stored(urls.archive)
    assert gathering.sharing.held_by(gathering.secrets[ONE]).identifier == ONE


def test_what_was_erased_is_said_and_can_be_removed(gathering):
    """It can't be added any more."""
    gathering.wallets.add(MINE, gathering.secrets[ONE])
    gathering.archive.erase(ONE, reason=ErasureReason.OTHER, at=gathering.clock.at)
    assert gathering.gathered() == [ONE]
    with pytest.raises(ErasedError):
        gathering.wallets.see(MINE, ONE)
    with pytest.raises(ErasedError):
        gathering.wallets.add(HERS, gathering.secrets[ONE])
    gathering.wallets.remove(MINE, ONE)
    assert gathering.gathered() == []


def test_a_wallet_is_bounded(gathering, monkeypatch):
    """Who has as many as there can be is told so; what is there can be added again."""
    assert MOST_ENTRIES > 1
    monkeypatch.setattr("mikrocert.archive.wallets.MOST_ENTRIES", 1)
    gathering.wallets.add(MINE, gathering.secrets[ONE])
    with pytest.raises(WalletRefused):
        gathering.wallets.add(MINE, gathering.secrets[TWO])
    gathering.wallets.add(MINE, gathering.secrets[ONE])
    assert gathering.gathered() == [ONE]


def test_who_asks_what_is_held_is_told_of_wallets_and_not_whose_they_are(gathering):
    """By credential: when it was added, and by which link."""
    for owner in (MINE, HERS):
        gathering.wallets.add(owner, gathering.secrets[ONE])
    found = gathering.archive.wallets.with_credential(ONE)
    assert [(entry.link.number, entry.added_at) for entry in found] == [(1, gathering.clock.at)] * 2
    assert MINE.hex() not in repr(found)
    assert gathering.archive.wallets.with_credential(TWO) == ()


def test_the_same_added_at_one_time_is_there_once(gathering):
    """Two tabs, one wallet."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: gathering.wallets.add(MINE, gathering.secrets[ONE]), range(8)))
    assert gathering.gathered() == [ONE]


def test_a_link_that_is_not_there_opens_nothing(gathering):
    """Whatever somebody wrote into the table by hand."""
    link = HolderLink(ONE, 1, gathering.clock.at, None)
    gathering.archive.wallets.add(MINE, link, at=gathering.clock.at)
    assert gathering.archive.wallets.find(MINE, TWO) is None
    assert gathering.archive.wallets.find(b"", ONE) is None
