"""Plugins that crash: a record at which one does is refused with its name, the others are issued, and the summary is printed."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.system

NUMBERS = ("UŘ/1", "raise", "UŘ/3", "exit", "nothing", "UŘ/6")
BLAMED = {
    "raise": "intake school crashed: ZeroDivisionError at outside_school.school:",
    "exit": "intake school crashed: SystemExit at outside_school.school:",
    "nothing": "intake school: read is NoneType; IntakeRecord would be right",
}


def test_records_that_crash_the_intake_are_refused(outside):
    """Whatever it does at a record, it is blamed there; the rest is issued; some refused is exit code 1."""
    issue = ("issue", outside.awards(*NUMBERS), "--institution", "school", "--intake", "school")
    (code, shown, errors), (again, output, _) = outside.results(issue, (*issue, "--json"))
    assert (code, again, errors) == (1, 1, "")
    assert "Issued: 3, refused: 3." in shown
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["record"]["number"] for line in lines] == [1, 2, 3, 4, 5, 6]
    refused = {
        NUMBERS[number]: line["refused"][0]["message"]["en"]
        for number, line in enumerate(lines)
        if "refused" in line
    }
    assert {number: fault.rstrip("0123456789") for number, fault in refused.items()} == BLAMED


def test_an_intake_that_only_crashes_leaves_nothing_to_issue(outside):
    """The file is unusable, which is exit code 3 and never 0."""
    issue = ("issue", outside.awards("exit"), "--institution", "school", "--intake", "school")
    ((code, _, errors),) = outside.results(issue)
    assert code == 3
    assert BLAMED["exit"] in errors


def test_an_observer_that_ends_the_program_changes_nothing(outside):
    """What was issued, verified and revoked is told with the usual exit codes."""
    issue = ("issue", outside.awards("UŘ/1"), "--institution", "school", "--json")
    ((code, output, _),) = outside.results(issue, SCHOOL_LEAVES="1")
    assert code == 0
    identifier = json.loads(output)["identifier"]
    commands = [("verify", identifier), ("revoke", identifier, "--reason", "Omyl"), ("verify", identifier)]
    results = outside.results(*commands, SCHOOL_LEAVES="1")
    assert [code for code, _, _ in results] == [0, 0, 1]
