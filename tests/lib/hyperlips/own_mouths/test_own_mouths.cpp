// SPDX-License-Identifier: LGPL-2.1-or-later
// Choosing mouths from a bank and drawing them.
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <set>

#include "common/talking_bank.hpp"
#include "hyperlips/own_mouths/mouth_chooser.hpp"
#include "hyperlips/own_mouths/mouth_renderer.hpp"
#include "hyperlips/own_mouths/smooth_warp.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr double kFrame = 0.04;

const Bank &bank() {
  static const Bank bank = talking_bank(100, 120);
  return bank;
}

WantedMouth mouth_of(std::size_t frame) { return {bank().frames[frame].shape.values(), 0}; }

TargetFace target_of(std::size_t frame) {
  return {bank().frames[frame].pose, bank().frames[frame].skin};
}

cv::Mat texture(cv::Size size) {
  cv::Mat picture(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      picture.at<cv::Vec3b>(y, x) = {uchar(128 + 60 * std::sin(x * 0.2)),
                                     uchar(128 + 60 * std::sin(y * 0.15)), uchar(x + y)};
  return picture;
}

}  // namespace

TEST(SmoothWarp, IdentityKeepsThePicture) {
  const cv::Mat picture = texture({90, 70});
  const std::vector<cv::Point2f> points{{0, 0}, {80, 5}, {10, 60}, {50, 30}, {70, 60}};
  const cv::Mat same = smooth_warp(picture, points, points, {0, 0, 90, 70}, 0);
  EXPECT_LE(cv::norm(picture, same, cv::NORM_INF), 1);
}

