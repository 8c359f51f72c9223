// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::test {

/// The checkpoint that the reference outputs under tests/data/parity were computed with: every
/// value follows from its tensor's name and place (FNV-1a and splitmix64), so nothing needs to be
/// stored. architecture: a name in tests/data/state_dicts.json.
TensorFile formula_checkpoint(const std::string &architecture);

/// The same as a safetensors file.
void write_formula_checkpoint(const std::string &architecture, const std::filesystem::path &path);

/// Formula checkpoints in a temporary folder, written when first asked for.
class FormulaCheckpoints {
 public:
  FormulaCheckpoints();
  ~FormulaCheckpoints();
  FormulaCheckpoints(const FormulaCheckpoints &) = delete;
  FormulaCheckpoints &operator=(const FormulaCheckpoints &) = delete;

  std::string path(const std::string &architecture) const;
  const std::filesystem::path &folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

/// tests/data.
std::filesystem::path data_folder();

}  // namespace hyperlips::test
