#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the seed corpus, a folder for each target: what the golden tests and the server's have, in each target's form.

    make_seeds.py OUT
"""
import dataclasses
import pathlib
import random
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
sys.path[:0] = [str(ROOT / "tests" / "server"), str(ROOT / "tests" / "measure"), str(ROOT / "tests" / "launcher")]
import archives  # noqa: E402  pylint: disable=wrong-import-position
import frames  # noqa: E402  pylint: disable=wrong-import-position
import images  # noqa: E402  pylint: disable=wrong-import-position

# In the order of enum lsec_key_id.
KEYS = re.findall(r'\.name = "([a-z-]+)"', (ROOT / "src" / "annotations" / "keys.c").read_text())
CAPTURES = sorted(path.name.split(".")[0] for path in (GOLDEN / "captures").glob("*.vmi.json"))
REQUESTS = 10  # of fuzz_domain.c
METHODS = 11  # of answers.c
END = b"\xff"  # of a piece
LARGEST = 70000  # bytes of a seed; larger ones only slow it down


def captures(ending):
    """The captures whose names end so."""
    return [path.read_bytes() for path in sorted((GOLDEN / "captures").glob("*" + ending))]


def inputs(*patterns):
    """Files of the golden inputs."""
    return [path.read_bytes() for pattern in patterns for path in sorted((GOLDEN / "inputs").glob(pattern))]


def cases():
    """Each golden case as a list of (word, value)."""
    for path in sorted((GOLDEN / "cases").glob("*/*.case")):
        lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
        yield [tuple((line + " ").split(" ", 1)) for line in lines]


def annotation(word, text):
    """KEY=VALUE or KEY=@PATH as a piece; None for what is made on demand."""
    key, _, value = text.strip().partition("=")
    number = KEYS.index(key) if key in KEYS else len(KEYS)
    if value.startswith("@"):
        path = GOLDEN / value[1:]
        if not path.exists():
            return None
        content = path.read_bytes()
        return bytes([number]) + (content if word == "set-whole" else content.removesuffix(b"\n"))
    return bytes([number]) + value.encode()


def annotations(case):
    """All --set of a case as pieces."""
    pieces = [annotation(word, value) for word, value in case if word.startswith("set")]
    return END.join(piece for piece in pieces if piece is not None)


def capture_number(case):
    """Which capture a case uses; 2, efi-plain, for any other domain."""
    names = [value.strip().split("/")[-1].split(".")[0] for word, value in case if word == "domain"]
    return CAPTURES.index(names[0]) if names and names[0] in CAPTURES else 2


def domain():
    """Every domain under every request, the larger ones under two."""
    for one in captures(".domain.xml"):
        for request in range(REQUESTS):
            yield bytes([request]) + one
    for one in inputs("*.xml", "own/*.xml"):
        for request in (0, 1, 5, 6):
            yield bytes([request]) + one


def vmi():
    """VMIs as captured, and with annotations."""
    yield from captures(".vmi.json")
    yield from inputs("vmi*.json", "*vmi*/*.json")
    for key in KEYS:
        yield frames_vmi("launchsecurity.vm.kubevirt.io/" + key, "tdx" if key == "type" else "x")
    yield frames_vmi("kubevirt.io/qgs-socket-path", "/q")
    yield frames_vmi("launchsecurity.vm.kubevirt.io/type", "sev-snp").replace(b"Instance", b"").replace(
        b'"metadata"', b'"metadata": {}, "spec": {"template": {"metadata"', 1) + b"}}"


def frames_vmi(key, value):
    """A small VMI in JSON with an annotation."""
    return (f'{{"kind": "VirtualMachineInstance", "metadata": {{"name": "x", "annotations": {{"{key}": "{value}"}}}}, '
            '"spec": {}}').encode()


def yaml():
    """The same, which is YAML too, and what is written as YAML."""
    yield from vmi()
    yield from inputs("*.yaml", "*/*.yaml")
    yield from (path.read_bytes() for path in sorted((ROOT / "docs" / "examples").glob("*.yaml")))
    yield b"kind: Secret\n---\nkind: VirtualMachine\nspec:\n  template:\n    metadata: &m\n      annotations:\n" \
          b"        launchsecurity.vm.kubevirt.io/type: >-\n          tdx\n    spec: {}\nmetadata: *m\n...\n"


def lint():
    """Manifests for lint, behind a byte for the version of KubeVirt."""
    paths = [*sorted((GOLDEN / "inputs/lint").glob("*.yaml")), *sorted((ROOT / "tests/lint").glob("*/*.yaml"))]
    for number, path in enumerate(paths):
        yield bytes([number % 8]) + path.read_bytes()


def values():
    """What the golden cases set, on their domains."""
    for case in cases():
        if asked := annotations(case):
            yield bytes([capture_number(case), 0x10]) + asked


def config():
    """Config files alone, with variables, with annotations."""
    for path in sorted((GOLDEN / "configs").glob("*.json")):
        content = path.read_bytes()
        for asked in (b"sev-snp", b"tdx"):
            yield b"\2" + content + END + b"\0" + asked
            yield b"\2" + content + END + b"\0" + asked + END + bytes([KEYS.index("firmware")]) + b"auto"
        yield b"\2" + content + END + b"\x80TDX_QGS=none" + END + b"\x80FORBID=policy,qgs" + END + b"\0tdx"
    for case in cases():
        variables = [value.strip().removeprefix("LAUNCHSEC_").encode() for word, value in case if word == "env"]
        if variables:
            yield b"\2" + END + END.join(b"\x80" + one for one in variables) + END + annotations(case)


def host():
    """Host facts: recorded ones, and all that there are."""
    facts = re.findall(r'LSEC_FACT_[A-Z_]+, "([a-z-]+)"', (ROOT / "src" / "core" / "host.c").read_text())
    for value in ("true", "false", '"unknown"', "1", '"/f"'):
        yield ("{" + ", ".join(f'"{name}": {value}' for name in facts) + "}").encode()
        yield from (f'{{"{name}": {value}}}'.encode() for name in facts)
    yield from (path.read_bytes() for path in sorted((GOLDEN / "hosts").glob("*.json")))


def initdata():
    """Initdata documents, for either TEE."""
    for one in inputs("initdata/*") + [(ROOT / "docs" / "examples" / "initdata.toml").read_bytes()]:
        yield b"\0" + one
        yield b"\1" + one


def image():
    """Ends of firmware images, for either TEE and VMs with kernel hashes or without."""
    usual = images.IMAGES["both-64k"]
    changed = [dataclasses.replace(one, size=images.K64) for one in images.IMAGES.values()] + [
        dataclasses.replace(usual, hashes=(0x810FA8, 0x400)),
        dataclasses.replace(usual, hashes=(0x810FA8, 0x400), sev=((0x810000, 0x3000, 0x10),)),
        dataclasses.replace(usual, sev=usual.sev[:3] + ((0x80E000, 0x2000, 3),)),
        dataclasses.replace(usual, sev=((0xFFFFF000, 0x2000, 1),), tdx=usual.tdx[:4] + usual.tdx[5:]),
        dataclasses.replace(usual, sev=((0x1000, 0x80000000, 1),),
                            tdx=((0x8000, 0xC000) + usual.tdx[0][2:],) + usual.tdx[1:]),
        dataclasses.replace(usual, entries=usual.entries * 2),
        dataclasses.replace(usual, entries=()),
    ]
    for parts in changed:
        end = images.build(dataclasses.replace(parts, sev_at=0x300, tdx_at=0x200))[-0x310:]
        yield from (bytes([vm]) + end for vm in range(5))


def measured():
    """Domains and manifests, with values given besides and without."""
    for choice in (0x00, 0x10, 0x50, 0x70, 0x54, 0xD2, 0x96):
        yield from (bytes([choice]) + one for one in captures(".domain.xml") + inputs("measure/*.xml", "vcpu*.xml", "arguments-own.xml"))
        yield from (bytes([choice | 1]) + one for one in inputs("measure/*.yaml", "vm*.yaml"))


def id_auth():
    """Changes of a signed pair: of each field, of the sizes; none."""
    edges = (0x00, 0x2F, 0x30, 0x50, 0x53, 0x54, 0x58, 0x5A, 0x5F)
    edges += tuple(96 + at for at in (0, 3, 4, 7, 8, 0x3F, 0x40, 0x6F, 0x70, 0x88, 0xB8, 0xD0, 0x240, 0x244, 0x274, 0x28C,
                                      0x2BC, 0x643, 0x644, 0x680, 0x6C8, 0x710, 0x880, 0x884, 0x8CC, 0xC83, 0xC84, 0xFFF))
    for choice in range(8):
        yield bytes([choice])
        yield from (bytes([choice, at >> 8, at & 255, byte]) for at in (*edges, 0xFFFE, 0xFFFF) for byte in (0, 1, 2, 0x60))
    yield bytes([0, 0, 0x50, 2, 0, 0x60, 2])


def key():
    """The keys of the unit tests, good and bad."""
    for name in ("id_keys.h", "test_key.c"):
        text = (ROOT / "tests" / "unit" / name).read_text()
        for block in re.findall(r'"(-----BEGIN [A-Z ]+-----\\n(?:[^"]*"[\s\\]*")*?-----END (?:EC )?[A-Z ]*KEY-----)', text):
            yield re.sub(r'"[\s\\]*"', "", block).replace("\\n", "\n").encode() + b"\n"


def report():
    """Reports and quotes of each version, with something in each place."""
    content = bytes((i ^ i >> 8) & 255 for i in range(1184))
    for version in range(1, 7):
        snp = bytes([version, 0, 0, 0]) + content[4:]
        yield snp
        yield bytes(4) + (1184).to_bytes(4, "little") + bytes(24) + snp
        yield bytes([version, 0, 0, 0]) + bytes(1180) + b"certificate"
        for kind, size in ((1, 384), (2, 584), (3, 648)):
            head = bytes([version, 0, 2, 0, 0x81, 0, 0, 0]) + bytes(40)
            yield head + bytes([kind, 0]) + size.to_bytes(4, "little") + content[:size]
            yield head + content[:size]


def launcher():
    """Images as archives, and entries layer on layer."""
    layers = [[archives.directory("a/"), archives.entry("a/f", content=archives.firmware("1")), archives.symlink("l", "a/f"),
               archives.hardlink("h", "a/f")], [archives.entry("a/.wh.f"), archives.entry("b", content=archives.firmware("2"))]]
    plain = [archives.tar(layer) for layer in layers]
    packed = [archives.pack(layer, "gzip") for layer in plain]
    for files in (archives.oci(plain), archives.docker(plain), archives.oci(packed), archives.docker(packed),
                  archives.docker([archives.zstd_of(layer) for layer in plain])):
        yield b"\0" + archives.archive(files)
    chance = random.Random(1)
    yield from (b"\1" + chance.randbytes(chance.randint(1, 200)) for _ in range(300))


def capabilities(features):
    """Domain capabilities with these features."""
    return b"<domainCapabilities><domain>kvm</domain><features>" + features + b"</features></domainCapabilities>"


def libvirt():
    """A libvirt's answers, each for every wish of fuzz_libvirt.c."""
    sev = b"<sev supported='yes'><cbitpos>51</cbitpos><reducedPhysBits>1</reducedPhysBits><maxGuests>9</maxGuests></sev>"
    types = b"<launchSecurity supported='yes'><enum name='sectype'>%s</enum></launchSecurity>"
    hosts = [b"", capabilities(b""), capabilities(sev), capabilities(sev.replace(b"51", b"47")),
             capabilities(b"<tdx supported='yes'/>" + types % b"<value>tdx</value>"),
             capabilities(sev + types % b"<value>sev</value><value>sev-snp</value>"),
             capabilities(b"<sev supported='no'/><tdx supported='no'/><launchSecurity supported='no'/>"),
             capabilities(b"<sev supported='maybe'/>"), capabilities(sev.replace(b"51", b"-1")), b"<x/>", b"<"]
    answers = [[b"", driver, version, version, host, b"no KVM. ", refusal]
               for driver in (b"QEMU", b"TEST") for version in (b"9000000", b"12008000") for host in hosts
               for refusal in (b"", b"XML error: no memory.\n<a>")]
    answers += [[failure, b"QEMU", b"1", b"", b"", b"", b""] for failure in (b".", b" . ", b"\n\xff\x1b[2J", b"x" * 500)]
    answers += [[b"", b"LXC", b"", b"", b"", b"", b""], [b"", b"QEMU"], [b"", b"QEMU", b"", b"", b"", b".", b"\n"]]
    for answer in answers:
        for wish in range(5):
            yield bytes([wish]) + b"".join(field + b"\0" for field in answer)
    yield b"\0" + b"\0QEMU\0\0\0\0\0x"


