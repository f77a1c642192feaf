"""What one process sends is what the other takes, in order, wherever it lay in between."""

from __future__ import annotations

import os
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.bulk import passage
from dissect.bulk.passage import Passage
from dissect.export import Part

SIZES = st.integers(0, 90)


@given(st.lists(st.none() | st.lists(SIZES, min_size=1, max_size=3), max_size=30))
def test_all_is_taken_as_it_was_put(steps: list[list[int] | None]) -> None:
    """None takes, sizes put so many bytes; there is room for few of them."""
    with patch.object(passage, "ROOM", 100):
        way, waiting, number = Passage(), [], 0
        for sizes in steps:
            if sizes is None:
                assert not waiting or way.take() == waiting.pop(0)
                continue
            number += 1
            waiting.append((number, [Part(bytes([number]) * size, size) for size in sizes]))
            way.put(waiting[-1])
        assert [way.take() for _ in waiting] == waiting


def test_what_was_taken_stays_when_the_room_is_used_again() -> None:
    way = Passage()
    way.put((Part(b"one", 1), np.arange(3)))
    part, numbers = way.take()
    way.put((Part(b"two", 1), np.arange(3, 6)))
    way.take()
    numbers += 1
    assert (part.data, numbers.tolist()) == (b"one", [1, 2, 3])


def test_only_what_has_no_room_goes_through_the_pipe() -> None:
    way = Passage()
    with patch.object(passage, "ROOM", 1000):
        for size in (600, 300, 600):
            way.put(Part(bytes(size), 1))
        through = [len(way.receive.recv_bytes()) for _ in range(3)]
    assert max(through[:2]) < 300
    assert through[2] > 600


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no second process here")
def test_another_process_may_put_more_than_there_is_room_for() -> None:
    way = Passage()
    child = os.fork()
    if not child:
        way.receive.close()
        for number in range(6):
            way.put(Part(bytes([number]) * (3 << 20), number))
        os._exit(0)
    way.send.close()
    for number in range(6):
        assert way.take() == Part(bytes([number]) * (3 << 20), number)
    with pytest.raises(EOFError):
        way.take()
    assert os.waitpid(child, 0)[1] == 0
