"""A head of the log, sealed and time-stamped for real by a sandbox, and a bit of it flipped."""

from __future__ import annotations

import random
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from mikrocert.cli.app import run
from mikrocert.log.notes import PrivateKey

from tests.conftest import Program

if TYPE_CHECKING:
    from pathlib import Path

TOML = """
sandbox = true
signer = "test"
[operator]
name = {{ cs = "Zkušební provozovatel Říčany" }}
organization_identifier = "NTRCZ-00000000"
[archive]
[trust]
anchors = ["sandbox-root.pem"]
[signers.test]
state = "sandbox"
[envelopes.jades]
level = "{level}"
[log]
origin = "log.example"
key = "file:{folder}/log.key"
keys = ["{public}"]
folder = "log"
envelope = "jades"
"""


@pytest.fixture
def publish(tmp_path: Path):
    """Return what publishes a log whose heads are sealed at a level."""

    def published(level: str, *, kept: str | None = None) -> Program:
        program = Program(tmp_path)
        key = PrivateKey.new("log.example")
        (tmp_path / "log.key").write_text(key.text, encoding="utf-8")
        toml = TOML.format(folder=tmp_path, public=key.public.text, level=level)
        toml += "" if kept is None else f'kept = "{kept}"\n'
        (tmp_path / "mikrocert.toml").write_text(toml, encoding="utf-8")
        (tmp_path / "sandbox-root.pem").write_text(program("sandbox", "root"), encoding="utf-8")
        program("archive", "init")
        assert program.json("log", "publish")["sealed"]
        return program

    return published


@pytest.mark.parametrize(("level", "stamped"), [("B-B", False), ("B-LTA", True)])
def test_the_seal_of_a_head_has_the_level_of_the_settings(publish, level, stamped):
    """With a time stamp it shows by when the head was there, and whose it is."""
    program = publish(level)
    [seal] = program.json("log", "audit")["seals"]
    assert (seal["outcome"], seal["level"], seal["owner"]["organization_identifier"]) == (
        "passed",
        level,
        "NTRCZ-00000000",
    )
    assert (seal["proven_at"] is not None) is stamped
    if stamped:
        claimed, proven = (datetime.fromisoformat(seal[member]) for member in ("claimed_at", "proven_at"))
        assert claimed <= proven
    assert "TEST" in program("log", "audit")
    assert '"intact": true' in program("seal", "inspect", "log/checkpoint.sealed", "--json")


@pytest.mark.unmeasured  # it goes the same way again and again
def test_a_flipped_bit_of_a_sealed_head_is_noticed(publish, tmp_path):
    """Nowhere in the file is there one that leaves the audit at exit code 0."""
    publish("B-LTA")
    path = tmp_path / "log/checkpoint.sealed"
    octets, chance = path.read_bytes(), random.Random(1)
    config = ["--config", str(tmp_path / "mikrocert.toml")]
    for place in chance.sample(range(len(octets)), 60):
        flipped = bytearray(octets)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        assert run([*config, "log", "audit", "--json"]) in {1, 69}, place
    path.write_bytes(octets)
    assert run([*config, "log", "audit", "--json"]) == 0


def test_heads_that_are_kept_are_raised_and_counted(publish, tmp_path):
    """By the command for heads and by the one for everything; what was below gets to the highest level, and still proves its time."""
    program = publish("B-T", kept="kept")
    [kept] = (tmp_path / "kept").glob("*.sealed")
    published, elsewhere = tmp_path / "log/checkpoint.sealed", tmp_path / "mine"
    elsewhere.write_bytes(kept.read_bytes())
    late = ["--before", "2150-01-01"]
    toml = tmp_path / "mikrocert.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('"B-T"', '"B-LTA"'), encoding="utf-8")
    [counted] = [one["message"]["en"] for one in doctor(program) if one["code"] == "heads-last"]
    assert counted.endswith(": 2")
    due = program.json("renew", "--dry-run", *late)["due"]
    assert {one["head"]: one["kind"] for one in due} == {str(published): "head", str(kept): "head"}
    [mine] = program.json("log", "renew", "mine", *late)["renewed"]
    assert (mine["before"]["level"], mine["after"]["level"]) == ("B-T", "B-LTA")
    assert elsewhere.read_bytes() != kept.read_bytes()
    renewed = program.json("renew", *late)["renewed"]
    assert {one["head"] for one in renewed} == {str(published), str(kept)}
    seals = program.json("log", "audit", "--from", str(kept))["seals"]
    assert [(seal["outcome"], seal["level"]) for seal in seals] == [("passed", "B-LTA")] * 2


def doctor(program):
    """Return the findings of doctor; a sandbox says that it is one."""
    return program.json("doctor", code=1)["findings"]
