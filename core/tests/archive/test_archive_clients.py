"""Clients of OAuth 2.0: how they prove who they are, and what tokens they get, on both databases."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from mikrocert.accounts import Accounts, Approval, MandateRecord, Scope
from mikrocert.accounts.assertions import read_assertion
from mikrocert.accounts.jwks import read_keys
from mikrocert.archive.database import ARCHIVE, Database
from mikrocert.archive.tables import client_assertions, client_tokens
from mikrocert.errors import AccountError, AuthenticationError
from sqlalchemy import func, select

AT = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
BY = {"actor": "Ďurčanská", "at": AT}
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ALL = frozenset(Scope)
ENDPOINT, INSTANCE = "https://api.example/api/v1/token", "https://api.example"
AUDIENCES = (ENDPOINT, INSTANCE)
KINDS = {  # algorithm → a key for it
    "ES256": lambda: ECKey.generate_key("P-256"),
    "ES384": lambda: ECKey.generate_key("P-384"),
    "PS256": lambda: RSAKey.generate_key(2048),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
}


_KEYS = {}


def key_for(algorithm="ES256", name="own"):
    """Return a key, the same one each time it is asked for."""
    if (algorithm, name) not in _KEYS:
        _KEYS[algorithm, name] = KINDS[algorithm]()
    return _KEYS[algorithm, name]


def public(*keys, **more):
    """Return the JWK Set of these keys."""
    return json.dumps({"keys": [{**key.as_dict(private=False), **more} for key in keys]}).encode()


def encoded(value):
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def signed(claims, *, key=None, header=None, algorithm="ES256"):
    """Return a JWS over claims, with whatever header."""
    stated = {"alg": algorithm, "typ": "JWT", **(header or {})}
    stated = {member: value for member, value in stated.items() if value is not None}
    start = f"{encoded(stated)}.{encoded(claims)}"
    using = {**jws.JWSRegistry.algorithms}[algorithm]
    return f"{start}.{encoded(using.sign(start.encode(), key or key_for(algorithm)))}"


def certificate(*, since=AT - DAY, until=AT + 365 * DAY, name="studijní systém"):
    """Return a self-signed certificate (DER)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.public_key(key.public_key()).not_valid_before(since).not_valid_after(until)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture
def database(urls):
    opened = Database(urls.archive, schema=ARCHIVE)
    yield opened
    opened.close()


@pytest.fixture
def accounts(database):
    """Return the accounts of a sandbox in which one institution is."""
    made = Accounts(database, sandbox=True)
    made.add("řup", **BY)
    return made


def client_in(accounts, **changes):
    given = {"scopes": ALL, "jwks": public(key_for()), **BY, **changes}
    return accounts.clients.add("řup", **given)


def claims_of(client, *, at=AT, **changes):
    now = int(at.timestamp())
    claims = {
        "iss": client.identifier,
        "sub": client.identifier,
        "aud": ENDPOINT,
        "jti": "jedna",
        "iat": now,
        "exp": now + 60,
    }
    return {member: value for member, value in {**claims, **changes}.items() if value is not None}


def token(accounts, text=None, **changes):
    """Ask for a token with an assertion."""
    asked = {"audiences": AUDIENCES, "address": "192.0.2.7", "at": AT, "assertion": text, **changes}
    return accounts.clients.token(**asked)


def granted(accounts, client, *, at=AT, jti="jedna", **changes):
    return token(accounts, signed(claims_of(client, at=at, jti=jti)), at=at, **changes)


def ask(accounts, secret, *, address="192.0.2.7", at=AT + MINUTE, certificate=None):
    return accounts.authenticate(secret, address=address, at=at, certificate=certificate)


def test_a_client_gets_a_token_for_a_short_time(accounts):
    """It is the institution's, for what was asked, and over after ten minutes."""
    client = client_in(accounts, note="studijní systém")
    assert accounts.clients.clients("řup") == (accounts.clients.client(client.identifier),) == (client,)
    grant = granted(accounts, client, scopes=["read"])
    assert (grant.scopes, grant.seconds) == ({Scope.READ}, 600)
    assert grant.secret not in repr(grant)
    caller = ask(accounts, grant.secret)
    assert (caller.institution, caller.scopes, caller.name) == (
        "řup",
        {Scope.READ},
        f"client {client.identifier}",
    )
    with pytest.raises(AuthenticationError):
        ask(accounts, grant.secret, at=AT + 10 * MINUTE)
    assert [act.deed for act in accounts.acts()] == ["institution add", "client add"]


