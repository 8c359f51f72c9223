// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/blend.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "hyperlips/error.hpp"
#include "hyperlips/video/samples.hpp"
#include "hyperlips/video/sdr.hpp"
#include "hyperlips/video/warp.hpp"

namespace hyperlips {
namespace {

void check(const FrameView &frame, const cv::Mat &picture, const Mask &mask) {
  if ((picture.type() != CV_8UC3 && picture.type() != CV_32FC3) || picture.empty())
    throw Error(ErrorKind::Failed, "blend: invalid picture of OpenCV type " +
                                       cv::typeToString(picture.type()) + " and " +
                                       std::to_string(picture.total()) +
                                       " pixels; expected CV_8UC3 or CV_32FC3 (BGR), not empty.");
  if (mask.alpha.type() != CV_32FC1 || mask.alpha.size() != mask.rect.size() ||
      (mask.rect & cv::Rect({}, frame.size())) != mask.rect)
    throw Error(ErrorKind::Failed,
                "blend: invalid mask; expected CV_32FC1 of the size of its rectangle, inside the "
                "frame.");
}

/// The picture without the steps of 8 bits (CV_32FC3), which frames of more bits would show: in its
/// smooth parts, the smoothest values that are rounded to those of `picture`, nearly. Only what
/// `region` of a frame shows is smoothed.
cv::Mat without_steps(const cv::Mat &picture, const Affine &to_picture, const cv::Rect &region) {
  constexpr int kReach = 5;      // pixels, of two box filters
  constexpr double kSmooth = 3;  // levels between the largest and the smallest value around
  cv::Mat result;
  picture.convertTo(result, CV_32F);
  std::vector<cv::Point2f> corners;
  for (const int x : {region.x, region.br().x})
    for (const int y : {region.y, region.br().y}) corners.emplace_back(to_picture(x, y));
  const cv::Rect used = cv::boundingRect(corners);
  const cv::Rect part =
      cv::Rect(used.tl() - cv::Point(kReach, kReach), used.br() + cv::Point(kReach, kReach)) &
      cv::Rect({}, picture.size());
  if (part.empty()) return result;
  const cv::Mat around = cv::Mat::ones(5, 5, CV_8UC1);
  cv::Mat values = result(part), smooth, most, least, steep;
  cv::blur(values, smooth, {kReach, kReach}, {-1, -1}, cv::BORDER_REPLICATE);
  cv::blur(smooth, smooth, {kReach, kReach}, {-1, -1}, cv::BORDER_REPLICATE);
  cv::max(smooth, values - cv::Scalar::all(0.5), smooth);
  cv::min(smooth, values + cv::Scalar::all(0.5), smooth);
  cv::dilate(picture(part), most, around);
  cv::erode(picture(part), least, around);
  cv::transform(most - least, steep, cv::Matx13f(1, 1, 1) / 3.0f);
  smooth.copyTo(values, steep <= kSmooth);
  return result;
}

/// Converts an upright picture to the orientation in which the frame is stored.
cv::Mat stored(const cv::Mat &upright, Orientation orientation) {
  cv::Mat out;
  switch (orientation) {
    case Orientation::Identity:
      return upright;
    case Orientation::Rotate90:
      cv::rotate(upright, out, cv::ROTATE_90_COUNTERCLOCKWISE);
      break;
    case Orientation::Rotate180:
      cv::rotate(upright, out, cv::ROTATE_180);
      break;
    case Orientation::Rotate270:
      cv::rotate(upright, out, cv::ROTATE_90_CLOCKWISE);
      break;
    case Orientation::FlipHorizontal:
      cv::flip(upright, out, 1);
      break;
    case Orientation::FlipVertical:
      cv::flip(upright, out, 0);
      break;
    case Orientation::Transpose:
      cv::transpose(upright, out);
      break;
    case Orientation::Transverse:
      cv::transpose(upright, out);
      cv::rotate(out, out, cv::ROTATE_180);
      break;
  }
  return out;
}

FrameView with_square_pixels(FrameView frame) {
  frame.pixel_aspect = 1;
  return frame;
}

/// The mask in the stored pixels, turned upright: narrower or lower than `mask` if those are not
/// square.
Mask squeezed(const Mask &mask, const FrameView &frame) {
  const FrameView stored_pixels = with_square_pixels(frame);
  const cv::Size size = stored_pixels.size(), square = frame.size();
  if (size == square) return mask;
  const Affine to_stored = frame.upright_to_stored();
  const Affine to_square = to_stored.inverse().after(stored_pixels.upright_to_stored());
  const Affine from_square = to_square.inverse();
  const cv::Point2d a = from_square(mask.rect.x - 1, mask.rect.y - 1);
  const cv::Point2d b = from_square(mask.rect.br().x, mask.rect.br().y);
  const cv::Rect rect = cv::Rect(cv::Point(cvFloor(a.x), cvFloor(a.y)),
                                 cv::Point(cvCeil(b.x), cvCeil(b.y)) + cv::Point(1, 1)) &
                        cv::Rect({}, size);
  if (rect.empty()) return {};
  // Pixels of the mask that a stored pixel covers are averaged.
  const int wide = cvRound(2 * to_square.m[0]), high = cvRound(2 * to_square.m[4]);
  const Affine to_alpha =
      Affine{{1, 0, -double(mask.rect.x), 0, 1, -double(mask.rect.y)}}.after(to_square).after(
          {{1.0 / wide, 0, rect.x + 0.5 / wide - 0.5,  //
            0, 1.0 / high, rect.y + 0.5 / high - 0.5}});
  cv::Mat dense, alpha;
  cv::warpAffine(mask.alpha, dense, cv::Matx23d(to_alpha.m.data()),
                 {rect.width * wide, rect.height * high}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT, 0);
  cv::resize(dense, alpha, rect.size(), 0, 0, cv::INTER_AREA);
  return {rect, alpha};
}

/// The corner of the upright `rect` that comes first in memory.
cv::Point stored_corner(const cv::Rect &rect, const Affine &upright_to_stored) {
  const cv::Point2d a = upright_to_stored(rect.x, rect.y);
  const cv::Point2d b = upright_to_stored(rect.x + rect.width - 1, rect.y + rect.height - 1);
  return {static_cast<int>(std::min(a.x, b.x)), static_cast<int>(std::min(a.y, b.y))};
}

/// `rect` grown until it holds whole blocks of 2^w_sub x 2^h_sub pixels.
cv::Rect aligned(const cv::Rect &rect, int w_sub, int h_sub) {
  const int x0 = rect.x >> w_sub << w_sub, y0 = rect.y >> h_sub << h_sub;
  return {x0, y0, (subsampled(rect.x + rect.width, w_sub) << w_sub) - x0,
          (subsampled(rect.y + rect.height, h_sub) << h_sub) - y0};
}

/// Weights of the pixels -1, 0 and 1 of a block in its chroma sample, along one axis.
std::array<float, 3> chroma_weights(int sub, bool cosited) {
  if (sub == 0) return {0, 1, 0};
  return cosited ? std::array{0.25f, 0.5f, 0.25f} : std::array{0.0f, 0.5f, 0.5f};
}

/// The source of alpha blending for one component; `values` has a channel per component.
struct Layer {
  cv::Mat alpha;   ///< CV_32FC1
  cv::Mat values;  ///< CV_32FC4, same size
  cv::Point at;    ///< position in the component, in samples
};

/// Averages over the pixels of each chroma sample. `alpha` consists of whole blocks; `values` has
/// one more column on the left and one more row at the top.
Layer reduced(const cv::Mat &alpha, const cv::Mat &values, cv::Point at, const Component &chroma,
              const Colorimetry &color) {
  const int w = 1 << chroma.w_sub, h = 1 << chroma.h_sub;
  Layer layer{cv::Mat(alpha.rows / h, alpha.cols / w, CV_32FC1), {}, {at.x / w, at.y / h}};
  cv::resize(alpha, layer.alpha, layer.alpha.size(), 0, 0, cv::INTER_AREA);
  layer.values.create(layer.alpha.size(), CV_32FC4);
  const auto wx = chroma_weights(chroma.w_sub, color.chroma_left);
  const auto wy = chroma_weights(chroma.h_sub, color.chroma_top);
  for (int y = 0; y < layer.values.rows; ++y)
    for (int x = 0; x < layer.values.cols; ++x) {
      cv::Vec4f sum;
      for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 3; ++i)
          if (const float weight = wx[i] * wy[j]; weight != 0)
            sum += weight * values.at<cv::Vec4f>(y * h + j, x * w + i);
      layer.values.at<cv::Vec4f>(y, x) = sum;
    }
  return layer;
}

void blend_layer(const FrameView &frame, int component, const Layer &layer, cv::Size samples) {
  const cv::Size part(std::min(layer.alpha.cols, samples.width - layer.at.x),
                      std::min(layer.alpha.rows, samples.height - layer.at.y));
  // In full range the chroma of pure colors lies half a level above the largest sample.
  const auto most = static_cast<float>((1 << format_info(frame.format).depth) - 1);
  with_rows(frame, component, [&](auto row_at) {
    for (int y = 0; y < part.height; ++y) {
      const auto row = row_at(layer.at.y + y);
      const auto *alpha = layer.alpha.ptr<float>(y);
      const auto *values = layer.values.ptr<cv::Vec4f>(y);
      for (int x = 0; x < part.width; ++x) {
        if (alpha[x] == 0) continue;
        const auto in = static_cast<float>(row.get(layer.at.x + x));
        const float out = in + alpha[x] * (values[x][component] - in);
        row.put(layer.at.x + x, static_cast<int>(std::clamp(out + 0.5f, 0.0f, most)));
      }
    }
  });
}

}  // namespace

