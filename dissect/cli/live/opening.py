"""Which source captures, with which rights: the sockets are opened, then root is given up."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dissect.capture.live import rights
from dissect.capture.live.errors import LiveError
from dissect.cli.output import Exit, Refusal

if TYPE_CHECKING:
    from dissect.bulk.live import Source
    from dissect.capture.live.dumpcap import Dumpcap
    from dissect.capture.live.ring import Ring
    from dissect.capture.live.sockets import Sockets
    from dissect.cli.live import Kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to capture."""

    names: Sequence[str]
    capture_filter: str = ""
    snaplen: int = 0
    promiscuous: bool = True
    buffer: int = 0  # MiB
    segments: bool = False


def open_source(wanted: Wanted, kind: Kind | None, last: Callable[[], None]) -> Source:
    """The source asked for, or the best that works: the kernel's ring, dumpcap where that may and we may not, scapy.

    Afterwards root is given up for good; `last` loads what the capture needs. Refusal with the exit code that fits.
    """
    ring = sys.platform == "linux"
    helper = rights.dumpcap()
    if kind == "ring" and not ring:
        raise Refusal("the kernel's ring is Linux's; take --source scapy")
    if kind == "dumpcap" and not helper:
        raise Refusal(_no_dumpcap(), Exit.NOT_PERMITTED)
    chosen = kind or ("dumpcap" if helper and not rights.may_capture() else "ring" if ring else "scapy")
    if wanted.segments and chosen != "ring":
        raise Refusal(f"--segments is for the kernel's ring: {chosen} does not tell how long segments are")
    try:
        opened = _open(wanted, chosen, helper)
    except PermissionError:
        sentence, commands = rights.missing(" and ".join(wanted.names))
        raise Refusal(sentence, Exit.NOT_PERMITTED, commands) from None
    except LiveError as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"cannot capture on {', '.join(wanted.names)}: {os.strerror(error.errno or 0)}") from error
    try:
        rights.give_up_root(last)
        return _source(opened)
    except BaseException:
        for each in opened if isinstance(opened, list) else [opened]:
            each.close()
        raise


def _open(wanted: Wanted, chosen: Kind, helper: str) -> list[Ring] | list[Sockets] | Dumpcap:
    """The sockets, before anything that starts threads: Linux has rights by thread."""
    from dissect.capture.live.bpf import compile_filter
    from dissect.capture.live.kernel import ETHERNET

    asked = wanted.snaplen, wanted.promiscuous
    if chosen == "dumpcap":
        from dissect.capture.live.dumpcap import Dumpcap
        from dissect.capture.live.errors import WrongFilter

        try:  # dumpcap would say the same at length
            compile_filter(wanted.capture_filter, ETHERNET)
        except LiveError as error:
            if isinstance(error, WrongFilter):
                raise
        return Dumpcap(helper, wanted.names, *asked, wanted.capture_filter)
    if chosen == "scapy":
        from dissect.capture.live.sockets import Sockets

        return [Sockets(name, number, *asked, wanted.capture_filter) for number, name in enumerate(wanted.names)]
    from dissect.capture.live.ring import Ring, link_of

    programs = [
        compile_filter(wanted.capture_filter, link_of(name), name, wanted.snaplen or 262_144) if wanted.capture_filter else b""
        for name in wanted.names
    ]  # fmt: skip
    return [
        Ring(name, *asked, program, wanted.buffer, wanted.segments)
        for name, program in zip(wanted.names, programs, strict=True)
    ]


def _source(opened: list[Ring] | list[Sockets] | Dumpcap) -> Source:
    from dissect.bulk.live import PipeSource, RingSource, SocketSource
    from dissect.capture.live.ring import Ring

    if not isinstance(opened, list):
        return PipeSource(opened)
    rings = [each for each in opened if isinstance(each, Ring)]
    if rings:
        return RingSource(rings)
    return SocketSource([each for each in opened if not isinstance(each, Ring)])


def _no_dumpcap() -> str:
    return (
        "dumpcap is not there, or this user may not run it: `sudo apt install wireshark-common` installs it, "
        "`sudo dpkg-reconfigure wireshark-common` and `sudo usermod -aG wireshark $USER` allow it, after a new login"
    )
