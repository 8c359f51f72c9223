#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks that gst-inspect-1.0 shows each element without a warning."""
import os
import subprocess
import sys

ELEMENTS = ["hyperlips", "hyperlipsfacecrop", "hyperlipsmel", "hyperlipsbase", "hyperlipshr", "hyperlipscomposite",
            "hyperlipstestsrc"]

# The first run scans all plugins and may print warnings about others.
subprocess.run(["gst-inspect-1.0", "hyperlips"], capture_output=True, check=False)
environment = dict(os.environ, G_DEBUG="fatal-warnings", GST_DEBUG="*:2")
failed = 0
for name in ELEMENTS:
    run = subprocess.run(["gst-inspect-1.0", name], env=environment, capture_output=True, text=True, check=False)
    ok = run.returncode == 0 and not run.stderr.strip() and "Pad Templates:" in run.stdout
    failed += not ok
    print(f"{'ok' if ok else 'FAILED'}: {name}" + ("" if ok else f" ({run.returncode})\n{run.stderr}"))
sys.exit(failed > 0)
