// SPDX-License-Identifier: LGPL-2.1-or-later
#include <filesystem>
#include <iostream>

#include "commands.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/model/convert.hpp"
#include "util/quote.hpp"

namespace hyperlips::tool {
namespace {

DType weight_type(Precision precision) {
  switch (precision) {
    case Precision::Fp16:
      return DType::F16;
    case Precision::Bf16:
      return DType::BF16;
    case Precision::Auto:
    case Precision::Fp32:
      break;
  }
  return DType::F32;
}

}  // namespace

int convert(const ConvertOptions &options) {
  if (!options.overwrite && std::filesystem::exists(options.output)) {
    throw Error(ErrorKind::Settings, "File " + quote_path(options.output) +
                                         " already exists; use --overwrite to replace it.");
  }
  const TensorFile file = read_checkpoint(options.input);
  write_converted(options.output, file, weight_type(parse_precision(options.precision)),
                  file.metadata);
  std::cout << options.output << ": " << file.tensors.size() << " tensors, "
            << std::filesystem::file_size(options.output) << " bytes\n";
  return 0;
}

}  // namespace hyperlips::tool
