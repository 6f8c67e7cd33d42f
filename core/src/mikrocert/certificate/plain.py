"""What matters of a certificate in easy language: short sentences, one statement each, no abbreviation without its words."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mikrocert.certificate.model import Plain
from mikrocert.texts import LanguageMap, message
from mikrocert.texts.typography import NBSP, groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.certificate.speech import Speech
    from mikrocert.report import View
    from mikrocert.texts import Message, Text, Value

__all__ = ["awarders_of", "plain_parts"]


def awarders_of(view: View) -> tuple[Text, bool]:
    """Return who awards, and whether these are several."""
    bodies = view.item("awarding-body")
    body = view.awarding_body
    return (
        body.completed() if isinstance(body, LanguageMap) else body,
        len(bodies.values) > 1 if bodies else False,
    )


def plain_parts(view: View, *, speech: Speech) -> tuple[Plain, ...]:
    """Return who, what, from whom, when, how much and how to verify; what the view lacks is left out.

    What somebody else wrote stands at the end of its sentence, so that nothing in it can turn the words of ours around.

    Args:
        view: what is certified.
        speech: the languages of the certificate.
    """
    parts = (
        (message("What this is"), _kind(view)),
        (message("What it says"), _statements(view)),
        (message("How to find out whether it is valid"), _verification(view)),
    )
    return tuple(
        Plain(speech.pair(heading), tuple(speech.pair(sentence) for sentence in sentences))
        for heading, sentences in parts
    )


def _kind(view: View) -> Iterator[Message]:
    if view.test:
        yield message("This micro-credential is only a test.")
        yield message("It does not count.")
    yield message("This is a micro-credential.")
    yield message("A micro-credential shows what a person has learned in a short time.")


def _statements(view: View) -> Iterator[Message]:
    body, joint = awarders_of(view)
    if view.holder:
        yield message("The micro-credential belongs to this person: {name}.", name=view.holder)
    yield message("The micro-credential has this name: {title}.", title=view.title)
    yield (
        message("These institutions award it together: {body}.", body=body)
        if joint
        else message("This institution awards it: {body}.", body=body)
    )
    if view.awarded_on:
        yield message("It was awarded on this day: {day:long}.", day=view.awarded_on)
    yield from _workload(view)
    if view.valid_until:
        yield message("It is valid until {day:long}.", day=view.valid_until)


def _workload(view: View) -> Iterator[Message]:
    figure = next((figure for figure in view.figures if figure.key in {"credits", "hours"}), None)
    if figure is None:
        return
    value: Value = figure.value
    yield message("The amount of work is: {value} {unit}.", value=value, unit=figure.label)
    if figure.key == "credits":
        yield message("ECTS is short for: European Credit Transfer and Accumulation System.")
        yield message("Schools in Europe use it to count how much work learning is.")


def _verification(view: View) -> Iterator[Message]:
    if view.link is None and view.identifier is None:
        yield message("Ask the institution that awarded it.")
    if view.link is not None:
        yield message("Open this page on the internet: {link}", link=view.link)
        yield message("The page tells you whether the micro-credential is valid.")
    if view.identifier is not None:
        code = NBSP.join(groups(view.identifier))
        if view.link is not None:
            site = urlsplit(view.link).netloc
            yield message("Or open this page: {site}", site=site)
            yield message("Then type in this code: {code}", code=code)
        else:
            yield message("The code of the micro-credential is: {code}", code=code)
        yield message("Capital letters and small letters are not the same.")
