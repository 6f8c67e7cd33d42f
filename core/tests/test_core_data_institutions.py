"""Universities without code: sections of mikrocert.toml say who they are and how their exports are read."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from mikrocert.builtin import plugin
from mikrocert.builtin.institution import DataInstitution
from mikrocert.builtin.sections import DataConfig
from mikrocert.errors import SettingsError, UnknownOffer
from mikrocert.host.loading import Plugins
from mikrocert.intake.layout_intake import LayoutIntake
from mikrocert.parsing.structuring import structured
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings
from mikrocert.testing import InstitutionContract, IntakeContract

POLABI = """
[institutions.polabi]
offer = "data"
intake = "polabi"
legal_name = { cs = "Univerzita Polabí", en = "University of Polabí" }
address = { country = "CZE", region = "CZE_KRJ_STREDO", street = "Polabská 1", postcode = "290 01", locality = "Poděbrady" }
identifiers = { ico = "12345679" }
mandate = { number = "SML-1", agreed_on = 2026-01-01 }
homepage = "https://polabi.example"
place = { cs = "Poděbrady" }
[[institutions.polabi.quality_assurance]]
type = "institutional-quality-assurance"
title = { cs = "Vnitřní hodnocení kvality", en = "Internal evaluation of quality" }
[institutions.polabi.branding]
accent = "#7A1F3D"
emblem = "emblem.svg"
signatory = { name = "Řehoř Ďurůžka", office = { cs = "rektor", en = "Rector" } }
[intakes.polabi]
offer = "layout"
file = "layouts/polabi.toml"
"""
RIP = POLABI.replace("polabi", "rip").replace("Polabí", "Řípská").replace("12345679", "00216224")
LAYOUT = """
common.outcomes = [{ title = { cs = "Pozná plemena včel.", en = "Knows breeds of bees." } }]
common.workload.ects = 2
common.level.eqf = 6
common.languages = ["cs"]
common.thematic_areas = ["0811"]
common.participation.mode = "blended"
common.assessments = [{ type = "quiz" }]
[[fields]]
name = "Číslo"
fills = "evidence_number"
[[fields]]
name = "Jméno"
fills = "learner.given_name"
[[fields]]
name = "Příjmení"
fills = "learner.family_name"
[[fields]]
name = "Narozen"
fills = "learner.birth_date"
[[fields]]
name = "Název"
fills = "title"
translations.en = "Title"
[[fields]]
name = "Dne"
fills = "awarded_on"
"""
EXPORT = "Číslo;Jméno;Příjmení;Narozen;Název;Title;Dne\nPO-1;Řehoř;Ďurůžka;1. 2. 1999;Včely;Bees;22. 6. 2026\n".encode()


@pytest.fixture
def settings(tmp_path: Path):
    """Return a function that reads settings of a folder that has what they name."""
    (tmp_path / "layouts").mkdir()
    for name in ("polabi", "rip"):
        (tmp_path / f"layouts/{name}.toml").write_text(LAYOUT, "utf-8")
    (tmp_path / "emblem.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')

    def read(text: str):
        file = tmp_path / "mikrocert.toml"
        file.write_text(text, "utf-8")
        return load_settings(file, environment={})

    return read


@pytest.fixture
def plugins() -> Plugins:
    """Return the core's own offers."""
    plugins = Plugins()
    plugins.add(plugin, name="core")
    return plugins


def test_several_universities_are_said_by_data_alone(settings, plugins) -> None:
    """Each has a section, a layout and its own awards; nothing of the others is needed."""
    with open_system(settings(POLABI + RIP), plugins=plugins) as system:
        for name, ico in {"polabi": "12345679", "rip": "00216224"}.items():
            [record] = system.read(EXPORT, institution=name)
            assert record.findings == ()
            assert record.award.awarding_body.identifier("ico") == ico
            assert record.award.level.eqf == 6


def test_a_profile_is_what_the_section_says(settings, plugins) -> None:
    """Names, agreement, look and place come from the section, files from the folder of the settings."""
    with plugins.institutions.choose("polabi", settings(POLABI)) as chosen:
        profile = chosen.profile
    assert profile.organisation.legal_name.get("en") == "University of Polabí"
    assert (profile.mandate.number, profile.place.get("cs")) == ("SML-1", "Poděbrady")
    assert profile.branding.accent == "#7A1F3D"
    assert profile.branding.emblem.startswith(b"<svg")
    assert profile.branding.signatory[0] == "Řehoř Ďurůžka"


def test_nothing_is_made_before_it_is_chosen(settings, plugins) -> None:
    """A university whose files are missing or whose codes are wrong hinders no other one."""
    broken = (
        RIP.replace("emblem.svg", "there-is-none.svg")
        .replace("CZE_KRJ_STREDO", "x")
        .replace("/rip.toml", "/x.toml")
    )
    with open_system(settings(POLABI + broken), plugins=plugins) as system:
        assert system.read(EXPORT, institution="polabi")
        with pytest.raises(SettingsError, match=r"address\.region"):
            system.read(EXPORT, institution="rip")


