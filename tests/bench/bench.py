#!/usr/bin/env python3
"""Measure launchsec beside xmllint and a Python hook: wall time and peak memory on domains of 4 KB, 400 KB and 4 MB.

Every run is a process of its own, as KubeVirt's sidecar-shim makes one for each call, so times include its start;
/bin/true shows what that alone costs here. In each round every program runs once, in a new random order, so that a
machine that gets slower or faster meanwhile does so for all alike. Output goes to /dev/null. Before anything is measured each
program runs once and its output is looked at.

The exit status is 0 whatever the figures are, and 1 where a program fails to run.
"""
import argparse
import collections
import ctypes
import json
import os
import pathlib
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # leave no cache in the source tree
from make_domain import grow  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CAPTURE = ROOT / "tests/golden/captures/devices-rich.domain.xml"
KB = 1024
# name, bytes (0: the capture as it is), share of --runs
SIZES = [("4 KB", 0, 1), ("400 KB", 400 * KB, 4), ("4 MB", 4 * KB * KB, 10)]
SMALL, MIDDLE, LARGE = (name for name, _, _ in SIZES)
TRUE, XMLLINT, PYTHON = "/bin/true", "xmllint --noout", "Python hook"
HOOK_LIMIT_MS, PYTHON_TIMES, XMLLINT_TIMES = 3.0, 10.0, 4.0
# Time ratio by size ratio: 10 would be quadratic; n log n, caches that no longer hold the tree, and noise stay below this.
LINEAR_LIMIT = 1.5
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}

Result = collections.namedtuple("Result", "size program runs median_ms best_ms peak_kb peak_is_exact")


class Failed(Exception):
    """A program under measurement did not run; the message says which and why."""


