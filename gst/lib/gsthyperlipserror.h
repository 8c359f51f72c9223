// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <exception>
#include <source_location>
#include <type_traits>

/// Posts `error` as an element error with the domain and code of its ErrorKind; the debug text has
/// the kind, and `where`, the caller:
///
///     } catch (const std::exception &error) {
///       gst_hyperlips_post_error(element, error);
///       return GST_STATE_CHANGE_FAILURE;
///     }
void gst_hyperlips_post_error(GstElement *element, const std::exception &error,
                              std::source_location where = std::source_location::current());

/// Calls `function`, so that no exception leaves a GStreamer callback: one becomes an element
/// error, and `failed` is returned.
///
///     return gst_hyperlips_guard(element, GST_FLOW_ERROR, [&] { return take(buffer); });
template <typename Function>
std::invoke_result_t<Function> gst_hyperlips_guard(
    GstElement *element, std::invoke_result_t<Function> failed, Function function,
    std::source_location where = std::source_location::current()) {
  try {
    return function();
  } catch (const std::exception &error) {
    gst_hyperlips_post_error(element, error, where);
    return failed;
  }
}
