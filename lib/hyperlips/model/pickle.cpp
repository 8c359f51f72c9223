// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/pickle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <unordered_map>

#include "hyperlips/model/describe.hpp"
#include "util/quote.hpp"
#include "util/utf8.hpp"

namespace hyperlips::pickle {
namespace {

constexpr std::size_t kMaxValues = 4'000'000;
constexpr std::size_t kMaxStack = 1'000'000;
constexpr std::size_t kMaxMarks = 1'000;

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

/// Opcodes that are refused but deserve their name in the message.
constexpr std::pair<std::uint8_t, const char *> kRefusedOpcodes[] = {
    {'i', "INST"},        {'o', "OBJ"},          {'P', "PERSID"},
    {'I', "INT"},         {'L', "LONG"},         {'F', "FLOAT"},
    {'S', "STRING"},      {'V', "UNICODE"},      {'g', "GET"},
    {'p', "PUT"},         {0x81, "NEWOBJ"},      {0x82, "EXT1"},
    {0x83, "EXT2"},       {0x84, "EXT4"},        {0x8f, "EMPTY_SET"},
    {0x90, "ADDITEMS"},   {0x91, "FROZENSET"},   {0x92, "NEWOBJ_EX"},
    {0x96, "BYTEARRAY8"}, {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}};

struct KnownGlobal {
  std::string_view name;
  Global global;
  DType dtype = DType::U8;
};

constexpr KnownGlobal kKnownGlobals[] = {
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

}  // namespace

class Machine {
 public:
  Machine(std::span<const std::byte> data, const std::filesystem::path &path)
      : data_(data), path_(path) {}

  Document run() {
    if (read<std::uint8_t>() != PROTO) fail("its pickle does not begin with a protocol");
    if (const auto version = read<std::uint8_t>(); version < 2 || version > 5) {
      fail("its pickle has protocol " + std::to_string(version) + "; expected 2 to 5");
    }
    while (step(read<std::uint8_t>())) {
    }
    return std::move(document_);
  }

  std::span<const std::byte> rest() const { return data_.subspan(position_); }

 private:
  [[noreturn]] void fail(const std::string &problem) const {
    throw damaged(path_, "PyTorch checkpoint", problem + ".");
  }

  // Input

  std::string_view take(std::uint64_t size) {
    if (size > data_.size() - position_) fail("its pickle is cut short");
    const auto *begin = reinterpret_cast<const char *>(data_.data()) + position_;
    position_ += size;
    return {begin, size};
  }

  template <typename T>
  T read() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view take_line() {
    const std::string_view all(reinterpret_cast<const char *>(data_.data()), data_.size());
    const auto end = all.find('\n', position_);
    if (end == std::string_view::npos) fail("its pickle is cut short");
    const auto line = take(end - position_);
    ++position_;
    return line;
  }

  // Stack

  void push(Ref ref) {
    if (stack_.size() == kMaxStack) fail("its pickle needs more than 1000000 stack entries");
    stack_.push_back(ref);
  }

  Ref add(const Value &value) {
    charge(1);
    document_.values_.push_back(value);
    return static_cast<Ref>(document_.values_.size() - 1);
  }

  /// Bounds the memory and time that a small file can ask for.
  void charge(std::size_t values) {
    charged_ += values;
    if (charged_ > kMaxValues) fail("its pickle holds more than 4000000 values");
  }

  void push_new(const Value &value) { push(add(value)); }
  void push_integer(Kind kind, std::int64_t integer) {
    push_new({.kind = kind, .integer = integer});
  }
  void push_text(std::uint64_t size) {
    const auto text = take(size);
    if (!is_utf8(text)) fail("its pickle has a text that is not valid UTF-8");
    push_new({.kind = Kind::String, .text = text});
  }
  void push_bytes(std::uint64_t size) { push_new({.kind = Kind::Bytes, .text = take(size)}); }

  /// The lowest entry that may be taken: the last mark fences off what lies below it.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  Ref pop() {
    if (stack_.size() <= floor()) fail("its pickle takes from an empty stack");
    const Ref top = stack_.back();
    stack_.pop_back();
    return top;
  }

  Ref top() const {
    if (stack_.size() <= floor()) fail("its pickle takes from an empty stack");
    return stack_.back();
  }

  /// Everything above the last mark.
  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) fail("its pickle lacks a mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Ref> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  void push_sequence(Kind kind, std::vector<Ref> items) {
    document_.sequences_.push_back(std::move(items));
    push_integer(kind, static_cast<std::int64_t>(document_.sequences_.size() - 1));
  }

  void push_tuple(std::size_t size) {
    std::vector<Ref> items(size);
    for (auto item = items.rbegin(); item != items.rend(); ++item) *item = pop();
    push_sequence(Kind::Tuple, std::move(items));
  }

  void push_dict() {
    document_.dicts_.emplace_back();
    push_integer(Kind::Dict, static_cast<std::int64_t>(document_.dicts_.size() - 1));
  }

  // Memo

