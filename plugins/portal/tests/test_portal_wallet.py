"""The wallet: who is let in, what is gathered, what ends it, and what is kept of whom."""

from __future__ import annotations

import html
import logging
import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from mikrocert.api import SettingsError, pseudonym
from mikrocert.archive import ErasureReason
from mikrocert.errors import ArchiveError
from mikrocert.report import Access
from mikrocert.service.holders.wallets import Wallets
from mikrocert.texts import message
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig, WalletConfig
from mikrocert_portal.sharing import Shared
from mikrocert_portal.sign_in.asking import Asking
from mikrocert_portal.wallet.sessions import HolderSession
from mikrocert_portal.wallet.wallet import secret_in

ISSUER, BASE = "https://login.example.cz", "https://mikrocertifikat.cz"
VALID, REVOKED, REPLACED = "K7mQx4Rt9bHz", "Rev4x4Rt9bHz", "Rpc4x4Rt9bHz"
SECRET = "p" * 32
SUBJECT = "čtenářka-7"
MINE = pseudonym(ISSUER, SUBJECT, secret=SECRET.encode())
SESSION, ATTEMPT = "__Host-wallet", "__Host-wallet-signing-in"
OWN = {"sec-fetch-site": "same-origin"}
KEY = ECKey.generate_key("P-256", {"kid": "ec"})
QUICK = Limits(misses=1000, unknown_seconds=0)


@attrs.define
class Provider:
    """An identity provider that says who came, and their name and e-mail address unasked."""

    begun: dict = attrs.field(factory=dict)
    claims: dict = attrs.field(factory=dict)
    paths: list = attrs.field(factory=list)

    def __call__(self, request):
        self.paths.append(request.url.path)
        if request.url.path.endswith("openid-configuration"):
            ends = {"authorization": "auth", "token": "token", "userinfo": "me", "end_session": "end"}
            addresses = {f"{name}_endpoint": f"{ISSUER}/{path}" for name, path in ends.items()}
            more = {"response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"]}
            return httpx.Response(
                200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", **addresses, **more}
            )
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": SUBJECT, "aud": "wallet", "exp": now + 300, "iat": now}
        person = {"email": "ctenarka@example.cz"}
        said = {**claims, **person, "nonce": self.begun["nonce"], **self.claims}
        token = jwt.encode({"alg": "ES256", "kid": "ec"}, said, KEY, algorithms=["ES256"])
        return httpx.Response(200, json={"token_type": "Bearer", "access_token": "opaque", "id_token": token})


@attrs.define
class Gathering:
    """A browser of a portal with wallets, over an archive in which three credentials have holders."""

    client: TestClient
    system: object
    archive: object
    secrets: dict
    shared: Shared
    provider: Provider

    def get(self, path, **options):
        return self.client.get(path, **options)

    def post(self, path, fields=None, *, headers=OWN, session=None):
        session = session or self.session
        fields = {"token": session.token if session else "", **(fields or {})}
        form = {"content-type": "application/x-www-form-urlencoded", **headers}
        return self.client.post(path, content=urlencode(fields), headers=form)

    @property
    def session(self):
        name = self.client.cookies.get(SESSION)
        return None if name is None else self.shared.holders.find(name)

    def sign_in(self, owner=MINE):
        self.client.cookies.set(SESSION, self.shared.holders.begin(HolderSession(owner)))

    def link(self, state="valid"):
        return f"{BASE}/h/{self.secrets[state]}"

    def add(self, state="valid", **fields):
        return self.post("/wallet/credentials", {"link": self.link(state), **fields})

    def begin(self):
        response = self.get("/wallet/sign-in")
        query = parse_qs(urlsplit(response.headers["location"]).query)
        self.provider.begun = {name: value[0] for name, value in query.items()}
        return response

    def come_back(self, **changes):
        answer = {"code": "code-1", "state": self.provider.begun["state"], **changes}
        return self.get("/wallet/signed-in", params=answer)


