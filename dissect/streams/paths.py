"""The paths of a connection: both ends followed through their states by the segments that a capture saw.

What an end sends is seen. What reaches it is inferred from what it sends afterwards: a segment counts as arrived
once the receiver acknowledges it; an acknowledgment, which nobody acknowledges, once the receiver goes on
without repeating what it covers; what is left at the end of the capture is taken to have arrived, and marked so.
Segments of the handshake that the capture lacks are inferred from what is acknowledged of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dissect.streams.exchange import ACK, FIN, RST, SYN, Step
from dissect.streams.states import Event, State, transition

UNANSWERED = frozenset({State.SYN_SENT, State.SYN_RECEIVED})
UNFINISHED = frozenset({State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK})
"""States in which an end waits for the acknowledgment of its SYN, and of its FIN."""
MOST_COMING = 64
"""Segments that are followed on their way to an end: only those that may change its state, of which there are few."""


class Visit(NamedTuple):
    """An end comes to be in `state`, by what packet `number` did (0: before the capture), at `time`.

    `event` is None for the state that the end was found in. `sure` is whether a packet shows it: `shown` is the
    first one of this end that does (0 where none does).
    """

    state: State
    number: int
    time: int
    event: Event | None = None
    sure: bool = True
    shown: int = 0
    cite: str = ""


class Reset(NamedTuple):
    """A reset in packet `number`: `cause` is the packet that it answers (0: the program's own doing).

    `kind` is "refused" (nobody listens), "answer" (to a segment that fits no connection), "abort" (a program
    ended the connection by it).
    """

    number: int
    second: bool
    kind: str
    cause: int = 0


class HalfClose(NamedTuple):
    """One end closed its direction in packet `number`, the other went on for `lasted` ns with `length` bytes of data."""

    number: int
    second: bool
    until: int
    lasted: int
    length: int


@dataclass(slots=True)
class End:
    """One end: where it has been, and what is on its way to it."""

    visits: list[Visit] = field(default_factory=list)
    coming: list[Step] = field(default_factory=list)
    passive: bool = False
    syn: Step | None = None
    """Its SYN; packet 0 if that is not in the capture."""
    fin: Step | None = None
    sent: int = 0
    """The number that follows all it is known to have sent."""
    received: int = 0
    """The first number of the peer's that has not arrived."""

    @property
    def state(self) -> State | None:
        """Where it is; None before anything is known."""
        return self.visits[-1].state if self.visits else None


@dataclass(slots=True)
class Paths:
    """What became of both ends of a connection. `midway`: the capture begins after its handshake."""

    first: End = field(default_factory=End)
    second: End = field(default_factory=End)
    midway: bool = False
    resets: list[Reset] = field(default_factory=list)
    half_closes: list[HalfClose] = field(default_factory=list)
    ends: int = 0
    """Nanoseconds of the last segment."""

    def end(self, second: bool) -> End:
        """The end that sent the first segment, or the other."""
        return self.second if second else self.first

    @property
    def waiting(self) -> list[bool]:
        """Which ends are in TIME_WAIT when the capture ends (True: the second)."""
        return [second for second in (False, True) if self.end(second).state is State.TIME_WAIT]

    @property
    def simultaneous_open(self) -> bool:
        """Whether both ends sent a SYN before they saw the other's."""
        return all(
            _passed(end, State.SYN_SENT) and _passed(end, State.SYN_RECEIVED) for end in (self.first, self.second)
        )

    @property
    def simultaneous_close(self) -> bool:
        """Whether both ends sent a FIN before they saw the other's."""
        return _passed(self.first, State.CLOSING) and _passed(self.second, State.CLOSING)


def _passed(end: End, state: State) -> bool:
    return any(visit.state is state for visit in end.visits)


def follow(steps: Sequence[Step]) -> Paths:
    """Both ends' states, from the segments of one connection in the order of the capture."""
    paths = Paths()
    for at, step in enumerate(steps):
        end, peer = paths.end(step.second), paths.end(not step.second)
        _found(paths, end, peer, step)
        _arrivals(end, step)
        if step.has(ACK) and not step.has(RST) and step.ack > peer.sent:
            _uncaptured(end, peer, step)
        _sent(paths, end, step, steps, at)
        _on_its_way(peer, step)
    paths.ends = steps[-1].time if steps else 0
    for end in (paths.first, paths.second):
        for step in end.coming:
            _arrive(end, step, sure=False, shown=0)
        end.coming.clear()
    paths.half_closes = [found for second in (False, True) if (found := _half_close(paths, second, steps)) is not None]
    return paths


def _found(paths: Paths, end: End, peer: End, step: Step) -> None:
    """The state that an end is found in when it first sends: nothing on the wire says so."""
    if end.visits:
        return
    if step.has(SYN):
        state = State.LISTEN if step.has(ACK) and not (end.syn or end.passive) else State.CLOSED
    elif step.has(RST):
        state = State.CLOSED if any(each.has(SYN) for each in end.coming) or not paths.midway else State.ESTABLISHED
    else:
        state = State.ESTABLISHED
        if not peer.visits and not end.coming:
            paths.midway = True
            peer.visits.append(Visit(State.ESTABLISHED, 0, step.time, sure=False))
    if state is State.CLOSED and not step.has(RST) and step.has(ACK):
        state = State.LISTEN
    end.passive = state is State.LISTEN
    end.visits.append(Visit(state, 0, step.time, sure=False))


def _arrivals(end: End, step: Step) -> None:
    """What must have reached the end before it sent this."""
    proven = -1
    for at, each in enumerate(end.coming):
        crossed = step.has(SYN) and each.has(SYN | ACK)  # a SYN+ACK answers the SYN alone
        if each.takes and not each.has(RST) and step.has(ACK) and step.ack >= each.next and not crossed:
            proven = at
    arrived, rest = end.coming[: proven + 1], end.coming[proven + 1 :]
    for each in arrived:
        _arrive(end, each, sure=not each.pure, shown=0 if each.pure else step.number)
    kept = []
    for each in rest:
        repeats = step.takes and step.seq < each.ack
        if each.pure and not repeats:
            _arrive(end, each, sure=False, shown=0)
        elif not (each.pure and repeats):
            kept.append(each)
    end.coming = kept


def _uncaptured(end: End, peer: End, step: Step) -> None:
    """The end acknowledges what no packet shows: if it waited in the handshake for that, it has come."""
    peer.sent = step.ack
    opening = Step(0, step.time, not step.second, step.ack - 1, step.seq, 0, SYN, 0)
    if step.has(SYN):
        if end.state is State.LISTEN and not peer.visits:
            peer.syn = opening
            peer.visits.append(Visit(State.SYN_SENT, 0, step.time, sure=False))
            _arrive(end, opening._replace(number=step.number), sure=True, shown=step.number)
    elif end.state is State.SYN_SENT and end.syn is not None and step.ack and not peer.syn:
        peer.coming = [each for each in peer.coming if not each.has(SYN)]
        _arrive(peer, end.syn, sure=False, shown=step.number)
        peer.syn = opening._replace(flags=SYN | ACK, ack=end.syn.next)
        _arrive(end, peer.syn._replace(number=step.number), sure=True, shown=step.number)
    elif end.state is State.SYN_RECEIVED:
        _move(end, Event.RECEIVE_ACK, step)


def _on_its_way(peer: End, step: Step) -> None:
    """A segment sets out; a copy takes the place of the one before, which was lost or late."""
    if step.flags & (SYN | FIN):
        same = SYN | FIN | ACK
        peer.coming = [each for each in peer.coming if each.next != step.next or each.flags & same != step.flags & same]
    if step.flags & (SYN | FIN | RST):
        del peer.coming[: len(peer.coming) + 1 - MOST_COMING]
        peer.coming.append(step)
    elif len(peer.coming) < MOST_COMING and _matters(peer, step):
        peer.coming.append(step)


def _matters(peer: End, step: Step) -> bool:
    """Whether a segment may change the state by its acknowledgment: of a SYN or a FIN that waits for one."""
    syn = peer.syn is not None and peer.state in UNANSWERED and step.ack >= peer.syn.next
    return syn or (peer.fin is not None and peer.state in UNFINISHED and step.ack >= peer.fin.next)


def _arrive(end: End, step: Step, *, sure: bool, shown: int) -> None:
    """A segment reaches the end."""
    if step.has(RST):
        _move(end, Event.RECEIVE_RST, step, sure=sure, shown=shown)
        return
    if step.has(SYN):
        _arrive_syn(end, step, sure=sure, shown=shown)
        return
    acked = step.has(ACK)
    if acked and end.syn is not None and step.ack >= end.syn.next and end.state is State.SYN_RECEIVED:
        _move(end, Event.RECEIVE_ACK, step, sure=sure, shown=shown)
    of_fin = acked and end.fin is not None and step.ack >= end.fin.next
    if step.has(FIN):
        event = Event.RECEIVE_FIN_ACK if of_fin else Event.RECEIVE_FIN
        if end.received < step.next or of_fin:
            _move(end, event, step, sure=sure, shown=shown)
    elif of_fin:
        _move(end, Event.RECEIVE_ACK_OF_FIN, step, sure=sure, shown=shown)
    if step.takes:  # an acknowledgment behind a FIN does not bring that
        end.received = max(end.received, step.next)


def _arrive_syn(end: End, step: Step, *, sure: bool, shown: int) -> None:
    """A SYN reaches the end, alone or with an ACK; a copy only by its ACK."""
    if not end.visits:
        if shown == 0:  # nobody is known to be there
            return
        end.passive = True
        end.visits.append(Visit(State.LISTEN, 0, step.time, sure=False))
    ours = step.has(ACK) and end.syn is not None and step.ack >= end.syn.next
    if end.received < step.next:
        _move(end, Event.RECEIVE_SYN_ACK if ours else Event.RECEIVE_SYN, step, sure=sure, shown=shown)
    elif ours and end.state is State.SYN_RECEIVED:
        _move(end, Event.RECEIVE_SYN_ACK, step, sure=sure, shown=shown)
    end.received = max(end.received, step.next)


def _sent(paths: Paths, end: End, step: Step, steps: Sequence[Step], at: int) -> None:
    """What sending a segment does to the end itself."""
    if step.has(RST):
        reset = _reset(end, step, steps, at)
        paths.resets.append(reset)
        if reset.kind == "abort" and end.state not in (None, State.CLOSED):
            _move(end, Event.ABORT, step)
        elif reset.kind == "answer" and end.state not in (None, State.CLOSED, State.LISTEN):
            end.visits.append(Visit(State.CLOSED, step.number, step.time, Event.ABORT, sure=False))
        return
    end.sent = max(end.sent, step.next)
    if step.has(SYN):
        if not step.has(ACK) and end.syn is None:
            _move(end, Event.ACTIVE_OPEN, step)
        end.syn = step if end.syn is None or not end.syn.number else end.syn
    if step.has(FIN):
        if end.state is State.SYN_RECEIVED:  # no program can close a connection that it does not have yet
            _move(end, Event.RECEIVE_ACK, step, sure=False)
        if end.fin is None:
            _move(end, Event.CLOSE, step)
        end.fin = step if end.fin is None else end.fin


def _move(end: End, event: Event, step: Step, *, sure: bool = True, shown: int = -1) -> None:
    """The transition that an event makes, if it makes one."""
    if end.state is None:
        return
    found = transition(end.state, event, passive=end.passive)
    if found is None:
        return
    shown = step.number if shown < 0 else shown
    end.visits.append(Visit(found.to, step.number, step.time, event, sure, shown, found.cite))


def _reset(end: End, step: Step, steps: Sequence[Step], at: int) -> Reset:
    """What a reset answers: without ACK its number is the other's acknowledgment (RFC 9293 §3.10.7.1)."""
    others = [each for each in steps[max(0, at - 64) : at] if each.second != step.second]
    last = others[-1] if others else None
    if last is None:
        return Reset(step.number, step.second, "abort")
    if step.has(ACK) and end.syn is None and last.has(SYN) and not last.has(ACK):
        return Reset(step.number, step.second, "refused", last.number)
    if not step.has(ACK):
        cause = next((each for each in reversed(others) if each.has(ACK) and each.ack == step.seq), None)
        if cause is not None:
            return Reset(step.number, step.second, "answer", cause.number)
    return Reset(step.number, step.second, "abort")


def _half_close(paths: Paths, second: bool, steps: Sequence[Step]) -> HalfClose | None:
    """Whether the other end went on sending data after this one's FIN had reached it."""
    fin, peer = paths.end(second).fin, paths.end(not second)
    if fin is None:
        return None
    heard = next((visit for visit in peer.visits if visit.state is State.CLOSE_WAIT), None)
    if heard is None or not heard.shown:
        return None
    after = [each for each in steps if each.second != second and each.number >= heard.shown and each.length]
    if not after:
        return None
    until = peer.fin if peer.fin is not None else after[-1]
    return HalfClose(fin.number, second, until.number, until.time - fin.time, _fresh(after))


def _fresh(steps: Sequence[Step]) -> int:
    """Bytes of data, copies counted once."""
    reach = min(each.seq for each in steps)
    total = 0
    for each in steps:
        total += max(0, each.seq + each.length - max(reach, each.seq))
        reach = max(reach, each.seq + each.length)
    return total
