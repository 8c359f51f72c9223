// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/cpu_features.hpp"
#include "hyperlips/engine/openvino/openvino_backend.hpp"
#include "hyperlips/engine/openvino/openvino_onnx_model.hpp"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

class OpenvinoLibrary : public BackendLibrary {
 public:
  DeviceChoice choose(const std::string &device, Precision precision, int threads) override {
    if (device.starts_with("cuda"))
      throw Error(ErrorKind::Settings, "The backend openvino has no device " + quote(device) +
                                           "; use the device cpu or the backend torch.");
    if (device != "auto" && device != "cpu") throw_unknown_device(device);
    return {"cpu", cpu_precision(precision), threads > 0 ? threads : usable_cpus()};
  }

  std::unique_ptr<Backend> make(const Graph &graph, const DeviceChoice &choice,
                                const std::string &name) override {
    return std::make_unique<OpenvinoBackend>(core_, graph, choice, name);
  }

  std::unique_ptr<OnnxModel> open_onnx(const std::filesystem::path &file) override {
    return open_openvino_onnx(core_, file);
  }

 private:
  ov::Core core_;
};

}  // namespace
}  // namespace hyperlips

extern "C" __attribute__((visibility("default"))) hyperlips::BackendLibrary &hyperlips_backend(
    int version) {
  using namespace hyperlips;
  check_backend_version(version, "libhyperlips-openvino");
  // Leaked: inference threads may still use it while the process exits.
  static auto &library = *new OpenvinoLibrary;
  return library;
}
