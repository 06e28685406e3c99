# SPDX-License-Identifier: Apache-2.0
"""The static executable where there is nothing else, as KubeVirt's sidecar-shim and as an image would run it."""

import json
import os
import pathlib
import re
import signal
import stat
import tempfile
import time
import unittest

import jsonschema

import emptyroot
import support

SECONDS = 20  # until a socket is there


def shim(root, vmi, domain):
    """What sidecar-shim does for OnDefineDomain (cmd/sidecars/sidecar_shim.go): the program from PATH, VMI and domain
    as arguments, standard output as the new domain; anything but exit status 0 fails the call."""
    process = emptyroot.start(root, ["onDefineDomain", "--vmi", vmi, "--domain", domain], {"PATH": "/usr/bin"})
    out, err = process.communicate(timeout=support.TIMEOUT)
    return process.returncode, out, err


def normal(vmi, domain):
    process = emptyroot.subprocess.run(["onDefineDomain", "--vmi", vmi, "--domain", domain], executable=support.BINARY,
                                       capture_output=True, env={}, check=False, timeout=support.TIMEOUT)
    return process.returncode, process.stdout, process.stderr


def instance_of(machine):
    """The VMI that KubeVirt makes of a VM, as the shim gets it."""
    template = machine["spec"]["template"]
    return json.dumps({"kind": "VirtualMachineInstance", "apiVersion": "kubevirt.io/v1", "spec": template["spec"],
                       "metadata": {"name": "vm", "namespace": "default"} | template["metadata"]})


class Shim(unittest.TestCase):
    def test_same_as_the_normal_build(self):
        """Every sample on every capture, the refused ones too."""
        statuses = set()
        with emptyroot.folder({"/usr/bin/onDefineDomain": support.STATIC}) as root:
            for _, machine in support.samples():
                vmi = instance_of(machine)
                for path in sorted(support.CAPTURES.glob("*.domain.xml")):
                    domain = path.read_text(encoding="utf-8")
                    found = shim(root, vmi, domain)
                    self.assertEqual(found, normal(vmi, domain), path)
                    statuses.add(found[0])
        self.assertEqual(statuses, {0, 3})

    def test_nothing_is_written(self):
        """Also where the root could be written to: there is no temporary file, cache or log."""
        with emptyroot.folder({"/usr/bin/onDefineDomain": support.STATIC}, ["/tmp"]) as root:
            path, machine = support.samples()[0]
            domain = (support.CAPTURES / "native-snp.domain.xml").read_text(encoding="utf-8")
            process = emptyroot.start(root, ["onDefineDomain", "--vmi", instance_of(machine), "--domain", domain],
                                      {"PATH": "/usr/bin"}, ["/tmp"])
            process.communicate(timeout=support.TIMEOUT)
            self.assertEqual(list((root / "tmp").iterdir()), [], path)

    def test_root_is_what_it_should_be(self):
        """The test's own root: the program has no privilege and cannot write, or the above would prove nothing."""
        with emptyroot.folder({"/usr/bin/onDefineDomain": support.STATIC}) as root:
            process = emptyroot.start(root, ["onDefineDomain", "--help"], {"PATH": "/usr/bin"})
            process.communicate(timeout=support.TIMEOUT)
            self.assertEqual([path for path in root.rglob("*") if path.is_file()], [root / "usr/bin/onDefineDomain"])
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                emptyroot.enter(root, [])
                try:
                    (pathlib.Path("/") / "file").write_bytes(b"")
                    os.write(writer, b"written")
                except OSError as error:
                    os.write(writer, f"{error.errno} {os.getuid()}".encode())
                os._exit(0)
            os.close(writer)
            self.assertEqual(os.read(reader, 100), f"30 {emptyroot.USER}".encode())  # EROFS
            os.close(reader)
            os.waitpid(child, 0)


class Server(unittest.TestCase):
    """As in the image: ENTRYPOINT, then what a sidecar's args or the plugin's policy add."""

    def served(self, arguments, directory, environment):
        with emptyroot.folder({"/usr/bin/launchsec": support.STATIC}, [directory]) as root:
            process = emptyroot.start(root, ["/usr/bin/launchsec", "serve", *arguments], environment, [directory])
            end = time.monotonic() + SECONDS
            found = []
            while not found and process.poll() is None and time.monotonic() < end:
                time.sleep(0.01)
                found = list((root / directory.lstrip("/")).glob("*.sock"))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in found}
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=support.TIMEOUT)
            self.assertEqual(process.returncode, 0, err)
            self.assertEqual(list((root / directory.lstrip("/")).iterdir()), [])
            return modes

    def test_hook_sidecar(self):
        modes = self.served(["--version", "v1alpha3"], "/var/run/kubevirt-hooks", {"CONTAINER_NAME": "hook-sidecar-0"})
        self.assertEqual(modes, {"launchsec-hook-sidecar-0.sock": 0o666})

    def test_plugin(self):
        socket = support.manifest("Plugin", "launchsec")["spec"]["domainHooks"][0]["sidecar"]["socketPath"]
        modes = self.served(["--plugin-socket", socket], os.path.dirname(socket), {"LAUNCHSEC_FORBID": "allow-debug"})
        self.assertEqual(modes, {"launchsec.sock": 0o666})


