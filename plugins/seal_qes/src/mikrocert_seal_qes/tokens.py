"""The tokens of this process: found, logged into, their sessions lent and taken back (PKCS #11 v2.40).

A module is initialised by a process, and logging in holds for a process, not for a session: who logs out, logs everybody
out. So whoever signs with a token borrows a session from the one `Tokens` of the process, which also remembers which PIN a
token refused: a card locks itself after three of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Final, Protocol, TypeVar

import attrs
import pkcs11
from mikrocert.api import SealError, message
from pkcs11 import PROTECTED_AUTH, PKCS11Error, PrivateKey, Session, Slot, Token, TokenFlag

from mikrocert_seal_qes.refusals import Refusals

__all__ = ["Condition", "Lent", "OpenToken", "Place", "Tokens", "no_pin", "tokens_of_this_process"]

_T = TypeVar("_T")

_GONE: Final = (
    pkcs11.DeviceError,
    pkcs11.DeviceRemoved,
    pkcs11.GeneralError,
    pkcs11.KeyHandleInvalid,
    pkcs11.ObjectHandleInvalid,
    pkcs11.SessionClosed,
    pkcs11.SessionHandleInvalid,
    pkcs11.TokenNotPresent,
    pkcs11.TokenNotRecognised,
    pkcs11.UserNotLoggedIn,
)
"""What modules answer once a token was away; a new session may be as good as ever."""

_WRONG: Final = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)


@attrs.define(eq=False)
class Lent:
    """A session, and the keys that were found in it: a key whose session ended says so, a search finds nothing.

    Args:
        session: with the token.
        keys: what was looked for → the key.
    """

    session: Session
    keys: dict[Hashable, PrivateKey] = attrs.Factory(dict[Hashable, PrivateKey])


@attrs.frozen
class Condition:
    """What a token says of itself before anybody logs in.

    Args:
        name: its label.
        locked: whether its PIN is locked.
        warned: whether a wrong PIN was given since somebody logged in.
    """

    name: str
    locked: bool
    warned: bool


class Library(Protocol):
    """What is asked of a loaded module."""

    def get_slots(self, token_present: bool = False) -> list[Slot]:  # noqa: FBT001, FBT002  so it is called
        """Return its slots."""
        ...

    def finalize(self) -> None:
        """Close all sessions; loading it again begins anew."""
        ...


@attrs.frozen
class Place:
    """Where a token is found.

    Args:
        module: the PKCS #11 module of its maker.
        label: label of the token; none where the serial number or being the only one is enough.
        serial: its serial number, likewise.
    """

    module: Path
    label: str | None = None
    serial: str | None = None

    @property
    def name(self) -> str:
        """What to call the token."""
        return self.label or self.serial or str(self.module)


class Tokens:
    """Lends sessions with tokens.

    Args:
        load: returns the module at a path, initialised; the same for the same path.
    """

    def __init__(self, load: Callable[[str], Library] = pkcs11.lib) -> None:
        self.load = load
        self.lock = RLock()
        self._process = os.getpid()
        self._open: dict[Place, OpenToken] = {}
        self.refusals = Refusals()

    @contextmanager
    def opened(self, place: Place, *, pin: bytes | None) -> Generator[OpenToken]:
        """Give a token whose sessions are there until the last one who uses it has left.

        Args:
            place: where the token is.
            pin: its PIN, UTF-8; none where it has a keypad of its own or needs none.

        Raises:
            SealError: if this process was forked from one that uses a token.
        """
        self.check_process()
        with self.lock:
            token = self._open.setdefault(place, OpenToken(place, tokens=self, pin=pin))
            token.users += 1
        try:
            yield token
        finally:
            with self.lock:
                token.users -= 1
                if not token.users:
                    del self._open[place]
                    token.drop()
                    if all(other.module != place.module for other in self._open):
                        self.renew(place.module)

    def check_process(self) -> None:
        """Refuse what a process got by being forked: the module and the card know nothing of it (PKCS #11 v2.40, 2.5.2)."""
        if self._process == os.getpid():
            return
        if self._open:
            raise SealError(
                message(
                    "this process was forked from one that uses the token {token}; open the signer in the process that signs",
                    token=next(iter(self._open.values())).name,
                )
            )
        self._process = os.getpid()

    def renew(self, module: Path) -> None:
        """Let a module begin anew when it is used next, unless another token of it is in use."""
        with self.lock:
            if not any(place.module == module for place, token in self._open.items() if token.lent):
                with suppress(PKCS11Error):
                    self.load(str(module)).finalize()


class OpenToken:
    """A token in use.

    Args:
        place: where it is.
        tokens: those of the process.
        pin: its PIN, or none.
    """

    def __init__(self, place: Place, *, tokens: Tokens, pin: bytes | None) -> None:
        self.place = place
        self.name = place.name
        self.users = 0
        self.lent = 0
        self._tokens = tokens
        self._pin = pin
        self._free: list[Lent] = []

    def use(self, work: Callable[[Lent], _T]) -> _T:
        """Return what `work` returns, given a session; a session that had ended is opened anew, once.

        One thread at a time: python-pkcs11 initialises a module without arguments, which promises that (PKCS #11 v2.40, 5.4).

        Raises:
            SealError: if there is no such token, it doesn't let us in, or it fails.
        """
        with self._tokens.lock:
            return self._used(work)

    def _used(self, work: Callable[[Lent], _T]) -> _T:
        while True:
            lent, used = self._borrow()
            try:
                result = work(lent)
            except BaseException as fault:
                self._give_up(lent)
                if used and _is_gone(fault):
                    continue  # with a new session, which no other fault can send here again
                if isinstance(fault, PKCS11Error):
                    raise self._failure(fault) from fault
                raise
            with self._tokens.lock:
                self.lent -= 1
                self._free.append(lent)
            return result

    def condition(self) -> Condition:
        """Return what the token says of itself. Raises `SealError` where it isn't there."""
        with self._tokens.lock:
            token = self._token()
        flags = token.flags
        warned = TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY
        return Condition(
            token.label or self.name, bool(flags & TokenFlag.USER_PIN_LOCKED), warned=bool(flags & warned)
        )

    def drop(self) -> None:
        """Close the sessions that nobody uses."""
        with self._tokens.lock:
            free, self._free = self._free, []
        for lent in free:
            with suppress(PKCS11Error):
                lent.session.close()

    def _borrow(self) -> tuple[Lent, bool]:
        """Return a session, and whether it was used before."""
        self._tokens.check_process()
        with self._tokens.lock:
            used = bool(self._free)
            lent = self._free.pop() if used else Lent(self._new_session())
            self.lent += 1
        return lent, used

    def _give_up(self, lent: Lent) -> None:
        """Part with a session that failed, and with the others, which are likely to."""
        with self._tokens.lock:
            self.lent -= 1
            with suppress(PKCS11Error):
                lent.session.close()
            self.drop()
            self._tokens.renew(self.place.module)

    def _new_session(self) -> Session:
        token = self._token()
        self.name = token.label or self.name
        try:
            return self._logged_in(token)
        except pkcs11.UserAlreadyLoggedIn:
            with self._translated():
                return token.open()
        except pkcs11.PinLocked as fault:
            raise _locked(token) from fault
        except _WRONG as fault:
            if self._pin is not None:
                self._tokens.refusals.note(self._pin, of=_marks(token))
            raise _wrong_pin(token) from fault
        except PKCS11Error as fault:
            raise self._failure(fault) from fault

    def _logged_in(self, token: Token) -> Session:
        flags = token.flags
        if not flags & TokenFlag.LOGIN_REQUIRED:
            return token.open()
        if flags & TokenFlag.USER_PIN_LOCKED:
            raise _locked(token)
        if self._pin is None:
            if flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH:
                return token.open(user_pin=PROTECTED_AUTH)
            raise no_pin(token.label)
        if self._tokens.refusals.know(self._pin, of=_marks(token)):
            raise _wrong_pin(token)
        if flags & TokenFlag.USER_PIN_FINAL_TRY:
            raise SealError(
                message(
                    "one more wrong PIN would lock the token {token}, so none is tried; log in once with the program that came "
                    "with it",
                    token=token.label,
                )
            )
        return token.open(user_pin=self._pin.decode())

    def _token(self) -> Token:
        """Return the one token that fits; raises `SealError`."""
        with self._translated():
            slots = self._tokens.load(str(self.place.module)).get_slots(token_present=True)
        there = [token for slot in slots if (token := _token_in(slot)) is not None]
        fitting = [
            token
            for token in there
            if self.place.label in {None, token.label}
            and self.place.serial in {None, token.serial.decode("ascii", "replace")}
        ]
        if len(fitting) == 1:
            return fitting[0]
        names = [f"{token.label} ({token.serial.decode('ascii', 'replace')})" for token in there]
        if not fitting:
            raise SealError(
                message(
                    "the token {token} is not there; {module} sees {tokens}; put it in, or correct signers.pkcs11",
                    token=self.place.name,
                    module=self.place.module,
                    tokens=message("{tokens:comma}", tokens=names) if names else message("nothing"),
                )
            )
        raise SealError(
            message(
                "{module} sees several tokens: {tokens:comma}; token or serial in signers.pkcs11 has to say which",
                module=self.place.module,
                tokens=names,
            )
        )

    @contextmanager
    def _translated(self) -> Generator[None]:
        """Turn what a module answers into an error of ours."""
        try:
            yield
        except PKCS11Error as fault:
            raise self._failure(fault) from fault

    def _failure(self, fault: PKCS11Error) -> SealError:
        # What a module says is for its maker; only a library that can't be loaded says why.
        if "loading" in str(fault):
            return SealError(
                message(
                    "{module} can't be loaded; the PKCS #11 module of the token's maker, a .so file, would be right",
                    module=self.place.module,
                )
            )
        return SealError(
            message(
                "the token {token} failed ({reason}); nothing was sealed with it; see that it is in and try again",
                token=self.name,
                reason=type(fault).__name__,
            )
        )


def _marks(token: Token) -> tuple[bytes, ...]:
    return token.serial, token.label.encode()


@cache
def tokens_of_this_process() -> Tokens:
    """Return the one `Tokens` there is, because a process initialises a module and logs in once."""
    return Tokens()


def _is_gone(fault: BaseException) -> bool:
    # What python-pkcs11 has no class for, such as a module that somebody else ended, is the base itself.
    return isinstance(fault, _GONE) or type(fault) is PKCS11Error


def _token_in(slot: Slot) -> Token | None:
    """Return the token in a slot that is ready for use, or None."""
    try:
        token = slot.get_token()
    except PKCS11Error:
        return None
    return token if token.flags & TokenFlag.TOKEN_INITIALIZED else None


def no_pin(token: str) -> SealError:
    """Return the error that a token wants a PIN and settings name none."""
    return SealError(
        message("the token {token} wants a PIN; signers.pkcs11.pin has to say where it is", token=token)
    )


def _locked(token: Token) -> SealError:
    return SealError(
        message(
            "the PIN of the token {token} is locked; unlock it with the program that came with it",
            token=token.label,
        )
    )


def _wrong_pin(token: Token) -> SealError:
    return SealError(
        message(
            "the token {token} refused the PIN that signers.pkcs11.pin leads to; it is not tried again, since wrong ones lock a "
            "token; put the right one there and start anew",
            token=token.label,
        )
    )
