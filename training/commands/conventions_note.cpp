// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/conventions_note.hpp"

#include <cstdio>

#include "util/quote.hpp"

namespace hyperlips::training {

void note_conventions(const std::string &checkpoint, const Conventions &trained,
                      const Conventions &here, const std::string &purpose) {
  const auto note = [&](const char *what, const char *before, const char *now) {
    std::fprintf(stderr, "hyperlips-train: %s was trained with %s %s, %s uses %s.\n",
                 quote_path(checkpoint).c_str(), what, before, purpose.c_str(), now);
  };
  if (trained.crop != here.crop) note("crop", to_string(trained.crop), to_string(here.crop));
  if (trained.mel_timing != here.mel_timing)
    note("mel timing", to_string(trained.mel_timing), to_string(here.mel_timing));
}

void use_conventions(RunOptions &options, const Conventions &conventions) {
  options.trainer.metadata = to_metadata(conventions);
  if (!options.from.empty())
    note_conventions(options.from, conventions_of(read_checkpoint(options.from)), conventions,
                     "this run");
}

}  // namespace hyperlips::training
