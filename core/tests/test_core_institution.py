"""The way of an institution from the sandbox to production, its keys and the acts, at the command line."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat

import pytest
from mikrocert.award.canonical import award_to_json
from mikrocert.cli.app import run
from mikrocert.parsing import strict_json
from mikrocert.service.institutions.conforming import REQUIREMENTS
from mikrocert.testing import example_award

TOML = """
base_url = "https://{name}.example"
sandbox = {sandbox}
[operator]
name = {{ cs = "Řípská" }}
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
"""
WHO = ["--as", "Růžena Ďurčanská"]
PARTNER = {
    "legal_name": {"cs": "Ďáblická", "en": "Ďáblická"},
    "address": {"country": "CZE"},
    "identifiers": [{"scheme": "ico", "value": "00216224"}],
}


@pytest.fixture
def instance(toy, tmp_path, empty_archive, monkeypatch):
    """Return what goes to an instance of its own, a sandbox or production, and all toys are installed there."""
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", lambda **_: toy.plugins())
    monkeypatch.setattr("mikrocert.service.system.load_plugins", lambda **_: toy.plugins())

    def go(name):
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(empty_archive, folder)
            toy.settings(folder)
            settings = TOML.format(name=name, sandbox=str(name == "sandbox").lower())
            (folder / "mikrocert.toml").write_text(settings, encoding="utf-8")
        monkeypatch.setenv("MIKROCERT_CONFIG", str(folder / "mikrocert.toml"))
        monkeypatch.chdir(folder)
        return folder

    return go


@pytest.fixture
def mikrocert(instance, capsys):
    """Return what runs a command in the sandbox and returns its exit code, answer and errors."""
    instance("sandbox")

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def export(folder, name, *changes):
    """Write an export: the example with these changes."""
    document = {"awards": [{**award_to_json(example_award()), **change} for change in changes]}
    path = folder / name
    path.write_text(strict_json.dumps(document), encoding="utf-8")
    return path


def whole():
    """Return the records of two exports that show every kind."""
    award = award_to_json(example_award())
    outcome, assessment = award["outcomes"][0], award["assessments"][0]
    spared = {"given_name", "birth_date", "birth_place"}
    learner = {key: value for key, value in award["learner"].items() if key not in spared}
    rich = {
        **award,
        "evidence_number": "UŘ/3",
        "outcomes": [outcome, {**outcome, "title": {"cs": "Druhý.", "en": "The second one."}}],
        "assessments": [assessment, assessment],
        "workload": {"ects": 2.5},
        "valid_until": "2031-12-31",
        "joint_awarding_bodies": [PARTNER],
    }
    named = {**learner, "family_name": "Ďuriš", "full_name": "Ďuriš"}
    nameless = {**award, "evidence_number": "UŘ/2", "learner": named}
    faulty = {**award, "evidence_number": "UŘ/4", "level": {"eqf": 9}}
    return [award, nameless, rich, faulty], [{**rich, "valid_until": "2032-12-31"}]


def whole_exports(folder, change=lambda award: award):
    """Write these exports, each record changed."""
    first, second = ([change(award) for award in export_] for export_ in whole())
    return export(folder, "první.json", *first), export(folder, "druhý.json", *second)


def conformed(mikrocert, folder):
    mikrocert("institution", "add", "toy", *WHO)
    first, second = whole_exports(folder)
    code, out, err = mikrocert("institution", "conform", "toy", first, second, "--json", *WHO)
    assert (code, err) == (0, "")
    return json.loads(out)


def mandated(mikrocert, folder, *, until="2099-12-31"):
    conformed(mikrocert, folder)
    (folder / "smlouva.pdf").write_bytes(b"%PDF smlouva")
    return mikrocert(
        "institution",
        "mandate",
        "toy",
        "--document",
        "smlouva.pdf",
        "--from",
        "2026-01-01",
        "--until",
        until,
        *WHO,
    )


def test_an_institution_goes_from_the_sandbox_to_production(mikrocert, instance):
    """Each step says how far it is; what is approved opens the account where real credentials are issued."""
    folder = instance("sandbox")
    run_of = conformed(mikrocert, folder)
    assert (run_of["conforms"], run_of["missing"], run_of["stage"]) == (True, [], "conformant")
    assert list(run_of["shown"]) == [each.code for each in REQUIREMENTS]
    code, out, _ = mandated(mikrocert, folder)
    document = hashlib.sha256(b"%PDF smlouva").hexdigest()
    assert (code, document in out, "toy: mandated since" in out) == (0, True, True)
    code, out, _ = mikrocert("institution", "approve", "toy", *WHO)
    assert code == 0
    assert "toy-approval.json opens its account where real credentials are issued" in out
    approval = (folder / "toy-approval.json").read_bytes()
    written = json.loads(approval)
    assert written["conformance"] == run_of["files"]
    assert (written["approved_by"], written["sandbox"]) == (WHO[1], "https://sandbox.example")
    production = instance("production")
    (production / "toy-approval.json").write_bytes(approval)
    code, out, err = mikrocert("institution", "add", "--from", "toy-approval.json", "--json", *WHO)
    account = json.loads(out)
    assert (code, err, account["stage"], account["differing"]) == (0, "", "approved", [])
    assert account["mandate"] == {"document": document, "since": "2026-01-01", "until": "2099-12-31"}
    _, out, _ = mikrocert("acts", "--json")
    (act,) = json.loads(out)["acts"]
    assert (act["actor"], act["deed"], act["subject"]) == (WHO[1], "institution add", "toy")
    assert act["details"]["approved_by"] == WHO[1]


def test_settings_that_are_others_in_production_are_told(mikrocert, instance):
    """They are not copied: whoever writes mikrocert.toml there decides."""
    folder = instance("sandbox")
    with (folder / "mikrocert.toml").open("a", encoding="utf-8") as settings:
        settings.write('[institutions.toy]\nagreement = "Ř-1"\nagreed_on = 2026-01-01\n')
    approval = instance("production") / "toy-approval.json"
    approval.write_text(
        json.dumps(
            {
                "mikrocert": "approval 1",
                "institution": "toy",
                "sandbox": "https://sandbox.example",
                "approved_by": "Růžena",
                "approved_at": "2026-11-30T10:00:00+00:00",
                "mandate": {"document": "ab" * 32, "since": "2026-01-01"},
                "settings": {"agreement": "Ř-1", "agreed_on": "2026-01-01"},
            }
        ),
        encoding="utf-8",
    )
    code, out, _ = mikrocert("institution", "add", "--from", approval, "--lang", "cs")
    assert code == 0
    assert "institutions.toy.agreement: tam, kde byla schválena, Ř-1, zde –" in out
    assert "institutions.toy.agreed_on: tam, kde byla schválena, 2026-01-01, zde –" in out


def shorn(award, member, keep=1):
    return {**award, member: award[member][:keep]}


def named(award, **changes):
    learner = {**award["learner"], **changes}
    return {**award, "learner": {key: value for key, value in learner.items() if value is not None}}


def ungraded(award):
    return {**award, "assessments": [{"type": "project-work"} for _ in award["assessments"]]}


WITHOUT = {  # code of a requirement → what makes records that don't show it
    "accepted": lambda award: {**award, "level": {"eqf": 9}},
    "letters": lambda award: named(
        award,
        family_name="Novak",
        full_name=None,
        given_name="Jan" if "given_name" in award["learner"] else None,
    ),
    "one-name": lambda award: named(award, given_name="Řehoř", full_name=None),
    "no-birth-date": lambda award: named(award, birth_date="2000-01-01"),
    "languages": lambda award: {**award, "title": {"cs": "Tkaní"}},
    "several-outcomes": lambda award: shorn(award, "outcomes"),
    "several-assessments": lambda award: shorn(award, "assessments"),
    "grade": ungraded,
    "decimal-credits": lambda award: {**award, "workload": {"ects": 3}},
    "expiry": lambda award: {key: value for key, value in award.items() if key != "valid_until"},
    "joint": lambda award: {**award, "joint_awarding_bodies": []},
    "correction": lambda award: {**award, "valid_until": "2031-12-31"} if "valid_until" in award else award,
    "refused": lambda award: {**award, "level": {"eqf": 6}},
}
ALONE = set(WITHOUT) - {"accepted", "languages", "expiry"}  # what doesn't take others along


@pytest.mark.parametrize("code", [each.code for each in REQUIREMENTS])
def test_what_is_missing_is_named(mikrocert, instance, code):
    """Exports that show all but one kind: it has its line, and the institution stays in the sandbox."""
    mikrocert("institution", "add", "toy")
    paths = whole_exports(instance("sandbox"), WITHOUT[code])
    ended, out, _ = mikrocert("institution", "conform", "toy", *paths, "--json")
    answer = json.loads(out)
    missing = [each["code"] for each in answer["missing"]]
    assert (ended, answer["conforms"], answer["stage"]) == (1, False, "sandbox")
    assert code in missing
    assert code not in ALONE or missing == [code]


def test_what_an_institution_never_has_can_be_left_out_for_a_reason(mikrocert, instance):
    """The reason stays among the acts; a code that is none is told with those that are."""
    path = export(instance("sandbox"), "výpis.json", {})
    mikrocert("institution", "add", "toy")
    asked = ["institution", "conform", "toy", path]
    code, _, err = mikrocert(*asked, "--except", "joint")
    assert (code, "--except needs --why TEXT" in err) == (64, True)
    code, _, err = mikrocert(*asked, "--except", "ďoint", "--why", "x")
    assert (code, "'ďoint' is none of accepted, letters" in err) == (3, True)
    _, out, _ = mikrocert(*asked, "--json")
    excepted = [word for each in json.loads(out)["missing"] for word in ("--except", each["code"])]
    code, out, _ = mikrocert(*asked, *excepted, "--why", "nikdy takové nemá")
    assert code == 0
    assert "– joint: " in out
    assert "toy: conformant since" in out
    _, out, _ = mikrocert("acts")
    assert "institution conform toy: nikdy takové nemá" in out


REFUSED = {  # name → (arguments, exit code, message)
    "an unknown institution": (["institution", "add", "ďoy"], 78, "ďoy"),
    "neither name nor file": (["institution", "add"], 64, "either NAME, in a sandbox, or --from FILE"),
    "both": (["institution", "add", "toy", "--from", "x"], 64, "either NAME, in a sandbox, or --from FILE"),
    "a file that isn't there": (["institution", "add", "--from", "x"], 3, "x can't be read"),
    "a file that is no approval": (["institution", "add", "--from", "mikrocert.toml"], 3, "this is not JSON"),
    "an export that is none": (["institution", "conform", "toy", "root.pem"], 3, "this is not JSON"),
    "a second account": (["institution", "add", "toy"], 1, "has an account already"),
    "an approval too early": (["institution", "approve", "toy"], 1, "it has to be mandated first"),
    "a mandate too early": (
        ["institution", "mandate", "toy", "--document", "root.pem", "--from", "2026-01-01"],
        1,
        "it has to be conformant first",
    ),
    "nothing to resume": (["institution", "resume", "toy", "--why", "x"], 1, "is not suspended"),
    "a key of nobody": (["key", "make", "ďoy", "--scope", "read"], 1, "ďoy has no account"),
    "an unknown scope": (["key", "make", "toy", "--scope", "all"], 64, "there are: issue, read, revoke"),
    "no scope": (["key", "make", "toy"], 64, "--scope"),
    "a network that is none": (
        ["key", "make", "toy", "--scope", "read", "--network", "ř"],
        1,
        "is no network",
    ),
    "a day that is over": (["key", "make", "toy", "--scope", "read", "--until", "2020-01-01"], 1, "expired"),
    "an unknown key": (["key", "end", "K7mQx4Rt9bHz"], 1, "there is no key"),
    "a file that is there": (["key", "make", "toy", "--scope", "read", "--out", "root.pem"], 69, "root.pem"),
    "an invisible name": (["key", "make", "toy", "--scope", "read", "--as", "a\u202eb"], 69, "who acts"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_exits_with_its_code(mikrocert, name):
    """The reason is on standard error, and no act is written."""
    mikrocert("institution", "add", "toy")
    arguments, code, fault = REFUSED[name]
    before = mikrocert("acts", "--json")
    answer = mikrocert(*arguments)
    assert (answer[0], fault in " ".join(answer[2].split())) == (code, True), answer[2]
    assert mikrocert("acts", "--json") == before
    assert mikrocert("key", "list")[1].startswith("There is no key.")


def test_an_approval_is_for_another_instance(mikrocert, instance):
    """A sandbox takes none; and elsewhere no account is opened without."""
    folder = instance("sandbox")
    mandated(mikrocert, folder)
    mikrocert("institution", "approve", "toy")
    code, _, err = mikrocert("institution", "add", "--from", "toy-approval.json")
    assert (code, "this is a sandbox" in err) == (1, True)
    instance("production")
    code, _, err = mikrocert("institution", "add", "toy")
    assert (code, "here real credentials are issued" in err) == (1, True)
    assert mikrocert("institution", "list")[1].startswith("No institution has an account.")


def test_a_key_is_given_once(mikrocert, instance, capsys):
    """As the answer, or into a new file that its owner alone can read; afterwards nobody can say it."""
    folder = instance("sandbox")
    mikrocert("institution", "add", "toy")
    _, out, _ = mikrocert(
        "key", "make", "toy", "--scope", "issue", "--scope", "read", "--json", "--note", "IS"
    )
    first = json.loads(out)
    assert first["scopes"] == ["issue", "read"]
    _, out, _ = mikrocert("key", "replace", first["key"], "--overlap", 3, "--out", "klíč.txt")
    secret = (folder / "klíč.txt").read_text(encoding="utf-8").strip()
    assert stat.S_IMODE((folder / "klíč.txt").stat().st_mode) == 0o600
    assert secret not in out
    text = "".join(
        mikrocert(*command)[1] for command in (["key", "list"], ["institution", "show", "toy"], ["acts"])
    )
    assert not {first["secret"], secret} & set(text.split())
    _, out, _ = mikrocert("key", "list", "toy", "--json")
    old, new = json.loads(out)["keys"]
    assert (old["key"], old["replaced_by"], new["note"]) == (first["key"], new["key"], "IS")
    assert mikrocert("key", "end", old["key"], "--why", "unikl", "--lang", "cs")[0] == 0
    _, out, _ = mikrocert("key", "list", "--lang", "cs")
    assert f"{old['key']} toy, issue, read: neplatí od" in out
    code, _, err = mikrocert("key", "end", old["key"], "--lang", "cs")
    assert (code, err) == (1, f"mikrocert: klíč {old['key']} už neplatí; jiný vytvoří `mikrocert key make`\n")


def test_a_client_is_registered_by_its_keys_or_its_certificate(mikrocert, instance):
    """Its client_id is told; it is listed, and ended once."""
    folder = instance("sandbox")
    mikrocert("institution", "add", "toy", *WHO)
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    (folder / "jwks.json").write_text(json.dumps(key), encoding="utf-8")
    add = ["client", "add", "toy", "--scope", "read"]
    code, out, _ = mikrocert(*add, "--jwks", "jwks.json", "--json", "--until", "2099-12-31")
    first = json.loads(out)
    assert (code, first["method"], first["certificate"]) == (0, "private_key_jwt", None)
    assert first["expires_at"] == "2099-12-31T23:00:00+00:00"
    code, out, _ = mikrocert(*add, "--certificate", "root.pem", "--lang", "cs", *WHO)
    assert (code, "školy toy je zaregistrován." in out) == (0, True)
    _, out, _ = mikrocert("client", "list", "toy", "--json")
    assert [client["method"] for client in json.loads(out)["clients"]][1:] == ["self_signed_tls_client_auth"]
    code, out, _ = mikrocert("client", "replace", first["client"], "--certificate", "root.pem", "--json")
    assert (code, json.loads(out)["method"]) == (0, "self_signed_tls_client_auth")
    code, out, _ = mikrocert(
        "client", "replace", first["client"], "--jwks", "jwks.json", "--lang", "cs", *WHO
    )
    assert (code, f"Klient {first['client']} školy toy" in out) == (0, True)
    assert mikrocert("client", "replace", first["client"])[0] == 64
    assert mikrocert("client", "end", first["client"], "--why", "unikl")[0] == 0
    code, _, err = mikrocert("client", "end", first["client"])
    assert (code, "was ended before" in err) == (1, True)
    _, out, _ = mikrocert("client", "list", "--lang", "cs")
    assert "prokazuje se klíči, read: neplatí od" in " ".join(out.split())
    for wrong, code, fault in (
        ([], 64, "either --jwks FILE or --certificate FILE"),
        (
            ["--jwks", "jwks.json", "--certificate", "root.pem"],
            64,
            "either --jwks FILE or --certificate FILE",
        ),
        (["--jwks", "root.pem"], 1, "no JWK Set"),
        (["--certificate", "jwks.json"], 1, "not one certificate"),
        (["--jwks", "nikde.json"], 78, "nikde.json"),
    ):
        ended, _, err = mikrocert(*add, *wrong)
        assert (ended, fault in err) == (code, True), err


def test_an_institution_is_suspended_and_resumed(mikrocert, instance):
    """Both with a reason, which stays among the acts; also in Czech."""
    instance("sandbox")
    mikrocert("institution", "add", "toy", *WHO)
    code, out, _ = mikrocert("institution", "suspend", "toy", "--why", "unikl klíč", "--lang", "cs", *WHO)
    assert (code, "toy: v sandboxu, pozastavena od" in " ".join(out.split())) == (0, True)
    assert mikrocert("institution", "resume", "toy", "--why", "nový klíč", *WHO)[0] == 0
    _, out, _ = mikrocert("acts", "--since", "2020-01-01")
    lines = [line.partition("CET ")[2] or line.partition("CEST ")[2] for line in out.splitlines()[:3]]
    assert lines == [
        "Růžena Ďurčanská: institution add toy",
        "Růžena Ďurčanská: institution suspend toy: unikl klíč",
        "Růžena Ďurčanská: institution resume toy: nový klíč",
    ]
    assert json.loads(mikrocert("acts", "--since", "2199-01-01", "--json")[1])["acts"] == []


def test_without_an_archive_there_is_nothing_to_administer(mikrocert, tmp_path, monkeypatch):
    """Exit code 78, and the option that helps."""
    monkeypatch.delenv("MIKROCERT_CONFIG")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for command in (["institution", "list"], ["key", "list"], ["acts"]):
        code, _, err = mikrocert(*command)
        assert (code, "--config FILE names one" in err) == (78, True)
