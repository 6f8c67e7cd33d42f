"""What the public sees of types, on both databases: only what says so itself, as long as it says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.archive.tables import type_versions
from mikrocert.catalogue import Catalogue, TypeQuery, read_types
from mikrocert.catalogue.published import PublishedTypes
from mikrocert.errors import IntakeError, TypeRefused
from mikrocert.rules import rule_set
from sqlalchemy import insert

AT = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
BEES = {
    "title": {"cs": "Chov včel", "en": "Beekeeping"},
    "outcomes": [{"title": {"cs": "Pozná plemena včel.", "en": "Knows breeds of bees."}}],
    "workload": {"ects": 2},
    "level": {"eqf": 6},
    "thematic_areas": ["0811"],
    "languages": ["cs"],
    "participation": {"mode": "blended"},
    "assessments": [{"type": "quiz"}],
    "quality_assurance": [
        {
            "type": "institutional-quality-assurance",
            "title": {"cs": "Vnitřní hodnocení", "en": "Internal evaluation"},
        }
    ],
}
OPEN = {"published": True}


@pytest.fixture
def catalogue(urls):
    database = Database(urls.archive, schema=ARCHIVE)
    yield Catalogue(database, rules=rule_set("CZ-HE-2024"))
    database.close()


@pytest.fixture
def published(urls):
    database = Database(urls.archive, schema=ARCHIVE)
    yield PublishedTypes(database)
    database.close()


def keep(catalogue, type_id="VC-1", *, institution="řup", day=0, **changes):
    """Keep a type, changed, some days later."""
    document = json.dumps({"id": type_id, **BEES, **changes}).encode()
    at = AT + timedelta(days=day)
    return catalogue.keep(institution, read_types(document), actor="Růžena Ďurčanská", at=at)[0][0]


def ids(published):
    return [(one.institution, one.id, one.version) for one in published.all()]


def test_nothing_is_public_unless_it_says_so(catalogue, published):
    """Neither what says nothing nor what says no; and what says yes is no more once it says otherwise, or is ended."""
    assert ids(published) == []
    keep(catalogue, "A")
    keep(catalogue, "B", offering={})
    keep(catalogue, "C", offering={"published": False})
    keep(catalogue, "D", offering=OPEN)
    assert ids(published) == [("řup", "D", 1)]
    keep(catalogue, "A", offering=OPEN)
    keep(catalogue, "D", offering={"published": False})
    assert ids(published) == [("řup", "A", 2)]
    catalogue.end("řup", "A", actor="Růžena Ďurčanská", at=AT)
    assert ids(published) == []


def test_how_it_is_offered_is_a_version_of_its_own(catalogue):
    """It is what one reads in again, and awards take nothing of it."""
    offering = {
        "published": True,
        "homepage": "https://example.org/vcely",
        "price": {"amount": 1500.5, "currency": "CZK", "note": {"cs": "Studenti zdarma."}},
        "run": {"starts_on": "2027-03-01", "ends_on": "2027-05-31", "apply_until": "2027-02-15"},
    }
    first = keep(catalogue)
    second = keep(catalogue, offering=offering)
    assert (first.version, second.version, first.content) == (1, 2, second.content)
    again = catalogue.type("řup", "VC-1")
    assert json.loads(json.dumps(again.to_json()["type"], default=float))["offering"] == offering
    assert keep(catalogue, offering=offering).version == 2
    assert again.taken.content == first.content


def test_since_when_it_is_public_outlives_its_versions(catalogue, published):
    """Until it isn't public for a while; whoever comes later finds the same."""
    keep(catalogue, day=0, offering=OPEN)
    keep(catalogue, day=1, offering=OPEN, workload={"ects": 3})
    [one] = published.all()
    assert (one.since, one.changed_at) == (AT, AT + timedelta(days=1))
    keep(catalogue, day=2)
    keep(catalogue, day=3, offering=OPEN)
    [later] = published.all()
    assert later.since == AT + timedelta(days=3)
    assert PublishedTypes(catalogue._database).all() == (later,)


