"""`python -m tests.bench [speed|live|browse|streams] [OPTION…]`: measurements beside the usual tools.

Each is a module here with `main(arguments)`; without a name, `speed`. `--help` lists a measurement's options.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

NAMES = ("speed", "live", "browse", "streams")


def main(arguments: list[str]) -> int:
    """Run the measurement that is named first."""
    name, rest = (arguments[0], arguments[1:]) if arguments and arguments[0] in NAMES else ("speed", arguments)
    module = f"{__package__}.{name}"
    if find_spec(module) is None:
        print(f"bench: there is no measurement of {name} yet", file=sys.stderr)
        return 2
    return int(import_module(module).main(rest) or 0)


sys.exit(main(sys.argv[1:]))
