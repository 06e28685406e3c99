# SPDX-License-Identifier: Apache-2.0
"""The requests of the soak, and what the answer to each must be, byte for byte.

Answers with a domain in them, and the text of refusals, are those of the command line for the same input, asked once.
The few that the command line has no word for (Info, health, framing) are written here.

A case is sure when it has just one right answer and a number of lines in the log that is known: one or none. Others,
called with a deadline that may or may not hold, or on a connection that breaks, may be logged or not; they go to
v1alpha2, to which no sure case with a domain goes, so that the log can be told apart.
"""
import json
import pathlib
import re
import subprocess
from dataclasses import asdict, dataclass

from make_domain import grow
from support import BINARY, ROOT, annotated, capture, health, info, plugin, v1alpha3

HOOKS = "/kubevirt.hooks"
INFO = HOOKS + ".info.Info/Info"
MUTATE = HOOKS + ".plugins.v1alpha1.DomainHookService/MutateDomain"
NODE = HOOKS + ".plugins.v1alpha1.NodeHookService/ExecuteNodeHook"
HEALTH = "/grpc.health.v1.Health/Check"
CODES = {"OK": 0, "INVALID_ARGUMENT": 3, "DEADLINE_EXCEEDED": 4, "NOT_FOUND": 5, "RESOURCE_EXHAUSTED": 8,
         "UNIMPLEMENTED": 12, "INTERNAL": 13}
AGAIN = "the message arrives too slowly while others wait; send it again"
COMPRESSED = "compressed messages are not supported; send it uncompressed"
UNKNOWN = "this server has no such method"
LONGEST_ARGUMENT = 120000  # bytes; execve() takes 128 KiB
LONGEST_TEXT = 6000  # bytes of a status that grpcio takes with all else in 8 KiB
INPUTS = ROOT / "tests/golden/inputs"
MIB = 1 << 20
REFUSED = 3  # exit status


@dataclass
class Case:
    """A request as bytes of a message, and the only right answer."""
    name: str
    path: str
    message: bytes
    answer: bytes = b""  # where the code is OK
    text: str = ""  # else
    code: str = "OK"
    line: str = ""  # what the log says of it: see key_of() in soak.py; empty: nothing
    weight: int = 100
    sure: bool = True
    gzip: bool = False


def define_path(version="v1alpha3"):
    return f"{HOOKS}.{version}.Callbacks/OnDefineDomain"


def define_message(domain, vmi):
    return v1alpha3.OnDefineDomainParams(domainXML=domain, vmi=vmi).SerializeToString()


def soaked(vmi, name="soak"):
    """The VMI as bytes, under a name by which the log can be told apart."""
    document = json.loads(vmi)
    document["metadata"].update(name=name, uid=name)
    return json.dumps(document).encode()


class CommandLine:
    """What launchsec says without a server, in a folder for its files."""

    def __init__(self, folder):
        self.files = folder / "domain.xml", folder / "vmi.json"

    def run(self, domain, vmi):
        """(exit status, output, errors)"""
        short = max(len(domain), len(vmi)) < LONGEST_ARGUMENT and b"\0" not in domain + vmi
        for path, content in zip(self.files, (domain, vmi)):
            path.write_bytes(content)
        arguments = (["on-define-domain", "--domain", domain, "--vmi", vmi] if short else
                     ["apply", "--domain", self.files[0], "--vmi", self.files[1]])
        done = subprocess.run([BINARY, *arguments], capture_output=True, check=False, timeout=60)
        return done.returncode, done.stdout, done.stderr.decode()

    def answer(self, domain, vmi, place):
        """(code, domain, text) as the server has to give them; `place` is the field of the domain there."""
        status, out, errors = self.run(domain, vmi)
        if status == 0:
            return "OK", out, ""
        assert status == REFUSED, f"the command line ended with {status}: {errors}"
        for names, field in ((("--domain", self.files[0]), place), (("--vmi", self.files[1]), "vmi")):
            for name in names:
                errors = re.sub(f"^(launchsec: error: ){re.escape(str(name))}", rf"\1{field}", errors, flags=re.M)
        too_long = len(domain) > 16 * MIB or len(vmi) > 3 * MIB
        # The command line stops reading behind the limit.
        errors = re.sub(r"the document has \d+ bytes", f"the document has {len(domain)} bytes", errors)
        return "RESOURCE_EXHAUSTED" if too_long else "INVALID_ARGUMENT", b"", errors.removesuffix("\n")


def define_case(cli, name, domain, vmi, version="v1alpha3", **more):
    code, out, text = cli.answer(domain, vmi, "domainXML")
    answer = v1alpha3.OnDefineDomainResult(domainXML=out).SerializeToString() if code == "OK" else b""
    return Case(f"{version} {name}", define_path(version), define_message(domain, vmi), answer, text, code,
                line=f"{version} OnDefineDomain {code}", **more)


