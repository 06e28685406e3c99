#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare launchsec's judge of QEMU's arguments with a model of QEMU that was worked out apart from it.

    check_judge.py --judge BINARY [--count N] [--seed N]   needs neither QEMU nor a network
    check_judge.py --qemu BINARY [--count N] [--seed N]    whether a real QEMU does what the model says

The judge reads one JSON array a line, an option and perhaps its value, and answers one word a line.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict

import cases
import model
import observe

ANSWERS = {*model.DECIDES, "harmless", "unknown"}
REFUSED = set(model.DECIDES)
EXAMPLES = 6
LONGEST_SHOWN = 200


def complaint(kind, answer):
    """What is wrong with ANSWER where the model says KIND, or None."""
    if kind == "protection" and answer != "protection":
        return "decides over the protection"
    if kind in REFUSED and answer not in REFUSED:
        return f"decides over {kind}"
    if kind == model.RISKY and answer == model.HARMLESS:
        return "is not harmless"
    if kind == model.HARMLESS and answer != model.HARMLESS:
        return "is in use and harmless"
    if kind == model.NOTHING and answer == "protection":
        return "decides nothing"
    return None


def doubt(kind, answer):
    """What a human should look at where the model says KIND and the judge ANSWER, or None."""
    if answer == "protection" and kind in REFUSED and kind != "protection":
        return f"decides over {kind}: no permission would help"
    if kind == model.NOTHING and answer in REFUSED:
        return "decides nothing: permission is needed"
    return None


def judged(binary, pairs):
    """The judge's word for each of PAIRS."""
    lines = "".join(json.dumps(pair) + "\n" for pair in pairs)
    done = subprocess.run([binary], input=lines, capture_output=True, text=True, check=False, timeout=600)
    answers = done.stdout.split("\n")[:-1]
    if done.returncode or len(answers) != len(pairs) or not set(answers) <= ANSWERS:
        odd = sorted(set(answers) - ANSWERS)[:5]
        sys.exit(f"{binary} ended with {done.returncode}, {len(answers)} answers to {len(pairs)}, odd ones {odd}: {done.stderr[-400:]}")
    return answers


def shown(pair):
    text = json.dumps(pair, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"


def tell(title, found):
    """FOUND, pairs of (pair, text), under TITLE: of those with the same option and text the shortest ones."""
    print(f"{title}: {len(found)}")
    alike = defaultdict(set)
    for pair, text in found:
        alike[pair[0].lstrip("-")[:20], text].add(shown(pair))
    for (_, text), pairs in sorted(alike.items()):
        print(f"  {text}: {len(pairs)}")
        for pair in sorted(pairs, key=lambda one: (len(one), one))[:EXAMPLES]:
            print(f"    {pair}")


def compare(binary, pairs):
    """The number of pairs over which the judge BINARY and the model disagree."""
    wrong, doubtful, tally = [], [], Counter()
    for pair, answer in zip(pairs, judged(binary, pairs)):
        kind, why = model.verdict(pair)
        tally[kind] += 1
        if text := complaint(kind, answer):
            wrong.append((pair, f"judged {answer}, {text} ({why})"))
        elif text := doubt(kind, answer):
            doubtful.append((pair, f"judged {answer}, {text} ({why})"))
    print(f"{len(pairs)} pairs: " + ", ".join(f"{kind} {number}" for kind, number in sorted(tally.items())))
    missing = {*model.DECIDES, model.HARMLESS, model.NOTHING, model.OPEN} - set(tally)
    if missing:
        sys.exit(f"no pair of the kinds {sorted(missing)}: nothing was compared there")
    if doubtful:
        tell("to be looked at, no failure", doubtful)
    tell("disagreements", wrong)
    return len(wrong)


def against_qemu(binary, pairs):
    """The number of pairs of which QEMU at BINARY makes what the model does not foresee."""
    pairs = [pair for pair in pairs if observe.worth_asking(pair)]
    wrong, broader = [], []
    for pair, (reached, text) in zip(pairs, observe.all_of(binary, pairs)):
        kind, why = model.verdict(pair)
        if "protection" in reached and kind != "protection" or reached and kind not in REFUSED:
            wrong.append((pair, f"model {kind} ({why}), QEMU reaches {sorted(reached)}: {text}"))
        elif kind in REFUSED and not reached:
            broader.append((pair, f"model {kind} ({why})"))
    tell("model says more than can be seen of QEMU", broader)
    tell(f"{len(pairs)} pairs given to QEMU, disagreements", wrong)
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--judge", metavar="BINARY")
    what.add_argument("--qemu", metavar="BINARY", help="qemu-system-x86_64, from 10.0 on")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=12)
    options = parser.parse_args()
    pairs = list(cases.pairs(options.count, options.seed))
    ask = compare if options.judge else against_qemu
    return 1 if ask(os.path.abspath(options.judge or options.qemu), pairs) else 0


if __name__ == "__main__":
    sys.exit(main())
