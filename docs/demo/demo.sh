#!/bin/sh
# What launchsec makes of a domain of KubeVirt's, for the README: demo.sh PROGRAM, from the top of the source tree.
# SPDX-License-Identifier: Apache-2.0
set -eu
program=$1
domain=tests/golden/captures/efi-plain.domain.xml
vm=docs/examples/measured.yaml

bold='' plain='' red='' green=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m') red=$(printf '\033[31m') green=$(printf '\033[32m')
fi
say() {
	printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
}
coloured() {
	sed -e "s/^-.*/$red&$plain/" -e "s/^+.*/$green&$plain/" -e "s/^  - .*/$red&$plain/" -e "s/^  [+~] .*/$green&$plain/"
}
run() {
	"$program" apply --domain "$domain" --vmi "$vm" --host docs/examples/milan.json "$@" | coloured
}

say 'A VM with two annotations asks for SEV-SNP (docs/examples/measured.yaml):'
grep 'launchsecurity\.' "$vm"
say 'This is what the hook changes in the libvirt domain that KubeVirt made, and why:'
run --explain
say 'The same as a diff:'
run --diff
say 'Next:'
cat <<END
  $program apply --domain $domain --vmi docs/examples/tdx.yaml --diff     the same domain for TDX
  $program lint deploy/samples/configmap-snp.yaml --kubevirt 1.9     check a manifest before you apply it
  make configmap     the program as a ConfigMap, for a cluster: docs/deploy.md
END