def mutate_case(cli, name, domain, vmi, context, **more):
    code, out, text = cli.answer(domain, vmi, "domain")
    message = plugin.MutateDomainRequest(domain_type="libvirt", domain=domain, vmi=vmi,
                                         sidecar_context=plugin.SidecarContext(invocation_context=context))
    answer = plugin.MutateDomainResponse(domain=out).SerializeToString() if code == "OK" else b""
    return Case(f"plugin {name}", MUTATE, message.SerializeToString(), answer, text, code,
                line=f"MutateDomain {code}", **more)


def from_captures(cli):
    """Each capture of KubeVirt, as it is and for each TEE, by turns to each service."""
    names = sorted(path.name.removesuffix(".domain.xml") for path in (ROOT / "tests/golden/captures").glob("*.xml"))
    number = 0
    for name in names:
        domain, vmi = capture(name)
        for type_, more in ((None, {}), ("sev-snp", {"host_data": "hex:" + "5a" * 32}),
                            ("tdx", {"qgs": "vsock:2:4050"}), ("none", {})):
            asked = soaked(annotated(vmi, type=type_, **more) if type_ else vmi)
            number += 1
            if number % 3 == 0:
                yield mutate_case(cli, f"{name} {type_}", domain, asked,
                                  ("Boot", "MigrationSource", "MigrationTarget")[number // 3 % 3])
            else:
                yield define_case(cli, f"{name} {type_}", domain, asked, ("v1alpha1", "v1alpha3")[number % 2])


def refused(cli):
    """What golden tests refuse, beside some of its own."""
    domain, vmi = capture("efi-plain")
    for path in sorted(INPUTS.glob("bad-*.xml")):
        yield define_case(cli, path.name, path.read_bytes(), soaked(annotated(vmi, type="tdx")), weight=20)
    for path in sorted(INPUTS.glob("vmi-*.json")):
        # No argument holds a zero byte, and `apply` words a broken VMI as YAML; tests/server has these.
        if b"\0" not in path.read_bytes():
            yield define_case(cli, path.name, domain, path.read_bytes(), "v1alpha1", weight=20)
    for name, asked in (("typo", annotated(vmi, type="tdx", polcy="debug", mr_owner="AAAA")),
                        ("not ASCII", annotated(vmi, type="sev-snp", policy="50 % größer\n")),
                        ("debug", annotated(vmi, type="tdx", policy="debug")),
                        ("other TEE", annotated(vmi, type="tdx", host_data="0x00", vcek="maybe"))):
        yield define_case(cli, name, domain, soaked(asked))
        yield mutate_case(cli, name, domain, soaked(asked), "Boot")
    keys = {f"no-such-key-{i}-{'x' * 180}": "1" for i in range(60)}
    yield define_case(cli, "60 errors", domain, soaked(annotated(vmi, **keys)), weight=10)


def with_initdata(cli):
    domain, vmi = capture("devices-rich")
    for name in ("owner.toml", "owner.json", "owner.toml.gz.b64", "published-kata.toml"):
        document = (INPUTS / "initdata" / name).read_text()
        asked = soaked(annotated(vmi, type="tdx", initdata=document))
        yield mutate_case(cli, f"initdata {name}", domain, asked, "Boot")


def large(cli):
    """What does not fit a first flow-control window; up to what is too long for a document, and for a message."""
    domain, vmi = capture("devices-rich")
    vmi = soaked(annotated(vmi, type="sev-snp"))
    for size, weight in ((100000, 20), (300000, 10), (MIB, 3), (4 * MIB, 1)):
        yield define_case(cli, f"{size} bytes", grow(domain.decode(), size).encode(), vmi, weight=weight)
    yield mutate_case(cli, "300000 bytes", grow(domain.decode(), 300000).encode(), vmi, "Boot", weight=10)
    yield define_case(cli, "too long", domain + b" " * (17 * MIB), vmi, weight=1)
    over = 19 * MIB + 65536 + 1
    message = define_message(b"", b" " * (over - 5))
    assert len(message) == over
    yield Case("message too long", define_path(), message, code="RESOURCE_EXHAUSTED", weight=1,
               text=f"the message has {len(message)} bytes, but the limit is {over - 1}",
               line=f"{define_path()} RESOURCE_EXHAUSTED")


def without_domain():
    """All that is no domain: other services, other methods, framing."""
    points = [info.HookPoint(name=name) for name in ("OnDefineDomain", "Shutdown")]
    told = info.InfoResult(name="launchsec", hookPoints=points, versions=["v1alpha1", "v1alpha2", "v1alpha3"])
    yield Case("Info", INFO, b"", told.SerializeToString(), weight=1000,
               line="Info: reported name, hook points and versions")
    for service in ("", "kubevirt.hooks.info.Info", "grpc.health.v1.Health"):
        yield Case(f"health {service}", HEALTH, health.HealthCheckRequest(service=service).SerializeToString(),
                   health.HealthCheckResponse(status=1).SerializeToString(), weight=200)
    yield Case("health of another", HEALTH, health.HealthCheckRequest(service="no such").SerializeToString(),
               code="NOT_FOUND", text='unknown service "no such"')
    data = v1alpha3.PreCloudInitIsoResult(cloudInitNoCloudSource=b'{"a": 1}', cloudInitData=b"\0\xff" * 5000)
    for version in ("v1alpha2", "v1alpha3"):
        asked = v1alpha3.PreCloudInitIsoParams(vmi=b"{}", **{field.name: value for field, value in data.ListFields()})
        yield Case(f"{version} PreCloudInitIso", f"{HOOKS}.{version}.Callbacks/PreCloudInitIso",
                   asked.SerializeToString(), data.SerializeToString(), weight=200)
    for path in (define_path("v1alpha9"), "/a/b", f"{HOOKS}.v1alpha1.Callbacks/Shutdown"):
        yield Case(path, path, b"", code="UNIMPLEMENTED", text=UNKNOWN, line=f"{path} UNIMPLEMENTED", weight=50)
    domain, vmi = capture("efi-plain")
    yield Case("gzip", define_path(), define_message(domain, vmi), code="UNIMPLEMENTED", text=COMPRESSED, gzip=True,
               line=f"{define_path()} UNIMPLEMENTED", weight=200)
    for path, kind in ((define_path(), "kubevirt.hooks.v1alpha3.OnDefineDomainParams"),
                       (MUTATE, "kubevirt.hooks.plugins.v1alpha1.MutateDomainRequest")):
        said = f"request: 7 bytes are not a protobuf message {kind}"
        yield Case(f"garbage {kind}", path, b"\xff" * 7, code="INVALID_ARGUMENT", text="launchsec: error: " + said,
                   line=said)
    said = 'domain_type: must be libvirt, the only domain type that launchsec supports, got "xen"'
    xen = plugin.MutateDomainRequest(domain_type="xen").SerializeToString()
    yield Case("xen", MUTATE, xen, code="INVALID_ARGUMENT", text="launchsec: error: " + said, line=said)


def node_hooks():
    """Of these, those that have nothing to do, or that are none: what a host can start is the host's matter."""
    for name in ("PostVMStart", "PreVMStop", "PostMigrationTarget"):
        asked = plugin.ExecuteNodeHookRequest(hookPoint=name, vmi=capture("efi-plain")[1])
        yield Case(f"node hook {name}", NODE, asked.SerializeToString(), weight=50)
    said = 'hookPoint: must be PreVMStart or another hook point of KubeVirt 1.9, got "PostVMStrat"; ' \
           "correct permittedHooks of the Plugin"
    yield Case("node hook of none", NODE, plugin.ExecuteNodeHookRequest(hookPoint="PostVMStrat").SerializeToString(),
               code="INVALID_ARGUMENT", text="launchsec: error: " + said, line=said, weight=50)


def unsure(cli):
    """For deadlines and broken connections: small, refused, and large."""
    domain, vmi = capture("devices-rich")
    good, bad = (soaked(annotated(vmi, **{"type": "tdx", key: "debug"}), "unsure") for key in ("policy", "polcy"))
    snp = soaked(annotated(vmi, type="sev-snp"), "unsure")
    for name, size, asked in (("snp", 0, snp), ("debug", 0, good), ("typo", 0, bad), ("large", 300000, snp)):
        weight = 5 if size else 100
        yield define_case(cli, name, grow(domain.decode(), size).encode(), asked, "v1alpha2", sure=False, weight=weight)


def cases(folder):
    """All of them; `folder` is for files on the way."""
    cli = CommandLine(folder)
    return [*from_captures(cli), *refused(cli), *with_initdata(cli), *large(cli), *without_domain(), *node_hooks(),
            *unsure(cli)]


def write(mix, folder):
    """The cases for clients: index.json, and files with messages and answers; the path of the index."""
    index = []
    for number, case in enumerate(mix):
        row = asdict(case)
        for field in ("message", "answer"):
            path = folder / f"{number}.{field}"
            path.write_bytes(row[field])
            row[field] = str(path)
        row["code"] = CODES[case.code]
        row["long"] = len(case.text.encode()) > LONGEST_TEXT
        index.append(row)
    path = folder / "index.json"
    path.write_text(json.dumps(index))
    return path


def read(path):
    """The cases of an index, with their contents, as dictionaries."""
    index = json.loads(pathlib.Path(path).read_text())
    for row in index:
        for field in ("message", "answer"):
            row[field] = pathlib.Path(row[field]).read_bytes()
    return index
