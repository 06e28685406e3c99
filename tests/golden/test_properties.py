#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the test tools: each property can fail, and holds for what launchsec may do."""

import unittest

import properties
import squeeze

BEFORE = """<!-- before -->
<domain type="kvm" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0" xmlns:x="urn:x">
	<name>one</name>
	<os firmware="bios">
		<type>hvm</type>
		<loader readonly="yes" secure="no" type="pflash">/code.fd</loader>
		<nvram>/vars.fd</nvram>
	</os>
	<sysinfo type="smbios">
		<oemStrings><entry>old</entry></oemStrings>
	</sysinfo>
	<devices>
		<!-- a comment -->
		<interface type="ethernet"><model type="virtio"></model></interface>
		<disk device="disk"><target bus="virtio"></target><driver name="qemu"></driver></disk>
		<disk device="cdrom"><target bus="sata"></target><driver name="qemu"></driver></disk>
		<x:unknown>text</x:unknown>
	</devices>
	<features><acpi></acpi><smm></smm><ioapic driver="kvm"></ioapic></features>
	<cpu mode="custom" match="exact"><model>EPYC</model><topology sockets="1"></topology></cpu>
	<vcpus><vcpu id="0" enabled="yes"></vcpu><vcpu id="1" enabled="yes" hotpluggable="yes"></vcpu>
	<vcpu id="2" enabled="no" hotpluggable="yes"></vcpu></vcpus>
</domain>
<!-- behind -->
"""


def edit(text, *pairs):
    """Replace each old text, which must be there, by the new one that follows it in PAIRS."""
    for old, new in zip(pairs[::2], pairs[1::2]):
        if old not in text:
            raise AssertionError(f"{old!r} is not in the domain")
        text = text.replace(old, new, 1)
    return text


OS = (' firmware="bios"', "", 'readonly="yes" secure="no" type="pflash"', 'type="rom" stateless="yes"')
OS += ("\n\t\t<nvram>/vars.fd</nvram>", "", "<smm></smm>", "")
OS += ('"0" enabled="yes"', '"0" enabled="yes" hotpluggable="no"')
OS += ('"1" enabled="yes" hotpluggable="yes"', '"1" enabled="yes" hotpluggable="no"')
SNP = edit(
    BEFORE,
    *OS,
    '<model type="virtio"></model>',
    '<model type="virtio"></model><driver iommu="on"></driver><rom enabled="no"></rom>',
    '<driver name="qemu">',
    '<driver name="qemu" iommu="on">',
    "</cpu>",
    """</cpu>
	<launchSecurity type="sev-snp">
		<policy>0x30000</policy>
		<hostData>AAAA</hostData>
	</launchSecurity>""",
)
TDX = edit(
    BEFORE,
    *OS,
    '<ioapic driver="kvm"></ioapic>',
    '<pmu state="off"></pmu>',
    '<cpu mode="custom" match="exact"><model>EPYC</model>',
    '<cpu mode="host-passthrough">',
    "</cpu>",
    """</cpu>
	<launchSecurity type="tdx">
		<policy>0x10000000</policy>
		<mrConfigId>AAAA</mrConfigId>
	</launchSecurity>""",
)
ARGUMENTS = """<qemu:commandline>
		<qemu:arg value="-object"></qemu:arg>
		<qemu:arg value="{&quot;qom-type&quot;:&quot;tdx-guest&quot;}"></qemu:arg>
		<qemu:arg value="-machine"></qemu:arg>
		<qemu:arg value="confidential-guest-support=lsec0"></qemu:arg>
	</qemu:commandline>"""
TDX_QEMU = TDX[: TDX.index("<launchSecurity")] + ARGUMENTS + TDX[TDX.index("</launchSecurity>") + 17 :]


