// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/hr_dataset.hpp"

#include <algorithm>
#include <system_error>

#include <opencv2/imgproc.hpp>
#include <torch/torch.h>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "training/data/windows.hpp"

namespace hyperlips::training {
namespace fs = std::filesystem;
namespace {

constexpr const char *kOtherFolders[] = {"GT_MASK", "GT_SKETCH", "HYPER_IMG", "HYPER_SKETCH"};

/// The lines as inference draws them: whatever scaling, smoothing and JPEG left of them, full
/// white.
cv::Mat full_white(const cv::Mat &sketch) {
  cv::Mat smooth, white;
  cv::GaussianBlur(sketch, smooth, {5, 5}, 0);
  cv::threshold(smooth, white, 0, 255, cv::THRESH_BINARY);
  return white;
}

}  // namespace

std::vector<float> white_box(const cv::Mat &mask) {
  cv::Mat blue;
  cv::extractChannel(mask, blue, 0);
  const cv::Rect box = cv::boundingRect(blue >= 128);
  if (box.width < 2 || box.height < 2) return {};
  return {static_cast<float>(box.y), static_cast<float>(box.y + box.height - 1),
          static_cast<float>(box.x), static_cast<float>(box.x + box.width - 1)};
}

HrClipList list_hr_clips(const fs::path &root, ClipListOptions options) {
  std::error_code error;
  HrClipList list{root, {}, 0};
  if (!fs::is_directory(root / "GT_IMG", error)) list.folder = root / "HR_Train_Dateset";
  for (const char *kind : kOtherFolders)
    if (!fs::is_directory(list.folder / kind, error))
      throw Error(ErrorKind::NotFound,
                  "\"" + (list.folder / kind).string() +
                      "\" does not exist: hyperlips-train preprocess --hr makes it from videos.");
  options.needs_sound = false;
  list.clips = list_clips(root, list.folder / "GT_IMG", options);
  const auto drop_uneven = [&list](std::vector<Clip> &clips) {
    const auto uneven = [&list](const Clip &clip) {
      return std::any_of(std::begin(kOtherFolders), std::end(kOtherFolders), [&](const char *kind) {
        return list_frames(list.folder / kind / clip.name) != clip.ranges;
      });
    };
    list.uneven += static_cast<std::int64_t>(std::erase_if(clips, uneven));
  };
  drop_uneven(list.clips.train);
  drop_uneven(list.clips.validation);
  if (list.clips.train.empty())
    throw Error(ErrorKind::NotFound,
                "None of the clips for training in \"" + list.folder.string() +
                    "\" can be used: in " + std::to_string(list.uneven) +
                    " of them GT_IMG, GT_MASK, GT_SKETCH, HYPER_IMG and HYPER_SKETCH hold "
                    "different frames. hyperlips-train preprocess --hr completes them.");
  return list;
}

HrDataset::HrDataset(fs::path folder, std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
                     int size)
    : ClipDataset(std::move(clips), std::move(source), "HR example"),
      folder_(std::move(folder)),
      size_(size) {
  if (size != 128 && size != 256 && size != 512)
    throw Error(ErrorKind::Settings, "The HR network makes faces of 128, 256 or 512 pixels, not " +
                                         std::to_string(size) + ".");
}

Batch HrDataset::draw(const Clip &clip, Random &random) const {
  constexpr int kAnyFrame = INT32_MAX;
  const int window = draw_window(clip, 0, kAnyFrame, random);
  const auto of = [&](const char *kind) { return Clip{clip.name, folder_ / kind / clip.name, {}}; };

  const Clip masks = of("GT_MASK");
  torch::Tensor lips = torch::empty({kWindowFrames, 4});
  for (int i = 0; i < kWindowFrames; ++i) {
    const fs::path file = masks.picture(window + i);
    const auto box = white_box(source().picture(masks, window + i, size_));
    if (box.empty()) source().refuse(file, "\"" + file.string() + "\" shows no lips in white.");
    std::copy(box.begin(), box.end(), lips.data_ptr<float>() + 4 * i);
  }
  auto sketches = pictures(of("HYPER_SKETCH"), window, kCropSize);
  for (cv::Mat &sketch : sketches) sketch = full_white(sketch);

  Batch example;
  example["lips"] = std::move(lips);
  example["sketch"] = picture_window(sketches);
  example["base"] = picture_window(pictures(of("HYPER_IMG"), window, kCropSize));
  example["target"] = picture_window(pictures(clip, window, size_));
  return example;
}

}  // namespace hyperlips::training
