// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace hyperlips::training {

/// Writes a pickle of protocol 2 (PEP 307) with the opcodes and memo entries of CPython's pickler,
/// so that equal objects give equal bytes; CPython splits containers of more than 1000 entries,
/// this class does not. Equal texts and globals are one object: the second one refers to the first.
///
///     PickleWriter pickle;
///     pickle.dict(1, [&] {
///       pickle.text("global_step");
///       pickle.integer(3000);
///     });
///     file.write(pickle.finish());
class PickleWriter {
 public:
  void none() { bytes_ += 'N'; }
  void boolean(bool value) { bytes_ += value ? '\x88' : '\x89'; }
  void integer(std::int64_t value);
  void real(double value);
  /// UTF-8.
  void text(std::string_view text);
  /// A class or function by name.
  void global(std::string_view module, std::string_view name);

  /// A tuple, list or dictionary of `count` entries, which `write` writes; an entry of a dictionary
  /// is a key, then a value.
  template <typename Write>
  void tuple(std::size_t count, Write write) {
    constexpr std::string_view kShortTuple = ")\x85\x86\x87";
    const bool is_short = count < kShortTuple.size();
    if (!is_short) bytes_ += '(';
    write();
    bytes_ += is_short ? kShortTuple[count] : 't';
    if (count > 0) memoize();
  }
  template <typename Write>
  void list(std::size_t count, Write write) {
    bytes_ += ']';
    memoize();
    entries(count, write, 'a', 'e');
  }
  template <typename Write>
  void dict(std::size_t count, Write write) {
    bytes_ += '}';
    memoize();
    entries(count, write, 's', 'u');
  }
  /// A collections.OrderedDict.
  template <typename Write>
  void ordered_dict(std::size_t count, Write write) {
    global("collections", "OrderedDict");
    tuple(0, [] {});
    reduce();
    entries(count, write, 's', 'u');
  }

  /// Calls the last but one value, a global, with the last one, a tuple.
  void reduce();
  /// Makes the last value, a tuple, the identifier of an object outside the pickle.
  void persistent_id() { bytes_ += 'Q'; }

  /// Ends the pickle; the bytes live as long as this object.
  std::span<const std::byte> finish();

 private:
  template <typename Write>
  void entries(std::size_t count, Write write, char add_one, char add_all) {
    if (count > 1) bytes_ += '(';
    write();
    if (count > 0) bytes_ += count > 1 ? add_all : add_one;
  }
  template <typename T>
  void raw(T value);
  void memoize();
  /// Writes a reference to an equal object and returns true, or records that it is written next.
  bool refer(std::string object);

  std::string bytes_{"\x80\x02"};
  std::uint32_t memoized_ = 0;
  std::map<std::string, std::uint32_t> memo_;  ///< texts and globals, as they are written
};

}  // namespace hyperlips::training
