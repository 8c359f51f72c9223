// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plugin.hpp"

#include <filesystem>

#include "gst/lib/media/gst_ptr.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips::redub {
namespace {

constexpr const char *kLibrary = "libgsthyperlips.so";

bool registered() {
  return ObjectPtr<GstElementFactory>(gst_element_factory_find("hyperlips")) != nullptr;
}

}  // namespace

void load_plugin() {
  std::error_code unknown;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  const auto built = folder / "../../gst";
  // Where an installed tree was moved to, its plugin lies at the same place relative to bin.
  const auto installed = folder / HYPERLIPS_PLUGIN_FROM_BIN;
  const bool told = g_getenv("GST_PLUGIN_PATH") || g_getenv("GST_PLUGIN_PATH_1_0");
  if (told && registered()) return;
  for (const auto &place : {built, installed}) {
    if (!std::filesystem::exists(place / kLibrary, unknown)) continue;
    gst_registry_scan_path(gst_registry_get(), place.lexically_normal().c_str());
    if (registered()) return;
  }
  if (registered()) return;
  throw Error(ErrorKind::NotFound,
              "GStreamer does not find the hyperlips elements. Name the folder of " +
                  std::string(kLibrary) +
                  " in GST_PLUGIN_PATH; gst-inspect-1.0 hyperlips then says what is wrong.");
}

}  // namespace hyperlips::redub
