// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/mouth_shape.hpp"

#include <cmath>

namespace hyperlips {
namespace {

float apart(const Landmarks &head, int a, int b) {
  return std::hypot(head[a].x - head[b].x, head[a].y - head[b].y);
}

}  // namespace

MouthShape mouth_shape(const Landmarks &head) {
  return {(apart(head, 13, 14) + apart(head, 82, 87) + apart(head, 312, 317)) / 3,
          apart(head, 61, 291), apart(head, 0, 17), apart(head, 2, 152)};
}

}  // namespace hyperlips
