"""Datagrams that came in pieces: which pieces are one datagram, how they tile it, what it says as a whole.

pieces      a decoded packet → the piece of a datagram that it carries
datagram    pieces of one datagram in any order: what they cover, holes, overlaps, the whole as bytes
reassembly  pieces of a whole capture → datagrams, with limits on age, number and memory
search      the pieces in a capture: all of them (by columns), or those that belong to one packet
"""
