# SPDX-License-Identifier: Apache-2.0
"""Requests that the golden cases do not have: every key alone and all together, every policy flag, odd characters;
over the captures in turn, so that each meets several kinds of domains.
"""

import base64
import gzip
import hashlib
import itertools
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import idblock  # noqa: E402  pylint: disable=wrong-import-position

CAPTURES = {
    "sev-snp": "bios-plain devices-rich efi-plain efi-secureboot efi-secureboot-autoselect kernel-boot native-sev "
    "native-snp windows-secureboot".split(),
    "tdx": "bios-plain devices-rich efi-plain efi-secureboot efi-secureboot-autoselect kernel-boot native-tdx "
    "windows-secureboot".split(),
}
SNP_POLICIES = (
    "smt single-socket,smt smt,cxl smt,aes-256-xts smt,rapl-disabled smt,ciphertext-hiding "
    "smt,page-swap-disabled abi=1.55 abi=1.99"
)
SNP_DEBUG = "debug migration-agent,debug smt,migration-agent,debug,single-socket,cxl,aes-256-xts,rapl-disabled,abi=1.0"
DOCUMENT = 'version = "0.1.0"\nalgorithm = "%s"\n\n[data]\n"aa.toml" = \'\'\'\nurl = "https://kbs/?a=1,b=2"\n\'\'\'\n'
ODD_STRINGS = [
    "a,b,,c",
    ",",
    ",,",
    ",value=x",
    "=",
    "value=x",
    "path=/etc/hostname",
    "type=1,serial=x",
    "'",
    '"',
    "it's \"so\"",
    "\\",
    "\\n",
    "a b",
    " in front",
    "behind ",
    "<&>",
    "]]>",
    "&amp;",
    "$(id) `id` ${HOME} !! ~ * ? #",
    "%s%n",
    "[x",
    "{}",
    "-object",
    "x" * 1000,
    "".join(map(chr, range(0x20, 0x7F))),
]
ALL_CHARACTERS = [f"a{chr(code)}b" for code in range(0x20, 0x7F)]
ODD_PATHS = ("/a b/c", "/a,b,,c", "/it's/\"x\"", "/a=b", "/<&>", "/$(id)", "/%s", "/x" * 53 + "/")


def some_bytes(name, size):
    """SIZE bytes that differ by NAME and are the same each time."""
    return hashlib.shake_256(name.encode()).digest(size)


def as_base64(content):
    """CONTENT as the text of an annotation."""
    return base64.b64encode(content).decode()


def ids(policy=0x30000, author=False):
    """An ID block and what goes with it, signed."""
    block = idblock.block(digest=some_bytes("id-block", 48), policy=policy)
    return {"id-block": as_base64(block), "id-auth": as_base64(idblock.auth(block, author))}


def initdata(algorithm, form):
    """A document, as it stands or packed."""
    text = DOCUMENT % algorithm
    if form == "json":
        return json.dumps({"version": "0.1.0", "algorithm": algorithm, "data": {"a,b": '"x"=\\'}})
    if form == "gzip":
        return as_base64(gzip.compress(text.encode(), mtime=0))
    return as_base64(text.encode()) if form == "base64" else text


def both():
    """Requests that either TEE takes, as (name, settings)."""
    for form in ("toml", "json", "base64", "gzip"):
        yield f"initdata-{form}", {"initdata": initdata("sha-384", form)}
    yield from ((f"initdata-{one}", {"initdata": initdata(one, "toml")}) for one in ("sha256", "sha-512"))
    yield "provision", {"provision": "https://kbs.example.com:8080"}
    for size in (32, 48):
        yield f"bind-{size}", {"bind": as_base64(some_bytes("bind", size))}
        yield f"bind-hex-{size}", {"bind": "hex:" + some_bytes("bind", size).hex()}
    yield "bind-digest", {"bind": "sha384-of:a,b=\"c\""}
    yield "oem-odd", {"oem-strings": json.dumps(ODD_STRINGS)}
    yield "oem-every-character", {"oem-strings": json.dumps(ALL_CHARACTERS)}
    yield from ((f"oem-one-{i}", {"oem-strings": text}) for i, text in enumerate(("a,b", "x=y", "it's", '"', "<&>")))
    yield "firmware-auto", {"firmware": "auto"}
    yield from ((f"firmware-path-{i}", {"firmware": path}) for i, path in enumerate(ODD_PATHS[:-1]))


