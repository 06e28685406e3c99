#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Very many requests, good and bad, to one `launchsec serve`, from several clients that come, go and break off.

    soak.py --binary build/launchsec [--requests 1000000] [--seed N]

The requests are made in rounds. Behind each round no client has a connection; then what the server holds is what it
keeps. Its memory is flat when the least of the last SOME rounds is at most TOLERANCE above the least of the SOME rounds
behind the first fifth of the requests, and no round is LEAP above that (what the allocator keeps for later comes and
goes); its descriptors, when each round leaves those that there were before the first. Every answer has to be the
command line's, and the log has to have one line for each request that gets one (docs/server.md), no more and no less.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / part) for part in ("server", "bench")]
ROUNDS = 20
FIRST = ROUNDS // 5  # rounds of which the memory does not count yet
SOME = 5  # rounds
TOLERANCE, LEAP = 512, 2048  # KB
# Each client: its program, its threads, and how many of 1000 requests are its.
CLIENTS = (("go", 8, 500), ("go", 4, 400), ("grpcio_client.py", 3, 50), ("rude_client.py", 2, 50))
# Lines beside those of requests.
OTHER = re.compile(r"launchsec [\d.]+ listens on |sandbox: |Shutdown: ending$|ended$")


class Client:
    """A client's process."""

    def __init__(self, program, threads, share, index, seed, sockets):
        self.share, self.seed = share, seed
        self.argv = [[*program, str(index)], [str(threads), *map(str, sockets)]]
        self.start()

    def start(self):
        before, behind = self.argv
        self.process = subprocess.Popen([*before, str(self.seed), *behind], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def begin(self, count):
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def finish(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"soak: the client {self.argv[0][-2]} ended")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(60)

    def restart(self):
        self.stop()
        self.seed += 100
        self.start()


def memory_of(pid):
    """(resident, of it anonymous) in KB: the latter is nobody else's, and no page of a file."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
    return sizes["Rss"], sizes["Anonymous"]


class Peak(threading.Thread):
    """What the server has at most, looked at ten times a second."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.resident, self.descriptors = server, 0, 0

    def run(self):
        while True:
            try:
                self.resident = max(self.resident, self.server.resident_kb())
                self.descriptors = max(self.descriptors, self.server.descriptors())
            except (OSError, TypeError):
                return
            time.sleep(0.1)

    def take(self):
        taken = self.resident, self.descriptors
        self.resident = self.descriptors = 0
        return taken


class Soak:
    """A server, its clients, and what they have done so far."""

    def __init__(self, server, idle):
        self.server, self.idle = server, idle
        self.sure, self.unsure, self.again = (collections.Counter() for _ in range(3))
        self.wrong, self.table = [], []
        self.peak = Peak(server)
        self.peak.start()

    def round(self, clients, count):
        begin = time.monotonic()
        for client in clients:
            client.begin(count * client.share // 1000)
        for client in clients:
            told = client.finish()
            self.sure.update(told["Sure"])
            self.unsure.update(told["Unsure"])
            self.again.update(told["Again"])
            self.wrong += told["Wrong"] or []
        if not self.is_idle(2.5):
            # python3-grpcio keeps a connection now and then, of a channel that is closed under a call.
            for client in clients:
                client.restart()
            self.is_idle(15)
        self.note(time.monotonic() - begin)

    def is_idle(self, patience):
        """Whether all connections are closed in time; the server's side of one may linger for a second."""
        end = time.monotonic() + patience
        while self.server.descriptors() != self.idle and time.monotonic() < end:
            time.sleep(0.02)
        return self.server.descriptors() == self.idle

    def note(self, seconds):
        done = sum(self.sure.values()) + sum(self.unsure.values())
        resident, anonymous = memory_of(self.server.process.pid)
        row = (done, resident, anonymous, self.server.descriptors(), *self.peak.take(), seconds)
        if not self.table:
            print("requests  resident  anonymous  descriptors  most resident  most descriptors  seconds")
        print("%8d %9d %10d %12d %14d %17d %8.1f" % row, flush=True)
        self.table.append(row)

    def faults(self):
        """What is wrong with the answers and with what is left of the server's memory and descriptors."""
        for text, count in collections.Counter(self.wrong).items():
            yield f"{text} ({count} times)"
        for column, what in ((1, "resident"), (2, "anonymous")):
            sizes = [row[column] for row in self.table]
            early, late = min(sizes[FIRST:FIRST + SOME]), min(sizes[-SOME:])
            print(f"{what}: {early} KB early, {late} KB late, {max(sizes[FIRST:])} KB at most between rounds")
            if late > early + TOLERANCE or max(sizes[FIRST:]) > early + LEAP:
                yield f"{what} memory grew from {early} to {late} KB; at most {max(sizes[FIRST:])} KB"
        for row in self.table:
            if row[3] != self.idle:
                yield f"{row[3]} descriptors are open at {row[0]} requests; there were {self.idle}"


def key_of(line):
    """What sort of line of the log it is: what a case has for `line`."""
    code = line.get("code", "")
    return f"{line['method'].strip(chr(34))} {code}" if "method" in line else line["msg"]


def faults_of_log(path, mix, soak):
    """Compares the log, line by line, with what was answered."""
    wanted = collections.Counter()
    for case in mix:
        if case.sure and case.line:
            wanted[case.line] += soak.sure[case.name]
    for path_called, count in soak.again.items():
        wanted[f"{path_called} RESOURCE_EXHAUSTED"] += count
    define = next(case.path for case in mix if case.name == "gzip")
    wanted[f"{define} INTERNAL"] += soak.sure["framing 13"]
    wanted[f"{define} UNIMPLEMENTED"] += soak.sure["framing 12"]
    wanted[f"{define} DEADLINE_EXCEEDED"] += soak.sure["deadline"]
    found, others, lines = collections.Counter(), 0, 0
    with open(path, encoding="utf-8") as log:
        for text in log:
            lines += 1
            line = json.loads(text)
            key = key_of(line)
            if key in wanted and line.get("uid") != "unsure":
                found[key] += 1
            elif "code" in line:
                others += 1
            elif OTHER.match(line["msg"]) is None:
                yield f"the log has {text.strip()}"
    print(f"log: {lines} lines, {sum(found.values())} of requests that have to have one, {others} of requests that may")
    for key in sorted(wanted):
        if found[key] != wanted[key]:
            yield f"the log has {found[key]} lines {key}; want {wanted[key]}"
    if others > sum(soak.unsure.values()) * 4:
        yield f"the log has {others} lines of {sum(soak.unsure.values())} requests that may have one"


def settled(ask):
    """What ask() says for a second: whoever looked whether the server is there may not be forgotten yet."""
    known, since = ask(), time.monotonic()
    while time.monotonic() < since + 1:
        time.sleep(0.05)
        if (now := ask()) != known:
            known, since = now, time.monotonic()
    return known


def program_of(name):
    import gobuild
    if name == "go":
        return [str(gobuild.build(HERE / "go", pathlib.Path(os.environ["LSEC_TEST_BINARY"]).parent))]
    return [sys.executable, str(HERE / name)]


def soak_server(options, folder):
    """All of it; yields what is wrong."""
    import mix
    import support
    print("asking the command line", flush=True)
    cases = mix.cases(folder)
    index = mix.write(cases, folder)
    print(f"{len(cases)} cases, seed {options.seed}", flush=True)
    plugin = folder / "plugin.sock"
    with support.Server("--plugin-socket", str(plugin)) as server:
        idle = settled(server.descriptors)
        clients = [Client(program_of(name), threads, share, index, options.seed * 10000 + number, (server.path, plugin))
                   for number, (name, threads, share) in enumerate(CLIENTS)]
        soak = Soak(server, idle)
        for _ in range(ROUNDS):
            soak.round(clients, options.requests // ROUNDS)
        for client in clients:
            client.stop()
        print("unsure requests:", ", ".join(f"{count} {what}" for what, count in soak.unsure.most_common()))
        print("asked to be sent again:", sum(soak.again.values()))
        yield from soak.faults()
        with server.channel() as channel:
            support.call_shutdown(channel)
        if server.process.wait(30) != 0 or server.path.exists() or plugin.exists():
            yield f"the server ended with {server.process.returncode}, or left a socket"
        yield from faults_of_log(server.log_path, cases, soak)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the launchsec to test")
    parser.add_argument("--requests", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    options = parser.parse_args()
    os.environ["LSEC_TEST_BINARY"] = str(pathlib.Path(options.binary).resolve())
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lsec-soak-") as folder:
        faults = list(soak_server(options, pathlib.Path(folder)))
    for fault in faults[:50]:
        print(f"WRONG: {fault}")
    print(f"soak: {len(faults)} faults in {time.monotonic() - begin:.0f} s, seed {options.seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
