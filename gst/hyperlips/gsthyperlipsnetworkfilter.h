// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "gst/lib/gsthyperlipsfilter.h"
#include "hyperlips/engine/network.hpp"

#define GST_TYPE_HYPERLIPS_NETWORK_FILTER (gst_hyperlips_network_filter_get_type())
G_DECLARE_DERIVABLE_TYPE(GstHyperlipsNetworkFilter, gst_hyperlips_network_filter, GST,
                         HYPERLIPS_NETWORK_FILTER, GstHyperlipsFilter)

/// Base class of the elements that run a network on the faces of each frame. Adds the properties
/// model, device, precision, batch-size, model-instance-id and stats, and opens the network when
/// the element goes to READY.
struct _GstHyperlipsNetworkFilterClass {
  GstHyperlipsFilterClass parent_class;

  /// Architectures that fit, by the prefix of their names in the registry.
  const char *architecture;
};

/// The open network; not null between READY and NULL.
hyperlips::Network &gst_hyperlips_network_filter_network(GstHyperlipsNetworkFilter *filter);

/// Frames that are processed together: property batch-size, or by itself 1 when live, else 8.
guint gst_hyperlips_network_filter_batch(GstHyperlipsNetworkFilter *filter);

/// Runs the network on `faces` inputs, in pieces of at most the batch size, and counts it.
void gst_hyperlips_network_filter_run(GstHyperlipsNetworkFilter *filter, guint faces,
                                      std::span<const std::span<const float>> inputs,
                                      std::span<float> output);

/// Counts frames for the stats: how many went by, and how many of them untouched.
void gst_hyperlips_network_filter_count(GstHyperlipsNetworkFilter *filter, guint frames,
                                        guint untouched, guint late);

/// A ready() for elements that only fill batches; `wanted` says which frames need the network.
guint gst_hyperlips_network_filter_fill_batch(GstHyperlipsNetworkFilter *filter,
                                              HyperlipsFrames frames, gboolean drain,
                                              bool (*wanted)(const HyperlipsFrame &frame));
