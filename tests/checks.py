# SPDX-License-Identifier: Apache-2.0
"""Checks that are counted, for scripts that go on after a failed one."""


class Checks:
    """Counts checks, and prints the failed ones."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, good, what):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL: {what}")
