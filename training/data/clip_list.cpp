// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_list.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace fs = std::filesystem;
namespace {

/// The windows of `frames` of a range that start at `first` ... `last`: first start and count.
FrameRange windows_of(const FrameRange &range, int first, int last, int frames) {
  const int from = std::max(range.first, first);
  const int to = std::min(range.first + range.count - frames, last);
  return {from, std::max(0, to - from + 1)};
}

/// N of "N.jpg".
std::optional<int> frame_number(std::string_view name) {
  constexpr std::string_view kSuffix = ".jpg";
  if (!name.ends_with(kSuffix)) return {};
  name.remove_suffix(kSuffix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  // No leading zeros: 07.jpg is not frame 7.
  if (error != std::errc() || end != name.data() + name.size() || std::to_string(number) != name)
    return {};
  constexpr int kHighest = 999'999'999;  // eleven thousand hours; sums with it do not overflow
  return number >= 0 && number <= kHighest ? std::optional(number) : std::nullopt;
}

std::vector<fs::path> folders_in(const fs::path &folder) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (entry.is_directory(error)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::vector<std::string> names_below(const fs::path &pictures) {
  std::vector<std::string> names;
  for (const auto &speaker : folders_in(pictures))
    for (const auto &clip : folders_in(speaker))
      names.push_back(speaker.filename().string() + "/" + clip.filename().string());
  return names;
}

/// The published list of validation clips is empty.
std::vector<std::string> names_in(const fs::path &list, bool may_be_empty) {
  std::ifstream file(list);
  std::vector<std::string> names;
  for (std::string line, name; std::getline(file, line);)
    if (std::istringstream(line) >> name) names.push_back(name);
  if (file.bad() || (names.empty() && !may_be_empty))
    throw Error(ErrorKind::Format,
                quote_path(list) + " lists no clips: expected one line SPEAKER/CLIP per clip.");
  return names;
}

bool is_file(const fs::path &path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool is_folder(const fs::path &path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

fs::path find_filelists(const fs::path &root, const fs::path &pictures, const fs::path &asked) {
  if (!asked.empty()) {
    if (is_file(asked / "train.txt")) return asked;
    throw Error(ErrorKind::NotFound,
                quote_path(asked / "train.txt") +
                    " does not exist. Give the folder of train.txt and val.txt, or none to use a "
                    "tenth of the clips for validation.");
  }
  // "data/" and "." need their full path for parent_path().
  fs::path base = fs::absolute(root).lexically_normal();
  if (base.filename().empty()) base = base.parent_path();
  std::vector<fs::path> candidates{base, base.parent_path()};
  if (root == pictures) candidates.push_back(base.parent_path().parent_path());
  for (const auto &candidate : candidates)
    if (is_file(candidate / "filelists" / "train.txt")) return candidate / "filelists";
  return {};
}

/// Lists the frames of clips and counts the clips that cannot be used.
class Lister {
 public:
  Lister(const fs::path &pictures, const ClipListOptions &options, ClipList &list)
      : pictures_(pictures), options_(options), list_(list) {}

  std::vector<Clip> usable(const std::vector<std::string> &names) {
    std::vector<Clip> clips;
    for (const auto &name : names) {
      Clip clip{name, pictures_ / name, {}};
      if (!is_folder(clip.folder)) {
        ++list_.missing;
        continue;
      }
      clip.ranges = list_frames(clip.folder);
      if (clip.frames() < options_.min_frames || clip.windows(0, kAnyFrame) == 0)
        ++list_.too_short;
      else if (options_.needs_sound && !is_file(clip.sound()))
        ++list_.without_sound;
      else
        clips.push_back(std::move(clip));
    }
    return clips;
  }

 private:
  const fs::path &pictures_;
  const ClipListOptions &options_;
  ClipList &list_;
};

/// Moves a tenth of the training clips to the validation clips; both stay in order.
void hold_out(ClipList &list, std::uint64_t seed) {
  const std::size_t count = list.train.size();
  if (count < 2) return;
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  Random random(seed, "validation clips", 0);
  const std::size_t held_out = std::max<std::size_t>(1, count / 10);
  for (std::size_t i = 0; i < held_out; ++i)
    std::swap(order[i], order[i + random.below(count - i)]);
  std::vector<bool> chosen(count);
  for (std::size_t i = 0; i < held_out; ++i) chosen[order[i]] = true;
  std::vector<Clip> kept;
  for (std::size_t i = 0; i < count; ++i)
    (chosen[i] ? list.validation : kept).push_back(std::move(list.train[i]));
  list.train = std::move(kept);
}

[[noreturn]] void throw_no_clips(const fs::path &pictures, const ClipListOptions &options,
                                 const ClipList &list) {
  if (list.left_out() == 0)
    throw Error(ErrorKind::NotFound,
                "No clips found in " + quote_path(pictures) +
                    ": expected pictures SPEAKER/CLIP/N.jpg. Make them from videos with "
                    "hyperlips-train preprocess.");
  std::string message = "None of the " + std::to_string(list.left_out()) + " training clips in " +
                        quote_path(pictures) + " can be used: ";
  const char *comma = "";
  const auto add = [&](std::int64_t count, const std::string &what) {
    if (count == 0) return;
    message += comma + std::to_string(count) + " " + what;
    comma = ", ";
  };
  add(list.too_short, "with fewer than " + std::to_string(options.min_frames) +
                          " pictures N.jpg or no five in succession");
  add(list.without_sound, "without audio.wav");
  add(list.missing, "listed in " + quote_path(list.filelists / "train.txt") + " but not found");
  throw Error(ErrorKind::NotFound, message + ".");
}

}  // namespace

int Clip::frames() const {
  int sum = 0;
  for (const auto &range : ranges) sum += range.count;
  return sum;
}

fs::path Clip::picture(int number) const { return folder / (std::to_string(number) + ".jpg"); }

int Clip::windows(int first, int last, int frames) const {
  int sum = 0;
  for (const auto &range : ranges) sum += windows_of(range, first, last, frames).count;
  return sum;
}

int Clip::window(int first, int last, int index, int frames) const {
  for (const auto &range : ranges) {
    const FrameRange starts = windows_of(range, first, last, frames);
    if (index < starts.count) return starts.first + index;
    index -= starts.count;
  }
  throw Error(ErrorKind::Settings, "Clip " + quote(name) + " has only " +
                                       std::to_string(windows(first, last, frames)) +
                                       " windows in this range.");
}

std::vector<FrameRange> list_frames(const fs::path &folder) {
  std::vector<int> numbers;
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (const auto number = frame_number(entry.path().filename().native()))
      numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  std::vector<FrameRange> ranges;
  for (const int number : numbers) {
    if (!ranges.empty() && ranges.back().first + ranges.back().count == number)
      ++ranges.back().count;
    else
      ranges.push_back({number, 1});
  }
  return ranges;
}

ClipList list_clips(const fs::path &root, const fs::path &pictures,
                    const ClipListOptions &options) {
  if (!is_folder(pictures))
    throw Error(ErrorKind::NotFound, "Folder of pictures " + quote_path(pictures) +
                                         " does not exist. Make it from videos with "
                                         "hyperlips-train preprocess.");
  ClipList list;
  list.filelists = find_filelists(root, pictures, options.filelists);
  Lister lister(pictures, options, list);
  list.train =
      lister.usable(list.filelists.empty() ? names_below(pictures)
                                           : names_in(list.filelists / "train.txt", false));
  if (list.train.empty()) throw_no_clips(pictures, options, list);
  const fs::path held_out = list.filelists / "val.txt";
  if (!list.filelists.empty() && is_file(held_out))
    list.validation = lister.usable(names_in(held_out, true));
  else
    hold_out(list, options.seed);
  return list;
}

ClipList list_clips(const fs::path &root, const ClipListOptions &options) {
  return is_folder(root / "imgs") ? list_clips(root, root / "imgs", options)
                                  : list_clips(root, root, options);
}

}  // namespace hyperlips::training
