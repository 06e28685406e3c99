"""Every method, status and limit, through python3-grpcio; results are those of the exec hook."""
import concurrent.futures
import json
import re
import sys
import threading
import time
import unittest

import grpc

from support import (CALLBACKS, CAPTURES, ROOT, Server, annotated, call_define, call_info, call_mutate, capture,
                     health, info, method, plugin, refusal, run_hook, v1alpha3, wait_until)

sys.path.insert(0, str(ROOT / "tests/bench"))
from make_domain import grow  # noqa: E402 (needs the path)

INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
DEADLINE_EXCEEDED = grpc.StatusCode.DEADLINE_EXCEEDED
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED
DEFINE = "/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain"
MUTATE = "/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain"
MIB = 1 << 20
CUT = "(the rest is too long for this client; the log has it)"


def hook_text(stderr, domain="domainXML"):
    """Lines of the exec hook as the server says them: documents are fields there, not options."""
    named = re.sub("^(launchsec: error: )--domain", rf"\1{domain}", stderr, flags=re.MULTILINE)
    return re.sub("^(launchsec: error: )--vmi", r"\1vmi", named, flags=re.MULTILINE).removesuffix("\n")


class Calls(unittest.TestCase):
    """One server and one channel for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.channel = cls.enterClassContext(cls.server.channel())

    def assert_as_hook(self, domain, vmi, call=call_define, place="domainXML"):
        """The same answer as the exec hook's, byte for byte, or the same refusal; whether it was answered."""
        status, out, err = run_hook(domain, vmi)
        if status == 0:
            self.assertEqual(call(self.channel, domain, vmi, timeout=30), out)
        else:
            self.assertEqual(status, 3)
            self.assertEqual(refusal(call, self.channel, domain, vmi, timeout=30), (INVALID, hook_text(err, place)))
        return status == 0


