// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace hyperlips {

/// Magnitudes of the discrete Fourier transform of `size` real samples, in double precision. The
/// transform runs as a complex one of half the size (Stockham autosort, radix 4 and 5) and is then
/// split, so size / 2 must be a product of fours and fives. Not thread-safe: it owns scratch space.
class RealFft {
 public:
  /// Throws Error (Settings) where size / 2 has another factor.
  explicit RealFft(int size);

  int size() const { return 2 * half_; }

  /// Takes `size` samples and writes the size / 2 + 1 magnitudes of bins 0 ... size / 2.
  void magnitudes(std::span<const double> samples, std::span<double> out);

 private:
  struct Complex {
    double re, im;
  };
  struct Pass {
    int radix, groups, stride;
    std::vector<Complex> twiddles;  // (groups, radix - 1)
  };

  void run(const Pass &pass, const Complex *in, Complex *out) const;

  int half_;
  std::vector<Pass> passes_;
  std::vector<Complex> split_;  // exp(-2 pi i k / size)
  std::vector<Complex> a_, b_;
};

}  // namespace hyperlips
