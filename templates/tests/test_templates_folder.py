"""The data package."""

from __future__ import annotations

from mikrocert_templates import folder


def test_templates_are_readable_from_the_package():
    """A template is found by folder and name, as text in UTF-8."""
    assert "supplement" in folder("certificate").joinpath("certificate.html").read_text(encoding="utf-8")


def test_words_speak_czech_and_english():
    """Every fixed word of the certificate has both languages."""
    import tomllib

    words = tomllib.loads(folder("certificate").joinpath("words.toml").read_text(encoding="utf-8"))
    assert words
    assert {key for key, word in words.items() if set(word) != {"cs", "en"}} == set()
