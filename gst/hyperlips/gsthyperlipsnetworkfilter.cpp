// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsnetworkfilter.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <optional>

#include "gst/lib/gsthyperlipserror.h"
#include "gst/lib/media/gst_ptr.hpp"
#include "gsthyperlipsenums.h"
#include "gsthyperlipsrows.h"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

GST_DEBUG_CATEGORY_STATIC(hyperlips_network_debug);
#define GST_CAT_DEFAULT hyperlips_network_debug

#define DEFAULT_BACKEND "auto"
#define DEFAULT_DEVICE "auto"
#define DEFAULT_THREADS 0
#define DEFAULT_BATCH_SIZE 0

namespace {

constexpr guint kFileBatch = 8;
constexpr guint kLiveBatch = 1;
/// A batch is not larger than the frames of this time, so that slow streams do not wait for long.
constexpr GstClockTime kLongestBatch = GST_SECOND;

struct Stats {
  guint64 frames = 0, untouched = 0, late = 0, faces = 0, batches = 0;
  std::chrono::nanoseconds total{0}, longest{0};
};

}  // namespace

struct GstHyperlipsNetworkFilterPrivate {
  std::mutex lock;  ///< settings and stats
  hyperlips::NetworkOptions options;
  std::optional<hyperlips::NetworkInfo> opened;  ///< what is open
  int first_row = 0;                             ///< that downstream needs of what is open
  bool running = false;                          ///< in PAUSED or PLAYING
  bool outdated = false;  ///< settings were changed since the model was opened
  // Accessed by the streaming task, and by state changes while that is stopped.
  std::shared_ptr<hyperlips::Network> network;
  std::atomic<guint> batch_size = DEFAULT_BATCH_SIZE;
  std::atomic<gint64> processing_time = 0;  ///< nanoseconds, measured when the network is opened
  Stats stats;
};

enum {
  PROP_0,
  PROP_MODEL,
  PROP_BACKEND,
  PROP_DEVICE,
  PROP_PRECISION,
  PROP_THREADS,
  PROP_BATCH_SIZE,
  PROP_MODEL_INSTANCE_ID,
  PROP_STATS
};

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(GstHyperlipsNetworkFilter, gst_hyperlips_network_filter,
                                    GST_TYPE_HYPERLIPS_FILTER)

// The struct of a derivable type has no member for the private data.
static GstHyperlipsNetworkFilterPrivate &priv(gpointer self) {
  return *static_cast<GstHyperlipsNetworkFilterPrivate *>(
      gst_hyperlips_network_filter_get_instance_private(GST_HYPERLIPS_NETWORK_FILTER(self)));
}

// ---------------------------------------------------------------------------------------------
// Network

static hyperlips::NetworkInfo gst_hyperlips_network_filter_open(
    GstHyperlipsNetworkFilter *self, const hyperlips::NetworkOptions &options) {
  using hyperlips::Error;
  using hyperlips::ErrorKind;
  const auto *klass = GST_HYPERLIPS_NETWORK_FILTER_GET_CLASS(self);
  hyperlips::NetworkOptions with_pixels = options;
  with_pixels.pixels = true;
  auto network = hyperlips::open_network(with_pixels);
  if (network->info().architecture.rfind(klass->architecture, 0) != 0) {
    throw Error(ErrorKind::Format, "Wrong network in " + hyperlips::quote_path(options.model) +
                                       " for " + GST_OBJECT_NAME(self) + ": expected " +
                                       klass->architecture + ", found " +
                                       network->info().architecture + ".");
  }
  priv(self).network = network;
  return network->info();
}

static void gst_hyperlips_network_filter_warm_up(GstHyperlipsNetworkFilter *self, int batch) {
  priv(self).network->warm_up(batch);
}

static void gst_hyperlips_network_filter_close(GstHyperlipsNetworkFilter *self) {
  priv(self).network.reset();
}

/// Time that one batch takes, plus 50 % for a busy machine. Only live pipelines use it. The first
/// run is slower, so the second one is measured. The larger batches of files are not run in
/// advance: their first run takes half as long again (50 ms more with OpenVINO), which one with
/// empty faces would cost as well.
static std::chrono::nanoseconds measure_batch(GstHyperlipsNetworkFilter *self, int batch) {
  const auto *klass = GST_HYPERLIPS_NETWORK_FILTER_GET_CLASS(self);
  klass->warm_up(self, batch);
  const auto start = std::chrono::steady_clock::now();
  klass->warm_up(self, batch);
  return (std::chrono::steady_clock::now() - start) * 3 / 2;
}

