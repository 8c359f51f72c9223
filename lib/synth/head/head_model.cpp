// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/head_model.hpp"
#include "synth/head/landmarks.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "synth/head/face_model.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

const Material kFrame{{0, 0, 0}, 30, 1.2f}, kLens{{1, 1, 1}, 60, 0.4f};
constexpr float kFineFace = 110;  // pixels; wider faces are subdivided twice

/// Bakes the relief of pores and wrinkles into the albedo: bump mapping (Blinn 1978) under the key
/// light, as it falls on a face at rest.
void engrave(SkinTextures &skin, const Lighting &lighting) {
  const cv::Point3f light = lighting.lights[0].direction;
  const int size = skin.height.cols;
  constexpr float kRadius = 0.55f;  // of the head, widths of the face
  const float along_u = 2 * kTextureHalfAngle * kRadius / static_cast<float>(size);
  const float along_v = (kTextureBottom - kTextureTop) / static_cast<float>(size);
  cv::Mat du, dv;
  cv::Sobel(skin.height, du, CV_32F, 1, 0, 3, 1 / (8 * along_u));
  cv::Sobel(skin.height, dv, CV_32F, 0, 1, 3, 1 / (8 * along_v));
  std::vector<float> tangent(static_cast<std::size_t>(size));
  for (int x = 0; x < size; ++x) {
    const float angle =
        ((static_cast<float>(x) + 0.5f) / static_cast<float>(size) - 0.5f) * 2 * kTextureHalfAngle;
    tangent[static_cast<std::size_t>(x)] =
        0.7f * (std::cos(angle) * light.x + std::sin(angle) * light.z);
  }
  // Ambient light comes from above rather than from below.
  const float down = 0.7f * light.y - 0.25f;
  for (int y = 0; y < size; ++y) {
    const float *u = du.ptr<float>(y), *v = dv.ptr<float>(y);
    auto *albedo = skin.albedo.ptr<cv::Vec3f>(y);
    for (int x = 0; x < size; ++x) {
      albedo[x] *=
          std::clamp(1 - u[x] * tangent[static_cast<std::size_t>(x)] - v[x] * down, 0.45f, 1.6f);
    }
  }
}

/// The neck's color, from the lower middle of the texture.
cv::Vec3f neck_color(const cv::Mat &albedo) {
  const int n = albedo.cols;
  const cv::Scalar mean = cv::mean(albedo(cv::Rect(n * 2 / 5, n * 37 / 40, n / 5, n / 20)));
  return {static_cast<float>(mean[0]), static_cast<float>(mean[1]), static_cast<float>(mean[2])};
}

void move_with_head(const HeadTransform &transform, std::span<const cv::Point3f> rest,
                    std::span<cv::Point3f> points) {
  for (std::size_t i = 0; i < rest.size(); ++i) points[i] = transform(rest[i]);
}

/// As move_with_head(), but neck and long hair turn less and less towards the shoulders.
void move_with_neck(const HeadTransform &transform, std::span<const cv::Point3f> rest,
                    std::span<cv::Point3f> points) {
  constexpr float kJaw = 0.7f, kShoulders = 1.15f;  // heights
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const cv::Point3f &p = rest[i];
    points[i] =
        p.y > kJaw ? lerp(transform(p), p, smooth_step(kJaw, kShoulders, p.y)) : transform(p);
  }
}

}  // namespace

