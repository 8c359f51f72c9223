// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/pickle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <unordered_map>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/pickle_opcodes.hpp"
#include "util/quote.hpp"
#include "util/utf8.hpp"

namespace hyperlips::pickle {
namespace {

constexpr std::size_t kMaxMemo = 4'000'000;
constexpr std::size_t kMaxStack = 1'000'000;
constexpr std::size_t kMaxMarks = 1'000;
constexpr std::size_t kLongestGlobal = 200;

// Bytes of memory, with the allocator's overhead and the spare room of growing containers.
constexpr std::uint64_t kValueCost = 56;
constexpr std::uint64_t kContainerCost = 64;
constexpr std::uint64_t kItemCost = 16;
constexpr std::uint64_t kPairCost = 32;
constexpr std::uint64_t kMemoCost = 72;

}  // namespace

class Machine {
 public:
  Machine(std::span<const std::byte> data, const std::filesystem::path &path, ReadBudget &budget)
      : data_(data), path_(path), budget_(budget) {}

  Document run() {
    if (read<std::uint8_t>() != PROTO) fail("pickle does not start with a protocol version");
    if (const auto version = read<std::uint8_t>(); version < 2 || version > 5) {
      fail("unsupported pickle protocol " + std::to_string(version) + "; expected 2 to 5");
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
  [[noreturn]] void fail_truncated() const {
    throw Truncated(damaged(path_, "PyTorch checkpoint",
                            std::string("its pickle ends early; ") + kTruncated + "."));
  }
  [[noreturn]] void fail_empty_stack() const { fail("pickle pops from an empty stack"); }

  // Input

  std::string_view take(std::uint64_t size) {
    if (size > data_.size() - position_) fail_truncated();
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
    if (end == std::string_view::npos) fail_truncated();
    const auto line = take(end - position_);
    ++position_;
    return line;
  }

  // Stack

  void push(Ref ref) {
    if (stack_.size() == kMaxStack) fail("pickle needs more than 1000000 stack entries");
    stack_.push_back(ref);
    if (stack_.size() > deepest_) {
      deepest_ = stack_.size();
      budget_.use_memory(kItemCost);
    }
  }

  Ref add(const Value &value) {
    budget_.use_memory(kValueCost);
    document_.values_.push_back(value);
    return static_cast<Ref>(document_.values_.size() - 1);
  }

  void push_new(const Value &value) { push(add(value)); }
  void push_integer(Kind kind, std::int64_t integer) {
    push_new({.kind = kind, .integer = integer});
  }
  void push_text(std::uint64_t size) {
    const auto text = take(size);
    if (!is_utf8(text)) fail("invalid UTF-8 string in pickle");
    push_new({.kind = Kind::String, .text = text});
  }
  void push_bytes(std::uint64_t size) { push_new({.kind = Kind::Bytes, .text = take(size)}); }

  /// Number of entries below the last mark, which must not be popped.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  Ref pop() {
    if (stack_.size() <= floor()) fail_empty_stack();
    const Ref top = stack_.back();
    stack_.pop_back();
    return top;
  }

  Ref top() const {
    if (stack_.size() <= floor()) fail_empty_stack();
    return stack_.back();
  }

  /// Pops all entries above the last mark.
  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) fail("MARK is missing in pickle");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Ref> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  void push_sequence(Kind kind, std::vector<Ref> items) {
    budget_.use_memory(kContainerCost + kItemCost * items.size());
    document_.sequences_.push_back(std::move(items));
    push_integer(kind, static_cast<std::int64_t>(document_.sequences_.size() - 1));
  }

  void push_tuple(std::size_t size) {
    std::vector<Ref> items(size);
    for (auto item = items.rbegin(); item != items.rend(); ++item) *item = pop();
    push_sequence(Kind::Tuple, std::move(items));
  }

  void push_dict() {
    budget_.use_memory(kContainerCost);
    document_.dicts_.emplace_back();
    push_integer(Kind::Dict, static_cast<std::int64_t>(document_.dicts_.size() - 1));
  }

  // Memo

  void put(std::uint64_t index) {
    if (index >= kMaxMemo) fail("pickle memo index " + std::to_string(index) + " out of range");
    const Ref value = top();
    if (memo_.insert_or_assign(static_cast<Ref>(index), value).second) {
      budget_.use_memory(kMemoCost);
    }
  }

  void get(Ref index) {
    const auto entry = memo_.find(index);
    if (entry == memo_.end()) fail("pickle reads unset memo " + std::to_string(index));
    push(entry->second);
  }

  // Containers and calls

