#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints "N passed, N failed, N skipped" for the last run of meson test.

usage: count_tests.py MESON_LOGS_DIR

Counts the cases inside GoogleTest and Check programs, by their closing lines, and 1 for any other
test. A program that fails without saying how many of its cases did counts as one failure.
"""
import json
import pathlib
import re
import sys

BAD = {"FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS"}
GTEST = {key: re.compile(rf"^\[  {word}[ ]*\] (\d+) tests?[.,]", re.M)
         for key, word in (("passed", "PASSED"), ("failed", "FAILED"), ("skipped", "SKIPPED"))}
CHECK = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)


def count(test):
    """passed, failed, skipped of one line of the log."""
    output = test.get("stdout", "") or ""
    result = {key: sum(map(int, pattern.findall(output))) for key, pattern in GTEST.items()}
    for checks, failures, errors in CHECK.findall(output):
        failed = int(failures) + int(errors)
        result["passed"] += int(checks) - failed
        result["failed"] += failed
    if test["result"] in BAD:
        result["failed"] = max(1, result["failed"])
    elif not any(result.values()):
        result["skipped" if test["result"] == "SKIP" else "passed"] = 1
    return result


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    logs = sorted(pathlib.Path(sys.argv[1]).glob("testlog*.json"), key=lambda p: p.stat().st_mtime)
    if not logs:
        sys.exit(f"{sys.argv[1]} holds no testlog.json; run meson test first")
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for line in logs[-1].read_text(encoding="utf-8").splitlines():
        for key, number in count(json.loads(line)).items():
            total[key] += number
    print(", ".join(f"{number} {key}" for key, number in total.items()))


if __name__ == "__main__":
    main()
