"""The recognition aid: credentials side by side for an admissions office, against a programme that somebody typed or chose."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from anyio import to_thread
from litestar import Request, route
from litestar.response import Response
from mikrocert.api import (
    LENGTH,
    Access,
    ArchiveError,
    LanguageMap,
    Message,
    Target,
    TypeQuery,
    candidate_of,
    closed_candidate,
    codelist,
    compare,
    headline_of,
    local_time,
    message,
    printable,
    view_of_type,
)

from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.guarding import client_key
from mikrocert_portal.uploads import FilesForm, read_fields_and_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import Candidate, Comparison, RegisterLookup, System, View

    from mikrocert_portal.config import Limits
    from mikrocert_portal.portal import Portal

__all__ = ["MOST", "MOST_CHOICES", "Recognition", "recognition_routes"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

MOST: Final = 8
"""How many credentials are compared at one time."""

MOST_CHOICES: Final = 200
"""How many types are listed to be chosen from; of more, the catalogue is searched."""

_PLACE: Final = "/recognition"
_HTML: Final = "text/html"
_FORM: Final = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
_FIELDS: Final = ("identifiers", "target", "title", "ects", "level", "area", "outcomes")
_LONGEST: Final = {
    "identifiers": 4000,
    "target": 300,
    "title": 300,
    "ects": 10,
    "level": 1,
    "area": 4,
    "outcomes": 4000,
}
_CREDITS: Final = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")
_SHOWN: Final = 60
_LEVELS: Final = range(1, 9)
_KEYS: Final = (
    "learner", "awarding-body", "date", "validity", "workload", "level", "thematic-area", "outcomes", "assessment",
    "supervision", "grade", "participation", "prerequisites", "quality", "stackability", "components", "component-credentials",
)  # fmt: skip
"""Elements that are compared, in this order."""


@attrs.frozen
class _Programme:
    """What the credentials are held against.

    Args:
        title: what it is called; none where nobody says.
        target: its numbers and codes.
        view: what a type of the catalogue says; none for what was typed.
        outcomes: what was typed as its outcomes.
        address: of the type in the catalogue, or none.
    """

    title: LanguageMap | str | None
    target: Target
    view: View | None = None
    outcomes: tuple[str, ...] = ()
    address: str | None = None


@attrs.frozen
class _Choices:
    """Types of the catalogue that can be chosen as a target.

    Args:
        groups: name of each institution, and the titles of its types by what the form sends.
        too_many: whether there are more than are listed; then there are no groups.
    """

    groups: tuple[tuple[LanguageMap, Mapping[str, LanguageMap]], ...] = attrs.field(default=(), hash=False)
    too_many: bool = False

    def __contains__(self, target: str) -> bool:
        """Return whether a target is among them."""
        return any(target in types for _, types in self.groups)


class Recognition:
    """Answers who compares credentials; nothing of it is kept.

    Args:
        system: the assembled system.
        portal: gives memory for uploads, pages, and what anybody may see of a credential.
        limits: what one visitor may ask for.
    """

    def __init__(self, system: System, *, portal: Portal, limits: Limits) -> None:
        self._system = system
        self._portal = portal
        self._limits = limits
        self._workers = anyio.CapacityLimiter(limits.verifications)

    async def form(self, request: AnyRequest) -> AnyResponse:
        """Answer the empty form; the address may name a type of the catalogue to hold credentials against."""
        target = request.query_params.get("target", "")[: _LONGEST["target"]]
        values = {**dict.fromkeys(_FIELDS, ""), "target": target}
        page = await self._run(partial(self._page, request, values, {}))
        return Response(page, media_type=_HTML, headers=_FORM)

    async def compare(self, request: AnyRequest) -> AnyResponse:
        """Answer credentials side by side.

        Raises:
            Refused: if the form can't be read, or the client asked for too many unknown identifiers.
        """
        client = client_key(request.client.host if request.client else "")
        with self._portal.memory.share(client) as share:
            form = await read_fields_and_files(request, limits=self._limits, share=share, most=MOST)
            values = {name: form.fields.get(name, "").strip() for name in _FIELDS}
            faults = dict(_faults(values, form))
            identifiers = self._identifiers(values["identifiers"], faults)
            programme = None if faults else await self._run(partial(self._programme, values, faults))
            if faults:
                page = await self._run(partial(self._page, request, values, faults))
                return Response(page, media_type=_HTML, status_code=422)
            candidates = [await self._by_identifier(request, one) for one in identifiers]
            async with share.place:
                candidates += [await self._run(partial(self._of_file, *file)) for file in form.files]
        comparison = compare(_apart(candidates), programme.target if programme else None)
        page = await self._run(partial(self._shown, request, comparison, programme))
        return Response(page, media_type=_HTML)

    async def _by_identifier(self, request: AnyRequest, identifier: str) -> Candidate:
        report, summary = None, False
        try:
            display = await self._portal.public_display(request, identifier)
            report, summary = display.disclosed.report, display.shown_as is not Access.OPEN
        except Refused as refused:
            if refused.problem is HttpProblem.ACCESS_CLOSED and refused.status is not None:
                return closed_candidate(identifier, refused.status)
            if refused.problem not in {HttpProblem.UNKNOWN, HttpProblem.CLOSED, HttpProblem.ERASED}:
                raise
        return candidate_of(identifier, report, identifier_of=self._system.identifier_of, summary=summary)

    def _identifiers(self, typed: str, faults: dict[str, Message]) -> list[str]:
        """Return the identifiers of what was typed or linked, each once; what is none is noted."""
        found: list[str] = []
        for line in _lines(typed):
            identifier = self._system.identifier_of(line.partition("?")[0].partition("#")[0])
            if identifier is not None:
                found.append(identifier)
            else:
                faults.setdefault(
                    "identifiers",
                    message(
                        "{typed}: this is neither an identifier nor a link of this site.",
                        typed=printable(line)[:_SHOWN],
                    ),
                )
        return list(dict.fromkeys(found))

    def _of_file(self, name: str, octets: bytes) -> Candidate:
        report = self._system.verify_confined(octets)
        return candidate_of(printable(name)[:_SHOWN], report, identifier_of=self._system.identifier_of)

    def _programme(self, values: Mapping[str, str], faults: dict[str, Message]) -> _Programme | None:
        """Return what was typed, or the type of the catalogue that was named; a fault is noted where there is none."""
        if values["target"]:
            institution, _, type_id = values["target"].partition("/")
            found = self._of_catalogue(institution, type_id)
            if found is None:
                faults["target"] = message("The catalogue has no such type; choose another one.")
            return found
        outcomes = tuple(_lines(values["outcomes"]))
        ects = Decimal(values["ects"].replace(",", ".")) if values["ects"] else None
        eqf = int(values["level"]) if values["level"] else None
        areas = (values["area"],) if values["area"] else ()
        if not (values["title"] or outcomes or ects is not None or eqf is not None or areas):
            return None
        return _Programme(values["title"] or None, Target(ects, eqf, areas), outcomes=outcomes)

    def _of_catalogue(self, institution: str, type_id: str) -> _Programme | None:
        try:
            catalogue = self._system.public_catalogue
            there, kept = catalogue.institution(institution), catalogue.type(institution, type_id)
        except ArchiveError:
            return None
        if there is None or kept is None:
            return None
        content = kept.content
        ects = content.workload.ects if content.workload else None
        eqf = content.level.eqf if content.level else None
        view = view_of_type(kept, there)
        return _Programme(
            content.title, Target(ects, eqf, content.thematic_areas), view, address=f"{institution}/{type_id}"
        )

    def _choices(self, language: str) -> _Choices:
        """Return the types of the catalogue by institution; none where there is no archive, which leaves the rest of the form useful."""
        try:
            catalogue = self._system.public_catalogue
            institutions = catalogue.institutions(language=language)
            found = catalogue.search(TypeQuery(), language=language)
        except ArchiveError:
            return _Choices()
        if len(found) > MOST_CHOICES:
            return _Choices(too_many=True)
        groups = (
            (
                there.organisation.legal_name,
                {f"{there.name}/{one.id}": one.title for one in found if one.institution == there.name},
            )
            for there in institutions
        )
        return _Choices(tuple((name, types) for name, types in groups if types))

    def _page(self, request: AnyRequest, values: Mapping[str, str], faults: Mapping[str, Message]) -> str:
        reader = self._portal.reader(request)
        return self._portal.pages.page(
            "recognition.html",
            reader=reader,
            switch=_PLACE,
            choices=self._choices(reader.language),
            values_typed=values,
            faults=faults,
            levels=_LEVELS,
            most=MOST,
            length=LENGTH,
        )

    def _shown(self, request: AnyRequest, comparison: Comparison, programme: _Programme | None) -> str:
        at = local_time(datetime.now(UTC))
        return self._portal.pages.page(
            "recognition_table.html",
            reader=self._portal.reader(request),
            switch=_PLACE,
            comparison=comparison,
            programme=programme,
            rows=list(_rows(comparison, programme)),
            headlines={
                one.label: headline_of(one.report) for one in comparison.candidates if one.report is not None
            },
            registers={one.label: self._registers(one) for one in comparison.candidates},
            at=at,
            today=at.date(),
            old=False,
        )

    def _registers(self, one: Candidate) -> list[RegisterLookup]:
        try:
            catalogue = self._system.public_catalogue
        except ArchiveError:
            return []
        return [catalogue.look_up_id(identifier) for identifier in one.register_ids or (None,)]

    async def _run(self, work: partial[Any]) -> Any:  # noqa: ANN401 - what the work returns
        return await to_thread.run_sync(work, limiter=self._workers)


def _apart(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield candidates with a label of its own each: two files may have one name."""
    times: Counter[str] = Counter()
    for one in candidates:
        times[one.label] += 1
        count = times[one.label]
        yield one if count == 1 else attrs.evolve(one, label=f"{one.label} ({count})")


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a field, each once."""
    yield from dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())


def _faults(values: Mapping[str, str], form: FilesForm) -> Iterator[tuple[str, Message]]:
    for name, most in _LONGEST.items():
        if len(values[name]) > most:
            yield name, message("Enter at most {most} characters.", most=most)
    given = len(list(_lines(values["identifiers"]))) + len(form.files)
    if given == 0:
        yield "identifiers", message("Enter an identifier, or choose a file.")
    elif given > MOST:
        yield "identifiers", message("At most {most} micro-credentials are compared at one time.", most=MOST)
    if values["ects"] and _CREDITS.fullmatch(values["ects"]) is None:
        yield "ects", message("Enter a number such as 60 or 2,5.")
    if values["level"] and values["level"] not in map(str, _LEVELS):
        yield "level", message("There is no such choice; take one from the list.")
    if values["area"] and values["area"] not in codelist("isced-f"):
        yield (
            "area",
            message("There is no such code in ISCED-F 2013; two to four digits such as 0613 would be right."),
        )


def _rows(comparison: Comparison, programme: _Programme | None) -> Iterator[tuple[str, Any]]:
    """Yield each element that one of them says something of, with its label."""
    views = [one.view for one in comparison.candidates if one.view is not None]
    if programme is not None and programme.view is not None:
        views.append(programme.view)
    for key in _KEYS:
        labels = [item.label for view in views if (item := view.item(key)) is not None]
        if labels:
            yield key, labels[0]


def recognition_routes(recognition: Recognition) -> list[HTTPRouteHandler]:
    """Return the routes of the aid."""

    @route(_PLACE, http_method=["GET", "HEAD"])
    async def form(request: AnyRequest) -> AnyResponse:
        return await recognition.form(request)

    @route(_PLACE, http_method=["POST"], status_code=200)
    async def side_by_side(request: AnyRequest) -> AnyResponse:
        return await recognition.compare(request)

    return [form, side_by_side]
