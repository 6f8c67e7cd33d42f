"""Plugins that want more than is theirs: none gives exit code 0, is taken at its word, spoils an answer or disappears."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.system

PIN = "PIN-2605-ř"
ROGUES = ("--institution", "rogue", "--intake", "rogue", "--signer", "rogue")
ENVIRONMENT = {"MIKROCERT_SIGNERS__ROGUE__FOLDER": "card", "MIKROCERT_RENDERER": "rogue"}


@pytest.fixture(scope="module")
def issued(made_once, program_in, unused):
    """Return a folder in which an award was issued by honest plugins."""
    import shutil

    def make(folder):
        shutil.copytree(unused, folder, dirs_exist_ok=True)
        there = program_in(folder)
        (result,) = there.json("issue", there.awards("UŘ/1"), "--institution", "school")
        (folder / "result.json").write_text(json.dumps(result), "utf-8")

    there = program_in(made_once(make))
    return there, json.loads((there.folder / "result.json").read_text("utf-8"))["identifier"]


def verified(issued, deed, *options, **environment):
    there, identifier = issued
    return there.run("verify", identifier, *options, ROGUE=deed, **ENVIRONMENT, **environment)


@pytest.fixture
def honest(issued):
    """Hold that without a deed everything is valid, the check of the package too."""
    done = verified(issued, "none", "--json")
    assert done.returncode == 0, done.stderr
    assert ("rogue", "passed") in {
        (check["check"], check["outcome"]) for check in json.loads(done.stdout)["checks"]
    }


UNDETERMINED = {  # where it happens, how → a check that the report leaves open
    **{
        f"{place}:{deed}": "rogue"
        for place in ("check", "open-check")
        for deed in ("exit", "raise", "base", "error", "wrong")
    },
    "check-name:wrong": "rogue",
    "needy": "needy",
    **{f"hook:{deed}": "outside-rogue" for deed in ("exit", "raise", "base")},
}


def test_a_check_that_can_not_answer_is_undetermined_under_its_own_name(honest, issued):
    """However it fails: the verdict is open, the failure is named, the others are asked, and no secret is shown."""
    there, identifier = issued
    results = there.rogue(list(UNDETERMINED), "verify", identifier, "--json", **ENVIRONMENT)
    for deed, (code, output, errors) in results.items():
        assert left_open(code, output, errors) == UNDETERMINED[deed], deed
        if not deed.startswith("check"):
            assert_failure_is_told(output, errors, UNDETERMINED[deed])


@pytest.mark.parametrize("deed", ["import:exit", "import:raise"])
def test_what_can_not_be_imported_may_be_a_check(issued, deed):
    """Nobody knows what it would have found out: undetermined under the plugin's name."""
    done = verified(issued, deed, "--json")
    assert left_open(done.returncode, done.stdout, done.stderr) == "outside-rogue"
    assert_failure_is_told(done.stdout, done.stderr, "outside-rogue")


def left_open(code, output, errors):
    """Return the one check that is undetermined, where all others pass, there is no log, and nothing secret is shown."""
    assert code == 2, errors
    assert PIN not in output + errors
    assert "Traceback" not in errors
    found = {check["check"]: check["outcome"] for check in json.loads(output)["checks"]}
    assert found.pop("logged") == "not applicable"
    [name] = [name for name, outcome in found.items() if outcome != "passed"]
    assert found[name] == "undetermined"
    return name


def assert_failure_is_told(output, errors, name):
    assert f"mikrocert: {name} can't be used: " in errors
    [failure] = json.loads(output)["failures"]
    assert failure["path"] == name
    assert set(failure["message"]) >= {"cs", "en"}


@pytest.mark.parametrize("deed", ["import:os-exit", "check:os-exit", "check:exec", "observer:os-exit"])
def test_a_process_that_is_ended_is_no_success(issued, deed):
    """No answer was completed: exit code 70, and it is said."""
    done = verified(issued, deed, "--json")
    assert done.returncode == 70, done.stdout
    assert "ended before its answer was complete" in done.stderr


def test_an_observer_ends_nothing(issued):
    """What it does when it is told of a verification changes no verdict."""
    there, identifier = issued
    deeds = [
        f"{place}:{deed}" for place in ("observer", "open-observer") for deed in ("exit", "raise", "base")
    ]
    results = there.rogue(deeds, "verify", identifier, **ENVIRONMENT)
    assert {deed: code for deed, (code, _, _) in results.items()} == dict.fromkeys(deeds, 0)


def test_a_plugin_that_ends_the_program_when_it_closes_gives_no_success(issued):
    """The answer stands, and the exit code says that something is wrong."""
    done = verified(issued, "close-check:exit")
    assert done.returncode == 78
    assert "check rogue crashed: SystemExit" in done.stderr


