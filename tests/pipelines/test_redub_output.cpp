// SPDX-License-Identifier: LGPL-2.1-or-later
// What of VIDEO stays in the output of hyperlips-redub, and what is said of the rest: colors, pixel
// formats, transparency, orientation, subtitles, chapters. The model has formula weights.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "gst/lib/media/av_versions.hpp"
#include "gst/lib/media/frame_reader.hpp"
#include "gst/lib/media/media_file.hpp"
#include "redub_testing.hpp"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/pixdesc.h>
}

using namespace hyperlips::test;
using hyperlips::AvFramePtr;
using hyperlips::MediaFile;

namespace {

constexpr int kFrames = 5;
const std::atomic<bool> kNever = false;

/// Decodes the first frame as it is stored.
AvFramePtr first_frame(const std::string &path) {
  hyperlips::Decoder decoder(path, hyperlips::TrackKind::Video, kNever);
  AVFrame *frame = decoder.next();
  if (!frame) throw std::runtime_error(path + " has no frame");
  return AvFramePtr(av_frame_clone(frame));
}

/// The times of all frames.
std::vector<GstClockTime> times(const std::string &path) {
  hyperlips::FrameReader reader(path, kNever);
  std::vector<GstClockTime> found;
  while (const auto frame = reader.next()) found.push_back(frame->pts);
  return found;
}

/// Mean squared error of the rows above the face, for samples of one or two bytes.
double error_above_face(const AVFrame &a, const AVFrame &b, int plane, int bytes) {
  const int rows = a.height / 8, values = a.width / 2;
  double sum = 0;
  for (int y = 0; y < rows; ++y) {
    const std::uint8_t *left = a.data[plane] + y * a.linesize[plane],
                       *right = b.data[plane] + y * b.linesize[plane];
    for (int x = 0; x < values; ++x) {
      const int difference = bytes == 1 ? left[x] - right[x]
                                        : reinterpret_cast<const std::uint16_t *>(left)[x] -
                                              reinterpret_cast<const std::uint16_t *>(right)[x];
      sum += difference * difference;
    }
  }
  return sum / (rows * values);
}

/// The order of the top-level boxes of an MP4 file.
std::vector<std::string> boxes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> names;
  unsigned char head[8];
  while (file.read(reinterpret_cast<char *>(head), sizeof head)) {
    const std::uint32_t size = std::uint32_t(head[0]) << 24 | std::uint32_t(head[1]) << 16 |
                               std::uint32_t(head[2]) << 8 | head[3];
    names.emplace_back(reinterpret_cast<char *>(head) + 4, 4);
    file.seekg(std::streamoff(size) - std::streamoff(sizeof head), std::ios::cur);
  }
  return names;
}

/// Writes the first five numbers of the display matrix to the headers of all tracks.
void write_matrix(const std::string &path, const std::array<int, 5> &matrix) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  file.clear();
  std::string numbers;
  for (const int number : matrix) {  // 16.16 fixed point, big-endian
    numbers += char(number >> 8);
    numbers += char(number);
    numbers += std::string(2, '\0');
  }
  for (auto at = bytes.find("tkhd"); at != std::string::npos; at = bytes.find("tkhd", at + 1)) {
    file.seekp(std::streamoff(at) + 44).write(numbers.data(), std::streamsize(numbers.size()));
  }
}

class RedubOutputTest : public testing::Test {
 protected:
  RedubOutputTest() { write_wav(speech_, 0.2, {{500, 0.3}}); }

  /// A clip whose frames `encoder` makes of I420.
  std::string clip(const std::string &name, const std::string &encoder) {
    ClipSpec spec;
    spec.frames = kFrames;
    spec.muxer = name.ends_with(".mp4") ? "mp4mux" : "matroskamux";
    if (!encoder.empty()) spec.encoder = encoder;
    write_clip(folder_ / name, spec);
    return folder_ / name;
  }