class PropertiesTest(unittest.TestCase):
    """Each test makes one thing wrong and looks which properties say so."""

    def failing(self, after, rerun=None, before=BEFORE, **options):
        """Return the letters of the properties that AFTER lacks; RERUN is the program, by default a right one."""
        rerun = rerun or (lambda domain: after)
        messages = properties.check(
            before.encode(), after.encode(), lambda domain: rerun(domain.decode()).encode(), **options
        )
        return "".join(sorted({message[0] for message in messages})), messages

    def assert_fails(self, wanted, after, *arguments, **options):
        """Assert that just the properties WANTED, a string of letters, fail."""
        found, messages = self.failing(after, *arguments, **options)
        self.assertEqual(found, wanted, "\n".join(messages))

    def test_right_domains_pass(self):
        for after in (SNP, TDX, TDX_QEMU):
            self.assert_fails("", after, bytewise=True)

    def test_only_the_letters_asked_for(self):
        wrong = edit(SNP, "0x30000", " 196608 ", "one", "two")
        self.assert_fails("ce", wrong)
        self.assert_fails("e", wrong, letters="abde")

    def test_g_white_space(self):
        self.assert_fails("g", edit(SNP, "</os>", "</os>" + " " * 20000))
        self.assert_fails("", edit(SNP, "</os>", "</os>" + " " * 200))

    def test_a_applied_twice(self):
        self.assert_fails("a", SNP, lambda domain: domain + "\n" if domain == SNP else SNP)

    def test_a_refused_the_second_time(self):
        def refuse(domain):
            raise properties.RerunError("refused")

        self.assert_fails("ab", SNP, refuse)

    def test_b_skips_what_is_already_protected(self):
        self.assert_fails("b", SNP, lambda domain: domain if "sev-snp" in domain else SNP)

    def test_b_loses_one_owned_part(self):
        for after, part, lost in (
            (SNP, "<hostData>AAAA</hostData>", ""),
            (SNP, ' stateless="yes"', ""),
            (SNP, '<rom enabled="no">', '<rom enabled="yes">'),
            (SNP, '<driver name="qemu" iommu="on">', '<driver name="qemu">'),
            (SNP, "<acpi></acpi>", "<acpi></acpi><smm></smm>"),
            (TDX, "<mrConfigId>AAAA</mrConfigId>", ""),
            (TDX, "host-passthrough", "host-model"),
            (TDX_QEMU, "confidential-guest-support", "other"),
        ):
            with self.subTest(part):
                self.assert_fails("b", after, lambda domain: after if domain == after else edit(after, part, lost))

    def test_b_oem_strings_count_unless_they_were_there(self):
        lose = ("<oemStrings><entry>old</entry></oemStrings>", "")
        self.assert_fails("", SNP, lambda domain: SNP if domain == SNP else edit(SNP, *lose))
        with_new = ("b", SNP, lambda domain: SNP if domain == SNP else edit(SNP, *lose))
        self.assert_fails(*with_new, before=edit(BEFORE, *lose))

    def test_b_changes_something_else(self):
        self.assert_fails("b", SNP, lambda domain: SNP if domain == SNP else edit(SNP, "one", "two"))

    def test_b_bytewise(self):
        def blank(domain):
            return SNP if domain == SNP else edit(SNP, "<name>", "\n<name>")

        self.assert_fails("", SNP, blank)
        self.assert_fails("b", SNP, blank, bytewise=True)

    def test_b_struct_cannot_read_it(self):
        memory = ("<name>one</name>", "<name>one</name><memory>much</memory>")
        self.assert_fails("b", edit(SNP, *memory), before=edit(BEFORE, *memory))

    def test_c_what_either_may_not_touch(self):
        for after in (SNP, TDX, TDX_QEMU):
            for old, new in (
                ("<name>one", "<name>two"),
                ("<!-- a comment -->", ""),
                ("<!-- behind -->", ""),
                ("<x:unknown>text</x:unknown>", ""),
                (">text<", "> text<"),
                ("<acpi></acpi>", ""),
                ("<entry>old</entry>", "<entry>new</entry>"),
                ('xmlns:x="urn:x"', 'xmlns:y="urn:x"'),
                ('<topology sockets="1">', '<topology sockets="2">'),
                ('bus="sata"></target><driver name="qemu"', 'bus="sata"></target><driver name="qemu" iommu="on"'),
            ):
                with self.subTest(old):
                    pairs = ("<x:unknown", "<y:unknown", "</x:", "</y:") if "xmlns" in old else ()
                    self.assert_fails("c", edit(after, old, new, *pairs))

    def test_c_snp_may_not_touch(self):
        for old, new in (
            ('mode="custom"', 'mode="host-passthrough"'),
            ("<model>EPYC</model>", ""),
            ('<ioapic driver="kvm"></ioapic>', ""),
            ("<acpi></acpi>", '<acpi></acpi><pmu state="off"></pmu>'),
            ('<driver iommu="on">', '<driver name="vhost" iommu="on">'),
            ('iommu="on"', 'iommu="off"'),
        ):
            with self.subTest(old):
                self.assert_fails("c", edit(SNP, old, new))

    def test_c_tdx_may_not_touch(self):
        for old, new in (
            ('<driver name="qemu"', '<driver name="qemu" iommu="on"'),
            ('<model type="virtio"></model>', '<model type="virtio"></model><rom enabled="no"></rom>'),
            ("<acpi></acpi>", '<acpi></acpi><ioapic driver="qemu"></ioapic>'),
        ):
            with self.subTest(old):
                self.assert_fails("c", edit(TDX, old, new))

    def test_c_what_launch_security_had(self):
        own = '<launchSecurity type="sev-snp" new="1"><hostData x="y">BBBB</hostData><other><a/></other></launchSecurity>'
        before = edit(BEFORE, "</cpu>", "</cpu>" + own)
        kept = ('<launchSecurity type="sev-snp">', '<launchSecurity type="sev-snp" new="1"><other><a></a></other>')
        after = edit(SNP, *kept, "<hostData>", '<hostData x="y">')
        self.assert_fails("", after, before=before, letters="acde")
        for lost in (' new="1"', "<a></a>", "<other><a></a></other>", ' x="y"', '<hostData x="y">AAAA</hostData>'):
            with self.subTest(lost):
                self.assert_fails("c", edit(after, lost, ""), before=before, letters="acde")
        # Of another type nothing has to stay.
        self.assert_fails("", SNP, before=edit(before, 'type="sev-snp"', 'type="sev"'), letters="acde")

    def test_c_services(self):
        """Another spelling of the quote generation service may go, nothing else with it."""
        own = '<launchSecurity type="tdx"><quote-generation>x</quote-generation><quotes/></launchSecurity>'
        before = edit(BEFORE, "</cpu>", "</cpu>" + own)
        self.assert_fails("c", TDX, before=before, letters="acde")
        after = edit(TDX, "<mrConfigId>", "<quotes></quotes><mrConfigId>")
        self.assert_fails("", after, before=before, letters="acde")

    def test_b_own_values_count_unless_they_were_there(self):
        lose = ("<hostData>AAAA</hostData>", "")
        own = '</cpu><launchSecurity type="sev-snp"><hostData>AAAA</hostData></launchSecurity>'
        self.assert_fails("b", SNP, lambda domain: SNP if domain == SNP else edit(SNP, *lose))
        before = edit(BEFORE, "</cpu>", own)
        self.assert_fails("", SNP, lambda domain: SNP if domain == SNP else edit(SNP, *lose), before=before)

    def test_c_new_oem_strings(self):
        new = ("<entry>old</entry>", "<entry>old</entry><entry>new</entry>", "<type>", '<smbios mode="sysinfo"/><type>')
        self.assert_fails("", edit(SNP, *new))
        sysinfo = BEFORE[BEFORE.index("\t<sysinfo") : BEFORE.index("\t<devices")]
        self.assert_fails("", edit(SNP, *new), before=edit(BEFORE, sysinfo, ""))
        self.assert_fails("c", edit(SNP, "<type>", '<smbios mode="sysinfo"/><type>', sysinfo, ""))

    def test_c_smbios_mode(self):
        emulate = edit(BEFORE, "<type>", '<smbios mode="emulate"/><type>')
        new = ("<entry>old</entry>", "<entry>old</entry><entry>new</entry>")
        self.assert_fails("", edit(SNP, *new, "<type>", '<smbios mode="sysinfo"/><type>'), before=emulate)
        self.assert_fails("c", edit(SNP, *new, "<type>", '<smbios mode="host"/><type>'), before=emulate)
        self.assert_fails("c", edit(SNP, *new), before=emulate)
        mode = ("<type>", '<smbios mode="sysinfo"/><type>')
        gone = ("<oemStrings><entry>old</entry></oemStrings>", "")
        self.assert_fails("c", edit(SNP, *gone, *mode), before=edit(emulate, *gone))

    def test_f_protection_by_others(self):
        def with_section(section, after=SNP, before=BEFORE):
            added = [edit(one, "</name>", f"</name><metadata>{section}</metadata>") for one in (after, before)]
            return {"after": added[0], "before": added[1], "letters": "f"}

        def arguments(*values):
            return "<qemu:commandline>%s</qemu:commandline>" % "".join(f"<qemu:arg value='{one}'/>" for one in values)

        for section in (
            arguments("--machine", "q35,memory_encryption="),
            arguments("-object", "id=x,qom-type=sev-snp-guest"),
            arguments("-object", '{"qom-type": "tdx-guest"}'),
            "<qemu:capabilities><qemu:del capability='confidential-guest-support'/></qemu:capabilities>",
        ):
            with self.subTest(section):
                self.assert_fails("f", **with_section(section))
        self.assert_fails("", **with_section(arguments("-machine", "vmport=off", "-object", "iothread,id=x")))
        twice = edit(TDX_QEMU, ARGUMENTS, ARGUMENTS + ARGUMENTS)
        self.assert_fails("f", twice, letters="f")

    def test_d_form(self):
        security = SNP[SNP.index("<launchSecurity") : SNP.index("</launchSecurity>") + 17]
        loader = '<loader type="rom" stateless="yes">/code.fd</loader>'
        for old, new in (
            (security, security * 2),
            (loader, ""),
            (loader, loader * 2),
            ('type="rom"', 'type="pflash"'),
            (' stateless="yes"', ""),
            (' stateless="yes"', ' stateless="yes" readonly="yes"'),
            (' stateless="yes"', ' stateless="yes" secure="no"'),
            ("<acpi></acpi>", "<acpi></acpi><smm></smm>"),
            ("<os>", '<os firmware="bios">'),
        ):
            with self.subTest(new):
                self.assert_fails("d", edit(SNP, old, new))
        self.assert_fails("cd", edit(SNP, security, ""))
        self.assert_fails("cd", edit(SNP, "</os>", "</os><os></os>"))

    def test_d_devices(self):
        self.assert_fails("d", edit(SNP, '<driver name="qemu" iommu="on">', '<driver name="" iommu="on">'), letters="d")
        self.assert_fails("d", edit(SNP, ' name="qemu" iommu="on"', ' name="qemu"'))
        implied = edit(SNP, '<target bus="virtio">', '<target dev="vda">')
        self.assert_fails("", implied, letters="d")
        self.assert_fails("d", edit(implied, ' name="qemu" iommu="on"', ' name="qemu"'), letters="d")

    def test_d_vcpus(self):
        for after in (SNP, TDX):
            plugged = ('"1" enabled="yes" hotpluggable="no"', '"1" enabled="yes" hotpluggable="yes"')
            self.assert_fails("d", edit(after, *plugged))
            self.assert_fails("c", edit(after, '"no" hotpluggable="yes"', '"no" hotpluggable="no"'))

    def test_d_tdx(self):
        self.assert_fails("d", edit(TDX, '<pmu state="off"></pmu>', ""))
        self.assert_fails("cd", edit(TDX, "host-passthrough", "host-model"))
        self.assert_fails("d", TDX.replace("</cpu>", "</cpu>" + ARGUMENTS))

    def test_e_values(self):
        for old, new in (
            ("<policy>0x30000</policy>", "<policy>\n0x30000</policy>"),
            ("<policy>0x30000</policy>", "<policy>196608</policy>"),
            ("AAAA", "AAAA "),
            ("AAAA", "<!-- c -->AAAA"),
            ("/code.fd", " /code.fd"),
        ):
            with self.subTest(new):
                self.assert_fails("e", edit(SNP, old, new))