HeadModel::HeadModel(std::uint64_t seed, const Lighting &lighting, float pixels)
    : lighting_(lighting),
      person_(make_person(seed)),
      face_(make_face_shape(seed, person_)),
      head_triangles_(head_triangles()),
      subdivision_(kHeadPoints, head_triangles_, pixels > kFineFace ? 2 : 1),
      eyes_(seed, person_, face_),
      mouth_(seed, person_, face_),
      expressions_(face_),
      reflection_texture_(paint_reflection(seed)),
      reflection_(make_grid(1, 1, [](float, float) { return cv::Point3f(); })),
      ears_(make_ears(seed, face_)),
      hair_(make_hair(seed, person_, face_)),
      glasses_(make_glasses(seed, person_, face_)) {
  head_rest_ = make_head(face_);
  head_posed_ = head_rest_;
  skin_posed_.resize(subdivision_.points());
  std::vector<cv::Point2f> uv;
  for (const cv::Point3f &p : make_head(kMeanFace)) uv.push_back(face_uv(p));
  // About one texel per pixel; more would only fill the cache.
  constexpr int kStep = 64, kLeast = 192, kMost = 2048;
  const int texture_size =
      std::clamp(static_cast<int>(2.2f * pixels) / kStep * kStep + kStep, kLeast, kMost);
  SkinTextures skin = make_skin(seed, person_, texture_size);
  engrave(skin, lighting);
  skin_texture_ = Texture(skin.albedo, skin.gloss);
  neck_color_ = neck_color(skin.albedo);
  clothes_ = make_clothes(seed, person_, neck_color_);
  cast_all_shadows();
  add_instances(uv);
}

void HeadModel::add_instances(std::span<const cv::Point2f> uv) {
  instances_.emplace_back(subdivision_.linear(uv), subdivision_.triangles(), skin_texture_, &kSkin);
  instances_[0].shadows = &skin_shadows_;
  eye_instance_ = instances_.size();
  for (int eye = 0; eye < 2; ++eye)
    instances_.emplace_back(eyes_.uv(), eyes_.triangles(), eyes_.texture(), &kWet);
  mouth_instance_ = instances_.size();
  instances_.emplace_back(mouth_.uv(), mouth_.triangles(), mouth_.texture(), &kWet).both_sides =
      true;
  lash_instance_ = instances_.size();
  for (int eye = 0; eye < 2; ++eye) {
    MeshInstance &instance = add(eyes_.lashes(), eyes_.lash_texture(), &kCloth);
    instance.blending = Blending::Alpha;
    instance.both_sides = true;
  }
  reflection_instance_ = instances_.size();
  for (int eye = 0; eye < 2; ++eye) {
    MeshInstance &instance = add(reflection_, reflection_texture_, nullptr);
    instance.blending = Blending::Alpha;
    for (ScreenVertex &point : instance.vertices) point.light = Float4{1, 1, 1, 0} * 1.4f;
  }
  if (!hair_.covers_ears) {
    ear_instance_ = instances_.size();
    add(ears_.mesh, skin_texture_, &kSkin).shadows = &ear_shadows_;
  }
  if (!hair_.mesh.points.empty()) {
    hair_instance_ = instances_.size();
    MeshInstance &instance = add(hair_.mesh, hair_.texture, nullptr);
    instance.blending = Blending::Alpha;
    instance.shadows = &hair_shadows_;
    instance.inside = hair_.inside();
  }
  if (glasses_) {
    frame_instance_ = instances_.size();
    add(glasses_->frame, glasses_->frame_texture, &kFrame);
    lens_instance_ = instances_.size();
    add(glasses_->lenses, glasses_->lens_texture, &kLens).blending = Blending::Alpha;
  }
}

MeshInstance &HeadModel::add(const Mesh &mesh, const Texture &texture, const Material *material) {
  return instances_.emplace_back(mesh.uv, mesh.triangles, texture, material);
}

