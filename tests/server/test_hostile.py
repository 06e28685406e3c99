"""Peers that mean harm, or do it: whatever they send, others are answered, and the server stays small."""
import itertools
import os
import pathlib
import random
import re
import resource
import select
import socket
import struct
import threading
import time
import unittest

import frames as f
from frames import (DEFINE, INFO, INVALID_ARGUMENT, ISO, OK, PROTOCOL_ERROR, REFUSED_STREAM, RESOURCE_EXHAUSTED, Peer,
                    fields, prefixed)
from support import BINARY, Server, annotated, call_define, call_info, capture, plugin, run_hook, v1alpha3

MB = 1024  # in kB, as the kernel counts resident memory
# A sanitizer or valgrind makes it slower, and keeps what is freed for a while.
SANITIZED = b"__asan" in BINARY.read_bytes() or "LSEC_TEST_SANITIZED" in os.environ
SLOWER, ALLOWED = (20, 500 * MB) if SANITIZED else (1, 0)
CONNECTIONS = 256  # that the server keeps
HELLO = f.PREFACE + f.settings().serialize()
DOMAIN, VMI = (capture("native-snp")[0], annotated(capture("native-snp")[1], type="sev-snp"))
DEFINED = run_hook(DOMAIN, VMI)[1]
LARGE = 16 << 20  # bytes of a message
COMMENT = b"<!--" + b"x" * (4 << 20) + b"-->"


def define_message(domain=DOMAIN, vmi=VMI):
    return v1alpha3.OnDefineDomainParams(domainXML=domain, vmi=vmi).SerializeToString()


def echo(size):
    return v1alpha3.PreCloudInitIsoParams(cloudInitData=bytes(size)).SerializeToString()


def wide():
    """Windows without bounds."""
    return HELLO + f.settings(INITIAL_WINDOW_SIZE=(1 << 31) - 1).serialize() + f.window(0, 1 << 30).serialize()


class Case(unittest.TestCase):
    """A server for each test, which has to be as good at the end as at the start."""
    growth = 20 * MB  # of memory, when all is over
    peak = 60 * MB  # of memory, ever

    def setUp(self):
        self.server = self.enterContext(Server(level="error"))
        self.held = []
        before = self.server.descriptors()
        f.connect(self.server.path).close()
        self.check_others()
        self.descriptors = min(before, self.server.descriptors())  # of the last call one may be open
        self.resident = self.server.resident_kb()

    def tearDown(self):
        for peer in self.held:
            peer.socket.close()
        self.check_others()
        self.check_descriptors()
        self.assertLess(self.server.resident_kb(), self.resident + self.growth + ALLOWED)
        self.assertLess(self.peak_kb(), self.resident + self.peak + 2 * ALLOWED)
        self.assertEqual(self.server.stop(), 0)

    def peer(self, **values):
        """One more connection; it stays to the end of the test."""
        self.held.append(Peer(self.server.path, **values))
        return self.held[-1]

    def speaker(self, *parts):
        """One that has said its piece."""
        peer = self.peer(hello=False)
        peer.send(*parts)
        return peer

    def check_others(self):
        """Calls of a client that behaves."""
        self.assertIsNone(self.server.process.poll(), "the server has ended")
        with self.server.channel() as channel:
            options = {"timeout": f.PATIENCE, "wait_for_ready": True}
            self.assertEqual(call_info(channel, **options).name, "launchsec")
            self.assertEqual(call_define(channel, DOMAIN, VMI, **options), DEFINED)

    def check_large(self, timeout=f.PATIENCE):
        with self.server.channel() as channel:
            made = call_define(channel, DOMAIN.replace(b"<name>", COMMENT + b"<name>"), VMI, timeout=timeout,
                               wait_for_ready=True)
        self.assertTrue(made == DEFINED.replace(b"<name>", COMMENT + b"<name>"))

    def check_descriptors(self):
        end = time.monotonic() + f.PATIENCE
        while self.server.descriptors() > self.descriptors and time.monotonic() < end:
            time.sleep(0.01)
        self.assertLessEqual(self.server.descriptors(), self.descriptors)

    def peak_kb(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+)", status)[1])

    def processor_seconds(self):
        fields_of = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields_of[11]) + int(fields_of[12])) / 100

    def flood(self, chunk, times, *peers):
        """Sends without reading, as long as the server takes anything."""
        left = {peer.socket: memoryview(chunk * times) for peer in peers}
        while left:
            _, able, _ = select.select([], left, [], 0.5)
            for sock in able:
                try:
                    left[sock] = left[sock][sock.send(left[sock][:1 << 16], socket.MSG_DONTWAIT):]
                except (BrokenPipeError, ConnectionResetError):
                    left[sock] = b""
                if not left[sock]:
                    del left[sock]
            if not able:
                return


