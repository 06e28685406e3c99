# SPDX-License-Identifier: Apache-2.0
"""Makes images as archives: layers as tar, packed or not, in an OCI image layout or as `docker save` has them."""
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tarfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "measure"))
import images  # noqa: E402

FOOTER = images.guid(images.FOOTER)
LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
BLOCK = 65536
INDEX = "application/vnd.oci.image.index.v1+json"


def firmware(text, size=4096):
    """What ends as firmware does; TEXT makes it another one. Not measurable, but listed."""
    start = text.encode()
    return start + bytes(size - 48 - len(start)) + FOOTER + bytes(32)


def entry(name, kind=tarfile.REGTYPE, content=b"", target=""):
    """(header, content) of an entry; NAME as it will be in the archive."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(content)
    info.linkname = target
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    return info, content


def directory(name):
    return entry(name, tarfile.DIRTYPE)


def symlink(name, target):
    return entry(name, tarfile.SYMTYPE, target=target)


def hardlink(name, target):
    return entry(name, tarfile.LNKTYPE, target=target)


def tar(entries, form=tarfile.PAX_FORMAT):
    """The bytes of a tar archive; tarfile's own tidying of names does not take part."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zstd(*blocks):
    """A frame of blocks that are not compressed (bytes), or repeat a byte (a number of times): RFC 8878."""
    out = b"\x28\xb5\x2f\xfd\x00\x58"
    for index, block in enumerate(blocks):
        kind, size, content = (0, len(block), block) if isinstance(block, bytes) else (1, block, b"\0")
        out += struct.pack("<I", size << 3 | kind << 1 | (index == len(blocks) - 1))[:3] + content
    return out


def zstd_of(data):
    return zstd(*(data[at:at + BLOCK] for at in range(0, len(data), BLOCK)))


def pack(data, how):
    """`how`: plain, gzip or zstd."""
    if how == "gzip":
        packed = bytearray(gzip.compress(data, 1, mtime=0))
        packed[9] = 3  # the system in the header: Python 3.13 writes another one than 3.11
        return bytes(packed)
    if how == "zstd" and shutil.which("zstd") is None:
        return zstd_of(data)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout
    return data


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Blobs:
    """The blobs of an OCI image layout."""

    def __init__(self):
        self.files = {}

    def add(self, data, media):
        """A descriptor of the blob."""
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.files[f"blobs/sha256/{sha256(data)}"] = data
        return {"mediaType": media, "digest": "sha256:" + sha256(data), "size": len(data)}

    def manifest(self, layers):
        """A descriptor of the manifest of an image with these layers, which are packed already."""
        config = self.add({"architecture": "amd64", "os": "linux"}, "application/vnd.oci.image.config.v1+json")
        return self.add({"schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                         "layers": [self.add(layer, LAYER) for layer in layers]}, MANIFEST)

    def finish(self, *manifests):
        """All files of the layout, by name."""
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)}
        return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index).encode(), **self.files}


def oci(layers):
    """The files of an OCI image layout."""
    blobs = Blobs()
    return blobs.finish(blobs.manifest(layers))


def docker(layers):
    """The files of what `podman save` writes."""
    files = {f"{sha256(layer)}.tar": layer for layer in layers}
    config = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
    names = [f"{sha256(layer)}.tar" for layer in layers]
    manifest = [{"Config": sha256(config) + ".json", "RepoTags": ["launcher:x"], "Layers": names}]
    return {**files, sha256(config) + ".json": config, "manifest.json": json.dumps(manifest).encode()}


def archive(files, form=tarfile.USTAR_FORMAT):
    """The files as an archive."""
    return tar([entry(name, content=content) for name, content in files.items()], form)
