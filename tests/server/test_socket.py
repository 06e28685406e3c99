"""Where the socket is, who may connect to it, and what is left alone. Texts are in expected/."""
import errno
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

import grpc

from support import (BINARY, CALLBACKS, IN_CREATE, IN_DELETE, IN_ISDIR, Watch, call_define, call_info, call_mutate,
                     capture, health, is_served, method, wait_until)

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
NAME = "launchsec-c.sock"
NOBODY = 65534


def bind(path, listening=False):
    """Another process' socket."""
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    if listening:
        made.listen()
    return made


class Sockets(unittest.TestCase):
    def setUp(self):
        # Short, so that paths fit into a socket's address and messages show them whole.
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="ls-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.base.chmod(0o755)
        self.hooks = self.base / "h"
        self.hooks.mkdir()
        self.path = self.hooks / NAME
        self.plugin = self.base / "p.sock"

    def options(self, argv, container, popen):
        env = {"PATH": os.environ["PATH"], **({} if container is None else {"CONTAINER_NAME": container})}
        env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
        binary = BINARY
        if "user" in popen:  # who may not reach the checkout
            binary = self.base / "launchsec"
            shutil.copy(BINARY, binary)
            popen.update(group=popen["user"], extra_groups=[])
        return {"args": [str(binary), "serve", *map(str, argv)], "env": env, "stdin": subprocess.DEVNULL, **popen}

    def serve(self, *argv, container="c", wait_for=None, **popen):
        """Starts a server; ready once its socket can be connected to."""
        argv = argv or ("--socket-dir", self.hooks)
        process = subprocess.Popen(**self.options(argv, container, {"stderr": subprocess.DEVNULL, **popen}))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_until(lambda: process.poll() is not None or is_served(wait_for or self.path), "a socket")
        self.assertIsNone(process.poll())
        return process

    def stop(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        self.assertEqual(process.wait(30), 0)

    def refused(self, name, *argv, status=1, container="c", **popen):
        """The server does not start, and says expected/NAME.txt."""
        argv = argv or ("--socket-dir", self.hooks)
        done = subprocess.run(**self.options(argv, container, popen), capture_output=True, text=True, timeout=60)
        expected = (EXPECTED / f"{name}.txt").read_text().format(base=self.base, hooks=self.hooks, path=self.path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (status, "", expected))

    def assert_answers(self, path):
        """Every service, on this socket."""
        domain, vmi = capture("native-snp")
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"unix:{path}", options=options) as channel:
            self.assertEqual(call_info(channel, timeout=10).name, "launchsec")
            for version in CALLBACKS:
                self.assertEqual(call_define(channel, domain, vmi, version, timeout=10), domain)
            self.assertEqual(call_mutate(channel, domain, vmi, timeout=10), domain)
            check = method(channel, "/grpc.health.v1.Health/Check", health.HealthCheckResponse)
            self.assertEqual(check(health.HealthCheckRequest(), timeout=10).status, health.HealthCheckResponse.SERVING)


