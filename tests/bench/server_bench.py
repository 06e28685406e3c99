#!/usr/bin/env python3
"""Measure `launchsec serve` beside three servers on grpc-go: time of a call, resident memory, time from start to socket.

The servers: launchsec, which rewrites the domain for SEV-SNP and writes a line to its log; rewrite, which does the
same with encoding/xml, as a hook written in Go would; echo, which returns the domain as it came, the least that
grpc-go can do; shim, which runs python_hook.py for each call, the way of KubeVirt's sidecar-shim.

A call is OnDefineDomain with a captured domain of 4 KB and its VMI, by a client on grpc-go as in virt-launcher and by
python3-grpcio, each over one kept connection and over a fresh one for each call, as virt-launcher makes it; connecting
and closing count then. In each round every pair of client and server has its turn, in a new random order: one call
that does not count, then some that do; so what is noisy is noisy for all alike. Before anything is measured the answer
of each server is compared with what it must be.

Memory is that of a new process, idle, after calls over fresh connections by the Go client, and after one more with a
domain of 3.9 MB (grpc-go takes 4 MiB at most; the shim cannot pass it on). VmRSS counts pages that processes share,
such as libraries; RssAnon only what the process wrote; private is what would be free without it.

From start to socket is the time from before the process is made until a client's connect() succeeds.

The exit status is 0 whatever the figures are, and 1 where a program fails to run.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import platform
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import grpc

sys.dont_write_bytecode = True  # leave no cache in the source tree
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "server"))
import gobuild  # noqa: E402
import support  # noqa: E402
from bench import CAPTURE, ENVIRONMENT, ROOT, Failed  # noqa: E402
from make_domain import grow  # noqa: E402

ECHO, REWRITE, SHIM = "Go echo", "Go rewrite", "Go shim + Python"
WAYS = [("Go", "fresh"), ("Go", "kept"), ("Python", "fresh"), ("Python", "kept")]
CONTAINER = "bench"  # names launchsec's socket
CALLS_A_TURN = 5
# The shim takes part in each 4th round only, with fewer calls: it is some ten times slower.
SHIM_SHARE, SHIM_CALLS_A_TURN, SHIM_MEMORY_SHARE = 4, 2, 20
MEMORY_CALLS_A_RUN = 50  # 10,000 with the default of --runs
LEAST_STARTS = 20
LARGE_DOMAIN = 3_900_000
MEMORY_LIMIT_KB, START_LIMIT_MS = 3 * 1024, 5.0

# argv: a function of the socket's path; is_right: whether an answer is what the server is there for.
Target = collections.namedtuple("Target", "name argv socket_name is_right")
Latency = collections.namedtuple("Latency", "client connection server calls median_ms p99_ms")
Memory = collections.namedtuple("Memory", "server when rss_kb anonymous_kb private_kb")
Start = collections.namedtuple("Start", "server starts median_ms best_ms")


def output_of(argv):
    done = subprocess.run(argv, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                          check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing on standard error"]
        raise Failed(f"{argv[0]} ended with status {done.returncode}: {said[0]}")
    return done.stdout


class Process:
    """A server of a target, ready for calls; `start_ms` is how long that took."""

    def __init__(self, target, folder):
        self.target = target
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
        self.path = self.folder / target.socket_name
        argv, log = target.argv(self.path), self.folder / "log"
        actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                   (os.POSIX_SPAWN_DUP2, 1, 2)]
        start = time.perf_counter_ns()
        self.pid = os.posix_spawn(argv[0], argv, {**ENVIRONMENT, "CONTAINER_NAME": CONTAINER}, file_actions=actions)
        self.wait_for_socket(start + 10 * 10 ** 9)
        self.start_ms = (time.perf_counter_ns() - start) / 1e6

    def wait_for_socket(self, end):
        address = str(self.path)
        while True:
            with socket.socket(socket.AF_UNIX) as client:
                if client.connect_ex(address) == 0:
                    return
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                raise Failed(f"{self.target.name} ended at once: {(self.folder / 'log').read_text(errors='replace')}")
            if time.perf_counter_ns() > end:
                self.kill()
                raise Failed(f"{self.target.name} has no socket after 10 seconds")
            time.sleep(0.00002)

    def memory(self, when):
        proc = pathlib.Path("/proc", str(self.pid))

        def kb(file, name):
            found = re.search(rf"^{name}:\s*(\d+) kB", (proc / file).read_text(), re.M)
            return int(found[1]) if found else 0

        private = kb("smaps_rollup", "Private_Clean") + kb("smaps_rollup", "Private_Dirty")
        return Memory(self.target.name, when, kb("status", "VmRSS"), kb("status", "RssAnon"), private)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.path.unlink(missing_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class GoCaller:
    """tests/bench/go/caller as a process."""

    def __init__(self, program, domain, vmi):
        self.process = subprocess.Popen([program, domain, vmi], env=ENVIRONMENT, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.version = self.process.stdout.readline().strip()

    def call(self, connection, path, count):
        """Times of `count` calls, in ms."""
        self.process.stdin.write(f"{connection} {path} {count}\n")
        self.process.stdin.flush()
        times = [int(word) / 1e6 for word in self.process.stdout.readline().split()]
        if len(times) != count:
            raise Failed("the Go client failed; it says why above")
        return times

    def end(self):
        self.process.kill()
        self.process.wait()


class PythonCaller:
    """The same with python3-grpcio."""

    def __init__(self, domain, vmi):
        self.params = support.v1alpha3.OnDefineDomainParams(domainXML=domain, vmi=vmi)
        self.kept = {}

    @staticmethod
    def channel(path):
        return grpc.insecure_channel(f"unix:{path}", options=[
            ("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", support.MAX_MESSAGE)])

    def one(self, channel):
        call = support.method(channel, "/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain",
                              support.v1alpha3.OnDefineDomainResult)
        return call(self.params, timeout=60).domainXML

    def call(self, connection, path, count):
        times = []
        if connection == "kept" and path not in self.kept:
            self.kept[path] = self.channel(path)
        for _ in range(count):
            start = time.perf_counter_ns()
            if connection == "kept":
                self.one(self.kept[path])
            else:
                with self.channel(path) as channel:
                    self.one(channel)
            times.append((time.perf_counter_ns() - start) / 1e6)
        return times

    def end(self):
        for channel in self.kept.values():
            channel.close()


def check(process, caller):
    """The answer to one call must be what the server is there for."""
    with caller.channel(process.path) as channel:
        if not process.target.is_right(caller.one(channel)):
            raise Failed(f"{process.target.name} ran, but its answer is wrong: it does not do the work to be measured")


def measure_calls(targets, callers, runs, folder):
    """[Latency] of every way to call every target, from interleaved rounds."""
    processes = []
    try:
        for target in targets:
            processes.append(Process(target, folder))
            check(processes[-1], callers["Python"])
        turns = [(way, process) for way in WAYS for process in processes]
        times, shuffle = {turn: [] for turn in turns}, random.Random(1).shuffle
        order = list(turns)
        for number in range(runs):
            shuffle(order)
            for way, process in order:
                shim = process.target.name == SHIM
                if not shim or number % SHIM_SHARE == 0:
                    count = SHIM_CALLS_A_TURN if shim else CALLS_A_TURN
                    times[way, process] += callers[way[0]].call(way[1], process.path, 1 + count)[1:]
    finally:
        for process in processes:
            process.kill()
    return [Latency(*way, process.target.name, len(taken), statistics.median(taken),
                    sorted(taken)[math.ceil(0.99 * len(taken)) - 1])
            for (way, process), taken in times.items()]


def measure_memory(targets, caller, large_caller, runs, folder):
    """[Memory] of every target, idle and after calls."""
    results = []

    def weigh(process, when):
        time.sleep(0.2)
        results.append(process.memory(when))

    for target in targets:
        calls = runs * MEMORY_CALLS_A_RUN // (SHIM_MEMORY_SHARE if target.name == SHIM else 1)
        with Process(target, folder) as process:
            weigh(process, "idle")
            caller.call("fresh", process.path, calls)
            weigh(process, f"after {calls} calls")
            if target.name != SHIM:
                large_caller.call("fresh", process.path, 1)
                weigh(process, "after 3.9 MB")
    return results


def measure_starts(targets, starts, folder):
    """[Start] of every target, from interleaved rounds."""
    times, shuffle = {target.name: [] for target in targets}, random.Random(1).shuffle
    order = list(targets)
    for _ in range(starts):
        shuffle(order)
        for target in order:
            with Process(target, folder) as process:
                times[target.name].append(process.start_ms)
    return [Start(name, len(taken), statistics.median(taken), min(taken)) for name, taken in times.items()]


def judge(names, latencies, memories, starts):
    """[verdict] on the aims, for each of our own servers."""
    median = {row[:3]: row.median_ms for row in latencies}
    verdicts = []
    for name in names:
        fresh = [way for way in WAYS if way[1] == "fresh"]  # as virt-launcher calls
        ratios = {way: median[(*way, name)] / median[(*way, ECHO)] for way in fresh}
        resident = {row.when: row.rss_kb for row in memories if row.server == name}
        start = next(row.median_ms for row in starts if row.server == name)
        for aim, figure, met in [
                ("a call over a fresh connection is no slower than one of the Go server that only echoes",
                 ", ".join(f"{' '.join(way)} {ratio:.2f}" for way, ratio in ratios.items()), max(ratios.values()) <= 1),
                (f"resident memory at most {MEMORY_LIMIT_KB / 1024:g} MB",
                 ", ".join(f"{kb / 1024:.1f} MB {when}" for when, kb in resident.items()),
                 max(resident.values()) <= MEMORY_LIMIT_KB),
                (f"socket ready within {START_LIMIT_MS:g} ms", f"{start:.2f} ms", start <= START_LIMIT_MS)]:
            verdicts.append({"server": name, "aim": aim, "figure": figure, "met": met})
    return verdicts


def report(latencies, memories, starts, sizes, verdicts):
    """Print everything for people."""
    echo = {row[:2]: row.median_ms for row in latencies if row.server == ECHO}
    print(f"{'client':<7} {'connection':<11} {'server':<18} {'calls':>6} {'median ms':>10} {'p99 ms':>8} "
          f"{'it / echo':>10}")
    for row in latencies:
        print(f"{row.client:<7} {row.connection:<11} {row.server:<18} {row.calls:>6} {row.median_ms:>10.3f} "
              f"{row.p99_ms:>8.3f} {row.median_ms / echo[row[:2]]:>10.2f}")
    print(f"\n{'memory of':<18} {'':<18} {'VmRSS MB':>10} {'RssAnon MB':>11} {'private MB':>11}")
    for row in memories:
        print(f"{row.server:<18} {row.when:<18} {row.rss_kb / 1024:>10.1f} {row.anonymous_kb / 1024:>11.1f} "
              f"{row.private_kb / 1024:>11.1f}")
    print(f"\n{'start to socket of':<18} {'starts':<18} {'median ms':>10} {'best ms':>11} {'stripped KB':>12}")
    for row in starts:
        print(f"{row.server:<18} {row.starts:<18} {row.median_ms:>10.2f} {row.best_ms:>11.2f} "
              f"{sizes[row.server] / 1024:>12.0f}")
    print("\nStripped, the program alone: Go's are static, launchsec has shared libraries, the shim needs Python.\n"
          "The real sidecar-shim is larger than this one, as it links KubeVirt's API.\n")
    for verdict in verdicts:
        print(f"{verdict['server']}: {verdict['aim']}: {verdict['figure']}: {'met' if verdict['met'] else 'NOT met'}")


def stripped_size(program, folder):
    copy = pathlib.Path(folder, "stripped")
    output_of(["/usr/bin/strip", "-o", str(copy), str(program)])
    return copy.stat().st_size


def targets_of(binaries, programs, domain, vmi):
    """[Target]: launchsec's, then the peers."""
    arguments = ["--vmi", vmi.decode(), "--domain", domain.decode()]
    hook = [sys.executable, str(HERE / "python_hook.py")]
    return [
        *(Target(name, lambda path, binary=binary: [binary, "serve", "--socket-dir", str(path.parent)],
                 f"launchsec-{CONTAINER}.sock", output_of([binary, "on-define-domain", *arguments]).__eq__)
          for name, binary in binaries.items()),
        Target(ECHO, lambda path: [programs["echo"], str(path)], "sock", domain.__eq__),
        Target(REWRITE, lambda path: [programs["rewrite"], str(path)], "sock",
               lambda answer: b'<launchSecurity type="sev-snp">' in answer and b"</domain>" in answer),
        Target(SHIM, lambda path: [programs["shim"], str(path), *hook], "sock", output_of([*hook, *arguments]).__eq__),
    ]


