#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the .pth fixtures beside this file with Python's own pickle and zipfile.

The classes below stand in for PyTorch's under PyTorch's names, so that a pickle comes out as
torch.save makes it, also for the cases that a current PyTorch no longer writes. PyTorch itself
writes published.pth: see make_published.py.
"""
import io
import math
import pathlib
import pickle
import struct
import sys
import types
import zipfile
import zlib
from collections import OrderedDict

HERE = pathlib.Path(__file__).parent
CORPUS = HERE / "../../fuzz/corpus/pth"


def module(name):
    sys.modules[name] = types.ModuleType(name)
    return sys.modules[name]


torch, utils, storage_module = module("torch"), module("torch._utils"), module("torch.storage")


def stand_in(owner, name, value):
    value.__module__, value.__qualname__, value.__name__ = owner.__name__, name, name
    setattr(owner, name, value)
    return value


def function(name):
    def rebuild(*_):
        raise AssertionError("only its name is pickled")
    return stand_in(utils, name, rebuild)


rebuild_v1 = function("_rebuild_tensor")
rebuild_v2 = function("_rebuild_tensor_v2")
rebuild_v3 = function("_rebuild_tensor_v3")
rebuild_parameter = function("_rebuild_parameter")
Size = stand_in(torch, "Size", type("Size", (tuple,), {
    "__reduce__": lambda self: (Size, (tuple(self),))}))
Untyped = stand_in(storage_module, "UntypedStorage", type("UntypedStorage", (), {}))


class ScalarType:
    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name  # pickle looks the name up in __module__


ScalarType.__module__ = "torch"


def scalar_type(name):
    value = ScalarType(name)
    setattr(torch, name, value)
    return value


def bfloat16(values):
    return b"".join(struct.pack("<f", v)[2:] for v in values)


def packer(code):
    return lambda values: struct.pack(f"<{len(values)}{code}", *values)


# name -> storage class, torch.dtype, packing, bytes per element
TYPES = {name: (stand_in(torch, storage, type(storage, (), {})), scalar_type(scalar), pack, size)
         for name, storage, scalar, pack, size in (
             ("f64", "DoubleStorage", "float64", packer("d"), 8),
             ("f32", "FloatStorage", "float32", packer("f"), 4),
             ("f16", "HalfStorage", "float16", packer("e"), 2),
             ("bf16", "BFloat16Storage", "bfloat16", bfloat16, 2),
             ("i64", "LongStorage", "int64", packer("q"), 8),
             ("i32", "IntStorage", "int32", packer("i"), 4),
             ("i16", "ShortStorage", "int16", packer("h"), 2),
             ("i8", "CharStorage", "int8", packer("b"), 1),
             ("u8", "ByteStorage", "uint8", packer("B"), 1),
             ("bool", "BoolStorage", "bool", packer("?"), 1))}


class Storage:
    def __init__(self, kind, values, untyped=False, view=None):
        self.kind, self.count, self.view = kind, len(values), view
        self.cls, self.dtype, pack, self.item_size = TYPES[kind]
        self.data = pack(values)
        if untyped:
            self.cls, self.count, self.item_size = Untyped, len(self.data), 1


class Tensor:
    def __init__(self, storage, shape, strides=None, offset=0, version=2):
        if strides is None:
            strides, step = [], 1
            for size in reversed(shape):
                strides.insert(0, step)
                step *= size
        self.storage, self.version = storage, version
        self.arguments = (storage, offset, tuple(shape), tuple(strides))

    def __reduce__(self):
        if self.version == 1:
            return rebuild_v1, self.arguments
        arguments = self.arguments + (False, OrderedDict())
        if self.version == 3:
            return rebuild_v3, arguments + (self.storage.dtype, None)
        return rebuild_v2, arguments


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return rebuild_parameter, (self.tensor, True, OrderedDict())


class Pickler(pickle.Pickler):
    """Storages become persistent ids; `storages` collects them by key."""

    def __init__(self, file, protocol, legacy):
        super().__init__(file, protocol)
        self.storages, self.keys, self.legacy = {}, {}, legacy

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        key = self.keys.setdefault(id(value), str(len(self.keys) + (94000 if self.legacy else 0)))
        self.storages[key] = value
        identity = ("storage", value.cls, key, "cuda:0", value.count)
        return identity + (value.view,) if self.legacy else identity


def dump(value, protocol, legacy=False):
    file = io.BytesIO()
    pickler = Pickler(file, protocol, legacy)
    pickler.dump(value)
    return file.getvalue(), pickler.storages


def write_zip(name, value, protocol=2, compression=zipfile.ZIP_STORED, byteorder="little",
              checksums=True, folder=HERE):
    data, storages = dump(value, protocol)
    stem = name.removesuffix(".pth")
    members = {"data.pkl": data, "byteorder": byteorder.encode()}
    members |= {f"data/{key}": storage.data for key, storage in storages.items()}
    members["version"] = b"3\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"{stem}/{member}"), content, compression)
    content = file.getvalue()
    if not checksums:
        # As with torch.serialization.set_crc32_options(False); lets a fuzzer change the content.
        for member in members.values():
            content = content.replace(struct.pack("<I", zlib.crc32(member)), bytes(4))
    (folder / name).write_bytes(content)


def write_legacy(name, value, protocol=2, folder=HERE):
    data, storages = dump(value, protocol, legacy=True)
    facts = {"protocol_version": 1001, "little_endian": True,
             "type_sizes": {"short": 2, "int": 4, "long": 4}}
    parts = [pickle.dumps(part, protocol) for part in (0x1950A86A20F9469CFC6C, 1001, facts)]
    parts += [data, pickle.dumps(list(storages), protocol)]
    for storage in storages.values():
        parts += [struct.pack("<q", len(storage.data) // storage.item_size), storage.data]
    (folder / name).write_bytes(b"".join(parts))


def tensors(prefix="", version=2, untyped=False):
    """One tensor of each type, then each way to lie in a storage. The tests know the values."""
    numbers = [0, 1, 2, 100]
    result = OrderedDict()
    for kind in TYPES:
        values = [v * (1 if kind in ("u8", "bool") else -1) for v in numbers]
        result[prefix + kind] = Tensor(Storage(kind, values, untyped), (2, 2), version=version)
    six = Storage("f32", [0, 0.5, 1, 1.5, 2, 2.5], untyped)
    result[prefix + "whole"] = Tensor(six, (2, 3), version=version)
    result[prefix + "transposed"] = Tensor(six, (3, 2), (1, 3), version=version)
    result[prefix + "row"] = Tensor(six, (3,), (1,), 3, version=version)
    result[prefix + "column"] = Tensor(six, (2, 1), (3, 1), 1, version=version)
    result[prefix + "expanded"] = Tensor(six, (2, 2), (0, 1), 4, version=version)
    result[prefix + "scalar"] = Tensor(six, (), (), 5, version=version)
    result[prefix + "empty"] = Tensor(Storage("f32", [], untyped), (0, 5), (5, 1), version=version)
    result[prefix + "parameter"] = Parameter(
        Tensor(Storage("f16", [7, 8], untyped), Size((2,)), (1,), version=version))
    return result


class Command:
    def __reduce__(self):
        import os
        return os.system, ("touch hyperlips-was-run",)


def training(first_id, step):
    """A network with batch norm after two steps of Adam; fc.bias has had no gradient yet."""
    state = OrderedDict()
    shapes = {"conv.weight": (2, 1, 1, 2), "bn.weight": (2,), "bn.bias": (2,),
              "bn.running_mean": (2,), "bn.running_var": (2,), "bn.num_batches_tracked": (),
              "fc.weight": (1, 2), "fc.bias": (1,)}
    for number, (name, shape) in enumerate(shapes.items()):
        count = math.prod(shape)
        kind = "i64" if name.endswith("tracked") else "f32"
        state["module." + name] = Tensor(Storage(kind, [number] * count), shape)
    parameters = [name for name in shapes if "running" not in name and "tracked" not in name]
    optimizer = {"state": {}, "param_groups": []}
    for number, name in enumerate(parameters[:-1]):
        shape, count = shapes[name], math.prod(shapes[name])
        optimizer["state"][first_id + number] = {
            "step": step(number + 2),
            "exp_avg": Tensor(Storage("f32", [number + 0.25] * count), shape),
            "exp_avg_sq": Tensor(Storage("f32", [number + 0.5] * count), shape)}
    ids = list(range(first_id, first_id + len(parameters)))
    for part in (ids[:2], ids[2:]):
        optimizer["param_groups"].append({"lr": 2e-4, "betas": (0.5, 0.99), "eps": 1e-8,
                                          "weight_decay": 0, "amsgrad": False, "params": part})
    return {"state_dict": state, "optimizer": optimizer, "global_step": 3000, "global_epoch": 4}


def main():
    state = tensors()
    state._metadata = OrderedDict([("", {"version": 1}), ("whole", {"version": 2})])
    moments = Tensor(Storage("f32", [9, 9, 9]), (3,))
    optimizer = {"state": {0: {"step": 3, "exp_avg": moments}},
                 "param_groups": [{"lr": 1e-4, "betas": (0.5, 0.999), "amsgrad": False,
                                   "foreach": None, "params": [0, 1]}]}
    write_zip("wrapped.pth", {"state_dict": state, "optimizer": optimizer, "global_step": 123456,
                              "global_epoch": 2**40, "best_loss": 0.25, "final": True,
                              "note": "caf\u00e9"})
    write_zip("bare_deflated.pth", tensors("module."), protocol=4,
              compression=zipfile.ZIP_DEFLATED)
    write_zip("untyped.pth", tensors(version=3, untyped=True), protocol=5, checksums=False)
    write_zip("big_endian.pth", tensors(), byteorder="big")
    write_zip("command.pth", {"state_dict": tensors(), "optimizer": Command()})
    old = tensors(version=1)
    old["view"] = Tensor(Storage("f32", [3, 4, 5, 6], view=("94999", 1, 2)), (2,))
    write_legacy("legacy.pth", {"state_dict": old, "optimizer": None, "global_step": 5,
                                "global_epoch": 1})
    write_zip("training.pth", training(0, lambda n: Tensor(Storage("f32", [n]), ())))
    # Up to PyTorch 1.7 parameters went by their address in memory, up to 1.11 steps were numbers.
    write_legacy("training_legacy.pth", training(140000000000016, int))
    small = {"state_dict": OrderedDict(a=Tensor(Storage("f32", [1, 2]), (2, 1), (1, 2)),
                                       b=Parameter(Tensor(Storage("i8", [3]), ()))), "n": 1}
    write_zip("stored.pth", small, checksums=False, folder=CORPUS)
    write_zip("deflated.pth", small, protocol=4, compression=zipfile.ZIP_DEFLATED, checksums=False,
              folder=CORPUS)
    write_legacy("legacy.pth", small, folder=CORPUS)


if __name__ == "__main__":
    main()
