// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/resume_log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "training/preprocess/clip_folder.hpp"
#include "util/file_bytes.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

using nlohmann::json;

std::string changed_option(const json &before, const json &now) {
  for (const auto &[name, value] : now.items()) {
    const json old = before.is_object() ? before.value(name, json()) : json();
    if (old != value) return name + " was " + old.dump() + ", now it is " + value.dump();
  }
  return "an option was removed";
}

ResumeLog::ResumeLog(const std::filesystem::path &file, const json &options,
                     const std::function<void(const json &)> &take)
    : path_(file), file_(open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (!file_.valid()) throw output_error(path_, std::strerror(errno));
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
    throw Error(ErrorKind::Settings, "Another process is writing the data set in " +
                                         quote_path(path_.parent_path()) +
                                         ". Wait for it or choose another folder.");
  read(options, take);
}

void ResumeLog::read(const json &options, const std::function<void(const json &)> &take) {
  const std::vector<std::uint8_t> bytes = read_file_bytes(path_);
  const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  std::size_t start = 0;
  try {
    for (std::size_t end; (end = text.find('\n', start)) != std::string_view::npos;
         start = end + 1) {
      const json line = json::parse(text.substr(start, end - start));
      if (start > 0) {
        take(line);
      } else if (line.at("options") != options) {
        throw Error(
            ErrorKind::Settings,
            "The data set in " + quote_path(path_.parent_path()) +
                " was made with other options: " + changed_option(line.at("options"), options) +
                ". Use the same options, choose another folder, or remove " + quote_path(path_) +
                " to start again.");
      }
    }
  } catch (const json::exception &error) {
    throw Error(ErrorKind::Format, quote_path(path_) + " is damaged (" + error.what() +
                                       "). Remove it to make the data set again.");
  }
  if (start < text.size() && ftruncate(file_.get(), off_t(start)) != 0)
    throw output_error(path_, std::strerror(errno));
  if (start == 0) append({{"options", options}});
}

void ResumeLog::append(const json &line) {
  const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  // The files that the line refers to must be on disk before it.
  const bool written = syncfs(file_.get()) == 0 &&
                       write(file_.get(), text.data(), text.size()) == ssize_t(text.size()) &&
                       fdatasync(file_.get()) == 0;
  if (!written) throw output_error(path_, std::strerror(errno));
}

}  // namespace hyperlips::training
