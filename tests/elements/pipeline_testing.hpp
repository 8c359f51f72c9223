// SPDX-License-Identifier: LGPL-2.1-or-later
// Shared by the tests of the video elements: pipelines, frames and faces.
#pragma once

#include <gst/app/app.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gsttestclock.h>
#include <gst/video/video.h>
// Check defines a macro of this name, which breaks the standard streams.
#undef fail

#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "common/drawn_face.hpp"
#include "hyperlips/gst/gsthyperlipsfacemeta.h"

namespace hyperlips::test {

inline constexpr GstClockTime kTimeout = 120 * GST_SECOND;

// ---------------------------------------------------------------------------------------------
// Faces on buffers

inline std::vector<HyperlipsFaceData> faces_of(GstBuffer *buffer) {
  std::vector<HyperlipsFaceData> faces;
  gpointer state = nullptr;
  while (auto *meta = gst_buffer_iterate_hyperlips_face_meta(buffer, &state)) {
    faces.push_back(meta->data);
  }
  return faces;
}

inline void add_face(GstBuffer *buffer, HyperlipsFaceData face) {
  gst_buffer_add_hyperlips_face_meta(buffer, std::move(face));
}

inline std::vector<GstVideoRegionOfInterestMeta *> regions_of(GstBuffer *buffer) {
  std::vector<GstVideoRegionOfInterestMeta *> regions;
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) {
    regions.push_back(reinterpret_cast<GstVideoRegionOfInterestMeta *>(meta));
  }
  return regions;
}

inline bool same_picture(const cv::Mat &a, const cv::Mat &b) {
  return a.size() == b.size() && a.type() == b.type() &&
         (a.empty() || cv::norm(a, b, cv::NORM_INF) == 0);
}

// ---------------------------------------------------------------------------------------------
// Frames

inline std::string video_caps(const char *format, int width, int height,
                              const char *more = "framerate=25/1") {
  return std::string("video/x-raw, format=") + format + ", width=" + std::to_string(width) +
         ", height=" + std::to_string(height) + ", " + more;
}

inline GstVideoInfo video_info(const std::string &text) {
  GstCaps *caps = gst_caps_from_string(text.c_str());
  GstVideoInfo info;
  fail_unless(gst_video_info_from_caps(&info, caps), "not video: %s", text.c_str());
  gst_caps_unref(caps);
  return info;
}

/// A picture as a BGR buffer.
inline GstBuffer *bgr_buffer(const cv::Mat &picture, GstClockTime pts,
                             GstClockTime duration = 40 * GST_MSECOND) {
  const GstVideoInfo info = video_info(video_caps("BGR", picture.cols, picture.rows));
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr);
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_WRITE));
  for (int y = 0; y < picture.rows; ++y) {
    std::memcpy(static_cast<guint8 *>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) +
                    std::size_t(y) * std::size_t(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)),
                picture.ptr(y), std::size_t(picture.cols) * 3);
  }
  gst_video_frame_unmap(&frame);
  GST_BUFFER_PTS(buffer) = pts;
  GST_BUFFER_DURATION(buffer) = duration;
  return buffer;
}

inline std::vector<guint8> bytes_of(GstBuffer *buffer) {
  std::vector<guint8> bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

// ---------------------------------------------------------------------------------------------
// Pipelines

struct Message {
  std::string source, text;
  GQuark domain = 0;
  int code = 0;

  bool is(GQuark wanted_domain, int wanted_code) const {
    return domain == wanted_domain && code == wanted_code;
  }
};

inline Message read_message(GstMessage *message) {
  GError *error = nullptr;
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error(message, &error, nullptr);
  } else {
    gst_message_parse_warning(message, &error, nullptr);
  }
  Message result{GST_OBJECT_NAME(GST_MESSAGE_SRC(message)), error->message, error->domain,
                 error->code};
  g_error_free(error);
  return result;
}

