"""What looks alike is found, however it is written: names, identifiers and links."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.service.verifying import lookalikes
from mikrocert.service.verifying.lookalikes import (
    destinations,
    leading_below,
    letters,
    number_in,
    skeleton,
    words,
)

NAME = "Česká zemědělská univerzita, o. p. s."

ALIKE = {  # how → a text that looks like NAME
    "Cyrillic letters": "Čеskа́ zеmědělskа́ unіverzitа, о. р. ѕ.",
    "Greek letters": "Česκά zεmědělsκά υnιverzιτα, ο. ρ. s.",
    "Cyrillic letters with a tail": "Ҫеsка zеmědělsқа unіverzitа, о. р. ѕ.",
    "Coptic letters": "Čⲉsⲕá zemědělská univerzitⲁ, ⲟ. ⲣ. s.",
    "Coptic capitals": "ČESⲔÁ ZEⲘĚDĚLSⲔÁ UⲚⲒVERZⲒⲦⲀ, Ⲟ. Ⲣ. S.",
    "Cherokee letters": "ČᎬᏚᏦÁ ᏃᎬᎷĚᎠĚᏞᏚᏦÁ UNIᏙᎬᎡᏃIᎢᎪ, O. Ꮲ. Ꮪ.",
    "small Cherokee letters": "ČꭼꮪꮶÁ ꮓꭼꮇĚꭰĚꮮꮪꮶÁ UNIꮩꭼꭱꮓIꭲꭺ, O. ꮲ. ꮪ.",
    "Canadian syllabics": "Česká zeměᑯělská ᑌnierzita, o. p. s.".replace("nierz", "niᐯerz"),
    "Deseret letters": "Česká zemědělská univerzita, 𐐄. p. 𐐠.",
    "letters with strokes and hooks": "Čɇsƙá ƶeɱěđěłʂƙá ᶙniverƶiŧⱥ, ø. ƥ. ʂ.",
    "Cyrillic capitals": "ЧЕСКА ZЕМĚDĚLSКÁ UNІVЕRZІТА, О. Р. S.".replace("ЧЕСКА", "ČESKÁ"),
    "capital I for l": "Česká zeměděIská univerzita, o. p. s.",
    "one for l": "Česká zeměděl\u0073ká univerz1ta, o. p. s.",
    "nought for o": "Česká zemědělská univerzita, 0. p. s.",
    "accents apart": unicodedata.normalize("NFD", NAME),
    "without accents": "Ceska zemedelska univerzita, o. p. s.",
    "full width": "Ｃ\u030ceská zemědělská univerzita, o. p. s.",
    "mathematical": "Česká zemědělská 𝐮𝐧𝐢𝐯𝐞𝐫𝐳𝐢𝐭𝐚, o. p. s.",
    "in circles": "Česká zemědělská ⓤniverzita, o. p. s.",
    "small capitals": "Česká zemědělská ᴜɴɪᴠᴇʀᴢɪᴛᴀ, o. p. s.",
    "another dotless i": "Česká zemědělská unıverzıta, o. p. s.",
    "other spaces": "Česká\u2003zemědělská\u00a0univerzita,\u202fo.\u2009p. s.",
    "other punctuation": "Česká zemědělská univerzita o.p.s",
    "rn for m": "Česká zernědělská univerzita, o. p. s.",
}


@pytest.mark.parametrize("how", ALIKE)
def test_what_looks_alike_has_the_same_skeleton(how):
    """Whoever reads one takes it for the other."""
    assert skeleton(ALIKE[how]) == skeleton(NAME)


@pytest.mark.parametrize(
    "text", ["Česká zemědělská univerzita", "Řeznická univerzita", "", "大学", "Универсиада"]
)
def test_what_looks_otherwise_has_another_one(text):
    """A name that nobody takes for ours is nobody's fault."""
    assert skeleton(text) != skeleton(NAME)


UNSEEN = "\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2066\u3164\ufe0f\ufeff\uffa0\U000e0041\u0000\n"


@given(at=st.integers(0, len(NAME)), unseen=st.text(UNSEEN, min_size=1, max_size=5), upper=st.booleans())
def test_what_nobody_sees_changes_nothing(at, unseen, upper):
    """Joiners, soft hyphens, fillers, marks of direction and variation; letter case as well."""
    text = NAME[:at] + unseen + NAME[at:]
    assert skeleton(text.upper() if upper else text) == skeleton(NAME)


