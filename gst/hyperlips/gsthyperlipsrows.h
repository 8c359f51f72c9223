// SPDX-License-Identifier: LGPL-2.1-or-later
// Which rows of the generated pictures are needed: a custom query that travels downstream.
#pragma once

#include <gst/gst.h>

/// Asks everything that gets the buffers of a source pad. Returns the first row that is needed of
/// the generated pictures of the crops, in rows of 128: 0, the whole picture, unless each branch
/// has an element that answers. Works in all states.
int gst_hyperlips_rows_ask(GstPad *source);

/// Whether a query is that.
bool gst_hyperlips_rows_is_query(GstQuery *query);

/// Answers it for the sink pad that got it. No more elements are asked.
void gst_hyperlips_rows_answer(GstQuery *query, GstPad *sink, int first_row);
