"""Awards that nobody earned, to see how an institution's certificates look."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from mikrocert.award import (
    Assessment,
    Award,
    Component,
    Grade,
    Learner,
    LearningOutcome,
    Level,
    Participation,
    Stackability,
    Workload,
)
from mikrocert.report import SealInfo, SealOwner, SealQuality
from mikrocert.service.viewing import view_of
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.kinds.institution import Profile
    from mikrocert.report import View

__all__ = ["SAMPLES", "samples_of"]

_IDENTIFIER = "UkazkaK7mQx4"
SAMPLES = ("short", "long", "test", "revoked")
"""Names of the samples: with as little as an award has; with long names and forty outcomes; for a test seal; revoked since."""
_OUTCOMES = (
    (
        "Načte, vyčistí a propojí data z několika zdrojů.",
        "Loads, cleans and links data from several sources.",
    ),
    ("Zvolí vhodný statistický test a obhájí jej.", "Chooses a suitable statistical test and defends it."),
    ("Vyloží výsledky lidem mimo obor.", "Explains the results to people outside the field."),
    ("Řídí včelařskou družinu a její účty.", "Runs a beekeepers' society and its accounts."),
)


def samples_of(profile: Profile, *, base_url: str) -> Mapping[str, View]:
    """Return the views of the samples by their names.

    Args:
        profile: of the institution that would award them.
        base_url: where they would be verified.
    """
    short = _short(profile)
    long = _long(short)
    link = f"{base_url}/verify/{_IDENTIFIER}"
    awards = {"short": short, "long": long, "test": short, "revoked": short}
    return {name: _view(award, link=link, test=name == "test") for name, award in awards.items()}


def _view(award: Award, *, link: str, test: bool) -> View:
    name = "Ukázka, nikým nezapečetěno"
    owner = SealOwner(name, name, "NTRCZ-00000000", "CZ", b"", test=test)
    quality = SealQuality.TEST if test else None
    seal = SealInfo("JAdES", "B-LTA", owner, datetime(2026, 6, 22, 12, 5, tzinfo=UTC), quality)
    return attrs.evolve(view_of(award, identifier=_IDENTIFIER, link=link), seal=seal, test=test)


def _short(profile: Profile) -> Award:
    return Award(
        evidence_number="2026/0042",
        learner=Learner("Kateřina", "Hůrková-Ďurišová", date(1994, 3, 14)),
        title=LanguageMap.of("Analýza dat v jazyce Python", "Data Analysis in Python"),
        awarding_body=profile.organisation,
        awarded_on=date(2026, 6, 22),
        outcomes=tuple(LearningOutcome(LanguageMap.of(*texts)) for texts in _OUTCOMES[:2]),
        workload=Workload(Decimal("2.5"), Decimal(65)),
        level=Level(7, "second"),
        assessments=(
            Assessment(
                "written-examination",
                grade=Grade("A", LanguageMap.of("A–F"), LanguageMap.of("výborně", "excellent")),
            ),
        ),
        participation=Participation("blended", date(2026, 2, 2), date(2026, 6, 1)),
        quality_assurance=profile.quality_assurance,
        thematic_areas=("0613",),
        languages=("cs",),
        place=profile.place,
    )


def _long(short: Award) -> Award:
    text = LanguageMap.of(
        "Zvláštní předpoklady: základy statistiky, příloha č. 2, 90 minut denně a chuť učit se.",
        "Particular requirements: basic statistics, Annex 2, 90 minutes a day and the wish to learn.",
    )
    return attrs.evolve(
        short,
        learner=Learner(
            "Maximiliána Žofie Děpolda",
            "Nejedlá-Vaňhová z Čáslavi a na Žlutých Horách",
            date(1986, 11, 30),
            birth_place="Kostelec nad Černými lesy",
        ),
        title=LanguageMap.of(
            "Řízení malých a středních včelařských podniků v oblastech se zvláštními přírodními podmínkami",
            "Managing small and medium-sized beekeeping enterprises in areas with particular natural conditions",
        ),
        awarding_body=attrs.evolve(
            short.awarding_body,
            unit=LanguageMap.of("Ústav křehkých věcí a úrody", "Institute of Fragile Things and Harvest"),
        ),
        outcomes=tuple(
            LearningOutcome(
                LanguageMap.of(
                    *(f"{text[:-1]} ({number + 1})." for text in _OUTCOMES[number % len(_OUTCOMES)])
                )
            )
            for number in range(40)
        ),
        components=tuple(
            Component(
                LanguageMap.of(f"Část {number}: úly a přístřešky", f"Part {number}: hives"), Decimal("0.5")
            )
            for number in range(1, 6)
        ),
        prerequisites=text,
        stackability=Stackability(
            "stackable", LanguageMap.of("Lze uznat ve studiu.", "Counts towards a degree.")
        ),
        further_information=text,
        valid_until=date(2031, 6, 22),
    )
