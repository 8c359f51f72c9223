// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipstestbasesrc.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "gst/lib/gsthyperlipserror.h"

#define GST_CAT_DEFAULT hyperlipstestsrc_debug

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(GstHyperlipsTestBaseSrc, gst_hyperlips_test_base_src,
                                    GST_TYPE_PUSH_SRC)

#define GET_CLASS(src) GST_HYPERLIPS_TEST_BASE_SRC_GET_CLASS(src)

GstHyperlipsTestBaseSrcPrivate &gst_hyperlips_test_base_src_get(GstHyperlipsTestBaseSrc *self) {
  return *static_cast<GstHyperlipsTestBaseSrcPrivate *>(
      gst_hyperlips_test_base_src_get_instance_private(self));
}

static GstHyperlipsTestBaseSrcPrivate &get(gpointer self) {
  return gst_hyperlips_test_base_src_get(GST_HYPERLIPS_TEST_BASE_SRC(self));
}

// ---------------------------------------------------------------------------------------------
// The segment and errors

GstClockTime GstHyperlipsTestBaseSrcPrivate::first_time() const {
  return segment.start - std::min(segment.start, settings.timestamp_offset);
}

GstClockTime GstHyperlipsTestBaseSrcPrivate::last_time(GstClockTime end) const {
  if (!GST_CLOCK_TIME_IS_VALID(segment.stop)) return end;
  return std::min(end, segment.stop - std::min(segment.stop, settings.timestamp_offset));
}

bool GstHyperlipsTestBaseSrcPrivate::set_failed() {
  auto state = shared->lock();
  const bool first = !std::exchange(state->failed, true);
  state.interrupt_all();
  return first;
}

void GstHyperlipsTestBaseSrcPrivate::fail(const std::exception &error) {
  if (set_failed()) gst_hyperlips_post_error(element, error);
}

void GstHyperlipsTestBaseSrcPrivate::fail(GstFlowReturn flow) {
  if (!set_failed()) return;
  if (flow != GST_FLOW_NOT_NEGOTIATED) {
    GST_ELEMENT_FLOW_ERROR(element, flow);
    return;
  }
  GstCaps *caps = gst_pad_peer_query_caps(pad, nullptr);
  GST_ELEMENT_ERROR(
      element, CORE, NEGOTIATION,
      ("No common format with downstream on pad '%s'. Add '%s' after it.", GST_OBJECT_NAME(pad),
       index == kVideoStream ? "videoconvert ! videoscale" : "audioconvert ! audioresample"),
      ("downstream caps: %" GST_PTR_FORMAT, caps));
  gst_clear_caps(&caps);
}

// ---------------------------------------------------------------------------------------------
// Start, stop and seeks

namespace {

/// A seek that came just before the element was stopped may still be on its way in another thread.
class StreamLock {
 public:
  explicit StreamLock(gpointer src) : pad_(GST_BASE_SRC_PAD(src)) { GST_PAD_STREAM_LOCK(pad_); }
  ~StreamLock() { GST_PAD_STREAM_UNLOCK(pad_); }
  StreamLock(const StreamLock &) = delete;
  StreamLock &operator=(const StreamLock &) = delete;

 private:
  GstPad *pad_;
};

}  // namespace

void gst_hyperlips_test_base_src_prepare(GstHyperlipsTestBaseSrc *self,
                                         const TestSrcSettings &settings) {
  auto &p = get(self);
  const StreamLock lock(self);
  p.settings = settings;
  p.speaker.emplace(settings.performance, settings.repeat);
  GET_CLASS(self)->reset(self);
}

void gst_hyperlips_test_base_src_release(GstHyperlipsTestBaseSrc *self) {
  const StreamLock lock(self);
  GET_CLASS(self)->reset(self);
  get(self).speaker.reset();
}

static gboolean gst_hyperlips_test_base_src_is_seekable(GstBaseSrc *) { return TRUE; }

