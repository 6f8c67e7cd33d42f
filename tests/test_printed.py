"""Our own certificates, as somebody reads them who has no archive of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
import pytest
from mikrocert.report import Verdict
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings
from mikrocert_seal_ades import pades

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def abroad(demo: Path):
    """Return a system that trusts the demo's seal and knows nothing else of it."""
    settings = load_settings(demo / "mikrocert.toml", environment={})
    with open_system(attrs.evolve(settings, operator=None, archive=None)) as system:
        yield system


def test_each_element_is_found_on_the_pages(abroad, demo) -> None:
    """Whatever is in the data is on the certificate; that it is there proves nothing and is said to prove nothing."""
    for certificate in demo.glob("*.pdf"):
        report = abroad.verify(certificate.read_bytes())
        found = [finding.code for finding in report.result("status").findings]
        assert found == ["foreign", "text-not-proven"]
        assert report.verdict is Verdict.VALID


def test_no_word_of_the_data_is_broken(abroad, demo) -> None:
    """A program finds the words that a person sees: our templates don't hyphenate, in whatever order they are read."""
    for certificate in demo.glob("*.pdf"):
        data = certificate.read_bytes()
        view = abroad.verify(data).view
        texts = [abroad.texts.plain(item, "cs") for item in (view.holder, view.title, view.awarding_body)]
        texts += [
            abroad.texts.plain(value, "cs")
            for item in view.sections[0].items
            if item.key in {"outcomes", "further-information", "prerequisites"}
            for value in item.values
        ]
        readings = pades.readings(data)
        assert len(readings) == 2
        for reading in readings:
            words = {word for text in texts for word in re.findall(r"\w+", text)}
            assert not [word for word in words if word not in reading]
