# SPDX-License-Identifier: Apache-2.0
"""Every system call of a server fails once: while it starts, at a call, at its end.

Either it ends before it serves, with status 1 and a line that says why, and leaves nothing; or it serves on: of three
connections one may be lost, what is answered is right, and it ends with status 0. Where memory runs out, it ends at
once, with status 1 and a line that says so, and leaves its socket.
"""
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import strace
from frames import DEFINE, Peer, fields, prefixed
from support import BINARY, CONTAINER, SOCKET, annotated, capture, is_served, run_hook, v1alpha3

FAILED = 1
DOMAIN, VMI = capture("efi-plain")
VMI = annotated(VMI, type="tdx")
MESSAGE = v1alpha3.OnDefineDomainParams(domainXML=DOMAIN, vmi=VMI).SerializeToString()
PATIENCE = 15
OUT_OF_MEMORY = "launchsec: error: out of memory; raise the memory limit\n"
NO_MEMORY = ("ENOMEM", "0")  # brk() returns 0
WHOLE = re.compile(r"\nlaunchsec_request_duration_seconds_count \d+\n\Z")
# A socket in the way when the server starts: what a killed one has left.
STALE = "stale"
# Calls that do the same again and again: of these, the first few in a run stand for all.
FEW = {"read": 8, "write": 6, "close": 30, "mmap": 40, "munmap": 20, "epoll_wait": 8, "poll": 4}


class House:
    """A folder with a server in it, whose system calls are traced."""

    def __init__(self, base, faults, stale):
        self.folder = pathlib.Path(base)
        self.sockets, self.trace, self.log = self.folder / "hooks", self.folder / "trace", self.folder / "log"
        self.metrics = self.folder / "metrics/launchsec.prom"
        self.sockets.mkdir()
        self.metrics.parent.mkdir()
        self.path = self.sockets / SOCKET
        if stale:
            self.leave_socket()
        argv = strace.command([str(BINARY), "serve", "--socket-dir", str(self.sockets), "--metrics-file", str(self.metrics)],
                              self.trace, *faults)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=log,
                                            env={"PATH": os.environ["PATH"], "CONTAINER_NAME": CONTAINER})

    def leave_socket(self):
        import socket
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(self.path))

    def wait_until_served(self):
        """Whether it is; else it has ended."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            if is_served(self.path):
                return True
            time.sleep(0.002)
        raise TimeoutError("it neither serves nor ends")

    def call(self):
        """The new domain; None where the connection was lost."""
        try:
            with Peer(self.path) as peer:
                answer = peer.call(1, fields(DEFINE), prefixed(MESSAGE), PATIENCE)
        except (ConnectionError, FileNotFoundError):
            return None
        if answer.code is None:
            return None
        assert answer.code == 0, f"the answer is {answer.code} {answer.text}"
        return v1alpha3.OnDefineDomainResult.FromString(answer.message).domainXML

    def left(self):
        """Files that should not be there: in the directories of the socket and of the metrics, and beside them."""
        return sorted(path.name for path in [*self.sockets.iterdir(), *self.metrics.parent.iterdir(), *self.folder.iterdir()]
                      if path not in (self.sockets, self.metrics.parent, self.metrics, self.trace, self.log))


class Faults:
    """A server from start to end, with a fault."""

    def __init__(self, stale):
        self.stale = stale
        self.domain = run_hook(DOMAIN, VMI)[1]

    def run(self, *faults):
        """What is wrong, or None; whether a fault happened; all calls."""
        with tempfile.TemporaryDirectory(prefix="lsec-") as base:
            house = House(base, faults, self.stale)
            try:
                found = self.watch(house, faults)
            except (AssertionError, TimeoutError, subprocess.TimeoutExpired) as problem:
                found = repr(problem)
            if house.process.poll() is None:
                house.process.kill()
                house.process.wait(PATIENCE)
            return found, strace.was_injected(house.trace), strace.calls_of(house.trace)

    def watch(self, house, faults):
        served = house.wait_until_served()
        if served:
            answers = [house.call() for _ in range(3)]
            # It may have listened for a moment before it failed.
            served = answers != [None] * 3 or house.process.wait(PATIENCE) != FAILED
        if served:
            if any(answer not in (None, self.domain) for answer in answers):
                return "a domain is another"
            if house.log.read_text().endswith(OUT_OF_MEMORY):
                status = house.process.wait(PATIENCE)
                return None if (status, faults[0].error in NO_MEMORY) == (FAILED, True) else f"ended with {status}"
            lost = answers.count(None)
            if lost > 1 or (lost and faults[0].error in ("EINTR", "EAGAIN")):
                return f"{lost} of {len(answers)} calls were lost"
            house.process.terminate()
        status = house.process.wait(PATIENCE)
        text = house.log.read_text()
        return self.judge_end(served, status, text, faults) or self.judge_left(house, faults)

    @staticmethod
    def judge_end(served, status, text, faults):
        said_nothing = faults and faults[0].call == "write"
        if served:
            for line in text.splitlines():
                json.loads(line)
            return None if status == 0 else f"ended with {strace.killed_by(status) or status}: {text[-300:]}"
        if status != FAILED:
            return f"ended with {strace.killed_by(status) or status} before it served: {text}"
        if faults[0].error == "EINTR":
            return f"an interruption ended it: {text}"
        if not said_nothing and not text.splitlines()[-1].startswith("launchsec: error: "):
            return f"no line says so: {text}"
        return None

    def judge_left(self, house, faults):
        """What could not be removed is left; and so is a stale socket, where the server did not come to it. The file of
        the metrics is whole, if there is one."""
        if house.metrics.exists() and not WHOLE.search(house.metrics.read_text()):
            return "the metrics are not whole"
        may_be = {SOCKET} if self.stale and house.process.returncode != 0 else set()
        if house.process.returncode == 0 and faults and "stat" in faults[0].call:
            may_be.add(SOCKET)  # at the end it cannot be told whose it is
        left = set(house.left()) - may_be
        if left and faults and faults[0].call in ("unlink", "rmdir", "unlinkat"):
            return None
        return f"files are left: {sorted(left)}" if left else None

    def chosen(self):
        found, _, calls = self.run()
        assert found is None, found
        faults = strace.faults_of(calls)
        if strace.EVERY:
            return faults
        firsts = {name: min(number for other, number, _ in calls if other == name) for name, _, _ in calls}
        return [fault for fault in faults if fault.number - firsts[fault.call] < FEW.get(fault.call, 1000)]


class Server(unittest.TestCase):
    def check(self, stale):
        faults = Faults(stale)
        chosen = faults.chosen()
        wrong, happened = [], 0
        with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
            for fault, (found, injected, _) in zip(chosen, pool.map(faults.run, chosen)):
                happened += injected
                if found is not None:
                    wrong.append(f"{fault}: {found}")
        print(f"server, {'a stale socket' if stale else 'no socket'} before: {len(chosen)} faults, {happened} happened",
              flush=True)
        # How many turns a loop takes depends on how bytes arrive; nearly all are the same in each run.
        self.assertGreater(happened, len(chosen) * 0.9)
        self.assertEqual(wrong, [], "\n" + "\n".join(itertools.islice(wrong, 40)))

    def test_every_call_fails_once(self):
        self.check(stale=False)

    def test_every_call_fails_once_beside_a_stale_socket(self):
        self.check(stale=True)


if __name__ == "__main__":
    unittest.main()
