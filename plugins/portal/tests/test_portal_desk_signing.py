"""Signing in to the desk: what an identity provider has to prove, whatever it or anybody else makes up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import time
import warnings
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import attrs
import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from litestar.testing import TestClient
from mikrocert.api import SettingsError
from mikrocert_portal import uploads
from mikrocert_portal.app import create_app
from mikrocert_portal.config import DeskConfig, DeskOperator, DeskPerson, Limits, PortalConfig
from mikrocert_portal.desk.people import OPERATE, grant_of, recorded_name
from mikrocert_portal.desk.sessions import Session
from mikrocert_portal.sign_in.asking import Asking
from mikrocert_portal.sign_in.errors import SignInError
from mikrocert_portal.sign_in.id_tokens import verified_claims
from mikrocert_portal.sign_in.provider import Identity, is_safe
from mikrocert_portal.sign_in.sessions import Sessions

ISSUER = "https://login.example.cz"
BASE = "https://mikrocertifikat.cz"
CLIENT = "desk řů"
SECRET = "hes:lo 1%"
QUICK = Limits(misses=1000, unknown_seconds=0)
SESSION, ATTEMPT = "__Host-desk", "__Host-desk-signing-in"
KEYS = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}),
    "PS256": RSAKey.generate_key(2048, {"kid": "pss"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "okp"}),
}
FOREIGN = ECKey.generate_key("P-256", {"kid": "ec"})
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it is small on purpose
    SMALL = RSAKey.generate_key(1024, {"kid": "small"})
PEOPLE = (
    DeskPerson("mu", ("issue", "read", "revoke"), subject="řezníčková-1"),
    DeskPerson("mu", ("read",), entitlement="urn:example:mu:registrar"),
)


def public(key):
    return key.as_dict(private=False)


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@attrs.define
class Provider:
    """An identity provider with keys of its own, which lies as told."""

    discovery: dict = attrs.field(factory=dict)
    claims: dict = attrs.field(factory=dict)
    header: dict = attrs.field(factory=dict)
    key: object = KEYS["ES256"]
    algorithm: str = "ES256"
    keys: list = attrs.field(factory=lambda: [public(key) for key in KEYS.values()])
    token: object = None
    tokens: dict = attrs.field(factory=dict)
    userinfo: dict | None = None
    answer: object = None
    asked: list = attrs.field(factory=list)
    begun: dict = attrs.field(factory=dict)
    used: set = attrs.field(factory=set)

    def __call__(self, request):
        self.asked.append(request)
        path = request.url.path
        if self.answer is not None and (answer := self.answer(request)) is not None:
            return answer
        if path.endswith("openid-configuration"):
            return httpx.Response(200, json=self.document)
        if path == "/keys":
            return httpx.Response(200, json={"keys": self.keys})
        if path == "/me":
            assert request.headers["authorization"] == "Bearer opaque"
            return httpx.Response(200, json=self.userinfo)
        return self.exchange(request)

    @property
    def document(self):
        whole = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=řů".replace("řů", "ru"),
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "end_session_endpoint": f"{ISSUER}/end",
            **({"userinfo_endpoint": f"{ISSUER}/me"} if self.userinfo is not None else {}),
            **self.discovery,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def exchange(self, request):
        form = {name: value[0] for name, value in parse_qs(request.content.decode()).items()}
        pair = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        assert pair == "desk%20%C5%99%C5%AF:hes%3Alo%201%25"
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        begun = self.begun
        right = challenge == begun["code_challenge"] and form["redirect_uri"] == begun["redirect_uri"]
        if form["code"] in self.used or not right:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.used.add(form["code"])
        return httpx.Response(
            200,
            json={"token_type": "Bearer", "access_token": "opaque", "id_token": self.signed(), **self.tokens},
        )

    def signed(self):
        if self.token is not None:
            return self.token(self) if callable(self.token) else self.token
        header = {"alg": self.algorithm, "kid": getattr(self.key, "kid", None), **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that EdDSA is called Ed25519 now
            return jwt.encode(header, self.said, self.key, algorithms=[self.algorithm])

    @property
    def said(self):
        now = int(time.time())
        whole = {
            "iss": ISSUER,
            "sub": "řezníčková-1",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": self.begun.get("nonce"),
            "name": "Růžena Řezníčková",
            **self.claims,
        }
        return {name: value for name, value in whole.items() if value is not None}


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def make_client(system, accounts, provider, monkeypatch):
    """Makes a browser of a portal with a desk."""
    monkeypatch.setenv("DESK_SECRET", SECRET)

    def make(limits=QUICK, **changes):
        config = DeskConfig(
            **{
                "issuer": ISSUER,
                "client_id": CLIENT,
                "client_secret": "env:DESK_SECRET",
                "people": PEOPLE,
                **changes,
            }
        )
        asking = Asking(lambda: httpx.AsyncClient(transport=httpx.MockTransport(provider)), seconds=60)
        application = create_app(system, config=PortalConfig(desk=config, limits=limits), asking=asking)
        client = TestClient(application, base_url=BASE, raise_server_exceptions=False)
        client.follow_redirects = False
        client.headers["accept-language"] = "en"
        return client

    return make


@pytest.fixture
def client(make_client):
    with make_client() as client:
        yield client


def begin(client, provider, query=""):
    """Begin to sign in, and return what the provider is asked."""
    response = client.get(f"/desk/sign-in{query}")
    assert response.status_code == 303, response.text
    asked = {name: value[0] for name, value in parse_qs(urlsplit(response.headers["location"]).query).items()}
    provider.begun = asked
    return asked


def come_back(client, asked, *, without=(), **changes):
    """Come back from the provider."""
    answer = {"code": "code-1", "state": asked["state"], "iss": ISSUER, **changes}
    for name in without:
        del answer[name]
    return client.get("/desk/signed-in", params=answer)


def sign_in(client, provider, **changes):
    return come_back(client, begin(client, provider), **changes)


def session_of(client):
    return client.cookies.get(SESSION)


def cookies_of(response):
    return {field.partition("=")[0]: field for field in response.headers.get_list("set-cookie")}


# Signing in


def test_who_proves_who_they_are_is_signed_in(client, provider, accounts):
    """With what the settings give them, under the name that the provider has; the desk knows them from then on."""
    assert "Sign in with your university account" in client.get("/desk").text
    asked = begin(client, provider)
    assert (asked["response_type"], asked["scope"], asked["client_id"]) == ("code", "openid profile", CLIENT)
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == ("S256", f"{BASE}/desk/signed-in")
    assert asked["tenant"] == "ru"
    response = come_back(client, asked)
    assert (response.status_code, response.headers["location"]) == (303, "/desk")
    accounts.asked.clear()
    page = client.get("/desk/batches/x/nothing")
    assert page.status_code == 404
    client.get("/desk/credentials")
    assert {name for name, _ in accounts.asked} == {f"person {digest_of('řezníčková-1')} Růžena Řezníčková"}


def digest_of(subject):
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def test_each_sign_in_has_numbers_of_its_own(client, provider):
    """State, nonce and challenge are never used twice, and long enough not to be guessed."""
    drawn = [begin(client, provider) for _ in range(3)]
    numbers = {asked[name] for asked in drawn for name in ("state", "nonce", "code_challenge")}
    assert len(numbers) == 9
    assert all(len(number) >= 43 for number in numbers)


@pytest.mark.parametrize("algorithm", KEYS)
def test_the_algorithms_of_the_field_are_understood(make_client, provider, algorithm):
    """RSA with either padding, EC and Ed25519."""
    provider.key, provider.algorithm = KEYS[algorithm], algorithm
    if algorithm == "PS256":
        provider.keys = [public(KEYS["PS256"])]
        provider.header = {"kid": None}
    with make_client() as client:
        assert sign_in(client, provider).status_code == 303


def test_cookies_stay_with_us(client, provider):
    """Both are of this host, over TLS, out of reach of scripts, not sent by other sites; what was begun is over afterwards."""
    begun = cookies_of(client.get("/desk/sign-in"))
    back = cookies_of(sign_in(client, provider))
    assert set(begun) == {ATTEMPT}
    assert set(back) == {ATTEMPT, SESSION}
    for field in (begun[ATTEMPT], back[SESSION], back[ATTEMPT]):
        attributes = {part.strip().casefold() for part in field.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)
    assert "Max-Age=0" in back[ATTEMPT]
    assert "Max-Age" not in back[SESSION]


def test_a_session_is_new_at_each_sign_in(client, provider):
    """One that a browser had before ends, so that nobody signs others in to a session of theirs."""
    sign_in(client, provider)
    first = session_of(client)
    sign_in(client, provider, code="code-2")
    second = session_of(client)
    assert first != second
    client.cookies.clear()
    client.cookies.set(SESSION, first)
    assert client.get("/desk/credentials").status_code == 403


def test_pages_speak_the_language_chosen_before(client, provider):
    """It is remembered while somebody is at the provider."""
    asked = begin(client, provider, "?lang=cs")
    assert come_back(client, asked).headers["location"] == "/desk?lang=cs"


@pytest.mark.parametrize(
    "page", ["/credentials/K7mQx4Rt9bHz", "/batches/x", "/credentials/K7mQx4Rt9bHz/files/ob-v3.jsonld"]
)
def test_who_signs_in_comes_to_the_page_that_was_asked_for(client, provider, page):
    """A page that wants somebody to sign in leads there and back, without the parameters, which may name a learner."""
    refused = client.get(f"/desk{page}?name=Ďurůžka&lang=cs")
    assert refused.status_code == 403
    (link,) = re.findall(r'href="(/desk/sign-in[^"]*)"', refused.text)
    assert "Ďur" not in unquote(link)
    asked = begin(client, provider, unescape(link).removeprefix("/desk/sign-in"))
    assert come_back(client, asked).headers["location"] == f"/desk{page}?lang=cs"


def test_nobody_is_led_back_to_a_form(client):
    """What was posted can't be posted again by coming back; one begins at the front."""
    refused = client.post("/desk/batches", data={})
    assert re.findall(r'href="(/desk/sign-in[^"]*)"', refused.text) == ["/desk/sign-in"]


