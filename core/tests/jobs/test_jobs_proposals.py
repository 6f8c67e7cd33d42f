"""Four eyes: what needs them is done once, when somebody else confirms it, and by nobody alone."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.accounts import Deed, ProposalState, Scope, actor_called
from mikrocert.archive import ErasureReason
from mikrocert.archive.tables import keys, proposals
from mikrocert.errors import (
    AccountError,
    ErasedError,
    HeldError,
    ProposalError,
    ProposedError,
    UnknownProposal,
)
from mikrocert.jobs import BatchState
from mikrocert.report import StatusValue
from mikrocert.service.institutions.batches import AWARD
from mikrocert.settings import FourEyesSettings
from sqlalchemy import select

SHE, HE = "person růžena@toy.example", "person ďuro@toy.example"
REASON = "Vydáno omylem Jiřímu."


@pytest.fixture
def settings(settings):
    return attrs.evolve(settings, four_eyes=FourEyesSettings(deeds=("revoke", "erase"), days=14))


def award_of(sent, number="ŘÚ/1"):
    [award] = sent.awards(number)
    return json.dumps(award, default=float).encode()


@pytest.fixture
def identifier(system, sent, work):
    """Issue an award, and return the identifier of its credential."""
    system.batches.accept("toy", award_of(sent), media_type=AWARD, actor=SHE)
    work(system)
    return system.find_award("toy", "ŘÚ/1").registration.identifier


def proposed(act):
    """Return what is proposed where something is asked for."""
    with pytest.raises(ProposedError) as error:
        act()
    return error.value.proposal


CALLED = {
    "a person": ("person reditelka-1 Růžena Řezníčková", "Růžena Řezníčková (reditelka-1)"),
    "a person without a name": ("person ďuro@toy.example", "ďuro@toy.example"),
    "a key": ("key K7mQx4Rt9bHz", "program s klíčem K7mQx4Rt9bHz"),
    "a client": ("client portál", "program jako klient portál"),
    "a user of the system": ("řehoř", "řehoř"),
}


@pytest.mark.parametrize(("actor", "called"), CALLED.values(), ids=CALLED)
def test_who_acted_is_called_as_people_do(system, actor, called):
    """What the words before a name or an identifier mean, is for programs."""
    assert system.texts.plain(actor_called(actor), "cs") == called


def revoke(system, identifier, actor=SHE):
    return proposed(lambda: system.revoke(identifier, reason=REASON, actor=actor))


def state(system, proposal):
    return system.proposals.find(None, proposal.id).state


def status(system, identifier):
    return system.archived(identifier).status.value


def test_a_revocation_waits_until_somebody_else_confirms_it(system, identifier):
    """Then it is done, with the reason that was proposed; who did what is among the acts."""
    proposal = revoke(system, identifier)
    assert (proposal.deed, proposal.subject, proposal.institution) == (Deed.REVOKE, identifier, "toy")
    assert status(system, identifier) is StatusValue.LIVE
    assert system.proposals.find("toy", proposal.id).content == {"reason": REASON}
    confirmed = system.proposals.confirm(proposal.id, actor=HE)
    assert (confirmed.state, confirmed.decided_by) == (ProposalState.CONFIRMED, HE)
    assert system.archived(identifier).status.reason == REASON
    acts = {act.deed: act for act in system.accounts.acts()}
    assert (acts["revoke"].actor, acts["revoke"].details["proposed_by"]) == (HE, SHE)
    assert acts["proposals confirm"].subject == proposal.id


def test_an_erasure_waits_too(system, identifier):
    """With its reason."""
    proposal = proposed(
        lambda: system.erase(identifier, reason=ErasureReason.HOLDER, why="č. j. 7", actor=SHE)
    )
    assert system.files(identifier)
    system.proposals.confirm(proposal.id, actor=HE)
    assert system.archived(identifier).erased_for is ErasureReason.HOLDER


def test_what_belongs_to_a_proposal_is_encrypted_and_goes_with_the_decision(system, identifier):
    """Its key, too; whether it was confirmed or refused."""
    for decide in (
        lambda one: system.proposals.refuse(one.id, actor=HE),
        lambda one: system.proposals.confirm(one.id, actor=HE),
    ):
        proposal = revoke(system, identifier)
        with system.archive.database.reading() as connection:
            row = connection.execute(select(proposals).where(proposals.c.id == proposal.id)).one()
        assert REASON.encode() not in row.content
        assert decide(proposal).content == {}
        with system.archive.database.reading() as connection:
            row = connection.execute(select(proposals).where(proposals.c.id == proposal.id)).one()
        assert row.content is None
        with system.archive.keys.database.reading() as connection:
            assert connection.execute(select(keys).where(keys.c.identifier == proposal.id)).all() == []


def two_keys(system, *, notes=("SIS", "Děkanát"), replaced=False):
    at = datetime.now(UTC)
    how = {"scopes": list(Scope), "actor": "x", "at": at}
    first = system.accounts.make_key("toy", note=notes[0], **how).key.identifier
    if replaced:
        second = system.accounts.replace_key(first, overlap=timedelta(1), actor="x", at=at).key.identifier
    else:
        second = system.accounts.make_key("toy", note=notes[1], **how).key.identifier
    return f"key {first}", f"key {second}"


ONE_HAND = {  # name → what makes the one who proposes and the one who confirms
    "the same person": lambda system: (SHE, SHE),
    "the same key": lambda system: (two_keys(system)[0],) * 2,
    "a key and the one that replaces it": lambda system: two_keys(system, replaced=True),
    "keys without a note, one after the other": lambda system: two_keys(
        system, notes=(None, None), replaced=True
    ),
    "two keys with one note": lambda system: two_keys(system, notes=("SIS", "sis")),
    "one user of the system under two names": lambda system: ("Růžena", "Ďuro"),
    "one user of the system, unnamed": lambda system: (None, "Ďuro"),
}
TWO_HANDS = {
    "two people": lambda system: (SHE, HE),
    "two keys": two_keys,
    "a key and a person": lambda system: (two_keys(system)[0], HE),
    "a key and a user of the system": lambda system: (two_keys(system)[0], None),
    "a user of the system and a person": lambda system: (None, HE),
}


@pytest.mark.parametrize("name", ONE_HAND)
def test_nobody_confirms_what_the_same_hand_proposed(system, identifier, name):
    """However it calls itself; it may take it back."""
    system.accounts.add("toy", actor="x", at=datetime.now(UTC))
    one, other = ONE_HAND[name](system)
    proposal = revoke(system, identifier, one)
    with pytest.raises(ProposalError, match="the same hand"):
        system.proposals.confirm(proposal.id, actor=other)
    assert (status(system, identifier), state(system, proposal)) == (StatusValue.LIVE, ProposalState.WAITING)
    assert system.proposals.refuse(proposal.id, actor=other).state is ProposalState.REFUSED


@pytest.mark.parametrize("name", TWO_HANDS)
def test_another_hand_confirms(system, identifier, name):
    """A program, a person who signed in, a user of the system."""
    system.accounts.add("toy", actor="x", at=datetime.now(UTC))
    one, other = TWO_HANDS[name](system)
    system.proposals.confirm(revoke(system, identifier, one).id, actor=other)
    assert status(system, identifier) is StatusValue.REVOKED


def test_another_name_is_no_other_hand(system, identifier):
    """Who signed in is who they are, whatever they are called by now."""
    proposal = revoke(system, identifier, "person růžena-1 Růžena Řezníčková")
    for called in ("person růžena-1", "person růžena-1 Růžena Nová", "person růžena-1 person ďuro-2"):
        with pytest.raises(ProposalError, match="same hand"):
            system.proposals.confirm(proposal.id, actor=called)
    system.proposals.confirm(proposal.id, actor="person růžena-12 Růžena Řezníčková")
    assert status(system, identifier) is StatusValue.REVOKED


def test_of_two_who_confirm_at_once_one_does_it(system, identifier):
    """The other one is told that it was confirmed; the deed is done once."""
    proposal = revoke(system, identifier)
    start, outcomes = threading.Barrier(2), []

    def confirm(who):
        start.wait()
        try:
            system.proposals.confirm(proposal.id, actor=who)
        except ProposalError as error:
            outcomes.append(str(error))
        else:
            outcomes.append("")

    threads = [threading.Thread(target=confirm, args=(who,)) for who in (HE, "person třetí")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["", f"{proposal.id} was confirmed"]
    assert [event.kind.value for event in system.history(identifier)] == ["issued", "revoked"]
    assert [act.deed for act in system.accounts.acts()].count("revoke") == 1


def test_after_its_time_a_proposal_is_nobodys_to_confirm(system, identifier, clock):
    """And the job that forgets destroys what belonged to it."""
    proposal = revoke(system, identifier)
    clock.move(days=15)
    for decide in (system.proposals.confirm, system.proposals.refuse):
        with pytest.raises(ProposalError, match="has expired"):
            decide(proposal.id, actor=HE)
    assert state(system, proposal) is ProposalState.EXPIRED
    system.proposals.expire()
    assert system.proposals.find("toy", proposal.id).content == {}
    assert status(system, identifier) is StatusValue.LIVE


def test_another_institutions_proposal_is_unknown(system, identifier):
    """As one that never was; it can't be decided."""
    proposal = revoke(system, identifier)
    for act in (
        lambda: system.proposals.find("jiná", proposal.id),
        lambda: system.proposals.confirm(proposal.id, institution="jiná", actor=HE),
        lambda: system.proposals.refuse(proposal.id, institution="jiná", actor=HE),
        lambda: system.proposals.find(None, "p-aaaaaaaaaa"),
    ):
        with pytest.raises(UnknownProposal):
            act()
    assert system.proposals.recent("jiná") == ()
    assert [one.id for one in system.proposals.recent("toy")] == [proposal.id]
    assert [one.id for one in system.proposals.waiting()] == [proposal.id]


