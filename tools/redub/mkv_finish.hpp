// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace hyperlips::redub {

/// The muxer of GStreamer 1.22 writes texts of tags as a GStreamer caps string would hold them,
/// with quotes and backslashes. Writes the plain texts in their place (Matroska: Tags, Tag,
/// SimpleTag, TagString). It names tracks "Video" and "Audio", which players show beside or in
/// place of the title: these names go. A file without any of it stays as it is.
void finish_mkv(const std::filesystem::path &path);

}  // namespace hyperlips::redub
