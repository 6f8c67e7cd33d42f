"""The plugin and the intake keep the contracts of the core."""

from __future__ import annotations

import pytest
from mikrocert.api import IntakeError, NoConfig
from mikrocert.testing import IntakeContract, PluginContract
from mikrocert_intake_elmo import plugin
from mikrocert_intake_elmo.intake import ElmoIntake


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

    @pytest.mark.parametrize("separator", ["\x0b", "\x0c"], ids=ascii)
    def test_what_no_xml_can_have_refuses_the_file(self, intake, sample, profile, separator):
        """A character that XML doesn't allow makes the file none: nobody knows what else is wrong with it."""
        with pytest.raises(IntakeError) as caught:
            list(intake.read(sample.replace("Ďurůžka".encode(), f"Ď{separator}".encode()), profile=profile))
        assert [finding.code for finding in caught.value.findings] == ["not-xml"]

    @pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085"], ids=ascii)
    def test_a_line_separator_inside_a_value_ends_no_record(self, intake, sample, profile, separator):
        """What XML allows is a character of its value."""
        super().test_a_line_separator_inside_a_value_ends_no_record(intake, sample, profile, separator)

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
    with offer.factory(NoConfig()) as intake:
        assert isinstance(intake, ElmoIntake)
