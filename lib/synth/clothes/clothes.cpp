// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/clothes/clothes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "synth/clothes/fabric.hpp"
#include "synth/clothes/garment_parts.hpp"
#include "synth/clothes/outfit.hpp"
#include "synth/clothes/torso.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

// The texture: the grid of the torso above, below it a strip for each fabric of the parts.
constexpr int kWidth = 768, kTorsoHeight = 704, kStripHeight = 64;
enum Strip { kMain, kOver, kTie, kStrips };
constexpr int kHeight = kTorsoHeight + kStrips * kStripHeight;

/// Noise of mean 0 and deviation about 1, a little coarser than a texel.
cv::Mat make_grain(Random &random, cv::Size size) {
  cv::Mat grain(size, CV_32FC1);
  for (int y = 0; y < size.height; ++y) {
    auto *row = grain.ptr<float>(y);
    for (int x = 0; x < size.width; x += 4) {
      const std::uint64_t bits = random.bits();
      for (int k = 0; k < 4; ++k) {
        row[x + k] = (static_cast<float>((bits >> (16 * k)) & 0xffff) / 32767.5f - 1) * 2.2f;
      }
    }
  }
  cv::blur(grain, grain, {2, 2});
  return grain;
}

constexpr float kSoft = 0.004f;  // half the width of an edge

/// Paints the torso, texel by texel. Constants are fitted by eye.
class Painter {
 public:
  Painter(const Outfit &outfit, const Torso &torso, cv::Vec3f skin, Random &random)
      : o_(outfit), skin_(skin), freckled_(random.uniform(0, 0.05f)) {
    constexpr int kRow = Torso::kColumns + 1;
    const cv::Mat points(Torso::kRows + 1, kRow, CV_32FC3,
                         const_cast<cv::Point3f *>(torso.mesh().points.data()));
    const float sx = static_cast<float>(Torso::kColumns) / kWidth,
                sy = static_cast<float>(Torso::kRows) / kTorsoHeight;
    const cv::Matx23f to_grid(sx, 0, 0.5f * sx, 0, sy, 0.5f * sy);
    const cv::Size size(kWidth, kTorsoHeight);
    constexpr int kHow = cv::INTER_LINEAR | cv::WARP_INVERSE_MAP;
    cv::warpAffine(points, points_, to_grid, size, kHow, cv::BORDER_REPLICATE);
    blotches_.create(12, 12, CV_32FC1);
    for (auto it = blotches_.begin<float>(); it != blotches_.end<float>(); ++it)
      *it = random.normal();
    cv::resize(blotches_, blotches_, size, 0, 0, cv::INTER_CUBIC);
  }

  void row(int y, const float *grain, cv::Vec3f *color, float *gloss) const {
    const auto *p = points_.ptr<cv::Point3f>(y);
    const auto *blotch = blotches_.ptr<float>(y);
    for (int x = 0; x < kWidth; ++x) color[x] = texel(p[x], grain[x], blotch[x], gloss[x]);
  }

 private:
  cv::Vec3f texel(const cv::Point3f &p, float grain, float blotch, float &gloss) const {
    const float line = o_.neckline.below(p.x, p.y);
    // Threads hang from the shoulders; forward bulges pull them down, sleeves are slanted.
    const float arm = std::max(0.f, std::abs(p.x) - sleeve(p.y));
    const cv::Point2f s(p.x, p.y - 0.3f * p.z + 0.5f * arm);
    const float cloth = o_.covered(p);
    cv::Vec3f result;
    gloss = 0.25f;
    if (cloth < 1) {
      result = skin_ * (1 + 0.03f * blotch + freckled_ * grain);
      result[2] *= 1 + 0.03f * blotch;
      // The edge's shadow.
      if (line < 0.02f) result *= 1 - 0.45f * smooth_step(-0.07f, 0.005f, line);
    }
    if (cloth > 0) {
      cv::Vec3f fabric = o_.fabric.at(s.x, s.y, grain);
      float shade = 1;
      if (o_.seam) {
        const float in_front = 1 - smooth_step(0.75f, 0.95f, std::abs(p.x) / o_.neckline.side_x);
        shade -= in_front * (0.25f * std::exp(-line * line / 3e-4f) + 0.3f * crease(line - 0.088f));
      }
      if (o_.buttons) front(p, fabric, shade);
      shade -= 0.35f * crease((std::abs(p.x) - sleeve(p.y)) * 0.8f) *
               smooth_step(1.55f, 1.75f, p.y) * (o_.strap_x > 0 ? 0 : 1);
      result = lerp(result, fabric * shade, cloth);
      gloss = lerp(gloss, o_.fabric.gloss, cloth);
    }
    if (o_.jacket) {
      const float edge = o_.within_jacket(p);
      const float over = smooth_step(-kSoft, kSoft, edge);
      result *= 1 - 0.5f * smooth_step(-0.10f, 0, edge) * (1 - over);
      if (over > 0 || p.y >= o_.front.button_y) {
        const cv::Vec3f fabric =
            o_.over.at(s.x, s.y, grain) * (1 - 0.4f * crease((std::abs(p.x) - sleeve(p.y)) * 0.8f) *
                                                   smooth_step(1.5f, 1.7f, p.y));
        const float lapel_edge = edge - 0.9f * o_.front.lapel;
        const float under =
            1 - 0.35f * std::exp(-lapel_edge * lapel_edge / 2e-3f) * (p.y < 1.9f ? 1.f : 0.3f);
        const float part = p.y >= o_.front.button_y ? 1.f : over;
        const float overlap = p.y >= o_.front.button_y ? 1 - 0.6f * crease(edge) : 1.f;
        result = lerp(result, fabric * (under * overlap), part);
        gloss = lerp(gloss, o_.over.gloss, part);
      }
    }
    return result;
  }

