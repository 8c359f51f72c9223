// SPDX-License-Identifier: LGPL-2.1-or-later
// hyperlipstestsrc as a source: seeks, segments, linking, renegotiation, states, queries.
#include <algorithm>
#include <thread>

#include "testsrc_testing.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr GstClockTime kMs = GST_MSECOND;
constexpr GstClockTime kFrame = 40 * kMs;
constexpr int kFrames = 50;

/// Two seconds for the tests of seeks; an audio buffer is no multiple of a frame.
const std::string kTwoSeconds = "seed=2 num-buffers=50 samplesperbuffer=1000";

std::vector<guint8> sound_of(const Pipeline::Buffers &buffers, std::size_t first,
                             std::size_t last) {
  auto bytes = bytes_of(buffers);
  fail_unless(last * 2 <= bytes.size());
  return {bytes.begin() + std::ptrdiff_t(first * 2), bytes.begin() + std::ptrdiff_t(last * 2)};
}

void seek(Pipeline &pipeline, double rate, GstSeekFlags flags, gint64 start, gint64 stop = -1) {
  fail_unless(gst_element_seek(pipeline.get(), rate, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET,
                               start, GST_SEEK_TYPE_SET, stop));
}

Clip pull(Pipeline &pipeline) {
  Clip clip;
  clip.video = pipeline.pull_all("v");
  clip.audio = pipeline.pull_all("a");
  return clip;
}

void preroll(Pipeline &pipeline) {
  pipeline.set_state(GST_STATE_PAUSED);
  pipeline.wait_for_state();
}

void go_to(GstElement *element, GstState state) {
  fail_unless(gst_element_set_state(element, state) != GST_STATE_CHANGE_FAILURE);
  fail_unless(gst_element_get_state(element, nullptr, nullptr, kTimeout) !=
              GST_STATE_CHANGE_FAILURE);
}

void wait_for(const Recorder &recorder, const char *item, std::size_t count) {
  while (std::size_t(std::ranges::count(recorder.seen(), item)) < count) g_usleep(1000);
}

gint64 converted(GstElement *element, const char *pad_name, GstFormat from, gint64 value,
                 GstFormat to) {
  GstPad *pad = gst_element_get_static_pad(element, pad_name);
  gint64 result = -1;
  fail_unless(gst_pad_query_convert(pad, from, value, to, &result));
  gst_object_unref(pad);
  return result;
}

GstSegment segment_at(Pipeline &pipeline, const char *sink) {
  GstPad *pad = gst_element_get_static_pad(pipeline[sink], "sink");
  GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  gst_event_parse_segment(event, &segment);
  const GstSegment copy = *segment;
  gst_event_unref(event);
  gst_object_unref(pad);
  return copy;
}

}  // namespace

GST_START_TEST(test_accurate_seek_same_bytes) {
  const Clip whole = play(kTwoSeconds);
  Pipeline pipeline(source(kTwoSeconds));
  preroll(pipeline);
  for (const guint from : {17u, 3u, 49u, 0u}) {
    const auto flags = GstSeekFlags(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE);
    seek(pipeline, 1, flags, gint64(from * kFrame));
    pipeline.play();
    const Clip rest = pull(pipeline);
    fail_unless_equals_int(rest.video.size(), kFrames - from);
    assert_continuous(rest.video, from * kFrame);
    assert_continuous(rest.audio, from * kFrame);
    for (guint i = 0; i < rest.video.size(); ++i) {
      fail_unless(bytes_of(rest.video[i]) == bytes_of(whole.video[from + i]));
      fail_unless(GST_BUFFER_FLAG_IS_SET(rest.video[i], GST_BUFFER_FLAG_DISCONT) == (i == 0));
    }
    fail_unless(bytes_of(rest.audio) == sound_of(whole.audio, from * 640, kFrames * 640));
  }
}
GST_END_TEST

GST_START_TEST(test_seek_between_frames_and_samples) {
  const Clip whole = play(kTwoSeconds);
  Pipeline pipeline(source(kTwoSeconds));
  preroll(pipeline);
  // 12345.7 samples and 19.29 frames; stops 10 frames later.
  const gint64 from = 771606250;
  seek(pipeline, 1, GST_SEEK_FLAG_FLUSH, from, from + gint64(10 * kFrame));
  pipeline.play();
  const Clip part = pull(pipeline);
  fail_unless_equals_int(part.video.size(), 11);
  for (guint i = 0; i < 11; ++i) {
    fail_unless(bytes_of(part.video[i]) == bytes_of(whole.video[19 + i]));
  }
  fail_unless(bytes_of(part.audio) == sound_of(whole.audio, 12346, 12346 + 6400));
}
GST_END_TEST

