"""Templates of an institution, and the shipped ones."""

from __future__ import annotations

import pytest
from mikrocert.api import TEST_MARK, Branding
from mikrocert.errors import RenderError, TemplateError, UnrenderableError
from mikrocert_render_typst.renderer import TypstRenderer
from mikrocert_render_typst.root import MAIN
from mikrocert_templates import folder

FRONT = "#let front-page(certificate, look) = (width: 210mm, height: 297mm, margin: 20mm)\n#let front(certificate, look, room) = "

STYLE = folder("certificate").joinpath("style.typ").read_text("utf-8")


@pytest.fixture
def templates(tmp_path):
    """Write files into a folder of templates; return it."""

    def write(**files: str):
        for name, text in files.items():
            tmp_path.joinpath(name.replace("__", ".")).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_an_own_front_is_preferred_and_the_rest_is_shipped(view, drawn, pages_of, templates):
    """A file of the folder replaces ours; the supplement is still ours."""
    own = templates(front__typ=FRONT + "[Dóm učení: #certificate.front.holder]")
    pages = pages_of(drawn(view, branding=Branding(templates=own)))
    assert pages[0] == "Dóm učení: Tereza Černohorská"
    assert "Dodatek" in pages[1]


def test_own_files_are_found_beside_templates(view, drawn, pages_of, templates, tmp_path):
    """A template imports and reads what lies in its folder."""
    tmp_path.joinpath("words").mkdir()
    tmp_path.joinpath("words", "motto.txt").write_text("Vědění je moc", encoding="utf-8")
    own = templates(
        own__typ='#let motto = read("words/motto.txt")',
        front__typ='#import "own.typ": motto\n' + FRONT + "[#motto]",
    )
    assert pages_of(drawn(view, branding=Branding(templates=own)))[0] == "Vědění je moc"


def test_no_folder_replaces_the_main_file(view, drawn, pages_of, templates):
    """What sets pages and draws the mark is ours."""
    own = templates(**{MAIN.replace(".", "__"): "#panic()"})
    assert len(pages_of(drawn(view, branding=Branding(templates=own)))) == 3


def test_a_file_called_as_ours_for_papers_disturbs_no_certificate(view, drawn, pages_of, templates):
    """Whoever had a file of this name before papers were drawn has it still; only papers are drawn by ours."""
    own = templates(
        paper__typ='#let colour = "blue"', front__typ=FRONT + "[Ř]", style__typ=STYLE + "\n#let own = 1"
    )
    assert pages_of(drawn(view, branding=Branding(templates=own)))[0] == "Ř"


PARTS = {  # part of the front that stands → what it is given
    "header": "front, look",
    "person": "front, look, name-size, width",
    "achievement": "front, look, title-size, also-size, width",
    "facts-in-row": "front, look, width",
    "seal": "front, look",
    "signatory": "front, look",
    "verify": "certificate, look",
}


def test_parts_are_other_ones_and_the_rest_is_shipped(view, drawn, pages_of, templates):
    """A file that takes the shipped one of its name sets parts of it in another way, and may set what stood there as well."""
    given = ", ".join(f"{name}: (..given) => [Ďáblova {name} #(default.{name})(..given)]" for name in PARTS)
    imported = '#import "/shipped/{0}.typ": {0} as shipped, {0}-page, shipped-parts as default\n'
    own = templates(
        front__typ=imported.format("front") + f"#let front = shipped.with(parts: ({given}))",
        supplement__typ=imported.format("supplement")
        + "#let supplement = shipped.with(parts: (head: (certificate, look) => [Ďáblova hlava]))",
    )
    pages = pages_of(drawn(view, branding=Branding(templates=own)))
    assert [name for name in PARTS if f"Ďáblova {name}" not in pages[0]] == []
    assert "Tereza Černohorská" in pages[0]
    assert "Ďáblova hlava" in pages[1]
    assert "Dodatek" in pages[1]


def test_an_own_style_is_that_of_shipped_parts(view, drawn, pages_of, templates):
    """What is shipped takes `style.typ` from the folder, where it has one."""
    own = templates(
        style__typ='#import "/shipped/style.typ": *\n#let heading-of(..given) = [Ďábel]',
        front__typ='#import "/shipped/front.typ": front, front-page',
    )
    assert "Ďábel" in pages_of(drawn(view, branding=Branding(templates=own)))[0]


