// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace hyperlips {

/// Keeps the 64 newest tracks of a map from track ids, of which the oldest is the lowest.
template <class Map>
void limit_tracks(Map &tracks) {
  constexpr std::size_t kMost = 64;
  while (tracks.size() > kMost) tracks.erase(tracks.begin());
}

/// A value for each face track of a video, such as the state of a filter. A track that no frame
/// showed for a second is forgotten; time that goes back is a new beginning.
template <class Value>
class PerTrack {
 public:
  struct Entry {
    Value &value;
    /// Seconds since the frame that showed the track last; nothing for a new track, whose `value`
    /// is Value().
    std::optional<double> passed;
  };

  /// The value of a track that the frame at `time` (seconds) shows.
  Entry at(std::int64_t track, double time) {
    std::erase_if(tracks_, [&](const auto &entry) {
      return !(time >= entry.second.seen && time - entry.second.seen <= kForgetAfter);
    });
    const auto [entry, is_new] = tracks_.try_emplace(track);
    auto &[value, seen] = entry->second;
    const double passed = time - seen;
    seen = time;
    if (is_new) return {value, std::nullopt};
    return {value, passed};
  }

  void reset() { tracks_.clear(); }

 private:
  static constexpr double kForgetAfter = 1;  // seconds

  struct Track {
    Value value{};
    double seen = 0;  ///< seconds
  };
  std::map<std::int64_t, Track> tracks_;
};

}  // namespace hyperlips
