"""What the server writes to standard error, what it never writes, and what does not hold it up."""
import contextlib
import datetime
import json
import os
import pty
import subprocess
import tempfile
import time
import unittest

import grpc

from support import (BINARY, Server, annotated, call_define, call_info, call_mutate, call_shutdown, capture, is_served,
                     refusal, run_hook, wait_readable, wait_until)

UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED
MARK = "c0nfidential-mark"
ERROR = "launchsec: error: "


def requests(server):
    """The lines about calls, once the server has ended: a line may be written behind its answer."""
    if server.process.poll() is None:
        server.stop()
    return [line for line in server.log() if "code" in line]


def read_all(fd, quiet=0.5):
    """What can be read until nothing comes for a while."""
    data = b""
    with contextlib.suppress(OSError):  # a terminal that nobody has open any more
        while wait_readable(fd, quiet) and (piece := os.read(fd, 65536)):
            data += piece
    return data


class Lines(unittest.TestCase):
    def start(self, *arguments, **options):
        server = self.enterContext(Server(*arguments, **options))
        return server, self.enterContext(server.channel())

    def test_every_line(self):
        server, channel = self.start(level="debug")
        domain, vmi = capture("native-snp")
        call_info(channel)
        call_define(channel, domain, vmi)
        refusal(call_define, channel, domain, b"")
        refusal(channel.unary_unary("/a/b"), b"")
        call_shutdown(channel)
        self.assertEqual(server.process.wait(30), 0)
        lines = server.log()
        self.assertEqual([line["msg"].split(":")[0] for line in lines], [
            f"launchsec 0.1.0 listens on {server.path}", "sandbox", "Info", "domain unchanged", "request refused",
            "this server has no such method", "Shutdown", "ended"])
        levels = ["info", "info", "info", "info", "error", "warning", "info", "info"]
        self.assertEqual([line["level"] for line in lines], levels)
        for line, text in zip(lines, server.log_text().splitlines()):
            self.assertEqual(line["component"], "launchsec")
            self.assertEqual(list(line)[:3] + list(line)[-1:], ["component", "level", "msg", "timestamp"], text)
            when = datetime.datetime.strptime(line["timestamp"], "%Y-%m-%dT%H:%M:%S.%f%z")
            self.assertLess(abs(time.time() - when.timestamp()), 300)

    def test_rewritten(self):
        server, channel = self.start()
        domain, vmi = capture("devices-rich")
        calls = call_define, call_mutate
        for call in calls:
            call(channel, domain, vmi)
        lines = requests(server)
        self.assertEqual([line["method"] for line in lines], ["v1alpha3 OnDefineDomain", "MutateDomain"])
        for line, call in zip(lines, calls):
            self.assertEqual(line["msg"], "domain rewritten")
            self.assert_is_of(line, vmi)
            self.assertEqual((line["code"], line["tee"]), ("OK", "sev-snp"))
            self.assertEqual(line["changes"], self.changes(domain, vmi))
            self.assertTrue(0 < line["duration_ms"] < 60000)
            self.assertEqual(line.get("context"), "Boot" if call is call_mutate else None)

    def assert_is_of(self, line, vmi):
        metadata = json.loads(vmi)["metadata"]
        self.assertEqual([line[key] for key in ("namespace", "name", "uid")],
                         [metadata[key] for key in ("namespace", "name", "uid")])

    def changes(self, domain, vmi):
        """How many the command line tells."""
        with tempfile.TemporaryDirectory() as base:
            files = [os.path.join(base, name) for name in ("domain.xml", "vmi.json")]
            for path, content in zip(files, (domain, vmi)):
                with open(path, "wb") as file:
                    file.write(content)
            done = subprocess.run([BINARY, "apply", "--domain", files[0], "--vmi", files[1], "--explain",
                                   "--format", "json"], stdout=subprocess.PIPE, check=True, timeout=60)
        return len(json.loads(done.stdout)["changes"])

    def test_left_as_it_came(self):
        server, channel = self.start()
        domain, vmi = capture("native-tdx")
        call_define(channel, domain, vmi, "v1alpha1")
        line, = requests(server)
        self.assertEqual((line["msg"], line["level"], line["method"], line["code"], line["tee"], line["changes"]),
                         ("domain unchanged", "info", "v1alpha1 OnDefineDomain", "OK", "none", 0))
        self.assert_is_of(line, vmi)

    def test_refused(self):
        server, channel = self.start()
        domain, vmi = capture("efi-plain")
        vmi = annotated(vmi, polcy="1", policy="0x1")
        refusal(call_define, channel, domain, vmi)
        line, = requests(server)
        self.assertEqual((line["msg"], line["level"], line["code"]), ("request refused", "error", "INVALID_ARGUMENT"))
        self.assert_is_of(line, vmi)
        self.assertEqual(line["errors"], [text.removeprefix(ERROR) for text in run_hook(domain, vmi)[2].splitlines()])
        self.assertGreaterEqual(len(line["errors"]), 2)

    def test_warnings(self):
        server, channel = self.start()
        domain, vmi = capture("efi-secureboot")
        call_define(channel, domain, vmi)
        line, = requests(server)
        told = [text.removeprefix("launchsec: warning: ") for text in run_hook(domain, vmi)[2].splitlines()]
        self.assertEqual((line["level"], line["warnings"]), ("warning", told))
        self.assertTrue(told)

    def test_one_line_for_other_refusals(self):
        server, channel = self.start()
        domain, vmi = capture("efi-plain")
        refusal(channel.unary_unary("/x.Y/Z"), b"")
        refusal(call_mutate, channel, domain, vmi, domain_type="xen")
        refusal(channel.unary_unary("/kubevirt.hooks.info.Info/Info"), b"\xff")
        refusal(call_define, channel, domain, vmi, compression=grpc.Compression.Gzip)
        refusal(call_define, channel, bytes(35 << 20), vmi)
        self.assertEqual([(line["code"], line.get("method")) for line in requests(server)], [
            ("UNIMPLEMENTED", '"/x.Y/Z"'), ("INVALID_ARGUMENT", None), ("INVALID_ARGUMENT", None),
            ("UNIMPLEMENTED", '"/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain"'),
            ("RESOURCE_EXHAUSTED", '"/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain"')])

    def test_levels(self):
        plain, vmi = capture("native-snp")
        warned = capture("efi-secureboot")
        expected = {"debug": ["info", "info", "info", "info", "warning", "error", "info", "info"],
                    "info": ["info", "info", "info", "info", "warning", "error", "info", "info"],
                    "warning": ["warning", "error"], "error": ["error"]}
        for level, levels in expected.items():
            with self.subTest(level), Server(level=level) as server, server.channel() as channel:
                call_info(channel)
                call_define(channel, plain, vmi)
                call_define(channel, *warned)
                refusal(call_define, channel, plain, b"")
                server.stop()
                self.assertEqual([line["level"] for line in server.log()], levels)
                changed = [line["changed"] for line in server.log() if "changed" in line]
                self.assertEqual(len(changed), level == "debug")


