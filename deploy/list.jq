# Lists objects that request launchsec, or may do so with a typo (the same rule as in plugin/plugin.yaml):
#
#   kubectl get vm,vmi,vmirs,vmpool -A -o json | jq -r -f deploy/list.jq
def has_parts($least): . as $text | [("laun", "ecurity", "kubevirt") | select(. as $part | $text | contains($part))] | length >= $least;
def asks: ascii_downcase | (split("/")[0] | has_parts(2)) or has_parts(3);
.items[]
| select((if .kind == "VirtualMachineInstance" then . else (.spec.virtualMachineTemplate.spec // .spec).template end).metadata
  | (.annotations // {}) + (.labels // {}) | keys | any(asks))
| "\(.kind) \(.metadata.namespace)/\(.metadata.name)"
