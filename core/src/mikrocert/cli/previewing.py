"""The command `mikrocert preview`: how an institution's certificates look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.common import Lang, context, voice
from mikrocert.cli.output import echo
from mikrocert.errors import SettingsError
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import HTTPServer

    from mikrocert.service.issuing.previewing import Preview
    from mikrocert.texts import Say

__all__ = ["preview", "server_of"]

_TYPES = {".pdf": "application/pdf", ".png": "image/png", ".html": "text/html; charset=utf-8"}
_PAGE = """<!doctype html>
<html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; margin: 2rem }}
section {{ display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: 2rem }}
h2 {{ flex-basis: 100%; margin: 0 }}
img {{ border: 1px solid #c9cdd8; height: 24rem }}
object {{ border: 1px solid #c9cdd8; flex: 1 1 30rem; height: 44rem }}
.fault {{ border-left: 4px solid #9b1c1c; padding-left: 1rem }}
</style>
<h1>{title}</h1>
{samples}
<script>
let state = null;
setInterval(async () => {{
  const now = await (await fetch("state")).text();
  if (state !== null && now !== state) location.reload();
  state = now;
}}, 1000);
</script>
</html>
"""


def preview(
    ctx: typer.Context,
    institution: Annotated[str, typer.Option(help="Institution whose certificates to draw.", metavar="NAME")],
    out: Annotated[Path, typer.Option(help="Folder for the samples.", metavar="FOLDER")] = Path("preview"),
    serve: Annotated[
        bool, typer.Option("--serve", help="Show them in the browser, anew whenever a template changes.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port on this machine for --serve.", min=0, max=65535)] = 8010,
    lang: Lang = ENGLISH,
) -> None:
    """Draw sample certificates of an institution: a short one, a long one, a test, a revoked one. Nothing is sealed or recorded.

    Exit code 0: all were drawn; 1: one could not be.
    """
    from mikrocert.cli.files import check_folder, put  # noqa: PLC0415
    from mikrocert.service.issuing.previewing import previews, state_of  # noqa: PLC0415 - heavy

    given = context(ctx)
    say = voice(given.texts, lang)

    def draw() -> list[Preview]:
        return list(previews(given.plugins, given.settings, institution=institution, texts=given.texts))

    if serve:
        title = message("Samples of {institution}", institution=institution)
        with server_of(
            lambda: _page(draw(), title=say(title), say=say, lang=lang),
            state=lambda: state_of(given.plugins, given.settings, institution=institution),
            port=port,
        ) as server:
            address = f"http://127.0.0.1:{server.server_port}/"
            echo(say(message("Samples are shown at {address}; Ctrl-C ends it.", address=address)))
            server.serve_forever()
        return
    failed = 0
    check_folder(out)
    for drawn in draw():
        for name, octets in drawn.files.items():
            echo(str(put(octets, folder=out, name=name)))
        if drawn.fault is not None:
            failed += 1
            echo(say(message("{sample}: {fault}", sample=drawn.sample, fault=drawn.fault)), err=True)
    raise typer.Exit(ExitCode.SOME_REFUSED if failed else ExitCode.ACCEPTED)


def _type_of(name: str) -> str:
    return _TYPES.get(Path(name).suffix or ".html", "application/octet-stream")


def _page(drawn: list[Preview], *, title: str, say: Say, lang: str) -> dict[str, bytes]:
    """Return what is served: the page under an empty name, and the files on it."""
    from html import escape  # noqa: PLC0415 - so that help stays quick

    sections: list[str] = []
    for one in drawn:
        shown = [
            f'<img src="{escape(name)}" alt="{escape(name)}">'
            if name.endswith(".png")
            else f'<object data="{escape(name)}" type="{_type_of(name)}">{escape(name)}</object>'
            for name in one.files
        ]
        fault = f'<p class="fault">{escape(say(one.fault))}</p>' if one.fault else ""
        note = (
            f"<p>{escape(say(message('A certificate looks as before once it is revoked: only verifying tells.')))}</p>"
            if one.sample == "revoked"
            else ""
        )
        sections.append(f"<section><h2>{escape(one.sample)}</h2>{note}{fault}{''.join(shown)}</section>")
    page = _PAGE.format(lang=escape(lang), title=escape(title), samples="\n".join(sections)).encode()
    return {"": page, **{name: octets for one in drawn for name, octets in one.files.items()}}


def server_of(draw: Callable[[], dict[str, bytes]], *, state: Callable[[], object], port: int) -> HTTPServer:
    """Return a server for this machine alone: a page, its files, and what tells the page to load itself again.

    Args:
        draw: returns what is served by name; asked whenever the page, under the empty name, is.
        state: returns something else once a template was changed.
        port: where to listen; 0 takes any.

    Raises:
        SettingsError: if nobody can listen there.
    """
    from http import HTTPStatus  # noqa: PLC0415 - heavy
    from http.server import BaseHTTPRequestHandler, HTTPServer  # noqa: PLC0415

    files: dict[str, bytes] = {}

    class Answers(BaseHTTPRequestHandler):
        """What is answered."""

        def do_GET(self) -> None:
            """Answer; the page is drawn anew each time that it is asked for."""
            name = self.path.removeprefix("/").partition("?")[0]
            if not name:
                files.clear()
                files.update(draw())
            if name == "state":
                self._send(str(hash(state())).encode(), "")
            elif name in files:
                self._send(files[name], name)
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _send(self, octets: bytes, name: str) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", _type_of(name))
            self.send_header("Content-Length", str(len(octets)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing of single questions."""

    try:
        return HTTPServer(("127.0.0.1", port), Answers)
    except OSError as error:
        taken = message(
            "--port: {port} can't be used: {error}; another port would be right", port=port, error=error
        )
        raise SettingsError(taken) from error
