# SPDX-License-Identifier: Apache-2.0
"""Values of annotations at the edge of what launchsec accepts, for the policies that must agree with it."""

import base64

# Values at the edges: (types, key, other annotations, values). The type "type" is the value itself.
TOML = 'version = "0.1.0"\nalgorithm = "sha-256"\n\n[data]\n"a" = \'\'\'\nb\n\'\'\'\n'
JSON = '{"version": "0.1.0", "algorithm": "sha-256", "data": {}}'


def b64(text):
    return base64.b64encode(text.encode()).decode()


DIGESTS = ["sha256-of:x", "sha256-of:a b\n", "sha384-of:a\r\nb\tc\u00e9", "sha256-of:", "sha512-of:x", "md5-of:x", "sha256-of",
           "sha256:" + "0" * 64, "sha256-" + "A" * 43 + "="]
NUMBERS = ["1", "9", "10", "51", "63", "64", "0", "01", "", " 1", "1 ", "1\n", "0x3f", "0X1", "0x40", "0x0", "0x003F", "0x", "auto",
           "omit", "AUTO", "1.0", "-1", "+1"]
YES_NO = ["yes", "no", "true", "false", "Yes", "TRUE", "on", "1", "", "y", "yes ", "no\n"]
VALUES = [
    (["type"], "type", {}, ["sev-snp", "tdx", "none", "auto", "SNP", "snp", "sev", "TDX", "tdx ", "", "sev_snp", "none,tdx"]),
    (["sev-snp", "tdx"], "firmware", {}, ["auto", "/a", "/", "a", "/a/", "/a b", "/a ", "/a/../b", "/..", "/..a", "/a..",
                                          "/a.igvm", "/a.IGVM", "/a.igvm2", "/a\n", "/a\u00e9", "", "Auto", "./a"]),
    (["sev-snp"], "cbitpos", {}, NUMBERS), (["sev-snp"], "reduced-phys-bits", {}, NUMBERS),
    (["sev-snp", "tdx"], "policy", {}, [
        "196608", "0x30000", "0X30000", "0x0030000", "0x20000", "0x10000", "0x0", "0", "0x1", "0x7f", "0x30063", "0x30064",
        "0x30136", "0x30200", "0x3030000", "0x4030000", "0xb0000", "720896", "524288", "0xa0000", "0x10000000", "268435456",
        "0x10000001", "268435457", "0x010000001", "1", "0x20000000", "0x50000000", "smt", "smt,cxl", "smt, cxl", "smt,", ",smt",
        "smt,smt", "SMT", "debug", "smt,debug", "debug,smt", "sept-ve-disable", "sept-ve-disable,debug", "debugs", "abi=1.55",
        "abi=0.0,smt", "abi=1", "abi=0x1.0x2", "abi=1.256", "abi=2.0", "abi=01.0", "030000", "tdx", "0xg", "0x", "", "-1",
        "18446744073709551615", "18446744073709551616", "0xffffffffffffffff", "0x10000000000000000", "smt|debug", "smt debug"]),
    (["sev-snp", "tdx"], "policy", {"allow-debug": "yes"}, ["0xb0000", "720896", "debug", "smt,debug", "0x10000001", "0x1", "1"]),
    (["sev-snp", "tdx"], "policy", {"allow-debug": "no"}, ["0xb0000", "debug", "0x10000001"]),
    (["auto"], "policy", {}, ["smt", "debug", "smt,debug", "sept-ve-disable", "0x30000", "0x10000000", "cxl", "0x40000000"]),
    (["sev-snp", "tdx"], "allow-debug", {}, YES_NO), (["sev-snp", "tdx"], "allow-qemu-arguments", {}, YES_NO),
    (["sev-snp"], "vcek", {}, YES_NO), (["sev-snp"], "author-key", {}, YES_NO),
    (["sev-snp"], "kernel-hashes", {}, ["on", "no", "false", "off"]),
    (["sev-snp"], "guest-visible-workarounds", {}, [
        "0" * 32, "hex:" + "f" * 32, "0x" + "F" * 32, "A" * 22 + "==", "base64:" + "A" * 22 + "==", "A" * 21 + "B==", "A" * 24,
        "0" * 31, "0" * 34, "sha256-of:x", "", "A" * 22]),
    (["sev-snp"], "host-data", {}, [
        *DIGESTS, "0" * 64, "hex:" + "0" * 64, "0" * 63, "A" * 43 + "=", "base64:" + "A" * 43 + "=", "A" * 44, "base64:" + "0" * 64,
        "0x" + "0" * 64, "hex:0X" + "0" * 64, "0x" + "0" * 62, "A" * 42 + "B=", "A" * 43 + "=\n", "0" * 64 + "\n", " " + "0" * 64,
        "HEX:" + "0" * 64, "g" * 64]),
    (["tdx"], "mr-config-id", {}, [
        *DIGESTS, "0" * 96, "hex:" + "0" * 96, "0x" + "0" * 96, "hex:0x" + "a" * 96, "A" * 64, "0" * 64, "base64:" + "0" * 64,
        "G" * 64, "0x" + "0" * 62, "base64:0x" + "0" * 62, "0" * 95, "A" * 63 + "=", "hex:" + "0" * 64, ""]),
    (["tdx"], "mr-owner", {}, ["G" * 64, "a" * 64, "sha256-of:x"]), (["tdx"], "mr-owner-config", {}, ["G" * 64, "a" * 64]),
    (["sev-snp", "tdx", "auto"], "bind", {}, [
        *DIGESTS, "0" * 64, "0" * 96, "hex:" + "0" * 64, "hex:" + "0" * 96, "base64:" + "0" * 64, "A" * 43 + "=", "G" * 64, "G" * 32,
        "hex:" + "0" * 62, "00", "0x" + "0" * 64, "0X" + "0" * 96, "0x" + "0" * 62, "hex:0x" + "0" * 64, ""]),
    (["tdx"], "qgs", {}, [
        "default", "none", "/a", "unix:/a", "unix:a", "a", "vsock:2:4050", "vsock:4294967294:1", "vsock:4294967295:1", "vsock:0:1",
        "vsock:02:1", "vsock:2:", "vsock:2", "VSOCK:2:1", "host:1", "a-b.c:65535", "host:65536", "host:0", "host:", "ho_st:1",
        "192.0.2.7:4050", "192.0.2.777:4050", "[::1]:4050", "::1:4050", "[::1]", "/a/../b", "/a/", "/a b", "tcp:a:1", ""]),
    (["sev-snp"], "provision", {}, ["kbs:8080", "https://kbs/", "https://a:b@c", "ftp://kbs", "https://", "https://kbs/a//b", "https://k?a", "HTTPS://kbs"]),
    (["sev-snp", "tdx"], "initdata", {}, [
        "", TOML, TOML.strip(), JSON, b64(TOML), b64(TOML)[:40] + "\n" + b64(TOML)[40:] + "\n", b64(TOML)[:40] + " " + b64(TOML)[40:],
        "x\ny", "\u00e9", " \n" + JSON + "\n\n"]),
    (["sev-snp", "tdx"], "oem-strings", {}, [
        "a", '["a", "b"]', '[\n  "a",\n  "b"\n]\n', ' \t\n["a"]', "[]", "[", '["a",]', '[1]', '[""]', " a", "a ", "", "a\nb", "a\n", "a\tb",
        "\u00e9", '["\u00e9"]', "kbs:///a/b/c", '"a"']),
    # The other TEE's, and one of a pair.
    (["tdx"], "host-data", {}, ["0" * 64]), (["tdx"], "vcek", {}, ["yes"]), (["sev-snp"], "qgs", {}, ["none"]),
    (["sev-snp"], "mr-owner", {}, ["0" * 96]), (["sev-snp"], "id-block", {}, ["A" * 128, "0" * 128, "0" * 192]),
    (["sev-snp"], "id-auth", {}, ["A" * 5462 + "=="]), (["none"], "vcek", {}, ["maybe"]), (["none"], "policy", {}, ["debug"]),
]
# What launchsec alone sees, as docs/deploy.md has it: (type, or "" for all; key; which values).
LOOSER = [
    ("", "policy", r"^[0-9]+$"),  # bits of a decimal number
    ("sev-snp", "policy", r"^0x30064$"),  # an ABI between 1.99 and 1.127
    ("", "policy", r"abi=|smt,smt"),  # the numbers of an ABI; a flag twice
    ("auto", "policy", r"."),  # of the TEE that the node has not
    ("", "qgs", r"^(vsock:4294967295:1|host:65536|192.0.2.777:4050)$"),  # addresses in detail
    ("", "initdata", r"."),  # documents
    ("", "oem-strings", r"^\s*\["),  # JSON
]
