#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Time a base training step beside the published PyTorch code's, in turns on the same machine.

usage: compare_training_step.py PUBLISHED_CODE BENCH [--rounds N]
  PUBLISHED_CODE  a checkout of the published HyperLips code (the folder with models/)
  BENCH           build/tests/benchmarks/bench-training-step (HYPERLIPS_TEST_DATA must name tests/data)
Needs a Python with the PyTorch whose LibTorch the build uses. A step is forward, backward and Adam of
HyperLipsBase with the L1 loss on 8 faces. Prints the median seconds of both and their ratio.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools/bench"))
from published_code import published_networks  # noqa: E402


def time_published(folder, bf16, steps):
    """Seconds of each step but the first."""
    network = published_networks(folder).HyperLipsBase().train()
    optimizer = torch.optim.Adam(network.parameters(), 1e-4, betas=(0.5, 0.999))
    mels, faces = torch.randn(8, 1, 80, 16), torch.rand(8, 6, 128, 128)
    target = torch.rand(8, 3, 128, 128)
    times = []
    for _ in range(steps + 1):
        start = time.monotonic()
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            made = network(mels, faces)
        loss = torch.nn.functional.l1_loss(made.float(), target)
        loss.backward()
        optimizer.step()
        loss.item()
        times.append(time.monotonic() - start)
    return times[1:]


def output_of(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("published")
    parser.add_argument("bench")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=4, help="in each round")
    parser.add_argument("--only-published", choices=["fp32", "bf16"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_published:
        bf16 = options.only_published == "bf16"
        print(json.dumps(time_published(options.published, bf16, options.steps)))
        return
    for precision in ("fp32", "bf16"):
        theirs, ours = [], []
        for _ in range(options.rounds):
            # Each in a process of its own, so that neither finds the other's threads and memory.
            theirs += output_of([sys.executable, *sys.argv, "--only-published", precision])
            rows = output_of([options.bench, f"--benchmark_filter=Generator/{precision}",
                              "--benchmark_format=json", f"--benchmark_repetitions={options.steps}",
                              "--benchmark_min_time=0.01"])["benchmarks"]
            ours += [row["real_time"] / 1e3 for row in rows if row.get("run_type") == "iteration"]
        a, b = statistics.median(theirs), statistics.median(ours)
        print(f"{precision}: published {a:.2f} s, ours {b:.2f} s, ratio {a / b:.2f} "
              f"({torch.get_num_threads()} threads)", flush=True)


if __name__ == "__main__":
    main()
