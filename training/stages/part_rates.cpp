// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/part_rates.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

std::string parts_of(const torch::nn::Module &network) {
  std::string text;
  for (const auto &child : network.named_children()) {
    text += (text.empty() ? "" : ", ") + child.key();
  }
  return text;
}

}  // namespace

bool belongs_to(const std::string &name, const std::string &part) {
  return name == part || (name.starts_with(part) && name[part.size()] == '.');
}

void check_part(const torch::nn::Module &network, const std::string &part) {
  const auto parameters = network.named_parameters();
  const bool known =
      !part.empty() && std::any_of(parameters.begin(), parameters.end(), [&part](const auto &item) {
        return belongs_to(item.key(), part);
      });
  if (known) return;
  throw Error(ErrorKind::Settings, "The network has no part " + quote(part) + "; expected one of " +
                                       parts_of(network) +
                                       ", or a part of one of them, such as PART.0.");
}

std::vector<RateGroup> rate_groups(const torch::nn::Module &network,
                                   const std::vector<PartRate> &rates) {
  for (const PartRate &rate : rates) {
    check_part(network, rate.part);
    if (!(rate.factor >= 0) || !std::isfinite(rate.factor))
      throw Error(ErrorKind::Settings, "The learning rate factor of " + quote(rate.part) +
                                           " must be 0 or more, not " +
                                           std::to_string(rate.factor) + ".");
  }
  std::vector<RateGroup> groups{{1, {}}};
  for (const auto &item : network.named_parameters()) {
    const auto rate = std::find_if(rates.rbegin(), rates.rend(), [&item](const PartRate &each) {
      return belongs_to(item.key(), each.part);
    });
    const double factor = rate == rates.rend() ? 1 : rate->factor;
    auto group = std::ranges::find(groups, factor, &RateGroup::factor);
    if (group == groups.end()) group = groups.insert(group, {factor, {}});
    group->parameters.push_back(item.value());
  }
  if (groups.front().parameters.empty() && groups.size() > 1) groups.erase(groups.begin());
  return groups;
}

}  // namespace hyperlips::training
