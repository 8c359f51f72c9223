// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gst/controller/gstdirectcontrolbinding.h>
#include <gst/controller/gstinterpolationcontrolsource.h>
#include <opencv2/imgproc.hpp>

#include "common/gst_frame.hpp"
#include "hyperlips/face/color_match.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mask.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/video/format.hpp"
#include "rig.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

const cv::Size kSize(200, 170);

const cv::Mat &picture() {
  static const cv::Mat frame =
      draw_face(kSize, {.center = {0.48f, 0.5f}, .width = 0.5f, .rotation = 4, .mouth = 0.2f});
  return frame;
}

/// The drawn face, with a different mouth as generated picture.
const HyperlipsFaceData &face() {
  static const HyperlipsFaceData data = [] {
    Tracker tracker(TrackerOptions{});
    const auto faces = tracker.track(view_of(picture()), 0);
    fail_unless_equals_int(faces.size(), 1);
    HyperlipsFaceData result;
    result.face = faces[0];
    result.crop_box = faces[0].box;
    result.crop = crop_face(view_of(picture()), result.crop_box);
    cv::Mat other = draw_face(kSize, {.center = {0.48f, 0.5f},
                                      .width = 0.5f,
                                      .rotation = 4,
                                      .mouth = 1,
                                      .skin = {120, 150, 230}});
    result.generated = crop_face(view_of(other), result.crop_box);
    return result;
  }();
  return data;
}

struct Look {
  float strength = 1, feather = 0.1f;
  bool color_match = true;
};

Mask mask_of(const HyperlipsFaceData &data, cv::Size size, float feather = 0.1f) {
  return lower_face_mask(data.face.landmarks, data.crop_box, feather, size);
}

/// The expected output frame, computed with the library.
void blend_directly(const FrameView &view, const HyperlipsFaceData &data, const Look &look = {}) {
  const Mask mask = mask_of(data, view.size(), look.feather);
  const int first = kFirstShownRow * data.generated.rows / kCropSize;
  const cv::Mat used = data.generated.rowRange(first, data.generated.rows);
  const Affine to_frame =
      crop_to_frame(data.crop_box, data.generated.cols).after({{1, 0, 0, 0, 1, double(first)}});
  const cv::Mat shown = look.color_match ? match_color(view, used, to_frame, mask) : used;
  blend(view, shown, to_frame, mask, look.strength * data.opacity);
}

std::string caps_of(PixelFormat format, cv::Size size = kSize,
                    const char *color = "colorimetry=bt601, chroma-site=mpeg2") {
  const bool rgb = format_info(format).model == ColorModel::Rgb;
  return video_caps(name(format).c_str(), size.width, size.height) +
         (rgb ? std::string() : std::string(", ") + color);
}

GstBuffer *to_buffer(std::span<const std::uint8_t> bytes, GstClockTime pts = 0) {
  GstBuffer *buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  GST_BUFFER_PTS(buffer) = pts;
  return buffer;
}

/// Runs buffers through the element, which takes ownership of them.
Pipeline::Buffers run(const std::string &caps, const std::vector<GstBuffer *> &buffers,
                      const std::string &properties = "", const std::string &source = "") {
  Pipeline pipeline("appsrc name=video format=time " + source + " ! hyperlipscomposite " +
                    properties + " ! appsink name=out sync=false");
  pipeline.set_caps("video", caps);
  pipeline.play();
  for (GstBuffer *buffer : buffers) pipeline.push("video", buffer);
  pipeline.end("video");
  auto out = pipeline.pull_all("out");
  fail_unless_equals_int(out.size(), buffers.size());
  return out;
}

