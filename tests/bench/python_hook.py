#!/usr/bin/env python3
# The peer that bench.py measures launchsec against, and an example of what launchsec replaces: a script of the kind
# that people put into a ConfigMap today so that KubeVirt's sidecar-shim runs it as onDefineDomain. It is not for use:
# it checks nothing, ignores what the domain already says, and appends a second element when it is called again.
"""Turn a KubeVirt domain into an SEV-SNP guest and print it."""
import argparse
import json
import sys
import xml.etree.ElementTree as ET

FIRMWARE = "/usr/share/edk2/ovmf/OVMF.amdsev.fd"
ANNOTATION = "launchsecurity.vm.kubevirt.io/type"


def protect(domain):
    """Load the SNP firmware as a ROM, forget the variable store, and ask for SEV-SNP."""
    os_element = domain.find("os")
    loader = os_element.find("loader")
    if loader is None:
        loader = ET.SubElement(os_element, "loader")
    loader.attrib.clear()
    loader.set("type", "rom")
    loader.text = FIRMWARE
    for nvram in os_element.findall("nvram"):
        os_element.remove(nvram)
    security = ET.SubElement(domain, "launchSecurity", {"type": "sev-snp"})
    ET.SubElement(security, "policy").text = "0x30000"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vmi", required=True, help="the VMI as JSON")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--domain", help="the domain XML")
    source.add_argument("--domain-file", help="a file with the domain XML")
    args = parser.parse_args()
    vmi = json.loads(args.vmi)
    domain = ET.parse(args.domain_file).getroot() if args.domain_file else ET.fromstring(args.domain)
    ET.register_namespace("qemu", "http://libvirt.org/schemas/domain/qemu/1.0")
    if vmi["metadata"].get("annotations", {}).get(ANNOTATION) == "sev-snp":
        protect(domain)
    sys.stdout.write(ET.tostring(domain, encoding="unicode"))


if __name__ == "__main__":
    main()
