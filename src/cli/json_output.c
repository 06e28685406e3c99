/* SPDX-License-Identifier: Apache-2.0 */
#include "json_output.h"

#include "launchsec/memory.h"

void lsec_put(json_t *object, const char *name, json_t *value, bool *failed)
{
	*failed |= json_object_set_new(object, name, value) < 0;
}

void lsec_put_text(json_t *object, const char *name, const char *text, bool *failed)
{
	lsec_put(object, name, text == NULL ? json_null() : json_string(text), failed);
}

void lsec_append(json_t *list, json_t *item, bool *failed)
{
	*failed |= json_array_append_new(list, item) < 0;
}

void lsec_write_json(struct lsec_buffer *ret, const json_t *root, bool failed)
{
	lsec_memory_forget();
	if (failed || lsec_json_write(ret, root, JSON_INDENT(2)) < 0 || lsec_memory_ran_out())
		ret->failed = true;
	lsec_buffer_text(ret, "\n");
}