class Secrets(unittest.TestCase):
    """Nothing of VMI and domain but names gets into the log, whatever its level."""

    def marked(self):
        """A domain and a VMI with marks wherever users and KubeVirt put things of their own."""
        domain, vmi = capture("native-sev")
        for before, text in (("</metadata>", "<x:s xmlns:x='x' y='{}'>{}</x:s>"), ("</domain>", "<!--{}--><?x {}?>"),
                             ("</devices>", "<graphics type='vnc' passwd='{}'/>"), ("</session>", "{}")):
            self.assertEqual(domain.count(before.encode()), 1, before)
            domain = domain.replace(before.encode(), (text.replace("{}", MARK) + before).encode())
        document = json.loads(vmi)
        cloud_init = {"name": "c", "cloudInitNoCloud": {"userData": f"password: {MARK}", "networkData": MARK}}
        document["spec"].setdefault("volumes", []).append(cloud_init)
        document["metadata"].setdefault("labels", {})["x"] = MARK
        document["metadata"]["annotations"]["example.org/secret"] = MARK
        return domain, json.dumps(document).encode()

    def ask(self, *asked):
        """Calls both services; what the log has in the end, at its most talkative."""
        with Server(level="debug") as server, server.channel() as channel:
            for domain, vmi in asked:
                for call in (call_define, call_mutate):
                    with contextlib.suppress(grpc.RpcError):
                        call(channel, domain, vmi)
            self.assertEqual(len(requests(server)), 2 * len(asked))
            return server.log_text()

    def test_documents(self):
        domain, vmi = self.marked()
        text = self.ask((domain, vmi), (domain, annotated(vmi, type="sev-snp", host_data="a5" * 32)),
                        (domain, annotated(vmi, type="tdx")), (domain, annotated(vmi, type="sev-snp", polcy="1")),
                        (domain.replace(b'type="kvm"', b'type="qemu"', 1), annotated(vmi, type="sev-snp")))
        self.assertEqual(text.count("domain rewritten"), 4)
        self.assertNotIn(MARK, text)
        self.assertNotIn("a5a5a5", text)

    def test_malformed_vmi(self):
        domain, _ = capture("native-snp")
        mark = MARK.encode()
        text = self.ask(*((domain, b'{"metadata":{"name":"x"},"spec":{"userData":' + bad) for bad in (
            b'"' + mark, b'"' + mark + b'\x01"}}', b'"' + mark + b'"x}}', mark + b"}}", b'"\\' + mark + b'"}}',
            b'"' + mark + b'\xff"}}', b'1,"' + mark + b'":1,"' + mark + b'":2}}')))
        self.assertNotIn(MARK, text)

    def test_malformed_domain(self):
        _, vmi = capture("native-snp")
        asked = annotated(vmi, type="sev-snp")
        for bad in ("<a>{}</b>", "<a b='{}&x'/>", "<a b='&{};'/>", "<a b='{0}' b='{0}'/>", "<a b={}/>", "{}\x01",
                    "<!-- {} -- -->", "<![CDATA[{}", "<a b='{}<'/>", "&{};", "&#{};"):
            with self.subTest(bad):
                document = f"<domain type='kvm'>{bad.format(MARK)}</domain>".encode()
                self.assertNotIn(MARK, self.ask((document, asked)))


