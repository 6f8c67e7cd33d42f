"""Tokens for clients of OAuth 2.0 over HTTP, and the certificates that proxies hand on; over real accounts."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey
from litestar.testing import TestClient
from mikrocert.accounts import Accounts, Scope
from mikrocert.archive import init_archive
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert_portal.api import examples
from mikrocert_portal.app import create_app
from mikrocert_portal.client_certificates import read_certificate
from mikrocert_portal.config import ClientCertificates, Limits, PortalConfig
from mikrocert_portal.serving import server

BASE = "https://mikrocertifikat.cz"
ENDPOINT = f"{BASE}/api/v1/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
PROXY, VISITOR = "192.0.2.1", "198.51.100.7"
QUICK = Limits(misses=1000, miss_seconds=10_000, unknown_seconds=0)
NUMBERS = count()


def now():
    return datetime.now(UTC)


def by():
    return {"actor": "Ďurčanská", "at": now()}


def public(*keys):
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def a_certificate(name="studijní systém"):
    """Return a self-signed certificate (DER)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.not_valid_before(now() - timedelta(1)).not_valid_after(now() + timedelta(1))
    made = builder.public_key(key.public_key()).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


OWN, FOREIGN = a_certificate(), a_certificate()


def as_rfc9440(der):
    return f":{base64.b64encode(der).decode()}:"


