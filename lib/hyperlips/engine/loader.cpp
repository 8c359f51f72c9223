// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/engine/nn_entry.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

constexpr const char *kLibraryName = HYPERLIPS_NN_LIBRARY;

std::filesystem::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void *>(&open_network), &info) == 0 || !info.dli_fname) {
    return {};
  }
  std::error_code ignored;
  const auto path = std::filesystem::weakly_canonical(info.dli_fname, ignored);
  return path.parent_path();
}

std::vector<std::string> candidates() {
  // Ignored in programs with more rights than their caller, as the dynamic linker ignores
  // LD_LIBRARY_PATH there.
  if (const char *chosen = secure_getenv("HYPERLIPS_NN"); chosen && *chosen) return {chosen};
  std::vector<std::string> paths;
  if (const std::filesystem::path folder = own_folder(); !folder.empty()) {
    paths.push_back(folder / kLibraryName);
    paths.push_back(folder / "nn" / kLibraryName);  // the build tree
  }
  paths.push_back(kLibraryName);
  return paths;
}

NnEntry *load_entry() {
  std::string failures;
  for (const std::string &path : candidates()) {
    std::error_code ignored;
    if (path.find('/') != std::string::npos && !std::filesystem::exists(path, ignored)) {
      failures += "\n  " + path + ": file not found";
      continue;
    }
    // Never closed: LibTorch's threads and registries cannot be unloaded.
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char *reason = dlerror();
      failures += "\n  " + std::string(reason ? reason : path + ": unknown error");
      continue;
    }
    if (void *symbol = dlsym(library, kNnEntrySymbol)) {
      return reinterpret_cast<NnEntry *>(symbol);
    }
    failures +=
        "\n  " + path + ": not a HyperLips library (symbol " + kNnEntrySymbol + " not found)";
  }
  throw Error(ErrorKind::Device,
              std::string("Cannot load the inference library ") + kLibraryName +
                  "; build it with \"./hyperlips build\" or set HYPERLIPS_NN to its path. Tried:" +
                  failures);
}

}  // namespace

std::shared_ptr<Network> open_network(const NetworkOptions &options) {
  static std::mutex mutex;
  static NnEntry *entry = nullptr;
  {
    const std::lock_guard lock(mutex);
    if (entry == nullptr) entry = load_entry();
  }
  std::shared_ptr<Network> network;
  entry(kNnEntryVersion, options, network);
  return network;
}

}  // namespace hyperlips