void HeadModel::cast_all_shadows() {
  // The control points are enough for soft shadows; they are spread smoothly over the fine ones.
  std::vector<cv::Point3f> head_normals(head_rest_.size());
  normals(head_rest_, head_triangles_, head_normals);
  std::vector<Occluder> occluders{{head_rest_, head_triangles_},
                                  {hair_.mesh.points, hair_.outside()}};
  if (glasses_) occluders.push_back({glasses_->frame.points, glasses_->frame.triangles});
  const Mesh &clothes = clothes_.mesh;
  occluders.push_back({clothes.points, clothes.triangles});
  const ShadowCaster all(lighting_, occluders),
      head_alone(lighting_, std::span(occluders).first(1));
  const Shadows coarse = all.cast(head_rest_, head_normals);
  const auto spread = [&](const std::vector<float> &values) {
    std::vector<float> fine(subdivision_.points());
    subdivision_.smooth(values, fine);
    return fine;
  };
  skin_shadows_.ambient_occlusion = spread(coarse.ambient_occlusion);
  for (const auto &light : coarse.visibility) skin_shadows_.visibility.push_back(spread(light));

  const auto on = [](const Mesh &mesh, const ShadowCaster &caster, std::span<const float> lift) {
    std::vector<cv::Point3f> mesh_normals(mesh.points.size()), points = mesh.points;
    normals(mesh.points, mesh.triangles, mesh_normals);
    for (std::size_t i = 0; i < lift.size(); ++i) points[i] += mesh_normals[i] * lift[i];
    return caster.cast(points, mesh_normals);
  };
  // Bare skin near the neck is partly inside it; its shadow is computed for a point in front.
  std::vector<float> lift(clothes.points.size());
  for (std::size_t i = 0; i < lift.size(); ++i) {
    lift[i] = 0.06f * clothes_.bare[i] * (1 - smooth_step(1.2f, 1.4f, clothes.points[i].y));
  }
  clothes_shadows_ = on(clothes, all, lift);
  if (!hair_.covers_ears) {
    ear_shadows_ = on(ears_.mesh, all, {});
    for (std::size_t i = 0; i < ears_.occlusion.size(); ++i) {
      ear_shadows_.ambient_occlusion[i] *= ears_.occlusion[i];
      for (auto &light : ear_shadows_.visibility) light[i] *= 0.3f + 0.7f * ears_.occlusion[i];
    }
  }
  hair_shadows_ = on(hair_.mesh, head_alone, {});
}

void HeadModel::move_skin(const FacePose &pose) {
  std::copy(head_rest_.begin(), head_rest_.end(), head_posed_.begin());
  expressions_.apply(pose, head_posed_);
  // The skin below the jaw follows it, less and less.
  for (std::size_t ring = 0; ring < kSkullRings; ++ring) {
    const float follow = std::max(0.f, 0.7f - 0.35f * static_cast<float>(ring));
    for (std::size_t k = 0; k < landmark::kOval.size(); ++k) {
      head_posed_[kSkinPoints + ring * landmark::kOval.size() + k] +=
          (head_posed_[landmark::kOval[k]] - head_rest_[landmark::kOval[k]]) * follow;
    }
  }
  subdivision_.smooth(head_posed_, skin_posed_);
}

void HeadModel::pose(const FacePose &pose, const View &view) {
  const HeadTransform transform(view, pose);
  move_skin(pose);
  move_with_neck(transform, skin_posed_, instances_[0].points);
  instances_[0].show(lighting_, view);
  for (int eye = 0; eye < 2; ++eye) {
    pose_eye(eye, pose, transform, view);
    pose_reflection(eye, pose, transform, view);
  }
  pose_mouth(pose, transform, view);
  if (ear_instance_) {
    move_with_head(transform, ears_.mesh.points, instances_[ear_instance_].points);
    instances_[ear_instance_].show(lighting_, view);
  }
  if (hair_instance_) {
    MeshInstance &hair = instances_[hair_instance_];
    move_with_neck(transform, hair_.mesh.points, hair.points);
    hair.show(lighting_, view);
    shade_hair(lighting_, hair.shadows, hair.normals, hair_.strands, hair_.depth, hair.vertices);
  }
  if (glasses_) {
    move_with_head(transform, glasses_->frame.points, instances_[frame_instance_].points);
    instances_[frame_instance_].show(lighting_, view);
    move_with_head(transform, glasses_->lenses.points, instances_[lens_instance_].points);
    instances_[lens_instance_].show(lighting_, view);
  }
}

/// The eyeball, its iris and its lashes.
void HeadModel::pose_eye(int eye, const FacePose &pose, const HeadTransform &transform,
                         const View &view) {
  MeshInstance &ball = instances_[eye_instance_ + static_cast<std::size_t>(eye)];
  std::vector<cv::Point3f> rest(ball.points.size());
  eyes_.place(eye, pose, skin_posed_, rest);
  move_with_head(transform, rest, ball.points);
  ball.show(lighting_, view);
  eyes_.shade_under_lids(eye, skin_posed_, rest, ball.vertices);
  const auto iris = eyes_.iris(eye, pose);
  std::transform(iris.begin(), iris.end(), irises_.begin() + 5 * eye, transform);

  MeshInstance &lashes = instances_[lash_instance_ + static_cast<std::size_t>(eye)];
  rest.resize(lashes.points.size());
  eyes_.place_lashes(eye, skin_posed_, rest);
  move_with_head(transform, rest, lashes.points);
  lashes.show(lighting_, view);
}