class Methods(Calls):
    def test_info(self):
        result = call_info(self.channel, timeout=1)
        self.assertEqual(result.name, "launchsec")
        self.assertEqual([(point.name, point.priority) for point in result.hookPoints],
                         [("OnDefineDomain", 0), ("Shutdown", 0)])
        self.assertEqual(list(result.versions), ["v1alpha1", "v1alpha2", "v1alpha3"])

    def test_define_of_every_version(self):
        domain, vmi = capture("efi-secureboot")
        expected = run_hook(domain, annotated(vmi, type="sev-snp"))[1]
        for version in CALLBACKS:
            self.assertEqual(call_define(self.channel, domain, annotated(vmi, type="sev-snp"), version), expected)

    def test_all_captures(self):
        rewritten = 0
        for path in sorted(CAPTURES.glob("*.domain.xml")):
            domain, vmi = capture(path.name.removesuffix(".domain.xml"))
            snp, tdx = {"type": "sev-snp", "host_data": "ab" * 32}, {"type": "tdx", "mr_owner": "cd" * 48}
            for annotations in ({}, snp, tdx):
                with self.subTest(capture=path.name, **annotations):
                    wanted = annotated(vmi, **annotations)
                    rewritten += self.assert_as_hook(domain, wanted) and annotations != {}
                    self.assert_as_hook(domain, wanted, call=call_mutate, place="domain")
        self.assertGreater(rewritten, 10)  # else the captures would show refusals only

    def test_left_as_it_came(self):
        domain, vmi = capture("native-snp")
        odd = domain + b"\n<!-- end -->\n\n"
        for same in (vmi, annotated(vmi, type="none")):
            self.assertEqual(call_define(self.channel, odd, same), odd)

    def test_mutate_in_every_context(self):
        domain, vmi = capture("efi-plain")
        vmi = annotated(vmi, type="tdx")
        expected = run_hook(domain, vmi)[1]
        for context in ("Boot", "MigrationSource", "MigrationTarget", "", "Later"):
            self.assertEqual(call_mutate(self.channel, domain, vmi, context=context), expected)

    def test_guest_definition(self):
        """MutateDomain after KubeVirt 1.9, side by side with it."""
        domain, vmi = capture("efi-plain")
        call = method(self.channel, "/kubevirt.hooks.plugins.v1alpha1.LauncherHookService/GuestDefinition",
                      plugin.MutateDomainResponse)
        for annotations in ({"type": "tdx"}, {"type": "sev-snp", "host_data": "ab" * 32}, {"type": "tdx", "polcy": "x"}):
            wanted = annotated(vmi, **annotations)
            request = plugin.MutateDomainRequest(domain_type="libvirt", domain=domain, vmi=wanted)
            self.assert_as_hook(domain, wanted, call=lambda *_, **__: call(request).domain, place="domain")

    def test_mutate_without_context(self):
        domain, vmi = capture("native-tdx")
        request = plugin.MutateDomainRequest(domain_type="libvirt", domain=domain, vmi=vmi)
        self.assertFalse(request.HasField("sidecar_context"))
        self.assertEqual(method(self.channel, MUTATE, plugin.MutateDomainResponse)(request).domain, domain)

    def test_pre_cloud_init_iso_comes_back(self):
        for version in ("v1alpha2", "v1alpha3"):
            messages = CALLBACKS[version]
            call = method(self.channel, f"/kubevirt.hooks.{version}.Callbacks/PreCloudInitIso",
                          messages.PreCloudInitIsoResult)
            for old, new in ((b'{"userData":"\xc3\xbc"}', b"{}"), (b"", bytes(range(256)) * 400), (b"x", b"")):
                sent = messages.PreCloudInitIsoParams(cloudInitNoCloudSource=old, vmi=b"{}", cloudInitData=new)
                result = call(sent, timeout=10)
                self.assertEqual((result.cloudInitNoCloudSource, result.cloudInitData), (old, new))

    def test_shutdown(self):
        with Server() as server, server.channel() as channel:
            call = method(channel, "/kubevirt.hooks.v1alpha3.Callbacks/Shutdown", v1alpha3.ShutdownResult)
            self.assertEqual(call(v1alpha3.ShutdownParams(), timeout=10), v1alpha3.ShutdownResult())
            self.assertEqual(server.process.wait(30), 0)
            self.assertFalse(server.path.exists())

    def check_health(self, service):
        call = method(self.channel, "/grpc.health.v1.Health/Check", health.HealthCheckResponse)
        return call(health.HealthCheckRequest(service=service), timeout=10).status

    def test_health(self):
        served = [file.DESCRIPTOR.package + "." + name for file in (info, *CALLBACKS.values(), plugin, health)
                  for name in file.DESCRIPTOR.services_by_name]
        self.assertEqual(len(served), 8)
        for service in ["", *served]:
            self.assertEqual(self.check_health(service), health.HealthCheckResponse.SERVING, service)

    def test_health_of_unknown_services(self):
        for service, shown in (("x", '"x"'), ("kubevirt.hooks.info", '"kubevirt.hooks.info"'),
                               ("kubevirt.hooks.info.Info/Info", '"kubevirt.hooks.info.Info/Info"'),
                               ("ü%\n", r'"\xc3\xbc%\x0a"')):
            code, text = refusal(self.check_health, service)
            self.assertEqual(code, grpc.StatusCode.NOT_FOUND)
            self.assertIn(f"unknown service {shown}", text)


