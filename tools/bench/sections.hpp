// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "clips.hpp"
#include "models.hpp"
#include "options.hpp"
#include "report.hpp"

namespace hyperlips::bench {

/// What all sections use.
struct Context {
  const Options &options;
  const Models &models;
  const Clips &clips;

  /// Whether --only asks for the row of this name.
  bool wanted(const std::string &name) const {
    return name.find(options.only) != std::string::npos;
  }
};

/// The beginning of a launch line: a clip and its speech from files to the element `lips`, and what
/// is left of the sound to nowhere. Makes the clip if it is new.
std::string clip_to_lips(const Context &context, const ClipKind &kind);

/// The sections. Each throws Error if it cannot go on; the rows until then count.
void measure_networks(const Context &context, Result &result);
void measure_face(const Context &context, Result &result);
void measure_elements(const Context &context, Result &result);
void measure_redub(const Context &context, Result &result);
void measure_streams(const Context &context, Result &result);

}  // namespace hyperlips::bench
