// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/media_reader.hpp"

#include "gst/lib/media/frame_view.hpp"
#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr GstClockTime kPoll = 100 * GST_MSECOND;
constexpr guint kMaxBuffers = 2;  // decoded ahead

/// Whether an installed decoder of this kind accepts the caps.
bool decodable(GstCaps *caps, bool video) {
  const auto media =
      video ? GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO | GST_ELEMENT_FACTORY_TYPE_MEDIA_IMAGE
            : GST_ELEMENT_FACTORY_TYPE_MEDIA_AUDIO;
  GList *all = gst_element_factory_list_get_elements(GST_ELEMENT_FACTORY_TYPE_DECODER | media,
                                                     GST_RANK_MARGINAL);
  GList *fitting = gst_element_factory_list_filter(all, caps, GST_PAD_SINK, FALSE);
  const bool found = fitting != nullptr;
  gst_plugin_feature_list_free(fitting);
  gst_plugin_feature_list_free(all);
  return found;
}

}  // namespace

MediaReader::MediaReader(std::string path, Kind kind, const std::atomic<bool> &cancel,
                         const std::string &caps)
    : path_(std::move(path)),
      name_(path_ == kStdin ? "standard input" : path_),
      caps_(caps),
      kind_(kind),
      cancel_(cancel) {
  open();
}

MediaReader::~MediaReader() { close(); }

GstElement *MediaReader::add(const char *factory) {
  GstElement *element = make_element(factory);
  gst_bin_add(GST_BIN(pipeline_.get()), element);
  return element;
}

void MediaReader::open() {
  pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement *source = add(path_ == kStdin ? "fdsrc" : "filesrc");
  if (path_ == kStdin) {
    g_object_set(source, "fd", 0, nullptr);
  } else {
    g_object_set(source, "location", path_.c_str(), nullptr);
  }
  GstElement *decoder = add("decodebin");
  g_object_set(decoder, "force-sw-decoders", TRUE, nullptr);
  g_signal_connect(decoder, "pad-added", G_CALLBACK(pad_added), this);
  g_signal_connect(decoder, "no-more-pads", G_CALLBACK(no_more_pads), this);
  g_signal_connect(decoder, "autoplug-continue", G_CALLBACK(autoplug_continue), this);
  gst_element_link(source, decoder);

  GstElement *sink = add("appsink");
  sink_ = GST_APP_SINK(sink);
  g_object_set(sink, "sync", FALSE, "max-buffers", kMaxBuffers, nullptr);
  entry_ = sink;
  if (kind_ == Kind::Audio) {
    entry_ = add("audioconvert");
    gst_util_set_object_arg(G_OBJECT(entry_), "dithering", "none");
    gst_element_link_many(entry_, add("audioresample"), sink, nullptr);
  } else if (!caps_.empty()) {
    entry_ = add("videoconvert");
    gst_element_link_many(entry_, add("deinterlace"), sink, nullptr);
  }
  const CapsPtr caps(gst_caps_from_string(caps_.empty() ? "video/x-raw" : caps_.c_str()));
  gst_app_sink_set_caps(sink_, caps.get());
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

void MediaReader::close() {
  if (!pipeline_) return;
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  pipeline_.reset();
}

gboolean MediaReader::autoplug_continue(GstElement *, GstPad *, GstCaps *caps, gpointer data) {
  const auto *self = static_cast<MediaReader *>(data);
  return !decodable(caps, self->kind_ != Kind::Video) ||
         decodable(caps, self->kind_ == Kind::Video);
}

void MediaReader::pad_added(GstElement *, GstPad *pad, gpointer data) {
  auto *self = static_cast<MediaReader *>(data);
  const CapsPtr caps(gst_pad_get_current_caps(pad));
  if (!caps) return;
  const char *type = gst_structure_get_name(gst_caps_get_structure(caps.get(), 0));
  if (!g_str_equal(type, self->kind_ == Kind::Video ? "video/x-raw" : "audio/x-raw")) return;
  const ObjectPtr<GstPad> sink(gst_element_get_static_pad(self->entry_, "sink"));
  if (!gst_pad_is_linked(sink.get())) gst_pad_link(pad, sink.get());
}

void MediaReader::no_more_pads(GstElement *, gpointer data) {
  auto *self = static_cast<MediaReader *>(data);
  const ObjectPtr<GstPad> sink(gst_element_get_static_pad(self->entry_, "sink"));
  self->absent_ = !gst_pad_is_linked(sink.get());
}

void MediaReader::check_bus() {
  const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  const auto types = GstMessageType(GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT);
  while (const MessagePtr message{gst_bus_pop_filtered(bus.get(), types)}) {
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
      // Streams of the other kind end with not-linked errors.
      if (absent_) continue;
      throw error_of(message.get(), name_);
    }
    const std::string missing = missing_plugin(message.get());
    const ObjectPtr<GstPad> sink(gst_element_get_static_pad(entry_, "sink"));
    if (!missing.empty() && !gst_pad_is_linked(sink.get())) {
      throw Error(ErrorKind::Format, "Cannot decode " + quote_path(name_) + ": " + missing);
    }
  }
}

SamplePtr MediaReader::pull() {
  while (!cancel_) {
    SamplePtr sample(gst_app_sink_try_pull_sample(sink_, kPoll));
    if (sample) {
      waiting_ = false;
      return sample;
    }
    check_bus();
    if (gst_app_sink_is_eos(sink_) || absent_) break;
    waiting_ = path_ == kStdin;
  }
  waiting_ = false;
  return nullptr;
}

Orientation MediaReader::orientation() const {
  Orientation orientation = Orientation::Identity;
  const ObjectPtr<GstPad> pad(gst_element_get_static_pad(GST_ELEMENT(sink_), "sink"));
  for (guint i = 0; GstEvent *event = gst_pad_get_sticky_event(pad.get(), GST_EVENT_TAG, i); ++i) {
    GstTagList *tags = nullptr;
    gst_event_parse_tag(event, &tags);
    orientation = orientation_from_tags(tags).value_or(orientation);
    gst_event_unref(event);
  }
  return orientation;
}

GstClockTime MediaReader::stream_time(const GstSegment *segment, GstClockTime pts) {
  if (!GST_CLOCK_TIME_IS_VALID(pts) || segment->format != GST_FORMAT_TIME) return pts;
  guint64 time = 0;
  const int sign = gst_segment_to_stream_time_full(segment, GST_FORMAT_TIME, pts, &time);
  return sign > 0 ? time : sign < 0 ? 0 : GST_CLOCK_TIME_NONE;
}

void MediaReader::seek(GstClockTime time) {
  // A pipeline that has not prerolled refuses to seek.
  gst_element_get_state(pipeline_.get(), nullptr, nullptr, 10 * GST_SECOND);
  const auto flags = GstSeekFlags(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE);
  if (gst_element_seek_simple(pipeline_.get(), GST_FORMAT_TIME, flags, gint64(time))) return;
  close();
  open();
}

}  // namespace hyperlips
