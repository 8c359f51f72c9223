// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/talking_head.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "error.hpp"
#include "synth/backdrop.hpp"
#include "synth/camera.hpp"
#include "synth/expressions.hpp"
#include "synth/eyes.hpp"
#include "synth/face_model.hpp"
#include "synth/hair.hpp"
#include "synth/head_mesh.hpp"
#include "synth/lighting.hpp"
#include "synth/mouth.hpp"
#include "synth/raster.hpp"
#include "synth/shaping.hpp"
#include "synth/skin.hpp"
#include "synth/workers.hpp"

namespace hyperlips::synth {
namespace {

constexpr int kSmallest = 16, kLargest = 16384;
const cv::Point3f kPivot{0, 0.45f, 0.16f};  // about which a head turns
constexpr float kFar = 1e9f;

constexpr std::array<std::uint16_t, 20> kOuterLips{61,  146, 91,  181, 84,  17, 314, 405, 321, 375,
                                                   291, 409, 270, 269, 267, 0,  37,  39,  40,  185};

/// A surface that is drawn in every frame.
struct Part {
  const std::vector<Triangle> *triangles = nullptr;
  const Texture *texture = nullptr;
  const Material *material = nullptr;  ///< none: lit by its owner
  const Shadows *shadows = nullptr;
  Blending blending = Blending::Opaque;
  bool both_sides = false;
  std::span<const Triangle> inside;  ///< of which the inner side shows, too
  std::vector<cv::Point3f> points, normals;
  std::vector<ScreenPoint> shown;

  Part() = default;
  Part(std::span<const cv::Point2f> uv, const std::vector<Triangle> &all, const Texture &surface,
       const Material *kind)
      : triangles(&all),
        texture(&surface),
        material(kind),
        points(uv.size()),
        normals(uv.size()),
        shown(uv.size()) {
    for (std::size_t i = 0; i < uv.size(); ++i) shown[i].u = uv[i].x, shown[i].v = uv[i].y;
  }
};

/// Turns about the head's pivot.
class Turn {
 public:
  Turn(float yaw, float pitch, float roll) {
    const cv::Matx33f y(std::cos(yaw), 0, -std::sin(yaw), 0, 1, 0, std::sin(yaw), 0, std::cos(yaw));
    const cv::Matx33f x(1, 0, 0, 0, std::cos(pitch), -std::sin(pitch), 0, std::sin(pitch),
                        std::cos(pitch));
    const cv::Matx33f z(std::cos(roll), -std::sin(roll), 0, std::sin(roll), std::cos(roll), 0, 0, 0,
                        1);
    matrix_ = z * x * y;
  }
  cv::Point3f direction(const cv::Point3f &p) const { return matrix_ * p; }
  cv::Point3f back(const cv::Point3f &direction) const { return matrix_.t() * direction; }
  cv::Point3f point(const cv::Point3f &p) const { return matrix_ * (p - kPivot) + kPivot; }

 private:
  cv::Matx33f matrix_;
};

/// Pores and wrinkles as light and shade of the key light, as it falls on a face at rest.
void engrave(SkinTextures &skin, const Lighting &lighting) {
  const cv::Point3f light = lighting.lamps[0].direction;
  const int size = skin.height.cols;
  constexpr float kRadius = 0.55f;  // of the head's round
  const float along_u = 2 * kTextureHalfAngle * kRadius / static_cast<float>(size);
  const float along_v = (kTextureBottom - kTextureTop) / static_cast<float>(size);
  cv::Mat du, dv;
  cv::Sobel(skin.height, du, CV_32F, 1, 0, 3, 1 / (8 * along_u));
  cv::Sobel(skin.height, dv, CV_32F, 0, 1, 3, 1 / (8 * along_v));
  for (int x = 0; x < size; ++x) {
    const float angle =
        ((static_cast<float>(x) + 0.5f) / static_cast<float>(size) - 0.5f) * 2 * kTextureHalfAngle;
    const float tangent = std::cos(angle) * light.x + std::sin(angle) * light.z;
    for (int y = 0; y < size; ++y) {
      // Light from everywhere comes from above rather than from below.
      const float change =
          -du.at<float>(y, x) * tangent * 0.7f - dv.at<float>(y, x) * (0.7f * light.y - 0.25f);
      skin.albedo.at<cv::Vec3f>(y, x) *= std::clamp(1 + change, 0.45f, 1.6f);
    }
  }
}

}  // namespace

struct TalkingHead::Impl {
  explicit Impl(const TalkingHeadOptions &options);
  void cast_all_shadows();
  void pose_head(const FacePose &pose);
  void light_and_project(Part &part, const Turn &turn, const FacePose &pose, bool skin);
  void place_reflection(Part &part, int eye, const Turn &turn, const FacePose &pose);
  void draw_rows(cv::Range rows);
  void finish(std::uint64_t number, cv::Mat &bgr);
  void fill(HeadTruth &truth, const FacePose &pose, const Turn &turn) const;
  cv::Point3f moved(const cv::Point3f &p, const Turn &turn, const FacePose &pose) const {
    return turn.point(p) + cv::Point3f(pose.head_x, pose.head_y, 0);
  }

