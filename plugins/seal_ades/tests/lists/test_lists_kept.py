"""Lists in a folder: fetched over the network, kept, verified anew each time, and never replaced by what doesn't hold."""

import json
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from mikrocert_seal_ades.pki.errors import ListError, ServiceError
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.lists.fetching import fetch_lists
from mikrocert_seal_ades.pki.lists.folder import Latest, ListFolder
from mikrocert_seal_ades.pki.lists.snapshot import load
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.x509 import from_pem

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BASE = "https://listy.example"


class Web:
    """Answers with what was put there."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []

    def get(self, url):
        self.asked.append(url)
        if url not in self.pages:
            raise ServiceError(problem("service-silent", url=url, reason="HTTP 404"))
        return self.pages[url]


class World:
    """A list of lists, those of two countries, and a folder."""

    def __init__(self, lists, made, path):
        self.lists, self.made = lists, made
        self.folder = ListFolder(path)
        self.slovak = lists.office("SK", "slovak office")
        self.pages = {
            made.LOTL: self.of_lists(),
            f"{BASE}/cz.xml": lists.national(
                services=[made.service([lists.parties.authority.der], made.Entry(NOW))]
            ),
            f"{BASE}/sk.xml": lists.national(territory="SK", by=self.slovak),
        }
        self.web = Web(self.pages)

    def of_lists(self, **members):
        pointers = [
            self.made.own_pointer(self.lists.pinned.der),
            self.made.pointer(f"{BASE}/cz.xml", "CZ", self.lists.czech.der),
            self.made.pointer(f"{BASE}/sk.xml", "SK", self.slovak.der),
        ]
        return self.lists.of_lists(pointers=pointers, **members)

    def update(self, at=NOW, **options):
        options = {
            "signers": (self.lists.pinned.der,),
            "address": self.made.LOTL,
            "http": self.web,
            **options,
        }
        return {update.territory: update for update in fetch_lists(self.folder, at=at, **options)}

    def load(self, at=NOW, **options):
        return load(self.folder, signers=(self.lists.pinned.der,), at=at, **options)


@pytest.fixture
def world(lists, made, tmp_path):
    """Return a list of lists, those of two countries, and a folder that isn't there yet."""
    return World(lists, made, tmp_path / "seznamy")


def outcomes(updates):
    return {territory: update.outcome for territory, update in updates.items()}


def codes(kept):
    return [each.code for each in kept.problems]


def test_first_update(world):
    """All lists are fetched, kept as they were published, and read from the folder without a network."""
    problems = []
    updates = world.update(progress=lambda update, total: problems.append((update.territory, total)))

    assert outcomes(updates) == {"EU": "new", "CZ": "new", "SK": "new"}
    assert sorted(problems) == [("CZ", 3), ("EU", 3), ("SK", 3)]
    assert world.folder.read("CZ") == world.pages[f"{BASE}/cz.xml"]
    world.pages.clear()
    snapshot = world.load()
    assert (snapshot.list_of_lists.content.sequence, snapshot.list_of_lists.fetched) == (300, NOW)
    assert [(kept.territory, kept.content.sequence, kept.fetched) for kept in snapshot.lists] == [
        ("CZ", 5, NOW),
        ("SK", 5, NOW),
    ]
    assert snapshot.problems == ()
    directory = snapshot.directory()
    assert directory.lists == {"CZ": "current", "SK": "current"}
    assert [service.territory for service in directory.services] == ["CZ"]


def test_same_again(world):
    """What is the newest list still is found to be so, which counts as fetched."""
    world.update()
    assert outcomes(world.update(at=NOW + DAY)) == {"EU": "unchanged", "CZ": "unchanged", "SK": "unchanged"}
    assert world.load(at=NOW + DAY).lists[0].fetched == NOW + DAY