class Places(Sockets):
    def test_nothing_but_the_socket_is_ever_there(self):
        """KubeVirt dials any entry of the directory; what is no socket would keep a VM from starting."""
        watch = Watch(self.hooks)
        for number in range(40):
            process = self.serve()
            if number % 2 == 0:
                self.assertEqual(os.listdir(self.hooks), [NAME])
            self.stop(process)
        self.assertEqual(watch.events(), [(IN_CREATE, NAME), (IN_DELETE, NAME)] * 40)
        self.assertEqual(os.listdir(self.base), ["h"])

    def attempt(self, client):
        """None as long as there is no socket."""
        number = client.connect_ex(str(self.path))
        return None if number == errno.ENOENT else os.strerror(number) if number else "connected"

    def test_it_listens_once_it_is_there(self):
        options = self.options(("--socket-dir", self.hooks), "c", {"stderr": subprocess.DEVNULL})
        for _ in range(30):
            process = subprocess.Popen(**options)
            with socket.socket(socket.AF_UNIX) as client:
                found = wait_until(lambda: self.attempt(client), "a socket", pause=0)
            self.assertEqual(found, "connected")
            self.stop(process)

    def test_a_name_for_each_container(self):
        for container in ("hook-sidecar-0", "hook-sidecar-1", "A.b_c-9", "..", "x" * 40):
            self.serve(container=container, wait_for=self.hooks / f"launchsec-{container}.sock")
        self.assertEqual(len(os.listdir(self.hooks)), 5)

    def test_random_names_without_container_name(self):
        for container in (None, "", None):
            before = set(os.listdir(self.hooks))
            argv = ["--socket-dir", self.hooks]
            process = subprocess.Popen(**self.options(argv, container, {"stderr": subprocess.DEVNULL}))
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            new = wait_until(lambda: set(os.listdir(self.hooks)) - before, "a socket").pop()
            self.assertRegex(new, "^launchsec-[0-9a-f]{16}[.]sock$")
        self.assertEqual(len(os.listdir(self.hooks)), 3)

    def test_usual_directory(self):
        """Where it exists the server starts, and says so; else it names it."""
        process = subprocess.Popen(**self.options((), f"test-{os.getpid()}", {"stderr": subprocess.PIPE, "text": True}))
        with process:
            self.assertIn("/var/run/kubevirt-hooks", process.stderr.readline())
            process.terminate()

    def test_plugin_socket_alone(self):
        process = self.serve("--plugin-socket", self.plugin, wait_for=self.plugin)
        self.assert_answers(self.plugin)
        self.assertEqual(os.listdir(self.hooks), [])
        self.stop(process)
        self.assertFalse(self.plugin.exists())

    def test_both_sockets(self):
        process = self.serve("--plugin-socket", self.plugin, "--socket-dir", self.hooks)
        self.assert_answers(self.path)
        self.assert_answers(self.plugin)
        self.stop(process)
        self.assertFalse(self.path.exists() or self.plugin.exists())

    def test_spellings_of_a_path(self):
        (self.base / "link").symlink_to("h")
        for argv in (("--socket-dir", f"{self.hooks}///"), ("--socket-dir", "h"), ("--socket-dir", "./h/."),
                     ("--socket-dir", "link"), ("--plugin-socket", f"h/{NAME}")):
            self.stop(self.serve(*argv, cwd=self.base))
            self.assertEqual(os.listdir(self.hooks), [])
        self.stop(self.serve("--plugin-socket", NAME, cwd=self.hooks))

    def test_directory_that_is_a_mount(self):
        """As in a pod: no file can be moved into it from beside it. A bare chroot has no such directory; in CI that is an
        error."""
        if not os.path.ismount("/dev/shm") and not os.environ.get("CI"):
            print("a socket's directory that is a mount is not tested here: /dev/shm is none", flush=True)
            return
        container = f"test-{os.getpid()}"
        path = pathlib.Path(f"/dev/shm/launchsec-{container}.sock")
        process = self.serve("--socket-dir", path.parent, container=container, wait_for=path)
        self.assert_answers(path)
        self.stop(process)
        self.assertFalse(path.exists())

    def test_longest_path(self):
        path = str(self.base / "x")
        path += "x" * (107 - len(path))
        self.serve("--plugin-socket", path, wait_for=path)
        self.assert_answers(path)

    def test_anyone_who_reaches_it_may_connect(self):
        """Other containers of the pod have other users."""
        self.serve(umask=0o777)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o666)
        program = f"import socket; socket.socket(socket.AF_UNIX).connect({str(self.path)!r})"
        done = subprocess.run([sys.executable, "-c", program], user=NOBODY, group=NOBODY, extra_groups=[], timeout=60)
        self.assertEqual(done.returncode, 0)

    def test_without_privileges(self):
        """Nothing but the socket's directory may be written to, and the current one may not be entered."""
        os.chown(self.hooks, NOBODY, NOBODY)
        (self.base / "private").mkdir(0o700)
        watch = Watch(self.hooks)
        for cwd in ("/", self.base / "private"):
            process = self.serve(user=NOBODY, cwd=cwd)
            self.assert_answers(self.path)
            self.assertEqual(self.path.stat().st_uid, NOBODY)
            self.stop(process)
            self.assertEqual(os.listdir(self.hooks), [])
        appeared = [name for mask, name in watch.events() if mask & IN_CREATE and not mask & IN_ISDIR]
        self.assertEqual(appeared, [NAME, NAME])  # KubeVirt passes directories by


class Ends(Sockets):
    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.stop(self.serve(), number)
            self.assertEqual(os.listdir(self.hooks), [])

    def test_signals_that_were_ignored(self):
        """As a shell does for what it starts in the background, and the kernel for process 1."""
        for number in (signal.SIGTERM, signal.SIGINT):
            shell = "trap '' INT TERM; exec \"$0\" \"$@\""
            self.stop(self.serve(executable="/bin/sh", args=["sh", "-c", shell, BINARY, "serve", "--socket-dir",
                                                             self.hooks]), number)

    def test_socket_or_file_of_somebody_else_stays(self):
        process = self.serve()
        self.path.unlink()
        with bind(self.path, listening=True):
            self.stop(process)
            self.assertTrue(is_served(self.path))
        process = self.serve()  # in place of that one
        self.path.unlink()
        self.path.write_text("mine")
        self.stop(process)
        self.assertEqual(self.path.read_text(), "mine")

    def test_socket_that_is_gone(self):
        process = self.serve()
        shutil.rmtree(self.hooks)
        self.stop(process)

    def test_nothing_stays_of_a_server_that_did_not_start(self):
        watch = Watch(self.hooks)
        self.refused("missing-plugin-directory", "--socket-dir", self.hooks, "--plugin-socket", self.base / "none/p")
        self.assertEqual(watch.events(), [(IN_CREATE, NAME), (IN_DELETE, NAME)])