def test_what_became_impossible_meanwhile_is_void(system, identifier):
    """It was revoked or erased by somebody else: whoever confirms is told so, and nothing waits any more."""
    first, second = revoke(system, identifier), revoke(system, identifier)
    erasure = proposed(lambda: system.erase(identifier, reason=ErasureReason.OTHER, actor=SHE))
    again = proposed(lambda: system.erase(identifier, reason=ErasureReason.HOLDER, actor=SHE))
    system.proposals.confirm(first.id, actor=HE)
    with pytest.raises(ProposalError, match="revoked or replaced meanwhile"):
        system.proposals.confirm(second.id, actor=HE)
    system.proposals.confirm(erasure.id, actor=HE)
    with pytest.raises(ProposalError, match="erased meanwhile"):
        system.proposals.confirm(again.id, actor=HE)
    assert {state(system, one) for one in (second, again)} == {ProposalState.VOID}
    with pytest.raises(ProposalError, match="can't be done any more"):
        system.proposals.confirm(second.id, actor=HE)


def test_a_hold_forbids_to_confirm_an_erasure_while_it_stands(system, identifier):
    """Neither proposed nor confirmed; the proposal goes on waiting."""
    proposal = proposed(lambda: system.erase(identifier, reason=ErasureReason.HOLDER, actor=SHE))
    hold = system.archive.hold(identifier, actor="x", at=datetime.now(UTC), why="Soud.")
    with pytest.raises(HeldError):
        system.proposals.confirm(proposal.id, actor=HE)
    with pytest.raises(HeldError):
        system.erase(identifier, reason=ErasureReason.HOLDER, actor=SHE)
    system.archive.end_hold(hold.number, actor="x", at=datetime.now(UTC), why="Konec.")
    system.proposals.confirm(proposal.id, actor=HE)
    with pytest.raises(ErasedError):
        system.files(identifier)