def as_escaped_pem(der):
    return quote(ssl.DER_cert_to_PEM_cert(der), safe="")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Return the URL of an archive in which two universities are, one with clients."""
    url = f"sqlite:///{tmp_path_factory.mktemp('tokens') / 'archive.sqlite'}"
    init_archive(url)
    return url


@pytest.fixture(scope="module")
def accounts(archive):
    database = Database(archive, schema=ARCHIVE)
    made = Accounts(database, sandbox=True)
    for institution in ("mu", "řup"):
        made.add(institution, **by())
    yield made
    database.close()


@pytest.fixture
def client_of(accounts):
    """Registers a client."""

    def register(**changes):
        return accounts.clients.add("mu", **{"scopes": Scope, "jwks": public(KEY), **by(), **changes})

    return register


@pytest.fixture
def make_portal(system, accounts):
    """Makes a portal as it is served, asked from whatever address stands in `peer`."""

    def make(*, certificates=None, limits=QUICK, proxies=(PROXY,)):
        system.accounts = accounts
        config = PortalConfig(limits=limits, trusted_proxies=proxies, client_certificates=certificates)
        served = server(create_app(system, config=config), config=config).config.app

        async def asked(scope, receive, send):
            if scope["type"] == "http":
                peers = [value.decode() for name, value in scope["headers"] if name == b"peer"]
                scope["client"] = (peers[0] if peers else VISITOR, 50000)
            await served(scope, receive, send)

        return TestClient(asked, base_url=BASE, raise_server_exceptions=False)

    return make


@pytest.fixture
def portal(make_portal):
    with make_portal() as client:
        yield client


def claims_of(client, **changes):
    at = int(now().timestamp())
    named = {"iss": client.identifier, "sub": client.identifier, "aud": ENDPOINT, "jti": f"č{next(NUMBERS)}"}
    named |= {"iat": at, "exp": at + 60}
    return {name: value for name, value in {**named, **changes}.items() if value is not None}


def signed(claims, *, key=KEY, **header):
    return jwt.encode({"alg": "ES256", **header}, claims, key, algorithms=[header.get("alg", "ES256")])


def encoded(value):
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def unsigned(client):
    return f"{encoded({'alg': 'none'})}.{encoded(claims_of(client))}."


def with_public_key_as_secret(client):
    """Return an assertion signed by what everybody knows (RFC 8725, 2.1)."""
    start = f"{encoded({'alg': 'HS256'})}.{encoded(claims_of(client))}"
    mac = hmac.digest(KEY.as_pem(private=False), start.encode(), "sha256")
    return f"{start}.{encoded(mac)}"


def form(assertion=None, **changes):
    given = {"grant_type": "client_credentials"}
    if assertion is not None:
        given |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def ask(portal, fields, **headers):
    return portal.post("/api/v1/token", data=fields, headers=headers)


def refusal(response, error):
    """Return the refusal of a token, which has to be this one and whole."""
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert set(answer) == {"error", "error_uri"}, answer
    assert answer["error"] == error
    assert answer["error_uri"].startswith(f"{BASE}/api/v1/docs#")
    return answer


def use(portal, token, path="/api/v1/credentials", **headers):
    return portal.get(path, headers={"authorization": f"Bearer {token}", **headers})


def test_a_client_gets_a_token_by_an_assertion_and_uses_it(portal, client_of):
    """As RFC 6749, 5.1 has it: whole, not to be kept, and good where a key is, for what was asked."""
    client = client_of()
    answer = ask(portal, form(signed(claims_of(client)), scope="read issue", client_id=client.identifier))
    assert answer.status_code == 200, answer.text
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    granted = answer.json()
    assert {**granted, "access_token": "…"} == {
        "access_token": "…",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "issue read",
    }
    assert use(portal, granted["access_token"]).status_code == 200
    narrow = portal.post(
        "/api/v1/credentials/K7mQx4Rt9bHz/revoke",
        json={"reason": "omyl"},
        headers={"authorization": f"Bearer {granted['access_token']}"},
    )
    assert narrow.json()["code"] == "insufficient-scope"


def test_either_name_of_ours_is_an_audience(portal, client_of):
    """The endpoint and the instance; and without a scope the token is for all that the client may."""
    for audience in (ENDPOINT, [ENDPOINT], BASE):
        answer = ask(portal, form(signed(claims_of(client_of(), aud=audience))))
        assert answer.json()["scope"] == "issue read revoke"


PROOFS = {  # name → the assertion, of a client that has KEY
    "expired": lambda c: signed(claims_of(c, iat=int(now().timestamp()) - 120, exp=int(now().timestamp()) - 1)),
    "without end": lambda c: signed(claims_of(c, exp=None)),
    "good for a year": lambda c: signed(claims_of(c, exp=int(now().timestamp()) + 365 * 86400)),
    "for another instance": lambda c: signed(claims_of(c, aud="https://sandbox.mikrocertifikat.cz/api/v1/token")),
    "for two instances": lambda c: signed(claims_of(c, aud=[ENDPOINT, "https://jinde.example"])),
    "for another address of ours": lambda c: signed(claims_of(c, aud=f"{BASE}/api/v1/awards")),
    "without audience": lambda c: signed(claims_of(c, aud=None)),
    "without jti": lambda c: signed(claims_of(c, jti=None)),
    "of another issuer": lambda c: signed(claims_of(c, iss="K7mQx4Rt9bHz")),
    "of an unknown client": lambda c: signed(claims_of(c, iss="K7mQx4Rt9bHz", sub="K7mQx4Rt9bHz")),
    "alg none": unsigned,
    "HS256 under the public key": with_public_key_as_secret,
    "another's key": lambda c: signed(claims_of(c), key=OTHER),
    "another's key, brought along": lambda c: signed(claims_of(c), key=OTHER, jwk=OTHER.as_dict(private=False)),
    "a kid that isn't there": lambda c: signed(claims_of(c), kid="jiný"),
    "a signature cut off": lambda c: signed(claims_of(c)).rpartition(".")[0] + ".",
    "no JWT": lambda _: "ř",
    "much too long": lambda c: signed(claims_of(c, jti="x" * 9000)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROOFS)
def test_an_assertion_that_proves_nothing_gets_the_same_answer(portal, client_of, name):
    """Whatever is wrong with it, 401 tells nothing of what it was."""
    answer = ask(portal, form(PROOFS[name](client_of())))
    assert answer.status_code == 401, answer.text
    assert refusal(answer, "invalid_client")["error_uri"].endswith("#invalid-client")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_an_assertion_is_good_once(portal, client_of):
    """Replayed, it gets nothing."""
    assertion = signed(claims_of(client_of()))
    statuses = [ask(portal, form(assertion)).status_code for _ in range(3)]
    assert statuses == [200, 401, 401]


REQUESTS = {  # name → (what is sent for a client, status, error)
    "no grant type": (lambda a, _: form(a, grant_type=None), 400, "invalid_request"),
    "a grant type without value": (lambda a, _: form(a, grant_type=""), 400, "invalid_request"),
    "another grant type": (lambda a, _: form(a, grant_type="password"), 400, "unsupported_grant_type"),
    "no type of the assertion": (lambda a, _: form(a, client_assertion_type=None), 400, "invalid_request"),
    "another type of assertion": (lambda a, _: form(a, client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer"), 400, "invalid_request"),
    "a type and no assertion": (lambda _, __: form(client_assertion_type=ASSERTION_TYPE), 400, "invalid_request"),
    "no proof": (lambda _, c: form(client_id=c.identifier), 401, "invalid_client"),
    "a secret": (lambda _, c: form(client_id=c.identifier, client_secret="heslo"), 401, "invalid_client"),
    "nobody": (lambda _, __: form(), 401, "invalid_client"),
    "the assertion of another client": (lambda a, _: form(a, client_id="K7mQx4Rt9bHz"), 401, "invalid_client"),
    "a scope wider than the client's": (lambda a, _: form(a, scope="read issue"), 400, "invalid_scope"),
    "a scope that isn't there": (lambda a, _: form(a, scope="čtení"), 400, "invalid_scope"),
    "two spaces": (lambda a, _: form(a, scope="read  read"), 400, "invalid_scope"),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_that_is_none_says_what_it_is(portal, client_of, name):
    """Errors are those of RFC 6749, 5.2, and leave the assertion unused."""
    make, status, error = REQUESTS[name]
    client = client_of(scopes=[Scope.READ])
    assertion = signed(claims_of(client))
    answer = ask(portal, make(assertion, client))
    assert answer.status_code == status, answer.text
    refusal(answer, error)
    assert ask(portal, form(assertion)).status_code == 200


BODIES = {  # name → (octets, media type, status)
    "nothing": (b"", "application/x-www-form-urlencoded", 400),
    "a parameter twice": (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded", 400),
    "not ASCII": ("grant_type=ř".encode(), "application/x-www-form-urlencoded", 400),
    "escapes that are no UTF-8": (b"grant_type=%ff", "application/x-www-form-urlencoded", 400),
    "forty parameters": (b"&".join(b"a%d=1" % n for n in range(40)), "application/x-www-form-urlencoded", 400),
    "17 KiB": (b"grant_type=" + b"x" * 17 * 1024, "application/x-www-form-urlencoded", 413),
    "JSON": (b'{"grant_type": "client_credentials"}', "application/json", 415),
    "no media type": (b"grant_type=client_credentials", "", 415),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_form_is_refused(portal, name):
    """Also what is too large or of another kind is answered as OAuth has it."""
    octets, kind, status = BODIES[name]
    answer = portal.post("/api/v1/token", content=octets, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    refusal(answer, "invalid_request")


def test_a_parameter_in_the_address_is_refused(portal, client_of):
    """Nothing secret is taken where it would be logged."""
    fields = form(signed(claims_of(client_of())))
    answer = portal.post(f"/api/v1/token?{urlencode(fields)}", data=fields)
    assert answer.status_code == 400
    refusal(answer, "invalid_request")
    assert portal.get(f"/api/v1/token?{urlencode(fields)}").status_code == 405


def test_who_guesses_waits(make_portal, client_of):
    """Wrong proofs count as wrong keys do, together with them; and calls are counted."""
    with make_portal(limits=Limits(misses=2, miss_seconds=10_000, unknown_seconds=0)) as portal:
        wrong = [ask(portal, form("ř")), use(portal, "nobody"), ask(portal, form("ř"))]
        assert [answer.status_code for answer in wrong] == [401, 401, 429]
        refusal(wrong[-1], "temporarily_unavailable")
        assert int(wrong[-1].headers["retry-after"]) > 1
        assert ask(portal, form(signed(claims_of(client_of())))).status_code == 200
    with make_portal(limits=Limits(calls=1, calls_seconds=60)) as portal:
        assert [ask(portal, form()).status_code for _ in range(2)] == [401, 429]


def test_what_is_refused_is_described(portal, client_of):
    """Every answer is one that the document has, and fits its schema."""
    document = portal.get("/api/v1/openapi.json").json()
    [operation] = document["paths"]["/token"].values()
    parts = document["components"]["schemas"]
    answers = [
        ask(portal, form(signed(claims_of(client_of())))),
        ask(portal, form("ř")),
        ask(portal, {}),
        portal.post("/api/v1/token", content=b"{}", headers={"content-type": "application/json"}),
    ]
    for answer in answers:
        [(kind, content)] = operation["responses"][str(answer.status_code)]["content"].items()
        assert answer.headers["content-type"] == kind
        schema = json.loads(json.dumps(content["schema"]).replace("#/components/schemas/", "#/$defs/"))
        jsonschema_rs.Draft202012Validator({"$defs": parts, **schema}).validate(answer.json())
    jsonschema_rs.validate(
        operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"],
        examples.TOKEN_REQUEST,
    )


def test_a_token_ends_with_its_client(portal, accounts, client_of):
    """At once; neither it nor a new assertion is good then, and other clients' are."""
    client, other = client_of(), client_of()
    tokens = [ask(portal, form(signed(claims_of(one)))).json()["access_token"] for one in (client, other)]
    assert [use(portal, token).status_code for token in tokens] == [200, 200]
    accounts.clients.end(client.identifier, **by())
    assert [use(portal, token).status_code for token in tokens] == [401, 200]
    refusal(ask(portal, form(signed(claims_of(client)))), "invalid_client")


