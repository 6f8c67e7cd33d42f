"""A crew of processes does many things at once, in order, and what ends one of them costs nothing but itself."""

from __future__ import annotations

import os
import textwrap
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from mikrocert.errors import WorkerError
from mikrocert.service.confining import CostLimits, Crew, Loss, cores

pytestmark = pytest.mark.system

LIMITS = CostLimits(cpu_seconds=1, memory_megabytes=64, seconds=60)
DEEDS = {  # what the work does → how it is lost
    "loops for ever": ("while True: pass", Loss.TOO_COSTLY),
    "takes memory for ever": ("hoard = []\nwhile True: hoard.append(bytes(2**20))", Loss.TOO_COSTLY),
    "is ended from outside": ("os.kill(os.getpid(), 9)", Loss.TOO_COSTLY),
    "ends its process": ("os._exit(0)", Loss.ENDED),
    "leaves": ("raise SystemExit", Loss.ENDED),
    "raises": ("raise ValueError", Loss.ENDED),
    "gives what can't be sent": ("answer = lambda: 1", Loss.ENDED),
    "gives what can't be read": ("answer = Unreadable()", Loss.ENDED),
}


@pytest.fixture
def obeying(tmp_path, monkeypatch):
    """What does as it is told, in a module that other processes can import."""
    (tmp_path / "obeying_crew.py").write_text(
        textwrap.dedent("""
            import os
            from contextlib import contextmanager
            from mikrocert.errors import SettingsError
            from mikrocert.texts import message

            class Unreadable:
                def __reduce__(self):
                    return int, ("ř",)

            @contextmanager
            def opened(deed=""):
                exec(deed)
                yield obeyed

            def obeyed(deed, log):
                with open(log, "a", encoding="utf-8") as file:
                    file.write(f"{os.getpid()} {deed}\\n")
                names = {"os": os, "log": log, "Unreadable": Unreadable, "answer": os.getpid()}
                exec(deed, names)
                return names["answer"]
        """),
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    import obeying_crew  # pyright: ignore[reportMissingImports]

    return obeying_crew


@pytest.fixture
def crew_of(obeying):
    """Make crews that are closed in the end."""
    crews = []

    def make(deed="", **how):
        crews.append(Crew(partial(obeying.opened, deed), **{"workers": 2, "limits": LIMITS, **how}))
        return crews[-1]

    yield make
    for crew in crews:
        crew.close()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def requests_of(log, *deeds):
    return [(deed, str(log)) for deed in deeds]


def test_two_things_are_done_at_once(crew_of, log, tmp_path):
    """Each waits for the other one, so that neither would end alone."""
    os.mkfifo(tmp_path / "pipe")
    giving, taking = (f"answer = open({str(tmp_path / 'pipe')!r}, {mode!r}).{do}" for mode, do in
                      (("w", "write('ř')"), ("r", "read()")))  # fmt: skip
    assert list(crew_of().work(requests_of(log, giving, taking))) == [1, "ř"]


def test_answers_come_in_the_order_of_requests(crew_of, log, tmp_path):
    """Also where a later one is there first."""
    os.mkfifo(tmp_path / "pipe")
    waiting = f"answer = open({str(tmp_path / 'pipe')!r}).read()"
    last = f"open({str(tmp_path / 'pipe')!r}, 'w').write('první'); answer = 'poslední'"
    requests = requests_of(log, waiting, "answer = 2", "answer = 3", last)
    assert list(crew_of().work(requests)) == ["první", 2, 3, "poslední"]


@pytest.mark.parametrize("name", DEEDS)
def test_what_ends_its_process_is_tried_once_more_and_is_the_only_one_lost(crew_of, log, name):
    """The others have their answers, in order."""
    deed, loss = DEEDS[name]
    answers = list(crew_of().work(requests_of(log, "answer = 1", deed, "answer = 3", "answer = 4")))
    assert answers == [1, loss, 3, 4]
    assert log.read_text("utf-8").count(deed) == 2


def test_what_can_be_done_alone_is_not_lost(crew_of, log, tmp_path):
    """The second time it is alone: nothing else is being done, and its process has done nothing else."""
    mark = str(tmp_path / "mark")
    shy = (
        f"import pathlib; p = pathlib.Path({mark!r}); p.exists() or (p.touch(), os._exit(1)); answer = 'sám'"
    )
    assert list(crew_of().work(requests_of(log, shy, *["answer = 1"] * 5))) == ["sám", 1, 1, 1, 1, 1]
    process, *_ = log.read_text("utf-8").splitlines()[-1].split()
    assert sum(line.startswith(process) for line in log.read_text("utf-8").splitlines()) == 1


def test_what_waits_without_end_is_late(crew_of, log):
    """It costs nothing and never ends."""
    crew = crew_of(limits=CostLimits(seconds=0.1))
    assert list(crew.work(requests_of(log, "import signal; signal.pause()"))) == [Loss.TOO_COSTLY]


def test_time_without_end_is_waited_out(crew_of, log):
    """However long the work takes, an answer comes when it is there."""
    crew = crew_of(limits=CostLimits(seconds=float("inf")))
    assert list(crew.work(requests_of(log, "answer = sum(range(10**6))"))) == [sum(range(10**6))]


def test_what_can_t_be_handed_over_costs_no_process(crew_of, log):
    """It is lost at once, without waiting until it would be late, and the processes go on."""
    crew = crew_of(limits=CostLimits(seconds=float("inf")))
    assert list(crew.work([(lambda: 1, str(log)), *requests_of(log, "answer = 2")])) == [Loss.UNSENT, 2]


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("raise SettingsError(message('there is no renderer ř'))", "there is no renderer ř"),
        ("os._exit(7)", "its process ended with exit code 7"),
    ],
)
def test_processes_that_can_not_start_are_an_error(crew_of, log, deed, reason):
    """It is told once, and not for each piece of work as if that were at fault."""
    with pytest.raises(WorkerError) as raised:
        list(crew_of(deed).work(requests_of(log, "answer = 1", "answer = 2")))
    assert str(raised.value) == reason


