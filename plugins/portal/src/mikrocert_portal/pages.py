"""Pages: the templates, the words of a language, and what both need to know about the site."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import attrs
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from mikrocert.api import (
    CHECK_MEANINGS,
    CHECK_NAMES,
    ENGLISH,
    LENGTH,
    OUTCOME_WORDS,
    SEVERITY_WORDS,
    FileKind,
    LanguageMap,
    Message,
    Outcome,
    Severity,
    actor_called,
    advice_of,
    codelist,
    day,
    differences,
    groups,
    headline_of,
    message,
    moment,
    sealer_of,
    size,
    standing,
    strict_json,
    tone_of,
)
from mikrocert_templates import folder

from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.many.sheets import has_workbooks
from mikrocert_portal.many.table import summary_of
from mikrocert_portal.protocol import UNSEEN, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from enum import Enum

    from mikrocert.api import (
        CheckResult,
        Difference,
        Display,
        File,
        Finding,
        KeptStatement,
        Packaging,
        Report,
        Settings,
        Statement,
        Texts,
        Value,
    )

    from mikrocert_portal.assets import Assets
    from mikrocert_portal.config import PortalConfig
    from mikrocert_portal.desk.sessions import Session
    from mikrocert_portal.many.table import Table

__all__ = [
    "Download",
    "Pages",
    "Visitor",
    "downloads_of",
    "has_birth",
    "in_its_language",
    "proofs_offered",
    "say",
    "sentence",
    "site_name",
]

WORD_JOINER = "\u2060"

_ACRONYM = re.compile(r"(?<=[A-Z])-(?=[A-Z])")  # ISCED-F, QF-EHEA
_OF_SHARING = {
    HttpProblem.UNKNOWN_LINK,
    HttpProblem.LINK_ENDED,
    HttpProblem.ACCESS_CLOSED,
    HttpProblem.UNCHANGED,
    HttpProblem.ELSEWHERE,
}
_OPEN, _CLOSE, _BEGIN, _END, _NAMED = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
"""Stand around what came from outside, and around words of ours in another language, until the page is escaped; a text's own are left out.

