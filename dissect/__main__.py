"""`python -m dissect`, and the `dissect` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line; what cannot be done is said in one sentence, with its exit code."""
    from dissect.cli import app
    from dissect.cli.output import Exit, Refusal, prepare, say

    prepare()
    try:
        app(prog_name="dissect")
    except Refusal as refusal:
        say(str(refusal), refusal.more)
        sys.exit(refusal.code)
    except Exception as error:
        from dissect.capture.errors import CaptureError

        if not isinstance(error, CaptureError):
            raise
        sys.stdout.flush()
        say(str(error))
        sys.exit(Exit.UNREADABLE)


if __name__ == "__main__":
    main()
