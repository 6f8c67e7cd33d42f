"""Lists of codes are called by names that people know, never by the short names of their files."""

from __future__ import annotations

import re

import pytest
from mikrocert.api import Texts, codelist, codelist_names
from mikrocert_edc_v3.jsonld.jsonld_subset import read
from mikrocert_edc_v3.model import lists
from mikrocert_edc_v3.model.elm import SCHEMES
from mikrocert_edc_v3.validation.list_names import list_name
from mikrocert_edc_v3.validation.validate import examine

TEXTS = Texts(["mikrocert_edc_v3"])
CODES_OF_LISTS = sorted({
    *(codelist(name).scheme for name in codelist_names()),
    *(iri for name, iri in vars(SCHEMES).items() if name.isupper()),
    *map(lists.own_scheme, lists.OWN_LABELS),
})  # fmt: skip


@pytest.mark.parametrize("scheme", CODES_OF_LISTS)
def test_every_list_that_we_judge_by_has_a_name_in_both_languages(scheme):
    """Wherever a code is held against a list, people are told which one."""
    name = list_name(scheme)
    assert name is not None
    czech, english = TEXTS.plain(name, "cs"), TEXTS.plain(name, "en")
    assert czech != english
    assert czech[0].isupper()
    assert english[0].isupper()


@pytest.mark.parametrize(
    "scheme", ["http://example.org/lists/1b79dc3d-cf98-4937", "urn:x:dcff", "http://example.org/"]
)
def test_a_list_that_we_do_not_know_is_called_by_no_part_of_its_address(scheme, document):
    """Of a list of others is only said that we don't have it."""
    level = document["credentialSubject"]["hasClaim"]["specifiedBy"]["dcType"]
    level["inScheme"] = {"id": scheme, "type": "ConceptScheme"}
    level["id"] = "http://example.org/code"
    found = [finding for finding in examine(read(document)) if finding.code == "list-not-at-hand"]
    (finding,) = (finding for finding in found if finding.path.endswith("dcType"))
    text = TEXTS.plain(finding.message, "cs") + TEXTS.plain(finding.message, "en")
    assert not any(part in text for part in re.split("[/:]", scheme) if part)
