// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>

namespace hyperlips::synth {

/// A small grammar. Each list is separated by '|'. In sentences {S} stands for a subject, {N} for a
/// name, {V} for a verb with {O} its object, {P} for a place, {T} for a time, {2} for a number up
/// to 99 and {4} for one up to 9999.
struct Grammar {
  std::string_view language;
  std::string_view sentences, shorts;
  std::string_view names, subjects, verbs, objects, places, times;
};

std::span<const Grammar> grammars();

}  // namespace hyperlips::synth
