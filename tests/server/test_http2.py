"""HTTP/2 and gRPC frame by frame: what has to be taken, and what has to be refused in which words.

The rules are those of RFC 9113, RFC 7541 and gRPC's PROTOCOL-HTTP2.md; their sections are named.
"""
import itertools
import random
import unittest

import frames as f
from frames import (CANCEL, COMPRESSION_ERROR, DEADLINE_EXCEEDED, DEFINE, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, INFO,
                    INTERNAL, INVALID_ARGUMENT, ISO, NO_ERROR, OK, PROTOCOL_ERROR, RESOURCE_EXHAUSTED, STREAM_CLOSED,
                    UNIMPLEMENTED, Peer, fields, prefixed)
from support import Server, annotated, call_info, capture, run_hook, v1alpha3

LARGEST_WINDOW = (1 << 31) - 1
LONG = 400 * 1024  # an answer larger than all first windows


START = f.headers(1, fields())
BEGUN = f.begin(1, f.block())
NO_WINDOW = f.settings(INITIAL_WINDOW_SIZE=0)


def of_length(size):
    return f.headers(1, fields(content_length=str(size)))


def echo(size):
    """A message that the server gives back."""
    return v1alpha3.PreCloudInitIsoParams(cloudInitData=random.Random(size).randbytes(size)).SerializeToString()


def define(comment=b""):
    """A request to define a domain with a comment, as bytes, and the domain that comes of it."""
    domain, vmi = capture("native-snp")
    vmi = annotated(vmi, type="sev-snp")
    before, after = (text.replace(b"<name>", comment + b"<name>", 1) for text in (domain, run_hook(domain, vmi)[1]))
    return prefixed(v1alpha3.OnDefineDomainParams(domainXML=before, vmi=vmi).SerializeToString()), after


def defined(answer):
    return v1alpha3.OnDefineDomainResult.FromString(answer.message).domainXML


