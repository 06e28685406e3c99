# SPDX-License-Identifier: Apache-2.0
"""Inputs that grow: each kind is a function of N, which stands for how many of something an input has.

KINDS has for each name (N, function). A function returns the program's arguments, in which bytes stand for a file with
that content. What an input is made of is what some loop in the program, or in a library, might go over once too often.
"""
import base64
import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "measure"))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "launcher"))
import archives  # noqa: E402
import images  # noqa: E402

PREFIX = "launchsecurity.vm.kubevirt.io/"
KINDS = {}


def kind(count):
    """Adds a function to KINDS, to be called with COUNT and twice that."""
    def add(function):
        KINDS[function.__name__.replace("_", "-")] = (count, function)
        return function
    return add


def domain(devices="", root="", head="", oss=""):
    """A small domain with these parts."""
    return (f'<domain type="kvm"{head}><os><type arch="x86_64" machine="q35">hvm</type>{oss}</os>{root}<devices>{devices}'
            "</devices></domain>").encode()


def apply(tee, xml, *more):
    """The arguments that apply a domain."""
    return ["apply", "--domain", xml, "--set", f"type={tee}", "--set", "qgs=none" if tee == "tdx" else "cbitpos=51", *more]


def vmi(**members):
    """A VMI with these members of metadata, and `spec` and `status` beside it."""
    beside = {name: members.pop(name) for name in ("spec", "status") if name in members}
    metadata = {"name": "x", **members}
    metadata["annotations"] = {PREFIX + "type": "tdx", PREFIX + "qgs": "none", **metadata.get("annotations", {})}
    return json.dumps({"kind": "VirtualMachineInstance", "metadata": metadata, "spec": {}, **beside}).encode()


def with_vmi(text):
    """The arguments that apply a small domain for a VMI."""
    return ["apply", "--domain", domain(), "--vmi", text]


# -- domains -----------------------------------------------------------------------------------------------------------


@kind(800)
def attribute_in_namespace(n):
    return apply("sev-snp", domain('<rng x:model="virtio"/>' * n, head=' xmlns:x="urn:x"'))


@kind(600)
def attribute_in_namespace_deeper(n):
    devices = "<a/>" * n + '<disk><target x:bus="virtio"/></disk>' * n
    return apply("sev-snp", domain(devices, head=' xmlns:x="urn:x"'))


@kind(1500)
def blanks_before_removed(n):
    return apply("tdx", domain(root="<cpu>" + " " * n * 4 + '<topology sockets="1"/>' + "<model/>" * n + "</cpu>"))


@kind(800)
def blanks_between_removed(n):
    return apply("tdx", domain(root="<cpu>" + ("\n" + " " * 40 + "<model/>") * n + " " * n * 4 + "</cpu>"))


@kind(600)
def blanks_around_removed(n):
    return apply("tdx", domain(root="<cpu>" + " " * n + "<vendor>x</vendor> <model/> x " * n + "</cpu>"))


@kind(500)
def indentation_of_devices(n):
    return apply("sev-snp", domain("\n<rng model='virtio'/>" * n, root=" " * n * 4))


@kind(500)
def indentation_of_first_device(n):
    return apply("sev-snp", domain(" " * n * 4 + "\n<rng model='virtio'/>" * n))


@kind(200)
def indentation_in_device(n):
    return apply("sev-snp", domain(("<interface>" + " " * 400 + '<model type="virtio"/>' + " " * 400 + "</interface>") * n))


@kind(200000)
def indentation_copied(n):
    text = b'<domain type="kvm">\n' + b" " * n + b'<os><type arch="x86_64" machine="q35">hvm</type></os>\n</domain>'
    return apply("tdx", text, "--set", "oem-strings=" + json.dumps([f"s{i}" for i in range(255)]))


