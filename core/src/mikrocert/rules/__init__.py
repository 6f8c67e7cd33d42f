"""The rules an award has to meet, each tied to its Annex I element and principle.

A rule set is a data file (`CZ-HE-2024.toml` beside this module): which element of Annex I (M1–M11, O1–O5) and
which of the ten principles of Annex II a rule serves, how much it weighs, which field it asks what, and what it
tells a person. The questions themselves are in `questions`. What holds in every framework lies in `shared`, such as how
dates of one award go together (`dates.toml`), and is included by name.
"""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.award import withheld_at
from mikrocert.codelists import codelist
from mikrocert.errors import FindingsError, SettingsError
from mikrocert.parsing.structuring import structured
from mikrocert.report import Finding, Severity
from mikrocert.rules.pointing import POINTERS
from mikrocert.rules.questions import EACH_LANGUAGE, NEEDS, QUESTIONS, Question, is_birth_number
from mikrocert.rules.selecting import Selection, plain_path
from mikrocert.texts import LanguageMap, Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.award import Award

__all__ = ["DATES", "Rule", "RuleSet", "rule_set", "rule_sets", "shared_rules"]

_LONGEST_VALUE = 80
_SOME = 16

DATES: Final = "dates"
"""Name of the shared rules that hold the dates of one award against each other."""


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
        message: what is wrong and what would be right, in English; `{value}` stands for the value found, `{other}` for
            the one that it was held against, `{today}` for the day of judging, `{found}` for what of the value is at fault (see
            `pointing`), `{near:comma}` for codes of the list that may be meant.
        code_list: for `in-code-list`.
        minimum: for `within`, `age`, `at-least-long`, `hours-per-credit`.
        maximum: for `within`, `age`, `at-most-long`, `hours-per-credit`.
        values: for `one-of`, `has-language`, `identified`; for `no-word-of` the words; for `one-line` what may have
            several lines.
        other: the field with which a question compares, written like `field`; each value is held against every other that
            there is, in the same position of a list that both are in.
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
        self, award: Award, selection: Selection, *, on: date, withheld: frozenset[str] = frozenset()
    ) -> tuple[Finding, ...]:
        """Ask every value of the field and return a finding for each that fails.

        Args:
            award: what is judged.
            selection: what rules ask of it.
            on: the day of judging, for questions about the future.
            withheld: paths of elements that the holder does not show; a rule that needs one tells so and asks nothing.
        """
        if hidden := self._hidden(withheld):
            return tuple(Finding.info("withheld", "withheld by the holder", path=path) for path in hidden)
        ask = QUESTIONS[self.question]
        found: list[Finding] = []
        for path, value, other in self._asked(selection):
            if withheld and withheld_at(plain_path(path), withheld):
                continue  # of "**": what stands in for a withheld text is nobody's
            question = Question(
                value=value, other=other, rule=self, award=award, selection=selection, on=on, path=path
            )
            if not ask(question):
                # Only what the sentence has a place for: a refused value may be a birth number.
                values = {"value": value, "other": other, "today": on}
                if "{found}" in self.message:
                    pointed = POINTERS[self.question](str(value), self.values)
                    values |= {
                        name: "…" if is_birth_number(str(one)) else one for name, one in pointed.items()
                    }
                shown = {name: _shown(values[name]) for name in values if f"{{{name}}}" in self.message}
                if self.code_list is not None and "{near:comma}" in self.message:
                    shown["near"] = _near(str(value), self.code_list)
                found.append(Finding(self.id, Severity(self.severity), Message(self.message, shown), path))
        return tuple(found)

    def _hidden(self, withheld: frozenset[str]) -> Iterable[str]:
        """Return the paths that it needs among those that are withheld."""
        if not withheld:
            return ()
        fields = (plain_path(field) for field in (self.field, self.other) if field and field != "**")
        needs = (*fields, *NEEDS.get(self.question, ()))
        return dict.fromkeys(path for need in needs for path in withheld_at(need, withheld))

    def _asked(self, selection: Selection) -> Iterator[tuple[str, object, object]]:
        """Yield as `_held` does; of a text in several languages each apart, so that the finding names the one at fault."""
        for path, value, other in self._held(selection):
            if isinstance(value, LanguageMap) and self.question in EACH_LANGUAGE:
                for language in self.values or value.texts:
                    yield f"{path}.{language}", value.get(language), other
            else:
                yield path, value, other

    def _held(self, selection: Selection) -> Iterator[tuple[str, object, object]]:
        """Yield path and value of what is asked, and what it is held against."""
        if self.other is None:
            yield from ((path, value, None) for path, value in selection.of(self.field))
        else:
            yield from selection.pairs(self.field, self.other)