def test_some_countries(world):
    """Only the lists that are wanted are fetched; the others are missing, which is said."""
    updates = world.update(territories=["CZ", "XX"])
    assert outcomes(updates) == {"EU": "new", "CZ": "new", "XX": "failed"}
    assert codes(updates["XX"]) == ["list-no-pointer"]
    assert f"{BASE}/sk.xml" not in world.web.asked
    snapshot = world.load()
    assert snapshot.directory().lists == {"CZ": "current", "SK": "missing"}
    assert [codes(kept) for kept in snapshot.lists] == [[], ["list-missing"]]
    assert world.load(choose=lambda territories: ["CZ"]).problems == ()


REFUSED = {
    "not there": (lambda world: None, "service-silent"),
    "nonsense": (lambda world: b"<html/>", "list-wrong-root"),
    "signed by somebody else": (
        lambda world: world.lists.national(by=world.slovak, sequence=6),
        "list-signer-unknown",
    ),
    "changed": (lambda world: world.lists.national(sequence=6).replace(b"Provider", b"Providor"), "list-signature-wrong"),
    "another country's": (lambda world: world.lists.national(territory="SK", sequence=6), "list-territory"),
    "older": (lambda world: world.lists.national(sequence=4), "list-older"),
}  # fmt: skip


@pytest.mark.parametrize(("page", "code"), REFUSED.values(), ids=REFUSED)
def test_the_old_list_stays(world, page, code):
    """A list that can't be had, or doesn't hold, leaves the one that is kept; the others are kept all the same."""
    world.update()
    old = world.folder.read("CZ")
    world.pages[f"{BASE}/sk.xml"] = world.lists.national(territory="SK", by=world.slovak, sequence=7)
    world.pages[f"{BASE}/cz.xml"] = page(world)
    if world.pages[f"{BASE}/cz.xml"] is None:
        del world.pages[f"{BASE}/cz.xml"]

    updates = world.update(at=NOW + DAY)

    assert outcomes(updates) == {"EU": "unchanged", "CZ": "failed", "SK": "new"}
    assert codes(updates["CZ"]) == [code]
    assert updates["CZ"].sequence == 5
    assert world.folder.read("CZ") == old
    czech, slovak = world.load(at=NOW + DAY).lists
    assert (czech.content.sequence, czech.fetched) == (5, NOW)
    assert (slovak.content.sequence, slovak.fetched) == (7, NOW + DAY)


@pytest.mark.parametrize("page", [page for page, _ in REFUSED.values()], ids=REFUSED)
def test_the_old_list_of_lists_stays(world, page):
    """Without a list of lists that holds nothing is fetched, and everything stays."""
    world.update()
    asked = len(world.web.asked)
    if (octets := page(world)) is None:
        del world.pages[world.made.LOTL]
    else:
        world.pages[world.made.LOTL] = octets
    updates = world.update(at=NOW + DAY)
    assert outcomes(updates) == {"EU": "failed"}
    assert updates["EU"].sequence == 300
    assert len(world.web.asked) == asked + 1
    assert world.load().list_of_lists.content.sequence == 300


def test_older_list_of_lists(world):
    """The list of lists never goes back, neither over the network nor in the folder."""
    old = world.pages[world.made.LOTL]
    world.pages[world.made.LOTL] = world.of_lists(sequence=301)
    world.update()
    world.pages[world.made.LOTL] = old
    assert codes(world.update()["EU"]) == ["list-older"]
    world.folder.keep("EU", old)
    assert codes(world.load().list_of_lists) == ["list-older"]


CHANGED = {
    "changed": (lambda world, octets: octets.replace(b"Provider", b"Providor"), "list-signature-wrong"),
    "cut off": (lambda world, octets: octets[:-9], "list-not-xml"),
    "emptied": (lambda world, octets: b"", "list-not-xml"),
    "an older one": (lambda world, octets: world.lists.national(sequence=4), "list-older"),
    "another country's": (lambda world, octets: world.pages[f"{BASE}/sk.xml"], "list-signer-unknown"),
}


