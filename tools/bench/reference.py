#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the published networks for hyperlips-bench, in eager fp32.

usage: reference.py PUBLISHED_CODE
  PUBLISHED_CODE  a checkout of the published HyperLips code (the folder with models/)
Needs torch and numpy. Answers each line of JSON on standard input with one on standard output:
  {"do": "load", "network": NAME, "weights": FILE, "inputs": FILE, "order": [NAME...]}
  {"do": "run", "network": NAME, "batch": N, "seconds": S}   {"ms": milliseconds of a batch}
  {"do": "save", "network": NAME, "file": FILE}              the output for all inputs, as floats
The files are safetensors.
"""
import json
import math
import os
import sys
import time

# Answers alone go to standard output, whatever the published code prints.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402

from published_code import published_networks  # noqa: E402

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
         "I64": torch.int64, "I32": torch.int32}


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin = entry["data_offsets"][0]
        tensors[name] = torch.frombuffer(
            data, dtype=TYPES[entry["dtype"]], offset=begin,
            count=math.prod(entry["shape"])).reshape(entry["shape"])
    return tensors


class Networks:
    def __init__(self, folder):
        self.published = published_networks(folder)
        self.networks, self.inputs = {}, {}

    def load(self, network, weights, inputs, order):
        if network == "HyperLipsBase":
            module = self.published.HyperLipsBase()
        else:
            module = self.published.HRDecoder(int(network.rpartition("x")[2]))
        module.load_state_dict({name: value.float() if value.is_floating_point() else value
                                for name, value in read_safetensors(weights).items()})
        self.networks[network] = module.eval()
        tensors = read_safetensors(inputs)
        self.inputs[network] = [tensors[name] for name in order]
        return {}

    def run(self, network, batch, seconds):
        inputs = [tensor[:batch] for tensor in self.inputs[network]]
        start = time.perf_counter()
        calls = 0
        while True:
            self.networks[network](*inputs)
            calls += 1
            passed = time.perf_counter() - start
            if passed * (calls + 1) / calls >= seconds:
                return {"ms": passed / calls * 1e3}

    def save(self, network, file):
        output = self.networks[network](*self.inputs[network]).contiguous()
        output.numpy().tofile(file)
        return {}


def answer(value):
    print(json.dumps(value), file=ANSWERS, flush=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    networks = Networks(sys.argv[1])
    answer({"torch": torch.__version__, "threads": torch.get_num_threads()})
    with torch.no_grad():
        for line in sys.stdin:
            question = json.loads(line)
            action = getattr(networks, question.pop("do"))
            try:
                answer(action(**question))
            except Exception as error:
                answer({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
