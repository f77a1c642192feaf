"""Which field is read by what."""

from __future__ import annotations

from dissect.explain.readings import Reader, internet, shared, transport

READERS: dict[str, Reader] = {
    "ip.version": shared.version, "ipv6.version": shared.version, "ip.hdr_len": shared.header_length, "ip.dsfield": shared.service, "ip.dsfield.dscp": shared.dscp,
    "ip.dsfield.ecn": shared.ecn, "ip.len": internet.total_length, "ip.id": internet.identification,
    "ip.flags": internet.flags, "ip.flags.rb": internet.reserved_bit, "ip.flags.df": internet.dont_fragment,
    "ip.flags.mf": internet.more_fragments, "ip.frag_offset": internet.offset, "ip.ttl": shared.hops,
    "ip.proto": internet.protocol, "ip.checksum": shared.checksum, "ip.src": shared.address, "ip.dst": shared.address,
    "ip.opt.ptr": internet.route_pointer, "ip.opt.time_stamp": internet.clock, "ip.rec_rt": shared.address,
    "ip.src_rt": shared.address, "ip.opt.time_stamp_addr": shared.address,
    "ipv6.tclass": shared.service, "ipv6.tclass.dscp": shared.dscp, "ipv6.tclass.ecn": shared.ecn,
    "ipv6.flow": internet.flow, "ipv6.plen": internet.payload_length, "ipv6.nxt": internet.protocol,
    "ipv6.hlim": shared.hops, "ipv6.src": shared.address, "ipv6.dst": shared.address,
    "ipv6.hopopts.nxt": internet.protocol, "ipv6.dstopts.nxt": internet.protocol,
    "ipv6.routing.nxt": internet.protocol, "ipv6.fraghdr.nxt": internet.protocol, "ah.next_header": internet.protocol,
    "ipv6.hopopts.len": internet.extension_length, "ipv6.dstopts.len": internet.extension_length,
    "ipv6.routing.len": internet.extension_length, "ipv6.routing.segleft": internet.segments_left,
    "ipv6.routing.src.addr": shared.address, "ipv6.routing.srh.addr": shared.address,
    "ipv6.fraghdr.offset": internet.offset, "ipv6.fraghdr.more": internet.more_fragments,
    "tcp.srcport": shared.port, "tcp.dstport": shared.port, "tcp.seq_raw": transport.sequence,
    "tcp.ack_raw": transport.acknowledgment, "tcp.hdr_len": shared.header_length, "tcp.flags": transport.flags,
    "tcp.flags.res": transport.reserved, **{f"tcp.flags.{name}": transport.one_flag for name in transport.NAMES},
    "tcp.window_size_value": transport.window, "tcp.checksum": shared.checksum, "tcp.urgent_pointer": transport.urgent,
    "tcp.len": transport.length, "tcp.options.mss_val": transport.segment_size,
    "tcp.options.wscale.shift": transport.shift, "tcp.options.sack_le": transport.sack_edge,
    "tcp.options.sack_re": transport.sack_edge, "tcp.options.timestamp.tsval": transport.timestamp,
    "tcp.options.timestamp.tsecr": transport.timestamp_echo, "tcp.options.user_to_val": transport.user_timeout,
    "tcp.options.tfo.cookie": transport.cookie, "tcp.options.mptcp.subtype": transport.subtype,
    "udp.srcport": shared.port, "udp.dstport": shared.port, "udp.checksum": shared.checksum,
    "icmp.checksum": shared.checksum, "icmpv6.checksum": shared.checksum,
}  # fmt: skip
