// SPDX-License-Identifier: LGPL-2.1-or-later
// bench-pipeline VIDEO BASE_MODEL [HR_MODEL]: frames a second of whole pipelines, side by side,
// with decoding. The clock starts with the first frame out, so loading the networks is not in it.
#include <gst/gst.h>

#include <cstdio>
#include <string>
#include <vector>

#include "frame_rate.hpp"

using hyperlips::bench::frames_per_second;

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc < 3) {
    std::fprintf(stderr, "usage: bench-pipeline VIDEO BASE_MODEL [HR_MODEL]\n");
    return 2;
  }
  const std::string file = "filesrc location=" + std::string(argv[1]) + " ! decodebin name=d ";
  const std::string video = "d. ! video/x-raw ! videoconvert ! ";
  const std::string sink = " ! fakesink name=out sync=false";
  const auto full = [&](const std::string &properties) {
    return file + "hyperlips name=h model=" + argv[2] + " " + properties + " " + video +
           "h.video_sink d. ! audio/x-raw ! audioconvert ! h.audio_sink h.video_src" + sink;
  };
  struct Variant {
    std::string name, pipeline;
  };
  std::vector<Variant> variants = {
      {"decode alone", file + video + "queue" + sink},
      {"hyperlipsfacecrop", file + video + "hyperlipsfacecrop" + sink},
      {"re-dub, fp32, batch 1", full("precision=fp32 batch-size=1")},
      {"re-dub, fp32, batch 8", full("precision=fp32 batch-size=8")},
      {"re-dub, precision=auto, batch 1", full("batch-size=1")},
      {"re-dub, precision=auto, batch 8", full("batch-size=8")},
  };
  if (argc > 3) {
    variants.push_back({"re-dub with HR, precision=auto, batch 8",
                        full("batch-size=8 hr-model=" + std::string(argv[3]))});
  }
  double reference = 0;
  bool failed = false;
  std::printf("%-42s %10s %12s %10s\n", "pipeline", "frames/s", "of 25 a s", "to fp32 B1");
  for (const Variant &variant : variants) {
    const double rate = frames_per_second(variant.pipeline);
    failed = failed || rate == 0;
    if (variant.name == "re-dub, fp32, batch 1") reference = rate;
    std::printf("%-42s %10.1f %11.2fx", variant.name.c_str(), rate, rate / 25);
    if (reference > 0) {
      std::printf(" %9.2fx\n", rate / reference);
    } else {
      std::printf(" %10s\n", "");
    }
    std::fflush(stdout);
  }
  return failed;
}
