// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluation_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace hyperlips::training {
namespace {

using Json = nlohmann::ordered_json;

/// Six significant digits are more than the measures' precision.
Json number(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", *value);
  return Json::parse(text);
}

Json sync_json(const std::optional<SyncScores> &sync) {
  if (!sync) return nullptr;
  return {{"expert", sync->expert},
          {"distance", sync->distance},
          {"lse_d", number(sync->offset.distance)},
          {"lse_c", number(sync->offset.confidence)},
          {"offset", sync->offset.frames},
          {"windows", sync->offset.windows}};
}

Json scores_json(const VideoScores &scores) {
  return {{"path", scores.path},
          {"frames", scores.frames},
          {"pairs", scores.pairs},
          {"without_face", scores.without_face},
          {"truth_without_face", scores.truth_without_face},
          {"psnr", number(scores.psnr)},
          {"ssim", number(scores.ssim)},
          {"face_psnr", number(scores.face_psnr)},
          {"face_ssim", number(scores.face_ssim)},
          {"mouth_mae", number(scores.mouth_mae)},
          {"outside_max", scores.largest_outside},
          {"lmd", number(scores.lips.lmd)},
          {"lmd_pixels", number(scores.lips.lmd_pixels)},
          {"opening_corr", number(scores.lips.opening_correlation)},
          {"jitter", number(scores.lips.jitter)}};
}

Json scores_json(const PictureScores &scores) {
  Json json{{"psnr", number(scores.psnr)},
            {"ssim", number(scores.ssim)},
            {"mouth_mae", number(scores.mouth_mae)}};
  if (scores.fid) json["fid"] = number(scores.fid);
  return json;
}

/// Aligned text cells: the first column left, the others right.
class Table {
 public:
  explicit Table(std::vector<std::string> head) { lines_.push_back(std::move(head)); }

  void add(std::string name, const std::vector<std::optional<double>> &values, int digits) {
    std::vector<std::string> line{std::move(name)};
    for (const std::optional<double> &value : values) {
      char text[64];
      std::snprintf(text, sizeof text, "%.*f", digits, value.value_or(0));
      line.push_back(value ? text : "-");
    }
    lines_.push_back(std::move(line));
  }

  std::string text() const {
    std::vector<std::size_t> widths(lines_[0].size());
    for (const auto &line : lines_) {
      for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
    }
    std::string text;
    for (const auto &line : lines_) {
      for (std::size_t i = 0; i < line.size(); ++i) {
        const std::string space(widths[i] - line[i].size(), ' ');
        text += i == 0 ? line[i] + space : "  " + space + line[i];
      }
      text += "\n";
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> lines_;
};

}  // namespace

Json to_json(const VideosEvaluation &evaluation) {
  const bool with_fid = evaluation.result.fid.has_value();
  const bool with_sync = evaluation.result.sync || evaluation.truth_sync;
  Json json{{"truth", {{"path", evaluation.truth}, {"frames", evaluation.truth_frames}}}};
  if (with_sync) json["truth"]["sync"] = sync_json(evaluation.truth_sync);
  const auto add = [&](const char *name, const VideoScores &scores) {
    json[name] = scores_json(scores);
    if (with_fid) json[name]["fid"] = number(scores.fid);
    if (with_sync) json[name]["sync"] = sync_json(scores.sync);
  };
  add("result", evaluation.result);
  if (evaluation.original) add("original", *evaluation.original);
  return json;
}

Json to_json(const DatasetEvaluation &evaluation) {
  return {{"examples", evaluation.examples},
          {"pictures", evaluation.pictures},
          {"unreadable", evaluation.unreadable},
          {"model", scores_json(evaluation.model)},
          {"pasted", scores_json(evaluation.pasted)}};
}

std::string to_table(const VideosEvaluation &evaluation) {
  std::vector<const VideoScores *> columns{&evaluation.result};
  std::vector<std::string> head{"against the truth", "result"};
  if (evaluation.original) {
    columns.push_back(&*evaluation.original);
    head.push_back("original");
  }
  const bool with_sync = evaluation.result.sync || evaluation.truth_sync;
  if (with_sync) head.push_back("truth");
  Table table(head);
  // These measures compare with the truth, so its column is empty.
  const auto add = [&](const char *name, int digits, auto &&get) {
    std::vector<std::optional<double>> values;
    for (const VideoScores *scores : columns) values.push_back(get(*scores));
    if (with_sync) values.push_back(std::nullopt);
    table.add(name, values, digits);
  };
  add("frames", 0, [](const VideoScores &s) { return std::optional<double>(s.frames); });
  add("frames compared", 0, [](const VideoScores &s) { return std::optional<double>(s.pairs); });
  add("without a face", 0,
      [](const VideoScores &s) { return std::optional<double>(s.without_face); });
  add("truth without a face", 0,
      [](const VideoScores &s) { return std::optional<double>(s.truth_without_face); });
  add("PSNR, frame (dB)", 2, [](const VideoScores &s) { return s.psnr; });
  add("SSIM, frame", 4, [](const VideoScores &s) { return s.ssim; });
  add("PSNR, face (dB)", 2, [](const VideoScores &s) { return s.face_psnr; });
  add("SSIM, face", 4, [](const VideoScores &s) { return s.face_ssim; });
  add("mouth error (0 ... 1)", 4, [](const VideoScores &s) { return s.mouth_mae; });
  add("change outside (0 ... 255)", 0,
      [](const VideoScores &s) { return std::optional<double>(s.largest_outside); });
  add("LMD (% of face height)", 3, [](const VideoScores &s) { return s.lips.lmd; });
  add("LMD (pixels)", 3, [](const VideoScores &s) { return s.lips.lmd_pixels; });
  add("opening correlation", 3, [](const VideoScores &s) { return s.lips.opening_correlation; });
  add("jitter (1 = truth)", 3, [](const VideoScores &s) { return s.lips.jitter; });
  if (evaluation.result.fid) add("FID, face", 2, [](const VideoScores &s) { return s.fid; });
  if (with_sync) {
    const std::string by =
        " (" + (evaluation.result.sync ? evaluation.result.sync : evaluation.truth_sync)->expert +
        ")";
    const auto add_sync = [&](const std::string &name, int digits, auto &&get) {
      std::vector<std::optional<double>> values;
      const auto value = [&](const std::optional<SyncScores> &sync) {
        return sync ? std::optional<double>(get(*sync)) : std::nullopt;
      };
      for (const VideoScores *scores : columns) values.push_back(value(scores->sync));
      values.push_back(value(evaluation.truth_sync));
      table.add(name + by, values, digits);
    };
    add_sync("LSE-D", 3, [](const SyncScores &s) { return s.offset.distance; });
    add_sync("LSE-C", 3, [](const SyncScores &s) { return s.offset.confidence; });
    add_sync("offset in frames", 0, [](const SyncScores &s) { return double(s.offset.frames); });
  }
  return table.text();
}

std::string to_table(const DatasetEvaluation &evaluation) {
  Table table({std::to_string(evaluation.pictures) + " pictures", "model", "pasted mouth"});
  const PictureScores &a = evaluation.model, &b = evaluation.pasted;
  table.add("PSNR (dB)", {a.psnr, b.psnr}, 2);
  table.add("SSIM", {a.ssim, b.ssim}, 4);
  table.add("mouth error (0 ... 1)", {a.mouth_mae, b.mouth_mae}, 4);
  if (a.fid || b.fid) table.add("FID", {a.fid, b.fid}, 2);
  return table.text();
}

}  // namespace hyperlips::training
