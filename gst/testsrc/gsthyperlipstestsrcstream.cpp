// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipstestsrcstream.h"

#include <algorithm>
#include <utility>

#include "gst/lib/gsthyperlipserror.h"
#include "gsthyperlipstestsrcprivate.h"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

TestSrcStream::TestSrcStream(GstHyperlipsTestSrc *element, GstPad *pad)
    : element_(element), pad_(pad) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
}

TestSrcStream::~TestSrcStream() { TestSrcStream::release(); }

TestSrcPrivate &TestSrcStream::element_private() const { return *element_->priv; }

// ---------------------------------------------------------------------------------------------
// Start and stop

void TestSrcStream::prepare(const TestSrcSettings &settings) {
  settings_ = settings;
  speaker_.emplace(settings.performance, settings.repeat);
  started_ = segment_sent_ = false;
}

void TestSrcStream::release() {
  speaker_.reset();
  gst_clear_caps(&caps_);
  set_pool(nullptr);
  std::lock_guard guard(element_private().lock);
  for (GstEvent *event : std::exchange(queued_, {})) gst_event_unref(event);
}

void TestSrcStream::begin(const GstSegment &segment, guint32 seqnum) {
  segment_ = segment;
  segment_sent_ = false;
  discont_ = true;
  {
    std::lock_guard guard(element_private().lock);
    ended_ = eos_forced_ = unlinked_ = resumed_ = false;
    seqnum_ = seqnum;
    position_ = segment.position;
  }
  seek(segment.position - std::min(segment.position, settings_.timestamp_offset));
}

void TestSrcStream::activate(bool active) {
  {
    std::lock_guard guard(element_private().lock);
    active_ = active;
  }
  set_flushing(!active);
  if (active) {
    run();
  } else {
    gst_pad_stop_task(pad_);
  }
}

void TestSrcStream::run() {
  std::lock_guard guard(element_private().lock);
  if (!active_) return;
  gst_pad_start_task(
      pad_, [](gpointer self) { static_cast<TestSrcStream *>(self)->step(); }, this, nullptr);
}

void TestSrcStream::resume() {
  {
    std::lock_guard guard(element_private().lock);
    if (!unlinked_) return;
    unlinked_ = ended_ = false;
    resumed_ = true;
  }
  run();
}

void TestSrcStream::force_eos(guint32 seqnum) {
  auto &p = element_private();
  std::lock_guard guard(p.lock);
  eos_forced_ = true;
  seqnum_ = seqnum;
  wake();
}

void TestSrcStream::enqueue(GstEvent *event) {
  std::lock_guard guard(element_private().lock);
  queued_.push_back(event);
}

GstClockTime TestSrcStream::position() {
  std::lock_guard guard(element_private().lock);
  return position_;
}

/// Goes on where the other stream is, after a time without a peer.
void TestSrcStream::catch_up() {
  auto &p = element_private();
  GstClockTime place = 0;
  {
    std::lock_guard guard(p.lock);
    if (!std::exchange(resumed_, false)) return;
    place = position_;
    for (const auto &stream : p.streams) {
      if (stream.get() != this && !stream->unlinked_) place = stream->position_;
    }
    position_ = place;
  }
  discont_ = true;
  seek(place - std::min(place, settings_.timestamp_offset));
}

GstClockTime TestSrcStream::first_place() const {
  return segment_.start - std::min(segment_.start, settings_.timestamp_offset);
}

GstClockTime TestSrcStream::last_place(GstClockTime end) const {
  if (!GST_CLOCK_TIME_IS_VALID(segment_.stop)) return end;
  return std::min(end, segment_.stop - std::min(segment_.stop, settings_.timestamp_offset));
}

// ---------------------------------------------------------------------------------------------
// Negotiation

/// The same for the same performance, which a random id would not be.
static std::string stream_id(const hyperlips::synth::PerformanceOptions &options,
                             const char *pad_name) {
  const std::string all = std::to_string(options.seed) + '\n' + options.text + '\n' +
                          options.language + '\n' + options.voice + '\n' +
                          std::to_string(options.pitch) + '\n' + std::to_string(options.speed);
  gchar *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all.c_str(), gssize(all.size()));
  const std::string id = std::string(sum) + '/' + pad_name;
  g_free(sum);
  return id;
}

