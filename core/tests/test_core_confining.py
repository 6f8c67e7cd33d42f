"""What a stranger sends costs no more than it may, whatever it makes a plugin do."""

from __future__ import annotations

import json
import os
import textwrap
from datetime import UTC, datetime
from functools import partial

import pytest
from mikrocert.cli.app import run
from mikrocert.report import Verdict
from mikrocert.service import system
from mikrocert.service.confining import Confinement, CostLimits
from mikrocert.service.system import open_system
from mikrocert.service.verifying.verifying import Verifier
from mikrocert.settings import Settings
from mikrocert.texts import Texts

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMITS = CostLimits(cpu_seconds=1, memory_megabytes=64, seconds=60)
DEEDS = {  # what a format makes of a file → code of the finding
    "loops for ever": (b"while True: pass", "too-costly"),
    "takes memory for ever": (b"hoard = []\nwhile True: hoard.append(bytes(2**20))", "too-costly"),
    "is ended from outside": (b"import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "too-costly"),
    "ends its process": (b"import os\nos._exit(0)", "not-examined"),
    "takes memory for ever, which a border calls a crash": (
        b"from mikrocert.service.verifying.opening import crash_finding as crash\nreport = Report(at=at, unusable=(crash('', MemoryError()),))",
        "too-costly",
    ),
}

pytestmark = pytest.mark.system


@pytest.fixture
def opening(tmp_path, monkeypatch):
    """What obeys its file, in a module that other processes can import."""
    (tmp_path / "obeying.py").write_text(
        textwrap.dedent("""
            import os
            from contextlib import contextmanager

            from mikrocert.report import CheckResult, Finding, Report

            @contextmanager
            def opened(code):
                yield lambda data, at: obeyed(data, at, code)

            def obeyed(data, at, code):
                names = {"at": at, "Report": Report}
                exec(data, names)
                finding = Finding.info(code, "{pid}", pid=os.getpid())
                return names.get("report") or Report(at=at, results=(CheckResult.of("format", (finding,)),))
        """),
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    import obeying  # pyright: ignore[reportMissingImports]

    return partial(obeying.opened, "řádný")


@pytest.fixture
def confinement(opening):
    confinement = Confinement(opening, workers=1, limits=LIMITS)
    yield confinement
    confinement.close()


def process_of(report):
    """The process in which a file was verified."""
    [finding] = report.results[0].findings
    assert finding.code == "řádný"
    return finding.message.parameters["pid"]


def test_report_comes_back_whole(confinement):
    """What was found out in the process is what the caller gets, and the next file goes to the same process."""
    reports = [confinement.verify(b"", at=AT) for _ in range(2)]
    assert {report.at for report in reports} == {AT}
    assert len({process_of(report) for report in reports}) == 1


@pytest.mark.parametrize(("data", "code"), DEEDS.values(), ids=DEEDS)
def test_what_exceeds_the_limits_is_answered(data, code, confinement):
    """A file that makes a plugin go on without end, or end its process, gets an answer; so does the next one."""
    report = confinement.verify(data, at=AT)
    assert report.verdict is Verdict.UNUSABLE
    [finding] = report.unusable
    assert finding.code == code
    assert Texts().plain(finding.message, "cs") != str(finding.message)
    assert process_of(confinement.verify(b"", at=AT))


@pytest.mark.parametrize("name", DEEDS)
def test_a_file_given_to_the_command_is_confined(name, opening, monkeypatch, tmp_path, capsys):
    """`verify FILE` ends with an answer whatever the file does; the process that answers goes on."""
    data, code = DEEDS[name]
    with opening() as obey:
        monkeypatch.setattr(Verifier, "verify", lambda _, octets, *, at: obey(octets, at))
        monkeypatch.setattr(system, "OF_A_COMMAND", LIMITS)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "file").write_bytes(data)
        assert run(["verify", "file", "--json"]) == 3
    (unusable,) = json.loads(capsys.readouterr().out)["unusable"]
    assert unusable["code"] == code


def test_a_file_given_to_the_command_is_verified_in_one_process_more(opening, monkeypatch, tmp_path):
    """What is found out in the copy is what the caller gets, and the copy is gone."""
    with opening() as obey, open_system(Settings(base_url="https://mikrocertifikat.cz")) as here:
        monkeypatch.setattr(Verifier, "verify", lambda _, octets, *, at: obey(octets, at))
        process = process_of(here.verify_apart(b"", at=AT))
    assert process != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_what_waits_without_end_is_answered(opening):
    """A file that costs nothing and never ends gets an answer, too."""
    confinement = Confinement(opening, workers=1, limits=CostLimits(seconds=0.1))
    report = confinement.verify(b"import signal\nsignal.pause()", at=AT)
    assert [finding.code for finding in report.unusable] == ["too-costly"]
    confinement.close()


def test_a_process_makes_room_for_a_new_one(opening):
    """After so many files, so that memory that a library keeps for itself comes back."""
    confinement = Confinement(opening, workers=1, limits=LIMITS, lifetime=2)
    processes = [process_of(confinement.verify(b"", at=AT)) for _ in range(4)]
    confinement.close()
    assert [processes.count(process) for process in dict.fromkeys(processes)] == [2, 2]


def test_time_is_counted_for_each_file_anew(confinement):
    """Many files that are each within the limit are all examined, by one process."""
    half = b"import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: pass"
    assert len({process_of(confinement.verify(half, at=AT)) for _ in range(4)}) == 1


def test_only_the_time_of_this_file_counts(confinement):
    """What the kernel counted for all files before may be seconds more than a clock says: no file is too costly for that."""
    behind = b"import time\ntime.process_time = lambda: 0.0"
    half = b"import time\nend = time.thread_time() + 0.6\nwhile time.thread_time() < end: pass"
    assert len({process_of(confinement.verify(data, at=AT)) for data in (behind, half, half)}) == 1


def test_system_finds_the_same_in_a_process_of_its_own():
    """Where a file is verified makes no difference to what is found."""
    files = [b"", b"\xff", b"{}", b"%PDF-1.7\n"]
    with open_system(Settings(base_url="https://mikrocertifikat.cz")) as system:
        system.prepare_confined()
        confined = [system.verify_confined(data, at=AT) for data in files]
        assert confined == [system.verify(data, at=AT) for data in files]
