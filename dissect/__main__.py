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
        say(str(refusal))
        sys.exit(refusal.code)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:
        from dissect.capture.errors import CaptureError, OutputError

        if type(error).__name__ == "Abort":  # what typer makes of Ctrl-C
            sys.exit(Exit.INTERRUPTED)
        if hasattr(error, "underlined"):
            sys.stdout.flush()
            print(
                f"dissect: {error}\n  " + error.underlined().rpartition("\n")[0].replace("\n", "\n  "), file=sys.stderr
            )
            sys.exit(Exit.USAGE)
        if not isinstance(error, CaptureError | OutputError):
            raise
        sys.stdout.flush()
        say(str(error))
        sys.exit(Exit.UNREADABLE if isinstance(error, CaptureError) else Exit.USAGE)


if __name__ == "__main__":
    main()