def test_a_token_of_another_instance_is_nobodys(portal, client_of, tmp_path):
    """Though it looks like one of ours."""
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    init_archive(url)
    database = Database(url, schema=ARCHIVE)
    other = Accounts(database, sandbox=True)
    other.add("mu", **by())
    client = other.clients.add("mu", scopes=Scope, jwks=public(KEY), **by())
    grant = other.clients.token(
        audiences=[ENDPOINT], address=None, at=now(), assertion=signed(claims_of(client))
    )
    database.close()
    answer = use(portal, grant.secret)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_keys_are_rotated_without_a_pause(portal, client_of):
    """A client with two keys is asked for the kid, and either signs."""
    old, new = (ECKey.generate_key("P-256", {"kid": kid}) for kid in ("2026", "2027"))
    client = client_of(jwks=public(old, new))
    for key, kid, status in ((old, "2026", 200), (new, "2027", 200), (new, None, 401), (new, "2026", 401)):
        header = {} if kid is None else {"kid": kid}
        assert ask(portal, form(signed(claims_of(client), key=key, **header))).status_code == status


# Certificates


FORMS = {"rfc9440": as_rfc9440, "escaped-pem": as_escaped_pem}


@pytest.mark.parametrize("form_", FORMS)
def test_a_certificate_proves_a_client_and_binds_its_token(make_portal, client_of, form_):
    """Handed on by the trusted proxy; the token alone, or with another certificate, is nothing."""
    said = FORMS[form_]
    client = client_of(jwks=None, certificate=OWN)
    with make_portal(certificates=ClientCertificates("X-Client-Cert", form_)) as portal:
        through = {"peer": PROXY, "x-forwarded-for": VISITOR}
        granted = ask(portal, form(client_id=client.identifier), **through, **{"x-client-cert": said(OWN)})
        assert granted.status_code == 200, granted.text
        token = granted.json()["access_token"]
        assert use(portal, token, **through, **{"x-client-cert": said(OWN)}).status_code == 200
        for wrong in ({}, {"x-client-cert": said(FOREIGN)}, {"x-client-cert": ""}):
            assert use(portal, token, **through, **wrong).status_code == 401
            refusal(ask(portal, form(client_id=client.identifier), **through, **wrong), "invalid_client")


