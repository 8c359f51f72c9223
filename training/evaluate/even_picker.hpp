// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace hyperlips::training {

/// Picks items evenly from a sequence of unknown length: keeps every n-th item and doubles n when
/// twice the wanted number is reached.
///
///   EvenPicker<cv::Mat> picker(6);
///   for (...) if (picker.wants()) picker.keep(picture);
template <class Item>
class EvenPicker {
 public:
  explicit EvenPicker(std::size_t wanted) : wanted_(wanted) {}

  /// Advances to the next item. If true, call keep() with it.
  bool wants() { return wanted_ > 0 && seen_++ % step_ == 0; }

  void keep(Item item) {
    items_.push_back(std::move(item));
    if (items_.size() < 2 * wanted_) return;
    step_ *= 2;
    for (std::size_t i = 1; i < wanted_; ++i) items_[i] = std::move(items_[2 * i]);
    items_.resize(wanted_);
  }

  /// At most `wanted` items, in order.
  std::vector<Item> items() const {
    if (items_.size() <= wanted_) return items_;
    std::vector<Item> picked;
    for (std::size_t i = 0; i < wanted_; ++i) picked.push_back(items_[i * items_.size() / wanted_]);
    return picked;
  }

 private:
  std::size_t wanted_, seen_ = 0, step_ = 1;
  std::vector<Item> items_;
};

}  // namespace hyperlips::training
