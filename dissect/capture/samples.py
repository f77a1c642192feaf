"""The captures that ship with dissect, listed in index.toml beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from dissect.capture.errors import CaptureError

SAMPLE = "sample:"
"""Before the name of a sample, where a path might stand."""
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass(frozen=True, slots=True)
class Sample:
    """One shipped capture: the `path` of its file, titles, how many `packets`, how `made`, which to `look` at."""

    name: str
    path: str
    title: str
    title_zh: str
    packets: int
    made: str
    look: int


def sample_names() -> dict[str, Sample]:
    """All samples by name, in the order of the index; CaptureError if the index is missing or broken."""
    import tomllib

    folder = samples_folder()
    index = os.path.join(folder, "index.toml")
    try:
        with open(index, "rb") as file:
            rows = tomllib.load(file)
        return {
            name: Sample(
                name=name,
                path=os.path.join(folder, row["file"]),
                title=row["title"],
                title_zh=row.get("title_zh", ""),
                packets=row["packets"],
                made=row["made"],
                look=row.get("look", 1),
            )
            for name, row in rows.items()
        }
    except OSError as error:
        raise CaptureError(f"the samples are not installed: {index}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CaptureError(f"the list of samples is broken: {index}: {error}") from None


def resolve(path: str) -> str:
    """The file behind `sample:NAME`; any other path as it is."""
    return sample_path(path.removeprefix(SAMPLE)) if path.startswith(SAMPLE) else path


def sample_path(name: str) -> str:
    """The file of the sample `name`; CaptureError with the nearest names if there is none."""
    samples = sample_names()
    if name in samples:
        return samples[name].path
    from difflib import get_close_matches

    near = get_close_matches(name, samples, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else "`dissect samples` lists them"
    raise CaptureError(f"sample:{name}: no such sample; {hint}")


def samples_folder() -> str:
    """The folder of the samples: inside the package if installed, else beside it in the checkout."""
    inside = os.path.join(PACKAGE, "samples")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(PACKAGE), "captures")
