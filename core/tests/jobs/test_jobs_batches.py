"""Batches: what an institution sends is worked through by jobs, once, whatever happens on the way."""

from __future__ import annotations

import io
import json
import threading
import zipfile

import attrs
import pytest
from mikrocert.archive import ErasureReason, check_archive
from mikrocert.archive.tables import keys
from mikrocert.errors import ArchiveError, IntakeError, SealError, SettingsError, UnknownBatch, UnknownOffer
from mikrocert.jobs import BatchState
from mikrocert.jobs.tables import batch_pieces, batch_results, batches
from mikrocert.service.institutions.batches import AWARD
from mikrocert.service.issuing.securing import Securing
from mikrocert.service.system import open_system
from mikrocert.testing import example_award
from sqlalchemy import select

JSON, LINES = "application/json", "application/jsonl"
PIECE = 3
MANY = tuple(f"ŘÚ/{number}" for number in range(2 * PIECE + 2))


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr("mikrocert.service.institutions.batches.PIECE", PIECE)


def accept(system, data, media_type=JSON, **how):
    return system.batches.accept("toy", data, **{"media_type": media_type, "actor": "key ďů", **how})


def ended(system, batch):
    return system.batches.find("toy", batch.id)


def identifiers(system):
    return {one.evidence_number: one.identifier for one in system.archive.registrations()}


def stored(system, table):
    with system.archive.database.reading() as connection:
        return connection.execute(select(table)).all()


def key_of(system, batch):
    with system.archive.keys.database.reading() as connection:
        return connection.execute(select(keys).where(keys.c.identifier == batch.id)).one_or_none()


WAYS = {  # how something is sent → (what makes it, media type)
    "an export in the institution's layout": ("in_one_file", JSON),
    "JSON Lines": ("by_line", LINES),
    "lines under another name": ("by_line", "application/x-ndjson; charset=utf-8"),
}


@pytest.mark.parametrize("way", WAYS)
def test_everything_that_is_sent_is_issued(system, sent, work, way):
    """In several pieces; each record has its number, its credential and its place."""
    make, media_type = WAYS[way]
    batch = accept(system, getattr(sent, make)(*MANY), media_type)
    assert not batch.ended
    work(system)
    done = ended(system, batch)
    assert (done.state, done.total, done.done, done.issued) == (BatchState.DONE, *[len(MANY)] * 3)
    results = system.batches.results("toy", batch.id, limit=1000)
    assert [one.number for one in results] == list(range(1, len(MANY) + 1))
    assert {one.evidence_number: one.identifier for one in results} == identifiers(system)
    assert all(one.created and not one.refused for one in results)
    assert [one.line for one in results] == (
        list(range(1, len(MANY) + 1)) if make == "by_line" else [None] * len(MANY)
    )
    assert system.queue.idle()


def test_one_award_is_a_batch_of_one(system, sent, work):
    """In the canonical form, as it is."""
    [award] = sent.awards("ŘÚ/1")
    batch = accept(system, json.dumps(award, default=float).encode(), AWARD)
    assert batch.total == 1
    work(system)
    [result] = system.batches.results("toy", batch.id)
    assert system.archived(result.identifier).registration.evidence_number == "ŘÚ/1"


def test_one_award_is_taken_before_what_many_wait_for(system, sent):
    """What a hundred thousand wait for waits for one, not the other way round."""
    accept(system, sent.by_line(*map(str, range(1100))), LINES)
    accept(system, sent.by_line("a", "b"), LINES)
    export = accept(system, sent.in_one_file("c"))
    [award] = sent.awards("one")
    one = accept(system, json.dumps(award, default=float).encode(), AWARD)
    order = [job.job.arguments["batch"] for job in system.queue.jobs()]
    assert order[:2] == [one.id, export.id]


@pytest.mark.parametrize("make", ["in_one_file", "by_line"])
def test_nothing_more_is_issued_once_the_account_is_suspended(system, sent, work, make):
    """What is on its way already isn't either; a dry run seals nothing, and goes on. Sent again after that it is issued."""
    how = {"actor": "ďů", "at": system.now()}
    system.the_accounts().add("toy", **how)
    data, media_type = getattr(sent, make)(*MANY), LINES if make == "by_line" else JSON
    batch, tried = accept(system, data, media_type), accept(system, data, media_type, dry_run=True)
    system.the_accounts().suspend("toy", why="unikl klíč", **how)
    work(system)
    done = ended(system, batch)
    assert (done.state, done.issued, done.refused) == (BatchState.DONE, 0, len(MANY))
    assert identifiers(system) == {}
    results = system.batches.results("toy", batch.id, limit=1000)
    assert [one.evidence_number for one in results] == list(MANY)
    assert {finding["code"] for one in results for finding in one.findings} == {"account-suspended"}
    assert ended(system, tried).passed == len(MANY)
    system.the_accounts().resume("toy", why="nový klíč", **how)
    again = accept(system, data, media_type)
    work(system)
    assert ended(system, again).issued == len(MANY)


