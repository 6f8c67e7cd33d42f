"""The rules an award has to meet, each tied to its Annex I element and principle.

A rule set is a data file (`CZ-HE-2024.toml` beside this module): which element of Annex I (M1–M11, O1–O5) and
which of the ten principles of Annex II a rule serves, how much it weighs, which field it asks what, and what it
tells a person. The questions themselves are in `questions`.
"""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import attrs

from mikrocert.award.withheld import withheld_at
from mikrocert.errors import FindingsError, SettingsError
from mikrocert.parsing.structuring import structured
from mikrocert.report import Finding, Severity
from mikrocert.rules.questions import NEEDS, QUESTIONS, Question
from mikrocert.rules.selecting import selected
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from mikrocert.award import Award

__all__ = ["Rule", "RuleSet", "rule_set", "rule_sets"]

_LONGEST_VALUE = 80


@attrs.frozen
class Rule:
    """One rule.

    Args:
        id: stable name; the code of the findings it makes.
        element: element of Annex I: M1–M11, O1–O5, or `–` where it serves them all.
        principle: principle of Annex II, 1–10.
        severity: `error` (refuses the award) or `warning`.
        field: which values are asked: members joined by dots, `[]` after a list, `?` after a member that may be
            absent. `**` asks every text of the award.
        question: name of a question in `questions`.
        message: what is wrong and what would be right, in English; `{value}` stands for the value found.
        code_list: for `in-code-list`.
        minimum: for `within`.
        maximum: for `within`, `at-maximum-long`.
        values: for `one-of`.
        other: for questions that compare with another field.
    """

    id: str
    element: str
    principle: int
    severity: str = attrs.field(validator=attrs.validators.in_(("error", "warning")))
    field: str
    question: str = attrs.field(validator=attrs.validators.in_(QUESTIONS))
    message: str
    code_list: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    values: tuple[str, ...] = ()
    other: str | None = None

    def findings(
        self, award: Award, *, on: date, withheld: frozenset[str] = frozenset()
    ) -> tuple[Finding, ...]:
        """Ask every value of the field and return a finding for each that fails.

        Args:
            award: what is judged.
            on: the day of judging, for questions about the future.
            withheld: paths of elements that the holder does not show; a rule that needs one tells so and asks nothing.
        """
        field = self.field.replace("[]", "").replace("?", "")
        needs = (path for path in (field, self.other, *NEEDS.get(self.question, ())) if path and path != "**")
        hidden = dict.fromkeys(path for need in needs for path in withheld_at(need, withheld))
        if hidden:
            return tuple(Finding.info("withheld", "withheld by the holder", path=path) for path in hidden)
        ask = QUESTIONS[self.question]
        found: list[Finding] = []
        for path, value in selected(award, self.field):
            question = Question(value=value, rule=self, award=award, on=on)
            if not ask(question):
                # Only what the sentence has a place for: a refused value may be a birth number.
                shown = {"value": _shown(value)} if "{value}" in self.message else {}
                found.append(Finding(self.id, Severity(self.severity), Message(self.message, shown), path))
        return tuple(found)


@attrs.frozen
class RuleSet:
    """A versioned set of rules.

    Args:
        name: such as `CZ-HE-2024`.
        title: what it is, for people, in English.
        rules: in Annex I order.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]

    def judge(self, award: Award, *, on: date, withheld: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
        """Return every breach of every rule; an award with a finding of severity error is refused.

        Args:
            award: what is judged.
            on: the day of judging.
            withheld: paths of elements that the holder does not show; each that a rule needs is told once, by a finding
                with the code `withheld`.
        """
        found = [finding for rule in self.rules for finding in rule.findings(award, on=on, withheld=withheld)]
        return tuple(dict.fromkeys(found)) if withheld else tuple(found)


def _shown(value: object) -> object:
    """Return a value as it may stand in a sentence."""
    return value if isinstance(value, (date, Decimal)) else str(value)[:_LONGEST_VALUE]


class _WrongRules(FindingsError):
    pass


def rule_sets() -> tuple[str, ...]:
    """Return the names of the rule sets there are."""
    return tuple(
        sorted(p.name.removesuffix(".toml") for p in files(__name__).iterdir() if p.name.endswith(".toml"))
    )


@cache
def rule_set(name: str) -> RuleSet:
    """Return the rule set with this name.

    Raises:
        SettingsError: if there is none, or its file is wrong.
    """
    if name not in rule_sets():
        raise SettingsError(
            message("no rule set '{name}'; there are: {names:comma}", name=name, names=rule_sets())
        )
    text = (files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    try:
        return structured(tomllib.loads(text), RuleSet, refuse=_WrongRules)
    except (_WrongRules, tomllib.TOMLDecodeError) as error:
        raise SettingsError(message("rule set {name}: {error}", name=name, error=error)) from error