@pytest.mark.parametrize(("change", "code"), CHANGED.values(), ids=CHANGED)
def test_changed_in_the_folder(world, change, code):
    """A list that was changed in the folder, or put in another's place, is refused by name, and is missing."""
    world.update()
    world.folder.keep("CZ", change(world, world.folder.read("CZ")))
    snapshot = world.load()
    assert [(kept.territory, codes(kept)) for kept in snapshot.lists] == [("CZ", [code]), ("SK", [])]
    assert snapshot.directory().lists == {"CZ": "missing", "SK": "current"}
    assert snapshot.directory().services == ()


def test_list_of_lists_changed_in_the_folder(world):
    """Without a list of lists that holds nothing in the folder is believed."""
    world.update()
    world.folder.keep("EU", world.folder.read("EU").replace(b"Office", b"Orifice"))
    snapshot = world.load()
    assert codes(snapshot.list_of_lists) == ["list-signature-wrong"]
    assert snapshot.lists == ()
    assert snapshot.directory().lists == {}


def test_signer_no_longer_named(world, lists, made):
    """Who signed the list that is kept has to be who the newest list of lists names."""
    world.update()
    pointers = [
        made.own_pointer(lists.pinned.der),
        made.pointer(f"{BASE}/cz.xml", "CZ", lists.office("CZ", "another office").der),
    ]
    world.pages[made.LOTL] = lists.of_lists(pointers=pointers, sequence=301)
    assert outcomes(world.update()) == {"EU": "new", "CZ": "failed"}
    assert [codes(kept) for kept in world.load().lists] == [["list-signer-unknown"]]


def test_stale(world):
    """A list past its next update is stale, and where the list of lists is, all are."""
    world.pages[f"{BASE}/cz.xml"] = world.lists.national(next_update=NOW + 2 * DAY)
    world.update()
    later = world.load(at=NOW + 3 * DAY)
    assert codes(later) == ["list-stale"]
    assert later.directory().lists == {"CZ": "stale", "SK": "current"}
    world.pages[world.made.LOTL] = world.of_lists(sequence=301, next_update=NOW + 4 * DAY)
    world.pages[f"{BASE}/cz.xml"] = world.lists.national(sequence=6)
    world.update()
    later = world.load(at=NOW + 5 * DAY)
    assert codes(later) == ["list-stale"]
    assert later.directory().lists == {"CZ": "stale", "SK": "stale"}
    assert codes(world.update(at=NOW + 5 * DAY)["EU"]) == ["list-stale"]


def test_pivots(world, lists, made):
    """Pivots are kept with the list of lists that they lead to; one that is missing in the folder is named."""
    second = lists.office("EU", "second")
    pivot = f"{BASE}/eu-lotl-pivot-280.xml"
    world.pages[pivot] = lists.of_lists(sequence=280, pointers=[made.own_pointer(second.der)])
    world.pages[made.LOTL] = world.of_lists(by=second, information=[pivot, made.GAZETTE])
    world.update()
    assert world.load().problems == ()
    (world.folder.path / "pivots" / "eu-lotl-pivot-280.xml").unlink()
    assert codes(world.load().list_of_lists) == ["list-pivot-missing"]


def test_no_folder(world):
    """A folder that isn't there holds no lists, which is said."""
    assert codes(world.load().list_of_lists) == ["list-none"]
    assert not world.folder.path.exists()


