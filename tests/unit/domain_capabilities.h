/* SPDX-License-Identifier: Apache-2.0 */
/* Domain capabilities as libvirt writes them (formatdomaincaps), less what nobody reads here. */
#ifndef LAUNCHSEC_TESTS_DOMAIN_CAPABILITIES_H
#define LAUNCHSEC_TESTS_DOMAIN_CAPABILITIES_H

#define CAPABILITIES(features)                                                                     \
	"<domainCapabilities>\n  <path>/usr/bin/qemu-system-x86_64</path>\n"                       \
	"  <domain>kvm</domain>\n  <machine>pc-q35-10.1</machine>\n  <arch>x86_64</arch>\n"        \
	"  <vcpu max='4096'/>\n  <os supported='yes'>\n    <enum name='firmware'>\n"               \
	"      <value>efi</value>\n    </enum>\n  </os>\n  <features>\n"                           \
	"    <gic supported='no'/>\n" features "  </features>\n</domainCapabilities>\n"

#define SEV_ELEMENT                                                                                \
	"    <sev supported='yes'>\n      <cbitpos>51</cbitpos>\n"                                 \
	"      <reducedPhysBits>1</reducedPhysBits>\n      <maxGuests>410</maxGuests>\n"           \
	"      <maxESGuests>99</maxESGuests>\n      <cpu0Id>ZgBv1t4Aq</cpu0Id>\n    </sev>\n"
#define TYPES(values)                                                                              \
	"    <launchSecurity supported='yes'>\n      <enum name='sectype'>\n" values               \
	"      </enum>\n    </launchSecurity>\n"
#define TYPE(name) "        <value>" name "</value>\n"

/* An EPYC with SEV-SNP (libvirt 10.5 and newer). */
#define SNP_HOST                                                                                   \
	CAPABILITIES("    <tdx supported='no'/>\n" SEV_ELEMENT                                     \
	             "    <sgx supported='no'/>\n" TYPES(TYPE("sev") TYPE("sev-snp")))
/* A Xeon with TDX (libvirt 11.6 and newer). */
#define TDX_HOST                                                                                   \
	CAPABILITIES(                                                                              \
		"    <tdx supported='yes'/>\n    <sev supported='no'/>\n"                          \
		"    <sgx supported='yes'>\n      <flc>yes</flc>\n    </sgx>\n"                    \
		"    <hyperv supported='yes'>\n      <enum name='features'>\n"                     \
		"        <value>tdx</value>\n      </enum>\n    </hyperv>\n" TYPES(TYPE("tdx")))
/* Neither; and an EPYC under a libvirt that tells no types. */
#define PLAIN_HOST                                                                                 \
	CAPABILITIES("    <tdx supported='no'/>\n    <sev supported='no'/>\n"                      \
	             "    <launchSecurity supported='no'/>\n")
#define OLD_HOST CAPABILITIES(SEV_ELEMENT)

#endif
