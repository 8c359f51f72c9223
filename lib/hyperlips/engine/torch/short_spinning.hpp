// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace hyperlips {

/// Name of the threads that shorten_spinning() starts.
inline constexpr const char *kSpareThreadName = "hyperlips-spare";

/// Makes the threads of OpenMP teams sleep as soon as they wait, because spinning ones take the
/// cores from decoders and other streams (6 times the CPU time on a busy machine of two cores).
/// OMP_WAIT_POLICY=PASSIVE would do it, but a library must not set it: setenv() in a program that
/// has threads may crash another one in getenv(). Instead this starts OpenMP threads that only
/// sleep, so that with a team of `team_size` threads there are more than CPUs: libgomp then spins
/// 100 times instead of 300000 (its manual, GOMP_SPINCOUNT). Does nothing if the user has set
/// OMP_WAIT_POLICY or GOMP_SPINCOUNT, or another OpenMP is in use. Call it once.
void shorten_spinning(int team_size);

}  // namespace hyperlips
