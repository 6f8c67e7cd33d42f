"""A program that is killed at any step of issuing: nothing is lost, nothing is issued twice, and sending the file again ends it."""
# pyright: basic

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from mikrocert.archive import Archive, check_archive, init_archive, open_archive
from mikrocert.award.canonical import award_to_json, canonical_octets
from mikrocert.builtin.intake import CanonicalIntake
from mikrocert.cli.app import run
from mikrocert.report import FileKind
from mikrocert.service.issuing.securing import Job, Securing
from mikrocert.testing import example_award, example_profile
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine.default import DefaultDialect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NUMBERS = ("ŘÚ/1", "ďů/2", "3")
ISSUE = [
    *("issue", "awards.json", "--institution", "school", "--out", "out", "--json"),
    *("--format", "edc-v3", "--format", "toy-badge"),
]
SETTINGS = """
sandbox = true
base_url = "https://kills.example"
signer = "test"
renderer = "sheet"
format = "edc-v3"

[operator]
name = {{ cs = "Zkušební provozovatel", en = "Test operator" }}
organization_identifier = "NTRCZ-00000000"

[archive]
url = "{archive}"
keys = "{keys}"

[trust]
anchors = ["root.pem"]

[signers.test]
key = "p256"
"""


@attrs.define
class Steps:
    """Counts the steps at which something is written, and kills its own process at one of them.

    Args:
        log: file that gets a line for each step.
        last: number of the step at which to die; none means never.
    """

    log: Path
    last: int | None
    count: int = 0

    def __call__(self, name: str) -> None:
        """Come to a step."""
        self.count += 1
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{name}\n")
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A signer or an envelope, with a step before and after what it does for a batch."""

    def __init__(self, inner: Any, steps: Steps, signed: Path) -> None:
        self._inner, self._steps, self._signed = inner, steps, signed

    def sign_many(self, to_be_signed: list[bytes]) -> tuple[bytes, ...]:
        self._steps("before signing")
        signatures = self._inner.sign_many(to_be_signed)
        with self._signed.open("a", encoding="utf-8") as log:
            log.writelines(f"{hashlib.sha256(octets).hexdigest()}\n" for octets in to_be_signed)
        self._steps("after signing")
        return signatures

    def finish_many(self, *arguments: Any, **options: Any) -> tuple[bytes, ...]:
        self._steps("before finishing")
        files = self._inner.finish_many(*arguments, **options)
        self._steps("after finishing")
        return files


def instrument(steps: Steps, *, out: Path, signed: Path) -> None:
    """Put a step before and after each statement that writes, each commit, each signing and each file written."""

    @event.listens_for(Engine, "before_cursor_execute")
    def execute(_: object, __: object, statement: str, *___: object) -> None:
        words = statement.split()
        if words[0] in {"INSERT", "UPDATE", "DELETE"}:
            steps(f"before {words[0]} {words[2] if words[0] != 'UPDATE' else words[1]}")

    def around(name: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*arguments: Any, **options: Any) -> Any:
            steps(f"before {name}")
            result = do(*arguments, **options)
            steps(f"after {name}")
            return result

        return done

    DefaultDialect.do_commit = around("commit", DefaultDialect.do_commit)
    sign = Securing.sign

    def watched(self: Securing, jobs: Sequence[Job]) -> list[bytes]:
        envelopes = {name: Watched(envelope, steps, signed) for name, envelope in self.envelopes.items()}
        signer = Watched(self.signer, steps, signed)
        return sign(attrs.evolve(self, signer=signer, envelopes=envelopes), jobs)

    Securing.sign = watched
    write, rename = Path.write_bytes, Path.replace

    def write_bytes(path: Path, octets: bytes) -> int:
        steps("before writing a file")
        write(path, octets[: len(octets) // 2])
        steps("half of a file written")
        return write(path, octets)

    def replace(path: Path, target: Path) -> Path:
        assert path.parent == out
        return around("renaming a file", rename)(path, target)

    Path.write_bytes, Path.replace = write_bytes, replace  # pyright: ignore[reportAttributeAccessIssue]


@attrs.frozen
class Place:
    """A folder with settings, and an archive.

    Args:
        folder: where the program runs.
        archive: URL of the archive.
        keys: URL of the key store.
    """

    folder: Path
    archive: str
    keys: str

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def signed(self) -> list[str]:
        """Digests of all that was signed, in order."""
        return (self.folder / "signed").read_text().splitlines()

    def open(self) -> Any:
        return open_archive(self.archive, keys_url=self.keys)

    def issue(self, name: str, *, last: int | None = None) -> tuple[int, list[str], list[dict[str, Any]]]:
        """Issue three awards in a process of its own.

        Args:
            name: tells this run from others.
            last: number of the step at which it dies.

        Returns:
            Its exit status, negative for a signal; the steps that it went through; and what it told of each award.
        """
        log, told = self.folder / f"{name}.steps", self.folder / f"{name}.json"
        child = os.fork()
        if not child:
            try:
                os.chdir(self.folder)
                sys.stdout = told.open("w", buffering=1, encoding="utf-8")
                instrument(Steps(log, last), out=Path("out"), signed=Path("signed"))
                code = run(ISSUE)
                sys.stdout.flush()
                os._exit(code)
            except BaseException:  # noqa: BLE001 - whatever it is, the process must not go on with the tests
                traceback.print_exc()
                os._exit(99)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        lines = told.read_text("utf-8").splitlines() if told.exists() else []
        steps = log.read_text("utf-8").splitlines() if log.exists() else []
        return status, steps, [json.loads(line) for line in lines]

    def identifiers(self) -> dict[str, str]:
        """Return the recorded identifiers by evidence number."""
        with self.open() as archive:
            found = archive.registrations()
        assert len({one.evidence_number for one in found}) == len(found)
        return {one.evidence_number: one.identifier for one in found}


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched


@pytest.fixture(scope="module")
def template(
    site: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch
) -> Path:
    """Return a folder with awards, a sandbox and an empty archive in SQLite; the program has run in this process."""
    folder = tmp_path_factory.mktemp("template")
    award = award_to_json(example_award())
    awards = [{**award, "evidence_number": number} for number in NUMBERS]
    (folder / "awards.json").write_text(json.dumps({"awards": awards}, default=float), "utf-8")
    urls = sqlite_urls(folder)
    init_archive(urls[0], keys_url=urls[1])
    (folder / "mikrocert.toml").write_text(settings(urls), "utf-8")
    monkeypatch_module.syspath_prepend(site)
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as root:
        assert run(["sandbox", "root"]) == 0
    (folder / "root.pem").write_text(root.getvalue(), "utf-8")
    # What is loaded now needs not be loaded in each process that is killed.
    warm = tmp_path_factory.mktemp("warm") / "place"
    shutil.copytree(folder, warm)
    (warm / "mikrocert.toml").write_text(settings(sqlite_urls(warm)), "utf-8")
    with contextlib.chdir(warm), contextlib.redirect_stdout(io.StringIO()) as output:
        assert run(ISSUE) == 0, output.getvalue()
    return folder


def settings(urls: tuple[str, str]) -> str:
    return SETTINGS.format(archive=urls[0], keys=urls[1])


def sqlite_urls(folder: Path) -> tuple[str, str]:
    return f"sqlite:///{folder / 'archive.sqlite'}", f"sqlite:///{folder / 'archive-keys.sqlite'}"


@pytest.fixture(scope="module")
def postgresql_urls(postgresql: Path) -> tuple[str, str]:
    """Return the URLs of two databases."""
    base = f"postgresql+psycopg://toy@/{{}}?host={postgresql}"
    engine = create_engine(base.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("kills", "kills_keys"):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return base.format("kills"), base.format("kills_keys")


def emptied(urls: tuple[str, str]) -> tuple[str, str]:
    """Make an empty archive in two databases of PostgreSQL."""
    for url in urls:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    init_archive(urls[0], keys_url=urls[1])
    return urls


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Callable[[], Place]:
    """Return what makes one place after the other, the one before being gone."""

    def fresh() -> Place:
        folder = tmp_path / "place"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder)
        urls = (
            sqlite_urls(folder)
            if request.param == "sqlite"
            else emptied(request.getfixturevalue("postgresql_urls"))
        )
        (folder / "mikrocert.toml").write_text(settings(urls), "utf-8")
        return Place(folder, *urls)

    return fresh


def check(place: Place) -> Counter[str]:
    """Hold the archive to be sound, and return what it counts."""
    walk = check_archive(place.archive, keys_url=place.keys)
    assert list(walk) == []
    return Counter(attrs.asdict(walk.counts))


def octets_of(place: Place) -> dict[str, bytes]:
    """Return the canonical octets of the awards by evidence number."""
    data = (place.folder / "awards.json").read_bytes()
    return {
        record.award.evidence_number: canonical_octets(record.award)
        for record in CanonicalIntake().read(data, profile=example_profile())
        if record.award
    }


def journalled(archive: Archive, awards: dict[str, bytes]) -> dict[tuple[str, str, FileKind], bytes]:
    """Return the octets that wait to be signed, or were, by evidence number, format and kind."""
    pending = {number: archive.journalled("school", number, award=award) for number, award in awards.items()}
    return {
        (number, entry.format, entry.kind): entry.octets
        for number, one in pending.items()
        for entry in (one.entries if one else ())
    }


def handed_out(place: Place, results: list[dict[str, Any]]) -> dict[str, str]:
    """Return the identifiers that a person may have seen, by evidence number; files are whole or called unfinished."""
    assert all("refused" not in result for result in results)
    if place.out.exists():
        with place.open() as archive:
            for path in place.out.iterdir():
                if path.suffix == ".part":
                    continue
                files = archive.files(path.name[:12])
                assert path.read_bytes() in {file.octets for file in files}
    return {result["record"]["evidence_number"]: result["identifier"] for result in results}


@pytest.mark.parametrize("step", [40, pytest.param(1, marks=pytest.mark.long)])
def test_a_program_killed_at_any_step_is_ended_by_sending_the_file_again(
    places, step, record_property
) -> None:
    """Each award has one identifier, one content was signed for it, and nobody ever saw another one."""
    place = places()
    status, steps, whole = place.issue("whole")
    assert (status, len(whole)) == (0, len(NUMBERS))
    signed_once = len(place.signed)
    assert len(set(place.signed)) == signed_once
    files = sorted(path.suffix for path in place.out.iterdir())
    orphans = 0
    for last, name in list(enumerate(steps, start=1))[step // 2 :: step]:
        place = places()
        where = f"step {last} of {len(steps)}: {name}"
        status, gone, answer = place.issue("killed", last=last)
        assert (status, len(gone)) == (-signal.SIGKILL, last), where
        check(place)
        recorded, awards = place.identifiers(), octets_of(place)
        seen = handed_out(place, answer)
        assert seen.items() <= recorded.items(), where
        with place.open() as archive:
            waiting = journalled(archive, awards)

        status, _, answer = place.issue("again")
        assert status == 0, where
        final = place.identifiers()
        assert recorded.items() <= final.items(), where
        assert handed_out(place, answer) == final, where
        assert set(final) == set(NUMBERS), where
        assert len(set(final.values())) == len(NUMBERS), where
        with place.open() as archive:
            assert journalled(archive, awards) == {}, where
            for (number, form, kind), octets in waiting.items():
                if kind is FileKind.CREDENTIAL:
                    assert archive.find(final[number]).holds(octets), (where, form)
        assert len(set(place.signed)) == signed_once, f"{where}: other octets were signed"
        assert sorted(path.suffix for path in place.out.iterdir()) == files, where
        counts = check(place)
        assert (counts["awards"], counts["pending"]) == (len(NUMBERS), 0), where
        orphans = max(orphans, counts["orphan_keys"])
    record_property("steps", len(steps))
    record_property("orphan keys at most", orphans)
    assert orphans <= len(NUMBERS)
