"""A code that reads and writes SLHA, and misbehaves in the way that its input asks for.

python slha_code.py MODE in.slha out.slha
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

MODE, SOURCE, TARGET = sys.argv[1:4]
MIB = 1 << 20


def spectrum(mass: str = "") -> str:
    """The spectrum of this point: its mass is the number of the input."""
    if not mass:
        with open(SOURCE) as file:
            mass = next(line.split()[1] for line in file if line.startswith(" 1 "))
    return f"Block SPINFO\n 1 fake\nBlock MASS\n 25 {mass} # h\n"


def write(text: str) -> None:
    with open(TARGET, "w") as file:
        file.write(text)


def good() -> None:
    write(spectrum())


def segfault() -> None:
    good()
    os.kill(os.getpid(), signal.SIGSEGV)


def abort() -> None:
    good()
    os.abort()


def crash_in_a_shell() -> None:
    good()
    os.execvp("sh", ["sh", "-c", "sh -c 'kill -SEGV $$'; exit $?"])


def nothing() -> None:
    print("all is well")


def exit_code() -> None:
    good()
    sys.exit(7)


def hang() -> None:
    good()
    time.sleep(600)


def shell_hang() -> None:
    good()
    os.execvp("sh", ["sh", "-c", "sleep 600; true"])


def stubborn_family() -> None:
    """Children and grandchildren that do not obey, the latter in sessions of their own."""
    good()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for _ in range(2):
        os.fork()
    os.setsid() if os.getpid() != os.getsid(0) else None
    os.fork()
    time.sleep(600)


def daemon() -> None:
    good()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)


def fork_bomb() -> None:
    good()
    for _ in range(50):
        subprocess.Popen(["sleep", "600"])
    time.sleep(600)


def flood() -> None:
    good()
    block = b"y" * MIB
    for _ in range(int(os.environ["MIB"])):
        os.write(1, block)
        os.write(2, block)


def flood_file() -> None:
    """As Fortran would: SIGXFSZ is not ignored, unlike in Python."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    good()
    with open("log", "wb", buffering=0) as file:
        for _ in range(int(os.environ["MIB"])):
            file.write(b"y" * MIB)


def large_output() -> None:
    write(spectrum() + "# comment\n" * MIB)


def slow() -> None:
    with open(TARGET, "w", buffering=1) as file:
        for line in spectrum().splitlines(keepends=True):
            file.write(line)
            file.flush()
            time.sleep(0.1)


def partial() -> None:
    write(spectrum()[:-8])


def not_a_number() -> None:
    write(spectrum("NaN"))


def infinite() -> None:
    write(spectrum("Infinity"))


def stars() -> None:
    write(spectrum("********"))


def garbage() -> None:
    with open(TARGET, "wb") as file:
        file.write(os.urandom(MIB))


def hungry() -> None:
    good()
    time.sleep(0.1)
    print(len(bytearray(20 << 30)))


def left_open() -> None:
    """A child still holds the output open and would write into it later."""
    good()
    file = open(TARGET, "a")  # noqa: SIM115 - that is the fault
    if os.fork() == 0:
        time.sleep(600)
        file.write("too late")


def elsewhere() -> None:
    text = spectrum()
    os.chdir("/tmp" if os.path.isdir("/tmp") else "/")
    os.chdir(os.environ["ELSEWHERE"])
    write(text)


def reads() -> None:
    assert sys.stdin.read() == ""
    good()


def outside() -> None:
    """It writes beside its own folder as well."""
    good()
    with open(os.path.join(os.environ["ELSEWHERE"], "mine"), "w") as file:
        file.write("x")


def temporary() -> None:
    """It leaves a file where temporary files belong, which has to go as well."""
    good()
    with open(os.path.join(os.environ["TMPDIR"], "leftover"), "w") as file:
        file.write("x")
    assert os.path.samefile(os.environ["TMPDIR"], ".")


def stale() -> None:
    """The spectrum of another point, of some time ago."""
    write(spectrum("99.0"))
    os.utime(TARGET, (time.time() - 60, time.time() - 60))


def setuid() -> None:
    good()
    os.chmod(TARGET, 0o6755)


def link_out() -> None:
    os.symlink("/etc/passwd", TARGET)


def link_to_zeros() -> None:
    os.symlink("/dev/zero", TARGET)


def link_to_itself() -> None:
    os.symlink(TARGET, TARGET)


def link_in() -> None:
    with open("real", "w") as file:
        file.write(spectrum())
    os.symlink("real", TARGET)


def pipe() -> None:
    os.mkfifo(TARGET)


def folder() -> None:
    os.mkdir(TARGET)


def no_folder() -> None:
    """It takes its own folder away."""
    for name in os.listdir("."):
        os.unlink(name)
    os.rmdir(os.getcwd())


def locked_folder() -> None:
    good()
    os.makedirs("a/b")
    os.chmod("a/b", 0)
    os.chmod("a", 0)


globals()[MODE]()