GST_START_TEST(test_seek_in_default_format) {
  Pipeline pipeline(source(kTwoSeconds));
  preroll(pipeline);
  GstPad *audio = gst_element_get_static_pad(pipeline["s"], "audio");
  fail_unless(gst_pad_send_event(
      audio, gst_event_new_seek(1, GST_FORMAT_DEFAULT, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
                                16000, GST_SEEK_TYPE_NONE, -1)));
  gst_object_unref(audio);
  pipeline.play();
  const Clip rest = pull(pipeline);
  fail_unless_equals_uint64(GST_BUFFER_PTS(rest.video[0]), GST_SECOND);
  fail_unless_equals_uint64(GST_BUFFER_PTS(rest.audio[0]), GST_SECOND);
}
GST_END_TEST

GST_START_TEST(test_seek_in_ready_is_kept) {
  Pipeline pipeline(source(kTwoSeconds));
  go_to(pipeline.get(), GST_STATE_READY);
  fail_unless(gst_element_send_event(
      pipeline["s"], gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
                                        gint64(40 * kFrame), GST_SEEK_TYPE_NONE, -1)));
  pipeline.play();
  const Clip rest = pull(pipeline);
  fail_unless_equals_int(rest.video.size(), 10);
  assert_continuous(rest.audio, 40 * kFrame);
}
GST_END_TEST

GST_START_TEST(test_reverse_playback) {
  const Clip whole = play(kTwoSeconds);
  Pipeline pipeline(source(kTwoSeconds));
  preroll(pipeline);
  seek(pipeline, -1, GST_SEEK_FLAG_FLUSH, gint64(5 * kFrame), gint64(30 * kFrame));
  pipeline.play();
  const Clip part = pull(pipeline);
  fail_unless_equals_int(part.video.size(), 25);
  for (guint i = 0; i < 25; ++i) {
    fail_unless(bytes_of(part.video[i]) == bytes_of(whole.video[29 - i]));
  }
  GstClockTime before = 30 * kFrame;
  std::vector<guint8> sound;
  for (GstBuffer *buffer : part.audio) {
    fail_unless_equals_uint64(end_of(buffer), before);
    before = GST_BUFFER_PTS(buffer);
    const auto bytes = bytes_of(buffer);
    sound.insert(sound.begin(), bytes.begin(), bytes.end());
  }
  fail_unless_equals_uint64(before, 5 * kFrame);
  fail_unless(sound == sound_of(whole.audio, 5 * 640, 30 * 640));
  // From the end, and from beyond it.
  for (const gint64 stop : {gint64(-1), gint64(100 * GST_SECOND)}) {
    seek(pipeline, -1, GST_SEEK_FLAG_FLUSH, 0, stop);
    const Clip all = pull(pipeline);
    fail_unless_equals_int(all.video.size(), kFrames);
    fail_unless_equals_int(bytes_of(all.audio).size(), bytes_of(whole.audio).size());
  }
}
GST_END_TEST

GST_START_TEST(test_segment_seeks_without_flush) {
  Pipeline pipeline(source(kTwoSeconds));
  GstBus *bus = gst_element_get_bus(pipeline.get());
  preroll(pipeline);
  Recorder video(pipeline["v"], "sink");
  const auto segment = GstSeekFlags(GST_SEEK_FLAG_SEGMENT);
  seek(pipeline, 1, GstSeekFlags(segment | GST_SEEK_FLAG_FLUSH), 0, gint64(5 * kFrame));
  pipeline.play();
  for (int turn = 0; turn < 3; ++turn) {
    GstMessage *message = gst_bus_timed_pop_filtered(
        bus, kTimeout, GstMessageType(GST_MESSAGE_SEGMENT_DONE | GST_MESSAGE_ERROR));
    fail_unless(message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_SEGMENT_DONE);
    gint64 position;
    gst_message_parse_segment_done(message, nullptr, &position);
    fail_unless_equals_int64(position, gint64(5 * kFrame));
    gst_message_unref(message);
    seek(pipeline, 1, turn < 2 ? segment : GST_SEEK_FLAG_NONE, 0, gint64(5 * kFrame));
  }
  const Clip clip = pull(pipeline);
  fail_unless_equals_int(clip.video.size(), 20);
  fail_unless_equals_int(bytes_of(clip.audio).size(), 20 * 640 * 2);
  for (guint i = 0; i < 20; ++i) {
    fail_unless_equals_uint64(GST_BUFFER_PTS(clip.video[i]), (i % 5) * kFrame);
  }
  const auto seen = video.seen();
  fail_unless_equals_int(std::ranges::count(seen, "segment"), 4);
  fail_unless_equals_int(std::ranges::count(seen, "flush-stop"), 1);
  fail_unless_equals_int(std::ranges::count(seen, "segment-done"), 3);
  // The running time continues from segment to segment.
  fail_unless_equals_uint64(segment_at(pipeline, "v").base, 15 * kFrame);
  gst_object_unref(bus);
}
GST_END_TEST

