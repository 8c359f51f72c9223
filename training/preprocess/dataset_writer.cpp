// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/dataset_writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "training/data/clip_truth.hpp"
#include "training/data/picture.hpp"
#include "training/data/wav_file.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "util/random.hpp"

namespace hyperlips::training {

std::filesystem::path scratch_folder(const std::filesystem::path &folder) {
  return folder / ".partial";
}

void DatasetWriter::write(const std::string &name, const FoundClip &found) const {
  ClipFolder folder(scratch_folder(folder_), folder_ / "imgs" / name);
  const bool native = native_resolution_ && !found.clip.native.empty();
  for (std::size_t n = 0; n < found.clip.frames(); ++n)
    folder.write(std::to_string(n) + ".jpg",
                 native ? found.clip.native[n].jpeg : encode_jpeg(found.clip.crops[n]));
  const FaceClip &clip = found.clip;
  folder.write("truth.bin",
               encode_truth({clip.framing, clip.landmarks, clip.mouths, clip.phonemes}));
  try {
    write_wav(folder / "audio.wav", found.clip.samples, kMelSampleRate);
  } catch (const Error &error) {
    throw OutputError(error.kind(), error.what());
  }
  folder.commit();
}

std::vector<std::string> validation_clips(std::span<const std::string> names, std::uint64_t seed,
                                          double share) {
  if (names.size() < 2 || share <= 0) return {};
  std::vector<std::pair<std::uint64_t, std::string>> drawn;
  for (const std::string &name : names)
    drawn.emplace_back(Random(seed, "validation " + name, 0).bits(), name);
  std::ranges::sort(drawn);
  drawn.resize(std::max<std::size_t>(1, std::size_t(double(names.size()) * share)));
  std::vector<std::string> held_out;
  for (auto &[order, name] : drawn) held_out.push_back(std::move(name));
  std::ranges::sort(held_out);
  return held_out;
}

void write_filelists(const std::filesystem::path &folder, std::span<const std::string> names,
                     std::span<const std::string> validation) {
  std::vector<std::string> sorted(names.begin(), names.end());
  std::ranges::sort(sorted);
  std::string train, val;
  for (const std::string &name : sorted)
    (std::ranges::binary_search(validation, name) ? val : train) += name + "\n";
  make_folders(folder / "filelists");
  write_text(folder / "filelists" / "train.txt", train);
  write_text(folder / "filelists" / "val.txt", val);
}

}  // namespace hyperlips::training
