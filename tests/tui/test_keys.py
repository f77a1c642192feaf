"""Every key does what the footer and `?` say of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tui.driving import Driver, browsing, run

from dissect.library import decode
from dissect.library import open as open_capture
from dissect.tui.keys import GROUPS, KEYS, OVER_GROUPS
from dissect.tui.wording import words

Scene = Callable[[Driver], Awaitable[None]]
SCENES: dict[str, tuple[str, Scene]] = {}


def pressing(*keys: str, sample: str = "handshake") -> Callable[[Scene], Scene]:
    """The scene in which these keys are tried."""

    def keep(scene: Scene) -> Scene:
        for key in keys:
            SCENES[key] = (sample, scene)
        return scene

    return keep


def chosen(driver: Driver) -> str:
    entry = driver.screen.selection.entry
    assert entry is not None
    return entry.name


async def choose(driver: Driver, name: str) -> None:
    """A field of the chosen packet, as a person finds it in the headers."""
    selection = driver.screen.selection
    selection.choose(next(at for at, entry in enumerate(selection.rows) if entry.name == name))
    await driver.pilot.pause()


async def filtered(driver: Driver, text: str) -> None:
    await driver.press("slash")
    await driver.press("ctrl+u")
    await driver.type(text)
    await driver.press("enter")
    await driver.until(lambda: driver.screen.state.matches is not None and driver.screen.state.matches.complete)
    await driver.pilot.pause(0.15)


@pressing("slash", "escape", "v")
async def filtering(driver: Driver) -> None:
    screen = driver.screen
    await filtered(driver, "tcp.flags.fin == 1")
    assert [screen.list.view.number(row) for row in range(screen.list.count)] == [7, 9]
    assert screen.selection.packet is not None
    assert screen.selection.packet.frame.number == 7
    assert "/tcp.flags.fin == 1  2 match" in driver.text()
    await driver.press("v")
    assert screen.list.count == 10
    assert screen.list.number == 7
    assert [line[2] for line in driver.lines()[3:13]] == ["•" if number in (7, 9) else " " for number in range(1, 11)]
    await driver.press("v")
    assert screen.list.count == 2
    await driver.press("escape")
    assert screen.list.count == 10
    assert screen.list.number == 7, "the chosen packet stays chosen"
    assert screen.state.matches is None
    for text in ("tcp.seq == 0 && tcp.stream == 0", "tcp[13] & 2"):  # of the connection; of the header's bytes
        await filtered(driver, text)
        assert [screen.list.view.number(row) for row in range(screen.list.count)] == [1, 2], text


@pressing("n", "N")
async def matches(driver: Driver) -> None:
    await driver.press("n")
    assert "There is no filter" in driver.text()
    await filtered(driver, "tcp.flags.syn == 1")
    await driver.press("n")
    assert driver.screen.list.number == 2
    await driver.press("v", "end", "N")
    assert driver.screen.list.number == 2
    await driver.press("N")
    assert driver.screen.list.number == 1
    await driver.press("N")
    assert driver.screen.list.number == 1
    assert "No more matches" in driver.text()
    await driver.press("n")
    assert driver.screen.list.number == 2


@pressing("g", "b")
async def go_to(driver: Driver) -> None:
    await driver.press("g")
    await driver.type("11")
    assert "there are packets 1 to 10" in driver.text()
    await driver.press("enter")
    assert driver.screen.list.number == 1
    await driver.press("backspace", "backspace", "8", "enter")
    assert driver.screen.list.number == 8
    await filtered(driver, "tcp.flags.syn == 1")
    await driver.press("g", "9", "enter")
    assert driver.screen.list.number == 9, "a packet that the filter hides is shown"
    assert "v hides the others" in driver.text()
    assert driver.screen.state.matches is not None, "the filter is kept"
    await driver.press("b")
    assert driver.screen.list.number in (1, 2)
    await driver.press("b", "b", "b")
    assert driver.screen.list.number == 1
    assert "no jump to go back from" in driver.text()


@pressing("m", "apostrophe", "c")
async def marks_and_comparing(driver: Driver) -> None:
    await driver.press("apostrophe")
    assert "No packet is marked" in driver.text()
    await driver.press("c")
    assert "Mark two packets" in driver.text()
    await driver.press("m", "down", "down", "m")
    assert driver.screen.state.marks == {1, 3}
    assert "2 marked" in driver.text()
    await driver.press("home", "apostrophe")
    assert driver.screen.list.number == 3
    await driver.press("apostrophe")
    assert driver.screen.list.number == 1
    await driver.press("c")
    shown = driver.text()
    assert "Packets 1 and 3" in shown
    assert "≠     Synchronize" in shown
    assert "Time to live" not in shown, "what is the same is left out"
    await driver.press("space")
    assert "Time to live" in driver.text()
    await driver.press("q", "m")
    assert driver.screen.state.marks == {3}


@pressing("a", "A")
async def value_as_filter(driver: Driver) -> None:
    await choose(driver, "tcp.srcport")
    await driver.press("a")
    assert "filter: tcp.srcport == 40000" in driver.text()
    await driver.press("enter")
    await driver.until(lambda: driver.screen.list.count == 6)
    await choose(driver, "ip.src")
    await driver.press("A")
    assert "tcp.srcport == 40000 && ip.src == 192.0.2.1" in driver.text()
    await driver.press("escape")
    await choose(driver, "tcp")
    assert driver.screen.value_filter() == "tcp"


@pressing("j")
async def jump(driver: Driver) -> None:
    await driver.press("end")
    await driver.settle()
    assert "acknowledges packet 9 (j)" in driver.text()
    await driver.press("j")
    assert driver.screen.list.number == 9
    await driver.settle()
    assert "acknowledged by packet 10" in driver.text()
    await driver.press("home")
    await driver.settle()
    assert "acknowledged by packet 2 (j) · stream 0 (f)" in driver.text()


@pressing("e", sample="bad-checksums")
async def findings(driver: Driver) -> None:
    await driver.press("e")
    await driver.until(lambda: driver.screen.collecting is not None and driver.screen.collecting.done)
    await driver.pilot.pause(0.2)
    assert "7 packets: 6 errors" in driver.text()
    assert "✗ error" in driver.text()
    assert "checksum.bad" in driver.text()
    await driver.press("enter", "down", "enter")
    assert driver.screen.list.number == 2
    assert chosen(driver) == "tcp.checksum"
    assert "0x3903 would be right" in driver.text()


@pressing("o", sample="mptcp")
async def conversations(driver: Driver) -> None:
    await driver.press("o")
    await driver.until(lambda: driver.screen.adding is not None and driver.screen.adding.done)
    await driver.pilot.pause(0.2)
    assert "11→ 9←" in driver.text()
    assert "closed" in driver.text()
    await driver.press("down", "slash")
    await driver.until(lambda: driver.screen.list.count == 16)
    assert "/tcp.stream == 1" in driver.text()


@pressing("f", sample="mptcp")
async def stream(driver: Driver) -> None:
    await driver.press("down", "down", "f")
    await driver.until(lambda: "Stream 0 of sample:mptcp" in driver.text())
    assert "SYN_SENT" in driver.text()
    assert "› 0.020890      3" in driver.text(), "the cursor is on the packet that one came from"
    await driver.press("down", "enter")
    assert driver.screen.list.number == 4


@pressing("d", sample="fragments-v4-in-order")
async def datagram(driver: Driver) -> None:
    await driver.press("down", "d")
    await driver.until(lambda: "→ whole" in driver.text())
    assert "identification" in driver.text()
    assert "User Datagram Protocol" in driver.text()
    await driver.press("down", "enter")
    assert driver.screen.list.number == 3


@pressing("1", "2", "3", "4", "5", "tab", "shift+tab")
async def panes(driver: Driver) -> None:
    for number, name in enumerate(("list", "headers", "bytes", "diagram", "explain"), 1):
        await driver.press(str(number))
        focused = driver.app.focused
        assert focused is not None
        assert focused.id == name
    await driver.press("tab")
    assert driver.app.focused is driver.screen.list
    await driver.press("shift+tab")
    assert driver.app.focused is not None
    assert driver.app.focused.id == "explain"


@pressing("z")
async def zoom(driver: Driver) -> None:
    await driver.press("4", "z")
    shown = driver.text()
    assert "Diagram" in shown
    assert "1 Packets" not in shown
    assert "5 Explanation" not in shown
    await driver.press("tab")
    assert "5 Explanation" in driver.text()
    await driver.press("z")
    assert "1 Packets" in driver.text()


@pressing("t")
async def times(driver: Driver) -> None:
    seen = [driver.lines()[6].split()[1]]
    for _ in range(5):
        await driver.press("t")
        seen.append(driver.lines()[6].split()[1])
    assert seen[0] == seen[5] == "0.131868"
    assert len(set(seen[:5])) >= 4  # UTC and local may be the same
    epoch = open_capture("sample:handshake")[3].frame.time
    assert epoch is not None
    assert seen[4].replace(".", "") == str(epoch)


@pressing("C")
async def columns(driver: Driver) -> None:
    await driver.press("C", "ctrl+u")
    await driver.type("number,ip.tll")
    assert "ip.tll is no column and no field" in driver.text()
    await driver.press("backspace", "backspace", "backspace")
    await driver.type("ttl,tcp.len,info")
    await driver.press("enter")
    assert driver.lines()[2].split() == ["No.", "ip.ttl", "tcp.len", "What", "it", "is"]
    assert driver.lines()[6].split()[:4] == ["4", "64", "hops", "20"]
    await driver.press("C", "ctrl+u", "enter")
    assert "Destination" in driver.lines()[2]


@pressing("s")
async def sorting(driver: Driver) -> None:
    def numbers() -> list[int]:
        return [driver.screen.list.view.number(row) for row in range(driver.screen.list.count)]

    lengths = [packet.frame.wire_length for packet in open_capture("sample:handshake")]
    ascending = sorted(range(1, 11), key=lambda number: lengths[number - 1])
    for expected in (ascending, sorted(range(1, 11), key=lambda n: -lengths[n - 1]), list(range(1, 11))):
        await driver.press("s", *["down"] * 5, "enter")
        await driver.until(lambda: driver.screen.sorting is None)
        assert numbers() == expected
        assert driver.screen.list.number == 1


@pressing("F")
async def following(driver: Driver) -> None:
    await driver.press("F")
    assert driver.screen.list.number == 10
    assert "following" in driver.lines()[0]
    await driver.press("up")
    assert not driver.screen.following, "whoever goes back does not want to be taken to the end"


@pressing("l")
async def language(driver: Driver) -> None:
    await choose(driver, "tcp.dstport")
    await driver.press("l")
    shown = driver.text()
    for word in ("目的端口", "分组", "首部图", "解释", "个分组", "过滤"):
        assert word in shown
    assert "Destination port  8080" not in shown
    await driver.press("l")
    assert "Destination port" in driver.text()


@pressing("T")
async def theme(driver: Driver) -> None:
    assert driver.app.current_theme.dark
    await driver.press("T")
    assert not driver.app.current_theme.dark
    await driver.press("T")
    assert driver.app.current_theme.dark
    assert driver.app.settings.theme == driver.app.theme


@pressing("y")
async def copying(driver: Driver) -> None:
    await choose(driver, "ip.ttl")
    packet = driver.screen.selection.packet
    assert packet is not None
    written: list[str] = []
    assert driver.app._driver is not None
    driver.app._driver.write = written.append  # type: ignore[method-assign]
    copied = {}
    for at, name in enumerate(("value", "name", "bytes", "hex", "scapy", "json", "filter")):
        await driver.press("y", *["down"] * at, "enter")
        copied[name] = driver.app.clipboard
    assert copied["value"] == "64"
    assert copied["name"] == "ip.ttl"
    assert copied["bytes"] == "40"
    assert copied["hex"] == packet.frame.data.hex()
    assert copied["filter"] == "ip.ttl == 64"
    assert f'Ether(bytes.fromhex("{packet.frame.data.hex()}"))' in copied["scapy"]
    assert json.loads(copied["json"])["schema"] == "dissect.packet/1"
    wanted = base64.b64encode(b"64").decode()
    assert f"\x1b]52;c;{wanted}\a" in written, "over ssh the terminal's own clipboard is meant (OSC 52)"


@pressing("w", sample="mptcp")
async def saving(driver: Driver) -> None:
    def written(name: str) -> list[bytes]:
        with open_capture(name) as capture:
            return [packet.frame.data for packet in capture]

    wanted = [packet.frame.data for packet in open_capture("sample:mptcp")]
    await driver.press("w", "enter")
    assert "a file name is needed" in driver.text()
    Path("there.pcap").write_text("mine")
    await driver.type("there.pcap")
    assert "a file of that name already" in driver.text()
    await driver.press("enter")
    assert Path("there.pcap").read_text() == "mine"
    await driver.press("ctrl+u")
    await driver.type("nowhere/all.pcap")
    await driver.press("enter")
    await driver.until(lambda: "cannot be written" in driver.text())
    await driver.press("w")
    await driver.type("all.pcapng.gz")
    await driver.press("enter")
    await driver.until(lambda: "36 packets written to all.pcapng.gz" in driver.text())
    assert written("all.pcapng.gz") == wanted
    await filtered(driver, "tcp.stream == 1")
    await driver.press("w")
    assert "save 16 packets to:" in driver.text()
    await driver.type("one.pcap")
    await driver.press("enter")
    await driver.until(lambda: "16 packets written" in driver.text())
    assert written("one.pcap") == [data for data in wanted if data in written("one.pcap")]
    assert all(packet.get("tcp.port") is not None or packet.layer("tcp") for packet in open_capture("one.pcap"))
    await driver.press("m", "w", "down", "enter")
    assert "save one packet to:" in driver.text()
    await driver.type("marked.pcap")
    await driver.press("enter")
    await driver.until(lambda: "One packet written" in driver.text())
    assert written("marked.pcap") == [wanted[5]]


@pressing("p")
async def picture(driver: Driver) -> None:
    await driver.press("p", "ctrl+u")
    assert "a file name is needed" in driver.text()
    await driver.type("nowhere/at/all.svg")
    await driver.press("enter")
    assert "No such file or directory" in driver.text()
    path = Path("screen.svg")
    await driver.press("p", "ctrl+u")
    await driver.type(str(path))
    await driver.press("enter")
    assert "192.0.2.1" in path.read_text("utf-8")
    assert 'xml:space="preserve"' in path.read_text("utf-8")


@pressing("ctrl+p")
async def palette(driver: Driver) -> None:
    await driver.press("ctrl+p")
    await driver.pilot.pause(0.3)
    await driver.type("conver")
    await driver.until(lambda: "conversations  (o)" in driver.text())
    await driver.press("down", "enter")
    await driver.until(lambda: "Conversations: 1" in driver.text())


@pressing("question_mark")
async def helping(driver: Driver) -> None:
    await driver.press("question_mark")
    await driver.pilot.pause(0.1)
    seen = driver.text()
    for _ in range(6):
        await driver.press("pagedown")
        seen += driver.text()
    for key in (*KEYS, *(each for keys in OVER_GROUPS.values() for each in keys)):
        assert driver.screen.state.word(f"help.{key.word}") in seen
    await driver.press("question_mark")
    assert "1 Packets" in driver.text()


@pressing("P", "W")
async def while_packets_come(driver: Driver) -> None:
    """Of a file nothing comes; see test_live."""
    await driver.press("P")
    assert "Nothing is being captured" in driver.text()
    await driver.press("W")
    assert "in a file already" in driver.text()


@pressing("q")
async def quitting(driver: Driver) -> None:
    await driver.press("q")
    assert not driver.app.is_running or driver.app._exit


@pytest.mark.parametrize("key", sorted(key.key for key in KEYS))
def test_key(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sample, play = SCENES[key]

    async def scene() -> None:
        async with browsing(sample) as driver:
            await play(driver)

    if any(SCENES[other][1] is play for other in sorted(SCENES) if other < key and other in SCENES):
        pytest.skip("tried together with another key")
    run(scene)


@pytest.mark.parametrize("code", ["en", "zh"])
def test_every_key_has_its_words(code: str) -> None:
    own = words(code)
    for key in (*KEYS, *(each for keys in OVER_GROUPS.values() for each in keys)):
        assert own[f"key.{key.word}"]
        assert own[f"help.{key.word}"]
        assert key.group in (*GROUPS, *OVER_GROUPS)
    assert len({key.key for key in KEYS}) == len(KEYS)


def test_languages_have_the_same_words_and_blanks() -> None:
    import re

    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        assert set(re.findall(r"{(\w+)", text)) == set(re.findall(r"{(\w+)", chinese[name])), name


def test_hex_that_was_copied_is_read_again() -> None:
    packet = open_capture("sample:handshake")[0]
    from dissect.tui.copies import as_hex
    from dissect.tui.outline import outline

    again = decode(bytes.fromhex(as_hex(packet, outline(packet)[0])))
    assert again.frame.data == packet.frame.data