  static float crease(float distance) { return std::exp(-distance * distance / 6e-5f); }
  static float sleeve(float y) { return 1.24f - 0.10f * smooth_step(1.5f, 2.2f, y); }

  /// The edge of a buttoned front with its seam and buttons.
  void front(const cv::Point3f &p, cv::Vec3f &fabric, float &shade) const {
    const float top = o_.neckline.front_y;
    if (p.y < top - 0.02f || std::abs(p.x) > 0.2f) return;
    shade -= 0.35f * crease(p.x - 0.085f) + 0.15f * crease(p.x + 0.075f);
    const float place = (p.y - top - 0.06f) / 0.42f;
    const float dy = (place - std::round(std::max(0.f, place))) * 0.42f;
    const float distance = std::hypot(p.x, dy);
    shade -= 0.35f * smooth_step(0.045f, 0.026f, std::hypot(p.x - 0.004f, dy - 0.006f));
    const float button = 1 - smooth_step(0.021f, 0.026f, distance);
    const cv::Vec3f shell = cv::norm(fabric) > 0.5 ? cv::Vec3f(0.62f, 0.66f, 0.68f) : fabric * 0.6f;
    fabric =
        lerp(fabric, shell * (1 - 0.5f * smooth_step(0.008f, 0.003f, std::abs(distance - 0.006f))),
             button);
    shade = lerp(shade, 1 - 0.25f * smooth_step(0.014f, 0.021f, distance), button);
  }

  const Outfit &o_;
  cv::Vec3f skin_;
  float freckled_;
  cv::Mat points_, blotches_;
};

/// Adds a part that shows a strip of the texture.
void add(Mesh &mesh, Mesh part, Strip strip) {
  for (cv::Point2f &uv : part.uv) {
    const float row = 1.5f + uv.y * (kStripHeight - 3);
    uv.y = (static_cast<float>(kTorsoHeight + strip * kStripHeight) + row) / kHeight;
  }
  append(mesh, part);
}

/// How the strips of the texture are laid out on the parts, in widths of the face.
struct Strips {
  std::array<float, kStrips> lengths{2.2f, 1.5f, 2.0f}, widths{0.1f, 0.35f, 0.22f};
  bool ribbed = false;  // the main strip
};