class Refusals(Calls):
    def test_all_errors_at_once(self):
        domain, vmi = capture("native-snp")
        domain = domain.replace(b'arch="x86_64"', b'arch="s390x"').replace(b'type="kvm"', b'type="qemu"')
        vmi = annotated(vmi, type="sev-snp", policy="0x1", polcy="1", mr_owner="x", host_data="yes")
        self.assertFalse(self.assert_as_hook(domain, vmi))
        self.assertFalse(self.assert_as_hook(domain, vmi, call=call_mutate, place="domain"))
        self.assertGreaterEqual(len(refusal(call_define, self.channel, domain, vmi)[1].splitlines()), 5)

    def test_bad_documents(self):
        domain, vmi = capture("efi-plain")
        vmi = annotated(vmi, type="sev-snp")
        for bad in (b"", b"<a", b"\0", b"<!DOCTYPE domain><domain/>", b"<domain/>", domain[:-20], domain + b"\0",
                    domain + b"<", b"\xff\xfe" + domain, domain.replace(b"kvm", "kv%ü\u202e".encode(), 1)):
            # An argument ends at a zero byte, so the exec hook cannot be asked about it.
            if b"\0" in bad:
                self.assertEqual(refusal(call_define, self.channel, bad, vmi)[0], INVALID)
            else:
                self.assertFalse(self.assert_as_hook(bad, vmi), bad[:40])
        for bad in (b"", b"{", b"[]", b"{}", b"null", b'{"kind":"Pod"}', vmi + b"x", vmi.replace(b"sev-snp", b"%C3")):
            self.assertFalse(self.assert_as_hook(domain, bad), bad[:40])

    def test_vmi_with_a_zero_byte(self):
        code, text = refusal(call_define, self.channel, capture("efi-plain")[0], b'{"metadata":{}\0}')
        self.assertEqual(code, INVALID)
        self.assertEqual(text, (ROOT / "tests/server/expected/zero-byte.txt").read_text().rstrip("\n"))

    def test_values_from_outside_are_printable(self):
        domain, vmi = capture("efi-plain")
        document = json.loads(annotated(vmi, type="a\x1b[31m%41\n\u202eü"))
        document["metadata"]["annotations"]["launchsecurity.vm.kubevirt.io/ü%\r\nx"] = "1"
        odd = json.dumps(document).encode()
        self.assertFalse(self.assert_as_hook(domain, odd))
        text = refusal(call_define, self.channel, domain, odd)[1]
        self.assertTrue(all(line.isascii() and line.isprintable() for line in text.split("\n")), text)

    def test_domain_type(self):
        domain, vmi = capture("efi-plain")
        for given, shown in (("", '""'), ("LIBVIRT", '"LIBVIRT"'), ("libvirt ", '"libvirt "'), ("%ü", r'"%\xc3\xbc"')):
            code, text = refusal(call_mutate, self.channel, domain, vmi, domain_type=given)
            self.assertEqual(code, INVALID)
            self.assertEqual(text, "launchsec: error: domain_type: must be libvirt, the only domain type that launchsec "
                                   f"supports, got {shown}")

    def test_domain_type_behind_a_zero_byte(self):
        domain, vmi = capture("efi-plain")
        self.assertEqual(refusal(call_mutate, self.channel, domain, vmi, domain_type="libvirt\0x")[0], INVALID)

    def test_unparsable_protobuf(self):
        for path, name in ((DEFINE, "kubevirt.hooks.v1alpha3.OnDefineDomainParams"),
                           (MUTATE, "kubevirt.hooks.plugins.v1alpha1.MutateDomainRequest"),
                           ("/kubevirt.hooks.v1alpha2.Callbacks/PreCloudInitIso",
                            "kubevirt.hooks.v1alpha3.PreCloudInitIsoParams"),
                           ("/kubevirt.hooks.info.Info/Info", "kubevirt.hooks.info.InfoParams"),
                           ("/kubevirt.hooks.v1alpha3.Callbacks/Shutdown", "kubevirt.hooks.v1alpha3.ShutdownParams"),
                           ("/grpc.health.v1.Health/Check", "grpc.health.v1.HealthCheckRequest")):
            for raw in (b"\xff\xff\xff", b"\x0a\x7fshort", b"\x0a"):
                self.assertEqual(refusal(self.channel.unary_unary(path), raw, timeout=10), (
                    INVALID, f"launchsec: error: request: {len(raw)} bytes are not a protobuf message {name}"))
        self.assertEqual(call_info(self.channel, timeout=10).name, "launchsec")

    def test_fields_that_nobody_knows_are_passed_over(self):
        domain, vmi = capture("native-tdx")
        raw = v1alpha3.OnDefineDomainParams(domainXML=domain, vmi=vmi).SerializeToString() + b"\x7a\x03new\x80\x01\x05"
        answer = self.channel.unary_unary(DEFINE)(raw, timeout=10)
        self.assertEqual(v1alpha3.OnDefineDomainResult.FromString(answer).domainXML, domain)

    def test_unknown_methods(self):
        for path in ("/kubevirt.hooks.v1alpha3.Callbacks/Nothing", "/kubevirt.hooks.v1alpha9.Callbacks/OnDefineDomain",
                     "/kubevirt.hooks.v1alpha1.Callbacks/Shutdown", "/grpc.health.v1.Health/Watch", "/x", "/",
                     DEFINE + "/", DEFINE[:-1], "/" + "y" * 3000):
            code, text = refusal(self.channel.unary_unary(path), b"", timeout=10)
            self.assertEqual(code, UNIMPLEMENTED, path[:60])
            self.assertIn("this server has no such method", text)

    def test_compressed_message(self):
        domain, vmi = capture("efi-plain")
        for size in (1000, 3 * MIB):
            code, text = refusal(call_define, self.channel, domain + b" " * size, vmi, timeout=30,
                                 compression=grpc.Compression.Gzip)
            self.assertEqual(code, UNIMPLEMENTED)
            self.assertIn("compressed messages are not supported; send it uncompressed", text)

    def test_not_one_message(self):
        domain, vmi = capture("efi-plain")
        one = v1alpha3.OnDefineDomainParams(domainXML=domain, vmi=vmi).SerializeToString()
        for messages, text in (([], "no message"), ([one, one], "more than one message")):
            code, told = refusal(self.channel.stream_unary(DEFINE), iter(messages), timeout=10)
            self.assertEqual(code, grpc.StatusCode.INTERNAL)
            self.assertIn(text, told)
        self.assertEqual(call_info(self.channel, timeout=10).name, "launchsec")

    def test_documents_over_the_limit(self):
        domain, vmi = capture("efi-plain")
        long_domain, long_vmi = domain + b" " * (17 * MIB), vmi + b" " * (3 * MIB)
        of_domain = f"the document has {len(long_domain)} bytes, but the limit is 16777216 "
        of_vmi = r"the VMI has more than 3145728 bytes \(3 MiB\)"
        for call, place, documents, what in ((call_define, "domainXML", (long_domain, vmi), of_domain),
                                             (call_mutate, "domain", (long_domain, vmi), of_domain),
                                             (call_define, "vmi", (domain, long_vmi), of_vmi),
                                             (call_mutate, "vmi", (domain, long_vmi), of_vmi)):
            code, text = refusal(call, self.channel, *documents, timeout=60)
            self.assertEqual(code, EXHAUSTED)
            self.assertRegex(text, f"^launchsec: error: {place}: {what}")

    def test_documents_at_the_limit(self):
        domain, vmi = capture("native-snp")
        comments = (b"<!--" + b"x" * 60000 + b"-->") * 270
        full = domain + comments + b" " * (16 * MIB - len(domain + comments))
        self.assertEqual(call_define(self.channel, full, vmi + b" " * (3 * MIB - len(vmi)), timeout=60), full)

    def test_message_over_the_limit(self):
        code, text = refusal(call_define, self.channel, bytes(20 * MIB), b"", timeout=60)
        self.assertEqual(code, EXHAUSTED)
        self.assertRegex(text, "the message has 2097[0-9]+ bytes, but the limit is 19988480")
        self.assertEqual(call_info(self.channel, timeout=10).name, "launchsec")

    def test_long_status_is_cut_at_a_line(self):
        domain, vmi = capture("efi-plain")
        vmi = annotated(vmi, **{f"no-such-key-{i}-" + "x" * 180: "1" for i in range(60)})
        expected = hook_text(run_hook(domain, vmi)[2]).split("\n")
        code, text = refusal(call_define, self.channel, domain, vmi)
        *told, note = text.split("\n")
        self.assertEqual((code, note), (INVALID, CUT))
        self.assertTrue(20 <= len(told) < 60, len(told))
        self.assertEqual(told, expected[:len(told)])
        with self.server.channel(grpc__max_metadata_size=MIB) as patient:
            self.assertEqual(refusal(call_define, patient, domain, vmi), (INVALID, "\n".join(expected)))
        with self.server.channel(grpc__max_metadata_size=400) as hasty:
            self.assertEqual(refusal(call_define, hasty, domain, vmi), (INVALID, CUT))


