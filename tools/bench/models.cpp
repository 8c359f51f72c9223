// SPDX-License-Identifier: LGPL-2.1-or-later
#include "models.hpp"

#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "util/quote.hpp"

namespace hyperlips::bench {
namespace {

std::string architecture_of(const std::filesystem::path &file, const std::string &expected) {
  const std::string name = identify(read_checkpoint(file)).name;
  if (!name.starts_with(expected)) {
    throw Error(ErrorKind::Settings, quote_path(file) + " is a checkpoint of " + name +
                                         "; expected one of " + expected + ".");
  }
  return name;
}

}  // namespace

Models::Models(const Options &options) {
  if (!options.model.empty())
    given_[architecture_of(options.model, "HyperLipsBase")] = options.model;
  if (!options.hr_model.empty()) {
    hr_ = architecture_of(options.hr_model, "HRDecoder x");
    given_[hr_] = options.hr_model;
  }
}

std::string Models::path(const std::string &architecture) const {
  const auto found = given_.find(architecture);
  return found == given_.end() ? formula_.path(architecture) : found->second;
}

std::string Models::origin(const std::string &architecture) const {
  const auto found = given_.find(architecture);
  return found == given_.end() ? "formula" : found->second;
}

}  // namespace hyperlips::bench
