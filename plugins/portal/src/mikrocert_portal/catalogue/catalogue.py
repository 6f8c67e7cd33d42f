"""The public catalogue: what is answered to which request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
import attrs
from anyio import to_thread
from litestar import Request, route
from litestar.params import FromPath
from litestar.response import Response
from mikrocert.api import (
    ENGLISH,
    ArchiveError,
    DamagedError,
    TypeQuery,
    local_time,
    message,
    strict_json,
    view_of_type,
)

from mikrocert_portal.catalogue.asked import BROAD_AREAS, LEVELS, asked_for
from mikrocert_portal.catalogue.dcat import dataset_document
from mikrocert_portal.catalogue.documents import (
    institution_to_json,
    published_to_json,
    register_to_json,
    type_to_json,
)
from mikrocert_portal.catalogue.feeds import atom_feed, site_map
from mikrocert_portal.catalogue.linked_data import MEDIA_TYPE, SUFFIX
from mikrocert_portal.catalogue.loq import loq_document
from mikrocert_portal.catalogue.schema_org import course_of, data_block
from mikrocert_portal.errors import HttpProblem, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import (
        KeptType,
        PublicCatalogue,
        PublicInstitution,
        PublishedType,
        RegisterLookup,
        System,
    )

    from mikrocert_portal.catalogue.asked import Asked
    from mikrocert_portal.pages import Pages, Visitor

__all__ = ["CataloguePages", "catalogue_routes"]

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]
T = TypeVar("T")

_HTML: Final = "text/html"
_JSON: Final = "application/json"
_ATOM: Final = "application/atom+xml"
_XML: Final = "application/xml"
_HEADERS: Final = {"Cache-Control": "no-cache", "Vary": "Accept, Accept-Language"}
_ON_A_PAGE: Final = 20
_IN_A_DOCUMENT: Final = 100
_AT_ONCE: Final = 4
_AWAY_SECONDS: Final = 30
_OLD: Final = timedelta(days=180)
_UNPROCESSABLE: Final = 422
_NEW: Final = message("New micro-credentials")
_PLACE: Final = "/catalogue"


@attrs.frozen
class _Part:
    """Part of a list.

    Args:
        items: what is in it.
        page: its number, from 1.
        pages: how many there are.
        total: how many items there are altogether.
    """

    items: list[PublishedType]
    page: int
    pages: int
    total: int


def _part(found: list[PublishedType], page: int, *, size: int) -> _Part:
    """Return a page of a list.

    Raises:
        Refused: if there is no such page.
    """
    pages = max(1, ceil(len(found) / size))
    if not 1 <= page <= pages:
        raise Refused(HttpProblem.NOT_FOUND)
    return _Part(found[(page - 1) * size : page * size], page, pages, len(found))


class CataloguePages:
    """Answers visitors of the catalogue, people and programs.

    Args:
        system: the assembled system.
        pages: renders pages.
        reader: returns who reads the answer to a request.
    """

    def __init__(self, system: System, *, pages: Pages, reader: Callable[[AnyRequest], Visitor]) -> None:
        self._system = system
        self._pages = pages
        self._reader = reader
        self._base = f"{system.settings.base_url}{_PLACE}"
        self._workers = anyio.CapacityLimiter(_AT_ONCE)

    async def front(self, request: AnyRequest, *, kind: str | None = None) -> AnyResponse:
        """Answer the list of types that somebody looks for, and the institutions.

        Args:
            request: the request.
            kind: media type that the address asks for, or none.

        Raises:
            Refused: if there is no such page, or no archive.
        """
        return await self._run(partial(self._front, request, kind or _wanted(request)))

    async def below(self, request: AnyRequest, name: str) -> AnyResponse:
        """Answer what is at an address below the catalogue: a file, or the page of an institution.

        Raises:
            Refused: if there is none.
        """
        files: dict[str, Callable[[AnyRequest], AnyResponse]] = {
            "feed.atom": self._feed,
            f"loq{SUFFIX}": self._loq,
            f"dataset{SUFFIX}": self._dataset,
        }
        if name in files:
            return await self._run(partial(files[name], request))
        stem, _, ending = name.partition(".")
        kinds = {"": _wanted(request), "json": _JSON, SUFFIX.removeprefix("."): MEDIA_TYPE}
        if ending not in kinds:
            raise Refused(HttpProblem.NOT_FOUND)
        return await self._run(partial(self._institution, request, stem, kinds[ending]))

    async def type(self, request: AnyRequest, institution: str, name: str) -> AnyResponse:
        """Answer the page of a type; an id may end as a file does, and is taken for one then.

        Raises:
            Refused: if there is none.
        """
        return await self._run(partial(self._type, request, institution, name))

    async def map(self) -> AnyResponse:
        """Answer the map of the site.

        Raises:
            Refused: if there is no archive.
        """
        return await self._run(self._map)

    def _front(self, request: AnyRequest, kind: str) -> AnyResponse:
        reader, catalogue = self._reader(request), self._catalogue
        institutions = catalogue.institutions(language=reader.language)
        names = [one.name for one in institutions]
        given = {name: request.query_params[name] for name in request.query_params}
        asked = asked_for(given, institutions=names)
        if kind == MEDIA_TYPE:
            return self._loq(request)
        found = [] if asked.faults else catalogue.search(asked.query, language=reader.language)
        part = _part(found, asked.page, size=_ON_A_PAGE)
        status = _UNPROCESSABLE if asked.faults else 200
        if kind == _JSON:
            return self._json(self._listed(institutions, part, asked), status=status)
        page = self._page(
            "catalogue.html",
            reader=reader,
            switch=_PLACE if asked.faults else None,
            institutions=institutions,
            by_name={one.name: one.organisation.legal_name for one in institutions},
            asked=asked,
            part=part,
            areas=BROAD_AREAS,
            languages_of_types=sorted({code for one in catalogue.published() for code in one.languages}),
            levels=LEVELS,
            looking=any(asked.values.values()),
            today=local_time(datetime.now(UTC)).date(),
        )
        return self._html(page, status=status)

    def _listed(self, institutions: Iterable[PublicInstitution], part: _Part, asked: Asked) -> dict[str, Any]:
        given = {name: value for name, value in asked.values.items() if value}
        following = None
        if part.page < part.pages:
            address = self._pages.query({**given, "page": part.page + 1})
            following = f"{self._base}.json{address}"
        texts = self._system.texts
        return {
            "institutions": [institution_to_json(one, base=self._base) for one in institutions],
            "types": [published_to_json(one, base=self._base) for one in part.items],
            "total": part.total,
            "next": following,
            **(
                {"faults": {name: texts.say(fault, ENGLISH) for name, fault in asked.faults.items()}}
                if asked.faults
                else {}
            ),
        }

    def _institution(self, request: AnyRequest, name: str, kind: str) -> AnyResponse:
        reader, catalogue = self._reader(request), self._catalogue
        institution = catalogue.institution(name)
        if institution is None:
            raise Refused(HttpProblem.NOT_FOUND)
        if kind == MEDIA_TYPE:
            return self._loq(request, institution=name)
        found = catalogue.search(TypeQuery(institution=name), language=reader.language)
        part = _part(found, _page_of(request), size=_ON_A_PAGE)
        looked_up = catalogue.look_up(institution.organisation)
        if kind == _JSON:
            document = institution_to_json(institution, base=self._base)
            types = [published_to_json(one, base=self._base) for one in part.items]
            following = f"{self._base}/{name}.json?page={part.page + 1}" if part.page < part.pages else None
            return self._json(
                {
                    **document,
                    "register": register_to_json(looked_up),
                    "types": types,
                    "total": part.total,
                    "next": following,
                }
            )
        page = self._page(
            "catalogue_institution.html",
            reader=reader,
            switch=None,
            institution=institution,
            part=part,
            **self._register(looked_up),
        )
        return self._html(page)

    def _type(self, request: AnyRequest, institution: str, name: str) -> AnyResponse:
        catalogue, kind = self._catalogue, _wanted(request)
        there, kept = catalogue.institution(institution), catalogue.type(institution, name)
        for ending, other in ((SUFFIX, MEDIA_TYPE), (".json", _JSON)):
            if kept is None and name.endswith(ending):
                kept, kind = catalogue.type(institution, name.removesuffix(ending)), other
        if there is None or kept is None:
            raise Refused(HttpProblem.NOT_FOUND)
        if kind == MEDIA_TYPE:
            return self._linked(loq_document([(kept, there)], base=self._base))
        if kind == _JSON:
            return self._json(type_to_json(kept, base=self._base))
        reader = self._reader(request)
        course = course_of(kept, there, base=self._base, language=reader.language)
        page = self._page(
            "catalogue_type.html",
            reader=reader,
            switch=None,
            kept=kept,
            institution=there,
            view=view_of_type(kept, there),
            course=data_block(course),
            **self._register(catalogue.look_up(there.organisation)),
        )
        return self._html(page)

    def _register(self, looked_up: RegisterLookup) -> dict[str, object]:
        register = looked_up.register
        today = local_time(datetime.now(UTC)).date()
        age = None if register is None else today - register.taken_on
        return {"looked_up": looked_up, "today": today, "old": age is not None and age > _OLD}

    def _loq(self, request: AnyRequest, *, institution: str | None = None) -> AnyResponse:
        catalogue = self._catalogue
        found = [one for one in catalogue.published() if institution in {None, one.institution}]
        part = _part(found, _page_of(request), size=_IN_A_DOCUMENT)
        institutions = {one.name: one for one in catalogue.institutions(language=ENGLISH)}
        types: list[tuple[KeptType, PublicInstitution]] = []
        for one in part.items:
            kept, there = catalogue.type(one.institution, one.id), institutions.get(one.institution)
            if kept is not None and there is not None:
                types.append((kept, there))
        headers: dict[str, str] = {}
        if part.page < part.pages:
            name = "loq" if institution is None else institution
            headers["Link"] = f'<{self._base}/{name}{SUFFIX}?page={part.page + 1}>; rel="next"'
        return self._linked(loq_document(types, base=self._base), headers=headers)

    def _dataset(self, request: AnyRequest) -> AnyResponse:  # noqa: ARG002 - as those beside it are called
        modified = max((one.changed_at for one in self._catalogue.published()), default=None)
        settings, texts = self._system.settings, self._system.texts
        return self._linked(
            dataset_document(base=self._base, operator=settings.operator, texts=texts, modified=modified)
        )

    def _feed(self, request: AnyRequest) -> AnyResponse:
        reader, catalogue, texts = self._reader(request), self._catalogue, self._system.texts
        names = {
            one.name: one.organisation.legal_name.best(reader.language)
            for one in catalogue.institutions(language=reader.language)
        }
        types = [(one, names[one.institution]) for one in catalogue.newest() if one.institution in names]
        operator = self._system.settings.operator
        author = operator.name.best(reader.language) if operator else self._system.settings.base_url
        title = texts.say(_NEW, reader.language)
        feed = atom_feed(types, base=self._base, title=title, author=author, language=reader.language)
        return Response(feed, media_type=_ATOM, headers=_HEADERS)

    def _map(self) -> AnyResponse:
        base, catalogue = self._system.settings.base_url, self._catalogue
        names = [one.name for one in catalogue.institutions(language=ENGLISH)]
        pages = [f"{base}/", f"{base}/help", self._base, *(f"{self._base}/{name}" for name in names)]
        return Response(
            site_map(pages, catalogue.published(), base=self._base), media_type=_XML, headers=_HEADERS
        )

    def _page(self, template: str, **context: Any) -> str:  # noqa: ANN401 - whatever a template shows
        return self._pages.page(template, linked_suffix=SUFFIX, linked_type=MEDIA_TYPE, **context)

    @property
    def _catalogue(self) -> PublicCatalogue:
        return self._system.public_catalogue

    async def _run(self, work: Callable[[], T]) -> T:
        """Do something in a thread.

        Raises:
            Refused: if there is no archive, or it doesn't answer.
        """
        try:
            return await to_thread.run_sync(work, limiter=self._workers)
        except DamagedError as error:
            raise Refused(HttpProblem.NOT_FOUND) from error
        except ArchiveError as error:
            raise Refused(HttpProblem.NO_ARCHIVE, retry_after=_AWAY_SECONDS) from error

    @staticmethod
    def _html(page: str, *, status: int = 200) -> AnyResponse:
        return Response(page, media_type=_HTML, status_code=status, headers=_HEADERS)

    @staticmethod
    def _json(document: Mapping[str, Any], *, status: int = 200) -> AnyResponse:
        octets = strict_json.dumps(document).encode()
        return Response(octets, media_type=_JSON, status_code=status, headers=_HEADERS)

    @staticmethod
    def _linked(document: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> AnyResponse:
        octets = strict_json.dumps(document).encode()
        return Response(octets, media_type=MEDIA_TYPE, headers={**_HEADERS, **(headers or {})})


def _wanted(request: AnyRequest) -> str:
    """Return the media type that a request asks for; a page unless it asks for data and not for pages."""
    wanted = request.headers.get("accept", "")
    if _HTML in wanted:
        return _HTML
    return next((kind for kind in (MEDIA_TYPE, _JSON) if kind in wanted), _HTML)


def _page_of(request: AnyRequest) -> int:
    return asked_for({"page": request.query_params.get("page", "1")}, institutions=()).page


def catalogue_routes(catalogue: CataloguePages) -> list[HTTPRouteHandler]:
    """Return the routes of the catalogue."""

    @route(_PLACE, http_method=["GET", "HEAD"])
    async def front(request: AnyRequest) -> AnyResponse:
        return await catalogue.front(request)

    @route(f"{_PLACE}.json", http_method=["GET", "HEAD"])
    async def front_json(request: AnyRequest) -> AnyResponse:
        return await catalogue.front(request, kind=_JSON)

    @route(f"{_PLACE}/{{name:str}}", http_method=["GET", "HEAD"])
    async def below(request: AnyRequest, name: FromPath[str]) -> AnyResponse:
        return await catalogue.below(request, name)

    @route(f"{_PLACE}/{{institution:str}}/{{type_id:str}}", http_method=["GET", "HEAD"])
    async def one(request: AnyRequest, institution: FromPath[str], type_id: FromPath[str]) -> AnyResponse:
        return await catalogue.type(request, institution, type_id)

    @route("/sitemap.xml", http_method=["GET", "HEAD"])
    async def site() -> AnyResponse:
        return await catalogue.map()

    return [front, front_json, below, one, site]
