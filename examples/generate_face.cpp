// SPDX-License-Identifier: LGPL-2.1-or-later
// Lip-syncs one picture without GStreamer: mel spectrogram, crop, network, blend.
//
// usage: generate_face PICTURE SPEECH.wav OUT.png MODEL [SECONDS]
//   SPEECH.wav: 16 kHz, mono, 16 bit with a 44-byte header
//   SECONDS:    the moment of the speech that the mouth shows; default 0.5
// c++ -std=c++20 generate_face.cpp $(pkg-config --cflags --libs hyperlips-1.0) -lopencv_imgcodecs
#include <hyperlips/audio/mel_window.hpp>
#include <hyperlips/engine/network.hpp>
#include <hyperlips/error.hpp>
#include <hyperlips/face/color_match.hpp>
#include <hyperlips/face/crop.hpp>
#include <hyperlips/face/mask.hpp>
#include <hyperlips/face/tensor.hpp>
#include <hyperlips/face/tracker.hpp>
#include <hyperlips/video/blend.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <opencv2/imgcodecs.hpp>

using namespace hyperlips;

/// The samples of a WAV file, -1 ... 1.
std::vector<float> read_wav(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::string header(44, '\0');
  file.read(header.data(), 44);
  if (header.compare(20, 8, "\1\0\1\0\x80\x3e\0\0", 8) != 0)  // PCM, one channel, 16000 Hz
    throw Error(ErrorKind::Format, path + " is not a 16 kHz mono WAV file.");
  std::vector<float> samples;
  for (unsigned char s[2]; file.read(reinterpret_cast<char *>(s), 2);)
    samples.push_back(float(std::int16_t(s[0] | s[1] << 8)) / 32768);
  return samples;
}

/// Draws the mouth of `samples` at `seconds` over the first face of `frame` (CV_8UC3, BGR).
void lip_sync(const cv::Mat &frame, std::span<const float> samples, double seconds,
              Network &network) {
  const FrameView view = view_of(frame);  // the same memory; other pixel formats work, too
  const std::vector<Face> faces = Tracker({}).track(view, 0);
  if (faces.empty()) throw Error(ErrorKind::Settings, "No face was found.");
  // The network sees the upper half of the crop and a whole face of the same person as a reference.
  const Box &box = faces[0].box;
  const cv::Mat crop = crop_face(view, box);
  std::vector<float> face(kFaceTensor);
  base_input(crop, crop, face);
  // The speech is a window of 16 mel columns (0.2 s).
  MelTimeline timeline;
  timeline.append(0, mel_spectrogram(samples));
  timeline.finish();
  std::vector<float> mel(kMelBands * kMelWindow);
  if (timeline.find(std::int64_t(seconds * 1e9), mel) != MelTimeline::Lookup::Ready)
    throw Error(ErrorKind::Settings, "The speech ends before SECONDS.");

  std::vector<float> generated(3 * kCropSize * kCropSize);
  const std::span<const float> inputs[] = {mel, face};  // in the order of network.info().inputs
  const std::span<float> outputs[] = {generated};
  network.run(1, inputs, outputs);
  // Only the lower face is replaced, with a soft edge of a tenth of the crop.
  const Mask mask = lower_face_mask(faces[0].landmarks, box, 0.1f, view.size());
  const cv::Mat picture = picture_from_tensor(generated, kCropSize);
  blend(view, match_color(view, picture, crop_to_frame(box), mask), crop_to_frame(box), mask, 1);
}

int main(int argc, char **argv) try {
  if (argc < 5)
    throw Error(ErrorKind::Settings, "usage: PICTURE SPEECH.wav OUT.png MODEL [SECONDS]");
  cv::Mat frame = cv::imread(argv[1], cv::IMREAD_COLOR);
  if (frame.empty()) throw Error(ErrorKind::NotFound, std::string("Cannot read ") + argv[1] + ".");
  const auto network = open_network({.model = argv[4]});  // .device = "cuda" for a GPU
  lip_sync(frame, read_wav(argv[2]), argc > 5 ? std::atof(argv[5]) : 0.5, *network);
  return cv::imwrite(argv[3], frame) ? 0 : 1;
} catch (const std::exception &error) {  // hyperlips::Error: full sentences for users
  std::fprintf(stderr, "generate_face: %s\n", error.what());
  return 1;
}
