# SPDX-License-Identifier: Apache-2.0
"""Images for the golden tests: good ones, and what is refused. INPUTS has a function for each, to the bytes of an
archive, or the files of a directory."""
import functools
import json
import tarfile
import zlib

import archives
import images
from archives import archive, directory, docker, entry, firmware, hardlink, oci, symlink, tar

K64 = 65536
EDK2 = "usr/share/edk2/ovmf"
BLOCK = 512


@functools.cache
def image(name):
    return images.build(images.IMAGES[name])


def base():
    """A layer like that of KubeVirt's image."""
    return [directory("./"), directory("./usr/share/OVMF/"), entry(f"./{EDK2}/OVMF.amdsev.fd", content=image("both-128k-odd")),
            entry(f"./{EDK2}/OVMF.inteltdx.fd", content=image("both-64k")), entry(f"./{EDK2}/OVMF_VARS.fd", content=bytes(K64)),
            entry("./usr/share/old/OVMF.fd", content=image("neither-64k")), entry("./usr/bin/x", content=b"x"),
            symlink("./usr/share/OVMF/OVMF.inteltdx.fd", "../edk2/ovmf/OVMF.inteltdx.fd"),
            hardlink("./usr/share/qemu/OVMF.fd", f"./{EDK2}/OVMF.inteltdx.fd"), symlink("./usr/share/OVMF/loop", "loop")]


def update():
    """A layer on it: another SEV image; a directory that is gone; one that is another one."""
    return [entry(f"{EDK2}/OVMF.amdsev.fd", content=image("both-64k")), entry("usr/share/.wh.old"),
            entry("usr/share/OVMF/link-to-dir/.wh..wh..opq"), symlink("usr/share/AAVMF", "edk2"),
            entry("usr/share/kvm/no-tdx.fd", content=image("snp-no-hashes-64k"))]


def good(layout=oci, *packs):
    packs = packs or ("gzip", "plain")
    return layout([archives.pack(tar(layer), pack) for layer, pack in zip((base(), update()), packs)])


