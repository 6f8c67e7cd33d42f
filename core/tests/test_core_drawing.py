"""Drawing by processes: the same as here, in order, and whatever becomes of one of them costs one award."""

from __future__ import annotations

import os
import textwrap
from contextlib import closing
from functools import partial
from types import SimpleNamespace

import attrs
import pytest
from mikrocert.errors import (
    MikrocertError,
    PluginError,
    RenderError,
    SettingsError,
    UnrenderableError,
    WorkerError,
)
from mikrocert.kinds.institution import Branding
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.renderer import Attachment, DocumentType
from mikrocert.report import Finding
from mikrocert.service.confining import CostLimits, Crew
from mikrocert.service.issuing.drawing import FEW, ForOne, Front, Sheet, Studio, demand_templates
from mikrocert.service.issuing.issuing import Phase
from mikrocert.testing import example_award, example_certificate, example_view
from mikrocert.texts import LanguageMap, Texts

AWARD = example_award()
RENDERER = """
    import os
    from contextlib import contextmanager
    from functools import partial

    from mikrocert.errors import RenderError, UnrenderableError
    from mikrocert.host.border import guarded
    from mikrocert.kinds.institution import Branding
    from mikrocert.kinds.renderer import TEST_MARK, DocumentType, Renderer
    from mikrocert.report import Finding
    from mikrocert.service.issuing.drawing import Painter, undrawn_or_sheets
    from mikrocert.texts import message

    def obey(deed):
        match deed:
            case "unrenderable":
                raise UnrenderableError([Finding.error("no-glyph", "no font has {what}", what="ř", path="learner")])
            case "render":
                raise RenderError(message("no template can be filled"))
            case "crash":
                raise ValueError("řádek")
            case "leave":
                raise SystemExit(0)
            case "memory":
                raise MemoryError
            case "end":
                os._exit(0)
            case "kill":
                os.kill(os.getpid(), 9)
            case "spin":
                while True: pass

    class Obeying(Renderer):
        document_type = DocumentType("application/x-toy-pdf", ".pdf", "toy-pdf")

        def document(self, certificates, *, attachment, branding):
            deed = deed_of(certificates[0])
            obey(deed)
            return "a text" if deed == "text" else attachment.data

        def text(self, document):
            return ("a page",) if b"unmarked" in document else ("a page " + TEST_MARK,)

        def pages(self, certificate, *, branding):
            deed = deed_of(certificate)
            if deed.startswith("front "):
                obey(deed.removeprefix("front "))
            return () if deed == "front none" else (f"{os.getpid()} {certificate.languages[0]}".encode(),)

    def deed_of(certificate):
        return certificate.front.title.lead.text.partition(" ")[2]

    def painter():
        return Painter(guarded("renderers", "obeying", Obeying()), Branding())

    @contextmanager
    def opened():
        yield partial(undrawn_or_sheets, painter())
"""
LIMITS = CostLimits(cpu_seconds=2, memory_megabytes=256, seconds=60)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A renderer that obeys the record number, in a module that other processes can import."""
    (tmp_path / "obeying_renderer.py").write_text(textwrap.dedent(RENDERER), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import obeying_renderer  # pyright: ignore[reportMissingImports]

    return obeying_renderer


@pytest.fixture
def crew(module):
    crew = Crew(module.opened, workers=2, limits=LIMITS)
    yield crew
    crew.close()


def titled(deed):
    """Return a title at which the renderer does something."""
    return LanguageMap.of(f"Předmět {deed}", f"Course {deed}")


def certificate(deed):
    return example_certificate(attrs.evolve(example_view(), title=titled(deed), test=True))


def sheet(deed, *, data=b"a file"):
    """Return a document to be drawn, at which the renderer does something."""
    return Sheet((certificate(deed),), Attachment("file.toy", data, "application/x-toy"))


def drawn(wanted, painter, crew, *, awards=FEW + 1):
    """What is drawn of each thing that is wanted, or the error why it wasn't."""
    with closing(Studio(painter, crew, awards=awards)) as studio:
        return [outcome_of(drawing) for drawing in [studio.begin(each) for each in wanted]]