class Together(Calls):
    """Many calls at once, large ones, and those that clients give up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain, vmi = capture("devices-rich")
        cls.large = grow(domain.decode(), 4 * MIB).encode()
        cls.vmi = annotated(vmi, type="sev-snp")
        cls.expected = call_define(cls.channel, cls.large, cls.vmi, timeout=60)

    def test_large_domain_is_rewritten(self):
        small, vmi = capture("devices-rich")
        self.assertGreater(self.expected.count(b"iommu="), 100 * run_hook(small, self.vmi)[1].count(b"iommu="))
        self.assertEqual(call_define(self.channel, self.expected, self.vmi, timeout=60), self.expected)
        self.assertEqual(call_define(self.channel, self.large, annotated(vmi, type="none"), timeout=60), self.large)

    def test_large_ones_at_once(self):
        """Together they are three times what the server holds for all calls, so most have to wait in turn. All of it
        is small enough for a slow machine: the last must be there within LSEC_MAX_REQUEST_SECONDS."""
        domain, _ = capture("devices-rich")
        large = grow(domain.decode(), MIB).encode()
        expected = call_define(self.channel, large, self.vmi, timeout=60)
        channels = [self.enterContext(self.server.channel()) for _ in range(4)]
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            waiting = [pool.submit(call_define, channels[i % 4], large, self.vmi, timeout=120) for i in range(12)]
            for future in waiting:
                self.assertEqual(future.result(), expected)

    def test_a_call_that_does_not_end_holds_up_nobody(self):
        gate = threading.Event()

        def messages():
            gate.wait(60)
            yield b""
        stalled = self.channel.stream_unary(DEFINE).future(messages(), timeout=60)
        self.assertEqual(call_define(self.channel, self.large, self.vmi, timeout=60), self.expected)
        gate.set()
        stalled.cancel()

    def test_client_that_takes_little_at_a_time(self):
        with self.server.channel(**{"grpc.http2.lookahead_bytes": 1024, "grpc.http2.bdp_probe": 0,
                                    "grpc.http2.max_frame_size": 16384, "grpc.http2.write_buffer_size": 1}) as channel:
            self.assertEqual(call_define(channel, self.large, self.vmi, timeout=120), self.expected)

    def answers(self, channels):
        """200 calls at once, over the channels given."""
        domain, vmi = capture("efi-plain")
        good, bad = annotated(vmi, type="tdx"), annotated(vmi, type="tdy")
        expected, text = run_hook(domain, good)[1], hook_text(run_hook(domain, bad)[2])
        futures = []
        for i in range(200):
            call = method(channels[i % len(channels)], DEFINE, v1alpha3.OnDefineDomainResult)
            sent = v1alpha3.OnDefineDomainParams(domainXML=domain, vmi=bad if i % 5 == 0 else good)
            futures.append(call.future(sent, timeout=60))
        for i, future in enumerate(futures):
            if i % 5 == 0:
                self.assertEqual(refusal(future.result), (INVALID, text))
            else:
                self.assertEqual(future.result().domainXML, expected)

    def test_200_calls_on_one_channel(self):
        self.answers([self.channel])

    def test_200_channels(self):
        before = self.server.descriptors()
        channels = [self.server.channel() for _ in range(200)]
        self.answers(channels)
        for channel in channels:
            channel.close()
        wait_until(lambda: self.server.descriptors() <= before, "connections closed")

    def test_deadline(self):
        never = threading.Event()
        with self.server.channel() as channel:
            stalled = channel.stream_unary(DEFINE)
            self.assertEqual(refusal(stalled, iter(never.wait, True), timeout=0.2)[0], DEADLINE_EXCEEDED)
            self.assertEqual(refusal(call_define, channel, self.large, self.vmi, timeout=0.001)[0], DEADLINE_EXCEEDED)
            never.set()
        self.assertEqual(call_define(self.channel, self.large, self.vmi, timeout=60), self.expected)

    def test_cancelled_calls_leave_nothing(self):
        sent = v1alpha3.OnDefineDomainParams(domainXML=self.large, vmi=self.vmi)
        for number in range(20):
            # A channel each: grpcio may reset a stream before it has opened it, which HTTP/2 forbids.
            with self.server.channel() as channel:
                future = method(channel, DEFINE, v1alpha3.OnDefineDomainResult).future(sent, timeout=60)
                time.sleep(number / 1000)  # into, and behind, the sending of 4 MB
                future.cancel()
                self.assertRaises(grpc.FutureCancelledError, future.result)
        self.assertEqual(call_define(self.channel, self.large, self.vmi, timeout=60), self.expected)


class Authority(Calls):
    def test_any_authority(self):
        """KubeVirt before 1.1 sends the path of the socket, slashes and all."""
        domain, vmi = capture("native-tdx")
        for authority in ("localhost", "/var/run/kubevirt-hooks/x.sock", "%2Fvar%2Frun%2Fx.sock", "a b", "[::1]:80"):
            with self.server.channel(grpc__default_authority=authority) as channel:
                self.assertEqual(call_info(channel, timeout=10).name, "launchsec", authority)
                self.assertEqual(call_define(channel, domain, vmi, timeout=10), domain, authority)


if __name__ == "__main__":
    unittest.main()
