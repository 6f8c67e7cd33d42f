"""QR codes, discs, logos and pictures of the front."""

from __future__ import annotations

from io import BytesIO

import pytest
from mikrocert.api import Branding
from mikrocert.certificate.marks import LARGEST_MARK
from mikrocert.errors import RenderError
from mikrocert_render_typst import renderer as renderer_module
from mikrocert_render_typst.renderer import SMALL_PICTURE, TypstRenderer
from PIL import Image

LINK = "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz"
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#00AA00"/></svg>'


def _png() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (40, 10), (0, 0xAA, 0)).save(buffer, "PNG")
    return buffer.getvalue()


PNG = _png()


def _pixels(image, colour, *, near: int = 24) -> int:
    """Count the pixels near a colour."""
    flat = image.convert("RGB").get_flattened_data()
    return sum(all(abs(a - b) <= near for a, b in zip(pixel, colour, strict=True)) for pixel in flat)


def _codes(picture) -> list:
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    return list(zxingcpp.read_barcodes(picture.convert("L")))


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize(
    "link", [LINK, "http://127.0.0.1:8000/verify/K7mQx4Rt9bHz", "https://ř.example/" + "x" * 60]
)
def test_the_qr_code_is_read_from_paper(view, drawn, picture_of, link, page):
    """A scan of the front and of page 2, at 150 dpi, gives the link octet for octet."""
    codes = _codes(picture_of(drawn(view, link=link), page=page, resolution=150))
    assert [code.text for code in codes] == [link]


@pytest.mark.parametrize("page", [0, 1])
def test_qr_codes_are_large_enough(view, drawn, picture_of, page):
    """Modules fill 20 mm, on the front too, with a quiet zone of four of them."""
    (code,) = _codes(picture_of(drawn(view), page=page, resolution=300))
    corners = code.position
    side = (corners.top_right.x - corners.top_left.x) / 300 * 25.4
    assert side >= 20


@pytest.mark.parametrize("language", ["cs", "en"])
def test_pictures_are_small_and_can_be_verified(view, pictured, language):
    """One PNG of at most 13 kB, whose QR code is read."""
    picture = pictured(view, language=language)
    image = Image.open(BytesIO(picture))
    assert image.format == "PNG"
    assert len(picture) <= SMALL_PICTURE
    assert image.width >= 595
    assert [code.text for code in _codes(image)] == [LINK]


def test_each_language_has_its_picture(view, pictured):
    """The English picture is another one than the Czech, and the same certificate gives the same picture."""
    czech, english = (pictured(view, language=language) for language in ("cs", "en"))
    assert czech != english
    assert pictured(view) == czech


def test_resolution_is_bounded_by_the_settings(view, pictured):
    """Pictures have at most the resolution of the settings."""
    with TypstRenderer(resolution=72) as small:
        assert abs(Image.open(BytesIO(pictured(view, by=small))).width - 595) <= 1


def test_a_picture_that_can_not_be_small_is_refused(view, monkeypatch, pictured):
    """Rather no picture than one that a credential may not hold."""
    monkeypatch.setattr(renderer_module, "LARGEST_PICTURE", 5_000)
    monkeypatch.setattr(renderer_module, "SMALL_PICTURE", 4_000)
    with pytest.raises(RenderError, match="a simpler logo would help"):
        pictured(view)


@pytest.mark.parametrize(("test", "colour"), [(False, (0x8B, 0, 0x4B)), (True, (0x7A, 0x4F, 0))])
def test_the_disc_has_the_accent_or_the_colour_of_tests(view, drawn, picture_of, test, colour):
    """A genuine certificate has a solid disc in the accent, a test one brown lines on white."""
    picture = picture_of(drawn(view, test=test, branding=Branding(accent="#8B004B")), page=0, resolution=60)
    corner = picture.crop((380, 480, 496, 640))
    assert _pixels(corner, colour, near=60) > (40 if test else 500)


def test_a_logo_stands_in_place_of_the_set_name(view, drawn, picture_of, pages_of):
    """The logo of the look is drawn, and the name above it is not set again."""
    pdf = drawn(view, branding=Branding(logo=LOGO))
    assert _pixels(picture_of(pdf, page=0, resolution=60), (0, 0xAA, 0)) > 500
    assert (
        pages_of(pdf)[0].count("Řípská univerzita") == pages_of(drawn(view))[0].count("Řípská univerzita") - 1
    )


def test_an_emblem_stands_beside_the_set_name(view, drawn, picture_of, pages_of):
    """The institution's own mark is drawn, and its name is set all the same."""
    pdf = drawn(view, branding=Branding(emblem=LOGO))
    assert _pixels(picture_of(pdf, page=0, resolution=60), (0, 0xAA, 0)) > 300
    assert pages_of(pdf)[0] == pages_of(drawn(view))[0]


BAD = {  # marks of an institution that are refused before any work; the core has the whole table
    "GIF": (b"GIF89a", "neither PNG nor well-formed SVG"),
    "half an SVG": (LOGO[:-8], "neither PNG nor well-formed SVG"),
    "too large": (LOGO + b" " * LARGEST_MARK, "octets, at most"),
    "a reference to the network": (LOGO.replace(b"<rect", b'<image href="https://a.example/a.png"/><rect'), "refers to 'https://a.example/a.png'"),
    "a script": (LOGO.replace(b"<rect", b"<script/><rect"), "the element 'script'"),
    "a PNG whose pixels are damaged": (PNG[:40] + b"\0" * 9 + PNG[49:], "can't be set|line"),
}  # fmt: skip


@pytest.mark.parametrize("place", ["logo", "emblem"])
@pytest.mark.parametrize("name", BAD)
def test_bad_marks_are_refused(view, drawn, name, place):
    """A logo or emblem is a plain PNG or SVG of bounded size, and refers to nothing outside itself."""
    data, message = BAD[name]
    with pytest.raises(RenderError, match=message):
        drawn(view, branding=Branding(**{place: data}))


def test_a_png_is_drawn(view, drawn, picture_of):
    """Logos are SVG or PNG."""
    picture = picture_of(drawn(view, branding=Branding(logo=PNG)), page=0, resolution=60)
    assert _pixels(picture, (0, 0xAA, 0)) > 500
