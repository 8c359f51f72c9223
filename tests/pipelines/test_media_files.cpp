// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading of files of many kinds (gst/lib/media): frames, times, offset between sound and picture,
// orientation, color, messages. FFmpeg's program makes the files: two seconds of dark frames, of
// which one is white, and silence with a click at the same time.
#include <gst/audio/audio.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "common/fixtures.hpp"
#include "common/test_media.hpp"
#include "gst/lib/media/media_info.hpp"
#include "gst/lib/media/sound_reader.hpp"
#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/error.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr double kTolerance = 0.005;  // seconds
const std::atomic<bool> kGoOn = false;

/// Options of ffmpeg for the inputs.
const std::string kPicture =
    "-f lavfi -i \"color=c=0x202020:s=160x120:r=25:d=2,"
    "drawbox=w=iw:h=ih:t=fill:c=white:enable='eq(n,25)'\" ";
const std::string kClick = "'if(between(t,1,1.02),0.8*sin(2000*PI*t),0)'";
const std::string kSound = "-f lavfi -i \"aevalsrc=exprs=" + kClick + ":s=48000:d=2\" ";
const std::string kH264 = "-c:v libx264 -pix_fmt yuv420p ";

/// What FrameReader and SoundReader make of a file.
struct Read {
  int frames = 0;
  double first = -1, flash = -1, end = 0;              ///< of the picture, seconds
  double sound_first = -1, click = -1, sound_end = 0;  ///< of the sound
  int channels = 0;
  std::string caps, warnings;
};

double mean_luma(GstCaps *caps, GstBuffer *buffer) {
  GstVideoInfo info;
  gst_video_info_from_caps(&info, caps);
  GstVideoFrame frame;
  gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ);
  double sum = 0;
  const auto *row = static_cast<const guint8 *>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) +
                    60 * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  for (int x = 0; x < 160; ++x) sum += row[x];
  gst_video_frame_unmap(&frame);
  return sum / 160;
}

void read_picture(const std::string &path, Read &read) {
  FrameReader reader(path, kGoOn);
  while (const auto frame = reader.next()) {
    if (read.first < 0) read.first = seconds(frame->pts);
    if (read.flash < 0 && mean_luma(reader.caps(), frame->buffer.get()) > 150)
      read.flash = seconds(frame->pts);
    read.end = seconds(frame->pts + frame->duration);
    ++read.frames;
  }
  if (reader.caps()) read.caps = take_string(gst_caps_to_string(reader.caps()));
  for (const std::string &text : reader.warnings()) read.warnings += text + "\n";
}

void read_sound(const std::string &path, Read &read) {
  SoundReader reader(path, 0, 0, kGoOn);
  read.sound_first = seconds(reader.start());
  read.channels = reader.channels();
  std::vector<float> block(std::size_t(reader.channels() * 4800));
  std::size_t total = 0;
  while (const std::size_t count = reader.read(block)) {
    for (std::size_t i = 0; i < count && read.click < 0; ++i)
      if (std::abs(block[i * std::size_t(reader.channels())]) > 0.04f)
        read.click = double(total + i) / reader.rate();
    total += count;
  }
  read.sound_end = double(total) / reader.rate();
  for (const std::string &text : reader.warnings()) read.warnings += text + "\n";
}

/// Reads to the end.
int count_frames(VideoClip &clip) {
  int frames = 0;
  while (clip.next()) ++frames;
  return frames;
}

