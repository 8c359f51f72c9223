// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "hyperlips/error.hpp"
#include "training/data/crop_pack_format.hpp"
#include "training/data/picture.hpp"
#include "training/data/wav_file.hpp"
#include "util/file_bytes.hpp"
#include "util/file_descriptor.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

template <class Value>
Value ClipStore::find(const std::unordered_map<std::string, Value> &cache,
                      const std::string &key) const {
  const std::lock_guard held(lock_);
  const auto found = cache.find(key);
  return found == cache.end() ? nullptr : found->second;
}

cv::Mat ClipStore::picture(const std::filesystem::path &path, int size) {
  const Bytes file = bytes(path);
  const cv::Mat picture = decode_picture(*file);
  if (picture.empty())
    reject(path, quote_path(path) + " is not a picture, or is damaged or truncated.");
  return resize_square(picture, size);
}

ClipStore::Bytes ClipStore::bytes(const std::filesystem::path &path) {
  const std::string &key = path.native();
  throw_if_rejected(path);
  if (const Bytes cached = find(pictures_, key)) return cached;
  Bytes read;
  try {
    read = std::make_shared<const std::vector<std::uint8_t>>(read_file_bytes(path));
  } catch (const Error &error) {
    reject(path, error.what());
  }
  keep(pictures_, key, read, read->size());
  return read;
}

MelColumns ClipStore::mel(const std::filesystem::path &wav) {
  const std::string &key = wav.native();
  throw_if_rejected(wav);
  if (const MelColumns cached = find(mels_, key)) return cached;
  Wav sound;
  try {
    sound = read_wav(wav);
  } catch (const Error &error) {
    reject(wav, error.what());
  }
  if (sound.sample_rate != kMelSampleRate)
    reject(wav, quote_path(wav) + " has a sample rate of " + std::to_string(sound.sample_rate) +
                    " Hz; expected " + std::to_string(kMelSampleRate) +
                    " Hz. Convert it, or run hyperlips-train preprocess.");
  const auto columns =
      std::make_shared<const std::vector<MelColumn>>(mel_spectrogram(sound.samples));
  keep<MelColumns>(mels_, key, columns, columns->size() * sizeof(MelColumn));
  return columns;
}

/// The result of `read`, which takes a TruthReader; none if the clip has no truth. The file is not
/// cached: a frame is small, and the system caches it.
template <class Read>
auto ClipStore::truth_of(const Clip &clip, Read read)
    -> std::optional<decltype(read(std::declval<const TruthReader &>()))> {
  const std::filesystem::path path = clip.truth();
  throw_if_rejected(path);
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid() && errno == ENOENT) return {};
  try {
    struct stat status {};
    if (!file.valid() || fstat(file.get(), &status) != 0)
      throw Error(ErrorKind::Format,
                  "Cannot read " + quote_path(path) + ": " + std::strerror(errno) + ".");
    const TruthReader reader(
        [&](std::uint64_t offset, std::span<std::uint8_t> bytes) {
          crop_pack::read_at(file.get(), offset, bytes, path);
        },
        static_cast<std::uint64_t>(status.st_size), quote_path(path));
    return read(reader);
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::Format) throw;
    reject(path, error.what());
  }
}

std::optional<Landmarks> ClipStore::landmarks(const Clip &clip, int number) {
  return truth_of(clip, [&](const TruthReader &reader) { return reader.landmarks(number); });
}

std::optional<ClipTruth> ClipStore::truth(const Clip &clip) {
  return truth_of(clip, [](const TruthReader &reader) { return reader.all(); });
}

Framing ClipStore::framing(const Clip &clip) {
  return truth_of(clip, [](const TruthReader &reader) { return reader.framing(); })
      .value_or(Framing::Published);
}

template <class Value>
void ClipStore::keep(std::unordered_map<std::string, Value> &cache, const std::string &key,
                     const Value &value, std::size_t size) {
  // Of the containers, per entry: node, two copies of short names, headers.
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