@pytest.mark.parametrize("algorithm", KINDS)
def test_every_kind_of_key_proves(sqlite_accounts, algorithm):
    """With the algorithm that belongs to it, named or not, and for the endpoint or the instance."""
    key = key_for(algorithm)
    client = client_in(sqlite_accounts, jwks=public(key, alg=algorithm, use="sig"))
    for jti, audience in (("a", ENDPOINT), ("b", INSTANCE), ("c", [ENDPOINT])):
        text = signed(claims_of(client, jti=jti, aud=audience), algorithm=algorithm)
        assert token(sqlite_accounts, text, client=client.identifier).scopes == ALL


def test_one_of_several_keys_is_named(sqlite_accounts):
    """Each counts, so that one can be replaced with an overlap; the other's name doesn't help a wrong one."""
    old, new = key_for(), key_for("ES384")
    keys = {
        "keys": [
            {**old.as_dict(private=False), "kid": "stará"},
            {**new.as_dict(private=False), "kid": "nová"},
        ]
    }
    client = client_in(sqlite_accounts, jwks=json.dumps(keys).encode())
    assert token(sqlite_accounts, signed(claims_of(client, jti="1"), header={"kid": "stará"})).scopes == ALL
    text = signed(claims_of(client, jti="2"), header={"kid": "nová"}, algorithm="ES384")
    assert token(sqlite_accounts, text).scopes == ALL
    for header in ({"kid": "nová"}, {}, {"kid": "jiná"}, {"kid": ["stará"]}):
        with pytest.raises(AuthenticationError):
            token(sqlite_accounts, signed(claims_of(client, jti="3"), header=header))


@pytest.fixture
def sqlite_accounts(sqlite_urls):
    """Return the same in SQLite alone, for what asks nothing of a database."""
    opened = Database(sqlite_urls.archive, schema=ARCHIVE)
    made = Accounts(opened, sandbox=True)
    made.add("řup", **BY)
    yield made
    opened.close()


NOW = int(AT.timestamp())
CLAIMS = {  # name → claims that prove nothing
    "another audience": {"aud": "https://other.example/token"},
    "no audience": {"aud": None},
    "two audiences": {"aud": [ENDPOINT, "https://other.example"]},
    "an audience in another case": {"aud": ENDPOINT.upper()},
    "an audience that only begins so": {"aud": f"{ENDPOINT}/x"},
    "an audience that is no text": {"aud": {"url": ENDPOINT}},
    "another issuer": {"iss": "K7mQx4Rt9bHz"},
    "no issuer": {"iss": None},
    "another subject": {"sub": "K7mQx4Rt9bHz"},
    "no subject": {"sub": None},
    "a subject that is no text": {"sub": ["K7mQx4Rt9bHz"]},
    "expired": {"exp": NOW},
    "expired long ago": {"iat": NOW - 7200, "exp": NOW - 3600},
    "without end": {"exp": None},
    "an end far away": {"exp": NOW + 86400},
    "an end that is a text": {"exp": str(NOW + 60)},
    "an end that is true": {"exp": True},
    "an end that is nothing": {"exp": [NOW]},
    "an end beyond numbers": {"exp": 10**400},
    "without beginning": {"iat": None},
    "issued long ago": {"iat": NOW - 3600},
    "issued in the future": {"iat": NOW + 600, "exp": NOW + 660},
    "not yet valid": {"nbf": NOW + 600},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "an endless jti": {"jti": "x" * 201},
    "a jti that is a number": {"jti": 1},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_prove_nothing_are_refused(sqlite_accounts, name):
    """Though the signature is right."""
    client = client_in(sqlite_accounts)
    with pytest.raises(AuthenticationError, match="the key is not valid here"):
        token(sqlite_accounts, signed(claims_of(client, **CLAIMS[name])))


def unsigned(client, algorithm):
    return f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(claims_of(client))}."


def confused(client, secret):
    """Return an assertion whose "secret" is our public key, so that HMAC would hold."""
    start = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims_of(client))}"
    return f"{start}.{encoded(hmac.digest(secret, start.encode(), 'sha256'))}"


def public_pem():
    return key_for().as_pem(private=False)


