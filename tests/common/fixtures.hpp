// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hyperlips::test {

/// Path of a file in tests/data.
inline std::string data_file(const std::string &name) {
  const char *folder = std::getenv("HYPERLIPS_TEST_DATA");
  if (!folder) throw std::runtime_error("HYPERLIPS_TEST_DATA is not set; use meson test");
  return std::string(folder) + "/" + name;
}

/// The reference data outside the repository ($HYPERLIPS_SHARED), if available. Tests that need it
/// are skipped otherwise.
inline std::optional<std::filesystem::path> shared_data() {
  const char *folder = std::getenv("HYPERLIPS_SHARED");
  if (!folder || !std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

/// The content of a file.
inline std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The values of a little-endian float32 .npy file in C order.
inline std::vector<float> read_npy(const std::string &path) {
  const std::string bytes = read_file(path);
  std::uint16_t header = 0;
  std::memcpy(&header, bytes.data() + 8, sizeof header);
  if (bytes.substr(10, header).find("'<f4', 'fortran_order': False") == std::string::npos)
    throw std::runtime_error(path + " is not float32 in C order");
  std::vector<float> values((bytes.size() - 10 - header) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + 10 + header, values.size() * sizeof(float));
  return values;
}

/// The samples, scaled to -1 ... 1, of a mono 16-bit .wav file with a header of 44 bytes.
inline std::vector<float> read_wav(const std::string &path) {
  const std::string bytes = read_file(path);
  std::vector<std::int16_t> raw((bytes.size() - 44) / 2);
  std::memcpy(raw.data(), bytes.data() + 44, raw.size() * 2);
  std::vector<float> samples;
  for (const std::int16_t value : raw) samples.push_back(value / 32768.0f);
  return samples;
}

}  // namespace hyperlips::test
