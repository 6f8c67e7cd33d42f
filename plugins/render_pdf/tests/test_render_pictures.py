"""QR codes, rosettes and pictures of the front."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree as ET

import attrs
import pytest
from mikrocert.api import Branding, LanguageMap, qr_svg
from mikrocert.errors import RenderError
from mikrocert_render_pdf import pictures as pictures_module
from mikrocert_render_pdf.renderer import WeasyPrintRenderer
from PIL import Image

SVG = "{http://www.w3.org/2000/svg}"
LINK = "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz"
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#00AA00"/></svg>'


def _pixels(image, colour, *, near: int = 24) -> int:
    """Count the pixels near a colour."""
    flat = image.convert("RGB").get_flattened_data()
    return sum(all(abs(a - b) <= near for a, b in zip(pixel, colour, strict=True)) for pixel in flat)


@pytest.mark.parametrize("resolution", [100, 150, 300])
@pytest.mark.parametrize(
    "link", [LINK, "http://127.0.0.1:8000/verify/K7mQx4Rt9bHz", "https://ř.example/" + "x" * 120]
)
def test_the_qr_code_is_read_from_paper(view, drawn, picture_of, resolution, link):
    """A picture of page 2, as a scanner or camera has it, gives the link octet for octet."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    picture = picture_of(drawn(view, link=link), page=1, resolution=resolution)
    codes = zxingcpp.read_barcodes(picture.convert("L"))
    assert [code.text for code in codes] == [link]


def test_a_usual_link_makes_modules_of_0_9_mm():
    """46 characters at error correction M are version 4, 33 modules a side, in 30 mm."""
    assert ET.fromstring(qr_svg(LINK, quiet=0)).get("viewBox") == "0 0 33 33"


def test_without_link_there_is_no_qr_code(view, drawn, pages_of):
    """The identifier alone is still given."""
    page = pages_of(drawn(view, link=None))[1]
    assert "K7mQ x4Rt 9bHz" in page
    assert "Naskenujte" not in page


@pytest.mark.parametrize("landscape", [False, True])
def test_a_front_alone_can_be_verified(view, drawn, picture_of, pages_of, landscape):
    """Posted without its back, the certificate has a code that is read at 150 dpi, the address and the identifier."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    pdf = drawn(view, branding=Branding(landscape=landscape))
    codes = zxingcpp.read_barcodes(picture_of(pdf, page=0, resolution=150).convert("RGB"))
    assert [code.text for code in codes] == [LINK]
    front = pages_of(pdf)[0]
    assert "Ověřte na mikrocertifikat.cz/verify" in front
    assert "K7mQ x4Rt 9bHz" in front


def test_the_link_is_typed_and_the_identifier_grouped(view, drawn, pages_of):
    """Whoever can't scan can type: the full link, the site, and the identifier 4-4-4."""
    page = pages_of(drawn(view))[1]
    assert LINK in page
    assert "K7mQ x4Rt 9bHz" in page
    assert "nebo na mikrocertifikat.cz zadejte identifikátor. Záleží na velkých a malých písmenech." in page
    assert "enter the identifier at mikrocertifikat.cz. Letter case matters." in page


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("test", [False, True])
def test_pictures_are_small_and_sharp(view, language, test, pictured):
    """One PNG at 90 dpi of at most 15 kB, in the colours of ink and accent."""
    picture = pictured(attrs.evolve(view, test=test), language=language)
    image = Image.open(BytesIO(picture))
    assert image.format == "PNG"
    assert abs(image.width - 744) <= 1
    assert len(picture) <= 15_000
    assert _pixels(image, (0x14, 0x17, 0x1F)) > 1_000
    assert _pixels(image, (0x7A, 0x4F, 0) if test else (0x23, 0x40, 0x8E)) > 250


@pytest.mark.parametrize("marks", [{"logo": LOGO}, {"emblem": LOGO}])
def test_a_mark_keeps_its_colours_in_a_picture(view, pictured, marks):
    """Ink, accent and mark are all told apart."""
    image = Image.open(BytesIO(pictured(view, branding=Branding(**marks))))
    assert _pixels(image, (0, 0xAA, 0)) > 200
    assert _pixels(image, (0x23, 0x40, 0x8E), near=40) > 300


