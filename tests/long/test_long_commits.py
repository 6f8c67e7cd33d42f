"""A writer that is killed at any call of the operating system that writes, in the middle of SQLite's commits: nothing is half done."""
# pyright: basic

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import traceback
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from mikrocert.archive import (
    JournalEntry,
    NewArtefact,
    NewCredential,
    check_archive,
    init_archive,
    open_archive,
)
from mikrocert.award.identifiers import new_identifier
from mikrocert.report import File, FileKind, Registration

if TYPE_CHECKING:
    from pathlib import Path

CALLS = ("pwrite64", "fdatasync", "unlink")


def work(folder: Path) -> None:
    """Issue one award, and note what was signed."""
    with open_archive(f"sqlite:///{folder / 'archive.sqlite'}") as archive:
        if archive.find_award("toy", "1"):
            return
        proposed = Registration(new_identifier(), "toy", "1", datetime.now(UTC))
        pending = archive.reserve(proposed, award=b"award")
        identifier = pending.registration.identifier
        entry = JournalEntry(identifier, "toy", FileKind.CREDENTIAL, os.urandom(20_000))
        (entry,) = archive.journal([entry])
        with (folder / "signed").open("a", encoding="utf-8") as log:
            log.write(f"{identifier} {entry.octets.hex()}\n")
        file = File("toy", FileKind.CREDENTIAL, "application/toy", ".toy", b"sealed " + entry.octets)
        artefacts = (NewArtefact(file, entry.octets, "urn:toy"),)
        archive.record(NewCredential(pending.registration, b"award", "Jiří", artefacts))


def run(folder: Path, *strace: str) -> int:
    """Work in a process of its own, under strace if it has options; return its exit status, negative for a signal."""
    child = os.fork()
    if not child:
        try:
            if strace:
                os.kill(os.getpid(), signal.SIGSTOP)  # until strace watches
            work(folder)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, the process must not go on with the tests
            traceback.print_exc()
            os._exit(1)
    if not strace:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.waitpid(child, os.WUNTRACED)
    with subprocess.Popen(
        ["strace", *strace, "-p", str(child)], stderr=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stderr is not None
        attached = watching.stderr.readline()
        os.kill(child, signal.SIGCONT)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        watching.communicate()
    if "attached" not in attached:
        pytest.skip(f"strace may not watch processes here: {attached}")
    return status


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not on this machine")
def test_a_writer_killed_in_the_middle_of_a_commit_leaves_a_sound_archive(
    tmp_path, step, record_property
) -> None:
    """Whoever reads next sees all or nothing; going on signs the octets that were written down, under one identifier."""
    template, folder = tmp_path / "template", tmp_path / "place"
    template.mkdir()
    init_archive(f"sqlite:///{template / 'archive.sqlite'}")
    shutil.copytree(template, folder)
    trace = tmp_path / "trace"
    assert run(folder, "-e", f"trace={','.join(CALLS)}", "-o", str(trace)) == 0
    calls = Counter(re.findall(r"^(\w+)\(", trace.read_text(), re.MULTILINE))
    assert set(calls) == set(CALLS)
    for call, count in calls.items():
        for number in range(1, count + 1, step):
            where = f"{call} {number} of {count}"
            shutil.rmtree(folder)
            shutil.copytree(template, folder)
            kill = f"inject={call}:signal=KILL:when={number}"
            status = run(folder, "-e", f"trace={call}", "-e", kill, "-o", str(trace))
            assert status == -signal.SIGKILL, where
            check = check_archive(f"sqlite:///{folder / 'archive.sqlite'}")
            assert list(check) == [], where
            assert run(folder) == 0, where
            assert list(check) == [], where
            counts = check.counts
            assert (counts.awards, counts.events, counts.pending) == (1, 1, 0), where
            assert len(set((folder / "signed").read_text("utf-8").splitlines())) == 1, where
    print(f"\nkilled at {calls.total()} calls: {dict(calls)}")  # noqa: T201
    record_property("calls", dict(calls))
