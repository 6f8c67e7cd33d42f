"""Grades that say that the learner failed, as far as they and their scale tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mikrocert.award import Grade

__all__ = ["is_failed", "may_be_failed"]

_FAILED: Final = (
    r"(?:ne(?:splněn[oýa]?|splnil|uspěl|prospěl|vyhověl|absolvoval|obstál|započten[oýa]?|vyhovující|vyhovuje|dostatečn[ěýá]|úspěšn[ěýá]?)"
    r"(?:/?\(?[ao]\)?)?|fail(?:ed)?|not[ -]passed|no[nt][ -]pass|insufficient|unsatisfactory)\b"
)
_IS_FAILED: Final = re.compile(_FAILED, re.IGNORECASE)
_LONGEST_SIGN: Final = 2
_A_TO_F: Final = re.compile(r"(?>.*?\bA\b).*\bF\b", re.DOTALL)
_FROM_ONE: Final = re.compile(
    r"\b1\s*+(?:až|do|to|[-–—])\s*+([45])\b(?!\s*+[(=:]?\s*+(?:je |is )?(?:nejlepší|best))", re.IGNORECASE
)
_AT_LEAST: Final = re.compile(
    r"(?:alespoň|aspoň|nejméně|minimálně|at least)\s+(\d{1,3}(?:[.,]\d+)?)", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*(?:%|bod\w*|points?)?", re.IGNORECASE)


def is_failed(grade: Grade) -> bool:
    """Return whether a grade, its words or its scale say that the learner failed."""
    value = grade.value.strip()
    words = (value, *(grade.label.texts.values() if grade.label else ()))
    return any(_IS_FAILED.match(text.strip()) for text in words) or any(
        _says_failed(scale, value) for scale in grade.scale.texts.values()
    )


def may_be_failed(grade: Grade) -> bool:
    """Return whether a grade is one by which people mostly fail: F, the last of 1 to 4, fewer points than a scale asks for."""
    value = grade.value.strip()
    scales = tuple(grade.scale.texts.values())
    if value.upper() in {"F", "FX"}:
        return True
    if any(last == value for scale in scales for last in _FROM_ONE.findall(scale)):
        return True
    number = _NUMBER.fullmatch(value)
    asked = [float(one.replace(",", ".")) for scale in scales for one in _AT_LEAST.findall(scale)]
    return number is not None and bool(asked) and float(number[1].replace(",", ".")) < min(asked)


def _says_failed(scale: str, value: str) -> bool:
    """Return whether a scale explains a grade as a failure: `F (nevyhověl/a)`, `4 = fail`, `A až F` and an F."""
    if value.upper() in {"F", "FX"} and _A_TO_F.match(scale):
        return True
    explains = (
        r"\s*(?:[=:(–—-]|znamená|means)\s*"
        if len(value) <= _LONGEST_SIGN
        else r"\s*(?:[=:(]|znamená|means)\s*"
    )
    return (
        bool(value)
        and re.search(rf"(?<!\w){re.escape(value)}{explains}{_FAILED}", scale, re.IGNORECASE) is not None
    )
