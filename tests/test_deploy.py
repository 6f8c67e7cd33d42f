"""What `deploy/` has, judged by the programs it is for, and the deployment guide, walked as far as a machine without systemd can."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import httpx
import pytest
from mikrocert.host.loading import load_plugins
from mikrocert.settings import load_settings
from mikrocert_portal.client_certificates import read_certificate

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs/how-to/deploy.md"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SETTINGS = sorted((DEPLOY / "etc").glob("*/mikrocert.toml"))
PROGRAM = "/opt/mikrocert/bin/mikrocert"
LEAST_EXPOSED = 25  # tenths, as systemd-analyze counts them
PATIENCE = 100


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def run(*command, **more):
    """Run a program and return what it said; that it failed is a fault."""
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, timeout=PATIENCE, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# Settings


@pytest.mark.parametrize("file", SETTINGS, ids=lambda file: file.parent.name)
def test_settings_are_accepted(file):
    """Each is read as the program reads it; all of one system name one address, operator and archive."""
    settings = load_settings(file, environment={})
    assert settings.sandbox is (file.parent.name == "sandbox")
    if not settings.sandbox:
        pages = load_settings(DEPLOY / "etc/pages/mikrocert.toml", environment={})
        assert (settings.base_url, settings.operator, settings.trust) == (
            pages.base_url,
            pages.operator,
            pages.trust,
        )
        place = re.compile(r"mikrocert_(holder|backup|issuer|owner)@")
        assert place.sub("@", settings.archive.url) == place.sub("@", pages.archive.url)
        assert place.sub("@", settings.archive.keys) == place.sub("@", pages.archive.keys)


ROLES = {"pages": "holder", "backup": "backup", "api": "issuer", "worker": "issuer", "owner": "owner"}


@pytest.mark.parametrize(("name", "role"), ROLES.items())
def test_each_process_has_the_role_of_its_duty(name, role):
    """Only work has a signer, and only what serves has the portal."""
    settings = load_settings(DEPLOY / f"etc/{name}/mikrocert.toml", environment={})
    assert f"//mikrocert_{role}@" in settings.archive.url
    assert f"//mikrocert_{role}@" in settings.archive.keys
    allowed = settings.plugins.allow or ()
    assert ("mikrocert-seal-qes" in allowed) is (name == "worker")
    assert ("mikrocert-portal" in allowed) is (name in {"pages", "api"})
    assert bool(settings.sections("signers")) is (name == "worker")


@pytest.mark.parametrize("name", ["api", "worker"])
def test_whatever_reads_exports_is_allowed_where_they_are_taken_in_and_read(name):
    """Each intake that comes with the workspace, so that settings alone decide which university sends what."""
    settings = load_settings(DEPLOY / f"etc/{name}/mikrocert.toml", environment={})
    readers = {
        plugin.distribution
        for plugin in load_plugins().loaded
        if any(kind == "intakes" for kind, _ in plugin.offers) and plugin.distribution
    }
    assert {"mikrocert", "mikrocert-intake-elmo"} <= readers
    assert readers <= set(settings.plugins.allow or ())


# Units


def section_of(unit):
    """Return what a unit may do: its lines from the comment that says so to the next section."""
    text = unit.read_text(encoding="utf-8")
    return text[text.index("# What it may do") :].partition("\n\n")[0].strip()


def test_all_units_may_do_the_same():
    """What one of them may not, none may."""
    assert len(UNITS) == 6
    assert len({section_of(unit) for unit in UNITS}) == 1


@pytest.fixture
def units(tmp_path):
    """The units, with this program in place of the installed one."""
    program = Path(sys.executable).with_name("mikrocert")
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, str(program))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return tmp_path


@needs("systemd-analyze")
def test_units_are_understood(units):
    """Every line of every unit and timer."""
    assert run("systemd-analyze", "verify", *sorted(units.iterdir())) == ""


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_are_hardened(units, unit):
    """No process is more exposed than it has to be."""
    run("systemd-analyze", "security", "--offline=true", f"--threshold={LEAST_EXPOSED}", units / unit.name)


def test_every_unit_has_settings_and_every_user_is_made():
    """What a unit names, the guide makes."""
    guide = GUIDE.read_text(encoding="utf-8")
    users = re.search(r"for user in ([^;]+);", guide)[1].split()
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        settings = re.search(r"MIKROCERT_CONFIG=/etc/mikrocert/(\S+)", text)[1]
        assert (DEPLOY / "etc" / settings).is_file()
        assert re.search(r"^User=(\S+)$", text, re.MULTILINE)[1] in users


# Proxies


@pytest.fixture
def certificate(tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
        "-subj", "/CN=mikrocert.example", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "fullchain.pem",
    )  # fmt: skip
    return tmp_path


@needs("nginx")
def test_nginx_understands_its_settings(certificate):
    """As it would read them at its start."""
    text = (DEPLOY / "nginx/mikrocert.conf").read_text(encoding="utf-8")
    (certificate / "mikrocert.conf").write_text(text.replace("/etc/mikrocert/tls", str(certificate)))
    main = certificate / "nginx.conf"
    main.write_text(
        f"events {{}}\npid {certificate}/pid;\nhttp {{ include {certificate}/mikrocert.conf; }}\n"
    )
    assert "successful" in run("nginx", "-t", "-c", main, "-e", "stderr")


@needs("caddy")
def test_caddy_understands_its_settings():
    """As it would read them at its start."""
    assert "Valid configuration" in run(
        "caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "caddy/Caddyfile"
    )


@pytest.mark.parametrize("file", ["nginx/mikrocert.conf", "caddy/Caddyfile"])
def test_proxies_lead_to_the_ports_of_the_settings_and_log_no_path(file):
    """Pages, API and sandbox; whether they live is nobody's business outside."""
    text = (DEPLOY / file).read_text(encoding="utf-8")
    for name in ("pages", "api", "sandbox"):
        settings = load_settings(DEPLOY / f"etc/{name}/mikrocert.toml", environment={})
        assert f"127.0.0.1:{settings.sections('commands')['serve']['port']}" in text
    assert "/readyz" in text
    assert "access_log off" in text or "output discard" in text


