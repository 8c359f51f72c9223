// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/audio/real_fft.hpp"

#include <cmath>
#include <numbers>
#include <string>

#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

template <typename Complex>
Complex root_of_unity(int k, int n) {
  const double angle = -2.0 * std::numbers::pi * k / n;
  return {std::cos(angle), std::sin(angle)};
}

template <typename Complex>
inline Complex add(Complex a, Complex b) {
  return {a.re + b.re, a.im + b.im};
}

template <typename Complex>
inline Complex sub(Complex a, Complex b) {
  return {a.re - b.re, a.im - b.im};
}

template <typename Complex>
inline Complex mul(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

}  // namespace

RealFft::RealFft(int size) : half_(size / 2) {
  int length = half_;
  int stride = 1;
  while (length > 1 && size % 2 == 0) {
    const int radix = length % 4 == 0 ? 4 : 5;
    if (length % radix != 0) break;
    Pass pass{radix, length / radix, stride, {}};
    for (int p = 0; p < pass.groups; ++p)
      for (int k = 1; k < radix; ++k)
        pass.twiddles.push_back(root_of_unity<Complex>(p * k, length));
    passes_.push_back(std::move(pass));
    length /= radix;
    stride *= radix;
  }
  if (length != 1 || size % 2 != 0)
    throw Error(ErrorKind::Settings, "RealFft: the size " + std::to_string(size) +
                                         " is not twice a product of fours and fives.");
  for (int k = 0; k <= half_; ++k) split_.push_back(root_of_unity<Complex>(k, size));
  a_.resize(half_);
  b_.resize(half_);
}

void RealFft::run(const Pass &pass, const Complex *in, Complex *out) const {
  const int s = pass.stride;
  const int step = s * pass.groups;  // between the elements of one butterfly
  const Complex *w = pass.twiddles.data();
  if (pass.radix == 4) {
    for (int p = 0; p < pass.groups; ++p, w += 3) {
      for (int q = 0; q < s; ++q) {
        const Complex *x = in + q + s * p;
        Complex *y = out + q + s * 4 * p;
        const Complex sum02 = add(x[0], x[2 * step]), dif02 = sub(x[0], x[2 * step]);
        const Complex sum13 = add(x[step], x[3 * step]), dif13 = sub(x[step], x[3 * step]);
        const Complex turned{dif13.im, -dif13.re};  // times -i
        y[0] = add(sum02, sum13);
        y[s] = mul(add(dif02, turned), w[0]);
        y[2 * s] = mul(sub(sum02, sum13), w[1]);
        y[3 * s] = mul(sub(dif02, turned), w[2]);
      }
    }
    return;
  }
  const double c1 = std::cos(2 * std::numbers::pi / 5), s1 = std::sin(2 * std::numbers::pi / 5);
  const double c2 = std::cos(4 * std::numbers::pi / 5), s2 = std::sin(4 * std::numbers::pi / 5);
  for (int p = 0; p < pass.groups; ++p, w += 4) {
    for (int q = 0; q < s; ++q) {
      const Complex *x = in + q + s * p;
      Complex *y = out + q + s * 5 * p;
      const Complex sum14 = add(x[step], x[4 * step]), dif14 = sub(x[step], x[4 * step]);
      const Complex sum23 = add(x[2 * step], x[3 * step]), dif23 = sub(x[2 * step], x[3 * step]);
      const Complex even1{x[0].re + c1 * sum14.re + c2 * sum23.re,
                          x[0].im + c1 * sum14.im + c2 * sum23.im};
      const Complex even2{x[0].re + c2 * sum14.re + c1 * sum23.re,
                          x[0].im + c2 * sum14.im + c1 * sum23.im};
      const Complex odd1{s1 * dif14.im + s2 * dif23.im, -s1 * dif14.re - s2 * dif23.re};
      const Complex odd2{s2 * dif14.im - s1 * dif23.im, -s2 * dif14.re + s1 * dif23.re};
      y[0] = add(x[0], add(sum14, sum23));
      y[s] = mul(add(even1, odd1), w[0]);
      y[2 * s] = mul(add(even2, odd2), w[1]);
      y[3 * s] = mul(sub(even2, odd2), w[2]);
      y[4 * s] = mul(sub(even1, odd1), w[3]);
    }
  }
}

void RealFft::magnitudes(std::span<const double> samples, std::span<double> out) {
  for (int k = 0; k < half_; ++k) a_[k] = {samples[2 * k], samples[2 * k + 1]};
  Complex *in = a_.data();
  Complex *work = b_.data();
  for (const Pass &pass : passes_) {
    run(pass, in, work);
    std::swap(in, work);
  }
  for (int k = 0; k <= half_; ++k) {
    const Complex z = in[k % half_];
    const Complex mirror = in[(half_ - k) % half_];
    const Complex even{0.5 * (z.re + mirror.re), 0.5 * (z.im - mirror.im)};
    const Complex odd{0.5 * (z.im + mirror.im), -0.5 * (z.re - mirror.re)};
    const Complex bin = add(even, mul(odd, split_[k]));
    out[k] = std::sqrt(bin.re * bin.re + bin.im * bin.im);
  }
}

}  // namespace hyperlips