void blend(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
           const Mask &mask, float strength) {
  if (mask.rect.empty() || !(strength > 0)) return;
  check(frame, picture, mask);

  const FormatInfo &info = format_info(frame.format);
  const Component &chroma = info.components[info.n_components - 1];
  const Affine to_stored = frame.upright_to_stored();
  const FrameView stored_pixels = with_square_pixels(frame);
  const Mask upright = squeezed(mask, frame);
  if (upright.rect.empty()) return;
  const cv::Mat given = stored(upright.alpha, frame.orientation) * std::min(strength, 1.0f);
  const cv::Rect rect(stored_corner(upright.rect, stored_pixels.upright_to_stored()), given.size());
  const cv::Rect area = aligned(rect, chroma.w_sub, chroma.h_sub);

  // A block partly outside the frame averages only the pixels inside, which are replicated.
  const cv::Rect inside = area & cv::Rect(0, 0, frame.stored_width, frame.stored_height);
  cv::Mat alpha;
  cv::copyMakeBorder(given, alpha, rect.y - inside.y, inside.br().y - rect.br().y,
                     rect.x - inside.x, inside.br().x - rect.br().x, cv::BORDER_CONSTANT, 0);
  cv::copyMakeBorder(alpha, alpha, 0, area.height - inside.height, 0, area.width - inside.width,
                     cv::BORDER_REPLICATE);

  const cv::Rect wider(area.x - 1, area.y - 1, area.width + 1, area.height + 1);
  const Affine to_picture = to_stored.after(picture_to_frame).inverse();
  cv::Mat values = warp_rgb(info.depth > 8 ? without_steps(picture, to_picture, wider) : picture,
                            to_picture, wider);
  if (const SdrConversion conversion(frame.color); conversion.needed())
    values.forEach<cv::Vec4f>([&](cv::Vec4f &value, const int *) {
      const cv::Vec3f rgb = conversion.from_sdr({value[0], value[1], value[2]});
      value = {rgb[0], rgb[1], rgb[2], 0};
    });
  if (info.model != ColorModel::Rgb) {
    const ColorMap map = rgb_to_samples(info, frame.color);
    cv::Matx<float, 4, 5> transform = cv::Matx<float, 4, 5>::zeros();
    for (int r = 0; r < 3; ++r) {
      for (int c = 0; c < 3; ++c) transform(r, c) = map.matrix(r, c);
      transform(r, 4) = map.offset[r];
    }
    cv::transform(values, values, transform);
  }

  const cv::Mat unshifted = values(cv::Rect({1, 1}, area.size()));
  const Layer full{alpha, unshifted, area.tl()};
  const bool reduce = chroma.w_sub || chroma.h_sub;
  const Layer small = reduce ? reduced(alpha, values, area.tl(), chroma, frame.color) : full;
  for (int c = 0; c < info.n_components; ++c) {
    const Component &component = info.components[c];
    const cv::Size samples(subsampled(frame.stored_width, component.w_sub),
                           subsampled(frame.stored_height, component.h_sub));
    blend_layer(frame, c, component.w_sub || component.h_sub ? small : full, samples);
  }
}

}  // namespace hyperlips