CLIENT_CERT = "x-client-cert"


@pytest.fixture
def upstream():
    """Give the port of a server that answers with the field of the certificate that it got, as JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            octets = json.dumps(self.headers.get_all(CLIENT_CERT)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_port
        listening.shutdown()


def free_ports(number):
    with ExitStack() as stack:
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [one.getsockname()[1] for one in held]


def an_nginx(folder, upstream, *, https, http):
    """Return the command that runs nginx with its settings of the guide, on other ports."""
    text = (DEPLOY / "nginx/mikrocert.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/mikrocert/tls", str(folder)).replace("[::]:", "[::1]:")
    text = re.sub(r"http://127\.0\.0\.1:80\d\d", f"http://127.0.0.1:{upstream}", text)
    text = text.replace(":443 ssl", f":{https} ssl").replace(
        "listen 443 ssl", f"listen 127.0.0.1:{https} ssl"
    )
    text = text.replace(":80;", f":{http};").replace("listen 80;", f"listen 127.0.0.1:{http};")
    (folder / "mikrocert.conf").write_text(text, encoding="utf-8")
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; events {{}}\npid {folder}/pid;\n"
        f"http {{ {places} include {folder}/mikrocert.conf; }}\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def a_caddy(folder, upstream, *, https, http):
    """Return the command that runs Caddy with its settings of the guide, on other ports."""
    text = (DEPLOY / "caddy/Caddyfile").read_text(encoding="utf-8")
    text = re.sub(r"127\.0\.0\.1:80\d\d", f"127.0.0.1:{upstream}", text)
    here = f"{{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\thttps_port {https}\n\thttp_port {http}\n"
    (folder / "Caddyfile").write_text(re.sub(r"^\{\n", lambda _: here, text, count=1, flags=re.MULTILINE))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES = {"nginx": (an_nginx, "escaped-pem"), "caddy": (a_caddy, "rfc9440")}
SHOWN = (  # host, path, whether the client shows its certificate, whether it arrives
    ("mtls.mikrocert.example", "/api/v1/token", True, True),
    ("mtls.mikrocert.example", "/api/v1/token", False, False),
    ("mikrocert.example", "/api/v1/token", True, False),
    ("mikrocert.example", "/api/v1/token", False, False),
    ("mikrocert.example", "/", False, False),
    ("mikrocert.example", "/.well-known/oauth-authorization-server", False, False),
    ("sandbox.mikrocert.example", "/api/v1/token", True, False),
)


@needs("openssl", "curl")
@pytest.mark.parametrize("proxy", [pytest.param(name, marks=needs(name)) for name in PROXIES])
def test_a_proxy_hands_on_the_certificate_of_the_handshake_and_no_other(proxy, certificate, upstream):
    """Whatever a visitor writes into the field, only what the handshake proved arrives, and where no certificate is asked for, none."""
    make, form = PROXIES[proxy]
    https, http = free_ports(2)
    lie = quote(ssl.DER_cert_to_PEM_cert(b"lie")) if form == "escaped-pem" else ":bGll:"
    environment = {**os.environ, "XDG_DATA_HOME": str(certificate), "XDG_CONFIG_HOME": str(certificate)}

    def asked(host, path, *, shows):
        own = ["--cert", certificate / "fullchain.pem", "--key", certificate / "key.pem"] if shows else []
        return subprocess.run(
            ["curl", "-sSk", "--resolve", f"{host}:{https}:127.0.0.1", *own, "-H", f"{CLIENT_CERT}: {lie}",
             f"https://{host}:{https}{path}"],
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip

    command = make(certificate, upstream, https=https, http=http)
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + PATIENCE
        while asked(*SHOWN[0][:2], shows=False).returncode:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until
        for host, path, shows, arrives in SHOWN:
            answer = asked(host, path, shows=shows)
            assert answer.returncode == 0, answer.stderr
            found = [read_certificate(one.encode(), form=form) for one in json.loads(answer.stdout) or []]
            own = ssl.PEM_cert_to_DER_cert((certificate / "fullchain.pem").read_text())
            assert [one for one in found if one] == ([own] if arrives else []), (host, path, shows)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


# The guide

SKIPPED = (  # what takes systemd, a package manager, or changes the machine that tests run on
    "apt-get ", "for user in ", "python3 -m venv ", "/opt/mikrocert/bin/pip ", "systemctl ", "nginx -t",
    "cat deploy/postgresql/pg_ident.conf", "sed -i ", "cp deploy/systemd", "cp deploy/nginx", "curl ",
)  # fmt: skip


def commands_of(guide):
    """Return the lines of a guide's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_file_of_deploy_is_named_by_the_guide():
    """Nothing lies there that nobody is told to use."""
    guide = GUIDE.read_text(encoding="utf-8")
    named = set(re.findall(r"deploy/[\w./]+", guide))
    for file in sorted(path for path in DEPLOY.rglob("*") if path.is_file()):
        name = str(file.relative_to(ROOT))
        folders = {f"{folder}/" for folder in map(str, file.relative_to(ROOT).parents)}
        assert {name, *folders, *(f"{folder}." for folder in folders)} & named, name


