# SPDX-License-Identifier: Apache-2.0
"""Keys of annotations and labels that were meant to be launchsec's, and keys of other parties.

tests/golden/test_prefixes.py holds the program and the text of the conditions in deploy/ against them,
tests/deploy/test_policies.py the conditions' CEL.
"""

PREFIX = "launchsecurity.vm.kubevirt.io/"
TYPED = PREFIX[:-1]


def mistakes(word):
    """A letter missing, too many, wrong; two swapped: each once at each place."""
    for i, letter in enumerate(word):
        yield word[:i] + word[i + 1:]
        yield word[:i] + letter + word[i:]
        yield word[:i] + ("x" if letter != "x" else "y") + word[i + 1:]
        if word[i:i + 1] != word[i + 1:i + 2] and i + 1 < len(word):
            yield word[:i] + word[i + 1] + letter + word[i + 2:]


def one_letter():
    """Keys with one mistake in the prefix, the slash included."""
    return sorted({one for one in (wrong + "type" for wrong in mistakes(PREFIX))
                   if not one.startswith(PREFIX)})


# More than one letter.
NEAR = (
    PREFIX.upper() + "type", PREFIX.title() + "Type", "launchSecurity.vm.kubevirt.io/type",
    "LaunchSecurity.VM.KubeVirt.io/policy", "launchsecurity.vm.kubeVirt.IO/host-data",
    "launch-security.kubevirt.io/type", "launch-security.vm.kubevirt.io/type", "launch_security.vm.kubevirt.io/type",
    "launch.security.vm.kubevirt.io/type", "lauchsecurity.kubevirt.io/type", "lauch-security.kubevirt.io/type",
    "launchsecurity.kubevirt.io/type", "launchsecurity.vmi.kubevirt.io/type", "launchsecurity.vms.kubevirt.io/type",
    "vm.launchsecurity.kubevirt.io/type", "vm.kubevirt.io.launchsecurity/type", "launchsecurity.kubvirt.io/type",
    "launchsecurity-vm.kubevirt.io/type", "launchsecurity.vm-kubevirt.io/type", "launchsecurity.vm.kubevirt.com/type",
    "launchsecurity.vm.kubevirt/type", "launchsecurity.vm/type", "launchsecurity.io/type", "launchsecurity.vm.io/type",
    "launchsecurity/type", "launch-security/type", "LaunchSecurity/type", "launchsec.kubevirt.io/type",
    "launchsec.vm.kubevirt.io/type", "launchsecurities.vm.kubevirt.io/type",
    "vm.kubevirt.io/launchsecurity.type", "vm.kubevirt.io/launchsecurity-type", "vm.kubevirt.io/launchSecurityType",
    "kubevirt.io/launchsecurity.policy", "kubevirt.io/launch-security", "kubevirt.io/launchsecurity_host-data",
    TYPED, TYPED + ".type", TYPED + "-type", "launchsecurity.type", "launchsecurity-host-data",
)

# The conditions in deploy/ need not see these, in which more than one word is broken.
FAR = ("launchsecurty.vm.kubvirt.io/type", "lauchsecurty.vm.kubevirt.io/type", "launchsecurty.vm.kubevrt.io/type")

# KubeVirt's (api/core/v1/types.go, api/instancetype, pkg/hooks, pkg/network, virt-template, the user guide),
# OpenShift's, Kubernetes' and of projects beside KubeVirt's: none may be sent to launchsec, or refused by it.
FOREIGN = (
    "kubevirt.io", "kubevirt.io/domain", "kubevirt.io/nodeName", "kubevirt.io/created-by", "kubevirt.io/vmi-name",
    "kubevirt.io/latest-observed-api-version", "kubevirt.io/storage-observed-api-version", "kubevirt.io/realtime",
    "kubevirt.io/func-test-force-launcher-migration-failure", "kubevirt.io/func-test-virt-launcher-fail-fast",
    "kubevirt.io/keep-launcher-alive-after-failure", "kubevirt.io/outdatedLauncherImage", "kubevirt.io/sev-snp",
    "kubevirt.io/qgs-socket-path", "kubevirt.io/migrationTransportUnix", "kubevirt.io/vm-generation",
    "kubevirt.io/libvirt-log-filters", "kubevirt.io/ignitiondata", "kubevirt.io/placePCIDevicesOnRootComplex",
    "kubevirt.io/cluster-instancetype-name", "kubevirt.io/preference-name", "kubevirt.io/memory-dump",
    "kubevirt.io/allow-pod-bridge-network-live-migration", "kubevirt.io/free-page-reporting-disabled",
    "kubevirt.io/disablePCIHole64", "kubevirt.io/nonroot", "kubevirt.io/tdx", "kubevirt.io/size", "kubevirt.io/vm",
    "alpha.kubevirt.io/auto-memory-limits-ratio", "alpha.kubevirt.io/EmulatorThreadCompleteToEvenParity",
    "vm.kubevirt.io/name", "vm.kubevirt.io/os", "vm.kubevirt.io/flavor", "vm.kubevirt.io/workload",
    "vm.kubevirt.io/validations", "vm.kubevirt.io/template", "vm.kubevirt.io/template.namespace", "vmi.kubevirt.io/id",
    "hooks.kubevirt.io/hookSidecars", "plugin.kubevirt.io/name", "cdi.kubevirt.io/storage.bind.immediate.requested",
    "instancetype.kubevirt.io/default-instancetype", "pool.kubevirt.io/revision", "np.kubevirt.io/allow-access-cluster-services",
    "cpu-feature.node.kubevirt.io/aes", "node-labeller.kubevirt.io/skip-node", "template.kubevirt.io/type",
    "os.template.kubevirt.io/fedora36", "name.os.template.kubevirt.io/fedora36", "flavor.template.kubevirt.io/small",
    "workload.template.kubevirt.io/server", "defaults.template.kubevirt.io/disk", "app.kubevirt.io/x",
    "security.openshift.io/scc", "security.openshift.io/validated-scc-subject-type", "openshift.io/scc",
    "openshift.io/display-name", "k8s.ovn.org/pod-networks", "k8s.v1.cni.cncf.io/networks", "descheduler.alpha.kubernetes.io/evict",
    "seccomp.security.alpha.kubernetes.io/pod", "pod-security.kubernetes.io/enforce", "app.kubernetes.io/managed-by",
    "kubectl.kubernetes.io/last-applied-configuration", "kubectl.kubernetes.io/default-container",
    "harvesterhci.io/volumeClaimTemplates", "harvesterhci.io/vmName", "network.harvesterhci.io/ips",
    "security.harvesterhci.io/x", "post.hook.backup.velero.io/command", "traffic.sidecar.istio.io/kubevirtInterfaces",
    "sidecar.istio.io/inject", "argocd.argoproj.io/sync-wave", "io.containerd.launch", "security", "special", "app",
)

# Of other parties that share words with launchsec's prefix: sent to launchsec, which leaves them alone.
SHARED = (
    "virt-launcher.kubevirt.io/x", "launcher.kubevirt.io/type", "launch.kubevirt.io/policy", "kubevirt-launchpad.example/x",
    "security.kubevirt.io/policy", "kubevirt-security.example/level", "launcher.security.example/x",
    "launchsecurity.example.com/type", "launch.security.example/policy", "launchserver.kubevirt.io/port",
    "launchers.security.kubevirt.io/x", "virt-launcher.security.kubevirt.io/selinux",
    "launchsecurity", "launchSecurity", "launch-security", "kubevirt.io/launcher-security-context", "kubevirt.io/launchsecurity-report-url",
)