FORGED = {  # name → what is sent, given the client
    "alg none": lambda c: unsigned(c, "none"),
    "alg none in another case": lambda c: unsigned(c, "nOnE"),
    "no alg": lambda c: signed(claims_of(c), header={"alg": None}),
    "alg none over a right signature": lambda c: signed(claims_of(c), header={"alg": "none"}),
    "the public key as secret, PEM": lambda c: confused(c, public_pem()),
    "the public key as secret, JWK": lambda c: confused(
        c, json.dumps(key_for().as_dict(private=False)).encode()
    ),
    "another key of the kind": lambda c: signed(claims_of(c), key=key_for("ES256", "jiný")),
    "another kind of key": lambda c: signed(claims_of(c), algorithm="PS256"),
    "another algorithm named": lambda c: signed(claims_of(c), header={"alg": "ES384"}),
    "PKCS #1 v1.5": lambda c: signed(claims_of(c), key=key_for("PS256"), algorithm="RS256"),
    "a key brought along": lambda c: signed(
        claims_of(c),
        key=key_for("ES256", "jiný"),
        header={"jwk": key_for("ES256", "jiný").as_dict(private=False)},
    ),
    "an address of keys": lambda c: signed(claims_of(c), header={"jku": "https://evil.example/jwks"}),
    "critical members": lambda c: signed(claims_of(c), header={"crit": ["exp"]}),
    "octets not encoded": lambda c: signed(claims_of(c), header={"b64": False, "crit": ["b64"]}),
    "another type of token": lambda c: signed(claims_of(c), header={"typ": "at+jwt"}),
    "claims of somebody else below the signature": lambda c: swapped(
        signed(claims_of(c)), claims_of(c, jti="dvě")
    ),
    "a signature cut short": lambda c: signed(claims_of(c))[:-4],
    "four parts": lambda c: signed(claims_of(c)) + ".x",
    "five parts, as if encrypted": lambda c: signed(claims_of(c)) + ".x.y",
    "padding": lambda c: signed(claims_of(c)) + "=",
    "a blank": lambda c: signed(claims_of(c)) + " ",
    "nothing": lambda _: "",
    "dots": lambda _: "..",
    "a megabyte": lambda c: signed(claims_of(c, filling="x" * 1024 * 1024)),
    "header is a list": lambda c: f"{encoded([])}.{encoded(claims_of(c))}.x",
    "claims are a list": lambda _: f"{encoded({'alg': 'ES256'})}.{encoded([])}.x",
    "claims twice": lambda c: signed(json.dumps(claims_of(c))[:-1].encode() + b', "sub": "x"}'),
    "claims in depth": lambda _: f"{encoded({'alg': 'ES256'})}.{encoded(b'[' * 4000)}.x",
    "claims in Latin-1": lambda c: signed(
        json.dumps(claims_of(c, x="é"), ensure_ascii=False).encode("latin-1")
    ),
    "an unknown client": lambda c: signed({**claims_of(c), "iss": "K7mQx4Rt9bHz", "sub": "K7mQx4Rt9bHz"}),
}


def swapped(text, claims):
    header, _, signature = text.split(".")
    return f"{header}.{encoded(claims)}.{signature}"


@pytest.mark.parametrize("name", FORGED)
def test_forged_assertions_are_refused(sqlite_accounts, name):
    """Whatever is tried: one sentence, no token, and nothing used up."""
    client = client_in(sqlite_accounts)
    with pytest.raises(AuthenticationError, match="the key is not valid here"):
        token(sqlite_accounts, FORGED[name](client))
    assert granted(sqlite_accounts, client).scopes == ALL


@given(st.data())
def test_no_changed_assertion_proves(data):
    """A law: change any character of a right one, and it is refused, be it only in how it is written."""
    client = stub(public(key_for()))
    text = signed(claims_of(client))
    position = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters(codec="utf-8"))
    changed = text[:position] + character + text[position + 1 :]
    if changed == text or decodes_alike(changed, text):
        return
    with pytest.raises(AuthenticationError):
        read_assertion(changed).verified(client, audiences=AUDIENCES, at=AT)


def decodes_alike(one, other):
    """Return whether two signatures differ only in bits that base64 drops."""
    return one.rpartition(".")[0] == other.rpartition(".")[0] and one[:-1] == other[:-1]


@given(st.text())
def test_nothing_crashes_on_what_is_no_assertion(text):
    """Any text is refused."""
    with pytest.raises(AuthenticationError):
        read_assertion(text).verified(stub(public(key_for())), audiences=AUDIENCES, at=AT)


