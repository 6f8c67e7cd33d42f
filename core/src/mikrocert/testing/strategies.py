"""Hypothesis strategies: any award that a format has to be able to say, whatever a rule set thinks of it."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from mikrocert.award import (
    Address,
    Assessment,
    Award,
    Component,
    Grade,
    Identifier,
    Learner,
    LearningOutcome,
    Level,
    Organisation,
    Participation,
    QualityAssurance,
    Stackability,
    Workload,
)
from mikrocert.texts import LanguageMap

__all__ = ["awards"]

_LETTERS = 'aáčďeéěghiíjklmnňoórřsštťuúůyýzžAČĎŘŠŽ 0123456789.,–()<>&"'
_TAUGHT = st.dates(date(1920, 1, 1), date(2090, 12, 31))
_CREDITS = st.decimals("0.01", 60, places=2)


def _words() -> st.SearchStrategy[str]:
    return st.text(_LETTERS, min_size=1, max_size=40).filter(lambda text: text.strip() == text)


def _texts() -> st.SearchStrategy[LanguageMap]:
    """Return texts in Czech, in Czech and English, in English only, or in others."""
    return st.sampled_from(["cs", "cs en", "en", "de sk"]).flatmap(
        lambda languages: st.fixed_dictionaries({language: _words() for language in languages.split()}).map(
            LanguageMap
        )
    )


def _several(strategy: st.SearchStrategy[object], *, least: int = 0) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, min_size=least, max_size=3, unique=True).map(tuple)


def _organisations() -> st.SearchStrategy[Organisation]:
    schemes = st.sampled_from(["ico", "vat", "ror", "erasmus"])
    return st.builds(
        Organisation,
        _texts(),
        st.builds(
            Address,
            st.sampled_from(["CZE", "SVK", "DEU", "POL"]),
            st.none() | st.sampled_from(["CZE_KRJ_JIHOMOR", "CZE_KRJ_PRGMES"]),
            st.none() | _words().filter(lambda street: not street.endswith(",")),
            st.none() | _words(),
            st.none() | _words(),
        ),
        st.lists(
            st.builds(Identifier, schemes, _words()),
            max_size=4,
            unique_by=lambda identifier: identifier.scheme,
        ).map(tuple),
        st.none() | st.just("https://univerzita.example/ř"),
        st.none() | _texts(),
    )


def _learners() -> st.SearchStrategy[Learner]:
    return st.builds(
        Learner,
        st.none() | _words(),
        st.none() | _words(),
        st.none() | _TAUGHT,
        st.none() | _words(),
        _several(st.builds(Identifier, st.just("orcid"), _words())),
        st.none() | st.just("kdosi@example.org"),
        st.none() | _words(),
    ).filter(lambda learner: learner.full_name != Learner(learner.given_name, learner.family_name).name)


def _assessments() -> st.SearchStrategy[Assessment]:
    return st.builds(
        Assessment,
        st.sampled_from(["project-work", "written-examination", "oral-examination"]),
        st.none() | _texts(),
        st.none() | st.builds(Grade, _words(), _texts(), st.none() | _texts()),
        st.none()
        | st.sampled_from(["supervised-with-id-verification", "unsupervised-without-id-verification"]),
        st.none() | _TAUGHT,
    )


def _components() -> st.SearchStrategy[Component]:
    return st.builds(
        Component,
        _texts(),
        st.none() | _CREDITS,
        st.none() | _words(),
        _several(st.builds(LearningOutcome, _texts())),
        _several(_assessments()),
        st.none() | _TAUGHT,
        st.none() | _TAUGHT,
        st.none() | st.just("https://mikrocert.example/verify/K7mQx4Rt9bHz"),
    )


def awards(*, awarded_until: date) -> st.SearchStrategy[Award]:
    """Return a strategy for awards: learners without this or that, joint awards, hours without credits, stacked ones.

    No institution stands twice among those that award.

    Args:
        awarded_until: the last day of awarding; the days of an award need not make sense.
    """
    quality = st.builds(
        QualityAssurance,
        st.sampled_from(["institutional-quality-assurance", "programme-license"]),
        _texts(),
        st.none() | _organisations(),
        st.none() | st.just("https://univerzita.example/kvalita"),
        st.none() | _TAUGHT,
    )
    stackability = st.builds(
        Stackability, st.sampled_from(["stand-alone", "stackable"]), st.none() | _texts()
    )
    return st.builds(
        Award,
        evidence_number=_words(),
        learner=_learners(),
        title=_texts(),
        awarding_body=_organisations(),
        awarded_on=st.dates(date(2000, 1, 1), awarded_until),
        outcomes=_several(st.builds(LearningOutcome, _texts()), least=1),
        workload=st.builds(Workload, st.none() | _CREDITS, st.none() | st.decimals(1, 2000, places=2)),
        level=st.builds(
            Level, st.integers(1, 8), st.sampled_from([None, "short", "first", "second", "third"])
        ),
        assessments=_several(_assessments()),
        participation=st.builds(
            Participation, st.sampled_from(["online", "blended"]), st.none() | _TAUGHT, st.none() | _TAUGHT
        ),
        quality_assurance=_several(quality),
        thematic_areas=_several(st.sampled_from(["0613", "091", "02"]), least=1),
        languages=_several(st.sampled_from(["cs", "en", "sk", "de"]), least=1),
        place=st.none() | _texts(),
        prerequisites=st.none() | _texts(),
        stackability=st.none() | stackability,
        further_information=st.none() | _texts(),
        components=_several(_components()),
        valid_until=st.none() | _TAUGHT,
        joint_awarding_bodies=_several(_organisations()),
    ).filter(lambda award: award.awarding_body not in award.joint_awarding_bodies)
