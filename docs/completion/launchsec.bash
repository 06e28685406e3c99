# bash completion for launchsec
# SPDX-License-Identifier: Apache-2.0
# Written by "make docs" from launchsec.bash.in and the program's tables; do not edit.

# What the value of an annotation or a cluster default may be.
_launchsec_value() {
	case $1 in
	type) words='sev-snp tdx auto none' ;;
	firmware | sev-snp.firmware | tdx.firmware) words='auto keep' files=1 ;;
	cbitpos | sev-snp.cbitpos) words='auto omit' ;;
	reduced-phys-bits | sev-snp.reduced-phys-bits) words='auto omit' ;;
	policy) words='smt migration-agent debug single-socket cxl aes-256-xts rapl-disabled ciphertext-hiding page-swap-disabled sept-ve-disable' list=1 ;;
	sev-snp.policy) words='smt migration-agent debug single-socket cxl aes-256-xts rapl-disabled ciphertext-hiding page-swap-disabled' list=1 ;;
	tdx.policy) words='debug sept-ve-disable' list=1 ;;
	allow-debug | sev-snp.allow-debug | tdx.allow-debug) words='yes no' ;;
	allow-qemu-arguments | sev-snp.allow-qemu-arguments | tdx.allow-qemu-arguments) words='yes no' ;;
	kernel-hashes | sev-snp.kernel-hashes) words='yes no' ;;
	author-key | sev-snp.author-key) words='yes no' ;;
	vcek | sev-snp.vcek) words='yes no' ;;
	qgs | tdx.qgs) words='default none' files=1 ;;
	esac
}