void TestSrcStream::push_stream_start() {
  if (std::exchange(started_, true)) return;
  const std::string id = stream_id(settings_.performance, GST_OBJECT_NAME(pad_));
  GstEvent *event = gst_event_new_stream_start(id.c_str());
  gst_event_set_group_id(event, element_private().group_id);
  gst_pad_push_event(pad_, event);
}

GstFlowReturn TestSrcStream::use_caps(GstCaps *caps) {
  const bool changed = !caps_ || !gst_caps_is_equal(caps, caps_);
  if (changed && !set_caps(caps)) return GST_FLOW_NOT_NEGOTIATED;
  push_stream_start();
  if (changed) {
    GST_DEBUG_OBJECT(pad_, "caps %" GST_PTR_FORMAT, caps);
    gst_caps_replace(&caps_, caps);
    if (!gst_pad_push_event(pad_, gst_event_new_caps(caps))) {
      gst_clear_caps(&caps_);
      return GST_PAD_IS_FLUSHING(pad_) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
    }
  }
  GstQuery *query = gst_query_new_allocation(caps, TRUE);
  if (!gst_pad_peer_query(pad_, query)) GST_DEBUG_OBJECT(pad_, "no answer about allocation");
  const bool decided = decide_allocation(query, caps);
  gst_query_unref(query);
  if (decided) return GST_FLOW_OK;
  return GST_PAD_IS_FLUSHING(pad_) ? GST_FLOW_FLUSHING : GST_FLOW_NOT_NEGOTIATED;
}

GstFlowReturn TestSrcStream::negotiate() {
  GstCaps *all = gst_pad_get_pad_template_caps(pad_);
  GstCaps *caps = gst_pad_peer_query_caps(pad_, all);
  gst_caps_unref(all);
  if (!caps || gst_caps_is_empty(caps)) {
    gst_clear_caps(&caps);
    return gst_pad_is_linked(pad_) ? GST_FLOW_NOT_NEGOTIATED : GST_FLOW_NOT_LINKED;
  }
  caps = fixate(gst_caps_truncate(caps));
  // Let go of whatever set_caps() throws.
  const std::unique_ptr<GstCaps, void (*)(GstCaps *)> holder(caps, gst_caps_unref);
  return gst_caps_is_fixed(caps) ? use_caps(caps) : GST_FLOW_NOT_NEGOTIATED;
}

// ---------------------------------------------------------------------------------------------
// The task

void TestSrcStream::push_segment() {
  if (std::exchange(segment_sent_, true)) return;
  GstEvent *event = gst_event_new_segment(&segment_);
  {
    std::lock_guard guard(element_private().lock);
    if (seqnum_ != GST_SEQNUM_INVALID) gst_event_set_seqnum(event, seqnum_);
  }
  gst_pad_push_event(pad_, event);
}

void TestSrcStream::push_queued() {
  std::vector<GstEvent *> events;
  {
    std::lock_guard guard(element_private().lock);
    events.swap(queued_);
  }
  for (GstEvent *event : events) gst_pad_push_event(pad_, event);
}

GstFlowReturn TestSrcStream::produce() {
  {
    std::lock_guard guard(element_private().lock);
    if (flushing_) return GST_FLOW_FLUSHING;
    if (eos_forced_ && started_) return kEnd;
  }
  if (!gst_pad_is_linked(pad_)) return GST_FLOW_NOT_LINKED;
  catch_up();
  if (gst_pad_check_reconfigure(pad_) || !caps_) {
    const GstFlowReturn flow = negotiate();
    if (flow != GST_FLOW_OK) {
      gst_pad_mark_reconfigure(pad_);
      return flow;
    }
  }
  push_segment();
  push_queued();
  GstBuffer *buffer = nullptr;
  const GstFlowReturn made = create(&buffer);
  if (made != GST_FLOW_OK) return made;
  const GstFlowReturn flow = gst_pad_push(pad_, buffer);
  // What is linked since takes other caps.
  return flow == GST_FLOW_NOT_NEGOTIATED && gst_pad_needs_reconfigure(pad_) ? GST_FLOW_OK : flow;
}