def text_of(response):
    plain = re.sub(r"<[^>]*>|\s+", " ", response.text)
    return html.unescape(plain).replace("\u00a0", " ").replace("\u2060", "")


def config_of(**changes):
    return WalletConfig(
        **{
            "issuer": ISSUER,
            "client_id": "wallet",
            "client_secret": "env:WALLET_SECRET",
            "pseudonym_secret": "env:WALLET_PSEUDONYMS",
            **changes,
        }
    )


@pytest.fixture
def secrets_set(monkeypatch):
    monkeypatch.setenv("WALLET_SECRET", "hes:lo 1%")
    monkeypatch.setenv("WALLET_PSEUDONYMS", SECRET)


@pytest.fixture
def gathering(system, with_holders, tmp_path, secrets_set):
    provider, shared = Provider(), Shared.of(QUICK)
    asking = Asking(lambda: httpx.AsyncClient(transport=httpx.MockTransport(provider)), seconds=60)
    config = PortalConfig(wallet=config_of(), limits=QUICK)
    with with_holders(system, tmp_path) as (archive, secrets):
        application = create_app(system, config=config, shared=lambda: shared, asking=asking)
        with TestClient(application, base_url=BASE, raise_server_exceptions=False) as client:
            client.follow_redirects = False
            client.headers["accept-language"] = "en"
            yield Gathering(client, system, archive, secrets, shared, provider)


# Whether there is one


def test_without_the_setting_there_is_no_wallet_and_no_cookie(system):
    """Nor does any page lead to one."""
    with TestClient(create_app(system), base_url=BASE) as client:
        for path in ("/wallet", "/wallet/sign-in", "/wallet/signed-in", "/wallet/credentials/x"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers.get("set-cookie")) == (404, None)
        for path in ("/", "/help/holders", "/help/privacy"):
            assert "/wallet" not in client.get(path).text


WRONG = {
    "a provider over a network that others read": ({"issuer": "http://login.example.cz"}, "issuer"),
    "no secret": ({"client_secret": "env:NOWHERE"}, "client_secret"),
    "a secret for pseudonyms that is not there": ({"pseudonym_secret": "env:NOWHERE"}, "pseudonym_secret"),
    "a secret for pseudonyms that can be guessed": ({"pseudonym_secret": "env:WALLET_SECRET"}, "at least 32"),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=WRONG)
def test_settings_that_would_not_be_safe_are_refused(system, secrets_set, changes, told):
    """Before anything is served, by the name of the setting."""
    with pytest.raises(SettingsError, match=told):
        create_app(system, config=PortalConfig(wallet=config_of(**changes)))


# Signing in


