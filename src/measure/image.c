/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware image, read for one TEE. */
#include "image_sev.h"
#include "image_tdx.h"

int lsec_image_parse(const struct lsec_firmware *firmware, enum lsec_tee tee,
                     struct lsec_image *ret, struct lsec_problems *problems)
{
	struct lsec_table table;
	struct lsec_image image = {.firmware = *firmware, .tee = tee};
	if (lsec_table_read(firmware, &table, problems) < 0)
		return -1;
	int status = tee == LSEC_TEE_TDX ? lsec_image_read_tdx(&table, &image, problems)
	                                 : lsec_image_read_sev(&table, &image, problems);
	if (status == 0)
		*ret = image;
	return status;
}
