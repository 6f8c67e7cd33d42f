"""The assembled system: opens once, closes for sure, serves several threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import attrs
import pytest
from mikrocert.errors import PluginError, RenderError, SettingsError, UnknownIdentifier, UnknownOffer
from mikrocert.kinds.offer import NoConfig, offer
from mikrocert.report import SealQuality, Verdict
from mikrocert.service.system import open_system
from mikrocert.settings import Archive
from mikrocert.testing import example_award
from mikrocert.texts import LanguageMap


@pytest.fixture
def settings(toy, tmp_path):
    return toy.settings(tmp_path)


@pytest.fixture
def system(toy, settings):
    with open_system(settings, plugins=toy.plugins()) as opened:
        yield opened


@pytest.fixture
def receipt(system):
    with system.issuer("toy") as issuer:
        return issuer.issue(example_award())[0]


def replaced(toy, kind, name, make, closed=None):
    """Return toy plugins with one offer made otherwise."""
    plugins = toy.plugins()
    del getattr(plugins, kind)._offered[name]
    plugins.add(toy.offering(kind, name, lambda _: make(), closed=closed), name="otherwise")
    assert plugins.failures == []
    return plugins


def test_issues_and_verifies(system, receipt):
    """By file, certificate and identifier."""
    assert system.verify(receipt.sealed).verdict is Verdict.VALID
    assert system.verify(receipt.certificate).verdict is Verdict.VALID
    assert system.verify_identifier(receipt.identifier).verdict is Verdict.VALID
    assert system.archived(receipt.identifier).sealed == receipt.sealed
    assert (
        receipt.link == system.link(receipt.identifier) == f"https://toy.example/verify/{receipt.identifier}"
    )
    assert system.identifier_of(receipt.link) == receipt.identifier


@pytest.mark.parametrize("identifier", ["aaaaBBBB2222", "", "not an identifier", "../../etc/passwd"])
def test_unknown_identifiers_are_unknown(system, identifier):
    """Also what is no identifier at all."""
    for ask in (system.archived, system.verify_identifier):
        with pytest.raises(UnknownIdentifier):
            ask(identifier)
    with pytest.raises(UnknownIdentifier):
        system.picture(identifier, language="cs")


def test_without_archive_everything_is_unknown(toy, settings):
    """Who only verifies has no archive."""
    with open_system(attrs.evolve(settings, archive=None), plugins=toy.plugins()) as system:
        with pytest.raises(UnknownIdentifier, match="there is no archive"):
            system.archived("aaaaBBBB2222")
        assert system.verify(b"x").verdict is Verdict.UNUSABLE


FORBIDDEN = {  # name → (settings changed, message)
    "no operator": ({"operator": None}, "needs a mikrocert.toml with \\[operator\\]"),
    "no archive": ({"archive": None}, "needs a mikrocert.toml"),
    "no sandbox": ({"sandbox": False}, "says sandbox = true"),
    "unknown rule set": ({"rule_set": "CZ-HE-1348"}, "there are: CZ-HE-2024"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_settings_can_forbid_issuing(toy, settings, name):
    """A test seal outside the sandbox, and whatever is missing."""
    changes, message = FORBIDDEN[name]
    with (
        open_system(attrs.evolve(settings, **changes), plugins=toy.plugins()) as system,
        pytest.raises(SettingsError, match=message),
        system.issuer("toy"),
    ):
        pass


def test_the_seal_has_to_be_the_operators(toy, settings):
    """Nobody issues with somebody else's seal."""
    operator = attrs.evolve(settings.operator, organization_identifier="NTRCZ-1")
    with (
        open_system(attrs.evolve(settings, operator=operator), plugins=toy.plugins()) as system,
        pytest.raises(
            SettingsError, match=r"belongs to NTRCZ-00000000, mikrocert\.toml names operator NTRCZ-1"
        ),
        system.issuer("toy"),
    ):
        pass


@pytest.mark.parametrize("names", [{"institution": "x"}, {"format_name": "x"}, {"seal_name": "x"}])
def test_unknown_names_list_what_there_is(system, names):
    """Institution, format, seal."""
    with (
        pytest.raises(UnknownOffer, match="there are: toy"),
        system.issuer(**{"institution": "toy", **names}),
    ):
        pass


def test_a_seal_is_closed_after_the_batch(toy, settings):
    """Also when the batch ends in an error; and it isn't opened for verifying."""
    closed = []
    with open_system(settings, plugins=replaced(toy, "seals", "toy", toy.Seal, closed)) as system:
        system.verify(b"x")
        assert closed == []
        with pytest.raises(ZeroDivisionError), system.issuer("toy"):
            raise ZeroDivisionError
        assert closed == ["toy"]


def test_everything_is_closed_at_the_end(toy, settings):
    """Envelopes and renderer live as long as the system."""
    closed = []
    plugins = replaced(toy, "renderers", "toy", toy.Renderer, closed)
    with open_system(settings, plugins=plugins) as system:
        assert system.renderer is system.renderer
        assert closed == []
    assert closed == ["toy"]


def test_threads_open_everything_once(toy, settings):
    """Eight threads that come at once share one verifier and one archive."""
    made = []

    def envelope():
        made.append(threading.get_ident())
        return toy.envelopes["toy-seal"]

    barrier = threading.Barrier(8)
    with open_system(settings, plugins=replaced(toy, "envelopes", "toy-seal", envelope)) as system:

        def verify(_):
            barrier.wait()
            return system.verify(toy.sealed(toy.payload())).verdict, id(system.archive)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(verify, range(8)))) == 1
    assert len(made) == 1