/// Adds collar, band, tie, hood or lapels to the mesh.
Strips add_parts(Random &random, Outfit &o, const Torso &torso, Mesh &mesh) {
  Strips strips;
  switch (o.garment) {
    case Garment::CrewNeck:
    case Garment::VNeck:
      add(mesh, make_band(torso, o.neckline, random.uniform(0.06f, 0.10f), 0.014f), kMain);
      strips.ribbed = true;
      break;
    case Garment::Blouse:
      add(mesh, make_band(torso, o.neckline, 0.03f, 0.012f), kMain);
      break;
    case Garment::Straps:
      break;
    case Garment::Shirt:
    case Garment::Jacket:
      add(mesh,
          make_collar(torso, random.uniform(0.38f, 0.6f), random.uniform(0.34f, 0.44f),
                      random.uniform(0.32f, 0.40f)),
          kMain);
      strips.widths[kMain] = 0.4f;
      break;
    case Garment::ShirtAndTie:
    case Garment::JacketAndTie:
      add(mesh,
          make_collar(torso, 0.12f, random.uniform(0.22f, 0.34f), random.uniform(0.32f, 0.40f)),
          kMain);
      add(mesh, make_tie(torso, random.uniform(0.12f, 0.17f)), kTie);
      strips.widths[kMain] = 0.4f;
      break;
    case Garment::Hoodie:
      add(mesh, make_hood(torso, random), kMain);
      add(mesh, make_cords(torso, random), kTie);
      o.tie = o.fabric;
      o.tie.color = random.chance(0.5f) ? cv::Vec3f(0.6f, 0.62f, 0.62f) : o.fabric.color * 0.8f;
      o.tie.pattern = Pattern::Plain;
      strips.widths[kMain] = 0.4f;
      break;
    case Garment::RollNeck:
      add(mesh,
          make_roll_neck(random.uniform(0.93f, 0.99f), random.uniform(1.19f, 1.26f),
                         random.uniform(0.035f, 0.06f)),
          kMain);
      strips.ribbed = o.fabric.pattern != Pattern::Plain || random.chance(0.5f);
      strips.widths[kMain] = 0.3f;
      break;
  }
  if (o.jacket) add(mesh, make_lapels(torso, o.front), kOver);
  return strips;
}

void paint_strips(const Outfit &o, const Strips &strips, const cv::Mat &grain, cv::Mat &color,
                  cv::Mat &gloss) {
  const std::array<const Fabric *, kStrips> fabrics{&o.fabric, &o.over, &o.tie};
  for (int y = kTorsoHeight; y < kHeight; ++y) {
    const auto strip = static_cast<std::size_t>((y - kTorsoHeight) / kStripHeight);
    Fabric fabric = *fabrics[strip];
    if (strip == kMain && strips.ribbed) fabric.pattern = Pattern::Ribs, fabric.scale = 0.028f;
    const float v = static_cast<float>((y - kTorsoHeight) % kStripHeight) / kStripHeight;
    const float edges = 1 - 0.25f * smooth_step(0.9f, 1.f, v);
    for (int x = 0; x < kWidth; ++x) {
      const float along = static_cast<float>(x) / kWidth * strips.lengths[strip];
      const float across = v * strips.widths[strip];
      // The stripes of a tie are slanted.
      const float down = strip == kTie ? across + 0.7f * along : across;
      // The threads of a jacket run along its lapels.
      const cv::Vec3f cloth = strip == kOver ? fabric.at(across, along, grain.at<float>(y, x))
                                             : fabric.at(along, down, grain.at<float>(y, x));
      color.at<cv::Vec3f>(y, x) = cloth * edges;
      gloss.at<float>(y, x) = fabric.gloss;
    }
  }
}

Texture paint(Random &random, const Outfit &o, const Strips &strips, const Torso &torso,
              cv::Vec3f skin) {
  const cv::Size size(kWidth, kHeight);
  const cv::Mat grain = make_grain(random, size);
  cv::Mat color(size, CV_32FC3), gloss(size, CV_32FC1);
  const Painter painter(o, torso, skin, random);
  for (int y = 0; y < kTorsoHeight; ++y)
    painter.row(y, grain.ptr<float>(y), color.ptr<cv::Vec3f>(y), gloss.ptr<float>(y));
  paint_strips(o, strips, grain, color, gloss);
  return {color, gloss};
}

}  // namespace

Clothes make_clothes(std::uint64_t seed, const Person &person, cv::Vec3f skin) {
  Random random(seed, kStreamClothes);
  Torso torso(random, person);
  Outfit o = make_outfit(random, person);
  o.neckline.side_y = torso.height_of(o.neckline.side_x);
  o.front.top_y = torso.height_of(o.front.top_x);
  o.fit.neckline = o.neckline;
  if (o.garment == Garment::Straps) o.fit.neckline.front_y = 1.9f;
  torso.dress(random, o.fit);

  Clothes clothes;
  clothes.mesh = torso.mesh();
  for (const cv::Point3f &p : clothes.mesh.points) {
    const bool jacket = o.jacket && (p.y > o.front.button_y || o.within_jacket(p) > 0);
    clothes.bare.push_back(jacket ? 0 : 1 - o.covered(p));
  }
  for (cv::Point2f &uv : clothes.mesh.uv) uv.y *= static_cast<float>(kTorsoHeight) / kHeight;
  const Strips strips = add_parts(random, o, torso, clothes.mesh);
  clothes.texture = paint(random, o, strips, torso, skin);
  clothes.bare.resize(clothes.mesh.points.size());
  for (cv::Point3f &p : clothes.mesh.points) p.y -= kRaise;
  return clothes;
}

}  // namespace hyperlips::synth