def test_what_is_refused_comes_back_with_every_fault(system, sent, work):
    """The others go on; faults are told in every language."""
    good, other, bad = sent.awards("1", "2", "3")
    bad["workload"] = {}
    lines = [
        json.dumps(good, default=float),
        "",
        json.dumps(bad, default=float),
        "[1]",
        "{broken",
        json.dumps(other, default=float),
    ]
    batch = accept(system, "\n".join(lines).encode(), LINES)
    assert batch.total == 5
    work(system)
    done = ended(system, batch)
    assert (done.issued, done.refused, done.done) == (2, 3, 5)
    refused = system.batches.results("toy", batch.id, refused=True)
    assert [(one.number, one.line, one.evidence_number) for one in refused] == [
        (2, 3, "3"),
        (3, 4, None),
        (4, 5, None),
    ]
    for one in refused:
        assert one.identifier is None
        assert {"code", "severity", "path", "message"} <= set(one.findings[0])
        assert {"cs", "en"} <= set(one.findings[0]["message"])
    assert [one.number for one in system.batches.results("toy", batch.id, refused=False)] == [1, 5]
    assert [one.number for one in system.batches.results("toy", batch.id, after=2, limit=2)] == [3, 4]


UNUSABLE = {  # name → (data, media type)
    "no JSON": (b"{", JSON),
    "no awards": (b"{}", JSON),
    "no record": (b'{"awards": []}', JSON),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_read_is_unusable_and_says_why(system, work, name):
    """It is read by a job, and not tried again."""
    batch = accept(system, UNUSABLE[name][0], UNUSABLE[name][1], intake="json")
    work(system)
    done = ended(system, batch)
    assert (done.state, done.ended, done.total) == (BatchState.UNUSABLE, True, None)
    assert done.findings[0]["code"]
    assert "cs" in done.findings[0]["message"]
    assert [job.job.task for job in system.queue.jobs()] == ["forget-batches"]


NOT_TAKEN = {  # name → (data, changes, error, message)
    "nothing": (b"", {}, IntakeError, "no record"),
    "only spaces": (b" \n\n", {}, IntakeError, "no record"),
    "no line": (b"\n \n", {"media_type": LINES}, IntakeError, "no record"),
    "a line without end": (b"x" * (1024 * 1024 + 2), {"media_type": LINES}, IntakeError, "line 1 has more"),
    "too much": (b"x" * (16 * 1024 * 1024 + 1), {}, IntakeError, "more than 16777216 octets"),
    "an unknown intake": (b"{}", {"intake": "xlsx-of-nobody"}, UnknownOffer, "xlsx-of-nobody"),
    "an unknown format": (b"{}", {"formats": ("nic",)}, UnknownOffer, "nic"),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_is_not_taken_leaves_nothing_behind(system, name):
    """Neither a batch nor a job nor a key."""
    data, how, error, fault = NOT_TAKEN[name]
    with pytest.raises(error, match=fault):
        accept(system, data, **how)
    assert system.batches.recent("toy") == system.queue.jobs() == ()
    assert not stored(system, batches)
    assert not stored(system, batch_pieces)
    assert [one.identifier for some in system.archive.keys.walk() for one in some] in ([], ["batch-digest"])


def test_an_unknown_institution_sends_nothing(system):
    """It is told at once."""
    with pytest.raises(UnknownOffer, match="nobody"):
        system.batches.accept("nobody", b"{}", media_type=JSON, actor="x")


def test_without_an_operator_nothing_is_taken(toy, settings):
    """Nothing could be issued of it."""
    with (
        open_system(attrs.evolve(settings, operator=None), plugins=toy.plugins()) as system,
        pytest.raises(SettingsError, match="operator"),
    ):
        accept(system, b"{}")


def test_the_same_sent_twice_at_once_is_one_batch(system, sent, work):
    """Whoever comes second gets the first one; what is sent after its end gets the same credentials."""
    data = sent.by_line(*MANY)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(accept(system, data, LINES).id)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert accept(system, data, LINES, dry_run=True).id not in found
    work(system)
    again = accept(system, data, LINES)
    assert again.id not in found
    work(system)
    done = ended(system, again)
    assert (done.issued, done.repeated) == (0, len(MANY))
    assert len(identifiers(system)) == len(MANY)


def test_the_same_of_two_institutions_is_two_batches(toy, system, sent):
    """Neither learns of the other."""
    system.plugins.add(toy.offering("institutions", "tay", lambda _: toy.University()), name="other")
    data = sent.by_line("1")
    first = accept(system, data, LINES)
    other = system.batches.accept("tay", data, media_type=LINES, actor="x")
    assert first.id != other.id
    for ask in (
        system.batches.find,
        system.batches.results,
        system.batches.cancel,
        system.batches.archive_of,
    ):
        with pytest.raises(UnknownBatch, match=first.id):
            ask("tay", first.id)
        with pytest.raises(UnknownBatch, match="b-nic"):
            ask("tay", "b-nic")
    with pytest.raises(UnknownBatch):
        system.batches.wait("tay", first.id, seconds=0)
    assert [one.id for one in system.batches.recent("tay")] == [other.id]
    assert {one.id for one in system.batches.recent(None)} == {first.id, other.id}
    assert [one.id for one in system.batches.on_their_way()] == [first.id, other.id]
    system.batches.cancel("toy", first.id)
    assert [one.id for one in system.batches.on_their_way()] == [other.id]


def test_recent_batches_come_page_by_page(system, sent, clock):
    """The newest first."""
    made = []
    for number in range(5):
        made.append(accept(system, sent.by_line(str(number)), LINES).id)
        clock.move(seconds=1)
    first = system.batches.recent("toy", limit=3)
    rest = system.batches.recent("toy", before=first[-1].id, limit=3)
    assert [one.id for one in (*first, *rest)] == made[::-1]


def test_a_dry_run_seals_and_records_nothing(system, sent, work):
    """It counts what would be issued."""
    batch = accept(system, sent.by_line("1", "2"), LINES, dry_run=True)
    work(system)
    done = ended(system, batch)
    assert (done.passed, done.issued, done.done) == (2, 0, 2)
    assert identifiers(system) == {}
    assert [one.identifier for one in system.batches.results("toy", batch.id)] == [None, None]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_number_that_stands_twice_in_an_export_is_told_however_far_apart(system, sent, work, dry_run):
    """Also where other pieces lie between, so that a dry run promises nothing that sending refuses; what was refused takes no number."""
    wrong, *others = sent.awards("ŘÚ/0", *MANY, "ŘÚ/1", "ŘÚ/2")
    wrong["workload"] = {}
    others[-2]["title"] = {"cs": "Jiný název", "en": "Another title"}
    data = json.dumps({"awards": [wrong, *others]}, default=float).encode()
    batch = accept(system, data, dry_run=dry_run)
    work(system)
    results = system.batches.results("toy", batch.id, limit=1000)
    found = {one.number: {finding["code"] for finding in one.findings} for one in results if one.findings}
    assert found.pop(1)
    assert found == {len(MANY) + 2: {"already-issued"}, len(MANY) + 3: {"repeated"}}
    assert [one.number for one in results if one.refused] == [1, len(MANY) + 2]


@pytest.mark.parametrize("way", WAYS)
def test_what_a_dry_run_tried_can_be_sent_as_it_is(system, sent, work, way):
    """The very octets, in the same way, by whoever sends them; the dry run stays what it was."""
    make, media_type = WAYS[way]
    tried = accept(system, getattr(sent, make)(*MANY), media_type, dry_run=True)
    work(system)
    batch = system.batches.send("toy", tried.id, actor="Ředitelka")
    work(system)
    done = ended(system, batch)
    assert (done.actor, done.options.dry_run) == ("Ředitelka", False)
    assert attrs.evolve(done.options, dry_run=True) == tried.options
    assert (done.issued, set(identifiers(system))) == (len(MANY), set(MANY))
    assert ended(system, tried).passed == len(MANY)


def test_a_correction_that_was_tried_is_sent_with_its_reason(system, sent, work):
    """The reason comes along, and is the one that verifiers of the old one read."""
    accept(system, sent.by_line("Ř/1"), LINES)
    work(system)
    [old] = identifiers(system).values()
    award = sent.awards("Ř/1")[0] | {"title": {"cs": "Oprava", "en": "Correction"}}
    how = {"replaces": old, "reason": "Překlep v názvu.", "dry_run": True}
    tried = accept(system, json.dumps(award, default=float).encode(), AWARD, **how)
    work(system)
    assert system.archived(old).status.successor is None
    system.batches.send("toy", tried.id, actor="Ředitelka")
    work(system)
    assert system.archived(old).status.reason == "Překlep v názvu."


UNTRIED = {  # what is not to be sent → (how it comes about, error)
    "no dry run": (lambda system, sent, work: work(system), False, IntakeError),
    "one that goes on": (lambda system, sent, work: None, True, IntakeError),
    "one that is cancelled": (
        lambda system, sent, work: system.batches.cancel("toy", system.batches.recent("toy")[0].id),
        True,
        IntakeError,
    ),
}


@pytest.mark.parametrize("name", UNTRIED)
def test_what_was_not_tried_to_its_end_is_not_sent(system, sent, work, name):
    """Nor anything of another institution; nothing is taken in."""
    then, dry_run, error = UNTRIED[name]
    batch = accept(system, sent.by_line("1"), LINES, dry_run=dry_run)
    then(system, sent, work)
    with pytest.raises(error, match="dry run"):
        system.batches.send("toy", batch.id, actor="x")
    with pytest.raises(UnknownBatch):
        system.batches.send("tay", batch.id, actor="x")
    assert len(system.batches.recent("toy")) == 1


def test_what_is_forgotten_is_not_sent(system, sent, work, clock):
    """Whoever tried it sends the file again."""
    batch = accept(system, sent.by_line("1"), LINES, dry_run=True)
    work(system)
    clock.move(days=system.settings.privacy.batch_days, minutes=1)
    work(system)
    with pytest.raises(IntakeError, match="kept no more"):
        system.batches.send("toy", batch.id, actor="x")


def test_what_is_cancelled_is_not_gone_on_with(system, sent, work):
    """What was issued stays issued, and is told."""
    batch = accept(system, sent.by_line(*MANY), LINES)
    tasks = system.tasks
    taken = system.queue.take("w")
    tasks["batch"].run(**taken.job.arguments, attempt=1)
    system.queue.finish(taken)
    cancelled = system.batches.cancel("toy", batch.id)
    assert (cancelled.state, cancelled.ended) == (BatchState.CANCELLED, True)
    work(system)
    assert len(identifiers(system)) == PIECE == ended(system, batch).issued
    assert system.batches.cancel("toy", batch.id).ended_at == cancelled.ended_at
    assert accept(system, sent.by_line(*MANY), LINES).id != batch.id


def test_a_correction_is_a_batch_of_one(system, sent, work):
    """With its reason; done again it is the same correction."""
    accept(system, sent.by_line("1"), LINES)
    work(system)
    old = identifiers(system)["1"]
    [award] = sent.awards("1")
    award["title"] = {"cs": "Oprava", "en": "Correction"}
    how = {"replaces": old, "reason": "Překlep v názvu."}
    data = json.dumps(award, default=float).encode()
    batch = accept(system, data, AWARD, **how)
    tasks = system.tasks
    taken = system.queue.take("w")
    for attempt in (1, 2):
        tasks["batch"].run(**taken.job.arguments, attempt=attempt)
    system.queue.finish(taken)
    [result] = system.batches.results("toy", batch.id)
    assert result.created
    assert system.archived(old).status.successor == result.identifier
    assert system.archived(old).status.reason == "Překlep v názvu."
    for wrong, code in (
        ({**how, "replaces": "aaaaBBBB2222"}, "unusable"),
        ({**how}, "one-award"),
    ):
        data = sent.by_line("1", "2") if code == "one-award" else data
        bad = accept(system, data, LINES if code == "one-award" else AWARD, **wrong)
        work(system)
        assert ended(system, bad).findings[0]["code"] == code


def test_what_is_personal_is_encrypted_and_gone_once_it_is_forgotten(system, sent, work, clock, places):
    """What is left says how many there were, and nothing of whom; keys of batches are no orphans of the archive."""
    name = example_award().learner.name
    batch = accept(system, sent.by_line("ŘÚ/77"), LINES, replaces=None, reason=None)
    other = accept(system, sent.in_one_file("ŘÚ/78"))
    work(system)
    rows = [*stored(system, batch_pieces), *stored(system, batch_results), *stored(system, batches)]
    for text in (name, "ŘÚ/77"):
        assert text.encode() not in b"".join(
            value for row in rows for value in row if isinstance(value, bytes)
        )
        assert text not in str([value for row in rows for value in row if isinstance(value, str)])
    walk = check_archive(places[0], keys_url=places[1])
    assert list(walk) == []
    assert walk.counts.orphan_keys == 0
    clock.move(days=29)
    work(system)
    assert key_of(system, batch)
    clock.move(days=2)
    work(system)
    for one in (batch, other):
        assert key_of(system, one) is None
        assert system.batches.results("toy", one.id) == ()
        left = ended(system, one)
        assert (left.issued, left.total) == (1, 1)
        assert left.forgotten_at
    assert not stored(system, batch_pieces)
    assert not stored(system, batch_results)
    assert system.queue.jobs() == ()
    assert len(identifiers(system)) == 2


def test_the_files_of_a_batch_are_one_archive(system, sent, work):
    """Each once, under its name; what was erased since is left out."""
    batch = accept(system, sent.by_line(*MANY, MANY[0]), LINES)
    work(system)
    erased = identifiers(system)[MANY[1]]
    system.erase(erased, reason=ErasureReason.OTHER)
    octets = b"".join(system.batches.archive_of("toy", batch.id))
    with zipfile.ZipFile(io.BytesIO(octets)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert len(names) == len(set(names)) == 2 * (len(MANY) - 1)
        one = identifiers(system)[MANY[0]]
        assert packed.read(f"{one}.pdf") in {file.octets for file in system.files(one)}
    assert not any(name.startswith(erased) for name in names)


def test_who_waits_is_told_at_the_end(system, sent, work):
    """Not before, and no later than the time that he has."""
    batch = accept(system, sent.by_line("1"), LINES)
    assert not system.batches.wait("toy", batch.id, seconds=0).ended
    found = []
    waiting = threading.Thread(target=lambda: found.append(system.batches.wait("toy", batch.id, seconds=120)))
    waiting.start()
    work(system)
    waiting.join(120)
    assert found[0].ended


def test_a_signer_that_fails_is_tried_again(system, sent, work, clock, monkeypatch):
    """The batch waits; its sender sees that it isn't done."""
    batch = accept(system, sent.by_line("1", "2"), LINES)
    sign, calls = Securing.sign, []

    def failing(self, wanted):
        calls.append(len(wanted))
        if len(calls) < 3:
            message = "the token is not there"
            raise SealError(message)
        return sign(self, wanted)

    monkeypatch.setattr(Securing, "sign", failing)
    work(system)
    assert not ended(system, batch).ended
    for _ in range(3):
        clock.move(seconds=60)
        work(system)
    done = ended(system, batch)
    assert (done.issued, done.repeated, done.refused) == (2, 0, 0)
    assert len(identifiers(system)) == 2


def test_what_is_given_up_ends_its_batch(system, sent, work, clock, monkeypatch):
    """Its sender is told to send it again, and gets receipts for what was issued."""
    broken = accept(system, sent.by_line("1"), LINES)
    unread = accept(system, sent.in_one_file("2"))

    def crashing(*_, **__):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(type(system), "issue", crashing)
        patched.setattr(type(system), "reading", crashing)
        tasks = {**system.tasks, "batch": attrs.evolve(system.tasks["batch"], most_attempts=2)}
        for _ in range(4):
            work(system, tasks=tasks)
            clock.move(seconds=1000)
    [result] = system.batches.results("toy", broken.id)
    assert (result.refused, result.findings[0]["code"]) == (True, "given-up")
    assert ended(system, broken).state is BatchState.DONE
    assert ended(system, unread).findings[0]["code"] == "given-up"
    accept(system, sent.by_line("1"), LINES)
    work(system)
    assert set(identifiers(system)) == {"1"}


def test_a_database_that_fails_while_something_is_sent_leaves_no_half(system, sent, monkeypatch):
    """What arrived in part is never worked through, and goes with the next forgetting."""
    write = type(system.batches._store).add_pieces
    monkeypatch.setattr("mikrocert.service.institutions.batches._AT_ONCE", 1)
    calls = []

    def failing(connection, batch_id, pieces, *, key):
        calls.append(batch_id)
        if len(calls) == 2:
            message = "gone"
            raise ArchiveError(message)
        write(connection, batch_id, pieces, key=key)

    monkeypatch.setattr(type(system.batches._store), "add_pieces", staticmethod(failing))
    with pytest.raises(ArchiveError, match="gone"):
        accept(system, sent.by_line(*MANY), LINES)
    assert system.queue.jobs() == system.batches.recent(None) == ()
    with pytest.raises(UnknownBatch):
        system.batches.find("toy", calls[0])
    batch = accept(system, sent.by_line(*MANY), LINES)
    assert batch.total == len(MANY)
    assert batch.id != calls[0]


def test_one_award_may_stand_on_many_lines(system, sent, work):
    """How an award is written down makes no difference: it is one."""
    [award] = sent.awards("řádky")
    octets = json.dumps(award, indent=2, default=float).encode()
    batch = system.batches.accept("toy", octets, media_type=AWARD, actor="test")
    work(system)
    found = system.batches.find("toy", batch.id)
    assert (found.state.value, found.total, found.issued) == ("done", 1, 1)
