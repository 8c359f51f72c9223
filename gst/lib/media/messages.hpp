// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "gst/lib/media/gst_ptr.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips {

/// A full sentence for the user out of an error message of a pipeline; `subject` is the file that
/// the pipeline reads or writes.
Error error_of(GstMessage *message, const std::string &subject);

/// What a missing-plugin message asks for, with the package that has it; empty for other messages.
std::string missing_plugin(GstMessage *message);

/// "Install it with: apt install ..." for what GStreamer calls `detail`.
std::string package_hint(const std::string &detail);

/// Makes an element. Throws Error that names the package where it is missing.
GstElement *make_element(const char *factory, const char *name = nullptr);

/// "'clip.mp4'".
/// "1:02.345"
std::string clock_text(GstClockTime time);

}  // namespace hyperlips
