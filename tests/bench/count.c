/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What instructions.py counts: N times libxml2's own reading and writing of a domain, the reading
 * of a VMI, or lsec_apply() of the one to the other.
 *
 *   count xml|vmi|apply N DOMAIN VMI
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launchsec/apply.h"

struct bytes {
	char *of;
	size_t len;
};

static struct bytes read_file(const char *path)
{
	struct bytes bytes = {0};
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		exit(1);
	bytes.len = (size_t)ftell(file);
	rewind(file);
	bytes.of = malloc(bytes.len + 1);
	if (bytes.of == NULL || fread(bytes.of, 1, bytes.len, file) != bytes.len)
		exit(1);
	bytes.of[bytes.len] = '\0';
	fclose(file);
	return bytes;
}

static void xml_once(const struct bytes *domain)
{
	xmlDoc *doc = xmlReadMemory(domain->of, (int)domain->len, NULL, NULL, XML_PARSE_NONET);
	xmlChar *text = NULL;
	int len = 0;
	if (doc == NULL)
		exit(1);
	xmlDocDumpMemoryEnc(doc, &text, &len, "UTF-8");
	xmlFree(text);
	xmlFreeDoc(doc);
}

static struct lsec_vmi read_vmi(const struct bytes *json)
{
	struct lsec_problems problems = {0};
	struct lsec_vmi vmi = {0};
	if (lsec_vmi_read_json(json->of, json->len, "vmi", &vmi, &problems) < 0)
		exit(1);
	return vmi;
}

static void vmi_once(const struct bytes *json)
{
	struct lsec_vmi vmi = read_vmi(json);
	lsec_vmi_clear(&vmi);
}

static void apply_once(const struct bytes *domain, const struct lsec_vmi *vmi)
{
	static const struct lsec_host host;
	static const struct lsec_config config;
	struct lsec_problems problems = {0};
	struct lsec_result result = {0};
	const struct lsec_request request = {
		.domain = domain->of,
		.domain_len = domain->len,
		.domain_name = "domain",
		.vmi = vmi,
		.host = &host,
		.config = &config,
	};
	if (lsec_apply(&request, false, &result, &problems) < 0)
		exit(1);
	lsec_result_clear(&result);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
#ifdef M_MXFAST
	mallopt(M_MXFAST, 0); /* as the program does, for all three */
#endif
	struct bytes domain = read_file(argv[3]);
	struct bytes json = read_file(argv[4]);
	struct lsec_vmi vmi = read_vmi(&json);
	for (long left = strtol(argv[2], NULL, 10); left > 0; left--) {
		if (strcmp(argv[1], "xml") == 0)
			xml_once(&domain);
		else if (strcmp(argv[1], "vmi") == 0)
			vmi_once(&json);
		else
			apply_once(&domain, &vmi);
	}
	lsec_vmi_clear(&vmi);
	free(domain.of);
	free(json.of);
	return 0;
}
