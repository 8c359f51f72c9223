// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "gst/lib/gsthyperlipsfilter.h"
#include "hyperlips/engine/network.hpp"

#define GST_TYPE_HYPERLIPS_NETWORK_FILTER (gst_hyperlips_network_filter_get_type())
G_DECLARE_DERIVABLE_TYPE(GstHyperlipsNetworkFilter, gst_hyperlips_network_filter, GST,
                         HYPERLIPS_NETWORK_FILTER, GstHyperlipsFilter)

/// Base class of the elements that run a model on the faces of each frame. Adds the properties
/// model, backend, device, precision, threads, batch-size, model-instance-id and stats, and opens
/// the model in the state change from NULL to READY, for the rows of its pictures that downstream
/// needs (gsthyperlipsrows.h), and again in that to PAUSED if properties or these rows have
/// changed. A subclass sets `architecture` and, in its `process`, calls
/// gst_hyperlips_network_filter_count_run() and gst_hyperlips_network_filter_count(). A subclass
/// that runs more than one kind of model implements `open`, `warm_up` and `close`.
struct _GstHyperlipsNetworkFilterClass {
  GstHyperlipsFilterClass parent_class;

  /// Prefix of the names of the accepted architectures, as in hyperlips::NetworkInfo.
  const char *architecture;

  /// Opens the model and returns what it is. Throws Error. By default opens a network of
  /// `architecture`, with pixels.
  hyperlips::NetworkInfo (*open)(GstHyperlipsNetworkFilter *filter,
                                 const hyperlips::NetworkOptions &options);
  /// Runs the model on `batch` empty faces.
  void (*warm_up)(GstHyperlipsNetworkFilter *filter, int batch);
  /// Closes the model.
  void (*close)(GstHyperlipsNetworkFilter *filter);
};

/// Before a property that `open` uses is set, without locks: whether that is possible, which is not
/// so in PAUSED and PLAYING. Posts a warning otherwise. The model is opened with the new value.
bool gst_hyperlips_network_filter_may_change(GstHyperlipsNetworkFilter *filter, GParamSpec *spec);

/// The network that the default `open` opened; valid in READY and higher states.
hyperlips::Network &gst_hyperlips_network_filter_network(GstHyperlipsNetworkFilter *filter);

/// Number of frames processed together: property batch-size, where 0 is 1 when live, else 8.
guint gst_hyperlips_network_filter_batch(GstHyperlipsNetworkFilter *filter);

/// When the network's results for frames that are processed now are needed.
hyperlips::DueTime gst_hyperlips_network_filter_due(GstHyperlipsNetworkFilter *filter);

/// Updates the stats after a run of `faces` faces in batches, which took `time`.
void gst_hyperlips_network_filter_count_run(GstHyperlipsNetworkFilter *filter, guint faces,
                                            std::chrono::nanoseconds time);

/// Updates the stats: number of frames, of frames passed unmodified, and of late frames.
void gst_hyperlips_network_filter_count(GstHyperlipsNetworkFilter *filter, guint frames,
                                        guint untouched, guint late);

/// Implements ready() for elements that only wait for full batches; `wanted` returns whether a
/// frame needs the network.
guint gst_hyperlips_network_filter_fill_batch(GstHyperlipsNetworkFilter *filter,
                                              HyperlipsFrames frames, gboolean drain,
                                              bool (*wanted)(const HyperlipsFrame &frame));
