// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/clothes/clothes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "synth/clothes/fabric.hpp"
#include "synth/clothes/torso.hpp"
#include "synth/clothes/garment_parts.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

enum class Garment {
  CrewNeck,
  VNeck,
  Shirt,
  ShirtAndTie,
  Jacket,
  JacketAndTie,
  Hoodie,
  Blouse,
  RollNeck,
  Straps
};

// The texture: the torso's grid above, below it a strip for each fabric of the trims.
constexpr int kWidth = 768, kTorsoHeight = 704, kStripHeight = 64;
enum Strip { kMain, kOver, kTie, kStrips };
constexpr int kHeight = kTorsoHeight + kStrips * kStripHeight;

struct Outfit {
  Garment garment = Garment::CrewNeck;
  Neckline neckline;
  TorsoFit fit;
  Fabric fabric;  // T-shirt, shirt, jersey, ...
  Fabric over;    // jacket
  Fabric tie;
  JacketFront front;
  bool jacket = false, buttons = false, seam = true;
  float strap_x = 0;  // of a top with straps
};

Garment pick_garment(Random &random, const Person &person) {
  const bool woman = person.femininity > 0.5f;
  constexpr std::array<float, 10> kMen{0.24f, 0.08f, 0.17f, 0.06f, 0.08f,
                                       0.12f, 0.14f, 0,     0.08f, 0},
      kWomen{0.17f, 0.15f, 0.09f, 0, 0.13f, 0.01f, 0.09f, 0.17f, 0.10f, 0.09f};
  const auto &weights = woman ? kWomen : kMen;
  float total = 0, at = random.uniform();
  for (float w : weights) total += w;
  at *= total;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (at < weights[k]) return static_cast<Garment>(k);
    at -= weights[k];
  }
  return Garment::CrewNeck;
}

void set_pattern(Random &random, Fabric &fabric, Pattern pattern) {
  fabric.pattern = pattern;
  switch (pattern) {
    case Pattern::Stripes:
      fabric.scale = random.uniform(0.10f, 0.26f);
      break;
    case Pattern::Pinstripes:
      fabric.scale = random.uniform(0.05f, 0.10f);
      break;
    case Pattern::Gingham:
      fabric.scale = random.uniform(0.07f, 0.14f);
      break;
    case Pattern::Tartan:
      fabric.scale = random.uniform(0.28f, 0.5f);
      break;
    case Pattern::Knit:
      fabric.scale = random.uniform(0.030f, 0.050f);
      break;
    case Pattern::Ribs:
      fabric.scale = random.uniform(0.025f, 0.035f);
      break;
    case Pattern::Dots:
      fabric.scale = random.uniform(0.07f, 0.13f);
      break;
    case Pattern::Flowers:
      fabric.scale = random.uniform(0.16f, 0.30f);
      break;
    default:
      break;
  }
}

