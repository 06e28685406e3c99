#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images at random: what launchsec lists of each has to be what overlay.py sees.

    differential.py --binary build/launchsec [--count N] [--seed N]
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile

import archives
import overlay

NAMES = ("a", "b", "c", "usr", "OVMF.fd", "\u00fcber", "x" * 120)
FORMS = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)


class Maker:
    """Layers that all runtimes read alike: none writes through a link of a lower one, or links to a file in it."""

    def __init__(self, chance):
        self.chance = chance
        self.count = 0

    def path(self, most=4):
        return "/".join(self.chance.choice(NAMES) for _ in range(self.chance.randint(1, most)))

    def spelled(self, path, is_directory=False):
        """The same in the ways of different tools."""
        path = self.chance.choice(("", "", "./", "/")) + path
        return path + "/" if is_directory and self.chance.random() < 0.7 else path

    def file(self, path):
        self.count += 1
        content = b"plain" if self.chance.random() < 0.3 else archives.firmware(f"image {self.count}")
        return archives.entry(self.spelled(path), content=content)

    def target(self, path):
        """Of a symbolic link."""
        kind = self.chance.random()
        if kind < 0.3:
            return "/" + self.path()
        if kind < 0.6:
            return "../" * self.chance.randint(0, 3) + self.path(2)
        return self.chance.choice(NAMES + (".", "..", "../" + path.split("/")[-1]))

    def entry(self, files):
        """One entry; FILES of the layer so far."""
        path = self.path()
        kind = self.chance.random()
        parent = path.rpartition("/")[0]
        if kind < 0.45:
            return self.file(path)
        if kind < 0.6:
            return archives.directory(self.spelled(path, True))
        if kind < 0.72:
            return archives.symlink(self.spelled(path), self.target(path))
        if kind < 0.84:
            return archives.entry(self.spelled(f"{parent}/.wh.{path.rpartition('/')[2]}" if parent else f".wh.{path}"))
        if kind < 0.9:
            return archives.entry(self.spelled(f"{path}/.wh..wh..opq"))
        if kind < 0.93:
            return archives.entry(self.spelled(path), tarfile.FIFOTYPE)
        if kind < 0.98 and files:
            return archives.hardlink(self.spelled(path), self.chance.choice(files))
        return archives.directory("./")

    def layer(self, seen):
        """A layer on what is SEEN of those below."""
        entries, files = [], []
        for _ in range(self.chance.randint(1, 14)):
            made = self.entry(files)
            if self.is_plain(seen, entries, made):
                entries.append(made)
                if made[0].type == tarfile.REGTYPE and "/.wh." not in "/" + made[0].name:
                    files.append(made[0].name.lstrip("./"))
        return entries or [archives.directory("./")]

    @staticmethod
    def is_plain(seen, entries, made):
        """Whether runtimes agree on an entry: nothing on its way is a link of a layer below, or was something else in
        this layer; links of this layer are fine."""
        own = overlay.unpack(entries)
        path = overlay.parts_of(made[0].name)
        at = own
        for part in path[:-1] + (path[-1:] if made[0].type == tarfile.DIRTYPE else []):
            at = at.children.get(part)
            if at is None:
                break
            if at.kind == "link":
                return Maker.is_plain_through(seen, entries, made, path)
            if at.kind != "dir":
                return False
        return Maker.is_plain_below(seen, path) and Maker.links_file(own, made)

    @staticmethod
    def is_plain_below(seen, path):
        at = seen
        for part in path[:-1]:
            at = at.children.get(part) if at.kind == "dir" else None
            if at is None:
                return True
            if at.kind == "link":
                return False
        return True

    @staticmethod
    def is_plain_through(seen, entries, made, path):
        """The same for a path through a link of this layer, to a directory that the layer has."""
        if made[0].type == tarfile.DIRTYPE or ".." in made[0].name:
            return False
        way = overlay.resolve(overlay.unpack(entries), "/".join(path[:-1]))
        return way is not None and way[1].kind == "dir" and Maker.is_plain_below(
            seen, overlay.parts_of(way[0]) + path[-1:]) and Maker.links_file(overlay.unpack(entries), made)

    @staticmethod
    def links_file(own, made):
        """Whether what a hard link names is a file of this layer."""
        if made[0].type != tarfile.LNKTYPE:
            return True
        at = own
        for part in overlay.parts_of(made[0].linkname):
            at = at.children.get(part) if at is not None and at.kind == "dir" else None
        return at is not None and at.kind == "file"

    def image(self):
        """Its layers."""
        layers = []
        for _ in range(self.chance.randint(1, 6)):
            layers.append(self.layer(overlay.see(layers)))
        return layers


def expected(layers):
    """{path: (SHA-256, real path)} of the firmware in an image."""
    root, found = overlay.see(layers), {}
    for path, node in overlay.walk(root):
        way = overlay.resolve(root, path) if node.kind in ("file", "link") else None
        if way is not None and way[1].kind == "file" and way[1].content.endswith(archives.FOOTER + bytes(32)):
            found[path] = (archives.sha256(way[1].content), way[0])
    return found


def listed(binary, path):
    """The same as launchsec tells it, or its error."""
    done = subprocess.run([binary, "measure", "--launcher", path, "--list", "--format", "json"], capture_output=True,
                          timeout=60, check=False)
    if done.returncode == 3 and b"has no firmware for" in done.stderr and not done.stdout:
        return {}
    if done.returncode != 0:
        return done.stderr.decode()
    rows = {row["path"]: row for row in json.loads(done.stdout)}
    return {path: (rows[row["link"]]["sha256"] if row["link"] and "sha256" in rows[row["link"]] else
                   rows[rows[row["link"]]["link"]]["sha256"] if row["link"] else row["sha256"], row["link"])
            for path, row in rows.items()}


def differences(binary, layers, path):
    """What launchsec sees otherwise."""
    wanted, found = expected(layers), listed(binary, path)
    if isinstance(found, str):
        return found
    same = {name: digest for name, (digest, _) in wanted.items()} == {name: digest for name, (digest, _) in found.items()}
    return None if same else f"wanted {wanted}\nfound {found}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = firmware = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "image.tar"
        for number in range(options.seed, options.seed + options.count):
            chance = random.Random(number)
            layers = Maker(chance).image()
            packed = [archives.pack(archives.tar(layer, chance.choice(FORMS)), chance.choice(("plain", "gzip", "zstd")))
                      for layer in layers]
            files = archives.oci(packed) if chance.random() < 0.5 else archives.docker(packed)
            path.write_bytes(archives.archive(files))
            firmware += len(expected(layers))
            wrong = differences(options.binary, layers, path)
            if wrong is not None:
                failed += 1
                print(f"FAIL: seed {number}: {wrong}")
    print(f"images at random: {options.count - failed} passed, {failed} failed, {firmware} firmware paths in them")
    return 1 if failed or not firmware else 0


if __name__ == "__main__":
    sys.exit(main())
