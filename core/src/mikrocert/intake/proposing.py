"""From guesses to a proposed layout: TOML that a person reads, corrects and decides about."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from mikrocert.codelists import codelist
from mikrocert.intake.faults import has_birth_number
from mikrocert.intake.guessing import Guess, Sureness, guesses_of, member_at
from mikrocert.intake.members import GROUPS, MEMBERS, NOTHING
from mikrocert.intake.sampling import Sample, sample_of
from mikrocert.texts import LANGUAGES, Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mikrocert.texts import Say

__all__ = ["Lack", "Proposal", "propose", "shown_name"]

_Others: TypeAlias = "dict[tuple[str | None, str], list[Guess]]"
"""Group and name of a field → the fields that have the same in other languages."""

_ELEMENTS: Final[Mapping[str, str]] = {
    "learner": "M1",
    "title": "M2",
    "awarded_on": "M5",
    "outcomes": "M6",
    "workload": "M7",
    "level": "M8",
    "assessments": "M9",
    "participation": "M10",
    "evidence_number": "–",
    "thematic_areas": "–",
    "languages": "–",
}
"""Member of an award → element of Annex I that it carries; those of the institution (M3, M4, M11) are no matter of an export."""
_TEXTS: Final = "{ " + ", ".join(f'{language} = "…"' for language in LANGUAGES) + " }"
_EXAMPLES: Final[Mapping[str, str]] = {
    "outcomes": f"outcomes = [{{ title = {_TEXTS} }}]",
    "workload.ects": "workload = { ects = 3 }",
    "level.eqf": "level = { eqf = 6 }",
    "thematic_areas": 'thematic_areas = ["0613"]',
    "languages": f'languages = ["{LANGUAGES[0]}"]',
    "participation.mode": 'participation = { mode = "presential" }',
    "assessments": 'assessments = [{ type = "written-examination" }]',
    "title": f"title = {_TEXTS}",
}
_MOST_CODES = 12
_LONGEST_NAME = 100
_SURE: Final[Mapping[Sureness, Message]] = {
    Sureness.HIGH: message("quite sure"),
    Sureness.MEDIUM: message("likely"),
    Sureness.LOW: message("only perhaps"),
}


@attrs.frozen
class Lack:
    """Something that an award needs and no field seems to have.

    Args:
        element: element of Annex I of Council Recommendation 2022/C 243/02 (M1–M11), or `–` where it serves them all.
        member: member of the award.
        about: what it is.
    """

    element: str
    member: str
    about: Message


@attrs.frozen
class Proposal:
    """What an export seems to have, and what it seems to lack.

    Args:
        sample: what was looked at.
        guesses: what each field may be.
        lacks: what an award needs and no field seems to have.
    """

    sample: Sample
    guesses: tuple[Guess, ...]
    lacks: tuple[Lack, ...]

    def toml(self, say: Say) -> str:
        """Return the proposed layout with remarks.

        Args:
            say: writes texts in the language of the remarks.
        """
        return "\n".join(_lines(self, say)) + "\n"


def propose(data: bytes, *, encoding: str | None = None) -> Proposal:
    """Look at an export and propose a layout.

    Args:
        data: the export.
        encoding: of a CSV, where a person says so; none means UTF-8.

    Raises:
        IntakeError: it is of another kind, or can't be read.
    """
    sample = sample_of(data, encoding=encoding)
    guesses = guesses_of(sample)
    return Proposal(sample, guesses, tuple(_lacks(guesses)))


def _lacks(guesses: Iterable[Guess]) -> Iterator[Lack]:
    filled = {
        guess.fills for guess in guesses if guess.fills and not (guess.language and not guess.translates)
    }
    assessed = any(name.startswith("assessments.") for name in filled)
    needed = {name: member.about for name, member in MEMBERS.items() if member.mandatory}
    needed |= {
        "learner.birth_date": MEMBERS["learner.birth_date"].about,
        "assessments": GROUPS["assessments"][0],
    }
    for name, about in needed.items():
        if name not in filled and not (name == "assessments" and assessed):
            yield Lack(_ELEMENTS[name.partition(".")[0]], name, about)
    translated = {(guess.fills, guess.language) for guess in guesses if guess.translates}
    for name, language in product(("title", "outcomes"), LANGUAGES[1:]):
        if name in filled and (name, language) not in translated:
            language_name = codelist("language").get(language).name
            about = message("{about} ({language})", about=MEMBERS[name].about, language=language_name)
            yield Lack(_ELEMENTS[name], f"{name}.{language}", about)


def _text(text: str) -> str:
    """Return a TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _remark(text: str) -> str:
    """Return a comment in one line."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return f"# {plain}"


def _lines(proposal: Proposal, say: Say) -> Iterator[str]:
    sample = proposal.sample
    yield _remark(
        say(
            message(
                "A proposal, made of names and values of the first records ({count}). Nobody knows better than the university: read it, "
                "correct it, decide.",
                count=sample.count,
            )
        )
    )
    yield from _unclear(proposal.guesses, say)
    if sample.records is not None:
        fixed = ", ".join(
            f"{_text(name)} = {_text(value) if isinstance(value, str) else value}"
            for name, value in sample.fixed.items()
        )
        yield from ("", "[json]", f"records = {_text(sample.records)}")
        if fixed:
            yield f"fixed = {{ {fixed} }}"
    if proposal.lacks:
        yield from _lacking(proposal.lacks, say)
    main = [guess for guess in proposal.guesses if guess.fills and not guess.language]
    others: _Others = {}
    for guess in proposal.guesses:
        if guess.translates:
            others.setdefault((guess.field.group, guess.translates), []).append(guess)
    groups: dict[tuple[str | None, str], list[Guess]] = {}
    for guess in main:
        group = next((name for name in GROUPS if (guess.fills or "").startswith(f"{name}.")), None)
        if group is None:
            yield from ("", "[[fields]]", *_field(guess, guess.fills or "", others, say))
        else:
            groups.setdefault((guess.field.group, group), []).append(guess)
    for (name, group), fields in groups.items():
        unknown = [one.field.name for one in proposal.guesses if _is_unknown(one) and one.field.group == name]
        yield from _group(group, fields, others, [] if name is None else unknown, say)


def _unclear(guesses: Iterable[Guess], say: Say) -> Iterator[str]:
    forbidden = [guess.field.name for guess in guesses if guess.forbidden]
    unusable = [guess.field.name for guess in guesses if guess.unusable and not guess.forbidden]
    lone = [guess.field.name for guess in guesses if guess.language and not guess.translates]
    unknown = [guess.field.name for guess in guesses if _is_unknown(guess) and guess.field.group is None]
    if forbidden:
        yield ""
        yield _remark(
            say(
                message(
                    "These have, or are called like, birth numbers (rodné číslo), or have numbers that can't be told from them; they must "
                    "not be in an export at all:"
                )
            )
        )
        yield from (f"#   {_text(shown_name(name))}" for name in forbidden)
    if unusable:
        yield ""
        yield _remark(
            say(message("These no layout can read (a name with signs of paths, or values inside values):"))
        )
        yield from (f"#   {_text(shown_name(name))}" for name in unusable)
    if lone:
        yield ""
        yield _remark(
            say(
                message(
                    "These seem to be translations, but no field has the same in the language that the others are in:"
                )
            )
        )
        yield from (f"#   {_text(shown_name(name))}" for name in lone)
    if unknown:
        yield ""
        yield _remark(
            say(
                message(
                    "Of these nothing is known. Describe them, or leave them out by removing the sign before the line:"
                )
            )
        )
        yield f"# left_out = [{', '.join(map(_text, unknown))}]"


def _is_unknown(guess: Guess) -> bool:
    return guess.fills is None and not guess.forbidden and not guess.unusable


def shown_name(name: str) -> str:
    """Return the name of a field as it can be shown: nobody is told a birth number, and no name fills a screen."""
    return "…" if has_birth_number(name) else name[:_LONGEST_NAME]


def _lacking(lacks: Iterable[Lack], say: Say) -> Iterator[str]:
    yield ""
    yield _remark(
        say(
            message(
                "No field seems to have what an award needs. Where it is the same for all awards, say it here:"
            )
        )
    )
    yield "[common]"
    for lack in lacks:
        yield _remark(say(message("{element} {about}", element=lack.element, about=lack.about)))
        if lack.member in _EXAMPLES:
            yield f"# {_EXAMPLES[lack.member]}"
        else:
            yield _remark(
                say(message("  (each record has its own, so that the export needs a field for it)"))
            )


def _field(guess: Guess, fills: str, others: _Others, say: Say) -> Iterator[str]:
    yield f"name = {_text(guess.field.name)}  {_remark(say(_evidence(guess)))}"
    yield f"fills = {_text(fills)}"
    for other in others.get((guess.field.group, guess.field.name), ()):
        yield f"translations.{other.language} = {_text(other.field.name)}  {_remark(say(_evidence(other)))}"
    if guess.fills == "learner.birth_date":
        yield "required = true"
    if guess.separator is not None:
        yield f"separator = {_text(guess.separator)}"
    if guess.unknown_words:
        yield from _words(guess, say)


def _evidence(guess: Guess) -> Message:
    sure = _SURE[guess.sureness or Sureness.LOW]
    if guess.by_name and guess.fits is None:
        return message("{sure}: by its name", sure=sure)
    share = round(100 * (guess.fits or 0))
    if guess.by_name:
        return message("{sure}: by its name; of its values {share} % fit", sure=sure, share=share)
    return message("{sure}: by its values, of which {share} % fit", sure=sure, share=share)


def _words(guess: Guess, say: Say) -> Iterator[str]:
    member = member_at(guess.fills or NOTHING)
    codes = (
        [concept.code for concept in codelist(member.code_list).concepts]
        if member.code_list
        else [*member.codes]
    )
    if len(codes) <= 2 * _MOST_CODES:
        yield _remark(
            say(message("These words are not understood; say what each means: {codes:comma}", codes=codes))
        )
    else:
        yield _remark(
            say(
                message(
                    "These words are not understood; say what each means, in codes of list {name}",
                    name=member.code_list or "–",
                )
            )
        )
    inside = ", ".join(f'{_text(word)} = "…"' for word in guess.unknown_words)
    yield f"# words = {{ {inside} }}"


def _group(
    group: str,
    fields: Sequence[Guess],
    others: _Others,
    unknown: Sequence[str],
    say: Say,
) -> Iterator[str]:
    name = fields[0].field.group
    yield from ("", "[[fields]]", f"name = {_text(name or group)}", f"fills = {_text(group)}")
    if name is None:
        yield "flat = true"
    if unknown:
        yield f"# left_out = [{', '.join(map(_text, unknown))}]"
    filled = {(guess.fills or "").removeprefix(f"{group}.") for guess in fields}
    for inner, member in GROUPS[group][1].items():
        if member.mandatory and inner not in filled:
            example = '"orcid"' if inner == "scheme" else '"…"'
            yield f"common.{inner} = {example}  {_remark(say(message('needed, and no field seems to have it: {about}', about=member.about)))}"
    if "grade.value" in filled and "grade.scale" not in filled:
        scale = GROUPS[group][1]["grade.scale"].about
        yield f'# common."grade.scale" = {_TEXTS}  {_remark(say(scale))}'
    for guess in fields:
        fills = (guess.fills or "").removeprefix(f"{group}.")
        yield from ("", "[[fields.fields]]", *_field(guess, fills, others, say))
