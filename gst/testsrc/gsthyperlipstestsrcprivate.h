// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <memory>

#include "gsthyperlipstestbasesrc.h"
#include "gsthyperlipstestsrc.h"

struct GstHyperlipsTestSrcPrivate {
  std::shared_ptr<TestSrcShared> shared = std::make_shared<TestSrcShared>();
  std::array<GstElement *, 2> streams{};  ///< the children, by TestSrcIndex; owned by the bin
  std::array<GstPad *, 2> pads{};         ///< their ghost pads; owned by the element
};

struct _GstHyperlipsTestSrc {
  GstBin parent;
  GstHyperlipsTestSrcPrivate *priv;
};

/// Performs a seek or keeps it until the element is started. `stream` is the one whose pad the
/// event came to, or null. Takes ownership of the event.
gboolean gst_hyperlips_test_src_seek(GstHyperlipsTestSrc *self, GstHyperlipsTestBaseSrc *stream,
                                     GstEvent *event);
/// READY to PAUSED, after the streams are prepared: sets the first segment.
void gst_hyperlips_test_src_start_segment(GstHyperlipsTestSrc *self);

void gst_hyperlips_test_src_install_properties(GObjectClass *klass);
