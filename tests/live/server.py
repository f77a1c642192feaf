"""Answers every connection on port 8077 with two kilobytes; an urgent byte is read where it stands."""

import socket

with socket.create_server(("::", 8077), family=socket.AF_INET6, dualstack_ipv6=True) as server:
    print("ready", flush=True)
    while True:
        stream, _ = server.accept()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        with stream:
            got = b""
            while not got.endswith(b"\r\n\r\n"):
                got += stream.recv(4096)
            stream.sendall(bytes(2048))
