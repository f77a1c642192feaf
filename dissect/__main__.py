"""`python -m dissect`, and the `dissect` command."""

from __future__ import annotations

import atexit
import gc
import os
import sys


def main() -> None:
    """Runs the command line; what cannot be done is said in one sentence, with its exit code."""
    gc.set_threshold(200_000)  # what is loaded does not become garbage: looking for it is a tenth of the start
    atexit.register(gc.freeze)  # nor is it looked through at the end
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing is multiplied, and numpy's threads take time to start
    try:
        _run()
    except KeyboardInterrupt:  # also while it still loads
        from dissect.cli.output import Exit

        sys.exit(Exit.INTERRUPTED)


def _run() -> None:
    from dissect.cli import command_line
    from dissect.cli.output import Refusal, prepare, say

    prepare()
    try:
        try:
            command_line(sys.argv[1:])(prog_name="dissect")
        finally:
            sys.stdout.flush()
    except Refusal as refusal:
        say(str(refusal), refusal.more)
        sys.exit(refusal.code)
    except Exception as error:
        sys.exit(_explained(error))


def _explained(error: Exception) -> int:
    """Says what happened, if it is no fault of this program; returns the exit code."""
    from dissect.capture.atomic import reason
    from dissect.capture.errors import CaptureError, OutputError
    from dissect.cli.output import Exit, let_go, say

    if type(error).__name__ == "Abort":  # what typer makes of Ctrl-C
        return Exit.INTERRUPTED
    if hasattr(error, "underlined"):
        text, _, _ = error.underlined(_columns() - 2).rpartition("\n")
        sys.stdout.flush()
        say(str(error))
        print("  " + text.replace("\n", "\n  "), file=sys.stderr)
        return Exit.USAGE
    if isinstance(error, OSError) and error.filename is None:
        let_go(sys.stdout)
        error = OutputError(f"standard output: cannot be written: {reason(error)}")
    if not isinstance(error, CaptureError | OutputError):
        raise error
    sys.stdout.flush()
    say(str(error))
    return Exit.UNREADABLE if isinstance(error, CaptureError) else Exit.USAGE


def _columns() -> int:
    """The width in which a fault is shown: the terminal's, or that of a long line."""
    from shutil import get_terminal_size

    return max(get_terminal_size((200, 24)).columns, 40)


if __name__ == "__main__":
    main()
