// SPDX-License-Identifier: LGPL-2.1-or-later
#include "feeder.hpp"

#include <algorithm>
#include <limits>

namespace hyperlips::redub {
namespace {

constexpr GstClockTime kSpeechAhead = 2 * GST_SECOND;
/// The video does not loop for speech that is longer by less: sound rarely ends on a frame.
constexpr GstClockTime kOverhang = 100 * GST_MSECOND;
constexpr int kBlocksPerSecond = 50;

}  // namespace

Feeder::Feeder(VideoClip &clip, SoundReader &speech, SoundReader *original, FeederSinks sinks,
               FeederPlan plan, const std::atomic<bool> &cancelled, std::atomic<bool> &aborted)
    : clip_(clip),
      speech_(speech),
      original_(original),
      sinks_(sinks),
      plan_(plan),
      cancelled_(cancelled),
      aborted_(aborted) {}

Feeder::~Feeder() {
  aborted_ = true;
  wake();
  if (video_thread_.joinable()) video_thread_.join();
  if (sound_thread_.joinable()) sound_thread_.join();
}

void Feeder::start() {
  video_thread_ = std::thread([this] { guarded(&Feeder::feed_video); });
  sound_thread_ = std::thread([this] { guarded(&Feeder::feed_sound); });
}

void Feeder::wake() {
  std::lock_guard guard(lock_);
  changed_.notify_all();
}

void Feeder::rethrow() {
  std::lock_guard guard(lock_);
  if (error_) std::rethrow_exception(error_);
}

GstClockTime Feeder::video_position() {
  std::lock_guard guard(lock_);
  return video_position_;
}

void Feeder::guarded(void (Feeder::*body)()) {
  try {
    (this->*body)();
  } catch (...) {
    std::lock_guard guard(lock_);
    if (!error_) error_ = std::current_exception();
    aborted_ = true;
    changed_.notify_all();
  }
}

// ---------------------------------------------------------------------------------------------
// Video

/// Waits until it is known whether there is speech after `time`.
bool Feeder::speech_reaches(GstClockTime time) {
  const std::int64_t index = index_of(time);
  std::unique_lock guard(lock_);
  wanted_ = time;
  changed_.notify_all();
  changed_.wait(
      guard, [&] { return cancelled_ || aborted_ || speech_ended_ || speech_position_ > index; });
  return !cancelled_ && !aborted_ && speech_position_ > index;
}

/// False if the pipeline accepts no more data.
bool Feeder::feed_frame(Frame frame, GstClockTime pts) {
  GstBuffer *buffer = gst_buffer_make_writable(frame.buffer.release());
  GST_BUFFER_PTS(buffer) = pts;
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer) = frame.duration;
  ++activity_;
  if (gst_app_src_push_buffer(sinks_.video, buffer) != GST_FLOW_OK) return false;
  std::lock_guard guard(lock_);
  video_position_ = pts + frame.duration;
  changed_.notify_all();
  return true;
}

void Feeder::feed_video() {
  GstClockTime end = 0;
  bool any = false, cut = false;
  while (!cut && !cancelled_ && !aborted_) {
    std::optional<Frame> frame = clip_.next();
    if (!frame) break;
    if (plan_.still_duration) frame->duration = plan_.still_duration;
    const GstClockTime pts = frame->pts > plan_.origin ? frame->pts - plan_.origin : 0;
    cut = any && plan_.length == Length::Speech && !speech_reaches(pts + frame->duration / 2);
    if (cut) break;
    end = pts + frame->duration;
    if (!feed_frame(std::move(*frame), pts)) return;
    any = true;
  }
  if (!cut && plan_.loops) feed_loops(end);
  finish_video();
}

void Feeder::feed_loops(GstClockTime end) {
  if (plan_.length == Length::Longest && !speech_reaches(end + kOverhang)) return;
  while (!cancelled_ && !aborted_) {
    std::optional<Frame> frame = clip_.next_looped();
    if (!frame) return;
    if (plan_.still_duration) frame->duration = plan_.still_duration;
    if (!speech_reaches(end + frame->duration / 2)) return;
    const GstClockTime pts = end;
    end += frame->duration;
    ++looped_;
    if (!feed_frame(std::move(*frame), pts)) return;
  }
}

void Feeder::finish_video() {
  {
    std::lock_guard guard(lock_);
    video_end_ = video_position_;
    changed_.notify_all();
  }
  gst_app_src_end_of_stream(sinks_.video);
}

// ---------------------------------------------------------------------------------------------
// Sound

