#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: make_published.py

Writes published.pth beside this file with PyTorch itself (made with 2.15.0): the checkpoint of a
training script as HyperLips publishes it, {state_dict, optimizer, global_step, global_epoch}, of a
small network after two steps of Adam. The parameter "last.bias" has no gradient, hence no moments.
"""
import io
import pathlib
from collections import OrderedDict

import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 3, 2)
        self.norm = torch.nn.BatchNorm2d(3)
        self.last = torch.nn.Linear(3, 1)
        self.last.bias.requires_grad_(False)

    def forward(self, pictures):
        return self.last(self.norm(self.conv(pictures)).mean((2, 3)))


def main():
    torch.manual_seed(1)
    net = Net()
    adam = torch.optim.Adam(net.parameters(), lr=1e-4, betas=(0.5, 0.999))
    for _ in range(2):
        adam.zero_grad()
        net(torch.rand(2, 1, 4, 4)).square().mean().backward()
        adam.step()
    # Without _metadata, the versions of the modules, which a training checkpoint does not hold.
    state = OrderedDict(net.state_dict())
    # A file object, not a path: the folder in the zip is then "archive", not the file's name.
    file = io.BytesIO()
    torch.save({"state_dict": state, "optimizer": adam.state_dict(), "global_step": 70000,
                "global_epoch": 300}, file)
    (pathlib.Path(__file__).parent / "published.pth").write_bytes(file.getvalue())


if __name__ == "__main__":
    main()
