// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipserror.h"

#include <new>

#include "hyperlips/error.hpp"

namespace {

struct Code {
  GQuark domain;
  gint code;
};

Code code_of(const std::exception &error) {
  using hyperlips::ErrorKind;
  if (dynamic_cast<const std::bad_alloc *>(&error)) {
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT};
  }
  if (auto *own = dynamic_cast<const hyperlips::Error *>(&error)) {
    switch (own->kind()) {
      case ErrorKind::NotFound:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
      case ErrorKind::Settings:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS};
      case ErrorKind::Format:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ};
      case ErrorKind::Device:
        return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT};
      case ErrorKind::Memory:
        return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT};
      case ErrorKind::Failed:
        break;
    }
  }
  return {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED};
}

}  // namespace

void gst_hyperlips_post_error(GstElement *element, const std::exception &error) {
  const Code code = code_of(error);
  gst_element_message_full(element, GST_MESSAGE_ERROR, code.domain, code.code,
                           g_strdup(error.what()), nullptr, __FILE__, G_STRFUNC, __LINE__);
}