class Hostile(unittest.TestCase):
    FORGED = '\n{"component":"launchsec","level":"info","msg":"forged"}\n\x1b]0;x\x07\x1b[31m\r\x9b1m\u202e\x7f"\\'

    def call(self, *arguments):
        """Requests with such names everywhere; the log."""
        domain, vmi = capture("native-snp")
        document = json.loads(vmi)
        document["metadata"].update(name="n" + self.FORGED, namespace="s" + self.FORGED, uid="u" + self.FORGED)
        with Server(*arguments, level="debug") as server, server.channel() as channel:
            call_mutate(channel, domain, json.dumps(document).encode(), context="c" + self.FORGED)
            document["metadata"]["annotations"] = {"launchsecurity.vm.kubevirt.io/x" + self.FORGED: self.FORGED}
            refusal(call_define, channel, domain, json.dumps(document).encode())
            refusal(call_mutate, channel, domain, vmi, domain_type=self.FORGED)
            refusal(channel.unary_unary("/a b\"\\" + "c" * 1000), b"")
            server.stop()
            return server.log_path.read_bytes().decode("ascii")

    def test_json(self):
        lines = [json.loads(line) for line in self.call().splitlines()]
        levels = ["info", "info", "info", "error", "error", "warning", "info", "info"]
        self.assertEqual([line["level"] for line in lines], levels)
        self.assertEqual(lines[2]["name"][:6], '"n\\x0a')
        for line in lines:
            for value in line.values():
                for text in value if isinstance(value, list) else [str(value)]:
                    self.assertTrue(text.isprintable() and text.isascii(), text)

    def test_text(self):
        text = self.call("--log-format", "text")
        self.assertTrue(all(line.isprintable() for line in text.split("\n")), text)
        starts = [line for line in text.splitlines() if not line.startswith("  ")]
        self.assertEqual(len(starts), 8)
        for line in starts:
            self.assertRegex(line, "^launchsec: (info|warning|error): ")


