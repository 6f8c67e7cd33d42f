"""Topics: the pages of the help, in the order in which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import message

if TYPE_CHECKING:
    from mikrocert.api import Message

__all__ = ["GROUPS", "TOPICS", "Group", "Topic"]


@attrs.frozen
class Topic:
    """A page of the help.

    Args:
        name: last part of its address; its template is `help_<name>.html`.
        title: its heading.
        summary: what it answers, in a sentence.
    """

    name: str
    title: Message
    summary: Message

    @property
    def path(self) -> str:
        """Its address from the base on."""
        return f"/help/{self.name}"

    @property
    def template(self) -> str:
        """Name of its template."""
        return f"help_{self.name}.html"


@attrs.frozen
class Group:
    """Topics that belong together.

    Args:
        title: its heading.
        topics: in the order in which they are read.
    """

    title: Message
    topics: tuple[Topic, ...]


GROUPS: Final[tuple[Group, ...]] = (
    Group(
        message("Micro-credentials"),
        (
            Topic(
                "what",
                message("What is a micro-credential?"),
                message("What it says, what it consists of, and what it is good for."),
            ),
            Topic(
                "verify",
                message("How to verify a micro-credential"),
                message("By the certificate, by the link, by the file; and what is checked."),
            ),
            Topic(
                "answers",
                message("What the answers mean"),
                message(
                    "Valid, not valid, not confirmed: what follows from each, and what no check can know."
                ),
            ),
        ),
    ),
    Group(
        message("For whom"),
        (
            Topic(
                "employers",
                message("For employers"),
                message("Whether it is genuine, how to read it, and what to keep."),
            ),
            Topic(
                "holders",
                message("For holders"),
                message("What you received, how to show it, and what to do about a mistake."),
            ),
            Topic(
                "universities",
                message("For universities that award"),
                message("How to take part, how data come here, and who answers for what."),
            ),
            Topic(
                "journalists",
                message("For journalists"),
                message("What can be quoted, what we can’t say, and words that are often confused."),
            ),
        ),
    ),
    Group(
        message("About this service"),
        (
            Topic(
                "glossary",
                message("Glossary"),
                message("What the words on these pages and on the certificate mean."),
            ),
            Topic(
                "accessibility",
                message("Accessibility statement"),
                message("How accessible the site is, and where to turn if something stands in your way."),
            ),
            Topic("privacy", message("Privacy"), message("What is known about whom, how long, and why.")),
            Topic("contact", message("Contact"), message("Whom to ask about what.")),
        ),
    ),
)
"""All pages of the help."""

TOPICS: Final[tuple[Topic, ...]] = tuple(topic for group in GROUPS for topic in group.topics)
"""The same, one after the other."""