std::int64_t Feeder::index_of(GstClockTime time) const {
  return std::int64_t(gst_util_uint64_scale_round(time, guint64(plan_.rate), GST_SECOND));
}

BufferPtr Feeder::sound_buffer(std::span<const float> samples, std::int64_t index) const {
  const auto time = [this](std::int64_t i) {
    return gst_util_uint64_scale(guint64(i), GST_SECOND, guint64(plan_.rate));
  };
  BufferPtr buffer(gst_buffer_new_memdup(samples.data(), samples.size_bytes()));
  GST_BUFFER_PTS(buffer.get()) = time(index);
  const auto count = std::int64_t(samples.size()) / plan_.channels;
  GST_BUFFER_DURATION(buffer.get()) = time(index + count) - time(index);
  return buffer;
}

/// The sample up to which sound may be pushed now: the end of the output once the video and, where
/// it matters, the speech have ended. Call it with the lock held.
std::int64_t Feeder::sound_limit() const {
  if (video_end_) {
    const std::int64_t end = index_of(*video_end_);
    if (cancelled_ || plan_.length == Length::Video) return end;
    if (plan_.length == Length::Speech) return speech_position_;
    return std::max(end, speech_position_);
  }
  const std::int64_t end = index_of(video_position_);
  if (plan_.length == Length::Speech || !speech_ended_) return std::min(end, speech_position_);
  return end;
}

void Feeder::read_speech() {
  const std::size_t before = waiting_.size();
  const auto block = std::size_t(std::max(1, plan_.rate / kBlocksPerSecond));
  const auto channels = std::size_t(plan_.channels);
  waiting_.resize(before + block * channels);
  const std::size_t count = speech_.read(std::span(waiting_).subspan(before));
  waiting_.resize(before + count * channels);
  ++activity_;
  // Time before the first sample is "no speech", which the elements distinguish from silence.
  const auto silent = std::size_t(
      std::clamp<std::int64_t>(speech_.first() - speech_position_, 0, std::int64_t(count)));
  if (silent < count) {
    gst_app_src_push_buffer(sinks_.speech,
                            sound_buffer(std::span(waiting_).subspan(before + silent * channels),
                                         speech_position_ + std::int64_t(silent))
                                .release());
  }
  std::lock_guard guard(lock_);
  speech_position_ += std::int64_t(count);
  if (count < block) speech_ended_ = true;
  changed_.notify_all();
}

/// Pushes `count` samples: speech, silence after its end, and the original sound under them.
void Feeder::write_sound(std::int64_t count) {
  const auto channels = std::size_t(plan_.channels);
  std::vector<float> samples(std::size_t(count) * channels);
  const std::size_t speech = std::min(samples.size(), waiting_.size());
  std::copy_n(waiting_.begin(), speech, samples.begin());
  waiting_.erase(waiting_.begin(), waiting_.begin() + std::ptrdiff_t(speech));
  if (original_) {
    std::vector<float> under(samples.size());
    original_->read(under);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = std::clamp(samples[i] + float(plan_.original_gain) * under[i], -1.0f, 1.0f);
    }
  }
  sinks_.sound(samples);
  written_ += count;
  ++activity_;
}

void Feeder::feed_sound() {
  const std::int64_t block = std::max(1, plan_.rate / kBlocksPerSecond);
  while (!aborted_) {
    bool reads, done;
    std::int64_t writes;
    {
      std::unique_lock guard(lock_);
      const auto look = [&] {
        const std::int64_t target =
            std::max(index_of(video_position_ + kSpeechAhead), index_of(wanted_) + block);
        // All of it, if it is longer than the video.
        const bool rest = video_end_ && plan_.length != Length::Video && !cancelled_;
        reads = !speech_ended_ && (rest || speech_position_ < target) &&
                !(cancelled_ && video_end_ && speech_position_ >= index_of(*video_end_));
        // Silence follows the end of the speech; before, there is only what has been read.
        const std::int64_t limit =
            speech_ended_ ? sound_limit() : std::min(sound_limit(), speech_position_);
        writes = std::clamp<std::int64_t>(limit - written_, 0, block);
        done = video_end_.has_value() && !reads && writes == 0;
        if (writes < block && !video_end_) writes = 0;
        return aborted_ || reads || writes > 0 || done;
      };
      changed_.wait(guard, look);
    }
    if (aborted_) return;
    if (reads) read_speech();
    if (writes > 0) write_sound(writes);
    if ((speech_ended_ || done) && !speech_closed_) {
      speech_closed_ = true;
      gst_app_src_end_of_stream(sinks_.speech);
    }
    if (done) break;
  }
  finished_ = true;
}

}  // namespace hyperlips::redub
