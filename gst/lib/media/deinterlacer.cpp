// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/deinterlacer.hpp"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {

Deinterlacer::Deinterlacer(const AVFrame &like, AVRational unit, const std::string &file)
    : unit_(unit), graph_(avfilter_graph_alloc()) {
  const std::string arguments =
      "video_size=" + std::to_string(like.width) + "x" + std::to_string(like.height) +
      ":pix_fmt=" + std::to_string(like.format) + ":time_base=" + std::to_string(unit.num) + "/" +
      std::to_string(unit.den);
  AVFilterContext *filter = nullptr;
  if (avfilter_graph_create_filter(&source_, avfilter_get_by_name("buffer"), nullptr,
                                   arguments.c_str(), nullptr, graph_) < 0 ||
      avfilter_graph_create_filter(&filter, avfilter_get_by_name("bwdif"), nullptr,
                                   "mode=send_frame:deint=interlaced", nullptr, graph_) < 0 ||
      avfilter_graph_create_filter(&sink_, avfilter_get_by_name("buffersink"), nullptr, nullptr,
                                   nullptr, graph_) < 0 ||
      avfilter_link(source_, 0, filter, 0) < 0 || avfilter_link(filter, 0, sink_, 0) < 0 ||
      avfilter_graph_config(graph_, nullptr) < 0) {
    avfilter_graph_free(&graph_);
    throw Error(ErrorKind::Failed, "FFmpeg cannot deinterlace " + quote_path(file) +
                                       ". Convert it to progressive video first.");
  }
}

Deinterlacer::~Deinterlacer() { avfilter_graph_free(&graph_); }

void Deinterlacer::push(AVFrame *frame) {
  if (av_buffersrc_add_frame(source_, frame) < 0)
    throw Error(ErrorKind::Memory,
                "Not enough memory to deinterlace a frame. Free memory and run again.");
}

bool Deinterlacer::pull(AVFrame *frame) {
  av_frame_unref(frame);
  if (av_buffersink_get_frame(sink_, frame) < 0) return false;
  if (frame->pts != AV_NOPTS_VALUE)
    frame->pts = av_rescale_q(frame->pts, av_buffersink_get_time_base(sink_), unit_);
  return true;
}

}  // namespace hyperlips