def server():
    """Calls of every method, with faults, in pieces, among other frames; and bytes as the server's tests send them."""
    for method in range(METHODS):
        operands = 2 if method < 6 else method == 10
        for what in range(8):
            yield bytes([0, method, what] + [what] * operands + [0x20 * what])
    for way in range(13):
        yield bytes([0, 0, way, 2, 0, 0, 0, 6, way | 0x80, 0x43])
    message = b"\x0a\x07libvirt\x12" + b"\x0d<domain id=1/" + b"\x1a\x02{}"
    for method in range(METHODS):
        yield bytes([2, method, 0]) + message + END + b"\0"
    yield bytes([0, 0, 0, 0xFE]) + captures(".domain.xml")[0] + END + b"\xfe" + frames_vmi("a", "b") + END + b"\0"
    begun = bytes([3, 0, 0, 2, 0])  # a call of which the message follows
    more = bytes([4, 0, 0xFF]) * 4
    for other in range(6):
        yield begun + bytes([6, other, 0]) + more
    for setting in range(6):
        yield begun + bytes([5, setting, setting + 1]) + more
    yield begun + b"\x08\x3d" + more  # a deadline
    large = bytes([0, 0, 0, 0xFD, 0, 0])  # more than the first window
    yield large
    yield bytes([3, 0, 0, 0xFD, 0]) + bytes([4, 0, 0xFF]) * 3 + b"\x09\1" + large + b"\x09\2" + large + b"\x08\3"
    yield b"\x09\x40" + large + bytes([0, 4, 0, 3, 3, 0]) * 5 + b"\x09\0"
    yield b"\x09\x80" + bytes([0, 0, 0, 2, 0, 0])
    for raw in raw_frames():
        yield b"\7" + raw.replace(END, b"\xfe") + END + bytes([0, 0, 0, 2, 0, 0])


