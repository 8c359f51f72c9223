#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""count_tests.py reads what Meson logs of GoogleTest, Check and plain programs."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent / "count_tests.py"
GTEST = ("[==========] 5 tests from 1 test suite ran. (3 ms total)\n[  PASSED  ] 2 tests.\n"
         "[  SKIPPED ] 1 test, listed below:\n[  SKIPPED ] Mel.Shared\n"
         "[  FAILED  ] 2 tests, listed below:\n[  FAILED  ] Mel.A\n[  FAILED  ] Mel.B\n\n 2 FAILED TESTS\n")


def count(*tests):
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "testlog-fast.json"
        log.write_text("".join(json.dumps(test) + "\n" for test in tests), encoding="utf-8")
        return subprocess.run([sys.executable, TOOL, folder], check=True, text=True,
                              capture_output=True).stdout.strip()


class CountTests(unittest.TestCase):
    def test_googletest_counts_cases(self):
        self.assertEqual(count({"name": "mel", "result": "FAIL", "stdout": GTEST}),
                         "2 passed, 2 failed, 1 skipped")

    def test_check_counts_cases(self):
        self.assertEqual(count({"name": "base", "result": "FAIL",
                                "stdout": "87%: Checks: 8, Failures: 1, Errors: 0\n"}),
                         "7 passed, 1 failed, 0 skipped")

    def test_a_crash_is_a_failure(self):
        self.assertEqual(count({"name": "mesh", "result": "FAIL", "stdout": "[ RUN      ] Mesh.A\n"}),
                         "0 passed, 1 failed, 0 skipped")

    def test_plain_programs_count_once(self):
        self.assertEqual(count({"name": "lint", "result": "OK", "stdout": "12 files"},
                               {"name": "none", "result": "SKIP"},
                               {"name": "slow", "result": "TIMEOUT"}),
                         "1 passed, 1 failed, 1 skipped")


if __name__ == "__main__":
    unittest.main()
