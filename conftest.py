"""Gives every test its tier, so that a change is tried in a minute and a release for an hour; and makes things once a run.

A marker at the test decides: `fast`, `system`, `judges` or `long`; what takes seconds alone is marked `system`. What is long has a
small form in every run, so that it doesn't rot between two releases. A test without a marker gets its tier by rule:

1. `judges`, if its file is one in which programs that are not ours judge (`JUDGES`);
2. `system`, if its file tries so much that it takes seconds (`SWEEPS`), or one of its fixtures, or a parameter, stands for
   something heavy outside of Python (`HEAVY`): a browser, a server behind a socket, a database server, another process, a drawn
   PDF, a folder in which the whole program ran;
3. `system` and `covering`, if its tests go the whole way of an award or a file in this process (`WAYS`): each takes little, all
   of them a minute, and what they run counts as tested;
4. `system` and `unmeasured`, if its tests do so in this process, but what they run of what is measured is run by others too
   (`PAGES`): measuring would double their time and say nothing;
5. else `fast`.
"""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

# Hypothesis has two clocks of its own: how long an example may take, and how long it may take to make one up. The suite draws
# the same examples in every run, so that what fails is what was changed; the profile `long`, for `script/test long`, tries
# every property much harder, and with others each time.
for name, examples in {"short": 40, "long": 2000}.items():
    settings.register_profile(
        name,
        max_examples=examples,
        derandomize=name == "short",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile("short")

# The program speaks the language of its terminal; here that is none, wherever the tests run.
os.environ["LC_ALL"] = "C.UTF-8"

TIERS = frozenset({"fast", "system", "judges", "long"})

JUDGES = ("*_oracle.py", "*_conformance.py", "test_judges.py")

SWEEPS = (
    "*_cost.py",
    "*_official.py",
    "test_attacks.py",
    "test_catalogues.py",  # these read every file of the repository
    "test_docs_architecture.py",
    "test_long_*.py",  # the small forms
    "test_help.py",  # asks every command in every language
    "test_names.py",
    "test_security.py",
    "test_wording.py",
)

WAYS = (
    "test_archive_*.py",
    "test_bundles.py",
    "test_core_cli*.py",
    "test_core_copying.py",
    "test_core_institution.py",
    "test_core_issuing.py",
    "test_core_log.py",
    "test_core_ours.py",
    "test_core_personal.py",
    "test_core_renewing.py",
    "test_core_sealed_heads.py",
    "test_core_seals_after_a_crash.py",
    "test_core_system.py",
    "test_html_pages.py",
    "test_jades_asking.py",
    "test_jades_extending.py",
    "test_jades_proofs.py",
    "test_jobs_*.py",
    "test_pades_extending.py",
    "test_pades_lasting.py",
    "test_pades_prepared.py",
    "test_pades_proofs.py",
    "test_pades_revisions.py",
    "test_portal_catalogue.py",  # these two ask a system, or accounts, that are none of the tests' making
    "test_portal_tokens.py",
    "test_seal_ades_contract.py",
    "test_seal_ades_inspect.py",
    "test_seal_ades_pades.py",
    "test_seal_test_lasting.py",
    "test_sealed_heads.py",
    "test_statements.py",
)

PAGES = ("test_portal_*.py",)

HEAVY = frozenset({
    "browser",  # Chromium
    "demo",  # what script/demo made
    "drawn",  # WeasyPrint
    "databases",  # PostgreSQL
    "issued",  # a sandbox in which the documentation is followed
    "new_python",  # a process of its own
    "polabi",  # the package that the tutorial makes
    "reference",  # the RDF stack
    "remote",  # a signing service behind a real socket
    "renderer",  # WeasyPrint
    "=postgresql",  # a parameter of that name: a database server
    "run_portal",  # a portal behind a real socket
    "softhsm",  # a token in software, made by a program
})  # fmt: skip


def marks(item: pytest.Item) -> tuple[str, ...]:
    """Return the tier of a test that has no marker for it, and `covering` or `unmeasured` where its rule says so."""
    if _is_one(item.path, JUDGES):
        return ("judges",)
    if _is_one(item.path, SWEEPS):
        return ("system",)
    parameters = getattr(getattr(item, "callspec", None), "params", {}).values()
    used = {
        *getattr(item, "fixturenames", ()),
        *(f"={value}" for value in parameters if isinstance(value, str)),
    }
    if used & HEAVY:
        return ("system",)
    if _is_one(item.path, WAYS):
        return ("system", "covering")
    return ("system", "unmeasured") if _is_one(item.path, PAGES) else ("fast",)


def _is_one(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in patterns)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files that have no fast test by their name out of a run of the fast ones: importing them takes longer than these."""
    if config.option.markexpr == "fast" and _is_one(collection_path, (*JUDGES, *SWEEPS, *WAYS, *PAGES)):
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with exactly one tier, before markers are asked for."""
    for item in items:
        marked = TIERS & {marker.name for marker in item.iter_markers()}
        if len(marked) > 1:
            message = f"{item.nodeid} has the tiers {', '.join(sorted(marked))}; one would be right"
            raise pytest.UsageError(message)
        if not marked:
            for mark in marks(item):
                item.add_marker(mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage while a test runs that is not to be measured, nor while its fixtures are made."""
    coverage = item.config.pluginmanager.getplugin("_cov")
    controller = coverage.cov_controller if coverage else None
    if controller is None or item.get_closest_marker("unmeasured") is None:
        return (yield)
    controller.pause()
    try:
        return (yield)
    finally:
        controller.resume()


def pytest_collection_finish() -> None:
    """Spare the collector what was imported and collected: it stays until the end, and looking through it takes an eighth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Path], None]], Path]:
    """Return a function that returns the folder which a function filled, once for all workers of a run.

    The folder is called after the function, so that two of them never share one. What is in it is to be read only.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def folder_of(make: Callable[[Path], None]) -> Path:
        name = f"{make.__module__}.{make.__qualname__}".replace(".<locals>", "")
        folder, done = base / f"once-{name}", base / f"once-{name}.done"
        with FileLock(base / f"once-{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one that failed
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return folder_of


@pytest.fixture
def new_python() -> Callable[..., str]:
    """Return a function that runs a program in a Python of its own and returns what it printed, errors last."""

    def printed(program: str, *arguments: object, **environment: str) -> str:
        command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
        done = subprocess.run(  # noqa: S603 - our own program
            command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
        )
        if done.returncode:
            pytest.fail(done.stderr)
        return done.stdout + done.stderr

    return printed


ROOM = 2_000_000_000
"""Octets that two database servers never fill."""


def _memory() -> str | None:
    """Return a folder in memory, or none: a database is made of hundreds of files, and nearly every test has two made."""
    memory = "/dev/shm"  # noqa: S108 - what is made in it has a random name
    try:
        roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    except OSError:
        return None
    return memory if roomy else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Path]:
    """Start a private PostgreSQL on a socket in a temporary folder, and return the name of that folder."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not on this machine (/usr/lib/postgresql/*/bin/initdb)")
    if find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (pip install mikrocert[postgresql])")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=_memory()))
    user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")
    binaries, data = programs[-1].parent, folder / "data"

    def run(*command: str | Path) -> None:
        subprocess.run(  # noqa: S603 - programs of the database server
            [*user, *map(str, command)], check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120
        )

    try:
        run(
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "toy",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield folder
        finally:
            run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
