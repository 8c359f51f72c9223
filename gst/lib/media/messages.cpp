// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/messages.hpp"

#include <cstdio>

#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// GStreamer's debug text without file name and line number.
std::string short_debug(const std::string &debug) {
  const auto at = debug.find(":\n");
  return at == std::string::npos ? std::string() : debug.substr(at + 2);
}

}  // namespace

std::string clock_text(GstClockTime time) {
  char text[32];
  const auto ms = time / GST_MSECOND;
  std::snprintf(text, sizeof text, "%u:%02u.%03u", unsigned(ms / 60000), unsigned(ms / 1000 % 60),
                unsigned(ms % 1000));
  return text;
}

Error no_frame(const std::string &file) {
  return {ErrorKind::Format, "The picture of " + quote_path(file) +
                                 " has no frame that can be decoded. Pass a complete file."};
}

GstElement *make_element(const char *factory, const char *name) {
  GstElement *element = gst_element_factory_make(factory, name);
  if (!element) {
    throw Error(ErrorKind::NotFound, std::string("GStreamer element ") + quote(factory) +
                                         " not found. Install it with: apt install "
                                         "gstreamer1.0-plugins-base gstreamer1.0-plugins-good");
  }
  return element;
}

Error error_of(GstMessage *message, const std::string &subject) {
  GError *raw = nullptr;
  gchar *raw_debug = nullptr;
  gst_message_parse_error(message, &raw, &raw_debug);
  const ErrorPtr error(raw);
  const std::string debug = take_string(raw_debug);
  const std::string source = GST_OBJECT_NAME(GST_MESSAGE_SRC(message));
  if (g_error_matches(raw, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT)) {
    return {ErrorKind::Failed, "No space left on the device of " + quote_path(subject) +
                                   ". Free space or choose another output folder."};
  }
  std::string text = error->message;
  if (const std::string more = short_debug(debug); !more.empty()) text += " (" + more + ")";
  GObject *element = G_OBJECT(GST_MESSAGE_SRC(message));
  GstElementFactory *factory =
      GST_IS_ELEMENT(element) ? gst_element_get_factory(GST_ELEMENT(element)) : nullptr;
  const std::string name = factory ? GST_OBJECT_NAME(factory) : source;
  // Messages of this project's elements are complete sentences for users.
  if (name.rfind("hyperlips", 0) == 0) return {ErrorKind::Failed, error->message};
  return {ErrorKind::Failed, quote_path(subject) + ": " + name + ": " + text};
}

}  // namespace hyperlips
