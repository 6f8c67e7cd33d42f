"""The catalogue of types on both databases: versions only append, and each institution has its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.accounts import Accounts
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.award import TypeReference
from mikrocert.award.types import TypeVersion
from mikrocert.catalogue import Catalogue, read_types
from mikrocert.errors import ArchiveError, DamagedError, TypeConflict, TypeRefused, UnknownType
from mikrocert.report import Finding
from mikrocert.rules import rule_set

AT = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
BY = {"actor": "Růžena Ďurčanská", "at": AT}
BEES = {
    "id": "VC-1",
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
    "valid_months": 24,
}


def bees(**changes):
    """Read a type, changed."""
    members = {**BEES, **changes}
    document = {name: value for name, value in members.items() if value is not None}
    return read_types(json.dumps(document).encode())


@pytest.fixture
def database(urls):
    opened = Database(urls.archive, schema=ARCHIVE)
    yield opened
    opened.close()


@pytest.fixture
def catalogue(database):
    return Catalogue(database, rules=rule_set("CZ-HE-2024"))


def test_a_change_is_a_version_beside_the_old_ones(catalogue):
    """What says the same is no change; each version stays as it was, and there is nothing else in a list but the newest."""
    [(first, created)] = catalogue.keep("řup", bees(), **BY)
    assert (first.version, created) == (1, True)
    assert catalogue.keep("řup", bees(), **BY) == ((first, False),)
    [(second, changed)] = catalogue.keep("řup", bees(workload={"ects": 3}), **BY)
    assert (second.version, changed) == (2, True)
    assert catalogue.type("řup", "VC-1") == second
    assert catalogue.type("řup", "VC-1", version=1) == first
    assert catalogue.versions("řup", "VC-1") == (first, second)
    assert catalogue.versions("řup", "VC-1", after=1) == (second,)
    assert catalogue.types("řup") == (second,)


def test_each_institution_has_its_own(catalogue):
    """The same id is another type there; whether another institution has one is not told."""
    catalogue.keep("řup", bees(), **BY)
    for ask in (catalogue.type, catalogue.versions):
        with pytest.raises(UnknownType) as foreign:
            ask("muni", "VC-1")
        with pytest.raises(UnknownType) as unknown:
            ask("muni", "VC-9")
        assert str(foreign.value).replace("VC-1", "VC-9") == str(unknown.value)
    assert catalogue.types("muni") == ()
    with pytest.raises(UnknownType):
        catalogue.end("muni", "VC-1", **BY)
    [(own, _)] = catalogue.keep("muni", bees(title={"cs": "Jiné včely", "en": "Other bees"}), **BY)
    assert own.version == 1
    assert catalogue.type("řup", "VC-1").content.title.get("en") == "Beekeeping"


def test_types_come_page_by_page(catalogue):
    """By id, the newest version of each, ended ones apart where that is asked for."""
    many = [one for number in range(5) for one in bees(id=f"T{number}")]
    catalogue.keep(
        "řup", [attrs.evolve(one, number=number) for number, one in enumerate(many, start=1)], **BY
    )
    catalogue.keep("řup", bees(id="T2", workload={"ects": 5}), **BY)
    catalogue.end("řup", "T3", **BY)
    pages = [catalogue.types("řup", limit=2), catalogue.types("řup", after="T1", limit=2)]
    assert [[(one.id, one.version) for one in page] for page in pages] == [
        [("T0", 1), ("T1", 1)],
        [("T2", 2), ("T3", 1)],
    ]
    assert [one.id for one in catalogue.types("řup", ended=True)] == ["T3"]
    assert [one.id for one in catalogue.types("řup", ended=False)] == ["T0", "T1", "T2", "T4"]


def test_every_act_is_written_down(catalogue, database):
    """Who, what and when, with the hash of what was kept; what changes nothing is no act."""
    catalogue.keep("řup", bees(), **BY)
    catalogue.keep("řup", bees(), **BY)
    catalogue.keep("řup", bees(id="VC-2"), dry_run=True, **BY)
    catalogue.end("řup", "VC-1", why="obor končí", **BY)
    acts = Accounts(database, sandbox=True).acts()
    assert [(act.deed, act.subject, act.actor, act.why) for act in acts] == [
        ("type add", "řup", "Růžena Ďurčanská", None),
        ("type end", "řup", "Růžena Ďurčanská", "obor končí"),
    ]
    assert acts[0].details["type"] == "VC-1"
    assert len(acts[0].details["sha256"]) == 64
    assert [one.id for one in catalogue.types("řup")] == ["VC-1"]


def test_an_ended_type_stays_ended(catalogue):
    """Nobody changes it or ends it again."""
    catalogue.keep("řup", bees(), **BY)
    ended = catalogue.end("řup", "VC-1", **BY)
    assert ended.ended_at == AT
    assert catalogue.type("řup", "VC-1") == ended
    with pytest.raises(TypeRefused, match="ended for good"):
        catalogue.keep("řup", bees(workload={"ects": 3}), **BY)
    for act in (
        lambda: catalogue.end("řup", "VC-1", **BY),
        lambda: catalogue.create("řup", *bees(), **BY),
        lambda: catalogue.change("řup", *bees(), tag=None, **BY),
    ):
        with pytest.raises(TypeConflict, match="ended for good"):
            act()


def test_nobody_s_change_is_lost(catalogue):
    """A change by somebody who has seen another version is refused; what says the same needs nobody's leave."""
    first, _ = catalogue.create("řup", *bees(), **BY)
    assert catalogue.create("řup", *bees(), **BY) == (first, False)
    with pytest.raises(TypeConflict, match="says something else"):
        catalogue.create("řup", *bees(workload={"ects": 3}), **BY)
    second, changed = catalogue.change("řup", *bees(workload={"ects": 3}), tag=first.tag, **BY)
    assert (second.version, changed) == (2, True)
    with pytest.raises(TypeConflict, match="changed meanwhile"):
        catalogue.change("řup", *bees(workload={"ects": 4}), tag=first.tag, **BY)
    with pytest.raises(UnknownType):
        catalogue.change("řup", *bees(id="VC-9"), tag=None, **BY)
    assert len(catalogue.versions("řup", "VC-1")) == 2


