// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/job_queue.hpp"

#include <utility>

namespace hyperlips {
namespace {

constexpr std::chrono::seconds kPatience(1);

}  // namespace

void JobQueue::post(Job job, DueTime now) {
  {
    const std::lock_guard lock(mutex_);
    if (job.due == kNotDue) {
      others_.emplace_back(now + kPatience, std::move(job));
    } else {
      due_.emplace(job.due, std::move(job));
      earliest_ = due_.begin()->first;
    }
  }
  wakeup_.notify_one();
}

JobQueue::Job JobQueue::take() {
  std::unique_lock lock(mutex_);
  wakeup_.wait(lock, [this] { return !due_.empty() || !others_.empty(); });
  if (others_.empty() || (!due_.empty() && due_.begin()->first < others_.front().first)) {
    return take_first_due();
  }
  Job job = std::move(others_.front().second);
  others_.pop_front();
  return job;
}

std::optional<JobQueue::Job> JobQueue::take_before(DueTime due) {
  if (earliest_.load() >= due) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (earliest_.load() >= due) return std::nullopt;
  return take_first_due();
}

JobQueue::Job JobQueue::take_first_due() {
  const auto first = due_.begin();
  Job job = std::move(first->second);
  due_.erase(first);
  earliest_ = due_.empty() ? kNotDue : due_.begin()->first;
  return job;
}

}  // namespace hyperlips
