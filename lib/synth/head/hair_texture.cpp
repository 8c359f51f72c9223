// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/hair_texture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"
#include "synth/render/procedural_noise.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kSheet = 576, kFall = 320, kOutline = 64;
constexpr float kTexelsPerRadian = kSheet / 2 / Scalp::kReach;
constexpr int kCells = 160;      // of the comb, each way
constexpr int kSteps = 420'000;  // total length of all hairs on the scalp, texels
constexpr float kCoils = 0.8f;   // curl above which hair forms coils, not waves
const cv::Vec3f kGray{0.34f, 0.345f, 0.34f};

/// Value noise of -1 ... 1 on the plane, one lattice cell per unit.
float smooth_noise(std::uint64_t seed, cv::Point2f p) {
  const float i = std::floor(p.x), j = std::floor(p.y);
  const float fx = smooth_step(0, 1, p.x - i), fy = smooth_step(0, 1, p.y - j);
  const int x = static_cast<int>(i), y = static_cast<int>(j);
  return lerp(lerp(lattice_value(seed, x, y), lattice_value(seed, x + 1, y), fx),
              lerp(lattice_value(seed, x, y + 1), lattice_value(seed, x + 1, y + 1), fx), fy);
}

/// Guides hairs on the scalp.
struct Cell {
  cv::Point2f flow;
  float inside, growth, overhang, parting, fill;
};

class Comb {
 public:
  Comb(const Scalp &scalp, const HairStyle &style, std::uint64_t seed)
      : cells_(static_cast<std::size_t>(kCells * kCells)) {
    const bool stubble = style.density < 0.9f;
    const float soft = stubble ? 0.20f : style.curl > kCoils ? 0.07f : 0.15f;
    for (int y = 0; y < kCells; ++y) {
      for (int x = 0; x < kCells; ++x) {
        const cv::Point2f place = cv::Point2f(static_cast<float>(x) + 0.5f - kCells / 2,
                                              static_cast<float>(y) + 0.5f - kCells / 2) *
                                  (2 * Scalp::kReach / kCells);
        Cell &cell = cells_[static_cast<std::size_t>(y * kCells + x)];
        const float turn = style.mess * (0.55f * smooth_noise(seed, place * 3) +
                                         0.7f * smooth_noise(seed + 1, place * 9));
        const cv::Point2f f = scalp.flow(place);
        cell.flow = {f.x * std::cos(turn) - f.y * std::sin(turn),
                     f.x * std::sin(turn) + f.y * std::cos(turn)};
        cell.inside = scalp.inside(place) + 0.03f * smooth_noise(seed + 2, place * 12);
        cell.growth = scalp.growth(place);
        cell.overhang = scalp.overhang(place);
        cell.parting = scalp.from_parting(place);
        cell.fill = smooth_step(0.01f, soft, cell.inside) * cell.growth * style.density *
                    smooth_step(0.004f, 0.03f, cell.parting);
      }
    }
  }
  const Cell &at(cv::Point2f place) const {
    const auto index = [](float p) {
      return std::clamp(static_cast<int>((p / (2 * Scalp::kReach) + 0.5f) * kCells), 0, kCells - 1);
    };
    return cells_[static_cast<std::size_t>(index(place.y) * kCells + index(place.x))];
  }
  cv::Mat fill() const {
    cv::Mat fill(kCells, kCells, CV_32FC1);
    std::transform(cells_.begin(), cells_.end(), fill.begin<float>(),
                   [](const Cell &cell) { return cell.fill; });
    return fill;
  }

 private:
  std::vector<Cell> cells_;
};

/// Paints hairs one texel wide on a sheet of B, G, R and opacity.
class Brush {
 public:
  explicit Brush(cv::Mat sheet) : sheet_(std::move(sheet)) {}

  void dab(cv::Point2f at, const cv::Vec3f &color, float cover) {
    at -= cv::Point2f(0.5f, 0.5f);
    const int x = cvFloor(at.x), y = cvFloor(at.y);
    if (x < 1 || y < 1 || x + 2 >= sheet_.cols || y + 2 >= sheet_.rows) return;
    const float fx = at.x - static_cast<float>(x), fy = at.y - static_cast<float>(y);
    const Float4 paint{color[0], color[1], color[2], 1};
    auto *above = sheet_.ptr<Float4>(y) + x, *below = sheet_.ptr<Float4>(y + 1) + x;
    above[0] += (paint - above[0]) * (cover * (1 - fx) * (1 - fy));
    above[1] += (paint - above[1]) * (cover * fx * (1 - fy));
    below[0] += (paint - below[0]) * (cover * (1 - fx) * fy);
    below[1] += (paint - below[1]) * (cover * fx * fy);
  }

