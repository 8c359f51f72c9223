// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/crop_source.hpp"

#include "hyperlips/error.hpp"
#include "training/data/picture.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

CropSource::CropSource(CropPack pack, std::size_t cache_bytes, Report report)
    : ClipSource(std::move(report)), pack_(std::move(pack)), free_bytes_(cache_bytes) {
  for (std::size_t i = 0; i < pack_.clips().size(); ++i) indices_[pack_.clips()[i].name] = i;
}

ClipList CropSource::list(const ClipListOptions &options) const {
  ClipList list;
  for (const PackedClip &packed : pack_.clips()) {
    if (packed.frames < options.min_frames) {
      ++list.too_short;
      continue;
    }
    (packed.validation ? list.validation : list.train)
        .push_back({packed.name, pack_.path() / packed.name, {{0, packed.frames}}});
  }
  if (list.train.empty())
    throw Error(ErrorKind::NotFound, quote_path(pack_.path()) +
                                         " has no training clip of at least " +
                                         std::to_string(options.min_frames) +
                                         " frames. Add clips with hyperlips-train synth --crops.");
  return list;
}

std::size_t CropSource::index_of(const Clip &clip) const {
  const auto found = indices_.find(clip.name);
  if (found == indices_.end())
    throw Error(ErrorKind::Settings,
                quote_path(pack_.path()) + " has no clip " + quote(clip.name) + ".");
  return found->second;
}

cv::Mat CropSource::picture(const Clip &clip, int number, int size) {
  const std::filesystem::path name = clip.picture(number);
  throw_if_rejected(name);
  cv::Mat picture;
  try {
    picture = pack_.picture(index_of(clip), number);
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::Format) throw;
    reject(name, error.what());
  }
  return resize_square(picture, size);
}

MelColumns CropSource::mel(const Clip &clip) {
  throw_if_rejected(clip.sound());
  const std::size_t number = index_of(clip);
  {
    const std::lock_guard held(mel_lock_);
    if (const auto found = mels_.find(number); found != mels_.end()) return found->second;
  }
  MelColumns columns;
  try {
    columns = std::make_shared<const std::vector<MelColumn>>(pack_.mel(number));
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::Format) throw;
    reject(clip.sound(), error.what());
  }
  const std::size_t bytes = columns->size() * sizeof(MelColumn);
  const std::lock_guard held(mel_lock_);
  if (bytes <= free_bytes_ && mels_.emplace(number, columns).second) free_bytes_ -= bytes;
  return columns;
}

/// The result of `read`, which takes the clip's index. A damaged truth is reported as the clip's
/// sound is: once.
template <class Read>
auto CropSource::truth_of(const Clip &clip, Read read) {
  const std::filesystem::path name = clip.truth();
  throw_if_rejected(name);
  try {
    return read(index_of(clip));
  } catch (const Error &error) {
    if (error.kind() != ErrorKind::Format) throw;
    reject(name, error.what());
  }
}

std::optional<Landmarks> CropSource::landmarks(const Clip &clip, int number) {
  return truth_of(clip, [&](std::size_t index) { return pack_.landmarks(index, number); });
}

std::optional<ClipTruth> CropSource::truth(const Clip &clip) {
  return truth_of(clip, [&](std::size_t index) { return pack_.truth(index); });
}

Framing CropSource::framing(const Clip &clip) {
  return truth_of(clip, [&](std::size_t index) { return pack_.framing(index); });
}

}  // namespace hyperlips::training
