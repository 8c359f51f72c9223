// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/status_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

namespace hyperlips {
namespace {

constexpr auto kBarInterval = std::chrono::milliseconds(250);
constexpr std::size_t kBarWidth = 24;
constexpr std::size_t kDefaultColumns = 80;
constexpr const char *kClearLine = "\r\033[K";

std::size_t terminal_columns(int descriptor) {
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultColumns;
}

}  // namespace

std::string duration_text(std::chrono::seconds time) {
  constexpr long long kDay = 24 * 3600;
  char text[48];
  const auto total = std::max<long long>(0, time.count());
  const auto hours = total / 3600, minutes = total / 60 % 60, seconds = total % 60;
  if (total < 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld", minutes, seconds);
  } else if (total < kDay) {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", hours, minutes, seconds);
  } else {
    std::snprintf(text, sizeof text, "%lld d %02lld:%02lld:%02lld", total / kDay, hours % 24,
                  minutes, seconds);
  }
  return text;
}

StatusLine::StatusLine(Settings settings)
    : settings_(std::move(settings)),
      terminal_(isatty(settings_.descriptor) != 0),
      last_(settings_.now()) {}

StatusLine::~StatusLine() {
  if (bar_shown_) write(kClearLine);
}

bool StatusLine::due() const {
  if (settings_.quiet) return false;
  return settings_.now() - last_ >=
         (terminal_ ? Clock::duration(kBarInterval) : Clock::duration(settings_.interval));
}

void StatusLine::show(const std::string &text, std::optional<double> done) {
  if (settings_.quiet) return;
  last_ = settings_.now();
  if (!terminal_) {
    write(settings_.program + ": " + text + "\n");
    return;
  }
  std::string line = text;
  if (done) {
    const auto filled = std::size_t(double(kBarWidth) * std::clamp(*done, 0.0, 1.0));
    line = "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] " + line;
  }
  line.resize(std::min(line.size(), terminal_columns(settings_.descriptor) - 1));
  write(kClearLine + line);
  bar_shown_ = true;
}

void StatusLine::say(const std::string &line) {
  if (settings_.quiet) return;
  write((bar_shown_ ? kClearLine : "") + settings_.program + ": " + line + "\n");
  bar_shown_ = false;
}

void StatusLine::write(const std::string &text) const {
  // A closed terminal must not stop the program, so errors are ignored.
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto written = ::write(settings_.descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace hyperlips