TEST(SmoothWarp, FollowsAnAffineMap) {
  const cv::Mat picture = texture({120, 120});
  std::vector<cv::Point2f> from, to;
  for (const cv::Point2f p : {cv::Point2f(10, 10), {100, 20}, {30, 100}, {60, 60}, {90, 90}}) {
    from.push_back(p);
    to.push_back({1.1f * p.x + 0.1f * p.y - 5, -0.05f * p.x + 0.95f * p.y + 3});
  }
  const cv::Mat warped = smooth_warp(picture, from, to, {10, 10, 90, 90}, 0);
  const cv::Matx23f map(1.1f, 0.1f, -5 - 10, -0.05f, 0.95f, 3 - 10);
  cv::Mat expected;
  cv::warpAffine(picture, expected, map, {90, 90}, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  EXPECT_LE(
      cv::norm(warped(cv::Rect(10, 10, 70, 70)), expected(cv::Rect(10, 10, 70, 70)), cv::NORM_L1) /
          (70 * 70 * 3),
      1.0);
}

TEST(MouthChooser, FindsTheWantedMouth) {
  // Frames whose mouth and pose are in the bank, one by one: no continuity.
  double worst = 0;
  for (std::size_t n = 0; n < 100; n += 7) {
    MouthChooser chooser(bank());
    const std::vector<WantedMouth> wanted{mouth_of(n)};
    const ChosenMouth chosen = chooser.choose(target_of(n), wanted, kFrame);
    worst = std::max(worst, double(std::abs(bank().frames[chosen.frame].shape.opening -
                                            bank().frames[n].shape.opening)));
  }
  EXPECT_LT(worst, 0.01);
}

TEST(MouthChooser, PlaysARunAsItIs) {
  MouthChooser chooser(bank());
  std::vector<WantedMouth> wanted;
  for (std::size_t n = 20; n < 60; ++n) wanted.push_back(mouth_of(n));
  int natural = 0;
  std::size_t last = 0;
  for (std::size_t n = 20; n < 50; ++n) {
    const ChosenMouth chosen =
        chooser.choose(target_of(n), std::span(wanted).subspan(n - 20, 10), kFrame);
    natural += n > 20 && chosen.frame == last + 1;
    last = chosen.frame;
  }
  EXPECT_GE(natural, 24);
}

// The frame that is re-dubbed is often in the bank. Its own mouth must not win for its pose.
TEST(MouthChooser, OwnFrameHasNoAdvantage) {
  int same = 0;
  for (std::size_t n = 5; n < 95; n += 3) {
    MouthChooser chooser(bank());
    // The mouth of a frame with a similar pose, half a period of the mouth later.
    const std::vector<WantedMouth> wanted{mouth_of(n + 4)};
    const ChosenMouth chosen = chooser.choose(target_of(n), wanted, kFrame);
    same +=
        std::abs(mouth_of(n).values[0] - mouth_of(n + 4).values[0]) > 0.03f && chosen.frame == n;
  }
  EXPECT_EQ(same, 0);
}

TEST(MouthChooser, ClosesTheLips) {
  MouthChooser chooser(bank());
  WantedMouth half{bank().mean, 1};
  const ChosenMouth chosen = chooser.choose(target_of(0), {{half}}, kFrame);
  MouthChooser other(bank());
  const ChosenMouth open = other.choose(target_of(0), {{WantedMouth{bank().mean, 0}}}, kFrame);
  EXPECT_LT(bank().frames[chosen.frame].shape.opening, bank().closed + 0.02f);
  EXPECT_GT(bank().frames[open.frame].shape.opening, bank().frames[chosen.frame].shape.opening);
}

// Even if the wanted mouth does not move.
TEST(MouthChooser, DoesNotFreeze) {
  MouthChooser chooser(bank());
  const std::vector<WantedMouth> wanted(10, WantedMouth{bank().mean, 0});
  std::set<std::size_t> shown;
  std::size_t last = 1000;
  int held = 0;
  for (int n = 0; n < 40; ++n) {
    const std::size_t frame = chooser.choose(target_of(0), wanted, kFrame).frame;
    held = frame == last ? held + 1 : 0;
    EXPECT_LE(held, 6);
    shown.insert(last = frame);
  }
  EXPECT_GE(shown.size(), 5u);
}

// A bank of 25 frames per second in videos of 50 and 12.5.
TEST(MouthChooser, KeepsTheSpeedOfTheFootage) {
  for (const double step : {0.5, 2.0}) {
    MouthChooser chooser(bank());
    std::size_t last = 1000;
    int natural = 0, jumps = 0;
    double moved = 0;
    for (int n = 0; n < int(40 / step); ++n) {
      std::vector<WantedMouth> wanted;
      for (int k = 0; k < 8; ++k) wanted.push_back(mouth_of(20 + std::size_t((n + k) * step)));
      const std::size_t frame =
          chooser.choose(target_of(20 + std::size_t(n * step)), wanted, step * kFrame).frame;
      if (frame >= last && frame <= last + 2) {
        ++natural;
        moved += double(frame - last);
      } else {
        ++jumps;
      }
      last = frame;
    }
    EXPECT_LE(jumps, 8) << step;
    EXPECT_NEAR(moved / natural, step, 0.2 * step);
  }
}

TEST(MouthChooser, TellsHowFarThePoseIs) {
  MouthChooser chooser(bank());
  TargetFace away = target_of(0);
  const float c = std::cos(0.7f), s = std::sin(0.7f);
  away.pose.rotation = cv::Matx33f(c, 0, -s, 0, 1, 0, s, 0, c) * away.pose.rotation;
  EXPECT_GT(chooser.choose(away, {{mouth_of(3)}}, kFrame).pose_error, 0.4f);
  chooser.reset();
  EXPECT_LT(chooser.choose(target_of(0), {{mouth_of(3)}}, kFrame).pose_error, 0.1f);
}

TEST(MouthRenderer, ReproducesAFrameOfTheBank) {
  MouthRenderer renderer(bank());
  const BankFrame &frame = bank().frames[12];
  const RenderedMouth made =
      renderer.render({.frame = 12, .other = 12}, frame.landmarks, frame.pose);
  const cv::Mat original = picture_of(bank(), 12);
  const cv::Rect inside = made.rect & cv::Rect({}, original.size());
  const cv::Mat drawn = made.picture(inside - made.rect.tl());
  // But for the edges of the picture, which the drawn box leaves.
  EXPECT_LT(cv::norm(drawn, original(inside), cv::NORM_L1) / (inside.area() * 3), 1.0);
}

TEST(MouthRenderer, PutsTheMouthIntoAnotherPose) {
  PosedHead person(120);
  FacePose pose;
  pose.yaw = 0.08f;
  pose.roll = 0.1f;
  pose.head_x = 0.1f;
  const Landmarks target = person.draw(pose).face.landmarks;
  // The widest mouth of the bank.
  const auto widest =
      std::size_t(std::ranges::max_element(bank().frames, {},
                                           [](const BankFrame &f) { return f.shape.opening; }) -
                  bank().frames.begin());
  MouthRenderer renderer(bank());
  const RenderedMouth made =
      renderer.render({.frame = widest, .other = widest}, target, fit_head(target, bank().head));
  const MouthShape found =
      mouth_shape(in_head(made.landmarks, fit_head(made.landmarks, bank().head)));
  EXPECT_NEAR(found.opening, bank().frames[widest].shape.opening, 0.01f);
  // The truth: the same mouth drawn in that pose.
  FacePose wanted = scripted_pose(int(widest));
  wanted.yaw = pose.yaw;
  wanted.pitch = pose.pitch;
  wanted.roll = pose.roll;
  wanted.head_x = pose.head_x;
  const PosedFrame truth = person.draw(wanted);
  for (const int lip : {13, 14, 61, 291, 0, 17})
    EXPECT_LT(
        std::hypot(made.landmarks[std::size_t(lip)].x - truth.face.landmarks[std::size_t(lip)].x,
                   made.landmarks[std::size_t(lip)].y - truth.face.landmarks[std::size_t(lip)].y),
        2.5)
        << lip;
  std::vector<cv::Point2f> lips;
  for (const int i : kLipLandmarks)
    lips.emplace_back(truth.face.landmarks[std::size_t(i)].x,
                      truth.face.landmarks[std::size_t(i)].y);
  const cv::Rect box = cv::boundingRect(lips);
  const double error =
      cv::norm(made.picture(box - made.rect.tl()), truth.picture(box), cv::NORM_L1) /
      (box.area() * 3);
  const double pasted =
      cv::norm(person.draw(pose).picture(box), truth.picture(box), cv::NORM_L1) / (box.area() * 3);
  EXPECT_LT(error, 0.5 * pasted);
}

TEST(MouthRenderer, MixesTwoMouths) {
  const BankFrame &frame = bank().frames[2];
  std::size_t open = 0, closed = 0;
  for (std::size_t n = 1; n < 30; ++n) {
    if (bank().frames[n].shape.opening > bank().frames[open].shape.opening) open = n;
    if (bank().frames[n].shape.opening < bank().frames[closed].shape.opening) closed = n;
  }
  MouthRenderer renderer(bank());
  const auto opening = [&](const ChosenMouth &mouth) {
    const RenderedMouth made = renderer.render(mouth, frame.landmarks, frame.pose);
    return mouth_shape(in_head(made.landmarks, fit_head(made.landmarks, bank().head))).opening;
  };
  const float most = opening({.frame = open, .other = open});
  const float least = opening({.frame = closed, .other = closed});
  const float half = opening({.frame = open, .other = closed, .mix = 0.5f});
  EXPECT_NEAR(half, (most + least) / 2, 0.1f * most);
}