class SqueezeTest(unittest.TestCase):
    """What the struct is known to do; the captures show the rest (squeeze.py --self-test)."""

    def squeezed(self, inner, **options):
        """Squeeze a domain with INNER in it."""
        declaration = f'<domain type="kvm" xmlns:qemu="{squeeze.QEMU}">'
        return squeeze.squeeze(f"{declaration}{inner}</domain>".encode(), **options).decode()

    def test_traps(self):
        for inner, wanted in (
            ("<features><smm state='off'/></features>", "<smm></smm>\n"),
            ("<os><loader type='rom' stateless='yes'>/f</loader></os>", '<loader type="rom">/f</loader>'),
            (
                "<launchSecurity type='tdx'><mrOwner>x</mrOwner><policy>1</policy></launchSecurity>",
                '<launchSecurity type="tdx">\n\t\t<policy>1</policy>\n\t</launchSecurity>',
            ),
            ("<devices><interface><driver iommu='on'/></interface></devices>", '<driver name="" iommu="on"></driver>'),
            ("<devices><disk><driver iommu='on'/></disk></devices>", '<driver name="" type="" iommu="on"></driver>'),
            ("<name>\n&lt;'\"\t</name>", "<name>&#xA;&lt;&#39;&#34;&#x9;</name>"),
            ("<clock offset='a\nb'/>", '<clock offset="a&#xA;b"></clock>'),
            ("<name>a<!-- c -->b</name>", "<name>ab</name>"),
            ("<vcpu> 08 </vcpu>", '<vcpu placement="">8</vcpu>'),
        ):
            with self.subTest(inner):
                self.assertIn(wanted, self.squeezed(inner))

    def test_dropped(self):
        inner = "<features><ioapic/></features><sysinfo><oemStrings><entry/></oemStrings></sysinfo><unknown/>"
        for name in ("ioapic", "oemStrings", "unknown"):
            self.assertNotIn(name, self.squeezed(inner))

    def test_qemu_section(self):
        section = "<qemu:commandline><qemu:arg value='-s'/></qemu:commandline>"
        for qemu, kept, declared in (("keep", 1, 1), ("transfer", 1, 0), ("drop", 0, 0)):
            with self.subTest(qemu):
                self.assertEqual('<qemu:arg value="-s"></qemu:arg>' in self.squeezed(section, qemu=qemu), kept)
                self.assertEqual("xmlns:qemu" in self.squeezed(section, qemu=qemu), kept)
                self.assertEqual("xmlns:qemu" in self.squeezed("", qemu=qemu), declared)

    def test_what_go_refuses(self):
        for inner in ("<memory>much</memory>", "<vcpu>-1</vcpu>", "<iothreads>99999999999999999999</iothreads>", "<a>"):
            with self.subTest(inner), self.assertRaises(ValueError):
                self.squeezed(inner)


if __name__ == "__main__":
    unittest.main()
