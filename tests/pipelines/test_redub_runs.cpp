// SPDX-License-Identifier: LGPL-2.1-or-later
// Errors, interruption and the demonstration of hyperlips-redub.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <chrono>
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

  /// Waits until a part of the output is written. False if the program ended before.
  bool wait_for_output(const Redub &run) const {
    return run.wait_until([this] {
      for (const std::string &name : folder_.names(".hyperlips-")) {
        if (fs::file_size(folder_ / name) > 20000) return true;
      }
      return false;
    });
  }

  /// The run ends with this status, prints all of `words` and writes no output.
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

TEST_F(RedubRunTest, UsageErrors) {
  const std::string still = folder_ / "still.png", voice = folder_ / "short.wav",
                    out = folder_ / "out.mp4";
  expect_refused({still, voice, out}, 2, {"still picture", "--footage", "--model"});
  expect_refused({still, voice, out, "--offset", "20"}, 2, {"--offset"});
  expect_refused({still, voice, out, "--hr-model", still}, 2, {"--hr-model", "--model"});
  expect_refused({still, voice}, 2, {"OUT"});
  // One file follows the option, so that the others are VIDEO and SPEECH.
  expect_refused({"--footage", still, still, voice}, 2, {"OUT"});
  expect_refused({"--footage", still}, 2, {"VIDEO"});
  expect_refused(with_model({still, voice, out, "--footage", still}), 2, {"--footage", "--model"});
  expect_refused(with_model({still, voice, out, "--offset", "2"}), 2, {"--offset", "--model"});
  expect_refused(with_model({still, voice, out, "--face", "nose"}), 2, {"nose", "largest"});
  expect_refused(with_model({still, voice, out, "--size", "256"}), 2, {"--hr-model"});
  expect_refused(with_model({still, voice, out, "--size", "200"}), 2, {"--size"});
  expect_refused(with_model({still, voice, out, "--length", "short"}), 2, {"--length"});
}

TEST_F(RedubRunTest, DemoCollectsMouthsOnce) {
  const fs::path before = fs::current_path(), demo = folder_ / "hyperlips-demo";
  fs::current_path(folder_ / ".");
  setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  const RunOutcome first = Redub(std::vector<std::string>{}).wait();
  EXPECT_EQ(first.status, 0) << first.error;
  EXPECT_NE(first.error.find("collecting the person's own mouths"), std::string::npos)
      << first.error;
  EXPECT_TRUE(first.output.empty()) << first.output;
  std::set<std::string> left;
  for (const auto &entry : fs::directory_iterator(demo)) left.insert(entry.path().filename());
  EXPECT_EQ(left, (std::set<std::string>{"out.mp4", "speech.wav", "video.mp4"}));
  std::vector<fs::path> banks;
  for (const auto &entry : fs::directory_iterator(folder_ / "cache/hyperlips/banks"))
    banks.push_back(entry.path());
  ASSERT_EQ(banks.size(), 1u);
  const fs::file_time_type used = fs::file_time_type::clock::now() - std::chrono::hours(24);
  fs::last_write_time(banks[0], used);
  const RunOutcome second =
      Redub({demo / "video.mp4", demo / "speech.wav", folder_ / "again.mp4"}).wait();
  // The same speech from a bank that was given.
  const RunOutcome third =
      Redub({demo / "video.mp4", demo / "speech.wav", folder_ / "third.mp4", "--model", banks[0]})
          .wait();
  fs::current_path(before);
  EXPECT_EQ(second.status, 0) << second.error;
  EXPECT_EQ(second.error.find("collecting"), std::string::npos) << second.error;
  // What was used last is removed last.
  EXPECT_GT(fs::last_write_time(banks[0]), used + std::chrono::hours(23));
  EXPECT_EQ(third.status, 0) << third.error;
  const Contents video = read_contents(demo / "video.mp4"), out = read_contents(demo / "out.mp4");
  EXPECT_EQ(out.width, 640);
  EXPECT_EQ(out.fps_n, 25);
  EXPECT_LT(out.video_end, video.video_end);
  // The sound is another sentence.
  double apart = 0, loud = 0;
  const std::size_t count = std::min(out.sound.size(), video.sound.size());
  for (std::size_t i = 0; i < count; ++i) {
    apart += std::abs(out.sound[i] - video.sound[i]);
    loud += std::abs(video.sound[i]);
  }
  EXPECT_GT(loud / static_cast<double>(count), 0.005);
  EXPECT_GT(apart, 0.5 * loud);
}

