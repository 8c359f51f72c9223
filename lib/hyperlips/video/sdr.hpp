// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Converts R'G'B' of a frame to that of standard dynamic range with the primaries and the gamma of
/// BT.709, which the networks know, and back. PQ (SMPTE ST 2084) is display light, where white has
/// 203 cd/m2, for a display of gamma 2.4; HLG (ARIB STD-B67) is scene light, where white has a
/// signal of 0.75 (both ITU-R BT.2408); primaries as in ITU-R BT.2087. Brighter light than white is
/// lost. All values are 0 ... 255.
class SdrConversion {
 public:
  explicit SdrConversion(const Colorimetry &color)
      : transfer_(color.transfer), wide_(color.wide_gamut) {}

  /// False if the frame has the gamma and the primaries of BT.709 already.
  bool needed() const { return transfer_ != Transfer::Gamma || wide_; }

  cv::Vec3f to_sdr(const cv::Vec3f &rgb) const;
  cv::Vec3f from_sdr(const cv::Vec3f &rgb) const;

 private:
  Transfer transfer_;
  bool wide_;
};

}  // namespace hyperlips
