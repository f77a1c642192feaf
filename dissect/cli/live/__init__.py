"""`dissect live`: packets as they come, on the screen and into a file."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dissect.cli.output import Exit, Refusal, say

if TYPE_CHECKING:
    from dissect.bulk.live import Source
    from dissect.capture.recording import Recorder, Rotation
    from dissect.export import Job
    from dissect.session import Display, Limits, Progress, Session

Form = Literal["text", "tsv", "csv", "ndjson"]
Clock = Literal["relative", "delta", "epoch", "utc", "local"]
Kind = Literal["ring", "scapy", "dumpcap"]
STOPS = ("duration", "filesize", "files", "packets")
LARGEST = 262_144


def live(
    interfaces: Annotated[list[str] | None, typer.Argument(metavar="[IFACE...]", help='Interfaces; "any" is all of them.')] = None,
    capture_filter: Annotated[str, typer.Option("-f", metavar="BPF", help="Capture only what this filter lets through.")] = "",
    display_filter: Annotated[str, typer.Option("-Y", metavar="FILTER", help="Show only what matches, in Wireshark's language.")] = "",
    count: Annotated[int | None, typer.Option("-c", metavar="N", min=1, help="Stop after N packets; without -w, N that are shown.")] = None,
    fields: Annotated[list[str] | None, typer.Option("-e", metavar="FIELD", help="Show this field; again for more.")] = None,
    form: Annotated[Form | None, typer.Option("-T", help="Form of what is shown.")] = None,
    clock: Annotated[Clock | None, typer.Option("-t", help="Times in the list.")] = None,
    out: Annotated[str, typer.Option("-w", metavar="OUT", help='Record to OUT: pcapng, or pcap if it ends in .pcap; "-" is standard output.')] = "",
    autostop: Annotated[list[str] | None, typer.Option("-a", metavar="WHAT:N", help="Stop after duration:SECONDS, filesize:KB, files:N or packets:N.")] = None,
    rotate: Annotated[list[str] | None, typer.Option("-b", metavar="WHAT:N", help="Begin a new file after duration:SECONDS, filesize:KB or packets:N; keep files:N.")] = None,
    snaplen: Annotated[int | None, typer.Option("-s", metavar="N", min=0, max=LARGEST, help="Take only the first N bytes of each packet; 0 is all.")] = None,
    buffer: Annotated[int | None, typer.Option("-B", metavar="MIB", min=2, max=2048, help="Memory in which packets may wait for us.")] = None,
    not_promiscuous: Annotated[bool, typer.Option("-p", help="Leave out what other machines send each other.")] = False,
    segments: Annotated[bool, typer.Option("--segments", help="Note on packets that a card cuts or joined how long the segments are.")] = False,
    stats: Annotated[bool, typer.Option("--stats", help="Show tables of what goes by instead of a list.")] = False,
    source: Annotated[Kind | None, typer.Option("--source", help="Where packets come from; without it, the best that works.")] = None,
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="A comment for the file.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is there.")] = False,
) -> None:  # fmt: skip
    """Capture packets and show them as they come; record them with -w, losing nothing. Ctrl-C ends."""
    from dissect.cli.live.opening import Wanted, open_source

    stops, turns = numbers("-a", autostop or []), numbers("-b", rotate or [])
    _refuse_contradictions(out, stats, form, fields, stops, turns, comment, segments)
    names = list(dict.fromkeys(interfaces or [_usual()]))
    listed = bool(not out or stats or display_filter or fields or form or clock)
    wanted_form = None if stats or not listed else _job(form, fields or [], display_filter, clock or "relative")
    most = 0 if out else count or 0
    display: list[Display] = []

    def load() -> None:
        """What takes time, and reads files: before the first packet, and as root where only root can."""
        import dissect.capture.recording
        import dissect.cli.live.status
        import dissect.render.plain
        import dissect.session  # noqa: F401

        if listed:
            display.append(_display(wanted_form, display_filter, most))

    wanted = Wanted(names, capture_filter, snaplen or 0, not not_promiscuous, buffer or 0, segments)
    opened = open_source(wanted, source, load)
    try:
        limits = _limits(stops, most, count or 0)
        recorder = _recorder(out, opened, capture_filter, stops, turns, force, comment) if out else None
        session = _session(opened, recorder, display[0] if display else None, limits)
    except BaseException:
        opened.close()
        raise
    session.run(lambda: say(f"capturing on {', '.join(names)} ({opened.kind}); Ctrl-C ends"))
    _conclude(session)


def numbers(name: str, words: list[str]) -> dict[str, float]:
    """The conditions of -a and -b: `what:number`."""
    found: dict[str, float] = {}
    for word in words:
        what, _, number = word.partition(":")
        try:
            value = float(number) if what == "duration" else int(number)
        except ValueError:
            value = 0
        if what not in STOPS or not 0 < value < 1e15:
            raise Refusal(
                f"{name} {word!r}: give one of {', '.join(f'{each}:N' for each in STOPS)}, N being more than 0"
            )
        found[what] = value
    return found


def _refuse_contradictions(
    out: str,
    stats: bool,
    form: str | None,
    fields: list[str] | None,
    stops: dict[str, float],
    turns: dict[str, float],
    comment: str,
    segments: bool,
) -> None:
    if stats and (form or fields):
        raise Refusal("--stats shows tables of its own: leave out -T and -e")
    if out == "-" and (stats or form or fields):
        raise Refusal(
            "-w - puts the packets on standard output, where nothing else can be: leave out -T, -e and --stats"
        )
    if out == "-" and sys.stdout.isatty():
        raise Refusal("-w - writes binary data, which a terminal cannot show: send it into a pipe or a file")
    if comment and not out:
        raise Refusal("--comment is for a file: name it with -w")
    if segments and (not out or out.lower().endswith((".pcap", ".cap"))):
        raise Refusal("--segments makes notes in a pcapng file: name one with -w")
    if turns and (not out or out == "-"):
        raise Refusal("-b begins new files: name them with -w")
    if not out and {"filesize", "files"} & set(stops):
        raise Refusal("-a filesize and -a files end a recording: name the file with -w")
    if set(turns) == {"files"}:
        raise Refusal("-b files:N keeps the last N files: say when a new one begins with duration, filesize or packets")
    if "files" in stops and not turns:
        raise Refusal("-a files:N ends after N files: say when a new one begins with -b")


def _usual() -> str:
    from dissect.capture.live.interfaces import usual

    return usual()


def _limits(stops: dict[str, float], shown: int, count: int) -> Limits:
    from dissect.session import Limits

    packets = int(stops.get("packets", 0)) or (0 if shown else count)
    return Limits(packets, shown, stops.get("duration", 0))


def _display(wanted: Job | None, condition: str, most: int) -> Display:
    from dissect.cli.live.listing import Listing
    from dissect.cli.live.statistics import Statistics

    try:
        return Listing(wanted, most) if wanted is not None else Statistics(condition)
    except KeyError as error:
        raise Refusal(error.args[0]) from None


def _job(form: Form | None, fields: list[str], display_filter: str, clock: Clock) -> Job:
    """How packets are shown; a Refusal where that contradicts itself."""
    import shutil

    from dissect.cli.output import colourful
    from dissect.cli.request import WIDE, unicode
    from dissect.export import job

    chosen = form or ("tsv" if fields else "text")
    if chosen == "text" and fields:
        raise Refusal("the list has its own columns: -e goes with -T tsv, csv or ndjson")
    wide = sys.stdout.isatty() and shutil.get_terminal_size().columns >= WIDE
    return job(
        chosen, fields, display_filter, colour=chosen == "text" and colourful(sys.stdout), times=clock, ascii=not unicode(), aligned=wide
    )  # fmt: skip


def _recorder(
    out: str,
    source: Source,
    capture_filter: str,
    stops: dict[str, float],
    turns: dict[str, float],
    force: bool,
    comment: str,
) -> Recorder:
    from dissect import __version__
    from dissect.capture.recording import KB, Recorder

    return Recorder(
            out, source.section.interfaces, capture_filter, _rotation(turns), force,
            most_bytes=int(stops.get("filesize", 0)) * KB, most_files=int(stops.get("files", 0)), application=f"dissect {__version__}", comment=comment,
        )  # fmt: skip


def _rotation(turns: dict[str, float]) -> Rotation:
    from dissect.capture.recording import KB, Rotation

    whole = {what: int(number) for what, number in turns.items()}
    return Rotation(
        turns.get("duration", 0), whole.get("filesize", 0) * KB, whole.get("packets", 0), whole.get("files", 0)
    )


def _session(source: Source, recorder: Recorder | None, display: Display | None, limits: Limits) -> Session:
    from dissect.cli.live.status import StatusLine
    from dissect.session import Session

    progress: Progress | None = StatusLine() if display is None and sys.stderr.isatty() else None
    return Session(source, recorder, display, limits, progress)


def _conclude(session: Session) -> None:
    """The counts, what was wrong, the exit code."""
    if session.interrupted == signal.SIGINT and session.progress is None and sys.stderr.isatty():
        print(file=sys.stderr)  # behind the ^C that the terminal shows
    for gone in session.source.gone:
        say(gone)
    shown = session.display.shown if session.display else 0
    said = f"{session.captured:,} packet{'s' * (session.captured != 1)} captured, {shown:,} shown, {session.dropped:,} dropped by the kernel"
    if session.recorder is not None:
        said += f"; {session.recorder.packets:,} recorded in {session.recorder.where}"
    if session.display is not None and session.display.shed and not session.display.closed:
        said += f"; {session.display.shed:,} not looked at, because the display could not keep up"
    say(said)
    if session.trouble is not None:
        raise session.trouble
    if session.interrupted:
        raise typer.Exit(Exit.INTERRUPTED)
    if session.source.gone and not session.source.descriptors():
        raise typer.Exit(Exit.UNREADABLE)
