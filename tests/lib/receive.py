#!/usr/bin/python3
"""Receivers of what is forwarded, for the tests.

receive.py KIND ADDRESS FILE [mute]

KIND: unix (a datagram socket, ADDRESS a path), journal (the same, decoded into a JSON object a
line), udp, tcp (ADDRESS a port on 127.0.0.1; tcp takes octet counting apart). Each message
becomes a line of FILE. mute: bind and take connections, but never read.
"""
import json
import os
import socket
import sys
import time


def lines(path):
    return open(path, "a", buffering=1, encoding="utf-8", errors="surrogateescape")


def text(data):
    return data.decode("utf-8", "surrogateescape").replace("\n", "\\n")


def fields(data):
    """The journal's native protocol."""
    out = {}
    while data:
        line, _, rest = data.partition(b"\n")
        key, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + size], rest[8 + size :]
            if rest[:1] != b"\n":
                raise ValueError("no newline behind " + key.decode())
            rest = rest[1:]
        out[key.decode()] = value.decode("utf-8", "surrogateescape")
        data = rest
    return out


def datagrams(sock, out, decode):
    while True:
        out.write(decode(sock.recv(1 << 18)) + "\n")


def stream(sock, out, mute):
    while True:
        peer, _ = sock.accept()
        data = b""
        while not mute:
            got = peer.recv(65536)
            if not got:
                break
            data += got
            while True:
                count, blank, rest = data.partition(b" ")
                if not blank or len(rest) < int(count):
                    break
                out.write(text(rest[: int(count)]) + "\n")
                data = rest[int(count) :]
        while mute:
            time.sleep(1)


def main():
    kind, address, path = sys.argv[1:4]
    mute = sys.argv[4:] == ["mute"]
    out = lines(path)
    if kind in ("unix", "journal"):
        if os.path.exists(address):
            os.unlink(address)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.bind(address)
        os.chmod(address, 0o666)
    elif kind == "udp":
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("127.0.0.1", int(address)))
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", int(address)))
        sock.listen(8)
    open(path + ".ready", "w").close()
    if kind == "tcp":
        stream(sock, out, mute)
    while mute:
        time.sleep(1)
    datagrams(sock, out, text if kind != "journal" else lambda d: json.dumps(fields(d)))


main()
