"""The plugin, the institution and the intake keep the contracts of the core."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from mikrocert.errors import IntakeError, PluginError
from mikrocert.intake.layout import Field, Group, layout_table
from mikrocert.intake.layout_intake import LayoutIntake
from mikrocert.intake.members import Kind
from mikrocert.kinds.institution import Mandate
from mikrocert.kinds.offer import NoConfig
from mikrocert.parsing.structuring import structured
from mikrocert.testing import InstitutionContract, IntakeContract, PluginContract
from mikrocert.texts import Texts
from mikrocert_institution_mu import EXAMPLES, example, plugin
from mikrocert_institution_mu.institution import MasarykUniversity
from mikrocert_institution_mu.layout import layout
from mikrocert_institution_mu.plugin import MuConfig

README = Path(__file__).parent.parent / "README.md"


class TestPlugin(PluginContract):
    """The entry point."""

    @pytest.fixture
    def plugin(self):
        return plugin


class TestMasarykUniversity(InstitutionContract):
    """The institution."""

    @pytest.fixture
    def institution(self):
        return MasarykUniversity(Mandate("MC-2024-001", date(2024, 6, 1)))


NUMBERS = [
    "MU-FI-2026-0117",
    "MU-FSS-2026-0042",
    "MU-PdF-2026-0309",
    "MU-LF-2026-0071",
    "MU-CJV-2026-0008",
    "MU-FF-2026-0256",
    "MU-FI-2026-0204",
]
"""Record numbers that both shipped exports have; each has one more."""


class TestIntakeOfJson(IntakeContract):
    """The intake with the shipped JSON export."""

    @pytest.fixture
    def intake(self):
        return LayoutIntake(layout())

    @pytest.fixture
    def sample(self):
        return example("is-mu-2026.json").read_bytes()

    @pytest.fixture
    def numbers(self):
        return [*NUMBERS, "MU-ESF-2026-0133"]


class TestIntakeOfCsv(TestIntakeOfJson):
    """The intake with the shipped CSV export."""

    @pytest.fixture
    def sample(self):
        return example("is-mu-2026.csv").read_bytes()

    @pytest.fixture
    def numbers(self):
        return [*NUMBERS, "MU-ESF-2026-0134"]


def test_offers_are_named():
    """The institution is mu and its intake is-mu."""
    (institution,), (intake,) = plugin.mikrocert_register_institutions(), plugin.mikrocert_register_intakes()
    assert (institution.name, intake.name) == ("mu", "is-mu")
    with institution.factory(MuConfig()) as university:
        assert university.intake == "is-mu"
    with intake.factory(NoConfig()) as reader:
        assert isinstance(reader, LayoutIntake)


def test_mandate_comes_from_the_settings():
    """The agreement is what the settings say."""
    (offer,) = plugin.mikrocert_register_institutions()
    with offer.factory(MuConfig("SML-7", date(2025, 1, 2), date(2027, 1, 1))) as university:
        assert university.profile.mandate == Mandate("SML-7", date(2025, 1, 2), date(2027, 1, 1))


def test_settings_in_the_readme_are_understood():
    """The section of mikrocert.toml that README.md shows is one."""
    fenced = README.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    section = tomllib.loads(fenced)["institutions"]["mu"]
    assert structured(section, MuConfig, refuse=IntakeError) == MuConfig()


def test_profile_names_the_university():
    """The identifiers are those of the registers."""
    organisation = MasarykUniversity(Mandate("x", date(2024, 6, 1))).profile.organisation
    assert organisation.identifier("ico") == "00216224"
    assert organisation.identifier("vat") == "CZ00216224"
    assert organisation.identifier("ror") == "https://ror.org/02j46qs45"
    assert organisation.legal_name.get("en") == "Masaryk University"


def test_unknown_example_lists_those_there_are():
    """An example that is not shipped is an error that names the shipped ones."""
    with pytest.raises(PluginError, match=r"is-mu-2026\.json"):
        example("is-mu-1999.json")


def test_examples_are_shipped():
    """Every example is a file."""
    assert all(example(name).is_file() for name in EXAMPLES)


@pytest.mark.parametrize("language", ["cs", "en"])
def test_readme_has_the_layout(language):
    """The table of README.md is the one that the layout gives."""
    say = partial(Texts(["mikrocert_institution_mu"]).plain, language=language)
    assert layout_table(layout(), say) in README.read_text(encoding="utf-8")


def test_codes_have_words_or_a_list():
    """A field of codes says where they come from, and no other field does."""
    fields = [f for part in layout().parts for f in (part.members if isinstance(part, Group) else (part,))]
    assert all(isinstance(field, Field) for field in fields)
    assert all((field.kind is Kind.CODE) == (bool(field.words) or bool(field.code_list)) for field in fields)
