"""The verdict on every checksum: what it covers, whether all of that is here, and what it should be."""

from __future__ import annotations

from dissect.decoding.walk import Draft, Network, Walk
from dissect.wire.checksum import CODES, Verdict, ones_sum, pseudo_header, verify
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


def transport_verdict(walk: Walk, draft: Draft, protocol: int, *, pseudo: bool = True) -> None:
    """TCP, UDP, ICMP and ICMPv6: pseudo-header, header and data, if all of it is here (RFC 9293 §3.1)."""
    key = draft.header.key
    name, network = f"{key}.checksum", walk.network
    stored = draft.reading.raws.get(name)
    if stored is None:
        return
    if protocol == UDP and stored == 0:
        draft.derive(f"{name}.status", Verdict.ABSENT)
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
    if network.presumed and verdict is Verdict.BAD:
        verdict = _offloaded(network, protocol, stored)
    if walk.frame.unsummed and pseudo and verdict is Verdict.BAD and protocol in (TCP, UDP):
        verdict = Verdict.PARTIAL  # the kernel said that the network card was to do the rest
    _conclude(draft, name, verdict, want)


def mobility_verdict(walk: Walk, draft: Draft) -> None:
    """Mobility messages are summed like ICMPv6's; their table has no verdict, so it is a fact only."""
    network, stored = walk.network, draft.reading.raws.get("mip6.csum")
    if draft.broken or network is None or network.fragment or stored is None:
        return
    covered = walk.data[draft.start : draft.stop]
    covering = pseudo_header(network.source, network.destination, MOBILITY, len(covered))
    verdict, want = verify(covered, _place(draft, "mip6.csum"), covering)
    draft.facts.update({"sum.status": CODES[verdict], "sum.calculated": want})


def _offloaded(network: Network, protocol: int, stored: object) -> Verdict:
    """Before segmentation offload the sum may be the pseudo-header's with a length of 0, or an older length's."""
    without_length = ones_sum(pseudo_header(network.source, network.destination, protocol, 0))
    return Verdict.PARTIAL if stored == without_length else Verdict.UNVERIFIED


def _place(draft: Draft, name: str) -> int:
    return next(slot.lo for slot in fixed_slots(draft.header) if slot.field.name == name)


def _conclude(draft: Draft, name: str, verdict: Verdict, want: int) -> None:
    draft.derive(f"{name}.status", verdict)
    draft.derive(f"{name}_calculated", want)
