// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_source.hpp"

#include "hyperlips/error.hpp"

namespace hyperlips::training {

void ClipSource::throw_if_rejected(const std::filesystem::path &path) const {
  const std::lock_guard held(lock_);
  if (const auto found = rejected_.find(path.native()); found != rejected_.end())
    throw Error(ErrorKind::Format, found->second);
}

std::optional<std::array<float, 4>> ClipSource::lips(const Clip &clip, int number, int size) {
  const std::optional<Landmarks> found = landmarks(clip, number);
  if (!found) return {};
  return lip_box(*found, size);
}

void ClipSource::reject(const std::filesystem::path &path, const std::string &reason) {
  bool first = false;
  {
    const std::lock_guard held(lock_);
    first = rejected_.emplace(path.native(), reason).second;
  }
  if (first && report_) {
    const std::lock_guard held(report_lock_);
    report_(reason);
  }
  throw Error(ErrorKind::Format, reason);
}

std::int64_t ClipSource::unreadable() const {
  const std::lock_guard held(lock_);
  return static_cast<std::int64_t>(rejected_.size());
}

}  // namespace hyperlips::training
