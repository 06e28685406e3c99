/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of commands and options. */
#include "launchsec/config.h"
#include "launchsec/keys.h"
#include "options.h"
#include "serve.h"

#define APPLY LSEC_COMMAND_APPLY
#define HOOK LSEC_COMMAND_HOOK
#define ANNOTATIONS LSEC_COMMAND_ANNOTATIONS
#define COMPLETION LSEC_COMMAND_COMPLETION
#define HELP LSEC_COMMAND_HELP
#define SERVE LSEC_COMMAND_SERVE
#define ONE_DOMAIN ((unsigned)APPLY | (unsigned)HOOK)
#define DOMAINS (ONE_DOMAIN | (unsigned)SERVE)
#define INITDATA LSEC_COMMAND_INITDATA
#define BIND LSEC_COMMAND_BIND
#define INIT LSEC_COMMAND_INIT
#define BINDING ((unsigned)INITDATA | (unsigned)BIND)
#define PROBE LSEC_COMMAND_PROBE
#define HOSTS (DOMAINS | (unsigned)PROBE)
#define LINT LSEC_COMMAND_LINT
#define MEASURE LSEC_COMMAND_MEASURE
#define EXPECT LSEC_COMMAND_EXPECT
#define MEASURING ((unsigned)MEASURE | (unsigned)EXPECT)
/* Of a VM from files. */
#define SAVED ((unsigned)APPLY | MEASURING)
#define CONFIGURED (DOMAINS | (unsigned)LINT | MEASURING)
#define ID_BLOCK LSEC_COMMAND_ID_BLOCK
#define PROVISION LSEC_COMMAND_PROVISION
#define MANIFESTS (SAVED | (unsigned)PROVISION)
#define HEALTH LSEC_COMMAND_HEALTH
#define WRITERS                                                                                    \
	((unsigned)APPLY | (unsigned)MEASURE | (unsigned)PROVISION | (unsigned)ID_BLOCK |          \
	 (unsigned)INIT)
#define ALL (~0U)
#define CONFIGURING "[--config FILE] [--default TEE.KEY=VALUE]... [--forbid KEY]..."
#define LINT_USAGE                                                                                                                                                                                        \
	"[--kubevirt VERSION | --openshift VERSION] [--plugin] [--strict] [--require-vm] [--require-protection] [--ignore RULE]... [--no-ignore] [--format FORMAT] [--quiet] [--color WHEN] " CONFIGURING \
	" FILE..."
#define FIELD(name) offsetof(struct lsec_options, name)

