// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/driven_lips.hpp"

#include <algorithm>
#include <array>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tensor.hpp"
#include "training/data/windows.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/evaluate/picture_measures.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

/// The reference, frame 0 of the part, is so many frames before the first one that is generated.
constexpr int kReferenceGap = 10;

/// What drives the lips, in the order of DrivenLips.
enum Drive { kOwnSound, kLateSound, kEarlySound, kOtherSound, kSilence, kPasted, kDrives };

/// Follows the face in successive crops, with nothing known of it but that it fills the first one.
class CropFace {
 public:
  explicit CropFace(FaceMesh &mesh) : mesh_(mesh) {}

  std::optional<Landmarks> next(const cv::Mat &crop) {
    if (last_) last_ = find(crop, mesh_region(*last_));
    if (!last_) last_ = search(crop);
    return last_;
  }

 private:
  std::optional<Landmarks> search(const cv::Mat &crop) {
    // The network's input is the face's box enlarged by half.
    const MeshRegion region{{float(crop.cols) / 2, float(crop.rows) / 2}, 1.5f * float(crop.cols)};
    const std::optional<Landmarks> rough = find(crop, region);
    return rough ? find(crop, mesh_region(*rough)) : std::nullopt;
  }

  std::optional<Landmarks> find(const cv::Mat &crop, const MeshRegion &region) {
    constexpr float kMinPresence = 0.5f;
    const MeshResult found = mesh_.run(view_of(crop), region);
    if (found.presence < kMinPresence) return std::nullopt;
    return found.landmarks;
  }

  FaceMesh &mesh_;
  std::optional<Landmarks> last_;
};

/// The mouth in a true frame.
struct TrueFrame {
  std::optional<MouthPoints> mouth;
  std::optional<cv::Rect> box;
};

/// Successive frames of a clip.
struct Part {
  const Clip *clip = nullptr;
  int reference = 0, first = 0, count = 0;  ///< frames
  std::vector<TrueFrame> truth;

  cv::Mat picture(ClipSource &source, int index) const {
    return source.picture(*clip, first + index, kCropSize);
  }
  std::string speaker() const { return clip->name.substr(0, clip->name.find('/')); }
};

/// The longest run of frames of the clip, or its part that the sound covers.
std::optional<Part> choose_part(const Clip &clip, std::int64_t mel_columns,
                                const DrivenLipsOptions &options, Random random) {
  const auto longest =
      std::max_element(clip.ranges.begin(), clip.ranges.end(),
                       [](const FrameRange &a, const FrameRange &b) { return a.count < b.count; });
  if (longest == clip.ranges.end()) return std::nullopt;
  const int begin = longest->first + kReferenceGap;
  const int end = std::min(longest->first + longest->count,
                           last_frame_with_mel(mel_columns) + 1 - options.shift);
  if (end - begin < kFewestForLag) return std::nullopt;
  const int count = std::min(options.frames, end - begin);
  return Part{&clip, longest->first, begin + random.below(end - begin - count + 1), count, {}};
}

/// Generates and measures; keeps the scores of all clips.
class DrivenLipsMeasure {
 public:
  DrivenLipsMeasure(ClipSource &source, const Generate &generate, const DrivenLipsOptions &options)
      : source_(source), generate_(generate), options_(options), mesh_(options.face_models) {}

