"""A large batch by a renderer of somebody else: processes of its own, and whatever it does there costs one award."""

from __future__ import annotations

import json

import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.testing import example_award

pytestmark = pytest.mark.system

ENVIRONMENT = {"MIKROCERT_RENDERER": "rogue", "ROGUE": "none"}
DEEDS = {  # what the renderer does at an award → what is told of it
    "exit": "renderer rogue crashed: SystemExit at outside_rogue.deeds:",
    "raise": "renderer rogue crashed: RuntimeError at outside_rogue.deeds:",
    "os-exit": "drawing the certificate ended its process",
    "exec": "drawing the certificate ended its process",
}
PIN = "PIN-2605-ř"


def export(folder, titles):
    """Write an export with an award of each title, between others."""
    award = award_to_json(example_award())
    awards = []
    for number, title in enumerate(titles):
        awards += [{**award, "evidence_number": f"UŘ/{number}/{kind}", **({"title": title} if title else {})}
                   for kind, title in (("dobrý", None), ("zlý", {"cs": f"ROGUE {title}", "en": f"ROGUE {title}"}))]  # fmt: skip
    (folder / "awards.json").write_text(json.dumps({"awards": awards}, default=float), "utf-8")


def test_what_a_renderer_does_in_a_process_costs_its_award(outside):
    """Whatever ends the process: its award is refused with what happened, and all others are issued, in order."""
    export(outside.folder, DEEDS)
    lines = outside.json("issue", "awards.json", "--institution", "school", code=1, **ENVIRONMENT)
    assert [line["record"]["number"] for line in lines] == list(range(1, 2 * len(DEEDS) + 1))
    assert all("identifier" in line for line in lines[::2])
    for deed, line in zip(DEEDS, lines[1::2], strict=True):
        assert line["refused"][0]["message"]["en"].startswith(DEEDS[deed])
    assert PIN not in json.dumps(lines)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_setting_says_how_many_processes_draw(outside, workers):
    """With none, what prints does so in the program itself; its answer is spoilt neither here nor there."""
    export(outside.folder, ["print"] * 4)
    done = outside.run(
        "issue", "awards.json", "--institution", "school", "--json",
        **ENVIRONMENT, MIKROCERT_ISSUE__WORKERS=workers,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all("identifier" in json.loads(line) for line in done.stdout.splitlines())
    assert PIN in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("workers", ["-1", "mnoho", "1.5"])
def test_a_number_of_processes_that_is_none_is_refused(outside, workers):
    """The member is named."""
    done = outside.run("issue", "awards.json", "--institution", "school", MIKROCERT_ISSUE__WORKERS=workers)
    assert done.returncode == 78
    assert "issue.workers" in done.stderr