@kind(40000)
def indentation_of_lines(n):
    text = (b'<domain type="kvm">' + b"\n" * n + b'<os>' + b"\n" * n + b'<type arch="x86_64" machine="q35">hvm</type></os>'
            + b"\n" * n + b"</domain>")
    return apply("tdx", text, "--set", "oem-strings=" + json.dumps([f"s{i}" for i in range(255)]))


@kind(150)
def devices_of_all_kinds(n):
    one = ('\n    <interface type="bridge">\n      <model type="virtio"/>\n      <rom bar="on"/>\n    </interface>'
           '\n    <disk type="file">\n      <target dev="vda" bus="virtio"/>\n    </disk>')
    return apply("sev-snp", domain(one * n))


@kind(3000)
def children_of_a_device(n):
    return apply("sev-snp", domain('<disk><target bus="virtio"/>' + "<x/> \n" * n + "</disk>"))


@kind(1500)
def children_of_the_root(n):
    return apply("tdx", domain(root="<x/>\n" * n + "<!-- x -->" * n), "--set", "oem-strings=x")


@kind(800)
def elements_of_one_name(n):
    root = '<sysinfo type="fwcfg"/>' * n
    firmware = '<firmware>' + '<feature name="secure-boot" enabled="no"/>' * n + "</firmware>"
    return apply("tdx", domain('<interface type="bridge"/>' * n, root=root, oss=firmware))


@kind(1000)
def fields_nobody_knows(n):
    return apply("sev-snp", domain(root='<launchSecurity type="sev-snp">' + "<x>y</x>\n" * n + "</launchSecurity>"))


