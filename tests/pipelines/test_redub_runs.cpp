// SPDX-License-Identifier: LGPL-2.1-or-later
// How hyperlips-redub fails, is stopped and uses memory.
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "redub_testing.hpp"

using namespace hyperlips::test;

namespace {

class RedubRunTest : public testing::Test {
 protected:
  RedubRunTest() {
    write_still(folder_ / "still.png");
    write_wav(folder_ / "speech.wav", 120, {{500, 0.3}});
    write_wav(folder_ / "short.wav", 0.4, {{500, 0.3}});
  }

  std::vector<std::string> long_run() const {
    return with_model({folder_ / "still.png", folder_ / "speech.wav", folder_ / "out.mkv"});
  }

  /// Something has been written, but not all.
  bool wait_for_output() const {
    return wait_until([this] {
      for (const std::string &name : folder_.names("out.mkv.part")) {
        if (fs::file_size(folder_ / name) > 20000) return true;
      }
      return false;
    });
  }

  /// Fails with this status and says all of `words`; nothing is written.
  void expect_refused(const std::vector<std::string> &arguments, int status,
                      const std::vector<std::string> &words) const {
    const RunOutcome run = Redub(arguments).wait();
    EXPECT_EQ(run.status, status) << run.error;
    for (const std::string &word : words) {
      EXPECT_NE(run.error.find(word), std::string::npos) << run.error;
    }
    EXPECT_TRUE(folder_.names("out").empty());
  }

  TestFolder folder_;
};

}  // namespace

TEST_F(RedubRunTest, WrongUsage) {
  const std::string still = folder_ / "still.png", voice = folder_ / "short.wav",
                    out = folder_ / "out.mp4";
  expect_refused({still, voice, out}, 2, {"--model", "HYPERLIPS_MODEL", "docs/weights.md"});
  expect_refused({still, voice}, 2, {"OUT"});
  expect_refused(with_model({still, voice, out, "--face", "nose"}), 2, {"nose", "largest"});
  expect_refused(with_model({still, voice, out, "--size", "256"}), 2, {"--hr-model"});
  expect_refused(with_model({still, voice, out, "--size", "200"}), 2, {"--size"});
  expect_refused(with_model({still, voice, out, "--length", "short"}), 2, {"--length"});
}

TEST_F(RedubRunTest, WithoutFilesASyntheticPersonServesWithAModelThatIsTrainedOnce) {
  const fs::path before = fs::current_path(), demo = folder_ / "hyperlips-demo",
                 starter = demo / "starter.safetensors", footage = demo / "footage.mp4";
  fs::current_path(folder_ / ".");
  const std::vector<std::string> brief{"--starter-steps", "2"};
  {
    Redub stopped(brief);
    EXPECT_TRUE(wait_until([&] { return fs::exists(footage); }));
    stopped.signal(SIGTERM);
    const RunOutcome run = stopped.wait();
    EXPECT_EQ(run.status, 130) << run.error;
    EXPECT_NE(run.error.find("the same command goes on"), std::string::npos) << run.error;
    EXPECT_FALSE(fs::exists(starter));
  }
  const RunOutcome first = Redub(brief).wait();
  EXPECT_EQ(first.status, 0) << first.error;
  EXPECT_NE(first.error.find("no model was given"), std::string::npos) << first.error;
  EXPECT_NE(first.error.find("2 steps"), std::string::npos) << first.error;
  EXPECT_TRUE(first.output.empty()) << first.output;
  ASSERT_TRUE(fs::exists(starter));
  std::set<std::string> left;
  for (const auto &entry : fs::directory_iterator(demo)) left.insert(entry.path().filename());
  EXPECT_EQ(left,
            (std::set<std::string>{"out.mp4", "speech.wav", "starter.safetensors", "video.mp4"}));
  const fs::file_time_type trained = fs::last_write_time(starter);
  fs::remove(demo / "out.mp4");
  const RunOutcome second = Redub({}).wait();
  fs::current_path(before);
  EXPECT_EQ(second.status, 0) << second.error;
  EXPECT_EQ(second.error.find("no model was given"), std::string::npos) << second.error;
  EXPECT_EQ(fs::last_write_time(starter), trained);
  EXPECT_NE(second.error.find("hyperlips-demo/video.mp4"), std::string::npos) << second.error;
  const Contents video = read_contents(demo / "video.mp4"), out = read_contents(demo / "out.mp4");
  EXPECT_EQ(out.width, 640);
  EXPECT_EQ(out.fps_n, 25);
  EXPECT_GE(out.video_end, video.video_end - 0.05);
  // It says another sentence.
  double apart = 0, loud = 0;
  const std::size_t count = std::min(out.sound.size(), video.sound.size());
  for (std::size_t i = 0; i < count; ++i) {
    apart += std::abs(out.sound[i] - video.sound[i]);
    loud += std::abs(video.sound[i]);
  }
  EXPECT_GT(loud / static_cast<double>(count), 0.005);
  EXPECT_GT(apart, 0.5 * loud);
}

