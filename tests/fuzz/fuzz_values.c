/* SPDX-License-Identifier: Apache-2.0 */
/* Any annotations, on domains that KubeVirt made: a byte for the domain and the VMI's other
 * facts, one for the host, then annotations (fuzz_read_annotations()). */
#include "fuzz.h"

static char name[] = "vm-1";
static char name_space[] = "default";
static char qgs[] = "/var/run/kubevirt/qgs.socket";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	unsigned choice = fuzz_byte(&input);
	unsigned facts = fuzz_byte(&input);
	const struct fuzz_input capture = fuzz_capture_domain(choice);
	const struct lsec_host host = fuzz_host(facts);
	const struct lsec_config config = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {
		.read = (facts & 0x10) != 0,
		.secure_boot = (facts & 0x20) != 0,
		.persistent_variables = (facts & 0x40) != 0,
	};
	if (vmi.read) {
		vmi.name = fuzz_text((const uint8_t *)name, sizeof(name) - 1);
		vmi.name_space = fuzz_text((const uint8_t *)name_space, sizeof(name_space) - 1);
	}
	if ((facts & 0x80) != 0)
		vmi.qgs_socket_path = fuzz_text((const uint8_t *)qgs, sizeof(qgs) - 1);
	fuzz_read_annotations(&input, &vmi);
	const struct lsec_request request = {
		(const char *)capture.data, capture.size, "domain", &vmi, &host, &config,
	};
	fuzz_apply(&request);
	return 0;
}
