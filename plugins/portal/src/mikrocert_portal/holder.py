"""The pages of holders (`/h/…`) and of those with whom they share (`/s/…`): what is answered to which request.

A secret stands in the address and nowhere else: no cookie, no account. What never was one is answered like any wrong identifier: only
misses slow down, and the answer takes as long whatever was asked. A share shows nothing until a person confirms that they want to see it,
so programs that open links for previews count nothing and see nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Never, TypeVar

from anyio import to_thread
from litestar import Request, Response, route
from litestar.params import FromPath
from litestar.response import Redirect
from mikrocert.api import (
    ShareRefused,
    UnknownShare,
    qr_png,
    qr_svg,
    report_to_json,
    strict_json,
)

from mikrocert_portal.changing import or_unchanged
from mikrocert_portal.copies import copies_of
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.origins import demand_own_origin
from mikrocert_portal.pages import downloads_of, proofs_offered
from mikrocert_portal.portal import attachment, wants_json
from mikrocert_portal.uploads import read_fields
from mikrocert_portal.use.use import use_file, use_of
from mikrocert_portal.wishes import END_CHOICES, access_wished, share_wished

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import Display, HolderLink, Share, System

    from mikrocert_portal.config import Limits
    from mikrocert_portal.pages import Visitor
    from mikrocert_portal.portal import Portal

__all__ = ["HolderPages"]

T = TypeVar("T")

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_HTML: Final = "text/html"
_AT_ONCE: Final = 20
_FIRST: Final = {"scope": "without-birth", "until": "week", "date": "", "most": "", "note": ""}


class HolderPages:
    """Answers holders, and those with whom they share.

    Args:
        system: the assembled system.
        portal: the pages beside these.
        limits: how much one visitor may ask for.
        now: tells the time (aware).
    """

    def __init__(
        self, system: System, *, portal: Portal, limits: Limits, now: Callable[[], datetime]
    ) -> None:
        self._system = system
        self._portal = portal
        self._limits = limits
        self._now = now

    @property
    def routes(self) -> list[HTTPRouteHandler]:
        """The routes."""
        return [*self._of_holders(), *self._of_shares()]

    def _of_holders(self) -> list[HTTPRouteHandler]:
        @route("/h/{secret:str}", http_method=["GET", "HEAD"])
        async def page(request: AnyRequest, secret: FromPath[str]) -> AnyResponse:
            return await self.page(request, secret)

        @route("/h/{secret:str}/access", http_method=["POST"], status_code=303)
        async def access(request: AnyRequest, secret: FromPath[str]) -> AnyResponse:
            return await self.access(request, secret)

        @route("/h/{secret:str}/shares", http_method=["POST"], status_code=303)
        async def make(request: AnyRequest, secret: FromPath[str]) -> AnyResponse:
            return await self.make(request, secret)

        @route("/h/{secret:str}/shares/{number:str}", http_method=["GET", "HEAD"])
        async def share(request: AnyRequest, secret: FromPath[str], number: FromPath[str]) -> AnyResponse:
            return await self.share(request, secret, number)

        @route("/h/{secret:str}/shares/{number:str}/withdraw", http_method=["POST"], status_code=303)
        async def withdraw(request: AnyRequest, secret: FromPath[str], number: FromPath[str]) -> AnyResponse:
            return await self.withdraw(request, secret, number)

        @route("/h/{secret:str}/shares/{number:str}/{name:str}", http_method=["GET", "HEAD"])
        async def code(
            request: AnyRequest, secret: FromPath[str], number: FromPath[str], name: FromPath[str]
        ) -> AnyResponse:
            return await self.code(request, secret, number, name)

        @route("/h/{secret:str}/{name:str}", http_method=["GET", "HEAD"])
        async def file(request: AnyRequest, secret: FromPath[str], name: FromPath[str]) -> AnyResponse:
            return await self.file(request, secret, name)

        return [page, access, make, share, withdraw, code, file]

    def _of_shares(self) -> list[HTTPRouteHandler]:
        @route("/s/{token:str}", http_method=["GET", "HEAD"])
        async def look(request: AnyRequest, token: FromPath[str]) -> AnyResponse:
            return await self.look(request, token)

        @route("/s/{token:str}", http_method=["POST"], status_code=303)
        async def open_(request: AnyRequest, token: FromPath[str]) -> AnyResponse:
            return await self.open(request, token)

        @route("/s/{token:str}/{given:str}", http_method=["GET", "HEAD"])
        async def see(request: AnyRequest, token: FromPath[str], given: FromPath[str]) -> AnyResponse:
            return await self.see(request, token, given)

        @route("/s/{token:str}/{given:str}/{name:str}", http_method=["GET", "HEAD"])
        async def shared(
            request: AnyRequest, token: FromPath[str], given: FromPath[str], name: FromPath[str]
        ) -> AnyResponse:
            return await self.shared(request, token, given, name)

        return [look, open_, see, shared]

    # The holder's page

    async def page(self, request: AnyRequest, secret: str) -> AnyResponse:
        """Answer the holder's page.

        Raises:
            Refused: if there is no such secret, or it has ended.
        """
        link, display = await self._held(request, secret)
        before = _number(request.query_params.get("before", "")) or None
        return await self._page(request, secret, link, display, before=before)

    async def _page(
        self,
        request: AnyRequest,
        secret: str,
        link: HolderLink,
        display: Display,
        *,
        before: int | None = None,
        form: Mapping[str, str] | None = None,
        refused: ShareRefused | None = None,
    ) -> AnyResponse:
        identifier, sharing = link.identifier, self._system.sharing

        def work() -> dict[str, Any]:
            return {
                "shares": sharing.shares(identifier, before=before, limit=_AT_ONCE + 1),
                "access": sharing.access(identifier),
                "proofs": proofs_offered(self._system.log.proofs(identifier), identifier),
                "copies": copies_of(display, self._system.copies),
            }

        found = await self._look_up(request, work)
        shares: tuple[Share, ...] = found["shares"]
        reader = self._portal.reader(request)
        page = self._portal.pages.display(
            "holder.html",
            display,
            reader=reader,
            secret=secret,
            identifier=identifier,
            use=use_of(
                display.report,
                address=self._system.link(identifier),
                texts=self._system.texts,
                language=reader.language,
            ),
            link=link,
            access=found["access"],
            proofs=found["proofs"],
            copies=found["copies"],
            shares=[(one, one.end(self._now())) for one in shares[:_AT_ONCE]],
            older=shares[_AT_ONCE - 1].number if len(shares) > _AT_ONCE else None,
            before=before,
            form={**_FIRST, **(form or {})},
            ends=END_CHOICES,
            faults={} if refused is None else {one.path: one.message for one in reversed(refused.findings)},
        )
        return Response(page, media_type=_HTML, status_code=422 if refused else 200)

    async def access(self, request: AnyRequest, secret: str) -> AnyResponse:
        """Decide what the permanent link shows.

        Raises:
            Refused: if there is no such secret, or the form can't be used.
        """
        demand_own_origin(request, base_url=self._system.settings.base_url)
        link, display = await self._held(request, secret)
        fields = await self._fields(request, secret)
        try:
            wished = access_wished(fields)
        except ShareRefused as error:
            return await self._page(request, secret, link, display, refused=error)
        await self._change(request, partial(self._system.sharing.set_access, link.identifier, wished))
        return self._to(request, f"/h/{secret}", anchor="#access")

    async def make(self, request: AnyRequest, secret: str) -> AnyResponse:
        """Make a share, and lead to it.

        Raises:
            Refused: if there is no such secret, or the form can't be used.
        """
        demand_own_origin(request, base_url=self._system.settings.base_url)
        link, display = await self._held(request, secret)
        fields = await self._fields(request, secret)
        try:
            wished = share_wished(fields, at=self._now())
            work = partial(self._system.sharing.make, link.identifier, wished, secret=secret)
            made = await self._change(request, work)
        except ShareRefused as error:
            form = {name: text for name, text in fields.items() if name in _FIRST}
            return await self._page(request, secret, link, display, form=form, refused=error)
        return self._to(request, f"/h/{secret}/shares/{made.share.number}")

    async def share(self, request: AnyRequest, secret: str, number: str) -> AnyResponse:
        """Answer the page of one share: its link, as text, as a code, as an e-mail.

        Raises:
            Refused: if there is no such secret or share.
        """
        link, share = await self._own(request, secret, number)
        page = self._portal.pages.sharing(
            "share.html",
            reader=self._portal.reader(request),
            secret=secret,
            share=share,
            end=share.end(self._now()),
            address=self._system.sharing.link_again(share, secret=secret, link=link),
        )
        return Response(page, media_type=_HTML)

    async def code(self, request: AnyRequest, secret: str, number: str, name: str) -> AnyResponse:
        """Answer the link of a share as a QR code, SVG or PNG.

        Raises:
            Refused: if there is no such secret or share, or it has ended.
        """
        link, share = await self._own(request, secret, number)
        address = self._system.sharing.link_again(share, secret=secret, link=link)
        if address is None or share.end(self._now()) is not None:
            raise Refused(HttpProblem.NOT_FOUND)
        if name == "qr.svg":
            return Response(await to_thread.run_sync(qr_svg, address), media_type="image/svg+xml")
        if name == "qr.png":
            return Response(await to_thread.run_sync(qr_png, address), media_type="image/png")
        raise Refused(HttpProblem.NOT_FOUND)

    async def withdraw(self, request: AnyRequest, secret: str, number: str) -> AnyResponse:
        """Withdraw a share.

        Raises:
            Refused: if there is no such secret or share.
        """
        demand_own_origin(request, base_url=self._system.settings.base_url)
        link, share = await self._own(request, secret, number)
        await self._change(request, partial(self._system.sharing.withdraw, link.identifier, share.number))
        return self._to(request, f"/h/{secret}", anchor=f"#share-{share.number}")

    async def file(self, request: AnyRequest, secret: str, name: str) -> AnyResponse:
        """Answer a file, a proof, the picture or what is taken elsewhere to the holder.

        Raises:
            Refused: if there is no such secret or file.
        """
        link, display = await self._held(request, secret)
        taken = use_file(
            display.report,
            name,
            address=self._system.link(link.identifier),
            texts=self._system.texts,
            language=self._portal.reader(request).language,
            at=self._now(),
        )
        if taken is not None:
            return attachment(taken.content, taken.media_type, taken.name)
        proofs = await self._look_up(request, partial(self._system.log.proofs, link.identifier))
        return await self.handed(request, display, name, proofs=proofs)

    async def _fields(self, request: AnyRequest, secret: str) -> dict[str, str]:
        """Read a form of a holder whose link still opens when it is here: it takes time, in which a link may be replaced."""
        fields = await read_fields(request, limits=self._limits)
        await self._look_up(request, partial(self._system.sharing.held_by, secret))
        return fields

    async def _held(self, request: AnyRequest, secret: str) -> tuple[HolderLink, Display]:
        sharing = self._system.sharing

        def work() -> tuple[HolderLink, Display]:
            link = sharing.held_by(secret)
            return link, sharing.held(link)

        return await self._look_up(request, work)

    async def _own(self, request: AnyRequest, secret: str, number: str) -> tuple[HolderLink, Share]:
        sharing = self._system.sharing

        def work() -> tuple[HolderLink, Share]:
            link = sharing.held_by(secret)
            return link, sharing.share(link.identifier, _number(number))

        return await self._look_up(request, work)

    async def _change(self, request: AnyRequest, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `work` returns
        """Do what writes; where this program may only read, say that nothing was changed."""
        return await self._look_up(request, or_unchanged(work))

    # Those with whom a share is shared

    async def look(self, request: AnyRequest, token: str) -> AnyResponse:
        """Ask whether somebody wants to see what is shared; nothing of it is shown, and nothing counted.

        Raises:
            Refused: if there is no such share, or it has ended.
        """
        share = await self._look_up(request, partial(self._system.sharing.look, token))
        if wants_json(request):
            return _json({"share": "confirm", "method": "POST", **_of_share(share)})
        page = self._portal.pages.sharing(
            "share_confirm.html", reader=self._portal.reader(request), token=token
        )
        return Response(page, media_type=_HTML)

    async def open(self, request: AnyRequest, token: str) -> AnyResponse:
        """Count that somebody wants to see what is shared, and lead there; a program gets it at once.

        Raises:
            Refused: if there is no such share, or it has ended.
        """
        demand_own_origin(request, base_url=self._system.settings.base_url)
        given = await self._change(request, partial(self._system.sharing.open, token))
        if wants_json(request):
            return await self.see(request, token, given)
        return self._to(request, f"/s/{token}/{given}")

    async def see(self, request: AnyRequest, token: str, given: str) -> AnyResponse:
        """Answer what a share shows.

        Raises:
            Refused: if there is no such share, it has ended, or was never opened so.
        """
        opened = await self._look_up(request, partial(self._system.sharing.see, token, given))
        if opened is None:
            return self._to(request, f"/s/{token}")
        share, display = opened
        if wants_json(request):
            report = report_to_json(
                display.disclosed.report, texts=self._system.texts, birth=display.disclosed.birth
            )
            return _json({"share": _of_share(share), **report})
        copies = await self._look_up(request, lambda: copies_of(display, self._system.copies))
        page = self._portal.pages.display(
            "shared.html",
            display,
            reader=self._portal.reader(request),
            copies=copies,
            share=share,
            place=f"/s/{token}/{given}",
        )
        return Response(page, media_type=_HTML)

    async def shared(self, request: AnyRequest, token: str, given: str, name: str) -> AnyResponse:
        """Answer a file or the picture, where the share is of them.

        Raises:
            Refused: if there is no such share or file, it has ended, or was never opened so.
        """
        opened = await self._look_up(request, partial(self._system.sharing.see, token, given))
        if opened is None:
            return self._to(request, f"/s/{token}")
        return await self.handed(request, opened[1], name, proofs={})

    # Both

    async def _look_up(self, request: AnyRequest, work: Callable[[], T]) -> T:
        """Look a secret up; an address that is longer than it by a slash is another one, too."""
        path: bytes = request.scope["raw_path"].partition(b"?")[0]
        return await self._portal.look_up(
            request, _nothing if path.endswith((b"/", b"%2F", b"%2f")) else work
        )

    async def handed(
        self, request: AnyRequest, display: Display, name: str, *, proofs: Mapping[str, bytes]
    ) -> AnyResponse:
        """Answer a file, the picture, a proof or a copy, where it may be handed out.

        Args:
            request: the request.
            display: the credential, as whoever asks sees it.
            name: what is asked for.
            proofs: name → proof.

        Raises:
            Refused: if there is no such thing, or not for whoever asks.
        """
        for language in self._system.texts.languages:
            if name == f"picture-{language}.png" and display.disclosed.picture:
                return await self._portal.picture(request, display.identifier, language)
        for file, offered in zip(display.files, downloads_of(display.files, display.identifier), strict=True):
            if offered.address == name:
                return attachment(file.octets, file.media_type, offered.name)
        if name in proofs:
            return attachment(proofs[name], "text/plain", name)
        for copy in await self._look_up(request, lambda: copies_of(display, self._system.copies)):
            if copy.address == name:
                return await self._portal.copy(request, display.identifier, copy)
        raise Refused(HttpProblem.NOT_FOUND)

    def _to(self, request: AnyRequest, path: str, *, anchor: str = "") -> AnyResponse:
        reader: Visitor = self._portal.reader(request)
        return Redirect(self._portal.pages.address(path, reader=reader, anchor=anchor), status_code=303)


def _nothing() -> Never:
    raise UnknownShare


def _number(text: str) -> int:
    """Return the number of a share in an address; 0, which none has, where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 and text[:1] != "0" else 0  # noqa: PLR2004


def _of_share(share: Share) -> dict[str, Any]:
    return {
        "scope": share.scope.value,
        "until": None if share.until is None else share.until.isoformat(timespec="seconds"),
    }


def _json(members: Mapping[str, Any]) -> AnyResponse:
    content = strict_json.dumps_visibly(dict(members)).encode()
    return Response(content, media_type="application/json", status_code=200)
