"""Docstrings: the descriptions in them are read by one reader."""

from __future__ import annotations

from mikrocert.parsing.docstrings import described


class Described:
    """One sentence of it, with ř.

    More that is not asked for.

    Args:
        first: what it is; in one line.
        second: what it is,
            in two lines.

    Raises:
        ValueError: never.
    """


class Bare:
    pass


def test_summary_and_arguments_are_read():
    """The first line and each argument in one line; other sections are no arguments."""
    description = described(Described)
    assert description.summary == "One sentence of it, with ř."
    assert description.arguments == {
        "first": "what it is; in one line.",
        "second": "what it is, in two lines.",
    }


def test_class_without_docstring_has_no_description():
    """Nothing is made up."""
    assert described(Bare).summary == ""
    assert described(Bare).arguments == {}


def test_reader_is_loaded_only_when_it_is_asked(new_python):
    """Whoever never asks for a schema doesn't pay for griffe."""
    printed = new_python("import sys, mikrocert.award.canonical; print('griffe' in sys.modules)")
    assert printed == "False\n"
