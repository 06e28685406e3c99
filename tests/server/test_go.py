"""The server called by grpc-go as virt-launcher calls it: with its options, each call over a fresh connection."""
import base64
import functools
import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest
import urllib.parse

import gobuild
from support import BINARY, MAX_MESSAGE, ROOT, Server, annotated, capture, run_hook

sys.path.insert(0, str(ROOT / "tests/bench"))
from make_domain import grow  # noqa: E402

HOOKS = "kubevirt.hooks"
SECOND = 10 ** 9
MS = 10 ** 6
VERSIONS = ("v1alpha1", "v1alpha2", "v1alpha3")


def encoded(data):
    return base64.b64encode(data).decode()


def decoded(message, field):
    return base64.b64decode(message.get(field, ""))


@functools.cache
def large():
    """(domain of 4 MB, VMI), as bytes."""
    domain, vmi = capture("devices-rich")
    return grow(domain.decode(), 4 << 20).encode(), vmi


class Client:
    """tests/server/go as a process: requests and answers are lines of JSON."""

    def __init__(self, program, server, authority="localhost"):
        self.common = {"socket": str(server.path), "authority": authority}
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    def ask(self, **request):
        """The answers to one request."""
        self.process.stdin.write(json.dumps({**self.common, **request}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def call(self, service, method, types, message=None, **options):
        """One call of kubevirt.hooks.SERVICE/METHOD; its answer."""
        package = f"{HOOKS}.{service.rpartition('.')[0]}"
        return self.ask(path=f"/{HOOKS}.{service}/{method}", messages=[message or {}],
                        **{"in": f"{package}.{types[0]}", "out": f"{package}.{types[1]}"}, **options)[0]

    def info(self, **options):
        return self.call("info.Info", "Info", ("InfoParams", "InfoResult"), timeout=SECOND, **options)

    def define(self, domain, vmi, version="v1alpha3", **options):
        return self.call(f"{version}.Callbacks", "OnDefineDomain", ("OnDefineDomainParams", "OnDefineDomainResult"),
                         {"domainXML": encoded(domain), "vmi": encoded(vmi)}, **options)

    def shutdown(self):
        return self.call("v1alpha3.Callbacks", "Shutdown", ("ShutdownParams", "ShutdownResult"))

    def health(self, service):
        return self.ask(path="/grpc.health.v1.Health/Check", messages=[{"service": service}],
                        **{"in": "grpc.health.v1.HealthCheckRequest", "out": "grpc.health.v1.HealthCheckResponse"})[0]


class GoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.program = gobuild.build(pathlib.Path(__file__).parent / "go", BINARY.parent)
        except gobuild.Failed as problem:
            raise AssertionError(f"the grpc-go client cannot be built: {problem}") from None

    def client(self, server, authority="localhost"):
        return Client(self.program, server, authority)

    def assert_ok(self, answer):
        self.assertEqual((answer["code"], answer["text"]), ("OK", ""))
        return answer["message"]

    def assert_serves(self, client, **options):
        """The server, on a fresh or the kept connection, still does its work."""
        domain, vmi = capture("efi-plain")
        vmi = annotated(vmi, type="tdx")
        result = self.assert_ok(client.define(domain, vmi, **options))
        self.assertEqual(decoded(result, "domainXML"), run_hook(domain, vmi)[1])


class AsVirtLauncher(GoTest):
    def check_every_method(self, authority):
        """Calls all there is, each on a connection of its own; returns the :authority that went over the wire."""
        domain, vmi = capture("efi-secureboot")
        vmi = annotated(vmi, type="sev-snp", host_data="hex:" + "5a" * 32)
        wanted = run_hook(domain, vmi)[1]
        self.assertIn(b"sev-snp", wanted)
        with Server() as server, self.client(server, authority) as client:
            sent = client.info()
            info = self.assert_ok(sent)
            self.assertEqual(info["name"], "launchsec")
            self.assertEqual([point["name"] for point in info["hookPoints"]], ["OnDefineDomain", "Shutdown"])
            self.assertEqual(info["versions"], list(VERSIONS))
            for version in VERSIONS:
                result = self.assert_ok(client.define(domain, vmi, version))
                self.assertEqual(decoded(result, "domainXML"), wanted)
            given = {"cloudInitNoCloudSource": encoded(b'{"a":1}'), "cloudInitData": encoded(b'{"b":2}')}
            for version in VERSIONS[1:]:
                result = self.assert_ok(client.call(
                    f"{version}.Callbacks", "PreCloudInitIso", ("PreCloudInitIsoParams", "PreCloudInitIsoResult"),
                    {**given, "vmi": encoded(vmi)}))
                self.assertEqual(result, given)
            for service, method in (("DomainHookService", "MutateDomain"), ("LauncherHookService", "GuestDefinition")):
                for context in ("Boot", "MigrationSource", "MigrationTarget"):
                    result = self.assert_ok(client.call(
                        f"plugins.v1alpha1.{service}", method, ("MutateDomainRequest", "MutateDomainResponse"),
                        {"domain_type": "libvirt", "domain": encoded(domain), "vmi": encoded(vmi),
                         "sidecar_context": {"invocation_context": context}}))
                    self.assertEqual(decoded(result, "domain"), wanted)
            for service in ("", f"{HOOKS}.v1alpha1.Callbacks"):
                self.assertEqual(self.assert_ok(client.health(service)), {"status": 1})
            self.assertEqual(client.health("no.such.Service")["code"], "NotFound")
            path = str(server.path)
            self.assert_ok(client.shutdown())
            self.assertEqual(server.process.wait(30), 0)
            self.assertFalse(server.path.exists())
        return sent["authority"], path

    def test_every_method(self):
        self.assertEqual(self.check_every_method("localhost")[0], "localhost")

    def test_every_method_with_the_path_as_authority(self):
        """KubeVirt before 1.1 names no authority, and grpc-go sends the socket's path, which newer ones percent-encode
        (grpc-go #6428)."""
        authority, path = self.check_every_method("")
        self.assertIn(authority, (path, urllib.parse.quote(path, safe="")))


class Statuses(GoTest):
    def test_refused_with_every_error(self):
        domain, vmi = capture("devices-rich")
        keys = {f"no-such-key-{i}-{'x' * 180}": "1" for i in range(60)}
        vmi = annotated(vmi, **keys)
        status, _, errors = run_hook(domain, vmi)
        self.assertEqual(status, 3)
        self.assertEqual(len(errors.splitlines()), 60)
        self.assertGreater(len(errors), 8192)  # what some limit header fields to
        with Server() as server, self.client(server) as client:
            answer = client.define(domain, vmi)
            self.assert_serves(client)
        self.assertEqual(answer["code"], "InvalidArgument")
        self.assertEqual(answer["text"].splitlines(), errors.splitlines())

    def test_refused_not_ascii(self):
        domain, vmi = capture("devices-rich")
        vmi = annotated(vmi, policy="50 % größer\n")
        with Server() as server, self.client(server) as client:
            answer = client.define(domain, vmi)
        self.assertEqual((answer["code"], answer["text"]), ("InvalidArgument", run_hook(domain, vmi)[2].rstrip("\n")))

    def test_unknown_method(self):
        with Server() as server, self.client(server) as client:
            for service, method in (("v1alpha3.Callbacks", "NoSuchMethod"), ("v1alpha9.Callbacks", "OnDefineDomain"),
                                    ("v1alpha1.Callbacks", "Shutdown"), ("v1alpha1.Callbacks", "PreCloudInitIso")):
                answer = client.ask(path=f"/{HOOKS}.{service}/{method}", messages=[{}], **{
                    "in": f"{HOOKS}.v1alpha3.ShutdownParams", "out": f"{HOOKS}.v1alpha3.ShutdownResult"})[0]
                self.assertEqual(answer["code"], "Unimplemented")
                self.assertIn("method", answer["text"])
            self.assert_serves(client)

    def test_compressed(self):
        domain, vmi = capture("devices-rich")
        with Server() as server, self.client(server) as client:
            answer = client.define(domain, vmi, gzip=True, keep=True)
            self.assertEqual(answer["code"], "Unimplemented")
            self.assertIn("compress", answer["text"])
            self.assert_serves(client, keep=True)

    def test_over_the_limit(self):
        _, vmi = capture("devices-rich")
        with Server() as server, self.client(server) as client:
            for size in (17 << 20, 34 << 20):  # too large a document, and too large a message
                answer = client.define(b"", vmi, pad=size, keep=True)
                self.assertEqual(answer["code"], "ResourceExhausted")
                self.assertRegex(answer["text"], r"the (document|message) has \d+ bytes")
                self.assert_serves(client, keep=True)

    def test_large_domain(self):
        """4 MB go through; but grpc-go, and so virt-launcher, refuses answers over 4 MiB unless told otherwise."""
        domain, vmi = large()
        with Server() as server:
            file = server.directory / "domain.xml"
            file.write_bytes(domain)
            (server.directory / "vmi.json").write_bytes(vmi)
            wanted = subprocess.run([BINARY, "apply", "--domain", file, "--vmi", server.directory / "vmi.json"],
                                    capture_output=True, check=True, timeout=60).stdout
            self.assertGreater(len(wanted), 4 << 20)
            with self.client(server) as client:
                result = self.assert_ok(client.define(domain, vmi, receive=MAX_MESSAGE))
                self.assertEqual(decoded(result, "domainXML"), wanted)
                refused = client.define(domain, vmi)
                self.assertEqual(refused["code"], "ResourceExhausted")
                self.assertIn("larger than max", refused["text"])
                self.assert_serves(client)


class Time(GoTest):
    def opened(self, client, **options):
        """A call on the kept connection whose message is still to come; the server knows of it."""
        domain, vmi = capture("native-snp")
        self.assert_ok(client.define(domain, vmi, do="open", keep=True, **options))
        self.assert_ok(client.info(keep=True))  # behind it on the same connection

    def test_deadline(self):
        with Server() as server, self.client(server) as client:
            self.opened(client, timeout=300 * MS)
            self.assertEqual(client.ask(do="wait")[0]["code"], "DeadlineExceeded")
            self.assert_serves(client, keep=True)

    def test_deadline_while_the_server_works(self):
        domain, vmi = large()
        with Server() as server, self.client(server) as client:
            answer = client.define(domain, vmi, receive=MAX_MESSAGE, keep=True, timeout=10 * MS)
            self.assertEqual(answer["code"], "DeadlineExceeded")
            self.assert_serves(client, keep=True)

    def test_cancelled_before_the_message(self):
        with Server() as server, self.client(server) as client:
            self.opened(client)
            self.assertEqual(client.ask(do="cancel")[0]["code"], "Canceled")
            self.assert_serves(client, keep=True)

    def test_cancelled_anywhere(self):
        """At moments that lie before, in and behind the transfer and the work."""
        domain, vmi = large()
        codes = set()
        with Server() as server, self.client(server) as client:
            for i in range(24):
                answer = client.define(domain, vmi, receive=MAX_MESSAGE, keep=i % 2 == 0, cancel=(1 + i * i // 3) * MS)
                codes.add(answer["code"])
            # A dial that is cancelled has no status, which grpc-go calls Unknown.
            self.assertLessEqual(codes, {"Canceled", "OK", "Unknown"})
            self.assertIn("Canceled", codes)
            self.assert_serves(client, keep=True)
            self.assert_ok(client.define(domain, vmi, receive=MAX_MESSAGE))  # large ones too

    def test_many_at_once(self):
        """200 calls on one connection, each with a domain of its own; then more than may run at once."""
        domain, vmi = capture("devices-rich")
        vmis = [annotated(vmi, type="sev-snp", host_data=f"hex:{i:064x}") for i in range(200)]
        wanted = [run_hook(domain, vmi)[1] for vmi in vmis]
        self.assertEqual(len(set(wanted)), len(vmis))
        request = {"path": f"/{HOOKS}.v1alpha3.Callbacks/OnDefineDomain", "keep": True,
                   "in": f"{HOOKS}.v1alpha3.OnDefineDomainParams", "out": f"{HOOKS}.v1alpha3.OnDefineDomainResult",
                   "messages": [{"domainXML": encoded(domain), "vmi": encoded(vmi)} for vmi in vmis]}
        with Server() as server, self.client(server) as client:
            answers = client.ask(**request)
            self.assertEqual([decoded(self.assert_ok(answer), "domainXML") for answer in answers], wanted)
            answers = client.ask(**{**request, "messages": request["messages"] * 4})
            self.assertEqual([decoded(self.assert_ok(answer), "domainXML") for answer in answers], wanted * 4)


class Restart(GoTest):
    def test_call_under_way_is_answered(self):
        """SIGTERM between a call's header fields and its message: GOAWAY, and yet the answer."""
        domain, vmi = capture("native-snp")
        with Server() as server, self.client(server) as client:
            self.assert_ok(client.define(domain, vmi, do="open", keep=True))
            self.assert_ok(client.info(keep=True))
            server.process.send_signal(signal.SIGTERM)
            end = time.monotonic() + 10
            while server.path.exists() and time.monotonic() < end:
                time.sleep(0.01)
            self.assertFalse(server.path.exists())
            result = self.assert_ok(client.ask(do="finish")[0])
            self.assertEqual(decoded(result, "domainXML"), run_hook(domain, vmi)[1])
            self.assertEqual(server.process.wait(30), 0)

    def test_connection_outlives_the_server(self):
        """A kept connection finds the next server on the same path, after a good end and after a crash."""
        for number, status in ((signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)):
            with Server() as first, self.client(first) as client:
                self.assert_serves(client, keep=True)
                self.assertEqual(first.stop(number), status)
                self.assertEqual(client.info(keep=True)["code"], "Unavailable")
                with Server(directory=first.directory, wait=False) as second:
                    self.assert_serves(client, keep=True, wait=True)
                    self.assert_serves(client)
                    self.assertEqual(second.stop(), 0)


if __name__ == "__main__":
    unittest.main()
