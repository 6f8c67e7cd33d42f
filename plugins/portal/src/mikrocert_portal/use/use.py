"""Use: all that the holder's page offers to take along, and the files of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import Verdict

from mikrocert_portal.use.badges import FORMS, badge_html, badge_svg
from mikrocert_portal.use.facts import facts_of
from mikrocert_portal.use.lines import vitae_lines
from mikrocert_portal.use.linkedin import linkedin_link
from mikrocert_portal.use.reminder import expiry_reminder

if TYPE_CHECKING:
    from datetime import datetime

    from markupsafe import Markup
    from mikrocert.api import Report, Texts, View

__all__ = ["Badge", "Use", "UseFile", "Vitae", "use_file", "use_of"]

_REMINDER: Final = "validity.ics"


@attrs.frozen
class Vitae:
    """Lines for a curriculum vitae.

    Args:
        language: their language.
        name: what the language calls itself.
        lines: what it is, and where it can be verified.
    """

    language: str
    name: str
    lines: tuple[str, str]


@attrs.frozen
class Badge:
    """A badge that the page shows.

    Args:
        name: what its form is called.
        file: name of its file.
        html: what is put into a page.
    """

    name: str
    file: str
    html: Markup


@attrs.frozen
class Use:
    """What can be taken along.

    Args:
        address: where it leads.
        linkedin: link to LinkedIn.
        vitae: lines in each language, that of the reader first.
        badges: pictures in the language of the reader.
        reminder: name of the file for a calendar, or none where validity has no end.
        test: whether it is a test.
    """

    address: str
    linkedin: str
    vitae: tuple[Vitae, ...]
    badges: tuple[Badge, ...]
    reminder: str | None
    test: bool


@attrs.frozen
class UseFile:
    """A file to be taken along.

    Args:
        content: its octets.
        media_type: its media type.
        name: name that it is saved under.
    """

    content: bytes = attrs.field(repr=False)
    media_type: str
    name: str


def use_of(report: Report, *, address: str, texts: Texts, language: str) -> Use | None:
    """Return what can be taken along; none unless it was found valid, so that nobody spreads what was revoked or replaced.

    Args:
        report: what was found of the credential.
        address: where it can be verified: what the holder wants others to open.
        texts: the languages of the system.
        language: of the reader, one of these.
    """
    view = _usable(report)
    if view is None:
        return None
    facts = facts_of(view, address=address, texts=texts, language=language)
    spoken = (language, *(other for other in texts.languages if other != language))
    return Use(
        address=address,
        linkedin=linkedin_link(facts),
        vitae=tuple(
            Vitae(one, texts.name_of(one), vitae_lines(view, address=address, texts=texts, language=one))
            for one in spoken
        ),
        badges=tuple(
            Badge(form.name, f"badge-{form.name}-{language}.svg", badge_html(facts, form=form, texts=texts))
            for form in FORMS
        ),
        reminder=_REMINDER if facts.valid_until is not None else None,
        test=view.test,
    )


def use_file(
    report: Report, name: str, *, address: str, texts: Texts, language: str, at: datetime
) -> UseFile | None:
    """Return a file by the name that `use_of` gave it; none where there is none, or what was found isn't valid.

    Args:
        report: what was found of the credential.
        name: its name.
        address: where it can be verified.
        texts: the languages of the system.
        language: of the reader, for a file whose name has none.
        at: the time (aware, UTC).
    """
    view = _usable(report)
    if view is None:
        return None
    if name == _REMINDER:
        facts = facts_of(view, address=address, texts=texts, language=language)
        calendar = expiry_reminder(facts, texts=texts, at=at)
        return None if calendar is None else UseFile(calendar, "text/calendar; charset=utf-8", name)
    for form in FORMS:
        for spoken in texts.languages:
            if name == f"badge-{form.name}-{spoken}.svg":
                facts = facts_of(view, address=address, texts=texts, language=spoken)
                return UseFile(badge_svg(facts, form=form, texts=texts).encode(), "image/svg+xml", name)
    return None


def _usable(report: Report) -> View | None:
    return report.view if report.proven and report.verdict is Verdict.VALID else None
