"""The hooks, one for each kind of offer.

Every registering hook collects: the offers of all plugins are joined, their order means nothing, and two offers
of one kind with the same name are an error. They are called once, when the plugins are loaded, and must
do nothing but return offers: no file is read, no key opened, no heavy module imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    import typer

    from mikrocert.kinds.check import Check
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format
    from mikrocert.kinds.institution import Institution
    from mikrocert.kinds.intake import Intake
    from mikrocert.kinds.observer import Observer
    from mikrocert.kinds.offer import Offer
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Signer

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("mikrocert")
hookimpl = pluggy.HookimplMarker("mikrocert")


@hookspec
def mikrocert_register_institutions() -> Iterable[Offer[Institution]]:
    """Offer universities.

    Chosen by `--institution NAME`. Called when plugins are loaded, for every command.

    Returns:
        Offers of `Institution`.
    """
    return ()


@hookspec
def mikrocert_register_intakes() -> Iterable[Offer[Intake]]:
    """Offer readers of exports.

    Chosen by `Institution.intake` or `--intake NAME`. The core itself offers `json`, the canonical intake.

    Returns:
        Offers of `Intake`.
    """
    return ()


@hookspec
def mikrocert_register_formats() -> Iterable[Offer[Format]]:
    """Offer credential formats.

    For issuing chosen by `--format NAME` or the setting `format`; for verifying all are asked `recognises`,
    and exactly one must say yes.

    Returns:
        Offers of `Format`.
    """
    return ()


@hookspec
def mikrocert_register_envelopes() -> Iterable[Offer[Envelope]]:
    """Offer forms of sealed files.

    A format names the one that secures it, a renderer the one of its documents; for verifying all are asked
    `recognises`, and exactly one must say yes.

    Returns:
        Offers of `Envelope`.
    """
    return ()


@hookspec
def mikrocert_register_signers() -> Iterable[Offer[Signer]]:
    """Offer keys to sign with, wherever they live.

    Chosen by `--signer NAME` or the setting `signer`; the factory runs only then, authorises the session, and is
    closed after the batch.

    Returns:
        Offers of `Signer`.
    """
    return ()


@hookspec
def mikrocert_register_renderers() -> Iterable[Offer[Renderer]]:
    """Offer renderers of certificates.

    Chosen by the setting `renderer`.

    Returns:
        Offers of `Renderer`.
    """
    return ()


@hookspec
def mikrocert_register_checks() -> Iterable[Offer[Check]]:
    """Offer questions to ask at every verification besides the core's own.

    All of them are asked and all results kept; a check that crashes is undetermined.

    Returns:
        Offers of `Check`; the name of the offer is the name of the check.
    """
    return ()


@hookspec
def mikrocert_register_observers() -> Iterable[Offer[Observer]]:
    """Offer those who want to learn of what happened.

    All of them are told, after the transaction. An observer that raises is reported and changes nothing.

    Returns:
        Offers of `Observer`.
    """
    return ()


@hookspec
def mikrocert_register_commands() -> Iterable[Offer[typer.Typer]]:
    """Offer command groups.

    The offer's name is the name of the group; a core command of that name can't be shadowed. The factory, and
    with it the import of the Typer app, runs only when the group is called. A command finds a `CommandContext` in
    `ctx.obj`: settings, plugins and system, each opened when it is first asked for. The mikrocert.toml of the current
    folder counts only for a group whose offer says `administers`.

    Returns:
        Offers of `typer.Typer`.
    """
    return ()
