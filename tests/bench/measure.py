#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure `launchsec measure`: wall time of a whole process, for an image of 4 MiB and a VM of 64 vCPUs, and for TDX.

Beside it sev-snp-measure, in the same rounds, where it is installed (no Debian has a package of it; PyPI has): both must come to
the same digest. /bin/true shows what starting a process costs here. The exit status is 0 whatever the figures are.
"""
import argparse
import dataclasses
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # leave no cache in the source tree
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "measure"))
import images  # noqa: E402
from bench import TRUE, Failed, timed_run  # noqa: E402

MIB = 1024 * 1024
SIZE, VCPUS, CPU = 4 * MIB, 64, "EPYC-Genoa"
PEER = "sev-snp-measure"


def image():
    """An image with both metadata, as large as OVMF's, and with as much padding: of OVMF_CODE_4M.fd's 892 pages (Debian 12) 375
    differ from the page before."""
    first, code = 0x84000, SIZE - 0x84000  # variables, code
    volumes = ((first, code, (1 << 32) - code, code, 0, 1), (0, first, (1 << 32) - SIZE, first, 1, 0))
    built = bytearray(images.build(dataclasses.replace(images.IMAGES["both-64k"], size=SIZE,
                                                       tdx=(*volumes, *images.usual_tdx()[2:]))))
    padding = SIZE * (892 - 375) // 892
    built[MIB : MIB + padding] = b"\xff" * padding
    return bytes(built)


def digest_of(argv):
    """What a program prints; Failed where it does not."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise Failed(f"{argv[0]} ended with status {done.returncode}: {done.stderr.strip()[:200]}")
    return done.stdout.strip()


def programs(binary, firmware):
    """{name: argv}"""
    found = {
        TRUE: [TRUE],
        f"measure, SEV-SNP, {VCPUS} vCPUs": [binary, "measure", "--tee", "sev-snp", "--firmware", firmware, "--vcpus", str(VCPUS), "--cpu", CPU],
        "measure, TDX": [binary, "measure", "--tee", "tdx", "--firmware", firmware],
    }
    peer = shutil.which(PEER)
    if peer is None:
        print(f"{PEER} is not installed, and Debian has no package of it: only launchsec's own figures follow.\n")
        return found
    found[PEER] = [peer, "--mode", "snp", "--vcpus", str(VCPUS), "--vcpu-type", CPU, "--ovmf", firmware, "--guest-features", "0x1"]
    own = digest_of(found[f"measure, SEV-SNP, {VCPUS} vCPUs"])
    if digest_of(found[PEER]) != own:
        raise Failed(f"{PEER} comes to another digest")
    return found


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=int, default=50, help="rounds (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="launchsec-bench-") as folder:
        firmware = pathlib.Path(folder, "OVMF.fd")
        firmware.write_bytes(image())
        measured = programs(str(options.binary.resolve()), str(firmware))
        for name, argv in measured.items():
            if name != TRUE and len(digest_of(argv)) != 96:
                raise Failed(f"{name} prints no digest")
        walls = {name: [] for name in measured}
        order, shuffle = list(measured.items()), random.Random(1).shuffle
        for _ in range(options.runs):
            shuffle(order)
            for name, argv in order:
                walls[name].append(timed_run(argv, name))
    print(f"{'firmware of 4 MiB':<32} {'runs':>5} {'median ms':>10} {'best ms':>9}")
    for name, times in walls.items():
        print(f"{name:<32} {len(times):>5} {statistics.median(times):>10.2f} {min(times):>9.2f}")
    if PEER in walls:
        own = statistics.median(walls[f"measure, SEV-SNP, {VCPUS} vCPUs"])
        print(f"\n{PEER} takes {statistics.median(walls[PEER]) / own:.1f} times as long.")


if __name__ == "__main__":
    try:
        main()
    except (Failed, OSError, subprocess.TimeoutExpired) as problem:
        sys.exit(f"bench: {problem}")