def raw_frames():
    """Frames, right and wrong."""
    yield frames.request(1)
    yield frames.request(1, frames.fields("/", **{"te": None}))
    yield frames.request(1, body=frames.prefixed(b"", flag=1))
    yield frames.request(1, body=frames.prefixed(b"xx", length=3))
    yield b"".join(frame.serialize() for frame in (
        frames.begin(1, frames.block()[:3]), frames.continuation(1, frames.block()[3:], "END_HEADERS"),
        frames.data(1, frames.prefixed(b""), end=True), frames.ping(), frames.priority(3, 1), frames.reset(1),
        frames.window(0, 1), frames.settings(INITIAL_WINDOW_SIZE=0)))
    for kind in range(11):
        yield frames.raw(kind, 0, kind % 2, bytes(kind))


def main():
    """Write each target's seeds, named by their number."""
    out = pathlib.Path(sys.argv[1])
    makers = {make.__name__: make for make in (domain, vmi, yaml, lint, values, config, host, initdata, image, id_auth, key,
                                               report, launcher, libvirt, server)}
    makers["inputs"] = measured
    for target, make in makers.items():
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for number, seed in enumerate(sorted({seed for seed in make() if len(seed) <= LARGEST})):
            (folder / f"{number:04}").write_bytes(seed)


if __name__ == "__main__":
    main()
