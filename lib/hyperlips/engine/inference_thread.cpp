// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/inference_thread.hpp"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <pthread.h>

#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "hyperlips/engine/short_spinning.hpp"

namespace hyperlips {
namespace {

thread_local InferenceThread *own_thread = nullptr;

}  // namespace

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

void InferenceThread::let_due_job_run() {
  if (own_thread == nullptr) return;
  if (const auto job = own_thread->jobs_.take_before(own_thread->running_)) {
    own_thread->run_job(*job);
  }
}

void InferenceThread::run_job(const JobQueue::Job &job) {
  const DueTime before = std::exchange(running_, job.due);
  job.work();
  running_ = before;
}

void InferenceThread::beside(const std::function<void()> &work) {
  std::thread([&] {
    at::set_num_threads(team_size_.get());
    const c10::InferenceMode inference_mode;
    work();
  }).join();
}

void InferenceThread::loop() {
  pthread_setname_np(pthread_self(), "hyperlips-infer");
  own_thread = this;
  const int team_size = at::get_num_threads();
  // OpenMP keeps the count per thread: what the host program sets elsewhere has no effect here.
  at::set_num_threads(team_size);
  const c10::InferenceMode inference_mode;
  static std::once_flag once;
  std::call_once(once, shorten_spinning, team_size);
  started_.set_value(team_size);
  while (true) run_job(jobs_.take());
}

}  // namespace hyperlips
