// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "common/drawn_face.hpp"
#include "hyperlips/face/composite.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mask.hpp"
#include "hyperlips/face/tracker.hpp"

namespace hyperlips {
namespace {

const cv::Size kSize(200, 170);
constexpr double kFrame = 0.04;

DrawnFace drawn(float mouth, cv::Scalar skin = {136, 172, 216}) {
  return {.center = {0.48f, 0.5f}, .width = 0.5f, .mouth = mouth, .skin = skin};
}

const cv::Mat &original() {
  static const cv::Mat frame = draw_face(kSize, drawn(0.2f));
  return frame;
}

const Face &face() {
  static const Face found = Tracker(TrackerOptions{}).track(view_of(original()), 0).at(0);
  return found;
}

cv::Mat generated(cv::Scalar skin = {120, 150, 230}) {
  return crop_face(view_of(draw_face(kSize, drawn(1, skin))), face().box);
}

/// What a video of one frame, shown again and again, looks like with the given faces.
struct Show {
  Compositor compositor;
  double time = 0;

  cv::Mat next(const cv::Mat &frame, const Landmarks &landmarks, const cv::Mat &made,
               const Landmarks *drawn_landmarks = nullptr) {
    cv::Mat out = frame.clone();
    compositor.composite(view_of(out), 5, time, face().box, landmarks,
                         {made, face().box, true, drawn_landmarks}, {});
    time += kFrame;
    return out;
  }
};

cv::Mat alone(const cv::Mat &frame, const Landmarks &landmarks, const cv::Mat &made,
              const Landmarks *drawn_landmarks = nullptr) {
  cv::Mat out = frame.clone();
  composite(view_of(out), landmarks, {made, face().box, true, drawn_landmarks}, {});
  return out;
}

Landmarks jittered(cv::RNG &random, double by) {
  Landmarks landmarks = face().landmarks;
  for (auto &p : landmarks)
    p += cv::Point3f(float(random.gaussian(by)), float(random.gaussian(by)), 0);
  return landmarks;
}

/// Mean change of the pixels from picture to picture, where there is any.
double flicker(const std::vector<cv::Mat> &pictures) {
  double sum = 0;
  for (std::size_t i = 1; i < pictures.size(); ++i)
    sum += cv::norm(pictures[i], pictures[i - 1], cv::NORM_L1);
  return sum / double(pictures.size() - 1) / double(pictures[0].total());
}

TEST(Compositor, FirstFrameIsThatOfASinglePicture) {
  Show show;
  const cv::Mat made = generated();
  EXPECT_EQ(cv::norm(show.next(original(), face().landmarks, made),
                     alone(original(), face().landmarks, made), cv::NORM_INF),
            0);
}

TEST(Compositor, SteadyFaceStays) {
  Show show;
  const cv::Mat made = generated(), first = show.next(original(), face().landmarks, made);
  for (int n = 0; n < 5; ++n)
    EXPECT_LE(cv::norm(show.next(original(), face().landmarks, made), first, cv::NORM_INF), 1);
}

TEST(Compositor, NoiseOfLandmarksDoesNotShakeTheMask) {
  cv::RNG random(1);
  Show show;
  std::vector<cv::Mat> steady, raw;
  const cv::Mat made = generated();
  for (int n = 0; n < 40; ++n) {
    const Landmarks own = jittered(random, 0.7), other = jittered(random, 0.7);
    steady.push_back(show.next(original(), own, made, &other));
    raw.push_back(alone(original(), own, made, &other));
  }
  EXPECT_LT(flicker(steady), 0.5 * flicker(raw));
}

TEST(Compositor, NoiseOfTheFrameDoesNotFlickerInTheMouth) {
  cv::RNG random(2);
  Show show;
  std::vector<cv::Mat> steady, raw;
  const cv::Mat made = generated();
  // Inside the mask only the color correction changes.
  const cv::Point lips(cvRound(face().landmarks[13].x), cvRound(face().landmarks[13].y));
  const cv::Rect inside(lips - cv::Point(4, 4), cv::Size(9, 9));
  for (int n = 0; n < 40; ++n) {
    cv::Mat noise(kSize, CV_16SC3), frame;
    random.fill(noise, cv::RNG::NORMAL, 0, 25);
    cv::add(original(), noise, frame, {}, CV_8U);
    steady.push_back(show.next(frame, face().landmarks, made)(inside).clone());
    raw.push_back(alone(frame, face().landmarks, made)(inside).clone());
  }
  EXPECT_LT(flicker(steady), 0.5 * flicker(raw));
}

TEST(Compositor, OtherLightIsFollowedAtOnce) {
  Show show;
  const cv::Mat made = generated(), dark = original() * 0.6;
  for (int n = 0; n < 10; ++n) show.next(original(), face().landmarks, made);
  EXPECT_LE(cv::norm(show.next(dark, face().landmarks, made), alone(dark, face().landmarks, made),
                     cv::NORM_INF),
            15)
      << "the light fell by up to 80 levels";
}

TEST(Compositor, ForgetsAtResetsAndAfterASecond) {
  const cv::Mat made = generated(), other = generated({100, 140, 200});
  const cv::Mat fresh = alone(original(), face().landmarks, other);
  Show show;
  show.next(original(), face().landmarks, made);
  show.compositor.reset();
  EXPECT_EQ(cv::norm(show.next(original(), face().landmarks, other), fresh, cv::NORM_INF), 0);
  show.next(original(), face().landmarks, made);
  show.time += 2;
  EXPECT_EQ(cv::norm(show.next(original(), face().landmarks, other), fresh, cv::NORM_INF), 0);
  show.next(original(), face().landmarks, made);
  show.time = 0;
  EXPECT_EQ(cv::norm(show.next(original(), face().landmarks, other), fresh, cv::NORM_INF), 0);
}

/// A frame of noise in planes, 8 bits or 10 bits of 4:2:0 with chroma between the rows.
struct PlanarFrame {
  explicit PlanarFrame(PixelFormat format, int side) : bytes(std::size_t(side * side * 3), 2) {
    const int wide = format == PixelFormat::I420_10LE ? 2 : 1;
    cv::RNG random(7);
    for (std::size_t i = 0; i < bytes.size(); i += std::size_t(wide))
      bytes[i] = std::uint8_t(random.uniform(90, 150));
    view.format = format;
    view.stored_width = view.stored_height = side;
    view.color.chroma_top = true;
    std::uint8_t *data = bytes.data();
    for (const int sub : {1, 2, 2}) {
      view.planes[std::size_t(planes++)] = {data, side / sub * wide};
      data += side / sub * (side / sub) * wide;
    }
  }

