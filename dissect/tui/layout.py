"""How the main screen is arranged, wide, narrow, and with one pane alone."""

from __future__ import annotations

LAYOUT = """
#list { height: 2fr; border-top: solid $primary-muted; }
#details { height: 3fr; }
#left { width: 9fr; }
#right { width: 11fr; min-width: 67; }
#headers { height: 3fr; border-top: solid $primary-muted; }
#bytes { height: 2fr; border-top: solid $primary-muted; }
#diagram { height: 50%; max-height: 60%; border-top: solid $primary-muted; border-left: solid $primary-muted; }
#explain { height: 1fr; border-top: solid $primary-muted; border-left: solid $primary-muted; }
#list, #headers, #bytes, #diagram, #explain { border-title-color: $foreground 80%; border-subtitle-color: $foreground 60%; }
#list:ansi, #headers:ansi, #bytes:ansi, #diagram:ansi, #explain:ansi { border-top: solid ansi_blue; }
#diagram:ansi, #explain:ansi { border-left: solid ansi_blue; }
#list:focus, #headers:focus, #bytes:focus, #diagram:focus, #explain:focus {
    border-top: heavy $accent; border-title-color: $accent; border-title-style: bold;
}
.-narrow #list { height: 1fr; }
.-narrow #details { layout: vertical; height: 2fr; }
.-narrow #left, .-narrow #right { width: 1fr; min-width: 0; height: 1fr; }
.-narrow #diagram, .-narrow #explain, .-zoom-diagram #diagram { border-left: none; height: 1fr; max-height: 100%; }
.-narrow #headers, .-narrow #bytes { height: 1fr; }
.-narrow.-lower-bytes #right { display: none; }
.-narrow.-lower-diagram #bytes, .-narrow.-lower-diagram #explain { display: none; }
.-narrow.-lower-explain #bytes, .-narrow.-lower-explain #diagram { display: none; }
.-zoom-list #details { display: none; }
.-zoom-headers #list, .-zoom-headers #right, .-zoom-headers #bytes { display: none; }
.-zoom-bytes #list, .-zoom-bytes #right, .-zoom-bytes #headers { display: none; }
.-zoom-diagram #list, .-zoom-diagram #left, .-zoom-diagram #explain { display: none; }
.-zoom-explain #list, .-zoom-explain #left, .-zoom-explain #diagram { display: none; }
"""
