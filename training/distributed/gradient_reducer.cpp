// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/distributed/gradient_reducer.hpp"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/nn/module.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

namespace hyperlips::training {
namespace {

// std::shared_ptr or c10::intrusive_ptr, depending on the version of LibTorch.
using NodePointer = decltype(torch::autograd::impl::grad_accumulator(at::Tensor()));

struct Slot {
  at::Tensor parameter;
  at::Tensor part;  // of the bucket, with the shape of the parameter
  std::size_t bucket = 0;
  int expected = 1;  // accumulations per step, as in the previous step
  int seen = 0;
  // The node that adds gradients to the parameter, and the number of the hook on it.
  NodePointer node;
  std::uintptr_t hook = 0;
};

struct Bucket {
  at::Tensor flat;
  std::vector<std::size_t> slots;
  std::size_t ready = 0;  // slots whose gradient is complete
  bool sent = false;
  bool stale = false;  // a gradient changed after it was sent
  ProcessGroup::Pending pending;
};

bool fits(const at::Tensor &a, const at::Tensor &b) {
  return a.scalar_type() == b.scalar_type() && a.device() == b.device();
}

}  // namespace

struct GradientReducer::Impl {
  ProcessGroup &group;
  std::vector<Slot> slots;
  std::vector<Bucket> buckets;
  bool active = false;
  std::size_t next = 0;  // bucket to send: always in the same order on all ranks
  int overlapped = 0;

  explicit Impl(ProcessGroup &its_group) : group(its_group) {}

  void make_buckets(const std::vector<at::Tensor> &parameters, std::int64_t bucket_bytes) {
    std::int64_t bytes = 0;
    for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter) {
      if (!parameter->requires_grad()) continue;
      const auto size = static_cast<std::int64_t>(parameter->nbytes());
      const bool joins = !buckets.empty() && bytes + size <= bucket_bytes &&
                         fits(slots[buckets.back().slots.front()].parameter, *parameter);
      if (!joins) {
        buckets.emplace_back();
        bytes = 0;
      }
      bytes += size;
      buckets.back().slots.push_back(slots.size());
      slots.push_back({.parameter = *parameter, .part = {}, .bucket = buckets.size() - 1});
    }
    for (Bucket &bucket : buckets) {
      std::int64_t count = 0;
      for (const std::size_t slot : bucket.slots) count += slots[slot].parameter.numel();
      bucket.flat = at::empty({count}, slots[bucket.slots.front()].parameter.options());
      std::int64_t offset = 0;
      for (const std::size_t index : bucket.slots) {
        Slot &slot = slots[index];
        const std::int64_t numel = slot.parameter.numel();
        slot.part = bucket.flat.narrow(0, offset, numel).view(slot.parameter.sizes());
        offset += numel;
      }
    }
  }

  void accumulated(std::size_t index) {
    if (!active) return;
    Slot &slot = slots[index];
    Bucket &bucket = buckets[slot.bucket];
    ++slot.seen;
    if (bucket.sent) {
      bucket.stale = true;
    } else if (slot.seen == slot.expected) {
      ++bucket.ready;
      for (; next < buckets.size() && buckets[next].ready == buckets[next].slots.size(); ++next) {
        send(buckets[next]);
        ++overlapped;
      }
    }
  }

  void send(Bucket &bucket) {
    const at::NoGradGuard no_grad;
    for (const std::size_t slot : bucket.slots) {
      const at::Tensor gradient = slots[slot].parameter.grad();
      if (gradient.defined()) {
        slots[slot].part.copy_(gradient);
      } else {
        slots[slot].part.zero_();
      }
    }
    bucket.pending = group.all_reduce_async(bucket.flat);
    bucket.sent = true;
  }

  void begin() {
    active = true;
    next = 0;
    overlapped = 0;
    for (Slot &slot : slots) slot.seen = 0;
    for (Bucket &bucket : buckets) {
      bucket.ready = 0;
      bucket.sent = bucket.stale = false;
    }
  }

  /// For each slot the number of ranks that have its gradient, then for each bucket the number of
  /// ranks on which it must be sent again; all ranks need both to make the same calls.
  at::Tensor sum_flags() {
    at::Tensor flags = at::zeros({static_cast<std::int64_t>(slots.size() + buckets.size())});
    float *flag = flags.mutable_data_ptr<float>();
    for (const Slot &slot : slots) *flag++ = slot.parameter.grad().defined() ? 1 : 0;
    for (const Bucket &bucket : buckets) *flag++ = bucket.stale ? 1 : 0;
    group.all_reduce(flags);
    return flags;
  }

  void finish() {
    active = false;
    const at::NoGradGuard no_grad;
    for (; next < buckets.size(); ++next) send(buckets[next]);
    const at::Tensor flags = sum_flags();
    const float *flag = flags.const_data_ptr<float>();
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      Bucket &bucket = buckets[i];
      bucket.pending.wait();
      if (flag[slots.size() + i] > 0) {
        send(bucket);
        bucket.pending.wait();
      }
      bucket.pending = {};
      bucket.flat.div_(group.size());
      for (const std::size_t index : bucket.slots) {
        Slot &slot = slots[index];
        slot.expected = std::max(1, slot.seen);
        if (flag[index] == 0) continue;
        at::Tensor &gradient = slot.parameter.mutable_grad();
        if (gradient.defined()) {
          gradient.copy_(slot.part);
        } else {
          gradient = slot.part.clone();
        }
      }
    }
  }
};

GradientReducer::GradientReducer(ProcessGroup &group, const std::vector<at::Tensor> &parameters,
                                 std::int64_t bucket_bytes) {
  if (group.size() == 1) return;
  impl_ = std::make_shared<Impl>(group);
  impl_->make_buckets(parameters, bucket_bytes);
  for (std::size_t i = 0; i < impl_->slots.size(); ++i) {
    Slot &slot = impl_->slots[i];
    slot.node = torch::autograd::impl::grad_accumulator(slot.parameter);
    slot.hook = slot.node->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
        [weak = std::weak_ptr(impl_), i](const auto &outputs, const auto &) {
          if (const auto impl = weak.lock()) impl->accumulated(i);
          return outputs;
        }));
  }
}

GradientReducer::~GradientReducer() {
  if (!impl_) return;
  for (const Slot &slot : impl_->slots) slot.node->del_post_hook(slot.hook);
}

void GradientReducer::begin() {
  if (impl_) impl_->begin();
}

void GradientReducer::finish() {
  if (impl_) impl_->finish();
}

int GradientReducer::overlapped_buckets() const { return impl_ ? impl_->overlapped : 0; }

int GradientReducer::buckets() const { return impl_ ? static_cast<int>(impl_->buckets.size()) : 0; }

void broadcast_state(ProcessGroup &group, const torch::nn::Module &network) {
  if (group.size() == 1) return;
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> tensors = network.parameters();
  for (const at::Tensor &buffer : network.buffers()) tensors.push_back(buffer);
  for (const at::Tensor &tensor : tensors) {
    at::Tensor values = tensor.detach().contiguous();
    group.broadcast(values);
    tensor.detach().copy_(values);
  }
}

}  // namespace hyperlips::training
