// SPDX-License-Identifier: LGPL-2.1-or-later
// bench-testsrc [FRAMES]: frames per second of hyperlipstestsrc, by size and format, with both pads
// linked. Timing starts at the first frame, so that it does not include the creation of the head.
#include <gst/gst.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "frame_rate.hpp"

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  const std::string frames = argc > 1 ? argv[1] : "300";
  const struct {
    int width, height;
    const char *format, *more;
  } cases[] = {{1280, 720, "I420", ""},
               {1280, 720, "NV12", ""},
               {1280, 720, "BGR", ""},
               {1280, 720, "BGRx", ""},
               {1280, 720, "I420", "camera-effects=false"},
               {1280, 720, "I420", "ground-truth=true"},
               {1280, 720, "I420", "threads=1"},
               {640, 360, "I420", ""},
               {1920, 1080, "I420", ""}};
  bool failed = false;
  std::printf("%-10s %-7s %-22s %10s\n", "size", "format", "", "frames/s");
  for (const auto &c : cases) {
    const double rate = hyperlips::bench::frames_per_second(
        "hyperlipstestsrc name=s num-buffers=" + frames + " " + c.more +
        " s.video ! video/x-raw, format=" + c.format + ", width=" + std::to_string(c.width) +
        ", height=" + std::to_string(c.height) +
        " ! fakesink name=out sync=false s.audio ! fakesink sync=false");
    failed = failed || rate == 0;
    const std::string size = std::to_string(c.width) + "x" + std::to_string(c.height);
    std::printf("%-10s %-7s %-22s %10.1f\n", size.c_str(), c.format, c.more, rate);
    std::fflush(stdout);
  }
  return failed;
}
