// SPDX-License-Identifier: LGPL-2.1-or-later
// Tracks belong to people: when they cross, move fast, are covered, or change places in a dissolve.
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/pasted_head.hpp"
#include "common/timed_tracker.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/appearance.hpp"

namespace hyperlips {
namespace {

using test::PastedHead;
using test::TimedTracker;

const cv::Scalar kWall(120, 110, 100);

float distance(const Box &a, const Box &b) {
  const cv::Point2f off = a.center() - b.center();
  return std::hypot(off.x, off.y) / b.width();
}

/// Which of two heads each track is on, in all frames.
class Identities {
 public:
  /// Checks the faces of a frame against the true boxes. A face between both is not judged.
  void check(const std::vector<Face> &faces, const Box &a, const Box &b, int frame) {
    for (const Face &face : faces) {
      const float to_a = distance(face.box, a), to_b = distance(face.box, b);
      if (std::min(to_a, to_b) > 0.4f || std::abs(to_a - to_b) < 0.2f) continue;
      const int head = to_a < to_b ? 0 : 1;
      const auto known = heads_.try_emplace(face.track_id, head).first;
      EXPECT_EQ(known->second, head) << "track " << face.track_id << " in frame " << frame;
    }
  }
  std::size_t tracks() const { return heads_.size(); }