def of_snp():
    """Requests for SEV-SNP."""
    yield from both()
    yield from ((f"policy-{text}", {"policy": text}) for text in SNP_POLICIES.split())
    yield from ((f"policy-{text}", {"policy": text, "allow-debug": "yes"}) for text in SNP_DEBUG.split())
    yield "host-data", {"host-data": as_base64(some_bytes("host-data", 32))}
    yield "workarounds", {"guest-visible-workarounds": some_bytes("workarounds", 16).hex()}
    yield "cbitpos", {"cbitpos": "47", "reduced-phys-bits": "5"}
    yield "cbitpos-omit", {"cbitpos": "omit", "reduced-phys-bits": "omit"}
    yield "id-block", ids()
    yield "id-block-author-key", {"author-key": "yes"} | ids(author=True)
    yield from ((f"vcek-{word}", {"vcek": word}) for word in ("yes", "no", "false"))
    yield from ((f"author-key-{word}", {"author-key": word}) for word in ("yes", "no"))
    yield "kernel-hashes-no", {"kernel-hashes": "no"}


def of_tdx():
    """Requests for TDX."""
    yield from both()
    yield from ((f"policy-{text}", {"policy": text}) for text in ("sept-ve-disable", "0", "0x10000000"))
    for text in ("debug", "debug,sept-ve-disable"):
        yield f"policy-{text}", {"policy": text, "allow-debug": "yes"}
    for name in ("mr-config-id", "mr-owner", "mr-owner-config"):
        yield name, {name: as_base64(some_bytes(name, 48))}
    yield from ((f"qgs-{path}", {"qgs": path}) for path in ("default", "none", "unix:/run/qgs.sock"))
    yield from ((f"qgs-path-{i}", {"qgs": path.rstrip("/")}) for i, path in enumerate(ODD_PATHS))


def everything(tee, capture):
    """All keys of a TEE at once."""
    settings = {"oem-strings": json.dumps(ODD_STRINGS), "firmware": "/opt/all of it,.fd"}
    if tee == "tdx":
        keys = ("mr-config-id", "mr-owner", "mr-owner-config")
        settings |= {key: as_base64(some_bytes(key, 48)) for key in keys}
        return settings | {"policy": "sept-ve-disable,debug", "allow-debug": "yes", "qgs": "/run/q,g s"}
    settings |= {"policy": "smt,debug,single-socket,abi=1.51", "allow-debug": "yes", "vcek": "no", "author-key": "yes"}
    settings |= {"cbitpos": "51", "reduced-phys-bits": "1", "initdata": initdata("sha-256", "gzip")}
    settings |= {"guest-visible-workarounds": some_bytes("workarounds", 16).hex()} | ids(0x1B0133, author=True)
    return settings | {"kernel-hashes": "yes" if capture == "kernel-boot" else "no"}


def combinations():
    """Every request, as (name, capture, settings)."""
    for tee, requests in (("sev-snp", of_snp()), ("tdx", of_tdx())):
        captures = itertools.cycle(CAPTURES[tee])
        for name, settings in requests:
            capture = next(captures)
            yield f"{tee} {name} {capture}", capture, {"type": tee} | settings
        for capture in CAPTURES[tee]:
            yield f"{tee} everything {capture}", capture, {"type": tee} | everything(tee, capture)
    for word in ("yes", "true"):
        yield f"sev-snp kernel-hashes-{word} kernel-boot", "kernel-boot", {"type": "sev-snp", "kernel-hashes": word}
