// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

#include "common/formula_weights.hpp"
#include "options.hpp"

namespace hyperlips::bench {

/// The checkpoints of --model and --hr-model, and weights of a formula for all other networks.
class Models {
 public:
  /// Throws Error if a checkpoint cannot be read or is of another network.
  explicit Models(const Options &options);

  std::string path(const std::string &architecture) const;
  std::string base() const { return path("HyperLipsBase"); }
  std::string hr() const { return path(hr_); }
  const std::string &hr_architecture() const { return hr_; }
  /// The given one, or "formula": for the report.
  std::string origin(const std::string &architecture) const;

 private:
  std::map<std::string, std::string> given_;  // by architecture
  std::string hr_ = "HRDecoder x2";
  test::FormulaCheckpoints formula_;
};

}  // namespace hyperlips::bench