  /// Re-dubs and reads the report. Returns OUT.
  std::string make(const std::string &video, const std::string &name,
                   const std::vector<std::string> &more = {}) {
    std::vector<std::string> arguments{video,         speech_,  folder_ / name,
                                       "--overwrite", "--json", folder_ / "report.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const RunOutcome run = redub(arguments);
    EXPECT_EQ(run.status, 0) << run.error;
    error_ = run.error;
    std::ifstream file(folder_ / "report.json");
    report_ = nlohmann::json::parse(file);
    EXPECT_EQ(report_["warning_count"], report_["warnings"].size());
    EXPECT_TRUE(report_["warnings"].empty()) << report_["warnings"];
    return folder_ / name;
  }

  void run(const std::string &command) const {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  /// Whether the report and the messages say that `what` was not kept.
  bool says_lost(const std::string &what) const {
    const auto line = error_.find("not kept: ");
    return report_["not_kept"].dump().find(what) != std::string::npos &&
           line != std::string::npos && error_.find(what, line) != std::string::npos;
  }

  TestFolder folder_;
  std::string speech_ = folder_ / "speech.wav";
  nlohmann::json report_;
  std::string error_;
};

}  // namespace

TEST_F(RedubOutputTest, ColorFlagsStay) {
  const std::string full = clip("full.mkv",
                                "videoconvert ! video/x-raw,format=I420,colorimetry=1:3:5:1 ! "
                                "x264enc quantizer=1 pass=qual ! h264parse"),
                    pq = clip("pq.mkv",
                              "videoconvert ! video/x-raw,format=I420_10LE,colorimetry=bt2100-pq ! "
                              "x264enc quantizer=1 pass=qual ! h264parse");
  const struct {
    const std::string &video;
    const char *name;
    std::vector<std::string> options;
  } cases[] = {{full, "full.mp4", {}},
               {full, "out.mkv", {"--lossless"}},
               {full, "full.mov", {}},
               {full, "full.webm", {}},
               {pq, "pq.mp4", {"--keep-format", "--video-codec", "h265"}},
               {pq, "out.mkv", {"--lossless"}}};
  for (const auto &test : cases) {
    SCOPED_TRACE(test.name);
    const AvFramePtr before = first_frame(test.video),
                     after = first_frame(make(test.video, test.name, test.options));
    EXPECT_EQ(after->color_range, before->color_range);
    EXPECT_EQ(after->colorspace, before->colorspace);
    EXPECT_EQ(after->color_primaries, before->color_primaries);
    EXPECT_EQ(after->color_trc, before->color_trc);
    const int bytes = before->format == AV_PIX_FMT_YUV420P10LE ? 2 : 1;
    EXPECT_LT(error_above_face(*before, *after, 0, bytes), 12 * bytes * bytes * bytes * bytes);
  }
}

TEST_F(RedubOutputTest, LimitedRangeIsTheDefault) {
  const std::string limited = folder_ / "limited.mpg";
  const std::string convert =
      "ffmpeg -v error -i '" + clip("clip.mkv", "") + "' -c:v mpeg2video -q:v 2 '" + limited + "'";
  if (std::system(convert.c_str()) != 0) GTEST_SKIP() << "the program ffmpeg is not installed";
  ASSERT_EQ(first_frame(limited)->color_range, AVCOL_RANGE_MPEG);
  make(limited, "limited.mp4", {});
  EXPECT_EQ(report_["warnings"].dump().find("color range"), std::string::npos) << error_;
}

TEST_F(RedubOutputTest, ReportSaysWhichTrack) {
  const std::string video = clip("clip.mkv", ""), dubbed = folder_ / "dubbed.mkv";
  const std::string join = "ffmpeg -v error -i '" + video + "' -i '" + speech_ + "' -i '" +
                           speech_ +
                           "' -map 0:v -map 1:a -map 2:a -metadata:s:a:1 language=ger"
                           " -metadata:s:a:1 title=Dub '" +
                           dubbed + "'";
  if (std::system(join.c_str()) != 0) GTEST_SKIP() << "the program ffmpeg is not installed";
  speech_ = dubbed;
  make(video, "out.mkv", {});
  EXPECT_EQ(report_["video"]["track"]["number"], 1);
  EXPECT_EQ(report_["video"]["track"]["of"], 1);
  EXPECT_EQ(report_["speech"]["track"]["number"], 1);
  EXPECT_EQ(report_["speech"]["track"]["language"], nullptr);
  make(video, "out.mkv", {"--audio-track", "2"});
  EXPECT_EQ(report_["speech"]["track"], nlohmann::json::parse(R"({
      "number": 2, "of": 2, "language": "ger", "title": "Dub"})"));
}

TEST_F(RedubOutputTest, LosslessOutsideTheMask) {
  // Most of these are no formats of the elements.
  const struct {
    const char *format;
    int bytes;
  } cases[] = {{"I420", 1},      {"Y444", 1},      {"Y41B", 1},      {"GRAY8", 1},
               {"I420_10LE", 2}, {"I422_10LE", 2}, {"Y444_10LE", 2}, {"Y444_12LE", 2}};
  for (const auto &test : cases) {
    SCOPED_TRACE(test.format);
    const std::string video =
        clip("video.mkv",
             "videoconvert ! video/x-raw,format=" + std::string(test.format) + " ! avenc_ffv1");
    const AvFramePtr before = first_frame(video),
                     after = first_frame(make(video, "out.mkv", {"--lossless"}));
    EXPECT_EQ(after->format, before->format);
    EXPECT_TRUE(report_["not_kept"].empty()) << report_["not_kept"];
    EXPECT_EQ(report_["frames"]["generated"], kFrames);
    for (int plane = 0; plane < 3 && before->data[plane]; ++plane) {
      EXPECT_EQ(error_above_face(*before, *after, plane, test.bytes), 0) << "plane " << plane;
    }
  }
}

TEST_F(RedubOutputTest, PlaysEverywhereByDefault) {
  const std::string deep = clip("deep.mkv",
                                "videoconvert ! video/x-raw,format=I422_10LE ! avenc_ffv1"),
                    uneven = clip("odd.mkv",
                                  "videoconvert ! video/x-raw,format=Y444 ! videocrop right=1 "
                                  "bottom=1 ! avenc_ffv1");
  for (const char *name : {"out.mp4", "out.mov", "out.webm"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(first_frame(make(deep, name))->format, AV_PIX_FMT_YUV420P);
    EXPECT_TRUE(says_lost("4:2:2 (OUT: 4:2:0)"));
    EXPECT_TRUE(says_lost("10 bits (OUT: 8)"));
  }
  EXPECT_EQ(first_frame(make(deep, "out.mp4", {"--keep-format"}))->format, AV_PIX_FMT_YUV422P10LE);
  EXPECT_TRUE(report_["not_kept"].empty()) << report_["not_kept"];

  const AvFramePtr even = first_frame(make(uneven, "out.mp4"));
  EXPECT_EQ(even->width, 238);
  EXPECT_EQ(even->height, 178);
  EXPECT_TRUE(says_lost("the last column"));
  EXPECT_TRUE(says_lost("the last row"));
  const AvFramePtr whole = first_frame(make(uneven, "out.mp4", {"--keep-format"}));
  EXPECT_EQ(whole->width, 239);
  EXPECT_EQ(whole->height, 179);
}

TEST_F(RedubOutputTest, IndexInFrontOfData) {
  const std::string video = clip("video.mp4", "");
  for (const char *name : {"out.mp4", "out.mov", "out.m4v"}) {
    const std::vector<std::string> names = boxes(make(video, name));
    EXPECT_LT(std::ranges::find(names, "moov"), std::ranges::find(names, "mdat")) << name;
  }
}

TEST_F(RedubOutputTest, TransparencyWhereHeld) {
  const std::string video =
      clip("alpha.mkv",
           "alpha method=set alpha=0.5 ! videoconvert ! video/x-raw,format=BGRA ! avenc_ffv1");
  for (const auto &[name, options] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"out.mkv", {"--lossless"}},
           {"out.webm", {}},
           {"out.mov", {"--video-codec", "prores"}}}) {
    SCOPED_TRACE(name);
    const AvFramePtr frame = first_frame(make(video, name, options));
    const AVPixFmtDescriptor &format = *av_pix_fmt_desc_get(AVPixelFormat(frame->format));
    ASSERT_TRUE(format.flags & AV_PIX_FMT_FLAG_ALPHA);
    const AVComponentDescriptor &alpha = format.comp[format.nb_components - 1];
    const std::uint8_t *at =
        frame->data[alpha.plane] + 8 * frame->linesize[alpha.plane] + 8 * alpha.step + alpha.offset;
    const int value = alpha.depth > 8 ? at[0] | at[1] << 8 : at[0];
    EXPECT_NEAR(value / double((1 << alpha.depth) - 1), 0.5, 0.02);
    EXPECT_FALSE(says_lost("transparency"));
  }
  make(video, "out.mp4");
  EXPECT_TRUE(says_lost("transparency"));
  make(video, "out.mp4", {"--video-codec", "vp9"});
  EXPECT_TRUE(says_lost("transparency"));
}