Behind the first of each pair stands the language, up to the last mark, in signs that are no letters, so that no sentence is made of them.
"""
_OPENED = re.compile(f"([{_OPEN}{_BEGIN}])([\ue061-\ue07a]*){_NAMED}")
_MARKS = re.compile(f"[{_OPEN}{_CLOSE}{_BEGIN}{_END}{_NAMED}]")
_ONE_PLACE = re.compile(r"\{[a-z_:]+\}")
_FROM_RIGHT = {"ar", "fa", "he", "ur", "yi"}


@attrs.frozen
class Visitor:
    """Who reads a page.

    Args:
        language: one of those installed.
        chosen: whether the address says so (`?lang=`), so that links of the page must say so too.
    """

    language: str
    chosen: bool = False


@attrs.frozen
class Download:
    """A file that a page offers.

    Args:
        kind: credential or certificate; `proof` for a proof that they are in the log.
        address: last part of its address, below that of the credential.
        name: name that it is saved under.
        form: what it is, as people call it, such as PDF; the end of its name where that doesn't tell it from another.
        size: octets.
    """

    kind: str
    address: str
    name: str
    form: str
    size: int


def downloads_of(files: Sequence[File], identifier: str) -> tuple[Download, ...]:
    """Return how the files of a credential are offered, in their order.

    Where the award was issued in several formats, so that files have one suffix, their names and addresses have the format
    as well; where people call two of them the same, each is called by its suffix.

    Args:
        files: every file of the credential.
        identifier: identifier of the credential.
    """
    suffixes = Counter(file.suffix for file in files)
    forms = Counter((file.kind, _form(file)) for file in files)
    return tuple(
        _download(
            file,
            identifier,
            ending=f".{file.format}{file.suffix}" if suffixes[file.suffix] > 1 else file.suffix,
            alike=forms[file.kind, _form(file)] > 1,
        )
        for file in files
    )


def proofs_offered(proofs: Mapping[str, bytes], identifier: str) -> tuple[Download, ...]:
    """Return how the proofs that the files of a credential are in the log are offered, in their order.

    Args:
        proofs: name → proof.
        identifier: identifier of the credential.
    """
    return tuple(
        Download("proof", name, name, name.removeprefix(identifier), len(octets))
        for name, octets in proofs.items()
    )


def _form(file: File) -> str:
    return file.media_type.rpartition("/")[2].rpartition("+")[2].upper()


def _download(file: File, identifier: str, *, ending: str, alike: bool) -> Download:
    name = f"{identifier}{ending}"
    address = name if file.kind is FileKind.CREDENTIAL else f"{file.kind.value}{ending}"
    return Download(file.kind.value, address, name, ending if alike else _form(file), len(file.octets))


def site_name(settings: Settings, *, name: str | None) -> str | None:
    """Return the name in the header: the configured one, else the host of the base, or none for a bare address."""
    host = urlsplit(settings.base_url).hostname or ""
    if name is not None:
        return name
    return host.capitalize() if host.rpartition(".")[2].isalpha() and "." in host else None


def say(value: Value, texts: Texts, language: str) -> str:
    """Return a text with no-break spaces and word joiners where a line must not break."""
    return _ACRONYM.sub(f"-{WORD_JOINER}", texts.say(value, language))


@attrs.frozen
class _Isolating:
    """Puts marks around every part that came from outside, so that it disturbs no sentence around it, or is in another language.

    Args:
        texts: the languages of the system.
        language: that of the reader.
        around: that of the text around.
    """

    texts: Texts
    language: str
    around: str

    def spoken(self, value: Value) -> str:
        """Return the language that a value is in; of a message that only joins parts, the one in which it joins them."""
        if isinstance(value, LanguageMap):
            return value.language_of_best(self.language)
        if not isinstance(value, Message):
            return self.around
        if _ONE_PLACE.fullmatch(value.text):
            return self.spoken(next(iter(value.parameters.values()), ""))
        return self.texts.sentence(value, self.language)[1]

    def whole(self, value: Value) -> Value:
        """Return a value with marks around its parts."""
        if isinstance(value, LanguageMap):
            marked = {code: self._outside(text, code) for code, text in value.texts.items()}
            return LanguageMap(marked)
        if isinstance(value, Message):
            inside = attrs.evolve(self, around=self.spoken(value))
            ours = attrs.evolve(
                inside, language=inside.around
            )  # a sentence that isn't translated has no translated words of ours
            parts = {
                name: (inside if isinstance(part, LanguageMap) else ours).part(part)
                for name, part in value.parameters.items()
            }
            return attrs.evolve(value, parameters=parts)
        if isinstance(value, str):
            return self._outside(value, self.around)
        if isinstance(value, Sequence):
            return tuple(map(self.part, value))
        return value

    def part(self, value: Value) -> Value:
        """Return a part with marks around it where it is words of ours in another language."""
        whole = self.whole(value)
        spoken = self.spoken(value)
        if not isinstance(value, Message) or spoken == self.around:
            return whole
        before = f"{_BEGIN}{_signs(spoken)}{_NAMED}"
        return Message("{before}{it}{after}", {"before": before, "it": whole, "after": _END})

    def _outside(self, text: str, language: str) -> str:
        signs = "" if language == self.around else _signs(language)
        return f"{_OPEN}{signs}{_NAMED}{_MARKS.sub('', text)}{_CLOSE}"


def _signs(language: str) -> str:
    return "".join(chr(0xE000 + ord(letter)) for letter in language)


def _opened(found: re.Match[str]) -> str:
    element = "bdi" if found[1] == _OPEN else "span"
    language = "".join(chr(ord(sign) - 0xE000) for sign in found[2])
    return f'<{element} lang="{language}">' if language else f"<{element}>"


def sentence(value: Value, texts: Texts, language: str) -> Markup:
    """Return a sentence in which whatever came from outside is in a `bdi` element (HTML, 4.5.24), with its own language."""
    return _sentence(value, _Isolating(texts, language, language))


def _sentence(value: Value, isolating: _Isolating) -> Markup:
    text = say(isolating.whole(value), isolating.texts, isolating.language)
    escaped = _OPENED.sub(_opened, str(Markup.escape(text)))
    return Markup(escaped.replace(_CLOSE, "</bdi>").replace(_END, "</span>"))  # noqa: S704 - what is around was escaped before


_LAST_POSITION = re.compile(r"\[(\d+)\]$")


def _alone(value: Value, texts: Texts, language: str) -> Markup:
    """Return a remark as a sentence that stands alone, whatever came from outside isolated as in `sentence`, in its language."""
    isolating = _Isolating(texts, language, language)
    found = isolating.spoken(value)
    text = _sentence(value, attrs.evolve(isolating, around=found))
    words = text.striptags()
    whole = standing(words)
    if text[:1] == words[:1]:
        text = Markup.escape(whole[:1]) + text[1:]
    return _in(found, text + whole[len(words) :], language=language)


def _remark(by_language: Mapping[str, str], *, language: str) -> Markup:
    """Return what is kept of a finding, as a sentence that stands alone; English where it was kept before its language came."""
    found = language if by_language.get(language) else ENGLISH
    return _in(found, Markup.escape(standing(by_language[found])), language=language)


def _place(path: str, *, texts: Texts, language: str) -> str:
    """Return the field that a finding names, as people count: the second item of a list is number two."""
    found = _LAST_POSITION.search(path)
    if found is None:
        return path
    item = message("{column} (item {number})", column=path[: found.start()], number=int(found[1]) + 1)
    return texts.say(item, language)


def _called(code: str, name: str) -> Message:
    """Return what a code of a list is called; the code itself where the list has no such code."""
    codes = codelist(name)
    return codes.get(code).name if code in codes else message("{code}", code=code)


def in_its_language(value: Value, texts: Texts, language: str) -> Markup:
    """Return a text, wrapped in a `lang` of its own where it isn't in the language of the page."""
    isolating = _Isolating(texts, language, language)
    found = isolating.spoken(value)
    text = _sentence(value, attrs.evolve(isolating, around=found))
    return _in(found, text, language=language)


