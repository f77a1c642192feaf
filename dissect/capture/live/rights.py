"""Rights: which one is missing, and how to give root up for good once the sockets are open.

Source: capabilities(7), credentials(7), prctl(2).
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import struct
import sys
from pathlib import Path

NET_RAW = 13
SET_NO_NEW_PRIVILEGES, DROP_FROM_BOUNDING, AMBIENT, CLEAR_ALL = 38, 24, 47, 4
CAPABILITY_VERSION = 0x20080522  # version 3: two words of 32 capabilities
LAST = 63


def may_capture() -> bool:
    """Whether this process may open packet sockets."""
    if sys.platform != "linux":
        return os.access("/dev/bpf0", os.R_OK) or getattr(os, "geteuid", lambda: 1)() == 0
    return bool(_effective() >> NET_RAW & 1)


def dumpcap() -> str:
    """The path of a dumpcap that this user may run and that may capture; empty if there is none."""
    path = shutil.which("dumpcap")
    return path if path and (may_capture() or _is_privileged(path)) else ""


def missing(name: str) -> str:
    """What is missing to capture on `name`, and the commands that mend it."""
    program = os.path.abspath(sys.argv[0]) if os.path.exists(sys.argv[0]) else sys.argv[0]
    words = [program] if not program.endswith("__main__.py") else [sys.executable, "-m", "dissect"]
    command = shlex.join(["sudo", *words, *sys.argv[1:]])
    install = "" if Path("/usr/bin/dumpcap").exists() else "sudo apt install wireshark-common\n  "
    return (
        f"capturing on {name} is not permitted: this process lacks the capability CAP_NET_RAW. Either run\n  {command}\n"
        "(dissect gives root up before it looks at a packet), or let dumpcap capture for you, once and for all:\n  "
        f"{install}sudo dpkg-reconfigure wireshark-common   # answer Yes\n"
        "  sudo usermod -aG wireshark $USER           # then log in again"
    )


def give_up_root() -> None:
    """Becomes the user who called sudo, and gives up every capability, for this process and all that it starts.

    Root without sudo stays user 0, who owns root's files, but has no capability either: no more
    power over other people's files, the network or the system. To be called before other threads
    are started: Linux has capabilities by thread.
    """
    if sys.platform != "linux":
        _become_user()
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for capability in range(LAST + 1):
        libc.prctl(DROP_FROM_BOUNDING, capability, 0, 0, 0)  # fails where it may not, or there is none such
    libc.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0)
    _become_user()
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION, 0))
    if libc.capset(header, ctypes.create_string_buffer(24)):
        raise OSError(ctypes.get_errno(), "capset")
    if _effective():
        raise RuntimeError("capabilities are left though all were given up")


def _become_user() -> None:
    if not hasattr(os, "setresuid") or os.geteuid() != 0:
        return
    user, group = (os.environ.get(name, "") for name in ("SUDO_UID", "SUDO_GID"))
    if user.isdecimal() and group.isdecimal() and int(user):
        os.setgroups(_groups(int(user), int(group)))
        os.setresgid(int(group), int(group), int(group))
        os.setresuid(int(user), int(user), int(user))
        try:
            os.setuid(0)
        except OSError:
            return
        raise RuntimeError("root could be had back though it was given up")


def _groups(user: int, group: int) -> list[int]:
    """The groups of a user, so that files can be written where the user may."""
    import pwd

    try:
        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    except KeyError:
        return [group]


def _effective() -> int:
    """The capabilities that this thread has, as a mask."""
    with open("/proc/thread-self/status", encoding="ascii", errors="replace") as status:
        return next((int(line.split()[1], 16) for line in status if line.startswith("CapEff:")), 0)


def _is_privileged(path: str) -> bool:
    """Whether the program runs with rights of its own."""
    try:
        return bool(os.stat(path).st_mode & 0o4000) or bool(os.getxattr(path, "security.capability"))
    except (OSError, AttributeError):
        return sys.platform != "linux"
