// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "hyperlips/model/pickle.hpp"

namespace hyperlips::pickle {

/// The supported opcodes, named as in Python's module pickle.
enum Opcode : std::uint8_t {
  MARK = '(',
  STOP = '.',
  POP = '0',
  POP_MARK = '1',
  DUP = '2',
  BINFLOAT = 'G',
  BININT = 'J',
  BININT1 = 'K',
  BININT2 = 'M',
  NONE = 'N',
  BINPERSID = 'Q',
  REDUCE = 'R',
  BINSTRING = 'T',
  SHORT_BINSTRING = 'U',
  BINUNICODE = 'X',
  EMPTY_LIST = ']',
  APPEND = 'a',
  BUILD = 'b',
  GLOBAL = 'c',
  DICT = 'd',
  APPENDS = 'e',
  BINGET = 'h',
  LONG_BINGET = 'j',
  LIST = 'l',
  BINPUT = 'q',
  LONG_BINPUT = 'r',
  SETITEM = 's',
  TUPLE = 't',
  EMPTY_TUPLE = ')',
  SETITEMS = 'u',
  EMPTY_DICT = '}',
  BINBYTES = 'B',
  SHORT_BINBYTES = 'C',
  PROTO = 0x80,
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  LONG1 = 0x8a,
  LONG4 = 0x8b,
  SHORT_BINUNICODE = 0x8c,
  BINUNICODE8 = 0x8d,
  BINBYTES8 = 0x8e,
  STACK_GLOBAL = 0x93,
  MEMOIZE = 0x94,
  FRAME = 0x95,
};

/// Valid opcodes that are rejected, for naming them in the message.
inline constexpr std::pair<std::uint8_t, const char *> kRefusedOpcodes[] = {
    {'i', "INST"},        {'o', "OBJ"},          {'P', "PERSID"},
    {'I', "INT"},         {'L', "LONG"},         {'F', "FLOAT"},
    {'S', "STRING"},      {'V', "UNICODE"},      {'g', "GET"},
    {'p', "PUT"},         {0x81, "NEWOBJ"},      {0x82, "EXT1"},
    {0x83, "EXT2"},       {0x84, "EXT4"},        {0x8f, "EMPTY_SET"},
    {0x90, "ADDITEMS"},   {0x91, "FROZENSET"},   {0x92, "NEWOBJ_EX"},
    {0x96, "BYTEARRAY8"}, {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}};

/// A global that a checkpoint may reference.
struct KnownGlobal {
  std::string_view name;
  Global global;
  DType dtype = DType::U8;
};

inline constexpr KnownGlobal kKnownGlobals[] = {
    {"collections.OrderedDict", Global::OrderedDict},
    {"torch.Size", Global::Size},
    {"torch._utils._rebuild_tensor", Global::RebuildTensor},
    {"torch._utils._rebuild_tensor_v2", Global::RebuildTensorV2},
    {"torch._utils._rebuild_tensor_v3", Global::RebuildTensorV3},
    {"torch._utils._rebuild_parameter", Global::RebuildParameter},
    {"torch.UntypedStorage", Global::UntypedStorage},
    {"torch.storage.UntypedStorage", Global::UntypedStorage},
    {"torch.DoubleStorage", Global::TypedStorage, DType::F64},
    {"torch.FloatStorage", Global::TypedStorage, DType::F32},
    {"torch.HalfStorage", Global::TypedStorage, DType::F16},
    {"torch.BFloat16Storage", Global::TypedStorage, DType::BF16},
    {"torch.LongStorage", Global::TypedStorage, DType::I64},
    {"torch.IntStorage", Global::TypedStorage, DType::I32},
    {"torch.ShortStorage", Global::TypedStorage, DType::I16},
    {"torch.CharStorage", Global::TypedStorage, DType::I8},
    {"torch.ByteStorage", Global::TypedStorage, DType::U8},
    {"torch.BoolStorage", Global::TypedStorage, DType::Bool},
    {"torch.float64", Global::ScalarType, DType::F64},
    {"torch.float32", Global::ScalarType, DType::F32},
    {"torch.float16", Global::ScalarType, DType::F16},
    {"torch.bfloat16", Global::ScalarType, DType::BF16},
    {"torch.int64", Global::ScalarType, DType::I64},
    {"torch.int32", Global::ScalarType, DType::I32},
    {"torch.int16", Global::ScalarType, DType::I16},
    {"torch.int8", Global::ScalarType, DType::I8},
    {"torch.uint8", Global::ScalarType, DType::U8},
    {"torch.bool", Global::ScalarType, DType::Bool},
};

}  // namespace hyperlips::pickle
