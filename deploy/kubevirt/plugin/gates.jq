# Adds the missing feature gates to a KubeVirt resource; a second run changes nothing.
.spec.configuration.developerConfiguration.featureGates |= (. // [] | . + (["Plugins", "WorkloadEncryptionSEV", "WorkloadEncryptionTDX"] - .))