/* Version 14 gives up on strings that are longer than a line. */
/* clang-format off */
static const struct lsec_command commands[] = {
	{
		.id = APPLY,
		.name = "apply",
		.usage = "--domain FILE [--vmi FILE] [--namespace NAME] [--set KEY=VALUE]... [--explain | --diff | --check] [--connect URI] [--format text|json] [-o FILE] " CONFIGURING " [--host FILE]",
		.help = "apply the hook to saved files: a dry run",
		.text = "Reads a libvirt domain and its VM from files, and prints the domain as the hook would return it, or each change with its reason. Changes nothing on the host.",
		.statuses = "0 done, 1 it failed, 2 usage or configuration, 3 the request is refused",
	},
	{
		.id = HOOK,
		.name = "on-define-domain",
		.usage = "--vmi JSON --domain XML " CONFIGURING " [--host FILE]",
		.help = "KubeVirt's exec hook: print the domain for libvirt",
		.text = "KubeVirt's sidecar-shim runs this command under the name onDefineDomain, with the VMI and the domain as arguments. Under that name the program needs no command.",
	},
	{
		.id = SERVE,
		.name = "serve",
		.usage = "[--socket-dir DIRECTORY] [--plugin-socket PATH] [--node-socket PATH] [--version VERSION]... [--hook-name NAME] [--hook-priority NUMBER] " CONFIGURING " [--host FILE | --host-root DIRECTORY] [--log-format FORMAT] [--log-level LEVEL] [--metrics-file PATH] [--sandbox WHETHER]",
		.help = "answer KubeVirt's calls: hook sidecar, plugin and node hook",
		.text = "Serves KubeVirt's hook protocols (Info, Callbacks v1alpha1 to v1alpha3, the Plugin API's DomainHookService and NodeHookService) and gRPC's health check on UNIX sockets, until SIGTERM, SIGINT or a Shutdown call. If a VM is refused, its status shows the same lines as the command line. Without --socket-dir, --plugin-socket and --node-socket the socket is in " LSEC_SOCKET_DIR ".",
	},
	{
		.id = HEALTH,
		.name = "health",
		.usage = "--socket PATH [--timeout SECONDS]",
		.help = "check that a server serves, for a Kubernetes probe",
		.text = "Calls gRPC's health check on the UNIX socket of launchsec serve, or of another gRPC server. Prints nothing and ends with status 0 if the server answers SERVING; otherwise reports the reason.",
		.statuses = "0 the server serves, 1 it does not, 2 usage",
	},
	{
		.id = INIT,
		.name = "init",
		.usage = "--tee sev-snp|tdx|auto --form configmap|image|plugin [--preference] [--kubevirt VERSION | --openshift VERSION] [-o FILE] [FILE]",
		.help = "make a VM's manifest confidential, or a sample of one",
		.text = "Prints the manifest of a VM with everything added that makes it confidential: launchSecurity, EFI without Secure Boot, the annotations, an eviction strategy, and for SEV-SNP a CPU model. Comments and order stay; standard error lists each change. A manifest that cannot be edited by inserting lines is refused, and the error shows what to paste. Without FILE it prints a complete sample.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 the manifest cannot be edited, or lint refuses the result",
	},
	{
		.id = LINT,
		.name = "lint",
		.usage = LINT_USAGE,
		.help = "check the manifest of a VM before it is applied",
		.text = "Checks manifests of VMs. Errors are what KubeVirt, libvirt or launchsec would refuse, and what would start without protection; warnings are what works, but not as one might expect. Each finding has its place, the problem and a fix.",
		.statuses = "0 no errors, 1 it failed, 2 usage or configuration, 3 there are errors",
	},
	{
		.id = MEASURE,
		.name = "measure",
		.usage = "(--firmware FILE | --launcher FILE [--list]) [--vmi FILE] [--namespace NAME] [--domain FILE] [--set KEY=VALUE]... [--tee TEE] [--vcpus NUMBER] [--cpu MODEL | --cpu-signature NUMBER] [--vmsa-features NUMBER] [--kernel FILE] [--initrd FILE] [--cmdline TEXT] [--verify VALUE | --report FILE] [--other-firmware FILE]... [--also VALUE]... [--resource PATH] [--format FORMAT] [-o FILE] [--host FILE] " CONFIGURING,
		.help = "compute the launch digest in a VM's attestation report",
		.text = "Computes the launch digest of SEV-SNP or the MRTD of TDX from the VM's manifest or saved domain, as the hook changes it, and from its firmware image. Prints the digest, its inputs, or a verifier's reference values and policies; or checks whether a digest or a report is the VM's, and reports what differs. Starts nothing.",
		.statuses = "0 done, 1 it failed, 2 usage or configuration, 3 the VM has no digest, or another",
	},
	{
		.id = EXPECT,
		.name = "expect",
		.usage = "(--firmware FILE | --launcher FILE) [--vmi FILE] [--namespace NAME] [--domain FILE] [--set KEY=VALUE]... -o DIRECTORY [--resource PATH] [--also VALUE]... [--tee TEE] [--vcpus NUMBER] [--cpu MODEL | --cpu-signature NUMBER] [--vmsa-features NUMBER] [--kernel FILE] [--initrd FILE] [--cmdline TEXT] [--host FILE] " CONFIGURING,
		.help = "write the files that a VM's verifier needs",
		.text = "Measures a VM as launchsec measure does, and writes files for verifiers into a directory: every claim with its source, reference values and a resource policy for Trustee, and a policy for Intel Trust Authority. Prints the command that sends each file. Sends nothing.",
		.statuses = "0 done, 1 it failed, 2 usage or configuration, 3 the VM has no digest",
	},
	{
		.id = ID_BLOCK,
		.name = "id-block",
		.usage = "--digest VALUE --id-key FILE [--author-key FILE] [--policy POLICY] [--allow-debug] [--family-id VALUE] [--image-id VALUE] [--guest-svn NUMBER] [--format text|json] [-o FILE] | --verify --id-block VALUE --id-auth VALUE [--digest VALUE] [--policy POLICY]",
		.help = "make, sign or verify an ID block for SEV-SNP",
		.text = "Makes and signs an ID block, and prints the annotations for the VM: SEV-SNP then starts the VM only with the launch digest and policy in the block. A verifier that pins the digest of the ID key accepts every VM that the key's owner signed for. With --verify it checks an ID block as the firmware does, and prints nothing. Private keys are wiped after use and appear in no message and no core dump. One option that reads a file or a value may be -, which is standard input.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 a value or key is refused, or the ID block does not verify",
	},
	{
		.id = PROVISION,
		.name = "provision",
		.usage = "--vmi FILE [--namespace NAME] [--kbs URL] [--digest VALUE] [--format text|json] [-o FILE]",
		.help = "show how to get a VM its own disk key from the key broker",
		.text = "Prints what the owner of a VM with the annotation provision needs before the VM starts: the request to Trustee's provisioner plugin that creates the VM's disk key, the initdata document that points the guest to it, its digest and the value of each TEE's field, and a resource policy that releases the key to this VM only. The hook makes the same document from the annotation and the VM's namespace and name. Sends nothing.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 the VM or a value is refused",
	},
	{
		.id = INITDATA,
		.name = "initdata",
		.usage = "--file FILE [--verify VALUE] [--format text|json]",
		.help = "show the values that bind an initdata document",
		.text = "Reads an initdata document (TOML or JSON, or base64 or gzip of it) and prints its digest, the value of the field that binds it in each TEE's attestation report, and what the guest reads. A verifier must expect these values.",
	},
	{
		.id = BIND,
		.name = "bind",
		.usage = "--file FILE [--verify VALUE] [--format text|json]",
		.help = "bind a key or another file to a VM's attestation report",
		.text = "Prints the annotation that binds a file, such as the owner's public key, to the attestation report of either TEE by its SHA-256, and the value of each TEE's field that a verifier must expect. With --verify it compares these with a value that a verifier printed.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 the file is refused, or the value is not the file's",
	},
	{
		.id = PROBE,
		.name = "probe",
		.usage = "[--format text|json] [--require TEE]... [--connect URI] [--host FILE | --host-root DIRECTORY]",
		.help = "show whether this host supports SEV-SNP and TDX",
		.text = "Reads this host's CPU, kernel, key slots, devices and firmware, and prints each fact with its source and meaning for SEV-SNP and TDX, a verdict for each TEE, and how to fix what is missing. The JSON output is a file for --host. Changes nothing.",
	},
	{
		.id = ANNOTATIONS,
		.name = "annotations",
		.usage = "[--format text|markdown|json] [KEY]",
		.help = "list the annotations for VMs, or explain one",
		.text = "Prints all annotations: key, TEE, values, default and place in the domain. With KEY it prints one, with an example and its meaning for attestation.",
	},
	{
		.id = COMPLETION,
		.name = "completion",
		.usage = "bash|zsh|fish",
		.help = "print a completion script for a shell",
		.text = "Prints a script that lets the shell complete commands, options and values. The script runs this program to get the choices.",
	},
	{
		.id = HELP,
		.name = "help",
		.usage = "[COMMAND]",
		.help = "show help for a command",
		.text = "Prints all commands, or one command's --help.",
	},
	{
		.id = LSEC_COMMAND_VERSION,
		.name = "version",
		.usage = "",
		.help = "print the version",
		.text = "Prints the version.",
	},
	{.name = NULL},
};
/* clang-format on */

