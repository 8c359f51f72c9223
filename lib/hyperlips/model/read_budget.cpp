// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/read_budget.hpp"

#include <utility>

#include "hyperlips/model/describe.hpp"

namespace hyperlips {
namespace {

constexpr std::uint64_t kMegabyte = 1 << 20;
constexpr std::uint64_t kExtra = 64 * kMegabyte;

}  // namespace

ReadBudget::ReadBudget(std::uint64_t file_size, std::filesystem::path path, const char *kind)
    : memory_(file_size + kExtra),
      work_(4 * file_size + kExtra),
      limit_(memory_),
      path_(std::move(path)),
      kind_(kind) {}

void ReadBudget::use_memory(std::uint64_t bytes) {
  if (bytes > memory_) {
    throw damaged(path_, kind_,
                  "reading it needs more than " + std::to_string(limit_ / kMegabyte) +
                      " MB of memory, the size of the file plus 64 MB. Use a file as it was "
                      "trained or published, not compressed.");
  }
  memory_ -= bytes;
}

void ReadBudget::work(std::uint64_t bytes) {
  if (bytes > work_) {
    throw damaged(path_, kind_,
                  "it uses the same content far too often. Use a file as it was trained or "
                  "published.");
  }
  work_ -= bytes;
}

}  // namespace hyperlips