HOLDING = (
    "00123456",
    "IČO00123456",
    "ico: 123 456",
    "CZ 001/234/56",
    "CZOOl23456",
    "٠٠١٢٣٤٥٦",
    "č. 00123456, Brno",
)
OTHER = (
    "100123456",
    "001234565",
    "1 00123456 2".replace(" ", ""),
    "00123457",
    "",
    "o",
    "0" * 50_000,
    "o0" * 25_000,
)


@pytest.mark.parametrize("text", [*HOLDING, *OTHER])
def test_a_number_is_found_in_whatever_form(text):
    """Whatever surrounds it, unless that makes it another number."""
    assert number_in(text, "00123456") is (text in HOLDING)


@pytest.mark.parametrize(
    ("number", "text", "there"),
    [
        ("00000000", "IČO 00000000", True),
        ("00000000", "10000000", False),
        ("HRB 12345", "hrb12345", True),
        ("HRB 12345", "HRB 123456", False),
        ("12345678", "IČO12345678", True),
    ],
)
def test_numbers_of_all_registers_are_found(number, text, there):
    """Nothing but noughts, with letters inside, without noughts."""
    assert number_in(text, number) is there


@given(st.text(), st.text())
def test_letters_of_a_part_are_letters_of_the_whole(one, other):
    """So a text can be looked for in another."""
    assert letters(one) in letters(f"{one} {other}")
    assert letters(other) in letters(f"{one} {other}")


@given(st.text())
def test_a_skeleton_has_letters_and_digits_only(text):
    """Whatever the text; and its words are made of the same."""
    assert all(c.isalnum() for c in skeleton(text))
    assert "".join(words(text)) == letters(text)


OURS = "https://mikrocert.example/verify/"

THERE = {  # how → an address that leads to ours, or seems to
    "scheme in capitals": "HTTPS://mikrocert.example/verify/K7",
    "another scheme": "http://mikrocert.example/verify/K7",
    "no scheme": "mikrocert.example/verify/K7",
    "that of the page": "//mikrocert.example/verify/K7",
    "host in capitals": "https://MIKROCERT.Example/verify/K7",
    "usual port": "https://mikrocert.example:443/verify/K7",
    "usual port with a nought": "https://mikrocert.example:0443/verify/K7",
    "empty port": "https://mikrocert.example:/verify/K7",
    "a user": "https://polabi.example@mikrocert.example/verify/K7",
    "user and password": "https://u:p@mikrocert.example/verify/K7",
    "a dot behind": "https://mikrocert.example./verify/K7",
    "two slashes": "https://mikrocert.example//verify//K7",
    "a dot": "https://mikrocert.example/./verify/./K7",
    "back and forth": "https://mikrocert.example/x/../verify/K7",
    "percent": "https://mikrocert.example/%76erify/K7",
    "percent of percent": "https://mikrocert.example/%2576erify/K7",
    "percent in the host": "https://%6dikrocert.example/verify/K7",
    "path in capitals": "https://mikrocert.example/VERIFY/K7",
    "backslashes": "https:\\\\mikrocert.example\\verify\\K7",
    "white space": " \thttps://mikrocert.example/ver\nify/K7",
    "a joiner": "https://mikro\u200dcert.example/verify/K7",
    "a soft hyphen": "https://mikro\u00adcert.example/verify/K7",
    "another full stop": "https://mikrocert。example/verify/K7",
    "Cyrillic": "https://mikroсert.example/verify/K7",
    "punycode": "https://xn--mikroert-jch.example/verify/K7",
    "full width": "https://ｍikrocert.example/verify/K7",
    "query": "https://mikrocert.example/verify/K7?ř#ď",
    "a slash in the user": "https://x%2Fy@mikrocert.example/verify/K7",
    "a query in the user": "https://x%3Fy@mikrocert.example/verify/K7",
    "a fragment in the user": "https://x%23y@mikrocert.example/verify/K7",
    "a query in what is left": "https://mikrocert.example/x%3F/../verify/K7",
    "no slashes": "https:mikrocert.example/verify/K7",
}
ELSEWHERE = {
    "another host": "https://jinde.example/verify/K7",
    "ours below another": "https://mikrocert.example.jinde.example/verify/K7",
    "ours as a user": "https://mikrocert.example@jinde.example/verify/K7",
    "ours in the path": "https://jinde.example/mikrocert.example/verify/K7",
    "ours in the query": "https://jinde.example/?https://mikrocert.example/verify/K7",
    "another port": "https://mikrocert.example:8443/verify/K7",
    "another page": "https://mikrocert.example/about",
    "a page of a similar name": "https://mikrocert.example/verifying/K7",
    "nothing": "",
    "no address": "urn:ř",
    "broken punycode": "https://xn--\u0159.example/verify/K7",
}


