from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.api import (
    Attachment,
    Branding,
    CheckResult,
    Finding,
    Outcome,
    Report,
    Texts,
    certificates_of,
    view_of,
)
from mikrocert.testing import example_award
from mikrocert_render_html.renderer import HtmlRenderer

TEXTS = Texts()
AT = datetime(2026, 11, 30, 12, 5, tzinfo=UTC)
PROVEN = tuple(
    CheckResult.of(check, (Finding.info("well", "The content is what was sealed."),))
    for check in ("integrity", "trust", "issuer", "status")
)


@pytest.fixture(params=["large-print", "easy-read"])
def renderer(request):
    """Each of the two renderers."""
    return HtmlRenderer(f"{request.param}.html")


@pytest.fixture
def large_print():
    return HtmlRenderer("large-print.html")


@pytest.fixture
def easy_read():
    return HtmlRenderer("easy-read.html")


@pytest.fixture
def attachment():
    """A file whose octets must survive: line ends, diacritics, NUL."""
    return Attachment(
        "K7mQx4Rt9bHz.jsonld",
        '{"payload":"ěščř\r\n\\u0000"}'.encode() + b"\x00\xff",
        "application/octet-stream",
    )


@pytest.fixture
def view():
    """What a person sees of an award in which every element of Annex I is filled."""
    return view_of(
        example_award(), identifier="K7mQx4Rt9bHz", link="https://mikrocert.example/verify/K7mQx4Rt9bHz"
    )


@pytest.fixture
def report(view):
    """What was found of a sealed file: all is well."""
    return Report(at=AT, results=PROVEN, view=view)


@pytest.fixture
def revoked():
    """The result that a credential was revoked."""
    gone = Finding.error("revoked", "Revoked. Reason: {reason}", reason="omyl v příjmení Ďurišová")
    return CheckResult("status", Outcome.FAILED, (gone,))


@pytest.fixture
def drawn(attachment):
    """Draw a view as a page: its text, and its certificates."""

    def draw(renderer, view, *, separate=True, report=None, **changes):
        certificates = certificates_of(
            attrs.evolve(view, **changes),
            texts=TEXTS,
            file=attachment.name,
            separate=separate,
            report=report,
        )
        page = renderer.document(certificates, attachment=attachment, branding=Branding())
        return page.decode(), certificates

    return draw
