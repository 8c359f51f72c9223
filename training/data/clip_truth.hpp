// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/face/framing.hpp"
#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"
#include "hyperlips/synth/performance.hpp"

namespace hyperlips::training {

/// What is known of a clip beside its pictures and sound.
struct ClipTruth {
  Framing framing = Framing::Published;  ///< the box of the crops
  /// In pixels of the 128x128 crop, one per frame; of a synthetic head exact, of a real face as the
  /// mesh network found them.
  std::vector<Landmarks> landmarks;
  std::vector<MouthPose> mouths;         ///< of a synthetic head, one per frame; else empty
  std::vector<synth::Phoneme> phonemes;  ///< of a synthetic head; seconds since the first frame
};

/// First row, last row, first column, last column of the outer lips in a picture of `size` x `size`
/// pixels, within the picture; of landmarks in pixels of the 128x128 crop. The format of the "lips"
/// of examples (see white_box()).
std::array<float, 4> lip_box(const Landmarks &landmarks, int size);

/// The truth in the binary format of docs/crop-pack.md: coordinates are rounded to 1/64 pixel.
/// Throws Error{Settings} for more than 100000 frames or phonemes, or mouths of another number than
/// the landmarks.
std::vector<std::uint8_t> encode_truth(const ClipTruth &truth);

/// Reads the truth of a clip from a part of a file, frame by frame or whole. Each part is verified
/// by a checksum. All functions throw Error{Format} for damaged data, naming the source.
class TruthReader {
 public:
  /// Reads `bytes.size()` bytes at an offset from the start of the truth.
  using ReadAt = std::function<void(std::uint64_t offset, std::span<std::uint8_t> bytes)>;

  /// `size`: bytes of the truth. `source`: for messages, for example "The truth of clip 'A/0' in
  /// 'a.crops'".
  TruthReader(ReadAt read_at, std::uint64_t size, std::string source);

  int frames() const { return int(frames_); }
  Framing framing() const { return framing_; }
  /// The landmarks of a frame; throws Error{Settings} if it is out of range.
  Landmarks landmarks(int frame) const;
  ClipTruth all() const;

 private:
  [[noreturn]] void damaged() const;
  std::vector<std::uint8_t> read(std::uint64_t offset, std::uint64_t count) const;

  ReadAt read_at_;
  std::string source_;
  std::uint32_t frames_ = 0, mouths_ = 0, phonemes_ = 0, checksum_ = 0;
  Framing framing_ = Framing::Published;
};

}  // namespace hyperlips::training