  void put(std::uint64_t index) {
    if (index >= kMaxValues) fail("its pickle's memo has the index " + std::to_string(index));
    memo_[static_cast<Ref>(index)] = top();
  }

  void get(Ref index) {
    const auto entry = memo_.find(index);
    if (entry == memo_.end()) fail("its pickle reads memo " + std::to_string(index) + " unset");
    push(entry->second);
  }

  // Containers and calls

  void append(std::span<const Ref> items) {
    const auto &list = document_.values_[top()];
    if (list.kind != Kind::List) fail("its pickle appends to what is no list");
    auto &target = document_.sequences_[static_cast<std::size_t>(list.integer)];
    target.insert(target.end(), items.begin(), items.end());
  }

  void set_items(std::span<const Ref> items) {
    const auto &dict = document_.values_[top()];
    if (dict.kind != Kind::Dict) fail("its pickle sets items of what is no dictionary");
    if (items.size() % 2 != 0) fail("its pickle has a key without a value");
    auto &target = document_.dicts_[static_cast<std::size_t>(dict.integer)];
    for (std::size_t i = 0; i < items.size(); i += 2) target.emplace_back(items[i], items[i + 1]);
  }

  void push_global(std::string_view module, std::string_view name) {
    // torch.cuda.FloatStorage is the older spelling for a tensor that was on a GPU.
    if (module == "torch.cuda" && name.ends_with("Storage")) module = "torch";
    const auto full_name = std::string(module) + "." + std::string(name);
    for (const auto &known : kKnownGlobals) {
      if (known.name == full_name) {
        push_new({.kind = Kind::Global, .global = known.global, .dtype = known.dtype});
        return;
      }
    }
    fail("the global " + quote(full_name) +
         " is not allowed; a state dict holds tensors, numbers, texts, lists and dictionaries. "
         "Nothing in the file was run");
  }

  void reduce() {
    const Ref arguments = pop();
    const auto callable = document_.values_[pop()];
    if (callable.kind != Kind::Global || document_.values_[arguments].kind != Kind::Tuple) {
      fail("its pickle calls what is no known function");
    }
    switch (callable.global) {
      case Global::OrderedDict:
        reduce_ordered_dict(arguments);
        return;
      case Global::Size: {
        const auto items = document_.items(document_.values_[arguments]);
        if (items.size() != 1 || document_.values_[items[0]].kind != Kind::Tuple) break;
        push(items[0]);
        return;
      }
      case Global::RebuildTensor:
      case Global::RebuildTensorV2:
      case Global::RebuildTensorV3:
      case Global::RebuildParameter:
        push_new({.kind = Kind::Object, .global = callable.global, .arguments = arguments});
        return;
      case Global::TypedStorage:
      case Global::UntypedStorage:
      case Global::ScalarType:
        break;
    }
    fail("its pickle calls a known type with arguments that it cannot have");
  }

  /// OrderedDict() or, as Python 2 wrote it, OrderedDict([[key, value], ...]).
  void reduce_ordered_dict(Ref arguments) {
    std::vector<Ref> flat;
    for (const Ref list : document_.items(document_.values_[arguments])) {
      if (document_.values_[list].kind != Kind::List) fail("its pickle has a damaged OrderedDict");
      for (const Ref pair : document_.items(document_.values_[list])) {
        const auto &value = document_.values_[pair];
        const bool is_pair = (value.kind == Kind::List || value.kind == Kind::Tuple) &&
                             document_.items(value).size() == 2;
        if (!is_pair) fail("its pickle has a damaged OrderedDict");
        charge(2);
        flat.insert(flat.end(), document_.items(value).begin(), document_.items(value).end());
      }
    }
    push_dict();
    set_items(flat);
  }

  /// State given to an object. Of an OrderedDict it is its attributes (_metadata), not its content.
  void build() {
    pop();
    if (document_.values_[top()].kind != Kind::Dict) {
      fail("its pickle sets the state of what is no dictionary");
    }
  }

  void stop() {
    document_.root_ = pop();
    if (!stack_.empty() || !marks_.empty()) fail("its pickle leaves values behind");
  }

  void push_long(std::uint64_t size) {
    const auto bytes = take(size);
    if (bytes.size() > sizeof(std::int64_t)) {
      push_new({.kind = Kind::BigInt, .text = bytes});
      return;
    }
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    if (!bytes.empty() && bytes.size() < sizeof value && (bytes.back() & 0x80)) {
      value |= ~std::uint64_t{0} << 8 * bytes.size();
    }
    push_integer(Kind::Int, static_cast<std::int64_t>(value));
  }

  void push_stack_global() {
    const auto name = document_.values_[pop()];
    const auto module = document_.values_[pop()];
    if (name.kind != Kind::String || module.kind != Kind::String) {
      fail("its pickle names a global by what is no text");
    }
    push_global(module.text, name.text);
  }

