// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <exception>

/// Posts `error` as an element error of the fitting domain and code, so that no exception leaves a
/// GStreamer callback. Call it inside a catch block.
void gst_hyperlips_post_error(GstElement *element, const std::exception &error);