def stub(jwks):
    """Return a client that is in no database."""
    from mikrocert.accounts import Client

    return Client("K7mQx4Rt9bHz", "řup", ALL, (), None, AT, None, jwks=read_keys(jwks))


def jwk(**changes):
    key = {**key_for().as_dict(private=False), **changes}
    return {member: value for member, value in key.items() if value is not None}


def small_rsa():
    """Return an RSA key of 1024 bits, which joserfc makes none of."""
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    return json.dumps({"kty": "RSA", "n": encoded(numbers.n.to_bytes(128)), "e": "AQAB"}).encode()


WRONG_KEYS = {  # name → (what is registered, message)
    "not JSON": (b"\xff", "is no JWK Set"),
    "no object": (b"[]", "has to be an object"),
    "no key": (b'{"keys": []}', "1 to 10 keys"),
    "too many": (public(*[key_for()] * 11), "1 to 10 keys"),
    "a key that is none": (b'{"keys": ["x"]}', "has to be an object"),
    "a private key": (json.dumps({"keys": [key_for().as_dict(private=True)]}).encode(), "private or secret"),
    "a secret": (json.dumps({"kty": "oct", "k": "c2VjcmV0"}).encode(), "private or secret"),
    "for encryption": (json.dumps(jwk(use="enc")).encode(), "not for signatures"),
    "of another curve": (json.dumps(jwk(crv="secp256k1")).encode(), "kind that isn't taken"),
    "of no kind": (json.dumps(jwk(kty=None)).encode(), "kind that isn't taken"),
    "for another algorithm": (json.dumps(jwk(alg="RS256")).encode(), "kind that isn't taken"),
    "off the curve": (json.dumps(jwk(x=jwk()["y"])).encode(), "damaged"),
    "half of it": (json.dumps(jwk(y=None)).encode(), "damaged"),
    "members that are no texts": (json.dumps(jwk(x=1)).encode(), "damaged"),
    "RSA of 1024 bits": (small_rsa(), "1024 bits; at least 2048"),
    "several without names": (json.dumps({"keys": [jwk(), jwk()]}).encode(), "a kid of its own"),
    "several of one name": (json.dumps({"keys": [jwk(kid="a"), jwk(kid="a")]}).encode(), "a kid of its own"),
    "a name that is none": (json.dumps(jwk(kid=["a"])).encode(), "a kid has to be a text"),
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_keys_that_are_not_taken_are_refused_when_they_are_registered(sqlite_accounts, name):
    """With the reason: this is told to the operator and not to a stranger."""
    octets, fault = WRONG_KEYS[name]
    with pytest.raises(AccountError, match=fault):
        client_in(sqlite_accounts, jwks=octets)
    assert sqlite_accounts.clients.clients() == ()


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"]),
        st.text() | st.integers() | st.sampled_from(["EC", "RSA", "OKP", "P-256", "Ed25519", "AQAB"]),
    )
)
def test_no_key_crashes_what_reads_it(key):
    """It is taken or refused."""
    try:
        kept = json.loads(read_keys(json.dumps(key).encode()))
    except AccountError:
        return
    assert JWKRegistry.import_key(kept["keys"][0])


def test_only_public_members_are_kept():
    """Whatever else an institution writes beside them."""
    kept = json.loads(read_keys(json.dumps(jwk(kid="a", x5c=["x"], note="tajné")).encode()))
    assert set(kept["keys"][0]) == {"kty", "crv", "x", "y", "kid"}


WRONG_CLIENTS = {  # name → (how it is registered, message)
    "for nothing": ({"scopes": ()}, "at least one scope"),
    "without proof": ({"jwks": None}, "either keys or a certificate"),
    "with two proofs": ({"certificate": b"x"}, "either keys or a certificate"),
    "a certificate that is none": ({"jwks": None, "certificate": b"x"}, "not one certificate"),
    "over already": ({"expires_at": AT}, "expired already"),
    "from no network": ({"networks": ["ř"]}, "is no network"),
}


@pytest.mark.parametrize("name", WRONG_CLIENTS)
def test_a_client_that_could_do_nothing_is_refused(accounts, name):
    """Nothing is registered."""
    changes, fault = WRONG_CLIENTS[name]
    with pytest.raises(AccountError, match=fault):
        client_in(accounts, **changes)
    assert accounts.clients.clients() == ()