NOTES = {
    "no JSON": b"{",
    "no object": b"[1]",
    "no members": b'{"EU": {}}',
    "no number": b'{"EU": {"sequence": "1", "at": "2026-11-22T12:00:00+00:00"}}',
    "no time zone": b'{"EU": {"sequence": 1, "at": "2026-11-22T12:00:00"}}',
    "no time": b'{"EU": {"sequence": 1, "at": 5}}',
    "too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_note_that_cannot_be_read(world, note):
    """Without the note of what was there nobody can tell what is older, so nothing is believed and nothing is replaced."""
    world.update()
    (world.folder.path / "latest.json").write_bytes(note)
    assert codes(world.load().list_of_lists) == ["list-note"]
    with pytest.raises(ListError) as fault:
        world.update()
    assert codes(fault.value) == ["list-note"]


def test_interrupted(world, monkeypatch):
    """An update that ends in the middle leaves each list old or new, and what is kept can be read."""
    world.update()
    world.pages[f"{BASE}/cz.xml"] = world.lists.national(sequence=6)
    world.pages[f"{BASE}/sk.xml"] = world.lists.national(territory="SK", by=world.slovak, sequence=6)

    def interrupt(update, total):
        if update.territory != "EU":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.update(progress=interrupt)
    numbers = [kept.content.sequence for kept in world.load().lists]
    assert sorted(numbers) == [5, 6]
    assert not list(world.folder.path.glob("*.new"))


def test_two_updates_at_once(world):
    """While somebody updates the lists nobody else does."""
    with world.folder.locked(), pytest.raises(ListError) as fault:
        world.update()
    assert codes(fault.value) == ["list-folder-busy"]


def test_folder_that_is_a_file(world):
    """A folder that can't be used is an error that names it."""
    world.folder.path.write_bytes(b"")
    with pytest.raises(ListError, match=world.folder.path.name) as fault:
        world.update()
    assert codes(fault.value) == ["list-folder"]


@pytest.mark.parametrize("territory", ["../EU", "eu", "", "E/", "EUR"])
def test_territory_as_a_file_name(world, territory):
    """What a list calls its territory never becomes another path."""
    with pytest.raises(ListError) as fault:
        world.folder.read(territory)
    assert codes(fault.value) == ["list-territory-name"]


def test_note_keeps_numbers(tmp_path):
    """The note is read as it was written."""
    folder = ListFolder(tmp_path)
    folder.note({"CZ": Latest(5, NOW)})
    assert folder.latest() == {"CZ": Latest(5, NOW)}
    assert json.loads((tmp_path / "latest.json").read_text())["CZ"]["at"] == "2026-11-22T12:00:00+00:00"


@pytest.fixture
def server():
    """Return the address of a server, and what it serves: octets, an address to go to, or a function that answers."""
    pages = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            page = pages.get(self.path)
            if callable(page):
                page(self)
            elif isinstance(page, str):
                self.send_response(302)
                self.send_header("Location", page)
                self.end_headers()
            else:
                self.send_response(200 if page else 404)
                self.end_headers()
                self.wfile.write(page or b"")

        def log_message(self, *_):
            pass

    @contextmanager
    def running():
        listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}", pages
        finally:
            listening.shutdown()
            thread.join()
            listening.server_close()

    with running() as found:
        yield found


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for _ in range(400):
            handler.wfile.write(b" " * 2**19)


def silent(handler):
    handler.close_connection = True


WEB = {
    "there is nothing": (None, "service-silent"),
    "no answer": (silent, "service-silent"),
    "two hundred million octets": (endless, "service-too-much"),
    "a file of this machine": ("file:///etc/passwd", "service-silent"),
    "round and round": ("/sk.xml", "service-silent"),
}


@pytest.mark.system
@pytest.mark.parametrize("case", WEB.values(), ids=WEB)
def test_over_the_network(server, world, made, case):
    """Whatever a server does that should have a list, its list is not replaced and the others are."""
    (address, pages), (page, code), lists = server, case, world.lists
    pointers = [
        made.own_pointer(lists.pinned.der),
        made.pointer(f"{address}/cz.xml", "CZ", lists.czech.der),
        made.pointer(f"{address}/sk.xml", "SK", world.slovak.der),
    ]
    pages |= {
        "/": lists.of_lists(pointers=pointers),
        "/cz.xml": "/moved.xml",
        "/moved.xml": lists.national(),
        "/sk.xml": page,
    }
    updates = world.update(address=f"{address}/", http=Http(timeout=5, limit=2**20))
    assert outcomes(updates) == {"EU": "new", "CZ": "new", "SK": "failed"}
    assert codes(updates["SK"]) == [code]


