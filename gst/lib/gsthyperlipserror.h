// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <exception>

/// Posts `error` as an element error with the domain and code of its ErrorKind, so that no
/// exception leaves a GStreamer callback:
///
///     } catch (const std::exception &error) {
///       gst_hyperlips_post_error(element, error);
///       return GST_STATE_CHANGE_FAILURE;
///     }
void gst_hyperlips_post_error(GstElement *element, const std::exception &error);
