// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "hyperlips/video/format.hpp"

namespace hyperlips {

/// A row of 8-bit samples.
struct ByteRow {
  std::uint8_t *data;
  int step;

  int get(int i) const { return data[std::ptrdiff_t{i} * step]; }
  void put(int i, int value) const {
    data[std::ptrdiff_t{i} * step] = static_cast<std::uint8_t>(value);
  }
};

/// A row of little-endian 16-bit words with the sample in the upper bits.
struct WordRow {
  std::uint8_t *data;
  int step, shift;

  int get(int i) const {
    const std::uint8_t *p = data + std::ptrdiff_t{i} * step;
    return (p[0] | p[1] << 8) >> shift;
  }
  void put(int i, int value) const {
    std::uint8_t *p = data + std::ptrdiff_t{i} * step;
    p[0] = static_cast<std::uint8_t>(value << shift);
    p[1] = static_cast<std::uint8_t>(value << shift >> 8);
  }
};

/// A row of v210: Cb Y Cr Y Cb Y Cr ... of 10 bits, three per little-endian 32-bit word.
struct V210Row {
  std::uint8_t *data;
  int first, spacing;  ///< of this component in the sequence

  int get(int i) const {
    const std::uint32_t at = first + std::uint32_t(i) * spacing;
    return word(data + at / 3 * 4) >> at % 3 * 10 & 0x3ff;
  }
  void put(int i, int value) const {
    const std::uint32_t at = first + std::uint32_t(i) * spacing, low = at % 3 * 10;
    std::uint8_t *p = data + at / 3 * 4;
    const std::uint32_t w = (word(p) & ~(0x3ffu << low)) | std::uint32_t(value) << low;
    for (int k = 0; k < 4; ++k) p[k] = static_cast<std::uint8_t>(w >> 8 * k);
  }

 private:
  static std::uint32_t word(const std::uint8_t *p) {
    return p[0] | p[1] << 8 | p[2] << 16 | std::uint32_t(p[3]) << 24;
  }
};

/// Calls `use(row_at)`, where `row_at(y)` returns row `y` of component `index` as one of the types
/// above, so that the loops in `use` are compiled for each type.
template <class Use>
void with_rows(const FrameView &frame, int index, Use &&use) {
  const FormatInfo &info = format_info(frame.format);
  const Component &component = info.components[index];
  const Plane &plane = frame.planes[component.plane];
  std::uint8_t *data = plane.data + component.offset;
  const std::ptrdiff_t stride = plane.stride;
  const int step = component.pixel_stride, shift = info.shift;
  if (frame.format == PixelFormat::v210) {
    const int first = index == 0 ? 1 : index == 1 ? 0 : 2, spacing = index == 0 ? 2 : 4;
    use([=](int y) { return V210Row{data + y * stride, first, spacing}; });
  } else if (info.depth > 8) {
    use([=](int y) { return WordRow{data + y * stride, step, shift}; });
  } else {
    use([=](int y) { return ByteRow{data + y * stride, step}; });
  }
}

}  // namespace hyperlips
