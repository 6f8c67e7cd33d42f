"""QR codes, rosettes and pictures of the front."""

from __future__ import annotations

from io import BytesIO
from xml.etree import ElementTree as ET

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.api import Branding, LanguageMap, Texts
from mikrocert.errors import RenderError
from mikrocert_render_pdf import renderer as renderer_module
from mikrocert_render_pdf.qr import qr_svg
from mikrocert_render_pdf.renderer import LARGEST_PICTURE, WeasyPrintRenderer
from mikrocert_render_pdf.rosette import rosette
from PIL import Image

SVG = "{http://www.w3.org/2000/svg}"
LINK = "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz"
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#00AA00"/></svg>'

TEXTS = Texts(["mikrocert_render_pdf"])


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
    assert ET.fromstring(qr_svg(LINK)).get("viewBox") == "0 0 33 33"


def test_without_link_there_is_no_qr_code(view, drawn, pages_of):
    """The identifier alone is still given."""
    page = pages_of(drawn(view, link=None))[1]
    assert "K7mQ x4Rt 9bHz" in page
    assert "Naskenujte" not in page


def test_the_link_is_typed_and_the_identifier_grouped(view, drawn, pages_of):
    """Whoever can't scan can type: the full link, the site, and the identifier 4-4-4."""
    page = pages_of(drawn(view))[1]
    assert LINK in page
    assert "K7mQ x4Rt 9bHz" in page
    assert "nebo na mikrocertifikat.cz zadejte identifikátor. Záleží na velkých a malých písmenech." in page
    assert "enter the identifier at mikrocertifikat.cz. Letter case matters." in page


@pytest.mark.parametrize("language", ["cs", "en"])
def test_pictures_are_small_a4_pages(view, renderer, language):
    """One PNG of an A4 page at 110 dpi, below 200 kB."""
    (picture,) = renderer.pages(view, language=language, branding=Branding(), texts=TEXTS)
    image = Image.open(BytesIO(picture))
    assert image.format == "PNG"
    assert abs(image.width - 910) <= 1
    assert abs(image.height - 1287) <= 1
    assert len(picture) <= LARGEST_PICTURE


def test_each_language_has_its_picture(view, renderer):
    """The English picture is another one than the Czech, and the same view gives the same picture."""
    czech, english = (
        renderer.pages(view, language=language, branding=Branding(), texts=TEXTS) for language in ("cs", "en")
    )
    assert czech != english
    assert renderer.pages(view, language="cs", branding=Branding(), texts=TEXTS) == czech


@pytest.mark.system
def test_resolution_is_configurable(view):
    """Pictures have the resolution of the settings."""
    (picture,) = WeasyPrintRenderer(resolution=72).pages(
        view, language="cs", branding=Branding(), texts=TEXTS
    )
    assert abs(Image.open(BytesIO(picture)).width - 595) <= 1


def test_a_picture_that_can_not_be_small_is_refused(view, renderer, monkeypatch):
    """Rather no picture than one that a credential may not hold."""
    monkeypatch.setattr(renderer_module, "LARGEST_PICTURE", 10_000)
    with pytest.raises(RenderError, match="a lower resolution or a simpler logo"):
        renderer.pages(view, language="cs", branding=Branding(), texts=TEXTS)


@pytest.mark.parametrize(("test", "colour"), [(False, (0x8B, 0, 0x4B)), (True, (0x7A, 0x4F, 0))])
def test_the_rosette_has_the_accent_or_the_colour_of_tests(view, drawn, picture_of, test, colour):
    """A genuine certificate has a solid disc in the accent, a test one brown lines on white."""
    picture = picture_of(drawn(view, test=test), page=0, resolution=60)
    accented = picture_of(drawn(view, test=test, branding=Branding(accent="#8B004B")), page=0, resolution=60)
    corner = (380, 600, 496, 680)
    found = _pixels(accented.crop(corner), colour, near=60)
    assert found > (40 if test else 500)
    assert _pixels(picture.crop(corner), (0x8B, 0, 0x4B), near=40) == 0