/// The first row of the pictures that downstream needs, as it is linked now.
static int needed_row(GstHyperlipsNetworkFilter *self) {
  const hyperlips::ObjectPtr<GstPad> source(gst_element_get_static_pad(GST_ELEMENT(self), "src"));
  return gst_hyperlips_rows_ask(source.get());
}

static void close_model(GstHyperlipsNetworkFilter *self) {
  auto &p = priv(self);
  {
    std::lock_guard guard(p.lock);
    if (!p.opened) return;
    p.opened.reset();
  }
  GST_HYPERLIPS_NETWORK_FILTER_GET_CLASS(self)->close(self);
}

/// Without the lock while the model is loaded, which may take seconds.
static void open_model(GstHyperlipsNetworkFilter *self) {
  using hyperlips::Error;
  using hyperlips::ErrorKind;
  auto &p = priv(self);
  const auto *klass = GST_HYPERLIPS_NETWORK_FILTER_GET_CLASS(self);
  hyperlips::NetworkOptions options;
  const int first_row = needed_row(self);
  {
    std::lock_guard guard(p.lock);
    options = p.options;
    options.first_row = first_row;
    p.outdated = false;
  }
  if (options.model.empty()) {
    throw Error(ErrorKind::NotFound, std::string("Property model of ") + GST_OBJECT_NAME(self) +
                                         " is not set. Set it to the path of a checkpoint of " +
                                         klass->architecture + " (.safetensors or .pth).");
  }
  const int live_batch = int(p.batch_size > 0 ? guint(p.batch_size) : kLiveBatch);
  const hyperlips::NetworkInfo info = klass->open(self, options);
  try {
    p.processing_time = measure_batch(self, live_batch).count();
  } catch (...) {
    klass->close(self);
    throw;
  }
  GST_INFO_OBJECT(
      self, "opened %s with %s on %s, from row %d on, a batch of %d takes %" GST_TIME_FORMAT,
      info.architecture.c_str(), info.backend.c_str(), info.device.c_str(), info.first_row,
      live_batch, GST_TIME_ARGS(GstClockTime(p.processing_time.load())));
  std::lock_guard guard(p.lock);
  p.opened = info;
  p.first_row = first_row;
  p.stats = {};
}

/// Before the state changes.
static void prepare(GstHyperlipsNetworkFilter *self, GstStateChange transition) {
  auto &p = priv(self);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) open_model(self);
  if (transition != GST_STATE_CHANGE_READY_TO_PAUSED) return;
  // Elements may have been linked since, or, in another order than that of a bin, opened.
  const int first_row = needed_row(self);
  bool outdated;
  {
    std::lock_guard guard(p.lock);
    outdated = p.outdated || !p.opened || p.first_row != first_row;
  }
  if (outdated) {
    close_model(self);
    open_model(self);
  }
  std::lock_guard guard(p.lock);
  p.running = true;
}

static GstStateChangeReturn gst_hyperlips_network_filter_change_state(GstElement *element,
                                                                      GstStateChange transition) {
  auto &p = priv(element);
  auto *self = GST_HYPERLIPS_NETWORK_FILTER(element);
  try {
    prepare(self, transition);
  } catch (const std::exception &error) {
    gst_hyperlips_post_error(element, error);
    return GST_STATE_CHANGE_FAILURE;
  }
  const auto result = GST_ELEMENT_CLASS(gst_hyperlips_network_filter_parent_class)
                          ->change_state(element, transition);
  const bool failed = result == GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED && failed)) {
    std::lock_guard guard(p.lock);
    p.running = false;
  }
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) close_model(self);
  return result;
}

bool gst_hyperlips_network_filter_may_change(GstHyperlipsNetworkFilter *self, GParamSpec *spec) {
  auto &p = priv(self);
  {
    std::lock_guard guard(p.lock);
    p.outdated = p.outdated || !p.running;
    if (!p.running) return true;
  }
  GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                      ("Property %s of %s can only be set in states NULL and READY.", spec->name,
                       GST_OBJECT_NAME(self)),
                      (nullptr));
  return false;
}

