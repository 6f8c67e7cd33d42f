"""A snapshot of a register: what can't be read has no entry, and doctor says why."""

from __future__ import annotations

import json
from datetime import date

import pytest
from mikrocert.catalogue.register import Register, RegisterFile, examine_register
from mikrocert.texts import Message

ON = date(2026, 11, 30)
ENTRY = {
    "id": "DEQARINST9001",
    "name": "Univerzita Příkladov",
    "url": "https://register.example/9001",
    "decisions": [
        {
            "agency": "Agentura",
            "activity": "institutional evaluation",
            "decision": "positive",
            "valid_from": "2024-01-01",
            "valid_until": "2034-01-01",
            "url": "https://register.example/r/1",
        }
    ],
}
SNAPSHOT = {
    "layout": "mikrocert-register/1",
    "register": "DEQAR",
    "taken_on": "2026-11-01",
    "institutions": [ENTRY],
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "register.json"


def test_an_entry_is_found_by_its_id(path):
    """With what was decided; of an id that isn't there, nothing is said."""
    path.write_text(json.dumps(SNAPSHOT))
    register = RegisterFile(path).read()
    assert isinstance(register, Register)
    assert (register.name, register.taken_on) == ("DEQAR", date(2026, 11, 1))
    entry = register.entry("DEQARINST9001")
    assert (entry.name, entry.decisions[0].valid_until) == ("Univerzita Příkladov", date(2034, 1, 1))
    assert register.entry("DEQARINST9002") is None
    assert [finding.severity.value for finding in examine_register(path, on=ON)] == ["info"]


def test_a_newer_file_is_read_and_a_broken_one_not_believed(path):
    """Without starting anew: what was read before doesn't stand in for what can't be read now."""
    file = RegisterFile(path)
    assert isinstance(file.read(), Message)
    path.write_text(json.dumps(SNAPSHOT))
    assert isinstance(file.read(), Register)
    path.write_text(json.dumps(SNAPSHOT)[:-40])
    assert isinstance(file.read(), Message)
    path.write_text(json.dumps({**SNAPSHOT, "taken_on": "2026-11-20"}))
    assert file.read().taken_on == date(2026, 11, 20)


UNREADABLE = {  # kind of fault → content
    "nothing": b"",
    "no JSON": b"<html>",
    "half of it": json.dumps(SNAPSHOT).encode()[:-20],
    "another layout": json.dumps({**SNAPSHOT, "layout": "mikrocert-register/2"}).encode(),
    "no day": json.dumps({name: value for name, value in SNAPSHOT.items() if name != "taken_on"}).encode(),
    "a day that is none": json.dumps({**SNAPSHOT, "taken_on": "yesterday"}).encode(),
    "a member there is none": json.dumps({**SNAPSHOT, "entries": []}).encode(),
    "an institution twice": json.dumps({**SNAPSHOT, "institutions": [ENTRY, ENTRY]}).encode(),
    "an institution without an id": json.dumps({**SNAPSHOT, "institutions": [{"name": "x"}]}).encode(),
    "a list": b"[]",
    "too deep": b"[" * 10_000,
    "too large": b" " * (8 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_can_not_be_read_has_no_entries(path, kind):
    """Nothing fails, and doctor has an error that says why."""
    path.write_bytes(UNREADABLE[kind])
    assert isinstance(RegisterFile(path).read(), Message)
    [finding] = examine_register(path, on=ON)
    assert (finding.severity.value, finding.path) == ("error", "catalogue.register")


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "X"},
        {"id": "X", "name": 7},
        {"id": "X", "name": "y" * 501},
        {**ENTRY, "id": "X", "decisions": [{}]},
    ],
)
def test_an_entry_that_can_not_be_read_is_none(path, entry):
    """The others are, and doctor names it."""
    path.write_text(json.dumps({**SNAPSHOT, "institutions": [ENTRY, entry]}))
    register = RegisterFile(path).read()
    assert register.entry("X") is None
    assert register.entry("DEQARINST9001") is not None
    found = list(examine_register(path, on=ON))
    assert found
    assert all(finding.path.startswith("catalogue.register.X") for finding in found)


def test_an_address_that_is_none_is_no_link(path):
    """Whoever wrote the file can't have pages link where they like."""
    entry = {**ENTRY, "url": "javascript:alert(1)"}
    path.write_text(json.dumps({**SNAPSHOT, "institutions": [entry]}))
    assert RegisterFile(path).read().entry("DEQARINST9001").url is None


@pytest.mark.parametrize(
    ("day", "severity"), [("2026-11-01", "info"), ("2026-01-01", "warning"), ("2026-12-24", "error")]
)
def test_its_age_is_told(path, day, severity):
    """One that is old is a warning, one from the future an error."""
    path.write_text(json.dumps({**SNAPSHOT, "taken_on": day}))
    assert [finding.severity.value for finding in examine_register(path, on=ON)] == [severity]