def check(argv, label, wanted):
    """Run a program once; it must end with status 0 and its output contain `wanted`."""
    try:
        done = subprocess.run(argv, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    except OSError as error:
        raise Failed(f"{label} cannot be started: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{label} did not end within 120 seconds") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing on standard error"]
        raise Failed(f"{label} ended with status {done.returncode}: {said[0]}")
    if wanted not in done.stdout:
        raise Failed(f"{label} ran, but its output lacks {wanted.decode()!r}: it does not do the work to be measured")


def timed_run(argv, label):
    """Wall time in ms of one process, from before its start until it is reaped."""
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    start = time.perf_counter_ns()
    pid = os.posix_spawn(argv[0], argv, ENVIRONMENT, file_actions=null)
    _, status, _ = os.wait4(pid, 0)
    wall = time.perf_counter_ns() - start
    if status:
        raise Failed(f"{label} failed in a timed run: status {os.waitstatus_to_exitcode(status)}")
    return wall / 1e6


def peak_memory(argv, label):
    """(peak resident memory in KB, whether it is exact) of one process.

    ru_maxrss alone will not do: Linux counts the memory of the process that called exec in as well, which is this Python
    (13 MB for /bin/true). So the child is traced, held just before it exits, and VmHWM read, which begins anew at exec.
    Where tracing is not permitted, ru_maxrss is the answer, as an upper bound.
    """
    traceme, cont, setoptions, exit_event, options = 0, 7, 0x4200, 6, 0x100040  # options: TRACEEXIT, EXITKILL
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    pid = os.fork()
    if pid == 0:
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            libc.ptrace(traceme, 0, None, None)
            os.execve(argv[0], argv, ENVIRONMENT)
        finally:
            os._exit(127)
    peak = None
    started = False
    while True:
        _, status, usage = os.wait4(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        deliver = 0
        if status >> 16 == exit_event:
            found = re.search(r"VmHWM:\s*(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
            peak = int(found[1]) if found else None
        elif not started:  # the stop after exec
            started = True
            libc.ptrace(setoptions, pid, None, options)
        elif status >> 16 == 0 and os.WSTOPSIG(status) != signal.SIGTRAP:
            deliver = os.WSTOPSIG(status)
        libc.ptrace(cont, pid, None, deliver)
    if status:
        raise Failed(f"{label} failed while its memory was measured: status {os.waitstatus_to_exitcode(status)}")
    return (usage.ru_maxrss, False) if peak is None else (peak, True)


def programs(size, domain, vmi, binaries, xmllint):
    """[(name, argv, what the output must contain)] for one size of domain."""
    xml, vmi_json = domain.read_text(encoding="utf-8"), vmi.read_text(encoding="utf-8")
    found = [(TRUE, [TRUE], b"")]
    for name, (binary, hook) in binaries.items():
        if size == SMALL:  # a single argument holds 128 KiB at most, so larger domains come in a file
            found.append((f"{name} hook", [hook, "--vmi", vmi_json, "--domain", xml], b"sev-snp"))
        found.append((f"{name} apply", [binary, "apply", "--domain", str(domain), "--vmi", str(vmi)], b"sev-snp"))
    found.append((XMLLINT, [xmllint, "--noout", str(domain)], b""))
    given = ["--domain", xml] if size == SMALL else ["--domain-file", str(domain)]
    found.append((PYTHON, [sys.executable, str(HERE / "python_hook.py"), "--vmi", vmi_json, *given], b"sev-snp"))
    return found


def measure(size, runs, competitors):
    """[Result] of the competitors on one domain: checked, timed in interleaved rounds, then weighed."""
    for name, argv, wanted in competitors:
        check(argv, f"{name} on {size}", wanted)
    walls = {name: [] for name, _, _ in competitors}
    order, shuffle = list(competitors), random.Random(1).shuffle
    for _ in range(runs):
        shuffle(order)
        for name, argv, _ in order:
            walls[name].append(timed_run(argv, f"{name} on {size}"))
    results = []
    for name, argv, _ in competitors:
        peaks = [peak_memory(argv, f"{name} on {size}") for _ in range(3)]
        results.append(Result(size, name, runs, statistics.median(walls[name]), min(walls[name]),
                              max(peak for peak, _ in peaks), all(exact for _, exact in peaks)))
    return results


def judge(names, table, bytes_of):
    """(ratios, growths, verdicts), from medians. `table` is {(size, program): Result}, `names` the binaries'."""
    def median(size, program):
        return table[size, program].median_ms

    def growth(program):  # without the process's start, which would hide a steeper curve
        net = [max(median(size, program) - median(size, TRUE), 1e-3) for size in (MIDDLE, LARGE)]
        return net[1] / net[0] / (bytes_of[LARGE] / bytes_of[MIDDLE])

    ratios = []
    for size in bytes_of:
        for program in [f"{name} {form}" for name in names for form in ("hook", "apply")]:
            if (size, program) in table:
                own = median(size, program)
                ratios.append({"size": size, "program": program, "to_xmllint": own / median(size, XMLLINT),
                               "python_to_it": median(size, PYTHON) / own})
    growths = {program: growth(program) for program in [*(f"{name} apply" for name in names), XMLLINT, PYTHON]}

    verdicts = []
    for name in names:
        def add(aim, figure, missed):
            verdicts.append({"binary": name, "aim": aim, "figure": figure, "met": not missed,
                             "missed_at": [size for size in missed if size]})

        # As it is called in earnest: the hook on 4 KB, apply on what no argument can hold.
        own = {size: f"{name} hook" if size == SMALL else f"{name} apply" for size in bytes_of}
        hook = median(SMALL, own[SMALL])
        add(f"exec hook on 4 KB under {HOOK_LIMIT_MS:g} ms", f"{hook:.2f} ms", [""] if hook >= HOOK_LIMIT_MS else [])
        times = {size: median(size, PYTHON) / median(size, own[size]) for size in bytes_of}
        # The hook as a whole, on a domain of real size; on larger ones Python's own parser, which is C, weighs most.
        add(f"at least {PYTHON_TIMES:g} times faster than the Python hook",
            f"{SMALL} {times[SMALL]:.1f}", [SMALL] if times[SMALL] < PYTHON_TIMES else [])
        times = {size: max(row["to_xmllint"] for row in ratios if row["size"] == size and
                           row["program"].rpartition(" ")[0] == name) for size in bytes_of}
        add(f"at most {XMLLINT_TIMES:g} times xmllint",
            ", ".join(f"{size} {value:.2f}" for size, value in times.items()),
            [size for size, value in times.items() if value > XMLLINT_TIMES])
        value = growths[f"{name} apply"]
        add("linear", f"{value:.2f} from {MIDDLE} to {LARGE}, at most {LINEAR_LIMIT:g}", [""] if value > LINEAR_LIMIT else [])
    return ratios, growths, verdicts


def report(results, ratios, growths, verdicts, bytes_of):
    """Print everything for people."""
    print(f"{'domain':<8} {'program':<24} {'runs':>5} {'median ms':>10} {'best ms':>9} {'peak MB':>9}")
    for row in results:
        peak = f"{'' if row.peak_is_exact else '<='}{row.peak_kb / KB:.1f}"
        print(f"{row.size:<8} {row.program:<24} {row.runs:>5} {row.median_ms:>10.2f} {row.best_ms:>9.2f} {peak:>9}")
    print("\nTimes include the process's start; /bin/true is nothing else.")
    if not all(row.peak_is_exact for row in results):
        print("<= is an upper bound: tracing is not permitted here, so the measuring Python's own memory counts as well.")
    print("Domains: " + ", ".join(f"{size} is {count} bytes" for size, count in bytes_of.items()) + ".")
    print(f"\n{'domain':<8} {'ratios of medians':<24} {'it / xmllint':>13} {'Python / it':>12}")
    for row in ratios:
        print(f"{row['size']:<8} {row['program']:<24} {row['to_xmllint']:>13.2f} {row['python_to_it']:>12.1f}")
    print(f"\nGrowth from {MIDDLE} to {LARGE}, time ratio by size ratio, without /bin/true's time (1.0 is linear):")
    for program, value in growths.items():
        print(f"{'':<8} {program:<24} {value:>13.2f}")
    print()
    several = len({verdict["binary"] for verdict in verdicts}) > 1
    for verdict in verdicts:
        missed = f" at {', '.join(verdict['missed_at'])}" if verdict["missed_at"] else ""
        print(f"{verdict['binary'] + ': ' if several else ''}{verdict['aim']}: {verdict['figure']}: "
              f"{'met' if verdict['met'] else 'NOT met' + missed}")


def main():
    """Prepare the domains, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", action="append", metavar="NAME=PATH",
                        help="a launchsec to measure; may be repeated (default: launchsec=build/launchsec)")
    parser.add_argument("--capture", type=pathlib.Path, default=CAPTURE, metavar="FILE",
                        help="the captured NAME.domain.xml, with its NAME.vmi.json beside it (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=200,
                        help="runs of each program on 4 KB; larger domains get fewer (default: %(default)s)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures there too")
    args = parser.parse_args()
    vmi = args.capture.with_name(args.capture.name.replace(".domain.xml", ".vmi.json"))
    for file in (args.capture, vmi):
        if not file.is_file():
            raise Failed(f"{file} is missing: name a captured domain with --capture")
    xmllint = shutil.which("xmllint")
    if not xmllint:
        raise Failed("xmllint is not installed (Debian: libxml2-utils)")

    with tempfile.TemporaryDirectory(prefix="launchsec-bench-") as folder:
        binaries = {}
        for given in args.binary or [f"launchsec={ROOT / 'build/launchsec'}"]:
            name, path = given.split("=", 1) if "=" in given else ("launchsec", given)
            path = pathlib.Path(path).resolve()
            if not os.access(path, os.X_OK) or path.is_dir():
                raise Failed(f"{path} is missing or not executable: build it first, or name another with --binary")
            if name in binaries:
                raise Failed(f"two binaries are named {name}: give each its own name with --binary NAME=PATH")
            hook = pathlib.Path(folder, str(len(binaries)), "onDefineDomain")
            hook.parent.mkdir()
            hook.symlink_to(path)
            binaries[name] = str(path), str(hook)

        capture, bytes_of, results = args.capture.read_text(encoding="utf-8"), {}, []
        for size, count, share in SIZES:
            domain = pathlib.Path(folder, f"{size.replace(' ', '')}.domain.xml")
            domain.write_text(grow(capture, count), encoding="utf-8")
            bytes_of[size] = domain.stat().st_size
            results += measure(size, max(3, args.runs // share), programs(size, domain, vmi, binaries, xmllint))

    table = {(row.size, row.program): row for row in results}
    ratios, growths, verdicts = judge(list(binaries), table, bytes_of)
    machine = f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} CPUs, " \
              f"Python {platform.python_version()}"
    print(f"{machine}\n")
    report(results, ratios, growths, verdicts, bytes_of)
    if args.json:
        args.json.write_text(json.dumps({
            "machine": machine, "bytes": bytes_of, "results": [row._asdict() for row in results], "ratios": ratios,
            "growth": growths, "verdicts": verdicts}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (Failed, OSError, ValueError, SyntaxError) as problem:
        sys.exit(f"bench: {problem}")
