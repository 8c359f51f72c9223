// SPDX-License-Identifier: LGPL-2.1-or-later
// Section face: detector, mesh and tracker for each frame, on the calling thread alone.
#include <memory>

#include "common/drawn_face.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/mesh.hpp"
#include "hyperlips/face/tracker.hpp"
#include "sections.hpp"

namespace hyperlips::bench {
namespace {

constexpr int kHeights[] = {480, 720, 1080, 2160};

/// The frames of a face that moves to the right and back.
class MovingFace {
 public:
  explicit MovingFace(cv::Size size) {
    constexpr int kFrames = 4;
    constexpr float kStep = 0.002f;  // of the width
    for (int i = 0; i < kFrames; ++i) {
      DrawnFace face;
      face.center.x += kStep * float(i);
      face.mouth = float(i) / kFrames;
      frames_.push_back(draw_face(size, face));
    }
  }
  FrameView next() {
    const std::size_t period = 2 * (frames_.size() - 1), at = count_++ % period;
    return view_of(frames_[std::min(at, period - at)]);
  }

 private:
  std::vector<cv::Mat> frames_;
  std::size_t count_ = 0;
};

}  // namespace

void measure_face(const Context &context, Result &result) {
  result.columns = {{"operation", "operation"},
                    {"height", "height"},
                    {"ms_min", "ms/frame min"},
                    {"ms_median", "ms/frame median"}};
  std::vector<Variant> variants;
  std::vector<json> labels;
  const auto add = [&](const char *operation, int height, std::function<void()> run) {
    const std::string name = std::string(operation) + " " + std::to_string(height);
    if (!context.wanted(name)) return;
    run();  // warms up
    labels.push_back({{"operation", operation}, {"height", height}});
    variants.push_back({name, [run = std::move(run)] { return Values{{"ms", time_of(run)}}; }});
  };
  const auto detector = std::make_shared<Detector>();
  const auto mesh = std::make_shared<FaceMesh>();
  for (const int height : kHeights) {
    const auto face = std::make_shared<MovingFace>(cv::Size(height * 16 / 9, height));
    add("detect", height, [=] { detector->detect(face->next()); });
    const auto found = detector->detect(face->next());
    if (found.empty()) {
      throw Error(ErrorKind::Failed, "The detector finds no face in the drawn picture.");
    }
    add("mesh", height, [=, region = mesh_region(found[0])] { mesh->run(face->next(), region); });
    const auto tracker = std::make_shared<Tracker>(TrackerOptions{});
    const auto time = std::make_shared<double>(0);
    add("track", height, [=] { tracker->track(face->next(), *time += 1.0 / Clips::kFrameRate); });
  }
  run_rounds(variants, context.options.repeat, "face");
  for (std::size_t i = 0; i < variants.size(); ++i) {
    if (variants[i].rounds.empty()) continue;
    const std::vector<double> &times = variants[i].rounds.at("ms");
    labels[i]["ms_min"] = rounded(minimum(times), 3);
    labels[i]["ms_median"] = rounded(median(times), 3);
    labels[i]["rounds"] = times.size();
    result.rows.push_back(labels[i]);
  }
  note_failures(variants, result);
}

}  // namespace hyperlips::bench
