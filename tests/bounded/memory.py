#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Peak memory for the worst VMIs that are taken or refused: below 32 MiB, as a server and on the command line.

A pod of the node hook has 64 MiB, a hook sidecar as little as 64 MB.
"""
import argparse
import base64
import gzip
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import grpc

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "server"))
import support  # noqa: E402  pylint: disable=wrong-import-position

MIB = 1 << 20
MOST = 32 * MIB
PROGRAM = 5 * MIB  # the program's own text, and the libraries'
LONGEST = 3 * MIB  # LSEC_MAX_VMI
VALUES = 15000 - 20  # LSEC_MAX_JSON_VALUES, less those that each VMI here has
PREFIX = "launchsecurity.vm.kubevirt.io/"
DOMAIN = TESTS / "golden/captures/devices-rich.domain.xml"


def vmi(beside=b"", annotations=b"", metadata=b""):
    """A VMI with these members, each begun with a comma."""
    return (b'{"kind":"VirtualMachineInstance","metadata":{"name":"x"%s,"annotations":{"%stype":"tdx"%s}},"spec":{"domain":{}}%s}'
            % (metadata, PREFIX.encode(), annotations, beside))


def filled(make, one):
    """MAKE(text) of the longest text of ONE over and over that a VMI may have."""
    return make(one * ((LONGEST - len(make(b""))) // len(one)))


def many(one):
    """A list of ONE, as often as a VMI may be long."""
    return filled(lambda text: vmi(b',"x":[%s0]' % text), one + b",")


def members(length):
    """Objects with keys of some length, as many as are taken."""
    return b",".join(b'"%0*d":{}' % (length, i) for i in range(VALUES))


VMIS = {
    "objects": vmi(b',"x":[%s]' % b",".join([b"{}"] * VALUES)),
    "lists in lists": vmi(b',"x":[%s]' % b",".join([b"[" * 10 + b"]" * 10] * (VALUES // 10))),
    "members": vmi(b',"x":{%s}' % members(1)),
    "long members": vmi(b',"x":{%s}' % members(190)),
    "strings": vmi(b',"x":[%s]' % b",".join([b'"%s"' % (b"x" * 190)] * VALUES)),
    "a long string": filled(lambda text: vmi(b',"x":"%s"' % text), b"x"),
    "a long escaped string": filled(lambda text: vmi(b',"x":"%s"' % text), b"\\u00e9"),
    "a long key": filled(lambda text: vmi(b',"%s":1' % text), b"x"),
    "a long annotation": filled(lambda text: vmi(b"", b',"%sfirmware":"%s"' % (PREFIX.encode(), text)), b"x"),
    "long annotations": vmi(b"", b"".join(b',"%sa%d":"%s"' % (PREFIX.encode(), i, b"x" * 3000) for i in range(990))),
    "blanks": filled(lambda text: vmi(b"") + text, b" "),
    "too many objects": many(b"{}"),
    "too many lists": many(b"[]"),
    "too many numbers": many(b"1"),
    "too deep": filled(lambda text: vmi(b',"x":' + text), b"["),
    "managed fields": filled(lambda text: vmi(metadata=b',"managedFields":[%s0]' % text), b"{},"),
    "status": filled(lambda text: vmi(b',"status":{"a":[%s0]}' % text), b"[],"),
    "a fault at the end": vmi(b',"x":{%s}' % members(190))[:-1],
    "initdata that becomes large": vmi(b"", b',"%sinitdata":"%s"' % (PREFIX.encode(), base64.b64encode(gzip.compress(
        b'{"version":"0.1.0","algorithm":"sha-256","data":[%s0]}' % (b"[]," * 340000))))),
}


class Memory(unittest.TestCase):
    """Each VMI is as large as it may be, or larger in what would be built of it."""

    binary = None

    def test_on_the_command_line(self):
        """The same with the memory that is left beside the program itself, in JSON and read as YAML."""
        for name, text in VMIS.items():
            for start in (b"", b"#\n"):
                with self.subTest(name, start=start), tempfile.TemporaryDirectory() as folder:
                    path = pathlib.Path(folder, "vmi")
                    path.write_bytes((start + text)[:LONGEST])
                    results = [self.apply(path, limit) for limit in (MOST - PROGRAM, "unlimited")]
                    self.assertIn(results[0].returncode, (0, 3), results[0].stderr[-300:])
                    self.assertEqual(results[0].stderr, results[1].stderr)

    def apply(self, vmi_path, limit):
        """A dry run with at most so many bytes of data. By a program: preexec_fn may hang in a process with grpcio."""
        return subprocess.run(["prlimit", f"--data={limit}", self.binary, "apply", "--check", "--domain", DOMAIN, "--vmi",
                               vmi_path], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)

    def serve(self, option, call):
        """Has a server of its own answer for each VMI; the table of its peaks."""
        for name, text in VMIS.items():
            with self.subTest(name), tempfile.TemporaryDirectory(prefix="lsec-") as folder:
                path = pathlib.Path(folder, "socket.sock")
                with subprocess.Popen([self.binary, "serve", option, path], stdin=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL) as server:
                    try:
                        support.wait_until(lambda path=path: support.is_served(path), "a socket")
                        options = [("grpc.max_send_message_length", support.MAX_MESSAGE)]
                        with grpc.insecure_channel(f"unix:{path}", options=options) as channel:
                            code = call(channel, text)
                        found = peak(server.pid)
                    finally:
                        server.kill()
                print(f"{option} {name:<30}{code:<20}{found / MIB:5.1f} MiB", flush=True)
                self.assertIn(code, ("OK", "INVALID_ARGUMENT"))
                self.assertLess(found, MOST)

    def test_of_the_node_hook(self):
        def call(channel, text):
            path = "/kubevirt.hooks.plugins.v1alpha1.NodeHookService/ExecuteNodeHook"
            message = support.plugin.ExecuteNodeHookRequest(hookPoint="PreVMStart", vmi=text)
            return code_of(support.method(channel, path, support.plugin.ExecuteNodeHookResponse), message)

        self.serve("--node-socket", call)

    def test_of_the_plugin(self):
        def call(channel, text):
            path = "/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain"
            message = support.plugin.MutateDomainRequest(domain_type="libvirt", domain=DOMAIN.read_bytes(), vmi=text)
            return code_of(support.method(channel, path, support.plugin.MutateDomainResponse), message)

        self.serve("--plugin-socket", call)


def code_of(call, message):
    """The status of a call, by its name."""
    try:
        call(message, timeout=60)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


def peak(pid):
    """The most that a process had in memory, in bytes."""
    return int(re.search(r"VmHWM:\s*(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def main():
    """Test the program that is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    Memory.binary = parser.parse_args().binary.resolve()
    unittest.main(argv=sys.argv[:1], verbosity=1)


if __name__ == "__main__":
    main()
