"""What the tests across members share: one demo, made for real by script/demo."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("MIKROCERT_SHARED", ROOT.parent / "shared"))
MIKROCERT = Path(sys.executable).parent / "mikrocert"


class Program:
    """The program, run for real in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run it, hold its exit code against the expected one, and return what it prints."""
        done = subprocess.run(
            [MIKROCERT, *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (
            f"exit {done.returncode} instead of {code}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout if code != 78 else done.stderr

    def json(self, *arguments: str, code: int = 0) -> dict:
        """Run it with `--json` and return the object that it prints."""
        return json.loads(self(*arguments, "--json", code=code))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that script/demo filled; made once for all workers, to be read only."""
    folder = tmp_path_factory.getbasetemp().parent / "mikrocert-demo"
    with (folder.with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            environment = {**os.environ, "DEMO_FOLDER": str(folder)}
            done = subprocess.run(
                [ROOT / "script" / "demo"], env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            (folder / "output.txt").write_text(done.stdout)
            (folder / "done").touch()
    return folder


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """Return a copy of the demo that a test may change."""
    folder = tmp_path / "demo"
    shutil.copytree(demo, folder)
    return folder


@pytest.fixture
def program(demo: Path) -> Program:
    """Return the program, run in the demo's folder."""
    return Program(demo)


@pytest.fixture
def own_program(own_demo: Path) -> Program:
    """Return the program, run in a copy of the demo."""
    return Program(own_demo)


@pytest.fixture
def sealed_file(demo: Path) -> Path:
    """Return one sealed file of the demo."""
    return min(demo.glob("*.jsonld"))


@pytest.fixture
def certificate(sealed_file: Path) -> Path:
    """Return the certificate of the same credential."""
    return sealed_file.with_suffix(".pdf")


@pytest.fixture
def shared() -> Path:
    """Return the folder of official samples and judges, where there is one."""
    if not SHARED.is_dir():
        pytest.skip("there is no ../shared with official samples beside the checkout")
    return SHARED