class Occupied(Sockets):
    def test_socket_of_a_killed_server_is_replaced(self):
        for _ in range(5):
            process = self.serve()
            process.kill()
            process.wait()
            self.assertTrue(self.path.is_socket())
        process = self.serve()
        self.assert_answers(self.path)
        self.stop(process)
        self.assertEqual(os.listdir(self.hooks), [])

    def test_served_socket(self):
        """By another program, or by launchsec."""
        with bind(self.path, listening=True):
            self.refused("served")
            self.assertTrue(is_served(self.path))
        self.serve()
        self.refused("served")
        self.assert_answers(self.path)

    def test_both_options_name_one_socket(self):
        self.refused("served", "--socket-dir", self.hooks, "--plugin-socket", self.path)
        self.assertEqual(os.listdir(self.hooks), [])

    def test_one_of_many_at_once(self):
        options = self.options(("--socket-dir", self.hooks), "c", {"stderr": subprocess.PIPE, "text": True})
        processes = [subprocess.Popen(**options) for _ in range(8)]
        for process in processes:
            self.addCleanup(process.communicate)
            self.addCleanup(process.kill)
        ended = wait_until(lambda: [one for one in processes if one.poll() is not None][6:] and
                           [one for one in processes if one.poll() is not None], "seven that give way")
        expected = (EXPECTED / "served.txt").read_text().format(path=self.path)
        self.assertEqual([(one.returncode, one.stderr.read()) for one in ended], [(1, expected)] * 7)
        self.assert_answers(self.path)

    def test_file(self):
        self.path.write_text("mine")
        self.refused("no-socket")
        self.assertEqual(self.path.read_text(), "mine")

    def test_symbolic_link(self):
        """Even one to a socket that nobody serves: who made it wants something else."""
        bind(self.base / "stale").close()
        for target in ("nowhere", self.base / "stale"):
            self.path.symlink_to(target)
            self.refused("no-socket")
            self.assertEqual(os.readlink(self.path), str(target))
            self.path.unlink()

    def test_directory(self):
        self.path.mkdir()
        self.refused("no-socket")
        self.assertTrue(self.path.is_dir())

    def test_socket_of_another_user(self):
        bind(self.path).close()
        os.chown(self.path, NOBODY, NOBODY)
        self.refused("other-user")
        self.assertTrue(self.path.is_socket())

    def test_socket_that_cannot_be_removed(self):
        bind(self.path).close()
        os.chown(self.path, NOBODY, NOBODY)
        self.refused("cannot-remove", user=NOBODY)

    def test_locked_directory(self):
        """By another launchsec that is about to start; nobody has to wait for long."""
        lock = os.open(self.hooks, os.O_RDONLY)
        self.addCleanup(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.refused("locked")


class Wrong(Sockets):
    def test_missing_directories(self):
        self.refused("missing-directories", "--socket-dir", self.base / "a", "--plugin-socket", self.base / "b/p.sock")

    def test_file_for_a_directory(self):
        (self.base / "file").touch()
        self.refused("not-a-directory", "--socket-dir", self.base / "file")

    def test_read_only_directory(self):
        self.refused("read-only-directory", user=NOBODY)

    def test_unreadable_directory(self):
        self.hooks.chmod(0o700)
        self.refused("unreadable-directory", user=NOBODY)

    def test_long_path(self):
        path = str(self.base / "x")
        self.path = pathlib.Path(path + "x" * (108 - len(path)))
        self.refused("long-path", "--plugin-socket", self.path, status=2)
        self.refused("long-directory", "--socket-dir", self.path, status=2)

    def test_container_names(self):
        for number, container in enumerate(("a/b", "a b", "ü\n")):
            self.refused(f"container-name-{number}", status=2, container=container)
        self.assertEqual(os.listdir(self.hooks), [])

    def test_empty_values(self):
        self.refused("empty-values", "--socket-dir", "", "--plugin-socket", "", status=2)

    def test_directory_for_a_plugin_socket(self):
        self.refused("no-file-name", "--plugin-socket", f"{self.base}/", status=2)
        self.refused("directory", "--plugin-socket", self.hooks)

    def test_options(self):
        self.refused("options", "--version", "v1beta1", "--hook-priority", "2147483648", "--hook-priority", "1.5",
                     "--hook-name", "ü", "--log-level", "all", "--log-format", "xml", "--plugin-socket", "a",
                     "--plugin-socket", "b", status=2)

    def test_argument(self):
        self.refused("argument", "--socket-dir", self.hooks, "rest", status=2)

    def test_escapes_in_a_path(self):
        self.refused("escapes", "--socket-dir", f"{self.base}/\x1b[31m\n", status=1)


if __name__ == "__main__":
    unittest.main()