class Nonsense(Case):
    def test_other_protocols(self):
        rng = random.Random(1)
        hello = b"\x01\0\0\xfc\3\3" + rng.randbytes(32) + b"\x20" + rng.randbytes(32) + b"\0\2\x13\1\1\0" + bytes(165)
        upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        said = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\n",
                b"\x16\3\1" + struct.pack(">H", len(hello)) + hello, b"SSH-2.0-x\r\n", bytes(24), b"\r\n" + HELLO,
                HELLO.lower(), HELLO[1:], f.PREFACE + f.request(1), f.PREFACE + f.PREFACE, f.PREFACE + bytes(9)]
        said += [HELLO[:i] + b"?" + HELLO[i + 1:] for i in range(24)]
        for words in said:
            with self.subTest(words[:30]), Peer(self.server.path, hello=False) as peer:
                peer.send(words)
                peer.drain()

    def test_random_bytes(self):
        rng = random.Random(2)
        for i in range(300):
            with Peer(self.server.path, hello=False) as peer:
                peer.send((b"", f.PREFACE, HELLO)[i % 3], rng.randbytes(rng.randrange(1, 3000)))

    def test_random_frames(self):
        rng = random.Random(3)
        for _ in range(300):
            said = [f.raw(rng.randrange(11), rng.randrange(256), rng.choice((0, 1, 1, 1, 3, 5)),
                          rng.choice((rng.randbytes(rng.randrange(40)), bytes(4), bytes(8), f.block(), prefixed(b""))))
                    for _ in range(30)]
            with Peer(self.server.path, hello=False) as peer:
                peer.send(HELLO, *said)

    def test_damaged_calls(self):
        rng = random.Random(4)
        whole = HELLO + f.request(1, fields(ISO), prefixed(echo(50))) + f.request(3)
        for _ in range(600):
            said = bytearray(whole)
            for _ in range(rng.randrange(1, 4)):
                said[rng.randrange(24, len(said))] = rng.randrange(256)
            with Peer(self.server.path, hello=False) as peer:
                peer.send(bytes(said))

    def test_silence(self):
        """Connections without a word are closed, and so are those that stop in their first."""
        said = [b"", b"P", f.PREFACE, HELLO[:-1]]
        for peer in [self.speaker(words) for words in said * 5]:
            peer.socket.settimeout(30 + SLOWER)
            while peer.socket.recv(1000):
                pass


class Headers(Case):
    def test_long_lists(self):
        """Far more fields than are allowed are answered, or end the connection."""
        for count, size in ((600, 1), (1, 60000), (20, 5000), (70, 15000), (20000, 40)):
            block = f.block(fields() + [("x-long", "x" * size)] * count)
            pieces = [block[i:i + f.LARGEST_FRAME] for i in range(0, len(block), f.LARGEST_FRAME)] + [b""]
            peer = self.peer()
            peer.send(f.begin(1, pieces[0]), *[f.continuation(1, piece) for piece in pieces[1:-1]],
                      f.continuation(1, b"", "END_HEADERS"))
            answer = peer.finish(1)
            self.assertTrue(peer.closed or answer.code == RESOURCE_EXHAUSTED, (count, size, answer.reset))

    def test_repeated_entry(self):
        """One byte of a header block can stand for thousands: 2 MB for 8 GB."""
        entry = f.hpack.Encoder().encode([("x-bomb", "x" * 4000)], huffman=False)
        before = self.processor_seconds()
        for _ in range(4):
            peer = self.peer()
            peer.send(f.headers(1, f.block() + entry, end=True),
                      *[f.headers(stream, f.block() + b"\xbe" * 16000, end=True) for stream in range(3, 67, 2)])
            self.assertEqual({peer.finish(s).code for s in range(3, 67, 2)}, {RESOURCE_EXHAUSTED})
        self.assertLess(self.processor_seconds() - before, SLOWER)

    def test_changing_table(self):
        peer = self.peer()
        sizes = b"\x20\x3f\xe1\x1f" * 4000
        peer.send(*[f.headers(stream, sizes + f.block(), end=True) for stream in range(1, 201, 2)])
        peer.settle()

    def test_endless_continuation(self):
        for piece in (b"", f.block([("x", "y")]), b"x" * 16000):
            peer = self.peer()
            peer.send(f.begin(1, f.block()))
            self.flood(f.continuation(1, piece).serialize(), 100000 if len(piece) < 100 else 1000, peer)
            self.check_others()
            peer.drain()