GST_START_TEST(test_non_flushing_seek_keeps_pads_synchronous) {
  // The pads are far apart, because they run as fast as they can.
  Pipeline pipeline(source("", "format=BGR, width=16, height=16, framerate=25/1", kSpoken,
                           "sync=false max-buffers=1 drop=true"));
  Recorder video(pipeline["v"], "sink"), audio(pipeline["a"], "sink");
  pipeline.play();
  wait_for(video, "buffer", 3);
  wait_for(audio, "buffer", 100);
  seek(pipeline, 1, GST_SEEK_FLAG_NONE, gint64(100 * GST_SECOND));
  wait_for(video, "segment", 2);
  wait_for(audio, "segment", 2);
  const GstSegment v = segment_at(pipeline, "v"), a = segment_at(pipeline, "a");
  fail_unless(v.base > 0);
  fail_unless_equals_uint64(v.base, a.base);
  fail_unless_equals_uint64(v.start, 100 * GST_SECOND);
  fail_unless_equals_uint64(a.start, 100 * GST_SECOND);
  fail_unless_equals_int(std::ranges::count(video.seen(), "flush-start"), 0);
}
GST_END_TEST

GST_START_TEST(test_invalid_seeks_are_refused) {
  Pipeline endless(source("", kSmall, kSpoken, "sync=false max-buffers=1"));
  preroll(endless);
  const auto seek_to = [](Pipeline &pipeline, double rate, GstFormat format) {
    return gst_element_seek(pipeline["s"], rate, format, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0,
                            GST_SEEK_TYPE_NONE, -1);
  };
  fail_unless(!seek_to(endless, -1, GST_FORMAT_TIME));
  fail_unless(!seek_to(endless, 1, GST_FORMAT_PERCENT));
  fail_unless(seek_to(endless, 1, GST_FORMAT_TIME));
}
GST_END_TEST

GST_START_TEST(test_queries) {
  Pipeline pipeline(source(kTwoSeconds + " timestamp-offset=1000000000"));
  GstElement *s = pipeline["s"];
  gint64 value;
  fail_unless(!gst_element_query_duration(s, GST_FORMAT_TIME, &value));
  preroll(pipeline);
  fail_unless(gst_element_query_duration(s, GST_FORMAT_TIME, &value));
  fail_unless_equals_int64(value, gint64(3 * GST_SECOND));
  GstQuery *query = gst_query_new_seeking(GST_FORMAT_TIME);
  fail_unless(gst_element_query(s, query));
  gboolean seekable;
  gint64 start, end;
  gst_query_parse_seeking(query, nullptr, &seekable, &start, &end);
  fail_unless(seekable && start == 0 && end == gint64(3 * GST_SECOND));
  gst_query_unref(query);
  query = gst_query_new_latency();
  fail_unless(gst_element_query(s, query));
  gboolean live;
  GstClockTime min, max;
  gst_query_parse_latency(query, &live, &min, &max);
  fail_unless(!live && min == 0);
  gst_query_unref(query);
  query = gst_query_new_segment(GST_FORMAT_TIME);
  fail_unless(gst_element_query(s, query));
  gst_query_parse_segment(query, nullptr, nullptr, &start, &end);
  fail_unless(start == 0 && end == gint64(3 * GST_SECOND));
  gst_query_unref(query);
  query = gst_query_new_formats();
  fail_unless(gst_element_query(s, query));
  guint formats;
  gst_query_parse_n_formats(query, &formats);
  fail_unless_equals_int(formats, 3);
  gst_query_unref(query);

  fail_unless_equals_int64(converted(s, "video", GST_FORMAT_DEFAULT, 25, GST_FORMAT_TIME),
                           gint64(GST_SECOND));
  fail_unless_equals_int64(converted(s, "video", GST_FORMAT_DEFAULT, 2, GST_FORMAT_BYTES),
                           2 * 96 * 80 * 3);
  fail_unless_equals_int64(
      converted(s, "audio", GST_FORMAT_TIME, gint64(GST_SECOND), GST_FORMAT_DEFAULT), 16000);

  pipeline.play();
  const Clip clip = pull(pipeline);
  fail_unless_equals_int(clip.video.size(), kFrames);
  fail_unless(gst_element_query_position(s, GST_FORMAT_TIME, &value));
  fail_unless_equals_int64(value, gint64(3 * GST_SECOND));
}
GST_END_TEST

