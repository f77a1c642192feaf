"""Chosen packets of captures, kept byte for byte in a pcap or pcapng file."""

from dissect.capture.writing.keeper import Keeper

__all__ = ["Keeper"]
