"""Finding packets: the filter, its matches, marks, numbers, the order, the way back."""

from __future__ import annotations

from array import array

from dissect.tui import asking
from dissect.tui.columns import SORTED_BY, USUAL
from dissect.tui.panes import Panes
from dissect.tui.prompt import Prompt, Question
from dissect.tui.rows import Rows
from dissect.tui.search import Matches, Sorting
from dissect.tui.views import Everything, Listed
from dissect.wire.registry import aliases, fields

LATELY = 200  # packets that one can go back to


class Finding(Panes):
    """What leads from packet to packet."""

    sorting: Sorting | None = None

    def on_mount(self) -> None:
        """Nothing has been visited."""
        self.visited: list[int] = []
        self.awaited = 0  # the packet that was chosen when a search began
        self.state.sort = self.sort_by
        if self.state.wanted:
            self.call_after_refresh(self.set_filter, self.state.wanted)

    def tick(self) -> None:
        """A search goes on: its first match is shown as soon as it is there."""
        matches = self.state.matches
        if matches is not None and matches.fault:
            self.say(matches.fault)
            matches.fault = ""
        if self.sorting is not None and self.sorting.done:
            sorting, self.sorting = self.sorting, None
            if sorting.fault:
                self.say(sorting.fault)
            else:
                self.list.show(Listed(sorting.numbers, ordered=False), self.list.number)
        super().tick()
        if self.awaited and matches is not None and (matches.tested >= self.awaited or matches.complete):
            row, self.awaited = self.list.view.row(self.awaited), 0
            self.list.move_to(row, tell=False)
            self.show_packet()

    def on_rows_chosen(self, _: Rows.Chosen) -> None:
        """Whoever moves on does not want to be taken back."""
        self.awaited = 0

    def action_filter(self) -> None:
        """Asks for a filter."""
        self._ask_filter(self.state.matches.wanted.text if self.state.matches is not None else "")

    def _ask_filter(self, value: str) -> None:
        state = self.state
        self.query_one(Prompt).ask(Question(
            "filter", state.word("ask.filter"), value, lambda text: asking.filter_remark(text, state), asking.filter_names,
            tuple(state.settings.filters),
        ))  # fmt: skip

    def set_filter(self, text: str) -> None:
        """Shows the packets that a filter lets through, the chosen one staying chosen if it is among them."""
        from dissect.filter import FilterError, compile_filter

        number = self.list.number
        self.drop_search()
        self.list.sorted_by = ""
        if not text.strip():
            self.state.matches = None
            self.list.show(Everything(self.packets), number)
            return
        try:
            wanted = compile_filter(text)
        except FilterError as error:
            self.say(str(error))
            return
        self.state.settings.remember_filter(text)
        self.state.matches = Matches(self.packets, wanted)
        self.state.only_matches = True
        self.state.matches.start()
        self.list.show(Listed(self.state.matches.numbers), 0)
        self.awaited = number

    def drop_search(self) -> None:
        """Ends what searches and sorts."""
        if self.state.matches is not None:
            self.state.matches.stop()
        if self.sorting is not None:
            self.sorting.stop()
            self.sorting = None

    def action_back_out(self) -> None:
        """Escape: first ends a search, then drops the filter, then the zoom."""
        matches = self.state.matches
        if self.sorting is not None:
            self.drop_search()
        elif matches is not None and not matches.complete and not matches.stopped:
            matches.stop()
            self.notice("search.ended", count=f"{len(matches.numbers):,}")
        elif matches is not None or self.list.sorted_by:
            self.set_filter("")
        elif self.zoomed:
            self.action_zoom()

    def action_only(self) -> None:
        """Shows only the matches, or all packets with the matches set off."""
        matches = self.state.matches
        if matches is None:
            self.notice("filter.none")
            return
        self.state.only_matches = not self.state.only_matches
        self.list.sorted_by = ""
        self.list.show(
            Listed(matches.numbers) if self.state.only_matches else Everything(self.packets), self.list.number
        )

    def action_match(self, step: int) -> None:
        """The next packet that fits the filter, or the one before."""
        matches = self.state.matches
        if matches is None:
            self.notice("filter.none")
            return
        number = self.list.number
        if self.state.only_matches and not isinstance(self.list.view, Everything):
            self.list.action_move(step)
            return
        found = matches.after(number) if step > 0 else matches.before(number)
        if found is None:
            self.notice("match.none")
        else:
            self.go(found)

    def action_as_filter(self) -> None:
        """The chosen field's value as a filter."""
        text = self.value_filter()
        if text:
            self._ask_filter(text)

    def action_and_filter(self) -> None:
        """The chosen field's value as one more condition."""
        text = self.value_filter()
        matches = self.state.matches
        if text:
            self._ask_filter(f"{matches.wanted.text} && {text}" if matches is not None else text)

    def value_filter(self) -> str:
        """The chosen value as a filter, or an empty text with the reason said."""
        entry = self.selection.entry
        value = entry.value if entry is not None else None
        if entry is not None and entry.finding is not None and entry.layer is not None:
            value = entry.layer.get(entry.finding.field)
        if value is None:
            if entry is not None and entry.kind == "layer" and entry.layer is not None:
                return entry.layer.key
            self.notice("value.none")
            return ""
        name, raw = value.name, value.raw
        text = value.text
        if isinstance(raw, bytes) and text == raw.hex():
            text = raw.hex(":") if len(raw) > 1 else f"0x{raw.hex()}"
        if isinstance(raw, str):
            text = f'"{raw}"'
        return f"{name} == {text}"

    def action_go_to(self) -> None:
        """Asks for a packet's number."""
        state, packets = self.state, self.packets
        check = lambda text: asking.number_remark(text, packets.count, state)  # noqa: E731
        self.query_one(Prompt).ask(Question("go", state.word("ask.go"), "", check))

    def action_go(self, number: int) -> None:
        """A link to a packet."""
        self.go(number)

    def go(self, number: int) -> None:
        """Goes to a packet; where the filter hides it all packets are shown, and the filter is kept."""
        if self.list.number:
            self.visited = [*self.visited[-LATELY:], self.list.number]
        view = self.list.view
        if not view or view.number(view.row(number)) != number:
            self.state.only_matches = False
            self.list.sorted_by = ""
            self.list.show(Everything(self.packets), self.list.number)
            self.notice("shown.all")
        self.list.go_to(number)

    def action_jump(self) -> None:
        """Goes to the packet that this one acknowledges, repeats, or has to do with otherwise."""
        links = self.selection.related.links
        if not links:
            self.notice("jump.none")
        else:
            self.go(links[0].number)

    def action_backward(self) -> None:
        """Back to where the last jump began."""
        if self.visited:
            number = self.visited.pop()
            before = list(self.visited)
            self.go(number)
            self.visited = before
        else:
            self.notice("backward.none")

    def action_mark(self) -> None:
        """Marks the packet, or takes its mark away."""
        if self.list.number:
            self.state.marks ^= {self.list.number}
            self.list.refresh()
            self.show_status()

    def action_next_mark(self) -> None:
        """The next marked packet, after the last the first."""
        marks = sorted(self.state.marks)
        if not marks:
            self.notice("marks.none")
            return
        self.go(next((mark for mark in marks if mark > self.list.number), marks[0]))

    def sort_by(self, name: str) -> None:
        """Sorts the view by a column; again, the other way round; a third time, as captured."""
        wanted = SORTED_BY.get(name) or ((aliases().get(name, name),) if name in fields() or name in aliases() else ())
        if not wanted:
            self.notice("sort.none", name=self.state.word(f"column.{name}", default=name))
            return
        again = self.list.sorted_by == name
        if again and self.list.descending:
            self.list.sorted_by = ""
            matches = self.state.matches if self.state.only_matches else None
            self.list.show(Listed(matches.numbers) if matches else Everything(self.packets), self.list.number)
            return
        self.list.sorted_by, self.list.descending = name, again
        matches = self.state.matches
        among: array[int] | None = matches.numbers[:] if matches is not None and self.state.only_matches else None
        if self.sorting is not None:
            self.sorting.stop()
        self.sorting = Sorting(self.packets, wanted, among, descending=again)
        self.sorting.start()
        self.notice("sorting")

    def action_sort(self) -> None:
        """Asks for a column to sort by."""
        from dissect.tui.menu import Menu

        rows = [
            (name, self.state.word(f"column.{name}", default=name)) for name in self.state.columns if name != "info"
        ]
        self.app.push_screen(Menu(self.state.word("ask.sort"), rows), lambda name: self.sort_by(name) if name else None)

    def action_columns(self) -> None:
        """Asks for the columns."""
        state = self.state
        self.query_one(Prompt).ask(Question(
            "columns", state.word("ask.columns"), ",".join(state.columns), lambda text: asking.columns_remark(text, state),
            asking.column_names,
        ))  # fmt: skip

    def set_columns(self, text: str) -> None:
        """These columns; none are the usual ones."""
        names = [name.strip() for name in text.split(",") if name.strip()]
        self.state.columns = names or list(USUAL)
        self.state.settings.columns = names if names != list(USUAL) else []
        self.list.refresh()
