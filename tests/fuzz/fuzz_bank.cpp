// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <span>

#include <opencv2/core/utils/logger.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/model/safetensors_parse.hpp"
#include "hyperlips/own_mouths/bank.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  const hyperlips::MemorySource source(std::as_bytes(std::span(data, size)));
  try {
    const hyperlips::Bank bank =
        hyperlips::parse_bank(hyperlips::parse_safetensors(source, "fuzzed.bank"));
    for (std::size_t n = 0; n < bank.frames.size(); ++n) hyperlips::picture_of(bank, n);
  } catch (const hyperlips::Error &) {
  }
  return 0;
}