@pytest.mark.system
def test_server_that_trickles(server, world):
    """A server that sends one octet after the other is given up when its time is over, however long it goes on."""
    address, pages = server
    ticks = iter(range(0, 1000, 5))

    def trickle(handler):
        handler.send_response(200)
        handler.end_headers()
        with suppress(OSError):
            while True:
                handler.wfile.write(b" ")

    pages["/"] = trickle
    updates = world.update(address=f"{address}/", http=Http(timeout=60, clock=lambda: float(next(ticks))))
    assert codes(updates["EU"]) == ["service-silent"]


@pytest.mark.system
def test_real_lists(server, real, tmp_path):
    """The real lists of 2026, served as they were published, are fetched, kept and read; what isn't served is missing."""
    address, pages = server
    pages["/"] = real("eu-lotl-388")
    at = datetime(2026, 7, 3, 12, tzinfo=UTC)

    class Redirected:
        """Asks our server in the place of those that the list of lists names."""

        def get(self, url):
            names = {
                "https://tsl.belgium.be/tsl-be-v6.xml": "/be",
                "https://tsl.digital.gob.es/TSL.xml": "/es",
            }
            return Http().get(url if url.startswith(address) else address + names.get(url, "/nowhere"))

    pages |= {"/be": real("be-81"), "/es": real("es-187")}
    folder = ListFolder(tmp_path / "lists")
    signers = from_pem(real("oj-2026-c1944.pem"))
    updates = fetch_lists(folder, signers=signers, at=at, address=f"{address}/", http=Redirected())
    found = {update.territory: (update.outcome, update.sequence) for update in updates}
    assert {name: one for name, one in found.items() if one[0] == "new"} == {
        "EU": ("new", 388),
        "BE": ("new", 81),
        "ES": ("new", 187),
    }
    assert len(found) == 32
    directory = load(folder, signers=signers, at=at).directory()
    assert sorted(name for name, state in directory.lists.items() if state == "current") == ["BE", "ES"]
    assert len(directory.services) == 135 + 429
    assert set(
        load(folder, signers=signers, at=datetime(2026, 11, 29, tzinfo=UTC)).directory().lists.values()
    ) == {
        "stale",
        "missing",
    }


@pytest.mark.system
def test_real_lists_of_version_5(server, real, tmp_path):
    """The real lists of 2023 are fetched with the two pivots that lead to them from the Official Journal of 2019."""
    address, pages = server
    at = datetime(2023, 11, 1, 12, tzinfo=UTC)

    class Redirected:
        def get(self, url):
            return Http().get(url if url.startswith(address) else f"{address}/{url.rpartition('/')[2]}")

    pages |= {"/": real("eu-lotl-332"), "/TSL_CZ.xtsl": real("cz-141")}
    pages |= {f"/eu-lotl-pivot-{n}.xml": real(f"eu-lotl-pivot-{n}") for n in (282, 300)}
    folder, signers = ListFolder(tmp_path / "lists"), from_pem(real("oj-2019-c276.pem"))
    updates = fetch_lists(
        folder, signers=signers, at=at, address=f"{address}/", territories=["CZ"], http=Redirected()
    )
    assert [(one.territory, one.outcome, one.sequence) for one in updates] == [
        ("EU", "new", 332),
        ("CZ", "new", 141),
    ]
    pages.clear()
    assert load(folder, signers=signers, at=at).directory().lists["CZ"] == "current"
    expired = load(folder, signers=signers, at=datetime(2026, 11, 29, tzinfo=UTC))
    assert codes(expired.list_of_lists) == ["list-signer-expired"]
