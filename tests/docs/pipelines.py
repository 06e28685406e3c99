# SPDX-License-Identifier: Apache-2.0
"""The pieces of docs/ci.md, run in a repository with good manifests and in one with bad ones.

Programs that are no part of the project are stand-ins, which print the manifests or hand over the program. Each piece must
pass, or fail at the step that is for it, and leave the file that it uploads. pre-commit is stood in for as well: the hook
runs with the files that it would be given.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import yaml

TIMEOUT = 60  # seconds for one script
STANDINS = {
    "curl": 'while [ "$1" != -o ]; do shift; done; cp "$LSEC_BINARY" "$2"',
    "kustomize": 'test "$*" = "build ." && cat manifests/*.yaml',
    "flux": 'case "$*" in "build kustomization "*" --dry-run") cat manifests/*.yaml ;; *) exit 1 ;; esac',
}
GOOD, BAD = "deploy/samples/configmap-snp.yaml", "tests/golden/inputs/lint/native.yaml"


class Repository:
    """A repository of manifests, and the programs beside launchsec that its pipeline has."""

    def __init__(self, folder, program, sample):
        self.folder, self.binary = folder, program.binary
        (folder / "manifests").mkdir(parents=True)
        (folder / "bin").mkdir()
        shutil.copy(program.tree / sample, folder / "manifests/vm.yaml")
        (folder / "bin/launchsec").symlink_to(program.binary)
        for name, text in STANDINS.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh -e\n{text}\n")
            (folder / "bin" / name).chmod(0o755)

    def run(self, command, **variables):
        """Run a command's words; its exit status, standard output and error."""
        environment = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "LSEC_BINARY": str(self.binary), "LC_ALL": "C"}
        if "URL" in variables:
            variables["SHA256"] = hashlib.sha256(self.binary.read_bytes()).hexdigest()
        done = subprocess.run(command, cwd=self.folder, env=environment | variables, capture_output=True, text=True,
                              timeout=TIMEOUT, check=False)
        return done.returncode, done.stdout, done.stderr


def github(repository, workflow):
    """The statuses of a workflow's own steps, and what the last one left."""
    (job,) = workflow["jobs"].values()
    statuses, out = [], ""
    for step in job["steps"]:
        if "run" in step and not any(statuses):
            status, out, _ = repository.run(["bash", "-e", "-c", step["run"]], **job["env"])
            statuses.append(status)
    sarif = repository.folder / "launchsec.sarif"
    for step in job["steps"]:
        if step.get("uses", "").startswith("github/codeql-action/upload-sarif@"):
            assert "!cancelled()" in step["if"] and workflow["permissions"]["security-events"] == "write"
            log = json.loads((repository.folder / step["with"]["sarif_file"]).read_text(encoding="utf-8"))
            uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]}
            assert uris <= {"manifests/vm.yaml"}
    assert sarif.exists() or not statuses[-1] or out.startswith("::error file=manifests/vm.yaml,line=")
    return statuses


def gitlab(repository, pipeline):
    (job,) = pipeline.values()
    scripts = [repository.run(["bash", "-e", "-c", "\n".join(job[part])], **job["variables"])[0]
               for part in ("before_script", "script")]
    assert job["artifacts"]["when"] == "always"
    report = xml.etree.ElementTree.parse(repository.folder / job["artifacts"]["reports"]["junit"])
    assert (report.find(".//failure") is not None) == bool(scripts[-1])
    return scripts


def pre_commit(repository, config, hooks):
    """The files that a hook gets are those of its types whose names match."""
    (source,) = config["repos"]
    (used,) = source["hooks"]
    hook = {"args": []} | hooks[used["id"]] | used
    assert hook["language"] == "system" and hook["types_or"] == ["yaml", "json"]
    for name in ("README.md", "mkdocs.yml"):
        (repository.folder / name).write_text("nav: !other {{\n")
    files = [str(path.relative_to(repository.folder)) for path in sorted(repository.folder.rglob("*.*"))]
    files = [name for name in files if re.search(r"\.(ya?ml|json)$", name) and re.search(hook["files"], name)]
    return [repository.run([*hook["entry"].split(), *hook["args"], *files])[0]]


def argo_cd(repository, plugin):
    generate = plugin["spec"]["generate"]
    status, out, err = repository.run([*generate["command"], *generate["args"]])
    manifests = (repository.folder / "manifests/vm.yaml").read_text(encoding="utf-8")
    assert out == ("" if status else manifests) and ("launchsec: error: " in err) == bool(status)
    return [status]


def pieces_of(blocks):
    """The YAML of a document's blocks by the name of the file that their first lines say, and its flux command."""
    pieces = {}
    for block in blocks:
        if block.language == "yaml":
            pieces[block.lines[0].removeprefix("# ")] = yaml.safe_load("\n".join(block.lines))
        elif any(line.startswith("flux ") for line in block.lines):
            pieces["flux"] = "\n".join(block.lines)
    return pieces


def check(checks, program, blocks):
    """Run every piece; BLOCKS are those of docs/ci.md."""
    hooks = {hook["id"]: hook for hook in yaml.safe_load((program.tree / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    pieces = pieces_of(blocks)
    ways = {
        ".github/workflows/launchsec.yaml": github,
        ".github/workflows/launchsec-annotations.yaml": github,
        ".gitlab-ci.yml": gitlab,
        ".pre-commit-config.yaml": lambda repository, piece: pre_commit(repository, piece, hooks),
        "plugin.yaml": argo_cd,
        "flux": lambda repository, piece: [repository.run(["sh", "-c", piece])[0]],
    }
    checks.equal(pieces, ways, "docs/ci.md: its pieces")
    for name in set(pieces) & set(ways):
        for sample, wanted in ((GOOD, 0), (BAD, 3)):
            folder = program.tree / "build/pipelines" / re.sub(r"\W", "", name) / str(wanted)
            try:
                statuses = ways[name](Repository(folder, program, sample), pieces[name])
            except (AssertionError, KeyError, ValueError, OSError, xml.etree.ElementTree.ParseError) as error:
                checks.that(False, f"docs/ci.md: {name} with {sample}: {error!r}")
                continue
            checks.that(statuses == [0] * (len(statuses) - 1) + [wanted] and statuses,
                        f"docs/ci.md: {name} with {sample}: exit statuses {statuses}, want {wanted} at last")
