/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail while the domain's own launchSecurity is brought to what counts. */
#include "failscene.h"

#if INTERPOSE

#include "failscenes.h"

/* Own values in other spellings, and what is unknown. */
static int run_kept(struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "sev-snp"}, {"bind", "sha256-of:x"}};
	return apply_scene(
		annotations, COUNT(annotations),
		DOMAIN("",
	               "<launchSecurity type='sev-snp' vcek='no' secureTsc='yes' hostData='x' authorKey=''><cbitpos>051</cbitpos><policy x='y'>30000<!-- c --></policy><hostdata/><smt/><debug/><new/><hostData>\n" ZEROS_32
	               "\n</hostData><idBlock/><mrOwner/><kernelHashes/></launchSecurity>"),
		problems);
}

static int run_wrong(struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "sev-snp"}};
	return apply_scene(
		annotations, COUNT(annotations),
		DOMAIN("",
	               "<launchSecurity type='sev-snp' vcek='1'><cbitpos>0</cbitpos><policy>x</policy><hostData>x</hostData><idAuth>x</idAuth><idBlock>x<y/></idBlock></launchSecurity>"),
		problems);
}

/* SEV's element becomes one of SEV-SNP. */
static int run_upgrade(struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "sev-snp"}};
	return apply_scene(
		annotations, COUNT(annotations),
		DOMAIN("",
	               "<launchSecurity type='sev' x='y'><dhCert>A</dhCert><policy>1</policy></launchSecurity>"),
		problems);
}

#define SERVICES                                                                                   \
	"<quoteGenerationService x='y'><SocketAddress type='vsock' cid='2' port='4050'/>"          \
	"</quoteGenerationService><quoteGenerationSocket>/q</quoteGenerationSocket>"               \
	"<Quote-Generation-Service/>"

static int run_services(struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "tdx"}};
	return apply_scene(annotations, COUNT(annotations),
	                   DOMAIN("",
	                          "<launchSecurity type='tdx' quoteGeneration='host:1'>" SERVICES
	                          "</launchSecurity>"),
	                   problems);
}

static int run_services_removed(struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "tdx"}, {"qgs", "/run/q"}};
	return apply_scene(annotations, COUNT(annotations),
	                   DOMAIN("",
	                          "<launchSecurity type='tdx' quoteGeneration='host:1'>" SERVICES
	                          "</launchSecurity>"),
	                   problems);
}

/* Kept from VMs without a cluster default. */
static int run_forbidden(struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	struct lsec_config config = {0};
	struct lsec_result result = {0};
	struct lsec_vmi vmi = {0};
	static const char domain[] =
		DOMAIN("<loader type='rom'>/other</loader>",
	               "<launchSecurity type='tdx'><policy>0</policy></launchSecurity>");
	struct lsec_request request = {domain, strlen(domain), "domain.xml", &vmi, &host, &config};
	armed = true;
	int status = lsec_vmi_set(&vmi, "type", "tdx", problems);
	if (status == 0)
		status = lsec_config_forbid(&config, "x", "firmware,policy", problems);
	if (status == 0)
		status = lsec_apply(&request, false, &result, problems);
	armed = false;
	if (status == 0)
		note_result(&result);
	lsec_vmi_clear(&vmi);
	lsec_config_clear(&config);
	lsec_result_clear(&result);
	return status;
}

SCENE_TEST(kept, 0)
SCENE_TEST(wrong, -1)
SCENE_TEST(upgrade, 0)
SCENE_TEST(services, 0)
SCENE_TEST(services_removed, 0)
SCENE_TEST(forbidden, 0)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_upgrade),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_services_removed),
		cmocka_unit_test(test_forbidden),
	};
	lsec_memory_watch();
	xmlInitParser();
	lsec_memory_watch();
	return cmocka_run_group_tests_name("failmalloc own", tests, NULL, NULL);
}

#endif
