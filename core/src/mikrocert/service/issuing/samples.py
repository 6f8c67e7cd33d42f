"""Awards that nobody earned, to see how an institution's certificates look; `samples.toml` beside this module has them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import attrs

from mikrocert.award.canonical import award_from_json
from mikrocert.parsing.structuring import unstructured
from mikrocert.report import SealInfo, SealOwner, SealQuality
from mikrocert.service.verifying.viewing import view_of
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.award import Award
    from mikrocert.kinds.institution import Profile
    from mikrocert.report import View

__all__ = ["SAMPLES", "samples_of"]

_IDENTIFIER = "UkazkaK7mQx4"
_MANY = 40
SAMPLES = ("short", "long", "test", "revoked")
"""Names of the samples: with as little as an award has; with long names and forty outcomes; for a test seal; revoked since."""


def samples_of(profile: Profile, *, base_url: str) -> Mapping[str, View]:
    """Return the views of the samples by their names.

    Args:
        profile: of the institution that would award them.
        base_url: where they would be verified.
    """
    table = tomllib.loads(
        files("mikrocert.service.issuing").joinpath("samples.toml").read_text("utf-8"), parse_float=Decimal
    )
    short = _award(table["short"], profile)
    long = _long({**table["short"], **table["long"]}, profile)
    awards = {"short": short, "long": long, "test": short, "revoked": short}
    link = f"{base_url}/verify/{_IDENTIFIER}"
    return {
        name: _view(award, link=link, sealer=table["sealed_by"], test=name == "test")
        for name, award in awards.items()
    }


def _view(award: Award, *, link: str, sealer: str, test: bool) -> View:
    owner = SealOwner(sealer, sealer, "NTRCZ-00000000", "CZ", b"", test=test)
    quality = SealQuality.TEST if test else None
    seal = SealInfo("JAdES", "B-LTA", owner, datetime(2026, 6, 22, 12, 5, tzinfo=UTC), quality)
    return attrs.evolve(view_of(award, identifier=_IDENTIFIER, link=link), seal=seal, test=test)


def _award(members: Mapping[str, Any], profile: Profile) -> Award:
    """Return an award of an institution, which says itself what it is and how it assures quality."""
    own = {
        "awarding_body": unstructured(profile.organisation),
        "quality_assurance": [unstructured(one) for one in profile.quality_assurance],
    }
    return attrs.evolve(award_from_json({**members, **own}), place=profile.place)


def _long(members: Mapping[str, Any], profile: Profile) -> Award:
    """Return an award whose outcomes are repeated, numbered, until there are many."""
    award = _award({name: one for name, one in members.items() if name != "unit"}, profile)
    outcomes = tuple(
        attrs.evolve(outcome, title=_numbered(outcome.title, number))
        for number, outcome in enumerate(islice(cycle(award.outcomes), _MANY), start=1)
    )
    body = attrs.evolve(award.awarding_body, unit=LanguageMap(members["unit"]))
    return attrs.evolve(award, outcomes=outcomes, awarding_body=body)


def _numbered(title: LanguageMap, number: int) -> LanguageMap:
    texts = {language: f"{text.removesuffix('.')} ({number})." for language, text in title.texts.items()}
    return LanguageMap(texts)
