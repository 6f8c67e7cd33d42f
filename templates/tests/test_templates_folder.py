"""The data package."""

from __future__ import annotations

from mikrocert_templates import folder


def test_templates_are_readable_from_the_package():
    """A template is found by folder and name, as text in UTF-8."""
    assert "supplement" in folder("certificate").joinpath("certificate.html").read_text(encoding="utf-8")
