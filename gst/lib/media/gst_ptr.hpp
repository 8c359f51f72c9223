// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

namespace hyperlips {

/// Deleter of what GStreamer or GLib allocates or counts references of.
struct Release {
  void operator()(GstSample *sample) const { gst_sample_unref(sample); }
  void operator()(GstBuffer *buffer) const { gst_buffer_unref(buffer); }
  void operator()(GstCaps *caps) const { gst_caps_unref(caps); }
  void operator()(GstMessage *message) const { gst_message_unref(message); }
  void operator()(GstTagList *tags) const { gst_tag_list_unref(tags); }
  void operator()(GstStructure *structure) const { gst_structure_free(structure); }
  void operator()(GError *error) const { g_error_free(error); }
};

/// Deleter of references to GObjects.
struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};

template <typename T>
using ObjectPtr = std::unique_ptr<T, Unref>;
using SamplePtr = std::unique_ptr<GstSample, Release>;
using BufferPtr = std::unique_ptr<GstBuffer, Release>;
using CapsPtr = std::unique_ptr<GstCaps, Release>;
using MessagePtr = std::unique_ptr<GstMessage, Release>;
using TagsPtr = std::unique_ptr<GstTagList, Release>;
using StructurePtr = std::unique_ptr<GstStructure, Release>;
using ErrorPtr = std::unique_ptr<GError, Release>;

/// Copies and frees a string allocated by GLib; "" for nullptr.
inline std::string take_string(gchar *text) {
  std::string copy = text ? text : "";
  g_free(text);
  return copy;
}

inline double seconds(GstClockTime time) { return double(time) / GST_SECOND; }

}  // namespace hyperlips
