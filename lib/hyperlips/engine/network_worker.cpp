// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/network_worker.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "hyperlips/engine/inference_thread.hpp"

namespace hyperlips {
namespace {

/// Memory for the values of several callers.
std::vector<std::vector<std::byte>> buffers_for(const std::vector<TensorInfo> &tensors, int batch) {
  std::vector<std::vector<std::byte>> buffers;
  for (const TensorInfo &tensor : tensors)
    buffers.emplace_back(std::size_t(batch) * tensor.bytes());
  return buffers;
}

}  // namespace

NetworkWorker::NetworkWorker(const NetworkInfo &info, std::unique_ptr<Backend> backend,
                             MakeBackend make)
    : info_(info),
      make_(std::move(make)),
      most_samples_(backend->most_samples()),
      backend_(std::move(backend)) {}

std::future<void> NetworkWorker::submit(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                                        DueTime due) {
  Request request{.batch = batch,
                  .inputs = {inputs.begin(), inputs.end()},
                  .outputs = {outputs.begin(), outputs.end()},
                  .due = due,
                  .done = {}};
  std::future<void> result = request.done.get_future();
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(request));
  }
  // One job for each request; those that find nothing left do nothing.
  InferenceThread::of(info_.device).post(due, [self = shared_from_this(), live = due != kNotDue] {
    self->serve(live);
  });
  return result;
}

void NetworkWorker::serve(bool live) {
  Requests requests = take(live);
  if (!requests.empty()) compute(requests);
}

/// The requests that are due first, as many as are computed together.
NetworkWorker::Requests NetworkWorker::take(bool live) {
  const std::lock_guard lock(mutex_);
  std::ranges::stable_sort(waiting_, std::less{}, &Request::due);
  const auto same = [live](const Request &request) { return (request.due != kNotDue) == live; };
  const auto first = std::ranges::find_if(waiting_, same);
  auto last = first;
  int samples = 0;
  while (last != waiting_.end() && same(*last) &&
         (last == first || samples + last->batch <= most_samples_)) {
    samples += last->batch;
    ++last;
  }
  Requests taken(std::make_move_iterator(first), std::make_move_iterator(last));
  waiting_.erase(first, last);
  return taken;
}

void NetworkWorker::compute(Requests &requests) {
  try {
    if (requests.size() == 1) {
      const Request &only = requests.front();
      compute(only.batch, only.inputs, only.outputs);
    } else {
      compute_together(requests);
    }
    for (Request &request : requests) request.done.set_value();
  } catch (...) {
    for (Request &request : requests) request.done.set_exception(std::current_exception());
  }
}

void NetworkWorker::compute(int batch, NetworkInputs inputs, NetworkOutputs outputs) {
  if (!backend_) backend_ = make_();
  const std::shared_ptr<Backend> backend = backend_;  // a job within this one may drop it
  try {
    backend->compute(batch, inputs, outputs, InferenceThread::let_due_job_run);
  } catch (...) {
    backend_.reset();
    throw;
  }
}

void NetworkWorker::compute_together(const Requests &requests) {
  int batch = 0;
  for (const Request &request : requests) batch += request.batch;
  auto inputs = buffers_for(info_.inputs, batch), outputs = buffers_for(info_.outputs, batch);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::byte *to = inputs[i].data();
    for (const Request &request : requests) to = std::ranges::copy(request.inputs[i], to).out;
  }
  compute(batch, std::vector<std::span<const std::byte>>(inputs.begin(), inputs.end()),
          std::vector<std::span<std::byte>>(outputs.begin(), outputs.end()));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::byte *from = outputs[i].data();
    for (const Request &request : requests) {
      std::memcpy(request.outputs[i].data(), from, request.outputs[i].size());
      from += request.outputs[i].size();
    }
  }
}

}  // namespace hyperlips
