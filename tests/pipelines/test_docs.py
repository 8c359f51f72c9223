#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: test_docs.py SOURCE_ROOT MAKE_MEDIA

Runs every launch line of the documentation as it is written, in a folder with the files it names, and
checks that each element's page names all of its properties.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ELEMENTS = ["hyperlips", "hyperlipsfacecrop", "hyperlipsmel", "hyperlipsbase", "hyperlipshr", "hyperlipscomposite",
            "hyperlipstestsrc"]
INHERITED = {"name", "parent", "async-handling", "message-forward"}
TIMEOUT_S = 600


def launch_lines(root):
    """(file, line) of each launch line; in C++ files they stand in SECTION comments."""
    files = [root / "README.md", *sorted((root / "docs").rglob("*.md")), *sorted((root / "gst").rglob("*.cpp"))]
    for file in files:
        # A backslash at the end continues a line, as in the shell.
        for text in re.sub(r"\\\n *", "", file.read_text()).splitlines():
            line = text.lstrip(" *")
            if line.startswith("gst-launch-1.0 "):
                yield file.relative_to(root), line


def properties(element):
    text = subprocess.run(["gst-inspect-1.0", element], capture_output=True, text=True, check=True).stdout
    section = text.split("Element Properties:", 1)[1] if "Element Properties:" in text else ""
    return {name for name in re.findall(r"^  ([a-z][a-z-]*) +: ", section, re.M)} - INHERITED


def main():
    root, make_media = pathlib.Path(sys.argv[1]), sys.argv[2]
    failed = passed = 0

    def report(ok, what, detail=""):
        nonlocal failed, passed
        failed, passed = failed + (not ok), passed + ok
        print(f"{'ok' if ok else 'FAILED'}: {what}{detail if not ok else ''}", flush=True)

    for element in ELEMENTS:
        page = (root / "docs/elements" / f"{element}.md").read_text()
        missing = sorted(name for name in properties(element) if f"`{name}`" not in page)
        report(not missing, f"docs/elements/{element}.md", f" does not name {', '.join(missing)}")

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([make_media, folder], check=True)
        done = set()
        for file, line in launch_lines(root):
            if line in done:
                continue
            done.add(line)
            try:
                run = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S)
                output = run.stdout + run.stderr
                ok = run.returncode == 0 and "CRITICAL" not in output and "Got EOS" in output
            except subprocess.TimeoutExpired as late:
                ok, output = False, f"still running after {TIMEOUT_S} s\n{late.stdout}"
            report(ok, f"{file}: {line}", f"\n{output[-2000:]}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
