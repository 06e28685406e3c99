"""Every method, through python3-grpcio."""
import unittest

from support import Server, call_define, call_info, capture, run_hook


class Methods(unittest.TestCase):
    def test_info(self):
        with Server() as server, server.channel() as channel:
            result = call_info(channel, timeout=1)
        self.assertEqual(result.name, "launchsec")
        self.assertEqual([point.name for point in result.hookPoints], ["OnDefineDomain", "Shutdown"])
        self.assertEqual(list(result.versions), ["v1alpha1", "v1alpha2", "v1alpha3"])

    def test_define_as_the_exec_hook(self):
        domain, vmi = capture("native-snp")
        with Server() as server, server.channel() as channel:
            for version in ("v1alpha1", "v1alpha2", "v1alpha3"):
                self.assertEqual(call_define(channel, domain, vmi, version, timeout=10), run_hook(domain, vmi)[1])


if __name__ == "__main__":
    unittest.main()