class Case(unittest.TestCase):
    """One server for the tests of a class, which has to live to its end."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    @classmethod
    def tearDownClass(cls):
        with cls.server.channel() as channel:
            call_info(channel, timeout=10)
        status = cls.server.stop()
        assert status == 0, f"the server ended with {status}"

    def peer(self, **values):
        return Peer(self.server.path, **values)

    def check_alive(self, peer, stream=99):
        self.assertEqual(peer.call(stream).code, OK)


# What has to end the connection: code, section of RFC 9113 (or 7541), what is sent behind preface and settings.
CONNECTION_ERRORS = {
    PROTOCOL_ERROR: {
        "4.3 PRIORITY amid a block": [BEGUN, f.priority(1)],
        "4.3 HEADERS of another stream amid a block": [BEGUN, f.begin(3, f.block())],
        "5.1 idle: DATA": [f.data(1, b"x")],
        "5.1 idle: RST_STREAM": [f.reset(1)],
        "5.1 idle: WINDOW_UPDATE": [f.window(1, 9)],
        "5.1 idle: CONTINUATION": [f.continuation(1, f.block(), "END_HEADERS")],
        "5.1 half-closed: CONTINUATION": [f.request(1), f.continuation(1, b"", "END_HEADERS")],
        "5.1.1 even stream": [f.headers(2, fields())],
        "5.5 unknown frame amid a block": [BEGUN, f.raw(0x16, 0, 1)],
        "6.1 DATA, padding too long": [START, f.raw(0, 8, 1, b"\x02x")],
        "6.1 DATA, padded and empty": [START, f.raw(0, 8, 1)],
        "6.2 HEADERS on stream 0": [f.raw(1, 4, 0, f.block())],
        "6.2 HEADERS, padding too long": [f.raw(1, 12, 1, b"\xff" + f.block())],
        "6.5.2 ENABLE_PUSH of 2": [f.settings(ENABLE_PUSH=2)],
        "6.5.2 MAX_FRAME_SIZE below 2^14": [f.settings(MAX_FRAME_SIZE=16383)],
        "6.5.2 MAX_FRAME_SIZE over 2^24-1": [f.settings(MAX_FRAME_SIZE=1 << 24)],
        "6.6 PUSH_PROMISE": [START, f.raw(5, 4, 1, b"\0\0\0\2" + f.block())],
        "6.9 WINDOW_UPDATE of 0": [f.raw(8, 0, 0, bytes(4))],
        "6.10 CONTINUATION, then DATA": [BEGUN, f.continuation(1, b""), f.data(1, b"x")],
        "6.10 CONTINUATION on stream 0": [BEGUN, f.raw(9, 4, 0)],
        "6.10 CONTINUATION behind a whole block": [START, f.continuation(1, b"")],
        "6.10 CONTINUATION behind the last": [BEGUN, f.continuation(1, b"", "END_HEADERS"), f.continuation(1, b"")],
        "6.10 CONTINUATION behind DATA": [START, f.data(1, b"\0"), f.continuation(1, b"", "END_HEADERS")],
    } | {
        f"6 type {kind} on stream {stream}": [f.raw(kind, 0, stream, bytes(size))]
        for kind, stream, size in ((0, 0, 1), (3, 0, 4), (4, 1, 6), (6, 1, 8), (7, 1, 8))
    },
    FRAME_SIZE_ERROR: {
        "4.2 announced only": [f.raw(0x42, 0, 0, b"", 0xFFFFFF)],
        "6.2 HEADERS, too short for its priority": [f.raw(1, 0x24, 1, bytes(2))],
        "6.5 SETTINGS acknowledged with content": [f.raw(4, 1, 0, bytes(6))],
    } | {
        f"4.2 type {kind} of {size} bytes": [START, f.raw(kind, 0, stream, bytes(size))] for kind, stream, size in
        ((0, 1, 16385), (1, 3, 16385), (3, 1, 3), (3, 1, 5), (4, 0, 5), (6, 0, 7), (6, 0, 9), (7, 0, 7), (8, 0, 3))
    },
    FLOW_CONTROL_ERROR: {
        "6.5.2 INITIAL_WINDOW_SIZE over 2^31-1": [f.settings(INITIAL_WINDOW_SIZE=1 << 31)],
        "6.9.1 window over 2^31-1": [f.window(0, LARGEST_WINDOW)],
    },
    COMPRESSION_ERROR: {f"7541 {what}": [f.headers(1, block)] for what, block in {
        "no header block at all": b"\xff" * 9, "2.3.3 index beyond the tables": b"\xfe",
        "2.3.3 name beyond the tables": b"\x7e\x01x", "4.2 size update at the end": f.block() + b"\x20",
        "5.1 endless integer": b"\xff" + b"\x80" * 99, "5.2 padding of 11 bits": b"\x00\x82\x1f\xff\x81\x1f",
        "5.2 padding of zeros": b"\x00\x81\x18\x81\x1f", "5.2 EOS": b"\x00\x84\xff\xff\xff\xff\x81\x1f",
        "5.2 text beyond the block": b"\x00\x09a", "6.1 index 0": b"\x80", "6.3 size over the limit": b"\x3f\xe2\x1f",
    }.items()},
}

# What has to end stream 1; where RFC 9113 lets the connection end for it and that is usual, it may.
STREAM_ERRORS = {
    "8.1 HEADERS amid the body": (PROTOCOL_ERROR, START, f.headers(1, [("x", "y")])),
    "8.2.1 upper case in a trailer": (PROTOCOL_ERROR, START, f.headers(1, [("X", "y")], end=True)),
    "8.3 pseudo field in a trailer": (PROTOCOL_ERROR, START, f.headers(1, [(":path", INFO)], end=True)),
    "8.1.1 shorter than content-length": (PROTOCOL_ERROR, of_length(6), f.data(1, bytes(5), end=True)),
    "8.1.1 longer than content-length": (PROTOCOL_ERROR, of_length(4), f.data(1, bytes(5), end=True)),
    "8.1.1 two frames, shorter": (PROTOCOL_ERROR, of_length(6), f.data(1, bytes(3)), f.data(1, bytes(2), end=True)),
    "8.1.1 two frames, longer": (PROTOCOL_ERROR, of_length(4), f.data(1, bytes(3)), f.data(1, bytes(2), end=True)),
    "8.1.1 nothing where something was announced": (PROTOCOL_ERROR, of_length(5), f.data(1, end=True)),
}
STREAM_OR_CONNECTION_ERRORS = {
    "5.1 half-closed: DATA": (STREAM_CLOSED, NO_WINDOW, f.request(1), f.data(1, b"x")),
    "5.1 half-closed: HEADERS": (STREAM_CLOSED, NO_WINDOW, f.request(1), f.headers(1, [("x", "y")], end=True)),
    "RFC 7540 5.3.1 HEADERS that depend on themselves": (
        PROTOCOL_ERROR, f.headers(1, fields(), "PRIORITY", depends_on=1)),
    "6.3 PRIORITY of 4 bytes": (FRAME_SIZE_ERROR, START, f.raw(2, 0, 1, bytes(4))),
    "6.9 WINDOW_UPDATE of 0": (PROTOCOL_ERROR, START, f.raw(8, 0, 1, bytes(4))),
    "6.9.1 window over 2^31-1": (FLOW_CONTROL_ERROR, START, f.window(1, LARGEST_WINDOW)),
    "6.9.2 window over 2^31-1 by SETTINGS": (
        FLOW_CONTROL_ERROR, START, f.window(1, LARGEST_WINDOW - 65535), f.settings(INITIAL_WINDOW_SIZE=65536)),
}

# What a library may take for an error of the connection or a stream, or pass over as nghttp2 does that no longer knows
# priorities (1.70; RFC 9113 5.3.2 deprecates them).
PRIORITIES = {
    "6.3 PRIORITY on stream 0": [f.raw(2, 0, 0, bytes(5))],
    "RFC 7540 5.3.1 PRIORITY that depends on itself": [START, f.priority(1, 1)],
}

# Fields with which a request is malformed (8.2, 8.3).
MALFORMED = [fields(INFO, field) for field in (
    ("X-Name", "x"), ("x name", "x"), ("", "x"), ("x-name", "a\nb"), ("x-name", "a\0b"), ("x-name", " a"),
    ("x-name", "a\t"), ("connection", "keep-alive"), ("proxy-connection", "keep-alive"), ("keep-alive", "timeout=5"),
    ("transfer-encoding", "chunked"), ("upgrade", "h2c"), ("te", "trailers, deflate"), ("content-length", "five"),
    ("content-length", "-5"), ("content-length", ""))]
MALFORMED += [[field] + fields() for field in
              ((":test", "x"), (":status", "200"), *[field for field in fields() if field[0].startswith(":")])]
MALFORMED += [fields(""), fields("kubevirt.hooks.info.Info/Info"), fields(None), fields(method=None), [("x", "y")],
              fields(scheme=None), fields(INFO, (":scheme", "http"), scheme=None),
              fields(INFO, ("content-length", "5"), ("content-length", "6"))]

# What has to change nothing: a call is answered behind it, on the same connection.
HARMLESS = {
    "4.1 unknown type": [f.raw(0x16, 0xff, 0, bytes(8)), f.raw(0xfe, 0, 77)],
    "4.1 unknown flags": [f.raw(6, 0xfe, 0, bytes(8)), START, f.raw(3, 0xff, 1, bytes(4))],
    "4.1 reserved bit": [f.raw(6, 0, 1 << 31, bytes(8))],
    "5.1 closed: WINDOW_UPDATE, PRIORITY, RST_STREAM": [START, f.reset(1), f.window(1, 9), f.priority(1), f.reset(1)],
    "5.3 PRIORITY here and there": [f.priority(s, s + 2, s % 256, s % 4 == 1) for s in range(1, 2001, 2)],
    "5.3 PRIORITY in a ring": [f.priority(1, 3), f.priority(3, 5), f.priority(5, 1, exclusive=True)],
    "6.2 priority and padding in HEADERS": [f.headers(1, fields(), "PRIORITY", "PADDED", depends_on=7, pad_length=200)],
    "6.5 SETTINGS without content": [f.settings()],
    "6.5.2 unknown setting": [f.raw(4, 0, 0, b"\x00\xff\x00\x00\x00\x01")],
    "6.7 PING acknowledged unasked": [f.ping(b"nobody's", "ACK")],
    "7 RST_STREAM, unknown code": [START, f.reset(1, 0xdeadbeef)],
    "7541 4.2 size updates": [f.headers(1, b"\x20\x3f\xe1\x1f" + f.block(), end=True)],
}

# What is sent about a stream that is over (5.1), or was passed over (5.1.1).
TOO_LATE = {"DATA": f.data(5, b"x", end=True), "HEADERS": f.headers(5, fields(), end=True),
            "HEADERS of a stream passed over": f.headers(3, fields(), end=True)}


class Frames(Case):
    def test_connection_errors(self):
        for code, cases in CONNECTION_ERRORS.items():
            for name, parts in cases.items():
                with self.subTest(name), self.peer() as peer:
                    peer.send(*parts)
                    peer.drain()
                    self.assertEqual(peer.goaway, code)

    def test_stream_errors(self):
        for name, (code, *parts) in STREAM_ERRORS.items():
            with self.subTest(name), self.peer() as peer:
                peer.send(*parts)
                self.assertEqual(peer.finish(1).reset, code)
                self.check_alive(peer)

    def test_stream_or_connection_errors(self):
        for name, (code, *parts) in STREAM_OR_CONNECTION_ERRORS.items():
            with self.subTest(name), self.peer() as peer:
                peer.send(*parts)
                answer = peer.finish(1)
                self.assertEqual(peer.goaway if answer.reset is None else answer.reset, code)

    def test_priorities(self):
        for name, parts in PRIORITIES.items():
            with self.subTest(name), self.peer() as peer:
                peer.send(*parts, f.request(99))
                answer = peer.finish(99)
                self.assertTrue(answer.ended or peer.goaway == PROTOCOL_ERROR, (answer, peer.goaway))
                if not peer.closed:
                    self.check_alive(peer, 101)

    def test_malformed_requests(self):
        for what in MALFORMED:
            with self.subTest(what), self.peer() as peer:
                answer = peer.call(1, what)
                self.assertEqual((answer.reset, answer.blocks), (PROTOCOL_ERROR, []))
                self.check_alive(peer)

    def test_harmless(self):
        for name, parts in HARMLESS.items():
            with self.subTest(name), self.peer() as peer:
                peer.send(*parts)
                peer.settle()
                self.check_alive(peer, 9999)
                self.assertNotIn(b"nobody's", peer.acks)

    def test_closed_streams(self):
        """An error of the connection, or nothing; never an answer."""
        firsts = ([f.request(5)], [f.headers(5, fields()), f.reset(5)])
        for (name, part), first in itertools.product(TOO_LATE.items(), firsts):
            with self.subTest(name), self.peer() as peer:
                peer.send(*first)
                peer.settle()
                before = len(peer.answer(5).blocks)
                peer.send(part)
                peer.settle()
                self.assertEqual((len(peer.answer(5).blocks), peer.answer(3).blocks), (before, []))
                if peer.closed:
                    self.assertIn(peer.goaway, (STREAM_CLOSED, PROTOCOL_ERROR))
                else:
                    self.check_alive(peer)

    def test_preface(self):
        with self.peer(hello=False) as peer:
            for byte in f.PREFACE + f.settings().serialize():
                peer.send(bytes([byte]))
            peer.until(lambda: peer.acks == ["SETTINGS"])
            self.assertEqual(peer.settings, {3: 256, 6: 16384})
            self.check_alive(peer)

    def test_settings_first(self):
        for first in (f.ping(), f.window(0, 1), f.raw(0x16)):
            with self.subTest(first), self.peer(hello=False) as peer:
                peer.send(f.PREFACE, first)
                peer.drain()

    def test_continuations(self):
        block = f.block()
        step = len(block) // 6
        with self.peer() as peer:
            pieces = [f.continuation(1, block[i:i + step]) for i in range(0, len(block), step)]
            pieces[-1].flags.add("END_HEADERS")
            peer.send(f.begin(1, b""), *pieces)
            peer.upload(1, prefixed(b""))
            self.assertEqual(peer.finish(1).code, OK)

    def test_no_dynamic_table(self):
        with self.peer(HEADER_TABLE_SIZE=0) as peer:
            peer.decoder.max_allowed_table_size = 0
            for stream in (1, 3, 5):
                self.assertEqual(peer.call(stream).code, OK)

    def test_ping(self):
        with self.peer() as peer:
            peer.send(f.ping(b"01234567"), f.ping(b"76543210"))
            peer.until(lambda: peer.acks[-2:] == [b"01234567", b"76543210"])

    def test_each_settings_acknowledged(self):
        with self.peer() as peer:
            peer.send(*[f.settings(HEADER_TABLE_SIZE=size) for size in (0, 100, 4096)])
            peer.until(lambda: peer.acks == ["SETTINGS"] * 4)

    def test_goaway(self):
        """Calls under way are answered; then the connection ends."""
        with self.peer() as peer:
            peer.open(1)
            peer.send(f.made(f.GoAwayFrame, 0, last_stream_id=0, error_code=0xff, additional_data=b"bye"))
            peer.upload(1, prefixed(b""))
            self.assertEqual(peer.finish(1).code, OK)
            peer.drain()

    def test_concurrency(self):
        with self.peer() as peer:
            streams = range(1, 513, 2)
            for stream in streams:
                peer.open(stream)
            for stream in reversed(streams):
                peer.upload(stream, prefixed(b""))
            self.assertEqual({peer.finish(stream).code for stream in streams}, {OK})


class Windows(Case):
    """6.9: the server sends what the client has room for, and not a byte more."""

    def whole(self, peer, stream=1):
        answer = peer.finish(stream)
        self.assertEqual(answer.code, OK)
        return answer

    def test_one_byte(self):
        with self.peer(INITIAL_WINDOW_SIZE=1) as peer:
            answer = peer.call(1)
            self.assertEqual((answer.code, set(answer.pieces)), (OK, {1}))
            self.assertIn(b"launchsec", answer.message)

    def test_none_then_settings(self):
        with self.peer(INITIAL_WINDOW_SIZE=0, refill=False) as peer:
            peer.request(1)
            peer.settle()
            self.assertEqual((peer.answer(1).status, peer.answer(1).pieces), ("200", []))
            peer.send(f.settings(INITIAL_WINDOW_SIZE=7))
            peer.settle()
            self.assertEqual(peer.answer(1).pieces, [7])
            peer.send(f.window(1, 1000))
            self.assertIn(b"launchsec", self.whole(peer).message)

    def test_negative(self):
        with self.peer(INITIAL_WINDOW_SIZE=3, refill=False) as peer:
            peer.request(1)
            peer.settle()
            peer.send(f.settings(INITIAL_WINDOW_SIZE=2))
            peer.settle()
            self.assertEqual(peer.answer(1).pieces, [3])
            for increment, pieces in ((1, [3]), (1, [3, 1]), (2, [3, 1, 2])):
                peer.send(f.window(1, increment))
                peer.settle()
                self.assertEqual(peer.answer(1).pieces, pieces)

    def test_last_setting_counts(self):
        with self.peer(refill=False) as peer:
            peer.send(f.raw(4, 0, 0, b"\0\4\0\0\0\x64" b"\0\4\0\0\0\1"))
            peer.request(1)
            peer.settle()
            self.assertEqual(peer.answer(1).pieces, [1])

    def test_window_of_the_connection(self):
        with self.peer(INITIAL_WINDOW_SIZE=LARGEST_WINDOW, refill=False) as peer:
            peer.request(1, fields(ISO), prefixed(echo(LONG)))
            peer.request(3)
            peer.settle()
            self.assertEqual(len(peer.answer(1).body) + len(peer.answer(3).body), 65535)
            peer.send(f.window(0, 1 << 20))
            self.assertEqual(self.whole(peer).message, echo(LONG))
            self.whole(peer, 3)

    def test_frame_size(self):
        for size in (16384, 20000):
            with self.peer(INITIAL_WINDOW_SIZE=1 << 20, MAX_FRAME_SIZE=size) as peer:
                peer.send(f.window(0, 1 << 20))
                answer = peer.call(1, fields(ISO), prefixed(echo(LONG)))
                self.assertEqual(answer.message, echo(LONG))
                self.assertLessEqual(max(answer.pieces), size)

    def test_four_megabytes(self):
        body, domain = define(b"<!--%s-->" % random.Random(4).randbytes(2 << 20).hex().encode())
        with self.peer(INITIAL_WINDOW_SIZE=1024) as peer:
            answer = peer.call(1, fields(DEFINE), body, patience=60)
            self.assertEqual(max(answer.pieces), 1024)
            self.assertTrue(defined(answer) == domain)

    def start_large(self, peer, *sent):
        """Some of a large message, more than one window where the server has no memory to give more."""
        peer.open(1)
        peer.send(f.data(1, prefixed(b"", length=4 << 20)), *[f.data(1, bytes(size)) for size in sent])

    def test_too_much_for_the_server(self):
        """While there is little memory, a second large message has to wait for a moment."""
        full = [self.enterContext(self.peer()) for _ in range(5)]
        for peer in full:
            peer.open(1)
            peer.upload(1, prefixed(bytes(1 << 20), length=4 << 20), end=False)
        for _ in range(100):  # on a busy machine the moment may be over
            with self.peer() as first, self.peer() as second:
                self.start_large(first, *[16384] * 3)
                self.start_large(second, *[16384] * 4)
                second.settle()
                if second.closed or second.answer(1).reset is not None:
                    self.assertIn(FLOW_CONTROL_ERROR, (second.goaway, second.answer(1).reset))
                    return
        self.fail("the server gives window without end")

    def test_padding_counts(self):
        with self.peer() as peer:
            peer.open(1, fields(ISO))
            body = prefixed(echo(3000))
            for i in range(len(body)):  # 257 bytes of window each
                peer.until(lambda: peer.room(1) > 257)
                peer.send(f.data(1, body[i:i + 1], end=i + 1 == len(body), pad_length=255))
                peer.windows[0] -= 257
                peer.windows[1] -= 257
            self.assertEqual(self.whole(peer).message, echo(3000))


class Grpc(Case):
    def test_answer(self):
        with self.peer() as peer:
            answer = peer.call(1)
        self.assertEqual(answer.blocks, [[(":status", "200"), ("content-type", "application/grpc")],
                                         [("grpc-status", "0")]])

    def test_fields_taken(self):
        taken = [fields(authority=name) for name in ("/var/run/kubevirt-hooks/x.sock", "localhost", "", "a b", None)]
        taken += [fields(content_type="application/grpc" + rest) for rest in ("+proto", ";charset=x", "")]
        taken += [fields(te=None), fields(content_length="5"), fields(user_agent="grpc-go/1.30"),
                  fields(INFO, ("x-bin", "AAEC"), ("x-empty", ""), ("x-utf8", "\u00fc"), ("x", "a"), ("x", "b"))]
        taken += [fields(grpc_timeout=value) for value in ("1H", "1M", "60S", "60000m", "99999999u", "99999999m",
                                                           "99999999S", "99999999M", "99999999H", "00000060S")]
        with self.peer() as peer:
            for i, what in enumerate(taken):
                with self.subTest(str(what)):
                    self.assertEqual(peer.call(2 * i + 1, what).code, OK)

    def test_not_grpc(self):
        cases = [("405", fields(method=name)) for name in ("GET", "PUT", "post", "")]
        cases += [("415", fields(content_type=name)) for name in (None, "", "application/json", "application/grpc-web")]
        with self.peer() as peer:
            for i, (status, what) in enumerate(cases):
                answer = peer.call(2 * i + 1, what)
                self.assertEqual((answer.status, answer.body), (status, b""), what)

    def check_refused(self, peer, stream, code, answer):
        self.assertEqual((answer.status, answer.code, len(answer.blocks), answer.body), ("200", code, 1, b""), stream)
        self.assertTrue(answer.text)
        self.check_alive(peer, 1001)

    def test_refused(self):
        paths = ("/", "/x", INFO + "/", INFO + "x", INFO + "?x", INFO.lower(), "/" * 9999)
        cases = [(UNIMPLEMENTED, fields(path)) for path in paths]
        cases += [(INTERNAL, fields(grpc_timeout=value)) for value in
                  ("", "1", "S", "1s", "123456789S", "-1S", "1.5S", "1 S", "0x1S", "1SS")]
        cases += [(DEADLINE_EXCEEDED, fields(grpc_timeout=value)) for value in ("0n", "0H", "1n", "00000001n")]
        cases += [(RESOURCE_EXHAUSTED, fields(INFO, *[("x", "")] * 500))]
        for code, what in cases:
            with self.subTest(str(what)[:400]), self.peer() as peer:
                self.check_refused(peer, 1, code, peer.call(1, what))

    def test_bodies_refused(self):
        cases = {"two messages": (INTERNAL, prefixed(b"") * 2), "no message": (INTERNAL, b""),
                 "one byte more": (INTERNAL, prefixed(b"") + b"\0"), "bad flag": (INTERNAL, prefixed(b"", flag=2)),
                 "compressed": (UNIMPLEMENTED, prefixed(b"", flag=1)),
                 "no protobuf": (INVALID_ARGUMENT, prefixed(b"\xff")),
                 "too long": (RESOURCE_EXHAUSTED, prefixed(b"", length=0xffffffff))}
        for name, (code, body) in cases.items():
            with self.subTest(name), self.peer() as peer:
                self.check_refused(peer, 1, code, peer.call(1, body=body))

    def test_refused_before_the_end(self):
        """What can be known is told at once; the rest of the request is not waited for."""
        for code, message in ((RESOURCE_EXHAUSTED, prefixed(b"", length=0xffffffff)),
                              (RESOURCE_EXHAUSTED, prefixed(b"", length=2 * (16 << 20) + 65536 + 1)),
                              (UNIMPLEMENTED, prefixed(b"", flag=1)), (INTERNAL, prefixed(b"") + b"x")):
            with self.peer() as peer:
                peer.open(1)
                peer.send(f.data(1, message))
                self.check_refused(peer, 1, code, peer.finish(1))
                self.assertEqual(peer.answer(1).reset, NO_ERROR)

    def test_deadline_without_an_end(self):
        with self.peer() as peer:
            peer.open(1, fields(grpc_timeout="1m"))
            self.check_refused(peer, 1, DEADLINE_EXCEEDED, peer.finish(1))

    def test_truncated(self):
        body = prefixed(echo(20))
        with self.peer() as peer:
            for cut in range(1, len(body)):
                self.assertEqual(peer.call(2 * cut + 1, fields(ISO), body[:cut]).code, INTERNAL, cut)

    def test_every_boundary(self):
        body = prefixed(echo(40))
        with self.peer() as peer:
            for cut in range(len(body) + 1):
                peer.open(2 * cut + 1, fields(ISO))
                peer.send(f.data(2 * cut + 1, body[:cut]), f.data(2 * cut + 1, body[cut:], end=True))
                self.assertEqual(peer.finish(2 * cut + 1).message, echo(40), cut)

    def test_single_bytes(self):
        body, domain = define()
        for values in ({}, {"pad_length": 3}):
            with self.peer() as peer:
                peer.open(1, fields(DEFINE))
                peer.send(*[f.data(1, body[i:i + 1], **values) for i in range(len(body))], f.data(1, end=True))
                self.assertEqual(defined(peer.finish(1)), domain)

    def test_interleaved(self):
        body, domain = define()
        streams = range(1, 21, 2)
        with self.peer() as peer:
            for stream in streams:
                peer.open(stream, fields(DEFINE))
            for i in range(0, len(body), 100):
                peer.send(*[f.data(stream, body[i:i + 100], end=i + 100 >= len(body)) for stream in streams])
            for stream in streams:
                self.assertEqual(defined(peer.finish(stream)), domain)

    def test_trailers_of_the_request(self):
        with self.peer() as peer:
            peer.open(1)
            peer.send(f.data(1, prefixed(b"")), f.headers(1, [("x-checksum", "1"), ("te", "x")], end=True))
            self.assertEqual(peer.finish(1).code, OK)

    def test_cancelled(self):
        body, _ = define()
        with self.peer() as peer:
            for stream in range(1, 101, 2):
                peer.open(stream, fields(DEFINE))
                peer.send(f.data(stream, body[:stream]), f.reset(stream, CANCEL))
            self.check_alive(peer, 101)
            self.assertEqual(list(filter(None, (peer.answer(s).blocks for s in range(1, 101, 2)))), [])

    def test_long_text(self):
        """A refusal is cut to what the client takes of header fields."""
        domain, vmi = capture("native-snp")
        vmi = annotated(vmi, **{f"wrong_{i}": "1" for i in range(60)})
        body = prefixed(v1alpha3.OnDefineDomainParams(domainXML=domain, vmi=vmi).SerializeToString())
        texts = []
        for limit in (1 << 20, 4096, 100):
            with self.peer(MAX_HEADER_LIST_SIZE=limit) as peer:
                answer = peer.call(1, fields(DEFINE), body)
                self.assertEqual(answer.code, INVALID_ARGUMENT)
                self.assertLessEqual(sum(len(k) + len(v) + 32 for k, v in answer.blocks[0]), max(limit, 200))
                texts.append(answer.text)
        self.assertEqual([len(text) > 0 for text in texts], [True, True, False])
        self.assertTrue(texts[0].startswith(texts[1].rpartition("\n")[0]))


if __name__ == "__main__":
    unittest.main()