/// The reflection of the key light on the cornea: a small square that faces the viewer.
void HeadModel::pose_reflection(int eye, const FacePose &pose, const HeadTransform &transform,
                                const View &view) {
  MeshInstance &reflection = instances_[reflection_instance_ + static_cast<std::size_t>(eye)];
  constexpr float kSize = 0.012f, kLift = 0.004f;  // widths of the face
  const cv::Point3f middle = transform(
      eyes_.reflection(eye, pose, skin_posed_, transform.to_head(lighting_.lights[0].direction)));
  for (std::size_t i = 0; i < reflection.points.size(); ++i) {
    const cv::Point2f at = reflection_.uv[i] * 2 - cv::Point2f(1, 1);
    reflection.points[i] = middle + cv::Point3f(at.x * kSize, at.y * kSize, -kLift);
  }
  reflection.project(view);
}

void HeadModel::pose_mouth(const FacePose &pose, const HeadTransform &transform, const View &view) {
  MeshInstance &mouth = instances_[mouth_instance_];
  std::vector<cv::Point3f> rest(mouth.points.size());
  mouth_.place(pose, expressions_, skin_posed_, rest);
  move_with_head(transform, rest, mouth.points);
  mouth.show(lighting_, view);
  mouth_.shade_behind_lips(skin_posed_, rest, mouth.vertices);
}

cv::Rect HeadModel::bounds(cv::Size framebuffer) const {
  float left = 1e9f, top = 1e9f, right = -1e9f, bottom = -1e9f;
  for (const MeshInstance &instance : instances_) {
    for (const ScreenVertex &p : instance.vertices) {
      left = std::min(left, p.x), right = std::max(right, p.x);
      top = std::min(top, p.y), bottom = std::max(bottom, p.y);
    }
  }
  const auto within = [](float value, int size) {
    return static_cast<int>(std::clamp(value, 0.f, static_cast<float>(size)));
  };
  const cv::Point first(within(left - 1, framebuffer.width), within(top - 1, framebuffer.height));
  return {first,
          cv::Point(within(right + 3, framebuffer.width), within(bottom + 3, framebuffer.height))};
}

Landmarks HeadModel::landmarks() const {
  Landmarks landmarks;
  std::copy_n(instances_[0].points.begin(), kSkinPoints, landmarks.begin());
  std::copy(irises_.begin(), irises_.end(), landmarks.begin() + kSkinPoints);
  return landmarks;
}

float HeadModel::brightness() const {
  float sum = 0, weight = 0;
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    const float facing = std::max(0.f, -instances_[0].normals[i].z);
    sum += facing * instances_[0].vertices[i].light[1];
    weight += facing;
  }
  return neck_color_[1] * sum / std::max(1e-3f, weight);
}

void HeadModel::draw_clothes(const View &view, const ToneCurve &tone,
                             Framebuffer &framebuffer) const {
  MeshInstance instance(clothes_.mesh.uv, clothes_.mesh.triangles, clothes_.texture, &kCloth);
  instance.both_sides = true;
  instance.points = clothes_.mesh.points;
  instance.shadows = &clothes_shadows_;
  instance.show(lighting_, view);
  std::vector<ScreenVertex> as_skin = instance.vertices;
  shade(lighting_, kSkin, instance.normals, &clothes_shadows_, as_skin);
  for (std::size_t i = 0; i < as_skin.size(); ++i) {
    instance.vertices[i].light =
        lerp(instance.vertices[i].light, as_skin[i].light, clothes_.bare[i]);
  }
  instance.draw_rows(framebuffer, {0, framebuffer.bgr.rows}, lighting_, tone);
}

}  // namespace hyperlips::synth
