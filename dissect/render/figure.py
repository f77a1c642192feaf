"""Graphs of a connection as pictures, drawn by matplotlib (the extra `plot`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dissect.streams.graphs import Plotted

if TYPE_CHECKING:
    from dissect.explain.language import Language

WIDE, HIGH = 9.0, 5.0  # inches
STYLES: tuple[dict[str, Any], ...] = (
    {"color": "tab:blue"},
    {"color": "tab:green"},
    {"color": "tab:red"},
    {"color": "tab:orange"},
)
MARKERS = {"R": "x", "s": "_"}


def draw(graphs: list[tuple[Plotted, str]], language: Language, path: str) -> None:
    """Writes the graphs, each with the name of its sender, one below the other; the ending of `path` says in which format.

    ImportError where matplotlib is missing, ValueError where it does not know the ending, OSError where it cannot write.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "dissect"  # the same graph gives the same file
    from matplotlib import pyplot

    english = language if language.code == "en" else type(language)("en")  # its own fonts have no Chinese characters
    figure, axes = pyplot.subplots(
        len(graphs), 1, figsize=(WIDE, HIGH * len(graphs)), squeeze=False, layout="constrained"
    )
    try:
        for (graph, name), axis in zip(graphs, axes[:, 0], strict=True):
            for style, series in zip(STYLES, graph.series, strict=False):
                x, y = zip(*series.points, strict=True)
                said = english.word(f"graph.series.{series.name}")
                if series.line:
                    axis.step(x, y, where="post", label=said, linewidth=1, **style)
                else:
                    axis.plot(
                        x, y, MARKERS.get(series.sign, "."), label=said, markersize=6 if series.sign else 3, **style
                    )
            axis.set_title(english.word(f"graph.{graph.graph}", name=name))
            axis.set_xlabel("s")
            axis.set_ylabel(graph.unit)
            axis.set_ylim(bottom=0)
            if graph.series:
                axis.legend()
            axis.grid(visible=True, linewidth=0.3)
        figure.savefig(path, metadata={"Date": None} if path.lower().endswith(".svg") else None)
    finally:
        pyplot.close(figure)
