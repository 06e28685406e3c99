# SPDX-License-Identifier: Apache-2.0
"""Shell completion, asked in bash, zsh and fish what it would offer."""

import os
import pathlib
import pty
import re
import shutil
import subprocess
import tempfile
import time

TIMEOUT = 60  # seconds for one shell

# Prints what the function offers for the words given as arguments. The last argument is the current word.
BASH = r"""
set -u
source docs/completion/launchsec.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_launchsec
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""

# In a real line editor: compadd is told to write down what it is given, before it does its work. LISTMAX: a long list is
# shown without a question.
ZSH = r"""
LISTMAX=10000 PROMPT= RPROMPT= fpath=($PWD/docs/completion $fpath)
autoload -Uz compinit && compinit -u -D
bindkey '^I' complete-word
compadd() {
	if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
		local -a hits
		builtin compadd -A hits "$@"
		((${#hits})) && print -rl -- $hits >>$OUT
	fi
	builtin compadd "$@"
}
finished() { print END >>$OUT; comppostfuncs=(finished) }
comppostfuncs=(finished)
print READY >>$OUT
"""


def split(line):
    """Words as bash makes them: = and : are words of their own."""
    words = [part for word in line.split() for part in re.split(r"([=:]+)", word) if part]
    return words + [""] if line.endswith(" ") else words


def expected(program):
    """Pairs of a command line and what is offered behind it, for bash, which offers parts between = and :."""
    keys, commands = program.keys, program.commands
    cluster = [f"{tee}.{key}=" for key, row in keys.items() if row["cluster-default"] for tee in row["tees"]]
    return [
        ("launchsec -", ["--help", "--version"]),
        ("launchsec ann", ["annotations"]),
        *((f"launchsec {command} -", options) for command, options in commands.items()),
        ("launchsec apply --format ", ["text", "json"]),
        ("launchsec apply --format=j", ["json"]),
        ("launchsec annotations --format ", ["text", "json", "markdown"]),
        ("launchsec annotations mr-o", ["mr-owner", "mr-owner-config"]),
        ("launchsec completion ", ["bash", "zsh", "fish"]),
        ("launchsec help pro", ["provision", "probe"]),
        ("launchsec apply --set ", [f"{key}=" for key in keys]),
        ("launchsec apply --domain x --set mr-o", ["mr-owner=", "mr-owner-config="]),
        ("launchsec apply --set type=", re.findall(r"[\w-]+", re.sub(r"\bor\b", "", keys["type"]["values"]))),
        ("launchsec apply --set=type=t", ["tdx"]),
        ("launchsec apply --set vcek=n", ["no"]),
        ("launchsec apply --set vcek=no --set allow-debug=", ["yes", "no"]),
        ("launchsec apply --set firmware=src/co", ["src/core"]),
        ("launchsec apply --set host-data=", []),
        ("launchsec apply --set policy=smt,cip", ["smt,ciphertext-hiding"]),
        ("launchsec apply --forbid ", keys),
        ("launchsec apply --forbid firmware,al", ["firmware,allow-debug", "firmware,allow-qemu-arguments"]),
        ("launchsec apply --default ", cluster),
        ("launchsec apply --default=tdx.q", ["tdx.qgs="]),
        ("launchsec apply --default tdx.policy=", ["debug", "sept-ve-disable"]),
        ("launchsec apply --domain src/co", ["src/core"]),
        ("launchsec apply -o src/co", ["src/core"]),
        ("launchsec lint src/co", ["src/core"]),
        ("launchsec lint --kubevirt 1.8 x src/co", ["src/core"]),
        ("launchsec lint --kubevirt ", []),
        ("launchsec nonsense -", []),
    ]


def check_bash(checks, program):
    checks.that(shutil.which("bash"), "bash is not installed")
    if not shutil.which("bash"):
        return
    asked = [(line, split(line), wanted) for line, wanted in expected(program)]
    # Where COMP_WORDBREAKS lacks the equals sign, words are whole.
    asked.append(("launchsec ", ["launchsec", ""], program.commands))
    asked.append(("kubectl-launchsec ann", ["kubectl-launchsec", "ann"], ["annotations"]))
    asked.append(("a program that is gone", ["build/nothing", "ann"], []))
    asked.append(("one word: --set vcek=n", ["launchsec", "apply", "--set", "vcek=n"], ["vcek=no"]))
    asked.append(("one word: --default=tdx.q", ["launchsec", "apply", "--default=tdx.q"], ["--default=tdx.qgs="]))
    for line, words, wanted in asked:
        done = subprocess.run(["bash", "--noprofile", "--norc", "-c", BASH, "bash", *words], cwd=program.tree,
                              env=program.environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False)
        checks.that(done.returncode == 0 and not done.stderr, f"bash completion of {line!r} fails", done.stderr)
        checks.equal(done.stdout.split("\n")[:-1], wanted, f"bash completion of {line!r}")


class Zsh:
    """An interactive zsh with the completion loaded."""

    def __init__(self, program, scratch):
        self.out = pathlib.Path(scratch) / "out"
        (pathlib.Path(scratch) / "rc").write_text(ZSH, encoding="utf-8")
        master, slave = pty.openpty()
        environment = {"PATH": program.environment()["PATH"], "TERM": "dumb", "LC_ALL": "C", "OUT": str(self.out),
                       "HOME": str(scratch)}
        self.process = subprocess.Popen(["zsh", "-f", "-i"], cwd=program.tree, env=environment, stdin=slave, stdout=slave,
                                        stderr=slave, start_new_session=True)
        os.close(slave)
        os.set_blocking(master, False)
        self.terminal = master
        self.ready = self.ask(f"source {scratch}/rc\n", "READY") is not None

    def ask(self, typed, end="END"):
        """What compadd was given for a line, or None when that takes too long."""
        os.write(self.terminal, typed.encode())
        until = time.monotonic() + TIMEOUT
        while time.monotonic() < until:
            try:
                os.read(self.terminal, 65536)
            except OSError:  # nothing there yet, or the shell has gone
                pass
            lines = self.out.read_text(encoding="utf-8").splitlines() if self.out.exists() else []
            if end in lines:
                self.out.write_text("", encoding="utf-8")
                return lines[:lines.index(end)]
            time.sleep(0.02)
        return None

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


def last(offered):
    """The last part of a list, path or setting: shells differ in how much in front of it they repeat."""
    return re.split(r"[,/=]", offered.rstrip("=/"))[-1]


def has_terminals():
    """Whether this system hands out pseudo-terminals; a chroot without /dev/pts does not."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


def check_zsh(checks, program):
    checks.that(shutil.which("zsh"), "zsh is not installed")
    if not shutil.which("zsh"):
        return
    syntax = subprocess.run(["zsh", "-f", "-n", "docs/completion/_launchsec"], cwd=program.tree, capture_output=True,
                            text=True, timeout=TIMEOUT, check=False)
    checks.that(syntax.returncode == 0 and not syntax.stderr, "zsh -n docs/completion/_launchsec", syntax.stderr)
    if not has_terminals():
        if os.environ.get("CI"):
            checks.that(False, "no pseudo-terminals here (is /dev/pts mounted?), which zsh's completion needs")
        print("docs: no pseudo-terminals here, as in a bare chroot: of zsh's completion only the syntax is checked")
        return
    with tempfile.TemporaryDirectory(prefix="launchsec-zsh-") as scratch:
        shell = Zsh(program, scratch)
        checks.that(shell.ready, "zsh does not load docs/completion/_launchsec")
        for line, wanted in expected(program) if shell.ready else []:
            found = shell.ask(f"\x15{line}\t")  # ^U empties the line before
            checks.equal({last(word) for word in found or []}, {last(word) for word in wanted}, f"zsh completion of {line!r}")
            checks.that(found is not None, f"zsh completion of {line!r} takes more than {TIMEOUT} s")
        shell.close()


def check_fish(checks, program):
    checks.that(shutil.which("fish"), "fish is not installed")
    if not shutil.which("fish"):
        return
    with tempfile.TemporaryDirectory(prefix="launchsec-fish-") as scratch:
        for line, wanted in expected(program):
            done = subprocess.run(["fish", "--no-config", "-c", 'source $argv[1]; complete -C "$argv[2]"',
                                   "docs/completion/launchsec.fish", line], cwd=program.tree, capture_output=True,
                                  env=program.environment() | {"HOME": scratch}, text=True, timeout=TIMEOUT, check=False)
            checks.that(done.returncode == 0 and not done.stderr, f"fish completion of {line!r} fails", done.stderr)
            found = [word.partition("\t")[0] for word in done.stdout.splitlines()]
            checks.equal({last(word) for word in found}, {last(word) for word in wanted}, f"fish completion of {line!r}")


def check_scripts(checks, program):
    """What the program prints is what is installed, without its comments."""
    for shell, name in (("bash", "launchsec.bash"), ("zsh", "_launchsec"), ("fish", "launchsec.fish")):
        installed = (program.tree / "docs/completion" / name).read_text(encoding="utf-8").splitlines()
        done = subprocess.run([program.binary, "completion", shell], capture_output=True, text=True, timeout=TIMEOUT,
                              check=False)
        checks.that(done.stdout.splitlines() == [line for line in installed if not re.match(r"\t*# ", line)],
                    f"launchsec completion {shell} prints something else than docs/completion/{name}")


def check_kubectl(checks, program):
    """kubectl runs kubectl_complete-launchsec from PATH and reads cobra's protocol."""
    asked = ["lint", "--kub"]
    script = program.tree / "docs/completion/kubectl_complete-launchsec"
    done = subprocess.run([script, *asked], env=program.environment(), capture_output=True, text=True, timeout=TIMEOUT,
                          check=False)
    checks.that(re.fullmatch(r"--kubevirt\t[^\n]+\n:4\n", done.stdout), "kubectl_complete-launchsec", done.stdout + done.stderr)


def check(checks, program):
    check_kubectl(checks, program)
    check_scripts(checks, program)
    check_bash(checks, program)
    check_zsh(checks, program)
    check_fish(checks, program)
