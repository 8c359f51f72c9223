// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>

namespace hyperlips::synth {

/// A small grammar. The entries of each list are separated by '|'. Placeholders in sentences: {S}
/// subject, {N} name, {V} verb with its object {O}, {P} place, {T} time, {2} a number of 2 to 99,
/// {4} a number of 100 to 9999.
struct Grammar {
  std::string_view language;
  std::string_view sentences, shorts;
  std::string_view names, subjects, verbs, objects, places, times;
};

std::span<const Grammar> grammars();

}  // namespace hyperlips::synth
