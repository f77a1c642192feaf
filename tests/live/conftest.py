"""Real captures between namespaces; without the rights for that, what has to be refused is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live.wires import Pair, pair, permitted

PERMITTED = permitted()


@pytest.fixture
def wires() -> Iterator[Pair]:
    if not PERMITTED:
        pytest.skip("needs the right to make network namespaces and to capture")
    with pair() as both:
        yield both
