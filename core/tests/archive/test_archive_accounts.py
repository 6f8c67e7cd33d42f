"""Accounts, their keys and acts, on both databases."""

from __future__ import annotations

import logging
import re
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address, ip_network

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.accounts import Accounts, Approval, MandateRecord, Scope, Stage
from mikrocert.accounts.networks import is_within, read_network
from mikrocert.accounts.secrets import hash_of, identifier_in, new_secret
from mikrocert.archive import ErasureReason, upgrade_archive
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.errors import AccountError, ArchiveError, AuthenticationError, IntakeError, NoArchiveError
from mikrocert.service.system import open_system
from mikrocert.settings import Archive
from sqlalchemy import text

AT = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
BY = {"actor": "Ďurčanská", "at": AT}
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
ALL = frozenset(Scope)
MANDATE = MandateRecord("ab" * 32, date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def database(urls):
    opened = Database(urls.archive, schema=ARCHIVE)
    yield opened
    opened.close()


@pytest.fixture
def accounts(database):
    """Return the accounts of a sandbox in which one institution is."""
    made = Accounts(database, sandbox=True)
    made.add("řup", **BY)
    return made


def approval(**changes):
    return Approval.of(
        **{
            "institution": "řup",
            "sandbox": "https://sandbox.example",
            "approved_by": "Růžena",
            "approved_at": AT.isoformat(),
            "mandate": MANDATE,
            **changes,
        }
    )


@pytest.fixture
def production(database):
    """Return the accounts of an instance that issues real credentials, with one that is approved."""
    made = Accounts(database, sandbox=False)
    made.add_approved(approval(), **BY)
    return made


def key_of(accounts, **changes):
    return accounts.make_key("řup", **{"scopes": ALL, **BY, **changes})


def ask(accounts, secret, *, address="192.0.2.7", at=AT + HOUR):
    return accounts.authenticate(secret, address=address, at=at)


def deeds(accounts):
    return [(act.number, act.deed, act.subject, act.actor) for act in accounts.acts()]


def test_an_institution_goes_its_way_step_by_step(accounts):
    """Each step is a stage, and each an act with who, when and why."""
    run = {"conforms": True, "details": {"files": ["cd" * 32]}}
    accounts.conform("řup", **run, **{**BY, "at": AT + HOUR}, why="bez společných")
    accounts.mandate("řup", b"smlouva", since=MANDATE.since, until=None, **BY)
    account, files = accounts.approve("řup", **BY)
    assert (account.stage, account.suspended_at, files) == (Stage.APPROVED, None, ("cd" * 32,))
    assert account.mandate == MandateRecord(hash_of("smlouva").hex(), MANDATE.since, None)
    assert accounts.accounts() == (account,)
    assert [act.deed for act in accounts.acts()] == [
        "institution add",
        "institution conform",
        "institution mandate",
        "institution approve",
    ]
    second = accounts.acts()[1]
    assert (second.actor, second.at, second.why) == ("Ďurčanská", AT + HOUR, "bez společných")
    assert second.details == {"conforms": True, "files": ["cd" * 32]}


TOO_EARLY = {  # name → a step for which an institution in the sandbox is not far enough
    "a mandate": lambda a: a.mandate("řup", b"x", since=MANDATE.since, until=None, **BY),
    "an approval": lambda a: a.approve("řup", **BY),
}
REFUSED = {  # name → (step, message)
    "a second account": (lambda a: a.add("řup", **BY), "has an account already"),
    "no account": (lambda a: a.suspend("ďup", why="x", **BY), "ďup has no account"),
    "nothing to resume": (lambda a: a.resume("řup", why="x", **BY), "is not suspended"),
    "an import into a sandbox": (lambda a: a.add_approved(approval(), **BY), "this is a sandbox"),
    "a key for nothing": (lambda a: key_of(a, scopes=()), "at least one scope"),
    "a key that is over": (lambda a: key_of(a, expires_at=AT), "expired already"),
    "no network": (lambda a: key_of(a, networks=["řup"]), "'řup' is no network"),
    "a network with bits too many": (lambda a: key_of(a, networks=["192.0.2.1/24"]), "is no network"),
    "too many networks": (
        lambda a: key_of(a, networks=[f"2001:db8:{n:x}::/48" for n in range(400)]),
        "too many networks",
    ),
    "a note of two lines": (lambda a: key_of(a, note="a\nb"), "the note has to be a line"),
    "an unknown key": (lambda a: a.end_key("K7mQx4Rt9bHz", **BY), "there is no key K7mQx4Rt9bHz"),
    "nobody": (lambda a: a.suspend("řup", why="x", actor=" ", at=AT), "the name of who acts has to be"),
    "an invisible name": (lambda a: a.suspend("řup", why="x", actor="a\u202eb", at=AT), "can be seen"),
    "an endless reason": (lambda a: a.suspend("řup", why="x" * 1001, actor="a", at=AT), "1 to 1000"),
    **{name: (step, "it has to be") for name, step in TOO_EARLY.items()},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_no_trace(accounts, name):
    """Neither an account nor a key changes, nor is there an act of what was not done."""
    step, fault = REFUSED[name]
    before = accounts.accounts(), accounts.keys(), accounts.acts()
    with pytest.raises(ArchiveError, match=fault):
        step(accounts)
    assert (accounts.accounts(), accounts.keys(), accounts.acts()) == before


SANDBOX_ONLY = {  # name → what is done in the sandbox only
    "open without approval": lambda a: a.add("ďup", **BY),
    "try conformance": lambda a: a.conform("řup", conforms=True, details={}, **BY),
    "approve": lambda a: a.approve("řup", **BY),
}


@pytest.mark.parametrize("name", SANDBOX_ONLY)
def test_the_way_is_gone_in_the_sandbox(production, name):
    """Where real credentials are issued, an account is opened by an approval and by nothing else."""
    with pytest.raises(AccountError, match="here real credentials are issued"):
        SANDBOX_ONLY[name](production)


def test_an_institution_that_does_not_conform_stays_where_it_is(accounts):
    """The run is an act all the same; one that conforms never falls back."""
    assert accounts.conform("řup", conforms=False, details={}, **BY).stage is Stage.SANDBOX
    assert accounts.conform("řup", conforms=True, details={}, **BY).stage is Stage.CONFORMANT
    assert accounts.conform("řup", conforms=False, details={}, **BY).stage is Stage.CONFORMANT
    assert [act.details["conforms"] for act in accounts.acts()[1:]] == [False, True, False]


ENDED = {  # name → (first day, last day, message)
    "it has ended": (date(2025, 1, 1), date(2026, 11, 29), "the mandate ended on"),
    "it ends before it begins": (date(2027, 1, 1), date(2026, 12, 31), "before it begins"),
}


@pytest.mark.parametrize("name", ENDED)
def test_a_mandate_that_holds_no_more_is_no_ground(accounts, database, name):
    """It is neither recorded nor brought along by an approval."""
    since, until, fault = ENDED[name]
    accounts.conform("řup", conforms=True, details={}, **BY)
    with pytest.raises(AccountError, match=fault):
        accounts.mandate("řup", b"x", since=since, until=until, **BY)
    brought = approval(institution="ďup", mandate=MandateRecord("", since, until))
    if "ended" in fault:
        with pytest.raises(AccountError, match=fault):
            Accounts(database, sandbox=False).add_approved(brought, **BY)


def test_an_approval_is_read_as_it_was_written():
    """Member by member; other files are refused with the place of the fault."""
    facts = approval(
        conformance=("cd" * 32,), settings={"institutions": {"řup": {"agreed_on": "2026-01-01"}}}
    )
    assert Approval.read(facts.octets) == facts
    for octets, fault in {
        b"{}": "mandatory and missing",
        b"[]": "it has to be an object",
        b"\xff": "UTF-8",
        facts.octets.replace(b"approval 1", b"approval 2"): "'approval 1' would be right",
        facts.octets.replace(b"since", b"from"): "unknown member",
    }.items():
        with pytest.raises(IntakeError, match=fault):
            Approval.read(octets)


def test_a_key_opens_and_is_stored_as_hash_only(accounts, urls, tmp_path, dialect):
    """Who has its text is its institution; the text is nowhere in the database, nor in what is printed of the key."""
    new = key_of(accounts, note="studijní systém", networks=["192.0.2.0/24"], expires_at=AT + YEAR)
    caller = ask(accounts, new.secret)
    assert (caller.institution, caller.scopes, caller.name) == ("řup", ALL, f"key {new.key.identifier}")
    assert all(caller.may(scope) for scope in Scope)
    assert re.fullmatch(r"mikrocert_[0-9A-Za-z]{12}_[0-9A-Za-z]{50}", new.secret)
    assert new.secret not in repr(new)
    random = new.secret[-50:]
    assert accounts.keys("řup") == (attrs.evolve(new.key, used_on=date(2026, 11, 30)),)
    assert random not in repr(accounts.acts()) + repr(accounts.keys())
    if dialect == "sqlite":
        assert random.encode() not in (tmp_path / "archive.sqlite").read_bytes()


WRONG = {  # name → what is sent instead of the key
    "nothing": lambda s: "",
    "blanks": lambda s: f" {s} ",
    "the prefix": lambda s: "mikrocert_",
    "cut short": lambda s: s[:-1],
    "one character too many": lambda s: s + "a",
    "another case": str.swapcase,
    "one character changed": lambda s: s[:40] + ("b" if s[40] == "a" else "a") + s[41:],
    "a character of no key": lambda s: s[:40] + "ů" + s[41:],
    "a surrogate": lambda s: s[:40] + "\ud800" + s[41:],
    "a NUL": lambda s: s[:40] + "\0" + s[41:],
    "a line more": lambda s: s + "\n",
    "a megabyte": lambda s: s + "a" * 1024 * 1024,
    "the identifier": lambda s: s[10:22],
    "a statement": lambda s: "' OR 1=1 --".ljust(len(s)),
    "a key that nobody made": lambda s: new_secret()[1],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_key_is_refused_with_one_sentence(accounts, name, caplog):
    """Nobody learns which part was wrong, and the log of the program has nothing of what was sent."""
    secret = key_of(accounts).secret
    sent = WRONG[name](secret)
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationError) as caught:
        ask(accounts, sent)
    assert (str(caught.value), caught.value.__cause__) == ("the key is not valid here", None)
    assert not sent.strip() or sent.strip() not in caplog.text


def test_a_right_identifier_needs_the_right_secret(accounts, database, execute, urls):
    """Also where the text is well formed: it is the hash that counts."""
    key = key_of(accounts).key
    other = key_of(accounts)
    with database.writing() as connection:
        connection.execute(text("DELETE FROM api_keys WHERE identifier = :i"), {"i": other.key.identifier})
        connection.execute(
            text("UPDATE api_keys SET identifier = :o WHERE identifier = :i"),
            {"o": other.key.identifier, "i": key.identifier},
        )
    with pytest.raises(AuthenticationError):
        ask(accounts, other.secret)


def ended(accounts, key):
    accounts.end_key(key.identifier, why="unikl", **{**BY, "at": AT + 2 * HOUR})


UNUSABLE = {  # name → (how the key is made, what is done then, from where and when it is used)
    "ended": ({}, ended, {"at": AT + 3 * HOUR}),
    "ended, and the clock set back": ({}, ended, {"at": AT}),
    "expired": ({"expires_at": AT + HOUR}, None, {"at": AT + HOUR}),
    "the clock set back before it was made": ({}, None, {"at": AT - HOUR}),
    "from a foreign network": ({"networks": ["192.0.2.0/24"]}, None, {"address": "198.51.100.7"}),
    "from nowhere": ({"networks": ["192.0.2.0/24"]}, None, {"address": None}),
    "from what is no address": ({"networks": ["192.0.2.0/24"]}, None, {"address": "192.0.2.7, 192.0.2.8"}),
    "for what is not allowed": (
        {"scopes": [Scope.ISSUE]},
        lambda a, key: a.suspend("řup", why="unikl", **BY),
        {},
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_key_is_refused(accounts, name, caplog):
    """The right secret, and yet: one sentence for the asker, the reason in the log of the program."""
    made, then, asked = UNUSABLE[name]
    new = key_of(accounts, **made)
    if then is not None:
        then(accounts, new.key)
    with caplog.at_level(logging.INFO), pytest.raises(AuthenticationError, match="the key is not valid here"):
        ask(accounts, new.secret, **asked)
    assert f"{new.key.identifier} refused: " in caplog.text
    assert new.secret not in caplog.text


WITHIN = {  # name → (address, networks)
    "the whole internet": ("203.0.113.9", ()),
    "nowhere known, and every network": (None, ()),
    "in a network": ("192.0.2.255", ("198.51.100.0/24", "192.0.2.0/24")),
    "the address itself": ("192.0.2.1", ("192.0.2.1",)),
    "IPv4 in IPv6": ("::ffff:192.0.2.1", ("192.0.2.0/24",)),
    "IPv4, and the network in IPv6": ("192.0.2.1", ("::ffff:192.0.2.0/120",)),
    "IPv6": ("2001:db8::1", ("2001:db8::/32",)),
    "IPv6 in capitals": ("2001:DB8:0::1", ("2001:db8::/32",)),
}
OUTSIDE = {  # name → (address, networks)
    "another network": ("192.0.3.1", ("192.0.2.0/24",)),
    "IPv6 that only begins with zeros": ("::192.0.2.1", ("192.0.2.0/24",)),
    "IPv6 where IPv4 is meant": ("2001:db8::1", ("0.0.0.0/0",)),
    "octal digits": ("0300.0.02.01", ("192.0.2.0/24",)),
    "with a port": ("192.0.2.1:443", ("192.0.2.0/24",)),
}


def test_networks_are_told_by_address():
    """Whichever way IPv4 is written."""
    for name, (address, networks) in WITHIN.items():
        assert is_within(address, map(read_network, networks)), name
    for name, (address, networks) in OUTSIDE.items():
        assert not is_within(address, map(read_network, networks)), name


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_mapped_addresses_are_told_as_plain_ones(address, base, length):
    """A law for all addresses and networks, mapped or not."""
    network = ip_network((base, length), strict=False)
    plain = ip_address(address)
    mapped = f"::ffff:{network.network_address}/{length + 96}"
    for asking in (str(plain), f"::ffff:{plain}"):
        for allowed in (str(network), mapped):
            assert is_within(asking, [read_network(allowed)]) is (plain in network)


@given(st.integers(0, 72), st.characters(codec="utf-8"))
def test_no_slip_of_the_pen_is_taken_for_a_key(position, character):
    """One wrong character anywhere is found without asking a database."""
    identifier, secret = new_secret()
    assert identifier_in(secret) == identifier
    slip = secret[:position] + character + secret[position + 1 :]
    assert identifier_in(slip) == (identifier if slip == secret else None)


ALLOWED = {  # name → (what is done, at which moment, what the key may then do)
    "approved": (None, AT, ALL),
    "suspended": (lambda a: a.suspend("řup", why="x", **BY), AT, {Scope.READ}),
    "resumed": (
        lambda a: (a.suspend("řup", why="x", **BY), a.resume("řup", why="y", **BY)),
        AT,
        ALL,
    ),
    "the mandate has ended": (None, datetime(2027, 1, 1, tzinfo=UTC), {Scope.READ, Scope.REVOKE}),
    "on the last day of the mandate": (None, datetime(2026, 12, 31, 22, 59, tzinfo=UTC), ALL),
    "a new mandate": (
        lambda a: a.mandate("řup", b"x", since=date(2026, 6, 1), until=date(2027, 6, 1), **BY),
        datetime(2027, 1, 1, tzinfo=UTC),
        ALL,
    ),
    "a mandate that doesn't hold yet": (
        lambda a: a.mandate("řup", b"x", since=date(2027, 6, 1), until=None, **BY),
        AT,
        {Scope.READ, Scope.REVOKE},
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_the_state_of_an_account_says_what_its_keys_may(production, name):
    """In production nobody issues without approval and mandate; what was issued before can still be revoked and read."""
    then, at, allowed = ALLOWED[name]
    secret = key_of(production).secret
    if then is not None:
        then(production)
    assert ask(production, secret, at=at).scopes == allowed


@pytest.mark.parametrize("name", ALLOWED)
def test_the_state_of_an_account_says_what_its_people_may(production, name):
    """Whoever signed in somewhere else may no more than a key."""
    then, at, allowed = ALLOWED[name]
    if then is not None:
        then(production)
    person = production.person("řup", scopes=ALL, name="Ďurďa Řezníčková, a1", at=at)
    assert (person.institution, person.scopes, person.name) == ("řup", allowed, "Ďurďa Řezníčková, a1")
    assert production.person("řup", scopes=[Scope.READ], name="x", at=at).scopes == {Scope.READ}


NOBODYS = {  # name → (institution, scopes, name, error)
    "no account": ("ďup", ALL, "x", AuthenticationError),
    "nothing granted": ("řup", (), "x", AuthenticationError),
    "nothing allowed now": ("řup", [Scope.ISSUE], "x", AuthenticationError),
    "no name": ("řup", ALL, " ", ArchiveError),
    "a name that hides": ("řup", ALL, "a\u202eb", ArchiveError),
    "a name without end": ("řup", ALL, "x" * 101, ArchiveError),
}


@pytest.mark.parametrize("name", NOBODYS)
def test_who_may_nothing_is_nobody(production, name):
    """Each is refused."""
    institution, scopes, called, error = NOBODYS[name]
    production.suspend("řup", why="x", **BY)
    with pytest.raises(error):
        production.person(institution, scopes=scopes, name=called, at=AT)


def test_in_a_sandbox_everybody_may_issue(accounts):
    """Until the account is suspended."""
    secret = key_of(accounts, scopes=[Scope.ISSUE, Scope.READ]).secret
    assert ask(accounts, secret).scopes == {Scope.ISSUE, Scope.READ}
    accounts.suspend("řup", why="unikl klíč", **BY)
    assert ask(accounts, secret).scopes == {Scope.READ}
    with pytest.raises(AccountError, match="suspended since"):
        accounts.suspend("řup", why="znovu", **BY)


def test_the_day_of_use_is_written_once_a_day(accounts, database, monkeypatch):
    """Not at each request; and where it can't be written, the key opens all the same."""
    new = key_of(accounts)
    acts = []
    writing = database.writing
    monkeypatch.setattr(database, "writing", lambda: acts.append(1) or writing())
    for hours in (1, 2, 3):
        ask(accounts, new.secret, at=AT + hours * HOUR)
    assert len(acts) == 1
    ask(accounts, new.secret, at=AT + 24 * HOUR)
    ask(accounts, new.secret, at=AT + HOUR)
    assert (len(acts), accounts.key(new.key.identifier).used_on) == (2, date(2026, 12, 1))

    def broken():
        message = "the archive can't be written"
        raise ArchiveError(message)

    monkeypatch.setattr(database, "writing", broken)
    assert ask(accounts, new.secret, at=AT + 48 * HOUR).institution == "řup"


def test_a_key_is_replaced_with_an_overlap(accounts):
    """Both open until the overlap is over; the new one has all of the old one but its secret."""
    old = key_of(accounts, scopes=[Scope.READ], networks=["192.0.2.0/24"], note="x", expires_at=AT + YEAR)
    new = accounts.replace_key(old.key.identifier, overlap=2 * HOUR, actor="a", at=AT + HOUR)
    same = {"identifier", "made_at", "expires_at"}
    for field in attrs.fields(type(new.key)):
        if field.name not in same:
            assert getattr(new.key, field.name) == getattr(old.key, field.name)
    assert new.key.expires_at - new.key.made_at == YEAR
    for secret in (old.secret, new.secret):
        assert ask(accounts, secret, at=AT + 2 * HOUR).institution == "řup"
    with pytest.raises(AuthenticationError):
        ask(accounts, old.secret, at=AT + 3 * HOUR)
    assert ask(accounts, new.secret, at=AT + 3 * HOUR).institution == "řup"
    for at in (AT + 2 * HOUR, AT + 4 * HOUR):
        with pytest.raises(AccountError, match=r"was replaced before|is over already"):
            accounts.replace_key(old.key.identifier, overlap=HOUR, actor="a", at=at)


def test_an_overlap_never_lengthens_a_life(accounts):
    """A key that would have expired earlier does."""
    old = key_of(accounts, expires_at=AT + HOUR)
    accounts.replace_key(old.key.identifier, overlap=YEAR, **BY)
    assert accounts.key(old.key.identifier).expires_at == AT + HOUR
    with pytest.raises(AccountError, match="negative"):
        accounts.replace_key(old.key.identifier, overlap=-HOUR, **BY)


def test_a_key_is_ended_once(accounts):
    """The second time it is over already."""
    new = key_of(accounts)
    assert accounts.end_key(new.key.identifier, why="unikl", **BY).ended_at == AT
    with pytest.raises(AccountError, match="over already"):
        accounts.end_key(new.key.identifier, **BY)
    assert [act.deed for act in accounts.acts()] == ["institution add", "key make", "key end"]


def test_a_database_that_is_gone_is_an_error_of_the_archive(accounts, execute, urls):
    """Neither a valid key nor an invalid one: the asker is told that it can't be found out."""
    secret = key_of(accounts).secret
    execute(urls.archive, "DROP TABLE archive_version")
    with pytest.raises(NoArchiveError):
        ask(accounts, secret)


CHANGED = {  # name → (statement, code of the finding)
    "another actor": ("UPDATE acts SET actor = 'nikdo' WHERE number = 2", "act-changed"),
    "another reason": ("UPDATE acts SET why = NULL WHERE number = 2", "act-changed"),
    "other details": ("UPDATE acts SET details = '{}' WHERE number = 3", "act-changed"),
    "one gone": ("DELETE FROM acts WHERE number = 2", "act-missing"),
    "another chain": ("UPDATE acts SET previous = 'x' WHERE number = 1", "act-missing"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_the_check_finds_acts_that_were_changed(accounts, urls, execute, name):
    """The fence keeps from slips, the chain of hashes tells what somebody did without it."""
    accounts.suspend("řup", why="unikl klíč", **BY)
    key_of(accounts)
    check = urls.check()
    assert (list(check), check.counts.acts) == ([], 3)
    statement, code = CHANGED[name]
    with pytest.raises(Exception, match="keeps everything as it was recorded"):
        execute(urls.archive, statement)
    execute(urls.archive, statement, fence=False)
    upgrade_archive(urls.archive, keys_url=urls.keys)
    codes = {finding.code for finding in urls.check()}
    assert code in codes
    assert all(found.startswith("act-") for found in codes)


def test_details_that_are_damaged_are_told(accounts, urls, execute):
    """Acts are not shown as something that they aren't."""
    execute(urls.archive, "UPDATE acts SET details = 'ř'", fence=False)
    with pytest.raises(ArchiveError, match=r"acts\[1\] is damaged"):
        accounts.acts()


def test_acts_are_read_page_by_page(accounts):
    """From a moment on, or after one that was read."""
    for hour in range(1, 4):
        accounts.suspend("řup", why="x", actor="a", at=AT + hour * HOUR)
        accounts.resume("řup", why="y", actor="a", at=AT + hour * HOUR)
    assert [act.number for act in accounts.acts(since=AT + 3 * HOUR)] == [6, 7]
    assert [act.number for act in accounts.acts(after=2, limit=2)] == [3, 4]


def test_revoking_and_erasing_are_acts(toy, urls, made, tmp_path):
    """Who did it, and once; why is in the event and not in the act."""
    settings = toy.settings(tmp_path, archive=Archive(url=urls.archive, keys=urls.keys))
    with open_system(settings, plugins=toy.plugins()) as system:
        system.archive.record(made.new("K7mQx4Rt9bHz"))
        for _ in range(2):
            system.revoke("K7mQx4Rt9bHz", reason="omyl", actor="Růžena")
        system.erase("K7mQx4Rt9bHz", reason=ErasureReason.OTHER, actor="key K7mQx4Rt9bHz")
        assert deeds(system.accounts) == [
            (1, "revoke", "K7mQx4Rt9bHz", "Růžena"),
            (2, "archive erase", "K7mQx4Rt9bHz", "key K7mQx4Rt9bHz"),
        ]
        assert "omyl" not in repr(system.accounts.acts())


def test_a_system_without_archive_has_no_accounts(toy, tmp_path):
    """There is nothing to keep them in."""
    with open_system(toy.settings(tmp_path, archive=None), plugins=toy.plugins()) as system:
        assert system.accounts is None


def test_an_archive_of_the_first_version_is_upgraded(old_urls):
    """What is in it stays, accounts and acts are added, and the fence is around the acts, too."""
    assert list(old_urls.check()) == []
    with old_urls.open() as archive:
        Accounts(archive.database, sandbox=True).add("řup", **BY)