def test_who_signs_in_is_a_pseudonym_from_then_on(gathering, caplog):
    """No more is asked for than who it is; name and address are kept nowhere, and in no log."""
    caplog.set_level(logging.DEBUG)
    begun = gathering.begin()
    assert gathering.provider.begun["scope"] == "openid"
    assert gathering.provider.begun["redirect_uri"] == f"{BASE}/wallet/signed-in"
    assert begun.headers["set-cookie"].startswith(f"{ATTEMPT}=")
    back = gathering.come_back()
    assert (back.status_code, back.headers["location"]) == (303, "/wallet")
    assert gathering.session.owner == MINE
    assert "/me" not in gathering.provider.paths
    kept = repr(gathering.session) + caplog.text
    assert [one for one in (SUBJECT, "ctenarka", gathering.secrets["valid"]) if one in kept] == []
    for field in back.headers.get_list("set-cookie"):
        assert [part for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/") if part not in field] == []
    assert "Sign out" in gathering.get("/wallet").text


FAULTY = {
    "another state": (lambda one: one.come_back(state="x"), 403),
    "declined": (lambda one: one.come_back(error="access_denied", code=""), 403),
    "proves nothing": (lambda one: setattr(one.provider, "claims", {"nonce": "x"}) or one.come_back(), 403),
    "another client's": (
        lambda one: setattr(one.provider, "claims", {"aud": "desk"}) or one.come_back(),
        403,
    ),
    "nothing begun": (lambda one: one.client.cookies.clear() or one.come_back(), 403),
    "no parameters": (lambda one: one.get("/wallet/signed-in?%ff"), 403),
}


@pytest.mark.parametrize(("come_back", "status"), FAULTY.values(), ids=FAULTY)
def test_who_proves_nothing_is_not_signed_in(gathering, come_back, status):
    """A page says so, and what was begun is over."""
    gathering.begin()
    answer = come_back(gathering)
    assert answer.status_code == status
    assert gathering.session is None
    assert "<h1>" in answer.text


def test_who_is_not_signed_in_sees_the_door_and_changes_nothing(gathering):
    """Whatever page is asked for, and whoever's form is sent."""
    assert "Sign in" in gathering.get("/wallet").text
    assert gathering.get("/wallet").headers.get("set-cookie") is None
    for path in (f"/wallet/credentials/{VALID}", f"/wallet/credentials/{VALID}/certificate.pdf"):
        assert gathering.get(path).headers["location"] == "/wallet"
    for path in ("credentials", f"credentials/{VALID}/remove", "sign-out", "leave"):
        assert gathering.post(f"/wallet/{path}", {"link": gathering.link()}).status_code == 403
    gathering.client.cookies.set(SESSION, "x" * 43)
    assert gathering.get(f"/wallet/credentials/{VALID}").headers["location"] == "/wallet"


FORGED = {
    "another site": ({"sec-fetch-site": "cross-site"}, {}),
    "another site of an old browser": ({"origin": "https://evil.example"}, {}),
    "no token": (OWN, {"token": ""}),
    "another token": (OWN, {"token": "ř"}),
}


@pytest.mark.parametrize(("headers", "fields"), FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("path", ["credentials", f"credentials/{VALID}/remove", "sign-out", "leave"])
def test_what_another_site_sends_in_somebodys_name_changes_nothing(gathering, headers, fields, path):
    """The origin and a token of the session are demanded of every form."""
    gathering.sign_in()
    gathering.add()
    answer = gathering.post(
        f"/wallet/{path}", {"link": gathering.link("revoked"), "sure": "yes", **fields}, headers=headers
    )
    assert answer.status_code == 403
    assert [entry.identifier for entry in gathering.system.wallets.entries(MINE)] == [VALID]
    assert gathering.session is not None


# What is gathered


def test_what_was_added_is_shown_with_what_became_of_it(gathering):
    """Valid, revoked and replaced, each in words; what replaced one has to be added by its own link."""
    gathering.sign_in()
    assert "Nothing is here yet" in text_of(gathering.get("/wallet"))
    for state in gathering.secrets:
        assert gathering.add(state).headers["location"] == "/wallet"
    page = text_of(gathering.get("/wallet"))
    for words in ("is valid", "has been revoked", "has been replaced", "Add that one, too", "Data Analysis"):
        assert words in page
    one = gathering.get(f"/wallet/credentials/{VALID}")
    assert "14 March 1994" in text_of(one)
    assert one.headers["cache-control"] == "no-store"
    for name in ("certificate.pdf", f"{VALID}.jsonld", "picture-cs.png"):
        assert gathering.get(f"/wallet/credentials/{VALID}/{name}").status_code == 200
    assert gathering.get(f"/wallet/credentials/{VALID}/other").status_code == 404


@pytest.mark.parametrize("access", Access)
def test_what_the_permanent_link_shows_is_said(gathering, access):
    """A closed one, too; the holder sees everything all the same."""
    gathering.system.sharing.set_access(VALID, access)
    gathering.sign_in()
    gathering.add()
    words = {Access.OPEN: "is open", Access.SUMMARY: "shows a summary", Access.CLOSED: "You have closed"}
    for path in ("/wallet", f"/wallet/credentials/{VALID}"):
        page = text_of(gathering.get(path))
        assert words[access] in page
        assert "Data Analysis" in page


def test_nobody_sees_what_another_one_gathered(gathering):
    """Page, file and removing are those of something that isn't there."""
    gathering.sign_in()
    gathering.add()
    gathering.sign_in(b"o" * 32)
    for path in (VALID, f"{VALID}/certificate.pdf", f"{VALID}/picture-cs.png", "x", "ř"):
        assert gathering.get(f"/wallet/credentials/{path}").status_code == 404
    assert gathering.post(f"/wallet/credentials/{VALID}/remove").status_code == 404
    assert "Data Analysis" not in gathering.get("/wallet").text
    assert len(gathering.system.wallets.entries(MINE)) == 1


LINKS = {
    "nothing": ("", 422, "Paste the whole"),
    "an identifier with spaces": ("K7mQ x4Rt", 422, "Paste the whole"),
    "another page of ours": (f"{BASE}/s/K7mQx4Rt", 422, "Paste the whole"),
    "another site's": ("https://evil.example/h/K7mQx4Rt", 422, "Paste the whole"),
    "markup": ("<script>alert(1)</script>", 422, "Paste the whole"),
    "long": ("x" * 201, 422, "Paste the whole"),
    "one that never was": ("7tGv2kXq9RmHc4LzWb8nYpKd3s", 404, "e do not know this link"),
    "the whole of one that never was": (
        f"{BASE}/h/7tGv2kXq9RmHc4LzWb8nYpKd3s",
        404,
        "e do not know this link",
    ),
}


@pytest.mark.parametrize(("typed", "status", "words"), LINKS.values(), ids=LINKS)
def test_a_link_that_is_not_right_is_told_beside_the_field_and_not_repeated(gathering, typed, status, words):
    """It may be nearly the right one."""
    gathering.sign_in()
    answer = gathering.post("/wallet/credentials", {"link": typed})
    assert answer.status_code == status
    assert words in text_of(answer)
    assert not typed or html.escape(typed) not in answer.text.replace(f"{BASE}/h/<", "")
    assert 'aria-invalid="true"' in answer.text
    assert gathering.system.wallets.entries(MINE) == ()


def test_a_link_is_taken_as_people_copy_it():
    """With blanks around it, in another language, or its last part alone; and none with more behind it."""
    found = [
        secret_in(typed, base=BASE)
        for typed in (f" {BASE}/h/abc ", f"{BASE}/h/abc?lang=en#shares", "abc", f"{BASE}/h/abc/", "ábc")
    ]
    assert found == ["abc", "abc", "abc", "", ""]


def test_misses_slow_down_whoever_guesses_links(gathering, monkeypatch):
    """As anywhere else."""
    gathering.sign_in()
    monkeypatch.setattr(gathering.shared.guard, "miss", lambda _: 7.0)
    answer = gathering.post("/wallet/credentials", {"link": "7tGv2kXq9RmHc4LzWb8nYpKd3s"})
    assert answer.status_code == 429
    assert "try it again in a while" in text_of(answer)
    assert gathering.add().status_code == 303


def test_a_replaced_link_ends_what_was_added_by_it(gathering):
    """Nothing of the credential is shown any more, until the new link is added."""
    gathering.sign_in()
    gathering.add()
    newer = gathering.system.sharing.new_holder_link(VALID, actor="Růžena")
    page = gathering.get("/wallet")
    assert "was replaced on" in text_of(page)
    assert "Data Analysis" not in page.text
    for path in (VALID, f"{VALID}/certificate.pdf", f"{VALID}/picture-cs.png"):
        assert gathering.get(f"/wallet/credentials/{path}").status_code == 410
    assert "replaced by a new one" in text_of(gathering.add())
    assert gathering.post("/wallet/credentials", {"link": newer}).status_code == 303
    assert "Data Analysis" in gathering.get("/wallet").text


@pytest.mark.parametrize(
    ("reason", "words"),
    [(ErasureReason.OTHER, "was erased. Nothing"), (ErasureReason.HOLDER, "at its holder’s request")],
)
def test_what_was_erased_is_said_as_such_and_keeps_nothing_else_from_being_shown(gathering, reason, words):
    """It can't be added again, and can be removed."""
    gathering.sign_in()
    gathering.add()
    gathering.add("revoked")
    gathering.archive.erase(VALID, reason=reason, at=gathering.archive.find(VALID).registration.issued_at)
    page = text_of(gathering.get("/wallet"))
    assert words in page
    assert "has been revoked" in page
    assert gathering.get(f"/wallet/credentials/{VALID}").status_code == 410
    answer = gathering.add()
    assert (answer.status_code, "was erased" in text_of(answer)) == (410, True)
    assert gathering.post(f"/wallet/credentials/{VALID}/remove").status_code == 303
    assert [entry.identifier for entry in gathering.system.wallets.entries(MINE)] == [REVOKED]


def test_leaving_deletes_everything_that_was_kept_and_signs_out(gathering):
    """Once somebody says that they are sure; the holder's link opens as before."""
    gathering.sign_in()
    gathering.add()
    unsure = gathering.post("/wallet/leave")
    assert (unsure.status_code, "Tick the box" in text_of(unsure)) == (422, True)
    assert len(gathering.system.wallets.entries(MINE)) == 1
    left = gathering.post("/wallet/leave", {"sure": "yes"})
    assert (left.status_code, "is deleted" in text_of(left)) == (200, True)
    assert gathering.system.wallets.entries(MINE) == ()
    assert gathering.session is None
    assert gathering.get(f"/h/{gathering.secrets['valid']}").status_code == 200


def test_signing_out_ends_the_session_and_keeps_what_was_gathered(gathering):
    """Also for whoever kept the cookie."""
    gathering.sign_in()
    gathering.add()
    name = gathering.client.cookies.get(SESSION)
    assert gathering.post("/wallet/sign-out").status_code == 200
    assert gathering.shared.holders.find(name) is None
    assert len(gathering.system.wallets.entries(MINE)) == 1


def test_where_nothing_can_be_written_that_is_said(gathering, monkeypatch):
    """What was gathered is shown all the same."""
    gathering.sign_in()
    gathering.add()

    def refuse(*_, **__):
        raise ArchiveError(message("permission denied"))

    for name in ("add", "remove", "forget"):
        monkeypatch.setattr(Wallets, name, refuse)
    for path, fields in (
        ("credentials", {"link": gathering.link()}),
        (f"credentials/{VALID}/remove", {}),
        ("leave", {"sure": "yes"}),
    ):
        assert gathering.post(f"/wallet/{path}", fields).status_code == 503
    assert "Data Analysis" in gathering.get("/wallet").text


def test_many_are_shown_a_page_at_a_time(gathering, monkeypatch):
    """Whatever page is asked for."""
    monkeypatch.setattr("mikrocert_portal.wallet.wallet._AT_ONCE", 2)
    gathering.sign_in()
    for state in gathering.secrets:
        gathering.add(state)
    found = [
        re.findall(r'id="entry-(\w+)"', gathering.get(f"/wallet?page={page}").text)
        for page in ("1", "2", "3", "x", "0", "99999", "٢")
    ]
    assert found == [[REPLACED, REVOKED], [VALID], [], *[[REPLACED, REVOKED]] * 4]


def test_no_page_of_a_wallet_has_a_secret(gathering):
    """Neither the holder's link nor the pseudonym; and programs that ask for JSON get no more than pages show."""
    gathering.sign_in()
    gathering.add()
    for path in ("/wallet", f"/wallet/credentials/{VALID}"):
        for headers in ({}, {"accept": "application/json"}):
            answer = gathering.get(path, headers=headers)
            assert gathering.secrets["valid"] not in answer.text
            assert MINE.hex() not in answer.text
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "no-store" in answer.headers["cache-control"]
