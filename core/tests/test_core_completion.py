"""The exit code comes from a command that reported its end; whatever else ends it is no success."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from mikrocert.cli.completion import INCOMPLETE

pytestmark = pytest.mark.system

PROGRAM = """
import os, signal, sys, time
from mikrocert.cli.completion import completed

def waiting():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        print("ready", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        return 130

def command():
    {deed}
    return {code}

print(f"code {{completed(command, bug=70)}}")
"""
DEEDS = {  # name → (what the command does, its exit code, what comes of it)
    "success": ("pass", 0, 0),
    "a verdict": ("pass", 2, 2),
    "the largest code": ("pass", 255, 255),
    "a code that a shell would see as 0": ("pass", 256, 70),
    "a negative code": ("pass", -1, 70),
    "os._exit(0)": ("os._exit(0)", 0, INCOMPLETE),
    "os._exit(1), which is a verdict": ("os._exit(1)", 0, INCOMPLETE),
    "another program": ("os.execv('/bin/true', ['true'])", 0, INCOMPLETE),
    "a crash of a library": ("os.kill(os.getpid(), signal.SIGSEGV)", 0, INCOMPLETE),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", 0, INCOMPLETE),
    "a pipe that somebody closed": ("os.closerange(3, 100)", 0, INCOMPLETE),
    "an answer that can't be written": (
        "sys.stdout = open('/dev/full', 'w'); sys.stdout.write('x')",
        0,
        INCOMPLETE,
    ),
    "an exit in a thread": (
        "import threading; t = threading.Thread(target=os._exit, args=(0,)); t.start(); t.join()",
        0,
        INCOMPLETE,
    ),
    "a process left behind": ("os.fork() or time.sleep(0)", 3, 3),
    "a process left behind that never ends": ("os.fork() or signal.alarm(99) or signal.pause()", 3, 3),
    "a process left behind by one that reports nothing": (
        "os.fork() and os._exit(0) or signal.alarm(99) or signal.pause()",
        0,
        INCOMPLETE,
    ),
    "a copy that reports instead": ("os.fork() and os._exit(0)", 0, INCOMPLETE),
    "a thread left behind that never ends": (
        "import threading; threading.Thread(target=threading.Event().wait).start()",
        3,
        3,
    ),
    "waiting without end when Python closes": ("import atexit; atexit.register(signal.pause)", 3, 3),
}


def program(deed, code):
    return textwrap.dedent(PROGRAM).format(deed=deed, code=code)


@pytest.mark.parametrize("name", DEEDS)
def test_only_a_reported_end_gives_a_code(name):
    """The parent ends with what was reported, or says that nothing was."""
    deed, code, expected = DEEDS[name]
    # What is left behind keeps no file of the answer open; of standard error it may.
    with TemporaryFile() as errors:
        done = subprocess.run(
            [sys.executable, "-c", program(deed, code)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
        errors.seek(0)
        assert done.stdout.splitlines()[-1] == f"code {expected}", errors.read()


def test_a_copy_of_the_command_adds_no_second_answer():
    """Where something forks and both go on, one answers."""
    deed = "child = os.fork(); print('answer'); child and os.waitpid(child, 0)"
    done = subprocess.run(
        [sys.executable, "-c", program(deed, 1)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "answer\ncode 1\n"


def test_nothing_is_added_to_a_complete_answer():
    """What is printed when Python closes is on standard error."""
    deed = "import atexit; atexit.register(print, 'late'); print('answer')"
    done = subprocess.run(
        [sys.executable, "-c", program(deed, 0)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("answer\ncode 0\n", "late\n")


def without_reader(*command, **how):
    """Run a program whose standard output nobody reads any more; return what came of it."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, **how)
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    "arguments", [["plugins"], ["plugins", "--json"], ["schema"], ["plugins", "--lang", "cs"]]
)
def test_an_answer_that_nobody_reads_is_no_bug(tmp_path, arguments):
    """Where `head` has closed the pipe, the command ends with a code of its own and says nothing."""
    program = "from mikrocert.cli import main; main()"
    done = without_reader(sys.executable, "-c", program, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


STREAMS = {  # what is wrong with a stream → (how a shell makes it so, exit code, what standard error says)
    "no standard output": (">&-", 69, "mikrocert: standard output is closed, so there is no place for the answer; nothing was done"),
    "neither output": (">&- 2>&-", 69, ""),
    "nothing at all": ("<&- >&- 2>&-", 69, ""),
    "a full disk": (">/dev/full", 69, "mikrocert: the answer can't be written: the disk is full"),
    "a full disk, in silence": (">/dev/full 2>&-", 69, ""),
    "two full disks": (">/dev/full 2>/dev/full", 69, ""),
    "no standard error": (">/dev/null 2>&-", 0, ""),
    "a full standard error": (">/dev/null 2>/dev/full", 0, ""),
    "no standard input": ("<&- >/dev/null", 0, ""),
}  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["schema", "plugins", "--version"])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_takes_nothing_is_neither_success_nor_a_bug(tmp_path, name, arguments):
    """Closed or full: 69 and a sentence where one can be said; standard error holds no answer."""
    how, code, begins = STREAMS[name]
    program = f"{sys.executable} -c 'from mikrocert.cli import main; main()' {arguments} {how}"
    done = subprocess.run(
        ["/bin/sh", "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ
    )
    assert done.returncode == code
    assert done.stderr == (f"{begins}\n" if begins else "")


def test_what_can_not_be_said_is_told_in_the_language_asked_for(tmp_path):
    """Reasons of the system too."""
    program = f"{sys.executable} -c 'from mikrocert.cli import main; main()' plugins --lang cs >/dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stderr == "mikrocert: odpověď nelze zapsat: disk je plný\n"


def test_no_file_is_opened_in_place_of_a_closed_stream():
    """Or what is printed would be written into it."""
    script = """
import os
from mikrocert.cli.output import take_streams
take_streams()
os._exit(10 + os.open("/dev/null", os.O_RDONLY))
"""
    done = subprocess.run(["/bin/sh", "-c", f"{sys.executable} -c '{script}' <&- >&- 2>&-"], check=False)
    assert done.returncode == 13


def test_another_pipe_than_standard_output_is_a_bug(tmp_path):
    """A pipe that breaks elsewhere is told, whatever becomes of standard output."""
    program = """
import sys
from mikrocert import settings
def broken(path):
    raise BrokenPipeError(32, "a database")
settings.load_settings = broken
from mikrocert.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "verify", "x"], capture_output=True, text=True, check=False, cwd=tmp_path
    )  # fmt: skip
    assert done.returncode == 70
    assert "please report it" in done.stderr


def started(code):
    process = subprocess.Popen(
        [sys.executable, "-c", program(f"return waiting() or {code}", code)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_what_a_process_sends_reaches_the_command():
    """An interruption is handled by the command; a termination ends both the same way."""
    with started(0) as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "code 130\n"
    with started(0) as process:
        process.terminate()
        assert process.wait() == -signal.SIGTERM


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs F_SETSIG, which only Linux has")
def test_the_command_ends_with_its_parent():
    """Whoever kills the parent leaves no command behind: its end of standard output closes."""
    with started(0) as process:
        process.kill()
        assert process.stdout.read() == ""


def test_only_commands_are_given_a_process_of_their_own(new_python):
    """Help and version, which give no verdict, are not."""
    script = """
        import os, sys
        from mikrocert.cli import main
        os.fork = None
        for arguments in ([], ["--help"], ["--version"]):
            sys.argv = ["mikrocert", *arguments]
            try:
                main()
            except SystemExit as ended:
                print("code", ended.code)
    """
    assert new_python(script).count("code") >= 3


def test_the_program_ends_with_what_the_command_returns(new_python, tmp_path):
    """`main` gives the command's exit code."""
    done = subprocess.run(
        [sys.executable, "-c", "from mikrocert.cli import main; main()", "verify", "nothing"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ},
    )
    assert done.returncode == 3