  [[noreturn]] void refuse_opcode(std::uint8_t opcode) const {
    for (const auto &[code, name] : kRefusedOpcodes) {
      if (code == opcode) fail("its pickle uses " + std::string(name) + ", which is not allowed");
    }
    char code[8];
    std::snprintf(code, sizeof code, "0x%02x", opcode);
    fail("its pickle has the unknown opcode " + std::string(code));
  }

  /// False after STOP.
  bool step(std::uint8_t opcode) {
    switch (opcode) {
      case STOP:
        stop();
        return false;
      case FRAME:
        read<std::uint64_t>();
        break;
      case MARK:
        if (marks_.size() == kMaxMarks) fail("its pickle nests deeper than 1000 levels");
        marks_.push_back(stack_.size());
        break;
      case POP:
        // Python's unpickler drops a mark too when nothing lies above it.
        if (!marks_.empty() && stack_.size() == marks_.back()) {
          marks_.pop_back();
        } else {
          pop();
        }
        break;
      case POP_MARK:
        pop_to_mark();
        break;
      case DUP:
        push(top());
        break;

      case NONE:
        push_new({});
        break;
      case NEWTRUE:
        push_integer(Kind::Bool, 1);
        break;
      case NEWFALSE:
        push_integer(Kind::Bool, 0);
        break;
      case BININT:
        push_integer(Kind::Int, read<std::int32_t>());
        break;
      case BININT1:
        push_integer(Kind::Int, read<std::uint8_t>());
        break;
      case BININT2:
        push_integer(Kind::Int, read<std::uint16_t>());
        break;
      case LONG1:
        push_long(read<std::uint8_t>());
        break;
      case LONG4:
        push_long(read<std::uint32_t>());
        break;
      case BINFLOAT: {
        const auto bits = __builtin_bswap64(read<std::uint64_t>());
        push_new({.kind = Kind::Float, .real = std::bit_cast<double>(bits)});
        break;
      }
      case SHORT_BINSTRING:
      case SHORT_BINUNICODE:
        push_text(read<std::uint8_t>());
        break;
      case BINSTRING:
      case BINUNICODE:
        push_text(read<std::uint32_t>());
        break;
      case BINUNICODE8:
        push_text(read<std::uint64_t>());
        break;
      case SHORT_BINBYTES:
        push_bytes(read<std::uint8_t>());
        break;
      case BINBYTES:
        push_bytes(read<std::uint32_t>());
        break;
      case BINBYTES8:
        push_bytes(read<std::uint64_t>());
        break;

      case EMPTY_TUPLE:
        push_tuple(0);
        break;
      case TUPLE1:
        push_tuple(1);
        break;
      case TUPLE2:
        push_tuple(2);
        break;
      case TUPLE3:
        push_tuple(3);
        break;
      case TUPLE:
        push_sequence(Kind::Tuple, pop_to_mark());
        break;
      case EMPTY_LIST:
        push_sequence(Kind::List, {});
        break;
      case LIST:
        push_sequence(Kind::List, pop_to_mark());
        break;
      case APPEND: {
        const Ref item = pop();
        append({&item, 1});
        break;
      }
      case APPENDS:
        append(pop_to_mark());
        break;
      case EMPTY_DICT:
        push_dict();
        break;
      case DICT: {
        const auto items = pop_to_mark();
        push_dict();
        set_items(items);
        break;
      }
      case SETITEM: {
        const Ref value = pop();
        const std::array<Ref, 2> item{pop(), value};
        set_items(item);
        break;
      }
      case SETITEMS:
        set_items(pop_to_mark());
        break;

      case BINPUT:
        put(read<std::uint8_t>());
        break;
      case LONG_BINPUT:
        put(read<std::uint32_t>());
        break;
      case MEMOIZE:
        put(memo_.size());
        break;
      case BINGET:
        get(read<std::uint8_t>());
        break;
      case LONG_BINGET:
        get(read<std::uint32_t>());
        break;

      case GLOBAL: {
        const auto module = take_line();
        push_global(module, take_line());
        break;
      }
      case STACK_GLOBAL:
        push_stack_global();
        break;
      case REDUCE:
        reduce();
        break;
      case BUILD:
        build();
        break;
      case BINPERSID:
        push_new({.kind = Kind::Persistent, .arguments = pop()});
        break;

      default:
        refuse_opcode(opcode);
    }
    return true;
  }

  std::span<const std::byte> data_;
  std::filesystem::path path_;
  std::size_t position_ = 0;
  std::size_t charged_ = 0;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<Ref, Ref> memo_;
  Document document_;
};

std::optional<Ref> Document::find(const Value &dict, std::string_view key) const {
  const auto all = entries(dict);
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const auto &entry) {
    const auto &value = values_[entry.first];
    return value.kind == Kind::String && value.text == key;
  });
  if (found == all.rend()) return std::nullopt;
  return found->second;
}

Document parse(std::span<const std::byte> &data, const std::filesystem::path &path) {
  Machine machine(data, path);
  auto document = machine.run();
  data = machine.rest();
  return document;
}

}  // namespace hyperlips::pickle
