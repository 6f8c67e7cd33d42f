"""The public catalogue: what institutions publish, as pages and as data."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from litestar.testing import TestClient
from mikrocert.accounts import Stage
from mikrocert.api import read_types
from mikrocert.archive import init_archive
from mikrocert.errors import PluginError
from mikrocert.texts import message
from mikrocert_portal.app import create_app
from mikrocert_portal.catalogue.loq import loq_document
from mikrocert_portal.catalogue.schema_org import data_block

AT = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
BY = {"actor": "Růžena Ďurčanská", "at": AT}
BEES = {
    "title": {"cs": "Chov včel", "en": "Beekeeping"},
    "outcomes": [
        {
            "title": {"cs": "Pozná plemena včel.", "en": "Knows breeds of bees."},
            "skills": [
                {
                    "uri": "http://data.europa.eu/esco/skill/97965983-0da4-4902-9daf-d5cd2693ef73",
                    "title": {"cs": "včely", "en": "bees"},
                }
            ],
        },
        {"title": {"cs": "Postaví úl.", "en": "Builds a hive."}},
    ],
    "workload": {"ects": 2.5, "hours": 62.5},
    "level": {"eqf": 6, "cycle": "first"},
    "thematic_areas": ["0811", "0519"],
    "languages": ["cs"],
    "learning_type": "course",
    "participation": {"mode": "blended"},
    "assessments": [{"type": "quiz"}, {"type": "project-work", "title": {"cs": "Úl", "en": "A hive"}}],
    "quality_assurance": [
        {
            "type": "institutional-quality-assurance",
            "title": {"cs": "Vnitřní hodnocení", "en": "Internal evaluation"},
            "valid_until": "2031-12-31",
        }
    ],
    "prerequisites": {"cs": "Žádné.", "en": "None."},
    "further_information": {"cs": "Včelín je v zahradě.", "en": "In the garden."},
    "stackability": {"kind": "stackable"},
    "valid_months": 24,
}
OFFERING = {
    "published": True,
    "homepage": "https://skola.example/vcely",
    "price": {"amount": 1500, "currency": "CZK", "note": {"cs": "Studenti zdarma."}},
    "run": {"starts_on": "2099-03-01", "ends_on": "2099-05-31", "apply_until": "2099-02-15"},
}
DATA = {"accept": "application/json"}
SHARED = Path(os.environ.get("MIKROCERT_SHARED", Path(__file__).parents[3].parent / "shared"))


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """Return the folder of an archive in which nothing is."""
    folder = tmp_path_factory.mktemp("empty")
    init_archive(f"sqlite:///{folder / 'archive.sqlite'}")
    return folder


@pytest.fixture
def system(empty, open_toy, tmp_path):
    """Return a system whose university has an account and publishes nothing yet."""
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    with open_toy(tmp_path) as system:
        system.the_accounts().add("toy", **BY)
        yield system


@pytest.fixture
def client(system):
    with TestClient(create_app(system), base_url="http://127.0.0.1") as client:
        yield client


def both(text):
    return {"cs": text, "en": text}


def keep(system, type_id="VC-1", **changes):
    document = json.dumps({"id": type_id, **BEES, "offering": OFFERING, **changes}).encode()
    system.catalogue.keep("toy", read_types(document), **BY)


@pytest.mark.parametrize("language", ["cs", "en"])
def test_an_empty_catalogue_says_so(client, language):
    """It invents nothing, and no page of it is missing."""
    assert client.get("/catalogue", params={"lang": language}).status_code == 200
    assert client.get("/catalogue.json").json()["types"] == []
    assert client.get("/catalogue/toy", params={"lang": language}).status_code == 200
    assert client.get("/catalogue/toy.json").json()["register"] == {"result": "not-looked-up", "id": None}
    for address in (
        "/catalogue/feed.atom",
        "/catalogue/loq.jsonld",
        "/catalogue/dataset.jsonld",
        "/sitemap.xml",
    ):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("language", ["cs", "en"])
def test_a_published_type_is_found_everywhere(client, system, language):
    """In the list, at its institution, on a page of its own, in the feed, in the map and in the data."""
    keep(system)
    title = BEES["title"][language]
    for address in ("/catalogue", "/catalogue/toy", "/catalogue/toy/VC-1", "/catalogue/feed.atom"):
        answer = client.get(address, params={"lang": language})
        assert (answer.status_code, title in answer.text) == (200, True), address
        assert "no-store" not in answer.headers["cache-control"]
    assert "/catalogue/toy/VC-1</loc>" in client.get("/sitemap.xml").text
    assert "Sitemap: https://toy.example/sitemap.xml" in client.get("/robots.txt").text
    assert [one["id"] for one in client.get("/catalogue.json").json()["types"]] == ["VC-1"]
    assert client.get("/catalogue/toy/VC-1.json").json()["type"]["offering"] == OFFERING


HIDDEN = {  # why it isn't public → what is done
    "it says nothing of it": lambda system: keep(system, offering={}),
    "it says no": lambda system: keep(system, offering={**OFFERING, "published": False}),
    "it says no now": lambda system: (keep(system), keep(system, offering={**OFFERING, "published": False})),
    "its institution is suspended": lambda system: (
        keep(system),
        system.the_accounts().suspend("toy", why="kontrola", **BY),
    ),
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_is_not_published_is_nowhere(client, system, kind):
    """Its address is answered as one that there never was."""
    HIDDEN[kind](system)
    never = client.get("/catalogue/toy/VC-2")
    for ending in ("", ".json", ".jsonld"):
        answer = client.get(f"/catalogue/toy/VC-1{ending}")
        assert answer.status_code == never.status_code == 404
        assert answer.text.replace("VC-1", "") == never.text.replace("VC-2", "") or ending
    addresses = (
        "/catalogue",
        "/catalogue/toy",
        "/catalogue/feed.atom",
        "/catalogue/loq.jsonld",
        "/sitemap.xml",
    )
    for address in addresses:
        assert "VC-1" not in client.get(address).text


def test_outside_of_a_sandbox_an_institution_has_to_be_approved(system):
    """An account that is on its way is not public."""
    keep(system)
    catalogue = system.public_catalogue
    assert [one.name for one in catalogue.institutions(language="cs")] == ["toy"]
    account = system.the_accounts().account("toy")
    assert account.stage is not Stage.APPROVED
    system.settings = type(system.settings)(operator=system.settings.operator, sandbox=False)
    assert catalogue.institutions(language="cs") == ()
    assert catalogue.type("toy", "VC-1") is None


def test_an_ended_type_keeps_its_page_and_leaves_the_lists(client, system):
    """The page says since when; it offers nothing any more."""
    keep(system)
    system.catalogue.end("toy", "VC-1", **BY)
    page = client.get("/catalogue/toy/VC-1", params={"lang": "en"}).text
    assert "30 November 2026" in page.replace("\xa0", " ")
    assert "skola.example" not in page
    for address in ("/catalogue.json", "/catalogue/feed.atom", "/catalogue/loq.jsonld", "/sitemap.xml"):
        assert "VC-1" not in client.get(address).text


@pytest.mark.parametrize("accept", ["application/json", "application/ld+json", "text/html"])
@pytest.mark.parametrize("address", ["/catalogue", "/catalogue/toy", "/catalogue/toy/VC-1"])
def test_one_address_has_pages_and_data(client, system, address, accept):
    """Which of them is asked for by Accept, and caches are told."""
    keep(system)
    answer = client.get(address, headers={"accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == accept
    assert "Accept" in answer.headers["vary"]


def test_a_type_may_be_called_as_a_file(client, system):
    """Then its own page is at its address; the data of another one are had by Accept."""
    keep(system, "A")
    keep(system, "A.json", title=both("Jiný"))
    assert "Jiný" in client.get("/catalogue/toy/A.json").text
    assert client.get("/catalogue/toy/A", headers=DATA).json()["type"]["title"] == BEES["title"]


SEARCHED = {  # query → (status, ids)
    "": (200, ["B", "VC-1"]),
    "q=VCEL": (200, ["VC-1"]),
    "q=%00%ff": (200, []),
    "area=08": (200, ["VC-1"]),
    "area=0811&level=6&institution=toy&language=cs": (200, ["VC-1"]),
    "level=7": (200, ["B"]),
    "language=en": (200, []),
    "page=1": (200, ["B", "VC-1"]),
    "page=2": (404, None),
    "page=0": (404, None),
    "page=x": (404, None),
    "page=99999999999999999999": (404, None),
    "area=99x": (422, []),
    "level=9": (422, []),
    "level=6%20": (200, ["VC-1"]),
    "institution=muni": (422, []),
    "language=xx-nic": (422, []),
    "q=" + "a" * 201: (422, []),
    "sort=title": (200, ["B", "VC-1"]),
}


@pytest.mark.parametrize("query", SEARCHED)
def test_a_search_answers_or_says_what_is_wrong(client, system, query):
    """What can't be chosen is told at its field; then nothing is listed."""
    keep(system)
    keep(
        system,
        "B",
        title=both("Aleje"),
        outcomes=[{"title": both("Sází.")}],
        thematic_areas=["0511"],
        level={"eqf": 7},
    )
    status, ids = SEARCHED[query]
    answer = client.get(f"/catalogue?{query}", headers=DATA)
    page = client.get(f"/catalogue?{query}")
    assert (answer.status_code, page.status_code) == (status, status)
    if ids is not None:
        assert [one["id"] for one in answer.json()["types"]] == ids
        assert ('aria-invalid="true"' in page.text) == (status == 422)