GST_START_TEST(test_single_pad_linked) {
  const Clip both = play(kTwoSeconds);
  Pipeline video("hyperlipstestsrc " + kTwoSeconds + " ! video/x-raw, " + kSmall +
                 " ! appsink name=v sync=false");
  video.play();
  fail_unless(bytes_of(video.pull_all("v")) == bytes_of(both.video));
  // Without video a frame lasts 1/30 s.
  Pipeline audio("hyperlipstestsrc name=s seed=2 num-buffers=60 s.audio ! audio/x-raw, " +
                 std::string(kSpoken) + " ! appsink name=a sync=false");
  audio.play();
  fail_unless(bytes_of(audio.pull_all("a")) == bytes_of(both.audio));
}
GST_END_TEST

GST_START_TEST(test_no_pad_linked_is_error) {
  // A tee without branches is not linked either.
  for (const char *line : {"hyperlipstestsrc name=s", "hyperlipstestsrc name=s ! tee"}) {
    Pipeline pipeline(line);
    pipeline.play();
    const Message error = pipeline.wait_for_error();
    fail_unless(error.is(GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED), "%s", error.text.c_str());
    fail_unless(error.source == "s", "%s", error.source.c_str());
    fail_unless_equals_int(pipeline.messages(GST_MESSAGE_ERROR).size(), 1);
    pipeline.set_state(GST_STATE_NULL);
  }
}
GST_END_TEST

GST_START_TEST(test_pad_linked_while_playing) {
  Pipeline pipeline(
      "hyperlipstestsrc name=s s.video ! video/x-raw, width=32, height=32, framerate=25/1 ! "
      "appsink name=v sync=false max-buffers=1 appsink name=a sync=false max-buffers=1");
  g_object_set(pipeline["a"], "async", FALSE, nullptr);
  pipeline.play();
  for (int i = 0; i < 30; ++i) gst_buffer_unref(pipeline.pull("v"));
  fail_unless(gst_element_link_pads(pipeline["s"], "audio", pipeline["a"], "sink"));
  GstBuffer *sound = pipeline.pull("a");
  fail_unless(GST_BUFFER_PTS(sound) >= 29 * kFrame, "%" GST_TIME_FORMAT,
              GST_TIME_ARGS(GST_BUFFER_PTS(sound)));
  gst_buffer_unref(sound);
  // A pad that is unlinked does not stop the other one.
  GstPad *pad = gst_element_get_static_pad(pipeline["s"], "video");
  GstPad *peer = gst_pad_get_peer(pad);
  if (peer) {
    gst_pad_unlink(pad, peer);
    gst_object_unref(peer);
  }
  gst_object_unref(pad);
  for (int i = 0; i < 100; ++i) gst_buffer_unref(pipeline.pull("a"));
  fail_unless(pipeline.messages(GST_MESSAGE_ERROR).empty());
}
GST_END_TEST

GST_START_TEST(test_renegotiation) {
  Pipeline pipeline(
      "hyperlipstestsrc name=s num-buffers=60 s.video ! capsfilter name=f ! "
      "appsink name=v sync=false max-buffers=1 s.audio ! fakesink");
  const auto want = [&](const char *text) {
    GstCaps *caps = gst_caps_from_string(text);
    g_object_set(pipeline["f"], "caps", caps, nullptr);
    gst_caps_unref(caps);
  };
  want("video/x-raw, format=BGR, width=64, height=48, framerate=25/1");
  pipeline.play();
  std::size_t count = 0;
  std::vector<gsize> sizes;
  GstClockTime end = 0;
  while (GstBuffer *buffer = pipeline.pull("v")) {
    if (sizes.empty() || gst_buffer_get_size(buffer) != sizes.back()) {
      sizes.push_back(gst_buffer_get_size(buffer));
    }
    // Less than a frame may be missing where the rate changes.
    fail_unless(GST_BUFFER_PTS(buffer) >= end && GST_BUFFER_PTS(buffer) < end + kFrame);
    end = end_of(buffer);
    gst_buffer_unref(buffer);
    if (++count == 10) want("video/x-raw, format=RGBx, width=64, height=48, framerate=25/1");
    if (count == 30) want("video/x-raw, format=I420, width=128, height=96, framerate=50/1");
  }
  fail_unless_equals_int(count, 60);
  fail_unless_equals_int(sizes.size(), 3);
  fail_unless_equals_int(sizes[1], 64 * 48 * 4);
  fail_unless_equals_int(sizes[2], 128 * 96 * 3 / 2);
}
GST_END_TEST

