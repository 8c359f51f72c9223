// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "gst/lib/media/gst_ptr.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips {

// Error messages for users of the programs, made from what GStreamer pipelines report: each names
// the file, the cause and, if a plugin is missing, the package to install.

/// Converts an error message of a pipeline; `subject` is the file that it reads or writes.
///
///     if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) throw error_of(message, path);
Error error_of(GstMessage *message, const std::string &subject);

/// Of a file whose video has no frame that can be decoded.
Error no_frame(const std::string &file);

/// Creates an element. Throws Error that names the package to install if the element is missing.
GstElement *make_element(const char *factory, const char *name = nullptr);

/// Minutes, seconds and milliseconds: "1:02.345".
std::string clock_text(GstClockTime time);

}  // namespace hyperlips
