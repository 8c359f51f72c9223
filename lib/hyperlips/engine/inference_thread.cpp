// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/inference_thread.hpp"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <pthread.h>

#include <map>
#include <thread>

namespace hyperlips {

InferenceThread &InferenceThread::of(const std::string &device) {
  // Leaked: at exit the threads may still wait, and LibTorch's statics must outlive them.
  static auto &threads = *new std::map<std::string, InferenceThread *>;
  static auto &mutex = *new std::mutex;
  const std::lock_guard lock(mutex);
  InferenceThread *&thread = threads[device];
  if (thread == nullptr) thread = new InferenceThread;
  return *thread;
}

InferenceThread::InferenceThread() { std::thread(&InferenceThread::loop, this).detach(); }

void InferenceThread::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wakeup_.notify_one();
}

void InferenceThread::loop() {
  pthread_setname_np(pthread_self(), "hyperlips-infer");
  // OpenMP keeps the count per thread: what the host program sets elsewhere has no effect here.
  at::set_num_threads(at::get_num_threads());
  const c10::InferenceMode inference_mode;
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wakeup_.wait(lock, [this] { return !jobs_.empty(); });
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace hyperlips
