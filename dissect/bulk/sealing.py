"""Packets of the kernel's ring as pcapng blocks, made where they lie: each header is written just before its bytes.

The kernel leaves at least 80 bytes before a packet's first, for what it says about the packet. Once
that was read, there is room for the head of an enhanced packet block, and what belongs behind the
packet's bytes goes where the kernel's words on the next one stood. So a file is written, and a batch
decoded, without a packet being touched by Python.
Source: draft-ietf-opsawg-pcapng, section 4.3.
"""

from __future__ import annotations

import numpy as np

from dissect.bulk.octets import Array, distinct
from dissect.bulk.records import Records, numbers_at, put, rows_at
from dissect.capture.blocks import option
from dissect.capture.live.kernel import (
    ADDRESS,
    ADDRESS_AT,
    CAPTURED,
    ETHERNET,
    LENGTH,
    NANOSECOND,
    OFFSETS,
    OUTGOING,
    SECONDS,
    STATUS,
    VLAN_TAG,
    VLAN_TYPE,
    VNET_SEGMENT,
    WORDS,
    Status,
)  # fmt: skip
from dissect.capture.live.ring import BLOCK, Ring
from dissect.capture.live.ring import Block as RingBlock
from dissect.capture.section import COMMENT, ENHANCED, FLAGS, SECOND, UNSUMMED

HEAD, TAIL = 28, 4  # bytes of an enhanced packet block before and behind the packet's own
OPTION = 12  # a flags option and the end of options
SEGMENTS = 28  # bytes of an option that tells the size of segments, at most
BEHIND = 3 + SEGMENTS + OPTION + TAIL  # bytes behind a packet's last that may be written
MACS = 12
TAG = 4
COOKED = 20  # bytes of a Linux cooked header, version 2
MANY = 1000  # packets of a block from which on searching the whole block is quicker than stepping through it
VLAN = 0x8100
VERIFIED, SEGMENTED = 1 << 10, 1 << 11  # of epb_flags: checksum valid; TCP, several segments on the wire
INWARD, OUTWARD = 1, 2
SPECIAL = np.uint32(Status.CHECKSUM_NOT_READY | Status.CHECKSUM_VALID | Status.VLAN_VALID | Status.SEGMENTATION)