TEST_F(RedubRunTest, InvalidInputs) {
  const std::string still = folder_ / "still.png", voice = folder_ / "short.wav",
                    out = folder_ / "out.mp4", text = folder_ / "text.mp4";
  std::ofstream(text) << "This text is not a video, despite its name.\n";
  expect_refused(with_model({folder_ / "none.mp4", voice, out}), 1, {"none.mp4", "not found"});
  expect_refused(with_model({text, voice, out}), 1, {"text.mp4", "media file"});
  expect_refused(with_model({still, "-", out}), 1, {"standard input", "media file"});
  expect_refused(with_model({voice, voice, out}), 1, {"short.wav", "no picture"});
  expect_refused(with_model({still, still, out}), 1, {"still.png", "no sound"});
  expect_refused(with_model({still, voice, out, "--keep-audio", "1"}), 1,
                 {"still.png", "no sound", "--keep-audio"});
  expect_refused(with_model({still, voice, folder_ / "out.xyz"}), 2, {".xyz", ".mp4", ".mkv"});
  expect_refused(with_model({still, voice, folder_ / "out.webm", "--video-codec", "h264"}), 2,
                 {"h264", "webm", "vp9"});
  expect_refused(with_model({still, voice, folder_ / "out.webm", "--lossless"}), 2, {".mkv"});
  expect_refused(with_model({still, voice, folder_ / "outside/there.mp4"}), 1, {"folder"});
  expect_refused({still, voice, out, "--model", folder_ / "none.pth"}, 1, {"none.pth"});
  expect_refused({still, voice, out, "--model", text}, 1, {"text.mp4"});
  expect_refused(with_model({still, voice, out, "--device", "cuda:99"}), 1, {"cuda:99"});
  expect_refused(with_model({still, voice, out, "--backend", "abacus"}), 1,
                 {"abacus", "openvino", "torch"});
  expect_refused(with_model({still, voice, out, "--threads", "257"}), 2, {"--threads"});
  expect_refused(with_model({still, voice, out, "--reference", folder_ / "none.jpg"}), 1,
                 {"none.jpg"});
}

TEST_F(RedubRunTest, JsonReportOfFailure) {
  const RunOutcome run = redub(
      {folder_ / "none.mp4", folder_ / "short.wav", folder_ / "out.mp4", "--json", "-", "--quiet"});
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(nlohmann::json::parse(run.output)["error"].get<std::string>().find("none.mp4"),
            std::string::npos);
}

TEST_F(RedubRunTest, ExistingOutputFile) {
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

TEST_F(RedubRunTest, OutputsAreNeitherInputsNorEachOther) {
  const std::string still = folder_ / "still.png", voice = folder_ / "short.wav",
                    out = folder_ / "out.mkv", link = folder_ / "link", later = folder_ / "later";
  fs::create_symlink("short.wav", link);
  fs::create_symlink("out.mkv", later);  // OUT does not exist yet
  const auto size = fs::file_size(voice);
  expect_refused(with_model({still, voice, out, "--json", still}), 2, {"--json", "VIDEO"});
  expect_refused(with_model({still, voice, out, "--json", voice}), 2, {"--json", "SPEECH"});
  expect_refused(with_model({still, voice, out, "--json", link}), 2, {"--json", "SPEECH"});
  expect_refused(with_model({still, voice, out, "--json", folder_ / "./out.mkv"}), 2,
                 {"--json", "OUT"});
  expect_refused(with_model({still, voice, out, "--json", later}), 2, {"--json", "OUT"});
  expect_refused({still, voice, out, "--model", voice, "--json", voice}, 2, {"--json"});
  expect_refused(with_model({still, voice, out, "--reference", still, "--json", still}), 2,
                 {"--json"});
  expect_refused(with_model({still, voice, still, "--overwrite"}), 2, {"OUT", "VIDEO"});
  // Nothing was decoded before.
  expect_refused(with_model({folder_ / "none.mp4", voice, out, "--json", folder_ / "no/where"}), 1,
                 {"--json", "folder"});
  expect_refused(with_model({still, voice, out, "--json", folder_ / "."}), 1, {"--json", "folder"});
  EXPECT_EQ(fs::file_size(voice), size);
  EXPECT_GT(fs::file_size(still), 1000u);
}

TEST_F(RedubRunTest, ReportThatCannotBeWrittenIsAWarning) {
  const RunOutcome run = redub(
      {folder_ / "still.png", folder_ / "short.wav", folder_ / "out.mkv", "--json", "/dev/full"});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_NE(run.error.find("warning: Cannot write the report"), std::string::npos) << run.error;
  EXPECT_NE(run.error.find("No space left on device"), std::string::npos) << run.error;
  EXPECT_EQ(read_contents(folder_ / "out.mkv").pts.size(), 10u);
}

TEST_F(RedubRunTest, LinkThatLeadsNowhereIsReplacedOnRequest) {
  const std::string out = folder_ / "out.mkv";
  fs::create_symlink("no/folder.mkv", out);
  RunOutcome run = redub({folder_ / "still.png", folder_ / "short.wav", out});
  EXPECT_NE(run.status, 0);
  EXPECT_NE(run.error.find("Pass --overwrite"), std::string::npos) << run.error;
  EXPECT_TRUE(fs::is_symlink(out));
  run = redub({folder_ / "still.png", folder_ / "short.wav", out, "--overwrite"});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(out)));
}

