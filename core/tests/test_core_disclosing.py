"""Disclosing: nothing of a credential that is outside of a scope is left anywhere in what is shown, whatever state it is in."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.report import (
    Access,
    CheckResult,
    CredentialStatus,
    Finding,
    Item,
    Outcome,
    Report,
    SealInfo,
    Section,
    ShareScope,
    StatusValue,
    disclosed_by_link,
    disclosed_by_share,
    headline_of,
    initials,
)
from mikrocert.report.json import report_to_json
from mikrocert.service.verifying.viewing import view_of
from mikrocert.testing import example_award, example_owner
from mikrocert.texts import LanguageMap, Texts, message

IDENTIFIER, SUCCESSOR = "K7mQx4Rt9bHz", "N4wYd8GcT2sV"
AT, SEALED, ENDED = (datetime(2026, month, 3, 9, 41, 27, tzinfo=UTC) for month in (11, 6, 9))
REASON = "omyl v hodnocení Zkouškové"
PLUGIN_TEXT = "Cvrček"

STATES = {
    "live": (StatusValue.LIVE, "live", Finding.info("live", "It was neither revoked nor replaced.")),
    "revoked": (
        StatusValue.REVOKED,
        "revoked",
        Finding.error("revoked", "Revoked on {day}. Reason: {reason}", day=ENDED.date(), reason=REASON),
    ),
    "replaced": (
        StatusValue.REPLACED,
        "replaced",
        Finding.error("replaced", "Replaced on {day}. Reason: {reason}", day=ENDED.date(), reason=REASON),
    ),
}

AWARD = example_award()
GRADE = "Zvláštnígrade"


def whole(state="live", **changes):
    """Return a report of an award that has everything, in which each check quotes it."""
    assessments = tuple(
        attrs.evolve(one, grade=attrs.evolve(one.grade, value="B+", label=LanguageMap.of(GRADE, GRADE)))
        if one.grade
        else one
        for one in AWARD.assessments
    )
    components = tuple(attrs.evolve(one, assessments=assessments) for one in AWARD.components)
    view = view_of(
        attrs.evolve(AWARD, assessments=assessments, components=components),
        identifier=IDENTIFIER,
        link=f"https://x.cz/verify/{IDENTIFIER}",
    ).with_sections([Section("details", "Details", (Item("strange", "Strange", (PLUGIN_TEXT,)),))])
    quoting = Finding.warning("quoted", "{name}, {grade}", name=AWARD.learner.name, grade=GRADE, path=GRADE)
    value, word, finding = STATES[state]
    live = value is StatusValue.LIVE
    results = tuple(
        CheckResult(check, Outcome.PASSED, (quoting,)) for check in ("format", "award", "of-a-plugin")
    )
    sealed = tuple(
        CheckResult(
            check,
            Outcome.PASSED,
            (
                Finding.info("at", "Sealed at {at}", at=SEALED),
                Finding.warning("day", "Issued at {day}", day=SEALED.date()),
                Finding.warning(
                    "when", "{seal}: {finding}", seal="PDF", finding=message("At {at}", at=SEALED)
                ),
            ),
        )
        for check in ("integrity", "trust", "issuer", "validity", "logged")
    )
    return attrs.evolve(
        Report(
            at=AT,
            results=(*results, *sealed, CheckResult.of("status", [finding])),
            identifier=IDENTIFIER,
            format="toy",
            seals=(SealInfo("JAdES", "B-LTA", example_owner(), SEALED, proven_at=SEALED),),
            status=CredentialStatus(
                value,
                SEALED if live else ENDED,
                None if live else REASON,
                SUCCESSOR if word == "replaced" else None,
            ),
            view=view,
        ),
        **changes,
    )


def written(disclosed):
    """Return everything that is shown, in every form that there is: as JSON, and as values with all their members."""
    as_json = json.dumps(
        report_to_json(disclosed.report, texts=Texts(), birth=disclosed.birth), ensure_ascii=False
    )
    return as_json + repr(disclosed)


BIRTH = (str(AWARD.learner.birth_date.year), AWARD.learner.birth_place)
ALSO_SECRET = {  # what a scope may not show, in the order of scopes
    ShareScope.ALL: (),
    ShareScope.WITHOUT_BIRTH: BIRTH,
    ShareScope.WITHOUT_GRADE: (
        GRADE,
        "B+",
        IDENTIFIER,
        SUCCESSOR,
        AWARD.evidence_number,
        REASON,
        PLUGIN_TEXT,
    ),
    ShareScope.TITLE: (
        AWARD.learner.family_name,
        AWARD.learner.given_name,
        next(iter(AWARD.awarding_body.legal_name.texts.values())),
        "2026, 6",
        "2026-06-03",
    ),
}
ORDER = list(ShareScope)


def secret_under(scope):
    return [text for earlier in ORDER[: ORDER.index(scope) + 1] for text in ALSO_SECRET[earlier] if text]


def test_the_award_of_this_test_has_what_could_leak():
    """Else the tests below would pass for nothing."""
    shown = written(disclosed_by_share(whole("replaced"), ShareScope.ALL))
    assert [text for text in secret_under(ShareScope.TITLE) if text not in shown] == []


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("scope", ShareScope)
def test_a_share_shows_nothing_outside_of_its_scope(scope, state):
    """In no state, neither in what is shown nor in what is told along."""
    disclosed = disclosed_by_share(whole(state), scope)
    shown = written(disclosed)
    assert [text for text in secret_under(scope) if text in shown] == []
    assert disclosed.files is disclosed.birth is (scope is ShareScope.ALL)
    assert disclosed.picture is (scope in {ShareScope.ALL, ShareScope.WITHOUT_BIRTH})


@pytest.mark.parametrize("state", STATES)
def test_what_a_scope_shows_is_shown_by_the_ones_around_it(state):
    """Scopes lie within each other."""
    whole_of_it = whole(state)
    titles = set[str]()
    for scope in reversed(ORDER):
        view = disclosed_by_share(whole_of_it, scope).report.view
        items = {item.key for section in view.sections for item in section.items}
        assert titles <= items
        titles = items
    assert "grade" in titles
    assert "birth" in titles


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("access", [Access.OPEN, Access.SUMMARY])
def test_the_permanent_link_never_has_birth_data_and_files(access, state):
    """A summary has the verdict, the title and initials."""
    disclosed = disclosed_by_link(whole(state), access)
    shown = written(disclosed)
    secret = secret_under(ShareScope.WITHOUT_BIRTH if access is Access.OPEN else ShareScope.TITLE)
    allowed = {IDENTIFIER} if access is Access.SUMMARY else set()
    assert [text for text in secret if text in shown and text not in allowed] == []
    assert not disclosed.files
    assert not disclosed.birth
    assert disclosed.picture is (access is Access.OPEN)
    if access is Access.SUMMARY:
        assert disclosed.report.view.title == whole().view.title
        assert disclosed.report.view.holder == initials(whole().view.holder)


def test_a_closed_link_shows_nothing():
    """Whoever answers says that it is closed."""
    assert disclosed_by_link(whole(), Access.CLOSED) is None


@pytest.mark.parametrize("state", STATES)
def test_every_scope_says_the_same_verdict(state):
    """Revoked and replaced are said, whatever is not shown."""
    report = whole(state)
    others = [disclosed_by_share(report, scope).report for scope in ShareScope]
    others.append(disclosed_by_link(report, Access.SUMMARY).report)
    for other in others:
        assert (other.verdict, headline_of(other)) == (report.verdict, headline_of(report))
        assert other.proven == report.proven
        if state != "live":
            assert (other.status.value, other.status.since) == (report.status.value, ENDED)


@pytest.mark.parametrize("scope", [ShareScope.WITHOUT_GRADE, ShareScope.TITLE])
def test_what_nothing_proves_is_not_shown_by_less_than_everything(scope):
    """Where the archive's own file can't be shown as genuine, there is no title either."""
    report = whole()
    broken = attrs.evolve(report, results=(CheckResult("integrity", Outcome.FAILED), *report.results[1:]))
    disclosed = disclosed_by_share(broken, scope)
    assert disclosed.report.view is None
    assert not disclosed.picture


NAMES = {
    "Kateřina Hůrková": "K. H.",
    "Šárka Žďárská-Ďurišová": "Š. Ž.-Ď.",
    "  Jan  ": "J.",
    "Mgr. Jan Novák, Ph.D.": "J. N.",
    "Mgr.": "M.",
    "A\u030angstrom Ö": "Å. Ö.",
    "Nguyễn Thị Hà": "N. T. H.",
    "-": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_initials(name, expected):
    """One for each name, of names joined by hyphens each, with their marks; of abbreviated titles only where there is nothing else."""
    assert initials(name) == expected


def test_a_view_without_grades_keeps_what_components_are():
    """The grades within the line of a component go, the component stays."""
    view = whole().view.without_grade()
    assert view.item("grade") is None
    assert [figure.key for figure in view.figures if figure.key == "grade"] == []
    assert GRADE in str(whole().view.item("components"))
    assert len(view.item("components").values) == len(whole().view.item("components").values)


def test_only_birth_is_told_by_json_where_it_may_be():
    """JSON has birth date and place only where it is asked to."""
    report = whole()
    keys = {
        birth: {
            item["item"]
            for section in report_to_json(report, texts=Texts(), birth=birth)["data"]["sections"]
            for item in section["items"]
        }
        for birth in (True, False)
    }
    assert keys[True] - keys[False] == {"birth"}