def want(system, *deeds, actor=SHE):
    at = datetime.now(UTC)
    return system.accounts.want_four_eyes("toy", map(Deed, deeds), actor=actor, at=at, why="směrnice")


@pytest.mark.parametrize("kind", ["one award", "an export", "lines"])
def test_a_batch_waits_and_is_worked_through_once_it_is_confirmed(system, sent, work, kind):
    """Whatever it was sent as; a dry run waits for nobody, and the same once more is the same proposal."""
    system.accounts.add("toy", actor="x", at=datetime.now(UTC))
    want(system, "issue")
    data, media_type = {
        "one award": (award_of(sent), AWARD),
        "an export": (sent.in_one_file("ŘÚ/1", "ŘÚ/2"), "application/json"),
        "lines": (sent.by_line("ŘÚ/1", "ŘÚ/2"), "application/jsonl"),
    }[kind]

    def send(**how):
        return system.batches.accept("toy", data, media_type=media_type, actor=SHE, **how)

    dry = send(dry_run=True)
    proposal = proposed(send)
    assert proposed(send).id == proposal.id
    work(system)
    assert system.batches.find("toy", dry.id).ended
    assert system.batches.find("toy", proposal.subject).state is BatchState.PROPOSED
    assert system.archive.count() == 0
    system.proposals.confirm(proposal.id, actor=HE)
    work(system)
    batch = system.batches.find("toy", proposal.subject)
    assert (batch.state, batch.issued) == (BatchState.DONE, 1 if kind == "one award" else 2)
    assert system.archive.count() == batch.issued


