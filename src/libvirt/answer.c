/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's answer, cut into its fields and read into facts. */
#include "answer.h"

#include <string.h>

/* Bytes of libvirt's message in a message. */
enum { LONGEST_WORDS = 400 };

/* The fields, in the answer's bytes. */
struct fields {
	const char *of[LSEC_VIRT_FIELDS];
};

const char *lsec_virt_said(const char *message)
{
	return message == NULL || message[strspn(message, "\n. ")] == '\0' ? "no reason given"
	                                                                   : message;
}

/* libvirt's message: the first line that is not empty, without its full stop, shortened, and
 * without terminal escapes. */
static char *words(const char *text)
{
	/* Something else follows, see lsec_virt_said(); so the end stops at the beginning. */
	text = lsec_virt_said(text);
	text += strspn(text, "\n. ");
	size_t len = strcspn(text, "\n");
	len = len > LONGEST_WORDS ? LONGEST_WORDS : len;
	while (text[len - 1] == '.' || text[len - 1] == ' ')
		len--;
	char *ret = lsec_strndup(text, len);
	lsec_make_printable(ret);
	return ret;
}

/* Whether all fields are there. */
static bool cut(const struct lsec_buffer *answer, struct fields *ret)
{
	const char *at = answer->bytes;
	size_t left = answer->len;
	for (size_t i = 0; i < LSEC_VIRT_FIELDS; i++) {
		const char *end = left == 0 ? NULL : memchr(at, '\0', left);
		if (end == NULL)
			return false;
		ret->of[i] = at;
		left -= (size_t)(end + 1 - at);
		at = end + 1;
	}
	return true;
}

static int refuse_failure(const char *uri, const char *failure, struct lsec_problems *problems)
{
	cleanup_free char *why = words(failure);
	return lsec_problem_failed(
		problems, uri, "cannot be queried: %s; %s", why,
		strstr(why, "socket") != NULL
			? "start libvirtd or virtqemud, or name its socket, such as qemu+unix:///system?socket=PATH"
			: "use a libvirt that answers, such as qemu:///system or test:///default");
}

static int read_fields(const char *uri, const struct lsec_buffer *answer, struct fields *ret,
                       struct lsec_problems *problems)
{
	if (!cut(answer, ret)) {
		lsec_problem_failed(problems, uri,
		                    "cannot be queried: the answer is incomplete; try again");
		return -1;
	}
	const char *driver = ret->of[LSEC_VIRT_DRIVER];
	if (ret->of[LSEC_VIRT_FAILURE][0] != '\0')
		return refuse_failure(uri, ret->of[LSEC_VIRT_FAILURE], problems);
	if (strcmp(driver, LSEC_VIRT_QEMU) == 0 || strcmp(driver, LSEC_VIRT_TEST) == 0)
		return 0;
	return lsec_problem_failed(
		problems, uri,
		"libvirt's driver %s does not run KubeVirt's VMs; use the QEMU driver (qemu:///system) or the test driver (test:///default)",
		lsec_quote(driver).text);
}

static int read_capabilities(const char *uri, const struct fields *fields,
                             struct lsec_virt_facts *ret, struct lsec_problems *problems)
{
	const char *xml = fields->of[LSEC_VIRT_CAPABILITIES];
	if (!lsec_virt_is_qemu(ret))
		return 0;
	if (xml[0] == '\0') {
		ret->no_capabilities = words(fields->of[LSEC_VIRT_NO_CAPABILITIES]);
		return 0;
	}
	cleanup_free char *name = lsec_format("%s: domain capabilities", uri);
	ret->has_capabilities = lsec_virt_capabilities_read(xml, strlen(xml), name,
	                                                    &ret->capabilities, problems) == 0;
	/* An invalid answer of libvirt is no reason to refuse a VM. */
	problems->failed |= !ret->has_capabilities;
	return ret->has_capabilities ? 0 : -1;
}

int lsec_virt_answer_facts(const char *uri, const struct lsec_buffer *answer,
                           struct lsec_virt_facts *ret, struct lsec_problems *problems)
{
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {.uri = uri};
	struct fields fields;
	if (read_fields(uri, answer, &fields, problems) < 0)
		return -1;
	facts.driver = lsec_strdup(fields.of[LSEC_VIRT_DRIVER]);
	facts.libvirt = (uint32_t)strtoul(fields.of[LSEC_VIRT_LIBVIRT], NULL, 10);
	facts.hypervisor = (uint32_t)strtoul(fields.of[LSEC_VIRT_HYPERVISOR], NULL, 10);
	if (read_capabilities(uri, &fields, &facts, problems) < 0)
		return -1;
	*ret = facts;
	facts = (struct lsec_virt_facts){0};
	return 0;
}

int lsec_virt_answer_refusal(const char *uri, const struct lsec_buffer *answer, char **ret_refusal,
                             struct lsec_problems *problems)
{
	struct fields fields;
	if (read_fields(uri, answer, &fields, problems) < 0)
		return -1;
	const char *refusal = fields.of[LSEC_VIRT_REFUSAL];
	*ret_refusal = refusal[0] == '\0' ? NULL : words(refusal);
	return 0;
}
