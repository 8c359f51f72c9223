// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/hr_dataset_writer.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mesh_topology.hpp"
#include "hyperlips/face/sketch.hpp"
#include "hyperlips/face/tensor.hpp"
#include "training/data/clip_truth.hpp"
#include "training/data/picture.hpp"
#include "training/data/windows.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "training/preprocess/dataset_writer.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr std::size_t kBatch = 16;
constexpr int kDrawnQuality = 100;
constexpr std::size_t kPicture = std::size_t(3) * kCropSize * kCropSize;

}  // namespace

cv::Mat lip_mask(const Landmarks &landmarks, int size) {
  const float scale = float(size) / kCropSize;
  std::vector<cv::Point> polygon;
  for (const std::uint16_t index : kLipMaskPolygon) {
    const cv::Point3f &point = landmarks[index];
    polygon.emplace_back(int(std::floor((point.x + 0.5f) * scale)),
                         int(std::floor((point.y + 0.5f) * scale)));
  }
  cv::Mat mask(size, size, CV_8UC1, cv::Scalar(0));
  cv::fillPoly(mask, std::vector{polygon}, 255);
  return mask;
}

std::vector<cv::Mat> generated_sketches(FaceMesh &mesh, const std::vector<cv::Mat> &generated,
                                        const std::vector<Landmarks> &originals) {
  std::vector<cv::Mat> sketches;
  std::optional<Landmarks> previous;
  for (std::size_t n = 0; n < generated.size(); ++n) {
    const auto seen = mesh_of_picture(mesh, view_of(generated[n]), previous, originals[n]);
    if (seen) previous = seen;
    sketches.push_back(draw_sketch(seen.value_or(originals[n]), Affine()));
  }
  return sketches;
}

HrDatasetWriter::HrDatasetWriter(std::filesystem::path folder, const std::string &base_model,
                                 const std::string &device)
    : folder_(std::move(folder)),
      network_(open_network({.model = base_model, .device = device, .precision = Precision::Fp32})),
      timing_(conventions_of(read_checkpoint(base_model)).mel_timing) {
  if (network_->info().architecture != "HyperLipsBase")
    throw Error(ErrorKind::Settings, quote_path(base_model) + " has architecture " +
                                         quote(network_->info().architecture) +
                                         "; the HR data set needs a HyperLipsBase checkpoint.");
}

std::vector<cv::Mat> HrDatasetWriter::generate(const FaceClip &clip) const {
  const std::vector<float> windows = inference_mel_windows(clip.mel, clip.frames(), timing_);
  std::vector<float> faces(kBatch * kFaceTensor), output(kBatch * kPicture);
  std::vector<cv::Mat> pictures;
  for (std::size_t first = 0; first < clip.frames(); first += kBatch) {
    const std::size_t count = std::min(kBatch, clip.frames() - first);
    for (std::size_t i = 0; i < count; ++i)
      base_input(clip.crops[first + i], clip.crops.front(),
                 std::span(faces).subspan(i * kFaceTensor, kFaceTensor));
    const std::span<const float> inputs[] = {
        std::span(windows).subspan(first * kMelWindowValues, count * kMelWindowValues),
        std::span(faces).first(count * kFaceTensor)};
    const std::span<float> outputs[] = {std::span(output).first(count * kPicture)};
    network_->run(int(count), inputs, outputs);
    for (std::size_t i = 0; i < count; ++i)
      pictures.push_back(
          picture_from_tensor(std::span(output).subspan(i * kPicture, kPicture), kCropSize));
  }
  return pictures;
}

void HrDatasetWriter::write(const std::string &name, const FoundClip &found) {
  const FaceClip &clip = found.clip;
  const auto open = [&](std::size_t kind) {
    return ClipFolder(scratch_folder(folder_),
                      folder_ / "HR_Train_Dateset" / kHrFolders[kind] / name);
  };
  ClipFolder image = open(0), mask = open(1), sketch = open(2);
  ClipFolder hyper_image = open(3), hyper_sketch = open(4);
  const std::vector<cv::Mat> generated = generate(clip);
  const std::vector<cv::Mat> sketches = generated_sketches(mesh_, generated, clip.landmarks);
  for (std::size_t n = 0; n < clip.frames(); ++n) {
    const std::string file = std::to_string(n) + ".jpg";
    const Landmarks &landmarks = clip.landmarks[n];
    image.write(file, clip.native[n].jpeg);
    mask.write(file, encode_jpeg(lip_mask(landmarks, clip.native[n].size), kDrawnQuality));
    sketch.write(file, encode_jpeg(draw_sketch(landmarks, Affine()), kDrawnQuality));
    hyper_image.write(file, encode_jpeg(generated[n]));
    hyper_sketch.write(file, encode_jpeg(sketches[n], kDrawnQuality));
  }
  image.write("truth.bin",
              encode_truth({clip.framing, clip.landmarks, clip.mouths, clip.phonemes}));
  for (ClipFolder *folder : {&mask, &sketch, &hyper_image, &hyper_sketch, &image}) folder->commit();
}

}  // namespace hyperlips::training
