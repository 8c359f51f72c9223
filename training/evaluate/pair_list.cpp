// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/pair_list.hpp"

#include <charconv>
#include <fstream>
#include <string>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

std::vector<std::string> split(const std::string &line) {
  std::vector<std::string> fields;
  for (std::size_t begin = 0;;) {
    const std::size_t end = line.find('\t', begin);
    fields.push_back(line.substr(begin, end - begin));
    if (end == std::string::npos) return fields;
    begin = end + 1;
  }
}

bool is_empty(const std::string &field) { return field.empty() || field == "-"; }

}  // namespace

std::vector<VideoPaths> read_pair_list(const std::filesystem::path &path) {
  std::ifstream file(path);
  if (!file)
    throw Error(ErrorKind::NotFound, "Cannot read the list of videos " + quote_path(path) + ".");
  std::vector<VideoPaths> pairs;
  std::size_t number = 0;
  const auto fail = [&](const std::string &what) {
    throw Error(ErrorKind::Format,
                quote_path(path) + ", line " + std::to_string(number) + ": " + what);
  };
  const auto frame = [&](const std::string &text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
      fail("invalid frame number " + quote(text) + "; expected 0, 1, ...");
    return value;
  };
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> fields = split(line);
    constexpr std::size_t kFields = 5;
    if (fields.size() < 2 || fields.size() > kFields || is_empty(fields[0]) ||
        is_empty(fields[1])) {
      fail("expected RESULT, TRUTH and optionally SPEAKER, FROM and TO, separated by tabs.");
    }
    fields.resize(kFields);
    const auto file_of = [&](const std::string &field) {
      return (path.parent_path() / field).string();
    };
    VideoPaths pair{.result = file_of(fields[0]), .truth = file_of(fields[1])};
    if (!is_empty(fields[2])) pair.speaker = file_of(fields[2]);
    if (!is_empty(fields[3])) pair.first = frame(fields[3]);
    if (!is_empty(fields[4])) pair.last = frame(fields[4]);
    pairs.push_back(std::move(pair));
  }
  if (pairs.empty()) fail("the list has no pairs of videos.");
  return pairs;
}

}  // namespace hyperlips::training
