"""The verdict on every checksum: what it covers, whether all of that is here, and what it should be."""

from __future__ import annotations

from dissect.decoding.walk import Draft, Network, Walk
from dissect.wire.checksum import Verdict, ones_sum, pseudo_header, verify
from dissect.wire.field import fixed_slots

TCP, UDP, MOBILITY = 6, 17, 135


def header_verdict(walk: Walk, draft: Draft) -> None:
    """IPv4: the header only, options included (RFC 791 §3.1)."""
    if "ip.checksum" not in draft.reading.raws:
        return
    if draft.broken:
        draft.derive("ip.checksum.status", Verdict.UNVERIFIED)
        return
    covered = walk.data[draft.start : draft.stop]
    verdict, want = verify(covered, _place(draft, "ip.checksum"))
    _conclude(draft, "ip.checksum", verdict, want)


def transport_verdict(walk: Walk, draft: Draft, protocol: int, *, pseudo: bool = True, tunnel: bool = False) -> None:
    """TCP, UDP, ICMP and ICMPv6: pseudo-header, header and data, if all of it is here (RFC 9293 §3.1).

    A `tunnel` in UDP may go without a checksum over IPv6 too (RFC 6935 §5).
    """
    key = draft.header.key
    name, network = f"{key}.checksum", walk.network
    stored = draft.reading.raws.get(name)
    if stored is None:
        return
    if protocol == UDP and stored == 0:
        draft.derive(f"{name}.status", Verdict.ABSENT)
        if network is not None and len(network.source) == 16 and not tunnel:
            draft.note("checksum.zero", name)
        return
    if network is None or network.fragment or not draft.limit.complete:
        draft.derive(f"{name}.status", Verdict.UNVERIFIED)
        return
    covered = walk.data[draft.start : draft.limit.end]
    covering = pseudo_header(network.source, network.destination, protocol, len(covered)) if pseudo else b""
    draft.pseudo = covering
    verdict, want = verify(covered, _place(draft, name), covering)
    if protocol == UDP:
        want = want or 0xFFFF
    elif verdict is Verdict.GOOD and stored == 0xFFFF:
        draft.note("checksum.ffff", name)
    if network.presumed and verdict is Verdict.BAD:
        verdict = _offloaded(network, protocol, stored)
    if walk.frame.unsummed and pseudo and verdict is Verdict.BAD and protocol in (TCP, UDP):
        verdict = Verdict.PARTIAL  # the kernel said that the network card was to do the rest
    _conclude(draft, name, verdict, want)


def mobility_verdict(walk: Walk, draft: Draft) -> None:
    """Mobility messages are summed like ICMPv6's; their table has no verdict, so only a fault is noted."""
    network, stored = walk.network, draft.reading.raws.get("mip6.csum")
    if draft.broken or network is None or network.fragment or stored is None:
        return
    covered = walk.data[draft.start : draft.stop]
    covering = pseudo_header(network.source, network.destination, MOBILITY, len(covered))
    verdict, want = verify(covered, _place(draft, "mip6.csum"), covering)
    if verdict is Verdict.BAD:
        draft.note("checksum.bad", "mip6.csum", stored=stored, expected=want)


def _offloaded(network: Network, protocol: int, stored: object) -> Verdict:
    """Before segmentation offload the sum may be the pseudo-header's with a length of 0, or an older length's."""
    without_length = ones_sum(pseudo_header(network.source, network.destination, protocol, 0))
    return Verdict.PARTIAL if stored == without_length else Verdict.UNVERIFIED


def _place(draft: Draft, name: str) -> int:
    return next(slot.lo for slot in fixed_slots(draft.header) if slot.field.name == name)


def _conclude(draft: Draft, name: str, verdict: Verdict, want: int) -> None:
    draft.derive(f"{name}.status", verdict)
    draft.derive(f"{name}_calculated", want)
    if verdict is Verdict.BAD:
        stored = draft.reading.number(name)
        if name == "ip.checksum" and stored == 0:
            draft.note("ip.checksum.zero", name)
        draft.note("checksum.bad", name, stored=stored, expected=want)
