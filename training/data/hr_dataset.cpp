// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/hr_dataset.hpp"

#include <algorithm>
#include <system_error>

#include <opencv2/imgproc.hpp>
#include <torch/torch.h>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "training/data/windows.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace fs = std::filesystem;
namespace {

constexpr const char *kOtherFolders[] = {"GT_MASK", "GT_SKETCH", "HYPER_IMG", "HYPER_SKETCH"};

/// White lines as inference draws them: undoes what scaling, smoothing and JPEG did to their
/// brightness.
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
                  "Folder " + quote_path(list.folder / kind) +
                      " does not exist. Make it from videos with hyperlips-train preprocess --hr.");
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
                "None of the training clips in " + quote_path(list.folder) +
                    " can be used: " + std::to_string(list.uneven) +
                    " have different frames in GT_IMG, GT_MASK, GT_SKETCH, HYPER_IMG and "
                    "HYPER_SKETCH. Complete them with hyperlips-train preprocess --hr.");
  return list;
}

HrDataset::HrDataset(fs::path folder, std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
                     int size)
    : ClipDataset(std::move(clips), std::move(source), "HR example"),
      folder_(std::move(folder)),
      size_(size) {
  if (size != 128 && size != 256 && size != 512)
    throw Error(ErrorKind::Settings,
                "Invalid HR size " + std::to_string(size) + ": expected 128, 256 or 512 pixels.");
}

Batch HrDataset::draw(const Clip &clip, Random &random) const {
  const int window = draw_window(clip, 0, kAnyFrame, random);
  const auto clip_in = [&](const char *kind) {
    return Clip{clip.name, folder_ / kind / clip.name, {}};
  };

  const Clip masks = clip_in("GT_MASK");
  torch::Tensor lips = torch::empty({kWindowFrames, 4});
  for (int i = 0; i < kWindowFrames; ++i) {
    const fs::path file = masks.picture(window + i);
    const auto box = white_box(source().picture(masks, window + i, size_));
    if (box.empty()) source().reject(file, quote_path(file) + " has no white lip area.");
    std::copy(box.begin(), box.end(), lips.data_ptr<float>() + 4 * i);
  }
  auto sketches = pictures(clip_in("HYPER_SKETCH"), window, kCropSize);
  for (cv::Mat &sketch : sketches) sketch = full_white(sketch);

  Batch example;
  example["lips"] = std::move(lips);
  example["sketch"] = picture_window(sketches);
  example["base"] = picture_window(pictures(clip_in("HYPER_IMG"), window, kCropSize));
  example["target"] = picture_window(pictures(clip, window, size_));
  return example;
}

}  // namespace hyperlips::training