@pytest.mark.parametrize("how", [*THERE, *ELSEWHERE])
def test_where_a_link_leads(how):
    """However it is written; and what only mentions ours leads elsewhere."""
    link = {**THERE, **ELSEWHERE}[how]
    [ours] = destinations(OURS)
    assert any(there.startswith(f"{ours}/") for there in destinations(link)) is (how in THERE)


INSIDE = {  # how → a text with an address of ours in it
    "in a sentence": "Ověřte na https://mikrocert.example/verify/K7, prosím.",
    "in brackets": "(mikrocert.example/verify/K7)",
    "in quotation marks": "viz „https://mikrocert.example/verify/K7“",
    "after a line break": "Ověření:\nhttps://mikrocert.example/verify/K7",
    "among others": "https://a.example/x https://mikrocert.example/verify/K7 https://b.example/y",
    "behind letters": "odkaz:https://mikrocert.example/verify/K7",
    "in bold": "**https://mikrocert.example/verify/K7**",
    "in italics": "_https://mikrocert.example/verify/K7_",
    "behind a bullet": "•https://mikrocert.example/verify/K7",
    "behind a hyphen": "-https://mikrocert.example/verify/K7",
    "after an ellipsis": "…https://mikrocert.example/verify/K7…",
}


@pytest.mark.parametrize("how", [*INSIDE, *THERE])
def test_an_address_is_found_in_whatever_text(how):
    """As a word, as the whole, and in a credential among hundreds of others."""
    text = {**THERE, **INSIDE}[how]
    others = ("https://data.example/a/b", "Řípská", "mikrocert.example", "https://mikrocert.example/about")
    [found] = leading_below([OURS], (*others, text, *others, text))
    assert found in text
    assert not [*leading_below([OURS], others)]


@pytest.mark.parametrize("how", ELSEWHERE)
def test_what_only_mentions_ours_is_not_found(how):
    """Texts about us are everybody's."""
    assert not [*leading_below([OURS], (ELSEWHERE[how], f"viz {ELSEWHERE[how]}!"))]


def test_an_own_place_in_any_alphabet_is_found():
    """Whether settings or the credential have it in punycode."""
    wide = "https://řípská.example/verify/"
    puny = f"https://xn--{'řípská'.encode('punycode').decode()}.example/verify/"
    for own, other in ((wide, puny), (puny, wide), (wide, wide), (puny, puny)):
        assert [*leading_below([own], (f"{other}K7",))]


def test_a_host_is_looked_at_once(monkeypatch):
    """However many addresses of it a credential has."""
    asked = []
    original = lookalikes._may_name
    monkeypatch.setattr(lookalikes, "_may_name", lambda *args: (asked.append(args), original(*args))[1])
    assert not [*leading_below([OURS], (f"https://data.example/{n}" for n in range(1000)))]
    assert len(asked) == 1


@pytest.mark.parametrize("before", [" ", "ř", "1", "/", "x" * 1000 + "/"])
def test_a_scheme_is_sought_at_the_beginning_only(before):
    """Who looks for one at each letter of a long text pays for the square of its length."""
    assert lookalikes._SCHEME.search("https://mikrocert.example")
    assert not lookalikes._SCHEME.search(f"{before}https://mikrocert.example")


@given(st.text())
def test_whatever_claims_to_be_a_link_leads_somewhere(text):
    """No text is too odd."""
    assert all(isinstance(there, str) for there in destinations(text))