def test_whoever_stops_asking_ends_what_is_being_done(crew_of, log, tmp_path):
    """No process outlives the question."""
    os.mkfifo(tmp_path / "pipe")
    forever = f"open({str(tmp_path / 'pipe')!r}).read()"
    crew = crew_of()
    working = crew.work(requests_of(log, "answer = 1", forever, forever, forever))
    assert next(working) == 1
    working.close()
    begun = [line.split(maxsplit=1) for line in log.read_text("utf-8").splitlines()]
    for process in [int(number) for number, deed in begun if deed == forever]:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    assert list(crew.work(requests_of(log, "answer = 2"))) == [2]
    crew.close()
    assert not crew.started
    for process in {int(line.split()[0]) for line in log.read_text("utf-8").splitlines()}:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_what_may_wait_is_done_after_the_rest(crew_of, log, tmp_path):
    """However much of it was asked for before."""
    os.mkfifo(tmp_path / "pipe")
    crew = crew_of(workers=1)
    first = crew.ask(f"answer = open({str(tmp_path / 'pipe')!r}).read()", str(log))
    asked = [crew.ask(f"answer = {n}", str(log), later=n < 3) for n in range(5)]
    (tmp_path / "pipe").write_text("jdi")
    assert [answer.result() for answer in (first, *asked)] == ["jdi", 0, 1, 2, 3, 4]
    done = [line.split(maxsplit=1)[1] for line in log.read_text("utf-8").splitlines()]
    assert done[1:] == [f"answer = {n}" for n in (3, 4, 0, 1, 2)]


def test_what_is_closed_takes_no_more_work(crew_of, log):
    """Nobody would do it, and whoever waited for it would wait without end; what was asked for before has an end."""
    crew = crew_of(workers=1)
    asked = [crew.ask(*request) for request in requests_of(log, *["import signal; signal.pause()"] * 2)]
    crew.close()
    assert all(answer.done() for answer in asked)
    with pytest.raises(RuntimeError, match="closed"):
        crew.ask("answer = 1", str(log))


def test_several_threads_share_a_crew(crew_of, log):
    """Each has its own answers."""
    crew = crew_of()

    def answers_of(start):
        return list(crew.work(requests_of(log, *(f"answer = {start + n}" for n in range(20)))))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(answers_of, range(0, 400, 100)))
    assert found == [[start + n for n in range(20)] for start in range(0, 400, 100)]


def test_a_process_makes_room_for_a_new_one(crew_of, log):
    """After so much work, so that memory that a library keeps for itself comes back."""
    processes = list(crew_of(workers=1, lifetime=2).work(requests_of(log, *["pass"] * 4)))
    assert [processes.count(process) for process in dict.fromkeys(processes)] == [2, 2]


def test_processes_stay_for_the_next_batch(crew_of, log):
    """Starting one takes as long as some drawings."""
    crew = crew_of(workers=1)
    assert not crew.started
    assert list(crew.work(requests_of(log, "pass"))) == list(crew.work(requests_of(log, "pass")))
    assert list(crew.work([])) == []


def test_an_interruption_is_not_for_the_processes(crew_of, log):
    """Ctrl-C reaches all that are in the foreground; the crew goes on until whoever asked ends it."""
    assert list(crew_of(workers=1).work(requests_of(log, "os.kill(os.getpid(), 2); answer = 'dál'"))) == [
        "dál"
    ]


def test_processors_are_those_that_the_program_may_use(monkeypatch):
    """Not all that the machine has; where nobody can tell, all."""
    assert cores() == len(os.sched_getaffinity(0))
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores() == os.cpu_count()
