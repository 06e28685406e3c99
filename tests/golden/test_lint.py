#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every rule of lint is found in some golden case and has two examples; none finds anything in the good VMs and samples.

The rules are taken from docs/lint.md, which docgen writes from the table. Lines and columns are compared with those that
PyYAML finds. What takes many files, or a terminal, is here as well.
"""

import json
import os
import pathlib
import pty
import re
import subprocess
import tempfile
import unittest
import urllib.parse

import yaml

from program import BINARY

GOLDEN = pathlib.Path(__file__).resolve().parent
ROOT = GOLDEN.parents[1]
CASES = GOLDEN / "cases/lint"
# tests/lint/RULE: fails.yaml and passes.yaml, which begin with the command for them.
EXAMPLES = ROOT / "tests/lint"
COMMAND = "# launchsec lint "


def others():
    """The ids of rules without a place of their own: rows of the first table."""
    text = (ROOT / "docs/lint.md").read_text(encoding="utf-8")
    return set(re.findall(r'^\| \[`([\w-]+)`\]\([^)]*\)<a id="rule-\1"></a> \|[^|]*\|[^|]*\|$', text, re.M))


def rules():
    """A rule's id, its place, problem and fix, for each row."""
    text = (ROOT / "docs/lint.md").read_text(encoding="utf-8")
    return re.findall(r'^\| \[`([\w-]+)`\]\([^)]*\)(?:<a id="rule-\1"></a>)? \|(?:[^|]*\|){3} `([^`]*)` \| (.*) \| (.*) \|$', text, re.M)


def run(*arguments, **options):
    """What the program prints, and its exit status."""
    done = subprocess.run([BINARY, "lint", *arguments], capture_output=True, text=True, env={"LC_ALL": "C"}, timeout=60,
                          check=False, **options)
    return done.returncode, done.stdout, done.stderr


def lint(*arguments):
    """The findings of each object, by its name."""
    status, out, _ = run("--format", "json", *arguments)
    found = json.loads(out)
    assert status == (3 if found["errors"] else 0), out
    return {(item["object"] or "/file").rpartition("/")[2]: item["findings"] for item in found["objects"]}


def objects_of(path):
    """The nodes of all objects in a file, as PyYAML composes them; items for Lists."""
    waiting = [node for node in yaml.compose_all(path.read_text(encoding="utf-8"), yaml.SafeLoader) if node is not None]
    while waiting:
        node = waiting.pop(0)
        members = members_of(node)
        kind = members["kind"][1].value if "kind" in members else ""
        if not kind.endswith("List"):
            yield node
        elif isinstance(members.get("items", (None, None))[1], yaml.SequenceNode):
            waiting = members["items"][1].value + waiting


