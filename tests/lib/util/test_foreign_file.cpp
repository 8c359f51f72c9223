// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/foreign_file.hpp"

#include <gtest/gtest.h>

namespace hyperlips {
namespace {

using namespace std::string_literals;

std::string of(const std::string &start) { return foreign_file(std::as_bytes(std::span(start))); }

void expect(const std::string &start, const std::string &part) {
  EXPECT_NE(of(start).find(part), std::string::npos) << start << ": " << of(start);
}

TEST(ForeignFile, SaysWhatItIs) {
  expect("<!DOCTYPE html><html><head>", "web page");
  expect("\xef\xbb\xbf\r\n  <!doctype HTML>\n", "web page");
  expect("<!-- saved --><HTML lang=\"en\">", "web page");
  expect("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 60735137\n", "Git LFS");
  expect("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", "server");
  expect("{\"message\": \"Not Found\"}", "server");
  expect("Repository not found", "text");
  expect("caf\xc3\xa9 "s + std::string(505, 'x') + "\xc3", "text");
  expect("\x1f\x8b\x08\0\0"s, "gzip");
  expect(
      "\xfd"
      "7zXZ\0\0"s,
      "xz");
  expect("Rar!\x1a\x07\0"s, "RAR");
  expect(std::string(512, '\0'), "zeros");
  expect("", "empty");
}

TEST(ForeignFile, DoesNotKnowOtherBinaryFiles) {
  EXPECT_EQ(of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s), "");
  EXPECT_EQ(of("\xff\xd8\xff\xe0\0\x10JFIF"s), "");
  EXPECT_EQ(of("\x08\x06\x12\x07pytorch"s), "");
  EXPECT_EQ(of("PK\x03\x04"s), "");
  EXPECT_EQ(of(std::string(511, '\0') + "x"), "");
}

}  // namespace
}  // namespace hyperlips
