// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/weights_output.hpp"

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

DType stored_type(const std::string &precision) {
  return precision == "fp16" ? DType::F16 : precision == "bf16" ? DType::BF16 : DType::F32;
}

void refuse_existing(const std::filesystem::path &output) {
  if (std::filesystem::exists(output)) {
    throw Error(ErrorKind::Settings,
                quote_path(output) + " already exists; add --overwrite to replace it.");
  }
}

}  // namespace hyperlips::training