def opened(count, *behind):
    """Calls one after the other, each with what is behind its HEADERS."""
    block = f.block()
    return b"".join(f.raw(1, 4, stream, block) + b"".join(f.raw(kind, flags, stream, payload)
                                                          for kind, flags, payload in behind)
                    for stream in range(1, 2 * count, 2))


# What is sent many times over, some 8 KiB of it.
FLOODS = {
    "PING": f.ping().serialize() * 480,
    "PING acknowledged": f.ping(b"01234567", "ACK").serialize() * 480,
    "SETTINGS": f.settings().serialize() * 900,
    "SETTINGS that change": (f.settings(INITIAL_WINDOW_SIZE=0, HEADER_TABLE_SIZE=0).serialize()
                             + f.settings(INITIAL_WINDOW_SIZE=1 << 30, HEADER_TABLE_SIZE=1 << 30).serialize()) * 190,
    "WINDOW_UPDATE": f.window(0, 1).serialize() * 600 + f.window(1, 1).serialize() * 600,
    "empty DATA": f.data(1).serialize() * 900,
    "padding": f.raw(0, 8, 1, b"\xff" + bytes(255)) * 30,
    "PRIORITY": b"".join(f.raw(2, 0, stream, struct.pack(">IB", stream + 2, 9)) for stream in range(1, 1201, 2)),
    "unknown frames": f.raw(0x77, 0xff, 1, bytes(100)) * 80,
    "GOAWAY": f.raw(7, 0, 0, bytes(8)) * 480,
    "RST_STREAM": f.reset(1).serialize() * 600,
    "trailers": f.headers(1, [("x", "y")], end=True).serialize() * 400,
}


class Floods(Case):
    def test_unread(self):
        peers = [self.speaker(HELLO, f.headers(1, fields())) for _ in FLOODS]
        for peer, chunk in zip(peers, FLOODS.values()):
            self.flood(chunk, 500, peer)
        self.check_others()

    def test_read(self):
        for name, chunk in FLOODS.items():
            with self.subTest(name):
                peer = self.peer()
                peer.open(1)
                for _ in range(100):
                    peer.send(chunk)
                    peer.settle()
                    if peer.closed:
                        break
        self.check_others()

    def test_begun_and_reset(self):
        """Calls that are taken back as fast as they are made, by the client or for its errors."""
        resets = {"RST_STREAM": (3, 0, bytes(4)), "overflow": (8, 0, b"\x7f\xff\xff\xff"), "DATA": (0, 1, b"no gRPC"),
                  "trailer": (1, 5, f.block([("X", "y")]))}
        for name, behind in resets.items():
            with self.subTest(name):
                self.flood(opened(20000, behind), 1, self.speaker(HELLO))
                peer = self.peer()
                peer.send(opened(5000, behind))
                peer.settle()
                self.check_others()

    def test_reset_amid_answers(self):
        body = prefixed(echo(60000))
        peer = self.peer(INITIAL_WINDOW_SIZE=0)
        for stream in range(1, 601, 2):
            peer.send(f.request(stream, fields(ISO), body), f.reset(stream))
            peer.settle()
        self.check_others()


class Calls(Case):
    def test_too_many_of_one_connection(self):
        peer = self.peer()
        peer.send(opened(300))
        peer.settle()
        if not peer.closed:
            self.assertEqual({peer.answer(stream).reset for stream in range(513, 600, 2)}, {REFUSED_STREAM})
        self.assertIn(peer.goaway, (None, PROTOCOL_ERROR, REFUSED_STREAM))
        self.check_others()

    def test_too_many_of_all(self):
        """Two clients that hold all calls there may be do not keep a third from its own."""
        for peer in [self.peer(), self.peer()]:
            peer.send(opened(256))
            peer.settle()
        self.check_others()

    def test_two_thousand(self):
        for _ in range(10):
            peer = self.peer()
            peer.send(opened(200))
            peer.settle()
        for peer in self.held:
            peer.socket.close()
        self.check_others()


