"""The groups of commands of the core: what help says of each, and which module has it, imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    import typer

__all__ = ["GROUPS", "Group"]


class Group(NamedTuple):
    """A group.

    Args:
        module: name of the module whose `app` returns it.
        summary: what help says of it.
    """

    module: str
    summary: str

    def app(self) -> typer.Typer:
        """Return the group, made now."""
        module = import_module(f"mikrocert.cli.{self.module}")
        return cast("typer.Typer", module.app())


GROUPS: Final[Mapping[str, Group]] = {
    "archive": Group(
        "archive", "Make, upgrade, check, back up and restore the archive, erase from it, and move its files."
    ),
    "batch": Group(
        "batches", "Have an institution's export issued by jobs: send, show, list, cancel, files."
    ),
    "client": Group(
        "client",
        "Register, list and end programs of institutions that prove who they are by keys or a certificate.",
    ),
    "hold": Group("hold", "Forbid to erase a credential, list what forbids it, and end that."),
    "institution": Group(
        "institution", "Open accounts of institutions, and take them from the sandbox to production."
    ),
    "intake": Group("intake", "Look at exports of universities that are to be connected."),
    "jobs": Group("working", "List jobs, and have those tried again that were given up."),
    "key": Group("key", "Make, list, replace and end the keys of institutions."),
    "log": Group("log", "Publish the log of what was issued, prove what is in it, audit and witness it."),
    "person": Group("person", "Hand out what is held of a person."),
    "proposals": Group("proposals", "List what waits for a second pair of eyes, and confirm or refuse it."),
    "type": Group("types", "Keep types of micro-credentials, of which awards take what they don't say."),
    "webhook": Group("webhooks", "Tell an institution's server what happens: add, list, remove, replay."),
}