class Sealer:
    """Makes records of a ring's blocks; `interface` is the number of its description in the file."""

    def __init__(self, ring: Ring, interface: int) -> None:
        self._ring = ring
        self._interface = interface
        self._memory: Array = np.frombuffer(ring.memory, np.uint8)
        self._longs: Array = self._memory.view(np.uint64)
        self._same = np.empty(BLOCK >> 3, bool)

    def seal(self, block: RingBlock) -> Records:
        """The records of a block; the kernel's words on its packets are gone then."""
        ring, memory = self._ring, self._memory
        heads, words = self._packets(block)
        start = heads + (words[:, OFFSETS] & 0xFFFF)
        captured, length = words[:, CAPTURED].astype(np.int64), words[:, LENGTH].astype(np.int64)
        segments = numbers_at(memory, "<u2", start + VNET_SEGMENT) if ring.segments else _NONE
        special = ring.segments or bool((words[:, STATUS] & SPECIAL).any())
        tagged = np.flatnonzero(words[:, STATUS] & Status.VLAN_VALID) if special else _NONE
        flags = _flags(words, rows_at(memory, ADDRESS, heads + ADDRESS_AT), segments) if special else _NONE
        if len(heads) and int(start[-1] + captured[-1]) + BEHIND > block.at + BLOCK:
            # The last packet's tail would lie on the next block's head.
            memory = np.concatenate([memory[block.at : block.at + BLOCK], np.zeros(BEHIND, np.uint8)])
            start, heads = start - block.at, heads - block.at
        if ring.cooked:
            start = _cook(memory, words, rows_at(memory, ADDRESS, heads + ADDRESS_AT), start, tagged)
            captured += COOKED
            length += COOKED
        elif ring.link == ETHERNET:
            tagged = tagged[captured[tagged] >= MACS]
            start = _tag(memory, words, start, tagged) if len(tagged) else start
        else:
            tagged = _NONE
        captured[tagged] += TAG
        length[tagged] += TAG
        begin, time = start - HEAD, words[:, SECONDS].astype(np.uint64) * np.uint64(SECOND) + words[:, NANOSECOND]
        sizes = _close(memory, start + np.minimum(captured, ring.snaplen), start, flags, segments)
        head = np.empty((len(start), 7), "<u4")
        head[:, 0], head[:, 1], head[:, 2] = ENHANCED, sizes, self._interface
        head[:, 3], head[:, 4] = time >> np.uint64(32), time
        head[:, 5], head[:, 6] = np.minimum(captured, ring.snaplen), length
        put(memory, begin, head)
        return Records(memory, begin, sizes)

    def _packets(self, block: RingBlock) -> tuple[Array, Array]:
        """Where the head of each packet begins, and its words."""
        ring, heads = self._ring, self._heads(block)
        if ring.loopback >= 0:
            heads = heads[~self._twice(heads)]
        words = rows_at(self._memory, WORDS, heads).view(np.uint32)
        if ring.segments and not (words[:, STATUS] & Status.DESCRIBED).all():
            there = np.flatnonzero(words[:, STATUS] & Status.DESCRIBED)  # the kernel has counted the others as dropped
            heads, words = heads[there], words[there]
        return heads, words

    def _twice(self, heads: Array) -> Array:
        """Which packets the loopback interface gives again, coming in."""
        address = rows_at(self._memory, ADDRESS, heads + ADDRESS_AT).view(np.uint32)
        twice: Array = (address[:, 1] == self._ring.loopback) & (address[:, 2] >> 16 & 0xFF == OUTGOING)
        return twice

    def _heads(self, block: RingBlock) -> Array:
        """The byte where each packet's head begins."""
        if block.packets >= MANY:
            found = self._search(block)
            if found is not None:
                return found
        return np.array(self._ring.starts(block), np.int64) << 2

    def _search(self, block: RingBlock) -> Array | None:
        """The same without a step a packet: where the words lie that all heads have; None if not just these did.

        What a packet carries may look the same, so each head found has to lead to the next.
        """
        longs = self._longs[block.first >> 3 : (block.at + BLOCK) >> 3]
        # Behind the packets lies what the block held when it was last full.
        same = np.equal(longs, longs[OFFSETS // 2], out=self._same[: len(longs)])
        found = same.nonzero()[0][: block.packets] - OFFSETS // 2
        step = longs[found].astype(np.uint32) >> np.uint32(3)
        if len(found) < block.packets or found[0] or (found[:-1] + step[:-1] != found[1:]).any():
            return None
        heads: Array = (found << 3) + block.first
        return heads


_NONE = np.zeros(0, np.int64)


def _types(words: Array) -> Array:
    """The tag of each packet, TPID and TCI, as four bytes on the wire."""
    kind = np.where(words[:, STATUS] & Status.TPID_VALID, words[:, VLAN_TYPE] & 0xFFFF, VLAN)
    tag = np.empty((len(words), 2), ">u2")
    tag[:, 0], tag[:, 1] = kind, words[:, VLAN_TAG] & 0xFFFF
    return tag


def _tag(memory: Array, words: Array, start: Array, rows: Array) -> Array:
    """Puts the VLAN tag back that the kernel took off, behind both MAC addresses, which move forward for it."""
    macs = rows_at(memory, MACS, start[rows])
    start = start.copy()
    start[rows] -= TAG
    put(memory, start[rows], macs)
    put(memory, start[rows] + MACS, _types(words[rows]))
    return start


def _cook(memory: Array, words: Array, address: Array, start: Array, tagged: Array) -> Array:
    """A Linux cooked header, version 2, before each packet; where a tag was taken off, it names the tag and has it."""
    header = np.zeros((len(start), COOKED), np.uint8)
    header[:, 0:2] = address[:, 2:4]  # protocol, in the order of the wire already
    header[:, 4:8] = np.ascontiguousarray(address[:, 4:8]).view(np.uint32).astype(">u4").view(np.uint8)
    header[:, 8:10] = np.ascontiguousarray(address[:, 8:10]).view(np.uint16).astype(">u2").view(np.uint8)
    header[:, 10:20] = address[:, 10:20]  # packet type, length of the address, address
    start = start - COOKED
    if len(tagged):
        tag = _types(words[tagged]).view(np.uint8)
        start[tagged] -= TAG
        inner = np.concatenate([tag[:, 2:4], header[tagged, 0:2]], axis=1)
        header[tagged, 0:2] = tag[:, 0:2]
        put(memory, start[tagged] + COOKED, inner)
    put(memory, start, header)
    return start


def _flags(words: Array, address: Array, segments: Array) -> Array:
    """epb_flags, 0 where nothing is to be said: sums and segments that are left to the network card, sums it found right."""
    status = words[:, STATUS]
    flags = np.where(status & Status.CHECKSUM_NOT_READY, UNSUMMED, 0)
    flags |= np.where(status & Status.CHECKSUM_VALID, VERIFIED, 0)
    flags |= np.where(status & Status.SEGMENTATION, SEGMENTED, 0)
    direction = np.where(address[:, 10] == OUTGOING, OUTWARD, INWARD)
    told: Array = np.where(flags + segments if len(segments) else flags, flags | direction, 0)
    return told


def _close(memory: Array, end: Array, start: Array, flags: Array, segments: Array) -> Array:
    """Writes what a block has behind its packet's bytes, from `end` on; returns the sizes of all blocks.

    `flags` is empty where no packet has any, and not 0 where `segments` is not.
    """
    stop = end + (start - end & 3)
    behind = stop.copy()
    flagged = np.flatnonzero(flags)
    told = []
    if len(segments):
        told = [(np.flatnonzero(segments == size), _told(size)) for size in distinct(segments[segments > 0]).tolist()]
    for rows, text in told:
        behind[rows] += len(text)
    sizes: Array = behind - start + (HEAD + TAIL)
    sizes[flagged] += OPTION
    # Padding and length in one go: at most seven bytes, and what stands in the eighth is not needed any more.
    put(memory, end, (sizes.astype("<u8") << (stop - end << 3).astype(np.uint64))[:, None])
    for rows, text in told:
        put(memory, stop[rows], np.tile(text, (len(rows), 1)))
    if len(flagged):
        last = np.empty((len(flagged), 4), "<u4")
        last[:, 0], last[:, 1], last[:, 2], last[:, 3] = FLAGS | 4 << 16, flags[flagged], 0, sizes[flagged]
        put(memory, behind[flagged], last)
    return sizes


def _told(size: int) -> Array:
    """An option that tells the size of segments: no other than a comment can."""
    text: Array = np.frombuffer(option(COMMENT, b"segments of %d bytes" % size), np.uint8)
    return text