def _in(found: str, text: Markup, *, language: str) -> Markup:
    """Return a text, wrapped in a `lang` of its own where that isn't the language of the page."""
    if found == language:
        return text
    if found in _FROM_RIGHT:
        return Markup('<span lang="{}" dir="rtl">{}</span>').format(found, text)
    return Markup('<span lang="{}">{}</span>').format(found, text)


def _linked(text: Markup, *, base: str) -> Markup:
    """Return a text in which addresses of micro-credentials of this site can be followed; those of others are left as they are."""
    return Markup(_address(base).sub(r'<a href="\g<0>">\g<0></a>', str(text)))  # noqa: S704 - what is around was escaped before


@cache
def _address(base: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<![^\s<>(]){re.escape(base)}/verify/[1-9A-HJ-NP-Za-km-z]{{{LENGTH}}}(?![^\s<>),.;])"
    )


def _alike(findings: Iterable[Finding]) -> list[tuple[Finding, int]]:
    """Return findings that say something different, each with how many say the same."""
    first: dict[tuple[Severity, Message], Finding] = {}
    counts: Counter[tuple[Severity, Message]] = Counter()
    for finding in findings:
        remark = finding.severity, finding.message
        first.setdefault(remark, finding)
        counts[remark] += 1
    return [(finding, counts[remark]) for remark, finding in first.items()]


def _in_line(result: CheckResult) -> tuple[Message, ...]:
    """Return what is said beside an outcome: its sentence and, where it passed all the same, the first doubt; others are folded."""
    first = (result.sentence,) if result.sentence else ()
    if result.outcome is not Outcome.PASSED:
        return first
    doubts = [finding.message for finding in result.findings if finding.severity is Severity.WARNING]
    return (*first, *[doubt for doubt in doubts if doubt not in first][:1])


def _unhyphenated(text: str) -> str:
    """Return a heading in which no line ends within a word such as micro-credential."""
    return text.replace("-", f"-{WORD_JOINER}")


def _ended(report: Report) -> bool:
    """Return whether its validity was found to have ended."""
    result = report.result("validity")
    return result is not None and any(finding.code == "expired" for finding in result.findings)


def _logged(report: Report) -> bool:
    """Return whether it was found in the log, so that there is a proof of that."""
    result = report.result("logged")
    return result is not None and result.outcome is Outcome.PASSED


