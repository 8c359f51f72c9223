// SPDX-License-Identifier: LGPL-2.1-or-later
#include <filesystem>
#include <map>
#include <mutex>
#include <tuple>

#include "hyperlips/engine/engine_network.hpp"
#include "hyperlips/error.hpp"
#include "util/file_identity.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

namespace fs = std::filesystem;

using Key =
    std::tuple<FileIdentity, std::string, std::string, Precision, int, int, bool, std::string>;

Key key_of(const NetworkOptions &options, const ChosenBackend &backend) {
  std::error_code error;
  const FileIdentity file = file_identity(options.model, error);
  if (error) {
    throw Error(ErrorKind::NotFound,
                "Cannot open model " + quote_path(options.model) + ": " + error.message() + ".");
  }
  if (!fs::is_regular_file(file.path, error)) {
    throw Error(ErrorKind::NotFound,
                "Model " + quote_path(options.model) + " is not a regular file.");
  }
  const DeviceChoice &choice = backend.choice;
  return {file,           backend.name,      choice.device,  choice.precision,
          choice.threads, options.first_row, options.pixels, options.instance_id};
}

}  // namespace

std::shared_ptr<Network> open_network(const NetworkOptions &options) {
  static auto &open = *new std::map<Key, std::weak_ptr<EngineNetwork>>;
  static auto &mutex = *new std::mutex;
  if (options.model.empty()) {
    throw Error(ErrorKind::Settings, "No model given; expected a .safetensors or .pth checkpoint.");
  }
  const ChosenBackend backend = choose_backend(options);
  const Key key = key_of(options, backend);
  // Held while loading, so that two streams that start together load once.
  const std::lock_guard lock(mutex);
  std::erase_if(open, [](const auto &entry) { return entry.second.expired(); });
  std::weak_ptr<EngineNetwork> &entry = open[key];
  std::shared_ptr<EngineNetwork> network = entry.lock();
  if (!network) {
    network = std::make_shared<EngineNetwork>(options, backend);
    entry = network;
  }
  return network;
}

}  // namespace hyperlips
