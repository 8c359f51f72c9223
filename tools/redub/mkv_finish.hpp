// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace hyperlips::redub {

/// Works around matroskamux and webmmux, as of GStreamer 1.22 (Debian 12); their sources are the
/// same in this respect up to 1.28.6:
/// - They write the text of a tag as gst_value_serialize() gives it, with quotes and backslashes
///   (gst_matroska_mux_write_simple_tag). This function writes the plain text in its place, in the
///   elements Tags, Tag, SimpleTag, TagString.
/// - They name tracks without a title "Video" and "Audio", which players show beside or in place of
///   the title of the file. This function replaces each element Name by Void.
///
/// A text without quotes and a track without a name stay as they are, so a muxer that does neither
/// needs no change here. To drop this function, check that RedubTest.LabelAndTags passes without it
/// in all supported versions.
/// Throws Error if the file is not valid Matroska or cannot be written.
void finish_mkv(const std::filesystem::path &path);

}  // namespace hyperlips::redub
