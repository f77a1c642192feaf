"""Real captures between namespaces; without the rights for that, what has to be refused is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from live.wires import Pair, pair, permitted

PERMITTED = permitted()


@pytest.fixture
def wires() -> Iterator[Pair]:
    if not PERMITTED:
        if os.environ.get("CI") and os.geteuid() == 0 and shutil.which("ip") is None:
            pytest.fail("in CI this has to run: iproute2 is not installed")
        pytest.skip("needs the right to make network namespaces and to capture")
    with pair() as both:
        yield both