  void append(std::span<const Ref> items) {
    const auto &list = document_.values_[top()];
    if (list.kind != Kind::List) fail("pickle appends to a value that is not a list");
    budget_.use_memory(kItemCost * items.size());
    auto &target = document_.sequences_[static_cast<std::size_t>(list.integer)];
    target.insert(target.end(), items.begin(), items.end());
  }

  void set_items(std::span<const Ref> items) {
    const auto &dict = document_.values_[top()];
    if (dict.kind != Kind::Dict) fail("pickle sets items of a value that is not a dictionary");
    if (items.size() % 2 != 0) fail("pickle has a key without a value");
    budget_.use_memory(kPairCost * items.size() / 2);
    auto &target = document_.dicts_[static_cast<std::size_t>(dict.integer)];
    for (std::size_t i = 0; i < items.size(); i += 2) target.emplace_back(items[i], items[i + 1]);
  }

  void push_global(std::string_view module, std::string_view name) {
    // torch.cuda.FloatStorage is the older spelling for a tensor that was on a GPU.
    if (module == "torch.cuda" && name.ends_with("Storage")) module = "torch";
    // More is not copied: no known name is as long, and no message shows it.
    const auto full_name = std::string(module.substr(0, kLongestGlobal)) + "." +
                           std::string(name.substr(0, kLongestGlobal));
    for (const auto &known : kKnownGlobals) {
      if (known.name == full_name) {
        push_new({.kind = Kind::Global, .global = known.global, .dtype = known.dtype});
        return;
      }
    }
    fail("global " + quote(full_name) +
         " is not allowed; expected only tensors, numbers, strings, lists and dictionaries. "
         "No code in the file was executed");
  }

  void reduce() {
    const Ref arguments = pop();
    const auto callable = document_.values_[pop()];
    if (callable.kind != Kind::Global || document_.values_[arguments].kind != Kind::Tuple) {
      fail("pickle calls an unknown function");
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
    fail("pickle calls a type with invalid arguments");
  }

  [[noreturn]] void fail_ordered_dict() const { fail("invalid OrderedDict in pickle"); }

  /// OrderedDict() or, as written by Python 2, OrderedDict([[key, value], ...]). The same list may
  /// be an argument again and again: each pair counts each time, and there is one list at most.
  void reduce_ordered_dict(Ref arguments) {
    const auto lists = document_.items(document_.values_[arguments]);
    push_dict();
    if (lists.empty()) return;
    if (lists.size() > 1 || document_.values_[lists[0]].kind != Kind::List) fail_ordered_dict();
    for (const Ref pair : document_.items(document_.values_[lists[0]])) {
      const auto &value = document_.values_[pair];
      const bool is_pair = (value.kind == Kind::List || value.kind == Kind::Tuple) &&
                           document_.items(value).size() == 2;
      if (!is_pair) fail_ordered_dict();
      set_items(document_.items(value));
    }
  }

  /// Drops the state of an object: that of an OrderedDict holds its attributes (_metadata), not its
  /// content.
  void build() {
    pop();
    if (document_.values_[top()].kind != Kind::Dict) {
      fail("pickle sets the state of a value that is not a dictionary");
    }
  }

  void stop() {
    document_.root_ = pop();
    if (!stack_.empty() || !marks_.empty()) fail("pickle leaves values on the stack");
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
      fail("pickle names a global by a value that is not a string");
    }
    push_global(module.text, name.text);
  }

  [[noreturn]] void refuse_opcode(std::uint8_t opcode) const {
    for (const auto &[code, name] : kRefusedOpcodes) {
      if (code == opcode) fail("pickle opcode " + std::string(name) + " is not allowed");
    }
    char code[8];
    std::snprintf(code, sizeof code, "0x%02x", opcode);
    fail("unknown pickle opcode " + std::string(code));
  }

  /// Executes one opcode. Returns false after STOP.
  bool step(std::uint8_t opcode) {
    if (opcode == STOP) {
      stop();
      return false;
    }
    const bool known = move_stack(opcode) || push_number(opcode) || push_string(opcode) ||
                       build_sequence(opcode) || build_dict(opcode) || use_memo(opcode) ||
                       call(opcode);
    if (!known) refuse_opcode(opcode);
    return true;
  }

  // Opcodes by group: each function returns false for an opcode of another group.