@kind(600)
def oem_strings_among_comments(n):
    strings = [f"s{i}" for i in range(100)]
    entries = "".join(f"<entry>{text}</entry>" + "<!-- -->" * (n // 20) for text in ["x", *strings])
    root = f'<sysinfo type="smbios"><oemStrings>{entries}</oemStrings></sysinfo>'
    return apply("tdx", domain(root=root), "--set", "oem-strings=" + json.dumps(strings))


@kind(4000)
def text_of_the_loader(n):
    return apply("sev-snp", domain(oss='<loader type="rom">/' + "a<!-- -->" * n + "</loader>"))


@kind(400)
def arguments_of_ours(n):
    own = ('<qemu:arg value="-object"/><qemu:arg value="{&quot;qom-type&quot;:&quot;tdx-guest&quot;,&quot;id&quot;:'
           '&quot;lsec0&quot;}"/><qemu:arg value="-machine"/><qemu:arg value="confidential-guest-support=lsec0"/>')
    root = f"<qemu:commandline>{own * n}</qemu:commandline>"
    return apply("tdx", domain(root=root, head=' xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"'))


@kind(500)
def arguments_of_others(n):
    root = "<qemu:commandline>" + '<qemu:arg value="-device"/>\n<qemu:arg value="x"/>' * n + "</qemu:commandline>"
    return apply("tdx", domain(root=root, head=' xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"'),
                 "--set", "qgs=vsock:2:4050")[:5] + ["--set", "qgs=vsock:2:4050"]


@kind(20000)
def argument_of_many_words(n):
    root = f'<qemu:commandline><qemu:arg value="{"machine-" * n}"/></qemu:commandline>'
    return apply("sev-snp", domain(root=root, head=' xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"'))


@kind(12)
def attributes(n):
    return apply("sev-snp", domain(("<rng " + " ".join(f'a{i}="x"' for i in range(200)) + ' model="virtio"/>') * n))


@kind(2000)
def names(n):
    return apply("sev-snp", domain("".join(f"<a{i} b{i}=''/>" for i in range(n))))


@kind(700)
def prefixes(n):
    head = "".join(f' xmlns:x{i}="urn:x{i}"' for i in range(100))
    return apply("sev-snp", domain("<a>" * 150 + '<x0:a x99:b=""/>' * n + "</a>" * 150, head=head))


@kind(3000)
def references(n):
    return apply("sev-snp", domain("<a>" + "&lt;x&#38;" * n + '</a><b c="' + "&gt;&quot;" * n + '"/>'))


@kind(1000)
def pieces_of_text(n):
    return apply("sev-snp", domain("<a>" + "x<![CDATA[y]]>z<!-- --><?a b?>" * n + "</a>"))


@kind(100000)
def one_text(n):
    return apply("sev-snp", domain("<a>" + "x\n" * n + "</a>" + " " * n))


@kind(500)
def words_in_the_report(n):
    return apply("sev-snp", domain("\n<rng model='virtio'/>" * n), "--explain")


@kind(400)
def report_as_json(n):
    return apply("sev-snp", domain("\n<rng model='virtio'/>" * n), "--explain", "--format", "json")


@kind(300)
def diff(n):
    return apply("sev-snp", domain("\n<rng model='virtio'/>\n<x/>\n<x/>\n<x/>" * n), "--diff")


@kind(2000)
def diff_of_one_hunk(n):
    return apply("tdx", domain(root="<cpu>" + "\n<model/>\n<a/>" * n + "\n</cpu>"), "--diff")


# -- VMIs --------------------------------------------------------------------------------------------------------------


@kind(5000)
def status(n):
    return with_vmi(vmi(status={"a": [{} for _ in range(n)], "b": "é\\" * n, "c": [1.5, None, True] * n}))


@kind(10000)
def managed_fields(n):
    return with_vmi(vmi(managedFields=[{"fieldsV1": {f"f:{i}": {} for i in range(n)}}]))


@kind(5000)
def metadata_again(n):
    text = b'"metadata":{"managedFields":[' * n + b"1" + b"]}" * n
    return with_vmi(vmi().replace(b'"spec"', text + b',"spec"'))


@kind(5000)
def members_of_the_root(n):
    return with_vmi(vmi().replace(b'"spec"', b'"metadata":{},"status":{},' * n + b'"spec"'))


@kind(700)
def annotations(n):
    return with_vmi(vmi(annotations={f"launchsecurity{i}.example.org/x": "y" for i in range(n)}))


@kind(490)
def keys_in_both_places(n):
    return with_vmi(vmi(annotations={f"{PREFIX}a{i}": "y" for i in range(n)},
                        labels={f"{PREFIX}a{i}": "y" for i in range(n)}))


@kind(1500)
def labels(n):
    return with_vmi(vmi(labels={f"{PREFIX}a{i}": "y" for i in range(n)}))


@kind(3500)
def spec(n):
    return with_vmi(vmi(spec={f"a{i}": {} for i in range(n)}))


@kind(6000)
def string(n):
    return with_vmi(vmi(spec={"a": "é\\\n\u0001" * n}))


@kind(3500)
def yaml_values(n):
    return with_vmi(b"# x\n" + vmi().replace(b'"spec"', b'"x": [' + b"x, " * n + b'x], "spec"'))


@kind(1500)
def yaml_lines(n):
    text = b"kind: VirtualMachineInstance\nmetadata:\n  name: x\nspec:\n" + b"".join(b"  a%d:\n  - b: c\n" % i for i in range(n))
    return with_vmi(text)


@kind(1500)
def yaml_anchors(n):
    text = b"".join(b"- &a%d x\n" % i for i in range(100)) + b"- *a99\n" * n
    return with_vmi(b"kind: VirtualMachineInstance\nmetadata: {name: x}\nx:\n" + text)


@kind(60)
def yaml_aliases_of_a_text(n):
    text = b"- &a " + b"x" * 20000 + b"\n" + b"- *a\n" * n
    return with_vmi(b"kind: VirtualMachineInstance\nmetadata: {name: x}\nx:\n" + text)


@kind(5000)
def yaml_folded(n):
    return with_vmi(b"kind: VirtualMachineInstance\nmetadata: {name: x}\na: >\n" + b"  x y\n\n" * n + b"b: 'x\n"
                    + b"\n  y\n" * n + b"  '\nc: |\n" + b"  x\n" * n)


@kind(10000)
def yaml_comments(n):
    return with_vmi(b"kind: VirtualMachineInstance\nmetadata: {name: x}\n" + b"# x\n\n   \n" * n + b"b: c\n")


@kind(600)
def yaml_documents(n):
    return with_vmi(b"kind: Secret\na: b\n---\n" * n + b"kind: VirtualMachineInstance\nmetadata: {name: x}\n")


@kind(3000)
def yaml_keys(n):
    return with_vmi(b"kind: VirtualMachineInstance\nmetadata: {name: x}\nx: {" + b"? a\n , " * n + b"}\n")


# -- manifests ---------------------------------------------------------------------------------------------------------


@kind(120)
def manifests(n):
    return ["lint", b"kind: VirtualMachine\nmetadata: {name: x}\nspec: {template: {spec: {domain: {}}}}\n---\n" * n]


@kind(200)
def list_of_manifests(n):
    item = {"kind": "VirtualMachine", "metadata": {"name": "x"}, "spec": {"template": {"spec": {"domain": {}}}}}
    return ["lint", json.dumps({"kind": "List", "items": [item] * n}).encode()]


@kind(120)
def vms_with_presets(n):
    spec = {"cpu": {"guest": 1}, "annotations": {f"a{i}": "b" for i in range(5)}, "launchSecurity": {"snp": {}}}
    items = [{"kind": "VirtualMachineInstancetype", "metadata": {"name": f"i{i}"}, "spec": spec} for i in range(n)]
    items += [{"kind": "VirtualMachine", "metadata": {"name": "x"}, "spec": {
        "instancetype": {"kind": "VirtualMachineInstancetype", "name": f"i{i}"},
        "template": {"metadata": {}, "spec": {"domain": {}}}}} for i in range(n)]
    return ["lint", json.dumps({"kind": "List", "items": items}).encode()]


@kind(120)
def vms_of_a_template(n):
    vm = {"kind": "VirtualMachine", "metadata": {"name": "${A}${A}"}, "spec": {"template": {"spec": {"domain": {}}}}}
    return ["lint", json.dumps({"kind": "Template", "parameters": [{"name": "A", "value": "a" * 1000}],
                                "objects": [vm] * n}).encode()]


@kind(500)
def parameters(n):
    vm = {"kind": "VirtualMachine", "metadata": {"name": "${A" * n}, "spec": {"template": {"spec": {"domain": {}}}}}
    return ["lint", json.dumps({"kind": "Template", "objects": [vm],
                                "parameters": [{"name": f"A{i}", "value": "a"} for i in range(n)]}).encode()]


@kind(500)
def unknown_fields(n):
    return ["lint", vmi(spec={"domain": {"launchSecurity": {"snp": {f"a{i}": i for i in range(n)}},
                                         "devices": {f"launchSecurit{i}": {} for i in range(n)}}})]


@kind(500)
def fields_like_absent_ones(n):
    """As long as the names that rules ask for, so that each is compared with each."""
    fields = {f"k{i:08}": {"a": i} for i in range(n)}
    hooks = json.dumps([{f"k{i:04}": "x" for i in range(n)}])
    return ["lint", vmi(annotations={"hooks.kubevirt.io/hookSidecars": hooks},
                        spec={"domain": {"firmware": fields, **fields}, **fields})]


@kind(45)
def sidecars(n):
    hooks = json.dumps([{"configMap": {"name": f"a{i}"}} for i in range(n)])
    return ["lint", vmi(annotations={"hooks.kubevirt.io/hookSidecars": hooks})]


@kind(500)
def arguments_of_a_sidecar(n):
    hooks = json.dumps([{"args": ["--version", "v1alpha3"] * n, **{f"a{i}": "x" for i in range(n)}}])
    return ["lint", vmi(annotations={"hooks.kubevirt.io/hookSidecars": hooks})]


@kind(200)
def disks(n):
    disk = [{"name": f"d{i}", "disk": {"bus": "virtio"}} for i in range(n)]
    volumes = [{"name": f"d{i}", "containerDisk": {"image": "x"}} for i in range(n)]
    return ["lint", vmi(spec={"domain": {"devices": {"disks": disk, "hostDevices": disk}}, "volumes": volumes})]


# -- values ------------------------------------------------------------------------------------------------------------


@kind(4000)
def initdata_in_toml(n):
    text = "version = '0.1.0'\nalgorithm = 'sha-256'\n[data]\n'a' = '''\n" + "# x\n" * n + "'''\n" + "# y\n" * n
    return apply("tdx", domain(), "--set", f"initdata={text}")


@kind(120)
def initdata_of_many_files(n):
    text = "version = '0.1.0'\nalgorithm = 'sha-256'\n[data]\n" + "".join(f"'a{i}' = '{'x' * 50}'\n" for i in range(n))
    return apply("tdx", domain(), "--set", f"initdata={text}")


@kind(15000)
def initdata_in_json(n):
    text = json.dumps({"version": "0.1.0", "algorithm": "sha-256", "data": {"a": "\n" * n}})
    return apply("tdx", domain(), "--set", "initdata=" + base64.b64encode(text.encode()).decode())


@kind(3000)
def policy(n):
    return apply("sev-snp", domain(), "--set", "policy=" + ",".join(["abi=1.51"] * n)[:60000])


# -- what is measured --------------------------------------------------------------------------------------------------


def measure(xml, *more):
    """The arguments that measure a domain for SEV-SNP."""
    return ["measure", "--firmware", images.build(images.IMAGES["both-64k"]), "--domain", xml, "--cpu", "EPYC", *more]


@kind(400)
def vcpus_measured(n):
    vcpus = "".join(f'<vcpu id="{i}" enabled="yes" hotpluggable="yes"/>\n' for i in range(n))
    return measure(domain(root=f"<vcpu>{max(n, 1)}</vcpu><vcpus>{vcpus}</vcpus>"), "--set", "type=sev-snp")


@kind(400)
def arguments_measured(n):
    root = "<qemu:commandline>" + '<qemu:arg value="-device"/>\n<qemu:arg value="x"/>' * n + "</qemu:commandline>"
    security = '<launchSecurity type="sev-snp"/>'
    return measure(domain(root=root + security, head=' xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"'))


@kind(400)
def kernel_measured(n):
    return ["measure", "--firmware", images.build(images.IMAGES["both-64k"]), "--tee", "sev-snp", "--vcpus", "1", "--cpu", "EPYC",
            "--kernel", b"K" * (4096 * n)]


# -- images ------------------------------------------------------------------------------------------------------------


def launcher(*layers):
    """The arguments that list an image with these layers, and firmware on top."""
    top = [archives.entry("fw.fd", content=archives.firmware("x"))]
    return ["measure", "--list", "--launcher", archives.archive(archives.docker([archives.tar(layer) for layer in (*layers, top)]))]


@kind(1000)
def launcher_entries(n):
    return launcher([archives.entry(f"usr/{i}") for i in range(n)])


@kind(1000)
def launcher_entry_again(n):
    return launcher([archives.entry("usr/x") for _ in range(n)])


@kind(600)
def launcher_white_outs(n):
    return launcher([archives.entry(f"usr/{i}/x") for i in range(n)], [archives.entry(f"usr/.wh.{i}") for i in range(n)])


@kind(400)
def launcher_links(n):
    return launcher([archives.symlink(f"usr/{i}", "../fw.fd") for i in range(n)])


@kind(400)
def launcher_hard_links(n):
    return launcher([archives.entry("x", content=archives.firmware("y"))] + [archives.hardlink(f"usr/{i}", "x") for i in range(n)])


@kind(200)
def launcher_layers(n):
    return launcher(*[[archives.entry(f"usr/{i}")] for i in range(n)])
