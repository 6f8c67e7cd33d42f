"""Draws the verification page and the certificate of one credential of the demo for the README; or every page, to be looked at.

`script/pictures pages` draws the pages of the portal over the reports that its tests make by hand, in every language, at several
sizes, by night, on paper, in forced colours and at twice the size, into `build/pictures`. Further arguments are names of pages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "build/demo"
IMAGES = ROOT / "docs/images"
AWARD = ("mu", "MU-FI-2026-0117")
LARGEST = 200_000
PICTURES = ROOT / "build/pictures"
LANGUAGES = ("cs", "en")
WIDTHS = (390, 1280)
OTHER_WIDTHS = (320, 768, 1920)
MODES: dict[str, dict[str, Any]] = {
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "twice": {"viewport": {"width": 640, "height": 480}, "device_scale_factor": 2},
}
"""What else the pages that matter most are looked at in → how the browser is told."""
PAGES = {
    "front": "/",
    "help": "/help",
    "employers": "/help/employers",
    "many": "/many",
    "help-verify": "/help/verify",
    "help-accessibility": "/help/accessibility",
    "help-glossary": "/help/glossary",
    "help-search": "/help/search",
    "valid": "/verify/K7mQx4Rt9bHz",
    "test": "/verify/Tst4x4Rt9bHz",
    "revoked": "/verify/Rev4x4Rt9bHz",
    "replaced": "/verify/Rpc4x4Rt9bHz",
    "expired": "/verify/Exp4x4Rt9bHz",
    "undetermined": "/verify/Und4x4Rt9bHz",
    "changed": "/verify/Chg4x4Rt9bHz",
    "files": "/verify/K7mQx4Rt9bHz/files",
    "unknown": "/verify/K7mQx4Rt9bH",
    "nothing": "/nothing",
}
UPLOADS = ("valid", "undetermined", "changed", "unusable")
"""Reports that are looked at as answers about an uploaded file, too."""
FOREMOST = ("front", "valid")


def identifier() -> str:
    """Return the identifier of the award that is shown."""
    from mikrocert.service.system import open_system  # noqa: PLC0415
    from mikrocert.settings import load_settings  # noqa: PLC0415

    with open_system(load_settings(DEMO / "mikrocert.toml")) as system:
        archived = system.archive.find_award(*AWARD) if system.archive else None
    if archived is None:
        sys.exit(f"the demo has no award {AWARD[1]}; run script/demo again")
    return archived.registration.identifier


@contextmanager
def portal() -> Iterator[str]:
    """Serve the demo and yield its address."""
    program = Path(sys.executable).with_name("mikrocert")
    command = [str(program), "--config", "mikrocert.toml", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=DEMO, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            yield line.split()[-1]
        finally:
            server.terminate()


def launched(playwright: Any) -> Any:  # noqa: ANN401 - playwright is there only for those who draw
    """Return a browser, started."""
    chromium = (
        os.environ.get("MIKROCERT_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    return playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


def page(address: str) -> bytes:
    """Return a picture of the upper part of a verification page, as a person with a common screen sees it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = launched(playwright)
        view = browser.new_page(viewport={"width": 1280, "height": 960})
        view.goto(address)
        shot = view.screenshot()
        browser.close()
    return shot


def certificate(file: Path) -> bytes:
    """Return a picture of the first page of a certificate."""
    import pypdfium2  # noqa: PLC0415

    picture = BytesIO()
    with pypdfium2.PdfDocument(file) as document:
        document[0].render(scale=1.4).to_pil().save(picture, "PNG")
    return picture.getvalue()


def save(picture: bytes, name: str) -> None:
    """Write a picture with as many colours as it needs and as fit into the size allowed."""
    from PIL import Image  # noqa: PLC0415

    image = Image.open(BytesIO(picture)).convert("RGB")
    for colours in (256, 64, 32):
        small = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        if small.tell() <= LARGEST:
            break
    else:
        sys.exit(f"{name} is larger than {LARGEST} octets")
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / name).write_bytes(small.getvalue())
    print(f"written: docs/images/{name}, {small.tell() // 1000} kB")


@contextmanager
def portal_of_reports() -> Iterator[str]:
    """Serve the reports that the tests of the portal make by hand, one for every way a verification can end; yield the address."""
    from mikrocert_portal.app import create_app  # noqa: PLC0415
    from mikrocert_portal.config import Limits, PortalConfig  # noqa: PLC0415
    from mikrocert_portal.serving import listen, server  # noqa: PLC0415

    spec = spec_from_file_location("portal_reports", ROOT / "plugins/portal/tests/conftest.py")
    reports = module_from_spec(spec)
    sys.modules["portal_reports"] = reports  # attrs looks there for annotations
    spec.loader.exec_module(reports)
    config = PortalConfig(name="Mikrocertifikáty", limits=Limits(misses=1000, unknown_seconds=0))
    with listen("127.0.0.1", 0) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = server(create_app(reports.a_system(base_url=address), config=config), config=config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield address
        finally:
            running.should_exit = True
            thread.join()


def pages(names: list[str]) -> None:
    """Draw pages, or all where none is named."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = names or [*PAGES, *(f"upload-{name}" for name in UPLOADS), "front-error"]
    with portal_of_reports() as address, sync_playwright() as playwright:
        browser = launched(playwright)

        def draw(name: str, language: str, kind: str, **how: Any) -> None:  # noqa: ANN401 - handed on to the browser
            context = browser.new_context(java_script_enabled=False, **how)
            context.set_default_timeout(300_000)
            view = context.new_page()
            view.goto(f"{address}{PAGES.get(name, '/')}?lang={language}")
            if name.startswith("upload-"):
                content = name.removeprefix("upload-").encode()
                view.set_input_files(
                    "#file", {"name": "file.json", "mimeType": "application/json", "buffer": content}
                )
            if name not in PAGES:
                view.locator("form[enctype] button").click()
                view.wait_for_load_state()
            view.evaluate("document.fonts.ready.then(() => true)")
            file = PICTURES / f"{name}-{language}-{kind}"
            if kind == "print":
                view.pdf(path=file.with_suffix(".pdf"), prefer_css_page_size=True)
            else:
                view.screenshot(path=file.with_suffix(".png"), full_page=True)
            context.close()

        for name in wanted:
            foremost = name in FOREMOST
            for width in (*WIDTHS, *(OTHER_WIDTHS if foremost else ())):
                for language in LANGUAGES:
                    draw(name, language, str(width), viewport={"width": width, "height": 900})
            if foremost:
                for mode, how in MODES.items():
                    draw(name, LANGUAGES[0], mode, **({"viewport": {"width": 1280, "height": 900}} | how))
                draw(name, LANGUAGES[0], "print")
            print(f"drawn: {name}")
        browser.close()


def main() -> None:
    """Draw what the arguments ask for."""
    if sys.argv[1:2] == ["pages"]:
        pages(sys.argv[2:])
        return
    shown = identifier()
    with portal() as address:
        save(page(f"{address}/verify/{shown}?lang=en"), "page.png")
    save(certificate(DEMO / f"{shown}.pdf"), "certificate.png")


if __name__ == "__main__":
    main()
