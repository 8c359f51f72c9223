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

void add_correlation(Json &json, const std::string &name,
                     const std::optional<OpeningCorrelation> &found) {
  using Number = std::optional<double>;
  json[name == "opening" ? "opening_corr" : name] = number(found ? Number(found->r) : Number());
  json[name + "_se"] = number(found ? Number(found->standard_error) : Number());
  json[name + "_best"] =
      found && found->best ? Json{number(found->best->r), found->best->frames} : Json();
  if (found && found->spread_error) json[name + "_spread_se"] = number(found->spread_error);
}

/// The keys that are in tools that measure the same have the names of those.
void add_lips(Json &json, const LipScores &lips, DrivenBy driven_by) {
  json["lip_frames"] = lips.frames;
  json["mouth_mae"] = number(lips.mouth_mae);
  if (lips.pasted_mae) json["pasted_mae"] = number(lips.pasted_mae);
  json["lmd"] = number(lips.lmd);
  json["lmd_pixels"] = number(lips.lmd_pixels);
  if (driven_by != DrivenBy::Silence) add_correlation(json, "opening", lips.opening);
  if (driven_by != DrivenBy::Own) add_correlation(json, "leak", lips.leak);
  json["sharpness"] = number(lips.sharpness);
  json["jitter"] = number(lips.jitter);
  json["closed"] = number(lips.closed);
}

const char *to_string(DrivenBy driven_by) {
  switch (driven_by) {
    case DrivenBy::Speaker:
      return "speaker";
    case DrivenBy::Silence:
      return "silence";
    default:
      return "own";
  }
}

Json scores_json(const VideoScores &scores, DrivenBy driven_by) {
  Json json{{"path", scores.path},
            {"frames", scores.frames},
            {"pairs", scores.pairs},
            {"without_face", scores.without_face},
            {"truth_without_face", scores.truth_without_face},
            {"psnr", number(scores.psnr)},
            {"ssim", number(scores.ssim)},
            {"face_psnr", number(scores.face_psnr)},
            {"face_ssim", number(scores.face_ssim)},
            {"outside_max", scores.largest_outside}};
  add_lips(json, scores.lips, driven_by);
  return json;
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
    for (const std::optional<double> &value : values) line.push_back(cell(value, digits));
    lines_.push_back(std::move(line));
  }

  void add(std::vector<std::string> line) { lines_.push_back(std::move(line)); }

  static std::string cell(const std::optional<double> &value, int digits) {
    if (!value) return "-";
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, *value);
    return text;
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

/// "0.412 +- 0.093"
std::string correlation_cell(const std::optional<OpeningCorrelation> &found) {
  if (!found) return "-";
  return Table::cell(found->r, 3) + " +- " + Table::cell(found->standard_error, 3);
}

/// "0.512 at +3"
std::string best_cell(const std::optional<OpeningCorrelation> &found) {
  if (!found || !found->best) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.3f at %+d", found->best->r, found->best->frames);
  return text;
}

std::string percent_cell(const std::optional<double> &share) {
  return share ? Table::cell(100 * *share, 1) + " %" : "-";
}

/// Lines with the measures of lips; columns may be null.
void add_lips(Table &table, const std::vector<const LipScores *> &columns, bool leak,
              double closed_below) {
  const auto add = [&](const std::string &name, auto &&cell) {
    std::vector<std::string> line{name};
    for (const LipScores *lips : columns) line.push_back(lips ? cell(*lips) : "-");
    table.add(line);
  };
  const auto add_number = [&](const std::string &name, int digits, auto LipScores::*measure) {
    add(name, [&](const LipScores &lips) { return Table::cell(lips.*measure, digits); });
  };
  add_number("mouth error (0 ... 1)", 4, &LipScores::mouth_mae);
  const bool pasted = std::any_of(columns.begin(), columns.end(),
                                  [](const LipScores *lips) { return lips && lips->pasted_mae; });
  if (pasted) add_number("mouth error, pasted mouth", 4, &LipScores::pasted_mae);
  add_number("LMD (% of face height)", 3, &LipScores::lmd);
  add_number("LMD (pixels)", 3, &LipScores::lmd_pixels);
  add("opening correlation", [](const LipScores &l) { return correlation_cell(l.opening); });
  add("best, at lag in frames", [](const LipScores &l) { return best_cell(l.opening); });
  if (leak)
    add("leak of the truth's mouth", [](const LipScores &l) { return correlation_cell(l.leak); });
  add_number("sharpness of the lips (1 = truth)", 3, &LipScores::sharpness);
  add_number("jitter (1 = truth)", 3, &LipScores::jitter);
  add("mouth closed (opening under " + Table::cell(closed_below, 3) + ")",
      [](const LipScores &l) { return percent_cell(l.closed); });
}

}  // namespace

