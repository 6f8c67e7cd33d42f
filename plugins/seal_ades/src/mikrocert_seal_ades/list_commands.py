"""The command group `mikrocert trust`: trusted lists, brought up to date and shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
import typer
from mikrocert.api import ENGLISH, Message, SettingsError, message, printable, read_named_file, voice

from mikrocert_seal_ades.commands import wrapped
from mikrocert_seal_ades.messages import message_of, refusal
from mikrocert_seal_ades.pki.asking import present
from mikrocert_seal_ades.pki.errors import AdesError, CertificateError
from mikrocert_seal_ades.pki.lists.fetching import ADDRESS, Update, fetch_lists
from mikrocert_seal_ades.pki.lists.folder import ListFolder
from mikrocert_seal_ades.pki.lists.snapshot import KeptList, Snapshot, load
from mikrocert_seal_ades.pki.x509 import from_pem, organisation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mikrocert.api import CommandContext, Say, Settings

    from mikrocert_seal_ades.pki.problems import Problem

__all__ = ["group"]

_ALL_HOLD, _SOME_DO_NOT, _NONE = 0, 1, 3

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Lang = Annotated[
    str,
    typer.Option("--lang", help="Language of the answer: cs, en, or another one installed.", metavar="CODE"),
]
_STATES: Final = {
    "current": ("✓", "green", message("current")),
    "stale": ("!", "yellow", message("past its next update")),
    "missing": ("✗", "red", message("not usable")),
}
_OUTCOMES: Final = {
    "new": ("✓", "green", message("new")),
    "unchanged": ("✓", "green", message("as before")),
    "failed": ("✗", "red", message("failed; what is kept stays")),
}


def group() -> typer.Typer:
    """Return the commands: `update` and `show`."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help="Trusted lists, which name whom states supervise.",
    )
    app.callback()(_described)
    app.command("update")(_update)
    app.command("show")(_show)
    return app


def _described() -> None:
    """Trusted lists, which name whom states supervise."""


