"""`launchsec health`: against our server, real gRPC servers, and servers that do not do what they should.

Texts are in expected/health-NAME.txt.
"""
import concurrent.futures
import contextlib
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import grpc

import gobuild
from frames import (CANCEL, block, continuation, data, headers, made, ping, prefixed, raw, reset, settings)
from hyperframe.frame import Frame, GoAwayFrame, PushPromiseFrame
from support import BINARY, Server, health

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
SERVING, NOT_SERVING, UNKNOWN = b"\x08\x01", b"\x08\x02", b"\x08\x03"
OK = [(":status", "200"), ("content-type", "application/grpc")]
TRAILER = [("grpc-status", "0")]
SPARE = 3  # seconds that a busy machine may take beside the time that was given


class Health(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="lh-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.path = self.base / "s.sock"

    def ask(self, *argv, path=None):
        """(exit status, standard error) of `launchsec health`; standard output is always empty."""
        done = subprocess.run([str(BINARY), "health", "--socket", str(path or self.path), *argv], capture_output=True,
                              stdin=subprocess.DEVNULL, text=True, timeout=60, check=False)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def assert_serving(self, *argv):
        self.assertEqual(self.ask(*argv), (0, ""))

    def assert_not_serving(self, name, *argv, status=1, path=None):
        """It ends with status 1 and says expected/health-NAME.txt."""
        expected = (EXPECTED / f"health-{name}.txt").read_text().replace("@SOCKET@", str(path or self.path))
        self.assertEqual(self.ask(*argv, path=path), (status, expected))


class RealServers(Health):
    def test_launchsec(self):
        with Server() as server:
            for _ in range(50):
                self.assertEqual(self.ask(path=server.path), (0, ""))
            self.assertEqual(server.stop(), 0)
            self.assertNotEqual(self.ask(path=server.path)[0], 0)

    def test_launchsec_that_is_stopped(self):
        with Server() as server:
            server.process.send_signal(signal.SIGSTOP)  # the kernel still takes connections
            start = time.monotonic()
            self.assert_not_serving("silent", path=server.path)
            self.assertLess(time.monotonic() - start, 1 + SPARE)
            server.process.send_signal(signal.SIGCONT)
            self.assertEqual(self.ask(path=server.path), (0, ""))

    def serve_grpcio(self, handler):
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {} if handler is None else {"Check": grpc.unary_unary_rpc_method_handler(
                handler, health.HealthCheckRequest.FromString, health.HealthCheckResponse.SerializeToString)}),))
        server.add_insecure_port(f"unix:{self.path}")
        server.start()
        self.addCleanup(lambda: server.stop(None).wait())

    def test_grpcio(self):
        asked = []
        status = health.HealthCheckResponse.SERVING

        def check(request, _):
            asked.append(request)
            return health.HealthCheckResponse(status=status)
        self.serve_grpcio(check)
        self.assert_serving()
        self.assertEqual(asked, [health.HealthCheckRequest()])  # the server as a whole
        status = health.HealthCheckResponse.NOT_SERVING
        self.assert_not_serving("not-serving")
        status = health.HealthCheckResponse.UNKNOWN
        self.assert_not_serving("status-0")

    def test_grpcio_that_fails(self):
        self.serve_grpcio(lambda _, context: context.abort(grpc.StatusCode.UNAVAILABLE, "später\n\x1b[31m"))
        self.assert_not_serving("unavailable")

    def test_grpcio_without_health(self):
        self.serve_grpcio(None)
        self.assert_not_serving("unimplemented")

    def test_grpc_go(self):
        program = gobuild.build(pathlib.Path(__file__).parent / "go-health", BINARY.parent)
        with subprocess.Popen([program, self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            self.assertEqual(server.stdout.readline(), "listening\n")
            self.assert_serving()
            for status, name in (("NOT_SERVING", "not-serving"), ("SERVICE_UNKNOWN", "status-3"), ("SERVING", None)):
                server.stdin.write(status + "\n")
                server.stdin.flush()
                self.assertEqual(server.stdout.readline(), "set\n")
                if name is None:
                    self.assert_serving()
                else:
                    self.assert_not_serving(name)


def answer(message=SERVING, first=None, last=None, framed=None):
    """The frames of an answer on the call's stream."""
    return [headers(1, first or OK), data(1, prefixed(message) if framed is None else framed),
            headers(1, TRAILER if last is None else last, end=True)]


def endless(*parts):
    """The same again and again, until the client has gone."""
    return list(parts), True


class OtherServers(Health):
    """A server that sends what it is told, whatever the client says, and then waits until the client has gone."""

    def serve(self, parts, hello=True, close=False):
        parts, again = parts if isinstance(parts, tuple) else (parts, False)
        sent = b"".join(part.serialize() if isinstance(part, Frame) else part for part in parts)
        greeting = settings().serialize() if hello else b""
        listener = socket.socket(socket.AF_UNIX)
        self.path.unlink(missing_ok=True)
        listener.bind(str(self.path))
        listener.listen()

        def run():
            with listener, listener.accept()[0] as peer:
                peer.settimeout(30)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    peer.recv(65536)
                    peer.sendall(greeting + sent)
                    while again:
                        peer.sendall(sent)
                    while not close and peer.recv(65536):
                        pass
        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)

    def check(self, name, parts, *argv, **options):
        with self.subTest(name):
            self.serve(parts, **options)
            start = time.monotonic()
            if name is None:
                self.assert_serving(*argv)
            else:
                self.assert_not_serving(name, *argv)
            self.assertLess(time.monotonic() - start, 1 + SPARE)

    def test_good(self):
        self.check(None, answer())
        self.check(None, [ping(), settings(INITIAL_WINDOW_SIZE=7), raw(0x77, payload=b"new"), *answer()])
        self.check(None, answer() + [made(GoAwayFrame, 0, last_stream_id=1)])
        self.check(None, [headers(1, [(":status", "100")]), *answer()])
        self.check(None, answer(SERVING + b"\x7a\x03new"))

    def test_times(self):
        self.check("silent", [], hello=False)
        self.check("silent", [])
        self.check("silent", answer()[:1])
        self.check("silent", answer()[:2])
        self.check("silent", [settings(INITIAL_WINDOW_SIZE=0)])  # it cannot be asked

    def test_timeout(self):
        self.serve([])
        start = time.monotonic()
        self.assert_not_serving("silent", "--timeout", "2")
        self.assertGreaterEqual(time.monotonic() - start, 2)

    def test_full_queue(self):
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
            listener.bind(str(self.path))
            listener.listen(0)
            first.connect(str(self.path))
            self.assert_not_serving("full-queue")

    def test_ends(self):
        self.check("closed", [], hello=False, close=True)
        self.check("closed", [], close=True)
        self.check("closed", answer()[:2], close=True)
        self.check("reset", [reset(1, CANCEL)])
        self.check("going-away", [made(GoAwayFrame, 0, last_stream_id=0)])

    def test_other_protocols(self):
        self.check("no-http2", [b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"], hello=False)
        self.check("no-http2", [b"\0" * 4096], hello=False)
        self.check("no-http2", [bytes(range(256)) * 16], hello=False)
        self.check("no-http2", [b"\xff" * 9])

    def test_other_answers(self):
        self.check("http-404", [headers(1, [(":status", "404")], end=True)])
        self.check("no-status", [headers(1, OK, end=True)])
        self.check("no-status", answer(last=[("x", "y")]))
        self.check("no-status", [headers(1, OK), data(1, prefixed(SERVING), end=True)])
        self.check("grpc-status-12", [headers(1, [*OK, ("grpc-status", "12"), ("grpc-message", "no such%20\"")],
                                              end=True)])
        self.check("grpc-status-00", answer(last=[("grpc-status", "00")]))
        self.check("not-serving", answer(NOT_SERVING))
        self.check("status-3", answer(UNKNOWN))
        self.check("status-0", answer(b""))
        self.check("status-huge", answer(b"\x08\xff\xff\xff\xff\x0f"))
        self.check("no-protobuf", answer(b"\xff\xff\xff"))

    def test_other_messages(self):
        self.check("no-message", answer(framed=b""))
        self.check("no-message", answer(framed=prefixed(SERVING)[:-1]))
        self.check("bad-message", answer(framed=prefixed(SERVING) * 2))
        self.check("bad-message", answer(framed=prefixed(SERVING, flag=1)))
        self.check("bad-message", answer(framed=prefixed(b"", length=1025)))
        self.check("bad-message", answer(framed=b"\x02" + prefixed(SERVING)[1:]))

    def test_broken_http(self):
        self.check("protocol-error", [headers(1, [("x", "y")], end=True)])
        self.check("protocol-error", [headers(1, [(":status", "200"), ("UPPER", "y")], end=True)])
        self.check("no-http2", [headers(1, b"\xff\xff\xff\xff\xff\xff")])
        self.check("no-http2", [data(3, b"x")])

    def test_pushed(self):
        """A promise that nobody asked for is refused, and no answer on its stream counts."""
        promise = made(PushPromiseFrame, 1, "END_HEADERS", promised_stream_id=2,
                       data=block([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "x")]))
        pushed = [headers(2, OK), data(2, prefixed(SERVING)), headers(2, TRAILER, end=True)]
        self.check("silent", [promise, *pushed])

    def test_without_end(self):
        self.check("endless", endless(ping()))
        self.check("endless", endless(settings()))
        self.check("endless", endless(raw(0x77, payload=bytes(16384))))
        self.check("endless", endless(headers(1, [(":status", "100")])))
        self.check("endless", [headers(1, OK), *[data(1, b"", pad_length=200)] * 500])
        self.check("bad-message", endless(headers(1, OK), data(1, prefixed(bytes(1000)) * 10)))
        self.check("no-http2", endless(data(1, b"")))  # without header fields before
        many = [("x" * 100, "y" * 100)] * 40
        self.check("no-http2", [raw(1, 0, 1, block(OK)), *[continuation(1, block(many))] * 20])


class Usage(Health):
    def test_no_server(self):
        self.assert_not_serving("missing")
        self.path.write_text("")
        self.assert_not_serving("file")
        self.assert_not_serving("directory", path=self.base)
        with socket.socket(socket.AF_UNIX) as bound:
            self.path.unlink()
            bound.bind(str(self.path))
            self.assert_not_serving("refused")
        self.assert_not_serving("odd-path", path="/tmp/\x1b[31m")

    def test_usage(self):
        self.assert_not_serving("long-path", status=2, path="/" + "a" * 107)
        self.assert_not_serving("no-name", status=2, path="/tmp/")
        self.assert_not_serving("timeout", "--timeout", "0", status=2)
        self.assert_not_serving("timeout-long", "--timeout", "301", status=2)
        self.assert_not_serving("no-number", "--timeout", "0.5", status=2)


if __name__ == "__main__":
    sys.exit(unittest.main())