_launchsec() {
	local cur strip raw before command option i
	local words= files= list= setting= head=
	local -a line=() found=()
	local keys='type firmware cbitpos reduced-phys-bits policy allow-debug allow-qemu-arguments kernel-hashes author-key vcek guest-visible-workarounds id-block id-auth host-data mr-config-id mr-owner mr-owner-config qgs bind initdata provision oem-strings'
	local settings='type= firmware= cbitpos= reduced-phys-bits= policy= allow-debug= allow-qemu-arguments= kernel-hashes= author-key= vcek= guest-visible-workarounds= id-block= id-auth= host-data= mr-config-id= mr-owner= mr-owner-config= qgs= bind= initdata= provision= oem-strings='
	local defaults='sev-snp.firmware= sev-snp.cbitpos= sev-snp.reduced-phys-bits= sev-snp.policy= sev-snp.allow-debug= sev-snp.allow-qemu-arguments= sev-snp.kernel-hashes= sev-snp.author-key= sev-snp.vcek= sev-snp.guest-visible-workarounds= tdx.firmware= tdx.policy= tdx.allow-debug= tdx.allow-qemu-arguments= tdx.qgs='
	COMPREPLY=()
	# bash splits words at = and : where COMP_WORDBREAKS has them.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		raw=${COMP_WORDS[i]} before=${COMP_WORDS[i > 0 ? i - 1 : 0]}
		if ((i > 1)) && [[ -n $raw && -n $before ]] &&
			[[ $raw != *[!=:]* || $before != *[!=:]* ]]; then
			line[${#line[@]} - 1]+=$raw
		else
			line+=("$raw")
		fi
	done
	cur=${line[${#line[@]} - 1]}
	strip=$cur
	[[ $raw != *[!=:]* && -n $raw ]] || strip=${cur%"$raw"}
	command=${line[1]} option=${line[${#line[@]} - 2]}
	if [[ ${line[0]##*/} == onDefineDomain ]]; then
		command=on-define-domain
	elif ((${#line[@]} == 2)); then
		command=
	fi
	if [[ $cur == --*=* ]]; then
		option=${cur%%=*}
		head=$option=
		cur=${cur#*=}
	fi
	case $command:$option in
	:*) words='apply on-define-domain serve lint measure expect id-block provision initdata probe annotations version --help --version' ;;
	apply:--domain) files=1 ;;
	apply:--vmi) files=1 ;;
	apply:--set) words=$settings setting=1 ;;
	apply:--connect) ;;
	apply:--format) words='text json' ;;
	apply:--namespace) ;;
	apply:--output | apply:-o) files=1 ;;
	apply:--config) files=1 ;;
	apply:--default) words=$defaults setting=1 ;;
	apply:--forbid) words=$keys list=1 ;;
	apply:--host) files=1 ;;
	apply:*) words='--domain --vmi --set --explain --diff --check --connect --format --namespace --output -o --config --default --forbid --host --help -h' ;;
	on-define-domain:--domain) ;;
	on-define-domain:--vmi) ;;
	on-define-domain:--config) files=1 ;;
	on-define-domain:--default) words=$defaults setting=1 ;;
	on-define-domain:--forbid) words=$keys list=1 ;;
	on-define-domain:--host) files=1 ;;
	on-define-domain:*) words='--domain --vmi --config --default --forbid --host --help -h' ;;
	serve:--config) files=1 ;;
	serve:--default) words=$defaults setting=1 ;;
	serve:--forbid) words=$keys list=1 ;;
	serve:--host) files=1 ;;
	serve:--socket-dir) files=1 ;;
	serve:--plugin-socket) files=1 ;;
	serve:--node-socket) files=1 ;;
	serve:--host-root) files=1 ;;
	serve:--version) words='v1alpha1 v1alpha2 v1alpha3' ;;
	serve:--hook-name) ;;
	serve:--hook-priority) ;;
	serve:--log-format) words='auto json text' ;;
	serve:--log-level) words='debug info warning error' ;;
	serve:--sandbox) words='auto on off' ;;
	serve:*) words='--config --default --forbid --host --socket-dir --plugin-socket --node-socket --host-root --version --hook-name --hook-priority --log-format --log-level --sandbox --help -h' ;;
	lint:--kubevirt) ;;
	lint:--format) words='text json' ;;
	lint:--config) files=1 ;;
	lint:--default) words=$defaults setting=1 ;;
	lint:--forbid) words=$keys list=1 ;;
	lint:*) words='--kubevirt --plugin --strict --format --config --default --forbid --help -h' files=1 ;;
	measure:--firmware) files=1 ;;
	measure:--launcher) files=1 ;;
	measure:--domain) files=1 ;;
	measure:--vmi) files=1 ;;
	measure:--set) words=$settings setting=1 ;;
	measure:--tee) words='sev-snp tdx' ;;
	measure:--vcpus) ;;
	measure:--cpu) ;;
	measure:--cpu-signature) ;;
	measure:--vmsa-features) ;;
	measure:--kernel) files=1 ;;
	measure:--initrd) files=1 ;;
	measure:--cmdline) ;;
	measure:--verify) ;;
	measure:--report) files=1 ;;
	measure:--other-firmware) files=1 ;;
	measure:--also) ;;
	measure:--format) words='text json rvps trustee-policy ita' ;;
	measure:--namespace) ;;
	measure:--output | measure:-o) files=1 ;;
	measure:--config) files=1 ;;
	measure:--default) words=$defaults setting=1 ;;
	measure:--forbid) words=$keys list=1 ;;
	measure:--host) files=1 ;;
	measure:*) words='--firmware --launcher --list --domain --vmi --set --tee --vcpus --cpu --cpu-signature --vmsa-features --kernel --initrd --cmdline --verify --report --other-firmware --also --format --namespace --output -o --config --default --forbid --host --help -h' ;;
	expect:--firmware) files=1 ;;
	expect:--launcher) files=1 ;;
	expect:--domain) files=1 ;;
	expect:--vmi) files=1 ;;
	expect:--set) words=$settings setting=1 ;;
	expect:--tee) words='sev-snp tdx' ;;
	expect:--vcpus) ;;
	expect:--cpu) ;;
	expect:--cpu-signature) ;;
	expect:--vmsa-features) ;;
	expect:--kernel) files=1 ;;
	expect:--initrd) files=1 ;;
	expect:--cmdline) ;;
	expect:--also) ;;
	expect:--namespace) ;;
	expect:--output | expect:-o) files=1 ;;
	expect:--config) files=1 ;;
	expect:--default) words=$defaults setting=1 ;;
	expect:--forbid) words=$keys list=1 ;;
	expect:--host) files=1 ;;
	expect:*) words='--firmware --launcher --domain --vmi --set --tee --vcpus --cpu --cpu-signature --vmsa-features --kernel --initrd --cmdline --also --namespace --output -o --config --default --forbid --host --help -h' ;;
	id-block:--digest) ;;
	id-block:--id-key) files=1 ;;
	id-block:--author-key) files=1 ;;
	id-block:--policy) ;;
	id-block:--family-id) ;;
	id-block:--image-id) ;;
	id-block:--guest-svn) ;;
	id-block:--id-block) ;;
	id-block:--id-auth) ;;
	id-block:--format) words='text json' ;;
	id-block:--output | id-block:-o) files=1 ;;
	id-block:*) words='--digest --id-key --author-key --policy --allow-debug --family-id --image-id --guest-svn --verify --id-block --id-auth --format --output -o --help -h' ;;
	provision:--vmi) files=1 ;;
	provision:--namespace) ;;
	provision:--kbs) ;;
	provision:--digest) ;;
	provision:--format) words='text json' ;;
	provision:--output | provision:-o) files=1 ;;
	provision:*) words='--vmi --namespace --kbs --digest --format --output -o --help -h' ;;
	initdata:--file) files=1 ;;
	initdata:--verify) ;;
	initdata:--format) words='text json' ;;
	initdata:*) words='--file --verify --format --help -h' ;;
	probe:--format) words='text json' ;;
	probe:--connect) ;;
	probe:--require) words='sev-snp tdx' ;;
	probe:--host) files=1 ;;
	probe:--host-root) files=1 ;;
	probe:*) words='--format --connect --require --host --host-root --help -h' ;;
	annotations:--format) words='text json markdown' ;;
	annotations:*) words='--format --help -h' ;;
	version:*) words='--help -h' ;;
	esac
	if [[ $setting && $cur == *=* ]]; then
		words=
		_launchsec_value "${cur%%=*}"
		head+=${cur%%=*}=
		cur=${cur#*=}
	fi
	if [[ $list && $cur == *,* ]]; then
		head+=${cur%,*},
		cur=${cur##*,}
	fi
	mapfile -t found <<<"$(
		compgen -W "$words" -- "$cur"
		[[ -z $files ]] || compgen -f -- "$cur"
	)"
	for raw in "${found[@]}"; do
		[[ -n $raw ]] || continue
		raw=$head$raw
		COMPREPLY+=("${raw#"$strip"}")
	done
	# Fails where no completion is under way, as in tests.
	[[ -z $files ]] || compopt -o filenames 2>/dev/null
	[[ -z $list && $words != *= ]] || compopt -o nospace 2>/dev/null
	return 0
}

complete -F _launchsec launchsec onDefineDomain
