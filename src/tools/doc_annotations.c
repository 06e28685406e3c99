/* SPDX-License-Identifier: Apache-2.0 */
/* docs/annotations.md: the reference of annotations and cluster defaults. */
#include <string.h>

#include "cli/output.h"
#include "docs.h"
#include "launchsec/config.h"

/* Adds a text with what Markdown would read as markup escaped. */
static void markdown(struct lsec_buffer *ret, const char *text)
{
	if (text == NULL)
		ret->failed = true;
	for (; text != NULL && *text != '\0'; text++) {
		if (strchr("\\`*_<>[]|", *text) != NULL)
			lsec_buffer_text(ret, "\\");
		lsec_buffer_add(ret, text, 1);
	}
}

static void introduction(struct lsec_buffer *ret)
{
	lsec_buffer_text(
		ret,
		"<!-- Written by \"make docs\" from the program's tables; do not edit. -->\n"
		"# Annotations\n\n"
		"launchsec reads the annotations of a VirtualMachineInstance that begin with\n"
		"`" LSEC_PREFIX "`. In a VirtualMachine they belong under\n"
		"`spec.template.metadata.annotations`. The program lists them too: `launchsec "
		"annotations`.\n\n"
		"## Rules for all of them\n\n"
		"- **Values are strings.** Quote them in YAML: without quotes `yes`, `51` and "
		"`0x30000` are a boolean and\n  two numbers, which Kubernetes does not take as an "
		"annotation.\n"
		"- `type` names the TEE. Without it, the TEE is the one that the domain's own "
		"`<launchSecurity>` names\n  (KubeVirt writes it for `snp: {}` or `tdx: {}` under "
		"`spec.domain.launchSecurity`); in one without it, TDX\n  if the VM has `tdx: {}` "
		"there. Where that says nothing either, the VM is refused.\n"
		"- `type: \"auto\"` takes the TEE that this host offers for certain; with `bind` "
		"in "
		"place of `host-data`\n  and `mr-config-id`, one VM starts on nodes of either: "
		"[Hosts](host.md).\n"
		"- **What is already bound stays bound.** A field of `<launchSecurity>` is what "
		"its annotation says, else\n  the cluster default, else what the domain's own "
		"`<launchSecurity>` of the same type says (KubeVirt or\n  another hook may have "
		"written it), else launchsec's default. An own value is read as libvirt reads\n"
		"  it: a policy is hexadecimal with or without `0x`, base64 may be in several "
		"lines, an empty one is\n  absent; one that is wrong refuses the VM. launchsec "
		"warns where another value replaces a bound one,\n  and of attributes and "
		"elements that it does not know, which it keeps.\n"
		"- A VM without any of these annotations, or with `type: \"none\"`, keeps its "
		"domain byte for byte.\n"
		"- An unknown annotation behind the prefix, one of the other TEE, or one whose "
		"value is wrong refuses the\n  VM: a typing error never starts it unprotected. All "
		"errors are reported at once.\n"
		"- Yes or no may also be written `true` or `false`.\n"
		"- Bytes are written in base64, or in hex when every character is a hex digit and "
		"there are exactly two\n  for each byte. `base64:` or `hex:` in front says which; "
		"a value that could be read both ways needs it.\n"
		"- `sha256-of:TEXT` and `sha384-of:TEXT` stand for the digest of exactly the text "
		"that follows, line\n  ends included, cut or filled up with zeros at its end to "
		"fit the field. A public key is bound so.\n"
		"- `initdata` and `bind` set `host-data` or `mr-config-id` by themselves: "
		"[Initdata](initdata.md) has the whole way from\n  the owner's file to the "
		"verifier's policy.\n");
}

/* The overview, which the program prints with the policy flags behind it. */
static void overview(struct lsec_buffer *ret)
{
	lsec_owned_buffer tables = {0};
	lsec_output_annotations(&tables, LSEC_FORMAT_MARKDOWN);
	const char *flags = tables.failed ? NULL : strstr(tables.bytes, "\n### ");
	if (flags == NULL) {
		ret->failed = true;
		return;
	}
	lsec_buffer_text(ret, "\n## Overview\n\n");
	lsec_buffer_add(ret, tables.bytes, (size_t)(flags - tables.bytes));
}

