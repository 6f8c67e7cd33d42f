"""What is printed on a document of somebody else is held against its data: what is missing is told, what is there proves nothing."""

import attrs
import pytest
from mikrocert.report import Finding, Outcome, Verdict
from mikrocert.service.verifying.printed import Printed
from mikrocert.testing import example_award, example_view
from mikrocert.texts import LANGUAGES, Texts

STRANGER = {"name": "Jiná", "id": "NTRCZ-1", "country": "SK"}


def words_of(view, language="cs"):
    """Return everything that a view says, as a page would have it."""
    texts = Texts()
    said = [view.holder, view.title, view.awarding_body]
    said += [value for section in view.sections for item in section.items for value in item.values]
    return "\r\n".join(texts.plain(value, language) for value in said)


@pytest.fixture
def paged(toy):
    """Return a function that returns a verifier whose documents can be read so."""

    def verifier(readings):
        class Paged(toy.Envelope):
            def readings(self, opened):
                return readings()

        return toy.verifier(envelopes={**toy.envelopes, "toy-pdf": Paged(b"%TOYPDF ", "ToyPDF")})

    return verifier


@pytest.fixture
def pair(toy):
    """Return a document by a stranger around his data file."""
    sealed = toy.sealed(toy.payload(issuer=STRANGER), owner=b"other")
    return toy.sealed(sealed, mark=b"%TOYPDF ", owner=b"other")


@pytest.fixture
def pages(toy):
    """Return what the pages of that document have to say."""
    report = toy.verifier().verify(toy.sealed(toy.payload(issuer=STRANGER), owner=b"other"), at=toy.at)
    return words_of(report.view)


def codes(report):
    return [finding.code for finding in report.result("status").findings]


def test_what_is_there_proves_nothing(toy, paged, pair, pages):
    """All words of the data on the pages: it isn't counted as passed, and it is said that it proves nothing."""
    report = paged(lambda: (pages,)).verify(pair, at=toy.at)
    assert codes(report) == ["foreign", "text-not-proven"]
    assert report.outcome("status") is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("member", ["holder", "title", "awarding_body"])
def test_pages_of_somebody_else_leave_it_open(toy, paged, pair, pages, member):
    """Whose it is, what for or by whom isn't there: the words around the file may be another one's."""
    award = example_award()
    absent = {
        "holder": award.learner.name,
        "title": award.title.best("cs"),
        "awarding_body": award.awarding_body.legal_name.best("cs"),
    }
    changed = pages.replace(absent[member], "Rudolf Ďuriš")
    report = paged(lambda: (changed,)).verify(pair, at=toy.at)
    assert "text-absent" in codes(report)
    assert report.outcome("status") is Outcome.UNDETERMINED
    assert report.verdict is Verdict.UNDETERMINED


def test_another_element_that_is_missing_is_told(toy, paged, pair, pages):
    """A learning outcome that isn't printed is a warning with its place."""
    outcome = example_award().outcomes[0].title.best("cs")
    report = paged(lambda: (pages.replace(outcome, "něco jiného"),)).verify(pair, at=toy.at)
    (absent,) = [one for one in report.result("status").findings if one.code == "text-absent"]
    assert (absent.path, outcome in Texts().plain(absent.message, "cs")) == ("outcomes", True)
    assert report.outcome("status") is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "spelling",
    [str.upper, lambda text: text.replace(" ", "-\n"), lambda text: f"  {text}\u00ad", " ".join],
    ids=["capitals", "hyphens", "around it", "letter by letter"],
)  # fmt: skip
def test_setting_a_text_changes_no_words(spelling):
    """Capitals, hyphens, line ends and letter-spacing are how a page is set."""
    view = example_view()
    assert not [one for one in Printed.of(view, (spelling(words_of(view)),)).findings if one.code == "text-absent"]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_language_and_one_order_are_enough(language):
    """A page need not have all languages, and need not be read in the order in which it is drawn."""
    view = example_view()
    printed = Printed.of(view, (f"nic {language}", words_of(view, language)))
    assert not [one for one in printed.findings if one.code == "text-absent"]


def test_pages_without_text_leave_it_open():
    """Outlines and pictures can't be read, so nobody can say whose they are."""
    assert Printed.of(example_view(), ("",)).another


def test_the_birth_is_not_told(toy, paged, pair):
    """That a birth date isn't on the page is no reason to say it here."""
    report = paged(lambda: ("nic",)).verify(pair, at=toy.at)
    assert "birth" not in {one.path for one in report.result("status").findings}


@pytest.mark.parametrize("fault", [RuntimeError, SystemExit])
def test_pages_that_cannot_be_read_leave_it_open(toy, paged, pair, fault):
    """A reader that crashes, or gives something else than texts, is no answer."""

    def crash():
        raise fault

    for readings in (crash, lambda: 7):
        report = paged(readings).verify(pair, at=toy.at)
        assert "crash" in codes(report)
        assert report.outcome("status") is Outcome.UNDETERMINED


def test_pages_under_a_seal_that_is_not_trusted_are_not_read(toy, paged, pair):
    """Nobody's text is worth a look."""
    asked = []
    verifier = paged(lambda: asked.append(1) or ())
    verifier = attrs.evolve(verifier, trust=attrs.evolve(verifier.trust, sandbox=False))
    report = verifier.verify(pair, at=toy.at)
    assert asked == []
    assert codes(report) == ["foreign"]


@pytest.mark.parametrize("holder", [None, " ", "★ ☆"])
def test_data_that_name_nobody_go_with_any_pages(holder):
    """Where the data have no name, any name can be printed: it is left open whose the pages are."""
    view = attrs.evolve(example_view(), holder=holder)
    printed = Printed.of(view, (words_of(example_view()) + "Rudolf Ďuriš",))
    assert printed.another
    assert printed.findings[0].code == "text-absent"


def test_looking_for_texts_has_bounds():
    """However much a credential says, only so many elements are looked for and told."""
    view = example_view()
    (section,) = (section for section in view.sections[:1])
    item = attrs.evolve(section.items[0], key="outcomes", values=tuple(f"výstup {n}" for n in range(9000)))
    many = attrs.evolve(view, sections=(attrs.evolve(section, items=(*section.items, item)),))
    sought = []

    class Page(str):
        __slots__ = ()

        def __contains__(self, form):
            sought.append(form)
            return False

    printed = Printed.of(many, (Page("nic"),))
    assert len(printed.findings) <= 21
    assert all(isinstance(finding, Finding) for finding in printed.findings)
