// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/own_mouths/head_pose.hpp"
#include "hyperlips/own_mouths/mouth_shape.hpp"
#include "hyperlips/own_mouths/speech_fit.hpp"

namespace hyperlips {

/// The first coefficients of a principal component analysis of the lips' landmarks, in widths of
/// the head.
using LipCode = std::array<float, 8>;

struct TensorFile;

/// A frame of the footage: a picture of the lower face and what is known of it.
struct BankFrame {
  double time = 0;       ///< seconds from the start of the footage
  std::int32_t run = 0;  ///< frames of the same run follow each other without a gap
  float sharpness = 0;   ///< of the lips, relative to the median of the footage
  cv::Vec3f skin;        ///< mean color of the cheeks, B G R, 0 ... 255
  Landmarks landmarks;   ///< in pixels of the picture
  HeadPose pose;         ///< from Bank::head to pixels of the picture
  HeadAngles turn;       ///< of `pose`
  MouthShape shape;
  LipCode lips{};
  std::span<const std::uint8_t> jpeg;  ///< the picture, baseline JPEG
};

/// The mouths of one person in a piece of footage, from which the talker "own mouths" takes its
/// pictures (Bregler, Covell, Slaney: Video Rewrite, SIGGRAPH 1997).
struct Bank {
  Landmarks head;               ///< the person's mean head, width 1, center of the rigid points 0
  double frame_seconds = 0.04;  ///< from one frame of a run to the next
  std::vector<BankFrame> frames;
  SpeechFit fit;                        ///< from predicted mouths to this person's
  ShapeValues mean{}, deviation{};      ///< of MouthShape::values()
  float closed = 0;                     ///< opening of the closed mouth
  ShapeValues rest{};                   ///< the shape of the closed mouth
  std::string remarks;                  ///< what a user should know of the footage, a line each
  std::shared_ptr<const void> storage;  ///< owns the pictures

  /// Whether frame `next` follows frame `frame` in the footage.
  bool follows(std::size_t frame, std::size_t next) const;
};

/// Largest numbers that a bank may have.
inline constexpr std::size_t kMaxBankFrames = 20000;
inline constexpr int kMaxBankPicture = 1024;  ///< pixels of a side

/// Computes what follows from landmarks: head, poses, shapes, lip codes, statistics.
void complete(Bank &bank);

/// The picture of a frame, CV_8UC3 BGR. Throws Error{Format} if it is damaged.
cv::Mat picture_of(const Bank &bank, std::size_t frame);

/// What the footage lacks for good results, as sentences for the user; empty if nothing.
std::string shortcomings(const Bank &bank);

/// Width and height in the header of a JPEG file; empty if it has none.
cv::Size jpeg_size(std::span<const std::uint8_t> jpeg);

/// Whether a file is a bank, by its header. False if it cannot be read.
bool is_bank_file(const std::filesystem::path &path);

/// Reads a bank: a safetensors file with the metadata "hyperlips" = "own-mouths", see
/// docs/own-mouths.md. All sizes are checked. Throws Error{NotFound}, Error{Format} that names the
/// file, and Error{Memory}.
Bank read_bank(const std::filesystem::path &path);

/// The same for a file in memory.
Bank parse_bank(const TensorFile &file);

/// Writes a bank atomically. `footage` is said in the metadata. Throws Error{NotFound} and
/// Error{Failed}.
void write_bank(const std::filesystem::path &path, const Bank &bank, const std::string &footage);

}  // namespace hyperlips
