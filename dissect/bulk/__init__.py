"""Many packets at once: batches of records to polars frames, straight from the header tables.

The same tables and the same rules as the one-packet reader, without a Python loop over packets: all
packets are walked header by header in step (`walk`), and a field is then read for all of them with
one gather (`columns`). A property test holds both readers to the same values.
"""