TEST_F(RedubRunTest, FolderWithAColon) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / ".");
  fs::create_directory("20:15");
  const RunOutcome run = redub({"still.png", "short.wav", "20:15/out.mp4"});
  fs::current_path(before);
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_EQ(read_contents(folder_ / "20:15/out.mp4").pts.size(), 10u);
}

TEST_F(RedubRunTest, LongFileName) {
  const std::string out = folder_ / (std::string(246, 'x') + ".mkv");
  const RunOutcome run = redub({folder_ / "still.png", folder_ / "short.wav", out});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_EQ(read_contents(out).pts.size(), 10u);
}

TEST_F(RedubRunTest, FileSystemWithoutSync) {
  // In a process of its own, where each fsync() fails as on network file systems.
  const std::vector<std::string> arguments =
      with_model({folder_ / "still.png", folder_ / "short.wav", folder_ / "out.mkv"});
  const auto run_without_sync = [&arguments] {
    sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_fsync, 0, 1),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog program{std::size(code), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
      std::perror("seccomp");
      std::_Exit(1);
    }
    const RunOutcome run = Redub(arguments).wait();
    std::fprintf(stderr, "%s", run.error.c_str());
    std::_Exit(run.status);
  };
  EXPECT_EXIT(run_without_sync(), testing::ExitedWithCode(0), "does not support syncing");
  EXPECT_EQ(read_contents(folder_ / "out.mkv").pts.size(), 10u);
}

TEST_F(RedubRunTest, IndexOfMissingFaceTellsTheirNumber) {
  const RunOutcome run = redub(
      {folder_ / "still.png", folder_ / "short.wav", folder_ / "out.mkv", "--face", "index:3"});
  EXPECT_EQ(run.status, 0) << run.error;
  EXPECT_NE(run.error.find("shows 1 face, so --face index:3"), std::string::npos) << run.error;
}

TEST_F(RedubRunTest, KilledRunLeavesNoOutput) {
  Redub run(long_run());
  ASSERT_TRUE(wait_for_output(run));
  run.signal(SIGKILL);
  EXPECT_EQ(run.wait().status, 128 + SIGKILL);
  EXPECT_FALSE(fs::exists(folder_ / "out.mkv"));
}

TEST_F(RedubRunTest, InterruptFinalizesFile) {
  for (const int number : {SIGINT, SIGTERM}) {
    Redub run(long_run());
    ASSERT_TRUE(wait_for_output(run));
    run.signal(number);
    const RunOutcome result = run.wait();
    EXPECT_EQ(result.status, 130) << result.error;
    EXPECT_NE(result.error.find("(interrupted)"), std::string::npos) << result.error;
    EXPECT_EQ(folder_.names("out"), std::vector<std::string>{"out.mkv"});
    const Contents contents = read_contents(folder_ / "out.mkv");
    EXPECT_GT(contents.pts.size(), 4u);
    EXPECT_LT(contents.pts.size(), 3000u);
    EXPECT_NEAR(contents.sound_end, contents.video_end, 0.045);
    fs::remove(folder_ / "out.mkv");
  }
}

TEST_F(RedubRunTest, SecondInterruptDiscardsFile) {
  Redub run(long_run());
  ASSERT_TRUE(wait_for_output(run));
  run.signal(SIGSTOP);  // both signals arrive before it continues
  run.signal(SIGINT);
  run.signal(SIGTERM);
  run.signal(SIGCONT);
  EXPECT_EQ(run.wait().status, 130);
  EXPECT_TRUE(folder_.names("out").empty());
}

TEST_F(RedubRunTest, InterruptWhileStdinBlocks) {
  Redub run(with_model({folder_ / "still.png", "-", folder_ / "out.mkv"}), "|");
  run.write_input("RIFF");  // too short to be recognized, so it waits for more
  ASSERT_TRUE(run.wait_until([&run] { return run.input_was_read(); }));
  run.signal(SIGINT);
  EXPECT_EQ(run.wait().status, 130);
  EXPECT_TRUE(folder_.names("out").empty());
}

TEST_F(RedubRunTest, FullDisk) {
  // A file size limit simulates a full disk.
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
