// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_store.hpp"

#include <algorithm>
#include <iterator>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "training/data/wav_file.hpp"
#include "util/file_bytes.hpp"

namespace hyperlips::training {
namespace {

/// libjpeg fills what a JPEG file that is cut off lacks with gray and calls that a warning.
bool is_cut_off(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kStart[] = {0xFF, 0xD8}, kEnd[] = {0xFF, 0xD9};
  return bytes.size() > 2 && std::equal(std::begin(kStart), std::end(kStart), bytes.begin()) &&
         std::search(bytes.rbegin(), bytes.rend(), std::rbegin(kEnd), std::rend(kEnd)) ==
             bytes.rend();
}

}  // namespace

cv::Mat decode_picture(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || is_cut_off(bytes)) return {};
  try {
    // OpenCV only reads from what it takes as a matrix.
    return cv::imdecode(
        cv::Mat(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t *>(bytes.data())),
        cv::IMREAD_COLOR);
  } catch (const cv::Exception &) {
    return {};
  }
}

cv::Mat ClipStore::picture(const std::filesystem::path &path, int size) {
  const Bytes file = bytes(path);
  cv::Mat picture = decode_picture(*file);
  if (picture.empty())
    refuse(path, "\"" + path.string() + "\" is not a picture, or it is damaged or cut off.");
  if (picture.cols == size && picture.rows == size) return picture;
  cv::Mat scaled;
  cv::resize(picture, scaled, {size, size}, 0, 0, cv::INTER_LINEAR);
  return scaled;
}

ClipStore::Bytes ClipStore::bytes(const std::filesystem::path &path) {
  const std::string &key = path.native();
  throw_if_refused(path);
  {
    const std::lock_guard held(lock_);
    if (const auto found = pictures_.find(key); found != pictures_.end()) return found->second;
  }
  Bytes read;
  try {
    read = std::make_shared<const std::vector<std::uint8_t>>(read_file_bytes(path));
  } catch (const Error &error) {
    refuse(path, error.what());
  }
  keep(pictures_, key, read, read->size());
  return read;
}

MelColumns ClipStore::mel(const std::filesystem::path &wav) {
  const std::string &key = wav.native();
  throw_if_refused(wav);
  {
    const std::lock_guard held(lock_);
    if (const auto found = mels_.find(key); found != mels_.end()) return found->second;
  }
  Wav sound;
  try {
    sound = read_wav(wav);
  } catch (const Error &error) {
    refuse(wav, error.what());
  }
  if (sound.sample_rate != kMelSampleRate)
    refuse(wav, "\"" + wav.string() + "\" has " + std::to_string(sound.sample_rate) +
                    " samples a second, but " + std::to_string(kMelSampleRate) +
                    " are needed: convert it, or run hyperlips-train preprocess.");
  const auto columns =
      std::make_shared<const std::vector<MelColumn>>(mel_spectrogram(sound.samples));
  keep<MelColumns>(mels_, key, columns, columns->size() * sizeof(MelColumn));
  return columns;
}

template <class Value>
void ClipStore::keep(std::unordered_map<std::string, Value> &cache, const std::string &key,
                     const Value &value, std::size_t size) {
  // What the containers themselves take for an entry: node, two copies of short names, headers.
  constexpr std::size_t kOverhead = 128;
  const std::size_t cost = size + key.size() + kOverhead;
  const std::lock_guard held(lock_);
  if (cost > cache_bytes_ - cached_) return;
  if (cache.emplace(key, value).second) cached_ += cost;
}

std::size_t ClipStore::cached_bytes() const {
  const std::lock_guard held(lock_);
  return cached_;
}

}  // namespace hyperlips::training
