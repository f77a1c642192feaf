"""Packets from the wire: the kernel's ring, scapy's sockets, or dumpcap's pipe."""
