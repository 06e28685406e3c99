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
#define LINT_USAGE                                                                                                                                                   \
	"[--kubevirt VERSION | --openshift VERSION] [--plugin] [--strict] [--require-vm] [--ignore RULE]... [--format FORMAT] [--quiet] [--color WHEN] " CONFIGURING \
	" FILE..."
#define FIELD(name) offsetof(struct lsec_options, name)

/* Version 14 gives up on strings that are longer than a line. */
/* clang-format off */
static const struct lsec_command commands[] = {
	{
		.id = APPLY,
		.name = "apply",
		.usage = "--domain FILE [--vmi FILE] [--namespace NAME] [--set KEY=VALUE]... [--explain | --diff | --check] [--connect URI] [--format text|json] [-o FILE] " CONFIGURING " [--host FILE]",
		.help = "show on saved files what the hook would do",
		.text = "Reads a libvirt domain and the VM it belongs to from files, and prints the domain as the hook would return it; or what it would change and why. Nothing else is touched.",
		.statuses = "0 done, 1 it failed, 2 usage or configuration, 3 the request is refused",
	},
	{
		.id = HOOK,
		.name = "on-define-domain",
		.usage = "--vmi JSON --domain XML " CONFIGURING " [--host FILE]",
		.help = "KubeVirt's exec hook: print the domain for libvirt",
		.text = "What KubeVirt's sidecar-shim runs under the name onDefineDomain, with the VMI and the domain as arguments. Under that name the program needs no command word.",
	},
	{
		.id = SERVE,
		.name = "serve",
		.usage = "[--socket-dir DIRECTORY] [--plugin-socket PATH] [--node-socket PATH] [--version VERSION]... [--hook-name NAME] [--hook-priority NUMBER] " CONFIGURING " [--host FILE | --host-root DIRECTORY] [--log-format FORMAT] [--log-level LEVEL] [--sandbox WHETHER]",
		.help = "answer KubeVirt's calls: hook sidecar, plugin and node hook",
		.text = "Serves KubeVirt's hook protocols (Info, Callbacks v1alpha1 to v1alpha3, the Plugin API's DomainHookService and NodeHookService) and gRPC's health check on UNIX sockets, until SIGTERM, SIGINT or a call of Shutdown. A refused VM's status shows the same lines as the command line. Without --socket-dir, --plugin-socket and --node-socket the socket is in " LSEC_SOCKET_DIR ".",
	},
	{
		.id = HEALTH,
		.name = "health",
		.usage = "--socket PATH [--timeout SECONDS]",
		.help = "ask a server whether it serves, for a probe of Kubernetes",
		.text = "Calls gRPC's health check on the UNIX socket of launchsec serve, or of another gRPC server. Prints nothing and ends with status 0 where the server answers SERVING; else says why not.",
		.statuses = "0 the server serves, 1 it does not, 2 usage",
	},
	{
		.id = INIT,
		.name = "init",
		.usage = "--tee sev-snp|tdx|auto --form configmap|image|plugin [--preference] [--kubevirt VERSION] [-o FILE] [FILE]",
		.help = "make a VM's manifest confidential, or a sample of one",
		.text = "Prints the manifest of a VM with what it lacks to be confidential: launchSecurity, EFI without Secure Boot, the annotations, an eviction strategy, and for SEV-SNP a CPU model. Comments and order stay; each change is told on standard error. What cannot be edited as lines is refused, with what to paste. Without FILE it prints a complete sample.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 the manifest cannot be edited",
	},
	{
		.id = LINT,
		.name = "lint",
		.usage = LINT_USAGE,
		.help = "check the manifest of a VM before it is applied",
		.text = "Reads manifests of VMs and tells what KubeVirt, libvirt or launchsec would refuse in them, and what would start without protection: as errors; and what works otherwise than one might think: as warnings. Each finding has its place, its reason and how to mend it.",
		.statuses = "0 no errors, 1 it failed, 2 usage or configuration, 3 there are errors",
	},
	{
		.id = MEASURE,
		.name = "measure",
		.usage = "(--firmware FILE | --launcher FILE [--list]) [--vmi FILE] [--namespace NAME] [--domain FILE] [--set KEY=VALUE]... [--tee TEE] [--vcpus NUMBER] [--cpu MODEL | --cpu-signature NUMBER] [--vmsa-features NUMBER] [--kernel FILE] [--initrd FILE] [--cmdline TEXT] [--verify VALUE | --report FILE] [--other-firmware FILE]... [--also VALUE]... [--format FORMAT] [-o FILE] [--host FILE] " CONFIGURING,
		.help = "compute the digest that a VM's attestation report has",
		.text = "Computes the launch digest of SEV-SNP or the MRTD of TDX from the VM's manifest or saved domain, as the hook changes it, and from the bytes of its firmware; without starting anything. Prints the digest, or what it is made of, or a verifier's reference values and policies; or says whether a digest or a whole report is the VM's, and what differs.",
		.statuses = "0 done, 1 it failed, 2 usage or configuration, 3 the VM has no digest, or another",
	},
	{
		.id = EXPECT,
		.name = "expect",
		.usage = "(--firmware FILE | --launcher FILE) [--vmi FILE] [--namespace NAME] [--domain FILE] [--set KEY=VALUE]... -o DIRECTORY [--also VALUE]... [--tee TEE] [--vcpus NUMBER] [--cpu MODEL | --cpu-signature NUMBER] [--vmsa-features NUMBER] [--kernel FILE] [--initrd FILE] [--cmdline TEXT] [--host FILE] " CONFIGURING,
		.help = "write all that a VM's verifier must know",
		.text = "Measures a VM as launchsec measure does, and writes what verifiers need into a directory: every claim with where it comes from, reference values and a resource policy for Trustee, a policy for Intel Trust Authority. Prints which command sends each file where. Nothing is sent.",
		.statuses = "0 done, 1 it failed, 2 usage or configuration, 3 the VM has no digest",
	},
	{
		.id = ID_BLOCK,
		.name = "id-block",
		.usage = "--digest VALUE --id-key FILE [--author-key FILE] [--policy POLICY] [--allow-debug] [--family-id VALUE] [--image-id VALUE] [--guest-svn NUMBER] [--format text|json] [-o FILE] | --verify --id-block VALUE --id-auth VALUE [--digest VALUE] [--policy POLICY]",
		.help = "make, sign or verify an ID block for SEV-SNP",
		.text = "Makes and signs an ID block, by which SEV-SNP starts a VM only with the launch digest and policy in it, and prints the annotations for the VM. A verifier that pins the digest of the ID key then accepts every VM that the key's owner signed for. With --verify it checks one as the firmware does, and prints nothing. Private keys are wiped after use and get into no message and no core dump. One of the options that read a file or a value may be -, which is standard input.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 a value or key is refused, or the ID block does not verify",
	},
	{
		.id = PROVISION,
		.name = "provision",
		.usage = "--vmi FILE [--namespace NAME] [--kbs URL] [--digest VALUE] [--format text|json] [-o FILE]",
		.help = "show what a VM's own disk key needs at the key broker",
		.text = "Prints what the owner of a VM with the annotation provision does before the VM starts: the request by which Trustee's provisioner plugin makes the VM's disk key, the initdata document that leads the guest to it, its digest and the value of each TEE's field, and a resource policy that gives the key to this VM only. The hook makes the same document from the annotation and the VM's namespace and name. Nothing is sent.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 the VM or a value is refused",
	},
	{
		.id = INITDATA,
		.name = "initdata",
		.usage = "--file FILE [--verify VALUE] [--format text|json]",
		.help = "show what an initdata document becomes in the report",
		.text = "Reads an initdata document (TOML or JSON, or base64 or gzip of it) and prints its digest, the value of the field that binds it in each TEE's attestation report, and what the guest finds; so that the owner of a VM knows, offline, what a verifier must expect.",
	},
	{
		.id = BIND,
		.name = "bind",
		.usage = "--file FILE [--verify VALUE] [--format text|json]",
		.help = "bind a key or another file to a VM's report",
		.text = "Prints the annotation that binds a file, such as the owner's public key, to the attestation report of either TEE by its SHA-256, and the value of each TEE's field that a verifier must expect. With --verify it compares these with what a verifier printed.",
		.statuses = "0 done, 1 it failed, 2 usage, 3 the file is refused, or the value is not the file's",
	},
	{
		.id = PROBE,
		.name = "probe",
		.usage = "[--format text|json] [--require TEE]... [--connect URI] [--host FILE | --host-root DIRECTORY]",
		.help = "show what this host offers, and what stands in the way",
		.text = "Looks at this host (CPU, kernel, key slots, devices, firmware) and prints each fact with its source and what it means for SEV-SNP and TDX, a verdict for each, and what to do about a no. As JSON it is a file that --host takes. Changes nothing.",
	},
	{
		.id = ANNOTATIONS,
		.name = "annotations",
		.usage = "[--format text|markdown|json] [KEY]",
		.help = "list the annotations that VMs may carry, or explain one",
		.text = "Prints the table of annotations: key, TEE, values, default and the place in the domain; or, with KEY, one of them, with an example and what it means for attestation.",
	},
	{
		.id = COMPLETION,
		.name = "completion",
		.usage = "bash|zsh|fish",
		.help = "print the completion of a shell",
		.text = "Prints a script by which the shell completes commands, options and values. It asks the program itself what to offer.",
	},
	{
		.id = HELP,
		.name = "help",
		.usage = "[COMMAND]",
		.help = "show what a command does",
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
         "the firmware image that the VM starts with, from the virt-launcher image of its KubeVirt; - is standard input"},
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
         "the TEE, where the VM leaves it open (type: auto), or without a VM"},
	{"vcpus", 0, "NUMBER", MEASURING, LSEC_OPTION_TEXT, FIELD(vcpus), 0, NULL,
         "the number of vCPUs that the VM starts with, where an instancetype sets it, or without a VM (SEV-SNP only)"},
	{"cpu", 0, "MODEL", MEASURING, LSEC_OPTION_TEXT, FIELD(cpu), 0, NULL,
         "QEMU's CPU model, such as EPYC-Genoa, where the VM leaves it to the node, or without a VM (SEV-SNP only)"},
	{"cpu-signature", 0, "NUMBER", MEASURING, LSEC_OPTION_TEXT, FIELD(cpu_signature), 0, NULL,
         "the CPU's signature (CPUID 1 EAX) instead of its model, for host-passthrough"},
	{"vmsa-features", 0, "NUMBER", MEASURING, LSEC_OPTION_TEXT, FIELD(vmsa_features), 0, NULL,
         "SEV_FEATURES of the vCPUs; 0x1 if not given, which QEMU up to 11.1 always sets"},
	{"kernel", 0, "FILE", MEASURING, LSEC_OPTION_TEXT, FIELD(kernel), 0, "file",
         "the kernel that the VM boots directly, where kernel-hashes is yes, or without a VM"},
	{"initrd", 0, "FILE", MEASURING, LSEC_OPTION_TEXT, FIELD(initrd), 0, "file",
         "the initrd beside that kernel"},
	{"cmdline", 0, "TEXT", MEASURING, LSEC_OPTION_TEXT, FIELD(cmdline), 0, NULL,
         "the command line beside that kernel, without a VM"},
	{"verify", 0, "VALUE", MEASURE, LSEC_OPTION_TEXT, FIELD(verify), 0, NULL,
         "print nothing and end with status 3, unless this is the VM's digest, in a form that verifiers print; say which input differs"},
	{"report", 0, "FILE", MEASURE, LSEC_OPTION_TEXT, FIELD(report), 0, "file",
         "compare an attestation report or quote with what the VM asks for; signatures are not checked"},
	{"other-firmware", 0, "FILE", MEASURE, LSEC_OPTION_TEXTS, FIELD(other_firmware), 0, "file",
         "with --verify or --report, another image that the digest may be of, such as the one before an update"},
	{"also", 0, "VALUE", MEASURING, LSEC_OPTION_TEXTS, FIELD(also), 0, NULL,
         "with --format rvps, trustee-policy or ita, another digest that stays valid: a verifier's list is replaced as a whole"},
	{"format", 0, "FORMAT", MEASURE, LSEC_OPTION_CHOICE, FIELD(format), 0,
         "text json rvps trustee-policy ita",
         "text (the digest), json (with every input), rvps (reference values for Trustee), trustee-policy (a resource policy for it), ita (a policy for Intel Trust Authority)"},
	{"explain", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_EXPLAIN, NULL,
         "print every change with its reason, and warnings, instead of the domain"},
	{"diff", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_DIFF, NULL,
         "print a unified diff instead of the domain, both sides written alike"},
	{"check", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_CHECK, NULL,
         "print nothing but the verdict"},
	{"connect", 0, "URI", APPLY, LSEC_OPTION_TEXT, FIELD(connect), 0, NULL,
         "with --check, ask the libvirt at URI whether it would take the new domain: qemu:///system, or test:///default"},
	{"format", 0, "FORMAT", APPLY, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"file", 0, "FILE", INITDATA, LSEC_OPTION_TEXT, FIELD(file), 0, "file",
         "the initdata document; - is standard input"},
	{"file", 0, "FILE", BIND, LSEC_OPTION_TEXT, FIELD(file), 0, "file",
         "the file to bind; - is standard input"},
	{"verify", 0, "VALUE", BIND, LSEC_OPTION_TEXT, FIELD(verify), 0, NULL,
         "print nothing and end with status 3, unless this is the file's hostData, mrConfigId or digest, as a verifier prints it"},
	{"verify", 0, "VALUE", INITDATA, LSEC_OPTION_TEXT, FIELD(verify), 0, NULL,
         "compare with a value as a verifier prints it: hostData, mrConfigId or the digest, in hex, a hex dump, base64 or a JSON array"},
	{"format", 0, "FORMAT", BINDING, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"KEY", 0, NULL, ANNOTATIONS, LSEC_OPTION_OPERAND, FIELD(operand), 0, "keys",
         "the annotation to explain, with or without " LSEC_PREFIX},
	{"SHELL", 0, NULL, COMPLETION, LSEC_OPTION_OPERAND, FIELD(operand), 1, "bash zsh fish",
         "bash, zsh or fish"},
	{"COMMAND", 0, NULL, HELP, LSEC_OPTION_OPERAND, FIELD(operand), 0, "commands",
         "the command to explain; without it all are listed"},
	{"format", 0, "FORMAT", ANNOTATIONS, LSEC_OPTION_CHOICE, FIELD(format), 0,
         "text json markdown", "text, json or markdown"},
	{"format", 0, "FORMAT", PROBE, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"connect", 0, "URI", PROBE, LSEC_OPTION_TEXT, FIELD(connect), 0, NULL,
         "show what the libvirt at URI says, too, and where the two disagree: qemu:///system"},
	{"require", 0, "TEE", PROBE, LSEC_OPTION_MASK, FIELD(required), 0, "sev-snp tdx",
         "print nothing and end with status 3, unless a VM of this TEE can start here for certain"},
	{"FILE", 0, NULL, INIT, LSEC_OPTION_OPERAND, FIELD(operand), 0, "file",
         "the manifest, in YAML, with one VM; - is standard input"},
	{"tee", 0, "TEE", INIT, LSEC_OPTION_MASK, FIELD(tee), 0, "sev-snp tdx auto",
         "what protects the VM; auto: what its node has"},
	{"form", 0, "FORM", INIT, LSEC_OPTION_MASK, FIELD(form), 0, "configmap image plugin",
         "how launchsec is deployed in the cluster"},
	{"preference", 0, NULL, INIT, LSEC_OPTION_FLAG, FIELD(preference), 0, NULL,
         "name a preference of deploy/preferences, which brings launchSecurity, EFI and type (from KubeVirt 1.9 on)"},
	{"kubevirt", 0, "VERSION", INIT, LSEC_OPTION_TEXT, FIELD(kubevirt), 0, NULL,
         "the version of KubeVirt that is to run the VM, such as 1.8; before 1.7 SEV-SNP is sev there"},
	{"FILE", 0, NULL, LINT, LSEC_OPTION_OPERANDS, FIELD(files), 0, "file",
         "the manifests, JSON or YAML, also several objects in one, or directories, of which all *.yaml, *.yml and *.json are read; - is standard input"},
	{"kubevirt", 0, "VERSION", LINT, LSEC_OPTION_TEXT, FIELD(kubevirt), 0, NULL,
         "the version of KubeVirt that is to run the VM, such as 1.8; without it what holds for some versions only is a warning"},
	{"openshift", 0, "VERSION", LINT, LSEC_OPTION_TEXT, FIELD(openshift), 0, NULL,
         "the version of OpenShift Virtualization instead, such as 4.20: 4.14 has KubeVirt 1.0, and each later one the next"},
	{"plugin", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(plugin), 0, NULL,
         "the cluster has launchsec as a Plugin, so VMs need no sidecar (from KubeVirt 1.9 on)"},
	{"strict", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(strict), 0, NULL,
         "let warnings count as errors in the exit status"},
	{"require-vm", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(require_vm), 0, NULL,
         "let it be an error that there is no VM in any file"},
	{"ignore", 0, "RULE", LINT, LSEC_OPTION_TEXTS, FIELD(ignore), 0, NULL,
         "let findings of this rule not count; a manifest does so by an annotation with a reason"},
	{"format", 0, "FORMAT", LINT, LSEC_OPTION_CHOICE, FIELD(format), 0,
         "text json sarif junit github",
         "text, json, sarif (2.1.0, for code scanning), junit (XML, for test reports) or github (annotations of a workflow)"},
	{"quiet", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(quiet), 0, NULL,
         "as text, print findings only: no line for each object, no summary"},
	{"color", 0, "WHEN", LINT, LSEC_OPTION_CHOICE, FIELD(color), 0, "auto always never",
         "colour findings: auto is on a terminal, unless $NO_COLOR is set"},
	{"namespace", 0, "NAME", MANIFESTS, LSEC_OPTION_TEXT, FIELD(name_space), 0, NULL,
         "the VM's namespace, where its manifest leaves it out"},
	{"kbs", 0, "URL", PROVISION, LSEC_OPTION_TEXT, FIELD(kbs), 0, NULL,
         "the URL of the key broker, where the VM has no annotation provision yet"},
	{"digest", 0, "VALUE", PROVISION, LSEC_OPTION_TEXT, FIELD(digest), 0, NULL,
         "have the policy check this launch digest, 48 bytes in hex or base64, as launchsec measure prints it"},
	{"format", 0, "FORMAT", PROVISION, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"digest", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(digest), 0, NULL,
         "the launch digest, 48 bytes in hex or base64, as launchsec measure prints it"},
	{"id-key", 0, "FILE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(id_key), 0, "file",
         "the private key that signs the ID block: P-384 in PEM, not encrypted"},
	{"author-key", 0, "FILE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(author_key), 0, "file",
         "the private key that signs the ID key; old firmware refuses an ID block without one"},
	{"policy", 0, "POLICY", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(policy), 0, NULL,
         "the guest policy, a number or flag names as in the annotation; 0x30000 if not given"},
	{"allow-debug", 0, NULL, ID_BLOCK, LSEC_OPTION_FLAG, FIELD(allow_debug), 0, NULL,
         "accept a policy with debug, by which the host can read the guest"},
	{"family-id", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(family_id), 0, NULL,
         "16 bytes of your choice in hex or base64, shown in every report; zeros if not given"},
	{"image-id", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(image_id), 0, NULL,
         "16 bytes of your choice in hex or base64, shown in every report; zeros if not given"},
	{"guest-svn", 0, "NUMBER", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(guest_svn), 0, NULL,
         "the guest's security version, shown in every report; 0 if not given"},
	{"verify", 0, NULL, ID_BLOCK, LSEC_OPTION_FLAG, FIELD(verifies), 0, NULL,
         "check an ID block and its signatures; print nothing, and end with status 3 unless they verify"},
	{"id-block", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(id_block), 0, NULL,
         "with --verify: the ID block, 96 bytes in hex or base64"},
	{"id-auth", 0, "VALUE", ID_BLOCK, LSEC_OPTION_TEXT, FIELD(id_auth), 0, NULL,
         "with --verify: the ID authentication, 4096 bytes in hex or base64"},
	{"format", 0, "FORMAT", ID_BLOCK, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text (annotations in YAML) or json"},
	{"output", 'o', "DIRECTORY", EXPECT, LSEC_OPTION_TEXT, FIELD(output), 0, "file",
         "write the files into DIRECTORY, which is made if need be; old ones are replaced"},
	{"output", 'o', "FILE", WRITERS, LSEC_OPTION_TEXT, FIELD(output), 0, "file",
         "write to FILE, replaced as a whole, instead of standard output"},
	{"config", 0, "FILE", CONFIGURED, LSEC_OPTION_TEXT, FIELD(config), 0, "file",
         "read cluster defaults from FILE; without it from $LAUNCHSEC_CONFIG, else from " LSEC_CONFIG_FILE
         " if it exists"},
	{"default", 0, "TEE.KEY=VALUE", CONFIGURED, LSEC_OPTION_TEXTS, FIELD(standard), 0,
         "defaults",
         "set a cluster default, for example sev-snp.firmware=/usr/share/edk2/ovmf/OVMF.amdsev.fd"},
	{"forbid", 0, "KEY[,KEY]...", CONFIGURED, LSEC_OPTION_TEXTS, FIELD(forbid), 0, "keys",
         "keep annotations from setting these keys"},
	{"host", 0, "FILE", HOSTS, LSEC_OPTION_TEXT, FIELD(host), 0, "file",
         "take the host's facts from FILE (JSON or YAML) instead of this host; without it from $LAUNCHSEC_HOST"},
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
         "v1alpha1 v1alpha2 v1alpha3", "tell KubeVirt this version of the hook protocol only"},
	{"hook-name", 0, "NAME", SERVE, LSEC_OPTION_TEXT, FIELD(hook_name), 0, NULL,
         "tell KubeVirt this name of the hook instead of launchsec"},
	{"hook-priority", 0, "NUMBER", SERVE, LSEC_OPTION_NUMBER, FIELD(priority), 0, NULL,
         "tell KubeVirt this priority (0 if not given); it does not order sidecars: KubeVirt calls them in the order in which it finds their sockets"},
	{"log-format", 0, "FORMAT", SERVE, LSEC_OPTION_CHOICE, FIELD(log_format), 0,
         "auto json text", "json or text; auto is text on a terminal, else json"},
	{"log-level", 0, "LEVEL", SERVE, LSEC_OPTION_CHOICE, FIELD(log_level), 0,
         "debug info warning error", "leave out what is less than this; info if not given"},
	{"sandbox", 0, "WHETHER", SERVE, LSEC_OPTION_CHOICE, FIELD(sandbox), 0, "auto on off",
         "give up all that serving does not need, once the sockets are open: what the system permits (auto, if not given), all or end (on), nothing (off)"},
	{"socket", 0, "PATH", HEALTH, LSEC_OPTION_TEXT, FIELD(socket), 0, "file",
         "the server's socket"},
	{"timeout", 0, "SECONDS", HEALTH, LSEC_OPTION_NUMBER, FIELD(timeout), 0, NULL,
         "how long the server may take to answer, 1 to 300; 1 if not given, like timeoutSeconds of a probe"},
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