WRONG = {  # kind of fault → (what stands, what stands instead, key, what is said of it)
    "unknown key": ("legal_name", "legal_nam", "institutions.polabi.legal_nam", "'legal_name'"),
    "unknown key inside": ("locality", "town", "institutions.polabi.address.town", "unknown member"),
    "value of another type": ('"SML-1"', "1", "institutions.polabi.mandate.number", "a text"),
    "no agreement": ("mandate = ", "# ", "institutions.polabi.mandate", "mandatory"),
    "unknown offer": ('offer = "data"', 'offer = "date"', "institutions.polabi.offer", "there are: data"),
    "offer that is no name": ('offer = "data"', "offer = 1", "institutions.polabi.offer", "no such offer"),
    "colour that is none": ("#7A1F3D", "red", "institutions.polabi.branding.accent", "#[0-9A-Fa-f]{6}"),
    "colour that is pale": ("#7A1F3D", "#EEEEEE", "branding.accent", "4.5:1"),
    "unknown country": ('"CZE"', '"CZ"', "address.country", "CZE"),
    "unknown quality assurance": ('"institutional-quality-assurance"', '"institutional"', "quality_assurance[0].type", "institutional-quality-assurance"),
    "no legal identifier": ("ico", "ror", "identifiers", "ico"),
    "empty number of the agreement": ('"SML-1"', '" "', "mandate.number", "empty"),
    "file that is missing": ("emblem.svg", "x.svg", "branding.emblem", "no such file"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_section_is_told_by_key(settings, plugins, kind: str) -> None:
    """The error names the key and what would be right."""
    good, bad, key, right = WRONG[kind]
    assert good in POLABI
    with ExitStack() as stack, pytest.raises(SettingsError) as caught:
        stack.enter_context(plugins.institutions.choose("polabi", settings(POLABI.replace(good, bad, 1))))
    assert f"{key}: " in str(caught.value), str(caught.value)
    assert right in str(caught.value)


@pytest.mark.parametrize("name", ["Polabi", "polabí", "po_labi", "-"])
def test_a_section_is_called_as_an_offer_is(settings, plugins, name: str) -> None:
    """The name stands in the archive and in addresses, so that it is kebab-case."""
    text = POLABI.replace("institutions.polabi", f"institutions.'{name}'")
    with ExitStack() as stack, pytest.raises(SettingsError, match="my-university"):
        stack.enter_context(plugins.institutions.choose(name, settings(text)))


def test_an_unknown_university_is_told_those_there_are(settings, plugins) -> None:
    """Those of sections count as those of plugins."""
    with ExitStack() as stack, pytest.raises(UnknownOffer, match=r"did you mean 'polabi'.*data, polabi"):
        stack.enter_context(plugins.institutions.choose("polaby", settings(POLABI)))


def test_only_what_is_chosen_by_name_may_be_several(settings, plugins) -> None:
    """A section of a kind that is opened as a whole can't take an offer for itself: nothing would open it."""
    with ExitStack() as stack, pytest.raises(SettingsError, match=r"no offer reads \[checks\.mine\]"):
        stack.enter_context(open_system(settings('[checks.mine]\noffer = "x"'), plugins=plugins))


@pytest.mark.parametrize("file", ["layouts/none.toml", "layouts", "emblem.svg"])
def test_a_layout_that_can_t_be_read_is_told_by_name(settings, plugins, file: str) -> None:
    """Whatever is wrong with the file, its name is in the error."""
    with ExitStack() as stack, pytest.raises(SettingsError, match=file):
        stack.enter_context(
            plugins.intakes.choose("polabi", settings(POLABI.replace("layouts/polabi.toml", file)))
        )


def test_what_a_plugin_offers_keeps_its_section(settings, plugins) -> None:
    """A section of an offer's own name is that offer's, whatever keys it has."""
    with (
        ExitStack() as stack,
        pytest.raises(SettingsError, match=r"institutions\.data\.offer: unknown member"),
    ):
        stack.enter_context(
            plugins.institutions.choose("data", settings('[institutions.data]\noffer = "data"'))
        )


class TestInstitution(InstitutionContract):
    """A university by data keeps the contract of all."""

    @pytest.fixture
    def institution(self):
        import tomllib

        section = tomllib.loads(POLABI)["institutions"]["polabi"]
        del section["offer"], section["branding"]["emblem"]
        return DataInstitution(structured(section, DataConfig, refuse=SettingsError))


class TestIntake(IntakeContract):
    """An intake by a layout keeps the contract of all."""

    @pytest.fixture
    def intake(self):
        from mikrocert.intake.description import read_layout

        return LayoutIntake(read_layout(LAYOUT.encode(), name="polabi.toml"))

    @pytest.fixture
    def sample(self):
        return EXPORT

    @pytest.fixture
    def numbers(self):
        return ["PO-1"]
