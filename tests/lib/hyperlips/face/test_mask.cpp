// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "common/fixtures.hpp"
#include "hyperlips/face/mask.hpp"

namespace hyperlips {
namespace {

constexpr float kFeather = 0.12f;
constexpr std::array kLips{61, 146, 91, 181, 84,  17,  314, 405, 321, 375, 291, 185, 40,
                           39, 37,  0,  267, 269, 270, 409, 13,  14,  78,  308, 18,  200};
constexpr std::array kEyesAndNose{33, 133, 362, 263, 468, 473, 168, 6, 1, 4, 5, 44, 274, 10};

struct Shot {
  std::string name;
  cv::Size size;
  Landmarks landmarks;
};

std::vector<Shot> shots() {
  std::ifstream file(test::data_file("face/mask_landmarks.json"));
  std::vector<Shot> all;
  for (const auto &entry : nlohmann::json::parse(file)) {
    Shot shot{entry["name"], {entry["width"], entry["height"]}, {}};
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      const auto &p = entry["landmarks"][i];
      shot.landmarks[i] = {p[0], p[1], p[2]};
    }
    all.push_back(std::move(shot));
  }
  return all;
}

Box box_of(const Landmarks &landmarks) {
  Box box{1e9f, 1e9f, -1e9f, -1e9f};
  for (const auto &p : landmarks)
    box = {std::min(box.x0, p.x), std::min(box.y0, p.y), std::max(box.x1, p.x),
           std::max(box.y1, p.y)};
  return box;
}

Landmarks transformed(Landmarks landmarks, const cv::Matx23f &map) {
  for (auto &p : landmarks) {
    const cv::Vec2f q = map * cv::Vec3f(p.x, p.y, 1);
    p.x = q[0], p.y = q[1];
  }
  return landmarks;
}

Landmarks shifted(const Landmarks &landmarks, float x, float y) {
  return transformed(landmarks, {1, 0, x, 0, 1, y});
}

Mask mask_of(const Landmarks &landmarks, cv::Size size, float feather = kFeather) {
  return lower_face_mask(landmarks, box_of(landmarks), feather, size);
}

/// The mask at integer coordinates.
float at(const Mask &mask, cv::Point p) {
  return mask.rect.contains(p) ? mask.alpha.at<float>(p - mask.rect.tl()) : 0;
}

float at(const Mask &mask, const cv::Point3f &p) {
  return at(mask, cv::Point(cvRound(p.x), cvRound(p.y)));
}

TEST(Mask, OneOnMouthZeroAbove) {
  for (const Shot &shot : shots()) {
    const Mask mask = mask_of(shot.landmarks, shot.size);
    for (const int i : kLips)
      EXPECT_GT(at(mask, shot.landmarks[i]), 0.99f) << shot.name << " point " << i;
    for (const int i : kEyesAndNose)
      EXPECT_EQ(at(mask, shot.landmarks[i]), 0) << shot.name << " point " << i;
  }
}

TEST(Mask, FadesToBorderWithinBounds) {
  for (const Shot &shot : shots()) {
    const Mask mask = mask_of(shot.landmarks, shot.size);
    const Box box = box_of(shot.landmarks);
    ASSERT_EQ(mask.alpha.type(), CV_32FC1);
    ASSERT_EQ(mask.alpha.size(), mask.rect.size());
    EXPECT_GE(mask.rect.x, box.x0 - 0.5f);
    EXPECT_GE(mask.rect.y, box.center().y - 0.5f);
    EXPECT_LE(mask.rect.br().x - 1, box.x1 - 0.5f);
    EXPECT_LE(mask.rect.br().y - 1, box.y1 - 0.5f);
    double low = 0, high = 0;
    cv::minMaxLoc(mask.alpha, &low, &high);
    EXPECT_GE(low, 0);
    EXPECT_LE(high, 1);
    // No discontinuity, neither inside nor at the border.
    for (int y = -1; y <= mask.rect.height; ++y)
      for (int x = -1; x <= mask.rect.width; ++x) {
        const cv::Point p = mask.rect.tl() + cv::Point(x, y);
        const float step = std::max(std::abs(at(mask, p) - at(mask, p + cv::Point(1, 0))),
                                    std::abs(at(mask, p) - at(mask, p + cv::Point(0, 1))));
        ASSERT_LT(step, 0.3f) << shot.name << " at " << p;
      }
  }
}

TEST(Mask, FeatherWidth) {
  const Shot shot = shots()[1];
  double before = 1e9;
  for (const float feather : {0.02f, 0.08f, 0.15f, 0.3f}) {
    const double sum = cv::sum(mask_of(shot.landmarks, shot.size, feather).alpha)[0];
    EXPECT_LT(sum, before - 50) << feather;
    before = sum;
  }
  const Mask softest = mask_of(shot.landmarks, shot.size, 0.5f);
  for (const int i : kLips) EXPECT_GT(at(softest, shot.landmarks[i]), 0.99f) << i;
}

TEST(Mask, SubPixelMotion) {
  const Shot shot = shots()[3];
  const Mask mask = mask_of(shot.landmarks, shot.size);
  // Integer shifts are exact.
  const Mask whole = mask_of(shifted(shot.landmarks, 5, -3), shot.size);
  ASSERT_EQ(whole.rect, mask.rect + cv::Point(5, -3));
  EXPECT_LT(cv::norm(whole.alpha, mask.alpha, cv::NORM_INF), 2e-3);
  // Sub-pixel shifts move its center of gravity.
  const auto center = [](const Mask &m) {
    const cv::Moments moments = cv::moments(m.alpha);
    return cv::Point2d(m.rect.x + moments.m10 / moments.m00, m.rect.y + moments.m01 / moments.m00);
  };
  for (int tenth = 1; tenth <= 10; ++tenth) {
    const float shift = static_cast<float>(tenth) / 10;
    const cv::Point2d moved =
        center(mask_of(shifted(shot.landmarks, shift, -shift), shot.size)) - center(mask);
    EXPECT_NEAR(moved.x, shift, 0.01);
    EXPECT_NEAR(moved.y, -shift, 0.01);
  }
}

TEST(Mask, ScalesWithFace) {
  const Shot shot = shots()[0];
  const Mask small = mask_of(shot.landmarks, shot.size);
  const Mask large = mask_of(transformed(shot.landmarks, {4, 0, 0, 0, 4, 0}), shot.size * 4);
  for (int y = 0; y < small.rect.height; ++y)
    for (int x = 0; x < small.rect.width; ++x) {
      const cv::Point p = small.rect.tl() + cv::Point(x, y);
      ASSERT_NEAR(at(small, p), at(large, p * 4), 0.08) << p;
    }
}

TEST(Mask, ClippedByFrame) {
  const Shot shot = shots()[1];
  const Mask whole = mask_of(shot.landmarks, shot.size);
  const int cut = whole.rect.x + whole.rect.width / 2;
  const Mask left = mask_of(shifted(shot.landmarks, static_cast<float>(-cut), 0), shot.size);
  EXPECT_EQ(left.rect.x, 0);
  EXPECT_EQ(left.rect & cv::Rect({}, shot.size), left.rect);
  for (int y = 0; y < left.rect.height; ++y)
    for (int x = 0; x < left.rect.width; ++x) {
      const cv::Point p = left.rect.tl() + cv::Point(x, y);
      ASSERT_NEAR(at(left, p), at(whole, p + cv::Point(cut, 0)), 2e-3) << p;
    }
  EXPECT_TRUE(mask_of(shifted(shot.landmarks, -3000, 0), shot.size).rect.empty());
  EXPECT_TRUE(mask_of(shifted(shot.landmarks, 0, 3000), shot.size).rect.empty());
  EXPECT_TRUE(lower_face_mask(shot.landmarks, {}, kFeather, shot.size).rect.empty());
}

/// The face with its mouth and jaw moved down by a fraction of its width.
Landmarks with_jaw_at(const Landmarks &landmarks, float by) {
  Landmarks moved = landmarks;
  const Box box = box_of(landmarks);
  const float lips = landmarks[0].y;
  for (auto &p : moved)
    p.y += by * box.width() *
           std::clamp((p.y - lips) / std::max(landmarks[152].y - lips, 1.0f), 0.0f, 1.0f);
  return moved;
}

TEST(Mask, CoversTheLowerOfTwoChins) {
  for (const Shot &shot : shots()) {
    Box box = box_of(shot.landmarks);
    const float width = box.width();
    box.y1 += 0.15f * width;
    for (const float by : {-0.05f, 0.05f}) {
      // The generated jaw is higher or lower than that of the frame.
      const Landmarks drawn = with_jaw_at(shot.landmarks, by);
      const Mask mask = lower_face_mask(shot.landmarks, box, kFeather, shot.size, &drawn);
      const Landmarks &lower = by > 0 ? drawn : shot.landmarks;
      for (const int i : {148, 152, 377}) {
        if (lower[i].y > static_cast<float>(shot.size.height) - 0.05f * width) continue;
        EXPECT_GT(at(mask, lower[i]), 0.95f) << shot.name << " point " << i << ", " << by;
        EXPECT_GT(at(mask, lower[i] + cv::Point3f(0, 0.02f * width, 0)), 0.7f)
            << shot.name << " below point " << i << ", " << by;
      }
    }
    // Equal jaws need no room.
    const Mask alone = lower_face_mask(shot.landmarks, box, kFeather, shot.size);
    const Mask equal = lower_face_mask(shot.landmarks, box, kFeather, shot.size, &shot.landmarks);
    ASSERT_EQ(alone.rect, equal.rect);
    EXPECT_EQ(cv::norm(alone.alpha, equal.alpha, cv::NORM_INF), 0);
  }
}

TEST(Mask, TiltedHead) {
  for (const Shot &shot : shots())
    for (const float degrees : {-35.0f, -15.0f, 20.0f, 35.0f}) {
      const cv::Point2f center = box_of(shot.landmarks).center();
      const float c = std::cos(degrees * 0.0174533f), s = std::sin(degrees * 0.0174533f);
      const Landmarks turned =
          transformed(shot.landmarks, {c, -s, center.x - c * center.x + s * center.y,  //
                                       s, c, center.y - s * center.x - c * center.y});
      const Mask mask = mask_of(turned, shot.size);
      const Box box = box_of(turned);
      for (const int i : kLips) {
        if (turned[i].y > box.center().y + 0.1f * box.height()) {
          EXPECT_GT(at(mask, turned[i]), 0.99f) << shot.name << " " << degrees << " point " << i;
        }
      }
      for (const int i : {33, 133, 362, 263, 4, 1})
        EXPECT_LT(at(mask, turned[i]), 0.01f) << shot.name << " " << degrees << " point " << i;
    }
}

}  // namespace
}  // namespace hyperlips
