"""Pictures of the screen: SVG and HTML, as rich exports them."""

from __future__ import annotations

from rich.console import Console


def svg(console: Console, title: str) -> str:
    """What a recording console printed, as an SVG; spaces are kept by every viewer."""
    from rich._export_format import CONSOLE_SVG_FORMAT

    template = CONSOLE_SVG_FORMAT.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return console.export_svg(title=title, code_format=template, clear=False)


def html(console: Console) -> str:
    """What a recording console printed, as a page of its own."""
    return console.export_html(inline_styles=True, clear=False)