 private:
  std::map<std::int64_t, int> heads_;  ///< by track id
};

TEST(People, CrossingFacesKeepTheirIds) {
  for (const std::uint64_t seed : {100u, 104u}) {
    const PastedHead behind(seed, test::speaking_poses()), front(seed + 1, test::speaking_poses());
    for (const int frames : {50, 25}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << frames << " frames");
      TimedTracker tracker({.max_faces = 4});
      Identities who;
      std::vector<Face> faces;
      for (int i = 0; i < frames; ++i) {
        cv::Mat frame(360, 640, CV_8UC3, kWall);
        const float x = 100 + 440 * float(i) / float(frames - 1);
        const Box a = bounding_box(behind.draw(frame, {x, 195}, std::size_t(i)));
        const Box b = bounding_box(front.draw(frame, {640 - x, 185}, std::size_t(i) + 3));
        faces = tracker.next(view_of(frame));
        who.check(faces, a, b, i);
      }
      EXPECT_EQ(faces.size(), 2u);
      EXPECT_EQ(who.tracks(), 2u);
    }
  }
}

TEST(People, CoveredFaceIsFoundAgain) {
  const PastedHead behind(120, test::speaking_poses()), front(121, test::speaking_poses());
  TimedTracker tracker({.max_faces = 4});
  Identities who;
  std::vector<Face> faces;
  int covered = 0;
  // The front head comes, waits for two seconds before the other one, and goes on.
  for (int i = 0; i < 100; ++i) {
    cv::Mat frame(360, 640, CV_8UC3, kWall);
    const float x = i < 25 ? 600 - 11.2f * float(i) : i < 75 ? 320 : 320 - 11.2f * float(i - 75);
    const Box a = bounding_box(behind.draw(frame, {320, 190}, std::size_t(i)));
    const Box b = bounding_box(front.draw(frame, {x, 185}, std::size_t(i)));
    faces = tracker.next(view_of(frame));
    who.check(faces, a, b, i);
    covered += faces.size() == 1;
  }
  EXPECT_GT(covered, 45);
  EXPECT_EQ(faces.size(), 2u);
  EXPECT_EQ(who.tracks(), 2u);
}

/// A head whose position in frame `i` is given, in widths of the face.
void follow(const std::function<cv::Point2f(int)> &place, int blur) {
  for (const std::uint64_t seed : {202u}) {
    SCOPED_TRACE(seed);
    const PastedHead head(seed, test::speaking_poses(4), 320);
    TimedTracker tracker({.max_faces = 4});
    for (int i = 0; i < 50; ++i) {
      cv::Mat frame(360, 1280, CV_8UC3, kWall);
      const cv::Point2f center = cv::Point2f(640, 180) + 100 * place(i);
      const Box truth = bounding_box(head.draw(frame, center, std::size_t(i / 3)));
      if (blur > 1) cv::blur(frame, frame, {blur, 1});
      const auto faces = tracker.next(view_of(frame));
      ASSERT_EQ(faces.size(), 1u) << i;
      EXPECT_EQ(faces[0].track_id, 0) << i;
      EXPECT_LT(distance(faces[0].box, truth), 0.15f) << i;
    }
  }
}

TEST(People, FastMotionIsFollowed) {
  // Half a width per frame, there and back.
  follow(
      [](int i) {
        const int step = std::max(0, i - 8) % 36;
        return cv::Point2f(0.5f * float(step < 9 ? step : step < 27 ? 18 - step : step - 36), 0);
      },
      13);
}

TEST(People, ShakingHeadIsFollowed) {
  follow(
      [](int i) {
        return i < 8 ? cv::Point2f() : cv::Point2f(i % 2 ? 0.3f : -0.3f, i % 3 ? 0.1f : -0.1f);
      },
      1);
}

TEST(People, JumpIsFollowed) {
  follow([](int i) { return cv::Point2f(i / 10 % 2 ? 0.7f : 0, 0); }, 1);
}

TEST(People, LostFaceIsPredicted) {
  const PastedHead head(210, test::speaking_poses(4), 320);
  TimedTracker tracker({});
  Box last;
  for (int i = 0; i < 10; ++i) {
    cv::Mat frame(360, 640, CV_8UC3, kWall);
    head.draw(frame, {200 + 15 * float(i), 180});
    const auto faces = tracker.next(view_of(frame));
    ASSERT_EQ(faces.size(), 1u);
    EXPECT_TRUE(tracker.tracker().lost(1).empty());
    last = faces[0].box;
  }
  // It goes on by 15 pixels in the next frame, and slows down.
  const cv::Mat empty(360, 640, CV_8UC3, kWall);
  float before = last.center().x;
  for (int i = 1; i <= 8; ++i) {
    SCOPED_TRACE(i);
    const bool late = i == 3;
    const auto found = late ? tracker.skip(view_of(empty), 0.2) : tracker.next(view_of(empty));
    EXPECT_EQ(found.size(), late ? 1u : 0u);
    const auto lost = late ? found : tracker.tracker().lost(0.2);
    ASSERT_EQ(lost.size(), i <= 5 ? 1u : 0u);
    if (lost.empty()) continue;
    EXPECT_EQ(lost[0].track_id, 0);
    EXPECT_EQ(lost[0].box, bounding_box(lost[0].landmarks));
    EXPECT_NEAR(lost[0].box.center().y, last.center().y, 4);
    const float step = lost[0].box.center().x - before;
    EXPECT_GT(step, 3);
    EXPECT_LT(step, 17);
    before = lost[0].box.center().x;
  }
}

TEST(People, SkippedFramesNoticeCuts) {
  const PastedHead head(210, test::speaking_poses(1), 320);
  TimedTracker tracker({});
  cv::Mat frame(360, 640, CV_8UC3, kWall);
  head.draw(frame, {300, 180});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(tracker.next(view_of(frame)).size(), 1u);
  EXPECT_EQ(tracker.skip(view_of(frame), 0.5).size(), 1u);
  EXPECT_TRUE(tracker.skip(view_of(cv::Mat(360, 640, CV_8UC3, cv::Scalar::all(20))), 0.5).empty());
  EXPECT_EQ(tracker.next(view_of(frame)).at(0).track_id, 1);
}

TEST(People, SmallerLimitEndsYoungestTracks) {
  const PastedHead a(212, test::speaking_poses(1), 320), b(213, test::speaking_poses(1), 320);
  cv::Mat frame(360, 640, CV_8UC3, kWall);
  a.draw(frame, {160, 180});
  b.draw(frame, {480, 180});
  TimedTracker tracker({.max_faces = 2});
  EXPECT_EQ(tracker.next(view_of(frame)).size(), 2u);
  tracker.tracker().set_options({.max_faces = 1});
  const auto faces = tracker.next(view_of(frame));
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_EQ(faces[0].track_id, 0);
  EXPECT_THROW(tracker.tracker().set_options({.max_faces = 0}), Error);
  tracker.tracker().set_options({.max_faces = 2, .detect_interval = 1});
  EXPECT_EQ(tracker.next(view_of(frame)).size(), 2u);
}

/// Ids of a face in the same place that changes from one picture to another within a second.
std::vector<std::int64_t> ids_over(const std::function<cv::Mat(int, double)> &picture) {
  TimedTracker tracker({});
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 75; ++i) {
    const double mixed = std::clamp((i - 25) / 25.0, 0.0, 1.0);
    const auto faces = tracker.next(view_of(picture(i, mixed)));
    if (!faces.empty() && (ids.empty() || ids.back() != faces[0].track_id))
      ids.push_back(faces[0].track_id);
  }
  return ids;
}