@pytest.mark.parametrize(
    "then",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/..//evil.example",
        "/../verify",
        "/credentials/../../verify",
        "/.",
        "@evil.example",
        ".evil.example",
        "/credentials?name=x",
        "/credentials#x",
        "/credentials\r\nset-cookie: x=1",
        "/credentials\n",
        "/ř",
        "/%2e%2e",
        "javascript:alert(1)",
        "/sign-in",
        "/signed-in",
        "/a" * 7,
        "/" + "a" * 101,
    ],
)
def test_nobody_is_led_away(client, provider, then):
    """Only a page of the desk is one that was asked for; with everything else, one comes to the front, whether the address or the cookie says it."""
    asked = begin(client, provider, f"?{urlencode({'then': then})}")
    assert come_back(client, asked).headers["location"] == "/desk"
    asked = begin(client, provider)
    written = client.cookies.get(ATTEMPT).strip('"')
    client.cookies.clear()
    client.cookies.set(ATTEMPT, f'"{written}{quoted(then)}"')
    response = come_back(client, asked, code="code-2")
    assert response.headers.get("location", "/desk") == "/desk"


def quoted(then):
    """Write a text as it can stand in a quoted cookie."""
    return "".join(f"\\{ord(one):03o}" if one in '\\";,\r\n' else one for one in then if one.isascii())