def outcome_of(drawing):
    try:
        return drawing()
    except WorkerError:
        raise
    except MikrocertError as error:
        return error


UNDRAWN = {  # what happens → class of the error, and its code or what it says
    "unrenderable": (sheet("unrenderable"), UnrenderableError, "no-glyph"),
    "nothing can be drawn": (sheet("render"), RenderError, "no template can be filled"),
    "a crash": (sheet("crash"), PluginError, "renderer obeying crashed: ValueError at"),
    "an end": (sheet("leave"), PluginError, "renderer obeying crashed: SystemExit at"),
    "a wrong type": (sheet("text"), PluginError, "renderer obeying: document is str"),
    "no test mark": (sheet("fine", data=b"unmarked"), UnrenderableError, "no-test-mark"),
    "no page of a picture": (
        Front(certificate("front none")),
        PluginError,
        "renderer obeying: pages is not what was asked for",
    ),
}


@pytest.mark.system
@pytest.mark.covering
@pytest.mark.parametrize("apart", [False, True])
def test_what_is_not_drawn_is_the_same_error_here_and_apart(module, crew, apart):
    """Wherever it is drawn: class, sentence and findings; the sheets beside are drawn."""
    wanted = [each for bad, _, _ in UNDRAWN.values() for each in (sheet("fine"), bad)]
    results = drawn(wanted, module.painter(), crew if apart else None)
    assert results[::2] == [(b"a file",)] * len(UNDRAWN)
    for name, error in zip(UNDRAWN, results[1::2], strict=True):
        _, kind, what = UNDRAWN[name]
        assert type(error) is kind, name
        found = error.findings[0].code if isinstance(error, UnrenderableError) else str(error)
        assert found.startswith(what), name


LOST = {
    "memory": "drawing-too-costly",
    "spin": "drawing-too-costly",
    "kill": "drawing-too-costly",
    "end": "drawing-ended",
}


@pytest.mark.system
def test_what_costs_its_process_is_a_finding(module, crew):
    """Too much memory or time, or an end: one sheet is lost, which is told in Czech, too."""
    wanted = [*map(sheet, LOST), *(sheet("fine") for _ in range(FEW))]
    lost, fine = [], []
    for result in drawn(wanted, module.painter(), crew):
        (lost if isinstance(result, MikrocertError) else fine).append(result)
    assert [error.findings[0].code for error in lost] == list(LOST.values())
    assert fine == [(b"a file",)] * FEW
    for error in lost:
        sentence = error.findings[0].message
        assert Texts().plain(sentence, "cs") != str(sentence)


@pytest.mark.system
@pytest.mark.covering
def test_few_are_drawn_here(module, crew):
    """Where starting a process takes longer than drawing; once there are processes, they draw whatever comes."""
    front = Front(certificate("fine"))
    few = drawn([front] * FEW, module.painter(), crew, awards=FEW)
    assert {int(page.split()[0]) for (page,) in few} == {os.getpid()}
    assert not crew.started
    many = drawn([front] * (FEW + 1), module.painter(), crew, awards=FEW + 1)
    again = drawn([front], module.painter(), crew, awards=1)
    assert os.getpid() not in {int(page.split()[0]) for (page,) in (*many, *again)}


@pytest.fixture
def for_one(tmp_path, monkeypatch, module):
    """A crew that draws for all institutions, as it is for one."""
    (tmp_path / "drawing_for_all.py").write_text(
        textwrap.dedent("""
            from contextlib import contextmanager
            from types import SimpleNamespace

            import obeying_renderer
            from mikrocert.errors import UnknownOffer
            from mikrocert.service.issuing.drawing import drawing_for_others
            from mikrocert.texts import message

            @contextmanager
            def choose(name, settings):
                if name != "toy":
                    raise UnknownOffer(message("no such university"))
                yield SimpleNamespace(profile=SimpleNamespace(branding=obeying_renderer.painter().branding))

            @contextmanager
            def opened():
                system = SimpleNamespace(
                    plugins=SimpleNamespace(institutions=SimpleNamespace(choose=choose)),
                    settings=None,
                    renderer=obeying_renderer.painter().renderer,
                )
                with drawing_for_others(system) as draw:
                    yield draw
        """),
        encoding="utf-8",
    )
    import drawing_for_all  # pyright: ignore[reportMissingImports]

    crew = Crew(drawing_for_all.opened, workers=1, limits=LIMITS)
    yield partial(ForOne, crew)
    crew.close()


