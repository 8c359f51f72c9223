// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/network.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {

Precision parse_precision(const std::string &name) {
  for (const Precision precision :
       {Precision::Auto, Precision::Fp32, Precision::Bf16, Precision::Fp16}) {
    if (name == to_string(precision)) return precision;
  }
  throw Error(ErrorKind::Settings,
              "Unknown precision " + quote(name) + "; expected auto, fp32, bf16 or fp16.");
}

const char *to_string(Precision precision) {
  switch (precision) {
    case Precision::Auto:
      return "auto";
    case Precision::Fp32:
      return "fp32";
    case Precision::Bf16:
      return "bf16";
    case Precision::Fp16:
      return "fp16";
  }
  return "unknown";
}

}  // namespace hyperlips
