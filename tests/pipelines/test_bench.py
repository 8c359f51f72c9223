#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs hyperlips-bench: its table, its JSON, and the published code beside it, for which another
program stands. How long anything takes does not matter.

usage: test_bench.py BENCH
"""
import json
import pathlib
import subprocess
import sys
import tempfile

NETWORK = "HRDecoder x1 openvino fp32 threads 0 batch 1 whole"
REFERENCE = """#!/usr/bin/env python3
import json, pathlib, sys
def answer(value):
    print(json.dumps(value), flush=True)
answer({"torch": "none", "threads": 3})
for line in sys.stdin:
    question = json.loads(line)
    if question["do"] == "save":
        pathlib.Path(question["file"]).write_bytes(bytes(4 * 3 * 128 * 128))
    answer({"ms": 1e6} if question["do"] == "run" else {})
"""
problems = []


def check(condition, what):
    if not condition:
        problems.append(what)


def run(*arguments):
    done = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done


def check_rows(rows, keys, where):
    check(rows, f"{where}: no rows")
    for row in rows:
        missing = set(keys) - row.keys()
        check(not missing, f"{where}: {missing} missing in {row}")


def test_networks(folder):
    file = folder / "networks.json"
    done = run("networks", "--repeat", "2", "--batch", "1", "--only", NETWORK, "--json", str(file))
    check(done.returncode == 0, "networks: failed")
    check("HRDecoder x1  openvino  fp32" in done.stdout, "networks: no table")
    document = json.loads(file.read_text())
    check({"cpu", "cores", "flags", "versions"} <= document["machine"].keys(), "machine is not described")
    section, = document["sections"]
    check(section["name"] == "networks", "another section")
    check({"load_average_before", "others_percent", "stolen_percent", "seconds"} <= section["load"].keys(),
          "load is not described")
    check_rows(section["rows"], ["network", "backend", "device", "precision", "threads", "batch", "first_row",
                                 "ms_min", "ms_median", "rounds", "weights"], "networks")
    check(len(section["rows"]) == 1 and section["rows"][0]["rounds"] == 2, "not one row of two rounds")


def test_reference(folder):
    python = folder / "python"
    python.write_text(REFERENCE)
    python.chmod(0o755)
    done = run("networks", "--repeat", "1", "--batch", "1", "--only", NETWORK, "--json", "-",
               "--reference", str(folder), "--python", str(python))
    check(done.returncode == 0, "reference: failed")
    rows = json.loads(done.stdout)["sections"][0]["rows"]
    check([row["backend"] for row in rows] == ["openvino", "published"], f"reference: {rows}")
    check_rows(rows[:1], ["ratio_min", "ratio_median", "difference_mean", "difference_max"], "reference")
    # The other program answers 1000 s, and a black picture.
    check(rows[0]["ratio_min"] > 1 and rows[0]["difference_max"] > 1, f"reference: {rows[0]}")
    check(rows[1]["ms_min"] == 1e6 and rows[1]["threads"] == 3, f"reference: {rows[1]}")


def test_failures(folder):
    check(run("network").returncode == 2, "an unknown section is no wrong usage")
    done = run("networks", "--only", NETWORK, "--reference", str(folder), "--python", "/bin/true")
    check(done.returncode == 1 and "ended" in done.stdout, "a Python that ends is no failure")


def test_redub(folder):
    file = folder / "redub.json"
    done = run("redub", "--repeat", "1", "--only", "base 720 1 s", "--json", str(file))
    check(done.returncode == 0, "redub: failed")
    rows = json.loads(file.read_text())["sections"][0]["rows"]
    check_rows(rows, ["networks", "height", "seconds", "faces", "s_min", "s_median", "speed_median",
                      "speed_max", "cpu_s_median", "peak_mb", "backend", "precision"], "redub")
    check(rows and rows[0]["frames"] == 25 and rows[0]["frames_generated"] > 0, f"redub: {rows}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for test in (test_networks, test_reference, test_failures, test_redub):
            print(test.__name__, flush=True)
            test(pathlib.Path(folder))
    print(f"{len(problems)} problems", *problems, sep="\n  ")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