TEST_F(RedubRunTest, BadInputs) {
  const std::string still = folder_ / "still.png", voice = folder_ / "short.wav",
                    out = folder_ / "out.mp4", text = folder_ / "text.mp4";
  std::ofstream(text) << "This is no video at all, whatever its name says.\n";
  expect_refused(with_model({folder_ / "none.mp4", voice, out}), 1, {"none.mp4", "does not exist"});
  expect_refused(with_model({text, voice, out}), 1, {"text.mp4", "whole media file"});
  expect_refused(with_model({still, "-", out}), 1, {"standard input", "whole media file"});
  expect_refused(with_model({voice, voice, out}), 1, {"short.wav", "no picture"});
  expect_refused(with_model({still, still, out}), 1, {"still.png", "no sound"});
  expect_refused(with_model({still, voice, out, "--keep-audio", "1"}), 1,
                 {"still.png", "no sound", "--keep-audio"});
  expect_refused(with_model({still, voice, folder_ / "out.xyz"}), 1, {".xyz", ".mp4", ".mkv"});
  expect_refused(with_model({still, voice, folder_ / "out.webm", "--video-codec", "h264"}), 1,
                 {"h264", "webm", "vp9"});
  expect_refused(with_model({still, voice, folder_ / "out.webm", "--lossless"}), 1, {".mkv"});
  expect_refused(with_model({still, voice, folder_ / "outside/there.mp4"}), 1, {"folder"});
  expect_refused({still, voice, out, "--model", folder_ / "none.pth"}, 1, {"none.pth"});
  expect_refused({still, voice, out, "--model", text}, 1, {"text.mp4"});
  expect_refused(with_model({still, voice, out, "--device", "cuda:99"}), 1, {"cuda:99"});
  expect_refused(with_model({still, voice, out, "--reference", folder_ / "none.jpg"}), 1,
                 {"none.jpg"});
}

TEST_F(RedubRunTest, ReportsAFailure) {
  const RunOutcome run = redub(
      {folder_ / "none.mp4", folder_ / "short.wav", folder_ / "out.mp4", "--json", "-", "--quiet"});
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(nlohmann::json::parse(run.output)["error"].get<std::string>().find("none.mp4"),
            std::string::npos);
}

TEST_F(RedubRunTest, KeepsAnExistingFile) {
  const std::string out = folder_ / "out.mkv";
  std::ofstream(out) << "precious";
  const std::vector<std::string> arguments{folder_ / "still.png", folder_ / "short.wav", out};
  const RunOutcome refused = redub(arguments);
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.error.find("--overwrite"), std::string::npos) << refused.error;
  EXPECT_EQ(fs::file_size(out), 8u);

  std::vector<std::string> overwrite = arguments;
  overwrite.push_back("--overwrite");
  EXPECT_EQ(redub(overwrite).status, 0);
  EXPECT_EQ(read_contents(out).pts.size(), 10u);

  const std::string input = folder_ / "short.wav";
  const RunOutcome same = redub({folder_ / "still.png", input, input, "--overwrite"});
  EXPECT_NE(same.status, 0);
  EXPECT_GT(fs::file_size(input), 1000u);
}

TEST_F(RedubRunTest, KilledRunLeavesNoFile) {
  Redub run(long_run());
  ASSERT_TRUE(wait_for_output());
  run.signal(SIGKILL);
  EXPECT_EQ(run.wait().status, 128 + SIGKILL);
  EXPECT_FALSE(fs::exists(folder_ / "out.mkv"));
}

TEST_F(RedubRunTest, InterruptedRunEndsTheFileWell) {
  for (const int number : {SIGINT, SIGTERM}) {
    Redub run(long_run());
    ASSERT_TRUE(wait_for_output());
    run.signal(number);
    const RunOutcome result = run.wait();
    EXPECT_EQ(result.status, 130) << result.error;
    EXPECT_NE(result.error.find("ended early"), std::string::npos) << result.error;
    EXPECT_EQ(folder_.names("out"), std::vector<std::string>{"out.mkv"});
    const Contents contents = read_contents(folder_ / "out.mkv");
    EXPECT_GT(contents.pts.size(), 4u);
    EXPECT_LT(contents.pts.size(), 3000u);
    EXPECT_NEAR(contents.sound_end, contents.video_end, 0.045);
    fs::remove(folder_ / "out.mkv");
  }
}

TEST_F(RedubRunTest, SecondInterruptRemovesTheFile) {
  Redub run(long_run());
  ASSERT_TRUE(wait_for_output());
  run.signal(SIGSTOP);  // so that both arrive before it can finish
  run.signal(SIGINT);
  run.signal(SIGTERM);
  run.signal(SIGCONT);
  EXPECT_EQ(run.wait().status, 130);
  EXPECT_TRUE(folder_.names("out").empty());
}

TEST_F(RedubRunTest, InterruptWhileStandardInputIsSilent) {
  Redub run(with_model({folder_ / "still.png", "-", folder_ / "out.mkv"}), "|");
  g_usleep(2 * G_USEC_PER_SEC);
  run.signal(SIGINT);
  EXPECT_EQ(run.wait().status, 130);
  EXPECT_TRUE(folder_.names("out").empty());
}

TEST_F(RedubRunTest, FullDisk) {
  const std::vector<std::string> arguments{folder_ / "still.png", folder_ / "speech.wav",
                                           "/dev/full.mkv"};
  // A file size limit of the shell's stands in for a full disk.
  std::string command = "ulimit -f 100; trap '' XFSZ; exec '" HYPERLIPS_REDUB "'";
  for (const std::string &argument : long_run()) command += " '" + argument + "'";
  command += " 2>'" + (folder_ / "errors") + "'";
  EXPECT_NE(std::system(command.c_str()), 0);
  std::ifstream file(folder_ / "errors");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(text.find("out.mkv"), std::string::npos) << text;
  EXPECT_TRUE(folder_.names("out").empty());
}

TEST_F(RedubRunTest, HelpAndVersion) {
  const RunOutcome help = Redub({"--help"}).wait();
  EXPECT_EQ(help.status, 0);
  for (const char *option : {"--model", "--keep-audio", "--length", "--json", "--face"}) {
    EXPECT_NE(help.output.find(option), std::string::npos) << option;
  }
  const RunOutcome version = Redub({"--version"}).wait();
  EXPECT_EQ(version.status, 0);
  EXPECT_NE(version.output.find("hyperlips-redub "), std::string::npos);
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
