// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check_tensors.hpp"
#include "hyperlips/model/safetensors_parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  hyperlips::fuzz::check_tensors(data, size, [](const auto &source) {
    return hyperlips::parse_safetensors(source, "fuzzed.safetensors");
  });
  return 0;
}
