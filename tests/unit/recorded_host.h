/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a host from recorded ones. */
#ifndef LAUNCHSEC_TESTS_RECORDED_HOST_H
#define LAUNCHSEC_TESTS_RECORDED_HOST_H

#include "core/host.h"
#include "support.h"

#define CPU_AMD "\"cpu-amd\":true,\"cpu-intel\":false,"
#define CPU_INTEL "\"cpu-amd\":false,\"cpu-intel\":true,"
#define CPU_SNP                                                                                    \
	CPU_AMD "\"sev\":true,\"sev-es\":true,\"sev-snp\":true,\"cbitpos\":51,"                    \
		"\"reduced-phys-bits\":1"
#define KVM_SNP "\"kvm-amd-sev\":true,\"kvm-amd-sev-es\":true,\"kvm-amd-sev-snp\":true"
#define SNP_NODE "{" CPU_SNP "," KVM_SNP ",\"kvm-intel-tdx\":false,\"dev-kvm\":true}"
#define TDX_NODE "{" CPU_INTEL "\"kvm-amd-sev-snp\":false,\"kvm-intel-tdx\":true,\"dev-kvm\":true}"

static inline int read_host(const char *text, struct lsec_host *ret, struct lsec_problems *problems)
{
	return lsec_host_read_recorded(text, strlen(text), "h.json", ret, problems);
}

static inline struct lsec_host host_of(const char *text)
{
	struct lsec_host host = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(read_host(text, &host, &problems), 0);
	expect_none(&problems);
	return host;
}

#endif