  TalkingHeadOptions options;
  int oversampling = 1;
  View view;  // in pixels of the canvas
  ToneCurve tone;
  CameraEffects effects;
  Lighting lighting;
  Workers workers;

  Person person;
  Landmarks face;  // at rest
  std::vector<cv::Point3f> head_rest, head_posed;
  Subdivision subdivision;
  Eyes eyes;
  Mouth mouth;
  Expressions expressions;
  Texture skin_texture;
  Shadows skin_shadows;
  Surface reflection = make_grid(1, 1, [](float, float) { return cv::Point3f(); });
  Texture reflection_texture;
  Hair hair;
  Shadows hair_shadows;

  cv::Mat backdrop;  // CV_8UC3 of the canvas' size
  cv::Mat backdrop_depth;
  Canvas canvas;
  cv::Mat picture;          // as the camera sees it: CV_8UC3 of the frame's size
  std::vector<Part> parts;  // skin, two eyes, mouth, ...
};

TalkingHead::Impl::Impl(const TalkingHeadOptions &o)
    : options(o),
      view(make_view(o.seed, o.frame)),
      tone(make_tone(o.seed)),
      effects(o.seed, o.frame),
      lighting(make_lighting(o.seed)),
      workers(o.threads),
      person(make_person(o.seed)),
      face(make_face_shape(o.seed, person)),
      eyes(o.seed, person, face),
      mouth(o.seed, person, face),
      expressions(face),
      reflection_texture(paint_reflection(o.seed)) {
  oversampling = view.scale < 150 ? 2 : 1;
  const auto factor = static_cast<float>(oversampling);
  view.scale *= factor;
  view.centre = (view.centre + cv::Point2f(0.5f, 0.5f)) * factor - cv::Point2f(0.5f, 0.5f);
  const cv::Size size(o.frame.width * oversampling, o.frame.height * oversampling);

  head_rest = make_head(face);
  head_posed = head_rest;
  subdivision = Subdivision(kHeadPoints, head_triangles(), view.scale > 110 ? 2 : 1);
  const std::vector<cv::Point3f> mean_head = make_head(kMeanFace);
  std::vector<cv::Point2f> uv;
  for (const cv::Point3f &p : mean_head) uv.push_back(face_uv(p));
  int texture_size = 256;
  while (texture_size < 2048 && static_cast<float>(texture_size) < 2.2f * view.scale)
    texture_size *= 2;
  SkinTextures skin = make_skin(o.seed, person, texture_size);
  engrave(skin, lighting);
  skin_texture = Texture(skin.albedo, skin.gloss);

  parts.emplace_back(subdivision.linear(uv), subdivision.triangles(), skin_texture, &kSkin);
  for (int eye = 0; eye < 2; ++eye)
    parts.emplace_back(eyes.uv(), eyes.triangles(), eyes.texture(), &kWet);
  parts.emplace_back(mouth.uv(), mouth.triangles(), mouth.texture(), &kWet);
  parts.back().both_sides = true;

  for (int eye = 0; eye < 2; ++eye) {
    parts.emplace_back(eyes.lashes().uv, eyes.lashes().triangles, eyes.lash_texture(), &kCloth);
    parts.back().blending = Blending::Alpha;
    parts.back().both_sides = true;
  }
  for (int eye = 0; eye < 2; ++eye) {
    parts.emplace_back(reflection.uv, reflection.triangles, reflection_texture, nullptr);
    parts.back().blending = Blending::Alpha;
    for (ScreenPoint &point : parts.back().shown) point.light = Float4{1, 1, 1, 0} * 1.4f;
  }
  hair = make_hair(o.seed, person, face);
  cast_all_shadows();
  if (!hair.surface.points.empty()) {
    parts.emplace_back(hair.surface.uv, hair.surface.triangles, hair.texture, nullptr);
    parts.back().inside = hair.inside();
    parts.back().blending = Blending::Alpha;
    parts.back().shadows = &hair_shadows;
  }

  backdrop = tone.apply(make_backdrop(o.seed, size));
  backdrop_depth = cv::Mat(size, CV_32FC1, cv::Scalar(kFar));
  canvas.bgr.create(size, CV_8UC3);
  canvas.depth.create(size, CV_32FC1);
  picture.create(o.frame, CV_8UC3);
}

void TalkingHead::Impl::cast_all_shadows() {
  // The control points are enough for soft shadows; they are spread smoothly over the fine ones.
  const std::vector<Triangle> triangles = head_triangles();
  std::vector<cv::Point3f> head_normals(head_rest.size());
  normals(head_rest, triangles, head_normals);
  const std::array<Occluder, 2> occluders{
      {{head_rest, triangles}, {hair.surface.points, hair.outside()}}};
  const Shadows coarse = cast_shadows(lighting, occluders, head_rest, head_normals);
  const auto spread = [&](const std::vector<float> &values) {
    std::vector<float> fine(subdivision.points());
    subdivision.smooth(values, fine);
    return fine;
  };
  skin_shadows.open = spread(coarse.open);
  for (const auto &lamp : coarse.lamp) skin_shadows.lamp.push_back(spread(lamp));
  parts[0].shadows = &skin_shadows;
  if (hair.surface.points.empty()) return;
  std::vector<cv::Point3f> hair_normals(hair.surface.points.size());
  normals(hair.surface.points, hair.surface.triangles, hair_normals);
  hair_shadows = cast_shadows(lighting, {occluders.data(), 1}, hair.surface.points, hair_normals);
}

void TalkingHead::Impl::pose_head(const FacePose &pose) {
  std::copy(head_rest.begin(), head_rest.end(), head_posed.begin());
  expressions.apply(pose, head_posed);
  // The skin below the jaw follows it, less and less.
  for (std::size_t ring = 0; ring < kSkullRings; ++ring) {
    const float follow = std::max(0.f, 0.75f - 0.3f * static_cast<float>(ring));
    for (std::size_t k = 0; k < kOval.size(); ++k) {
      head_posed[kSkinPoints + ring * kOval.size() + k] +=
          (head_posed[kOval[k]] - head_rest[kOval[k]]) * follow;
    }
  }
}

void TalkingHead::Impl::light_and_project(Part &part, const Turn &turn, const FacePose &pose,
                                          bool skin) {
  for (std::size_t i = 0; i < part.points.size(); ++i) {
    const cv::Point3f rest = part.points[i];
    cv::Point3f p = moved(rest, turn, pose);
    // The neck turns less and less towards the shoulders.
    if (skin && rest.y > 0.7f) p = between(p, rest, smooth_step(0.75f, 1.4f, rest.y));
    const cv::Point2f at = view.project(p);
    part.points[i] = p;
    part.shown[i].x = at.x;
    part.shown[i].y = at.y;
    part.shown[i].depth = p.z;
  }
  normals(part.points, *part.triangles, part.normals);
  if (part.material) shade(lighting, *part.material, part.normals, part.shadows, part.shown);
}

void TalkingHead::Impl::place_reflection(Part &part, int eye, const Turn &turn,
                                         const FacePose &pose) {
  constexpr float kSize = 0.012f, kLift = 0.004f;  // widths of the face
  const cv::Point3f middle =
      moved(eyes.reflection(eye, pose, turn.back(lighting.lamps[0].direction)), turn, pose);
  for (std::size_t i = 0; i < part.points.size(); ++i) {
    const cv::Point3f p = middle + cv::Point3f((part.shown[i].u * 2 - 1) * kSize,
                                               (part.shown[i].v * 2 - 1) * kSize, -kLift);
    const cv::Point2f at = view.project(p);
    part.shown[i].x = at.x;
    part.shown[i].y = at.y;
    part.shown[i].depth = p.z;
  }
}

void TalkingHead::Impl::draw_rows(cv::Range rows) {
  backdrop.rowRange(rows).copyTo(canvas.bgr.rowRange(rows));
  backdrop_depth.rowRange(rows).copyTo(canvas.depth.rowRange(rows));
  const cv::Vec3f &key = lighting.lamps[0].colour;
  const Float4 highlight = Float4{key[0], key[1], key[2], 0} * 0.16f;
  for (const Part &part : parts) {
    const auto draw_some = [&](std::span<const Triangle> triangles, bool both_sides) {
      hyperlips::synth::draw(canvas, rows, part.shown, triangles, *part.texture, part.blending,
                             both_sides, highlight, tone);
    };
    draw_some(*part.triangles, part.both_sides);
    draw_some(part.inside, true);
  }
}

void TalkingHead::Impl::fill(HeadTruth &truth, const FacePose &pose, const Turn &turn) const {
  const auto factor = static_cast<float>(oversampling);
  const auto place = [&](const cv::Point3f &p) {
    const cv::Point2f at = view.project(p);
    return cv::Point3f((at.x + 0.5f) / factor - 0.5f, (at.y + 0.5f) / factor - 0.5f,
                       p.z * view.scale / factor);
  };
  for (std::size_t i = 0; i < kSkinPoints; ++i) truth.landmarks[i] = place(parts[0].points[i]);
  for (int eye = 0; eye < 2; ++eye) {
    const auto iris = eyes.iris(eye, pose);
    for (std::size_t i = 0; i < iris.size(); ++i) {
      truth.landmarks[kSkinPoints + 5 * static_cast<std::size_t>(eye) + i] =
          place(moved(iris[i], turn, pose));
    }
  }
  truth.mouth_mask = cv::Mat::zeros(options.frame, CV_8UC1);
  std::vector<cv::Point> lips;
  constexpr int kShift = 4;
  for (auto i : kOuterLips) {
    lips.emplace_back(static_cast<int>(std::lround(truth.landmarks[i].x * (1 << kShift))),
                      static_cast<int>(std::lround(truth.landmarks[i].y * (1 << kShift))));
  }
  cv::fillPoly(truth.mouth_mask, lips, cv::Scalar(255), cv::LINE_8, kShift);
}

void TalkingHead::Impl::finish(std::uint64_t number, cv::Mat &bgr) {
  const int bands = workers.count() == 1 ? 1 : workers.count() * 4;
  const auto over_bands = [&](int height, const std::function<void(cv::Range)> &work) {
    workers.run(bands, [&](int band) {
      work({height * band / bands, height * (band + 1) / bands});
    });
  };
  over_bands(canvas.bgr.rows, [&](cv::Range rows) { draw_rows(rows); });
  bgr.create(options.frame, CV_8UC3);
  cv::Mat &sharp = options.camera_effects ? picture : bgr;
  over_bands(options.frame.height, [&](cv::Range rows) {
    if (oversampling == 1) return smooth_outlines(canvas, rows, sharp);
    cv::Mat target = sharp.rowRange(rows);
    cv::resize(canvas.bgr.rowRange(rows.start * oversampling, rows.end * oversampling), target,
               target.size(), 0, 0, cv::INTER_AREA);
  });
  if (!options.camera_effects) return;
  over_bands(options.frame.height, [&](cv::Range rows) { effects.take(sharp, rows, number, bgr); });
  if (effects.compresses()) {
    workers.run(CameraEffects::kParts, [&](int part) { effects.compress(bgr, part); });
  }
}

TalkingHead::TalkingHead(const TalkingHeadOptions &options) {
  for (int length : {options.frame.width, options.frame.height}) {
    if (length < kSmallest || length > kLargest) {
      throw Error(ErrorKind::Settings, "A talking head cannot be drawn in " +
                                           std::to_string(options.frame.width) + "x" +
                                           std::to_string(options.frame.height) +
                                           " pixels: give a width and a height of 16 to 16384.");
    }
  }
  impl_ = std::make_unique<Impl>(options);
}

TalkingHead::~TalkingHead() = default;
TalkingHead::TalkingHead(TalkingHead &&) noexcept = default;
TalkingHead &TalkingHead::operator=(TalkingHead &&) noexcept = default;

void TalkingHead::draw(const FacePose &pose, std::uint64_t number, cv::Mat &bgr, HeadTruth *truth) {
  Impl &m = *impl_;
  const Turn turn(m.view.yaw + pose.yaw, m.view.pitch + pose.pitch, m.view.roll + pose.roll);
  m.pose_head(pose);
  Part &skin = m.parts[0];
  m.subdivision.smooth(m.head_posed, skin.points);
  const std::vector<cv::Point3f> at_rest = skin.points;
  for (int eye = 0; eye < 2; ++eye) {
    Part &ball = m.parts[1 + eye];
    m.eyes.place(eye, pose, skin.points, ball.points, ball.normals);
  }
  m.mouth.place(pose, m.expressions, at_rest, m.parts[3].points);
  for (int eye = 0; eye < 2; ++eye) {
    Part &lashes = m.parts[4 + eye];
    m.eyes.place_lashes(eye, at_rest, lashes.points);
    m.light_and_project(lashes, turn, pose, false);
  }
  for (int eye = 0; eye < 2; ++eye) m.place_reflection(m.parts[6 + eye], eye, turn, pose);
  for (int i = 1; i < 4; ++i) {
    Part &part = m.parts[i];
    const std::vector<cv::Point3f> inner = part.points;
    m.light_and_project(part, turn, pose, false);
    if (i == 3) {
      m.mouth.shade_behind_lips(at_rest, inner, part.shown);
    } else {
      m.eyes.shade_under_lids(i - 1, at_rest, inner, part.shown);
    }
  }
  m.light_and_project(skin, turn, pose, true);
  if (m.parts.size() > 8) {
    Part &part = m.parts[8];
    part.points = m.hair.surface.points;
    m.light_and_project(part, turn, pose, true);
    shade_hair(m.lighting, part.shadows, part.normals, m.hair.strands, m.hair.depth, part.shown);
  }

  m.finish(number, bgr);
  if (truth) m.fill(*truth, pose, turn);
}

}  // namespace hyperlips::synth
