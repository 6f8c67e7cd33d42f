"""The pages of a wallet (`/wallet/…`): what is answered to which request.

Who isn't signed in sees a door and nothing else. What somebody isn't the holder of, whatever was asked, is nothing that there is; a holder's
link that is typed counts like any other secret: only misses slow down. The secret is neither kept nor repeated on a page.
"""

from __future__ import annotations

import hmac
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs
from litestar import Request, Response, Router, route
from litestar.params import FromPath
from litestar.response import Redirect
from mikrocert.api import (
    DamagedError,
    ErasedError,
    WalletRefused,
    headline_of,
    message,
    tone_of,
)

from mikrocert_portal.changing import or_unchanged
from mikrocert_portal.copies import copies_of
from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.observing import note_fault
from mikrocert_portal.origins import demand_own_origin
from mikrocert_portal.pages import proofs_offered
from mikrocert_portal.uploads import read_fields
from mikrocert_portal.wallet.problems import TurnedAway, WalletProblem
from mikrocert_portal.wallet.signing import PATH, Door, demand_signed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from litestar.handlers import HTTPRouteHandler
    from mikrocert.api import Access, Display, Headline, Message, System, View, WalletEntry

    from mikrocert_portal.config import Limits, WalletConfig
    from mikrocert_portal.copies import OfferedCopy
    from mikrocert_portal.holder import HolderPages
    from mikrocert_portal.portal import Portal
    from mikrocert_portal.sign_in.asking import Asking
    from mikrocert_portal.wallet.sessions import HolderSession

__all__ = ["Kept", "Wallet", "secret_in"]

T = TypeVar("T")

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_HTML: Final = "text/html"
_AT_ONCE: Final = 10
_LONGEST_SECRET: Final = 200


@attrs.frozen
class Kept:
    """A credential of a wallet, as the list shows it.

    Args:
        entry: what is kept of it.
        display: what its holder sees; none where nothing can be shown.
        access: what its permanent link shows, or none.
        erased: why nothing of it is left, or none.
        unreadable: whether it can't be read, which the operator is told.
    """

    entry: WalletEntry
    display: Display | None = None
    access: Access | None = None
    erased: ErasedError | None = None
    unreadable: bool = False

    @property
    def headline(self) -> Headline | None:
        """What was found of it, or none."""
        return None if self.display is None else headline_of(self.display.disclosed.report)

    @property
    def tone(self) -> str:
        """How good or bad that is; nothing where nothing was found."""
        return "" if self.display is None else tone_of(self.display.disclosed.report)

    @property
    def view(self) -> View | None:
        """What it says, where that is proven; or none."""
        report = None if self.display is None else self.display.disclosed.report
        return report.view if report is not None and report.proven else None


def secret_in(typed: str, *, base: str) -> str:
    """Return the secret of a holder's link as somebody pasted it: the whole address, or its last part; nothing where it is neither.

    Args:
        typed: what they pasted.
        base: address of this site.
    """
    typed = typed.strip()
    before = f"{base}/h/"
    found = (
        typed.removeprefix(before).partition("?")[0].partition("#")[0] if typed.startswith(before) else typed
    )
    return found if found.isascii() and found.isalnum() and len(found) <= _LONGEST_SECRET else ""