LIES = {  # name → (header fields in which a visitor shows a certificate that isn't theirs, settings)
    "from a visitor": ({"client-cert": as_rfc9440(OWN)}, {}),
    "from a visitor who names the proxy": ({"client-cert": as_rfc9440(OWN), "x-forwarded-for": PROXY}, {}),
    "from a neighbour of the proxy": ({"client-cert": as_rfc9440(OWN), "peer": "192.0.2.2"}, {}),
    "where no proxy is trusted": ({"client-cert": as_rfc9440(OWN), "peer": PROXY}, {"proxies": ()}),
    "where anybody is trusted": ({"client-cert": as_rfc9440(OWN), "peer": PROXY}, {"proxies": ("*",)}),
    "where settings know of none": ({"client-cert": as_rfc9440(OWN), "peer": PROXY}, {"certificates": None}),
    "under another name": ({"x-client-cert": as_rfc9440(OWN), "peer": PROXY}, {}),
    "in another form": ({"client-cert": as_escaped_pem(OWN), "peer": PROXY}, {}),
    "behind another one": ([("client-cert", as_rfc9440(FOREIGN)), ("client-cert", as_rfc9440(OWN)), ("peer", PROXY)], {}),
    "before another one": ([("client-cert", as_rfc9440(OWN)), ("client-cert", as_rfc9440(FOREIGN)), ("peer", PROXY)], {}),
    "in a list": ({"client-cert": f"{as_rfc9440(OWN)}, {as_rfc9440(OWN)}", "peer": PROXY}, {}),
    "its hash in its place": ({"client-cert": f":{base64.b64encode(b'x' * 32).decode()}:", "peer": PROXY}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_certificate_that_no_trusted_proxy_hands_on_counts_for_nothing(
    make_portal, accounts, client_of, name
):
    """Neither for getting a token nor for using one that was stolen."""
    lie, settings = LIES[name]
    client = client_of(jwks=None, certificate=OWN)
    token = accounts.clients.token(
        audiences=[], address=None, at=now(), client=client.identifier, certificate=OWN
    ).secret
    with make_portal(**{"certificates": ClientCertificates(), **settings}) as portal:
        fields = list(lie.items() if isinstance(lie, dict) else lie)
        asked = portal.post("/api/v1/token", data=form(client_id=client.identifier), headers=fields)
        assert asked.status_code == 401, asked.text
        used = portal.get("/api/v1/credentials", headers=[*fields, ("authorization", f"Bearer {token}")])
        assert used.status_code == 401


def test_a_certificate_takes_nothing_away_from_keys(make_portal, accounts, client_of):
    """A token by assertion, and a key, are good with any certificate and with none."""
    token = accounts.clients.token(
        audiences=[ENDPOINT], address=None, at=now(), assertion=signed(claims_of(client_of()))
    ).secret
    key = accounts.make_key("mu", scopes=Scope, **by()).secret
    with make_portal(certificates=ClientCertificates()) as portal:
        for secret in (token, key):
            for shown in ({}, {"peer": PROXY, "client-cert": as_rfc9440(FOREIGN)}):
                assert use(portal, secret, **shown).status_code == 200


@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=80).map(str.encode)), st.sampled_from(sorted(FORMS))
)
def test_whatever_stands_in_the_field_is_a_certificate_or_nothing(value, form_):
    """No octets crash what reads them."""
    assert read_certificate(value, form=form_) in {None, b"", read_certificate(value, form=form_)}
    der = bytes(value)
    assert read_certificate(as_rfc9440(der).encode(), form="rfc9440") == (der or None)