TEST_F(RedubOutputTest, LightLevelsOfFrames) {
  // x265 writes them into the frames, and ffmpeg nowhere else.
  const std::string video = folder_ / "hdr.mp4";
  run("ffmpeg -v error -i '" + clip("clip.mkv", "") +
      "' -an -c:v libx265 -pix_fmt yuv420p10le -x265-params 'log-level=none:hdr10=1:"
      "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:"
      "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)' '" +
      video + "'");
  MediaFile out(make(video, "out.mp4", {"--keep-format", "--video-codec", "h265"}), kNever);
  const AVStream &stream = *out.stream(0);
  const auto *light = reinterpret_cast<const AVContentLightMetadata *>(
      hyperlips::side_data_of(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL));
  ASSERT_TRUE(light);
  EXPECT_EQ(light->MaxCLL, 1000u);
  EXPECT_EQ(light->MaxFALL, 400u);
  const auto *display = reinterpret_cast<const AVMasteringDisplayMetadata *>(
      hyperlips::side_data_of(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA));
  ASSERT_TRUE(display);
  EXPECT_NEAR(av_q2d(display->max_luminance), 1000, 0.01);
  EXPECT_NEAR(av_q2d(display->min_luminance), 0.005, 1e-4);
  EXPECT_NEAR(av_q2d(display->display_primaries[0][0]), 0.68, 1e-3);
  EXPECT_NEAR(av_q2d(display->white_point[1]), 0.329, 1e-3);
}

