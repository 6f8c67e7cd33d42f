"""The plugin and the intake keep the contracts of the core."""

from __future__ import annotations

import pytest
from mikrocert.api import IntakeError, SettingsError
from mikrocert.testing import IntakeContract, PluginContract
from mikrocert_intake_elmo import plugin
from mikrocert_intake_elmo.intake import ElmoIntake
from mikrocert_intake_elmo.plugin import ElmoConfig


class TestPlugin(PluginContract):
    """The entry point."""

    @pytest.fixture
    def plugin(self):
        return plugin


class TestIntake(IntakeContract):
    """The intake with the sample."""

    @pytest.fixture
    def intake(self):
        return ElmoIntake()

    @pytest.fixture
    def profile(self, request):
        """The contract's own fixture has no types."""
        return request.getfixturevalue("university")

    @pytest.fixture
    def numbers(self):
        return ["UŘ-2026-0007"]

    @pytest.mark.parametrize("separator", ["\x0b", "\x0c"], ids=ascii)
    def test_what_no_xml_can_have_refuses_the_file(self, intake, sample, profile, separator):
        """A character that XML doesn't allow makes the file none: nobody knows what else is wrong with it."""
        with pytest.raises(IntakeError) as caught:
            list(intake.read(sample.replace("Ďurůžka".encode(), f"Ď{separator}".encode()), profile=profile))
        assert [finding.code for finding in caught.value.findings] == ["not-xml"]

    @pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085"], ids=ascii)
    def test_a_line_separator_inside_a_value_ends_no_record(
        self, intake, sample, profile, encoding, separator
    ):
        """What XML allows is a character of its value."""
        super().test_a_line_separator_inside_a_value_ends_no_record(
            intake, sample, profile, encoding, separator
        )

    @pytest.mark.parametrize("broken", ['"', '"x" y'])
    def test_broken_quotes_are_one_refusal(self, intake, sample, profile, broken):
        """Quotes are no marks in texts of XML: they stay in the name, which the rules judge."""
        name = f"{broken}Ďurůžka"
        (record,) = intake.read(sample.replace("Ďurůžka".encode(), name.encode()), profile=profile)
        assert record.award is not None
        assert record.award.learner.family_name == name


def test_the_offer_is_named():
    """The intake is elmo."""
    (offer,) = plugin.mikrocert_register_intakes()
    assert offer.name == "elmo"
    with offer.factory(ElmoConfig()) as intake:
        assert isinstance(intake, ElmoIntake)


LAYOUT = """
title = { cs = "přihlášek", en = "applications" }
fields = [
  { name = "cislo", fills = "evidence_number" },
  { name = "prijmeni", fills = "learner.family_name" },
  { name = "udeleno", fills = "awarded_on" },
  { name = "typ", fills = "type" },
]
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_other_exports_are_read_by_a_layout(encoding, sample, university, tmp_path):
    """An institution sends both under the name of one intake; whatever begins as XML is ELMO."""
    (offer,) = plugin.mikrocert_register_intakes()
    table = "cislo;prijmeni;udeleno;typ\nŘ-1;Ďurůžka;22. 6. 2026;VCELY-1\n"
    (tmp_path / "layout.toml").write_text(LAYOUT, encoding="utf-8")
    with offer.factory(ElmoConfig(tmp_path / "layout.toml")) as intake:
        (other,) = intake.read(table.encode(), profile=university)
        (own,) = intake.read(
            sample.decode().replace("UTF-8", encoding[:6].strip("-")).encode(encoding), profile=university
        )
    assert (other.evidence_number, other.row) == ("Ř-1", 2)
    assert other.award is not None
    assert own.award is not None


def test_a_layout_that_is_none_is_told(tmp_path):
    """Before anything is read."""
    (offer,) = plugin.mikrocert_register_intakes()
    with pytest.raises(SettingsError, match="layout"), offer.factory(ElmoConfig(tmp_path / "nothing.toml")):
        pass
