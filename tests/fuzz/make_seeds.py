#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes seeds of hostile files to corpus/: small forms of what tests/lib/hyperlips/model/test_reading_costs.cpp has."""
import json
import struct
import zlib
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def tensor(name, key, count, sizes, strides):
    """Opcodes for an entry of a state dict: bytes of the storage `key`, which has `count` bytes."""
    return (text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + b"ctorch\nByteStorage\n" +
            text(key) + text("cpu") + b"J" + struct.pack("<i", count) + b"tQK\0" + sizes + strides + b"\x89}tRs")


def zip_file(members, shared=()):
    """A zip file of (name, content, inflated size or None). Members named in `shared` all begin where the first does."""
    body, directory, first = b"", b"", None
    for name, content, inflated in members:
        method = 0 if inflated is None else 8
        common = struct.pack("<HHHIIIIHH", 20, 0, method, 0, 0, len(content),
                             len(content) if inflated is None else inflated, len(name), 0)
        offset = len(body)
        if name in shared:
            first = offset if first is None else first
            offset = first
        directory += (b"PK\1\2" + struct.pack("<H", 20) + common + bytes(10) + struct.pack("<I", offset) +
                      name.encode())
        body += b"PK\3\4" + common + name.encode() + content
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


def pickle(opcodes):
    return b"\x80\x02" + opcodes + b"."


def deflate(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def safetensors(header, data=b""):
    head = json.dumps(header, separators=(",", ":")).encode() if isinstance(header, dict) else header
    return struct.pack("<Q", len(head)) + head + data


def pth_seeds():
    line, step = b"K\4\x85", b"K\1\x85"
    two = b"}" + tensor("a", "0", 4, line, step) + tensor("b", "1", 4, line, step)
    storages = [("a/data/0", b"0000", None), ("a/data/1", b"1111", None)]
    yield "overlapping", zip_file([("a/data.pkl", pickle(two), None)] + storages, ("a/data/0", "a/data/1"))
    turns = b"}" + b"".join(tensor(str(i), str(i % 2), 4, b"K\2\x85", b"K\3\x85") for i in range(8))
    yield "strided-in-turn", zip_file([("a/data.pkl", pickle(turns), None)] + storages)
    zeros = b"}" + tensor("a", "0", 1 << 16, b"J\0\0\1\0\x85", step)
    yield "inflated", zip_file([("a/data.pkl", pickle(zeros), None), ("a/data/0", deflate(bytes(1 << 16)), 1 << 16)])
    expanded = b"}" + tensor("a", "0", 4, b"J\0\0\1\0\x85", b"K\0\x85")
    yield "expanded", zip_file([("a/data.pkl", pickle(expanded), None)] + storages)
    call = b"ccollections\nOrderedDict\nh\1R0"
    yield "repeated-list", zip_file([("a/data.pkl", pickle(b"]q\0(h\0h\0h\0tq\1" + 4 * call), None)])
    yield "repeated-pairs", zip_file([("a/data.pkl", pickle(b"](NN\x86NN\x86e\x85q\1" + 4 * call), None)])
    texts = b"}" + text("k") + b"q\1" + b"0" + text("v" * 99) + b"q\2" + b"0" + 9 * b"h\1h\2s"
    yield "repeated-text", zip_file([("a/data.pkl", pickle(texts), None)])
    legacy = (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}" + text("little_endian") + b"\x88s." +
              pickle(two) + pickle(b"](" + text("0") + text("1") + b"e") +
              2 * (struct.pack("<Q", 4) + b"0000"))
    yield "legacy-two", legacy
    yield "legacy-short", legacy[:-3]


def safetensors_seeds():
    entry = {"dtype": "U8", "shape": [1] * 64, "data_offsets": [0, 1]}
    yield "many-dimensions", safetensors({"a": entry}, b"d")
    yield "long-name", safetensors({"n" * 2000: entry}, b"d")
    yield "escapes", safetensors({"__metadata__": {"k": "\"\\\u0001" * 50}})
    yield "long-number", safetensors(b'{"a":{"dtype":"U8","shape":[' + b"1" * 400 + b']}}')


def main():
    for folder, seeds in (("pth", pth_seeds()), ("safetensors", safetensors_seeds())):
        for name, content in seeds:
            (CORPUS / folder / f"{name}.{folder}").write_bytes(content)


if __name__ == "__main__":
    main()
