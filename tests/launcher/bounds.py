#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What images may cost at most: every archive of launchers.py, and the largest that are accepted.

    bounds.py --binary build/launchsec
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import archives
import launchers

MOST = 320 << 20  # bytes of memory: 128 MiB of images, as much for zstd's window, and room for the tree
SECONDS = 60
MIB = 1 << 20


def largest():
    """As much firmware as is kept."""
    image = bytes(16 * MIB - 48) + archives.FOOTER + bytes(32)
    return b"".join(archives.tar([archives.entry(f"{i}.fd", content=image)])[:16 * MIB + 512] for i in range(8))


def window():
    """zstd with the largest window that is unpacked: 128 MiB (ZSTD_WINDOWLOG_LIMIT_DEFAULT)."""
    frame = bytearray(archives.zstd(archives.tar([archives.entry("x.fd", content=archives.firmware("x"))])[:512 + 4096], *[128 * 1024] * 1100))
    frame[5] = (27 - 10) << 3
    return bytes(frame)


MORE = {
    "largest": lambda: launchers.one(launchers.gzip_of([largest()])),
    "window": lambda: launchers.one(window()),
}


def run(binary, path):
    """A listing with at most so much memory, and its seconds."""
    start = time.monotonic()
    done = subprocess.run(["prlimit", f"--data={MOST}", binary, "measure", "--launcher", path, "--list"],
                          capture_output=True, check=False, timeout=4 * SECONDS)
    return done, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    binary = parser.parse_args().binary.resolve()
    failed, longest = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (launchers.INPUTS | MORE).items():
            path = launchers.write(pathlib.Path(folder) / name, make())
            done, seconds = run(binary, path)
            longest = max(longest, seconds)
            if seconds > SECONDS or done.returncode != (0 if name in launchers.GOOD or name in MORE else 3):
                failed += 1
                print(f"FAIL: {name}: status {done.returncode}, {seconds:.1f} s: {done.stderr.decode()}")
    print(f"bounds of images: {len(launchers.INPUTS | MORE) - failed} passed, {failed} failed; "
          f"at most {longest:.1f} s, with {MOST // MIB} MiB of memory")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