Json to_json(const VideosEvaluation &evaluation) {
  const bool with_fid = evaluation.result.fid.has_value();
  const bool with_sync = evaluation.result.sync || evaluation.truth_sync;
  Json json{{"truth", {{"path", evaluation.truth}, {"frames", evaluation.truth_frames}}}};
  json["driven_by"] = to_string(evaluation.driven_by);
  if (!evaluation.speaker.empty()) json["speaker"] = evaluation.speaker;
  json["closed_below"] = number(evaluation.closed_below);
  if (with_sync) json["truth"]["sync"] = sync_json(evaluation.truth_sync);
  const auto add = [&](const char *name, const VideoScores &scores, DrivenBy driven_by) {
    json[name] = scores_json(scores, driven_by);
    if (with_fid) json[name]["fid"] = number(scores.fid);
    if (with_sync) json[name]["sync"] = sync_json(scores.sync);
  };
  add("result", evaluation.result, evaluation.driven_by);
  if (evaluation.original) add("original", *evaluation.original, DrivenBy::Own);
  return json;
}

Json to_json(std::span<const VideosEvaluation> evaluations) {
  Json json{{"pairs", Json::array()}};
  for (const VideosEvaluation &evaluation : evaluations)
    json["pairs"].push_back(to_json(evaluation));
  const LipScores pooled = pool_results(evaluations);
  // The keys of one way of driving; mixed lists have those of both.
  const bool leak = pooled.leak.has_value(), opening = pooled.opening.has_value();
  json["pooled"]["pairs"] = evaluations.size();
  add_lips(json["pooled"], pooled,
           !leak     ? DrivenBy::Own
           : opening ? DrivenBy::Speaker
                     : DrivenBy::Silence);
  return json;
}

Json to_json(const DrivenLips &lips) {
  Json json{{"clips", lips.clips},
            {"too_short", lips.too_short},
            {"shift", lips.shift},
            {"closed_below", number(lips.closed_below)}};
  add_lips(json["own"], lips.own, DrivenBy::Own);
  if (lips.other) add_lips(json["other"], *lips.other, DrivenBy::Speaker);
  add_lips(json["silence"], lips.silence, DrivenBy::Silence);
  add_lips(json["late"], lips.late, DrivenBy::Own);
  add_lips(json["early"], lips.early, DrivenBy::Own);
  add_lips(json["pasted"], lips.pasted, DrivenBy::Silence);
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
  add("change outside (0 ... 255)", 0,
      [](const VideoScores &s) { return std::optional<double>(s.largest_outside); });
  std::vector<const LipScores *> lips;
  for (const VideoScores *scores : columns) lips.push_back(&scores->lips);
  if (with_sync) lips.push_back(nullptr);
  add_lips(table, lips, evaluation.driven_by != DrivenBy::Own, evaluation.closed_below);
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

std::string to_table(std::span<const VideosEvaluation> evaluations) {
  Table table({"against the truth", "frames", "correlation", "best, at lag", "leak", "mouth error",
               "pasted", "sharpness", "jitter", "closed"});
  const auto add = [&](const std::string &name, const LipScores &lips) {
    table.add({name, std::to_string(lips.frames), correlation_cell(lips.opening),
               best_cell(lips.opening), correlation_cell(lips.leak), Table::cell(lips.mouth_mae, 4),
               Table::cell(lips.pasted_mae, 4), Table::cell(lips.sharpness, 3),
               Table::cell(lips.jitter, 3), percent_cell(lips.closed)});
  };
  for (const VideosEvaluation &evaluation : evaluations)
    add(std::filesystem::path(evaluation.result.path).filename().string(), evaluation.result.lips);
  const LipScores pooled = pool_results(evaluations);
  add("pooled", pooled);
  std::string text = table.text();
  if (pooled.opening && pooled.opening->spread_error) {
    text += "The standard error of the pooled correlation from the spread of the clips is " +
            Table::cell(pooled.opening->spread_error, 3) + ".\n";
  }
  return text;
}

std::string to_table(const DrivenLips &lips) {
  if (lips.clips == 0) {
    return "Lips are not measured: no clip has " + std::to_string(kFewestForLag) +
           " successive frames with sound after its first ten.\n";
  }
  const std::string by = std::to_string(lips.shift) + " frames";
  Table table({"lips of " + std::to_string(lips.clips) + " clips, driven by", "own sound",
               "another's", "silence", by + " late", by + " early", "pasted mouth"});
  add_lips(table,
           {&lips.own, lips.other ? &*lips.other : nullptr, &lips.silence, &lips.late, &lips.early,
            &lips.pasted},
           true, lips.closed_below);
  return table.text();
}

}  // namespace hyperlips::training
