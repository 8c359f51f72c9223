// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "common/temporary_folder.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::test {

/// The checkpoint with which the reference outputs in tests/data/parity were computed. Each value
/// is a hash of the tensor name and the index (FNV-1a and SplitMix64), so that the checkpoint need
/// not be stored. `architecture`: a name of model/registry.hpp.
TensorFile formula_checkpoint(const std::string &architecture);

/// Writes it as a safetensors file.
void write_formula_checkpoint(const std::string &architecture, const std::filesystem::path &path);

/// Formula checkpoints in a temporary folder, written on first use.
class FormulaCheckpoints {
 public:
  /// Path of the safetensors file of an architecture.
  std::string path(const std::string &architecture) const;
  const std::filesystem::path &folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

/// The folder tests/data.
std::filesystem::path data_folder();

}  // namespace hyperlips::test
