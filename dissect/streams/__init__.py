"""TCP packets as connections: numbered as Wireshark numbers them, each segment beside those around it.

Everything is made in three steps, each a pure function of the one before:

    segments = gather(tables(frames, NEEDED))      # segments.py: compact arrays, one entry a TCP packet
    analysis = analyse(segments)                   # analysis.py: what each segment is, seen from those before it
    frame = columns(analysis, ["tcp.stream", ...]) # columns.py: polars columns by Wireshark's names

`Segments` (segments.py): one entry for each packet whose TCP header is there up to the window, in the order of
the capture; numpy arrays, all of the same length, 45 bytes a packet:

    number u32 · frame.number            time i64 · nanoseconds since 1970
    stream u32 · as `tcp.stream`         second bool · True: sent by the end that did not send the stream's first packet
    seq, ack u32 · as on the wire        length u32 · data bytes (0 where not known)
    flags u16 · the 12 control bits      window u16 · as on the wire
    known bool · False: length not known (a fragment, or quoted by an ICMP error); such packets have a stream
                 and times, but take no part in the analysis, as in Wireshark
    tsval, tsecr u32 · timestamps, with stamped bool
    identification u32 · ip.id (NO_IDENTIFICATION without one: IPv6)
    sparse: scale (rows, shift), mss (rows, value), sack_permitted (rows), sack (rows, left, right: one entry a block)
    ends: polars frame, one row a stream: tcp.stream, and of each end `first.address`, `first.port`, `second.…`
          (UInt32 or 16 bytes in `….v6`), `first` being the sender of the stream's first packet

    segments.of(k) → Segments of stream k alone (rows keep their `number`); segments.take(index); len(segments)

`Analysis` (analysis.py): arrays beside those of its `segments` (`analysis.segments`), 0 or NONE where not there:

    rel_seq, rel_ack, next_seq u32       relative, modulo 2**32 (next_seq: `tcp.nxtseq`)
    scale i8: the shift; -1 not known (no handshake), -2 not used
    marks u32: a set of `Mark`s (Wireshark's flags), for instance Mark.RETRANSMISSION | Mark.LOST_SEGMENT
    duplicate_number u32, duplicate_of u32 (packet numbers)
    acks u32 (packet number), ack_rtt i64 (ns), in_flight u32
    rto i64 (ns), rto_from u32 (packet number)
    since_previous i64, since_first i64 (ns)
    by stream: first_rtt i64 (ns, 0 not known), completeness u8

`columns(analysis, names)` → polars frame with `frame.number` and the columns asked for; `NAMES` lists them all:
tcp.stream tcp.seq tcp.ack tcp.nxtseq tcp.window_size tcp.window_size_scalefactor tcp.time_delta tcp.time_relative
tcp.completeness tcp.analysis.flags and every tcp.analysis.*. Times are nanoseconds (Int64), a flag is 1 or null.

`conversation(frames, k)` → polars frame of the packets of stream k, with all columns of `NAMES` and frame.number,
frame.time_epoch, `second`, tcp.seq_raw, tcp.ack_raw, tcp.flags, tcp.len, tcp.window_size_value.

`reasons(analysis, rows)` (reasons.py) → for marked segments: `Reason(mark, key, blanks, sure)`, said in either language
by `Language.say`. `summary(analysis)` (summary.py) → one row a stream: ends, packets, bytes, times, state, round trip.
"""