static void policy_flags(struct lsec_buffer *ret)
{
	lsec_owned_buffer tables = {0};
	lsec_output_annotations(&tables, LSEC_FORMAT_MARKDOWN);
	const char *flags = tables.failed ? NULL : strstr(tables.bytes, "\n### ");
	lsec_buffer_text(
		ret,
		"\n## Policy flags\n\n"
		"`policy` is a number, or flag names joined by commas without blanks, such as "
		"`smt,single-socket`. A flag\nthat is not named is off. Names set the bits that "
		"have to be one (SEV-SNP: bit 17) by themselves; a\nnumber is taken as it is, and "
		"refused without them.\n");
	lsec_buffer_text(ret, flags == NULL ? "" : flags);
}

/* Where the value goes, with the element around it. */
static void place(struct lsec_buffer *ret, const struct lsec_key *key)
{
	switch (key->form) {
	case LSEC_XML_ATTRIBUTE:
		lsec_buffer_format(ret, "attribute `%s` of `<launchSecurity>`", key->xml);
		return;
	case LSEC_XML_ELEMENT:
		lsec_buffer_format(ret, "element `<%s>` in `<launchSecurity>`", key->xml);
		return;
	case LSEC_XML_PATH:
		lsec_buffer_format(ret,
		                   "attribute `path` of `<%s>` in `<launchSecurity>`; "
		                   "for `vsock:CID:PORT` and `HOST:PORT`,\n  "
		                   "[arguments of QEMU](qgs.md) in its place",
		                   key->xml);
		return;
	case LSEC_XML_NOWHERE:
		break;
	}
	if (strcmp(key->written_to, "-") == 0)
		lsec_buffer_text(ret, "nowhere; it only decides what is accepted");
	else
		lsec_buffer_format(ret, "`%s`", key->written_to);
}

static void cluster_default(struct lsec_buffer *ret, const struct lsec_key *key)
{
	const char *joint = " ";
	lsec_buffer_text(ret, key->cluster ? "yes, in the environment" : "no");
	for (size_t i = 0; key->cluster && i < LSEC_TEES; i++) {
		if ((key->tees & lsec_tee_at(i)) == 0)
			continue;
		lsec_buffer_format(ret, "%s`", joint);
		lsec_doc_variable(ret, lsec_tee_at(i), key->name);
		lsec_buffer_text(ret, "`");
		joint = " and ";
	}
}

/* A YAML string: double quotes, unless they would need escapes. */
static void yaml_string(struct lsec_buffer *ret, const char *text)
{
	const char *quote = strpbrk(text, "\"\\") == NULL ? "\"" : "'";
	lsec_buffer_text(ret, quote);
	for (; *text != '\0'; text++) {
		lsec_buffer_add(ret, text, 1);
		if (*text == '\'' && *quote == '\'')
			lsec_buffer_add(ret, text, 1);
	}
	lsec_buffer_text(ret, quote);
}

static void annotation(struct lsec_buffer *ret, const struct lsec_key *key)
{
	lsec_owned_text help = lsec_doc_sentence(key->help, NULL);
	lsec_buffer_format(ret, "\n### `%s`\n\n", key->name);
	markdown(ret, help);
	lsec_buffer_format(ret, "\n\n- for: %s\n- value: ", lsec_doc_tees_of(key));
	markdown(ret, key->values);
	lsec_buffer_text(ret, "\n- without it: ");
	markdown(ret, key->standard);
	lsec_buffer_text(ret, "\n- written to: ");
	place(ret, key);
	lsec_buffer_text(ret, "\n- cluster default: ");
	cluster_default(ret, key);
	if (key->example == NULL) {
		lsec_buffer_text(ret, "\n\nA good value is too long to show. `base64 -w0 FILE` "
		                      "makes one of a file with the bytes.\n");
		return;
	}
	lsec_buffer_format(ret, "\n\n```yaml\n" LSEC_PREFIX "%s: ", key->name);
	yaml_string(ret, key->example);
	lsec_buffer_text(ret, "\n```\n");
}

