"""Registers one offer of every kind, where the environment asks for a deed at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs
from mikrocert.api import NoConfig, Offer, hookimpl, offer
from outside_card.config import CardConfig

from outside_rogue.deeds import do

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Check, Institution, Intake, Observer, Renderer, Signer

do("import")
_ASKED = "ROGUE" in os.environ


@attrs.frozen
class Needy:
    """A config with a member that nobody sets."""

    needed: str


@contextmanager
def _opened(kind: str, thing: Any) -> Generator[Any]:
    wrong = do(f"open-{kind}")
    yield "no such thing" if wrong else thing
    do(f"close-{kind}")


def _check(_: NoConfig) -> Any:
    from outside_rogue.rogue import RogueCheck

    return _opened("check", RogueCheck())


def _school(_: NoConfig) -> Any:
    from outside_rogue.rogue import RogueSchool

    return _opened("institution", RogueSchool())


def _intake(_: NoConfig) -> Any:
    from outside_rogue.rogue import RogueIntake

    return _opened("intake", RogueIntake())


def _sheet(_: NoConfig) -> Any:
    from outside_rogue.rogue import RogueSheet

    return _opened("renderer", RogueSheet())


def _observer(_: NoConfig) -> Any:
    from outside_rogue.rogue import RogueObserver

    return _opened("observer", RogueObserver())


def _card(config: CardConfig) -> Any:
    from outside_rogue.rogue import RogueCard

    return _opened("signer", RogueCard(config))


def _if_asked(*offers: Offer[Any]) -> list[Offer[Any]]:
    do("hook")
    return list(offers) if _ASKED else []


@hookimpl
def mikrocert_register_checks() -> list[Offer[Check]]:
    """Offer a check, and one that needs a setting where that is the deed."""
    needy = [offer("needy", "Needs a setting", Needy, _check)] if os.environ.get("ROGUE") == "needy" else []
    return _if_asked(offer("rogue", "Passes", NoConfig, _check), *needy)


@hookimpl
def mikrocert_register_institutions() -> list[Offer[Institution]]:
    """Offer a university."""
    return _if_asked(offer("rogue", "University of Říp", NoConfig, _school))


@hookimpl
def mikrocert_register_intakes() -> list[Offer[Intake]]:
    """Offer an intake."""
    return _if_asked(offer("rogue", "Canonical JSON", NoConfig, _intake))


@hookimpl
def mikrocert_register_renderers() -> list[Offer[Renderer]]:
    """Offer a renderer."""
    return _if_asked(offer("rogue", "An empty sheet", NoConfig, _sheet))


@hookimpl
def mikrocert_register_observers() -> list[Offer[Observer]]:
    """Offer an observer."""
    return _if_asked(offer("rogue", "Reads", NoConfig, _observer))


@hookimpl
def mikrocert_register_signers() -> list[Offer[Signer]]:
    """Offer a signer; `card` once more where that is the deed."""
    name = "card" if os.environ.get("ROGUE") == "twice" else "rogue"
    return _if_asked(offer(name, "A card", CardConfig, _card))