Outfit make_outfit(Random &random, const Person &person) {
  Outfit o;
  o.garment = pick_garment(random, person);
  const bool woman = person.femininity > 0.5f;
  Neckline &line = o.neckline;
  Fabric &fabric = o.fabric;
  fabric.color = cloth_color(random, false, false);
  fabric.second = cloth_color(random, cv::norm(fabric.color) < 0.5, cv::norm(fabric.color) >= 0.5);
  fabric.grain = random.uniform(0.03f, 0.07f);
  fabric.gloss = random.uniform(0.1f, 0.3f);
  o.fit.folds = random.uniform(0.6f, 1.3f);
  o.fit.ease = random.uniform(0.2f, 0.8f);
  const auto maybe = [&](float probability, Pattern pattern) {
    if (fabric.pattern == Pattern::Plain && random.chance(probability))
      set_pattern(random, fabric, pattern);
  };
  switch (o.garment) {
    case Garment::CrewNeck:
      line = {random.uniform(0.44f, 0.54f), 0, random.uniform(1.42f, 1.54f), 2.3f};
      maybe(0.14f, Pattern::Stripes);
      maybe(0.2f, Pattern::Melange);
      maybe(0.25f, Pattern::Knit);
      break;
    case Garment::VNeck:
      line = {random.uniform(0.46f, 0.56f), 0, random.uniform(1.68f, 1.98f), 1.15f};
      maybe(0.35f, Pattern::Knit);
      maybe(0.15f, Pattern::Melange);
      break;
    case Garment::Shirt:
      line = {0.42f, 0, random.uniform(1.58f, 1.82f), 1.1f};
      o.seam = false;
      if (random.chance(0.6f)) fabric.color = cloth_color(random, true, false);
      maybe(0.18f, Pattern::Pinstripes);
      maybe(0.16f, Pattern::Gingham);
      maybe(0.15f, Pattern::Tartan);
      o.buttons = true;
      break;
    case Garment::ShirtAndTie:
    case Garment::Jacket:
    case Garment::JacketAndTie: {
      const bool tie = o.garment != Garment::Jacket;
      fabric.color = cloth_color(random, tie || random.chance(0.7f), false);
      if (random.chance(0.15f)) set_pattern(random, fabric, Pattern::Pinstripes);
      line = tie ? Neckline{0.40f, 0, 1.30f, 2.f}
                 : Neckline{0.42f, 0, random.uniform(1.55f, 1.9f), 1.1f};
      o.jacket = o.garment != Garment::ShirtAndTie;
      o.buttons = o.garment == Garment::Jacket;
      o.fit.folds *= 0.6f;
      o.seam = false;
      break;
    }
    case Garment::Hoodie:
      line = {0.44f, 0, random.uniform(1.32f, 1.36f), 2.2f};
      o.seam = false;
      maybe(0.5f, Pattern::Melange);
      o.fit.ease = 1;
      o.fit.folds *= 1.3f;
      break;
    case Garment::Blouse:
      line = {random.uniform(0.48f, 0.62f), 0, random.uniform(1.55f, 1.95f),
              random.uniform(1.2f, 2.0f)};
      maybe(0.22f, Pattern::Flowers);
      maybe(0.14f, Pattern::Dots);
      fabric.gloss = random.uniform(0.3f, 0.8f);
      fabric.grain *= 0.5f;
      o.fit.folds *= 1.25f;
      break;
    case Garment::RollNeck:
      line = {0.40f, 0, 1.25f, 2.f};
      o.seam = false;
      if (random.chance(0.5f))
        set_pattern(random, fabric, random.chance(0.5f) ? Pattern::Knit : Pattern::Ribs);
      o.fit.folds *= 0.8f;
      break;
    case Garment::Straps:
      o.strap_x = random.uniform(0.62f, 0.78f);
      line = {o.strap_x + 0.05f, 0, random.uniform(1.75f, 1.95f), random.uniform(2.5f, 5.f)};
      maybe(0.25f, Pattern::Flowers);
      o.fit.folds *= 0.5f;
      o.fit.ease = 0;
      break;
  }
  if (o.jacket) {
    o.over.color =
        cloth_color(random, woman && random.chance(0.3f), !random.chance(woman ? 0.4f : 0.2f));
    o.over.second = lerp(o.over.color, cv::Vec3f(0.6f, 0.6f, 0.6f), 0.35f);
    o.over.grain = random.uniform(0.05f, 0.12f);
    if (random.chance(0.15f)) set_pattern(random, o.over, Pattern::Pinstripes);
    if (random.chance(0.1f)) set_pattern(random, o.over, Pattern::Tartan);
    o.over.gloss = 0.15f;
    o.front.button_y = random.uniform(2.25f, 2.7f);
    o.front.lapel = random.uniform(0.28f, 0.40f);
    o.front.notch_y = random.uniform(1.55f, 1.70f);
  }
  o.tie.color = cloth_color(random, false, random.chance(0.5f));
  o.tie.second = cloth_color(random, true, false);
  o.tie.gloss = 0.6f;
  if (random.chance(0.5f)) {
    o.tie.pattern = random.chance(0.6f) ? Pattern::Stripes : Pattern::Dots;
    o.tie.scale = o.tie.pattern == Pattern::Stripes ? random.uniform(0.08f, 0.2f)
                                                    : random.uniform(0.035f, 0.06f);
    o.tie.second = lerp(o.tie.color, o.tie.second, random.uniform(0.25f, 0.7f));
  }
  return o;
}

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

/// 0 skin ... 1 cloth, without the jacket.
float covered(const Outfit &o, const cv::Point3f &p) {
  const float cloth = smooth_step(-kSoft, kSoft, o.neckline.below(p.x, p.y));
  if (o.strap_x == 0) return cloth;
  const float x = std::abs(p.x), strap = std::abs(x - o.strap_x) - 0.055f;
  // Nothing covers the shoulders beside the straps.
  const float chest = p.y - 1.72f - 0.5f * (x - o.strap_x) - 0.35f * smooth_step(0.9f, 1.2f, x);
  const float top = x > o.strap_x ? smooth_step(-kSoft, kSoft, chest) : 1;
  return std::max(std::min(cloth, top), 1 - smooth_step(-kSoft, kSoft, strap));
}

/// How far inside the jacket's front edge.
float within_jacket(const JacketFront &front, const cv::Point3f &p) {
  return p.y < front.button_y ? (std::abs(p.x) - front.edge(p.y)) * 0.9f : p.x - front.button_x;
}

/// Paints the torso, texel by texel.
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
    // Threads hang from the shoulders; what bulges forward pulls them down, sleeves are aslant.
    const float arm = std::max(0.f, std::abs(p.x) - sleeve(p.y));
    const cv::Point2f s(p.x, p.y - 0.3f * p.z + 0.5f * arm);
    const float cloth = covered(o_, p);
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
      const float edge = within_jacket(o_.front, p);
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