/// For each byte of a frame, whether one of its pixels is inside the mask.
std::vector<bool> covered_bytes(GstFrame &frame, const Mask &mask) {
  const FrameView &view = frame.view();
  const FormatInfo &info = format_info(view.format);
  const auto inside = [&](int x, int y) {
    const cv::Point at(x, y);
    return mask.rect.contains(at) && mask.alpha.at<float>(at - mask.rect.tl()) > 0;
  };
  std::vector<bool> covered(frame.bytes().size(), false);
  const auto cover = [&](int plane, int row, std::ptrdiff_t byte, int count) {
    const auto &p = view.planes[std::size_t(plane)];
    const std::ptrdiff_t at = p.data + row * p.stride + byte - frame.bytes().data();
    for (int i = 0; i < count; ++i) covered[std::size_t(at + i)] = true;
  };
  for (int y = 0; y < view.stored_height; ++y) {
    for (int x = 0; x < view.stored_width; ++x) {
      if (!inside(x, y)) continue;
      if (view.format == PixelFormat::v210) {
        cover(0, y, x / 6 * 16, 16);  // six pixels share sixteen bytes
        continue;
      }
      for (int c = 0; c < info.n_components; ++c) {
        const Component &component = info.components[std::size_t(c)];
        cover(component.plane, y >> component.h_sub,
              component.offset + std::ptrdiff_t(x >> component.w_sub) * component.pixel_stride,
              info.depth > 8 ? 2 : 1);
      }
    }
  }
  return covered;
}

/// How much `count` frames at `rate` frames/s, with a face whose opacity is `wanted(n)`, show of
/// the generated mouth: 0 nothing, 1 all of it.
std::vector<double> shown(int count, int rate, const std::function<double(int)> &wanted,
                          const std::function<void(Rig &, int)> &before_frame = {}) {
  Rig rig("hyperlipscomposite");
  rig.start(caps_of(PixelFormat::BGR));
  cv::Mat original = picture().clone(), full = original.clone();
  blend_directly(view_of(full), face());
  const double most = cv::norm(full, original, cv::NORM_L1);
  std::vector<double> result;
  for (int n = 0; n < count; ++n) {
    if (before_frame) before_frame(rig, n);
    GstBuffer *buffer = bgr_buffer(original, gst_util_uint64_scale(n, GST_SECOND, rate));
    HyperlipsFaceData data = face();
    data.opacity = float(std::max(0.0, wanted(n)));
    if (wanted(n) < 0) data.generated.release();
    add_face(buffer, data);
    fail_unless_equals_int(rig.push(buffer), GST_FLOW_OK);
    const auto bytes = bytes_of(rig.buffers.back());
    const cv::Mat out(original.size(), CV_8UC3, const_cast<std::uint8_t *>(bytes.data()),
                      bytes.size() / std::size_t(original.rows));
    result.push_back(cv::norm(out, original, cv::NORM_L1) / most);
  }
  return result;
}

}  // namespace

GST_START_TEST(test_every_format_changes_only_inside_the_mask) {
  for (const auto &format : kFormats) {
    GstFrame frame(format.format, kSize.width, kSize.height);
    frame.fill(picture());
    const std::vector<std::uint8_t> before(frame.bytes().begin(), frame.bytes().end());
    GstBuffer *buffer = to_buffer(before);
    add_face(buffer, face());
    const auto out = run(caps_of(format.format), {buffer});
    const auto after = bytes_of(out[0]);
    const std::string format_name = name(format.format);
    fail_unless_equals_int(after.size(), before.size());
    const auto covered = covered_bytes(frame, mask_of(face(), kSize));
    std::size_t changed = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (after[i] == before[i]) continue;
      ++changed;
      fail_unless(covered[i], "%s: byte %zu outside the mask changed", format_name.c_str(), i);
    }
    fail_unless(changed > 500, "%s: only %zu bytes changed", format_name.c_str(), changed);
    fail_unless(faces_of(out[0]).empty());

    blend_directly(frame.view(), face());
    fail_unless(std::ranges::equal(after, frame.bytes()), "%s differs from the library",
                format_name.c_str());
  }
}
GST_END_TEST