class Readers(Case):
    """Clients that do not take their answers."""
    growth, peak = 60 * MB, 200 * MB

    def test_many_answers_unread(self):
        requests = [f.request(stream, fields(ISO), prefixed(echo(60000))) for stream in range(1, 25, 2)]
        self.flood(b"".join(requests), 1, *[self.speaker(wide()) for _ in range(40)])
        self.check_others()
        self.check_large()

    def test_many_answers_without_window(self):
        body = prefixed(echo(60000))
        for _ in range(40):
            peer = self.peer(INITIAL_WINDOW_SIZE=0)
            for stream in range(1, 25, 2):
                peer.request(stream, fields(ISO), body)
        for peer in self.held:
            peer.socket.close()
        self.check_others()

    def test_large_answer_unread(self):
        peer = self.peer(INITIAL_WINDOW_SIZE=0)
        peer.request(1, fields(ISO), prefixed(echo(4 << 20)))
        peer.settle()
        self.check_others()
        self.check_large()


    def test_largest_answers_unread(self):
        """More than may be in memory: those that do not move make room."""
        for _ in range(3):
            peer = self.peer(hello=False, refill=False)
            peer.send(wide())
            peer.open(1, fields(ISO))
            peer.upload(1, prefixed(echo(LARGE)))
        self.check_large()
        self.assertLess(self.server.resident_kb(), self.resident + self.growth + ALLOWED)


