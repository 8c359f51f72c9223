// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/describe.hpp"

#include "util/quote.hpp"

namespace hyperlips {

std::string describe_shape(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const auto size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

Error damaged(const std::filesystem::path &path, std::string_view kind, std::string_view problem) {
  return Error(ErrorKind::Format, quote_path(path) + " is not a valid " + std::string(kind) + ": " +
                                      std::string(problem));
}

}  // namespace hyperlips
