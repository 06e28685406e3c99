/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library in one program: rewrites a domain as its VMI's annotations ask.
 *
 *   cc library.c $(pkg-config --cflags --libs launchsec) -o library
 *   ./library domain.xml vmi.json > new.xml
 */
#include <stdio.h>
#include <stdlib.h>

#include <launchsec/apply.h>
#include <launchsec/memory.h>
#include <launchsec/version.h>

#define MOST (16UL * 1024 * 1024) /* bytes of a file; the library has tighter limits of its own */

/* A file's bytes, to be freed; ends the program where it cannot be read. */
static char *read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	char *bytes = (char *)malloc(MOST);
	if (file == NULL || bytes == NULL) {
		perror(path);
		exit(1);
	}
	*ret_len = fread(bytes, 1, MOST, file);
	if (ferror(file) != 0 || *ret_len == MOST) {
		fprintf(stderr, "%s: cannot be read, or too long\n", path);
		exit(1);
	}
	fclose(file);
	return bytes;
}

/* A caller that serves many VMs keeps `config`. */
static int rewrite(const char *domain, size_t domain_len, const struct lsec_vmi *vmi,
                   struct lsec_problems *problems)
{
	const struct lsec_config config = {}; /* no cluster defaults, nothing forbidden */
	struct lsec_host host = {};
	lsec_host_gather("", &host); /* `type: auto` and cbitpos need it */
	struct lsec_request request = {};
	request.domain = domain;
	request.domain_len = domain_len;
	request.domain_name = "domain";
	request.vmi = vmi;
	request.host = &host;
	request.config = &config;

	struct lsec_result result = {};
	const int status = lsec_apply(&request, false, &result, problems);
	for (size_t i = 0; i < result.report.warning_count; i++)
		fprintf(stderr, "warning: %s: %s\n", result.report.warnings[i].place,
		        result.report.warnings[i].what);
	if (status == 0)
		fwrite(result.domain, 1, result.domain_len, stdout);
	lsec_result_clear(&result);
	return status;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "library DOMAIN VMI; launchsec %s\n", LAUNCHSEC_VERSION);
		return 2;
	}
	lsec_memory_setup(); /* once, before anything else */

	size_t domain_len = 0;
	size_t vmi_len = 0;
	char *domain = read_file(argv[1], &domain_len);
	char *text = read_file(argv[2], &vmi_len);
	struct lsec_problems problems = {};
	struct lsec_vmi vmi = {};
	int status = lsec_vmi_read_yaml(text, vmi_len, "vmi", &vmi, &problems);
	if (status == 0)
		status = rewrite(domain, domain_len, &vmi, &problems);
	for (size_t i = 0; i < problems.count; i++)
		fprintf(stderr, "%s: %s\n", problems.items[i].place, problems.items[i].what);
	const bool refused = status != 0 && !problems.failed;
	lsec_vmi_clear(&vmi);
	lsec_problems_clear(&problems);
	free(text);
	free(domain);
	return refused ? 3 : status != 0;
}
