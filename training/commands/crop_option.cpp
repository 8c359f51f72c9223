// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/crop_option.hpp"

#include "training/preprocess/clip_offset.hpp"

namespace hyperlips::training {

void add_crop_option(CLI::App &app, Framing &framing) {
  app.add_option_function<std::string>(
         "--crop", [&framing](const std::string &name) { framing = parse_framing(name); },
         "box of the face crops: steady does not move with the mouth; published, which tells a "
         "network the mouth, fits published weights")
      ->check(CLI::IsMember({"steady", "published"}))
      ->default_str(to_string(framing));
}

void add_offset_option(CLI::App &app, std::optional<int> &offset) {
  app.add_option_function<std::string>(
         "--offset", [&offset](const std::string &text) { offset = parse_offset(text); },
         "frames by which the sound is late, -8 to 8, negative: early; it is corrected. auto: as "
         "measured from sound and mouth")
      ->default_str("auto");
}

}  // namespace hyperlips::training
