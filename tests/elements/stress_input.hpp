// SPDX-License-Identifier: LGPL-2.1-or-later
// What the stress test pushes: random frames, speech, events and queries.
#pragma once

#include <atomic>

#include "network_testing.hpp"
#include "util/random.hpp"

namespace hyperlips::test {

inline constexpr GstClockTime kStressFrame = 40 * GST_MSECOND;

/// Pushes to one or two pads, in one thread at a time.
class StressInput {
 public:
  /// `faces`: whether frames may have faces; `slow`: a network works on them, so only few have.
  StressInput(std::uint32_t seed, bool faces, bool slow)
      : random_(seed, 0), faces_(faces), slow_(slow) {}
  ~StressInput() { fail_unless_equals_int(live_buffers_, 0); }

  void set_pads(GstPad *video, GstPad *audio) {
    video_ = video;
    audio_ = audio;
  }

  /// Random frames, events and queries until `stop` or a refused frame. EOS only if nothing is
  /// unlinked meanwhile.
  void push(bool may_be_unlinked, const std::atomic<bool> &stop) {
    if (new_stream_) {
      push_start();
    } else if (new_segment_) {
      push_segment();
    }
    new_segment_ = false;
    const int steps = 2 + random_.below(10);
    for (int i = 0; i < steps && !stop; ++i) {
      bool going = true;
      switch (random_.below(16)) {
        case 0:
          gst_pad_push_event(video_, gst_event_new_gap(position_, kStressFrame));
          break;
        case 1:
          size_ = random_.below(3);
          variable_ = random_.below(2) == 0;
          push_caps();
          break;
        case 2: {
          const char *const turns[] = {"rotate-0", "rotate-90", "flip-rotate-180"};
          gst_pad_push_event(video_,
                             gst_event_new_tag(gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION,
                                                                turns[random_.below(3)], nullptr)));
          break;
        }
        case 3:
          push_segment();
          break;
        case 4:
          push_query();
          break;
        case 5:
          // Without a link behind it, EOS is an error.
          if (!may_be_unlinked && random_.below(2) == 0) push_eos_and_restart();
          break;
        case 6:
          gst_pad_push_event(video_, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                                          gst_structure_new_empty("x")));
          break;
        default:
          for (int k = random_.below(4); k >= 0 && going; --k) going = push_frame();
      }
      if (!going) return;
    }
  }

  /// The pads were flushed. The next frame comes after a segment.
  void flushed() {
    must_come_.clear();
    gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
    audio_position_ = position_;
    audio_over_ = false;
    new_segment_ = true;
  }
  /// The pads were stopped. The next frame comes after all events of a new stream.
  void stopped() {
    flushed();
    new_stream_ = true;
  }
  void jump_to(GstClockTime position) { position_ = audio_position_ = position; }
  /// Speech was lost. The next frame and speech come after a segment.
  void restart_segment() { new_segment_ = true; }
  void forget_frames() { must_come_.clear(); }
  /// GST_BUFFER_OFFSET of the frames that were taken and not flushed.
  const std::vector<guint64> &must_come() const { return must_come_; }

 private:
  /// Enough for frames at twice the rate. More than the window of a network, and than what a queue
  /// holds, because one thread pushes both.
  static constexpr GstClockTime kSpeechAhead = 4 * GST_SECOND;
  /// Duration of segments that are played backwards: more than is pushed in one.
  static constexpr GstClockTime kReverse = 100 * GST_SECOND;
  static constexpr int kAudioRate = 16000;

  GstBuffer *make_frame() {
    static const std::vector<cv::Mat> pictures = [] {
      std::vector<cv::Mat> made;
      for (const int side : {48, 64, 80}) {
        made.emplace_back(side, side, CV_8UC3, cv::Scalar(60, 90, 120));
        made.push_back(draw_face(cv::Size(side, side), {.width = 0.5f}));
      }
      return made;
    }();
    static const HyperlipsFaceData faces[] = {made_face(0, 1), made_face(1, 2)};
    const cv::Mat &picture = pictures[std::size_t(2 * size_ + (random_.below(8) == 0))];
    const std::size_t size = video_size();
    auto *data = static_cast<guint8 *>(g_malloc0(size));
    for (int y = 0; y < picture.rows; ++y) {
      std::memcpy(data + std::size_t(y) * size / std::size_t(picture.rows), picture.ptr(y),
                  std::size_t(picture.cols) * 3);
    }
    ++live_buffers_;
    GstBuffer *buffer = gst_buffer_new_wrapped_full(GstMemoryFlags(0), data, size, 0, size, data,
                                                    [](gpointer memory) {
                                                      g_free(memory);
                                                      --live_buffers_;
                                                    });
    GST_BUFFER_OFFSET(buffer) = next_id_++;
    if (random_.below(20) != 0) GST_BUFFER_PTS(buffer) = position_;
    GST_BUFFER_DURATION(buffer) = kStressFrame;
    if (random_.below(6) == 0) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    if (faces_ && random_.below(2) == 0) {
      HyperlipsFaceData face = faces[random_.below(2)];
      if (random_.below(slow_ ? 100 : 2) == 0) face.generated = face.crop;
      add_face(buffer, face);
    }
    return buffer;
  }

  std::size_t video_size() const {
    const GstVideoInfo info = video_info(caps());
    return GST_VIDEO_INFO_SIZE(&info);
  }
  std::string caps() const {
    const int side = 48 + 16 * size_;
    return video_caps("BGR", side, side, variable_ ? "framerate=0/1" : "framerate=25/1");
  }

  bool push_caps() {
    GstCaps *made = gst_caps_from_string(caps().c_str());
    const bool taken = gst_pad_push_event(video_, gst_event_new_caps(made));
    gst_caps_unref(made);
    return taken;
  }

  /// Running time of a time in the segment.
  GstClockTime running_time(GstClockTime time) const {
    if (segment_.rate < 0) return segment_.base + kReverse;
    return segment_.base + GstClockTime(double(time - segment_.start) / segment_.rate);
  }

  /// It follows the last one in running time, as those of a source that changes its rate do.
  void push_segment() {
    GstClockTime base = 0;
    if (segment_.format == GST_FORMAT_TIME)
      base = running_time(std::max(position_, audio_position_));
    gst_segment_init(&segment_, GST_FORMAT_TIME);
    const double rates[] = {1, 1, 2, 0.5, -1};
    segment_.rate = rates[random_.below(5)];
    segment_.start = segment_.time = segment_.rate < 0 ? 0 : position_;
    if (segment_.rate < 0) segment_.stop = position_ + kReverse;
    segment_.base = base;
    gst_pad_push_event(video_, gst_event_new_segment(&segment_));
    audio_position_ = position_;
    if (audio_ && !audio_over_) gst_pad_push_event(audio_, gst_event_new_segment(&segment_));
  }

  void push_start() {
    new_stream_ = false;
    const std::string id = "stream" + std::to_string(++streams_);
    gst_pad_push_event(video_, gst_event_new_stream_start(id.c_str()));
    push_caps();
    if (audio_) {
      audio_over_ = false;
      gst_pad_push_event(audio_, gst_event_new_stream_start(id.c_str()));
      GstCaps *made = gst_caps_from_string(
          "audio/x-raw, format=S16LE, layout=interleaved, rate=16000, channels=1");
      gst_pad_push_event(audio_, gst_event_new_caps(made));
      gst_caps_unref(made);
    }
    push_segment();
  }

  /// Speech, or gaps, to a while after the frame; so that the frame need not wait for ever.
  void push_speech() {
    while (audio_ && !audio_over_ && audio_position_ < position_ + kSpeechAhead) {
      const GstClockTime duration = GST_SECOND * GstClockTime(1 + random_.below(8)) / 8;
      GstFlowReturn flow = GST_FLOW_OK;
      if (random_.below(6) == 0) {
        gst_pad_push_event(audio_, gst_event_new_gap(audio_position_, duration));
      } else {
        GstBuffer *buffer = gst_buffer_new_allocate(
            nullptr, gst_util_uint64_scale(duration, kAudioRate, GST_SECOND) * 2, nullptr);
        gst_buffer_memset(buffer, 0, random_.below(256), gsize(-1));
        GST_BUFFER_PTS(buffer) = audio_position_;
        GST_BUFFER_DURATION(buffer) = duration;
        if (random_.below(5) == 0) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
        flow = gst_pad_push(audio_, buffer);
      }
      audio_position_ += duration;
      if (flow != GST_FLOW_OK) return;
    }
    if (audio_ && random_.below(40) == 0) {
      audio_over_ = true;
      gst_pad_push_event(audio_, gst_event_new_eos());
    }
  }

  bool push_frame() {
    push_speech();
    GstBuffer *buffer = make_frame();
    const guint64 id = GST_BUFFER_OFFSET(buffer);
    const GstFlowReturn flow = gst_pad_push(video_, buffer);
    if (flow == GST_FLOW_OK) must_come_.push_back(id);
    fail_unless(flow == GST_FLOW_OK || flow == GST_FLOW_FLUSHING || flow == GST_FLOW_NOT_LINKED,
                "%s", gst_flow_get_name(flow));
    position_ += kStressFrame;
    return flow == GST_FLOW_OK;
  }

  void push_query() {
    GstQuery *query = nullptr;
    switch (random_.below(4)) {
      case 0: {
        GstCaps *made = gst_caps_from_string(caps().c_str());
        query = gst_query_new_allocation(made, TRUE);
        gst_caps_unref(made);
        break;
      }
      case 1:
        query = gst_query_new_drain();
        break;
      case 2:
        query = gst_query_new_caps(nullptr);
        break;
      default:
        query = gst_query_new_position(GST_FORMAT_TIME);
    }
    gst_pad_peer_query(video_, query);
    gst_query_unref(query);
  }

  void push_eos_and_restart() {
    gst_pad_push_event(video_, gst_event_new_eos());
    if (audio_) gst_pad_push_event(audio_, gst_event_new_eos());
    push_start();
  }

  /// Buffers whose memory is in use.
  static inline std::atomic<int> live_buffers_ = 0;

  Random random_;
  const bool faces_, slow_;
  GstPad *video_ = nullptr, *audio_ = nullptr;
  GstClockTime position_ = 0, audio_position_ = 0;
  GstSegment segment_ = {};  ///< of both pads; format UNDEFINED if they have none
  guint64 next_id_ = 1;
  int streams_ = 0, size_ = 1;
  bool variable_ = false, audio_over_ = false;
  bool new_stream_ = true, new_segment_ = false;
  std::vector<guint64> must_come_;
};

}  // namespace hyperlips::test