WRONG = {  # kind of fault → (changes, where, code)
    "no title": ({"title": None}, "title", "missing"),
    "no outcomes": ({"outcomes": None}, "outcomes", "missing"),
    "no credits": ({"workload": {"hours": 50}}, "workload.ects", "workload-ects-missing"),
    "no level": ({"level": None}, "level", "missing"),
    "no field": ({"thematic_areas": None}, "thematic_areas", "missing"),
    "a field that is in no list": ({"thematic_areas": ["9998"]}, "thematic_areas[0]", "thematic-area"),
    "a language that is in no list": ({"languages": ["qq"]}, "languages[0]", "language"),
    "a form that is in no list": (
        {"participation": {"mode": "doma"}},
        "participation.mode",
        "participation-mode",
    ),
    "an assessment that is in no list": (
        {"assessments": [{"type": "los"}]},
        "assessments[0].type",
        "assessment-type",
    ),
    "a level that there is none of": ({"level": {"eqf": 9}}, "level.eqf", "level-eqf"),
    "a grade": (
        {"assessments": [{"type": "quiz", "grade": {"value": "A", "scale": {"cs": "A–F"}}}]},
        "assessments[0].grade",
        "of-a-person",
    ),
    "days of learning": (
        {"participation": {"mode": "online", "started_on": "2026-01-01"}},
        "participation.started_on",
        "of-a-person",
    ),
    "a link of somebody's": (
        {
            "components": [
                {
                    "title": {"cs": "Úly", "en": "Hives"},
                    "link": "https://mikrocert.example/verify/K7mQx4Rt9bHz",
                }
            ]
        },
        "components[0].link",
        "of-a-person",
    ),
    "two ends": ({"valid_until": "2031-01-01"}, "valid_months", "two-ends"),
    "no months": ({"valid_months": 0}, "valid_months", "valid-months"),
    "a slash in its id": ({"id": "a/b"}, "id", "type-id"),
    "an id of nothing": ({"id": ""}, "id", "type-id"),
    "an id with an end of line": ({"id": "a\n"}, "id", "type-id"),
    "a learner": ({"learner": {"family_name": "Růžek"}}, "learner", "unknown-member"),
    "too much": ({"further_information": {"cs": "ř" * 300_000}}, "", "too-large"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_no_award_could_take_is_refused(catalogue, kind):
    """By the rules of awards, as far as a type says what they ask of; nothing is kept of it."""
    changes, path, code = WRONG[kind]
    with pytest.raises(TypeRefused) as caught:
        catalogue.keep("řup", bees(**changes), **BY)
    assert (path, code) in [(finding.path, finding.code) for finding in caught.value.findings], (
        caught.value.findings
    )
    assert catalogue.types("řup") == ()


def test_all_or_none_of_a_file_are_kept(catalogue):
    """Each fault is told with its line."""
    lines = [BEES, {**BEES, "id": "VC-2", "level": {"eqf": 9}}, {**BEES, "id": "VC-3", "zzz": 1}, BEES]
    types = read_types(b"\n\n".join(json.dumps(line).encode() for line in lines))
    with pytest.raises(TypeRefused) as caught:
        catalogue.keep("řup", types, **BY)
    errors = {(one.code, str(one.message).partition(":")[0]) for one in caught.value.findings}
    assert {
        ("level-eqf", "line 3"),
        ("unknown-member", "line 5"),
        ("id-twice", "line 1"),
        ("id-twice", "line 7"),
    } <= errors
    assert catalogue.types("řup") == ()


def test_a_file_has_so_many_types_and_no_more(catalogue):
    """It is refused before the first one is judged."""
    lines = b"\n".join(json.dumps({"id": f"T{number}"}).encode() for number in range(10_000))
    with pytest.raises(TypeRefused) as caught:
        catalogue.keep("řup", read_types(lines), **BY)
    assert [finding.code for finding in caught.value.findings] == ["too-many-types"]


def recorded(urls, made, identifier="K7mQx4Rt9bHz", of_type=("VC-1", 1)):
    """Record a credential whose award took a type."""
    with urls.open() as archive:
        archive.record(
            attrs.evolve(made.new(identifier, institution="řup", evidence_number="1"), type=of_type)
        )


def test_an_award_that_was_issued_takes_the_version_that_it_took(catalogue, urls, made):
    """Whatever versions came later, and also once the type is ended; an award that is new takes the newest."""
    catalogue.keep("řup", bees(), **BY)
    recorded(urls, made)
    catalogue.keep("řup", bees(workload={"ects": 3}), **BY)

    def find(version=None, evidence_number="1", institution="řup", type_id="VC-1"):
        types = catalogue.for_awards(institution)
        found = types.find(TypeReference(type_id, version), evidence_number=evidence_number)
        return found.version if isinstance(found, TypeVersion) else found.code

    assert (find(), find(2), find(1)) == (1, 2, 1)
    assert (find(evidence_number="2"), find(evidence_number=None)) == (2, 2)
    assert find(version=3) == find(version=0) == find(version=2**70) == "unknown-version"
    assert find(type_id="VC-2") == find(institution="muni") == "unknown-type"
    catalogue.end("řup", "VC-1", **BY)
    assert (find(), find(1)) == (1, 1)
    assert find(2) == find(1, evidence_number="2") == find(evidence_number=None) == "ended-type"
    assert catalogue.taken("K7mQx4Rt9bHz") == TypeReference("VC-1", 1)
    assert catalogue.taken("aaaaBBBB2222") is None


def test_all_awards_of_one_export_take_the_same(catalogue):
    """A version that is made meanwhile is none of theirs."""
    catalogue.keep("řup", bees(), **BY)
    types = catalogue.for_awards("řup")
    first = types.find(TypeReference("VC-1"), evidence_number="1")
    catalogue.keep("řup", bees(workload={"ects": 3}), **BY)
    assert types.find(TypeReference("VC-1"), evidence_number="2") == first


def test_an_unknown_type_is_told_with_those_beside_it(catalogue):
    """A slip of the pen is seen so."""
    many = [
        attrs.evolve(one, number=n) for n, name in enumerate(("A1", "B1", "C1"), 1) for one in bees(id=name)
    ]
    catalogue.keep("řup", many, **BY)
    found = catalogue.for_awards("řup").find(TypeReference("B2"), evidence_number=None)
    assert isinstance(found, Finding)
    assert "B1" in str(found.message)
    assert "C1" in str(found.message)


KEPT = {
    "a version changed": "UPDATE type_versions SET content = '{}'",
    "a version deleted": "DELETE FROM type_versions",
    "an end taken back": "DELETE FROM type_ends",
    "a taken version changed": "UPDATE taken_types SET version = 2",
}


@pytest.mark.parametrize("kind", KEPT)
def test_what_was_kept_stays(catalogue, urls, made, execute, kind):
    """The fence refuses changes; what was changed behind it is not served."""
    catalogue.keep("řup", bees(), **BY)
    recorded(urls, made)
    catalogue.end("řup", "VC-1", **BY)
    with pytest.raises(Exception, match="keeps everything"):
        execute(urls.archive, KEPT[kind])


UNPROVEN = {  # what was changed behind the fence → (statement, code, path)
    "a content": ("UPDATE type_versions SET content = '{}'", "type-changed", "type_versions[řup, VC-1, 1]"),
    "a moment": (
        "UPDATE type_versions SET at = '2026-11-29 10:00:00.000000'",
        "type-changed",
        "type_versions[řup, VC-1, 1]",
    ),
    "a version deleted": (
        "DELETE FROM type_versions WHERE type = 'VC-2'",
        "type-missing",
        "type_versions[řup, VC-2, 1]",
    ),
    "a version that was taken": (
        "UPDATE taken_types SET version = 2",
        "type-missing",
        "taken_types[K7mQx4Rt9bHz]",
    ),
    "a version added": (
        "INSERT INTO type_versions SELECT institution, type, 2, at, content FROM type_versions WHERE type = 'VC-1'",
        "type-added",
        "type_versions[řup, VC-1, 2]",
    ),
    "an end taken back": ("DELETE FROM type_ends", "type-missing", "type_ends[řup, VC-2]"),
    "an end added": (
        "INSERT INTO type_ends SELECT institution, 'VC-1', at FROM type_ends",
        "type-added",
        "type_ends[řup, VC-1]",
    ),
}


@pytest.mark.parametrize("kind", UNPROVEN)
def test_the_check_holds_types_against_acts(catalogue, urls, made, execute, kind):
    """What acts say that was kept is there as it was, and nothing else."""
    catalogue.keep("řup", bees(), **BY)
    catalogue.keep("řup", bees(id="VC-2"), **BY)
    recorded(urls, made)
    catalogue.end("řup", "VC-2", **BY)
    assert list(urls.check()) == []
    statement, code, path = UNPROVEN[kind]
    execute(urls.archive, statement, fence=False)
    found = [(finding.code, finding.path) for finding in urls.check() if finding.code != "fence-down"]
    assert (code, path) in found
    assert {finding.split("-")[0] for finding, _ in found} == {"type"}


def test_what_is_no_type_any_more_is_damaged(catalogue, urls, execute):
    """It is not served."""
    catalogue.keep("řup", bees(), **BY)
    execute(urls.archive, """UPDATE type_versions SET content = '{"zzz" : 1}'""", fence=False)
    with pytest.raises(DamagedError, match="VC-1"):
        catalogue.type("řup", "VC-1")


def test_an_actor_without_a_name_keeps_nothing(catalogue):
    """An act names who did it."""
    with pytest.raises(ArchiveError):
        catalogue.keep("řup", bees(), actor="", at=AT + timedelta(hours=1))
    assert catalogue.types("řup") == ()


def test_an_archive_of_the_first_version_gets_a_catalogue(old_urls):
    """After the upgrade, types are kept in it."""
    database = Database(old_urls.archive, schema=ARCHIVE)
    try:
        catalogue = Catalogue(database, rules=rule_set("CZ-HE-2024"))
        [(kept, _)] = catalogue.keep("řup", bees(), **BY)
        assert catalogue.type("řup", kept.id) == kept
    finally:
        database.close()