  bool move_stack(std::uint8_t opcode) {
    switch (opcode) {
      case FRAME:
        read<std::uint64_t>();
        return true;
      case MARK:
        if (marks_.size() == kMaxMarks) fail("pickle nests deeper than 1000 levels");
        marks_.push_back(stack_.size());
        return true;
      case POP:
        // Python's unpickler drops a mark too when nothing lies above it.
        if (!marks_.empty() && stack_.size() == marks_.back()) {
          marks_.pop_back();
        } else {
          pop();
        }
        return true;
      case POP_MARK:
        pop_to_mark();
        return true;
      case DUP:
        push(top());
        return true;
      default:
        return false;
    }
  }

  bool push_number(std::uint8_t opcode) {
    switch (opcode) {
      case NONE:
        push_new({});
        return true;
      case NEWTRUE:
        push_integer(Kind::Bool, 1);
        return true;
      case NEWFALSE:
        push_integer(Kind::Bool, 0);
        return true;
      case BININT:
        push_integer(Kind::Int, read<std::int32_t>());
        return true;
      case BININT1:
        push_integer(Kind::Int, read<std::uint8_t>());
        return true;
      case BININT2:
        push_integer(Kind::Int, read<std::uint16_t>());
        return true;
      case LONG1:
        push_long(read<std::uint8_t>());
        return true;
      case LONG4:
        push_long(read<std::uint32_t>());
        return true;
      case BINFLOAT: {
        const auto bits = __builtin_bswap64(read<std::uint64_t>());
        push_new({.kind = Kind::Float, .real = std::bit_cast<double>(bits)});
        return true;
      }
      default:
        return false;
    }
  }

  bool push_string(std::uint8_t opcode) {
    switch (opcode) {
      case SHORT_BINSTRING:
      case SHORT_BINUNICODE:
        push_text(read<std::uint8_t>());
        return true;
      case BINSTRING:
      case BINUNICODE:
        push_text(read<std::uint32_t>());
        return true;
      case BINUNICODE8:
        push_text(read<std::uint64_t>());
        return true;
      case SHORT_BINBYTES:
        push_bytes(read<std::uint8_t>());
        return true;
      case BINBYTES:
        push_bytes(read<std::uint32_t>());
        return true;
      case BINBYTES8:
        push_bytes(read<std::uint64_t>());
        return true;
      default:
        return false;
    }
  }

  bool build_sequence(std::uint8_t opcode) {
    switch (opcode) {
      case EMPTY_TUPLE:
        push_tuple(0);
        return true;
      case TUPLE1:
        push_tuple(1);
        return true;
      case TUPLE2:
        push_tuple(2);
        return true;
      case TUPLE3:
        push_tuple(3);
        return true;
      case TUPLE:
        push_sequence(Kind::Tuple, pop_to_mark());
        return true;
      case EMPTY_LIST:
        push_sequence(Kind::List, {});
        return true;
      case LIST:
        push_sequence(Kind::List, pop_to_mark());
        return true;
      case APPEND: {
        const Ref item = pop();
        append({&item, 1});
        return true;
      }
      case APPENDS:
        append(pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool build_dict(std::uint8_t opcode) {
    switch (opcode) {
      case EMPTY_DICT:
        push_dict();
        return true;
      case DICT: {
        const auto items = pop_to_mark();
        push_dict();
        set_items(items);
        return true;
      }
      case SETITEM: {
        const Ref value = pop();
        const std::array<Ref, 2> item{pop(), value};
        set_items(item);
        return true;
      }
      case SETITEMS:
        set_items(pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool use_memo(std::uint8_t opcode) {
    switch (opcode) {
      case BINPUT:
        put(read<std::uint8_t>());
        return true;
      case LONG_BINPUT:
        put(read<std::uint32_t>());
        return true;
      case MEMOIZE:
        put(memo_.size());
        return true;
      case BINGET:
        get(read<std::uint8_t>());
        return true;
      case LONG_BINGET:
        get(read<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  bool call(std::uint8_t opcode) {
    switch (opcode) {
      case GLOBAL: {
        const auto module = take_line();
        push_global(module, take_line());
        return true;
      }
      case STACK_GLOBAL:
        push_stack_global();
        return true;
      case REDUCE:
        reduce();
        return true;
      case BUILD:
        build();
        return true;
      case BINPERSID:
        push_new({.kind = Kind::Persistent, .arguments = pop()});
        return true;
      default:
        return false;
    }
  }

  std::span<const std::byte> data_;
  std::filesystem::path path_;
  ReadBudget &budget_;
  std::size_t position_ = 0;
  std::size_t deepest_ = 0;  ///< size that the stack has reached
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

Document parse(std::span<const std::byte> &data, const std::filesystem::path &path,
               ReadBudget &budget) {
  Machine machine(data, path, budget);
  auto document = machine.run();
  data = machine.rest();
  return document;
}

}  // namespace hyperlips::pickle