  /// False if a picture cannot be read.
  bool find_truth(Part &part) try {
    CropFace face(mesh_);
    source_.picture(*part.clip, part.reference, kCropSize);
    for (int i = 0; i < part.count; ++i) {
      const cv::Mat picture = part.picture(source_, i);
      TrueFrame frame;
      if (const auto landmarks = face.next(picture)) {
        frame.mouth = mouth_points(*landmarks);
        frame.box = mouth_box(*landmarks, picture.size());
      }
      part.truth.push_back(frame);
    }
    return true;
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::Format) throw;
    return false;  // reported by the source
  }

  /// `other`: the part whose sound drives kOtherSound; may be null.
  void measure(const Part &part, const Part *other) {
    std::vector<cv::Mat> truths;
    for (int i = 0; i < part.count; ++i) truths.push_back(part.picture(source_, i));
    const cv::Mat reference = source_.picture(*part.clip, part.reference, kCropSize);
    for (int drive = 0; drive < kDrives; ++drive) {
      if (drive == kOtherSound && !other) continue;
      const std::vector<cv::Mat> made =
          drive == kPasted ? paste(truths, reference)
                           : generate(truths, reference, windows(part, Drive(drive), other));
      scores_[drive].push_back(score(part, truths, made, Drive(drive), other));
    }
  }

  LipScores pooled(Drive drive) const { return pool(scores_[drive]); }
  bool has(Drive drive) const { return !scores_[drive].empty(); }

 private:
  /// (count, 1, 80, 16)
  torch::Tensor windows(const Part &part, Drive drive, const Part *other) const {
    if (drive == kSilence) return torch::full({part.count, 1, kMelBands, kMelWindow}, kMelSilence);
    const Part &sound = drive == kOtherSound ? *other : part;
    int shift = drive == kLateSound ? -options_.shift : drive == kEarlySound ? options_.shift : 0;
    if (options_.timing == MelTiming::Published) --shift;
    const MelColumns columns = source_.mel(*sound.clip);
    std::vector<torch::Tensor> windows;
    for (int i = 0; i < part.count; ++i) {
      // Another clip's sound may be shorter.
      const int frame = sound.first + std::min(i, sound.count - 1) + shift;
      windows.push_back(mel_window(*columns, mel_start(frame)));
    }
    return torch::stack(windows);
  }

  static std::vector<cv::Mat> paste(const std::vector<cv::Mat> &truths, const cv::Mat &reference) {
    std::vector<cv::Mat> pasted;
    for (const cv::Mat &truth : truths) pasted.push_back(paste_lower_half(truth, reference));
    return pasted;
  }

  std::vector<cv::Mat> generate(const std::vector<cv::Mat> &truths, const cv::Mat &reference,
                                const torch::Tensor &mels) const {
    const torch::NoGradGuard no_grad;
    std::vector<cv::Mat> made;
    for (std::size_t first = 0; first < truths.size(); first += std::size_t(options_.batch)) {
      const std::size_t count = std::min(truths.size() - first, std::size_t(options_.batch));
      torch::Tensor face = torch::empty({std::int64_t(count), 6, kCropSize, kCropSize});
      for (std::size_t i = 0; i < count; ++i) {
        base_input(truths[first + i], reference,
                   {face.data_ptr<float>() + i * kFaceTensor, kFaceTensor});
      }
      const auto from = std::int64_t(first), to = std::int64_t(first + count);
      const torch::Tensor out = generate_({{"mels", mels.slice(0, from, to)}, {"face", face}})
                                    .detach()
                                    .to(torch::kCPU, torch::kFloat32)
                                    .contiguous();
      for (std::int64_t i = 0; i < out.size(0); ++i) {
        const torch::Tensor picture = out[i];
        made.push_back(picture_from_tensor(
            {picture.const_data_ptr<float>(), std::size_t(picture.numel())}, kCropSize));
      }
    }
    return made;
  }

  LipScores score(const Part &part, const std::vector<cv::Mat> &truths,
                  const std::vector<cv::Mat> &made, Drive drive, const Part *other) {
    const DrivenBy driven_by = drive == kOtherSound                    ? DrivenBy::Speaker
                               : drive == kSilence || drive == kPasted ? DrivenBy::Silence
                                                                       : DrivenBy::Own;
    LipMeasures lips({driven_by, options_.closed_below});
    CropFace face(mesh_);
    for (std::size_t i = 0; i < made.size(); ++i) {
      const TrueFrame &truth = part.truth[i];
      std::optional<MouthPoints> mouth;
      if (const auto landmarks = face.next(made[i])) mouth = mouth_points(*landmarks);
      LipFrame frame{.truth = truth.mouth ? &*truth.mouth : nullptr,
                     .result = mouth ? &*mouth : nullptr};
      if (driven_by == DrivenBy::Speaker && i < other->truth.size() && other->truth[i].mouth)
        frame.speaker = &*other->truth[i].mouth;
      if (truth.box) compare_lips(truths[i], made[i], *truth.box, frame);
      lips.add(frame);
    }
    return lips.scores(kFrameRate);
  }

  ClipSource &source_;
  const Generate &generate_;
  const DrivenLipsOptions &options_;
  FaceMesh mesh_;
  std::array<std::vector<LipScores>, kDrives> scores_;
};

void check(const DrivenLipsOptions &options) {
  // The reference gap leaves room for the sound before the first frame.
  if (options.clips < 1 || options.batch < 1 || options.shift < 1 || options.shift > kMaxLag ||
      options.frames < kFewestForLag) {
    throw Error(ErrorKind::Settings,
                "Invalid options for the measures of lips: expected at least 1 clip of " +
                    std::to_string(kFewestForLag) + " frames and a shift of 1 to " +
                    std::to_string(kMaxLag) + " frames.");
  }
}

std::vector<Part> choose_parts(const std::vector<Clip> &clips, ClipSource &source,
                               const DrivenLipsOptions &options, int &too_short) {
  std::vector<std::size_t> order(clips.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  Random random(options.seed, "driven lips", 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<Part> parts;
  for (const std::size_t i : order) {
    if (parts.size() == std::size_t(options.clips)) break;
    try {
      const auto columns = std::int64_t(source.mel(clips[i])->size());
      const auto part =
          choose_part(clips[i], columns, options, Random(options.seed, "driven lips", 1 + i));
      if (part) {
        parts.push_back(*part);
      } else {
        ++too_short;
      }
    } catch (const Error &error) {
      if (error.kind() != ErrorKind::Format) throw;  // reported by the source
    }
  }
  return parts;
}

/// The part whose sound drives part `i`: the next one of another speaker, otherwise the next one.
const Part *other_than(const std::vector<Part> &parts, std::size_t i) {
  const auto after = [&](std::size_t step) { return &parts[(i + step) % parts.size()]; };
  for (std::size_t step = 1; step < parts.size(); ++step) {
    if (after(step)->speaker() != parts[i].speaker()) return after(step);
  }
  return parts.size() > 1 ? after(1) : nullptr;
}

}  // namespace

DrivenLips measure_driven_lips(const std::vector<Clip> &clips, ClipSource &source,
                               const Generate &generate, const DrivenLipsOptions &options) {
  check(options);
  DrivenLips found;
  found.shift = options.shift;
  found.closed_below = options.closed_below;
  std::vector<Part> parts = choose_parts(clips, source, options, found.too_short);
  DrivenLipsMeasure measure(source, generate, options);
  std::erase_if(parts, [&](Part &part) { return !measure.find_truth(part); });
  for (std::size_t i = 0; i < parts.size(); ++i) {
    measure.measure(parts[i], other_than(parts, i));
    ++found.clips;
    if (options.progress && !options.progress(found.clips)) break;
  }
  found.own = measure.pooled(kOwnSound);
  found.late = measure.pooled(kLateSound);
  found.early = measure.pooled(kEarlySound);
  if (measure.has(kOtherSound)) found.other = measure.pooled(kOtherSound);
  found.silence = measure.pooled(kSilence);
  found.pasted = measure.pooled(kPasted);
  return found;
}

}  // namespace hyperlips::training
