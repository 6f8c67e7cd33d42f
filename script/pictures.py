"""Draws the verification page and the certificate of one credential of the demo for the README; or every page, to be looked at.

`script/pictures pages` draws the pages of the portal over the reports that its tests make by hand, in every language, at several
sizes, by night, on paper, in forced colours and at twice the size, into `build/pictures`. Further arguments are names of pages,
or names with a language and a kind, such as `front/uk/dark`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

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
    **{
        f"help-{topic}": f"/help/{topic}"
        for topic in (
            "what",
            "verify",
            "answers",
            "employers",
            "holders",
            "universities",
            "journalists",
            "glossary",
            "accessibility",
            "privacy",
            "contact",
        )
    },
    "help-search": "/help/search?q=pečeť",
    "help-nothing": "/help/search?q=qqq",
    "many": "/many",
    "recognition": "/recognition",
    "catalogue": "/catalogue",
    "catalogue-institution": "/catalogue/toy",
    "catalogue-type": "/catalogue/toy/VC-1",
    "catalogue-ended": "/catalogue/toy/VC-2",
    "interface": "/api/v1/docs",
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
    "statement-unknown": "/statement/9999999999999999999999",
    "share-unknown": "/s/unknown",
    "holder-unknown": "/h/unknown",
    "wallet-door": "/wallet",
    "wallet-stale": "/wallet/signed-in",
    "door": "/desk",
    "desk": "/desk",
    "desk-batches": "/desk/batches",
    "desk-batch": "/desk/batches/b-K7mQx4Rt9b",
    "desk-under-way": "/desk/batches/b-K7mQx4Rt9c",
    "desk-credentials": "/desk/credentials",
    "desk-credential": "/desk/credentials/K7mQx4Rt9bHz",
    "desk-revoked": "/desk/credentials/Rev4x4Rt9bHz",
    "desk-revoke": "/desk/credentials/K7mQx4Rt9bHz/revoke",
    "desk-replace": "/desk/credentials/K7mQx4Rt9bHz/replace",
    "desk-proposals": "/desk/proposals",
    "desk-types": "/desk/types",
    "desk-type": "/desk/types/VC-1",
    "desk-unknown": "/desk/credentials/unknown",
}
UPLOADS = ("valid", "undetermined", "changed", "unusable")
"""Reports that are looked at as answers about an uploaded file, too."""
FOREMOST = ("front", "valid")


def after(
    *, path: str, button: str, fill: dict[str, str] | None = None, files: tuple[str, ...] = ()
) -> Callable[[Any], None]:
    """Return what opens a page, fills in its form and presses a button of it."""

    def act(view: Any) -> None:  # noqa: ANN401 - a page of the browser
        view.goto(path)
        for place, text in (fill or {}).items():
            view.fill(place, text)
        if files:
            content = [
                {"name": f"{name}.json", "mimeType": "application/json", "buffer": name.encode()}
                for name in files
            ]
            view.set_input_files("input[type=file]", content)
        view.locator(button).first.click()
        view.wait_for_load_state()

    return act


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


def of_tests(name: str) -> ModuleType:
    """Return a module of the tests of the portal."""
    spec = spec_from_file_location(f"portal_{name}", ROOT / f"plugins/portal/tests/{name}.py")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # attrs looks there for annotations
    spec.loader.exec_module(module)
    return module


def published(toy: Any, catalogue: ModuleType) -> Any:  # noqa: ANN401 - the system of a module of tests
    """Return a catalogue in which one type is offered and one has ended."""
    toy.the_accounts().add("toy", **catalogue.BY)
    catalogue.keep(toy, "VC-1")
    catalogue.keep(toy, "VC-2", title={"cs": "Základy včelařství", "en": "First Steps with Bees"})
    toy.catalogue.end("toy", "VC-2", **catalogue.BY)
    return toy.catalogue


@contextmanager
def portal_of_reports() -> Iterator[tuple[str, dict[str, str], dict[str, str], Callable[[], str]]]:
    """Serve the reports that the tests of the portal make by hand, one for every way a verification can end.

    Yields the address, the secrets of holders by the state of what they hold, cookies of somebody at the desk by institution, and
    what gives the cookie of somebody who comes to an empty wallet.
    """
    from mikrocert.accounts import Caller  # noqa: PLC0415
    from mikrocert.settings import Archive, StatementSettings  # noqa: PLC0415
    from mikrocert_portal.app import create_app  # noqa: PLC0415
    from mikrocert_portal.config import DeskConfig, Limits, PortalConfig, WalletConfig  # noqa: PLC0415
    from mikrocert_portal.desk.sessions import Session  # noqa: PLC0415
    from mikrocert_portal.serving import listen, server  # noqa: PLC0415
    from mikrocert_portal.sharing import Shared  # noqa: PLC0415
    from mikrocert_portal.wallet.sessions import HolderSession  # noqa: PLC0415

    os.environ["DESK_SECRET"] = "x"  # noqa: S105 - nobody signs in by it
    issuer = "https://login.example.cz"
    desk = DeskConfig(issuer, "desk", "env:DESK_SECRET")
    os.environ["WALLET_SECRET"] = "w" * 32
    wallet = WalletConfig(issuer, "wallet", "env:WALLET_SECRET", "env:WALLET_SECRET")
    limits = Limits(misses=1000, unknown_seconds=0)
    config = PortalConfig(name="Mikrocertifikáty", limits=limits, desk=desk, wallet=wallet)
    shared = Shared.of(config.limits)
    reports, catalogue = of_tests("conftest"), of_tests("test_portal_catalogue")

    class People:
        """Lets everybody do everything at their institution."""

        def person(self, institution: str, *, scopes: frozenset[Any], name: str, at: object) -> Caller:  # noqa: ARG002
            return Caller(institution, frozenset(scopes), name)

    with ExitStack() as stack:
        listening = stack.enter_context(listen("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        folders = [Path(stack.enter_context(TemporaryDirectory())) for _ in range(2)]
        catalogue.init_archive(f"sqlite:///{folders[0] / 'archive.sqlite'}")
        kept = published(toy := stack.enter_context(reports.real_system(folders[0])), catalogue)

        class System(reports.FakeSystem):  # type: ignore[misc,name-defined]
            """Has a catalogue, too."""

            catalogue = kept
            public_catalogue = toy.public_catalogue

        made = reports.a_system(
            base_url=address,
            archive=Archive(),
            statements=StatementSettings("statements", ("statements.pem",)),
        )
        system = System(made.settings, made.reports, accounts=People())
        _, secrets = stack.enter_context(reports.holders_of(system, folders[1]))
        person = "person reditelka-1 Růžena Řezníčková"
        scopes = frozenset({"issue", "read", "revoke"})
        cookies = {
            institution: shared.sessions.begin(
                Session(issuer, "reditelka-1", person, institution, scopes, "Růžena Řezníčková")
            )
            for institution in ("mu", "toy")
        }
        running = server(create_app(system, config=config, shared=lambda: shared), config=config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield address, secrets, cookies, lambda: shared.holders.begin(HolderSession(os.urandom(32)))
        finally:
            running.should_exit = True
            thread.join()


def steps_of_wallets(address: str, own: dict[str, str]) -> dict[str, Callable[[Any], None]]:
    """Return what leads to the pages of a wallet; `own` are the pages of holders by state."""
    add = "form:has(#field-link) button"

    def gathered(view: Any) -> None:  # noqa: ANN401 - a page of the browser
        for state in ("valid", "revoked"):
            view.goto(f"{address}/wallet")
            view.fill("#field-link", own[state])
            view.locator(add).click()
            view.wait_for_load_state()

    def one_of_them(view: Any) -> None:  # noqa: ANN401 - a page of the browser
        gathered(view)
        view.locator(".gathered a").last.click()
        view.wait_for_load_state()

    return {
        "wallet": gathered,
        "wallet-one": one_of_them,
        "wallet-error": after(path=f"{address}/wallet", button=add),
    }


def steps(address: str, secrets: dict[str, str]) -> dict[str, Callable[[Any], None]]:
    """Return what leads to each page that has no address of its own, or one that nobody can know beforehand."""
    own = {state: f"{address}/h/{secret}" for state, secret in secrets.items()}
    make = "form[action$='/shares'] button"

    def shared(view: Any) -> None:  # noqa: ANN401 - a page of the browser
        after(path=own["valid"], button=make, fill={"#field-note": "Personální oddělení"})(view)

    def given(view: Any) -> str:  # noqa: ANN401 - a page of the browser
        shared(view)
        return str(re.search(r"http://127[^<\"\s]*/s/\w+", view.content())[0])  # type: ignore[index]

    def confirmed(view: Any) -> None:  # noqa: ANN401 - a page of the browser
        after(path=given(view), button="main form button")(view)

    def withdrawn(view: Any) -> None:  # noqa: ANN401 - a page of the browser
        link = given(view)
        view.locator("form[action$='/withdraw'] button").click()
        view.goto(link)

    def access(which: str) -> Callable[[Any], None]:
        def changed(view: Any) -> None:  # noqa: ANN401 - a page of the browser
            view.goto(own["valid"])
            view.check(f"#access-{which}")
            view.locator("form[action$='/access'] button").click()
            view.goto(f"{address}/verify/K7mQx4Rt9bHz")
            view.wait_for_load_state()

        return changed

    def looked_up(view: Any) -> None:  # noqa: ANN401 - a page of the browser
        stated(view)
        view.locator("main a[href*='/statement/']").first.click()
        view.wait_for_load_state()

    stated = after(path=f"{address}/verify/Rev4x4Rt9bHz", button="form[action$='/statement'] button")
    compared = {
        "#identifiers": "K7mQx4Rt9bHz\nRev4x4Rt9bHz\nUnd4x4Rt9bHz",
        "#title": "Informatika",
        "#ects": "120",
        "#area": "0613",
        "#outcomes": "Navrhne databázi.",
    }
    return {
        **{
            f"upload-{name}": after(path=address, button="form[enctype] button", files=(name,))
            for name in UPLOADS
        },
        "front-error": after(path=address, button="form[enctype] button"),
        "holder": lambda view: view.goto(own["valid"]),
        "holder-revoked": lambda view: view.goto(own["revoked"]),
        "holder-error": after(path=own["valid"], button=make, fill={"#field-most": "x"}),
        "share": shared,
        "share-confirm": lambda view: view.goto(given(view)),
        "shared": confirmed,
        "share-ended": withdrawn,
        "many-result": after(path=f"{address}/many", button="main form button", files=UPLOADS),
        "many-error": after(path=f"{address}/many", button="main form button"),
        "recognition-result": after(path=f"{address}/recognition", button="main form button", fill=compared),
        "recognition-error": after(
            path=f"{address}/recognition", button="main form button", fill={"#ects": "x"}
        ),
        "statement-given": stated,
        "statement": looked_up,
        **steps_of_wallets(address, own),
        "summary": access("summary"),
        "closed": access("closed"),
        "open": access("open"),
    }


def let_in(context: Any, name: str, *, cookies: dict[str, str], enter: Callable[[], str]) -> None:  # noqa: ANN401 - of the browser
    """Sign a visitor in where a page wants one: at the desk, or to an empty wallet."""
    kept = {"domain": "127.0.0.1", "path": "/", "secure": True, "httpOnly": True, "sameSite": "Lax"}
    if name.startswith("desk"):
        institution = "toy" if name.startswith("desk-type") else "mu"
        context.add_cookies([{"name": "__Host-desk", "value": cookies[institution], **kept}])
    if name.startswith("wallet") and name not in PAGES:
        context.add_cookies([{"name": "__Host-wallet", "value": enter(), **kept}])


def pages(names: list[str]) -> None:
    """Draw pages, or all where none is named."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    PICTURES.mkdir(parents=True, exist_ok=True)
    with portal_of_reports() as (address, secrets, cookies, enter), sync_playwright() as playwright:
        browser = launched(playwright)
        played = steps(address, secrets)

        def draw(name: str, language: str, kind: str) -> None:
            size = {"width": int(kind) if kind.isdigit() else 1280, "height": 900}
            how = {"viewport": size, "locale": language} | MODES.get(kind, {})
            context = browser.new_context(java_script_enabled=False, **how)
            context.set_default_timeout(300_000)
            let_in(context, name, cookies=cookies, enter=enter)
            view = context.new_page()
            if name in PAGES:
                view.goto(f"{address}{PAGES[name]}{'&' if '?' in PAGES[name] else '?'}lang={language}")
            else:
                played[name](view)
            view.evaluate("document.fonts.ready.then(() => true)")
            file = PICTURES / f"{name}-{language}-{kind}"
            if kind == "print":
                view.pdf(path=file.with_suffix(".pdf"), prefer_css_page_size=True)
            else:
                view.screenshot(path=file.with_suffix(".png"), full_page=True)
            context.close()

        for name in names or [*PAGES, *played]:
            if "/" in name:
                draw(*name.split("/"))
                continue
            foremost = name in FOREMOST
            for width in (*WIDTHS, *(OTHER_WIDTHS if foremost else ())):
                for language in LANGUAGES:
                    draw(name, language, str(width))
            for kind in (*MODES, "print") if foremost else ():
                draw(name, LANGUAGES[0], kind)
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
