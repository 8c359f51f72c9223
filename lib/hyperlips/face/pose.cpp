// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/pose.hpp"

namespace hyperlips {

std::string_view name_of(Viseme viseme) {
  constexpr std::array<std::string_view, kVisemes> kNames = {
      "sil", "pbm", "fv", "th", "td", "kg", "chsh", "sz", "nl", "r", "a", "e", "i", "o", "u"};
  const auto index = static_cast<std::size_t>(viseme);
  return index < kNames.size() ? kNames[index] : "?";
}

std::array<float, kMouthValues> values_of(const MouthPose &mouth) {
  return {mouth.opening,      mouth.jaw,         mouth.width,  mouth.rounding,  mouth.press,
          mouth.lip_to_teeth, mouth.upper_raise, mouth.tongue, mouth.tongue_out};
}

}  // namespace hyperlips
