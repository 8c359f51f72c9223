// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/prefetcher.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include <torch/torch.h>

#include "hyperlips/error.hpp"

namespace hyperlips::training {
namespace {

PrefetchOptions checked(PrefetchOptions options) {
  const auto require = [](bool valid, const std::string &what) {
    if (!valid) throw Error(ErrorKind::Settings, "Invalid prefetch option: expected " + what + ".");
  };
  if (options.stride == 0) options.stride = options.batch;
  require(options.batch >= 1, "a batch size of at least 1, not " + std::to_string(options.batch));
  require(options.threads >= 1, "at least 1 thread, not " + std::to_string(options.threads));
  require(options.depth >= 1, "a depth of at least 1 batch, not " + std::to_string(options.depth));
  require(options.first >= 0,
          "a first example of at least 0, not " + std::to_string(options.first));
  require(options.stride >= options.batch, "a stride of at least the batch size " +
                                               std::to_string(options.batch) + ", not " +
                                               std::to_string(options.stride));
  return options;
}

}  // namespace

Prefetcher::Prefetcher(std::shared_ptr<const Dataset> dataset, const PrefetchOptions &options)
    : dataset_(std::move(dataset)), options_(checked(options)) {
  for (int i = 0; i < options_.threads; ++i)
    threads_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
}

Prefetcher::~Prefetcher() {
  for (auto &thread : threads_) thread.request_stop();
}

Batch Prefetcher::next() {
  const auto start = options_.clock();
  std::unique_lock held(lock_);
  filled_.wait(held, [this] { return !slots_.empty() && slots_.front()->done == options_.batch; });
  waited_ += std::chrono::duration<double>(options_.clock() - start).count();
  if (slots_.front()->error) std::rethrow_exception(slots_.front()->error);
  Batch batch = std::move(slots_.front()->batch);
  slots_.pop_front();
  room_.notify_all();
  return batch;
}

void Prefetcher::work(std::stop_token stop) {
  std::unique_lock held(lock_);
  while (true) {
    const auto can_begin = [this] {
      return (!slots_.empty() && next_row_ < options_.batch) ||
             slots_.size() < static_cast<std::size_t>(options_.depth);
    };
    if (!room_.wait(held, stop, can_begin)) return;
    if (begun_ == 0 || next_row_ == options_.batch) {
      slots_.push_back(std::make_shared<Slot>());
      ++begun_;
      next_row_ = 0;
    }
    const auto slot = slots_.back();
    const int row = next_row_++;
    const std::int64_t index = options_.first + (begun_ - 1) * options_.stride + row;
    held.unlock();
    load(*slot, index, row);
    held.lock();
    if (++slot->done == options_.batch) filled_.notify_all();
    if (stop.stop_requested()) return;
  }
}

void Prefetcher::load(Slot &slot, std::int64_t index, int row) {
  try {
    put(slot, dataset_->example(options_.seed, index), row);
  } catch (...) {
    const std::lock_guard held(lock_);
    if (!slot.error) slot.error = std::current_exception();
  }
}

/// Copies rows without torch::stack, which would start a thread pool for each loading thread.
void Prefetcher::put(Slot &slot, const Batch &example, int row) {
  Batch rows;
  {
    const std::lock_guard held(lock_);
    if (slot.batch.empty())
      for (const auto &[name, tensor] : example) {
        std::vector<std::int64_t> shape = tensor.sizes().vec();
        shape.insert(shape.begin(), options_.batch);
        slot.batch[name] = torch::empty(shape, tensor.options());
      }
    rows = slot.batch;
  }
  const auto fits = [&rows](const auto &named) {
    const auto row = rows.find(named.first);
    return row != rows.end() && row->second.sizes().slice(1) == named.second.sizes() &&
           row->second.scalar_type() == named.second.scalar_type();
  };
  if (example.size() != rows.size() || !std::all_of(example.begin(), example.end(), fits))
    throw Error(ErrorKind::Failed,
                "The examples of the data set have different tensors or shapes.");
  for (const auto &[name, tensor] : example) {
    const torch::Tensor values = tensor.contiguous();
    const std::size_t size = values.nbytes();
    std::memcpy(static_cast<char *>(rows[name].data_ptr()) + row * size, values.data_ptr(), size);
  }
}

}  // namespace hyperlips::training