def test_a_picture_has_no_birth_date(system, receipt):
    """Strangers see the front without it, in the language asked for."""
    picture = system.picture(receipt.identifier, language="en").decode()
    assert picture == "PNG en Data Analysis in Python None"
    assert system.picture(receipt.identifier, language="cs") != picture


def test_a_picture_is_drawn_once(toy, settings):
    """The second one comes from memory, and verifying doesn't wait for one being drawn."""
    drawing, done = threading.Event(), threading.Event()
    drawn = []

    class Slow(toy.Renderer):
        def pages(self, view, *, language, branding):
            if view.birth is None:
                drawn.append(language)
                drawing.set()
                assert done.wait(30)
            return super().pages(view, language=language, branding=branding)

    with open_system(settings, plugins=replaced(toy, "renderers", "toy", Slow)) as system:
        with system.issuer("toy") as issuer:
            receipt, _ = issuer.issue(example_award())
        with ThreadPoolExecutor(2) as pool:
            pictures = [pool.submit(system.picture, receipt.identifier, language="cs") for _ in range(2)]
            assert drawing.wait(30)
            assert system.verify(receipt.sealed).verdict is Verdict.VALID
            done.set()
            assert pictures[0].result() == pictures[1].result()
    assert drawn == ["cs"]


def test_no_picture_of_what_is_not_genuine(toy, system):
    """Where the archive's file is broken, its content isn't drawn."""
    new = toy.new(sealed=toy.sealed(toy.payload()) + b" ")
    system.archive.record(new)
    with pytest.raises(RenderError, match="can't be shown as genuine"):
        system.picture(new.identifier, language="cs")


def test_an_export_is_read_by_the_institutions_intake(toy, system):
    """An intake may be named instead; a crash of one is blamed."""
    assert system.read(b'{"awards": []}', institution="toy") == []
    assert system.read(b'{"awards": []}', institution="toy", intake_name="json") == []
    with pytest.raises(UnknownOffer, match=r"intakes: there is no 'jsno' \(did you mean 'json'"):
        system.read(b"", institution="toy", intake_name="jsno")
    crashing = type("Crashing", (), {"read": lambda self, data, **_: 1 / 0})
    system.plugins.add(toy.offering("intakes", "crashing", lambda _: crashing()), name="crashing")
    with pytest.raises(PluginError, match="reading the export of toy: a plugin crashed: ZeroDivisionError"):
        system.read(b"", institution="toy", intake_name="crashing")


ANCHORS = {  # name → (octets or none, message)
    "missing": (None, "No such file"),
    "empty": (b"", "there is no certificate in it"),
    "cut": (b"-----BEGIN CERTIFICATE-----\ndG95\n", "has no end"),
    "not base64": (b"-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----", "can't be read as PEM"),
}


@pytest.mark.parametrize("name", ANCHORS)
def test_wrong_anchors_are_settings_that_are_wrong(toy, settings, tmp_path, name):
    """A typo in trust.anchors never means that nobody, or anybody, is trusted."""
    octets, message = ANCHORS[name]
    (tmp_path / "root.pem").unlink()
    if octets is not None:
        (tmp_path / "root.pem").write_bytes(octets)
    with open_system(settings, plugins=toy.plugins()) as system, pytest.raises(SettingsError, match=message):
        system.verify(b"x")


def test_observers_hear_of_what_happens(toy, settings):
    """Each verification is told, and each credential once; one sent again isn't."""
    from mikrocert.host.hookspecs import hookimpl

    heard = []

    class Observer:
        @hookimpl
        def mikrocert_after_verify(self, report):
            heard.append(report)

        @hookimpl
        def mikrocert_after_issue(self, receipt):
            heard.append(receipt)
            raise RuntimeError

    plugins = toy.plugins()
    plugins.add(Observer(), name="observer")
    with open_system(settings, plugins=plugins) as system:
        report = system.verify(b"x")
        with system.issuer("toy") as issuer:
            receipt, _ = issuer.issue(example_award())
            assert not issuer.issue(example_award())[0].created
    assert heard == [report, receipt]


def test_an_operators_name_is_shown_as_settings_say(settings):
    """Operator and base are at hand for pages."""
    assert settings.operator.name == LanguageMap.of("Řípská")
    assert settings.archive_url.startswith("sqlite:////")
    assert attrs.evolve(settings, archive=Archive("sqlite:////x")).archive_url == "sqlite:////x"


def test_genuine_seals_need_no_sandbox(toy, settings):
    """Only a test seal is bound to the sandbox."""
    genuine = attrs.evolve(toy.Seal.owner, quality=SealQuality.QUALIFIED)
    seal = type("Genuine", (toy.Seal,), {"owner": genuine})

    @contextmanager
    def factory(_):
        yield seal()

    plugins = toy.plugins()
    plugins.seals.add(offer("genuine", "Genuine", NoConfig, factory), plugin="x")
    with (
        open_system(attrs.evolve(settings, sandbox=False), plugins=plugins) as system,
        system.issuer("toy", seal_name="genuine") as issuer,
    ):
        assert issuer.seal.owner is genuine