def test_what_is_not_what_was_kept_is_shown_to_nobody(catalogue, published):
    """And takes nothing else with it."""
    keep(catalogue, "A", offering=OPEN)
    keep(catalogue, "B", offering=OPEN)
    row = {"institution": "řup", "type": "A", "version": 2, "at": AT, "content": "{"}
    with catalogue._database.writing() as connection:
        connection.execute(insert(type_versions).values(**row))
    assert ids(published) == [("řup", "B", 1)]


SOUGHT = {  # what is looked for → which are found
    "nothing": (TypeQuery(), ["B", "A"]),
    "words without marks, in any case": (TypeQuery("CHOV VCEL"), ["A"]),
    "words in another language": (TypeQuery("knows orchards"), ["B"]),
    "an id": (TypeQuery("b"), ["B", "A"]),
    "words that are not there": (TypeQuery("včely létají"), []),
    "a field": (TypeQuery(area="08"), ["A"]),
    "a level": (TypeQuery(eqf=5), ["B"]),
    "a language": (TypeQuery(language="en"), ["B"]),
    "an institution": (TypeQuery(institution="jiná"), []),
}


@pytest.mark.parametrize("kind", SOUGHT)
def test_it_is_found_by_what_it_says(catalogue, published, kind):
    """By words and by codes, ordered by title in the language of the reader."""
    keep(catalogue, "A", offering=OPEN)
    orchards = {"cs": "Aleje a sady", "en": "Orchards"}
    keep(
        catalogue,
        "B",
        offering=OPEN,
        title=orchards,
        thematic_areas=["0511"],
        level={"eqf": 5},
        languages=["en"],
    )
    query, found = SOUGHT[kind]
    assert [one.id for one in published.search(query, language="cs", among=["řup"])] == found
    assert published.search(query, language="cs", among=["jiná"]) == []


WRONG = {  # kind of fault → (offering, where)
    "an address that is none": ({"homepage": "naše stránky"}, "offering.homepage"),
    "an address that runs": ({"homepage": "javascript:alert(1)"}, "offering.homepage"),
    "a negative price": ({"price": {"amount": -1, "currency": "CZK"}}, "offering.price.amount"),
    "a price with too many decimals": (
        {"price": {"amount": 1.005, "currency": "CZK"}},
        "offering.price.amount",
    ),
    "a currency that is none": ({"price": {"amount": 1, "currency": "Kč"}}, "offering.price.currency"),
    "a run that ends before": (
        {"run": {"starts_on": "2027-02-01", "ends_on": "2027-01-01"}},
        "offering.run.ends_on",
    ),
    "applying after the run": (
        {"run": {"starts_on": "2027-02-01", "apply_until": "2027-03-01"}},
        "offering.run.apply_until",
    ),
    "published as a word": ({"published": "yes"}, "offering.published"),
    "a member there is none": ({"prize": 1}, "offering.prize"),
    "no object": ([], "offering"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_offering_is_refused_with_its_place(catalogue, kind):
    """Whether it can't be read or says what can't be."""
    offering, place = WRONG[kind]
    with pytest.raises((IntakeError, TypeRefused)) as refused:
        keep(catalogue, offering=offering)
    assert [finding.path for finding in refused.value.findings] == [place]


def test_a_table_has_columns_for_it():
    """As the members are called, with `_` for each dot; what lacks its other half is told."""
    head = "id;title;offering_published;offering_price_amount;offering_price_currency;offering_run_starts_on"
    table = f"{head}\nA;Včely;ano;0;CZK;1. 3. 2027\nB;Sady;;;;\nC;Pole;no;100;;\n".encode()
    first, second, third = read_types(table)
    assert first.offering is not None
    assert (first.offering.published, first.offering.price.amount) == (True, 0)
    assert first.offering.run.starts_on.isoformat() == "2027-03-01"
    assert second.offering is None
    assert "offering_price_currency" in {finding.path for finding in third.findings}
