"""The command `preview`: samples of an institution's certificates, to files and to a browser."""

from __future__ import annotations

from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import attrs
import pytest
from mikrocert.cli.app import run
from mikrocert.cli.previewing import server_of
from mikrocert.errors import UnrenderableError
from mikrocert.kinds.institution import Branding
from mikrocert.report import Finding
from mikrocert.service.issuing.samples import SAMPLES, samples_of
from mikrocert.testing import example_profile


@pytest.fixture
def folder(toy, tmp_path, monkeypatch):
    """Work in an empty folder with the toys at hand; no settings, no archive."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    return tmp_path


def test_each_sample_is_drawn(folder):
    """A document and a picture in each language; nothing else comes to be."""
    assert run(["preview", "--institution", "toy", "--out", "ukázky"]) == 0
    names = {path.name for path in (folder / "ukázky").iterdir()}
    assert names == {f"{sample}{end}" for sample in SAMPLES for end in (".pdf", ".cs.png", ".en.png")}
    assert [path.name for path in folder.iterdir()] == ["ukázky"]


def test_a_sample_that_can_not_be_drawn_says_why(folder, toy, monkeypatch, capsys):
    """The others are drawn, and the exit code tells."""

    def document(self, certificates, **_):
        if len(certificates[0].front.holder) > 40:
            raise UnrenderableError([Finding.error("x", "the name is too long", path="holder")])
        return b"drawn"

    monkeypatch.setattr(toy.Renderer, "document", document)
    assert run(["preview", "--institution", "toy"]) == 1
    assert capsys.readouterr().err == "long: holder: the name is too long\n"
    assert (folder / "preview" / "short.pdf").read_bytes() == b"drawn"


@pytest.mark.usefixtures("folder")
def test_templates_of_another_renderer_are_an_error_of_the_settings(toy, monkeypatch, tmp_path, capsys):
    """No preview shows the shipped look to an institution that has one of its own."""
    (tmp_path / "okraj.html").write_text("ř")
    profile = attrs.evolve(example_profile(), branding=Branding(templates=tmp_path))
    monkeypatch.setattr(toy.University, "profile", profile)
    assert run(["preview", "--institution", "toy"]) == 78
    assert (
        "toy has templates (okraj.html), and the renderer that is chosen takes none"
        in capsys.readouterr().err
    )


@pytest.mark.usefixtures("folder")
def test_an_unknown_institution_is_an_error_of_the_settings(capsys):
    """Those that there are, are named."""
    assert run(["preview", "--institution", "řípská"]) == 78
    assert "toy" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_folder_that_is_none_is_told_before_anything_is_drawn(folder, toy, monkeypatch, capsys):
    """As everywhere else, no file is replaced by a folder, and no link is followed."""
    monkeypatch.setattr(toy.Renderer, "document", lambda *_, **__: pytest.fail("it was drawn"))
    (folder / "soubor").write_text("ř")
    (folder / "odkaz").symlink_to(folder)
    for out in ("soubor", "odkaz"):
        assert run(["preview", "--institution", "toy", "--out", out]) == 69
        assert f"{out} can't be written" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_port_that_is_taken_is_told(capsys):
    """With its number and what would be right."""
    with server_of(dict, state=tuple, port=0) as server:
        port = server.server_port
        assert run(["preview", "--institution", "toy", "--serve", "--port", str(port)]) == 78
    assert f"--port: {port} can't be used" in capsys.readouterr().err


def test_samples_are_as_short_and_as_long_as_awards_get():
    """They are of the institution; one is a test, and forty outcomes are forty."""
    samples = samples_of(example_profile(), base_url="https://ripska.example")
    assert tuple(samples) == SAMPLES
    assert [name for name, view in samples.items() if view.test] == ["test"]
    outcomes = samples["long"].item("outcomes").values
    assert len({str(value) for value in outcomes}) == 40
    assert all(view.link.startswith("https://ripska.example/verify/") for view in samples.values())


def test_a_page_is_drawn_anew_and_knows_when_to():
    """What is asked for is what was drawn last; other names are not found."""
    drawn, state = [], ["a"]

    def draw():
        drawn.append(f"číslo {len(drawn)}".encode())
        return {"": drawn[-1], "short.cs.png": b"PNG"}

    with server_of(draw, state=lambda: tuple(state), port=0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            base = f"http://127.0.0.1:{server.server_port}/"
            before, page = (urlopen(base + name).read() for name in ("state", ""))
            assert page == "číslo 0".encode()
            assert urlopen(base + "?x").read() == "číslo 1".encode()
            with urlopen(base + "short.cs.png") as picture:
                assert (picture.headers["Content-Type"], picture.read()) == ("image/png", b"PNG")
            state.append("b")
            assert urlopen(base + "state").read() != before
            with pytest.raises(HTTPError, match="404"):
                urlopen(base + "../etc/passwd")
        finally:
            server.shutdown()
            thread.join()
