// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipserror.h"

#include <new>

#include "hyperlips/error.hpp"

namespace {

struct Description {
  GQuark domain;
  gint code;
  const char *text;   ///< for users
  const char *debug;  ///< for developers
};

Description describe(const std::exception &error) {
  using hyperlips::ErrorKind;
  if (dynamic_cast<const std::bad_alloc *>(&error)) {
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, "Not enough memory.",
            error.what()};
  }
  if (auto *own = dynamic_cast<const hyperlips::Error *>(&error)) {
    switch (own->kind()) {
      case ErrorKind::NotFound:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, error.what(), "kind NotFound"};
      case ErrorKind::Settings:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, error.what(), "kind Settings"};
      case ErrorKind::Format:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, error.what(), "kind Format"};
      case ErrorKind::Device:
        return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT, error.what(), "kind Device"};
      case ErrorKind::Memory:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, error.what(), "kind Memory"};
      case ErrorKind::Failed:
        return {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, error.what(), "kind Failed"};
    }
  }
  return {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, error.what(), "unexpected exception"};
}

}  // namespace

void gst_hyperlips_post_error(GstElement *element, const std::exception &error,
                              std::source_location where) {
  const Description found = describe(error);
  gst_element_message_full(element, GST_MESSAGE_ERROR, found.domain, found.code,
                           g_strdup(found.text), g_strdup(found.debug), where.file_name(),
                           where.function_name(), int(where.line()));
}