@attrs.frozen
class RuleSet:
    """A versioned set of rules.

    Args:
        name: such as `CZ-HE-2024`.
        title: what it is, for people, in English.
        rules: its own in Annex I order, then those that it includes.
        includes: names of the shared rules that it includes.
        privacy_authority: with which authority of the framework's country a person can lodge a complaint (GDPR, Article 77), or
            none.
        accessibility_law: the act of the framework's country by which public bodies state how accessible their sites are (Directive
            (EU) 2016/2102, Article 7), or none.
        accessibility_authority: which authority enforces that act, or none.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    includes: tuple[str, ...] = ()
    privacy_authority: LanguageMap | None = None
    accessibility_law: LanguageMap | None = None
    accessibility_authority: LanguageMap | None = None

    def judge(self, award: Award, *, on: date, withheld: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
        """Return every breach of every rule; an award with a finding of severity error is refused.

        What is wrong with a part of the learner's name is told of the part, and not of the full name again; what only follows from
        another fault of the same value is not told beside it.

        Args:
            award: what is judged.
            on: the day of judging.
            withheld: paths of elements that the holder does not show; each that a rule needs is told once, by a finding
                with the code `withheld`.
        """
        selection = Selection(award)
        found = [
            (rule.question, finding)
            for rule in self.rules
            for finding in rule.findings(award, selection, on=on, withheld=withheld)
        ]
        of_parts = {question for question, finding in found if finding.path in _PARTS_OF_NAME}
        failed = {(question, finding.path) for question, finding in found if finding.code != "withheld"}
        of_all = (
            finding
            for question, finding in found
            if (finding.path != _FULL_NAME or _SAME.get(question, question) not in of_parts)
            and not any((cause, finding.path) in failed for cause in _CAUSES.get(question, ()))
        )
        return tuple(dict.fromkeys(of_all)) if withheld else tuple(of_all)


_PARTS_OF_NAME: Final = frozenset({"learner.given_name", "learner.family_name"})
_FULL_NAME: Final = "learner.full_name"
_CAUSES: Final = {
    "before": ("not-future",),
    "clean": ("not-garbled",),
    "name": ("not-garbled",),
    "no-lost-letters": ("name",),
}
"""Question → those whose fault of the same value is the cause of this one."""
_SAME: Final = {"no-word-of-debris": "no-debris"}
"""Question asked of the full name → the one that is asked of its parts for the same reason."""


def _near(code: str, name: str) -> tuple[str, ...]:
    """Return the codes of a list that may be meant, or some of it where none is near."""
    concepts = codelist(name).concepts
    return tuple(codelist(name).near(code)) or tuple(concept.code for concept in concepts[:_SOME])


def _shown(value: object) -> object:
    """Return a value as it may stand in a sentence."""
    return value if isinstance(value, (date, Decimal, Message, int)) else str(value)[:_LONGEST_VALUE]


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
    own = _read(name)
    return attrs.evolve(own, rules=own.rules + sum((shared_rules(more).rules for more in own.includes), ()))


@cache
def shared_rules(name: str) -> RuleSet:
    """Return rules that hold in every framework.

    Args:
        name: such as `DATES`.

    Raises:
        SettingsError: if their file is wrong.
    """
    return _read(f"shared/{name}")


def _read(name: str) -> RuleSet:
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    try:
        return structured(tomllib.loads(text), RuleSet, refuse=_WrongRules)
    except (_WrongRules, tomllib.TOMLDecodeError) as error:
        raise SettingsError(message("rule set {name}: {error}", name=name, error=error)) from error
