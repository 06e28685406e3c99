#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client of the soak that breaks rules and connections: anywhere in a frame, in a message, while answers come.

What it has to get an answer to, it checks; beside it others are served, which is what the other clients check.
"""
import contextlib
import pathlib
import socket
import struct
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / part) for part in ("server", "bench")]
import clients  # noqa: E402 (needs the path)
import frames  # noqa: E402
from frames import CANCEL, PREFACE, Peer, data, fields, prefixed, raw, request, reset, settings  # noqa: E402

PATIENCE = 120
HELLO = PREFACE + settings().serialize()
TOO_LATE = "the client's deadline, or 60 seconds, passed before the call was complete"
# What ends a connection, or just a stream; sent behind HELLO.
VIOLATIONS = (
    raw(0, stream=0, payload=b"x"), raw(1, stream=2, flags=5, payload=frames.block()), raw(9, stream=1, payload=b"x"),
    raw(8, stream=0, payload=b"\0\0\0\0"), raw(4, payload=b"x"), raw(6, payload=b"x"),
    raw(0, stream=1, payload=b"x" * 16385),
    raw(3, stream=0, payload=b"\0\0\0\0"), raw(1, stream=1, flags=5, payload=b"\xff\xff\xff\xff\xff\xff"),
    raw(5, stream=1, payload=b"\0\0\0\2"), b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100, b"\xff" * 100,
    raw(6, payload=b"launch!!") * 12000, raw(4, payload=b"") * 12000, raw(200, stream=7, payload=b"unknown"))
# Framing of gRPC: (body, code, text).
FRAMINGS = (
    (b"\2\0\0\0\0", frames.INTERNAL, "the message must begin with 0 or 1 (gRPC's framing)"),
    (prefixed(b"") * 2, frames.INTERNAL, "more than one message; send one for this method"),
    (b"", frames.INTERNAL, "no message; send one for this method"),
    (prefixed(b"x", length=2), frames.INTERNAL, "the call ended in the middle of its message"),
    (prefixed(b"", flag=1), frames.UNIMPLEMENTED, "compressed messages are not supported; send it uncompressed"))


class Worker(clients.Worker):
    """Connections one after the other, beside some that are left open for a while."""

    def begin(self):
        self.held = []  # connections of which nobody reads

    def end(self):
        for peer in self.held:
            peer.close()
        self.held = []

    def connect(self):
        return frames.connect(self.socket())

    def small(self):
        """A case that is not sure, and fits into the first windows."""
        while len((row := self.unsure())["message"]) > 50000:
            pass
        return row

    def stream(self):
        """All that a client would send for some calls, as bytes."""
        rows = [self.small() for _ in range(self.rng.randint(1, 4))]
        return HELLO + b"".join(request(2 * number + 1, fields(row["path"]), prefixed(row["message"]))
                                for number, row in enumerate(rows))

    def send(self, content, hang_up):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError), self.connect() as client:
            client.sendall(content)
            hang_up(client)

    def cut(self):
        """Away in the middle, wherever that is."""
        content = self.stream()
        whole = self.rng.random() < 0.2
        self.send(content[:len(content) if whole else self.rng.randrange(len(content))],
                  self.rng.choice((lambda client: None, lambda client: client.shutdown(socket.SHUT_RDWR),
                                   lambda client: client.recv(self.rng.randrange(1, 2000)))))
        return "cut"

    def damage(self):
        """One byte is another; then this side is closed, and the server has to close its own."""
        content = bytearray(self.stream())
        content[self.rng.randrange(len(content))] ^= self.rng.randrange(1, 256)
        self.send(content, self.shut_and_drain)
        return "damaged"

    @staticmethod
    def shut_and_drain(client):
        client.shutdown(socket.SHUT_WR)
        client.settimeout(PATIENCE)
        while client.recv(1 << 18):
            pass

    def violate(self):
        content = HELLO + self.stream()[len(HELLO):] * self.rng.randint(0, 1) + self.rng.choice(VIOLATIONS)
        self.send(content, self.shut_and_drain)
        return "rules broken"

    def never_read(self):
        """Asks for more than the socket holds, and does not read; forgotten some steps later."""
        row = self.small()
        client = self.connect()
        greeting = PREFACE + settings(INITIAL_WINDOW_SIZE=1 << 30).serialize() + frames.window(0, 1 << 30).serialize()
        calls = (request(2 * number + 1, fields(row["path"]), prefixed(row["message"])) for number in range(60))
        client.settimeout(0.02)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            client.sendall(greeting + b"".join(calls))
        self.held.append(client)
        if len(self.held) > 10:
            self.held.pop(self.rng.randrange(len(self.held))).close()
        return "never read"

    def expect(self, row, code, text, answer, message=None):
        """Counts what must be answered just so."""
        if (answer.code, answer.text) != (code, text) or (message is not None and answer.message != message):
            self.tally.wrong.append(f"{row}: found {answer.code} {answer.text!r}; want {code} {text!r}")
        else:
            self.tally.sure[row] += 1

    def expect_case(self, row, answer):
        self.expect(row["name"], row["code"], row["text"], answer, row["answer"] if row["code"] == 0 else None)

    def sure_small(self):
        while len((row := self.sure())["message"]) > 50000 or row["gzip"]:
            pass
        return row

    def half_closed(self):
        """All is sent, and this side closed before any answer has come: all are answered."""
        rows = [self.sure_small() for _ in range(self.rng.randint(1, 3))]
        with Peer(self.socket(), INITIAL_WINDOW_SIZE=1 << 30) as peer:
            peer.send(frames.window(0, 1 << 30),
                      *(request(2 * number + 1, fields(row["path"]), prefixed(row["message"]))
                        for number, row in enumerate(rows)))
            peer.refill = False
            peer.socket.shutdown(socket.SHUT_WR)
            for number, row in enumerate(rows):
                self.expect_case(row, peer.finish(2 * number + 1, PATIENCE))
        return len(rows)

    def after_reset(self):
        """Calls taken back in the middle, and behind them one that counts."""
        row = self.sure_small()
        with Peer(self.socket()) as peer:
            for number in range(self.rng.randint(1, 5)):
                given_up = self.small()
                body = prefixed(given_up["message"])
                peer.open(2 * number + 1, fields(given_up["path"]))
                for piece in range(self.rng.randrange(3)):
                    peer.send(data(2 * number + 1, body[piece * 1000:piece * 1000 + 1000]))
                peer.send(reset(2 * number + 1, CANCEL))
            self.expect_case(row, peer.call(11, fields(row["path"]), prefixed(row["message"]), PATIENCE))
        return 1

    def framing(self):
        body, code, text = self.rng.choice(FRAMINGS)
        with Peer(self.socket()) as peer:
            self.expect(f"framing {code}", code, text, peer.call(1, fields(frames.DEFINE), body, PATIENCE))
        return 1

    def too_late(self):
        """The deadline comes, the message does not."""
        with Peer(self.socket()) as peer:
            peer.open(1, fields(frames.DEFINE, grpc_timeout=f"{self.rng.randrange(20)}m"))
            self.expect("deadline", frames.DEADLINE_EXCEEDED, TOO_LATE, peer.finish(1, PATIENCE))
        return 1

    def dribble(self):
        """A byte at a time."""
        row = self.sure_small()
        content = HELLO + request(1, fields(row["path"]), prefixed(row["message"]))
        with Peer(self.socket(), hello=False) as peer:
            for at in range(0, 300):
                peer.socket.send(content[at:at + 1])
            peer.send(content[300:])
            self.expect_case(row, peer.finish(1, PATIENCE))
        return 1

    def linger(self):
        """Away with all that is unread lost: the other side sees a reset."""
        content = self.stream()

        def hang_up(client):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.send(content, hang_up)
        return "away at once"

    def step(self):
        done = self.rng.choices((self.cut, self.damage, self.violate, self.never_read, self.half_closed,
                                 self.after_reset, self.framing, self.too_late, self.dribble, self.linger),
                                (30, 15, 10, 1, 15, 15, 5, 1, 5, 10))[0]()
        if isinstance(done, int):
            return done
        self.tally.unsure[done] += 1
        return 1


if __name__ == "__main__":
    clients.main(Worker)
