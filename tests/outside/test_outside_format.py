"""A format secured by another envelope, with another suffix, in a package that is none of ours."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

PACKAGES = Path(__file__).parent / "packages"
SUFFIXES = [".badge.json", ".jsonld", ".sheet.json"]
PORTAL = """
import json, sys
from pathlib import Path
from litestar.testing import TestClient
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings
from mikrocert_portal.app import create_app

with open_system(load_settings(Path("mikrocert.toml"))) as system, TestClient(create_app(system)) as client:
    answers = [client.get(path) for path in sys.argv[1:]]
    print(json.dumps([(answer.status_code, dict(answer.headers), answer.text) for answer in answers]))
"""


@pytest.fixture(scope="module")
def issued(made_once, program_in, unused):
    """Return the program in a folder in which one award was issued in two formats, and what it printed then."""

    def make(folder: Path) -> None:
        shutil.copytree(unused, folder, dirs_exist_ok=True)
        there = program_in(folder)
        issue = ("issue", there.awards("UŘ/1"), "--institution", "school")
        (result,) = there.json(*issue, "--format", "edc-v3", "--format", "toy-badge")
        (folder / "result.json").write_text(json.dumps(result), "utf-8")

    there = program_in(made_once(make))
    return there, json.loads((there.folder / "result.json").read_text("utf-8"))


def test_the_packages_import_the_api_only():
    """Of mikrocert, they need `mikrocert.api` and nothing else."""
    imported = set()
    for path in PACKAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    assert {name for name in imported if name.startswith("mikrocert")} == {"mikrocert.api"}


def test_one_award_is_issued_in_two_formats_under_one_identifier(issued):
    """Each has its own file, media type and suffix; the badge has no document."""
    _, result = issued
    identifier = result["identifier"]
    assert sorted(result["files"]) == sorted(f"{identifier}{suffix}" for suffix in SUFFIXES)


VERIFIED = {  # end of the name → format and envelopes
    ".badge.json": ("toy-badge", ["Detached"]),
    ".jsonld": ("edc-v3", ["JAdES"]),
    ".sheet.json": ("edc-v3", ["Detached", "JAdES"]),
    "": ("edc-v3", ["JAdES"]),
}


def test_files_and_identifier_verify(issued):
    """Every check passes, in each file's own format and envelopes; the identifier stands for what was asked for first."""
    there, result = issued
    identifier = result["identifier"]
    results = there.results(*(("verify", identifier + end, "--json") for end in VERIFIED))
    for (code, output, _), (form, seals) in zip(results, VERIFIED.values(), strict=True):
        report = json.loads(output)
        assert (code, report["verdict"], report["test_seal"], report["format"]) == (0, "valid", True, form)
        outcomes = {check["check"]: check["outcome"] for check in report["checks"]}
        assert outcomes.pop("logged") == "not applicable"
        assert set(outcomes.values()) == {"passed"}
        assert report["identifier"] == identifier
        assert report["data"]["title"]["en"] == "Data Analysis in Python"
        assert [seal["kind"] for seal in report["seals"]] == seals


def test_a_changed_badge_is_invalid(issued, tmp_path):
    """The envelope of the package notices, and the content isn't shown."""
    there, result = issued
    octets = (there.folder / f"{result['identifier']}.badge.json").read_bytes()
    changed = tmp_path / "changed.badge.json"
    head, middle, payload = octets.partition(b'"signed":"')
    changed.write_bytes(head + middle + payload.replace(b"M", b"N", 1))
    (report,) = there.json("verify", str(changed), code=1)
    outcomes = {check["check"]: check["outcome"] for check in report["checks"]}
    assert (outcomes["integrity"], report["data"]) == ("failed", None)


def test_sending_it_again_adds_the_format_that_is_missing(outside):
    """Sameness is award and format: the identifier stays, and what was issued stays as it was.

    As long as there is no certificate, no page shows a picture of one.
    """
    issue = ("issue", outside.awards("UŘ/1"), "--institution", "school")
    (first,) = outside.json(*issue, "--format", "toy-badge")
    identifier = first["identifier"]
    badge = (outside.folder / f"{identifier}.badge.json").read_bytes()
    held = "/h/" + first["holder_link"].rpartition("/")[2]
    pages = json.loads(outside.python("-c", PORTAL, held, f"/verify/{identifier}").stdout)
    assert f"{held}/{identifier}.badge.json" in pages[0][2]
    for status, _, html in pages:
        assert (status, "picture-" in html) == (200, False)
    (second,) = outside.json(*issue, "--format", "edc-v3", "--format", "toy-badge")
    assert second["identifier"] == identifier
    assert sorted(second["files"]) == sorted(f"{identifier}{suffix}" for suffix in SUFFIXES)
    assert (outside.folder / f"{identifier}.badge.json").read_bytes() == badge


def test_the_portal_offers_both_files(issued):
    """The holder's page has a button for each file, told apart by more than its size; each gives its octets."""
    there, result = issued
    identifier = result["identifier"]
    page = "/h/" + result["holder_link"].rpartition("/")[2]
    types = {".jsonld": "application/ld+json", ".badge.json": "application/vnd.toy+json"}
    done = there.python("-c", PORTAL, "/", page, *(f"{page}/{identifier}{suffix}" for suffix in types))
    assert done.returncode == 0, done.stderr
    (_, _, front), (status, _, html), *downloads = json.loads(done.stdout)
    assert status == 200
    buttons = re.findall(r'<a class="button[^>]* download="([^"]+)">(.*?)</a>', html, re.DOTALL)
    files = {f"{identifier}{suffix}" for suffix in SUFFIXES}
    copies = {f"{identifier}-{copy}.html" for copy in ("easy-read", "large-print")}  # which know no format
    assert sorted(name for name, _ in buttons) == sorted(files | copies)
    assert len({text.partition(",")[0] for _, text in buttons}) == len(buttons)
    for (code, headers, text), (suffix, media_type) in zip(downloads, types.items(), strict=True):
        assert (code, headers["content-type"]) == (200, media_type)
        assert text == (there.folder / f"{identifier}{suffix}").read_text("utf-8")
        assert suffix in front
        assert media_type in front
