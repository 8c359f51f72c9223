// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reference.hpp"

namespace hyperlips::bench {

Reference::Reference(const Options &options, const Models &models)
    : models_(models),
      program_({options.python.string(), HYPERLIPS_BENCH_SCRIPTS "/reference.py",
                options.reference.string()}),
      about_(program_.answer()) {}

void Reference::load(const std::string &architecture, const NetworkSamples &inputs) {
  // Written anew: the checkpoint may be in another format.
  const TensorFile checkpoint = read_checkpoint(models_.path(architecture));
  std::vector<NewTensor> tensors;
  for (const auto &[name, tensor] : checkpoint.tensors)
    tensors.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
  const std::string weights = folder_ / "weights.safetensors";
  write_safetensors(weights, tensors);
  tensors.clear();
  for (std::size_t i = 0; i < inputs.names.size(); ++i) {
    tensors.push_back({inputs.names[i], DType::F32, inputs.shapes[i],
                       std::as_bytes(std::span(inputs.values[i]))});
  }
  const std::string samples = folder_ / "inputs.safetensors";
  write_safetensors(samples, tensors);
  program_.ask({{"do", "load"},
                {"network", architecture},
                {"weights", weights},
                {"inputs", samples},
                {"order", inputs.names}});
}

double Reference::run(const std::string &architecture, int batch, double seconds) {
  return program_
      .ask({{"do", "run"}, {"network", architecture}, {"batch", batch}, {"seconds", seconds}})
      .at("ms");
}

std::vector<float> Reference::output(const std::string &architecture) {
  const std::filesystem::path file = folder_ / "output";
  program_.ask({{"do", "save"}, {"network", architecture}, {"file", file.string()}});
  std::vector<float> values(std::filesystem::file_size(file) / sizeof(float));
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char *>(values.data()),
              std::streamsize(values.size() * sizeof(float)));
  return values;
}

}  // namespace hyperlips::bench
