// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/pose.hpp"

#include <array>

namespace hyperlips {

std::string_view name_of(Viseme viseme) {
  constexpr std::array<std::string_view, kVisemes> kNames = {
      "sil", "pbm", "fv", "th", "td", "kg", "chsh", "sz", "nl", "r", "a", "e", "i", "o", "u"};
  const auto index = static_cast<std::size_t>(viseme);
  return index < kNames.size() ? kNames[index] : "?";
}

}  // namespace hyperlips
