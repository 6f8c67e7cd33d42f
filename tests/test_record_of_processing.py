"""The record of processing names what there is and says the times that settings really have."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
from mikrocert.archive import init_archive
from mikrocert.settings import PrivacySettings
from sqlalchemy import create_engine, inspect

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "record-of-processing.md"


def tables_of_the_page():
    """Return what the column of tables names."""
    rows = PAGE.read_text(encoding="utf-8").partition("## What is held")[2].partition("\n\n## ")[0]
    return [
        name
        for row in rows.splitlines()
        if row.startswith("| ") and row.count("|") == 5
        for name in re.findall(r"`([a-z_]+)`", row.split("|")[2])
    ]


def test_every_table_is_in_the_record(tmp_path):
    """A new one has its row before it is shipped; none is there twice, and none that isn't there at all."""
    url = f"sqlite:///{tmp_path / 'archive.sqlite'}"
    assert init_archive(url)
    there = set()
    for file in ("archive.sqlite", "archive-keys.sqlite"):
        engine = create_engine(f"sqlite:///{tmp_path / file}")
        there |= {name for name in inspect(engine).get_table_names() if not name.endswith("_version")}
        engine.dispose()
    named = tables_of_the_page()
    assert sorted(named) == sorted(there)


def test_every_time_is_the_default_of_its_setting():
    """All of them are there, as many days as it is."""
    stated = dict(re.findall(r"`privacy\.([a-z_]+)`: (\d+) days?", PAGE.read_text(encoding="utf-8")))
    defaults = {
        field.name: str(field.default)
        for field in attrs.fields(PrivacySettings)
        if field.name.endswith("_days")
    }
    assert stated == defaults