# What clients are told


def test_the_metadata_says_where_and_how(make_portal):
    """RFC 8414, and what of RFC 8705 there is; by certificate only where certificates arrive."""
    with make_portal() as portal:
        answer = portal.get("/.well-known/oauth-authorization-server").json()
    assert (answer["issuer"], answer["token_endpoint"]) == (BASE, ENDPOINT)
    assert answer["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "ES256" in answer["token_endpoint_auth_signing_alg_values_supported"]
    assert not {"none", "HS256", "RS256"} & set(answer["token_endpoint_auth_signing_alg_values_supported"])
    assert answer["grant_types_supported"] == ["client_credentials"]
    certificates = ClientCertificates(base_url="https://mtls.mikrocertifikat.cz")
    with make_portal(certificates=certificates) as portal:
        answer = portal.get("/.well-known/oauth-authorization-server").json()
    assert "self_signed_tls_client_auth" in answer["token_endpoint_auth_methods_supported"]
    assert answer["tls_client_certificate_bound_access_tokens"] is True
    assert answer["mtls_endpoint_aliases"] == {
        "token_endpoint": "https://mtls.mikrocertifikat.cz/api/v1/token"
    }


def test_the_document_names_both_ways_in(portal):
    """Whatever takes a key takes a token, for the same."""
    document = portal.get("/api/v1/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    flow = schemes["client"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == ENDPOINT
    assert set(flow["scopes"]) == {"issue", "read", "revoke"}
    secured = [
        one["security"] for way in document["paths"].values() for one in way.values() if one["security"]
    ]
    assert len(secured) > 10
    for security in secured:
        assert [set(way) for way in security] == [{"institution"}, {"client"}]
        assert len({tuple(scopes) for way in security for scopes in way.values()}) == 1