void TestSrcStream::step() {
  GstFlowReturn flow = GST_FLOW_ERROR;
  bool posted = false;
  try {
    flow = produce();
  } catch (const std::exception &error) {
    gst_hyperlips_post_error(GST_ELEMENT(element_), error);
    posted = true;
  }
  if (flow != GST_FLOW_OK) finish(flow, posted);
}

/// With the element's lock.
bool TestSrcStream::all_ended() const {
  return std::ranges::all_of(element_private().streams, [](const auto &stream) {
    return stream->ended_ || stream->unlinked_;
  });
}

void TestSrcStream::push_eos() {
  GstEvent *event = gst_event_new_eos();
  {
    std::lock_guard guard(element_private().lock);
    ended_ = true;
    element_private().changed.notify_all();
    if (seqnum_ != GST_SEQNUM_INVALID) gst_event_set_seqnum(event, seqnum_);
  }
  gst_pad_push_event(pad_, event);
}

void TestSrcStream::end() {
  auto &p = element_private();
  bool forced;
  guint32 seqnum;
  GstClockTime position;
  {
    std::lock_guard guard(p.lock);
    forced = eos_forced_;
    seqnum = seqnum_;
    if (!forced) {
      const GstClockTime end = last_place(p.end) + settings_.timestamp_offset;
      position_ = backwards() ? segment_.start : end;
    }
    position = position_;
  }
  if (forced || !(segment_.flags & GST_SEGMENT_FLAG_SEGMENT)) return push_eos();
  GstEvent *event = gst_event_new_segment_done(GST_FORMAT_TIME, gint64(position));
  if (seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(event, seqnum);
  gst_pad_push_event(pad_, event);
  bool last;
  {
    std::lock_guard guard(p.lock);
    ended_ = true;
    last = all_ended();
  }
  if (!last) return;
  GstMessage *message =
      gst_message_new_segment_done(GST_OBJECT(element_), GST_FORMAT_TIME, gint64(position));
  if (seqnum != GST_SEQNUM_INVALID) gst_message_set_seqnum(message, seqnum);
  gst_element_post_message(GST_ELEMENT(element_), message);
}

void TestSrcStream::post_flow_error(GstFlowReturn flow) {
  if (flow == GST_FLOW_NOT_NEGOTIATED) {
    GstCaps *caps = gst_pad_peer_query_caps(pad_, nullptr);
    GST_ELEMENT_ERROR(
        element_, CORE, NEGOTIATION,
        ("What follows the pad %s takes none of its formats. Put %s after it.",
         GST_OBJECT_NAME(pad_),
         g_str_equal(GST_OBJECT_NAME(pad_), "video") ? "videoconvert ! videoscale"
                                                     : "audioconvert ! audioresample"),
        ("it takes %" GST_PTR_FORMAT, caps));
    gst_clear_caps(&caps);
  } else {
    GST_ELEMENT_FLOW_ERROR(element_, flow);
  }
}

void TestSrcStream::finish(GstFlowReturn flow, bool posted) {
  auto &p = element_private();
  GST_DEBUG_OBJECT(pad_, "stops: %s", flow == kEnd ? "end" : gst_flow_get_name(flow));
  gst_pad_pause_task(pad_);
  if (flow == GST_FLOW_FLUSHING) return;
  if (flow == kEnd) return end();
  if (flow == GST_FLOW_EOS) return push_eos();
  if (flow == GST_FLOW_NOT_LINKED) {
    bool other_goes_on;
    {
      std::lock_guard guard(p.lock);
      unlinked_ = true;
      other_goes_on =
          !std::ranges::all_of(p.streams, [](const auto &stream) { return stream->unlinked_; });
      p.changed.notify_all();
    }
    if (gst_pad_is_linked(pad_)) return resume();
    if (other_goes_on) return;
  }
  if (!posted) post_flow_error(flow);
  push_eos();
  for (const auto &stream : p.streams) {
    if (stream.get() != this) stream->force_eos(gst_util_seqnum_next());
  }
}