 private:
  cv::Mat sheet_;  // CV_32FC4
};

/// The color of one hair after another.
class Dye {
 public:
  Dye(Random &random, const Person &person, std::uint64_t seed)
      : random_(random), person_(person), seed_(seed), color_(person.hair) {
    // Even black hair reflects a little.
    for (int k = 0; k < 3; ++k)
      color_[k] = std::max(color_[k], 0.013f + 0.001f * static_cast<float>(k));
  }
  cv::Vec3f hair(cv::Point2f lock) {
    const float tone =
        0.20f * smooth_noise(seed_ + 11, lock) + 0.16f * smooth_noise(seed_ + 12, lock * 3);
    const float light = std::max(0.35f, 1 + tone + 0.20f * std::clamp(random_.normal(), -2.f, 2.f));
    const float share = person_.grayness < 0.03f
                            ? 0
                            : person_.grayness * (1 + 0.35f * smooth_noise(seed_ + 13, lock));
    return (random_.chance(share) ? kGray : color_) * light;
  }
  cv::Vec3f ground() const { return lerp(color_, kGray, 0.8f * person_.grayness) * 0.45f; }

 private:
  Random &random_;
  const Person &person_;
  std::uint64_t seed_;
  cv::Vec3f color_;
};

struct Sheet {
  Brush brush;
  Dye &dye;
  Random &random;
};