TEST_F(RedubOutputTest, BitsOfSound) {
  const std::string deep = folder_ / "deep.wav";
  run("ffmpeg -v error -i '" + speech_ + "' -c:a pcm_s24le '" + deep + "'");
  speech_ = deep;
  const std::string video = clip("clip.mkv", "");
  make(video, "out.avi", {"--lossless"});
  EXPECT_TRUE(says_lost("24 bits of sound (OUT: 16)"));
  const std::string out = make(video, "out.mkv", {"--lossless"});
  EXPECT_TRUE(report_["not_kept"].empty()) << report_["not_kept"];
  EXPECT_EQ(hyperlips::examine(out, {}, kNever).depth, 24);
  const RunOutcome piped = redub({video, "-", out, "--lossless", "--overwrite"}, deep);
  EXPECT_EQ(piped.status, 0) << piped.error;
  EXPECT_EQ(hyperlips::examine(out, {}, kNever).depth, 24);
}

TEST_F(RedubOutputTest, CoverThatOutCannotHold) {
  const std::string video = folder_ / "cover.mkv", cover = folder_ / "cover.gif";
  run("ffmpeg -v error -f lavfi -i color=s=32x32:d=0.04 -frames:v 1 '" + cover + "'");
  run("ffmpeg -v error -i '" + clip("clip.mkv", "") + "' -c copy -attach '" + cover +
      "' -metadata:s:t mimetype=image/gif -metadata:s:t filename=cover.gif '" + video + "'");
  make(video, "out.mp4");
  EXPECT_TRUE(says_lost("cover picture (gif)"));
}