def test_a_logo_stands_in_place_of_the_set_name(view, drawn, picture_of, pages_of):
    """The logo of the look is drawn, and the name above it is not set again."""
    pdf = drawn(view, branding=Branding(logo=LOGO))
    assert _pixels(picture_of(pdf, page=0, resolution=60), (0, 0xAA, 0)) > 500
    assert (
        pages_of(pdf)[0].count("Masarykova univerzita")
        == pages_of(drawn(view))[0].count("Masarykova univerzita") - 1
    )


@pytest.mark.parametrize(
    ("logo", "message"),
    [
        (b"GIF89a", "neither PNG nor SVG"),
        (b"", "neither PNG nor SVG"),
        (b"<html/>", "neither PNG nor SVG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "damaged"),
        (LOGO[:-8], "damaged"),
    ],
    ids=["GIF", "nothing", "HTML", "half a PNG", "half an SVG"],
)
def test_other_logos_are_refused(view, drawn, logo, message):
    """A logo is PNG or SVG."""
    with pytest.raises(RenderError, match=message):
        drawn(view, branding=Branding(logo=logo))


def test_an_engine_that_fails_is_a_render_error(view, renderer, monkeypatch):
    """No exception of WeasyPrint leaves the renderer."""

    def fail(**given):
        raise AssertionError(given.keys())

    monkeypatch.setattr(renderer, "_weasyprint", _Recording(renderer._weasyprint, fail))
    with pytest.raises(RenderError, match="WeasyPrint can't set the certificate: AssertionError"):
        renderer.pages(view, language="cs", branding=Branding(), texts=TEXTS)


def test_a_logo_fetches_nothing(view, drawn, monkeypatch, tmp_path):
    """Whatever an SVG points to, on this machine or elsewhere, is not opened."""
    import socket

    def refuse(*args, **kwargs):
        pytest.fail("a connection was tried")

    monkeypatch.setattr(socket, "create_connection", refuse)
    picture = BytesIO()
    Image.new("RGB", (8, 8), "#FF0000").save(picture, "PNG")
    (tmp_path / "red.png").write_bytes(picture.getvalue())
    for address in ((tmp_path / "red.png").as_uri(), "http://127.0.0.1:9/red.png"):
        logo = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'
            f'<image xlink:href="{address}" href="{address}" width="10" height="10"/></svg>'
        )
        assert picture.getvalue() not in drawn(view, branding=Branding(logo=logo.encode()))


@given(seed=st.text(max_size=20))
def test_any_seed_gives_a_rosette_within_its_disc(seed):
    """All points of all curves lie inside the disc, and the same seed gives the same drawing."""
    drawing = rosette(seed, colour="#0000DC")
    assert drawing == rosette(seed, colour="#0000DC")
    for path in ET.fromstring(drawing).iter(f"{SVG}path"):
        numbers = [float(n) for n in path.get("d").translate(str.maketrans("MCZ", "   ")).split()]
        ends = list(zip(numbers[::2], numbers[1::2], strict=True))[::3]
        assert all(x * x + y * y < 96 * 96 for x, y in ends)


def test_identifiers_give_different_rosettes():
    """Two certificates do not look alike."""
    assert len({rosette(f"K7mQx4Rt9bH{end}", colour="#0000DC") for end in "abcdefghjk"}) == 10


def test_pages_lead_in_the_language_asked_for(view, renderer, monkeypatch):
    """In the English page English stands first and Czech second."""
    htmls = []
    real = renderer._weasyprint.HTML
    monkeypatch.setattr(
        renderer,
        "_weasyprint",
        _Recording(renderer._weasyprint, lambda **given: htmls.append(given["string"]) or real(**given)),
    )
    renderer.pages(view, language="en", branding=Branding(), texts=TEXTS)
    (html,) = htmls
    assert html.index("Masaryk University certifies that") < html.index("Masarykova univerzita potvrzuje, že")
    assert '<html lang="en">' in html


def test_another_language_is_read_as_english_words(view, renderer):
    """A language that the fixed words lack still gives a picture."""
    german = attrs.evolve(view, title=LanguageMap({"de": "Datenanalyse"}), languages=("de",))
    assert renderer.pages(german, language="de", branding=Branding(), texts=TEXTS)


@attrs.frozen
class _Recording:
    module: object
    HTML: object

    def __getattr__(self, name):
        return getattr(self.module, name)