def _changes(report: Report, successor: Report | None) -> tuple[Difference, ...] | None:
    """Return what the successor says otherwise, of what may be shown of both; none where not both are proven."""
    if successor is None or not (report.proven and successor.proven):
        return None
    if report.view is None or successor.view is None:
        return None
    return differences(report.view.without_birth(), successor.view.without_birth())


def has_birth(report: Report) -> bool:
    """Return whether a credential has date or place of birth."""
    return report.view is not None and report.view != report.view.without_birth()


def _joint(report: Report) -> bool:
    """Return whether several institutions awarded it together."""
    bodies = report.view.item("awarding-body") if report.view else None
    return bodies is not None and len(bodies.values) > 1


def _accepted(packagings: tuple[Packaging, ...]) -> dict[str, None]:
    """Return what a file dialogue may offer: certificates, and the files of all formats."""
    offered = [".pdf", "application/pdf", ".json", "application/json"]
    return dict.fromkeys([*offered, *(part for p in packagings for part in (p.suffix, p.media_type))])


class Pages:
    """Renders every page of the portal.

    Args:
        settings: of the system.
        packagings: what the files of the installed formats are.
        texts: the languages of the system.
        config: of the portal.
        assets: what pages load.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        packagings: tuple[Packaging, ...],
        texts: Texts,
        config: PortalConfig,
        assets: Assets,
    ) -> None:
        self.base = settings.base_url
        self.has_catalogue = settings.archive is not None
        self.root = urlsplit(settings.base_url).path
        self._settings = settings
        self._config = config
        self._assets = assets
        self._texts = texts
        self._packagings = packagings
        self._environments = {language: self._environment(language) for language in texts.languages}

    def _environment(self, language: str) -> Environment:
        source = folder("portal")
        environment = Environment(
            loader=FunctionLoader(lambda name: source.joinpath(name).read_text("utf-8")),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.policies["ext.i18n.trimmed"] = True
        speak = partial(say, texts=self._texts, language=language)

        def gettext(text: str) -> str:
            return speak(Message(text))

        def ngettext(singular: str, plural: str, number: int) -> str:
            return speak(Message(singular, {"count": number}, plural))

        # The extension adds the method; jinja2 has no type for that.
        install: Callable[..., None] = getattr(environment, "install_gettext_callables")  # noqa: B009
        install(gettext, ngettext, newstyle=True)
        filters: dict[str, Any] = {
            "text": partial(in_its_language, texts=self._texts, language=language),
            "sentence": partial(sentence, texts=self._texts, language=language),
            "standing": partial(_alone, texts=self._texts, language=language),
            "day": partial(day, language=language, style="long"),
            "moment": partial(moment, language=language, style="long"),
            "size": partial(size, language=language),
            "actor": lambda actor: sentence(actor_called(actor), self._texts, language),
            "groups": groups,
            "unhyphenated": _unhyphenated,
            "linked": partial(_linked, base=self._settings.base_url.rstrip("/")),
            "alike": _alike,
            "in_line": _in_line,
            "plainly": speak,
            "concept": lambda code, codes: speak(_called(code, codes)),
            "capitalized": lambda text: text[:1].upper() + text[1:],
            "iso_day": lambda iso: day(date.fromisoformat(iso), language=language, style="long"),
            "remark": partial(_remark, language=language),
            "place": partial(_place, texts=self._texts, language=language),
            "json": partial(strict_json.dumps, indent=2),
        }
        everywhere: dict[str, Any] = {
            "lang": language,
            "check_names": CHECK_NAMES,
            "check_meanings": CHECK_MEANINGS,
            "outcome_words": OUTCOME_WORDS,
            "severity_words": SEVERITY_WORDS,
            "languages": [(code, self._texts.name_of(code)) for code in self._texts.languages],
            "root": self.root,
            "site": site_name(self._settings, name=self._config.name),
            "base_url": self._settings.base_url,
            "sandbox": self._settings.sandbox,
            "has_statements": self._settings.statements is not None and self._settings.archive is not None,
            "has_catalogue": self.has_catalogue,
            "has_desk": self._config.desk is not None,
            "has_wallet": self._config.wallet is not None,
            "operator": self._settings.operator,
            "minutes": self._config.limits.answer_minutes,
            "megabytes": self._config.limits.upload_megabytes,
            "most_files": self._config.limits.many_files,
            "most_megabytes": self._config.limits.many_octets // (1024 * 1024),
            "length": LENGTH,
            "suffixes": ", ".join(dict.fromkeys(packaging.suffix for packaging in self._packagings)),
            "accept": ",".join(_accepted(self._packagings)),
            "static": f"{self.root}/static/{self._assets.version}",
        }
        environment.filters.update(filters)
        environment.globals.update(everywhere)
        return environment

    def address(
        self, path: str, *, reader: Visitor, anchor: str = "", query: Mapping[str, object] | None = None
    ) -> str:
        """Return the address of a page of ours, in the language that the reader chose.

        Args:
            path: from the base on, with a leading slash.
            reader: who will follow it.
            anchor: `#` and a place on the page, or nothing.
            query: further parameters; those that are empty or none are left out.
        """
        language = {"lang": reader.language} if reader.chosen else {}
        return f"{self.root}{path}{self.query({**(query or {}), **language})}{anchor}"

    @staticmethod
    def query(parameters: Mapping[str, object]) -> str:
        """Return the query part of an address, `?` included; parameters that are empty or none are left out."""
        there = {name: value for name, value in parameters.items() if value not in {None, ""}}
        return f"?{urlencode(there)}" if there else ""

    def _render(self, template: str, *, reader: Visitor, **context: object) -> str:
        url = partial(self.address, reader=reader)
        return (
            self._environments[reader.language]
            .get_template(template)
            .render(url=url, chosen=reader.chosen, **context)
        )

    def page(self, template: str, *, reader: Visitor, switch: str | None, **context: object) -> str:
        """Return a page of a room of its own, such as the catalogue.

        Args:
            template: its name.
            reader: who reads it.
            switch: address of the page in the other languages; none where it is that of the request.
            context: what it shows.
        """
        return self._render(template, reader=reader, switch=switch, **context)

    def front(
        self, *, reader: Visitor, universities: tuple[LanguageMap, ...] = (), refused: Refused | None = None
    ) -> str:
        """Return the front page, with an error summary if something was refused.

        Args:
            reader: who reads it.
            universities: what those call themselves that take part.
            refused: what was refused, or none.
        """
        return self._render(
            "front.html",
            reader=reader,
            refused=refused,
            universities=sorted(universities, key=lambda name: self._texts.order_of(name, reader.language)),
            switch="/" if refused else None,
        )

    def help(self, template: str, *, reader: Visitor, **context: object) -> str:
        """Return a page of the help.

        Args:
            template: its name.
            reader: who reads it.
            context: what it shows.
        """
        return self._render(template, reader=reader, switch=None, **context)

    def report(
        self,
        report: Report,
        *,
        reader: Visitor,
        identifier: str | None = None,
        has_picture: bool = False,
        birth: bool | None = None,
        answer: str | None = None,
        successor: Report | None = None,
    ) -> str:
        """Return the page of a verification.

        Args:
            report: the outcome of it.
            reader: who reads it.
            identifier: what was asked for, or none for an uploaded file.
            has_picture: whether there is a picture of the certificate that may be shown.
            birth: whether the files hold a date of birth; none where the report tells.
            answer: name under which the answer about an uploaded file is kept, or none.
            successor: the outcome for the credential that replaced it, where its content may be shown to this reader; or none.
        """
        return self._render(
            "report.html",
            reader=reader,
            switch=None if answer is None else f"/answer/{answer}",
            report=report,
            headline=headline_of(report),
            tone=tone_of(report),
            advice=advice_of(report),
            sealer=sealer_of(report),
            proven=report.proven,
            view=report.view.without_birth() if report.view else None,
            birth=has_birth(report) if birth is None else birth,
            ended=_ended(report),
            joint=_joint(report),
            logged=_logged(report),
            changes=_changes(report, successor),
            identifier=identifier,
            has_picture=has_picture,
            answer=answer,
        )

    def given(self, statement: Statement, *, name: str, reader: Visitor) -> str:
        """Return the page from which a statement is saved.

        Args:
            statement: the statement.
            name: name under which it is kept for a while.
            reader: who reads it.
        """
        return self._render(
            "statement_given.html", reader=reader, switch=f"/given/{name}", statement=statement, name=name
        )

    def statement(self, kept: KeptStatement, *, reader: Visitor) -> str:
        """Return the page that says that a statement was given, and what it said.

        Args:
            kept: what is kept of it.
            reader: who reads it.
        """
        return self._render("statement.html", reader=reader, switch=f"/statement/{kept.id}", kept=kept)

    def many(
        self,
        *,
        reader: Visitor,
        refused: Refused | None = None,
        table: Table | None = None,
        name: str | None = None,
    ) -> str:
        """Return the page for many files at once: the form, or the table that they are answered with.

        Args:
            reader: who reads it.
            refused: what was refused, or none.
            table: what was found out, or none.
            name: name under which the table is kept, or none.
        """
        rows = [] if table is None else [(row, summary_of(row)) for row in table.rows]
        return self._render(
            "many.html",
            reader=reader,
            switch="/many" if name is None else f"/many/{name}",
            refused=refused,
            table=table,
            rows=rows,
            name=name,
            has_workbooks=has_workbooks(),
        )

    def files(self, identifier: str, proofs: tuple[Download, ...], *, reader: Visitor) -> str:
        """Return the page that says who has the files of a credential, with the proofs that they are in the log.

        Args:
            identifier: identifier of the credential.
            proofs: what can be downloaded.
            reader: who reads it.
        """
        return self._render("files.html", reader=reader, switch=None, identifier=identifier, proofs=proofs)

    def problem(self, refused: Refused, *, reader: Visitor) -> str:
        """Return the page for a request that can't be answered."""
        template = "sharing_problem.html" if refused.problem in _OF_SHARING else "problem.html"
        return self._render(template, reader=reader, refused=refused, switch=None)

    def display(self, template: str, display: Display, *, reader: Visitor, **context: object) -> str:
        """Return a page about a credential as somebody sees it.

        Args:
            template: its name.
            display: what they see of it.
            reader: who reads it.
            context: what else it shows.
        """
        report = display.disclosed.report
        return self.sharing(
            template,
            reader=reader,
            report=report,
            headline=headline_of(report),
            tone=tone_of(report),
            advice=advice_of(report),
            sealer=sealer_of(report),
            proven=report.proven,
            view=report.view,
            has_picture=display.disclosed.picture,
            downloads=downloads_of(display.files, display.identifier),
            **{"copies": (), **context},
        )

    def sharing(self, template: str, *, reader: Visitor, **context: object) -> str:
        """Return a page of a holder, or of somebody with whom a holder shares.

        Args:
            template: its name.
            reader: who reads it.
            context: what it shows.
        """
        return self._render(template, reader=reader, switch=None, **context)

    def interface(self, document: Mapping[str, Any], problems: Iterable[Enum], *, reader: Visitor) -> str:
        """Return the page of the interface for programs.

        Args:
            document: its OpenAPI document, in the reader's language.
            problems: what programs may be told; each has `code`, `status` and `title`.
            reader: who reads it.
        """
        return self._render(
            "api.html", reader=reader, switch="/api/v1/docs", document=document, problems=problems
        )

    def desk(
        self,
        template: str,
        *,
        reader: Visitor,
        session: Session | None,
        institution: LanguageMap | None,
        scopes: frozenset[str],
        switch: str | None,
        **context: object,
    ) -> str:
        """Return a page of the desk.

        Args:
            template: its name.
            reader: who reads it.
            session: who is signed in, or none.
            institution: what their institution calls itself, or none.
            scopes: what they may do.
            switch: address of the page in the other languages; none where it is that of the request.
            context: what it shows.
        """
        return self._render(
            template,
            reader=reader,
            session=session,
            institution=institution,
            scopes=scopes,
            switch=switch,
            **context,
        )

    def being_drawn(self, *, reader: Visitor) -> str:
        """Return what stands for a picture that is not there yet, as SVG."""
        return self._render("drawing.svg", reader=reader)

    def refusals(self) -> dict[HttpProblem, Refusal]:
        """Return the pages for what the application never sees, so that nobody knows its language: the best one of all."""
        reader = Visitor(self._texts.preferred(""))
        return {
            problem: Refusal(
                "text/html; charset=utf-8", self.problem(Refused(problem), reader=reader).encode()
            )
            for problem in UNSEEN
        }