/// Adds a trim that shows a strip of the texture.
void add(Mesh &mesh, Mesh trim, Strip strip) {
  for (cv::Point2f &uv : trim.uv) {
    const float row = 1.5f + uv.y * (kStripHeight - 3);
    uv.y = (static_cast<float>(kTorsoHeight + strip * kStripHeight) + row) / kHeight;
  }
  append(mesh, trim);
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
    const bool jacket = o.jacket && (p.y > o.front.button_y || within_jacket(o.front, p) > 0);
    clothes.bare.push_back(jacket ? 0 : 1 - covered(o, p));
  }
  for (cv::Point2f &uv : clothes.mesh.uv) uv.y *= static_cast<float>(kTorsoHeight) / kHeight;
  float strip_lengths[kStrips] = {2.2f, 1.5f, 2.0f}, strip_widths[kStrips] = {0.1f, 0.35f, 0.22f};
  bool ribbed = false;
  switch (o.garment) {
    case Garment::CrewNeck:
    case Garment::VNeck:
      add(clothes.mesh, make_band(torso, o.neckline, random.uniform(0.06f, 0.10f), 0.014f), kMain);
      ribbed = true;
      break;
    case Garment::Blouse:
      add(clothes.mesh, make_band(torso, o.neckline, 0.03f, 0.012f), kMain);
      break;
    case Garment::Straps:
      break;
    case Garment::Shirt:
    case Garment::Jacket:
      add(clothes.mesh,
          make_collar(torso, random.uniform(0.38f, 0.6f), random.uniform(0.34f, 0.44f),
                      random.uniform(0.32f, 0.40f)),
          kMain);
      strip_widths[kMain] = 0.4f;
      break;
    case Garment::ShirtAndTie:
    case Garment::JacketAndTie:
      add(clothes.mesh,
          make_collar(torso, 0.12f, random.uniform(0.22f, 0.34f), random.uniform(0.32f, 0.40f)),
          kMain);
      add(clothes.mesh, make_tie(torso, random.uniform(0.12f, 0.17f)), kTie);
      strip_widths[kMain] = 0.4f;
      break;
    case Garment::Hoodie:
      add(clothes.mesh, make_hood(torso, random), kMain);
      add(clothes.mesh, make_cords(torso, random), kTie);
      o.tie = o.fabric;
      o.tie.color = random.chance(0.5f) ? cv::Vec3f(0.6f, 0.62f, 0.62f) : o.fabric.color * 0.8f;
      o.tie.pattern = Pattern::Plain;
      strip_widths[kMain] = 0.4f;
      break;
    case Garment::RollNeck:
      add(clothes.mesh,
          make_roll_neck(random.uniform(0.93f, 0.99f), random.uniform(1.19f, 1.26f),
                         random.uniform(0.035f, 0.06f)),
          kMain);
      ribbed = o.fabric.pattern != Pattern::Plain || random.chance(0.5f);
      strip_widths[kMain] = 0.3f;
      break;
  }
  if (o.jacket) add(clothes.mesh, make_lapels(torso, o.front), kOver);

  const cv::Size size(kWidth, kHeight);
  const cv::Mat grain = make_grain(random, size);
  cv::Mat color(size, CV_32FC3), gloss(size, CV_32FC1);
  const Painter painter(o, torso, skin, random);
  for (int y = 0; y < kTorsoHeight; ++y)
    painter.row(y, grain.ptr<float>(y), color.ptr<cv::Vec3f>(y), gloss.ptr<float>(y));
  const Fabric *fabrics[kStrips] = {&o.fabric, &o.over, &o.tie};
  for (int y = kTorsoHeight; y < kHeight; ++y) {
    const int strip = (y - kTorsoHeight) / kStripHeight;
    Fabric fabric = *fabrics[strip];
    if (strip == kMain && ribbed) fabric.pattern = Pattern::Ribs, fabric.scale = 0.028f;
    const float v = static_cast<float>((y - kTorsoHeight) % kStripHeight) / kStripHeight;
    const float edges = 1 - 0.25f * smooth_step(0.9f, 1.f, v);
    for (int x = 0; x < kWidth; ++x) {
      const float along = static_cast<float>(x) / kWidth * strip_lengths[strip];
      const float across = v * strip_widths[strip];
      // A tie's stripes run aslant.
      const float down = strip == kTie ? across + 0.7f * along : across;
      // A jacket's threads run along its lapels.
      const cv::Vec3f cloth = strip == kOver ? fabric.at(across, along, grain.at<float>(y, x))
                                             : fabric.at(along, down, grain.at<float>(y, x));
      color.at<cv::Vec3f>(y, x) = cloth * edges;
      gloss.at<float>(y, x) = fabric.gloss;
    }
  }
  clothes.texture = Texture(color, gloss);
  clothes.bare.resize(clothes.mesh.points.size());
  for (cv::Point3f &p : clothes.mesh.points) p.y -= kRaise;
  return clothes;
}

}  // namespace hyperlips::synth
