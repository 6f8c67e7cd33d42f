"""Five hundred awards, sent once as an export to `mikrocert issue` and once as a batch to the interface for programs.

Either side has an archive of its own, and begins when what it needs is started: the command with nothing, the interface with a server and
`mikrocert work`, as they run beside each other in production. Both use every processor. Run by `script/bench batch` in build/demo.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs
import httpx
from mikrocert.accounts import Scope
from mikrocert.archive import init_archive
from mikrocert.award.canonical import award_to_json
from mikrocert.parsing import strict_json
from mikrocert.service.system import open_system
from mikrocert.settings import FILE, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = str(Path(sys.executable).with_name("mikrocert"))
_INSTITUTION = "mu"
_PATIENCE = 1800.0


@contextmanager
def _place(level: str) -> Iterator[Path]:
    """Yield a folder with the demo's settings, sealing at a level, and an empty archive."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for entry in (FILE, "sandbox-root.pem", "sandbox"):
            copy = shutil.copytree if Path(entry).is_dir() else shutil.copyfile
            copy(entry, folder / entry)
        settings = folder / FILE
        text = settings.read_text("utf-8").replace("B-LTA", level).replace("jobs = true", "jobs = false")
        settings.write_text(text, "utf-8")
        init_archive(f"sqlite:///{folder / 'archive.sqlite'}")
        yield folder


def _lines(count: int) -> str:
    """Return so many awards as JSON Lines: those of the demo's export, each again and again under numbers of their own."""
    with open_system(load_settings(Path(FILE))) as system:
        records = system.read(Path("is-mu-2026.json").read_bytes(), institution=_INSTITUTION)
        awards = [record.award for record in records if record.award is not None]
    numbered = (attrs.evolve(awards[n % len(awards)], evidence_number=f"BENCH/{n}") for n in range(count))
    return "".join(f"{strict_json.dumps(award_to_json(award))}\n" for award in numbered)


def by_command(lines: str, *, level: str) -> float:
    """Return the seconds that `mikrocert issue` takes, its start included."""
    with _place(level) as folder:
        (folder / "awards.json").write_text(f'{{"awards": [{",".join(lines.splitlines())}]}}', "utf-8")
        command = (_PROGRAM, "--config", FILE, "issue", "awards.json", "--institution", _INSTITUTION)
        start = time.perf_counter()
        done = subprocess.run(
            [*command, "--intake", "json", "--out", "out"], cwd=folder, capture_output=True, check=False
        )
        seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr.decode())
    return seconds


def by_api(lines: str, *, level: str, workers: int) -> float:
    """Return the seconds from sending the batch until it is done."""
    with _place(level) as folder:
        with open_system(load_settings(folder / FILE)) as system:
            how = {"actor": "bench", "at": datetime.now(UTC)}
            system.the_accounts().add(_INSTITUTION, **how)
            key = system.the_accounts().make_key(_INSTITUTION, scopes=Scope, **how).secret
        headers = {"authorization": f"Bearer {key}", "content-type": "application/jsonl"}
        serve = (_PROGRAM, "--config", FILE, "serve", "--port", "0")
        work = (_PROGRAM, "--config", FILE, "work", "--concurrency", str(workers))
        with (
            subprocess.Popen(
                serve, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as server,
            subprocess.Popen(
                work, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as worker,
        ):
            try:
                address = server.stdout.readline().strip() if server.stdout else ""
                with httpx.Client(base_url=address, headers=headers, timeout=_PATIENCE) as client:
                    return _until_done(client, lines)
            finally:
                server.terminate()
                worker.terminate()


def _until_done(client: httpx.Client, lines: str) -> float:
    start = time.perf_counter()
    sent = client.post("/api/v1/batches", content=lines.encode())
    if sent.status_code != 202:  # noqa: PLR2004
        raise SystemExit(sent.text)
    place = urlsplit(sent.headers["location"]).path  # the address is that of the settings
    while True:
        batch = client.get(place, params={"wait": 30}).raise_for_status().json()
        if batch["state"] == "done":
            break
    seconds = time.perf_counter() - start
    if batch["refused"]:
        message = f"refused: {batch['refused']}"
        raise SystemExit(message)
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--awards", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--level", default="B-B")
    given = parser.parse_args()
    lines = _lines(given.awards)
    first = by_command(lines, level=given.level)
    for name, seconds in (
        ("mikrocert issue", first),
        (f"a batch, {given.workers} workers", by_api(lines, level=given.level, workers=given.workers)),
    ):
        print(
            f"{given.awards} awards at {given.level}, {name:<24} {seconds:8.1f} s   "
            f"{given.awards / seconds:6.2f} a second   {seconds / first:5.2f} ×"
        )


if __name__ == "__main__":
    main()