def write(path, content):
    """Writes what a function of INPUTS returns."""
    if isinstance(content, bytes):
        path.write_bytes(content)
        return path
    for name, data in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def header(name, size=0, kind=tarfile.REGTYPE, target=""):
    """One header of an archive, without a look at what it says."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, target
    return info.tobuf(tarfile.GNU_FORMAT)


def headers(entries):
    """The archive of entries without content, without its end."""
    data = tar(entries).rstrip(b"\0")
    return data + bytes(-len(data) % BLOCK)


def larger(made, size):
    """An entry that says it has SIZE bytes, with holes."""
    made[0].pax_headers = {"GNU.sparse.size": str(size)}
    return made


def one(layer):
    """An archive of an image with one layer, packed already."""
    return archive(oci([layer]))


def gzip_of(pieces):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(piece) for piece in pieces) + packer.flush()


def platforms():
    """Two images for other processors beside the one, in an index in an index."""
    blobs = archives.Blobs()
    wanted = {**blobs.manifest([tar(base())]), "platform": {"os": "linux", "architecture": "amd64"}}
    other = {**blobs.manifest([tar(update())]), "platform": {"os": "linux", "architecture": "s390x"}}
    unknown = {**blobs.manifest([tar([])]), "platform": {"os": "unknown", "architecture": "unknown"}}
    inner = blobs.add({"schemaVersion": 2, "manifests": [other, wanted, unknown]}, archives.INDEX)
    return archive(blobs.finish(inner))


def two_images():
    blobs = archives.Blobs()
    return archive(blobs.finish(blobs.manifest([tar(base())]), blobs.manifest([tar(update())])))


def nested(depth):
    """An index in an index, DEPTH times."""
    blobs = archives.Blobs()
    inner = blobs.manifest([tar(base())])
    for _ in range(depth):
        inner = blobs.add({"schemaVersion": 2, "manifests": [inner]}, archives.INDEX)
    return archive(blobs.finish(inner))


def changed(what, *replacement):
    """The good image, with bytes of its index or manifest replaced."""
    files = good()
    files["index.json"] = files["index.json"].replace(what, *replacement)
    return archive(files)


def damaged_layer():
    files = good()
    name = max(files, key=lambda name: len(files[name]))
    files[name] = files[name][:-1] + bytes([files[name][-1] ^ 1])
    return archive(files)


def moby():
    """As `docker save` wrote it up to 24: a folder for each layer, one that is there already as a link."""
    layer = tar(base())
    entries = [directory("aa/"), entry("aa/layer.tar", content=layer), directory("bb/"), symlink("bb/layer.tar", "../aa/layer.tar"),
               entry("manifest.json", content=json.dumps([{"Config": "c.json", "Layers": ["aa/layer.tar", "bb/layer.tar"]}]).encode())]
    return tar(entries)


def docker_with(manifest):
    return archive({"manifest.json": json.dumps(manifest).encode()})


def written_through():
    """A layer writes firmware through a link of the one below."""
    return archive(oci([tar(base() + [symlink("usr/share/ovmf", "edk2/ovmf")]),
                        tar([entry("usr/share/ovmf/OVMF.amdsev.fd", content=image("both-64k"))])]))


def doubtful():
    """A layer writes something else through such a link."""
    return archive(oci([tar(base() + [symlink("usr/share/ovmf", "edk2/ovmf")]),
                        tar([entry("usr/share/ovmf/.wh.OVMF.amdsev.fd")])]))


def sparse():
    """100 GB that are not there, as GNU tar has it, before the rest."""
    info = tarfile.TarInfo("huge")
    info.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    real = 100 << 30
    block[386:398], block[398:410] = b"%011o\0" % (1 << 30), b"%011o\0" % 0
    block[483:495] = b"\x80" + real.to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return one(bytes(block) + tar(base()))


def gnu_sparse_chain():
    """A list of holes without an end."""
    info = tarfile.TarInfo("huge")
    info.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[386:398], block[398:410], block[482] = b"%011o\0" % 0, b"%011o\0" % 1, 1
    block[483:495] = b"%011o\0" % 4096
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    more = (b"%011o\0%011o\0" % (0, 0)) * 21 + b"\1" + bytes(7)
    return one(gzip_of([bytes(block)] + [more * 64] * 400))


def many_images(count):
    return one(gzip_of([tar([entry(f"{i}.fd", content=firmware(str(i))) for i in range(count)])]))


GOOD = {
    "launcher.tar": lambda: archive(good()),
    "launcher-docker.tar": lambda: archive(good(docker, "gzip", "gzip")),
    "launcher-moby.tar": moby,
    "launcher-zstd.tar": lambda: one(archives.zstd_of(tar(base()))),
    "launcher-directory": good,
    "launcher-platforms.tar": platforms,
    "launcher-nested.tar": lambda: nested(4),
    "launcher-sparse.tar": sparse,
}
BAD = {
    "launcher-whole.tar.gz": lambda: archives.pack(archive(good()), "gzip"),
    "launcher-no-tar.tar": lambda: b"virt-launcher" * 1000,
    "launcher-empty.tar": lambda: b"",
    "launcher-other.tar": lambda: tar(base()),
    "launcher-two.tar": two_images,
    "launcher-nested-deep.tar": lambda: nested(5),
    "launcher-digest.tar": lambda: changed(b"sha256:", b"sha512:"),
    "launcher-digest-escapes.tar": lambda: changed(b"sha256:", b"sha256:../"),
    "launcher-index.tar": lambda: changed(b"}", b""),
    "launcher-index-twice.tar": lambda: changed(b'"schemaVersion"', b'"manifests": [], "schemaVersion"'),
    "launcher-manifest-missing.tar": lambda: changed(b"sha256:", b"sha256:" + b"0" * 64 + b'", "x": "'),
    "launcher-no-layers.tar": lambda: archive(oci([])),
    "launcher-damaged.tar": damaged_layer,
    "launcher-cut.tar": lambda: archive(good())[:150000],
    "launcher-twice.tar": lambda: tar([entry(name, content=data) for name, data in [*good().items(), ("index.json", b"{}")]]),
    "launcher-many-files.tar": lambda: b"".join(header(f"{i}") for i in range(10001)),
    "launcher-manifest-long.tar": lambda: archive({"index.json": b" " * (4 * 1024 * 1024 + 1)}),
    "launcher-docker-two.tar": lambda: docker_with([{"Layers": ["x"]}, {"Layers": ["x"]}]),
    "launcher-docker-no-layers.tar": lambda: docker_with([{}]),
    "launcher-docker-number.tar": lambda: docker_with([{"Layers": [1]}]),
    "launcher-docker-missing.tar": lambda: docker_with([{"Layers": ["../x.tar"]}]),
    "launcher-many-layers.tar": lambda: docker_with([{"Layers": ["x"] * 501}]),
    "launcher-directory-empty": lambda: {"x": b""},
    "launcher-directory-missing": lambda: {name: data for name, data in good().items() if not name.startswith("blobs")},
    "launcher-layer-junk.tar": lambda: one(b"junk" * 1000),
    "launcher-layer-gzip-cut.tar": lambda: one(archives.pack(tar(base()), "gzip")[:4000]),
    "launcher-layer-cut.tar": lambda: one(tar(base())[:100000]),
    "launcher-dots.tar": lambda: one(tar([entry("usr/../../etc/passwd", content=b"x")])),
    "launcher-long-name.tar": lambda: one(tar([entry("usr/" + "n" * 300, content=b"x")])),
    "launcher-deep.tar": lambda: one(tar([directory("d/" * 300)])),
    "launcher-through.tar": written_through,
    "launcher-doubt.tar": doubtful,
    "launcher-none.tar": lambda: one(tar([entry("usr/bin/x", content=b"x")])),
    "launcher-many-images.tar": lambda: many_images(65),
    "launcher-listed.tar": lambda: one(gzip_of([tar([entry("x.fd", content=firmware("x"))] + [
        symlink(f"{i}.fd", "x.fd") for i in range(1000)])])),
    "launcher-entries.tar": lambda: one(gzip_of([header("x") * 1000] * 251)),
    "launcher-names.tar": lambda: one(gzip_of(
        headers([symlink(f"{i}", "t" * 4000) for i in range(at, at + 1000)]) for at in range(0, 9000, 1000))),
    "launcher-steps.tar": lambda: one(gzip_of([headers([entry("d/" * 250 + "x")]) * 1000] * 50)),
    "launcher-size.tar": lambda: tar([larger(entry("index.json"), 1 << 40)]),
    "launcher-header.tar": gnu_sparse_chain,
    "launcher-bomb.tar": lambda: one(archives.zstd(header("huge", 6 << 30), *([128 * 1024] * 40000))),
}
INPUTS = GOOD | BAD
