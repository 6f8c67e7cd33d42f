"""What the tests across members share: one demo, made for real by script/demo."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from mikrocert.cli.app import run

ROOT = Path(__file__).parent.parent
PACKAGES = ROOT / "tests/outside/packages"
SHARED = Path(os.environ.get("MIKROCERT_SHARED", ROOT.parent / "shared"))


class Program:
    """The program, called in a folder.

    It is called in this process: a process of its own costs a second, and the demo and the pages of the documentation start enough.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run it, hold its exit code against the expected one, and return what it prints."""
        output, errors = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            ended = run(["--config", "mikrocert.toml", *arguments])
        assert "Traceback" not in errors.getvalue(), errors.getvalue()
        assert ended == code, f"exit {ended} instead of {code}\n{output.getvalue()}\n{errors.getvalue()}"
        return output.getvalue() if code != 78 else errors.getvalue()

    def json(self, *arguments: str, code: int = 0) -> dict:
        """Run it with `--json` and return the object that it prints."""
        return json.loads(self(*arguments, "--json", code=code))


@pytest.fixture(scope="session")
def demo(made_once) -> Path:
    """Return the folder that script/demo filled; made once for all workers, to be read only."""

    def make(folder: Path) -> None:
        environment = {**os.environ, "DEMO_FOLDER": str(folder)}
        done = subprocess.run(
            [ROOT / "script" / "demo"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / "output.txt").write_text(done.stdout)

    return made_once(make)


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


@pytest.fixture
def oracle(shared: Path) -> Path:
    """Return the program that runs DSS and veraPDF."""
    program = shared / "oracle" / "oracle"
    if not program.exists() or not shutil.which("mvn") or not shutil.which("java"):
        pytest.skip("the judge needs ../shared/oracle, Maven and a JDK")
    return program


@pytest.fixture(scope="session")
def catalogues():
    """Return the program that holds the catalogues against the code."""
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "script/catalogues.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["catalogues"] = module  # attrs looks there for annotations
    spec.loader.exec_module(module)
    return module


def install(site: Path) -> None:
    """Install every package into a folder, as a wheel would lie there."""
    for package in sorted(PACKAGES.iterdir()):
        project = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
        shutil.copytree(package / "src", site, dirs_exist_ok=True)
        info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.3\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
        )
        points = project["entry-points"]["mikrocert"]
        listed = "".join(f"{name} = {module}\n" for name, module in points.items())
        (info / "entry_points.txt").write_text(f"[mikrocert]\n{listed}", "utf-8")


@pytest.fixture(scope="session")
def site(made_once) -> Path:
    """Return the folder in which the packages are installed."""
    return made_once(install)
