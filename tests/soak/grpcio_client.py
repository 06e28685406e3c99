#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client of the soak: python3-grpcio, on kept and on fresh channels, with deadlines and calls given up."""
import pathlib
import sys
import threading

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / part) for part in ("server", "bench")]
import grpc  # noqa: E402 (needs the path)

import clients  # noqa: E402
import mix  # noqa: E402

PATIENCE = 120
SIZES = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20),
         ("grpc.use_local_subchannel_pool", 1)]
ENDED = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)


def fault(row, answer, error):
    """What is wrong with an answer, or None."""
    if error is not None:
        if (error.code().value[0], error.details()) != (row["code"], row["text"]):
            return f"found {error.code()} {error.details()!r}; want {row['code']} {row['text']!r}"
    elif row["code"] != 0 or answer != row["answer"]:
        return f"found another answer of {len(answer)} bytes"
    return None


class Worker(clients.Worker):
    """Calls one after the other."""

    channel = brief = None

    def open(self):
        return grpc.insecure_channel("unix:" + self.socket(), options=SIZES)

    def begin(self):
        self.channel, self.brief = self.open(), self.open()

    def end(self):
        self.channel.close()
        self.brief.close()

    @staticmethod
    def outcome(channel, row, timeout, stop=None):
        """(answer, error)"""
        packed = grpc.Compression.Gzip if row["gzip"] else None
        future = channel.unary_unary(row["path"]).future(row["message"], timeout=timeout, compression=packed)
        if stop is not None:
            threading.Timer(stop, future.cancel).start()
        try:
            return future.result(), None
        except grpc.FutureCancelledError:
            return None, future
        except grpc.RpcError as error:
            return None, error

    def call(self, channel):
        row = self.sure()
        while True:
            answer, error = self.outcome(channel, row, PATIENCE)
            if error is None or error.details() != mix.AGAIN:
                break
            self.tally.again[row["path"]] += 1
        found = fault(row, answer, error)
        if found is None:
            self.tally.sure[row["name"]] += 1
        else:
            self.tally.wrong.append(f"{row['name']}: {found}")

    def stop(self):
        """A call that a deadline ends, or this side; where it is answered, the answer has to be right."""
        row, moment = self.unsure(), self.rng.random() * 0.01
        answer, error = self.outcome(self.brief, row, *((PATIENCE, moment) if self.rng.random() < 0.3 else (moment,)))
        if error is not None and (error.code() in ENDED or error.details() == mix.AGAIN):
            self.tally.unsure[error.code().name] += 1
        elif (found := fault(row, answer, error)) is None:
            self.tally.unsure["answered"] += 1
        else:
            self.tally.wrong.append(f"{row['name']}: {found}")

    def step(self):
        choice = self.rng.random()
        if choice < 0.8:
            self.call(self.channel)
        elif choice < 0.9:
            with self.open() as channel:
                self.call(channel)
        elif choice < 0.99:
            self.stop()
        else:
            self.brief.close()  # whatever is under way on it
            self.brief = self.open()
            return 0
        return 1


if __name__ == "__main__":
    clients.main(Worker)
