"""A client of HTTP/2 that does what it is told: frames right or wrong, in any order, over a UNIX socket."""
import itertools
import socket
import struct
import time
import urllib.parse

import hpack
from hyperframe.frame import (ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, PriorityFrame,
                              RstStreamFrame, SettingsFrame, WindowUpdateFrame)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INFO = "/kubevirt.hooks.info.Info/Info"
DEFINE = "/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain"
ISO = "/kubevirt.hooks.v1alpha3.Callbacks/PreCloudInitIso"  # gives its data back, whatever it is
LARGEST_FRAME = 16384
PATIENCE = 20  # seconds; a server that takes that long is broken

# Error codes (RFC 9113 section 7).
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)
# Status codes of gRPC that a server of ours sends.
OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL = 0, 3, 4, 8, 12, 13


def fields(path=INFO, *more, **changes):
    """The fields of a request, in order. Names with underscores for hyphens change one, with None they drop it."""
    known = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost", "te": "trailers",
             "content-type": "application/grpc"}
    for name, value in changes.items():
        name = name.replace("_", "-")
        known[":" + name if ":" + name in known else name] = value
    return [(name, value) for name, value in known.items() if value is not None] + list(more)


def prefixed(message, flag=0, length=None):
    """A message as gRPC frames it."""
    return struct.pack(">BI", flag, len(message) if length is None else length) + message


def raw(kind, flags=0, stream=0, payload=b"", length=None):
    """A frame that hyperframe would not write: any type, flags, stream and length."""
    return struct.pack(">I", len(payload) if length is None else length)[1:] + struct.pack(
        ">BBI", kind, flags, stream) + payload


def made(kind, stream, *flags, **values):
    """A frame of a class of hyperframe."""
    frame = kind(stream, flags=flags)
    for name, value in values.items():
        setattr(frame, name, value)
    return frame


def data(stream, content=b"", end=False, **values):
    flags = ["END_STREAM"] * end + ["PADDED"] * ("pad_length" in values)
    return made(DataFrame, stream, *flags, data=content, **values)


def block(what=None):
    """Header fields as a block that neither needs nor leaves anything in the tables of a connection."""
    return hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in what or fields()], huffman=False)


def headers(stream, content, *flags, end=False, **values):
    """HEADERS with all of a block; `content` is the block, or fields."""
    content = content if isinstance(content, bytes) else block(content)
    return begin(stream, content, "END_HEADERS", *flags, *["END_STREAM"] * end, **values)


def begin(stream, content, *flags, **values):
    """HEADERS of which more may follow."""
    return made(HeadersFrame, stream, *flags, data=content, **values)


def continuation(stream, content, *flags):
    return made(ContinuationFrame, stream, *flags, data=content)


def request(stream, what=None, body=prefixed(b"")):
    """The frames of a whole request, as bytes; the body has to fit into the first windows."""
    pieces = [body[i:i + LARGEST_FRAME] for i in range(0, max(len(body), 1), LARGEST_FRAME)]
    parts = [headers(stream, what or fields()), *[data(stream, piece) for piece in pieces[:-1]],
             data(stream, pieces[-1], end=True)]
    return b"".join(part.serialize() for part in parts)


def reset(stream, code=CANCEL):
    return made(RstStreamFrame, stream, error_code=code)


def settings(**values):
    """A SETTINGS frame; names as in hyperframe: INITIAL_WINDOW_SIZE=0."""
    return made(SettingsFrame, 0, settings={getattr(SettingsFrame, name): value for name, value in values.items()})


def window(stream, increment):
    return made(WindowUpdateFrame, stream, window_increment=increment)


def ping(payload=b"launch!!", *flags):
    return made(PingFrame, 0, *flags, opaque_data=payload)


def priority(stream, depends_on=0, weight=15, exclusive=False):
    return made(PriorityFrame, stream, depends_on=depends_on, stream_weight=weight, exclusive=exclusive)


def connect(path):
    """A socket. A server that is about to listen, or busy with a crowd, is waited for."""
    end = time.monotonic() + 5
    while True:
        made_socket = socket.socket(socket.AF_UNIX)
        made_socket.settimeout(PATIENCE)
        try:
            made_socket.connect(str(path))
            return made_socket
        except (ConnectionRefusedError, BlockingIOError):
            made_socket.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.001)


class Answer:
    """What has come back on a stream so far."""

    def __init__(self):
        self.blocks = []  # lists of header fields, as they came
        self.body = b""
        self.pieces = []  # lengths of the DATA frames
        self.ended = False
        self.reset = None  # the code of a RST_STREAM

    def field(self, name):
        values = [value for block in self.blocks for key, value in block if key == name]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def status(self):
        return self.field(":status")

    @property
    def code(self):
        found = self.field("grpc-status")
        return None if found is None else int(found)

    @property
    def text(self):
        return urllib.parse.unquote(self.field("grpc-message") or "")

    @property
    def message(self):
        assert self.body[:5] == struct.pack(">BI", 0, len(self.body) - 5), f"found the prefix {self.body[:5]!r}"
        return self.body[5:]