@pytest.mark.system
def test_a_worker_has_everything_drawn_elsewhere(module, for_one):
    """However little it is, so that what costs too much is refused and the worker goes on."""
    front, costly = Front(certificate("fine")), Front(certificate("front spin"))
    for _ in range(2):
        first, lost, last = drawn([front, costly, front], module.painter(), for_one("toy"))
        assert os.getpid() not in {int(page.split()[0]) for (page,) in (first, last)}
        assert [finding.code for finding in lost.findings] == ["drawing-too-costly"]
    [unknown] = drawn([front], module.painter(), for_one("tay"))
    assert isinstance(unknown, RenderError)


@pytest.mark.system
@pytest.mark.covering
def test_processes_that_can_not_start_are_told_with_the_way_out(module):
    """It is not any award's fault."""
    crew = Crew(partial(module.guarded, "renderers", "ř", None), workers=1, limits=LIMITS)
    with pytest.raises(
        WorkerError, match=r"no process that draws can be started: .*workers = 0 in \[issue\]"
    ):
        drawn([sheet("fine")] * (FEW + 1), module.painter(), crew)
    crew.close()


@pytest.fixture
def issuer_of(toy, archive, module, crew):
    """Make issuers whose renderer obeys, here and in the processes of the crew."""
    return lambda **members: toy.issuer(archive, renderer=module.Obeying(), crew=crew, **members)


def numbered(number, deed="fine"):
    return attrs.evolve(AWARD, evidence_number=f"ŘÚ/{number}", title=titled(deed))


FAULTS = {3: "unrenderable", 7: "end", 12: "crash", 13: "front crash", 20: "kill", 29: "front unrenderable"}
CODES = {
    "unrenderable": "no-glyph",
    "end": "drawing-ended",
    "crash": "plugin-crashed",
    "kill": "drawing-too-costly",
}
UNREAD = Finding.error("unread", "not read")