def main():
    """Build the peers, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", action="append", metavar="NAME=PATH",
                        help="a launchsec to measure; may be repeated (default: launchsec=build/launchsec)")
    parser.add_argument("--capture", type=pathlib.Path, default=CAPTURE, metavar="FILE",
                        help="the captured NAME.domain.xml, with its NAME.vmi.json beside it (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=200,
                        help=f"rounds, each with {CALLS_A_TURN} timed calls of a kind (default: %(default)s)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE",
                        help='write all figures there too, as "server" beside what bench.py wrote')
    args = parser.parse_args()
    vmi_file = args.capture.with_name(args.capture.name.replace(".domain.xml", ".vmi.json"))
    domain, vmi = args.capture.read_bytes(), vmi_file.read_bytes()
    binaries = {}
    for given in args.binary or [f"launchsec={ROOT / 'build/launchsec'}"]:
        name, path = given.split("=", 1) if "=" in given else ("launchsec", given)
        if name in binaries or name in (ECHO, REWRITE, SHIM):
            raise Failed(f"two servers are named {name}: give each its own name with --binary NAME=PATH")
        binaries[name] = str(pathlib.Path(path).resolve())
    build = pathlib.Path(next(iter(binaries.values()))).parent
    programs = {name: str(gobuild.build(HERE / "go" / name, build)) for name in ("echo", "rewrite", "shim", "caller")}

    with tempfile.TemporaryDirectory(prefix="launchsec-bench-") as folder:
        targets = targets_of(binaries, programs, domain, vmi)
        callers = {"Go": GoCaller(programs["caller"], str(args.capture), str(vmi_file)),
                   "Python": PythonCaller(domain, vmi)}
        load = os.getloadavg()[0]
        try:
            latencies = measure_calls(targets, callers, max(1, args.runs), folder)
            large = PythonCaller(grow(domain.decode(), LARGE_DOMAIN).encode(), vmi)
            memories = measure_memory(targets, callers["Go"], large, max(1, args.runs), folder)
            starts = measure_starts(targets, max(LEAST_STARTS, args.runs // 4), folder)
        finally:
            for caller in callers.values():
                caller.end()
        sizes = {name: stripped_size(binary, folder) for name, binary in binaries.items()}
        sizes.update({ECHO: os.stat(programs["echo"]).st_size, REWRITE: os.stat(programs["rewrite"]).st_size,
                      SHIM: os.stat(programs["shim"]).st_size})

    machine = f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} CPUs, " \
              f"Python {platform.python_version()}, grpcio {grpc.__version__}, {callers['Go'].version}; " \
              f"load {load:.2f} at the start, {os.getloadavg()[0]:.2f} at the end"
    verdicts = judge(list(binaries), latencies, memories, starts)
    print(f"\nlaunchsec serve: {machine}\n")
    print(f"OnDefineDomain with a domain of {len(domain)} bytes and a VMI of {len(vmi)} bytes:\n")
    report(latencies, memories, starts, sizes, verdicts)
    if args.json:
        written = json.loads(args.json.read_text(encoding="utf-8")) if args.json.exists() else {}
        written["server"] = {
            "machine": machine, "bytes": {"domain": len(domain), "vmi": len(vmi)},
            "latencies": [row._asdict() for row in latencies], "memories": [row._asdict() for row in memories],
            "starts": [row._asdict() for row in starts], "stripped_bytes": sizes, "verdicts": verdicts}
        args.json.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (Failed, gobuild.Failed, OSError, ValueError, grpc.RpcError) as problem:
        sys.exit(f"server_bench: {problem}")
