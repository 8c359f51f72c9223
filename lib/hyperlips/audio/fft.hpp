// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

namespace hyperlips {

/// Magnitudes of the discrete Fourier transform of N real samples, for even N: writes the N / 2 + 1
/// bins from 0 to half the sample rate to `magnitudes`. Throws Error{Settings} for other sizes.
void fft_magnitudes(std::span<const double> samples, std::span<double> magnitudes);

}  // namespace hyperlips
