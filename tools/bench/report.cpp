// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report.hpp"

#include <algorithm>

namespace hyperlips::bench {
namespace {

std::string cell(const json &row, const std::string &key) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

void print(std::FILE *file, const Result &result) {
  std::vector<std::size_t> widths;
  for (const Column &column : result.columns) {
    std::size_t width = column.title.size();
    for (const json &row : result.rows) width = std::max(width, cell(row, column.key).size());
    widths.push_back(width);
  }
  const auto print_row = [&](const auto &text, const auto &left) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string value = text(result.columns[i]);
      const std::string padding(widths[i] - std::min(widths[i], value.size()), ' ');
      line += (i > 0 ? "  " : "") + (left(result.columns[i]) ? value + padding : padding + value);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::fprintf(file, "%s\n", line.c_str());
  };
  const auto is_text = [&](const Column &column) {
    return std::ranges::any_of(result.rows, [&](const json &row) {
      return row.contains(column.key) && row[column.key].is_string();
    });
  };
  if (!result.rows.empty()) {
    print_row([](const Column &column) { return column.title; }, is_text);
    for (const json &row : result.rows)
      print_row([&](const Column &column) { return cell(row, column.key); }, is_text);
  }
  for (const std::string &note : result.notes) std::fprintf(file, "%s\n", note.c_str());
  std::fflush(file);
}

void note_failures(const std::vector<Variant> &variants, Result &result) {
  for (const Variant &variant : variants) {
    if (variant.failure.empty()) continue;
    const std::string note = variant.name + ": not measured: " + variant.failure;
    if (std::ranges::find(result.notes, note) == result.notes.end()) result.notes.push_back(note);
  }
}

}  // namespace hyperlips::bench
