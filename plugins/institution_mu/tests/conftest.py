"""What the tests of the member share."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from mikrocert.intake.layout_intake import LayoutIntake
from mikrocert.kinds.institution import Mandate
from mikrocert_institution_mu.institution import MasarykUniversity
from mikrocert_institution_mu.layout import layout


def _cell(value):
    if isinstance(value, int | float) or hasattr(value, "as_tuple"):
        return str(value).replace(".", ",")
    return value or ""


def _cells(record):
    """Spread a record of the JSON export over the columns of the CSV export."""
    cells = {}
    for column in layout().columns.values():
        if column.group:
            items = record.get(column.group) or []
            values = [_cell(item.get(column.member)) for item in items]
            cells[column.name] = "\n".join(values) if any(values) else ""
        elif column.many:
            cells[column.name] = "\n".join(_cell(value) for value in record.get(column.name) or [])
        else:
            cells[column.name] = _cell(record.get(column.name))
    return cells


def _written(records, delimiter=";", lineterminator="\r\n"):
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(
        stream,
        list(layout().columns),
        delimiter=delimiter,
        lineterminator=lineterminator,
        extrasaction="raise",
    )
    writer.writeheader()
    writer.writerows(_cells(record) for record in records)
    return stream.getvalue()


@pytest.fixture(scope="session")
def written():
    """Return a function that writes records of the JSON export as CSV text."""
    return _written


@pytest.fixture(scope="session")
def profile():
    """Return the profile of the university under an agreement of 2024."""
    return MasarykUniversity(Mandate("MC-2024-001", date(2024, 6, 1))).profile


@pytest.fixture(scope="session")
def read(profile):
    """Return a function that reads an export into a list of records."""

    def read(data, encoding=None):
        return list(LayoutIntake(layout()).read(data, profile=profile, encoding=encoding))

    return read


@pytest.fixture
def minimal():
    """Return the smallest record that is an award."""
    return {
        "evidencni_cislo": "MU-FI-2026-0001",
        "jmeno": "Řehoř",
        "prijmeni": "Ďurůžka",
        "datum_narozeni": "1. 2. 1999",
        "nazev": "Úvod do včelařství",
        "vysledky_uceni": ["Vyhledá v úlu matku."],
        "ects": 1,
        "eqf": 5,
        "isced_f": ["0811"],
        "jazyk_vyuky": ["cs"],
        "forma": "presential",
        "hodnoceni": [{"typ": "oral-examination"}],
        "datum_udeleni": "22. 6. 2026",
    }
