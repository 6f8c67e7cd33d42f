"""The help: which page is answered, and what is found on all of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from mikrocert.api import SettingsError, rule_set

from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.help.searching import LONGEST_QUESTION, passages_of, search
from mikrocert_portal.help.terms import TERMS
from mikrocert_portal.help.topics import GROUPS, TOPICS
from mikrocert_portal.pages import Visitor, say

if TYPE_CHECKING:
    from mikrocert.api import RuleSet, System

    from mikrocert_portal.config import Imprint
    from mikrocert_portal.help.searching import Passage
    from mikrocert_portal.pages import Pages

__all__ = ["Help"]


class Help:
    """Writes the pages of the help.

    Args:
        system: the assembled system.
        pages: what renders them.
        imprint: what the operator says of itself.
    """

    def __init__(self, system: System, *, pages: Pages, imprint: Imprint) -> None:
        self._system = system
        self._pages = pages
        self._facts = _facts(system, imprint)
        # What pages say depends on the language alone, so they are read once in each.
        self._passages = cache(self._read)

    def index(self, *, reader: Visitor) -> str:
        """Return the page that leads to all others."""
        return self._pages.help("help.html", reader=reader, groups=GROUPS, **self._facts)

    def page(self, name: str, *, reader: Visitor) -> str:
        """Return a page of the help.

        Args:
            name: of its topic.
            reader: who reads it.

        Raises:
            Refused: if there is none of this name.
        """
        place = next((place for place, topic in enumerate(TOPICS) if topic.name == name), None)
        if place is None:
            raise Refused(HttpProblem.NOT_FOUND)
        return self._pages.help(
            TOPICS[place].template,
            reader=reader,
            groups=GROUPS,
            topic=TOPICS[place],
            following=TOPICS[place + 1] if place + 1 < len(TOPICS) else None,
            terms=self._terms(reader.language) if name == "glossary" else (),
            **self._facts,
        )

    def search(self, question: str, *, reader: Visitor) -> str:
        """Return the page with what was found.

        Args:
            question: what somebody typed; more than a hundred characters of it are left out.
            reader: who typed it.
        """
        return self._pages.help(
            "help_search.html",
            reader=reader,
            groups=GROUPS,
            question=question[:LONGEST_QUESTION],
            found=search(question, self._passages(reader.language)),
            titles={topic.name: topic.title for topic in TOPICS},
            identifier=self._system.identifier_of(question.strip()) if question.strip() else None,
            **self._facts,
        )

    def _read(self, language: str) -> tuple[Passage, ...]:
        reader = Visitor(language)
        return tuple(
            passage
            for topic in TOPICS
            for passage in passages_of(topic.name, self.page(topic.name, reader=reader))
        )

    def _terms(self, language: str) -> list[dict[str, Any]]:
        terms = [
            {
                "name": term.name,
                "word": _begun(say(term.word, self._system.texts, language)),
                "meaning": term.meaning,
            }
            for term in TERMS
        ]
        return sorted(terms, key=lambda term: self._system.texts.order_of(str(term["word"]), language))


def _begun(word: str) -> str:
    return word[:1].upper() + word[1:]


def _facts(system: System, imprint: Imprint) -> dict[str, Any]:
    settings, rules = system.settings, _rules(system)
    statement = imprint.accessibility
    return {
        "imprint": imprint,
        "base": settings.base_url,
        "law": rules and rules.accessibility_law,
        "accessibility_authority": (statement and statement.authority)
        or (rules and rules.accessibility_authority),
        "privacy_authority": settings.privacy.authority or (rules and rules.privacy_authority),
    }


def _rules(system: System) -> RuleSet | None:
    """Return the rule set of the settings, or none where there is none of that name; whoever issues is told."""
    try:
        return rule_set(system.settings.rule_set)
    except SettingsError:
        return None