static const struct lsec_option options[] = {
	{"firmware", 0, "FILE", MEASURING, LSEC_OPTION_TEXT, FIELD(firmware), 0, "file",
         "the firmware image of the VM, from the virt-launcher image of its KubeVirt; - is standard input"},
	{"launcher", 0, "FILE", MEASURING, LSEC_OPTION_TEXT, FIELD(launcher), 0, "file",
         "instead of --firmware, the virt-launcher image as an archive (skopeo copy docker://IMAGE oci-archive:FILE, podman save, docker save) or as the directory of an OCI layout; the firmware that the VM's loader names is read from it"},
	{"list", 0, NULL, MEASURE, LSEC_OPTION_FLAG, FIELD(lists), 0, NULL,
         "with --launcher, list the firmware in the image with its digests, and measure no VM"},
	{"domain", 0, "FILE", SAVED, LSEC_OPTION_TEXT, FIELD(domain), 0, "file",
         "the libvirt domain XML; - is standard input"},
	{"vmi", 0, "FILE", MANIFESTS, LSEC_OPTION_TEXT, FIELD(vmi), 0, "file",
         "the VirtualMachineInstance or VirtualMachine, JSON or YAML; - is standard input"},
	{"domain", 0, "XML", HOOK, LSEC_OPTION_TEXT, FIELD(domain), 0, NULL,
         "the libvirt domain XML itself"},
	{"vmi", 0, "JSON", HOOK, LSEC_OPTION_TEXT, FIELD(vmi), 0, NULL,
         "the VirtualMachineInstance itself, as JSON"},
	{"set", 0, "KEY=VALUE", SAVED, LSEC_OPTION_TEXTS, FIELD(set), 0, "keys",
         "add or override an annotation, without its prefix"},
	{"tee", 0, "TEE", MEASURING, LSEC_OPTION_MASK, FIELD(tee), 0, "sev-snp tdx",
         "the TEE, if the VM does not set it (type: auto), or without a VM"},
	{"vcpus", 0, "NUMBER", MEASURING, LSEC_OPTION_TEXT, FIELD(vcpus), 0, NULL,
         "the number of vCPUs at start, if an instancetype sets it, or without a VM (SEV-SNP only)"},
	{"cpu", 0, "MODEL", MEASURING, LSEC_OPTION_TEXT, FIELD(cpu), 0, NULL,
         "QEMU's CPU model, such as EPYC-Genoa, if it depends on the node, or without a VM (SEV-SNP only)"},
	{"cpu-signature", 0, "NUMBER", MEASURING, LSEC_OPTION_TEXT, FIELD(cpu_signature), 0, NULL,
         "the CPU's signature (CPUID 1 EAX) instead of its model, for host-passthrough"},
	{"vmsa-features", 0, "NUMBER", MEASURING, LSEC_OPTION_TEXT, FIELD(vmsa_features), 0, NULL,
         "SEV_FEATURES of the vCPUs; 0x1 if not given, which QEMU up to 11.1 always sets"},
	{"kernel", 0, "FILE", MEASURING, LSEC_OPTION_TEXT, FIELD(kernel), 0, "file",
         "the kernel that the VM boots directly, if kernel-hashes is yes, or without a VM"},
	{"initrd", 0, "FILE", MEASURING, LSEC_OPTION_TEXT, FIELD(initrd), 0, "file",
         "the initrd for that kernel"},
	{"cmdline", 0, "TEXT", MEASURING, LSEC_OPTION_TEXT, FIELD(cmdline), 0, NULL,
         "the command line of that kernel, without a VM"},
	{"verify", 0, "VALUE", MEASURE, LSEC_OPTION_TEXT, FIELD(verify), 0, NULL,
         "print nothing if this is the VM's digest, in a form that verifiers print; otherwise report which input differs and end with status 3"},
	{"report", 0, "FILE", MEASURE, LSEC_OPTION_TEXT, FIELD(report), 0, "file",
         "compare an attestation report or quote with the VM; does not check signatures"},
	{"other-firmware", 0, "FILE", MEASURE, LSEC_OPTION_TEXTS, FIELD(other_firmware), 0, "file",
         "with --verify or --report, another image to compare the digest with, such as the one before an update"},
	{"also", 0, "VALUE", MEASURE, LSEC_OPTION_TEXTS, FIELD(also), 0, NULL,
         "with --format rvps, trustee-policy or ita, another digest that stays valid: the output replaces the verifier's list"},
	{"also", 0, "VALUE", EXPECT, LSEC_OPTION_TEXTS, FIELD(also), 0, NULL,
         "another digest that stays valid, such as that of the firmware before an update: the files replace the verifier's list"},
	{"resource", 0, "PATH", MEASURE, LSEC_OPTION_TEXT, FIELD(resource), 0, NULL,
         "with --format trustee-policy, the path of the VM's secret in Trustee, REPOSITORY/TYPE/TAG; without it the policy allows nothing"},
	{"resource", 0, "PATH", EXPECT, LSEC_OPTION_TEXT, FIELD(resource), 0, NULL,
         "the path of the VM's secret in Trustee, REPOSITORY/TYPE/TAG, such as default/KEY/1; without it resource-policy.rego allows nothing"},
	{"format", 0, "FORMAT", MEASURE, LSEC_OPTION_CHOICE, FIELD(format), 0,
         "text json rvps trustee-policy ita",
         "text (the digest), json (with every input), rvps (reference values for Trustee), trustee-policy (a resource policy for it), ita (a policy for Intel Trust Authority)"},
	{"explain", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_EXPLAIN, NULL,
         "print every change with its reason, and warnings, instead of the domain"},
	{"diff", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_DIFF, NULL,
         "print a unified diff instead of the domain, with both sides formatted alike"},
	{"check", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_CHECK, NULL,
         "print only whether the VM is accepted"},
	{"connect", 0, "URI", APPLY, LSEC_OPTION_TEXT, FIELD(connect), 0, NULL,
         "with --check, check that the libvirt at URI accepts the new domain: qemu:///system, or test:///default"},
	{"format", 0, "FORMAT", APPLY, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"file", 0, "FILE", INITDATA, LSEC_OPTION_TEXT, FIELD(file), 0, "file",
         "the initdata document; - is standard input"},
	{"file", 0, "FILE", BIND, LSEC_OPTION_TEXT, FIELD(file), 0, "file",
         "the file to bind; - is standard input"},
	{"verify", 0, "VALUE", BIND, LSEC_OPTION_TEXT, FIELD(verify), 0, NULL,
         "print nothing if this is the file's hostData, mrConfigId or digest, as a verifier prints it; otherwise end with status 3"},
	{"verify", 0, "VALUE", INITDATA, LSEC_OPTION_TEXT, FIELD(verify), 0, NULL,
         "compare with a value as a verifier prints it: hostData, mrConfigId or the digest, in hex, a hex dump, base64 or a JSON array"},
	{"format", 0, "FORMAT", BINDING, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"KEY", 0, NULL, ANNOTATIONS, LSEC_OPTION_OPERAND, FIELD(operand), 0, "keys",
         "the annotation to explain, with or without " LSEC_PREFIX},
	{"SHELL", 0, NULL, COMPLETION, LSEC_OPTION_OPERAND, FIELD(operand), 1, "bash zsh fish",
         "bash, zsh or fish"},
	{"COMMAND", 0, NULL, HELP, LSEC_OPTION_OPERAND, FIELD(operand), 0, "commands",
         "the command to explain; without it, lists all commands"},
	{"format", 0, "FORMAT", ANNOTATIONS, LSEC_OPTION_CHOICE, FIELD(format), 0,
         "text json markdown", "text, json or markdown"},
	{"format", 0, "FORMAT", PROBE, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"connect", 0, "URI", PROBE, LSEC_OPTION_TEXT, FIELD(connect), 0, NULL,
         "also show what the libvirt at URI (qemu:///system) reports, and where it disagrees"},
	{"require", 0, "TEE", PROBE, LSEC_OPTION_MASK, FIELD(required), 0, "sev-snp tdx",
         "print nothing if a VM with this TEE can certainly start here; otherwise end with status 3"},
	{"FILE", 0, NULL, INIT, LSEC_OPTION_OPERAND, FIELD(operand), 0, "file",
         "the manifest, in YAML, with one VM; - is standard input"},
	{"tee", 0, "TEE", INIT, LSEC_OPTION_MASK, FIELD(tee), 0, "sev-snp tdx auto",
         "sev-snp, tdx, or auto: the one that the node has"},
	{"form", 0, "FORM", INIT, LSEC_OPTION_MASK, FIELD(form), 0, "configmap image plugin",
         "how launchsec is deployed in the cluster: configmap, image, or plugin (from KubeVirt 1.9 on)"},
	{"preference", 0, NULL, INIT, LSEC_OPTION_FLAG, FIELD(preference), 0, NULL,
         "name launchsec's preference, which sets launchSecurity, EFI and type (from KubeVirt 1.9 on)"},
	{"kubevirt", 0, "VERSION", INIT, LSEC_OPTION_TEXT, FIELD(kubevirt), 0, NULL,
         "the version of KubeVirt that runs the VM, such as 1.8; before 1.7 SEV-SNP needs launchSecurity.sev"},
	{"FILE", 0, NULL, LINT, LSEC_OPTION_OPERANDS, FIELD(files), 0, "file",
         "manifests in JSON or YAML with one or more objects, or directories, searched for *.yaml, *.yml and *.json; - is standard input"},
	{"kubevirt", 0, "VERSION", LINT, LSEC_OPTION_TEXT, FIELD(kubevirt), 0, NULL,
         "the version of KubeVirt that runs the VM, such as 1.8; without it, findings for some versions only are warnings"},
	{"openshift", 0, "VERSION", (unsigned)LINT | (unsigned)INIT, LSEC_OPTION_TEXT,
         FIELD(openshift), 0, NULL,
         "instead of --kubevirt, the version of OpenShift Virtualization, such as 4.20: 4.14 has KubeVirt 1.0, 4.15 has 1.1, and so on"},
	{"plugin", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(plugin), 0, NULL,
         "the cluster has launchsec as a Plugin, so VMs need no sidecar (from KubeVirt 1.9 on)"},
	{"strict", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(strict), 0, NULL,
         "end with status 3 for warnings too"},
	{"require-vm", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(require_vm), 0, NULL,
         "report an error if no file has a VM"},
	{"require-protection", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(require_protection), 0, NULL,
         "report an error for a VM that asks for no protection"},
	{"ignore", 0, "RULE", LINT, LSEC_OPTION_TEXTS, FIELD(ignore), 0, NULL,
         "ignore findings of this rule; a manifest does so with the annotation lint.launchsec/ignore.RULE: REASON"},
	{"no-ignore", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(no_ignore), 0, NULL,
         "disregard such annotations, for manifests of others"},
	{"format", 0, "FORMAT", LINT, LSEC_OPTION_CHOICE, FIELD(format), 0,
         "text json sarif junit github",
         "text, json, sarif (2.1.0, for code scanning), junit (XML, for test reports) or github (annotations of a workflow)"},
	{"quiet", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(quiet), 0, NULL,
         "with --format text, print findings only: no line for each object, no summary"},
	{"color", 0, "WHEN", LINT, LSEC_OPTION_CHOICE, FIELD(color), 0, "auto always never",
         "colour findings; auto colours on a terminal, unless $NO_COLOR is set"},
	{"namespace", 0, "NAME", MANIFESTS, LSEC_OPTION_TEXT, FIELD(name_space), 0, NULL,
         "the VM's namespace, if the manifest does not set it"},
	{"kbs", 0, "URL", PROVISION, LSEC_OPTION_TEXT, FIELD(kbs), 0, NULL,
         "the URL of the key broker, if the VM does not have the annotation provision yet"},
	{"digest", 0, "VALUE", PROVISION, LSEC_OPTION_TEXT, FIELD(digest), 0, NULL,
         "make the policy check this launch digest, 48 bytes in hex or base64, as launchsec measure prints it"},
	{"format", 0, "FORMAT", PROVISION, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"digest", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(digest), 0, NULL,
         "the launch digest, 48 bytes in hex or base64, as launchsec measure prints it"},
	{"id-key", 0, "FILE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(id_key), 0, "file",
         "the private key that signs the ID block: P-384 in PEM, not encrypted"},
	{"author-key", 0, "FILE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(author_key), 0, "file",
         "the private key that signs the ID key; old firmware rejects an ID block without one"},
	{"policy", 0, "POLICY", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(policy), 0, NULL,
         "the guest policy, a number or flag names as in the annotation; 0x30000 if not given"},
	{"allow-debug", 0, NULL, ID_BLOCK, LSEC_OPTION_FLAG, FIELD(allow_debug), 0, NULL,
         "accept a policy with debug, with which the host can read the guest's memory"},
	{"family-id", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(family_id), 0, NULL,
         "16 bytes of your choice in hex or base64, shown in every report; zeros if not given"},
	{"image-id", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(image_id), 0, NULL,
         "16 bytes of your choice in hex or base64, shown in every report; zeros if not given"},
	{"guest-svn", 0, "NUMBER", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(guest_svn), 0, NULL,
         "the guest's security version, shown in every report; 0 if not given"},
	{"verify", 0, NULL, ID_BLOCK, LSEC_OPTION_FLAG, FIELD(verifies), 0, NULL,
         "check an ID block and its signatures; print nothing if they verify, otherwise end with status 3"},
	{"id-block", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(id_block), 0, NULL,
         "with --verify: the ID block, 96 bytes in hex or base64"},
	{"id-auth", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(id_auth), 0, NULL,
         "with --verify: the ID authentication, 4096 bytes in hex or base64"},
	{"format", 0, "FORMAT", ID_BLOCK, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text (annotations in YAML) or json"},
	{"output", 'o', "DIRECTORY", EXPECT, LSEC_OPTION_TEXT, FIELD(output), 0, "file",
         "write the files into DIRECTORY, which is created if it is missing; existing files are replaced"},
	{"output", 'o', "FILE", WRITERS, LSEC_OPTION_TEXT, FIELD(output), 0, "file",
         "write to FILE, which is replaced, instead of standard output"},
	{"config", 0, "FILE", CONFIGURED, LSEC_OPTION_TEXT, FIELD(config), 0, "file",
         "read cluster defaults from FILE; without it from $LAUNCHSEC_CONFIG, else from " LSEC_CONFIG_FILE
         " if it exists"},
	{"default", 0, "TEE.KEY=VALUE", CONFIGURED, LSEC_OPTION_TEXTS, FIELD(standard), 0,
         "defaults",
         "set a cluster default, for example sev-snp.firmware=/usr/share/edk2/ovmf/OVMF.amdsev.fd"},
	{"forbid", 0, "KEY[,KEY]...", CONFIGURED, LSEC_OPTION_TEXTS, FIELD(forbid), 0, "keys",
         "refuse VMs whose annotations set these keys"},
	{"host", 0, "FILE", HOSTS, LSEC_OPTION_TEXT, FIELD(host), 0, "file",
         "read the host's facts from FILE (JSON or YAML) instead of this host; without it from $LAUNCHSEC_HOST"},
	{"host", 0, "FILE", MEASURING, LSEC_OPTION_TEXT, FIELD(host), 0, "file",
         "the facts of the VM's node in FILE, as \"launchsec probe --format json\" recorded them there, for host-passthrough or type: auto; without it from $LAUNCHSEC_HOST"},
	{"socket-dir", 0, "DIRECTORY", SERVE, LSEC_OPTION_TEXT, FIELD(socket_dir), 0, "file",
         "put the socket of a hook sidecar into DIRECTORY, as launchsec-$CONTAINER_NAME.sock, or a random name"},
	{"plugin-socket", 0, "PATH", SERVE, LSEC_OPTION_TEXT, FIELD(plugin_socket), 0, "file",
         "serve on the socket PATH, as a Plugin's socketPath names it"},
	{"node-socket", 0, "PATH", SERVE, LSEC_OPTION_TEXT, FIELD(node_socket), 0, "file",
         "serve on the socket PATH for virt-handler, as a Plugin's node hook names it"},
	{"host-root", 0, "DIRECTORY", (unsigned)SERVE | (unsigned)PROBE, LSEC_OPTION_TEXT,
         FIELD(host_root), 0, "file", "look for the host's /sys, /dev and others under DIRECTORY"},
	{"version", 0, "VERSION", SERVE, LSEC_OPTION_MASK, FIELD(versions), 0,
         "v1alpha1 v1alpha2 v1alpha3", "offer KubeVirt only this version of the hook protocol"},
	{"hook-name", 0, "NAME", SERVE, LSEC_OPTION_TEXT, FIELD(hook_name), 0, NULL,
         "name the hook NAME instead of launchsec"},
	{"hook-priority", 0, "NUMBER", SERVE, LSEC_OPTION_NUMBER, FIELD(priority), 0, NULL,
         "the hook's priority, 0 if not given; it does not order sidecars: KubeVirt calls them in the order in which it finds their sockets"},
	{"log-format", 0, "FORMAT", SERVE, LSEC_OPTION_CHOICE, FIELD(log_format), 0,
         "auto json text", "json or text; auto is text on a terminal, else json"},
	{"log-level", 0, "LEVEL", SERVE, LSEC_OPTION_CHOICE, FIELD(log_level), 0,
         "debug info warning error", "the lowest level to log; info if not given"},
	{"sandbox", 0, "WHETHER", SERVE, LSEC_OPTION_CHOICE, FIELD(sandbox), 0, "auto on off",
         "drop all rights that serving does not need, once the sockets are open: as far as the system supports it (auto, the default), completely or not start (on), or not at all (off)"},
	{"metrics-file", 0, "PATH", SERVE, LSEC_OPTION_TEXT, FIELD(metrics_file), 0, "file",
         "write counters to PATH, which must end in .prom, for node_exporter's textfile collector"},
	{"socket", 0, "PATH", HEALTH, LSEC_OPTION_TEXT, FIELD(socket), 0, "file",
         "the server's socket"},
	{"timeout", 0, "SECONDS", HEALTH, LSEC_OPTION_NUMBER, FIELD(timeout), 300, NULL,
         "how long to wait for the server's answer, 1 to 300; 1 if not given, like timeoutSeconds of a probe"},
	{"help", 'h', NULL, ALL, LSEC_OPTION_HELP, 0, 0, NULL, "print help and stop"},
	{NULL, 0, NULL, 0, LSEC_OPTION_HELP, 0, 0, NULL, NULL},
};
_Static_assert(sizeof(options) / sizeof(options[0]) <= LSEC_MOST_OPTIONS, "room for all options");

const struct lsec_command *lsec_commands(void)
{
	return commands;
}

const struct lsec_option *lsec_option_table(void)
{
	return options;
}

const struct lsec_command *lsec_command(enum lsec_command_id id)
{
	const struct lsec_command *command = commands;
	while (command->id != id)
		command++;
	return command;
}
