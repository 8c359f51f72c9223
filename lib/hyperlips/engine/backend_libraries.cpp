// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/backend_libraries.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

#include "util/quote.hpp"

namespace hyperlips {
namespace {

namespace fs = std::filesystem;

/// A backend. This is the table of all of them.
struct BackendEntryInfo {
  const char *name;
  const char *soname;
  /// Order in which auto tries them on a device, the highest first; 0: not at all.
  int on_cpu, on_cuda;
};

constexpr std::array<BackendEntryInfo, 2> kBackends{{
    {"openvino", "libhyperlips-openvino.so." HYPERLIPS_SOVERSION, 2, 0},
    {"torch", "libhyperlips-torch.so." HYPERLIPS_SOVERSION, 1, 1},
}};

fs::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void *>(&open_network), &info) == 0 || !info.dli_fname)
    return {};
  std::error_code ignored;
  return fs::weakly_canonical(info.dli_fname, ignored).parent_path();
}

std::vector<fs::path> candidates(const BackendEntryInfo &backend) {
  // Ignored in programs with more rights than their caller, as the dynamic linker ignores
  // LD_LIBRARY_PATH there.
  if (const char *chosen = secure_getenv("HYPERLIPS_BACKENDS"); chosen && *chosen)
    return {fs::path(chosen) / backend.soname};
  std::vector<fs::path> paths;
  if (const fs::path folder = own_folder(); !folder.empty()) {
    paths.push_back(folder / backend.soname);
    paths.push_back(folder / "engine" / backend.name / backend.soname);  // the build tree
  }
  paths.emplace_back(backend.soname);
  return paths;
}

BackendLibrary &load(const BackendEntryInfo &backend) {
  std::string failures;
  for (const fs::path &path : candidates(backend)) {
    std::error_code ignored;
    if (path.has_parent_path() && !fs::exists(path, ignored)) {
      failures += "\n  " + path.string() + ": file not found";
      continue;
    }
    // Never closed: the threads and registries of the runtimes cannot be unloaded.
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char *reason = dlerror();
      failures += "\n  " + std::string(reason ? reason : path.string() + ": unknown error");
      continue;
    }
    if (void *symbol = dlsym(library, kBackendSymbol))
      return reinterpret_cast<BackendEntry *>(symbol)(kBackendVersion);
    failures +=
        "\n  " + path.string() + ": not a backend (symbol " + kBackendSymbol + " not found)";
  }
  throw Error(ErrorKind::Device,
              std::string("Cannot load the backend ") + backend.name + " (" + backend.soname +
                  "); build it with \"./hyperlips build\", or set HYPERLIPS_BACKENDS to the folder "
                  "it is in. Tried:" +
                  failures);
}

BackendLibrary &opened(const BackendEntryInfo &backend) {
  static std::mutex mutex;
  static std::map<std::string, BackendLibrary *> libraries;
  const std::lock_guard lock(mutex);
  BackendLibrary *&library = libraries[backend.name];
  if (library == nullptr) library = &load(backend);
  return *library;
}

ChosenBackend choose(const BackendEntryInfo &backend, const NetworkOptions &options,
                     const std::string &device) {
  BackendLibrary &library = opened(backend);
  return {backend.name, library, library.choose(device, options.precision, options.threads)};
}

const BackendEntryInfo &by_name(const std::string &name) {
  const auto found = std::ranges::find(kBackends, name, &BackendEntryInfo::name);
  if (found != kBackends.end()) return *found;
  std::string known = "auto";
  for (const BackendEntryInfo &backend : kBackends) known += std::string(", ") + backend.name;
  throw Error(ErrorKind::Settings,
              "Unknown backend " + quote(name) + "; expected one of " + known + ".");
}

std::vector<const BackendEntryInfo *> in_order(int BackendEntryInfo::*priority) {
  std::vector<const BackendEntryInfo *> found;
  for (const BackendEntryInfo &backend : kBackends)
    if (backend.*priority > 0) found.push_back(&backend);
  std::ranges::sort(found, std::greater{}, [&](const auto *backend) { return backend->*priority; });
  return found;
}

/// The first backend that can be opened; without one, throws the error of the first.
ChosenBackend first_of(const std::vector<const BackendEntryInfo *> &backends,
                       const NetworkOptions &options, const std::string &device) {
  std::exception_ptr first_error;
  for (const BackendEntryInfo *backend : backends) {
    try {
      return choose(*backend, options, device);
    } catch (const Error &error) {
      if (error.kind() != ErrorKind::Device) throw;
      if (!first_error) first_error = std::current_exception();
    }
  }
  std::rethrow_exception(first_error);
}

/// Without loading a backend, which takes long.
bool has_cuda_driver() {
  static const bool found = dlopen("libcuda.so.1", RTLD_LAZY) != nullptr;
  return found;
}

}  // namespace

ChosenBackend choose_backend(const NetworkOptions &options) {
  if (options.threads < 0 || options.threads > kMostThreads)
    throw Error(ErrorKind::Settings, "Invalid number of threads " +
                                         std::to_string(options.threads) + "; expected 0 to " +
                                         std::to_string(kMostThreads) + ".");
  if (options.backend != "auto") return choose(by_name(options.backend), options, options.device);
  if (options.device.starts_with("cuda")) {
    try {
      return first_of(in_order(&BackendEntryInfo::on_cuda), options, options.device);
    } catch (const Error &error) {
      if (error.kind() != ErrorKind::Device) throw;
      throw Error(ErrorKind::Device, "The device " + quote(options.device) +
                                         " needs the backend torch. " + error.what());
    }
  }
  if (options.device == "auto" && has_cuda_driver()) {
    try {
      return first_of(in_order(&BackendEntryInfo::on_cuda), options, "cuda");
    } catch (const Error &) {
      // The driver has no device, or there is no backend for it.
    }
  }
  return first_of(in_order(&BackendEntryInfo::on_cpu), options,
                  options.device == "auto" ? "cpu" : options.device);
}

std::unique_ptr<OnnxModel> open_onnx_model(const fs::path &file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    throw Error(ErrorKind::NotFound, "File " + quote_path(file) + " not found.");
  std::exception_ptr first_error;
  for (const BackendEntryInfo *backend : in_order(&BackendEntryInfo::on_cpu)) {
    try {
      if (auto model = opened(*backend).open_onnx(file)) return model;
    } catch (const Error &error) {
      if (error.kind() != ErrorKind::Device) throw;
      if (!first_error) first_error = std::current_exception();
    }
  }
  if (first_error) std::rethrow_exception(first_error);
  throw Error(ErrorKind::Device, "No backend reads ONNX files such as " + quote_path(file) + ".");
}

}  // namespace hyperlips