GST_START_TEST(test_eos_event_ends_both_pads) {
  Pipeline pipeline(source("", "format=BGR, width=16, height=16, framerate=25/1", kSpoken,
                           "sync=false max-buffers=1 drop=true wait-on-eos=false"));
  Recorder video(pipeline["v"], "sink"), audio(pipeline["a"], "sink");
  pipeline.play();
  wait_for(video, "buffer", 3);
  wait_for(audio, "buffer", 3);
  fail_unless(gst_element_send_event(pipeline.get(), gst_event_new_eos()));
  GstBus *bus = gst_element_get_bus(pipeline.get());
  GstMessage *message = gst_bus_timed_pop_filtered(bus, kTimeout, GST_MESSAGE_EOS);
  fail_unless(message != nullptr);
  gst_message_unref(message);
  gst_object_unref(bus);
  fail_unless(video.seen().back() == "eos" && audio.seen().back() == "eos");
}
GST_END_TEST

GST_START_TEST(test_eos_on_one_pad_keeps_other_running) {
  Pipeline pipeline(
      "hyperlipstestsrc name=s num-buffers=40 s.video ! video/x-raw, width=16, "
      "height=16, framerate=25/1 ! identity eos-after=5 ! appsink name=v sync=false "
      "s.audio ! audio/x-raw, rate=16000 ! appsink name=a sync=false");
  pipeline.play();
  fail_unless(pipeline.pull_all("v").size() < 6);
  fail_unless_equals_uint64(end_of(pipeline.pull_all("a").items.back()), 40 * kFrame);
}
GST_END_TEST

GST_START_TEST(test_event_order) {
  Pipeline pipeline(source("num-buffers=2"));
  Recorder video(pipeline["v"], "sink"), audio(pipeline["a"], "sink");
  fail_unless(gst_element_send_event(
      pipeline["s"], gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "a talk", nullptr))));
  pipeline.play();
  pull(pipeline);
  for (const Recorder *recorder : {&video, &audio}) {
    auto seen = recorder->seen();
    std::erase(seen, "buffer");
    const std::vector<std::string> expected = {"stream-start", "caps", "segment", "tag", "eos"};
    fail_unless(seen == expected);
  }
}
GST_END_TEST

GST_START_TEST(test_pads_share_group_id) {
  Pipeline pipeline(source("num-buffers=1"));
  preroll(pipeline);
  guint groups[2] = {0, 1};
  for (int i = 0; i < 2; ++i) {
    GstPad *pad = gst_element_get_static_pad(pipeline["s"], i ? "audio" : "video");
    GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_STREAM_START, 0);
    fail_unless(event && gst_event_parse_group_id(event, &groups[i]));
    gst_event_unref(event);
    gst_object_unref(pad);
  }
  fail_unless_equals_int(groups[0], groups[1]);
}
GST_END_TEST

GST_START_TEST(test_random_state_changes) {
  for (const char *live : {"is-live=false", "is-live=true"}) {
    Pipeline pipeline("hyperlipstestsrc name=s ground-truth=true " + std::string(live) +
                      " s.video ! video/x-raw, width=64, height=64 ! fakesink s.audio ! fakesink");
    std::uint32_t random = 1;
    const GstState states[] = {GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
                               GST_STATE_PLAYING};
    for (int i = 0; i < 150; ++i) {
      random = random * 1664525 + 1013904223;
      pipeline.set_state(states[(random >> 24) % 4]);
      g_usleep((random >> 16) % 3000);
      if (i % 7 == 0) {
        gst_element_seek_simple(pipeline.get(), GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                gint64((random >> 20) * kMs));
      }
      if (i % 10 == 9) go_to(pipeline.get(), states[i / 10 % 4]);
    }
    fail_unless(pipeline.messages(GST_MESSAGE_ERROR).empty());
  }
}
GST_END_TEST