def test_keys_are_replaced_and_the_client_stays(accounts):
    """The new ones count from then on and the old ones no more; what it had stays, and so does its name."""
    old, new, nobodys = (key_for(name=name) for name in ("old", "new", "nobody's"))
    client = client_in(accounts, jwks=public(old))
    grant = token(accounts, signed(claims_of(client), key=old))
    replaced = accounts.clients.replace(client.identifier, jwks=public(new), why="ročně", **BY)
    assert accounts.clients.client(client.identifier) == replaced
    assert replaced.identifier == client.identifier
    assert ask(accounts, grant.secret).institution == "řup"
    for key, jti in ((old, "dvě"), (nobodys, "tři")):
        with pytest.raises(AuthenticationError):
            token(accounts, signed(claims_of(client, jti=jti), key=key))
    assert token(accounts, signed(claims_of(client, jti="čtyři"), key=new)).scopes == ALL
    own = certificate()
    accounts.clients.replace(client.identifier, certificate=own, **BY)
    assert token(accounts, client=client.identifier, certificate=own).scopes == ALL
    with pytest.raises(AuthenticationError):
        token(accounts, signed(claims_of(client, jti="pět"), key=new))
    assert [act.deed for act in accounts.acts()][-2:] == ["client replace"] * 2


NOT_REPLACED = {  # name → (what is given, what is said)
    "nothing": ({}, "either keys or a certificate"),
    "both": ({"jwks": public(key_for()), "certificate": certificate()}, "either keys or a certificate"),
    "no keys": ({"jwks": b"{}"}, "no JWK Set"),
}


@pytest.mark.parametrize("name", NOT_REPLACED)
def test_what_proves_nothing_replaces_nothing(accounts, name):
    """The client is as it was; and one that is over stays so."""
    given, fault = NOT_REPLACED[name]
    client = client_in(accounts)
    with pytest.raises(AccountError, match=fault):
        accounts.clients.replace(client.identifier, **given, **BY)
    assert accounts.clients.client(client.identifier) == client
    accounts.clients.end(client.identifier, **BY)
    with pytest.raises(AccountError, match="is over"):
        accounts.clients.replace(client.identifier, jwks=public(key_for()), **BY)


