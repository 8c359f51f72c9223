#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what every file of the tree must keep to.

usage: lint.py SOURCE_ROOT
"""
import pathlib
import re
import subprocess
import sys

SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later"
SOURCES = {".c", ".cc", ".cpp", ".h", ".hpp", ".cu", ".py", ".sh"}
SOURCE_NAMES = {"hyperlips", "meson.build", "run"}
MAX_LINES = 600
# Files that may be longer, each with its reason.
LONG = {}
# Clips and trained weights never belong in the repository; small fixtures of tests do.
FORBIDDEN_SUFFIXES = {".pth", ".pt", ".mp4", ".mkv", ".avi", ".mov", ".whl", ".onnx", ".tflite"}
MAX_BYTES = 4_000_000
# Folders of one machine, spelled so that this line does not match itself.
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(?:work|home|root)/[\w.]")


def tracked_files(root):
    """The files under version control, or, in an unpacked release, all but hidden and built ones."""
    try:
        output = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True,
                                capture_output=True).stdout.decode()
        return [root / name for name in output.split("\0") if name and (root / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        return [path for path in root.rglob("*") if path.is_file() and not any(
            part.startswith((".", "build", "__pycache__")) for part in path.relative_to(root).parts)]


def problems_of(root, path):
    name = path.relative_to(root).as_posix()
    if path.suffix in FORBIDDEN_SUFFIXES and not name.startswith("tests/"):
        yield f"{name}: files of this kind are not kept in the repository"
        return
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        yield f"{name}: {len(data)} bytes, at most {MAX_BYTES} are kept in the repository"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if MACHINE_PATHS.search(line):
            yield f"{name}:{number}: names a folder of one machine"
    if path.suffix not in SOURCES and path.name not in SOURCE_NAMES:
        return
    head = lines[1:2] if lines and lines[0].startswith("#!") else lines[:1]
    if lines and SPDX not in "".join(head):
        yield f"{name}: does not begin with the line \"{SPDX}\""
    if len(lines) > MAX_LINES and name not in LONG:
        yield f"{name}: {len(lines)} lines, at most {MAX_LINES}: give it a narrower task, or list it in LONG"
    if lines and not text.endswith("\n"):
        yield f"{name}: does not end with a newline"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{name}:{number}: ends with white space"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]).resolve()
    files = tracked_files(root)
    problems = [problem for path in files for problem in problems_of(root, path)]
    problems += [f"{name}: no longer needs its place in LONG of tests/lint.py" for name in LONG
                 if not (root / name).is_file()
                 or len((root / name).read_text(encoding="utf-8").splitlines()) <= MAX_LINES]
    print(*problems, f"{len(files)} files, {len(problems)} problems", sep="\n")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
