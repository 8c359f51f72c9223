// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/mesh.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/onnx_net.hpp"
#include "hyperlips/video/sample.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr int kInput = 192;
constexpr std::size_t kMeshPoints = 468;  // without the irises, which follow
constexpr int kIrisPoints = 5;
constexpr float kRegionScale = 1.5f;
// The attention operations work at a quarter of the input resolution.
constexpr int kFeatureStep = 4;
constexpr int kFeatureSize = kInput / kFeatureStep;
constexpr int kFeatureChannels = 32;
constexpr int kRegionSize = 16;
// The first points of the eye networks are the outline of the eye, the depth of which is used for
// the iris.
constexpr int kEyeOutline = 16;

MeshRegion square_around(const Box &box, cv::Point2f from, cv::Point2f to) {
  return {box.center(), kRegionScale * std::max(box.width(), box.height()),
          std::atan2(to.y - from.y, to.x - from.x)};
}

cv::Point2f xy(const cv::Point3f &point) { return {point.x, point.y}; }

/// One attention region: the parameters of the custom operations and the network between them.
struct Region {
  Region(const std::filesystem::path &dir, const nlohmann::json &json)
      : rotation_from(json.at("rotation_from")),
        rotation_to(json.at("rotation_to")),
        scale(json.at("scale")),
        subset(json.at("subset")),
        net(dir / json.at("file").get<std::string>()) {
    for (std::size_t index : subset)
      if (index >= kMeshPoints) throw std::out_of_range("landmark index out of range");
    if (std::max(rotation_from, rotation_to) >= kMeshPoints || subset.empty())
      throw std::out_of_range("landmark index out of range");
  }

  std::size_t rotation_from, rotation_to;
  std::array<double, 2> scale;
  std::vector<std::size_t> subset;
  OnnxNet net;
};

/// The custom operation Landmarks2TransformMatrix: maps the region's 16x16 grid to the feature map.
/// `mesh` is in feature map units.
Affine region_matrix(const Region &region, std::span<const cv::Point3f> mesh) {
  const cv::Point3f direction = mesh[region.rotation_to] - mesh[region.rotation_from];
  const double angle = -std::atan2(direction.y, direction.x);
  const Affine rotate{{std::cos(angle), -std::sin(angle), 0, std::sin(angle), std::cos(angle), 0}};
  cv::Point2d low(1e30, 1e30), high(-1e30, -1e30);
  for (std::size_t index : region.subset) {
    const cv::Point2d point = rotate(mesh[index].x, mesh[index].y);
    low = {std::min(low.x, point.x), std::min(low.y, point.y)};
    high = {std::max(high.x, point.x), std::max(high.y, point.y)};
  }
  const cv::Point2d middle = (low + high) / 2;
  const double scale_x = region.scale[0] * (high.x - low.x) / kRegionSize;
  const double scale_y = region.scale[1] * (high.y - low.y) / kRegionSize;
  const double half = kRegionSize / 2.0;
  const Affine grid{{scale_x, 0, middle.x - half * scale_x, 0, scale_y, middle.y - half * scale_y}};
  return rotate.inverse().after(grid);
}

