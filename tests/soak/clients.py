# SPDX-License-Identifier: Apache-2.0
"""What clients in Python share: how soak.py leads them, and what they tell it.

A client is started with the index of cases, a seed, a number of threads and the sockets. A line with a number on its
standard input makes so many requests; it answers with a line of JSON: the tally below.
"""
import collections
import json
import random
import sys
import threading

import mix


class Tally:
    """What a number of requests came to. Counters are of one thread each, and added up at the end."""

    def __init__(self):
        self.sure = collections.Counter()  # by case: answered right
        self.unsure = collections.Counter()  # by what became of them
        self.again = collections.Counter()  # by path: asked to send a large message again
        self.wrong = []

    def add(self, other):
        self.sure.update(other.sure)
        self.unsure.update(other.unsure)
        self.again.update(other.again)
        self.wrong += other.wrong

    def to_json(self):
        return json.dumps({"Sure": self.sure, "Unsure": self.unsure, "Again": self.again, "Wrong": self.wrong[:20]})


class Drawer:
    """Cases to draw from, by their weights."""

    def __init__(self, rng, rows):
        self.rng, self.rows = rng, rows
        self.weights = [row["weight"] for row in rows]

    def __call__(self):
        return self.rng.choices(self.rows, self.weights)[0]


class Worker:
    """A thread of a client; step() makes one request, or some, and returns how many."""

    def __init__(self, index, seed, sockets):
        self.rng = random.Random(seed)
        self.sockets = sockets
        self.sure = Drawer(self.rng, [row for row in index if row["sure"] and not row["long"]])
        self.unsure = Drawer(self.rng, [row for row in index if not row["sure"]])
        self.tally = Tally()

    def socket(self):
        return self.rng.choice(self.sockets)

    def begin(self):
        """Before a round of requests."""

    def end(self):
        """After one: nothing may be left open."""

    def step(self):
        raise NotImplementedError

    def run(self, count):
        self.tally = Tally()
        self.begin()
        try:
            while count > 0:
                count -= self.step()
        except Exception as error:  # pylint: disable=broad-except
            self.tally.wrong.append(f"{type(self).__name__}: {error!r}")
            raise
        finally:
            self.end()


def main(kind):
    """The program of a client whose threads are of class `kind`."""
    index, seed, threads = mix.read(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    workers = [kind(index, seed * 1000 + number, sys.argv[4:]) for number in range(threads)]
    for line in sys.stdin:
        running = [threading.Thread(target=worker.run, args=(-(-int(line) // threads),)) for worker in workers]
        total = Tally()
        for thread in running:
            thread.start()
        for thread, worker in zip(running, workers):
            thread.join()
            total.add(worker.tally)
        print(total.to_json(), flush=True)
