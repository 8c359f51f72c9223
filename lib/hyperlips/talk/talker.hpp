// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/engine/network.hpp"
#include "hyperlips/face/types.hpp"
#include "hyperlips/model/conventions.hpp"

namespace hyperlips {

/// \file
/// What makes a face speak. A talker is a system that draws the lower face of a person for the
/// speech of each frame: the network HyperLipsBase, or pictures of the person's own mouths. The
/// element hyperlipsbase runs any of them. Basic usage, for one face:
///
///     const auto talker = hyperlips::open_talker({.model = "person.bank"});
///     const MelSpan span = talker->speech(false);
///     std::vector<float> window(span.values());
///     timeline.find(time, span, window);
///     const FaceTask task{.face = face, .crop = crop, .crop_box = box, .speech = window};
///     const SpokenFace spoken = talker->speak({&task, 1}, 1).front();

/// A face that is to speak.
struct FaceTask {
  const Face &face;
  cv::Mat crop;                   ///< CV_8UC3 BGR, 128x128
  Box crop_box;                   ///< its box in upright frame pixels
  cv::Size frame;                 ///< upright size of the frame
  std::span<const float> speech;  ///< mel window (80, span.columns()) row-major, see speech()
  MelTimes times;                 ///< of its columns
  double time = 0;                ///< running time of the frame in seconds
  double seconds = 0.04;          ///< duration of the frame in time of the speech
  DueTime due = kNotDue;          ///< when a live stream needs the picture
};

/// The new lower face.
struct SpokenFace {
  /// CV_8UC3 BGR; empty if the talker has none for this frame. Where it covers the crop, rows above
  /// NetworkInfo::first_row are those of the crop.
  cv::Mat picture;
  Box box;  ///< what the picture covers, in upright frame pixels
  /// Landmarks of the face with its new mouth, in upright frame pixels, if the talker knows them.
  std::optional<Landmarks> landmarks;
  float opacity = 1;  ///< 0 ... 1: how visible it is to be; changes of it are not yet faded
};

/// Not thread-safe.
class Talker {
 public:
  virtual ~Talker() = default;

  /// Architecture, file, device and precision.
  virtual const NetworkInfo &info() const = 0;

  /// The box of the crops that it wants.
  virtual Framing framing() const { return Framing::Steady; }

  /// The columns of speech that a frame needs; in live pipelines every column after the frame
  /// delays the video.
  virtual MelSpan speech(bool live) const = 0;

  /// The new faces of the tasks, which are in order of time. `batch`: number of faces that are
  /// computed together. Throws as Network::run() does, or Error{Format} for a damaged bank.
  virtual std::vector<SpokenFace> speak(std::span<const FaceTask> tasks, int batch) = 0;

  /// Runs once on an empty face, so that the first one does not take longer than others.
  virtual void warm_up(int batch) = 0;

  /// Forgets all tracks, for example after a seek.
  virtual void reset() = 0;
};

struct TalkerOptions {
  /// `model` may also be a bank (own_mouths/bank.hpp); `pixels` is ignored.
  NetworkOptions network;
  /// Picture of the person for networks, see load_reference(); empty: the face in the video.
  std::filesystem::path reference_image;
};

/// Opens the talker that a file is for. Errors as for open_network(), read_bank(),
/// load_reference() and conventions_of(), and Error{Format} for a network that is no talker.
std::unique_ptr<Talker> open_talker(const TalkerOptions &options);

}  // namespace hyperlips