@pytest.mark.parametrize("how", ["refused", "expired"])
def test_a_batch_that_nobody_confirms_is_cancelled(system, sent, work, clock, how):
    """And forgotten as others are."""
    system.accounts.add("toy", actor="x", at=datetime.now(UTC))
    want(system, "issue")
    proposal = proposed(lambda: system.batches.accept("toy", award_of(sent), media_type=AWARD, actor=SHE))
    if how == "refused":
        system.proposals.refuse(proposal.id, actor=HE)
    else:
        clock.move(days=15)
        system.proposals.expire()
    work(system)
    assert system.batches.find("toy", proposal.subject).state is BatchState.CANCELLED
    assert system.archive.count() == 0


def test_a_batch_that_was_cancelled_is_not_set_off(system, sent):
    """Its proposal is void."""
    system.accounts.add("toy", actor="x", at=datetime.now(UTC))
    want(system, "issue")
    proposal = proposed(lambda: system.batches.accept("toy", award_of(sent), media_type=AWARD, actor=SHE))
    system.batches.cancel("toy", proposal.subject)
    with pytest.raises(ProposalError, match="was cancelled"):
        system.proposals.confirm(proposal.id, actor=HE)
    assert state(system, proposal) is ProposalState.VOID


def test_what_is_issued_without_waiting_is_refused(system, sent):
    """There is a way that waits; a dry run is free."""
    system.accounts.add("toy", actor="x", at=datetime.now(UTC))
    want(system, "issue")
    records = system.read(sent.in_one_file("ŘÚ/1"), institution="toy")
    assert list(system.issue(records, institution="toy", dry_run=True))
    with pytest.raises(AccountError, match="second pair of eyes"):
        list(system.issue(records, institution="toy"))
    assert system.archive.count() == 0


def test_to_want_four_eyes_for_less_needs_them(system):
    """Else one hand would take them away, do it, and bring them back."""
    system.accounts.add("toy", actor="x", at=datetime.now(UTC))
    assert want(system, "issue", "replace").four_eyes == {Deed.ISSUE, Deed.REPLACE}
    proposal = proposed(lambda: want(system, "issue"))
    assert system.accounts.account("toy").four_eyes == {Deed.ISSUE, Deed.REPLACE}
    system.proposals.confirm(proposal.id, actor=HE)
    assert system.accounts.account("toy").four_eyes == {Deed.ISSUE}


def test_an_approval_waits(system):
    """Once it is confirmed it can be written down as often as one likes."""
    at = datetime.now(UTC)
    how = {"actor": SHE, "at": at}
    system.accounts.add("toy", **how)
    system.accounts.conform("toy", conforms=True, details={}, **how)
    system.accounts.mandate("toy", b"x", since=at.date(), until=None, **how)
    want(system, "approve")
    proposal = proposed(lambda: system.accounts.approve("toy", **how))
    assert system.accounts.account("toy").stage.value == "mandated"
    system.proposals.confirm(proposal.id, actor=HE)
    assert system.accounts.account("toy").stage.value == "approved"
    assert system.accounts.approve("toy", **how)[0].stage.value == "approved"