/// The element has set the segment of both streams.
static gboolean gst_hyperlips_test_base_src_do_seek(GstBaseSrc *src, GstSegment *segment) {
  auto &p = get(src);
  {
    auto state = p.shared->lock();
    *segment = state->segment;
    state->streams[p.index].position = segment->position;
    state->streams[p.index].unlinked = false;
  }
  p.segment = *segment;
  p.discont = true;
  GET_CLASS(src)->seek(
      GST_HYPERLIPS_TEST_BASE_SRC(src),
      segment->position - std::min(segment->position, p.settings.timestamp_offset));
  return TRUE;
}

static gboolean set_flushing(GstBaseSrc *src, bool flushing) {
  auto &p = get(src);
  auto state = p.shared->lock();
  state->streams[p.index].flushing = flushing;
  state.interrupt(state->streams[p.index]);
  return TRUE;
}

static gboolean gst_hyperlips_test_base_src_unlock(GstBaseSrc *src) {
  return set_flushing(src, true);
}

static gboolean gst_hyperlips_test_base_src_unlock_stop(GstBaseSrc *src) {
  return set_flushing(src, false);
}

// ---------------------------------------------------------------------------------------------
// Negotiation

static gboolean gst_hyperlips_test_base_src_negotiate(GstBaseSrc *src) {
  auto &p = get(src);
  // create() waits until the pad is linked.
  if (!gst_pad_is_linked(p.pad)) return TRUE;
  if (GST_BASE_SRC_CLASS(gst_hyperlips_test_base_src_parent_class)->negotiate(src)) return TRUE;
  if (GST_PAD_IS_FLUSHING(GST_BASE_SRC_PAD(src))) return FALSE;
  p.fail(GST_FLOW_NOT_NEGOTIATED);
  return TRUE;
}

static gboolean gst_hyperlips_test_base_src_set_caps(GstBaseSrc *src, GstCaps *caps) {
  GST_DEBUG_OBJECT(src, "caps %" GST_PTR_FORMAT, caps);
  try {
    return GET_CLASS(src)->set_format(GST_HYPERLIPS_TEST_BASE_SRC(src), caps);
  } catch (const std::exception &error) {
    get(src).fail(error);
    return FALSE;
  }
}

gboolean gst_hyperlips_test_base_src_convert(GstHyperlipsTestBaseSrc *self, GstFormat from,
                                             gint64 value, GstFormat to, gint64 *result) {
  if (from == to || value == -1) {
    *result = value;
    return TRUE;
  }
  GstCaps *caps = gst_pad_get_current_caps(GST_BASE_SRC_PAD(self));
  const gboolean converted = caps && GET_CLASS(self)->convert(caps, from, value, to, result);
  gst_clear_caps(&caps);
  return converted;
}

// ---------------------------------------------------------------------------------------------
// Buffers

/// For a pad that was not linked: the position of the other stream.
static std::optional<GstClockTime> position_to_catch_up(TestSrcState &state, TestSrcIndex index) {
  const TestSrcStream &other = state.streams[1 - index];
  if (other.unlinked) return std::nullopt;
  state.streams[index].position = other.position;
  return other.position;
}

