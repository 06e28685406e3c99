# Adds the feature gates that are missing to a KubeVirt resource; a second time changes nothing.
.spec.configuration.developerConfiguration.featureGates |= (. // [] | . + (["Plugins", "WorkloadEncryptionSEV", "WorkloadEncryptionTDX"] - .))