/// The custom operation TransformTensorBilinear: samples the feature map (32, 48, 48) on the
/// region's grid; 0 outside. The result is (32, 16, 16).
void sample_features(std::span<const float> features, const Affine &matrix,
                     std::vector<float> &result) {
  result.assign(kFeatureChannels * kRegionSize * kRegionSize, 0);
  constexpr int kPlane = kFeatureSize * kFeatureSize;
  const auto &m = matrix.m;
  const double shift_x = m[2] + 0.5 * (m[0] + m[1]) - 0.5;
  const double shift_y = m[5] + 0.5 * (m[3] + m[4]) - 0.5;
  for (int j = 0; j < kRegionSize; ++j) {
    for (int i = 0; i < kRegionSize; ++i) {
      const double x = m[0] * i + m[1] * j + shift_x;
      const double y = m[3] * i + m[4] * j + shift_y;
      if (!(x >= 0 && y >= 0 && x <= kFeatureSize - 1 && y <= kFeatureSize - 1)) continue;
      const int x0 = std::min(static_cast<int>(x), kFeatureSize - 2);
      const int y0 = std::min(static_cast<int>(y), kFeatureSize - 2);
      const float fx = static_cast<float>(x - x0), fy = static_cast<float>(y - y0);
      const float *in = features.data() + y0 * kFeatureSize + x0;
      float *out = result.data() + j * kRegionSize + i;
      for (int c = 0; c < kFeatureChannels; ++c) {
        const float top = in[0] + fx * (in[1] - in[0]);
        const float bottom = in[kFeatureSize] + fx * (in[kFeatureSize + 1] - in[kFeatureSize]);
        *out = top + fy * (bottom - top);
        in += kPlane;
        out += kRegionSize * kRegionSize;
      }
    }
  }
}

/// The custom operation TransformLandmarks: a region network's points, in units of a quarter of its
/// grid, to input pixels.
cv::Point2f transform(const Affine &matrix, const float *point) {
  return matrix(point[0] / kFeatureStep, point[1] / kFeatureStep) * kFeatureStep;
}

void check_size(const OnnxOutput &output, std::size_t expected, const char *name) {
  if (output.values.size() != expected)
    throw Error(ErrorKind::Format, "Output " + quote(name) + " of the face mesh model has " +
                                       std::to_string(output.values.size()) + " values, expected " +
                                       std::to_string(expected) +
                                       "; delete the models and run \"./hyperlips setup\" again.");
}

}  // namespace

Box bounding_box(const Landmarks &landmarks) {
  Box box{landmarks[0].x, landmarks[0].y, landmarks[0].x, landmarks[0].y};
  for (const cv::Point3f &point : landmarks) {
    box.x0 = std::min(box.x0, point.x);
    box.y0 = std::min(box.y0, point.y);
    box.x1 = std::max(box.x1, point.x);
    box.y1 = std::max(box.y1, point.y);
  }
  return box;
}

MeshRegion mesh_region(const Detection &detection) {
  return square_around(detection.box, detection.keypoints[0], detection.keypoints[1]);
}

MeshRegion mesh_region(const Landmarks &landmarks) {
  constexpr int kRightEyeCorner = 33, kLeftEyeCorner = 263;
  return square_around(bounding_box(landmarks), xy(landmarks[kRightEyeCorner]),
                       xy(landmarks[kLeftEyeCorner]));
}

struct FaceMesh::Impl {
  explicit Impl(const std::filesystem::path &model_dir) : net(model_dir / "face_mesh.onnx") {
    const std::filesystem::path file = model_dir / "face_mesh.json";
    try {
      const auto json = nlohmann::json::parse(std::ifstream(file));
      for (const auto &region : json.at("regions")) regions.emplace_back(model_dir, region);
      if (regions.size() != 3) throw std::out_of_range("expected three regions");
    } catch (const Error &) {
      throw;
    } catch (const std::exception &error) {
      throw Error(ErrorKind::Format, "Face mesh parameters in " + quote_path(file) +
                                         " are missing or damaged (" + error.what() +
                                         "); delete the file and run \"./hyperlips setup\" again.");
    }
  }

  void attend(Region &region, std::span<const float> features, std::span<const cv::Point3f> coarse,
              std::span<cv::Point3f> mesh, std::span<cv::Point3f> iris);

  OnnxNet net;
  const std::vector<std::string> names{"mesh", "features", "presence"};
  std::vector<Region> regions;  // lips, left eye, right eye
  const std::vector<std::string> region_names{"points", "iris"};
  std::vector<float> input;  // of the network that runs
};

