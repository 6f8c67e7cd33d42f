"""The certificates whose pictures are kept, and how they are drawn and compared."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import attrs
import pypdfium2
from mikrocert.api import (
    Attachment,
    Branding,
    LanguageMap,
    SealInfo,
    SealOwner,
    SealQuality,
    Texts,
    certificates_of,
    view_of,
)
from mikrocert.host.loading import load_plugins
from mikrocert.service.issuing.samples import samples_of
from mikrocert.settings import Settings
from mikrocert.testing import example_profile, example_stacked_award
from PIL import Image, ImageChops

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mikrocert.api import Renderer, View

__all__ = ["CASES", "RENDERERS", "drawn", "farthest", "opened"]

RESOLUTION = 100
RENDERERS = ("typst", "weasyprint")
_EMBLEM = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 9L4.5 0L9 9z" fill="#8B004B"/></svg>'
_LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 18"><path d="M0 18L9 0L18 18zM24 0h36v7h-36zM24 11h36v7h-36z" fill="#8B004B"/></svg>'
_SEAL = SealInfo(
    "JAdES",
    "B-LTA",
    SealOwner("Univerzita Řípská", "Univerzita Řípská", "NTRCZ-12345679", "CZ", b""),
    datetime(2026, 6, 22, 12, 5, tzinfo=UTC),
    SealQuality.QUALIFIED,
)


@attrs.frozen
class Case:
    """What is drawn, and which of its pages are kept.

    Args:
        view: what is certified.
        branding: how the institution's certificates look.
        pages: numbers of pages, from 1.
    """

    view: View
    branding: Branding = attrs.field(factory=Branding)
    pages: tuple[int, ...] = (1,)


def _cases() -> Mapping[str, Case]:
    samples = {
        name: attrs.evolve(view, seal=_SEAL)
        for name, view in samples_of(example_profile(), base_url="https://mikrocert.example").items()
    }
    short, long = samples["short"], samples["long"]
    stacked = view_of(
        example_stacked_award(),
        identifier="K7mQx4Rt9bHz",
        link="https://mikrocert.example/verify/K7mQx4Rt9bHz",
    )
    bare = attrs.evolve(
        short, holder=None, birth=None, figures=(), sections=(), identifier=None, link=None, seal=None,
        evidence_number=None,
    )  # fmt: skip
    signed = Branding(
        accent="#8B004B",
        emblem=_EMBLEM,
        signatory=("prof. Řehoř Ďurůžka", LanguageMap.of("rektor", "Rector")),
    )
    return {
        "usual": Case(short, pages=(1, 2)),
        "long": Case(long, pages=(1, 2, 3)),
        "test": Case(samples["test"], pages=(1, 2)),
        "two institutions": Case(stacked, signed),
        "lying": Case(attrs.evolve(short, unit=long.unit), attrs.evolve(signed, landscape=True)),
        "lying test": Case(
            attrs.evolve(samples["test"], unit=long.unit), Branding(logo=_LOGO, landscape=True)
        ),
        "one language": Case(short, Branding(languages=("en",)), pages=(1, 2)),
        "apart": Case(short, Branding(separate=True), pages=(1, 3)),
        "bare": Case(bare),
        "Vietnamese": Case(attrs.evolve(short, holder="Nguyễn Thị Phương Ánh")),
        "Arabic": Case(attrs.evolve(short, holder="محمد بن عبد الله الخوارزمي")),
        "Hebrew": Case(attrs.evolve(short, holder="דוד בן גוריון")),
        "Chinese": Case(attrs.evolve(short, holder="司马相如")),
    }


CASES = _cases()


@contextmanager
def opened(name: str) -> Iterator[Renderer]:
    """Open a renderer as the program does."""
    with ExitStack() as stack:
        yield stack.enter_context(load_plugins().renderers.choose(name, Settings()))


def drawn(renderer: Renderer, case: Case) -> Iterator[tuple[int, Image.Image]]:
    """Draw a case; give each page that is kept, in sixteen greys."""
    branding = case.branding
    attachment = Attachment("K7mQx4Rt9bHz.jsonld", b"{}", "application/ld+json")
    certificates = certificates_of(
        case.view,
        texts=Texts(),
        file=attachment.name,
        languages=branding.languages,
        separate=branding.separate,
        signatory=branding.signatory,
    )
    pdf = renderer.document(certificates, attachment=attachment, branding=branding)
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for number in case.pages:
            picture = document[number - 1].render(scale=RESOLUTION / 72).to_pil().convert("L")
            buffer = BytesIO()
            picture.quantize(16, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
            yield number, Image.open(buffer)


def farthest(one: Image.Image, other: Image.Image) -> int:
    """Return how far two pictures are from each other where they are farthest: of squares of two millimetres, in 255 greys.

    Edges of letters may fall otherwise; a line that moves, a word that is missing or another size shows.
    """
    if one.size != other.size:
        return 255
    small = [picture.convert("L").reduce(8) for picture in (one, other)]
    return ImageChops.difference(*small).getextrema()[1]
