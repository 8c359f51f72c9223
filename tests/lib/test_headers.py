#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that each installed header compiles alone, twice in a row, and includes no header of the
project that is not installed.

usage: test_headers.py SOURCE_DIR HEADER... -- COMPILER [ARGUMENT...]

The headers are paths below SOURCE_DIR, the only include directory of the project.
"""
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    end = sys.argv.index("--")
    source_dir, headers, compiler = sys.argv[1], sys.argv[2:end], sys.argv[end + 1:]
    with tempfile.TemporaryDirectory() as folder:
        for header in headers:
            target = pathlib.Path(folder, header)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(pathlib.Path(source_dir, header), target)

        def compile_alone(header):
            code = f"#include <{header}>\n" * 2
            command = [*compiler, "-I", folder, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++", "-"]
            result = subprocess.run(command, input=code, text=True, capture_output=True, check=False)
            return header, result.returncode, result.stderr

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(compile_alone, headers))
    failed = [result for result in results if result[1] != 0]
    for header, _, messages in failed:
        print(f"{header} does not compile alone:\n{messages}")
    print(f"{len(headers)} headers, {len(failed)} failures")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
