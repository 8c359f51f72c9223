// SPDX-License-Identifier: LGPL-2.1-or-later
// Teaches ThreadSanitizer about GLib's mutexes and condition variables. They are futexes, or are
// created on first use through an atomic pointer, so that without this file no lock of a GStreamer
// object is detected. OpenCV's threads, whose locks are not seen either, are turned off.
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

#include <opencv2/core/utility.hpp>

extern "C" {
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
}

namespace {

/// Ignores the memory accesses of this thread during its lifetime.
struct IgnoreAccesses {
  IgnoreAccesses() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~IgnoreAccesses() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
};

[[maybe_unused]] const bool kOneThread = (cv::setNumThreads(0), true);

}  // namespace

/// Defines `real`, GLib's function of this name.
#define REAL(name) \
  static const auto real = reinterpret_cast<decltype(&name)>(dlsym(RTLD_NEXT, #name))

extern "C" {

void g_mutex_lock(GMutex *mutex) {
  REAL(g_mutex_lock);
  real(mutex);
  __tsan_acquire(mutex);
}

gboolean g_mutex_trylock(GMutex *mutex) {
  REAL(g_mutex_trylock);
  const gboolean locked = real(mutex);
  if (locked) __tsan_acquire(mutex);
  return locked;
}

void g_mutex_unlock(GMutex *mutex) {
  REAL(g_mutex_unlock);
  __tsan_release(mutex);
  real(mutex);
}

void g_cond_wait(GCond *condition, GMutex *mutex) {
  REAL(g_cond_wait);
  __tsan_release(mutex);
  real(condition, mutex);
  __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond *condition, GMutex *mutex, gint64 end) {
  REAL(g_cond_wait_until);
  __tsan_release(mutex);
  const gboolean signalled = real(condition, mutex, end);
  __tsan_acquire(mutex);
  return signalled;
}

void g_rec_mutex_lock(GRecMutex *mutex) {
  REAL(g_rec_mutex_lock);
  {
    const IgnoreAccesses ignore;
    real(mutex);
  }
  __tsan_acquire(mutex);
}

gboolean g_rec_mutex_trylock(GRecMutex *mutex) {
  REAL(g_rec_mutex_trylock);
  gboolean locked;
  {
    const IgnoreAccesses ignore;
    locked = real(mutex);
  }
  if (locked) __tsan_acquire(mutex);
  return locked;
}

void g_rec_mutex_unlock(GRecMutex *mutex) {
  REAL(g_rec_mutex_unlock);
  __tsan_release(mutex);
  const IgnoreAccesses ignore;
  real(mutex);
}

void g_rec_mutex_clear(GRecMutex *mutex) {
  REAL(g_rec_mutex_clear);
  const IgnoreAccesses ignore;
  real(mutex);
}

}  // extern "C"
