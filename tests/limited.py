# SPDX-License-Identifier: Apache-2.0
"""A limit on the time of each test, for runners of unittest."""
import faulthandler
import unittest

LIMIT = 600  # seconds for one test or what sets up its class; some wait a minute for the server's own limits


class Result(unittest.TextTestResult):
    """Ends this process, with a traceback, if a test or what sets up its class takes longer than LIMIT.

    The watch is a thread without Python's lock, so a test that hangs in C is ended too.
    """

    current = None  # a file for the name of the test that runs

    def startTestRun(self):
        faulthandler.dump_traceback_later(LIMIT, exit=True)

    def startTest(self, test):
        if self.current:
            self.current.seek(0)
            print(test.id(), file=self.current, end="", flush=True)
            self.current.truncate()
        faulthandler.dump_traceback_later(LIMIT, exit=True)
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        faulthandler.dump_traceback_later(LIMIT, exit=True)

    def stopTestRun(self):
        faulthandler.cancel_dump_traceback_later()
