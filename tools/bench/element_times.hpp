// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>

namespace hyperlips::bench {

/// CPU time of the code of each element of this process, by the name of its factory: of its chain
/// functions without what they push to, and of its tasks. Uses the hooks of GStreamer's tracers.
/// Time on threads that push no buffers, such as those of codecs and networks, is under
/// "threads of NAME": NAME is that of the thread, by default the name of the one that started it.
class ElementTimes {
 public:
  /// Starts to count, from 0.
  static void start();
  /// Seconds until now.
  static std::map<std::string, double> stop();
};

}  // namespace hyperlips::bench