CLOSED = {  # name → (how it is registered, from where and when it asks)
    "expired": ({"expires_at": AT + MINUTE}, {"at": AT + MINUTE}),
    "before it was registered": ({}, {"at": AT - DAY}),
    "from a foreign network": ({"networks": ["192.0.2.0/24"]}, {"address": "198.51.100.1"}),
    "from nowhere": ({"networks": ["192.0.2.0/24"]}, {"address": None}),
    "as another one": ({}, {"client": "K7mQx4Rt9bHz"}),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_client_is_refused_with_one_sentence(accounts, name):
    """Whatever is wrong with it, though its assertion is right."""
    changes, asked = CLOSED[name]
    client = client_in(accounts, **changes)
    text = signed(claims_of(client, at=asked.get("at", AT)))
    with pytest.raises(AuthenticationError, match="the key is not valid here"):
        token(accounts, text, **asked)


@pytest.mark.parametrize(
    "identifier", [None, "", "K7mQx4Rt9bHz", "' OR 1=1", "\0" * 12, "ř" * 12, "a" * 1024 * 1024]
)
def test_an_unknown_client_is_refused_with_the_same_sentence(accounts, identifier):
    """Nobody learns which clients there are."""
    with pytest.raises(AuthenticationError, match="the key is not valid here"):
        token(accounts, None, client=identifier, certificate=certificate())
    with pytest.raises(AccountError, match="there is no client"):
        accounts.clients.client(identifier or "")


def test_an_assertion_is_good_once(accounts):
    """For one client; another one may have the same by chance."""
    one, other = client_in(accounts), client_in(accounts)
    granted(accounts, one)
    granted(accounts, other)
    with pytest.raises(AuthenticationError):
        granted(accounts, one)
    with pytest.raises(AuthenticationError):  # signed anew, with the jti of then
        granted(accounts, one, at=AT + MINUTE)


def test_an_assertion_that_was_refused_what_it_asked_is_not_used_up(accounts):
    """What fails leaves nothing: neither a token nor a used assertion."""
    client = client_in(accounts, scopes=[Scope.READ])
    for scopes, fault in ((["issue", "read"], "not allowed now: issue"), (["ř"], "there is no scope 'ř'")):
        with pytest.raises(AccountError, match=fault):
            granted(accounts, client, scopes=scopes)
    assert granted(accounts, client, scopes=["read"]).scopes == {Scope.READ}


def test_what_ended_long_ago_is_forgotten(accounts, database):
    """Tables don't grow for ever; a day is kept, for a clock that is set back."""
    client = client_in(accounts)
    for number in range(5):
        granted(accounts, client, jti=str(number), at=AT + number * MINUTE)
    granted(accounts, client, jti="poslední", at=AT + 2 * DAY)
    with database.reading() as connection:
        for table in (client_tokens, client_assertions):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 1


def test_a_certificate_proves_and_binds_the_token(accounts):
    """Who has the token and not the certificate has nothing, nor who has another certificate of the same name."""
    own, other = certificate(), certificate()
    client = client_in(accounts, jwks=None, certificate=own)
    grant = token(accounts, client=client.identifier, certificate=own)
    assert ask(accounts, grant.secret, certificate=own).institution == "řup"
    for wrong in (None, b"", other):
        with pytest.raises(AuthenticationError):
            ask(accounts, grant.secret, certificate=wrong)
        with pytest.raises(AuthenticationError):
            token(accounts, client=client.identifier, certificate=wrong)
    with pytest.raises(AuthenticationError):
        token(accounts, signed(claims_of(client)), certificate=own)


@pytest.mark.parametrize("dates", [{"until": AT - MINUTE}, {"since": AT + MINUTE}], ids=["ended", "not yet"])
def test_a_certificate_counts_while_it_is_valid(accounts, dates):
    """Also where a proxy doesn't look."""
    own = certificate(**{"since": AT - 2 * DAY, **dates})
    client = client_in(accounts, jwks=None, certificate=own)
    with pytest.raises(AuthenticationError):
        token(accounts, client=client.identifier, certificate=own)


def test_who_has_keys_needs_an_assertion(accounts):
    """A certificate proves nothing for it."""
    client = client_in(accounts)
    with pytest.raises(AuthenticationError):
        token(accounts, client=client.identifier, certificate=certificate())


OVER = {  # name → what happens to a token's client or account, and what is left
    "the client is ended": (lambda a, c: a.clients.end(c.identifier, why="unikl", **BY), None),
    "the account is suspended": (lambda a, _: a.suspend("řup", why="unikl", **BY), {Scope.READ}),
}


@pytest.mark.parametrize("name", OVER)
def test_a_token_ends_with_what_stands_behind_it(accounts, name):
    """At once, and not when its time is over."""
    happens, left = OVER[name]
    client = client_in(accounts)
    grant = granted(accounts, client)
    happens(accounts, client)
    if left is None:
        with pytest.raises(AuthenticationError):
            ask(accounts, grant.secret)
        with pytest.raises(AccountError, match="ended before"):
            accounts.clients.end(client.identifier, **BY)
    else:
        assert ask(accounts, grant.secret).scopes == left


FOREIGN = {  # name → how a token is used
    "from a foreign network": {"address": "198.51.100.1"},
    "the clock set back": {"at": AT - DAY},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_token_is_held_to_what_its_client_is(accounts, name):
    """Networks and clock count for tokens as for keys."""
    client = client_in(accounts, networks=["192.0.2.0/24"])
    grant = granted(accounts, client)
    assert ask(accounts, grant.secret).institution == "řup"
    with pytest.raises(AuthenticationError):
        ask(accounts, grant.secret, **FOREIGN[name])


def test_a_token_never_outlives_its_client(accounts):
    """Its time is cut."""
    client = client_in(accounts, expires_at=AT + 2 * MINUTE)
    assert granted(accounts, client).seconds == 120


def test_in_production_a_client_gets_what_the_mandate_allows(database):
    """No token for issuing once it has ended."""
    accounts = Accounts(database, sandbox=False)
    approval = Approval.of(
        institution="řup",
        sandbox="https://sandbox.example",
        approved_by="Růžena",
        approved_at=AT.isoformat(),
        mandate=MandateRecord("ab" * 32, date(2026, 1, 1), date(2026, 12, 31)),
    )
    accounts.add_approved(approval, **BY)
    client, only = client_in(accounts), client_in(accounts, scopes=[Scope.ISSUE])
    assert granted(accounts, client).scopes == ALL
    later = AT + 60 * DAY
    with pytest.raises(AccountError, match="not allowed now: issue"):
        granted(accounts, only, at=later)
    with pytest.raises(AccountError, match="not allowed now: issue"):
        granted(accounts, client, at=later, scopes=["issue"])
    assert granted(accounts, client, at=later).scopes == {Scope.READ, Scope.REVOKE}