def test_what_only_the_provider_says_is_asked_for(make_client, provider):
    """Name and entitlements come from the ID token or, where it hasn't got them, from UserInfo of the same person."""
    provider.claims = {"sub": "ďur-2", "name": None}
    provider.userinfo = {
        "sub": "ďur-2",
        "name": "Ďurďa",
        "eduperson_entitlement": ["urn:x", "urn:example:mu:registrar"],
    }
    with make_client() as client:
        assert sign_in(client, provider).status_code == 303
        assert client.get("/desk/credentials/x/revoke").status_code == 403
    provider.userinfo = {**provider.userinfo, "sub": "somebody else"}
    with make_client() as client:
        assert sign_in(client, provider, code="code-2").status_code == 403


# Lies


def unsigned(provider):
    return f"{encoded({'alg': 'none'})}.{encoded(provider.said)}."


def by_public_key(provider):
    """A token whose "secret" is a key that everybody knows."""
    signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa'})}.{encoded(provider.said)}"
    digest = hmac.digest(KEYS["RS256"].as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def by_secret(provider):
    key = OctKey.import_key(SECRET.ljust(32, "x"))
    return jwt.encode({"alg": "HS256"}, provider.said, key, algorithms=["HS256"])


def bringing_a_key(provider):
    header = {"alg": "ES256", "jwk": public(FOREIGN)}
    return jwt.encode(header, provider.said, FOREIGN, algorithms=["ES256"])


def changed(provider):
    head, _, signature = provider.__class__(begun=provider.begun).signed().split(".")
    statuses = {**provider.said, "sub": "somebody else"}
    return f"{head}.{encoded(statuses)}.{signature}"


NOW = int(time.time())
LIES = {  # what is wrong with the ID token → what the provider does
    "another nonce": {"claims": {"nonce": "x" * 43}},
    "no nonce": {"token": lambda provider: attrs.evolve(provider, token=None, claims={"nonce": ""}).signed()},
    "a nonce that is no text": {"claims": {"nonce": 7}},
    "another audience": {"claims": {"aud": "another"}},
    "a further audience": {"claims": {"aud": [CLIENT, "another"]}},
    "no audience": {"claims": {"aud": []}},
    "another authorized party": {"claims": {"azp": "another"}},
    "another issuer": {"claims": {"iss": f"{ISSUER}/"}},
    "an issuer list": {"claims": {"iss": [ISSUER]}},
    "expired": {"claims": {"exp": NOW - 3600}},
    "without end": {"token": lambda provider: jwt.encode({"alg": "ES256", "kid": "ec"}, {k: v for k, v in provider.said.items() if k != "exp"}, KEYS["ES256"])},
    "an end that is no number": {"claims": {"exp": "never"}},
    "from the future": {"claims": {"iat": NOW + 3600, "exp": NOW + 7200}},
    "issued long ago": {"claims": {"iat": NOW - 86_400, "exp": NOW + 86_400}},
    "not yet": {"claims": {"nbf": NOW + 3600}},
    "no subject": {"claims": {"sub": ""}},
    "a subject that is no text": {"claims": {"sub": 7}},
    "a subject that hides": {"claims": {"sub": "a\u202eb"}},
    "an endless subject": {"claims": {"sub": "x" * 300}},
    "unsigned": {"token": unsigned},
    "signed with a public key as secret": {"token": by_public_key},
    "signed with our secret": {"token": by_secret},
    "a foreign key under a known name": {"key": FOREIGN},
    "a key that it brings along": {"token": bringing_a_key},
    "a key nobody knows": {"header": {"kid": "unknown"}},
    "a small key": {"key": SMALL, "algorithm": "RS256", "keys": [public(SMALL)]},
    "a key for something else": {"keys": [{**public(KEYS["ES256"]), "use": "enc"}]},
    "an algorithm that isn't the key's": {"keys": [{**public(KEYS["RS256"]), "alg": "PS256"}], "key": KEYS["RS256"], "algorithm": "RS256"},
    "a symmetric key in the set": {"keys": [{"kty": "oct", "k": "AAAA", "kid": "ec"}]},
    "several keys that fit": {"header": {"kid": None}, "keys": [public(KEYS["ES256"]), public(FOREIGN)]},
    "no keys": {"keys": []},
    "keys that are none": {"keys": [7, {"kty": "EC", "crv": "P-256", "kid": "ec"}]},
    "changed on the way": {"token": changed},
    "critical members": {"header": {"crit": ["b64"], "b64": True}, "token": lambda provider: ".".join((encoded({"alg": "ES256", "kid": "ec", "crit": ["x"], "x": 1}), encoded(provider.said), "AAAA"))},
    "no token": {"tokens": {"id_token": None}},
    "a token that is none": {"token": "a.b.c"},
    "a token in two parts": {"token": "a.b"},
    "a token without end": {"token": "a." + "b" * 20_000 + ".c"},
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_token_that_proves_nothing_signs_nobody_in(make_client, provider, accounts, name, caplog):
    """There is no session, what was begun is over, and the log says why without naming anybody."""
    for member, value in LIES[name].items():
        setattr(provider, member, value)
    with make_client() as client, caplog.at_level(logging.WARNING, "mikrocert_portal"):
        response = sign_in(client, provider)
        assert response.status_code == 403, name
        assert "does not prove who you are" in response.text
        assert SESSION not in cookies_of(response)
        assert "Max-Age=0" in cookies_of(response)[ATTEMPT]
        assert client.get("/desk/credentials").status_code == 403
    assert "a sign-in failed: unproven" in caplog.text
    assert "eznikova" not in caplog.text
    assert accounts.asked == []


ANSWERS = {  # what comes back → (how, what is said)
    "another state": ({"state": "x" * 43}, "out of date"),
    "no state": ({"without": ("state",)}, "out of date"),
    "no code": ({"without": ("code",)}, "out of date"),
    "an empty code": ({"code": ""}, "out of date"),
    "an endless code": ({"code": "x" * 5000}, "out of date"),
    "another provider's": ({"iss": "https://evil.example"}, "does not prove"),
    "nobody's": ({"without": ("iss",)}, "does not prove"),
    "an error": ({"error": "access_denied", "error_description": "<b>x</b>"}, "cancelled or not allowed"),
    "an error under another state": ({"error": "access_denied", "state": "y"}, "out of date"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_comes_back_has_to_belong_to_what_was_begun(client, provider, name):
    """Otherwise the provider isn't even asked; nothing of the answer is repeated."""
    how, words = ANSWERS[name]
    asked = begin(client, provider)
    provider.asked.clear()
    response = come_back(client, asked, **how)
    assert response.status_code == 403
    assert words in response.text
    assert "<b>x" not in response.text
    assert provider.asked == []
    assert SESSION not in cookies_of(response)


def test_parameters_stand_there_once(client, provider):
    """Of two, nobody chooses."""
    state = begin(client, provider)["state"]
    response = client.get(f"/desk/signed-in?code=a&code=b&state={state}&iss={ISSUER}")
    assert response.status_code == 403


def test_an_answer_is_good_in_the_browser_that_began_alone(make_client, provider):
    """Who is led to the answer of somebody else isn't signed in as them."""
    with make_client() as victim, make_client() as attacker:
        asked = begin(attacker, provider)
        assert come_back(victim, asked).status_code == 403
        begin(victim, provider)
        assert come_back(victim, asked).status_code == 403


def test_a_code_is_good_once(client, provider):
    """Neither the browser's answer nor the code under a new sign-in counts again."""
    asked = begin(client, provider)
    kept = client.cookies[ATTEMPT]
    assert come_back(client, asked).status_code == 303
    assert come_back(client, asked).status_code == 403
    client.cookies.clear()
    client.cookies.set(ATTEMPT, kept)
    assert come_back(client, asked).status_code == 503  # the provider refuses it
    assert session_of(client) is None


def test_a_provider_that_does_not_name_itself_needs_not(make_client, provider):
    """The issuer in the answer is demanded only of one that says it gives it; what is named has to be right anyway."""
    provider.discovery = {"authorization_response_iss_parameter_supported": None}
    with make_client() as client:
        assert sign_in(client, provider, iss="https://evil.example").status_code == 403
        assert sign_in(client, provider, without=("iss",)).status_code == 303


UNFIT = {  # how a provider is unfit → its discovery document
    "another name": {"issuer": f"{ISSUER}/"},
    "no token endpoint": {"token_endpoint": None},
    "keys in the open": {"jwks_uri": "http://login.example.cz/keys"},
    "a user in the address": {"authorization_endpoint": "https://login.example.cz@evil.example/"},
    "another scheme": {"authorization_endpoint": "javascript:alert(1)"},
    "an address in a list": {"token_endpoint": [f"{ISSUER}/token"]},
    "sign-out in the open": {"end_session_endpoint": "http://login.example.cz/end"},
    "no code flow": {"response_types_supported": ["id_token"]},
    "plain PKCE only": {"code_challenge_methods_supported": ["plain"]},
    "no list": {"code_challenge_methods_supported": 7},
    "no secrets": {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
}


@pytest.mark.parametrize("name", UNFIT)
def test_nobody_is_sent_to_a_provider_that_is_unfit(make_client, provider, name):
    """It is another one than the settings name, can't do what is needed, or would have it done in the open."""
    provider.discovery = UNFIT[name]
    with make_client() as client:
        response = client.get("/desk/sign-in")
        assert (response.status_code, "location" in response.headers) == (503, False)


FAILURES = {  # how asking fails → what the provider answers
    "an error": lambda _: httpx.Response(500, text="x"),
    "sent elsewhere": lambda _: httpx.Response(302, headers={"location": "https://evil.example/"}),
    "no JSON": lambda _: httpx.Response(200, text="<html>"),
    "a list": lambda _: httpx.Response(200, json=[]),
    "twice the same member": lambda _: httpx.Response(200, text='{"issuer": "a", "issuer": "b"}'),
    "too large": lambda _: httpx.Response(200, text=json.dumps({"issuer": "x" * 300_000})),
    "packed": lambda _: httpx.Response(200, headers={"content-encoding": "br"}, content=b"x"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_an_answer_that_is_none_is_not_followed(make_client, provider, name):
    """Wherever it comes: of the provider itself, of its keys, of the exchange."""
    for stage, path in enumerate(("openid-configuration", "/keys", "/token")):
        provider.asked.clear()
        provider.answer = lambda request, path=path: (
            FAILURES[name](request) if request.url.path.endswith(path) else None
        )
        with make_client() as client:
            if path == "/token":
                assert sign_in(client, provider).status_code == 503
            else:
                assert client.get("/desk/sign-in").status_code == 503
        assert {request.url.host for request in provider.asked} == {"login.example.cz"}
        assert len(provider.asked) == stage + 1


def test_a_provider_that_is_away_is_left_alone_for_a_while(make_client, provider):
    """Whoever tries next is told without asking it."""
    provider.answer = lambda _: httpx.Response(500)
    with make_client() as client:
        assert {client.get("/desk/sign-in").status_code for _ in range(5)} == {503}
    assert len(provider.asked) == 1


def test_a_provider_is_asked_once_for_many(make_client, provider):
    """What it says of itself is kept."""
    with make_client() as client:
        for _ in range(5):
            begin(client, provider)
    assert len(provider.asked) == 2


def test_who_tries_often_waits(make_client, provider):
    """Failed sign-ins count against an address as wrong identifiers do, and no further code is exchanged for it."""
    with make_client(attrs.evolve(QUICK, misses=2, miss_seconds=10_000)) as client:
        statuses = [client.get("/desk/signed-in").status_code for _ in range(4)]
    assert statuses == [403, 403, 429, 429]


# People


IDENTITY = Identity(ISSUER, "a-1", "Růžena Řezníčková", frozenset({"urn:a", "urn:b"}))
NOBODIES = {
    "nobody is named": (),
    "another subject": (DeskPerson("mu", ("read",), subject="A-1"),),
    "another entitlement": (DeskPerson("mu", ("read",), entitlement="urn:A"),),
    "an entitlement like the subject": (DeskPerson("mu", ("read",), entitlement="a-1"),),
    "several institutions": (
        DeskPerson("mu", ("read",), subject="a-1"),
        DeskPerson("ripska", ("read",), entitlement="urn:a"),
    ),
}


@pytest.mark.parametrize("name", NOBODIES)
def test_nobody_is_anything_by_default(make_client, provider, name):
    """Whoever isn't named, or not clearly, is told so and signed in to nothing."""
    provider.claims = {"sub": "a-1", "eduperson_entitlement": ["urn:a", "urn:b"]}
    with make_client(people=NOBODIES[name]) as client:
        response = sign_in(client, provider)
        assert (response.status_code, session_of(client)) == (403, None)
        assert "You have no rights here yet" in response.text


def test_what_is_said_of_a_person_adds_up():
    """Of one institution: what they and those like them may do."""
    people = (
        DeskPerson("mu", ("read",), subject="a-1"),
        DeskPerson("mu", ("issue",), entitlement="urn:b"),
        DeskPerson("ripska", ("revoke",), subject="b-2"),
    )
    grant = grant_of(IDENTITY, people)
    assert (grant.institution, grant.scopes) == ("mu", {"read", "issue"})


@pytest.mark.parametrize("operator", [DeskOperator(subject="a-1"), DeskOperator(entitlement="urn:b")])
def test_who_is_of_the_operator_acts_for_no_institution(operator):
    """They may see how everything is and nothing else; who is named for an institution, too, is signed in to nothing."""
    others = (DeskPerson("mu", ("read",), subject="b-2"),)
    grant = grant_of(IDENTITY, others, operators=[DeskOperator(subject="c"), operator])
    assert (grant.institution, grant.scopes) == (None, {OPERATE})
    for people in (NOBODIES["several institutions"], (DeskPerson("mu", ("read",), entitlement="urn:a"),)):
        with pytest.raises(SignInError):
            grant_of(IDENTITY, people, operators=[operator])
    with pytest.raises(SignInError):
        grant_of(IDENTITY, (), operators=[DeskOperator(subject="A-1"), DeskOperator(entitlement="a-1")])


NAMES = {
    "as it is": ("Růžena Řezníčková", "a-1", "person a-1 Růžena Řezníčková"),
    "no name": ("", "a-1", "person a-1"),
    "blanks": ("  Růžena \n Ř. ", "a-1", "person a-1 Růžena Ř."),
    "a name that hides": ("a\u202eb", "a-1", "person a-1"),
    "a long name": ("ř" * 200, "a-1", "person a-1 " + "ř" * 89),
    "a long subject": ("Ř", "x" * 200, f"person {digest_of('x' * 200)} Ř"),
    "a subject with a blank": ("Ř", "a operator", f"person {digest_of('a operator')} Ř"),
}


@pytest.mark.parametrize("name", NAMES)
def test_acts_are_recorded_under_name_and_subject(name):
    """A name alone could be anybody's; both together always fit into the archive."""
    called, subject, recorded = NAMES[name]
    found = recorded_name(Identity(ISSUER, subject, called, frozenset()))
    assert found == recorded
    assert len(found) <= 100


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"subject": "a", "entitlement": "b"},
        {"subject": ""},
        {"entitlement": ""},
        {"subject": "a", "scopes": ()},
    ],
)
def test_a_person_is_named_by_one_of_both(named):
    """By subject or entitlement, and for something; an empty value would be everybody's who has none."""
    with pytest.raises(ValueError, match=r"subject or entitlement|Length of .scopes."):
        DeskPerson(**{"institution": "mu", "scopes": ("read",), **named})
    if "scopes" not in named:
        with pytest.raises(ValueError, match="subject or entitlement"):
            DeskOperator(**named)


# Sessions


@attrs.define
class Clock:
    now: float = 0.0

    def __call__(self):
        return self.now


def a_session(subject="a"):
    return Session(ISSUER, subject, "Ř", "mu", frozenset({"read"}), "Ř")


@pytest.mark.parametrize(
    ("steps", "there"),
    [
        pytest.param([9, 9, 9], True, id="used all the time"),
        pytest.param([10], False, id="idle"),
        pytest.param([9] * 11, False, id="used for too long"),
    ],
)
def test_a_session_ends_by_itself(steps, there):
    """When it isn't used, and after a while in any case."""
    clock = Clock()
    sessions = Sessions(most=10, seconds=90, idle_seconds=10, clock=clock)
    name, found = sessions.begin(a_session()), None
    for step in steps:
        clock.now += step
        found = sessions.find(name)
    assert (found is not None) == there


def test_sessions_are_bounded():
    """In all, where the one unused for longest ends, and for each person, where the oldest does."""
    sessions = Sessions(most=4, seconds=90, idle_seconds=90, clock=Clock())
    names = [sessions.begin(a_session(str(number))) for number in range(4)]
    sessions.find(names[0])
    sessions.begin(a_session("next"))
    assert [sessions.find(name) is not None for name in names] == [True, False, True, True]
    clock = Clock()
    sessions = Sessions(most=100, seconds=90, idle_seconds=90, clock=clock)
    one = []
    for _ in range(7):
        clock.now += 1
        one.append(sessions.begin(a_session()))
    assert [sessions.find(name) is not None for name in one] == [False, False] + [True] * 5


def test_signing_out_ends_the_session(client, provider):
    """Whoever still has the cookie has nothing; it takes a form of this session."""
    sign_in(client, provider)
    name = session_of(client)
    token = token_of(client)
    assert client.post("/desk/sign-out", data={"token": "x"}).status_code == 403
    assert client.get("/desk/credentials/x").status_code != 403
    response = client.post("/desk/sign-out", data={"token": token})
    assert "Sign out of the university account" in response.text
    assert f"{ISSUER}/end?client_id=" in response.text
    client.cookies.clear()
    client.cookies.set(SESSION, name)
    assert client.get("/desk/credentials").status_code == 403


def token_of(client):
    return re.search(r'name="token" value="([^"]+)"', client.get("/desk/credentials/x").text)[1]


@pytest.mark.parametrize("value", ["", "x", "x" * 43, "x" * 5000, '"', "a=b; c"])
def test_a_cookie_that_is_none_is_nobody(client, value):
    """Whatever it says."""
    response = client.get("/desk/credentials", headers={"cookie": f"{SESSION}={value}"})
    assert response.status_code == 403


def test_an_institution_without_account_lets_nobody_act(client, provider, accounts):
    """From one request to the next, whoever is signed in."""
    sign_in(client, provider)
    accounts.institutions.clear()
    response = client.get("/desk/batches")
    assert response.status_code == 403
    assert "Its account is suspended" in response.text


@pytest.mark.parametrize("path", ["/batches", "/types", "/credentials/K7mQx4Rt9bHz/replace"])
def test_an_account_that_is_suspended_while_a_file_is_sent_takes_nothing_in(
    client, provider, accounts, monkeypatch, path
):
    """A file may be on its way for hours."""
    sign_in(client, provider)
    (token, *_) = re.findall(r'name="token" value="([\w-]+)"', client.get("/desk/batches").text)
    arriving = uploads._Body._next

    async def last(body):
        chunk = await arriving(body)
        accounts.institutions.clear()
        return chunk

    monkeypatch.setattr(uploads._Body, "_next", last)
    response = client.post(
        f"/desk{path}", data={"token": token, "how": "send"}, files={"file": ("a.csv", b"a;b")}
    )
    assert response.status_code == 403
    assert "Its account is suspended" in response.text


# Settings


@pytest.mark.parametrize(
    ("changes", "base", "fault"),
    [
        ({"issuer": "http://login.example.cz"}, BASE, "commands.serve.desk.issuer"),
        ({"issuer": "login.example.cz"}, BASE, "commands.serve.desk.issuer"),
        ({"issuer": "https://login.example.cz/?a=b"}, BASE, "commands.serve.desk.issuer"),
        ({}, "http://mikrocertifikat.cz", "base_url"),
        ({"client_secret": "hes"}, BASE, "must not hold the secret"),
        ({"client_secret": "env:NOWHERE_AT_ALL"}, BASE, "no environment variable"),
    ],
)
def test_a_desk_in_the_open_is_refused(make_client, system, changes, base, fault):
    """Addresses have to be safe and the secret elsewhere; it is never repeated."""
    system.settings = attrs.evolve(system.settings, base_url=base)
    with pytest.raises(SettingsError, match=fault) as raised:
        make_client(**changes)
    assert "hes:lo" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://a.example", True),
        ("https://a.example:8443/x?y=z", True),
        ("http://127.0.0.1:3000", True),
        ("http://[::1]:3000", True),
        ("http://localhost", True),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("https://a.example:99999", False),
        ("https://a.example/\\evil", False),
        ("https://a b.example", False),
        ("https://ř.example", False),
        ("https://", False),
        ("ftp://a.example", False),
        (None, False),
    ],
)
def test_only_tls_or_this_machine_is_safe(address, safe):
    """Whatever an address looks like."""
    assert is_safe(address) == safe


def test_without_settings_there_is_no_desk(system):
    """No address of it answers, and no page leads to it."""
    with TestClient(create_app(system, config=PortalConfig(limits=QUICK)), base_url=BASE) as client:
        for path in ("/desk", "/desk/sign-in", "/desk/signed-in", "/desk/batches"):
            assert client.get(path).status_code == 404
        assert "/desk" not in client.get("/").text


def test_pages_of_the_desk_are_locked_down(client, provider):
    """They have the policy of every page, stay in no cache and in no search engine."""
    sign_in(client, provider)
    for path in ("/desk", "/desk/sign-in", "/desk/signed-in", "/desk/nothing", "/desk/credentials/x"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["referrer-policy"] == "no-referrer"


def test_a_fault_at_the_desk_tells_no_detail_and_logs_nothing_of_what_an_error_says(
    client, provider, system, caplog
):
    """A page of ours, and class and place in the log."""
    sign_in(client, provider)
    system.crash = RuntimeError("PIN 4711 of Tereza Černohorská")
    with caplog.at_level(logging.DEBUG):
        response = client.get("/desk/credentials/K7mQx4Rt9bHz")
    assert response.status_code == 500
    log = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("mikrocert"))
    assert "RuntimeError" in log
    for word in ("4711", "Tereza", "K7mQx4Rt9bHz"):
        assert word not in log + response.text


def test_an_algorithm_follows_from_the_key():
    """Even where a set has the same name for several keys."""
    provider = Provider(
        begun={"nonce": "n" * 43}, key=KEYS["RS256"], algorithm="RS256", header={"kid": "same"}
    )
    keys = [{**public(key), "kid": "same"} for key in (KEYS["ES256"], KEYS["RS256"])]
    claims = verified_claims(
        provider.signed(), keys=keys, issuer=ISSUER, client=CLIENT, nonce="n" * 43, at=datetime.now(UTC)
    )
    assert claims["sub"] == "řezníčková-1"