class MediaFiles : public testing::Test {
 protected:
  void SetUp() override {
    gst_init(nullptr, nullptr);
    if (std::system("ffmpeg -version >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "the program ffmpeg is not installed";
  }

  /// Runs ffmpeg in the folder. The last argument is the file to write.
  void ffmpeg(const std::string &arguments) const { run("ffmpeg -v error -y " + arguments); }
  void run(const std::string &command) const {
    ASSERT_EQ(std::system(("cd '" + folder_ / "." + "' && " + command).c_str()), 0) << command;
  }
  Read read(const std::string &name, bool sound = true) const {
    Read all;
    read_picture(folder_ / name, all);
    if (sound) read_sound(folder_ / name, all);
    return all;
  }
  MediaInfo info(const std::string &name) const { return examine(folder_ / name, {}, kGoOn); }
  std::string failure(const std::string &name) const {
    try {
      const MediaInfo found = info(name);
      return found.video_error;
    } catch (const Error &error) {
      return error.what();
    }
  }

  TestFolder folder_;
};

void expect_contains(const std::string &text, const std::vector<std::string> &words) {
  for (const std::string &word : words) EXPECT_NE(text.find(word), std::string::npos) << text;
}

}  // namespace

/// One row for each kind: how it is made of base.mp4 (H.264 with B frames, AAC), and what a player
/// shows.
TEST_F(MediaFiles, PictureAndSoundAsInPlayers) {
  ffmpeg(kPicture + kSound + kH264 + "-c:a aac base.mp4");
  const struct {
    const char *name;
    std::string arguments;
    int frames;
    double flash, sound_seconds;    // also of the click
    double shift = 0;               // by which both may start later
    double tolerance = kTolerance;  // of their offset
  } rows[] = {
      {"base.mp4", "", 50, 1, 2},
      {"copy.mkv", "-i base.mp4 -c copy", 50, 1, 2, 0.03},
      {"copy.mov", "-i base.mp4 -c copy", 50, 1, 2},
      {"copy.ts", "-i base.mp4 -c copy", 50, 1, 2, 0.05},
      {"mpeg2.mpg", kPicture + kSound + "-c:v mpeg2video -bf 2 -c:a mp2", 50, 1, 2, 0.05},
      // The times of some frames only.
      {"dvd.vob",
       kPicture + kSound + "-c:v mpeg2video -bf 2 -flags +ildct+ilme -top 1 -c:a ac3 -f vob", 50, 1,
       2, 0.05},
      // Cut by stream copy: an edit list hides the frames since the key frame.
      {"cut.mp4", "-ss 0.7 -i base.mp4 -c copy", 33, 0.3, 1.3},
      {"hidden.mp4", "-ss 0.92 -i base.mp4 -c copy", 27, 0.08, 1.08},
      // FFmpeg's muxer moves the times of B frames; AVI has none.
      {"b.avi", kPicture + kSound + "-c:v mpeg4 -bf 2 -c:a pcm_s16le", 50, 1, 2},
      {"vp9.webm", kPicture + kSound + "-c:v libvpx-vp9 -c:a libopus", 50, 1, 2, 0.014, 0.008},
      {"h265.mp4", kPicture + kSound + "-c:v libx265 -c:a aac -x265-params log-level=0", 50, 1, 2},
      {"raw.mov", kPicture + kSound + "-c:v mjpeg -c:a pcm_s24le", 50, 1, 2},
      {"dnxhr.mov", kPicture + kSound + "-s 320x240 -c:v dnxhd -profile:v dnxhr_lb -c:a pcm_s16le",
       50, 1, 2},
      {"flash.flv", kPicture + kSound + "-c:v flv -c:a libmp3lame -ar 44100", 50, 1, 2, 0.03, 0.03},
  };
  for (const auto &row : rows) {
    SCOPED_TRACE(row.name);
    if (!row.arguments.empty()) ffmpeg(row.arguments + " " + row.name);
    const Read file = read(row.name);
    EXPECT_NEAR(file.frames, row.frames, 1);
    EXPECT_NEAR(file.flash, row.flash + row.shift / 2, row.shift / 2 + 0.02 + kTolerance);
    EXPECT_NEAR(file.flash - file.click, 0, row.tolerance);
    EXPECT_NEAR(file.sound_end, row.sound_seconds + row.shift / 2, row.shift / 2 + 0.03);
    EXPECT_EQ(file.warnings, "");
  }
}

TEST_F(MediaFiles, SoundIsComplete) {
  const struct {
    const char *name;
    std::string arguments;
    double seconds = 2;
    double late = 0;  // of the click
  } rows[] = {
      {"priming.m4a", "-c:a aac -ar 24000"},
      {"ima.wav", "-c:a adpcm_ima_wav -ar 22050"},
      {"ms.wav", "-c:a adpcm_ms -ar 22050"},
      {"g722.wav", "-c:a g722 -ar 16000"},
      {"a.mp3", "-c:a libmp3lame"},
      {"a.ogg", "-c:a libvorbis"},
      {"a.opus", "-c:a libopus"},
      {"a.caf", "-c:a pcm_s16be"},
      {"a.flac", "-c:a flac"},
      {"a.aiff", ""},
      {"a.au", ""},
      // A dub track that starts at 0.8 s.
      {"late.m4a", "-c:a aac", 2.8, 0.8},
      {"late.mkv", "-c:a flac", 2.8, 0.8},
  };
  for (const auto &row : rows) {
    SCOPED_TRACE(row.name);
    ffmpeg((row.late > 0 ? "-itsoffset 0.8 " : "") + kSound + row.arguments + " " + row.name);
    Read file;
    read_sound(folder_ / row.name, file);
    EXPECT_NEAR(file.sound_end, row.seconds, 0.04);
    EXPECT_GE(file.sound_end, row.seconds - 0.0011);
    EXPECT_NEAR(file.click, 1 + row.late, kTolerance);
    EXPECT_EQ(file.warnings, "");
  }
}

TEST_F(MediaFiles, TwoTimesTheSameStreamFollowEachOther) {
  ffmpeg(kPicture + kSound + kH264 + "-c:a aac one.ts");
  run("cat one.ts one.ts > two.ts");
  const Read file = read("two.ts");
  EXPECT_EQ(file.frames, 100);
  EXPECT_NEAR(file.sound_end, 4.05, 0.06);
  EXPECT_NEAR(file.flash, file.click, kTolerance);
}

TEST_F(MediaFiles, Channels) {
  const struct {
    const char *layout;
    int channels, kept;
    std::uint64_t mask;
  } rows[] = {{"mono", 1, 1, 0},    {"stereo", 2, 2, 0},        {"3.0", 3, 3, 0x7},
              {"quad", 4, 4, 0x33}, {"5.0", 5, 5, 0x37},        {"5.1", 6, 6, 0x3f},
              {"7.1", 8, 8, 0xc3f}, {"hexadecagonal", 16, 2, 0}};
  for (const auto &row : rows) {
    SCOPED_TRACE(row.layout);
    std::string each = kClick;
    for (int i = 1; i < row.channels; ++i) each += "|" + kClick;
    ffmpeg("-f lavfi -i \"aevalsrc=exprs=" + each + ":s=48000:d=1.2:c=" + row.layout +
           "\" -c:a pcm_s16le a.wav");
    EXPECT_EQ(info("a.wav").channels, row.channels);
    Read file;
    read_sound(folder_ / "a.wav", file);
    EXPECT_EQ(file.channels, row.kept);
    EXPECT_NEAR(file.click, 1, kTolerance);
    EXPECT_NEAR(file.sound_end, 1.2, 1e-3);
    // The mask is one that GStreamer's raw audio has.
    const CapsPtr caps(gst_caps_from_string(sound_caps(48000, row.kept).c_str()));
    GstAudioInfo audio;
    ASSERT_TRUE(gst_audio_info_from_caps(&audio, caps.get()));
    std::uint64_t mask = 0;
    gst_audio_channel_positions_to_mask(audio.position, row.kept, FALSE, &mask);
    EXPECT_EQ(row.kept > 2 ? mask : 0, row.mask);
    SoundReader mono(folder_ / "a.wav", 16000, 1, kGoOn);
    mono.start();
    std::vector<float> samples(20000);
    samples.resize(mono.read(samples));
    EXPECT_NEAR(*std::ranges::max_element(samples), 0.8, 0.1);
  }
}

TEST_F(MediaFiles, Pictures) {
  const struct {
    const char *name;
    std::string arguments;
    int frames;
    double end;
  } rows[] = {
      {"a.bmp", "-frames:v 1", 1, 0.04},
      {"a.tiff", "-frames:v 1", 1, 0.04},
      {"a.png", "-frames:v 1", 1, 0.04},
      {"a.webp", "-frames:v 1", 1, 0.04},
      {"a%d.jpg", "-frames:v 1 -update 1", 1, 0.04},
      {"still.gif", "-frames:v 1", 1, 0.1},
      {"moving.gif", "", 50, 2},
      {"moving.apng", "-plays 0 -f apng", 50, 2},
  };
  for (const auto &row : rows) {
    SCOPED_TRACE(row.name);
    ffmpeg(kPicture + row.arguments + " '" + row.name + "'");
    const MediaInfo found = info(row.name);
    EXPECT_EQ(found.video_error, "");
    EXPECT_EQ(found.still, row.frames == 1);
    EXPECT_FALSE(found.alpha);
    EXPECT_EQ(found.width, 160u);
    const Read file = read(row.name, false);
    EXPECT_EQ(file.frames, row.frames);
    EXPECT_NEAR(file.end, row.end, row.frames == 1 ? 0.1 : 0.011);
  }
}

TEST_F(MediaFiles, ExifAndMatrixTurnPictures) {
  ffmpeg(kPicture + "-frames:v 1 -update 1 plain.jpg");
  const std::string plain = read_file(folder_ / "plain.jpg");
  const char *tags[] = {"rotate-0",        "flip-rotate-0", "rotate-180",     "flip-rotate-180",
                        "flip-rotate-270", "rotate-90",     "flip-rotate-90", "rotate-270"};
  for (int value = 1; value <= 8; ++value) {
    // APP1 with one entry, Orientation, of the first image file directory.
    std::string exif(
        "\xff\xe1\0\x22"
        "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0v\0\0\0"
        "\0\0\0\0",
        36);
    exif[28] = char(value);
    write_bytes(folder_ / "turned.jpg", plain.substr(0, 2) + exif + plain.substr(2));
    EXPECT_EQ(info("turned.jpg").orientation, tags[value - 1]) << value;
  }
  ffmpeg(kPicture + kH264 + "film.mp4");
  EXPECT_EQ(info("film.mp4").orientation, "rotate-0");
  turn_clip(folder_ / "film.mp4");
  EXPECT_EQ(info("film.mp4").orientation, "rotate-90");
  // Mirrored, as by the front cameras of phones.
  std::string bytes = read_file(folder_ / "film.mp4");
  const auto matrix = bytes.find("tkhd") + 44;
  bytes.replace(matrix, 20, std::string("\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0", 20));
  write_bytes(folder_ / "film.mp4", bytes);
  EXPECT_EQ(info("film.mp4").orientation, "flip-rotate-0");
}

TEST_F(MediaFiles, ColorAndFormatStay) {
  const struct {
    const char *name;
    std::string arguments;
    std::vector<std::string> caps;
  } rows[] = {
      {"full.mp4",
       kH264 + "-vf scale=out_range=full -color_range pc -colorspace bt709 -color_primaries bt709 "
               "-color_trc bt709",
       {"I420", "1:3:5:1"}},
      {"pq.mp4",
       "-c:v libx265 -pix_fmt yuv420p10le -color_range tv -colorspace bt2020nc -color_primaries "
       "bt2020 -color_trc smpte2084 -x265-params log-level=0",
       {"I420_10LE", "bt2100-pq"}},
      {"wide.mkv",
       "-c:v libx264 -pix_fmt yuv420p -vf setsar=4/3",
       {"pixel-aspect-ratio=(fraction)4/3"}},
      {"gray10.mkv", "-c:v ffv1 -pix_fmt gray10le", {"GRAY16_LE"}},
      {"deep.mkv", "-c:v ffv1 -pix_fmt yuv444p16le", {"Y444_16LE"}},
      {"422.mkv", "-c:v ffv1 -pix_fmt yuv422p10le", {"I422_10LE"}},
      {"rgb.mkv", "-c:v ffv1 -pix_fmt gbrp10le", {"GBR_10LE"}},
      {"ntsc.mkv", kH264 + "-r 30000/1001 -fps_mode cfr", {"framerate=(fraction)30000/1001"}},
      {"fast.mp4", kH264 + "-r 240", {"framerate=(fraction)240/1"}},
  };
  for (const auto &row : rows) {
    SCOPED_TRACE(row.name);
    ffmpeg(kPicture + row.arguments + " " + row.name);
    expect_contains(read(row.name, false).caps, row.caps);
  }
}

TEST_F(MediaFiles, ConversionForTheLibraryIsExact) {
  ffmpeg("-f lavfi -i testsrc2=s=160x120:r=25:d=0.2 -c:v ffv1 -pix_fmt gray10le a.mkv");
  FrameReader exact(folder_ / "a.mkv", kGoOn),
      reader(folder_ / "a.mkv", kGoOn, FrameFormats::Library);
  const auto frame = reader.next(), same = exact.next();
  ASSERT_TRUE(frame && same);
  const std::string caps = take_string(gst_caps_to_string(reader.caps()));
  EXPECT_NE(caps.find("I420_10LE"), std::string::npos) << caps;
  GstMapInfo luma, gray;
  gst_buffer_map(frame->buffer.get(), &luma, GST_MAP_READ);
  gst_buffer_map(same->buffer.get(), &gray, GST_MAP_READ);
  const auto *ten = reinterpret_cast<const guint16 *>(luma.data);
  const auto *sixteen = reinterpret_cast<const guint16 *>(gray.data);
  int different = 0;
  for (int i = 0; i < 160 * 120; ++i) different += ten[i] != sixteen[i] >> 6;
  EXPECT_EQ(different, 0);
  gst_buffer_unmap(frame->buffer.get(), &luma);
  gst_buffer_unmap(same->buffer.get(), &gray);
}

TEST_F(MediaFiles, InterlacedVideoIsDeinterlaced) {
  // A bar that moves between the fields.
  ffmpeg(
      "-f lavfi -i \"color=s=160x120:r=50:d=1,drawbox=x='20+100*t':w=20:h=ih:t=fill:c=white,"
      "tinterlace=4\" -c:v libx264 -flags +ildct+ilme -x264opts tff=1 -pix_fmt yuv420p a.mp4");
  EXPECT_TRUE(info("a.mp4").interlaced);
  FrameReader reader(folder_ / "a.mp4", kGoOn);
  int frames = 0;
  double combs = 0;
  while (const auto frame = reader.next()) {
    ++frames;
    GstMapInfo map;
    gst_buffer_map(frame->buffer.get(), &map, GST_MAP_READ);
    for (int y = 20; y < 100; ++y)
      for (int x = 0; x < 160; ++x)
        combs += std::abs(2 * map.data[y * 160 + x] - map.data[(y - 1) * 160 + x] -
                          map.data[(y + 1) * 160 + x]) > 100;
    gst_buffer_unmap(frame->buffer.get(), &map);
  }
  EXPECT_EQ(frames, 25);
  EXPECT_LT(combs / frames, 60);  // 2 pixels at 2 edges in 80 rows without deinterlacing: 320
  expect_contains(take_string(gst_caps_to_string(reader.caps())), {"progressive"});
}

TEST_F(MediaFiles, TransparencyIsSeen) {
  ffmpeg("-f lavfi -i color=c=red@0.5:s=160x120:r=25:d=0.4,format=yuva420p -c:v libvpx-vp9 a.webm");
  EXPECT_TRUE(info("a.webm").alpha);
  expect_contains(read("a.webm", false).caps, {"A420"});
  ffmpeg(kPicture + "-pix_fmt rgba -frames:v 1 opaque.png");
  EXPECT_FALSE(info("opaque.png").alpha);
}

TEST_F(MediaFiles, DefaultTracks) {
  ffmpeg(kPicture + "-frames:v 1 cover.jpg -y");
  ffmpeg(kPicture + kSound +
         "-f lavfi -i sine=r=16000:d=2 -i cover.jpg -map 3:v -map 0:v -map 2:a "
         "-map 1:a -c:v:0 mjpeg -c:v:1 libx264 -c:a flac -disposition:v:0 0 -disposition:v:1 "
         "default -disposition:a:0 0 -disposition:a:1 default -metadata:s:a:1 language=fra a.mkv");
  const Read file = read("a.mkv");
  EXPECT_EQ(file.frames, 50);
  EXPECT_NEAR(file.click, 1, kTolerance);
  const MediaInfo found = info("a.mkv");
  EXPECT_EQ(found.video_codec, "h264");
  EXPECT_EQ(found.language, "fra");
  ASSERT_EQ(found.tracks.size(), 4u);
  EXPECT_EQ(found.tracks[3].number, 2);
  SoundReader other(MediaSource(folder_ / "a.mkv", 1), 0, 0, kGoOn);
  other.start();
  EXPECT_EQ(other.rate(), 16000);
  EXPECT_THROW(SoundReader(MediaSource(folder_ / "a.mkv", 3), 0, 0, kGoOn), Error);
  // A cover does not make a song a film, nor a film a picture.
  ffmpeg(kSound + "-i cover.jpg -map 0:a -map 1:v -c:v copy -disposition:v attached_pic a.m4a");
  EXPECT_TRUE(info("a.m4a").tracks[1].is_cover);
}

TEST_F(MediaFiles, TrackThatStartsInTheMiddle) {
  // 5 MB, which is what FFmpeg looks at, before the sound starts.
  const std::string picture =
      "-f lavfi -i testsrc2=s=320x240:r=25:d=3,noise=all_strength=60 -c:v mpeg2video -b:v 20M "
      "-minrate 20M "
      "-maxrate 20M -bufsize 4M ";
  ffmpeg(picture + "first.mpg");
  ffmpeg(
      "-f lavfi -i testsrc2=s=320x240:r=25:d=1 -f lavfi -i sine=d=1 -c:v mpeg2video -q:v 2 "
      "-c:a mp2 second.mpg");
  run("cat first.mpg second.mpg first.mpg > late.mpg");
  EXPECT_NEAR(read("late.mpg", false).frames, 175, 6);
}

TEST_F(MediaFiles, TellsWhatIsMissing) {
  const std::string picture = "-f lavfi -i testsrc2=s=160x120:r=25:d=2 ";
  ffmpeg(picture + kSound + kH264 + "-c:a aac -movflags +faststart whole.mp4");
  ffmpeg(picture + kSound + "-c:v ffv1 -c:a flac whole.mkv");
  for (const char *type : {"mp4", "mkv"}) {
    SCOPED_TRACE(type);
    const std::string whole = read_file(folder_ / (std::string("whole.") + type));
    write_bytes(folder_ / "half.x", whole.substr(0, whole.size() * 6 / 10));
    EXPECT_GT(read("half.x").frames, 5);
    expect_contains(read("half.x").warnings, {"half.x", "ends early", "0:02.0"});
  }
  ffmpeg(kSound + "one.wav");
  run("cat one.wav one.wav > two.wav");
  Read glued;
  read_sound(folder_ / "two.wav", glued);
  expect_contains(glued.warnings, {"two.wav", "Another file follows", "192078 of 384156 bytes"});
  ffmpeg(kSound + "-c:a libmp3lame a.mp3");
  ffmpeg(kSound + "-c:a libmp3lame -ar 24000 b.mp3");
  run("cat a.mp3 b.mp3 > ab.mp3");
  Read both;
  read_sound(folder_ / "ab.mp3", both);
  EXPECT_NEAR(both.sound_end, 4, 0.1);
}

TEST_F(MediaFiles, RefusesWithTheReason) {
  ffmpeg(kPicture + kH264 +
         "-encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff "
         "-encryption_kid 112233445566778899aabbccddeeff00 drm.mp4");
  expect_contains(failure("drm.mp4"), {"drm.mp4", "encrypted"});
  ffmpeg(kPicture + "-c:v libwebp_anim moving.webp");
  expect_contains(failure("moving.webp"), {"moving.webp", "animated WebP"});
  write_bytes(folder_ / "a.heic", std::string("\0\0\0\x18"
                                              "ftypheic\0\0\0\0mif1heic",
                                              24));
  expect_contains(failure("a.heic"), {"a.heic", "HEIC", "heif-convert"});
  write_bytes(folder_ / "page.mp4", "<!DOCTYPE html><html></html>");
  expect_contains(failure("page.mp4"), {"page.mp4", "text"});
  write_bytes(folder_ / "empty.mp4", "");
  expect_contains(failure("empty.mp4"), {"empty.mp4", "empty"});
  write_bytes(folder_ / "list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\none.ts\n");
  expect_contains(failure("list.m3u8"), {"list.m3u8"});
  expect_contains(failure("none.mp4"), {"none.mp4", "not found"});
  ffmpeg(kPicture + kH264 + "-t 0.4 small.ts");
  ffmpeg(kPicture + kH264 + "-t 0.4 -s 320x240 large.ts");
  run("cat small.ts large.ts > both.ts");
  try {
    read("both.ts", false);
    FAIL();
  } catch (const Error &error) {
    expect_contains(error.what(), {"both.ts", "160x120", "320x240"});
  }
}

TEST_F(MediaFiles, Chapters) {
  write_bytes(folder_ / "meta",
              ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=800\n"
              "title=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=800\nEND=2000\ntitle=Two\n");
  ffmpeg(kPicture + "-i meta -map_metadata 1 " + kH264 + "a.mp4");
  const MediaInfo found = info("a.mp4");
  ASSERT_EQ(found.chapters.size(), 2u);
  EXPECT_EQ(found.chapters[1].title, "Two");
  EXPECT_EQ(found.chapters[1].start, 800 * GST_MSECOND);
}

TEST_F(MediaFiles, LoopsShowNoHiddenFrame) {
  ffmpeg(kPicture + kH264 + "-g 250 base.mp4");
  ffmpeg("-ss 1.2 -i base.mp4 -c copy cut.mp4");  // hides the white frame
  VideoClip clip(folder_ / "cut.mp4", kGoOn);
  clip.start();
  const int frames = count_frames(clip);
  EXPECT_EQ(frames, 20);
  for (int i = 0; i < 3 * frames; ++i) {
    const auto frame = clip.next_looped();
    ASSERT_TRUE(frame);
    EXPECT_LT(mean_luma(clip.caps(), frame->buffer.get()), 100);
  }
}

TEST_F(MediaFiles, StreamsWithoutTimesLoop) {
  ffmpeg(kPicture + kH264 + "a.h264");
  VideoClip clip(folder_ / "a.h264", kGoOn);
  clip.start();
  const int frames = count_frames(clip);
  EXPECT_EQ(frames, 50);
  for (int i = 0; i < 2 * frames; ++i) {
    const auto frame = clip.next_looped();
    ASSERT_TRUE(frame);
    // The first turn shows the white frame, number 25 of 50, as the 24th backward.
    if (i >= 40) continue;
    EXPECT_EQ(mean_luma(clip.caps(), frame->buffer.get()) > 150, i == 23) << i;
  }
}

TEST_F(MediaFiles, PipesAreCopied) {
  ffmpeg(kSound + "a.wav");
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(is_pipe(pipe));
  std::thread writer([this] { run("cat a.wav > pipe"); });
  const Spool spool(pipe, kGoOn);
  writer.join();
  Read file;
  read_sound(spool.path(), file);
  EXPECT_NEAR(file.sound_end, 2, 1e-6);
}

TEST_F(MediaFiles, CancelEndsTheWaitForAPipe) {
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::atomic<bool> cancel = false, started = false;
  std::thread reader([&] {
    started = true;
    const Spool spool(pipe, cancel);
  });
  while (!started) std::this_thread::yield();
  cancel = true;
  reader.join();  // the timeout of the test is the limit
}

/// The files of users that once failed, where the reference data is.
TEST_F(MediaFiles, ReportedFiles) {
  const auto shared = shared_data();
  if (!shared || !fs::exists(*shared / "bugs")) GTEST_SKIP() << "no bugs/ in HYPERLIPS_SHARED";
  const struct {
    const char *name;
    int frames;
    double sound_seconds;
  } rows[] = {{"cut.mp4", 42, 1.708},
              {"nobcut.mp4", 30, 1.208},
              {"clk.m4a", 0, 2},
              {"late.m4a", 0, 3.808},
              {"base.avi", 75, 3.048},
              {"anim.gif", 20, 0},
              {"static.gif", 1, 0},
              {"inter.mp4", 75, 0},
              {"fullrange.mov", 50, 2.005},
              {"adpcm_ima_wav.wav", 0, 2.036},
              {"multi.mkv", 75, 2.112},
              {"thumb1.mkv", 75, 3.029},
              {"g10.mkv", 3, 0},
              {"ll422_short.mkv", 5, 0},
              {"st.bmp", 1, 0},
              {"rot6.jpg", 1, 0},
              {"dnx.mov", 3, 0},
              {"s.caf", 0, 2},
              {"s51.m4a", 0, 2},
              {"alpha.webm", 50, 0},
              {"trunc_fast.mp4", 37, 1.365}};
  for (const auto &row : rows) {
    SCOPED_TRACE(row.name);
    const std::string path = *shared / "bugs" / row.name;
    const MediaInfo found = examine(path, {}, kGoOn);
    Read file;
    FrameReader reader(path, kGoOn);
    while (reader.next()) ++file.frames;
    EXPECT_EQ(file.frames, row.frames);
    EXPECT_EQ(found.has_audio, row.sound_seconds > 0);
    if (found.has_audio) read_sound(path, file);
    EXPECT_NEAR(file.sound_end, row.sound_seconds, 0.001);
  }
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
