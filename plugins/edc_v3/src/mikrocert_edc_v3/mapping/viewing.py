"""Sections for people: content beside the award, and the whole view where no award can be read."""

from collections.abc import Iterable, Iterator

from mikrocert.api import Item, Message, Section, Value, View, message, view_of

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.mapping import reading
from mikrocert_edc_v3.mapping.conventions import day_in_prague, statement_by_language
from mikrocert_edc_v3.model.concepts import own_name

__all__ = ["foreign_view", "sections"]


def sections(credential: model.EuropeanDigitalCredential) -> tuple[Section, ...]:
    """Return what the model has and an award hasn't; nothing where a credential is one of ours."""
    return (
        Section("details", message("Further data"), tuple(_details(credential))),
        Section("origin", message("Origin and verification"), tuple(_origin(credential))),
    )


def foreign_view(credential: model.EuropeanDigitalCredential, partly: reading.Partly) -> View:
    """Return the view of what can be read; the rest is left out.

    Args:
        credential: the credential.
        partly: what `reading.read_partly` read of it.
    """
    award, instead = partly
    issuer = credential.issuer
    view = view_of(
        award,
        identifier=reading.identifier(credential),
        link=reading.link(credential),
        issuer=issuer.legal_name.by_language if issuer else None,
        validity=(
            day_in_prague(credential.valid_from),
            day_in_prague(credential.valid_until or credential.expiration_date),
        ),
        instead=instead,
    )
    return view.with_sections(sections(credential))


def _details(credential: model.EuropeanDigitalCredential) -> Iterator[Item]:
    achieved, others = reading.claims(credential)
    if achieved is None:
        # The first claim is what `foreign_view` shows.
        achieved, others = model.LearningAchievement(), others[1:]
    person = credential.credential_subject or model.Person()
    specified = achieved.specified_by or model.LearningAchievementSpecification()
    summary = specified.learning_outcome_summary
    unmarked = (
        note.note_literal
        for note in (*specified.additional_note, *achieved.additional_note)
        if note.subject is None
    )
    settings = (specified.learning_setting,) if specified.learning_setting else ()
    national = specified.nqf_level if isinstance(specified, model.Qualification) else ()
    levels = (level for level in specified.education_level if own_name(level, scheme="qf-ehea") is None)
    skills = (skill for outcome in specified.learning_outcome for skill in outcome.related_skill)
    yield from _item("claims", message("Further claims"), (claim.title.by_language for claim in others))
    yield from _item(
        "outcome-summary",
        message("Summary of the learning outcomes"),
        [summary.note_literal.by_language if summary else None],
    )
    yield from _item(
        "description",
        message("Description"),
        (text.by_language for text in (achieved.description, specified.description, *unmarked)),
    )
    yield from _item(
        "learning",
        message("More on the learning"),
        (
            message("{value:capital}", value=concept.name)
            for concept in (*specified.dc_type[1:], *specified.mode[1:], *settings)
        ),
    )
    yield from _item("further-skills", message("Further skills"), (skill.name for skill in skills))
    yield from _item(
        "national-level", message("National level"), (level.name for level in (*national, *levels))
    )
    yield from _item(
        "learner-identifiers",
        message("Identifiers of the learner"),
        (
            ": ".join(part for part in (number.scheme_name, number.notation) if part)
            for number in person.identifier
        ),
    )


def _origin(credential: model.EuropeanDigitalCredential) -> Iterator[Item]:
    statements = (evidence.evidence_statement for evidence in credential.evidence)
    yield from _item(
        "evidence",
        message("Statement"),
        (statement_by_language(statement) for statement in statements if statement),
    )


def _item(key: str, label: Message, values: Iterable[Value | None]) -> Iterator[Item]:
    there = tuple(dict.fromkeys(value for value in values if value))
    if there:
        yield Item(key, label, there)