/* "apply and on-define-domain": the commands that take --default. */
static void commands_with_defaults(struct lsec_buffer *ret)
{
	unsigned commands = 0;
	size_t left = 0;
	for (const struct lsec_option *option = lsec_option_table(); option->name != NULL; option++)
		if (strcmp(option->name, "default") == 0)
			commands |= option->commands;
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL; command++)
		left += (commands & (unsigned)command->id) != 0;
	for (const struct lsec_command *command = lsec_commands(); command->name != NULL;
	     command++) {
		if ((commands & (unsigned)command->id) == 0)
			continue;
		left--;
		lsec_buffer_format(ret, "`%s`%s", command->name,
		                   left == 0   ? ""
		                   : left == 1 ? " and "
		                               : ", ");
	}
}

static void cluster_defaults(struct lsec_buffer *ret)
{
	lsec_buffer_text(
		ret,
		"\n## Cluster defaults\n\n"
		"Whoever runs the cluster can set defaults for each TEE, and keep annotations from "
		"VMs. A cluster default\ntakes the place of the default above, and an annotation "
		"wins over it. (The one exception is `qgs`: its\ncluster default comes behind the "
		"domain's own path and KubeVirt's `" LSEC_KUBEVIRT_QGS "`, unless it is\n"
		"forbidden as well.) A cluster default alone protects nothing: a VM still has to "
		"ask by an annotation.\n\n"
		"Where `policy` or `firmware` is forbidden and has no cluster default, launchsec's "
		"default counts, not what the\ndomain says: another hook cannot set them either. "
		"Of the other keys the domain's own value stays.\n\n"
		"They come from three sources. For a key that several of them set, the first "
		"counts:\n\n"
		"1. options of ");
	commands_with_defaults(ret);
	lsec_buffer_text(
		ret,
		": `--default TEE.KEY=VALUE` and `--forbid KEY[,KEY]...`, each\n   as often as "
		"needed;\n"
		"2. the environment: a variable for each TEE and key, such as "
		"`LAUNCHSEC_SEV_SNP_FIRMWARE` and\n   `LAUNCHSEC_TDX_QGS`, and "
		"`LAUNCHSEC_FORBID`, a list joined by commas;\n"
		"3. a config file: `--config FILE`, else `$LAUNCHSEC_CONFIG`, else "
		"`" LSEC_CONFIG_FILE "` where that is.\n\n"
		"Lists of forbidden keys add up: what one source forbids, no other allows again. A "
		"VM that carries a\nforbidden annotation is refused, whatever its value.\n\n"
		"The config file is JSON, with keys and values as in annotations. This one pins "
		"the "
		"firmware and makes sure\nthat no VM lets the host debug it:\n\n"
		"```json\n"
		"{\n"
		"  \"sev-snp\": {\"firmware\": \"/usr/share/edk2/ovmf/OVMF.amdsev.fd\"},\n"
		"  \"tdx\": {\"firmware\": \"/usr/share/edk2/ovmf/OVMF.inteltdx.fd\"},\n"
		"  \"forbid\": [\"firmware\", \"allow-debug\"]\n"
		"}\n"
		"```\n\n"
		"The same for one TEE in the environment of a container:\n\n"
		"```yaml\n"
		"env:\n"
		"- name: LAUNCHSEC_SEV_SNP_FIRMWARE\n"
		"  value: \"/usr/share/edk2/ovmf/OVMF.amdsev.fd\"\n"
		"- name: LAUNCHSEC_FORBID\n"
		"  value: \"firmware,allow-debug\"\n"
		"```\n\n"
		"And as options, here to see what a VM would get:\n\n"
		"```sh\n"
		"launchsec apply --domain tests/golden/captures/efi-plain.domain.xml --set "
		"type=sev-snp \\\n"
		"    --default sev-snp.firmware=/usr/share/edk2/ovmf/OVMF.amdsev.fd \\\n"
		"    --forbid firmware,allow-debug --explain\n"
		"```\n");
}

void lsec_doc_annotations(struct lsec_buffer *ret)
{
	introduction(ret);
	overview(ret);
	lsec_buffer_text(ret, "\n## Each annotation\n");
	for (size_t i = 0; i < LSEC_KEYS; i++)
		annotation(ret, lsec_key(i));
	policy_flags(ret);
	cluster_defaults(ret);
}