@pytest.mark.parametrize("place", ["import", "check", "close-check"])
def test_what_a_plugin_prints_spoils_no_json(issued, place):
    """Neither by print, nor by the descriptor, nor by a process of its own: it is on standard error."""
    done = verified(issued, f"{place}:print", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "valid"
    assert done.stderr.count(PIN) == 3


ISSUING = {  # where it happens → (exit code, who is blamed)
    "open-institution": (78, "institution rogue"),
    "profile": (78, "institution rogue"),
    "open-renderer": (78, "renderer rogue"),
    "document-type": (78, "renderer rogue"),
    "pages": (1, "renderer rogue"),
    "document": (1, "renderer rogue"),
    "open-signer": (78, "signer rogue"),
    "identity": (78, "signer rogue"),
    "sign": (78, "signer rogue"),
    "intake": (3, "intake rogue"),
    "open-intake": (78, "intake rogue"),
}


def test_a_plugin_that_misbehaves_while_issuing_is_blamed_by_name(outside):
    """Nothing is issued, the exit code is never 0, and no secret and no traceback is shown."""
    deeds = {f"{place}:{deed}": place for place in ISSUING for deed in ("exit", "raise", "wrong")}
    results = outside.rogue(list(deeds), "issue", outside.awards("UŘ/1"), *ROGUES, **ENVIRONMENT)
    for deed, (code, output, errors) in results.items():
        expected, blamed = ISSUING[deeds[deed]]
        assert code == expected, (deed, output, errors)
        assert blamed in output + errors, deed
        assert PIN not in output + errors, deed
        assert "Traceback" not in errors, deed
    assert not list(outside.folder.glob("*.jsonld"))


@pytest.mark.parametrize("deed", ["profile:os-exit", "sign:os-exit"])
def test_a_process_that_is_ended_while_issuing_is_no_success(outside, deed):
    """Exit code 70, whoever ended it."""
    done = outside.run("issue", outside.awards("UŘ/1"), *ROGUES, ROGUE=deed, **ENVIRONMENT)
    assert done.returncode == 70
    assert "ended before its answer was complete" in done.stderr


def test_the_honest_deed_issues(outside):
    """The packages are right where they do nothing: what is refused above is refused for its deed."""
    done = outside.run("issue", outside.awards("UŘ/1"), *ROGUES, ROGUE="none", **ENVIRONMENT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_debug_shows_the_operator_what_happened(issued):
    """The traceback with the exception's own text is on standard error, and only there."""
    there, identifier = issued
    done = there.run("--debug", "verify", identifier, "--json", ROGUE="check:raise", **ENVIRONMENT)
    assert f"debug: RuntimeError: {PIN}" in done.stderr
    assert PIN not in done.stdout


def test_an_offer_given_twice_disables_that_name_only(outside):
    """Verifying goes on, choosing the name says why not, and who needs the plugin at all can demand it."""
    issue = ("issue", outside.awards("UŘ/1"), "--institution", "school")
    done = outside.run(*issue, ROGUE="twice")
    assert done.returncode == 78
    assert "signer card is offered by both outside-card and outside-rogue" in done.stderr
    done = outside.run(*issue, ROGUE="twice", MIKROCERT_PLUGINS__DISABLE='["outside-rogue"]')
    assert done.returncode == 0, done.stderr


def test_plugins_tells_failures_in_all_languages(outside):
    """Exit code 78, also in JSON; what is disabled or not allowed is no failure."""
    (found,) = outside.json("plugins", code=78, ROGUE="import:raise")
    [failure] = found["failures"]
    assert (failure["name"], failure["distribution"]) == ("outside-rogue", "outside-rogue")
    assert set(failure["reason"]) >= {"cs", "en"}
    assert outside.run("plugins", ROGUE="import:raise").returncode == 78
    (found,) = outside.json("plugins", ROGUE="import:raise", MIKROCERT_PLUGINS__DISABLE='["outside-rogue"]')
    assert [skipped["name"] for skipped in found["skipped"]] == ["outside-rogue"]


def test_what_is_required_has_to_be_there(outside):
    """Without it no command of the core runs, whatever it would find."""
    done = outside.run("verify", "x", ROGUE="import:raise", MIKROCERT_PLUGINS__REQUIRE='["outside-rogue"]')
    assert done.returncode == 78
    assert "plugins.require names what can't be used: outside-rogue" in done.stderr
    done = outside.run(
        "verify", "mikrocert.toml", ROGUE="open-check:raise", MIKROCERT_PLUGINS__REQUIRE='["outside-rogue"]'
    )
    assert done.returncode == 78
    assert "check rogue crashed" in done.stderr