PUBLIC = {  # what pages are asked under the role of their duty, each by a table of its own
    "/verify/K7mQx4Rt9bHz": 404,
    "/catalogue": 200,
    "/catalogue.json": 200,
    "/catalogue/mu/DATA1": 404,
    "/sitemap.xml": 200,
    "/recognition": 200,
    "/statement/" + 22 * "1": 404,
    "/h/" + 22 * "1": 404,
    "/s/" + 22 * "1": 404,
}


@needs("psql", "openssl")
def test_the_guide_works(postgresql, certificate, tmp_path):
    """From an empty database to pages that are ready, under the role that only reads; then the sandbox."""
    machine = tmp_path / "machine"
    for folder in ("etc", "var/lib"):
        (machine / folder).mkdir(parents=True)
    places = {
        "/opt/mikrocert/bin/": f"{Path(sys.executable).parent}/",
        "/etc/mikrocert": f"{machine}/etc/mikrocert",
        "/var/lib/": f"{machine}/var/lib/",
        "/run/postgresql": str(postgresql),
        " deploy/": f" {DEPLOY}/",
    }

    def placed(text):
        for place, here in places.items():
            text = text.replace(place, here)
        return re.sub(r"runuser -u \S+ -- | -[og] mikrocert\S*", "", text)

    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MIKROCERT_", "PG"))},
        "PGHOST": str(postgresql),
        "PGUSER": "toy",
        "PGDATABASE": "postgres",
    }
    walked = 0
    for line in commands_of(GUIDE.read_text(encoding="utf-8")):
        if line.startswith(SKIPPED):
            continue
        run("sh", "-euc", placed(line), env=environment, cwd=ROOT)
        walked += 1
        if line.startswith("cp -r deploy/etc"):
            shutil.copy(certificate / "fullchain.pem", machine / "etc/mikrocert/trust/issuing-ca.pem")
            for file in machine.glob("etc/mikrocert/*/mikrocert.toml"):
                file.write_text(placed(file.read_text(encoding="utf-8")), encoding="utf-8")
    assert walked > 10
    for name in ("pages", "sandbox"):
        with serving(machine / f"etc/mikrocert/{name}/mikrocert.toml", environment) as address:
            answer = httpx.get(f"{address}/readyz", timeout=PATIENCE)
            assert (answer.status_code, answer.json()["ready"]) == (200, True)
            for path, status in PUBLIC.items():
                assert httpx.get(f"{address}{path}", timeout=PATIENCE).status_code == status, (name, path)


@contextmanager
def serving(settings, environment):
    """Run `serve` with these settings on a free port; give its address."""
    program = Path(sys.executable).with_name("mikrocert")
    more = {"MIKROCERT_METRICS__PORT": "0"} if "[metrics]" in settings.read_text(encoding="utf-8") else {}
    process = subprocess.Popen(
        [program, "--config", settings, "serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**environment, **more},
    )  # fmt: skip
    try:
        address = process.stdout.readline().strip()
        if not address:
            pytest.fail(process.stderr.read())
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
