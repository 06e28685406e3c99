"""What the tests of the server share: the program under test as a process, KubeVirt's messages, real clients.

Messages come from src/services/proto by protoc, so that what clients send is what the .proto files say.
"""
import ctypes
import importlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import grpc

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CAPTURES = ROOT / "tests/golden/captures"
PROTOS = ROOT / "src/services/proto"
CONTAINER = "hook-sidecar-0"
SOCKET = f"launchsec-{CONTAINER}.sock"
IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE, IN_ISDIR = 0x2, 0x40, 0x80, 0x100, 0x200, 0x40000000
MAX_MESSAGE = 64 << 20  # what clients here take; grpc's default is 4 MiB
BINARY = pathlib.Path(os.environ.get("LSEC_TEST_BINARY", ROOT / "build/launchsec"))

_generated = tempfile.TemporaryDirectory(prefix="launchsec-proto-")
subprocess.run(["protoc", f"--proto_path={PROTOS}", f"--python_out={_generated.name}",
                *map(str, sorted(PROTOS.glob("*.proto")))], check=True)
sys.path.insert(0, _generated.name)
info, v1alpha1, v1alpha2, v1alpha3, plugin, health = (
    importlib.import_module(name + "_pb2")
    for name in ("info", "callbacks_v1alpha1", "callbacks_v1alpha2", "callbacks_v1alpha3", "plugin", "health"))
CALLBACKS = {"v1alpha1": v1alpha1, "v1alpha2": v1alpha2, "v1alpha3": v1alpha3}


def capture(name):
    """(domain, VMI) of a capture, as bytes."""
    return (CAPTURES / f"{name}.domain.xml").read_bytes(), (CAPTURES / f"{name}.vmi.json").read_bytes()


def annotated(vmi, **annotations):
    """A VMI (bytes) with annotations of ours; underscores stand for hyphens."""
    document = json.loads(vmi)
    prefix = "launchsecurity.vm.kubevirt.io/"
    known = document["metadata"].setdefault("annotations", {})
    known.update({prefix + key.replace("_", "-"): value for key, value in annotations.items()})
    return json.dumps(document).encode()


def restricted(*names):
    """The start of a command line that runs the rest under these restrictions of restricted.py."""
    return [sys.executable, str(pathlib.Path(__file__).resolve().parent / "restricted.py"), *names, "--"] if names else []


class Server:
    """`launchsec serve` in a directory of its own; a context manager that ends it and its directory."""

    def __init__(self, *arguments, env=None, directory=None, sockets=None, wait=True, level="info", binary=None,
                 restrictions=(), **popen):
        """`sockets` is the directory of the socket; `restrictions` are those of restricted.py; `popen` goes to
        subprocess.Popen: stderr, user, cwd."""
        self._own = tempfile.TemporaryDirectory(prefix="lsec-") if directory is None else None
        self.directory = pathlib.Path(directory or self._own.name)
        self.sockets = pathlib.Path(sockets or self.directory / "hooks")
        self.sockets.mkdir(exist_ok=True)
        self.log_path = self.directory / "log"
        argv = [*restricted(*restrictions), str(binary or BINARY), "serve", "--socket-dir", str(self.sockets), "--log-level", level, *arguments]
        environment = {"PATH": os.environ["PATH"], "CONTAINER_NAME": CONTAINER, **(env or {})}
        environment.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
        self.path = self.sockets / f"launchsec-{environment['CONTAINER_NAME']}.sock"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(argv, **{"env": environment, "stdin": subprocess.DEVNULL, "stderr": log,
                                                     **popen})
        if wait:
            self.wait_for_socket()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            sys.stderr.write(self.log_text())
        if self._own is not None:
            self._own.cleanup()

    def wait_for_socket(self, timeout=30):
        """Until it can be connected to: one that is there may not be listened on yet, or a killed server's."""
        end = time.monotonic() + timeout
        while not is_served(self.path):
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log_text()}")
            if time.monotonic() > end:
                raise AssertionError("no socket appeared")
            time.sleep(0.001)

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def log(self):
        """The lines of the log, as JSON."""
        return [json.loads(line) for line in self.log_text().splitlines()]

    def stop(self, number=signal.SIGTERM, timeout=30):
        """Sends a signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout)

    def resident_kb(self):
        return int(re.search(r"VmRSS:\s*(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def channel(self, path=None, **options):
        """A new gRPC channel; `options` by gRPC's names with dots as two underscores: grpc__default_authority."""
        given = {"grpc.max_receive_message_length": MAX_MESSAGE, "grpc.max_send_message_length": MAX_MESSAGE,
                 "grpc.use_local_subchannel_pool": 1}
        given.update({key.replace("__", "."): value for key, value in options.items()})
        return grpc.insecure_channel(f"unix:{path or self.path}", options=list(given.items()))


def method(channel, path, response):
    """A callable for a unary method: takes a message, returns one of type `response`."""
    return channel.unary_unary(path, request_serializer=lambda message: message.SerializeToString(),
                               response_deserializer=response.FromString)


def call_info(channel, **options):
    return method(channel, "/kubevirt.hooks.info.Info/Info", info.InfoResult)(info.InfoParams(), **options)


def call_define(channel, domain, vmi, version="v1alpha3", **options):
    """OnDefineDomain; the new domain as bytes."""
    messages = CALLBACKS[version]
    call = method(channel, f"/kubevirt.hooks.{version}.Callbacks/OnDefineDomain", messages.OnDefineDomainResult)
    return call(messages.OnDefineDomainParams(domainXML=domain, vmi=vmi), **options).domainXML


def call_mutate(channel, domain, vmi, domain_type="libvirt", context="Boot", **options):
    """MutateDomain; the new domain as bytes."""
    call = method(channel, "/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain",
                  plugin.MutateDomainResponse)
    request = plugin.MutateDomainRequest(domain_type=domain_type, domain=domain, vmi=vmi,
                                         sidecar_context=plugin.SidecarContext(invocation_context=context))
    return call(request, **options).domain


def call_shutdown(channel, **options):
    return method(channel, "/kubevirt.hooks.v1alpha3.Callbacks/Shutdown", v1alpha3.ShutdownResult)(
        v1alpha3.ShutdownParams(), **options)


def run_hook(domain, vmi, *arguments, env=None):
    """The exec hook on the same input: (exit status, stdout, stderr), to compare the server with."""
    done = subprocess.run([str(BINARY), "on-define-domain", "--vmi", vmi, "--domain", domain, *arguments],
                          capture_output=True, timeout=60, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr.decode()


def is_served(path):
    """Whether somebody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def refusal(call, *arguments, **options):
    """The status of a call that has to fail: (code, text)."""
    try:
        call(*arguments, **options)
    except grpc.RpcError as error:
        return error.code(), error.details()
    raise AssertionError("the call was answered")


def wait_until(condition, what, timeout=30, pause=0.002):
    """Waits for condition() to be true; returns what it returned."""
    end = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(pause)
    return result


def wait_readable(fd, timeout):
    return bool(select.select([fd], [], [], timeout)[0])


class Watch:
    """Every file that appears in a directory, or goes, as the kernel tells it: nothing can be missed."""

    def __init__(self, directory):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        mask = IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(directory), mask) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def events(self):
        """[(mask, name)] since the last time."""
        found = []
        while wait_readable(self.fd, 0):
            data = os.read(self.fd, 65536)
            while data:
                _, mask, _, size = struct.unpack_from("iIII", data)
                found.append((mask, data[16:16 + size].rstrip(b"\0").decode()))
                data = data[16 + size:]
        return found
