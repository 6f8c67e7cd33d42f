"""Awards that name a type: what is issued has everything, whatever becomes of the type."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.catalogue import read_types
from mikrocert.service.system import open_system
from mikrocert.testing import example_award

BY = {"actor": "Růžena Ďurčanská", "at": datetime(2026, 11, 30, 10, 0, tzinfo=UTC)}
WHOLE = json.loads(json.dumps(award_to_json(example_award()), default=float))
OF_PERSONS = ("evidence_number", "learner", "awarded_on", "awarding_body")
OF_TYPE = {
    name: WHOLE[name] for name in ("title", "outcomes", "level", "thematic_areas", "languages", "quality_assurance")
} | {
    "workload": WHOLE["workload"],
    "participation": {"mode": WHOLE["participation"]["mode"]},
    "assessments": [{"type": WHOLE["assessments"][0]["type"]}],
}  # fmt: skip
SHORT = {**{name: WHOLE[name] for name in OF_PERSONS}, "type": {"id": "DATA1"}}


@pytest.fixture
def system(toy, empty_archive, tmp_path):
    """Return a system whose toy university has one type."""

    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    with open_system(toy.settings(tmp_path), plugins=toy.plugins()) as opened:
        keep(opened)
        yield opened


def keep(system, institution="toy", **changes):
    """Keep the type, changed."""
    document = json.dumps({"id": "DATA1", **OF_TYPE, **changes}).encode()
    system.catalogue.keep(institution, read_types(document), **BY)


def sent(system, *awards, **how):
    """Send awards and return what became of each."""
    records = system.read(json.dumps({"awards": awards}).encode(), institution="toy", intake="json")
    return list(system.issue(records, institution="toy", **how))


def codes(result):
    return [(finding.path, finding.code) for finding in result.findings if finding.severity.value == "error"]


def test_what_is_issued_has_what_its_type_says(system):
    """The sealed credential needs nothing of the catalogue; the archive knows which version it took."""
    [result] = sent(system, SHORT)
    assert codes(result) == []
    identifier = result.receipt.registration.identifier
    view = system.verify_identifier(identifier).view
    assert view.title == example_award().title
    assert system.catalogue.taken(identifier).version == 1


def test_a_later_version_makes_no_other_award(system):
    """What was issued and is sent again has the same receipt; what is new takes the new version."""
    [first] = sent(system, SHORT)
    keep(system, workload={"ects": 5})
    [again] = sent(system, SHORT)
    assert (again.receipt.registration, again.receipt.created) == (first.receipt.registration, False)
    [other] = sent(system, {**SHORT, "evidence_number": "UŘ/2026/0099"})
    assert system.catalogue.taken(other.receipt.registration.identifier).version == 2
    system.catalogue.end("toy", "DATA1", **BY)
    [after] = sent(system, SHORT)
    assert after.receipt.registration == first.receipt.registration


def test_an_award_that_says_all_itself_is_the_same_award(system):
    """Whoever sends everything has the receipt of who named the type, and the other way round."""
    [first] = sent(system, SHORT)
    [again] = sent(system, {name: value for name, value in {**SHORT, **OF_TYPE}.items() if name != "type"})
    assert codes(again) == []
    assert again.receipt.registration == first.receipt.registration


def test_a_correction_takes_the_version_of_what_it_corrects(system):
    """Unless it names another one."""
    [first] = sent(system, SHORT)
    keep(system, workload={"ects": 5})
    learner = {**SHORT["learner"], "given_name": "Řehořka", "full_name": None}
    how = {"replaces": first.receipt.registration.identifier, "reason": "oprava jména"}
    [corrected] = sent(system, {**SHORT, "learner": learner}, **how)
    assert codes(corrected) == []
    assert system.catalogue.taken(corrected.receipt.registration.identifier).version == 1


WRONG = {  # kind of fault → (changes, where, code)
    "an unknown type": ({"type": {"id": "DATA9"}}, "type", "unknown-type"),
    "a type of another institution": ({"type": {"id": "DATA2"}}, "type", "unknown-type"),
    "a version that is not there": ({"type": {"id": "DATA1", "version": 7}}, "type", "unknown-version"),
    "an ended type": ({"type": {"id": "DATA3"}}, "type", "ended-type"),
    "no id": ({"type": {"version": 1}}, "type.id", "missing"),
    "a type that is a text": ({"type": "DATA1"}, "type", "wrong-type"),
    "other credits": ({"workload": {"ects": 4}}, "workload.ects", "differs-from-type"),
    "another title": ({"title": {"cs": "Něco"}}, "title", "differs-from-type"),
    "another level": ({"level": {"eqf": 4}}, "level.eqf", "differs-from-type"),
    "another field": ({"thematic_areas": ["0811"]}, "thematic_areas", "differs-from-type"),
    "other outcomes": ({"outcomes": [{"title": {"cs": "Umí vše."}}]}, "outcomes", "differs-from-type"),
    "a language not taught in": ({"languages": ["sk"]}, "languages", "differs-from-type"),
    "another form": ({"participation": {"mode": "project-based"}}, "participation.mode", "differs-from-type"),
}


@pytest.fixture(scope="module")
def refusing(toy, empty_archive, tmp_path_factory):
    """Return a system with a type, one of another institution, and one that has ended, in which nothing is ever issued."""
    folder = shutil.copytree(empty_archive, tmp_path_factory.mktemp("refusing"), dirs_exist_ok=True)
    with open_system(toy.settings(folder), plugins=toy.plugins()) as opened:
        keep(opened)
        keep(opened, "other", id="DATA2")
        keep(opened, id="DATA3")
        opened.catalogue.end("toy", "DATA3", **BY)
        yield opened
        assert opened.registrations("toy") == ()


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("kind", WRONG)
def test_what_does_not_go_together_is_refused(refusing, kind, dry_run):
    """With the same finding in a dry run."""
    changes, path, code = WRONG[kind]
    [result] = sent(refusing, {**SHORT, **changes}, dry_run=dry_run)
    assert result.refused
    assert (path, code) in codes(result)
    if code in {"unknown-type", "ended-type", "differs-from-type"}:
        assert len(codes(result)) == 1


def test_all_faults_are_told_at_once(system):
    """Those of the award, too, where its type isn't there."""
    learner = {**SHORT["learner"], "family_name": ""}
    [result] = sent(system, {**SHORT, "type": {"id": "DATA9"}, "learner": learner, "awarded_on": "včera"})
    assert {("type", "unknown-type"), ("awarded_on", "wrong-type")} <= set(codes(result))
    assert not any(code == "missing" and path in OF_TYPE for path, code in codes(result))


def test_the_award_s_own_word_counts_where_the_type_fixes_nothing(system):
    """Assessments and days are those of the run; of the languages an award may have some."""
    keep(system, languages=["cs", "en"], valid_months=12)
    own = {"assessments": WHOLE["assessments"], "languages": ["en"], "valid_until": "2029-01-31"}
    [record] = system.read(
        json.dumps({"awards": [{**SHORT, **own, "participation": {"started_on": "2026-02-01"}}]}).encode(),
        institution="toy",
        intake="json",
    )
    award = record.award
    assert award.assessments == example_award().assessments
    assert (award.languages, str(award.valid_until)) == (("en",), "2029-01-31")
    assert (award.participation.mode, str(award.participation.started_on)) == (
        WHOLE["participation"]["mode"],
        "2026-02-01",
    )


def test_without_an_archive_there_is_no_type(toy, tmp_path):
    """Whoever only reads is told why."""
    settings = attrs.evolve(toy.settings(tmp_path), archive=None)
    with open_system(settings, plugins=toy.plugins()) as system:
        assert system.catalogue is None
        [record] = system.read(json.dumps({"awards": [SHORT]}).encode(), institution="toy", intake="json")
    assert [finding.code for finding in record.findings] == ["no-types"]