TEST_F(RedubOutputTest, SubtitlesEndWithThePicture) {
  const std::string video = folder_ / "long.mkv";
  std::ofstream(folder_ / "a.srt") << "1\n00:00:00,040 --> 00:00:09,000\nHello\n";
  run("ffmpeg -v error -i '" + clip("clip.mkv", "") + "' -i '" + (folder_ / "a.srt") +
      "' -c copy '" + video + "'");
  for (const char *name : {"out.mp4", "out.mkv"}) {
    const hyperlips::MediaInfo out =
        hyperlips::examine(make(video, name, {"--length", "speech"}), {}, kNever);
    EXPECT_NEAR(hyperlips::seconds(out.duration), 0.2, 0.05) << name;
  }
}

TEST_F(RedubOutputTest, VariableRateThatMatroskaStatesAsConstant) {
  ClipSpec spec;
  spec.frames = 60;
  write_clip(folder_ / "clip.mp4", spec);
  const std::string constant = folder_ / "constant.mkv", varying = folder_ / "varying.mkv",
                    from = "ffmpeg -v error -i '" + (folder_ / "clip.mp4") + "' -an -c:v libx264 ";
  run(from + "'" + constant + "'");
  run(from + "-vf \"select='eq(mod(n,3),0)+eq(mod(n,7),0)'\" -fps_mode vfr '" + varying + "'");
  EXPECT_EQ(hyperlips::examine(constant, {}, kNever).fps_n, 25);
  EXPECT_EQ(hyperlips::examine(varying, {}, kNever).fps_n, 0);
  EXPECT_EQ(times(make(varying, "out.mp4", {"--length", "video"})), times(varying));
  make(varying, "out.mkv", {"--length", "video"});  // where the last frame has no duration
}

TEST_F(RedubOutputTest, SubtitlesChaptersAndTags) {
  const std::string plain = clip("plain.mp4", ""), video = folder_ / "video.mkv";
  std::ofstream(folder_ / "a.srt") << "1\n00:00:00,040 --> 00:00:00,160\nHello\n";
  std::ofstream(folder_ / "meta") << ";FFMETADATA1\ntitle=A title\ncomment=A comment\n"
                                     "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=100\ntitle=One\n"
                                     "[CHAPTER]\nTIMEBASE=1/1000\nSTART=100\nEND=200\ntitle=Two\n";
  const std::string command = "ffmpeg -v error -y -i '" + plain + "' -i '" + (folder_ / "a.srt") +
                              "' -i '" + (folder_ / "meta") +
                              "' -map 0:v -map 1 -map_metadata 2 -map_chapters 2 -c:v copy -c:s "
                              "srt -metadata:s:s:0 language=ger '" +
                              video + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  for (const std::string name : {"out.mp4", "out.mov", "out.mkv", "out.webm"}) {
    SCOPED_TRACE(name);
    MediaFile file(make(video, name), kNever);
    EXPECT_TRUE(report_["not_kept"].empty()) << report_["not_kept"];
    ASSERT_EQ(file.context()->nb_chapters, 2u);
    const AVChapter &chapter = *file.context()->chapters[1];
    EXPECT_NEAR(double(chapter.start) * av_q2d(chapter.time_base), 0.1, 0.001);
    EXPECT_STREQ(av_dict_get(chapter.metadata, "title", nullptr, 0)->value, "Two");
    EXPECT_STREQ(av_dict_get(file.context()->metadata, "title", nullptr, 0)->value, "A title");
    const hyperlips::Track *subtitles = file.choose(hyperlips::TrackKind::Subtitle, 0);
    ASSERT_TRUE(subtitles);
    EXPECT_EQ(subtitles->language.substr(0, 2), "ge");
    const hyperlips::PacketPtr packet(av_packet_alloc());
    bool found = false;
    while (file.read(*packet)) {
      const std::string text(reinterpret_cast<char *>(packet->data), std::size_t(packet->size));
      if (packet->stream_index == subtitles->stream && text.find("Hello") != std::string::npos) {
        found = true;
        EXPECT_NEAR(double(file.time_of(packet->stream_index, packet->pts)), 0.04e9, 2e6);
      }
      av_packet_unref(packet.get());
    }
    EXPECT_TRUE(found);
  }
  make(video, "out.avi");
  EXPECT_TRUE(says_lost("subtitles"));
  EXPECT_TRUE(says_lost("chapters"));
}