/// The fraction `share` of all hairs on the map of the scalp.
void comb_hairs(Sheet &sheet, const Comb &comb, const HairStyle &style, std::uint64_t seed,
                float share, float opacity) {
  const bool coils = style.curl > kCoils;
  const float mean = 0.5f * (style.top_length + style.side_length);
  const float texels = std::clamp((coils ? 0.15f : mean) * kTexelsPerRadian, 4.f, 110.f);
  const int across =
      static_cast<int>(std::sqrt(share * std::min(60'000.f, 2.0f * kSteps / texels)));
  const int count = across * across;
  const float amplitude = style.curl * 0.028f, wave = lerp(0.42f, 0.14f, style.curl);
  // A stride coprime to the count visits all roots in a scattered order.
  int stride = static_cast<int>(0.618f * static_cast<float>(count)) | 1;
  while (count > 1 && std::gcd(stride, count) != 1) stride += 2;
  for (int k = 0; k < count; ++k) {
    const auto place = static_cast<int>(static_cast<std::int64_t>(k) * stride % count);
    Random &random = sheet.random;
    cv::Point2f p(
        (static_cast<float>(place % across) + random.uniform()) / static_cast<float>(across),
        (static_cast<float>(place / across) + random.uniform()) / static_cast<float>(across));
    p = (p - cv::Point2f(0.5f, 0.5f)) * (2 * Scalp::kReach);
    const Cell &root = comb.at(p);
    const float rooted = root.growth * smooth_step(-0.05f, 0.12f, root.inside) * style.density;
    // The back of the head is never visible.
    if (p.y < -1.05f || p.dot(p) > Scalp::kReach * Scalp::kReach || random.uniform() > rooted ||
        root.parting < 0.011f)
      continue;
    const float top = Scalp::topness(p);
    const float length = lerp(style.side_length, style.top_length, top) *
                         random.uniform(0.75f, 1.1f) * lerp(0.5f, 1.f, root.growth) *
                         (coils ? 1.5f : 1.f);
    const float stop = random.uniform(0.25f, 1.05f);
    const float own = 0.12f * random.normal() * (0.4f + style.mess);
    const float phase = 5 * smooth_noise(seed + 21, p * 6) + 0.5f * random.normal();
    const cv::Vec3f color = sheet.dye.hair(p * 7);
    constexpr float kStep = 0.9f / kTexelsPerRadian;
    const int steps = std::max(3, static_cast<int>(length / kStep));
    float heading = random.uniform(0, 2 * kPi);
    const float turn = kStep / random.uniform(0.014f, 0.034f) * (random.chance(0.5f) ? 1.f : -1.f);
    const Cell *cell = &root;
    for (int i = 0; i < steps; ++i) {
      const float t = static_cast<float>(i) / static_cast<float>(steps);
      if (i % 3 == 0) {
        cell = &comb.at(p);
        if (cell->inside < -cell->overhang * stop - 0.02f * (stop - 0.25f)) break;
      }
      cv::Point2f aside(0, 0);
      if (coils) {
        heading += turn;
        p += cv::Point2f(std::cos(heading), std::sin(heading)) * kStep;
      } else {
        const cv::Point2f f = cell->flow, n(-f.y, f.x);
        p += (f + n * own) * kStep;
        if (amplitude > 0)
          aside = n * (amplitude * smooth_step(0, 0.3f, t) *
                       std::sin(phase + 2 * kPi * static_cast<float>(i) * kStep / wave));
      }
      const float fade = smooth_step(0, 0.12f, t) * (1 - smooth_step(0.7f, 1.f, t));
      const float light = lerp(0.72f, 1.06f, smooth_step(0, 0.4f, t));
      sheet.brush.dab((p + aside) * kTexelsPerRadian + cv::Point2f(kSheet / 2, kSheet / 2),
                      color * light, opacity * (0.25f + 0.75f * fade));
    }
  }
}

/// Long hair: locks that end at different heights.
void drop_hairs(Sheet &sheet, const HairStyle &style, std::uint64_t seed, int count,
                float opacity) {
  const float amplitude = 3 + 15 * style.curl * style.curl + 4 * style.mess,
              wave = lerp(190.f, 46.f, style.curl);
  for (int k = 0; k < count; ++k) {
    Random &random = sheet.random;
    const float root = random.uniform(4, kSheet - 4);
    const float lock = root / 9 + 0.3f * random.normal();
    const float phase = 4 * smooth_noise(seed + 31, {lock * 0.45f, 0.5f}) + 0.35f * random.normal();
    const float end = kFall * (0.91f + 0.07f * smooth_noise(seed + 32, {lock * 0.8f, 0.5f}) +
                               0.03f * std::clamp(random.normal(), -2.f, 2.f));
    const float start = kFall * 0.16f * random.uniform();
    const float drift = 8 * smooth_noise(seed + 33, {lock * 0.3f, 0.5f}) + 3 * random.normal();
    const cv::Vec3f color = sheet.dye.hair({lock * 0.6f, 0.3f});
    for (float y = start; y < end; y += 0.9f) {
      const float t = y / kFall;
      // Locks gather towards their tips.
      const float gather = (std::round(lock / 2) * 18 - root) * 0.35f * smooth_step(0.5f, 1.f, t);
      const float x =
          root + drift * t * t + gather +
          amplitude * smooth_step(0.15f, 0.6f, t) * std::sin(phase + 2 * kPi * y / wave);
      const float fade = smooth_step(start, start + 20, y) * (1 - smooth_step(end - 26, end, y));
      sheet.brush.dab({x, y}, color * lerp(0.8f, 1.08f, t), opacity * fade);
    }
  }
}

/// Stray hairs: they run along the outline, or stand off if the hair is curly.
void stand_off(Sheet &sheet, const HairStyle &style, int width) {
  const bool coils = style.curl > kCoils, stubble = style.density < 0.9f;
  const int count = coils     ? 2600
                    : stubble ? 4200
                              : static_cast<int>(500 + 900 * style.mess + 1200 * style.curl);
  for (int k = 0; k < count; ++k) {
    Random &random = sheet.random;
    cv::Point2f p(random.uniform(2, static_cast<float>(width) - 2),
                  kOutline - 2 - (coils ? random.uniform() * random.uniform() * 40 : 0));
    const float steep = coils || stubble ? 1.f : 0.12f + 0.5f * style.mess * random.uniform();
    float heading =
        stubble ? -kPi / 2 + 0.3f * random.normal()
                : (random.chance(0.5f) ? -steep : -kPi + steep) * random.uniform(0.5f, 1.3f);
    const float turn = coils ? (random.chance(0.5f) ? 0.35f : -0.35f) * random.uniform(0.6f, 1.4f)
                             : 0.03f * random.normal() * (0.3f + style.curl * 3);
    const int steps =
        stubble ? static_cast<int>(20 + 30 * random.uniform())
                : static_cast<int>(lerp(90.f, 26.f, style.curl) * random.uniform(0.4f, 1.2f));
    const cv::Vec3f color = sheet.dye.hair(p * 0.05f);
    for (int i = 0; i < steps; ++i) {
      heading += turn;
      p += cv::Point2f(std::cos(heading), std::sin(heading)) * 0.9f;
      const float t = static_cast<float>(i) / static_cast<float>(steps);
      sheet.brush.dab(p, color, (coils ? 0.8f : 0.6f) * (1 - smooth_step(0.5f, 1.f, t)));
    }
  }
}

/// The shade between the hairs, with the opacity `fill` (CV_32FC1), scaled to the sheet.
void grow_ground(cv::Mat sheet, const cv::Vec3f &ground, const cv::Mat &fill) {
  cv::Mat opacity;
  cv::resize(fill, opacity, sheet.size(), 0, 0, cv::INTER_LINEAR);
  for (int y = 0; y < sheet.rows; ++y) {
    for (int x = 0; x < sheet.cols; ++x)
      sheet.at<Float4>(y, x) = Float4{ground[0], ground[1], ground[2], opacity.at<float>(y, x)};
  }
}

/// The same for long hair, which is thin at its sides and ends unevenly.
void fall_ground(cv::Mat sheet, const cv::Vec3f &ground, std::uint64_t seed) {
  std::vector<float> side, end;
  for (int x = 0; x < sheet.cols; ++x) {
    side.push_back(smooth_step(8, 44, static_cast<float>(std::min(x, sheet.cols - 1 - x))));
    end.push_back(0.86f + 0.05f * smooth_noise(seed + 42, {static_cast<float>(x) / 14, 0.5f}));
  }
  for (int y = 0; y < sheet.rows; ++y) {
    const float t = static_cast<float>(y) / static_cast<float>(sheet.rows);
    const float root = smooth_step(0.1f, 0.3f, t);
    for (int x = 0; x < sheet.cols; ++x) {
      const auto i = static_cast<std::size_t>(x);
      const float fill = root * side[i] * (1 - smooth_step(end[i] - 0.12f, end[i], t));
      sheet.at<Float4>(y, x) = Float4{ground[0], ground[1], ground[2], fill};
    }
  }
}

}  // namespace

HairSheets::HairSheets(std::uint64_t seed, const Person &person, const HairStyle &style,
                       const Scalp &scalp) {
  Random random(seed, kStreamHair + 1000);
  const std::uint64_t noise = random.bits();
  Dye dye(random, person, noise);
  const int fall = style.length > 0 ? kFall : 0;
  const cv::Size size(2 * kSheet, kSheet + fall + kOutline);
  const cv::Vec3f ground = dye.ground();
  const cv::Rect scalp_part(0, 0, kSheet, kSheet), fall_part(0, kSheet, kSheet, fall);
  cv::Mat all(size, CV_32FC4);
  all(cv::Rect(kSheet, 0, kSheet, kSheet + fall)) = cv::Scalar(ground[0], ground[1], ground[2]);
  all.rowRange(kSheet + fall, size.height) = cv::Scalar(ground[0], ground[1], ground[2]);
  const auto sheet = [&](cv::Rect part) { return Sheet{Brush(all(part)), dye, random}; };
  const cv::Point aside(kSheet, 0);
  const Comb comb(scalp, style, noise);
  grow_ground(all(scalp_part), ground, comb.fill());
  Sheet dense = sheet(scalp_part), loose = sheet(scalp_part + aside);
  const bool stubble = style.density < 0.9f;
  comb_hairs(dense, comb, style, noise, 1, stubble ? 0.5f : 0.85f);
  if (!stubble) comb_hairs(loose, comb, style, noise + 100, 0.07f, 0.6f);
  if (fall > 0) {
    fall_ground(all(fall_part), ground, noise);
    Sheet mass = sheet(fall_part), strays = sheet(fall_part + aside);
    drop_hairs(mass, style, noise, 1250, 0.9f);
    drop_hairs(strays, style, noise + 100, 130, 0.55f);
  }
  Sheet outline = sheet({0, kSheet + fall, 2 * kSheet, kOutline});
  stand_off(outline, style, 2 * kSheet);
  color_.create(size, CV_32FC3);
  opacity_.create(size, CV_32FC1);
  std::array parts{color_, opacity_};
  cv::mixChannels(std::array{all}.data(), 1, parts.data(), 2,
                  std::array{0, 0, 1, 1, 2, 2, 3, 3}.data(), 4);
}

cv::Point2f HairSheets::on_scalp(cv::Point2f place, bool loose) const {
  const cv::Point2f texel = place * kTexelsPerRadian + cv::Point2f(kSheet / 2, kSheet / 2);
  return {(texel.x + (loose ? kSheet : 0)) / static_cast<float>(color_.cols),
          texel.y / static_cast<float>(color_.rows)};
}

cv::Point2f HairSheets::falling(float across, float down, bool loose) const {
  return {(2 + across * (kSheet - 4) + (loose ? kSheet : 0)) / static_cast<float>(color_.cols),
          (kSheet + 2 + down * (kFall - 4)) / static_cast<float>(color_.rows)};
}

cv::Point2f HairSheets::outline(float along, float out) const {
  return {along, (static_cast<float>(color_.rows) - 2 - out * (kOutline - 4)) /
                     static_cast<float>(color_.rows)};
}

float HairSheets::opacity_at(cv::Point2f uv) const {
  const int x = std::clamp(cvFloor(uv.x * static_cast<float>(opacity_.cols)), 0, opacity_.cols - 1);
  const int y = std::clamp(cvFloor(uv.y * static_cast<float>(opacity_.rows)), 0, opacity_.rows - 1);
  return opacity_.at<float>(y, x);
}

}  // namespace hyperlips::synth
