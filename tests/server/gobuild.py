"""Build Go programs with Debian's Go and grpc-go, without a network.

Messages come from src/services/proto by protoc-gen-go at build time: package launchsec/NAME for NAME.proto. Everything
lies in a directory of the build (LSEC_GO_BUILD names another), so that what has not changed is not built again.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROTOS = ROOT / "src/services/proto"
LIBRARIES = pathlib.Path("/usr/share/gocode")  # where Debian's packages of Go libraries are
NEEDED = "golang-go golang-google-grpc-dev protoc-gen-go-1-3 protobuf-compiler"


class Failed(Exception):
    """A Go program could not be built; the message says why."""


def run(argv, **options):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise Failed(f"{argv[0]} ended with status {done.returncode}:\n{done.stderr.strip()}")


def check_installed():
    missing = [name for name in ("go", "protoc", "protoc-gen-go") if shutil.which(name) is None]
    if not (LIBRARIES / "src/google.golang.org/grpc").is_dir():
        missing.append("grpc-go")
    if missing:
        raise Failed(f"not installed: {', '.join(missing)}; on Debian: apt-get install {NEEDED}")


def generate(file, package):
    """Messages, and services where a generator for them is installed; from 1.4 on it is a program of its own."""
    text = file.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / file.name
        copy.write_text(text.replace("\npackage ", f'\noption go_package = "launchsec/{file.stem}";\npackage ', 1),
                        encoding="utf-8")
        call = ["protoc", f"--proto_path={folder}", copy.name]
        try:
            run([*call, f"--go_out=plugins=grpc,paths=source_relative:{package}"])
        except Failed:
            services = shutil.which("protoc-gen-go-grpc")
            run([*call, f"--go_out=paths=source_relative:{package}"]
                + ([f"--go-grpc_out=paths=source_relative:{package}"] if services else []))


def make_messages(path):
    """Go packages of all .proto files, where one of them is newer."""
    protos = sorted(PROTOS.glob("*.proto"))
    made = path / "src/launchsec"
    stamp = made / "made"
    if stamp.exists() and stamp.stat().st_mtime >= max(file.stat().st_mtime for file in protos):
        return
    shutil.rmtree(made, ignore_errors=True)
    for file in protos:
        package = made / file.stem
        package.mkdir(parents=True)
        generate(file, package)
    stamp.touch()


def build(source, build_directory):
    """Builds the program in folder `source`, stripped; returns its path."""
    check_installed()
    path = pathlib.Path(os.environ.get("LSEC_GO_BUILD") or build_directory / "go").resolve()
    make_messages(path)
    program = path / "bin" / pathlib.Path(source).resolve().relative_to(ROOT / "tests").as_posix().replace("/", "-")
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "GO111MODULE": "off", "GOFLAGS": "",
                   "GOPATH": f"{path}:{LIBRARIES}", "GOCACHE": str(path / "cache"), "CGO_ENABLED": "0"}
    run(["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(program), "."], cwd=source, env=environment)
    return program


if __name__ == "__main__":
    try:
        print(build(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
    except Failed as problem:
        sys.exit(f"gobuild: {problem}")