def members_of(node):
    """The members of a mapping: key's node and value's node by key, without nulls, which have no place."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: (key, value) for key, value in node.value
            if not (isinstance(value, yaml.ScalarNode) and value.tag == "tag:yaml.org,2002:null")}


def quoted(key):
    """A key in a place: as it is, or in quotes where it may not be shown so."""
    return key, '"' + key + '"'


def place_of(node, place):
    """The line and column of a path in a node, of its nearest parent where it is absent, from 1 on."""
    mark = node.start_mark
    while place:
        place = place.removeprefix(".")
        item = re.match(r"\[(\d+)\]", place)
        if item:
            if not isinstance(node, yaml.SequenceNode) or int(item[1]) >= len(node.value):
                break
            node, place = node.value[int(item[1])], place[item.end():]
            mark = node.start_mark
            continue
        keys = [(key, len(said)) for key in members_of(node) for said in quoted(key)
                if place.startswith(said) and place[len(said):len(said) + 1] in ("", ".", "[")]
        if not keys:
            break
        key, length = max(keys, key=lambda found: found[1])
        mark, (_, node) = members_of(node)[key][0].start_mark, members_of(node)[key]
        place = place[length:]
    return mark.line + 1, mark.column + 1


def places_of_key(node, place):
    """Where a key is, anywhere in a node; one in a list that is its value begins with it."""
    if isinstance(node, yaml.SequenceNode):
        return [found for item in node.value for found in places_of_key(item, place)]
    found = []
    for key, (name, value) in members_of(node).items():
        if place in quoted(key) or place.startswith((f"{key}[", f"{key}:")):
            found.append((name.start_mark.line + 1, name.start_mark.column + 1))
        found += places_of_key(value, place)
    return found


class Places(unittest.TestCase):
    """Lines and columns."""

    def check(self, path, node, finding):
        """Compare a finding's place with where PyYAML sees it."""
        place, found = finding["place"].removeprefix(f"{path}: "), (finding["line"], finding["column"])
        if not re.search('/|^"', place) or place.startswith((str(path), "spec.")):
            self.assertEqual(found, place_of(node, "" if place == str(path) else place))
        elif places_of_key(node, place):
            self.assertIn(found, places_of_key(node, place))
        elif place_of(node, place) != place_of(node, ""):
            self.assertEqual(found, place_of(node, place))
        else:  # absent, or null: what would have it
            self.assertIn(place.partition("[")[0].strip('"'), [*self.nulls(node), "hooks.kubevirt.io/hookSidecars",
                                                               "launchsecurity.vm.kubevirt.io/type"])
            parents = [place_of(node, f"{template}metadata.annotations")
                       for template in ("", "spec.template.", "spec.virtualMachineTemplate.spec.template.")]
            self.assertIn(found, parents)

    def nulls(self, node):
        """Keys whose values are null."""
        if isinstance(node, yaml.SequenceNode):
            return [key for item in node.value for key in self.nulls(item)]
        if not isinstance(node, yaml.MappingNode):
            return []
        inner = [found for _, value in node.value for found in self.nulls(value)]
        return inner + [key.value for key, _ in node.value if key.value not in members_of(node)]

    def test_places(self):
        """In all manifests that PyYAML reads, each finding is at the key that it names."""
        checked = 0
        for path in sorted([*(GOLDEN / "inputs/lint").glob("*.yaml"), *(ROOT / "deploy/samples").glob("*.yaml"),
                            *(ROOT / "docs/examples").glob("*.yaml"), *(GOLDEN / "captures").glob("*.json")]):
            try:
                nodes = list(objects_of(path))
            except yaml.YAMLError:
                continue
            objects = json.loads(run("--format", "json", path)[1])["objects"]
            for node, item in zip(nodes, [item for item in objects if item["object"]]):
                for finding in item["findings"]:
                    with self.subTest(path=path.name, object=item["object"], place=finding["place"]):
                        self.check(path, node, finding)
                        checked += 1
        self.assertGreater(checked, 200)

    def test_adapted_json(self):
        """Columns are those of the file, not of what libyaml is given."""
        path = GOLDEN / "inputs/lint/directory/bad.json"
        lines = path.read_text(encoding="utf-8").splitlines()
        (item,) = json.loads(run("--kubevirt", "1.9", "--format", "json", path)[1])["objects"]
        texts = [lines[finding["line"] - 1][finding["column"] - 1:] for finding in item["findings"]]
        wanted = ['"launchsecurity.vm.kubevirt.io/polcy"', '"launchSecurity"', '"domain"', '"annotations"']
        self.assertEqual([text.partition(":")[0] for text in texts], wanted)