WRONG = {  # what is wrong in front.typ, and what is said
    "an unknown name": (FRONT + "[\n#nothing]", r"template 'front\.typ', line 3: unknown variable: nothing"),
    "syntax": (FRONT + "[", r"template 'front\.typ', line 2: unclosed delimiter"),
    "a division by zero": (FRONT + "[#(1/0)]", r"template 'front\.typ', line 2: cannot divide by zero"),
    "a loop without end": (FRONT + "{ while true {} }", r"template 'front\.typ', line 2: condition is always true"),
    "a loop that goes on": (FRONT + "{ let x = 0\nwhile x >= 0 { x += 1 } }", r"template 'front\.typ', line 3: loop seems to be infinite"),
    "a call of itself": ("#let f(x) = f(x + 1)\n" + FRONT + "f(1)", r"template 'front\.typ', line 1: maximum function call depth exceeded"),
    "a file outside": (FRONT + '[#read("../../etc/passwd")]', r"template 'front\.typ', line 2: path .* would escape the project root"),
    "a file of the system": (FRONT + '[#read("/etc/passwd")]', r"template 'front\.typ', line 2: file not found"),
    "a package": ('#import "@preview/cetz:0.3.0"\n' + FRONT + "[]", r"template 'front\.typ', line 1: packages are not fetched"),
    "pages of its own": (FRONT + "[#set page(width: 10pt)\nx]", r"template 'front\.typ', line 2: page configuration is not allowed inside of containers"),
    "a name that lacks": ("#let front(certificate, look, room) = []", r"template 'front\.typ' lacks front-page, which 'certificate\.typ' calls; it has to define front, front-page"),
    "a part that there isn't": (
        '#import "/shipped/front.typ": front as shipped, front-page\n#let front = shipped.with(parts: (persn: none))',
        r"template 'shipped/front\.typ', line \d+: .*the front has no part 'persn'; it has header, person, achievement",
    ),
    "a mark of its own": (FRONT.replace("(width", "(foreground: [x], width") + "[x]", r"a template sets 'foreground' of a page; it may set width, height"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_templates_are_errors(view, drawn, templates, name):
    """A fault in a template is told with file, line and what is wrong, instead of a certificate with a hole."""
    source, message = WRONG[name]
    with pytest.raises(RenderError, match=message) as caught:
        drawn(view, branding=Branding(templates=templates(front__typ=source)))
    assert type(caught.value) is TemplateError, "no certificate of this institution can be drawn"


def test_an_own_front_that_is_too_full_is_refused(view, drawn, templates):
    """A front of an institution's own has to fit its page as well; the record is refused, not the institution."""
    own = templates(front__typ=FRONT + "[#for _ in range(90) [#certificate.front.holder \\ ]]")
    with pytest.raises(UnrenderableError, match="does not fit one page"):
        drawn(view, branding=Branding(templates=own))


def test_a_template_that_is_not_utf_8_is_an_error(view, drawn, tmp_path):
    """The file is named."""
    tmp_path.joinpath("front.typ").write_bytes("Ďas".encode("cp1250"))
    with pytest.raises(RenderError, match=r"template 'front\.typ' can't be read"):
        drawn(view, branding=Branding(templates=tmp_path))


def test_links_out_of_the_folder_lead_nowhere(view, drawn, templates, tmp_path):
    """A symbolic link in the folder stays behind."""
    secret = tmp_path / "secret.txt"
    secret.write_text("tajné", encoding="utf-8")
    inside = tmp_path / "templates"
    inside.mkdir()
    inside.joinpath("link.txt").symlink_to(secret)
    inside.joinpath("front.typ").write_text(FRONT + '[#read("link.txt")]', encoding="utf-8")
    with pytest.raises(RenderError, match="file not found"):
        drawn(view, branding=Branding(templates=inside))


def test_the_shipped_certificate_is_complete():
    """The package holds every file of the certificate."""
    assert {"certificate.typ", "front.typ", "supplement.typ", "style.typ"} <= {
        file.name for file in folder("certificate").iterdir()
    }


DROPPING = {  # how an institution's templates try to drop the mark
    "a front without it": {"front__typ": FRONT + "[Dóm učení]"},
    "a white sheet above everything": {"front__typ": FRONT + "place(dx: -20mm, dy: -20mm, rect(width: 210mm, height: 297mm, fill: white))"},
    "white letters": {"front__typ": FRONT + "[#set text(fill: white)\nx]"},
    "no text is shown": {"front__typ": FRONT + "[#show text: none\nx]"},
    "another page": {"front__typ": FRONT.replace("297mm", "90mm") + "[x]"},
    "a dark page": {"front__typ": FRONT.replace("margin", "fill: black, margin") + "[x]"},
    "one without margins": {"front__typ": FRONT.replace("margin: 20mm", "margin: 0mm") + "[x]"},
}  # fmt: skip


@pytest.mark.parametrize("name", DROPPING)
def test_templates_can_not_drop_the_test_mark(view, drawn, pages_of, picture_of, templates, name):  # noqa: PLR0917 - fixtures
    """It is on every page, in dark on white above all else, whatever the templates do."""
    pdf = drawn(view, test=True, branding=Branding(templates=templates(**DROPPING[name])))
    for number, page in enumerate(pages_of(pdf)):
        assert TEST_MARK in page
        picture = picture_of(pdf, page=number, resolution=72).convert("RGB")
        width, height = picture.size
        strip = picture.crop((width // 2 - 50, height - 24, width // 2 + 50, height - 8))
        colours = [colour for _, colour in strip.getcolors(10000)]
        assert [colour for colour in colours if sum(colour) < 400], (name, number)
        assert (255, 255, 255) in colours, (name, number)


def test_a_real_seal_has_no_test_mark(view, drawn, pages_of):
    """Only a test says so."""
    assert not [page for page in pages_of(drawn(view)) if TEST_MARK in page]


@pytest.mark.parametrize("way", ["closed", "forgotten"])
def test_a_renderer_leaves_nothing_behind(  # noqa: PLR0917 - fixtures
    view, certified, attachment, tmp_path, monkeypatch, way
):
    """The folders that Typst reads are removed with the renderer."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = TypstRenderer()
    made.document(certified(view), attachment=attachment, branding=Branding())
    assert list(tmp_path.iterdir())
    if way == "closed":
        made.close()
    del made
    assert list(tmp_path.iterdir()) == []