class Slow(Case):
    """Clients that do not go on with a large message."""
    growth, peak = 60 * MB, 100 * MB
    delay = 1.5 * SLOWER  # seconds for a call beside them

    def slow(self, sent):
        """A client that has sent so much of a large message, or has been held back before."""
        peer = self.peer()
        peer.open(1, fields(ISO))
        peer.send(f.data(1, prefixed(b"", length=LARGE)))
        peer.windows[0], peer.windows[1] = (size - 5 for size in (peer.windows[0], peer.room(1)))
        while sent > 0:
            peer.settle()
            piece = min(f.LARGEST_FRAME, sent, peer.room(1))
            if piece == 0:
                break
            peer.send(f.data(1, bytes(piece)))
            sent -= piece
            peer.windows[0] -= piece
            peer.windows[1] -= piece
        return peer

    def trickle(self, peers, stop):
        """Goes on with it at 2 kB/s, as far as the first window goes."""
        while not stop.wait(0.05):
            for peer in peers:
                peer.send(f.data(1, bytes(100)))

    def check_delay(self):
        for more in (0, 70_000, 3 << 20):
            domain = DOMAIN.replace(b"<name>", b"<!--" + b"x" * more + b"--><name>")
            with self.server.channel() as channel:
                begin = time.monotonic()
                made = call_define(channel, domain, VMI, timeout=f.PATIENCE, wait_for_ready=True)
                self.assertLess(time.monotonic() - begin, self.delay)
            self.assertGreater(len(made), more)

    def test_stalled(self):
        for count, sent in ((10, 0), (10, 1 << 20), (200, 0), (200, 65_000), (200, 1 << 20)):
            with self.subTest(count=count, sent=sent):
                peers = [self.slow(sent) for _ in range(count)]
                self.check_delay()
                for peer in peers:
                    peer.socket.close()
                self.held.clear()

    def test_trickling(self):
        peers, stop = [self.slow(1000) for _ in range(3)], threading.Event()
        thread = threading.Thread(target=self.trickle, args=(peers, stop))
        thread.start()
        try:
            self.check_delay()
        finally:
            stop.set()
            thread.join()

    def test_largest_together(self):
        """Many that behave, at once."""
        threads = [threading.Thread(target=self.check_large, args=(60,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_vanished(self):
        for peer in [self.slow(1 << 20) for _ in range(5)]:
            peer.socket.close()
        self.check_delay()


class Crowds(Case):
    def crowd(self, count):
        """Connections without a use; at most as many as this process may have."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(count + 500, 1024)), hard))
        for i in range(min(count, hard - 500)):
            self.speaker(HELLO if i % 2 else b"")

    def test_idle(self):
        self.crowd(3000)
        self.check_others()
        self.assertLessEqual(self.server.descriptors(), self.descriptors + CONNECTIONS)

    def test_idle_beside_a_call(self):
        """Connections with calls under way are worth more than those without."""
        busy = self.peer()
        busy.open(1)
        self.crowd(1000)
        busy.upload(1, prefixed(b""))
        self.assertEqual(busy.finish(1).code, OK)

    def test_few_descriptors(self):
        resource.prlimit(self.server.process.pid, resource.RLIMIT_NOFILE, (64, 64))
        self.crowd(500)
        self.check_others()
        self.check_large()
        self.assertLessEqual(self.server.descriptors(), 64)

    def test_fewest_descriptors(self):
        resource.prlimit(self.server.process.pid, resource.RLIMIT_NOFILE, (self.descriptors + 1,) * 2)
        self.crowd(50)
        self.check_others()

    def test_none_for_a_while(self):
        resource.prlimit(self.server.process.pid, resource.RLIMIT_NOFILE, (self.descriptors, 1024))
        peer = self.speaker(HELLO, f.request(1))
        before = self.processor_seconds()
        time.sleep(0.5)
        self.assertLess(self.processor_seconds() - before, 0.3)
        resource.prlimit(self.server.process.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        self.assertEqual(peer.finish(1).code, OK)


class Disappearing(Case):
    calls = {INFO: HELLO + f.request(1), DEFINE: HELLO + f.request(1, fields(DEFINE), prefixed(define_message()))}

    def cuts(self):
        for said in self.calls.values():
            for end in itertools.chain(range(min(len(said), 400)), range(400, len(said) + 1, 97), [len(said)]):
                yield said, end

    def test_gone(self):
        for said, end in self.cuts():
            with Peer(self.server.path, hello=False) as peer:
                peer.send(said[:end])

    def test_half_gone(self):
        """Who only stops sending is told what there is to tell, and then let go."""
        for said, end in self.cuts():
            with Peer(self.server.path, hello=False) as peer:
                peer.send(said[:end])
                peer.socket.shutdown(socket.SHUT_WR)
                peer.drain()
                self.assertEqual(peer.answer(1).code, OK if end == len(said) else None, end)

    def test_gone_amid_the_answer(self):
        said = wide() + f.request(1, fields(ISO), prefixed(echo(60000)))
        for end in range(1, 60000, 601):
            with Peer(self.server.path, hello=False) as peer:
                peer.send(said)
                peer.socket.recv(end)


class Protobuf(Case):
    growth, peak = 100 * MB, 200 * MB

    def call(self, path, message):
        with Peer(self.server.path) as peer:
            return peer.call(1, fields(path), prefixed(message), patience=f.PATIENCE + SLOWER)

    def test_many_fields(self):
        """Millions of fields, known or not, in a few megabytes."""
        messages = {"unknown": b"\x7a\0", "unknown numbers": b"\x78\0", "known": b"\x0a\0", "fixed": b"\x7d\0\0\0\0",
                    "long tag": b"\xfa\xff\xff\xff\x0f\0"}
        for name, field in messages.items():
            for path in (INFO, DEFINE, ISO):
                with self.subTest(name, path=path):
                    answer = self.call(path, field * ((8 << 20) // len(field)))
                    self.assertIn(answer.code, (OK, INVALID_ARGUMENT))

    def test_largest(self):
        answer = self.call(INFO, b"\x7a\0" * (19 << 19))
        self.assertIn(answer.code, (OK, INVALID_ARGUMENT))

    def test_wrong(self):
        messages = [b"\x0b" * (1 << 20), b"\x0c", b"\x0e", b"\x0f", b"\0\0", b"\x0a", b"\x0a\x05x", b"\x08\x01",
                    b"\x0a\xff\xff\xff\xff\x0f", b"\x0a" + b"\xff" * 9 + b"\x01", b"\x80" * 11, b"\xff" * 100,
                    b"\x0d\0\0\0", b"\x09\0"]
        for message in messages:
            with self.subTest(message[:20]):
                self.assertEqual(self.call(DEFINE, message).code, INVALID_ARGUMENT)

    def test_nested(self):
        """Messages inside each other: a known one, and deep ones that nobody looks into."""
        inner = b""
        for _ in range(2000):
            inner = b"\x22" + varint(len(inner)) + inner
        request = plugin.MutateDomainRequest(domain_type="libvirt", domain=DOMAIN, vmi=VMI).SerializeToString()
        answer = self.call("/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain", request + inner)
        self.assertEqual(plugin.MutateDomainResponse.FromString(answer.message).domain, DEFINED)

    def test_twice(self):
        """Of a field that comes twice the last counts (protobuf's encoding guide)."""
        answer = self.call(DEFINE, define_message(b"<domain/>", b"{}") + define_message())
        self.assertEqual(v1alpha3.OnDefineDomainResult.FromString(answer.message).domainXML, DEFINED)
        answer = self.call(DEFINE, define_message() + define_message(b"<domain", b""))
        self.assertEqual(answer.code, INVALID_ARGUMENT)

    def test_unknown_fields_beside(self):
        answer = self.call(DEFINE, b"\x7a\3abc\x78\7" + define_message() + b"\xfa\xff\xff\xff\x0f\1x")
        self.assertEqual(v1alpha3.OnDefineDomainResult.FromString(answer.message).domainXML, DEFINED)


def varint(number):
    out = b""
    while number > 0x7f:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


if __name__ == "__main__":
    unittest.main()
