"""TCP packets as connections: numbered as Wireshark numbers them, each segment beside those around it.

Everything is made in steps, each a pure function of the one before:

    segments = read_segments(frames)               # segments.py: compact arrays, one entry a TCP packet
    analysis = analyse(segments)                   # analysis.py: what each segment is, seen from those before it
    frame = columns(analysis, ["tcp.stream", ...]) # columns.py: polars columns by Wireshark's names
    found = summary(analysis)                      # summary.py: one entry a stream

`read_segments` works in as many processes as are worth it; `evidence=True` adds what tells copies apart. `gather` puts
together parts made elsewhere (`reading.part_of(block, evidence)`).

`Segments`: one entry for each packet whose TCP header is there up to the window, in the order of the capture; numpy
arrays, all of the same length, 36 bytes a packet:

    number u32 · frame.number            time i64 · nanoseconds since 1970, 0 where the packet has none
    stream u32 · as `tcp.stream`         second bool · True: sent by the end that did not send the stream's first packet
    seq, ack u32 · as on the wire        length u32 · data bytes (0 where not known)
    flags u16 · the 12 control bits      window u16 · as on the wire
    known bool · False: length not known (a fragment, or quoted by an ICMP error); such packets have a stream
                 and times, but take no part in the analysis, as in Wireshark
    scale: Sparse(rows, values) of SYNs  sack: Sack(rows, left, right), one entry a block
    ends: (streams, 2) u64, address << 16 | port, the sender of the stream's first packet first; `address(end)` as text
    evidence: value, echo (timestamps) u32 with stamped bool, identification i32 (ip.id, -1 for none), mss; or None

    segments.of(k) → Segments of stream k alone (rows keep their `number`); segments.take(rows); len(segments)

`Analysis`: arrays beside those of its `segments`, made when first asked for, 0 where there is nothing:

    rel_seq, rel_ack, next_seq u32       relative, modulo 2**32 (next_seq: `tcp.nxtseq`)
    scale i8: the shift; -1 not known (no handshake), -2 not used
    marks u16: a set of `Mark`s (Wireshark's flags), for instance Mark.RETRANSMISSION | Mark.LOST_SEGMENT
    duplicate_number u32, duplicate_of u32 (packet numbers)
    acks u32 (packet number), acks_row (-1 for none), ack_rtt i64 (ns), in_flight u32
    rto i64 (ns), rto_from u32 (packet number)
    since_previous i64, since_first i64 (ns)
    by stream: first_rtt i64 (ns, 0 not known), completeness u8
    order: all rows by stream

How: a capture is cut into `Course`s of whole streams (course.py), for which running maxima and last places give what
each segment meets; only where a direction has a gap are segments followed one by one (progress.py, waiting.py).

`NAMES` (columns.py): tcp.stream tcp.seq tcp.ack tcp.nxtseq tcp.window_size tcp.window_size_scalefactor tcp.time_delta
tcp.time_relative tcp.completeness tcp.analysis.flags and every tcp.analysis.*. Times are nanoseconds (Int64), a flag is
1 or null. `beside(frames, names)` gives them to blocks (`Block.beside`) for tables and filters.

`conversation(frames, k)` → polars frame of the packets of stream k, with all columns of `NAMES` and frame.number,
frame.time_epoch, `second`, tcp.seq_raw, tcp.ack_raw, tcp.flags, tcp.len, tcp.window_size_value.

`reasons(analysis, rows)` (reasons.py, with repeats.py and story.py) → `Reason(number, mark, key, blanks, sure, waits)` for the marked segments of one
stream, said in either language by `Language.reason(key, blanks, sure=…)`.

One connection by itself is plain Python, without arrays:

    connection(frames, k)       # extraction.py: ends, segments as steps, remarks, round trips, urgent bytes
    follow(steps)               # paths.py: both ends through the states of states.py, the table of RFC 9293 §3.10
    congestion(steps, second=…) # congestion.py, rounds.py: bytes in flight, and the phases that they tell
    plotted(connection, graph, second=…)   # graphs.py: points for the terminal and for pictures
    contents(frames, steps)     # contents.py: the data, in order, by turns
"""