/// Waits until no seek is in progress and the pad is linked and has caps.
static GstFlowReturn await_turn(GstHyperlipsTestBaseSrc *self) {
  auto &p = get(self);
  GstPad *src_pad = GST_BASE_SRC_PAD(self);
  std::optional<GstClockTime> position;
  {
    auto state = p.shared->lock();
    TestSrcStream &stream = state->streams[p.index];
    const auto linked_again = [&] {
      return gst_pad_is_linked(p.pad) && gst_pad_needs_reconfigure(src_pad);
    };
    if (!gst_pad_is_linked(p.pad)) stream.unlinked = true;
    const bool waits = stream.unlinked;
    // The other stream may wait for this one, or may not be linked either.
    if (waits) state.wake();
    GstFlowReturn flow;
    while ((flow = p.interrupted(*state)) == GST_FLOW_OK &&
           (state->phase == TestSrcPhase::kWait || (stream.unlinked && !linked_again()))) {
      if (stream.unlinked && state->streams[1 - p.index].unlinked) return GST_FLOW_NOT_LINKED;
      state.wait();
    }
    if (flow != GST_FLOW_OK) return flow;
    stream.unlinked = false;
    if (waits) position = position_to_catch_up(*state, p.index);
  }
  if (position) {
    p.discont = true;
    GET_CLASS(self)->seek(self, *position - std::min(*position, p.settings.timestamp_offset));
  }
  if (gst_pad_has_current_caps(src_pad) && !gst_pad_check_reconfigure(src_pad)) return GST_FLOW_OK;
  if (!gst_base_src_negotiate(GST_BASE_SRC(self))) return GST_FLOW_FLUSHING;
  // Without caps the pad has been unlinked again.
  if (!gst_pad_has_current_caps(src_pad)) return await_turn(self);
  return p.interrupted(*p.shared->lock());
}

/// GstBaseSrc would use the timestamp of the last buffer, which includes the clock offset.
static void set_end_position(GstHyperlipsTestBaseSrc *self) {
  auto &p = get(self);
  auto state = p.shared->lock();
  if (state->failed) return;
  const GstClockTime end = p.last_time(state->end_or_estimate()) + p.settings.timestamp_offset;
  const GstClockTime position = p.backwards() ? p.segment.start : end;
  state->streams[p.index].position = position;
  GST_OBJECT_LOCK(self);
  GST_BASE_SRC(self)->segment.position = position;
  GST_OBJECT_UNLOCK(self);
}

static GstFlowReturn gst_hyperlips_test_base_src_create(GstPushSrc *src, GstBuffer **buffer) {
  auto *self = GST_HYPERLIPS_TEST_BASE_SRC(src);
  auto &p = get(self);
  GstFlowReturn flow;
  try {
    flow = await_turn(self);
    if (flow == GST_FLOW_OK) flow = GET_CLASS(self)->make(self, buffer);
  } catch (const std::exception &error) {
    p.fail(error);
    flow = GST_FLOW_EOS;
  }
  if (flow == GST_FLOW_NOT_LINKED) {
    p.fail(flow);
    flow = GST_FLOW_EOS;
  }
  if (flow == GST_FLOW_EOS) set_end_position(self);
  return flow;
}

/// Chain function of the pad inside the ghost pad: a stream that is not linked does not end, but
/// waits in create().
static GstFlowReturn chain(GstPad *proxy, GstObject *parent, GstBuffer *buffer) {
  auto *self = static_cast<GstHyperlipsTestBaseSrc *>(gst_pad_get_element_private(proxy));
  auto &p = get(self);
  const GstFlowReturn flow = gst_proxy_pad_chain_default(proxy, parent, buffer);
  if (flow == GST_FLOW_NOT_LINKED) {
    p.shared->lock()->streams[p.index].unlinked = true;
    return GST_FLOW_OK;
  }
  // GstBaseSrc negotiates with the new peer.
  const bool negotiates =
      flow == GST_FLOW_NOT_NEGOTIATED && gst_pad_needs_reconfigure(GST_BASE_SRC_PAD(self));
  if (flow >= GST_FLOW_EOS || negotiates) return flow;
  p.fail(flow);
  return GST_FLOW_EOS;
}

/// Its id depends on the performance alone; that of GstBaseSrc is random.
static GstEvent *new_stream_start(const GstHyperlipsTestBaseSrcPrivate &p) {
  const auto &options = p.settings.performance;
  const std::string all = std::to_string(options.seed) + '\n' + options.text + '\n' +
                          options.language + '\n' + options.voice + '\n' +
                          std::to_string(options.pitch) + '\n' + std::to_string(options.speed);
  gchar *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all.c_str(), gssize(all.size()));
  gchar *id = g_strconcat(sum, "/", GST_OBJECT_NAME(p.pad), nullptr);
  GstEvent *event = gst_event_new_stream_start(id);
  gst_event_set_group_id(event, p.shared->lock()->group_id);
  g_free(id);
  g_free(sum);
  return event;
}

