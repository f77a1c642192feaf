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
from collections.abc import Callable

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


def may() -> str:
    """Whether capturing is allowed: "yes", "dumpcap" where that helps, or "no"."""
    return "yes" if may_capture() else "dumpcap" if dumpcap() else "no"


def missing(name: str) -> tuple[str, str]:
    """What is missing to capture on `name`, and the commands that mend it."""
    program = os.path.abspath(sys.argv[0]) if os.path.exists(sys.argv[0]) else sys.argv[0]
    words = [program] if not program.endswith("__main__.py") else [sys.executable, "-m", "dissect"]
    command = shlex.join(["sudo", *words, *sys.argv[1:]])
    install = [] if os.path.exists("/usr/bin/dumpcap") else ["sudo apt install wireshark-common"]
    lines = (
        "Run it under sudo (dissect gives root up before it looks at a packet):",
        f"  {command}",
        "or let dumpcap capture for you, once and for all:",
        *(f"  {each}" for each in install),
        "  sudo dpkg-reconfigure wireshark-common    # answer Yes",
        "  sudo usermod -aG wireshark $USER          # then log in again",
    )
    return f"capturing on {name} is not permitted: this process lacks the capability CAP_NET_RAW", "\n".join(lines)


def give_up_root(last: Callable[[], None] = lambda: None) -> None:
    """Becomes the user who called sudo, and gives up every capability, for this process and all that it starts.

    Root without sudo stays user 0, who owns root's files, but has no capability either: no more
    power over other people's files, the network or the system. To be called before other threads
    are started: Linux has capabilities by thread. `last` loads what the capture needs: without
    capabilities, but before root becomes another user, who may not be able to read what root could;
    the threads that it starts become that user too.
    """
    if sys.platform != "linux":
        last()
        user = _invoking_user()
        if user is not None:
            _become(*user)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for capability in range(LAST + 1):
        libc.prctl(DROP_FROM_BOUNDING, capability, 0, 0, 0)  # fails where it may not, or there is none such
    libc.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0)
    user = _invoking_user()
    if user is not None:
        last()
        _become(*user)
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION, 0))
    if libc.capset(header, ctypes.create_string_buffer(24)):
        raise OSError(ctypes.get_errno(), "capset")
    if any(map(_effective, os.listdir("/proc/self/task"))):
        raise RuntimeError("capabilities are left though all were given up")
    if user is None:
        last()


def _invoking_user() -> tuple[int, int] | None:
    """User and group that called sudo; None where nobody did, or we are no root."""
    if not hasattr(os, "setresuid") or os.geteuid() != 0:
        return None
    user, group = (os.environ.get(name, "") for name in ("SUDO_UID", "SUDO_GID"))
    return (int(user), int(group)) if user.isdecimal() and group.isdecimal() and int(user) else None


def _become(user: int, group: int) -> None:
    """Becomes that user, real, effective and saved; the C library does it for all threads."""
    os.setgroups(_groups(user, group))
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
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


def _effective(thread: str = "") -> int:
    """The capabilities that a thread has, by default this one, as a mask."""
    path = f"/proc/self/task/{thread}/status" if thread else "/proc/thread-self/status"
    with open(
        path, "rb"
    ) as status:  # as text it would take a codec, which whom root has become may not be able to load
        return next((int(line.split()[1], 16) for line in status if line.startswith(b"CapEff:")), 0)


def _is_privileged(path: str) -> bool:
    """Whether the program runs with rights of its own."""
    try:
        return bool(os.stat(path).st_mode & 0o4000) or bool(os.getxattr(path, "security.capability"))
    except (OSError, AttributeError):
        return sys.platform != "linux"