/// A pipeline created from a launch line, with appsrc elements for push() and appsink elements for
/// pull().
class Pipeline {
 public:
  explicit Pipeline(const std::string &line) {
    GError *error = nullptr;
    pipeline_ = gst_parse_launch(line.c_str(), &error);
    fail_unless(error == nullptr, "%s: %s", line.c_str(), error ? error->message : "");
    if (!GST_IS_PIPELINE(pipeline_)) {
      GstElement *alone = pipeline_;
      pipeline_ = gst_pipeline_new(nullptr);
      gst_bin_add(GST_BIN(pipeline_), alone);
    }
    bus_ = gst_element_get_bus(pipeline_);
  }
  ~Pipeline() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(bus_);
    gst_object_unref(pipeline_);
  }
  Pipeline(const Pipeline &) = delete;
  Pipeline &operator=(const Pipeline &) = delete;

  GstElement *get() const { return pipeline_; }

  /// The element with this name; the pipeline owns it.
  GstElement *operator[](const char *name) const {
    GstElement *element = gst_bin_get_by_name(GST_BIN(pipeline_), name);
    fail_unless(element != nullptr, "no element %s", name);
    gst_object_unref(element);
    return element;
  }

  void set_state(GstState state) {
    if (gst_element_set_state(pipeline_, state) == GST_STATE_CHANGE_FAILURE) {
      const auto errors = messages(GST_MESSAGE_ERROR);
      ck_abort_msg("cannot go to %s: %s", gst_element_state_get_name(state),
                   errors.empty() ? "no error was posted" : errors[0].text.c_str());
    }
  }
  void play() { set_state(GST_STATE_PLAYING); }
  void wait_for_state() {
    fail_unless(gst_element_get_state(pipeline_, nullptr, nullptr, kTimeout) !=
                GST_STATE_CHANGE_FAILURE);
  }

  void push(const char *name, GstBuffer *buffer) {
    fail_unless_equals_int(gst_app_src_push_buffer(GST_APP_SRC((*this)[name]), buffer),
                           GST_FLOW_OK);
  }
  void set_caps(const char *name, const std::string &text) {
    GstCaps *caps = gst_caps_from_string(text.c_str());
    gst_app_src_set_caps(GST_APP_SRC((*this)[name]), caps);
    gst_caps_unref(caps);
  }
  void end(const char *name) { gst_app_src_end_of_stream(GST_APP_SRC((*this)[name])); }

  /// The next buffer, or nullptr at the end. The pipeline's error fails the test.
  GstBuffer *pull(const char *name) {
    GstAppSink *sink = GST_APP_SINK((*this)[name]);
    const gint64 give_up = g_get_monotonic_time() + gint64(kTimeout / GST_USECOND);
    while (true) {
      if (GstSample *sample = gst_app_sink_try_pull_sample(sink, 50 * GST_MSECOND)) {
        GstBuffer *buffer = gst_buffer_ref(gst_sample_get_buffer(sample));
        gst_sample_unref(sample);
        return buffer;
      }
      if (gst_app_sink_is_eos(sink)) return nullptr;
      const auto errors = messages(GST_MESSAGE_ERROR);
      fail_unless(errors.empty(), "%s: %s", errors.empty() ? "" : errors[0].source.c_str(),
                  errors.empty() ? "" : errors[0].text.c_str());
      fail_unless(g_get_monotonic_time() < give_up, "timeout: no buffer and no EOS at %s", name);
    }
  }

  /// All buffers up to the end; the caller unrefs them with the Buffers.
  class Buffers {
   public:
    Buffers() = default;
    Buffers(Buffers &&other) noexcept : items(std::move(other.items)) { other.items.clear(); }
    Buffers &operator=(Buffers &&other) noexcept {
      std::swap(items, other.items);
      return *this;
    }
    ~Buffers() {
      for (GstBuffer *buffer : items) gst_buffer_unref(buffer);
    }
    std::size_t size() const { return items.size(); }
    GstBuffer *operator[](std::size_t index) const {
      fail_unless(index < items.size());
      return items[index];
    }
    auto begin() const { return items.begin(); }
    auto end() const { return items.end(); }

    std::vector<GstBuffer *> items;
  };
  Buffers pull_all(const char *name) {
    Buffers buffers;
    while (GstBuffer *buffer = pull(name)) buffers.items.push_back(buffer);
    return buffers;
  }

  /// Removes the messages of a type that were posted so far from the bus.
  std::vector<Message> messages(GstMessageType type) {
    // Other messages are kept.
    std::vector<Message> found;
    while (GstMessage *message = gst_bus_pop_filtered(
               bus_, GstMessageType(GST_MESSAGE_ERROR | GST_MESSAGE_WARNING))) {
      auto &kept = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR ? errors_ : warnings_;
      kept.push_back(read_message(message));
      gst_message_unref(message);
    }
    return type == GST_MESSAGE_ERROR ? errors_ : warnings_;
  }

  /// Waits for an error message; fails if there is none.
  Message wait_for_error() {
    const auto errors = messages(GST_MESSAGE_ERROR);
    if (!errors.empty()) return errors[0];
    GstMessage *message = gst_bus_timed_pop_filtered(bus_, kTimeout, GST_MESSAGE_ERROR);
    fail_unless(message != nullptr, "no error was posted");
    errors_.push_back(read_message(message));
    gst_message_unref(message);
    return errors_[0];
  }

 private:
  GstElement *pipeline_;
  GstBus *bus_;
  std::vector<Message> errors_, warnings_;
};

/// Names of the items on a pad, in order: "buffer", or the event type.
class Recorder {
 public:
  Recorder(GstElement *element, const char *pad) : pad_(gst_element_get_static_pad(element, pad)) {
    probe_ = gst_pad_add_probe(
        pad_,
        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                     GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                     GST_PAD_PROBE_TYPE_EVENT_FLUSH),
        [](GstPad *, GstPadProbeInfo *info, gpointer data) {
          Record &record = **static_cast<std::shared_ptr<Record> *>(data);
          std::lock_guard guard(record.lock);
          record.names.push_back(
              GST_IS_BUFFER(info->data) ? "buffer" : GST_EVENT_TYPE_NAME(GST_EVENT(info->data)));
          return GST_PAD_PROBE_OK;
        },
        new std::shared_ptr<Record>(record_),
        [](gpointer data) { delete static_cast<std::shared_ptr<Record> *>(data); });
  }
  ~Recorder() {
    gst_pad_remove_probe(pad_, probe_);
    gst_object_unref(pad_);
  }
  Recorder(const Recorder &) = delete;
  Recorder &operator=(const Recorder &) = delete;

  std::vector<std::string> seen() const {
    std::lock_guard guard(record_->lock);
    return record_->names;
  }

 private:
  struct Record {
    std::mutex lock;
    std::vector<std::string> names;
  };

  GstPad *pad_;
  gulong probe_;
  // A probe that is running when it is removed goes on.
  std::shared_ptr<Record> record_ = std::make_shared<Record>();
};

}  // namespace hyperlips::test
