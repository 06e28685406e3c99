# SPDX-License-Identifier: Apache-2.0
"""Many domains through one virsh: define each, have its QEMU command line written, undefine it."""

import re
from dataclasses import dataclass

URI = "qemu:///system"
MARK = "=====next====="
NAME = re.compile(rb"<name>[^<]*</name>")
UUID = re.compile(rb'<entry name="uuid">([^<]*)</entry>')
CPU = re.compile(rb"<cpu (?![^>]*check=)([^>]*mode=.(?:custom|host-model))")
EMULATOR = re.compile(rb"<emulator>[^<]*</emulator>")
MEMORY = b'<memory unit="MiB">1024</memory>'


class VirshError(Exception):
    """virsh or libvirtd did not get to the end."""


@dataclass
class Answer:
    """What libvirt made of a domain: an error's text or None each, the command line, and the definition that it
    keeps."""

    refused: str | None
    native_refused: str | None
    command_line: str
    kept: str


def prepared(domain, name):
    """DOMAIN under NAME, with what inputs may lack that are about something else.

    KubeVirt's converter leaves the UUID out, which libvirt wants to be the system's; QEMU is where Debian has it; and
    that this machine's CPU is no EPYC shall not matter.
    """
    uuid = UUID.search(domain)
    more = b"<uuid>%s</uuid>" % uuid[1] if uuid and b"<uuid>" not in domain else b""
    more += MEMORY if b"<memory" not in domain.replace(b"<memoryBacking", b"").replace(b"<memballoon", b"") else b""
    named = NAME.sub(b"<name>%s</name>%s" % (name.encode(), more), domain, count=1)
    return CPU.sub(rb'<cpu check="none" \1', EMULATOR.sub(b"", named))


def ask(sandbox, domains):
    """Have the libvirt of SANDBOX take DOMAINS, a list of bytes; return an Answer for each."""
    lines = []
    for number, domain in enumerate(domains):
        name = f"try-{number}"
        sandbox.write(f"{name}.xml", prepared(domain, name))
        file = f"/tmp/{name}.xml"
        commands = (f"define {file}", f"domxml-to-native qemu-argv {file}", f"dumpxml {name}", f"undefine {name}")
        for command in commands:
            lines += [command, f"echo {MARK}", f"echo --err {MARK}"]
    done = sandbox.run(["virsh", "-q", "-c", URI], "\n".join(lines) + "\n")
    out = re.sub(r"virsh # .*\n", "", done.stdout.decode()).split(MARK)
    err = done.stderr.decode().split(f"error: {MARK}\n")
    if len(out) != len(commands) * len(domains) + 1 or len(err) != len(out):
        raise VirshError(f"virsh ended in the middle: {done.stderr.decode()[-2000:]}")
    answers = []
    for i in range(0, len(out) - 1, len(commands)):
        answers.append(Answer(err[i].strip() or None, err[i + 1].strip() or None, out[i + 1], out[i + 2]))
    return answers