hyperlips::Network &gst_hyperlips_network_filter_network(GstHyperlipsNetworkFilter *self) {
  return *priv(self).network;
}

guint gst_hyperlips_network_filter_batch(GstHyperlipsNetworkFilter *self) {
  const guint batch = priv(self).batch_size;
  if (batch > 0) return batch;
  return gst_hyperlips_filter_is_live(GST_HYPERLIPS_FILTER(self)) ? kLiveBatch : kFileBatch;
}

hyperlips::DueTime gst_hyperlips_network_filter_due(GstHyperlipsNetworkFilter *self) {
  // Live frames all wait for the same time, so that the one that comes first is due first.
  return gst_hyperlips_filter_is_live(GST_HYPERLIPS_FILTER(self)) ? hyperlips::DueTime::clock::now()
                                                                  : hyperlips::kNotDue;
}

void gst_hyperlips_network_filter_count_run(GstHyperlipsNetworkFilter *self, guint faces,
                                            std::chrono::nanoseconds time) {
  auto &p = priv(self);
  const guint batch = gst_hyperlips_network_filter_batch(self);
  const guint batches = (faces + batch - 1) / batch;
  std::lock_guard guard(p.lock);
  p.stats.faces += faces;
  p.stats.batches += batches;
  p.stats.total += time;
  if (batches > 0) p.stats.longest = std::max(p.stats.longest, time / batches);
}

void gst_hyperlips_network_filter_count(GstHyperlipsNetworkFilter *self, guint frames,
                                        guint untouched, guint late) {
  auto &p = priv(self);
  std::lock_guard guard(p.lock);
  p.stats.frames += frames;
  p.stats.untouched += untouched;
  p.stats.late += late;
}

guint gst_hyperlips_network_filter_fill_batch(GstHyperlipsNetworkFilter *self,
                                              HyperlipsFrames frames, gboolean drain,
                                              bool (*wanted)(const HyperlipsFrame &frame)) {
  const guint batch = gst_hyperlips_network_filter_batch(self);
  const guint here = std::min<guint>(batch, guint(frames.size()));
  if (here == 0 || drain || here == batch) return here;
  const GstClockTime first = frames[0]->running_time, last = frames[here - 1]->running_time;
  if (GST_CLOCK_TIME_IS_VALID(first) && GST_CLOCK_TIME_IS_VALID(last) &&
      last >= first + kLongestBatch) {
    return here;
  }
  // Frames that do not need the network do not wait for a full batch.
  guint idle = 0;
  const auto passes = [&](const HyperlipsFrame &frame) {
    return frame.skip || frame.late || !wanted(frame);
  };
  while (idle < here && passes(*frames[idle])) ++idle;
  return idle;
}

static GstClockTime gst_hyperlips_network_filter_lookahead_time(GstHyperlipsFilter *filter) {
  return (gst_hyperlips_network_filter_batch(GST_HYPERLIPS_NETWORK_FILTER(filter)) - 1) *
         gst_hyperlips_filter_frame_duration(filter);
}

static GstClockTime gst_hyperlips_network_filter_processing_time(GstHyperlipsFilter *filter) {
  return GstClockTime(priv(filter).processing_time.load());
}

static guint gst_hyperlips_network_filter_capacity(GstHyperlipsFilter *filter) {
  return 2 * gst_hyperlips_network_filter_batch(GST_HYPERLIPS_NETWORK_FILTER(filter));
}

// ---------------------------------------------------------------------------------------------
// GObject

static GstStructure *stats_structure(const GstHyperlipsNetworkFilterPrivate &p) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const Stats &s = p.stats;
  const double average = s.batches ? Milliseconds(s.total).count() / double(s.batches) : 0;
  GstStructure *stats = gst_structure_new(
      "hyperlips/stats", "frames", G_TYPE_UINT64, s.frames, "untouched", G_TYPE_UINT64, s.untouched,
      "late", G_TYPE_UINT64, s.late, "faces", G_TYPE_UINT64, s.faces, "batches", G_TYPE_UINT64,
      s.batches, "average-inference-ms", G_TYPE_DOUBLE, average, "longest-inference-ms",
      G_TYPE_DOUBLE, Milliseconds(s.longest).count(), nullptr);
  if (p.opened) {
    gst_structure_set(stats, "backend", G_TYPE_STRING, p.opened->backend.c_str(), "device",
                      G_TYPE_STRING, p.opened->device.c_str(), "precision", G_TYPE_STRING,
                      hyperlips::to_string(p.opened->precision), "threads", G_TYPE_UINT,
                      guint(p.opened->threads), "architecture", G_TYPE_STRING,
                      p.opened->architecture.c_str(), "first-row", G_TYPE_UINT,
                      guint(p.opened->first_row), nullptr);
  }
  return stats;
}

