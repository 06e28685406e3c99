# SPDX-License-Identifier: Apache-2.0
"""The domains that libvirt is given: what the program makes of the golden cases, of requests and of changed captures.

A Try has the domain that came out and the annotations that asked for it, so that what QEMU gets can be compared with
both.
"""

import dataclasses
import pathlib
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import asked as request

try:
    import yaml
except ImportError:
    sys.exit("check-libvirt: not installed: the yaml module; on Debian: apt-get install python3-yaml")

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))
import run as golden  # pylint: disable=wrong-import-position

PREFIX = "launchsecurity.vm.kubevirt.io/"
QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"
NOT_PLAIN = {"--config", "--default", "--forbid"}


@dataclass
class Try:
    """A domain to try.

    name     the golden case's, or that of a combination
    domain   bytes, as the program printed them
    asked    the annotations that asked for it, without prefix
    plain    no cluster default or environment variable has a say besides
    before   the domain that the program was given
    warned   what the program said besides
    """

    name: str
    domain: bytes
    asked: dict
    plain: bool = True
    before: bytes = b""
    warned: str = ""

    @property
    def tee(self):
        """sev-snp, tdx, or another type that the domain has; tdx where it has QEMU's arguments instead."""
        security = ET.fromstring(self.domain).find("launchSecurity")
        return "tdx" if security is None else security.get("type")

    @property
    def tee_was_absent(self):
        """Whether the domain came without a launchSecurity, whose policy would count."""
        return ET.fromstring(self.before).find("launchSecurity") is None

    @property
    def arguments(self):
        """QEMU's arguments in the domain that came out, as libvirt finds them."""
        return qemu_arguments(ET.fromstring(self.domain))


UNTOUCHED = "untouched"


def qemu_arguments(domain):
    """QEMU's arguments in the element DOMAIN, as libvirt finds them: right below the root only."""
    return [one.get("value") for one in domain.iterfind(f"{{{QEMU}}}commandline/{{{QEMU}}}arg")]


def document_of(vmi):
    """The VMI or VM in the bytes VMI."""
    documents = [document for document in yaml.safe_load_all(vmi) if isinstance(document, dict)]
    return next((one for one in documents if str(one.get("kind")).startswith("VirtualMachine")), documents[0])


def with_document(asked, vmi, arguments=()):
    """ASKED by the VM in the bytes VMI: `provision` makes a document of its names."""
    if "provision" not in asked:
        return asked
    names = document_of(vmi)["metadata"]
    given = dict(zip(arguments, arguments[1:])).get("--namespace")
    return request.with_document(asked, names.get("namespace", given), names["name"])


def annotations(vmi):
    """Our annotations of the VMI or VM with the bytes VMI, without prefix."""
    document = document_of(vmi)
    if document.get("kind") == "VirtualMachine":
        document = document["spec"]["template"]
    found = (document.get("metadata") or {}).get("annotations") or {}
    return {key.removeprefix(PREFIX): value for key, value in found.items() if key.startswith(PREFIX)}


def from_golden(runner, case):
    """Run the golden CASE; a Try, UNTOUCHED where the domain stays as it came, None where there is none.

    Where the case prints something else about a domain, such as --explain, it is the domain that counts here.
    """
    if case.command not in ("apply", "exec"):
        return None
    arguments = [word for word in case.arguments if word not in golden.NO_DOMAIN | {"--format", "json"}]
    result = runner.run(dataclasses.replace(case, arguments=arguments))
    if result.status or not result.out.startswith((b"<", b"\xef\xbb\xbf<")):
        return None
    vmi = (case.stdin if case.vmi == "-" else case.vmi).read_bytes() if case.vmi else b""
    asked = annotations(vmi) if vmi else {}
    for setting in case.settings:
        key, _, value = setting.decode().partition("=")
        asked[key.removeprefix(PREFIX)] = value
    if case.untouched or not asked or asked.get("type") == "none":
        return UNTOUCHED
    plain = not case.variables and not NOT_PLAIN & set(arguments)
    return Try(case.name, result.out, with_document(asked, vmi, arguments), plain, case.input_domain(), result.err.decode())


def capture(name):
    """The path of the captured domain NAME."""
    return GOLDEN / "captures" / f"{name}.domain.xml"


def from_request(runner, name, captured, settings):
    """Run the program with SETTINGS on the capture CAPTURED; a Try, or what it says against it."""
    path = capture(captured)
    case = golden.Case(path, domain=path, vmi=path.with_name(f"{captured}.vmi.json"), host=GOLDEN / "hosts/snp.json")
    case.settings = [f"{key}={value}".encode() for key, value in settings.items()]
    result = runner.run(case)
    if result.status:
        return f"{name}: {result.err.decode()}"
    vmi = case.vmi.read_bytes()
    asked = with_document(annotations(vmi) | settings, vmi)
    return Try(name, result.out, asked, True, path.read_bytes(), result.err.decode())


def from_variant(runner, variant):
    """Run the program on the variants.Variant VARIANT; a Try, or what it says against it."""
    case = golden.Case(capture("native-snp"), domain=capture("native-snp"), host=GOLDEN / f"hosts/{variant.host}.json")
    case.settings = [f"{key}={value}".encode() for key, value in variant.settings.items()]
    case.arguments = list(variant.arguments)
    result = runner.run(case, variant.domain)
    if result.status:
        return f"{variant.name}: {result.err.decode()}"
    plain = not NOT_PLAIN & set(case.arguments)
    return Try(variant.name, result.out, variant.settings, plain, variant.domain, result.err.decode())