/// Replaces x and y of the region's points in `mesh` by those of the region network; z is
/// unchanged. `coarse` is the unrefined mesh in feature map units.
void FaceMesh::Impl::attend(Region &region, std::span<const float> features,
                            std::span<const cv::Point3f> coarse, std::span<cv::Point3f> mesh,
                            std::span<cv::Point3f> iris) {
  const Affine matrix = region_matrix(region, coarse);
  sample_features(features, matrix, input);
  const std::span<const std::string> names(region_names);
  const auto outputs = region.net.run(input, iris.empty() ? names.first(1) : names);
  check_size(outputs[0], 2 * region.subset.size(), "points");
  const float *points = outputs[0].values.data();
  for (std::size_t i = 0; i < region.subset.size(); ++i) {
    const cv::Point2f point = transform(matrix, points + 2 * i);
    mesh[region.subset[i]].x = point.x;
    mesh[region.subset[i]].y = point.y;
  }
  if (iris.empty()) return;
  check_size(outputs[1], 2 * kIrisPoints, "iris");
  float depth = 0;
  for (int i = 0; i < kEyeOutline; ++i) depth += mesh[region.subset[i]].z / kEyeOutline;
  for (int i = 0; i < kIrisPoints; ++i) {
    const cv::Point2f point = transform(matrix, outputs[1].values.data() + 2 * i);
    iris[i] = {point.x, point.y, depth};
  }
}

FaceMesh::FaceMesh(const std::filesystem::path &model_dir)
    : impl_(std::make_unique<Impl>(model_dir)) {}
FaceMesh::~FaceMesh() = default;
FaceMesh::FaceMesh(FaceMesh &&) noexcept = default;
FaceMesh &FaceMesh::operator=(FaceMesh &&) noexcept = default;

MeshResult FaceMesh::run(const FrameView &frame, const MeshRegion &region) {
  const double step = region.side / kInput;
  const double a = step * std::cos(region.rotation), b = step * std::sin(region.rotation);
  const double half = kInput / 2.0;
  const Affine to_frame{
      {a, -b, region.center.x - half * (a - b), b, a, region.center.y - half * (a + b)}};
  const cv::Mat picture =
      sample_bgr(frame, to_frame, {kInput, kInput}, Border::Replicate, SubPixel::Warp);
  rgb_planes(picture, 1 / 255.0f, 0, impl_->input);
  const auto outputs = impl_->net.run(impl_->input, impl_->names);
  check_size(outputs[0], 3 * kMeshPoints, "mesh");
  check_size(outputs[1], kFeatureChannels * kFeatureSize * kFeatureSize, "features");
  check_size(outputs[2], 1, "presence");

  MeshResult result;
  result.presence = 1 / (1 + std::exp(-outputs[2].values[0]));
  const float *values = outputs[0].values.data();
  std::array<cv::Point3f, kMeshPoints> coarse;
  for (std::size_t i = 0; i < kMeshPoints; ++i, values += 3) {
    const cv::Point3f point(values[0], values[1], values[2]);
    result.landmarks[i] = point;
    coarse[i] = point / kFeatureStep;
  }
  std::span<cv::Point3f> points(result.landmarks);
  for (std::size_t i = 0; i < impl_->regions.size(); ++i)
    impl_->attend(impl_->regions[i], outputs[1].values, coarse, points,
                  i == 0 ? std::span<cv::Point3f>()
                         : points.subspan(kMeshPoints + (i - 1) * kIrisPoints, kIrisPoints));

  for (cv::Point3f &point : points) {
    const cv::Point2d there = to_frame(point.x, point.y);
    point = {static_cast<float>(there.x), static_cast<float>(there.y),
             static_cast<float>(point.z * step)};
  }
  return result;
}

std::optional<Landmarks> mesh_of_picture(FaceMesh &mesh, const FrameView &picture,
                                         const std::optional<Landmarks> &previous,
                                         const Landmarks &original) {
  constexpr float kMinPresence = 0.5f;
  if (previous) {
    const MeshResult followed = mesh.run(picture, mesh_region(*previous));
    if (followed.presence >= kMinPresence) return followed.landmarks;
  }
  const MeshResult found = mesh.run(picture, mesh_region(original));
  if (found.presence < kMinPresence) return std::nullopt;
  return found.landmarks;
}

}  // namespace hyperlips
