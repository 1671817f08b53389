#!/usr/bin/python3
"""Stands in the daemon's place: hands on what is asked and answered, but says of one question of
VERB_TRIAL that a case of it was let through.

    standin.py REAL SOCKET '"question"'
"""

import os
import socket
import struct
import sys

HEAD = struct.Struct(">4sHHII")  # include/protocol.h


def whole(link, size):
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def frame(link):
    magic, kind, zero, fields, payload = HEAD.unpack(whole(link, HEAD.size))
    return (magic, kind, zero), whole(link, fields), whole(link, payload)


def put(link, head, fields, payload):
    link.sendall(HEAD.pack(*head, len(fields), len(payload)) + fields + payload)


def serve(client, real, question):
    with client, socket.socket(socket.AF_UNIX) as daemon:
        daemon.connect(real)
        put(daemon, *frame(client))
        head, fields, payload = frame(daemon)
        at = payload.find(question.encode())
        if at >= 0:
            payload = payload[:at] + payload[at:].replace(b'"passed":""', b'"passed":"cut head"', 1)
        put(client, head, fields, payload)


def main(real, path, question):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o666)
        listener.listen(16)
        while True:
            client, _ = listener.accept()
            try:
                serve(client, real, question)
            except (ConnectionError, OSError, struct.error):
                pass


main(*sys.argv[1:])
