# SPDX-License-Identifier: Apache-2.0
"""Whether `launchsec apply --check --connect` predicts what the libvirt of a sandbox does."""

import json
import os
import subprocess

import domains

CAPTURE = domains.GOLDEN / "captures" / "efi-plain.domain.xml"
HOST = domains.GOLDEN / "hosts" / "snp.json"
TEST_DRIVER = "test:///default"
TIMEOUT = 60  # seconds


def check(binary, uri, *settings):
    """Run the program on a capture with SETTINGS; return its exit status, its JSON or None, and what it says besides."""
    command = [binary, "apply", "--domain", CAPTURE, "--host", HOST, "--check", "--format", "json", "--connect", uri]
    for setting in settings:
        command += ["--set", setting]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/nonexistent"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=TIMEOUT, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def wrong_with(binary, place, tees):
    """What is wrong with the verdicts about the libvirt of the Sandbox PLACE, which knows TEES, and their number."""
    uri = f"qemu+unix:///system?socket={place.socket()}"
    wrong, count = [], 0
    for tee in ("sev-snp", "tdx"):
        status, answer, said = check(binary, uri, f"type={tee}")
        count += 1
        if status != (0 if tee in tees else 3):
            wrong.append(f"{place.recipe.name}: --connect ends with {status} for {tee}: {said}")
        elif status == 0:
            facts = answer["libvirt"]
            found = (facts["cbitpos"], facts["reduced-phys-bits"], tee in facts["launch-security"])
            if found != (51, 1, True):
                wrong.append(f"{place.recipe.name}: --connect tells {facts}")
    status, _, said = check(binary, uri, "type=sev-snp", "cbitpos=47")
    if status != 3 or "47" not in said:
        wrong.append(f"{place.recipe.name}: another C-bit position ends with {status}: {said}")
    return wrong, count + 1


def wrong_with_test_driver(binary):
    """The same of the driver in this machine's own libvirt library, which has no QEMU: it must say which it is."""
    status, answer, said = check(binary, TEST_DRIVER)
    if status == 0 and answer["libvirt"]["driver"].lower() == "test" and answer["libvirt"]["qemu"] is None:
        return []
    return [f"{TEST_DRIVER} ends with {status}: {answer} {said}"]