class Formats(unittest.TestCase):
    def on_terminal(self, *arguments):
        """The log of a server whose standard error is a terminal, without the two lines of its end.

        None where there are no terminals, as in a bare chroot; in CI that is an error.
        """
        domain, vmi = capture("efi-secureboot")
        try:
            reader, writer = pty.openpty()
        except OSError as error:
            if os.environ.get("CI"):
                raise
            print(f"the log on a terminal is not tested here: {error}", flush=True)
            return None
        self.addCleanup(os.close, reader)
        with Server(*arguments, stderr=writer) as server, server.channel() as channel:
            os.close(writer)
            call_define(channel, domain, vmi)
            server.stop()
        return read_all(reader).decode().splitlines()[:-2]

    def test_terminal(self):
        lines = self.on_terminal()
        if lines is None:
            return
        first, sandbox, request, *warnings = lines
        self.assertRegex(first, "^launchsec: info: launchsec [0-9.]+ listens on /")
        self.assertRegex(sandbox, "^launchsec: info: sandbox: ")
        self.assertRegex(request, "^launchsec: warning: domain rewritten method=v1alpha3 OnDefineDomain namespace=")
        self.assertRegex(request, " code=OK tee=tdx changes=[0-9]+ duration_ms=[0-9.e-]+$")
        self.assertTrue(warnings)
        self.assertTrue(all(line.startswith("  ") for line in warnings))

    def test_json_on_a_terminal(self):
        lines = self.on_terminal("--log-format", "json")
        if lines is not None:
            self.assertEqual([json.loads(line)["level"] for line in lines], ["info", "info", "warning"])

    def test_text_into_a_file(self):
        domain, vmi = capture("native-snp")
        with Server("--log-format", "text") as server, server.channel() as channel:
            call_define(channel, domain, vmi)
            server.stop()
            self.assertIn("\nlaunchsec: info: domain unchanged method=", server.log_text())

    def test_auto_into_a_file(self):
        with Server("--log-format", "auto") as server:
            server.stop()
            self.assertEqual(server.log()[0]["level"], "info")


class Readers(unittest.TestCase):
    """A log that nobody reads holds up no virtual machine."""

    def start(self):
        """A server whose log is a pipe, which holds 64 KiB."""
        self.reader, writer = os.pipe()
        self.server = self.enterContext(Server(stderr=writer))
        os.close(writer)
        self.channel = self.enterContext(self.server.channel())

    def refuse(self, count, errors=1):
        domain, vmi = capture("efi-plain")
        vmi = annotated(vmi, **{f"no-such-{number}": "1" for number in range(errors)})
        for _ in range(count):
            self.assertEqual(refusal(call_define, self.channel, domain, vmi, timeout=60)[0],
                             grpc.StatusCode.INVALID_ARGUMENT)

    def assert_complete(self, count):
        """Every line is whole, and those that are not there were counted."""
        text = read_all(self.reader)
        self.assertEqual(call_info(self.channel).name, "launchsec")
        self.server.stop()
        lines = [json.loads(line) for line in (text + read_all(self.reader)).splitlines()]
        told = [line for line in lines if "code" in line]
        lost = [line for line in lines if line["msg"] == "lines could not be written"]
        self.assertTrue(lost)
        self.assertTrue(all(line["level"] == "warning" for line in lost))
        self.assertEqual(sum(line["lost"] for line in lost) + len(told), count)
        os.close(self.reader)

    def test_reader_that_stops(self):
        self.start()
        self.refuse(500)
        self.assert_complete(500)

    def test_reader_that_stops_in_a_long_line(self):
        """Lines of several pages: one that has begun when the pipe gets full must not spoil the next."""
        for errors in (30, 64):  # so that the end of the pipe comes at different places
            with self.subTest(errors):
                self.start()
                self.refuse(40, errors)
                self.assert_complete(40)

    def test_reader_that_goes(self):
        self.start()
        os.close(self.reader)
        self.refuse(20)
        self.assertEqual(self.server.stop(), 0)


class Closed(unittest.TestCase):
    def test_without_standard_streams(self):
        """What the server opens must not get the number of standard error, and the log with it."""
        domain, vmi = capture("efi-plain")
        expected = run_hook(domain, vmi)[1]
        for closed in ("2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"):
            with self.subTest(closed), tempfile.TemporaryDirectory(prefix="lsec-") as base:
                shell = ["sh", "-c", f'exec "$0" serve --socket-dir "$1" {closed}', BINARY, base]
                process = subprocess.Popen(shell, env={**os.environ, "CONTAINER_NAME": "c"})
                self.addCleanup(process.wait)
                self.addCleanup(process.kill)
                path = os.path.join(base, "launchsec-c.sock")
                wait_until(lambda: is_served(path), "a socket")
                for _ in range(5):  # enough for each number that is free
                    options = [("grpc.use_local_subchannel_pool", 1)]
                    channel = self.enterContext(grpc.insecure_channel(f"unix:{path}", options=options))
                    self.assertEqual(call_define(channel, domain, vmi, timeout=30), expected)
                numbers = f"/proc/{process.pid}/fd"
                if "2" in os.listdir(numbers):
                    self.assertRegex(os.readlink(f"{numbers}/2"), "^/")  # no socket, and nothing else of its own
                process.terminate()
                self.assertEqual(process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
