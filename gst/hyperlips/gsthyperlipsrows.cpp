// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gsthyperlipsrows.h"

#include <algorithm>

#include "gsthyperlipsutils.h"

#define ROWS_QUERY "hyperlips/rows"

namespace {

using hyperlips::ObjectPtr;

struct Answer {
  int first_row = 0;
  ObjectPtr<GstPad> pad;  ///< that answered; null: none did
};

Answer ask(GstPad *source) {
  Answer answer;
  GstQuery *query = gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty(ROWS_QUERY));
  if (gst_pad_peer_query(source, query)) {
    const GstStructure *structure = gst_query_get_structure(query);
    GstPad *pad = nullptr;
    if (gst_structure_get(structure, "first-row", G_TYPE_INT, &answer.first_row, "pad",
                          GST_TYPE_PAD, &pad, nullptr)) {
      answer.pad.reset(pad);
    }
  }
  gst_query_unref(query);
  return answer;
}

}  // namespace

int gst_hyperlips_rows_ask(GstPad *source) {
  const Answer answer = ask(source);
  if (!answer.pad) return 0;
  // Elements with several source pads, such as tee, pass a query on until one of them answers.
  ObjectPtr<GstPad> sink(gst_pad_get_peer(source));
  while (sink && sink != answer.pad) {
    const auto links = gst_hyperlips_internal_links(sink.get());
    if (links.size() != 1) {
      int first_row = links.empty() ? 0 : answer.first_row;
      for (const auto &link : links)
        first_row = std::min(first_row, gst_hyperlips_rows_ask(link.get()));
      return first_row;
    }
    sink.reset(gst_pad_get_peer(links[0].get()));
  }
  return sink ? answer.first_row : 0;
}

bool gst_hyperlips_rows_is_query(GstQuery *query) {
  const GstStructure *structure = gst_query_get_structure(query);
  return GST_QUERY_TYPE(query) == GST_QUERY_CUSTOM && structure &&
         gst_structure_has_name(structure, ROWS_QUERY);
}

void gst_hyperlips_rows_answer(GstQuery *query, GstPad *sink, int first_row) {
  gst_structure_set(gst_query_writable_structure(query), "first-row", G_TYPE_INT, first_row, "pad",
                    GST_TYPE_PAD, sink, nullptr);
}
