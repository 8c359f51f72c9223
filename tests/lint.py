#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the rules of CONTRIBUTING.md that a machine can check.

usage: lint.py SOURCE_ROOT
"""
import pathlib
import re
import shutil
import subprocess
import sys

SPDX = "SPDX-License-Identifier: LGPL-2.1-or-later"
CXX = {".cpp", ".h", ".hpp"}
SOURCES = CXX | {".c", ".cc", ".cu", ".py", ".sh"}
SOURCE_NAMES = {"hyperlips", "meson.build", "run"}
MAX_LINES = 600
# Files that may be longer, each with its reason.
LONG = {}
MAX_COLUMNS = {".cpp": 100, ".h": 100, ".hpp": 100, ".md": 120}
# Clips and trained weights never belong in the repository; small fixtures of tests do.
FORBIDDEN_SUFFIXES = {".pth", ".pt", ".mp4", ".mkv", ".avi", ".mov", ".whl", ".onnx", ".tflite"}
MAX_BYTES = 4_000_000
# Folders of one machine, spelled so that this line does not match itself.
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(?:work|home|root)/[\w.]")

# Who may include whom. Keys and values are folders; the longest key that a file lies in counts, and a
# folder may always include itself.
INCLUDES = {
    "lib/util": {"lib/hyperlips/error.hpp"},
    "lib/hyperlips": {"lib/util"},
    "lib/hyperlips/own_mouths": {"lib/hyperlips/error.hpp", "lib/hyperlips/face", "lib/hyperlips/model",
                                 "lib/hyperlips/video", "lib/util"},
    "lib/hyperlips/talk": {"lib/hyperlips", "lib/util"},
    "lib/synth": {"lib/hyperlips", "lib/util"},
    "gst": {"lib"},
    "gst/lib": {"lib/hyperlips", "lib/util"},
    "training": {"lib", "gst/lib/media"},
    "tools": {"lib", "gst/lib/media"},
    # Not installed. Its weights and faces are those of the tests.
    "tools/bench": {"lib", "gst/lib/media", "tests/common", "tools/redub/program_folder.hpp"},
    "examples": {"lib"},
}
# Where an include of ours is looked up: the folders that the build passes with -I.
INCLUDE_ROOTS = ("lib", "lib/synth/include", "gst/lib/include", "", "tests")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')

# Constants are kLikeThis. At file and namespace scope, where the line begins in column 0.
CONSTANT = re.compile(r"^(?:inline |static )*(?:constexpr|const) [\w:<>, *&]+? ([a-z]\w*)(?:\[[^\]]*\])* *[={]")
CONSTANT_NAME = re.compile(r"k[A-Z0-9]\w*")
# American spelling in identifiers. British words stand in sentences that synthetic people say.
BRITISH = re.compile(r"[cC]olour|[cC]entre|[bB]ehaviour|[nN]eighbour|[gG]rey(?!hound)"
                     r"|(?:ptimi|ormali|uanti|ynchroni|nitiali)s(?:e|ing|ation)")
BRITISH_ALLOWED = {"lib/synth/speech/grammars.cpp", "tests/lint.py"}


def tracked_files(root):
    """The files under version control, or, in an unpacked release, all but hidden and built ones."""
    try:
        output = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True,
                                capture_output=True).stdout.decode()
        return [root / name for name in output.split("\0") if name and (root / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        return [path for path in root.rglob("*") if path.is_file() and not any(
            part.startswith((".", "build", "__pycache__")) for part in path.relative_to(root).parts)]


def within(name, folder):
    return name == folder or name.startswith(folder + "/")


def included_file(root, name, include):
    """The path of an included file of this tree, or None for a file of the system."""
    beside = pathlib.PurePosixPath(name).parent / include
    for path in [beside.as_posix(), *(f"{folder}/{include}".lstrip("/") for folder in INCLUDE_ROOTS)]:
        if (root / path).is_file():
            return path
    return None


def include_problems(root, name, lines):
    rooms = [room for room in INCLUDES if within(name, room)]
    if not rooms:
        return
    room = max(rooms, key=len)
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        path = included_file(root, name, found[1]) if found else None
        if path and not any(within(path, allowed) for allowed in {room, *INCLUDES[room]}):
            yield f"{name}:{number}: {room} must not include {path}"


def cxx_problems(root, name, lines):
    yield from include_problems(root, name, lines)
    for number, line in enumerate(lines, 1):
        constant = CONSTANT.match(line)
        if constant and not CONSTANT_NAME.fullmatch(constant[1]):
            yield f"{name}:{number}: the constant {constant[1]} is not named kLikeThis"
        british = BRITISH.search(line)
        if british and name not in BRITISH_ALLOWED:
            yield f"{name}:{number}: \"{british[0]}\" is not American spelling"


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
        # A launch line is one line, so that it can be copied; so is a link.
        limit = MAX_COLUMNS.get(path.suffix)
        if limit and len(line) > limit and "gst-launch-1.0 " not in line and not re.search(r"\]\(\S+\)$|^\|", line):
            yield f"{name}:{number}: {len(line)} columns, at most {limit}"
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
    if path.suffix in CXX:
        yield from cxx_problems(root, name, lines)


def tool_problems(root, files):
    """What clang-format and codespell report, where they are installed."""
    cxx = [str(path.relative_to(root)) for path in files if path.suffix in CXX]
    texts = [str(path.relative_to(root)) for path in files
             if path.suffix in CXX | {".md", ".py", ".build", ".yml"} or path.name in SOURCE_NAMES]
    for command in (["clang-format", "--dry-run", "--Werror", "--ferror-limit=1", *cxx],
                    ["codespell", "--config", ".codespellrc", *texts]):
        if not shutil.which(command[0]):
            print(f"{command[0]} is not installed: not checked")
            continue
        # Other versions of clang-format break some lines elsewhere.
        if command[0] == "clang-format" and "version 14." not in subprocess.run(
                ["clang-format", "--version"], capture_output=True, text=True).stdout:
            print("clang-format is not version 14: not checked")
            continue
        run = subprocess.run(command, cwd=root, capture_output=True, text=True)
        output = run.stdout + run.stderr
        if run.returncode or (command[0] == "codespell" and output.strip()):
            for line in output.splitlines():
                if ": error: " in line or "==>" in line:
                    yield f"{command[0]}: {line}"
            if run.returncode and not output.strip():
                yield f"{command[0]} ended with {run.returncode}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1]).resolve()
    files = tracked_files(root)
    problems = [problem for path in files for problem in problems_of(root, path)]
    problems += [f"{name}: no longer needs its place in LONG of tests/lint.py" for name in LONG
                 if not (root / name).is_file()
                 or len((root / name).read_text(encoding="utf-8").splitlines()) <= MAX_LINES]
    problems += tool_problems(root, files)
    print(*problems, f"{len(files)} files, {len(problems)} problems", sep="\n")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
