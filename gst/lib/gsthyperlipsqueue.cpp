// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsqueue.h"

#include <algorithm>
#include <utility>

bool HyperlipsItem::is_barrier() const {
  if (query) return true;
  if (!event) return false;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
    case GST_EVENT_STREAM_START:
    case GST_EVENT_SEGMENT_DONE:
    case GST_EVENT_GAP:
    case GST_EVENT_EOS:
      return true;
    case GST_EVENT_TAG: {
      // The frames behind it have another orientation.
      GstTagList *tags = nullptr;
      gst_event_parse_tag(event, &tags);
      return gst_tag_list_get_tag_size(tags, GST_TAG_IMAGE_ORIENTATION) > 0;
    }
    default:
      return false;
  }
}

HyperlipsQueue::~HyperlipsQueue() {
  for (GstEvent *event : clear()) gst_event_unref(event);
}

void HyperlipsQueue::wake() {
  changed_.notify_all();
  for (const GstClockID alarm : alarms_) gst_clock_id_unschedule(alarm);
}

bool HyperlipsQueue::set_source_active(bool on) {
  source_active_ = on;
  return update();
}

bool HyperlipsQueue::set_sink_flushing(bool on) {
  sink_flushing_ = on;
  return update();
}

bool HyperlipsQueue::update() {
  const bool was_flushing = flow == GST_FLOW_FLUSHING;
  if (flushing()) {
    flow = GST_FLOW_FLUSHING;
  } else if (was_flushing) {
    flow = GST_FLOW_OK;
    eos = unexpected = false;
  }
  wake();
  return was_flushing && !flushing();
}

void HyperlipsQueue::push(HyperlipsItem item) {
  if (item.is_frame()) ++frames;
  items.push_back(std::move(item));
  wake();
}

HyperlipsItem HyperlipsQueue::pop() {
  HyperlipsItem item = std::move(items.front());
  items.pop_front();
  if (item.is_frame()) --frames;
  wake();
  return item;
}

std::vector<GstEvent *> HyperlipsQueue::clear() {
  std::vector<GstEvent *> sticky;
  for (HyperlipsItem &item : items) {
    if (item.frame.buffer) gst_buffer_unref(item.frame.buffer);
    if (item.query) item.query->done = true;
    if (!item.event) continue;
    const auto type = GST_EVENT_TYPE(item.event);
    if (GST_EVENT_IS_STICKY(item.event) && type != GST_EVENT_EOS && type != GST_EVENT_SEGMENT) {
      sticky.push_back(item.event);
    } else {
      gst_event_unref(item.event);
    }
  }
  items.clear();
  frames = 0;
  wake();
  return sticky;
}

bool HyperlipsQueue::drop_refused() {
  const auto restarts = std::ranges::find_if(items, [](const HyperlipsItem &item) {
    if (!item.event) return false;
    const auto type = GST_EVENT_TYPE(item.event);
    return type == GST_EVENT_STREAM_START || type == GST_EVENT_SEGMENT || type == GST_EVENT_EOS;
  });
  const bool found = restarts != items.end();
  const auto kept = std::remove_if(items.begin(), restarts, [&](HyperlipsItem &item) {
    if (item.event && GST_EVENT_IS_STICKY(item.event)) return false;
    if (item.event) gst_event_unref(item.event);
    if (item.query) item.query->done = true;
    if (item.is_frame()) {
      gst_buffer_unref(item.frame.buffer);
      --frames;
    }
    return true;
  });
  items.erase(kept, restarts);
  wake();
  return found;
}

void HyperlipsQueue::clear_frames() {
  std::erase_if(items, [](const HyperlipsItem &item) {
    if (item.is_frame()) gst_buffer_unref(item.frame.buffer);
    return item.is_frame();
  });
  frames = 0;
  wake();
}

gboolean HyperlipsQueue::ask(Lock &guard, GstQuery *query) {
  HyperlipsPendingQuery pending;
  pending.query = query;
  HyperlipsItem item;
  item.query = &pending;
  push(std::move(item));
  changed_.wait(guard, [&] { return pending.done || flow != GST_FLOW_OK; });
  // The query must not outlive this call: remove it, or wait for the task that is handling it.
  // Frames before it stay, as the task may be working on them.
  const auto removed =
      std::erase_if(items, [&](const HyperlipsItem &queued) { return queued.query == &pending; });
  if (removed == 0) changed_.wait(guard, [&] { return pending.done; });
  return pending.result;
}

void HyperlipsQueue::answer(HyperlipsPendingQuery *pending, gboolean result) {
  pending->result = result;
  pending->done = true;
  wake();
}

void HyperlipsQueue::wait(Lock &guard, GstClock *clock, GstClockTime until) {
  const GstClockID alarm = gst_clock_new_single_shot_id(clock, until);
  alarms_.push_back(alarm);
  guard.unlock();
  gst_clock_id_wait(alarm, nullptr);
  guard.lock();
  std::erase(alarms_, alarm);
  gst_clock_id_unref(alarm);
}