class Directories(unittest.TestCase):
    """What takes many files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_depth(self):
        deepest = self.folder.joinpath(*["d"] * 31)
        deepest.mkdir(parents=True)
        (deepest / "vm.yaml").write_text("kind: ConfigMap\n")
        self.assertEqual(run(self.folder)[0], 0)
        (deepest / "d").mkdir()
        status, out, err = run(self.folder)
        self.assertEqual((status, out), (2, ""))
        self.assertIn("directories inside each other are more than 32 deep, which is the limit", err)

    def test_number(self):
        for number in range(10000):
            (self.folder / f"{number}.yaml").touch()
        self.assertEqual(run(self.folder), (0, "10000 files, 0 VMs: no errors, 0 warnings\n", ""))
        (self.folder / "more.json").touch()
        status, out, err = run(self.folder)
        self.assertEqual((status, out), (2, ""))
        self.assertIn("the directories have more than 10000 manifests, which is the limit", err)

    def test_what_is_no_file(self):
        """Pipes do not hang it; a link to nowhere is told; links to directories are left out."""
        os.mkfifo(self.folder / "pipe.yaml")
        (self.folder / "up.yaml").symlink_to("..")
        self.assertEqual(run(self.folder), (0, "0 files, 0 VMs: no errors, 0 warnings\n", ""))
        (self.folder / "gone.yaml").symlink_to("nowhere")
        status, out, err = run(self.folder)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("gone.yaml: cannot be read: No such file or directory", err)

    def test_names(self):
        """Names that would be escapes, in any format."""
        name = "a b%:,\u00e4&<\n\x1b[31m.yaml"
        (self.folder / name).write_text("kind: VirtualMachine\n")
        command = run("--format", "github", ".", cwd=self.folder)[1]
        self.assertIn("::error file=a b%25%3A%2C\u00e4&<%0A?[31m.yaml,line=1,col=1,", command)
        (item,) = json.loads(run("--format", "json", ".", cwd=self.folder)[1])["objects"]
        self.assertEqual(item["file"], "./" + name)
        (result,) = json.loads(run("--format", "sarif", ".", cwd=self.folder)[1])["runs"][0]["results"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        self.assertEqual((urllib.parse.unquote(uri), uri.isascii()), (name, True))
        self.assertNotRegex(uri, "[^-._~/%0-9A-Za-z]")
        self.assertIn("a b%:,??&amp;&lt;??[31m.yaml", run("--format", "junit", ".", cwd=self.folder)[1])

    def test_raw_names(self):
        """Bytes that are no UTF-8, and control characters of two bytes, are printed in no format but JSON."""
        for name in (b"a\xff.yaml", b"b\xc2\x9b31m.yaml", b"c\x7f.yaml"):
            (self.folder / os.fsdecode(name)).write_text("kind: VirtualMachine\n")
        for form in ("text", "sarif", "junit", "github"):
            with self.subTest(form=form):
                _, out, err = run("--format", form, ".", cwd=self.folder)
                self.assertNotRegex(out + err, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")

    def test_fields(self):
        """A file that is called as the places in it begin."""
        text = "kind: VirtualMachine\nspec:\n  template:\n    spec:\n      domain:\n        launchSecurity: {snp: {}}\n"
        for name in ("s", "spec", "spec.template", "h"):
            with self.subTest(name=name):
                (self.folder / name).write_text(text)
                err = run("--kubevirt", "1.6", name, cwd=self.folder)[2]
                self.assertIn(f"{name}:6:26: VirtualMachine without a name: spec.template.spec.domain.launchSecurity.snp: ", err)

    def test_large_preset(self):
        """Many VMs of a large instancetype would cost more than their manifest: it is not applied, which is said."""
        vm = {"kind": "VirtualMachine", "metadata": {"name": "vm"}, "spec": {"instancetype": {"name": "i"}, "template": {"spec": {
            "domain": {"launchSecurity": {"snp": {}}, "firmware": {"bootloader": {"efi": {"secureBoot": False}}}}}}}}
        for count, large in ((990, False), (1000, True)):
            spec = {"cpu": {"guest": 1}, "launchSecurity": {"snp": {}}, "annotations": {f"a/{i}": "" for i in range(count)}}
            preset = {"kind": "VirtualMachineClusterInstancetype", "metadata": {"name": "i"}, "spec": spec}
            (self.folder / "vm.json").write_text(json.dumps({"kind": "List", "items": [preset, vm]}))
            found = lint("--kubevirt", "1.9", self.folder / "vm.json")
            self.assertEqual([item["rule"] for item in found["i"]], ["not-checked"] if large else [])
            self.assertEqual("preset" in [item["rule"] for item in found["vm"]], not large, found)

    def test_templates(self):
        """Helm's templates as charts have them, and cloud-init's, which are none."""
        head = "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\n"
        for text in ("metadata:\n  name: {{ .Values.name }}-vm\n", "metadata:\n  name: {{ include \"x\" . }}\n",
                     "{{- if .Values.on }}\nmetadata: {}\n{{- end }}\n", "metadata:\n  labels:\n{{ toYaml .Values.l | indent 4 }}\n",
                     "spec:\n  template: {{- toYaml . | nindent 4 }}\n"):
            with self.subTest(text=text):
                (self.folder / "vm.yaml").write_text(head + text)
                status, _, err = run(self.folder / "vm.yaml")
                self.assertEqual(status, 3)
                self.assertRegex(err, r"vm\.yaml:\d+:\d+: is a Helm template that was not rendered")
        (self.folder / "vm.yaml").write_text(head + "x: |\n  {{ v1.name }}\ny: 1\nz: 1\ny: 2\n")
        self.assertIn("duplicate key", run(self.folder / "vm.yaml")[2])


class Terminal(unittest.TestCase):
    """Colours."""

    def coloured(self, *arguments, **environment):
        """Whether findings are coloured where standard error is a terminal."""
        ours, theirs = pty.openpty()
        subprocess.run([BINARY, "lint", *arguments, GOLDEN / "inputs/lint/truncated.yaml"], stderr=theirs,
                       stdout=subprocess.DEVNULL, env=environment, timeout=60, check=False)
        os.close(theirs)
        text = os.read(ours, 65536)
        os.close(ours)
        self.assertIn(b"truncated.yaml:3:1", text)
        return b"\x1b[" in text

    def test_color(self):
        self.assertTrue(self.coloured(TERM="xterm"))
        self.assertTrue(self.coloured(TERM="xterm", NO_COLOR=""))
        self.assertFalse(self.coloured(TERM="xterm", NO_COLOR="1"))
        self.assertFalse(self.coloured(TERM="dumb"))
        self.assertFalse(self.coloured())
        self.assertFalse(self.coloured("--color", "never", TERM="xterm"))
        self.assertTrue(self.coloured("--color", "always", NO_COLOR="1"))


class Formats(unittest.TestCase):
    """All formats say the same."""

    def test_sarif(self):
        """The constraints of the schema and of its text that matter; tests/deploy validates it against the schema."""
        path = GOLDEN / "inputs/lint"
        log = json.loads(run("--ignore", "tpm", "--format", "sarif", path)[1])
        found = json.loads(run("--ignore", "tpm", "--format", "json", path)[1])
        (only,) = log["runs"]
        listed = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
        self.assertEqual(set(listed), {rule for rule, *_ in rules()} | others())
        self.assertEqual(len(listed), len(set(listed)))
        findings = [finding for item in found["objects"] for finding in item["findings"]]
        self.assertEqual(len(only["results"]), len(findings))
        for result, finding in zip(only["results"], findings):
            (location,) = result["locations"]
            region = location["physicalLocation"].get("region", {"startLine": 0, "startColumn": 0})
            self.assertEqual((result["ruleId"], result["level"]), (finding["rule"], finding["severity"]))
            self.assertEqual((region["startLine"], region["startColumn"]), (finding["line"], finding["column"]))
            suppressions = [(one["kind"], one["justification"]) for one in result.get("suppressions", [])]
            ignored = finding["ignored"]
            self.assertEqual(suppressions, [] if ignored is None else
                             [("external" if ignored == "--ignore" else "inSource", ignored)])
            self.assertIn(finding["what"], result["message"]["text"])
        counted = [finding["severity"] for finding in findings if finding["ignored"] is None]
        self.assertEqual((counted.count("error"), counted.count("warning"), len(findings) - len(counted)),
                         (found["errors"], found["warnings"], found["ignored"]))

    def test_anchors(self):
        """Each rule in SARIF has help, and a place in docs/lint.md that helpUri names."""
        text = (ROOT / "docs/lint.md").read_text(encoding="utf-8")
        log = json.loads(run("--format", "sarif", GOLDEN / "inputs/lint/no-vm.yaml")[1])
        for rule in log["runs"][0]["tool"]["driver"]["rules"]:
            self.assertTrue(rule["help"]["text"])
            self.assertEqual(text.count(f'<a id="rule-{rule["id"]}"></a>'), 1, rule["id"])


class Lint(unittest.TestCase):
    def test_each_row_is_told(self):
        told = "".join(path.read_text(encoding="utf-8") for path in CASES.glob("*.err"))
        self.assertGreater(len(rules()), 40)
        for rule, place, problem, fix in rules():
            pattern = ": " + re.escape(problem).replace(":\\ ", "(, got .*)?:\\ ", 1) + r"( \([^()]*\))*; " + re.escape(fix)
            with self.subTest(rule=rule, place=place):
                self.assertRegex(told, pattern)

    def test_each_finding_has_a_rule(self):
        known = {rule for rule, *_ in rules()} | others()
        for path in sorted((GOLDEN / "inputs/lint").glob("*.yaml")):
            for name, findings in lint(path).items():
                with self.subTest(path=path, name=name):
                    self.assertLessEqual({finding["rule"] for finding in findings}, known)

    def test_named_after_what_is_found(self):
        """An object whose name begins with a rule's has such a finding; a good one has none."""
        ids = sorted({rule for rule, *_ in rules()} | {"hook-json", "field", "kind", "launch-security", "not-checked"},
                     key=len, reverse=True)
        for path in sorted((GOLDEN / "inputs/lint").glob("*.yaml")):
            for version in ("1.8", "1.9"):
                for name, findings in lint("--kubevirt", version, path).items():
                    found = {finding["rule"] for finding in findings}
                    with self.subTest(path=path, name=name, version=version):
                        if name.startswith("good") and path.stem != "hooks":
                            self.assertEqual(found, set())
                        wanted = next((rule for rule in ids if name.startswith(rule)), None)
                        if wanted and (wanted, version) not in (("secure-boot-tdx", "1.9"), ("hook-plugins", "1.8")) \
                                and name != "secure-boot-with-smm":
                            self.assertIn(wanted, found)

    def test_once(self):
        """One mistake is one finding."""
        for version in ("1.8", "1.9"):
            for name, findings in lint("--kubevirt", version, GOLDEN / "inputs/lint/once.yaml").items():
                with self.subTest(name=name, version=version):
                    self.assertEqual(len(findings), 0 if name == "good" else 1, findings)

    def test_examples(self):
        """Each rule has an example that it finds something in, and one in which no rule does."""
        known = {rule for rule, *_ in rules()} | others()
        self.assertGreater(len(others()), 5)
        self.assertEqual({path.name for path in EXAMPLES.iterdir()}, known)
        for rule in sorted(known):
            for name in ("fails", "passes"):
                path = EXAMPLES / rule / f"{name}.yaml"
                command = path.read_text(encoding="utf-8").partition("\n")[0]
                with self.subTest(rule=rule, name=name):
                    self.assertTrue(command.startswith(COMMAND), command)
                    found = {finding["rule"] for findings in lint(*command[len(COMMAND):].split(), path).values()
                             for finding in findings}
                    self.assertEqual(found & {rule} if name == "fails" else found,
                                     {rule} if name == "fails" else set())

    def test_samples(self):
        """Each sample is clean for every version of KubeVirt that it is for."""
        versions = {"-before-1.7": ("1.5", "1.6"), "-snp": ("1.7", "1.8"), "-tdx": ("1.8",)}
        for path in sorted((ROOT / "deploy/samples").glob("*.yaml")):
            end = next(end for end in versions if path.stem.endswith(end))
            plugin = path.name.startswith("plugin")
            for version in ("1.9",) if plugin else versions[end]:
                with self.subTest(path=path, version=version):
                    (findings,) = lint("--kubevirt", version, *(["--plugin"] if plugin else []), path).values()
                    self.assertEqual(findings, [])


if __name__ == "__main__":
    unittest.main()