class Executable(unittest.TestCase):
    def test_size(self):
        self.assertLessEqual(support.STATIC.stat().st_size, 820 * 1024)

    def test_static(self):
        """No interpreter, no shared library, no build path."""
        headers = support.output("readelf", "--program-headers", "--dynamic", support.STATIC)
        self.assertNotIn("INTERP", headers)
        self.assertNotIn("NEEDED", headers)
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(headers, r"GNU_STACK.*\n.*RW ")
        content = support.STATIC.read_bytes()
        self.assertNotIn(os.fsencode(support.ROOT), content)
        self.assertFalse(re.search(rb"/(home|tmp)/[a-z]", content))


class Image(unittest.TestCase):
    """What deploy/image/build leaves: an OCI archive."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.layout = pathlib.Path(cls.folder.name)
        support.output("tar", "--extract", "--file", support.BUILD / "image/launchsec.tar", "--directory", cls.layout)
        (entry,) = json.loads((cls.layout / "index.json").read_text())["manifests"]
        cls.manifest = json.loads(cls.blob(entry["digest"]).read_text())
        cls.config = json.loads(cls.blob(cls.manifest["config"]["digest"]).read_text())["config"]
        cls.root = cls.layout / "root"
        cls.root.mkdir()
        for layer in cls.manifest["layers"]:
            support.output("tar", "--extract", "--gzip", "--file", cls.blob(layer["digest"]), "--directory", cls.root)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def blob(cls, digest):
        return cls.layout / "blobs" / digest.replace(":", "/")

    def test_size(self):
        self.assertLess((support.BUILD / "image/launchsec.tar").stat().st_size, 1000000)
        self.assertLess(sum(path.stat().st_size for path in self.root.rglob("*")), 1000000)

    def test_config(self):
        self.assertEqual(self.config["Entrypoint"], ["/usr/bin/launchsec", "serve"])
        # A number, or Kubernetes could not tell that it is not root.
        self.assertEqual(self.config["User"], f"{emptyroot.USER}:{emptyroot.USER}")
        labels = self.config["Labels"]
        version = support.output(support.STATIC, "version").split()[-1]
        self.assertEqual(labels["org.opencontainers.image.version"], version)
        self.assertEqual(labels["org.opencontainers.image.licenses"], "Apache-2.0")

    def test_content(self):
        self.assertEqual((self.root / "usr/bin/launchsec").read_bytes(), support.STATIC.read_bytes())
        programs = [path for path in self.root.rglob("*") if path.is_file() and path.stat().st_mode & 0o111]
        self.assertEqual(programs, [self.root / "usr/bin/launchsec"])
        papers = {path.name for path in (self.root / "usr/share/doc/launchsec").iterdir()}
        packages = {line.split()[1] for line in (support.ROOT / "deploy/static/libraries").read_text().splitlines()
                    if not line.startswith("#")}
        self.assertEqual(papers, {"LICENSE", "launchsec.cdx.json"} | {f"copyright.{name}" for name in packages})


class Materials(unittest.TestCase):
    """The SBOM: CycloneDX's own schema, and everything that is linked in."""

    def setUp(self):
        self.bom = json.loads((support.BUILD / "image/launchsec.cdx.json").read_text(encoding="utf-8"))

    def test_schema(self):
        where = support.package("@cyclonedx/cyclonedx-library") / "res/schema"
        names = [f"{name}.SNAPSHOT.schema.json" for name in ("bom-1.5", "spdx", "jsf-0.82")]
        bom, *others = [json.loads((where / name).read_text(encoding="utf-8")) for name in names]
        # They refer to each other by file name; a schema that is not here would be looked for in the network.
        store = {f"http://cyclonedx.org/schema/{name}": schema for name, schema in zip(names[1:], others)}
        resolver = jsonschema.RefResolver.from_schema(bom, store=store)
        validator = jsonschema.Draft7Validator(bom, resolver=resolver)
        self.assertEqual([error.message for error in validator.iter_errors(self.bom)], [])
        self.assertTrue(list(validator.iter_errors(self.bom | {"specVersion": 1.5, "components": [{"name": "x"}]})))

    def test_components(self):
        wanted = {line.split()[1]: line.split()[2] for line in
                  (support.ROOT / "deploy/static/libraries").read_text().splitlines() if not line.startswith("#")}
        found = {part["name"]: part["version"] for part in self.bom["components"]}
        self.assertEqual({name: found.get(name) for name in wanted}, wanted)
        self.assertTrue(all(part["licenses"] for part in self.bom["components"]))

    def test_same_again(self):
        version = self.bom["metadata"]["component"]["version"]
        again = support.output(support.ROOT / "deploy/image/sbom", version, support.STATIC)
        self.assertEqual(again, (support.BUILD / "image/launchsec.cdx.json").read_text(encoding="utf-8"))
