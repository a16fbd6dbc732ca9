"""etcd, of one member."""

from __future__ import annotations

import socket
import time
from functools import cache

from bench.serving.process import START_S, folder, free_port, start


@cache
def etcd() -> int:
    """The port of its JSON gateway."""
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    start(
        ["etcd", "--data-dir", str(folder()), "--listen-client-urls", urls[0], "--advertise-client-urls", urls[0],
         "--listen-peer-urls", urls[1], "--initial-advertise-peer-urls", urls[1],
         "--initial-cluster", f"default={urls[1]}", "--log-level", "error"],
    )  # fmt: skip
    deadline = time.monotonic() + START_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", ports[0]), timeout=1) as raw:
                raw.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if b"true" in raw.recv(4096):
                    return ports[0]
        except OSError:
            pass
        assert time.monotonic() < deadline, "etcd does not start"
        time.sleep(0.05)
