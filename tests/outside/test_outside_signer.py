"""A signer that is none of ours: authorised once a batch, however many awards there are, and never able to end the program well."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.system

FIFTY = tuple(f"UŘ/2026/{number:04}" for number in range(1, 51))


def test_fifty_awards_are_authorised_once(outside):
    """One session, one PIN, and the card is asked twice: for all credentials, then for all documents."""
    results = outside.json("issue", outside.awards(*FIFTY), "--institution", "school")
    assert outside.log == ["opened", "authorised", "signed 50", "signed 50", "closed"]
    assert [result["record"]["evidence_number"] for result in results] == list(FIFTY)
    assert len({result["identifier"] for result in results}) == len(FIFTY)
    assert {len(result["files"]) for result in results} == {2}


def test_a_second_format_is_signed_with_the_first(outside):
    """The credentials of all formats go to the card together, whichever envelope each is in."""
    issue = ("issue", outside.awards(*FIFTY[:3]), "--institution", "school")
    outside.json(*issue, "--format", "edc-v3", "--format", "toy-badge")
    assert outside.log == ["opened", "authorised", "signed 6", "signed 3", "closed"]


def test_a_dry_run_needs_no_signature(outside):
    """The session tells who would sign; nothing is signed."""
    outside.json("issue", outside.awards(*FIFTY[:3]), "--institution", "school", "--dry-run")
    assert [event for event in outside.log if event.startswith("signed")] == []


def test_a_wrong_pin_seals_nothing(outside):
    """The card's own words are shown, its session was never authorised, and the exit code is that of a service."""
    done = outside.run("issue", outside.awards("UŘ/1"), "--institution", "school", CARD_PIN="1234")
    assert done.returncode == 69
    assert "the card refuses this PIN" in done.stderr
    assert outside.log == ["opened"]


LEAVES = {  # when the driver of the card ends the program with success → exit code
    "opening": 78,
    "identity": 78,
    "signing": 78,
}


@pytest.mark.parametrize("when", LEAVES)
def test_a_signer_that_ends_the_program_ends_it_with_an_error(outside, when):
    """Exit code 0 is not a plugin's to give: it is blamed by kind and name, nothing is issued, the session is closed."""
    done = outside.run(
        "issue", outside.awards("UŘ/1"), "--institution", "school", MIKROCERT_SIGNERS__CARD__LEAVES=when
    )
    assert done.returncode == LEAVES[when], done.stderr
    assert "signer" in done.stderr
    assert "signer card crashed: SystemExit at outside_card.card:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(outside.folder.glob("*.jsonld"))
    if when != "opening":
        assert outside.log[-1] == "closed"
