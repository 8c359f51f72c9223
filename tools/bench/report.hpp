// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "rounds.hpp"

namespace hyperlips::bench {

/// A column of a table: the values of `key`.
struct Column {
  std::string key, title;
};

/// What a section found. Every row has a value for each column, and may have more for the JSON.
struct Result {
  std::vector<Column> columns;
  std::vector<json> rows;
  std::vector<std::string> notes;  ///< what was left out, and why
};

/// Writes the table: texts to the left, numbers to the right.
void print(std::FILE *file, const Result &result);

/// Adds a note for each variant that failed.
void note_failures(const std::vector<Variant> &variants, Result &result);

}  // namespace hyperlips::bench
