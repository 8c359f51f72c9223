// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <vector>

namespace hyperlips::test {

/// Pearson's correlation of two series of equal length.
inline double correlation(const std::vector<double> &a, const std::vector<double> &b) {
  const double n = double(a.size());
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    x += a[i], xx += a[i] * a[i];
    y += b[i], yy += b[i] * b[i];
    xy += a[i] * b[i];
  }
  return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
}

}  // namespace hyperlips::test
