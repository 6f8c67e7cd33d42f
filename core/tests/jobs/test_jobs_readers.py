"""What institutions sent costs a worker no more than it may, whatever it makes an intake do."""

from __future__ import annotations

import textwrap
from types import SimpleNamespace

import pytest
from mikrocert.errors import IntakeError, WorkerError
from mikrocert.jobs.batches import BatchState
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.service.confining import CostLimits
from mikrocert.service.institutions.exports import Form
from mikrocert.service.institutions.readers import Readers, Sent
from mikrocert.service.system import System

pytestmark = pytest.mark.system

LIMITS = CostLimits(cpu_seconds=1, memory_megabytes=128, seconds=60)
DEEDS = {  # what reading does → code of the finding
    "loops for ever": (b"LOOP", "reading-too-costly"),
    "takes memory for ever": (b"HOARD", "reading-too-costly"),
    "ends its process": (b"EXIT", "reading-ended"),
}


@pytest.fixture
def readers(tmp_path, monkeypatch):
    """What obeys what was sent, in a module that other processes can import."""
    (tmp_path / "obeying_readers.py").write_text(
        textwrap.dedent("""
            import os
            from contextlib import contextmanager
            from types import SimpleNamespace

            from mikrocert.errors import ArchiveError, IntakeError
            from mikrocert.kinds.intake import IntakeRecord
            from mikrocert.report import Finding
            from mikrocert.service.institutions.readers import reading_for_others
            from mikrocert.texts import message

            def read(octets):
                if b"LOOP" in octets:
                    while True:
                        pass
                if b"HOARD" in octets:
                    hoard = []
                    while True:
                        hoard.append(bytes(2**20))
                if b"EXIT" in octets:
                    os._exit(0)
                if b"BAD" in octets:
                    raise IntakeError([Finding.error("bad", "špatné")])
                if b"AWAY" in octets:
                    raise ArchiveError(message("away"))
                return [IntakeRecord(1, evidence_number=f"{len(octets)}")]

            @contextmanager
            def reading(institution, *, intake, encoding):
                yield read

            @contextmanager
            def opened():
                with reading_for_others(SimpleNamespace(reading=reading)) as reads:
                    yield reads
        """),
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    import obeying_readers  # pyright: ignore[reportMissingImports]

    readers = Readers(obeying_readers.opened, limits=LIMITS)
    yield readers
    readers.close()


def export(octets):
    return Sent(octets, Form.EXPORT, "toy")


@pytest.mark.parametrize(("octets", "code"), DEEDS.values(), ids=DEEDS)
def test_what_costs_too_much_is_refused_by_its_name(octets, code, readers):
    """The next one is read."""
    with pytest.raises(IntakeError) as refused:
        readers.read(export(octets))
    assert [finding.code for finding in refused.value.findings] == [code]
    assert readers.read(export(b"1234")) == [IntakeRecord(1, evidence_number="4")]


def test_a_line_that_costs_too_much_is_refused_and_the_others_stay(readers):
    """In their order, under their numbers."""
    lines = b'{"a": 1}\n\n{"a": "LOOP"}\n{"a": 22}\n'
    found = readers.read(Sent(lines, Form.LINES, "toy", before=7))
    assert [one.line for one in found] == [8, 10, 11]
    assert [[finding.code for finding in one.findings] for one in found] == [[], ["reading-too-costly"], []]


def test_what_cannot_be_read_is_the_same_here_and_apart(readers):
    """With its findings."""
    with pytest.raises(IntakeError, match="špatné"):
        readers.read(export(b"BAD"))


def test_what_is_no_fault_of_the_file_is_none(readers):
    """A database that is away refuses nothing: the job is tried again."""
    with pytest.raises(WorkerError, match="away"):
        readers.read(export(b"AWAY"))


def test_a_batch_that_costs_too_much_is_refused_and_the_next_one_goes_on(
    system, sent, work, readers, monkeypatch
):
    """A worker does what else there is, and the institution reads why."""
    here = System.read_confined

    def read(self, what):
        return readers.read(what) if b"LOOP" in what.octets else here(self, what)

    monkeypatch.setattr(System, "read_confined", read)
    how = {"media_type": "application/json", "actor": "x"}
    costly = system.batches.accept("toy", b"LOOP", **how)
    plain = system.batches.accept("toy", sent.in_one_file("1"), **how)
    work(system)
    found = {one.id: one for one in (system.batches.find("toy", each.id) for each in (costly, plain))}
    assert found[costly.id].state is BatchState.UNUSABLE
    assert [finding["code"] for finding in found[costly.id].findings] == ["reading-too-costly"]
    assert (found[plain.id].state, found[plain.id].issued) == (BatchState.DONE, 1)


def test_where_plugins_are_installed_another_process_reads(system, sent, work, monkeypatch):
    """Whatever form it has; plugins that were handed over are asked here."""
    asked = []
    monkeypatch.setattr(System, "_readers", SimpleNamespace(read=lambda what: asked.append(what.form) or []))
    what = Sent(sent.in_one_file("1"), Form.EXPORT, "toy")
    assert [one.number for one in system.read_confined(what)] == [1]
    monkeypatch.setattr(type(system.plugins), "elsewhere", lambda self, kind, name: True)
    assert system.read_confined(what) == []
    assert asked == [Form.EXPORT]
