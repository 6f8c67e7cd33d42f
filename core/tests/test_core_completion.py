"""The exit code comes from a command that reported its end; whatever else ends it is no success."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from mikrocert.cli.completion import INCOMPLETE

pytestmark = pytest.mark.system

PROGRAM = """
import os, signal, sys, time
from mikrocert.cli.completion import completed

def waiting():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("ready", flush=True)
    try:
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
}


def program(deed, code):
    return textwrap.dedent(PROGRAM).format(deed=deed, code=code)


@pytest.mark.parametrize("name", DEEDS)
def test_only_a_reported_end_gives_a_code(name):
    """The parent ends with what was reported, or says that nothing was."""
    deed, code, expected = DEEDS[name]
    done = subprocess.run(
        [sys.executable, "-c", program(deed, code)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == f"code {expected}", done.stderr


def test_nothing_is_added_to_a_complete_answer():
    """What is printed when Python closes is on standard error."""
    deed = "import atexit; atexit.register(print, 'late'); print('answer')"
    done = subprocess.run(
        [sys.executable, "-c", program(deed, 0)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("answer\ncode 0\n", "late\n")


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