def test_each_language_has_its_picture(view, pictured):
    """The English picture is another one than the Czech, and the same view gives the same picture."""
    czech, english = (pictured(view, language=language) for language in ("cs", "en"))
    assert czech != english
    assert pictured(view) == czech


@pytest.mark.system
def test_resolution_is_configurable(view, pictured):
    """Pictures have the resolution of the settings."""
    picture = pictured(view, by=WeasyPrintRenderer(resolution=72))
    assert abs(Image.open(BytesIO(picture)).width - 595) <= 1


def test_a_picture_that_can_not_be_small_is_refused(view, monkeypatch, pictured):
    """Rather no picture than one that a credential may not hold."""
    monkeypatch.setattr(pictures_module, "LARGEST_PICTURE", 5_000)
    with pytest.raises(RenderError, match="a lower resolution or a simpler logo"):
        pictured(view)


@pytest.mark.parametrize(("test", "colour"), [(False, (0x8B, 0, 0x4B)), (True, (0x7A, 0x4F, 0))])
def test_the_rosette_has_the_accent_or_the_colour_of_tests(view, drawn, picture_of, test, colour):
    """A genuine certificate has a solid disc in the accent, a test one brown lines on white."""
    picture = picture_of(drawn(view, test=test), page=0, resolution=60)
    accented = picture_of(drawn(view, test=test, branding=Branding(accent="#8B004B")), page=0, resolution=60)
    corner = (340, 510, 460, 620)
    found = _pixels(accented.crop(corner), colour, near=60)
    assert found > (40 if test else 500)
    assert _pixels(picture.crop(corner), (0x8B, 0, 0x4B), near=40) == 0


def test_a_logo_stands_in_place_of_the_set_name(view, drawn, picture_of, pages_of):
    """The logo of the look is drawn, and the name above it is not set again."""
    pdf = drawn(view, branding=Branding(logo=LOGO))
    assert _pixels(picture_of(pdf, page=0, resolution=60), (0, 0xAA, 0)) > 500
    assert (
        pages_of(pdf)[0].count("Polabská univerzita")
        == pages_of(drawn(view))[0].count("Polabská univerzita") - 1
    )


@pytest.mark.parametrize("which", ["logo", "emblem"])
def test_a_wrong_mark_is_refused(view, drawn, which):
    """A mark is looked at before it is drawn."""
    with pytest.raises(RenderError, match="the logo or emblem can't be used: it is neither PNG nor"):
        drawn(view, branding=Branding(**{which: b"GIF89a"}))


def test_an_engine_that_fails_is_a_render_error(view, renderer, monkeypatch, pictured):
    """No exception of WeasyPrint leaves the renderer."""

    def fail(**given):
        raise AssertionError(given.keys())

    monkeypatch.setattr(renderer, "_weasyprint", _Recording(renderer._weasyprint, fail))
    with pytest.raises(RenderError, match="the certificate can't be set: AssertionError"):
        pictured(view)


def test_pages_are_in_the_language_asked_for(view, renderer, monkeypatch, pictured):
    """In the English page everything is English."""
    htmls = []
    real = renderer._weasyprint.HTML
    monkeypatch.setattr(
        renderer,
        "_weasyprint",
        _Recording(renderer._weasyprint, lambda **given: htmls.append(given["string"]) or real(**given)),
    )
    pictured(view, language="en")
    (html,) = htmls
    assert "University of Polabí certifies that" in html
    assert "potvrzuje" not in html
    assert '<html lang="en">' in html


def test_another_language_is_read_as_english_words(view, pictured):
    """A language that the fixed words lack still gives a picture."""
    german = attrs.evolve(view, title=LanguageMap({"de": "Datenanalyse"}), languages=("de",))
    assert pictured(german, language="de")


@attrs.frozen
class _Recording:
    module: object
    HTML: object

    def __getattr__(self, name):
        return getattr(self.module, name)
