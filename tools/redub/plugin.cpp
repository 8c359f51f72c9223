// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plugin.hpp"

#include <filesystem>
#include <utility>

#include "gst/lib/media/gst_ptr.hpp"
#include "hyperlips/error.hpp"
#include "program_folder.hpp"

namespace hyperlips::redub {
namespace {

constexpr const char *kLibrary = "libgsthyperlips.so";

bool registered() {
  return ObjectPtr<GstElementFactory>(gst_element_factory_find("hyperlips")) != nullptr;
}

}  // namespace

void load_plugin() {
  const bool path_given = g_getenv("GST_PLUGIN_PATH") || g_getenv("GST_PLUGIN_PATH_1_0");
  if (path_given && registered()) return;
  // Folders and where the plugin lies in them; the folders are scanned with their subfolders. The
  // installed one is relative to the program, so that an installed tree may be moved.
  const std::pair<std::filesystem::path, std::filesystem::path> candidates[] = {
      {program_folder() / "../../gst", std::filesystem::path("hyperlips") / kLibrary},
      {program_folder() / HYPERLIPS_PLUGIN_FROM_BIN, kLibrary}};
  for (const auto &[folder, library] : candidates) {
    std::error_code unknown;
    if (!std::filesystem::exists(folder / library, unknown)) continue;
    gst_registry_scan_path(gst_registry_get(), folder.lexically_normal().c_str());
    if (registered()) return;
  }
  if (registered()) return;
  throw Error(
      ErrorKind::NotFound,
      "GStreamer has no element hyperlips. Add the folder of " + std::string(kLibrary) +
          " to GST_PLUGIN_PATH; gst-inspect-1.0 hyperlips then shows why it fails to load.");
}

}  // namespace hyperlips::redub