GST_START_TEST(test_properties) {
  const struct {
    const char *properties;
    Look look;
  } cases[] = {{"strength=0.4", {.strength = 0.4f}},
               {"feather=0.3", {.feather = 0.3f}},
               {"color-match=false", {.color_match = false}}};
  for (const auto &c : cases) {
    GstFrame frame(PixelFormat::NV12, kSize.width, kSize.height);
    frame.fill(picture());
    GstBuffer *buffer = to_buffer(frame.bytes());
    HyperlipsFaceData half = face();
    half.opacity = 0.5f;
    add_face(buffer, half);
    const auto out = run(caps_of(PixelFormat::NV12), {buffer}, c.properties);
    blend_directly(frame.view(), half, c.look);
    fail_unless(std::ranges::equal(bytes_of(out[0]), frame.bytes()), "%s", c.properties);
  }
}
GST_END_TEST

GST_START_TEST(test_colorimetry) {
  const struct {
    const char *caps;
    ColorSetup setup;
  } cases[] = {
      {"colorimetry=bt709, chroma-site=mpeg2", {.matrix = GST_VIDEO_COLOR_MATRIX_BT709}},
      {"colorimetry=bt2020, chroma-site=mpeg2",
       {.matrix = GST_VIDEO_COLOR_MATRIX_BT2020, .wide_gamut = true}},
      {"colorimetry=bt2100-pq, chroma-site=mpeg2",
       {.matrix = GST_VIDEO_COLOR_MATRIX_BT2020, .transfer = Transfer::Pq, .wide_gamut = true}},
      {"colorimetry=bt2100-hlg, chroma-site=mpeg2",
       {.matrix = GST_VIDEO_COLOR_MATRIX_BT2020, .transfer = Transfer::Hlg, .wide_gamut = true}},
      {"colorimetry=(string)1:4:0:0, chroma-site=jpeg",
       {.full_range = true, .site = GST_VIDEO_CHROMA_SITE_JPEG}},
      {"colorimetry=bt601, chroma-site=dv", {.site = GST_VIDEO_CHROMA_SITE_COSITED}},
  };
  for (const PixelFormat format : {PixelFormat::I420, PixelFormat::P010_10LE}) {
    for (const auto &c : cases) {
      GstFrame frame(format, kSize.width, kSize.height, c.setup);
      frame.fill(picture());
      GstBuffer *buffer = to_buffer(frame.bytes());
      add_face(buffer, face());
      const auto out = run(caps_of(format, kSize, c.caps), {buffer});
      blend_directly(frame.view(), face());
      fail_unless(std::ranges::equal(bytes_of(out[0]), frame.bytes()), "%s", c.caps);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_larger_pictures_and_several_faces) {
  HyperlipsFaceData large = face(), second = face();
  cv::resize(large.generated, large.generated, {512, 512});
  // The other face is far to the left, half outside the frame.
  second.face.track_id = large.face.track_id + 1;
  second.crop_box.x0 -= 110;
  second.crop_box.x1 -= 110;
  for (auto &point : second.face.landmarks) point.x -= 110;
  second.crop = crop_face(view_of(picture()), second.crop_box);
  GstFrame frame(PixelFormat::I420, kSize.width, kSize.height);
  frame.fill(picture());
  GstBuffer *buffer = to_buffer(frame.bytes());
  add_face(buffer, large);
  add_face(buffer, second);
  const auto out = run(caps_of(PixelFormat::I420), {buffer});
  blend_directly(frame.view(), large);
  blend_directly(frame.view(), second);
  fail_unless(std::ranges::equal(bytes_of(out[0]), frame.bytes()));
  fail_unless(faces_of(out[0]).empty());
}
GST_END_TEST

GST_START_TEST(test_frames_without_a_visible_face_are_unmodified) {
  GstFrame frame(PixelFormat::I420, kSize.width, kSize.height);
  frame.fill(picture());
  HyperlipsFaceData nothing = face(), faded = face();
  nothing.generated.release();
  faded.opacity = 0;
  const struct {
    const char *properties;
    const HyperlipsFaceData *face;
  } cases[] = {{"", nullptr}, {"", &nothing}, {"", &faded}, {"strength=0", &face()}};
  for (const auto &c : cases) {
    GstBuffer *buffer = to_buffer(frame.bytes());
    GstMemory *memory = gst_memory_ref(gst_buffer_peek_memory(buffer, 0));
    if (c.face) add_face(buffer, *c.face);
    const auto out = run(caps_of(PixelFormat::I420), {buffer}, c.properties);
    fail_unless(gst_buffer_peek_memory(out[0], 0) == memory);
    fail_unless(std::ranges::equal(bytes_of(out[0]), frame.bytes()));
    fail_unless(faces_of(out[0]).empty());
    gst_memory_unref(memory);
  }
}
GST_END_TEST

GST_START_TEST(test_other_metas_are_kept) {
  GstFrame frame(PixelFormat::I420, kSize.width, kSize.height);
  frame.fill(picture());
  GstBuffer *buffer = to_buffer(frame.bytes());
  add_face(buffer, face());
  auto *own = gst_buffer_add_video_region_of_interest_meta(buffer, "face", 1, 2, 30, 40);
  gst_video_region_of_interest_meta_add_param(
      own, gst_structure_new("hyperlips/face", "track-id", G_TYPE_INT64, gint64(0), nullptr));
  gst_buffer_add_video_region_of_interest_meta(buffer, "face", 3, 4, 50, 60);
  gst_buffer_add_video_region_of_interest_meta(buffer, "car", 5, 6, 70, 80);
  GstCaps *reference = gst_caps_new_empty_simple("timestamp/x-test");
  gst_buffer_add_reference_timestamp_meta(buffer, reference, 42, GST_CLOCK_TIME_NONE);
  const auto out = run(caps_of(PixelFormat::I420), {buffer});
  const auto regions = regions_of(out[0]);
  fail_unless_equals_int(regions.size(), 2);
  fail_unless_equals_int(regions[0]->x + regions[1]->x, 3 + 5);
  fail_unless(gst_buffer_get_reference_timestamp_meta(out[0], reference) != nullptr);
  fail_unless(faces_of(out[0]).empty());
  gst_caps_unref(reference);
}
GST_END_TEST

GST_START_TEST(test_shared_buffer_is_copied) {
  GstFrame frame(PixelFormat::BGRx, kSize.width, kSize.height);
  frame.fill(picture());
  GstBuffer *shared = to_buffer(frame.bytes());
  add_face(shared, face());
  GstBuffer *same_memory = gst_buffer_copy(shared);
  // Both: the buffer is referenced, and its memory is part of another one.
  const auto out = run(caps_of(PixelFormat::BGRx), {gst_buffer_ref(shared)});
  fail_unless(!std::ranges::equal(bytes_of(out[0]), frame.bytes()));
  for (GstBuffer *kept : {shared, same_memory}) {
    fail_unless(std::ranges::equal(bytes_of(kept), frame.bytes()));
    fail_unless_equals_int(faces_of(kept).size(), 1);
    gst_buffer_unref(kept);
  }
}
GST_END_TEST

GST_START_TEST(test_video_meta_strides) {
  constexpr int kPadding = 37;
  GstFrame frame(PixelFormat::I420, kSize.width, kSize.height);
  frame.fill(picture());
  gsize offsets[GST_VIDEO_MAX_PLANES] = {};
  gint strides[GST_VIDEO_MAX_PLANES] = {};
  gsize size = 0;
  for (int plane = 0; plane < 3; ++plane) {
    offsets[plane] = size + 11;
    strides[plane] = (plane == 0 ? kSize.width : (kSize.width + 1) / 2) + kPadding;
    const int rows = plane == 0 ? kSize.height : (kSize.height + 1) / 2;
    size = offsets[plane] + gsize(strides[plane]) * gsize(rows);
  }
  std::vector<std::uint8_t> wide(size, 0xA5);
  const auto copy_rows = [&](bool into_wide) {
    std::size_t wrong = 0;
    for (int plane = 0; plane < 3; ++plane) {
      const int columns = plane == 0 ? kSize.width : (kSize.width + 1) / 2;
      const int rows = plane == 0 ? kSize.height : (kSize.height + 1) / 2;
      for (int y = 0; y < rows; ++y) {
        std::uint8_t *theirs = frame.view().planes[std::size_t(plane)].data +
                               y * frame.view().planes[std::size_t(plane)].stride;
        std::uint8_t *ours = wide.data() + offsets[plane] + gsize(y) * gsize(strides[plane]);
        if (into_wide) {
          std::copy_n(theirs, columns, ours);
        } else if (!std::equal(theirs, theirs + columns, ours)) {
          ++wrong;
        }
      }
    }
    return wrong;
  };
  copy_rows(true);
  GstBuffer *buffer = to_buffer(wide);
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420,
                                 guint(kSize.width), guint(kSize.height), 3, offsets, strides);
  add_face(buffer, face());
  const auto out = run(caps_of(PixelFormat::I420), {buffer});
  const auto untouched = wide;
  wide = bytes_of(out[0]);
  blend_directly(frame.view(), face());
  fail_unless_equals_int(copy_rows(false), 0);
  // What is between the rows stays.
  for (int y = 0; y < kSize.height; ++y) {
    for (int x = kSize.width; x < strides[0]; ++x) {
      const std::size_t at = offsets[0] + gsize(y) * gsize(strides[0]) + gsize(x);
      fail_unless(wide[at] == untouched[at]);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_rotation_tag) {
  cv::Mat stored;
  cv::rotate(picture(), stored, cv::ROTATE_90_COUNTERCLOCKWISE);
  GstFrame frame(PixelFormat::NV12, stored.cols, stored.rows);
  frame.fill(stored);
  GstBuffer *buffer = to_buffer(frame.bytes());
  add_face(buffer, face());
  const auto out = run(caps_of(PixelFormat::NV12, stored.size()), {buffer}, "",
                       "! taginject tags=image-orientation=rotate-90");
  frame.set_orientation(Orientation::Rotate90);
  blend_directly(frame.view(), face());
  fail_unless(std::ranges::equal(bytes_of(out[0]), frame.bytes()));
}
GST_END_TEST

GST_START_TEST(test_smallest_and_largest_frames) {
  for (const cv::Size size : {cv::Size(64, 64), cv::Size(7680, 4320)}) {
    std::vector<std::uint8_t> bytes(std::size_t(size.area()), 100);
    GstBuffer *plain = to_buffer(bytes, 0), *with_face = to_buffer(bytes, GST_SECOND);
    // The face fills the frame. Without a crop nothing says that the frame does not show it.
    HyperlipsFaceData data = face();
    data.crop.release();
    const float sx = float(size.width) / float(kSize.width);
    const float sy = float(size.height) / float(kSize.height);
    data.crop_box = {data.crop_box.x0 * sx, data.crop_box.y0 * sy, data.crop_box.x1 * sx,
                     data.crop_box.y1 * sy};
    for (auto &point : data.face.landmarks) point = {point.x * sx, point.y * sy, 0};
    add_face(with_face, data);
    const auto out = run(caps_of(PixelFormat::GRAY8, size), {plain, with_face});
    fail_unless(bytes_of(out[0]) == bytes);
    fail_unless(bytes_of(out[1]) != bytes);
  }
}
GST_END_TEST

GST_START_TEST(test_renegotiation) {
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipscomposite ! appsink name=out sync=false");
  pipeline.play();
  std::vector<std::vector<std::uint8_t>> expected;
  for (const PixelFormat format : {PixelFormat::I420, PixelFormat::RGB, PixelFormat::v210}) {
    pipeline.set_caps("video", caps_of(format));
    for (int i = 0; i < 4; ++i) {
      GstFrame frame(format, kSize.width, kSize.height);
      frame.fill(picture());
      GstBuffer *buffer = to_buffer(frame.bytes(), expected.size() * GST_SECOND);
      if (i % 2 == 0) {
        add_face(buffer, face());
        blend_directly(frame.view(), face());
      }
      expected.emplace_back(frame.bytes().begin(), frame.bytes().end());
      pipeline.push("video", buffer);
    }
  }
  pipeline.end("video");
  const auto out = pipeline.pull_all("out");
  fail_unless_equals_int(out.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    fail_unless(bytes_of(out[i]) == expected[i], "frame %zu", i);
  }
}
GST_END_TEST

GST_START_TEST(test_misplaced_faces_are_not_drawn) {
  Pipeline pipeline(
      "appsrc name=video format=time ! hyperlipscomposite ! appsink name=out sync=false");
  pipeline.set_caps("video", caps_of(PixelFormat::BGR));
  pipeline.play();
  cv::Mat mirrored;
  cv::flip(picture(), mirrored, 0);
  const cv::Mat frames[] = {picture(), mirrored, cv::Mat(kSize, CV_8UC3, cv::Scalar::all(0)),
                            picture()};
  HyperlipsFaceData beside = face();
  for (float *x : {&beside.crop_box.x0, &beside.crop_box.x1}) *x += 25;
  for (auto &point : beside.face.landmarks) point.x += 25;
  for (guint i = 0; i < 5; ++i) {
    GstBuffer *buffer = bgr_buffer(i < 4 ? frames[i] : picture(), i * GST_SECOND);
    add_face(buffer, i < 4 ? face() : beside);
    pipeline.push("video", buffer);
  }
  pipeline.end("video");
  const auto out = pipeline.pull_all("out");
  fail_unless_equals_int(out.size(), 5);
  for (guint i = 0; i < 5; ++i) {
    GstBuffer *before = bgr_buffer(i < 4 ? frames[i] : picture(), 0);
    const bool same = bytes_of(out[i]) == bytes_of(before);
    fail_unless(same == (i != 0 && i != 3), "frame %u", i);
    fail_unless(faces_of(out[i]).empty());
    gst_buffer_unref(before);
  }
  const auto warnings = pipeline.messages(GST_MESSAGE_WARNING);
  fail_unless_equals_int(warnings.size(), 1);
  fail_unless(warnings[0].text.find("hyperlipsfacecrop") != std::string::npos);
}
GST_END_TEST

GST_START_TEST(test_mouths_fade_by_time) {
  for (const int rate : {25, 60}) {
    // Hidden for a moment, from 0.5 s to 1 s.
    const auto seen = shown(2 * rate, rate, [&](int n) { return n < rate / 2 || n >= rate; });
    for (int n = 0; n < 2 * rate; ++n) {
      const double time = double(n) / rate, frame = 1.0 / rate;
      const double last = double(rate / 2 - 1) / rate, back = 1 - frame;
      const double due = n < rate ? std::clamp(1 - (time - last) / 0.2, 0.0, 1.0)
                                  : std::clamp((time - back) / 0.2, 0.0, 1.0);
      fail_unless(std::abs(seen[std::size_t(n)] - due) < 0.03, "%d fps, frame %d: %g, expected %g",
                  rate, n, seen[std::size_t(n)], due);
    }
  }
}
GST_END_TEST

GST_START_TEST(test_missing_picture_counts_as_hidden) {
  const auto seen = shown(6, 25, [](int n) { return n < 3 ? -1 : 1; });
  const double due[] = {0, 0, 0, 0.2, 0.4, 0.6};
  for (std::size_t n = 0; n < 6; ++n) fail_unless(std::abs(seen[n] - due[n]) < 0.03);
}
GST_END_TEST

GST_START_TEST(test_flush_forgets_the_fade) {
  const auto flush = [](Rig &rig, int n) {
    if (n != 2) return;
    rig.push(gst_event_new_flush_start());
    rig.push(gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    rig.push(gst_event_new_segment(&segment));
  };
  const auto wanted = [](int n) { return n < 2 ? 0 : 1; };
  fail_unless(std::abs(shown(3, 25, wanted)[2] - 0.2) < 0.03);
  fail_unless(std::abs(shown(3, 25, wanted, flush)[2] - 1) < 0.03);
}
GST_END_TEST

GST_START_TEST(test_controlled_strength) {
  const auto control = [](Rig &rig, int n) {
    if (n > 0) return;
    GstControlSource *source = gst_interpolation_control_source_new();
    g_object_set(source, "mode", GST_INTERPOLATION_MODE_LINEAR, nullptr);
    auto *points = GST_TIMED_VALUE_CONTROL_SOURCE(source);
    gst_timed_value_control_source_set(points, 0, 0);
    gst_timed_value_control_source_set(points, GST_SECOND, 1);
    fail_unless(gst_object_add_control_binding(
        GST_OBJECT(rig.element),
        gst_direct_control_binding_new(GST_OBJECT(rig.element), "strength", source)));
    gst_object_unref(source);
  };
  const auto seen = shown(
      11, 10, [](int) { return 1; }, control);
  for (std::size_t n = 0; n < seen.size(); ++n) {
    fail_unless(std::abs(seen[n] - double(n) / 10) < 0.03, "frame %zu: %g", n, seen[n]);
  }
}
GST_END_TEST

GST_START_TEST(test_late_frames_are_drawn_and_not_dropped) {
  const auto late = [](Rig &rig, int n) {
    if (n != 2) return;
    GstPad *pad = gst_element_get_static_pad(rig.element, "src");
    gst_pad_send_event(pad, gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 0.1, 500 * GST_MSECOND, 0));
    gst_object_unref(pad);
  };
  for (const double seen : shown(
           8, 25, [](int) { return 1; }, late)) {
    fail_unless(std::abs(seen - 1) < 0.01);
  }
}
GST_END_TEST

GST_START_TEST(test_adds_no_latency) {
  Rig rig("hyperlipscomposite");
  rig.start(caps_of(PixelFormat::BGR));
  GstPad *pad = gst_element_get_static_pad(rig.element, "src");
  gst_pad_set_query_function(rig.in, [](GstPad *, GstObject *, GstQuery *query) -> gboolean {
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return FALSE;
    gst_query_set_latency(query, TRUE, 30 * GST_MSECOND, 70 * GST_MSECOND);
    return TRUE;
  });
  GstQuery *query = gst_query_new_latency();
  fail_unless(gst_pad_query(pad, query));
  gboolean live;
  GstClockTime min, max;
  gst_query_parse_latency(query, &live, &min, &max);
  fail_unless(live && min == 30 * GST_MSECOND && max == 70 * GST_MSECOND);
  gst_query_unref(query);
  gst_object_unref(pad);
}
GST_END_TEST

static Suite *hyperlipscomposite_suite() {
  Suite *suite = suite_create("hyperlipscomposite");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_add_test(tests, test_every_format_changes_only_inside_the_mask);
  tcase_add_test(tests, test_properties);
  tcase_add_test(tests, test_colorimetry);
  tcase_add_test(tests, test_larger_pictures_and_several_faces);
  tcase_add_test(tests, test_frames_without_a_visible_face_are_unmodified);
  tcase_add_test(tests, test_other_metas_are_kept);
  tcase_add_test(tests, test_shared_buffer_is_copied);
  tcase_add_test(tests, test_video_meta_strides);
  tcase_add_test(tests, test_rotation_tag);
  tcase_add_test(tests, test_smallest_and_largest_frames);
  tcase_add_test(tests, test_renegotiation);
  tcase_add_test(tests, test_misplaced_faces_are_not_drawn);
  tcase_add_test(tests, test_mouths_fade_by_time);
  tcase_add_test(tests, test_missing_picture_counts_as_hidden);
  tcase_add_test(tests, test_flush_forgets_the_fade);
  tcase_add_test(tests, test_controlled_strength);
  tcase_add_test(tests, test_late_frames_are_drawn_and_not_dropped);
  tcase_add_test(tests, test_adds_no_latency);
  return suite;
}

GST_CHECK_MAIN(hyperlipscomposite)