class Wallet:
    """Answers people who gather their credentials.

    Args:
        system: the assembled system.
        config: of wallets.
        portal: the pages beside these.
        holder: the pages of holders, which hand out files.
        limits: how much one visitor may ask for.
        asking: asks the identity provider; none means over the network.

    Raises:
        SettingsError: if the settings are wrong.
    """

    def __init__(
        self,
        system: System,
        *,
        config: WalletConfig,
        portal: Portal,
        holder: HolderPages,
        limits: Limits,
        asking: Asking | None = None,
    ) -> None:
        self._system = system
        self._portal = portal
        self._holder = holder
        self._limits = limits
        self._door = Door(system, config=config, portal=portal, asking=asking)

    @property
    def router(self) -> Router:
        """The routes."""
        return Router(path=PATH, route_handlers=[*self._doors(), *self._inside()])

    def _doors(self) -> list[HTTPRouteHandler]:
        @route("/", http_method=["GET", "HEAD"])
        async def front(request: AnyRequest) -> AnyResponse:
            return await self.front(request)

        @route("/sign-in", http_method=["GET"])
        async def begin(request: AnyRequest) -> AnyResponse:
            return await self._door.begin(request)

        @route("/signed-in", http_method=["GET"])
        async def come_back(request: AnyRequest) -> AnyResponse:
            return await self._door.come_back(request)

        @route("/sign-out", http_method=["POST"], status_code=200)
        async def sign_out(request: AnyRequest) -> AnyResponse:
            return await self._answered(request, self._sign_out)

        @route("/leave", http_method=["POST"], status_code=200)
        async def leave(request: AnyRequest) -> AnyResponse:
            return await self._answered(request, self._leave)

        return [front, begin, come_back, sign_out, leave]

    def _inside(self) -> list[HTTPRouteHandler]:
        @route("/credentials", http_method=["POST"], status_code=303)
        async def add(request: AnyRequest) -> AnyResponse:
            return await self._answered(request, self._add)

        @route("/credentials/{identifier:str}", http_method=["GET", "HEAD"])
        async def one(request: AnyRequest, identifier: FromPath[str]) -> AnyResponse:
            return await self._seen(request, partial(self._one, identifier=identifier))

        @route("/credentials/{identifier:str}/remove", http_method=["POST"], status_code=303)
        async def remove(request: AnyRequest, identifier: FromPath[str]) -> AnyResponse:
            return await self._answered(request, partial(self._remove, identifier=identifier))

        @route("/credentials/{identifier:str}/{name:str}", http_method=["GET", "HEAD"])
        async def file(request: AnyRequest, identifier: FromPath[str], name: FromPath[str]) -> AnyResponse:
            return await self._seen(request, partial(self._file, identifier=identifier, name=name))

        return [add, one, remove, file]

    # Who is let in

    async def front(self, request: AnyRequest) -> AnyResponse:
        """Answer what somebody has gathered, or the door."""
        session = await self._door.session(request)
        if session is None:
            page = self._portal.pages.page(
                "wallet_door.html", reader=self._portal.reader(request), switch=None
            )
            return Response(page, media_type=_HTML)
        return await self._list(request, session)

    async def _seen(self, request: AnyRequest, show: Callable[..., Any]) -> AnyResponse:
        """Show a page to who is signed in; who isn't comes to the door."""
        session = await self._door.session(request)
        if session is None:
            return self._to(request, PATH)
        answer: AnyResponse = await show(request, session)
        return answer

    async def _answered(self, request: AnyRequest, do: Callable[..., Any]) -> AnyResponse:
        """Answer a form of who is signed in, which has to come from a page of ours and of this session."""
        demand_own_origin(request, base_url=self._system.settings.base_url)
        try:
            session = demand_signed_in(await self._door.session(request))
            fields = await read_fields(request, limits=self._limits)
            if not hmac.compare_digest(fields.get("token", "").encode(), session.token.encode()):
                raise TurnedAway(WalletProblem.FORGED)  # noqa: TRY301 - one place answers all
        except TurnedAway as error:
            return self._door.turn_away(request, error.problem)
        answer: AnyResponse = await do(request, session, fields)
        return answer

    async def _sign_out(self, request: AnyRequest, _: HolderSession, __: Mapping[str, str]) -> AnyResponse:
        return await self._door.leave(request, deleted=False)

    async def _leave(
        self, request: AnyRequest, session: HolderSession, fields: Mapping[str, str]
    ) -> AnyResponse:
        """Delete all that is kept of somebody, if they say that they are sure."""
        if fields.get("sure") != "yes":
            fault = message("tick the box if you want everything that is kept here of you deleted")
            return await self._list(request, session, faults={"sure": fault}, status=422)
        await self._portal.look_up(request, or_unchanged(partial(self._system.wallets.forget, session.owner)))
        return await self._door.leave(request, deleted=True)

    # What is gathered

    async def _list(
        self,
        request: AnyRequest,
        session: HolderSession,
        *,
        faults: Mapping[str, Message] | None = None,
        status: int = 200,
    ) -> AnyResponse:
        number = request.query_params.get("page", "1")
        at = max(1, int(number)) if number.isascii() and number.isdecimal() and len(number) < 3 else 1  # noqa: PLR2004

        def work() -> tuple[list[Kept], int]:
            entries = self._system.wallets.entries(session.owner)
            on_it = entries[(at - 1) * _AT_ONCE : at * _AT_ONCE]
            return [self._kept(request, session, entry) for entry in on_it], len(entries)

        kept, count = await self._portal.look_up(request, work)
        page = self._portal.pages.page(
            "wallet.html",
            reader=self._portal.reader(request),
            switch=None if request.method in {"GET", "HEAD"} else PATH,
            kept=kept,
            session=session,
            faults=dict(faults or {}),
            count=count,
            at=at,
            pages=-(-count // _AT_ONCE),
        )
        return Response(page, media_type=_HTML, status_code=status)

    def _kept(self, request: AnyRequest, session: HolderSession, entry: WalletEntry) -> Kept:
        """Return one of them as the list shows it; one that can't be shown keeps none of the others from it."""
        if entry.link.end is not None:
            return Kept(entry)
        try:
            display = self._system.wallets.see(session.owner, entry.identifier)
            return Kept(entry, display, self._system.sharing.access(entry.identifier))
        except ErasedError as error:
            return Kept(entry, erased=error)
        except DamagedError as error:
            note_fault(request.scope, error)
            return Kept(entry, unreadable=True)

    async def _add(
        self, request: AnyRequest, session: HolderSession, fields: Mapping[str, str]
    ) -> AnyResponse:
        """Add the credential of a holder's link; what is wrong with the link is said beside the field."""
        secret = secret_in(fields.get("link", ""), base=self._system.settings.base_url)
        if not secret:
            fault = message(
                "paste the whole holder’s link: it begins with {begin}",
                begin=f"{self._system.settings.base_url}/h/",
            )
            return await self._list(request, session, faults={"link": fault}, status=422)
        work = or_unchanged(partial(self._system.wallets.add, session.owner, secret))
        try:
            await self._portal.look_up(request, work)
        except WalletRefused as error:
            fault = error.findings[0].message
            return await self._list(request, session, faults={"link": fault}, status=422)
        except Refused as error:
            if error.problem not in _OF_A_LINK:
                raise
            return await self._list(
                request, session, faults={"link": _fault_of(error)}, status=error.problem.status
            )
        return self._to(request, PATH)

    async def _one(self, request: AnyRequest, session: HolderSession, *, identifier: str) -> AnyResponse:
        """Answer all that there is of one of them.

        Raises:
            Refused: if it isn't there, its holder's link has ended, or it was erased.
        """

        def work() -> tuple[Display, Access, Mapping[str, bytes], tuple[OfferedCopy, ...]]:
            display = self._system.wallets.see(session.owner, identifier)
            access = self._system.sharing.access(identifier)
            return (
                display,
                access,
                self._system.log.proofs(identifier),
                copies_of(display, self._system.copies),
            )

        display, access, proofs, copies = await self._look_up(request, work)
        page = self._portal.pages.display(
            "wallet_credential.html",
            display,
            reader=self._portal.reader(request),
            session=session,
            identifier=identifier,
            access=access,
            place=f"{PATH}/credentials/{identifier}",
            proofs=proofs_offered(proofs, identifier),
            copies=copies,
        )
        return Response(page, media_type=_HTML)

    async def _file(
        self, request: AnyRequest, session: HolderSession, *, identifier: str, name: str
    ) -> AnyResponse:
        """Answer a file, a proof or the picture of one of them.

        Raises:
            Refused: as `_one`, or if there is no such file.
        """

        def work() -> tuple[Display, Mapping[str, bytes]]:
            display = self._system.wallets.see(session.owner, identifier)
            return display, self._system.log.proofs(identifier)

        display, proofs = await self._look_up(request, work)
        return await self._holder.handed(request, display, name, proofs=proofs)

    async def _remove(
        self, request: AnyRequest, session: HolderSession, _: Mapping[str, str], *, identifier: str
    ) -> AnyResponse:
        """Remove one of them, whatever became of it.

        Raises:
            Refused: if it isn't there.
        """
        work = partial(self._system.wallets.remove, session.owner, identifier)
        await self._look_up(request, or_unchanged(work))
        return self._to(request, PATH)

    async def _look_up(self, request: AnyRequest, work: Callable[[], T]) -> T:
        """Look one of them up; what isn't there is a page that there isn't."""
        try:
            return await self._portal.look_up(request, work)
        except Refused as error:
            if error.problem is HttpProblem.UNKNOWN_LINK:
                raise Refused(HttpProblem.NOT_FOUND) from error
            raise

    def _to(self, request: AnyRequest, path: str) -> AnyResponse:
        reader = self._portal.reader(request)
        return Redirect(self._portal.pages.address(path, reader=reader), status_code=303)


_OF_A_LINK: Final = frozenset(
    {
        HttpProblem.UNKNOWN_LINK,
        HttpProblem.LINK_ENDED,
        HttpProblem.ERASED,
        HttpProblem.CLOSED,
        HttpProblem.TOO_MANY,
    }
)


def _fault_of(error: Refused) -> Message:
    """Return what is wrong with a holder's link that somebody pasted."""
    if error.problem is HttpProblem.LINK_ENDED and error.end is not None and error.end.on is not None:
        return message(
            "this link was replaced by a new one on {on:long}; your university has the new one, or can make another",
            on=error.end.on,
        )
    if error.problem in {HttpProblem.ERASED, HttpProblem.CLOSED}:
        return message("the content of this micro-credential was erased, so there is nothing to gather")
    if error.problem is HttpProblem.TOO_MANY:
        return message("several links from your connection were wrong; try it again in a while")
    return message(
        "we do not know this link; most often it is not whole, or something was added to its end: copy it once more"
    )