TEST(People, DissolveStartsNewTrack) {
  for (const std::uint64_t seed : {220u, 228u}) {
    SCOPED_TRACE(seed);
    const PastedHead a(seed, test::speaking_poses()), b(seed + 1, test::speaking_poses());
    const auto ids = ids_over([&](int i, double mixed) {
      cv::Mat from(360, 480, CV_8UC3, kWall), to = from.clone();
      a.draw(from, {240, 190}, std::size_t(i));
      b.draw(to, {244, 190}, std::size_t(i));
      cv::addWeighted(from, 1 - mixed, to, mixed, 0, from);
      return from;
    });
    EXPECT_GE(ids.size(), 2u);
    EXPECT_LE(ids.size(), 3u);
  }
}

TEST(People, LightAndTurningKeepTheTrack) {
  std::vector<FacePose> poses;
  for (int i = 0; i < 25; ++i) {
    poses.emplace_back().yaw = 0.4f * std::sin(0.25f * float(i));
    poses.back().mouth.opening = 0.1f * float(i % 3);
  }
  for (const std::uint64_t seed : {225u}) {
    SCOPED_TRACE(seed);
    const PastedHead head(seed, poses);
    const auto ids = ids_over([&](int i, double mixed) {
      cv::Mat frame(360, 480, CV_8UC3, kWall);
      head.draw(frame, {240, 190}, std::size_t(i));
      frame.convertTo(frame, -1, 1 - 0.6 * mixed);
      return frame;
    });
    EXPECT_EQ(ids, std::vector<std::int64_t>{0});
  }
}

TEST(People, LooksTellPeopleApart) {
  std::vector<FacePose> poses(2);
  poses[1].yaw = 0.2f;
  poses[1].mouth.opening = 0.15f;
  std::vector<std::array<Appearance, 2>> people;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const PastedHead head(230 + seed, poses, 320);
    auto &looks = people.emplace_back();
    for (std::size_t i = 0; i < 2; ++i) {
      cv::Mat frame(360, 480, CV_8UC3, kWall);
      const Landmarks landmarks = head.draw(frame, {240, 180}, i);
      if (i == 1) frame.convertTo(frame, -1, 0.6);
      looks[i] = Appearance(view_of(frame), landmarks);
    }
  }
  EXPECT_TRUE(std::isinf(Appearance().distance(people[0][0])));
  for (std::size_t a = 0; a < people.size(); ++a)
    for (std::size_t b = 0; b < people.size(); ++b)
      if (a != b) {
        EXPECT_LT(people[a][0].distance(people[a][1]), people[a][0].distance(people[b][1]))
            << a << " " << b;
      }
}

}  // namespace
}  // namespace hyperlips