def test_a_long_list_has_pages(client, system):
    """Each type is on one of them, data name the next one, and filters stay."""
    for number in range(45):
        keep(system, f"T{number:02}", title=both(f"Kurz {number:02}"))
    ids, address = [], "/catalogue.json?level=6"
    while address:
        answer = client.get(address).json()
        ids += [one["id"] for one in answer["types"]]
        address = answer["next"] and answer["next"].removeprefix(system.settings.base_url)
    assert ids == [f"T{number:02}" for number in range(45)]
    page = client.get("/catalogue?level=6&page=2&lang=en").text
    assert 'rel="next" href="/catalogue?level=6&amp;page=3&amp;lang=en"' in page.replace("q=&amp;", "")


HOSTILE = '</title> & ]]> "konec" <!-- {{ 7 * 7 }}'


def test_what_institutions_write_ends_no_element(client, system):
    """Neither of the page nor of the block of data in it, nor of the feed."""
    keep(system, title=both(HOSTILE), prerequisites=both(HOSTILE))
    page = client.get("/catalogue/toy/VC-1").text
    assert page.count("</title>") == 1
    [block] = re.findall(r'(?s)<script type="application/ld\+json">(.*?)</script>', page)
    assert json.loads(block)["name"] == HOSTILE
    feed = ET.fromstring(client.get("/catalogue/feed.atom").content)
    assert HOSTILE in [title.text for title in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert "</title> &" not in client.get("/catalogue").text


def test_a_block_of_data_has_no_sign_of_markup():
    """So that nothing in it ends the block, and a reader of the data finds what was said."""
    document = {"name": "</script><!--<script>&amp;"}
    block = data_block(document)
    assert not set("<>&") & set(block)
    assert json.loads(block) == document


def test_a_run_that_is_over_is_no_next_one(client, system):
    """Nobody is told to come to what has ended, and no later run is made up."""
    run = {"starts_on": "2026-01-01", "ends_on": "2026-02-01"}
    keep(system, offering={"published": True, "run": run})
    page = client.get("/catalogue/toy/VC-1", params={"lang": "en"}).text
    assert "Next run" not in page
    assert "no later run" in page
    assert "Price" not in page


def test_the_register_is_repeated_with_its_day(client, system, tmp_path):
    """What is in it stands there in its words; a file that can't be read means that nothing was looked up."""
    path = tmp_path / "register.json"
    organisation = system.public_catalogue.institution("toy").organisation
    identifier = organisation.identifier("deqar")
    entry = {
        "id": "DEQARINST9001",
        "name": "Toy in the register",
        "decisions": [
            {"agency": "Agency", "activity": "institutional audit", "valid_until": "2020-01-01"},
        ],
    }
    snapshot = {
        "layout": "mikrocert-register/1",
        "register": "DEQAR",
        "taken_on": (date(2026, 11, 1) - timedelta(days=300)).isoformat(),
        "institutions": [entry],
    }
    assert identifier is None
    from mikrocert.catalogue.register import RegisterFile

    catalogue = system.public_catalogue
    catalogue._register = RegisterFile(path)
    with_id = type(organisation)(
        organisation.legal_name,
        organisation.address,
        (*organisation.identifiers, type(organisation.identifiers[0])("deqar", "DEQARINST9001")),
    )
    catalogue._institutions["toy"] = type(catalogue.institution("toy"))("toy", with_id)
    assert client.get("/catalogue/toy.json").json()["register"]["result"] == "not-looked-up"
    path.write_text(json.dumps(snapshot))
    page = client.get("/catalogue/toy?lang=en").text
    assert "institutional audit" in page
    assert "has ended" in page
    assert "more than half a year" in page
    assert "accredited" not in page
    path.write_text(json.dumps(snapshot)[:-5])
    page = client.get("/catalogue/toy?lang=en")
    assert (page.status_code, "Not looked up" in page.text) == (200, True)
    path.write_text(json.dumps({**snapshot, "institutions": []}))
    assert client.get("/catalogue/toy.json").json()["register"]["result"] == "not-found"


def test_a_university_that_failed_once_comes_back(client, system, monkeypatch):
    """It is asked again after a while, and not with every page."""
    clock, asked, choose = [100.0], [], type(system.plugins.institutions).choose

    def failing(self, name, settings):
        asked.append(name)
        if len(asked) < 2:
            raise PluginError(message("a plugin ended"))
        return choose(self, name, settings)

    monkeypatch.setattr(type(system.plugins.institutions), "choose", failing)
    monkeypatch.setattr("mikrocert.service.verifiers.public_catalogue.monotonic", lambda: clock[0])
    assert client.get("/catalogue/toy").status_code == 404
    assert client.get("/catalogue/toy").status_code == 404
    assert len(asked) == 1
    clock[0] += 3600
    assert client.get("/catalogue/toy").status_code == 200


def test_without_an_archive_there_is_no_catalogue(open_toy, tmp_path):
    """It is told as it is elsewhere; pages that need no archive stay."""
    with open_toy(tmp_path) as system, TestClient(create_app(system)) as client:
        assert client.get("/catalogue").status_code == 503
        assert client.get("/").status_code == 200


def _graph(document):
    """Read JSON-LD into a graph, without fetching anything."""
    rdflib, pyld = pytest.importorskip("rdflib"), pytest.importorskip("pyld")
    plain = json.loads(json.dumps(document, default=str))
    quads = pyld.jsonld.to_rdf(plain, {"format": "application/n-quads", "documentLoader": None})
    return rdflib.Graph().parse(data=quads, format="nt")


def _all_types(system):
    catalogue = system.public_catalogue
    return [(catalogue.type("toy", one.id), catalogue.institution("toy")) for one in catalogue.published()]


@pytest.mark.judges
def test_linked_data_conform_to_the_profile(system):
    """To both of its shapes graphs, whatever a type says and leaves out; and each type is there."""
    shapes_file = SHARED / "loq" / "LOQ-constraints.ttl"
    if not shapes_file.exists():
        pytest.skip("the shapes are not at hand")
    rdflib, pyshacl = pytest.importorskip("rdflib"), pytest.importorskip("pyshacl")
    keep(system)
    least = ("title", "outcomes", "workload", "level", "thematic_areas")
    spare = {name: None for name in BEES if name not in least}
    document = {
        "id": "LEAST",
        **{n: v for n, v in BEES.items() if n not in spare},
        "offering": {"published": True},
    }
    system.catalogue.keep("toy", read_types(json.dumps(document).encode()), **BY)
    graph = _graph(loq_document(_all_types(system), base="https://example.org/catalogue"))
    elm = rdflib.Namespace("http://data.europa.eu/snb/model/elm/")
    assert len(set(graph.subjects(rdflib.RDF.type, elm.LearningOpportunity))) == 2
    assert len(set(graph.subject_objects(elm.NQFLevel))) == 2
    for name in ("LOQ-constraints.ttl", "LOQ-constraints-mdr.ttl"):
        shapes = rdflib.Graph().parse(SHARED / "loq" / name)
        pattern = rdflib.URIRef("http://www.w3.org/ns/shacl#pattern")
        for triple in list(shapes.triples((None, pattern, None))):
            if "\\p{" in triple[2] or "(?i)" in triple[2]:
                shapes.remove(triple)
        conforms, _, text = pyshacl.validate(
            graph, shacl_graph=shapes, inference="none", do_owl_imports=False
        )
        assert conforms, text


def test_linked_data_of_another_country_have_no_national_level(system):
    """Where it can't be told, a type is an achievement specification, which has none."""
    keep(system)
    catalogue = system.public_catalogue
    there = catalogue.institution("toy")
    organisation = there.organisation
    abroad = type(organisation)(organisation.legal_name, type(organisation.address)("AUT"))
    document = loq_document(
        [(catalogue.type("toy", "VC-1"), type(there)("toy", abroad))], base="https://example.org/catalogue"
    )
    kinds = {node["type"] for node in document["@graph"]}
    assert "LearningAchievementSpecification" in kinds
    assert "NQFLevel" not in json.dumps(document["@graph"], default=str)


def test_the_dataset_says_who_publishes_what(client, system):
    """Title, description, publisher and each distribution with its address; no licence, since nobody has given one."""
    rdflib = pytest.importorskip("rdflib")
    keep(system)
    graph = _graph(client.get("/catalogue/dataset.jsonld").json())
    dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
    [dataset] = set(graph.subjects(rdflib.RDF.type, dcat.Dataset))
    assert {text.language for text in graph.objects(dataset, dct.title)} >= {"cs", "en"}
    assert list(graph.objects(dataset, dct.publisher))
    addresses = [str(one) for one in graph.objects(None, dcat.downloadURL)]
    for address in addresses:
        assert client.get(address.removeprefix(system.settings.base_url)).status_code == 200
    assert len(addresses) == 2
    assert not list(graph.subject_objects(dct.license))


def targets(page):
    """Return what can be chosen as a target: institution → value → title."""
    groups = re.findall(r'<optgroup label="([^"]*)">(.*?)</optgroup>', page, re.DOTALL)
    return {
        name: dict(re.findall(r'<option value="([^"]+)"(?: selected)?>([^<]*)</option>', options))
        for name, options in groups
    }


def compared(client, **fields):
    """Send the form of the recognition aid as a browser does, with a file that is none."""
    parts = [(name, (None, value)) for name, value in fields.items()]
    return client.post("/recognition?lang=en", files=[*parts, ("file", ("a.pdf", b"x"))])


def test_a_target_is_chosen_from_the_catalogue(client, system):
    """What is published can be chosen, by institution and title; what isn't can't, and nothing is typed for it."""
    assert 'id="target"' not in client.get("/recognition?lang=en").text
    keep(system)
    keep(system, "VC-2", title=both("Ála & spol."))
    keep(system, "VC-3", title=both("Skryté"), offering={**OFFERING, "published": False})
    page = client.get("/recognition?lang=en").text
    (types,) = targets(page).values()
    assert types == {"toy/VC-2": "Ála &amp; spol.", "toy/VC-1": "Beekeeping"}
    assert '<select id="target"' in page
    answer = compared(client, target="toy/VC-1")
    assert answer.status_code == 200
    assert "Target, as the catalogue has it" in answer.text
    assert "Beekeeping" in answer.text


def test_a_chosen_target_stays_chosen(client, system):
    """By the link of its page, and where something else of the form is wrong; also one that is no more among the choices."""
    keep(system)
    keep(system, "VC-2", title=both("Skryté"))
    assert 'value="toy/VC-1" selected' in client.get("/recognition?target=toy/VC-1").text
    assert 'value="toy/VC-1" selected' in compared(client, target="toy/VC-1", ects="-1").text
    system.catalogue.end("toy", "VC-2", **BY)
    assert "<option selected>toy/VC-2</option>" in client.get("/recognition?target=toy/VC-2").text
    wrong = compared(client, target="toy/none")
    assert wrong.status_code == 422
    assert "<option selected>toy/none</option>" in wrong.text
    assert 'id="target-error"' in wrong.text


def test_a_long_catalogue_is_searched_and_not_listed(client, system, monkeypatch):
    """The page stays small: there is a field for the end of an address, and the catalogue, whose pages lead back."""
    monkeypatch.setattr("mikrocert_portal.recognition.MOST_CHOICES", 1)
    keep(system)
    keep(system, "VC-2")
    page = client.get("/recognition?lang=en").text
    assert targets(page) == {}
    assert '<input id="target"' in page
    assert "/recognition?target=toy%2FVC-1" in client.get("/catalogue/toy/VC-1?lang=en").text.replace(
        "target=toy/", "target=toy%2F"
    )
