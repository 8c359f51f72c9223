// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/video_list.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

#include <sys/stat.h>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 20> kExtensions{
    ".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov",  ".mp4", ".mpeg",
    ".mpg", ".mts", ".mxf", ".ogv", ".qt",   ".ts",  ".vob", ".webm", ".wmv", ".y4m"};

bool is_video(const fs::path &path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return char(std::tolower(c)); });
  return std::ranges::find(kExtensions, extension) != kExtensions.end();
}

/// A name that is valid in file lists and paths.
std::string plain_name(const std::string &name) {
  std::string plain = name;
  for (char &c : plain) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !std::isalnum(byte) && c != '-' && c != '_' && c != '.') c = '_';
  }
  return plain.empty() || plain.front() == '.' ? '_' + plain : plain;
}

template <typename Taken>
std::string unique_name(const std::string &name, const Taken &taken) {
  std::string candidate = name;
  for (int i = 2; taken(candidate); ++i) candidate = name + "-" + std::to_string(i);
  return candidate;
}

/// The files in the inputs; true for inputs that are files themselves.
std::map<fs::path, bool> list_files(std::span<const fs::path> inputs) {
  std::map<fs::path, bool> files;
  for (const fs::path &input : inputs) {
    std::error_code error;
    const fs::path path = fs::canonical(input, error);
    if (error)
      throw Error(ErrorKind::NotFound,
                  "Cannot read " + quote_path(input) + ": " + error.message() + ".");
    if (!fs::is_directory(path)) {
      files[path] = true;
      continue;
    }
    const auto options = fs::directory_options::skip_permission_denied |
                         fs::directory_options::follow_directory_symlink;
    fs::recursive_directory_iterator walk(path, options, error), end;
    for (; !error && walk != end; walk.increment(error))
      if (walk->is_regular_file(error) && is_video(walk->path()))
        files.emplace(walk->path(), false);
    if (error)
      throw Error(ErrorKind::NotFound,
                  "Cannot read folder " + quote_path(path) + ": " + error.message() + ".");
  }
  return files;
}

}  // namespace

std::vector<SourceVideo> find_videos(std::span<const fs::path> inputs, const KnownNames &known) {
  const std::map<fs::path, bool> files = list_files(inputs);
  std::set<std::string> speakers;
  std::set<std::pair<std::string, std::string>> clips;
  const auto take = [&](const std::string &speaker, const std::string &clip) {
    speakers.insert(speaker);
    clips.emplace(speaker, clip);
    return std::pair(speaker, clip);
  };
  std::map<fs::path, std::pair<std::string, std::string>> names;
  for (const auto &[path, alone] : files)
    if (const auto before = known(path)) names[path] = take(before->first, before->second);
  for (const auto &[path, alone] : files) {
    if (alone || names.contains(path)) continue;
    const std::string speaker = plain_name(path.parent_path().filename().string());
    names[path] = take(speaker, unique_name(plain_name(path.stem().string()), [&](auto &clip) {
                         return clips.contains({speaker, clip});
                       }));
  }
  for (const auto &[path, alone] : files) {
    if (!alone || names.contains(path)) continue;
    const std::string stem = plain_name(path.stem().string());
    names[path] =
        take(unique_name(stem, [&](auto &speaker) { return speakers.contains(speaker); }), stem);
  }
  std::vector<SourceVideo> videos;
  for (const auto &[path, name] : names) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) continue;
    videos.push_back(
        {path, name.first, name.second, std::uint64_t(status.st_size),
         status.st_mtim.tv_sec * std::int64_t(1'000'000'000) + status.st_mtim.tv_nsec});
  }
  if (videos.empty()) {
    std::string folders;
    for (const auto &input : inputs) folders += (folders.empty() ? "" : ", ") + quote_path(input);
    throw Error(ErrorKind::NotFound, "No videos found in " + folders +
                                         ": expected files such as *.mp4, *.mkv, *.mov or *.webm. "
                                         "Give files with other extensions by name.");
  }
  return videos;
}

}  // namespace hyperlips::training