  std::vector<std::uint8_t> bytes;
  int planes = 0;
  FrameView view;
};

/// The face moved and scaled so that its crop is `box`, `up` higher in it, as a part of its height.
Landmarks in_box(const Box &box, float up) {
  Landmarks landmarks = face().landmarks;
  const Box &from = face().box;
  for (auto &p : landmarks) {
    p.x = box.x0 + (p.x - from.x0) / from.width() * box.width();
    p.y = box.y0 + ((p.y - from.y0) / from.height() - up) * box.height();
  }
  return landmarks;
}

// Whatever the size of the face, also where its nose is above the middle of the crop.
TEST(Composite, RowsAboveTheFirstShownOneDoNotMatter) {
  cv::RNG random(6);
  for (const auto format : {PixelFormat::I420, PixelFormat::I420_10LE})
    for (const int size : {20, 47, 128, 333})
      for (const float up : {0.0f, 0.25f})
        for (const float feather : {0.0f, 0.1f, 0.5f})
          for (const int side : {128, 512}) {
            const Box box{10, 11.3f, 10 + 0.8f * float(size), 11.3f + float(size)};
            cv::Mat picture(side, side, CV_8UC3), other;
            random.fill(picture, cv::RNG::UNIFORM, 0, 256);
            picture.copyTo(other);
            other.rowRange(0, kFirstShownRow * side / kCropSize) = cv::Scalar(255, 0, 255);
            const auto shown = [&](const cv::Mat &made) {
              PlanarFrame frame(format, (size + 32) / 2 * 2);
              const std::vector<std::uint8_t> before = frame.bytes;
              composite(frame.view, in_box(box, up), {made, box, true, nullptr}, {feather});
              EXPECT_NE(frame.bytes, before);
              return frame.bytes;
            };
            EXPECT_EQ(shown(picture), shown(other)) << size << " " << up << " " << feather;
          }
}

// The network's rows end where interpolation needs them: the result is that of the whole picture.
TEST(Composite, LargeFacesShowNoEdgeOfTheRows) {
  const Box box{10, 11.3f, 266, 267.3f};
  cv::Mat picture(256, 256, CV_8UC3), frame(300, 300, CV_8UC3, cv::Scalar(120, 130, 140));
  cv::RNG(8).fill(picture, cv::RNG::UNIFORM, 0, 256);
  const Landmarks landmarks = in_box(box, 0.25f);
  cv::Mat cut = frame.clone();
  composite(view_of(cut), landmarks, {picture, box, true, nullptr}, {0, false});
  const Mask mask = lower_face_mask(landmarks, box, 0, frame.size());
  blend(view_of(frame), picture, crop_to_frame(box, 256), mask, 1);
  EXPECT_EQ(cv::norm(cut, frame, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace hyperlips
