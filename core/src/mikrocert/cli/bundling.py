"""Bundles on the command line: `mikrocert bundle` makes one, `mikrocert verify --offline` judges one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.common import settings_to_json, voice, warn, wrong_use
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.report import Report
    from mikrocert.service.system import System
    from mikrocert.service.verifiers.bundles import Bundle
    from mikrocert.service.verifying.anchors import Anchor
    from mikrocert.texts import Message, Say

__all__ = ["make", "verify_bundle"]

_LARGEST_FILE = 16 * 1024 * 1024


def make(system: System, what: str, *, out: Path, lang: str) -> None:
    """Make a bundle, write it, and say as of when its status is.

    Args:
        system: under the settings, with the archive and the key of the log.
        what: an identifier, or the name of a file.
        out: file to be written; it is not there yet.
        lang: language of what is printed.
    """
    from mikrocert.cli.files import put  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import FileKind  # noqa: PLC0415
    from mikrocert.service.verifiers.bundles import make_bundle  # noqa: PLC0415

    say = voice(system.texts, lang)
    if out.exists() or out.is_symlink():
        taken = message("--out: {path} is there already and is kept; a new name would be right", path=out)
        raise wrong_use(taken, lang)
    identifier = system.identifier_of(what)
    if identifier is not None:
        file = system.file(identifier, FileKind.CREDENTIAL)
        data, name = file.octets, f"{identifier}{file.suffix}"
    else:
        octets = read_bounded(Path(what), most=_LARGEST_FILE)
        if not isinstance(octets, bytes):
            echo(f"mikrocert: {say(octets)}", err=True)
            raise typer.Exit(ExitCode.UNUSABLE)
        data, name = octets, Path(what).name
        identifier = system.verify_apart(data).identifier
    made = make_bundle(system, data, name=name, identifier=identifier, readme=say(_README))
    for finding in made.findings:
        warn(finding, say)
    path = put(made.octets, folder=out.parent, name=out.name)
    if made.as_of is None:
        done = message(
            "The bundle is {path}; it has no status, so nothing will be known of revocation.", path=path
        )
    else:
        done = message("The bundle is {path}; its status is as of {moment}.", path=path, moment=made.as_of)
    echo(say(done))


def verify_bundle(system: System, path: Path, *, anchors: Sequence[Path], as_json: bool, say: Say) -> None:
    """Judge a bundle, print what was found, and exit as `verify` does.

    Args:
        system: under the settings of whoever verifies.
        path: the bundle.
        anchors: PEM files with certificates to trust this time.
        as_json: whether it is printed for programs.
        say: the voice of whoever reads it.
    """
    from mikrocert.cli.printing import print_report, print_settings, print_taken  # noqa: PLC0415
    from mikrocert.report.json import report_to_json  # noqa: PLC0415
    from mikrocert.service.verifying.anchors import read_anchors  # noqa: PLC0415

    named = [one for file in anchors for one in read_anchors(file, member="--anchor")]
    opened, report = _judged(system, path, anchors=named)
    trusted = {*(one.certificate for one in named), *_certificates_of(system)}
    inside = () if opened is None else opened.told_anchors()
    as_of = report.status.as_of if report.status else None
    if as_json:
        print_json(
            {
                **report_to_json(report, texts=system.texts),
                "taken_as": "bundle",
                "anchors": [_anchor(one) for one in named],
                "offline": {
                    "status_as_of": None if as_of is None else as_of.isoformat(timespec="seconds"),
                    "anchors_in_bundle": [
                        {**_anchor(one), "trusted": one.certificate in trusted} for one in inside
                    ],
                },
                "settings": settings_to_json(system),
            }
        )
    else:
        print_report(report, say)
        print_taken(_as_of(report), named, say)
        strange = sum(one.certificate not in trusted for one in inside)
        if strange:
            echo(
                say(
                    message(
                        "Anchors in the bundle that are neither in the settings nor named by --anchor, and so not trusted: {count}",
                        count=strange,
                    )
                )
            )
        print_settings(system.settings, say)
    codes = {"valid": ExitCode.VALID, "invalid": ExitCode.INVALID, "undetermined": ExitCode.UNDETERMINED}
    raise typer.Exit(codes.get(report.verdict.value, ExitCode.UNUSABLE))


def _judged(system: System, path: Path, *, anchors: Sequence[Anchor]) -> tuple[Bundle | None, Report]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert.errors import PackedFileError  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import Finding, Report, Severity  # noqa: PLC0415
    from mikrocert.service.verifiers.bundles import LARGEST_BUNDLE, read_bundle  # noqa: PLC0415

    def unusable(code: str, fault: Message) -> tuple[None, Report]:
        return None, Report(at=datetime.now(UTC), unusable=(Finding(code, Severity.ERROR, fault),))

    data = read_bounded(path, most=LARGEST_BUNDLE)
    if not isinstance(data, bytes):
        return unusable("unreadable", data)
    try:
        opened = read_bundle(data)
    except PackedFileError as error:
        return unusable(
            "no-bundle", message("This is no bundle that can be judged: {fault}.", fault=error.message)
        )
    return opened, system.verify_offline(opened, anchors=anchors)


def _as_of(report: Report) -> Message:
    if report.status is None or report.status.as_of is None:
        return message(
            "Verified offline, by a bundle without a status that counts: nothing is known of revocation."
        )
    return message(
        "Verified offline, status as of {moment}: whether it was revoked or replaced since is not known.",
        moment=report.status.as_of,
    )


def _certificates_of(system: System) -> set[bytes]:
    from mikrocert.service.verifying.anchors import read_anchors  # noqa: PLC0415

    settings = system.settings
    return {
        one.certificate
        for name in settings.trust.anchors
        for one in read_anchors(settings.path(name), member="trust.anchors")
    }


def _anchor(anchor: Anchor) -> dict[str, Any]:
    return {"name": anchor.name, "file": anchor.file.name, "sha256": anchor.sha256}


_README = message(
    "A bundle of mikrocert: a sealed file, and what judging it offline takes. `mikrocert verify --offline BUNDLE` judges it, by the anchors and "
    "logs of whoever verifies; nothing in here is believed because it is here. The status is as of the moment in status.note."
)
