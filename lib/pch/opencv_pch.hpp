// SPDX-License-Identifier: LGPL-2.1-or-later
// What most files of libhyperlips and libhyperlips-synth include: compiling takes half of the time
// when it is parsed once. -Db_pch=false compiles without, for ccache.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
