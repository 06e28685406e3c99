/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Trustee's resource policies begin with, and what they call a report's claims: kbs/docs and
 * deps/verifier/src/snp and tdx, 78962cd.
 */
#ifndef LAUNCHSEC_CLI_TRUSTEE_H
#define LAUNCHSEC_CLI_TRUSTEE_H

#define LSEC_TRUSTEE_POLICY "package policy\n\nimport rego.v1\n\ndefault allow := false\n"
/* The key broker hands any genuine report to its policy, also one whose TCB or digest the
 * attestation policy does not accept: "ear.status" is that verdict (kbs/sample_policies). */
#define LSEC_TRUSTEE_EVIDENCE                                                                      \
	"\tinput.submods.cpu0[\"ear.status\"] == \"affirming\"\n"                                  \
	"\tevidence := input.submods.cpu0[\"ear.veraison.annotated-evidence\"]\n"
#define LSEC_TRUSTEE_INIT_DATA "evidence.init_data"
#define LSEC_TRUSTEE_SNP_DIGEST "evidence.snp.measurement"
#define LSEC_TRUSTEE_SNP_DEBUG "evidence.snp.policy_debug_allowed"
#define LSEC_TRUSTEE_TDX_DIGEST "evidence.tdx.quote.body.mr_td"
#define LSEC_TRUSTEE_TDX_DEBUG "evidence.tdx.td_attributes.debug"

#endif