class Peer:
    """A connection; a context manager. With `hello`, preface and settings are exchanged before it is handed out."""

    def __init__(self, path, hello=True, refill=True, **values):
        self.socket = connect(path)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder(max_header_list_size=1 << 20)
        self.refill = refill  # answer DATA with WINDOW_UPDATE
        self.received, self.closed, self.goaway, self.settings = bytearray(), False, None, None
        self.answers, self.acks, self.windows = {}, [], {0: 65535}
        self._block, self._pings = b"", itertools.count(1)
        if hello:
            self.send(PREFACE, settings(**values))
            self.until(lambda: self.settings is not None and self.acks.count("SETTINGS") == 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *parts):
        """Frames or bytes. A server that has hung up is noticed when reading."""
        try:
            self.socket.sendall(b"".join(part.serialize() if isinstance(part, Frame) else part for part in parts))
        except (BrokenPipeError, ConnectionResetError):
            pass

    def open(self, stream, what=None, end=False):
        """HEADERS of a request, compressed with all that came before."""
        self.send(headers(stream, self.encoder.encode(what or fields(), huffman=stream % 4 == 1), end=end))

    def request(self, stream, what=None, body=prefixed(b"")):
        """A whole request."""
        self.open(stream, what)
        self.upload(stream, body)

    def upload(self, stream, body, piece=LARGEST_FRAME, end=True):
        """DATA as windows allow, and END_STREAM; gives up where the server has ended the stream."""
        done = 0
        answer = self.answer(stream)
        while True:
            self.until(lambda: self.room(stream) > 0 or not body or self.closed or answer.ended)
            size = min(piece, len(body) - done, self.room(stream))
            done += size
            self.send(data(stream, body[done - size:done], end=end and done == len(body)))
            self.windows[0] -= size
            self.windows[stream] -= size
            if done == len(body) or self.closed or answer.ended:
                return

    def room(self, stream):
        return min(self.windows[0], self.windows.setdefault(stream, 65535))

    def answer(self, stream):
        return self.answers.setdefault(stream, Answer())

    def until(self, condition, patience=PATIENCE):
        """Reads frames until `condition()` holds."""
        end = time.monotonic() + patience
        while not condition():
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            self.read()
            if self.closed and not condition():
                raise ConnectionError(f"the server has hung up, GOAWAY {self.goaway}")

    def finish(self, stream, patience=PATIENCE):
        """The whole answer of a stream, or what there is of it when the connection is closed."""
        answer = self.answer(stream)
        self.until(lambda: answer.ended or answer.reset is not None or self.closed, patience)
        return answer

    def call(self, stream, what=None, body=prefixed(b""), patience=PATIENCE):
        self.request(stream, what, body)
        return self.finish(stream, patience)

    def settle(self):
        """Until all that was sent before has been read, and all that was to be said about it has come."""
        for _ in range(2):  # the answer to a PING overtakes others, but not those of an earlier turn
            payload = struct.pack(">Q", next(self._pings))
            self.send(ping(payload))
            self.until(lambda wanted=payload: wanted in self.acks or self.closed)

    def drain(self, patience=PATIENCE):
        """Until the server closes the connection."""
        self.until(lambda: self.closed, patience)

    def read(self):
        """Reads once; takes what frames there are then."""
        try:
            got = self.socket.recv(1 << 18)
        except ConnectionResetError:
            got = b""
        self.closed |= not got
        self.received += got
        start = 0
        while len(self.received) - start >= 9:
            frame, length = Frame.parse_frame_header(memoryview(self.received[start:start + 9]))
            if len(self.received) - start < 9 + length:
                break
            frame.parse_body(memoryview(bytes(self.received[start + 9:start + 9 + length])))
            start += 9 + length
            self.note(frame)
        del self.received[:start]

    def note(self, frame):
        taken = {DataFrame: self.note_data, HeadersFrame: self.note_headers, ContinuationFrame: self.note_headers,
                 SettingsFrame: self.note_settings}.get(type(frame))
        if taken is not None:
            taken(frame)
        elif isinstance(frame, RstStreamFrame):
            self.answer(frame.stream_id).reset = frame.error_code
        elif isinstance(frame, GoAwayFrame):
            self.goaway = frame.error_code
        elif isinstance(frame, PingFrame):
            assert "ACK" in frame.flags, "the server sent a PING of its own"
            self.acks.append(frame.opaque_data)
        elif isinstance(frame, WindowUpdateFrame):
            self.windows[frame.stream_id] = self.windows.get(frame.stream_id, 65535) + frame.window_increment
        else:
            raise AssertionError(f"the server sent {frame}")

    def note_settings(self, frame):
        if "ACK" in frame.flags:
            self.acks.append("SETTINGS")
            return
        self.settings = dict(frame.settings)
        self.send(made(SettingsFrame, 0, "ACK"))

    def note_data(self, frame):
        answer = self.answer(frame.stream_id)
        answer.body += frame.data
        answer.pieces.append(len(frame.data))
        answer.ended |= "END_STREAM" in frame.flags
        if self.refill and frame.data:
            self.send(window(0, len(frame.data)), *[window(frame.stream_id, len(frame.data))] * (not answer.ended))

    def note_headers(self, frame):
        answer = self.answer(frame.stream_id)
        self._block += frame.data
        answer.ended |= "END_STREAM" in frame.flags
        if "END_HEADERS" in frame.flags:
            answer.blocks.append(self.decoder.decode(self._block))
            self._block = b""