static gboolean proxy_event(GstPad *proxy, GstObject *parent, GstEvent *event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START) {
    auto *self = static_cast<GstHyperlipsTestBaseSrc *>(gst_pad_get_element_private(proxy));
    gst_event_unref(event);
    event = new_stream_start(get(self));
  }
  return gst_pad_event_default(proxy, parent, event);
}

// ---------------------------------------------------------------------------------------------

static gboolean gst_hyperlips_test_base_src_event(GstBaseSrc *src, GstEvent *event) {
  auto &p = get(src);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_LATENCY: {
      GstClockTime latency;
      gst_event_parse_latency(event, &latency);
      p.shared->lock()->latency = latency;
      return TRUE;
    }
    case GST_EVENT_RECONFIGURE:
      p.shared->lock().wake();
      return TRUE;
    default:
      return GST_BASE_SRC_CLASS(gst_hyperlips_test_base_src_parent_class)->event(src, event);
  }
}

void gst_hyperlips_test_base_src_connect(GstHyperlipsTestBaseSrc *self, GstElement *element,
                                         GstPad *pad, std::shared_ptr<TestSrcShared> shared,
                                         TestSrcIndex index) {
  auto &p = get(self);
  p.shared = std::move(shared);
  p.index = index;
  p.element = element;
  p.pad = pad;
  GstPad *proxy = GST_PAD(gst_proxy_pad_get_internal(GST_PROXY_PAD(pad)));
  gst_pad_set_element_private(proxy, self);
  gst_pad_set_chain_function(proxy, chain);
  gst_pad_set_event_function(proxy, proxy_event);
  gst_object_unref(proxy);
}

void gst_hyperlips_test_base_src_class_add_template(GstElementClass *klass,
                                                    GstStaticPadTemplate *element_template) {
  GstCaps *caps = gst_static_pad_template_get_caps(element_template);
  gst_element_class_add_pad_template(
      klass, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
}

static void gst_hyperlips_test_base_src_finalize(GObject *object) {
  get(object).~GstHyperlipsTestBaseSrcPrivate();
  G_OBJECT_CLASS(gst_hyperlips_test_base_src_parent_class)->finalize(object);
}

static void gst_hyperlips_test_base_src_class_init(GstHyperlipsTestBaseSrcClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = gst_hyperlips_test_base_src_finalize;
  auto *base_src_class = GST_BASE_SRC_CLASS(klass);
  base_src_class->is_seekable = gst_hyperlips_test_base_src_is_seekable;
  base_src_class->do_seek = gst_hyperlips_test_base_src_do_seek;
  base_src_class->unlock = gst_hyperlips_test_base_src_unlock;
  base_src_class->unlock_stop = gst_hyperlips_test_base_src_unlock_stop;
  base_src_class->negotiate = gst_hyperlips_test_base_src_negotiate;
  base_src_class->set_caps = gst_hyperlips_test_base_src_set_caps;
  base_src_class->event = gst_hyperlips_test_base_src_event;
  base_src_class->query = gst_hyperlips_test_base_src_query;
  GST_PUSH_SRC_CLASS(klass)->create = gst_hyperlips_test_base_src_create;
}

static void gst_hyperlips_test_base_src_init(GstHyperlipsTestBaseSrc *self) {
  auto *p =
      new (gst_hyperlips_test_base_src_get_instance_private(self)) GstHyperlipsTestBaseSrcPrivate();
  gst_segment_init(&p->segment, GST_FORMAT_TIME);
  gst_base_src_set_format(GST_BASE_SRC(self), GST_FORMAT_TIME);
  // make() recognizes the end of the segment.
  gst_base_src_set_automatic_eos(GST_BASE_SRC(self), FALSE);
}