@pytest.mark.parametrize(
    ("rows", "batch"),
    [pytest.param(30, 10, marks=pytest.mark.system), pytest.param(500, 50, marks=pytest.mark.long)],
)
def test_rows_of_a_large_export_each_get_what_is_theirs(issuer_of, rows, batch, monkeypatch):
    """Every fault of every row, results in the order of the rows, and progress phase by phase."""
    monkeypatch.setattr("mikrocert.service.issuing.issuing.LARGEST_BATCH", batch)
    every = range(1, rows + 1)
    unread = set(every[5::10])
    records = [
        IntakeRecord(n, findings=(UNREAD,))
        if n in unread
        else IntakeRecord(n, award=numbered(n, FAULTS.get(n, "fine")))
        for n in every
    ]
    steps = []
    results = list(issuer_of(on_progress=lambda *step: steps.append(step)).issue(records))
    assert [result.record.number for result in results] == list(every)
    refused = {result.record.number: result.findings[0].code for result in results if result.refused}
    faults = {n: CODES[deed.removeprefix("front ")] for n, deed in FAULTS.items()}
    assert refused == faults | dict.fromkeys(unread, "unread")
    receipts = [result.receipt for result in results if not result.refused]
    assert [receipt.registration.evidence_number for receipt in receipts] == [
        numbered(n).evidence_number for n in every if n not in refused
    ]
    assert all(receipt.created for receipt in receipts)
    assert [phase for phase, done, _ in steps if done == 1] == [*Phase] * (rows // batch)
    assert all(1 <= done <= total <= batch for _, done, total in steps)


@pytest.mark.system
def test_a_batch_is_drawn_while_the_one_before_is_sealed(issuer_of, module, tmp_path, monkeypatch):
    """Its pictures are begun before anything of the one before is recorded, and a batch that fails is told all the same."""
    monkeypatch.setattr("mikrocert.service.issuing.issuing.LARGEST_BATCH", 10)
    judged, steps = [], []
    issuer = issuer_of(on_progress=lambda *step: steps.append((len(judged), *step)))
    rules = SimpleNamespace(
        judge=lambda award, **how: judged.append(award) or issuer.rules.judge(award, **how)
    )
    results = attrs.evolve(issuer, rules=rules).issue(
        IntakeRecord(n, award=numbered(n)) for n in range(1, 31)
    )
    assert len([next(results) for _ in range(10)]) == 10
    assert {many for many, phase, *_ in steps if phase is Phase.RECORD} == {20}
    assert all(result.receipt.created for result in results)
    assert len(judged) == 30


@pytest.mark.system
def test_a_number_that_comes_again_waits_for_the_batch_before(issuer_of, monkeypatch):
    """The same award twice in a file is one credential; another one under its number is refused, whatever batch it is in."""
    monkeypatch.setattr("mikrocert.service.issuing.issuing.LARGEST_BATCH", 10)
    awards = [numbered(n) for n in range(1, 31)]
    awards[15], awards[27] = awards[2], numbered(5, "fine but other")
    results = list(issuer_of().issue(IntakeRecord(n, award=award) for n, award in enumerate(awards, 1)))
    again = results[15].receipt
    assert (again.created, again.registration) == (False, results[2].receipt.registration)
    assert [result.record.number for result in results if result.refused] == [28]
    assert results[27].findings[0].code == "already-issued"


@pytest.mark.system
@pytest.mark.parametrize("phase", [Phase.BUILD, Phase.RENDER])
def test_an_interruption_while_it_is_drawn_records_nothing(issuer_of, archive, crew, phase):
    """No award of the batch is recorded, no process is left, and sending the file again issues everything once."""

    def interrupt(now, done, _):
        if (now, done) == (phase, 3):
            raise KeyboardInterrupt

    records = [IntakeRecord(n, award=numbered(n)) for n in range(1, 21)]
    with pytest.raises(KeyboardInterrupt):
        list(issuer_of(on_progress=interrupt).issue(records))
    assert crew._busy == {}
    assert archive.registrations() == ()
    again = list(issuer_of().issue(records))
    assert all(result.receipt.created for result in again)


@pytest.mark.system
def test_a_dry_run_of_everything_is_drawn_apart_too(issuer_of, crew):
    """Where a person wants all of it drawn, that is as much as issuing draws."""
    records = [IntakeRecord(n, award=numbered(n)) for n in range(1, 21)]
    dry = list(issuer_of().issue(records, dry_run=True, draw=True))
    assert all(result.drawn and not result.refused for result in dry)
    assert crew.started


FOLDERS = {  # the institution's templates → whether the shipped look would be drawn instead
    "of another renderer": (("certificate.html", "style.css"), False),
    "of both": (("certificate.html", "front.typ"), True),
    "of this one": (("front.typ",), True),
    "nothing yet": ((), True),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_templates_of_another_renderer_are_an_error_of_the_settings(toy, tmp_path, monkeypatch, name):
    """Nobody gets the shipped look who has one of his own; files are named, and what would be taken."""
    names, right = FOLDERS[name]
    for each in names:
        (tmp_path / each).write_text("ř")
    monkeypatch.setattr(toy.Renderer, "template_suffixes", (".typ",))
    branding = Branding(templates=tmp_path)
    if right:
        demand_templates(toy.Renderer(), branding, institution="toy")
        return
    with pytest.raises(SettingsError, match=r"of toy \(certificate\.html, style\.css\).*takes \*\.typ"):
        demand_templates(toy.Renderer(), branding, institution="toy")


def test_a_renderer_without_templates_takes_none(toy, tmp_path, monkeypatch):
    """The same where it takes no files at all, but for copies: they have one look."""
    (tmp_path / "front.typ").write_text("ř")
    branding = Branding(templates=tmp_path)
    with pytest.raises(
        SettingsError, match=r"toy has templates \(front\.typ\), and the renderer that is chosen takes none"
    ):
        demand_templates(toy.Renderer(), branding, institution="toy")
    monkeypatch.setattr(toy.Renderer, "document_type", DocumentType("text/html", ".html", None))
    demand_templates(toy.Renderer(), branding, institution="toy")