GST_START_TEST(test_concurrent_seeks_on_both_pads) {
  const Clip whole = play(kTwoSeconds);
  Pipeline pipeline(source(kTwoSeconds));
  preroll(pipeline);
  std::vector<std::thread> threads;
  for (const char *name : {"video", "audio"}) {
    threads.emplace_back([&pipeline, name] {
      GstPad *pad = gst_element_get_static_pad(pipeline["s"], name);
      for (gint64 i = 0; i < 40; ++i) {
        gst_pad_send_event(
            pad, gst_event_new_seek(1, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET,
                                    i * 23 * gint64(kMs), GST_SEEK_TYPE_NONE, -1));
      }
      gst_object_unref(pad);
    });
  }
  for (auto &thread : threads) thread.join();
  seek(pipeline, 1, GST_SEEK_FLAG_FLUSH, 0);
  pipeline.play();
  const Clip clip = pull(pipeline);
  fail_unless(bytes_of(clip.video) == bytes_of(whole.video));
  fail_unless(bytes_of(clip.audio) == bytes_of(whole.audio));
}
GST_END_TEST

GST_START_TEST(test_restart_same_bytes) {
  // Not appsink, which would stay at EOS.
  Pipeline pipeline("hyperlipstestsrc name=s " + kTwoSeconds + " s.video ! video/x-raw, " + kSmall +
                    " ! fakesink name=v sync=false s.audio ! fakesink name=a sync=false");
  std::vector<guint8> streams[2];
  for (int i = 0; i < 2; ++i) {
    GstPad *pad = gst_element_get_static_pad(pipeline["s"], i ? "audio" : "video");
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad *, GstPadProbeInfo *info, gpointer data) {
          auto *stream = static_cast<std::vector<guint8> *>(data);
          const auto bytes = bytes_of(GST_PAD_PROBE_INFO_BUFFER(info));
          stream->insert(stream->end(), bytes.begin(), bytes.end());
          return GST_PAD_PROBE_OK;
        },
        &streams[i], nullptr);
    gst_object_unref(pad);
  }
  GstBus *bus = gst_element_get_bus(pipeline.get());
  std::vector<guint8> first[2];
  for (const GstState between : {GST_STATE_READY, GST_STATE_NULL, GST_STATE_NULL}) {
    pipeline.play();
    GstMessage *message = gst_bus_timed_pop_filtered(bus, kTimeout, GST_MESSAGE_EOS);
    fail_unless(message != nullptr);
    gst_message_unref(message);
    go_to(pipeline.get(), between);
    for (int i = 0; i < 2; ++i) {
      if (first[i].empty()) first[i] = streams[i];
      fail_unless(!streams[i].empty() && streams[i] == first[i]);
      streams[i].clear();
    }
  }
  gst_object_unref(bus);
}
GST_END_TEST

static Suite *testsrc_streams_suite() {
  Suite *suite = suite_create("hyperlipstestsrc_streams");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_accurate_seek_same_bytes);
  tcase_add_test(tests, test_seek_between_frames_and_samples);
  tcase_add_test(tests, test_seek_in_default_format);
  tcase_add_test(tests, test_seek_in_ready_is_kept);
  tcase_add_test(tests, test_reverse_playback);
  tcase_add_test(tests, test_segment_seeks_without_flush);
  tcase_add_test(tests, test_non_flushing_seek_keeps_pads_synchronous);
  tcase_add_test(tests, test_invalid_seeks_are_refused);
  tcase_add_test(tests, test_queries);
  tcase_add_test(tests, test_single_pad_linked);
  tcase_add_test(tests, test_no_pad_linked_is_error);
  tcase_add_test(tests, test_pad_linked_while_playing);
  tcase_add_test(tests, test_renegotiation);
  tcase_add_test(tests, test_eos_event_ends_both_pads);
  tcase_add_test(tests, test_eos_on_one_pad_keeps_other_running);
  tcase_add_test(tests, test_event_order);
  tcase_add_test(tests, test_pads_share_group_id);
  tcase_add_test(tests, test_random_state_changes);
  tcase_add_test(tests, test_concurrent_seeks_on_both_pads);
  tcase_add_test(tests, test_restart_same_bytes);
  return suite;
}

GST_CHECK_MAIN(testsrc_streams)