def _update(
    ctx: typer.Context,
    territories: Annotated[
        list[str] | None,
        typer.Argument(
            help="Whose lists, such as CZ; none means those of the settings.", metavar="TERRITORY"
        ),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  Typer's way
    lang: Lang = ENGLISH,
) -> None:
    """Fetch the list of lists and the lists that it points to, verify them, and keep those that hold.

    A list that can't be had, or doesn't hold, leaves the one that is kept. Exit code 0: all are up to date; 1: one is not; 3: the
    list of lists is not, so nothing was fetched.
    """
    host: CommandContext = ctx.obj
    say = voice(host.texts, lang)
    source = _source(host.settings)
    done: list[Update] = []

    def progress(update: Update, total: int) -> None:
        done.append(update)
        width = len(str(total))
        mark, colour, word = _OUTCOMES[update.outcome]
        line = f"{len(done):{width}}/{total}  {typer.style(mark, fg=colour)}  {printable(update.territory)}  {say(word)}"
        typer.echo(line, err=True)

    try:
        updates = fetch_lists(
            source.folder,
            signers=source.signers,
            at=present(),
            address=source.address,
            territories=tuple(territories or source.territories),
            progress=progress,
        )
    except AdesError as error:
        raise refusal(error) from error
    if as_json:
        typer.echo(json.dumps({"lists": [_update_to_json(update, say) for update in updates]}, indent=2))
    else:
        for line in _update_lines(updates, say):
            typer.echo(line)
    raise typer.Exit(_update_code(updates))


def _show(ctx: typer.Context, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:  # noqa: FBT002  Typer's way
    """Show the trusted lists that are kept, each verified anew, without a network.

    Exit code 0: all can be used; 1: one is past its next update, doesn't hold or is missing; 3: there is no list of lists that
    holds.
    """
    host: CommandContext = ctx.obj
    say = voice(host.texts, lang)
    source = _source(host.settings)
    snapshot = load(source.folder, signers=source.signers, at=present(), choose=source.wanted)
    if as_json:
        typer.echo(json.dumps(_snapshot_to_json(snapshot, source, say), indent=2))
    else:
        for line in _snapshot_lines(snapshot, source, say):
            typer.echo(line)
    if snapshot.list_of_lists.content is None:
        raise typer.Exit(_NONE)
    raise typer.Exit(_SOME_DO_NOT if snapshot.problems else _ALL_HOLD)


@attrs.frozen
class _Source:
    """What settings say of trusted lists."""

    folder: ListFolder
    signers: tuple[bytes, ...]
    address: str
    territories: tuple[str, ...]

    def wanted(self, territories: Collection[str]) -> Iterable[str]:
        return self.territories or territories


def _source(settings: Settings) -> _Source:
    lists = settings.trust.lists
    if lists is None or not lists.signers:
        raise SettingsError(
            message(
                "no trusted lists are set up in {settings}; a section {section} sets them up, whose {member} names PEM files with the "
                "certificates that the list of lists is signed with (the Official Journal of the European Union publishes them), and "
                "`mikrocert trust update` then fetches the lists",
                settings=settings.name,
                section="[trust.lists]",
                member="signers",
            )
        )
    signers: list[bytes] = []
    for name in lists.signers:
        path = settings.path(name)
        try:
            signers += from_pem(read_named_file(path, member="trust.lists.signers"))
        except CertificateError as error:
            raise SettingsError(
                message(
                    "{member}: {path} can't be read as PEM certificates; a file of blocks -----BEGIN CERTIFICATE----- would be right",
                    member="trust.lists.signers",
                    path=path,
                )
            ) from error
    folder = ListFolder(settings.path(lists.folder))
    return _Source(folder, tuple(signers), lists.url or ADDRESS, lists.territories)


def _update_code(updates: Sequence[Update]) -> int:
    if updates[0].outcome == "failed":
        return _NONE
    return _SOME_DO_NOT if any(update.problems for update in updates) else _ALL_HOLD


def _update_lines(updates: Sequence[Update], say: Say) -> Iterable[str]:
    outcomes = [update.outcome for update in updates]
    counts = message(
        "Lists that are new: {new}, as before: {unchanged}, failed: {failed}.",
        new=outcomes.count("new"),
        unchanged=outcomes.count("unchanged"),
        failed=outcomes.count("failed"),
    )
    yield say(counts)
    for update in updates:
        yield from _problem_lines(update.territory, update.problems, say)


def _problem_lines(territory: str, problems: Iterable[Problem], say: Say) -> Iterable[str]:
    for problem in problems:
        text = f"{territory}: {say(message_of(problem))} ({problem.code})"
        colour = "red" if problem.severity == "error" else "yellow"
        yield from wrapped(printable(text), first="   ", rest="   ", colour=colour)


def _snapshot_lines(snapshot: Snapshot, source: _Source, say: Say) -> Iterable[str]:
    yield say(message("Trusted lists in {folder}", folder=source.folder.path))
    for kept in (snapshot.list_of_lists, *snapshot.lists):
        yield from _kept_lines(kept, snapshot.at, say)
    services = sum(len(kept.content.services) for kept in snapshot.lists if kept.content)
    yield say(message("Services in all: {count}", count=services))


def _kept_lines(kept: KeptList, at: datetime, say: Say) -> Iterable[str]:
    mark, colour, word = _STATES[kept.state(at)]
    yield f"{typer.style(mark, fg=colour)}  {printable(kept.territory)}  {typer.style(say(word), bold=True)}"
    if content := kept.content:
        due = message("none, it is closed") if content.next_update is None else content.next_update
        details: list[Message] = [
            message("number {number}, version {version}", number=content.sequence, version=content.version),
            message("issued {time}", time=content.issued),
            message("next update {time}", time=due),
            message("fetched {time}", time=message("at an unknown time"))
            if kept.fetched is None
            else message(
                "fetched {time}, days since then: {days}", time=kept.fetched, days=(at - kept.fetched).days
            ),
            message("services: {count}", count=len(content.services)),
        ]
        text = "; ".join(say(detail) for detail in details)
        yield from wrapped(printable(text), first="   ", rest="   ")
        signed = message(
            "issued by {operator}, signed by {name} (SHA-256 {fingerprint})",
            operator=content.operator,
            name=organisation(content.signer) or "–",
            fingerprint=sha256(content.signer).hexdigest()[:16],
        )
        yield from wrapped(printable(say(signed)), first="   ", rest="   ", dim=True)
        if content.unreadable:
            names = message("Services that can't be read: {names:comma}", names=list(content.unreadable))
            yield from wrapped(printable(say(names)), first="   ", rest="   ", colour="yellow")
    yield from _problem_lines(kept.territory, kept.problems, say)


def _update_to_json(update: Update, say: Say) -> dict[str, Any]:
    return {
        "territory": update.territory,
        "outcome": update.outcome,
        "sequence": update.sequence,
        "problems": [_problem_to_json(problem, say) for problem in update.problems],
    }


def _snapshot_to_json(snapshot: Snapshot, source: _Source, say: Say) -> dict[str, Any]:
    return {
        "folder": str(source.folder.path),
        "at": _time(snapshot.at),
        "lists": [
            _kept_to_json(kept, snapshot.at, say) for kept in (snapshot.list_of_lists, *snapshot.lists)
        ],
    }


def _kept_to_json(kept: KeptList, at: datetime, say: Say) -> dict[str, Any]:
    found: dict[str, Any] = {
        "territory": kept.territory,
        "state": kept.state(at),
        "fetched": _time(kept.fetched),
        "age_days": None if kept.fetched is None else (at - kept.fetched).days,
        "problems": [_problem_to_json(problem, say) for problem in kept.problems],
    }
    if content := kept.content:
        found |= {
            "version": content.version,
            "sequence": content.sequence,
            "operator": content.operator,
            "issued": _time(content.issued),
            "next_update": _time(content.next_update),
            "services": len(content.services),
            "unreadable_services": list(content.unreadable),
            "signer": {
                "organisation": organisation(content.signer),
                "sha256": sha256(content.signer).hexdigest(),
            },
        }
    return found


def _problem_to_json(problem: Problem, say: Say) -> dict[str, str]:
    return {"code": problem.code, "severity": problem.severity, "message": say(message_of(problem))}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