TEST_F(RedubOutputTest, ChaptersStayWhereTheyAre) {
  const std::string plain = clip("plain.mp4", ""), video = folder_ / "video.mkv";
  std::ofstream(folder_ / "meta")
      << ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=40\nEND=100\ntitle=One\n"
         "[CHAPTER]\nTIMEBASE=1/1000\nSTART=100\nEND=160\n"  // without a title
         "[CHAPTER]\nTIMEBASE=1/1000\nSTART=160\nEND=900\ntitle=Three\n"
         "[CHAPTER]\nTIMEBASE=1/1000\nSTART=300\nEND=900\ntitle=Behind the end\n";
  const std::string command = "ffmpeg -v error -y -i '" + plain + "' -i '" + (folder_ / "meta") +
                              "' -map 0:v -map_chapters 1 -c:v copy '" + video + "'";
  if (std::system(command.c_str()) != 0) GTEST_SKIP() << "the program ffmpeg is not installed";
  for (const std::string name : {"out.mp4", "out.mov", "out.mkv", "out.webm"}) {
    SCOPED_TRACE(name);
    std::vector<std::pair<double, std::string>> found;
    for (const hyperlips::Chapter &chapter :
         hyperlips::examine(make(video, name), {}, kNever).chapters)
      found.emplace_back(double(chapter.start) / 1e9, chapter.title);
    // In MP4, an empty one stands before the first.
    if (found.size() == 4 && found[0].second.empty()) found.erase(found.begin());
    ASSERT_EQ(found.size(), 3u);
    EXPECT_NEAR(found[0].first, 0.04, 0.001);
    EXPECT_NEAR(found[1].first, 0.1, 0.001);
    EXPECT_NEAR(found[2].first, 0.16, 0.001);
    EXPECT_EQ(found[0].second, "One");
    EXPECT_EQ(found[1].second, "");
    EXPECT_EQ(found[2].second, "Three");
  }
}

TEST_F(RedubOutputTest, MirrorAndRotation) {
  const std::string plain = clip("plain.mp4", ""), video = folder_ / "turned.mp4";
  const struct {
    const char *orientation;
    int a, b, c, d;  // of the display matrix (ISO/IEC 14496-12, 8.3.2)
  } cases[] = {{"rotate-90", 0, 1, -1, 0},       {"rotate-180", -1, 0, 0, -1},
               {"rotate-270", 0, -1, 1, 0},      {"flip-rotate-0", -1, 0, 0, 1},
               {"flip-rotate-90", 0, -1, -1, 0}, {"flip-rotate-180", 1, 0, 0, -1},
               {"flip-rotate-270", 0, 1, 1, 0}};
  for (const auto &test : cases) {
    SCOPED_TRACE(test.orientation);
    fs::copy_file(plain, video, fs::copy_options::overwrite_existing);
    write_matrix(video, {test.a, test.b, 0, test.c, test.d});
    ASSERT_EQ(hyperlips::examine(video, {}, kNever).orientation, test.orientation);
    const std::string out = make(video, "out.mp4");
    EXPECT_EQ(hyperlips::examine(out, {}, kNever).orientation, test.orientation);
  }
  // A container that does not state it gets upright frames.
  const hyperlips::MediaInfo upright = hyperlips::examine(make(video, "out.mkv"), {}, kNever);
  EXPECT_EQ(upright.orientation, "rotate-0");
  EXPECT_EQ(upright.width, 180u);
  EXPECT_EQ(upright.height, 240u);
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
