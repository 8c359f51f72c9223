// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/inference_thread.hpp"

#include <pthread.h>

#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace hyperlips {
namespace {

thread_local InferenceThread *own_thread = nullptr;

}  // namespace

InferenceThread &InferenceThread::of(const std::string &device) {
  // Leaked: at exit the threads may still wait.
  static auto &threads = *new std::map<std::string, InferenceThread *>;
  static auto &mutex = *new std::mutex;
  const std::lock_guard lock(mutex);
  InferenceThread *&thread = threads[device];
  if (thread == nullptr) thread = new InferenceThread;
  return *thread;
}

InferenceThread::InferenceThread() { std::thread(&InferenceThread::loop, this).detach(); }

void InferenceThread::post(DueTime due, std::function<void()> work) {
  jobs_.post({std::move(work), due}, DueTime::clock::now());
}

void InferenceThread::let_due_job_run() {
  if (own_thread == nullptr) return;
  if (const auto job = own_thread->jobs_.take_before(own_thread->running_))
    own_thread->run_job(*job);
}

void InferenceThread::run_job(const JobQueue::Job &job) {
  const DueTime before = std::exchange(running_, job.due);
  job.work();
  running_ = before;
}

void InferenceThread::loop() {
  pthread_setname_np(pthread_self(), "hyperlips-infer");
  own_thread = this;
  while (true) run_job(jobs_.take());
}

}  // namespace hyperlips
