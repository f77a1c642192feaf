"""What a connection carried: in order, once, by turns, however its segments came."""

from __future__ import annotations

import pytest
from cli.running import run
from decoding.crafting import ACK, PSH, SYN, ip, tcp
from fragments.pieces import capture
from hypothesis import given, settings
from hypothesis import strategies as st
from render.test_safety import EVIL, unsafe

import dissect
from dissect.capture import Frames
from dissect.streams.contents import Part, contents
from dissect.streams.extraction import connection

START = 4_294_967_000  # the numbers wrap on the way
WORDS = bytes(range(256)) * 3


def opened(data: list[bytes]) -> Frames:
    """A SYN, then those segments, all from one end."""
    return capture([ip(tcp(flags=SYN, seq=START)), *data], pause=0.01)


def piece(start: int, stop: int) -> bytes:
    """Bytes `start` to `stop` of the words."""
    return ip(tcp(WORDS[start:stop], ACK | PSH, seq=(START + 1 + start) % 2**32))


def parts(frames: Frames) -> list[Part]:
    with frames:
        found = connection(frames, 0)
        return list(contents(frames, found.steps))


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_order_copies_and_overlaps_give_the_words(data: st.DataObject) -> None:
    marks = sorted(set(data.draw(st.lists(st.integers(1, len(WORDS) - 1), max_size=8))))
    cuts = list(zip([0, *marks], [*marks, len(WORDS)], strict=True))
    more = [
        tuple(sorted(pair)) for pair in data.draw(st.lists(st.tuples(*[st.integers(0, len(WORDS))] * 2), max_size=4))
    ]
    order = data.draw(st.permutations(cuts + [(low, high) for low, high in more if low < high]))
    found = parts(opened([piece(*cut) for cut in order]))
    assert b"".join(part.data for part in found) == WORDS
    assert [part.hole for part in found] == [0]


def test_a_hole_is_said() -> None:
    found = parts(opened([piece(0, 10), piece(20, 30)]))
    assert [(part.data, part.hole) for part in found] == [(WORDS[:10], 0), (WORDS[20:30], 10)]


def test_by_turns() -> None:
    with dissect.open("sample:handshake") as found:
        steps = connection(found.frames, 0).steps
        assert [(part.second, part.data) for part in contents(found.frames, steps)] == [
            (False, b"hello, how are you?\n"), (True, b"fine, hello, how are you?\n"),
        ]  # fmt: skip


@pytest.mark.parametrize("form", ["text", "hex"])
def test_no_control_character_reaches_the_terminal(form: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from capture.building import pcap_header, record

    path = tmp_path / "evil.pcap"
    path.write_bytes(pcap_header(link=101) + record(ip(tcp(EVIL.encode() + b"\r\nend\n", ACK | PSH))))
    result = run("stream", str(path), "0", "--payload", form)
    assert result.code == 0
    assert unsafe(result.out) == set()
    assert "end" in result.out


def test_only_the_data_is_shown() -> None:
    assert "FIN_WAIT_1" not in run("stream", "sample:handshake", "0", "--payload", "text").out
