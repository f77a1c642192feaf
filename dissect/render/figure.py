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


CHINESE = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC", "PingFang SC", "Hiragino Sans GB", "Heiti SC",
    "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Arial Unicode MS",
    "Noto Sans CJK JP", "Noto Serif CJK SC", "Noto Serif CJK JP", "AR PL UMing CN",
)  # fmt: skip
"""Fonts with Chinese characters that systems come with, the fittest first; of a collection matplotlib may know one name."""


def draw(graphs: list[tuple[Plotted, str]], language: Language, path: str) -> Language:
    """Writes the graphs, each with the name of its sender, one below the other; the ending of `path` says in which format.

    Returns the language of what stands in it: English where no font has the characters of the one asked for.
    ImportError where matplotlib is missing, ValueError where it does not know the ending, OSError where it cannot write.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    font = chinese_font() if language.code == "zh" else ""
    spoken = type(language)("en") if language.code == "zh" and not font else language
    fonts = [font, "sans-serif"] if font else ["sans-serif"]
    with mpl.rc_context({"svg.hashsalt": "dissect", "font.family": fonts}):  # the same graph gives the same file
        figure, axes = pyplot.subplots(
            len(graphs), 1, figsize=(WIDE, HIGH * len(graphs)), squeeze=False, layout="constrained"
        )
        try:
            for (graph, name), axis in zip(graphs, axes[:, 0], strict=True):
                _draw(graph, name, axis, spoken)
            figure.savefig(path, metadata={"Date": None} if path.lower().endswith(".svg") else None)
        finally:
            pyplot.close(figure)
    return spoken


def chinese_font() -> str:
    """A font with Chinese characters that matplotlib knows; empty where there is none."""
    from matplotlib.font_manager import fontManager

    known = {font.name for font in fontManager.ttflist}
    return next((name for name in CHINESE if name in known), "")


def _draw(graph: Plotted, name: str, axis: Any, language: Language) -> None:
    """One graph with its captions."""
    for style, series in zip(STYLES, graph.series, strict=False):
        x, y = zip(*series.points, strict=True)
        said = language.word(f"graph.series.{series.name}")
        if series.line:
            axis.step(x, y, where="post", label=said, linewidth=1, **style)
        else:
            axis.plot(x, y, MARKERS.get(series.sign, "."), label=said, markersize=6 if series.sign else 3, **style)
    axis.set_title(language.word(f"graph.{graph.graph}", name=name))
    axis.set_xlabel("s")
    axis.set_ylabel(graph.unit)
    axis.set_ylim(bottom=0)
    if graph.series:
        axis.legend()
    axis.grid(visible=True, linewidth=0.3)
