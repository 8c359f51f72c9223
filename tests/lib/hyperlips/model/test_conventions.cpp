// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "hyperlips/error.hpp"
#include "hyperlips/model/conventions.hpp"

namespace hyperlips {
namespace {

Conventions from(const std::map<std::string, std::string> &metadata) {
  TensorFile file;
  file.path = "some.safetensors";
  file.metadata = metadata;
  return conventions_of(file);
}

TEST(Conventions, FileWithoutThemIsAsPublishedWeights) {
  EXPECT_EQ(from({{"format", "pt"}}), (Conventions{Framing::Published, MelTiming::Inference}));
}

TEST(Conventions, RoundTrip) {
  for (const Framing crop : {Framing::Steady, Framing::Published})
    for (const MelTiming timing : {MelTiming::Published, MelTiming::Inference}) {
      const Conventions conventions{crop, timing};
      EXPECT_EQ(from(to_metadata(conventions)), conventions);
    }
  EXPECT_EQ(to_metadata({Framing::Steady, MelTiming::Published}),
            (std::map<std::string, std::string>{{"crop", "steady"}, {"mel_timing", "published"}}));
}

TEST(Conventions, UnknownValueNamesFile) {
  for (const char *key : {"crop", "mel_timing"}) {
    try {
      from({{key, "new"}});
      ADD_FAILURE() << key;
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      EXPECT_NE(std::string(error.what()).find("some.safetensors"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("'new'"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace hyperlips
