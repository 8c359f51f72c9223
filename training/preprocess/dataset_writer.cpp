// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/dataset_writer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "training/data/random.hpp"
#include "training/data/wav_file.hpp"
#include "training/preprocess/clip_folder.hpp"

namespace hyperlips::training {

std::filesystem::path scratch_folder(const std::filesystem::path &folder) {
  return folder / ".partial";
}

void DatasetWriter::write(const std::string &name, const FoundClip &found) const {
  ClipFolder folder(scratch_folder(folder_), folder_ / "imgs" / name);
  const bool own = own_resolution_ && !found.clip.own.empty();
  for (std::size_t n = 0; n < found.clip.frames(); ++n)
    folder.write(std::to_string(n) + ".jpg",
                 own ? found.clip.own[n].jpeg : encode_jpeg(found.clip.crops[n]));
  try {
    write_wav(folder / "audio.wav", found.clip.samples, kMelSampleRate);
  } catch (const Error &error) {
    throw OutputError(error.kind(), error.what());
  }
  folder.commit();
}

void write_filelists(const std::filesystem::path &folder, std::span<const std::string> names,
                     std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, std::string>> drawn;
  for (const std::string &name : names)
    drawn.emplace_back(Random(seed, "validation " + name, 0).next(), name);
  std::ranges::sort(drawn);
  const std::size_t held_out = names.size() < 2 ? 0 : std::max<std::size_t>(1, names.size() / 10);
  std::vector<std::string> lists[2];
  for (std::size_t i = 0; i < drawn.size(); ++i)
    lists[i < held_out ? 1 : 0].push_back(drawn[i].second);
  make_folders(folder / "filelists");
  for (int list = 0; list < 2; ++list) {
    std::ranges::sort(lists[list]);
    std::string text;
    for (const std::string &name : lists[list]) text += name + "\n";
    write_text(folder / "filelists" / (list ? "val.txt" : "train.txt"), text);
  }
}

}  // namespace hyperlips::training