static void gst_hyperlips_network_filter_set_property(GObject *object, guint id,
                                                      const GValue *value, GParamSpec *spec) {
  auto &p = priv(object);
  const auto text = [&] {
    const gchar *string = g_value_get_string(value);
    return std::string(string ? string : "");
  };
  if (!gst_hyperlips_network_filter_may_change(GST_HYPERLIPS_NETWORK_FILTER(object), spec)) return;
  std::lock_guard guard(p.lock);
  switch (id) {
    case PROP_MODEL:
      p.options.model = text();
      break;
    case PROP_BACKEND:
      p.options.backend = text().empty() ? DEFAULT_BACKEND : text();
      break;
    case PROP_DEVICE:
      p.options.device = text().empty() ? DEFAULT_DEVICE : text();
      break;
    case PROP_PRECISION:
      p.options.precision = hyperlips::Precision(g_value_get_enum(value));
      break;
    case PROP_THREADS:
      p.options.threads = int(g_value_get_uint(value));
      break;
    case PROP_BATCH_SIZE:
      p.batch_size = g_value_get_uint(value);
      break;
    case PROP_MODEL_INSTANCE_ID:
      p.options.instance_id = text();
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_hyperlips_network_filter_get_property(GObject *object, guint id, GValue *value,
                                                      GParamSpec *spec) {
  auto &p = priv(object);
  std::lock_guard guard(p.lock);
  switch (id) {
    case PROP_MODEL:
      g_value_set_string(value, p.options.model.empty() ? nullptr : p.options.model.c_str());
      break;
    case PROP_BACKEND:
      g_value_set_string(value, p.options.backend.c_str());
      break;
    case PROP_DEVICE:
      g_value_set_string(value, p.options.device.c_str());
      break;
    case PROP_PRECISION:
      g_value_set_enum(value, gint(p.options.precision));
      break;
    case PROP_THREADS:
      g_value_set_uint(value, guint(p.options.threads));
      break;
    case PROP_BATCH_SIZE:
      g_value_set_uint(value, p.batch_size);
      break;
    case PROP_MODEL_INSTANCE_ID:
      g_value_set_string(value,
                         p.options.instance_id.empty() ? nullptr : p.options.instance_id.c_str());
      break;
    case PROP_STATS:
      g_value_take_boxed(value, stats_structure(p));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void gst_hyperlips_network_filter_finalize(GObject *object) {
  priv(object).~GstHyperlipsNetworkFilterPrivate();
  G_OBJECT_CLASS(gst_hyperlips_network_filter_parent_class)->finalize(object);
}

static void install_network_properties(GObjectClass *object_class, GParamFlags flags) {
  /**
   * GstHyperlipsNetworkFilter:model:
   *
   * Path of the network's checkpoint: .safetensors, or .pth as published. hyperlipsbase also takes
   * the bank of a person's own mouths (.bank), which `hyperlips-train enrol` makes.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_MODEL,
      g_param_spec_string("model", "Model",
                          "Path of the network's checkpoint (.safetensors or .pth), or of a bank",
                          nullptr, flags));
  /**
   * GstHyperlipsNetworkFilter:backend:
   *
   * Library that computes the network: "auto", "openvino" or "torch" (LibTorch). "auto" is OpenVINO
   * on the CPU and LibTorch on CUDA devices, or the one that is installed.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_BACKEND,
      g_param_spec_string("backend", "Backend",
                          "Library that computes the network: auto, openvino or torch",
                          DEFAULT_BACKEND, flags));
  /**
   * GstHyperlipsNetworkFilter:device:
   *
   * Device that runs the network: "auto", "cpu", "cuda" or "cuda:N". "auto" is the first CUDA
   * device if there is one and LibTorch with CUDA is installed, else the CPU. A device that is not
   * available is an error.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_DEVICE,
      g_param_spec_string("device", "Device",
                          "Device that runs the network: auto, cpu, cuda or cuda:N", DEFAULT_DEVICE,
                          flags));
  /**
   * GstHyperlipsNetworkFilter:precision:
   *
   * Number format in which the network computes. "auto" is bf16 on a CPU with instructions for it,
   * bf16 or fp16 on a CUDA device, and fp32 otherwise.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_PRECISION,
      g_param_spec_enum("precision", "Precision", "Number format in which the network computes",
                        GST_TYPE_HYPERLIPS_PRECISION, gint(hyperlips::Precision::Auto), flags));
  /**
   * GstHyperlipsNetworkFilter:threads:
   *
   * Number of CPU threads that compute the network. 0 selects one per core.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_THREADS,
      g_param_spec_uint("threads", "Threads",
                        "Number of CPU threads that compute the network (0 = one per core)", 0,
                        hyperlips::kMostThreads, DEFAULT_THREADS, flags));
  /**
   * GstHyperlipsNetworkFilter:model-instance-id:
   *
   * Elements with the same id, model, backend, device, precision and threads share one copy of the
   * weights if they compute the same rows of the pictures.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_MODEL_INSTANCE_ID,
      g_param_spec_string("model-instance-id", "Model Instance ID",
                          "Elements with the same id, model, backend, device, precision and "
                          "threads share one copy of the weights",
                          nullptr, flags));
}

static void install_batch_properties(GObjectClass *object_class, GParamFlags flags) {
  /**
   * GstHyperlipsNetworkFilter:batch-size:
   *
   * Number of frames that are processed together. 0 selects 1 in live pipelines and 8 otherwise.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_BATCH_SIZE,
      g_param_spec_uint("batch-size", "Batch Size",
                        "Number of frames that are processed together (0 = 1 if live, else 8)", 0,
                        64, DEFAULT_BATCH_SIZE, flags));
  /**
   * GstHyperlipsNetworkFilter:stats:
   *
   * Statistics since the network was opened: "frames", "untouched", "late", "faces", "batches"
   * (guint64), "average-inference-ms" and "longest-inference-ms" (gdouble, per batch), and of the
   * open network "backend", "device", "precision" and "architecture" (strings), "threads" (guint, 0
   * for other devices than the CPU) and "first-row" (guint): the first row of the 128 of a picture
   * that is computed, because hyperlipscomposite shows none above; those are of the crop.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      object_class, PROP_STATS,
      g_param_spec_boxed("stats", "Stats",
                         "Number of frames, faces and batches, inference times, backend, device "
                         "and precision",
                         GST_TYPE_STRUCTURE,
                         GParamFlags(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
}

static void gst_hyperlips_network_filter_class_init(GstHyperlipsNetworkFilterClass *klass) {
  GST_DEBUG_CATEGORY_INIT(hyperlips_network_debug, "hyperlipsnetwork", 0,
                          "HyperLips elements with a network");
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_hyperlips_network_filter_set_property;
  object_class->get_property = gst_hyperlips_network_filter_get_property;
  object_class->finalize = gst_hyperlips_network_filter_finalize;
  // The network is opened in the state change to READY, and again in that to PAUSED if needed.
  const auto before_paused =
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  install_network_properties(object_class, before_paused);
  install_batch_properties(object_class, before_paused);

  klass->open = gst_hyperlips_network_filter_open;
  klass->warm_up = gst_hyperlips_network_filter_warm_up;
  klass->close = gst_hyperlips_network_filter_close;
  GST_ELEMENT_CLASS(klass)->change_state = gst_hyperlips_network_filter_change_state;
  auto *filter_class = GST_HYPERLIPS_FILTER_CLASS(klass);
  filter_class->lookahead_time = gst_hyperlips_network_filter_lookahead_time;
  filter_class->processing_time = gst_hyperlips_network_filter_processing_time;
  filter_class->capacity = gst_hyperlips_network_filter_capacity;
  gst_type_mark_as_plugin_api(GST_TYPE_HYPERLIPS_NETWORK_FILTER, GstPluginAPIFlags(0));
  gst_type_mark_as_plugin_api(GST_TYPE_HYPERLIPS_FILTER, GstPluginAPIFlags(0));
}

static void gst_hyperlips_network_filter_init(GstHyperlipsNetworkFilter *self) {
  new (gst_hyperlips_network_filter_get_instance_private(self)) GstHyperlipsNetworkFilterPrivate;
}
