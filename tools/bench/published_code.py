# SPDX-License-Identifier: LGPL-2.1-or-later
"""Imports the networks of a checkout of the published HyperLips code. Needs torch and numpy."""
import importlib
import sys
import types


class _Anything(types.ModuleType):
    """Stands for a package that the networks do not use."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        import torch
        return torch.nn.Module


def published_networks(folder):
    """The module with HyperLipsBase and HRDecoder. `folder`: the one with models/."""
    stand_ins = ["cv2", "torchvision", "torchvision.transforms", "torchvision.transforms.functional",
                 "torchvision.models", "torchvision.models.resnet"]
    for name in stand_ins:
        sys.modules[name] = _Anything(name)
    # The module reads drawing styles when it is imported.
    for name in ("mediapipe", "mediapipe.solutions"):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].solutions = types.SimpleNamespace(
            drawing_utils=None, drawing_styles=None, face_mesh=None)
    sys.path.insert(0, folder)
    module = importlib.import_module("models.model_hyperlips")
    # PyTorch looks for the real ones later.
    for name in stand_ins:
        del sys.modules[name]
    return module
