// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/crop_pack_writer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <nlohmann/json.hpp>

#include "training/data/crop_pack_format.hpp"
#include "training/data/picture.hpp"
#include "training/data/wav_file.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "training/preprocess/resume_log.hpp"
#include "util/byte_order.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

using namespace crop_pack;

void append(Bytes &all, const Bytes &part, std::uint64_t offset) {
  all.resize(offset);  // pads with zeros
  all.insert(all.end(), part.begin(), part.end());
}

std::span<const std::uint8_t> pixels(const cv::Mat &crop) { return {crop.data, kRawBytes}; }

const char *name_of(CropCoding coding) { return coding == CropCoding::Jpeg ? "jpeg" : "raw"; }

/// Settings and coding as JSON, for changed_option().
nlohmann::json all_settings(std::string_view settings, CropCoding coding) {
  nlohmann::json json = nlohmann::json::parse(settings, nullptr, false);
  if (json.is_object()) json["coding"] = name_of(coding);
  return json;
}

}  // namespace

PackRecord make_record(std::string name, std::uint64_t number, std::span<const cv::Mat> crops,
                       std::span<const float> samples, CropCoding coding, const ClipTruth &truth) {
  const auto require = [&](bool good, const std::string &what) {
    if (!good) throw Error(ErrorKind::Settings, "Clip " + quote(name) + " " + what + ".");
  };
  require(!name.empty() && name.size() < kNameBytes,
          "cannot be packed: its name must have 1 to 63 bytes");
  require(!crops.empty() && crops.size() <= kMaxFrames,
          "cannot be packed: expected 1 to " + std::to_string(kMaxFrames) + " pictures, not " +
              std::to_string(crops.size()));
  require(truth.landmarks.empty() || truth.landmarks.size() == crops.size(),
          "cannot be packed: expected landmarks of " + std::to_string(crops.size()) +
              " pictures, not " + std::to_string(truth.landmarks.size()));
  const Bytes known = truth.landmarks.empty() ? Bytes() : encode_truth(truth);
  std::vector<float> rounded(samples.size());
  Bytes sound(2 * samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::int16_t sample = to_pcm16(samples[i]);
    rounded[i] = from_pcm16(sample);
    store_little_endian(static_cast<std::uint16_t>(sample), std::span(sound).subspan(2 * i, 2));
  }
  const std::vector<MelColumn> columns = mel_spectrogram(rounded);
  const Bytes mel = write(columns);
  Record head{.number = number,
              .frames = static_cast<std::uint32_t>(crops.size()),
              .samples = static_cast<std::uint32_t>(samples.size()),
              .columns = static_cast<std::uint32_t>(columns.size()),
              .mel_checksum = checksum(mel),
              .samples_checksum = checksum(sound),
              .truth_bytes = static_cast<std::uint32_t>(known.size()),
              .name = name};
  Bytes all, pictures;
  std::vector<FrameEntry> table;
  for (const cv::Mat &crop : crops) {
    require(crop.type() == CV_8UC3 && crop.size() == cv::Size(kCropSize, kCropSize),
            "cannot be packed: pictures must be 128x128 BGR");
    const Bytes coded = coding == CropCoding::Jpeg ? encode_jpeg(crop) : Bytes();
    const cv::Mat whole = crop.isContinuous() ? crop : crop.clone();
    const std::span<const std::uint8_t> bytes =
        coding == CropCoding::Jpeg ? std::span<const std::uint8_t>(coded) : pixels(whole);
    pictures.resize(aligned(pictures.size()));
    table.push_back({head.pictures_offset() + pictures.size(),
                     static_cast<std::uint32_t>(bytes.size()), checksum(bytes)});
    pictures.insert(pictures.end(), bytes.begin(), bytes.end());
  }
  const Bytes frames = write(table);
  head.table_checksum = checksum(frames);
  head.bytes = aligned(head.pictures_offset() + pictures.size());
  all.reserve(head.bytes);
  append(all, write(head), 0);
  append(all, frames, kRecordBytes);
  append(all, mel, head.mel_offset());
  append(all, sound, head.samples_offset());
  append(all, known, head.truth_offset());
  append(all, pictures, head.pictures_offset());
  all.resize(head.bytes);
  return {std::move(name), number, static_cast<int>(crops.size()), std::move(all)};
}

CropPackWriter::CropPackWriter(std::filesystem::path path, CropCoding coding,
                               const std::string &settings)
    : path_(std::move(path)),
      file_(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666)) {
  if (!file_.valid()) throw output_error(path_, std::strerror(errno));
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
    throw Error(ErrorKind::Settings, "Another process is writing " + quote_path(path_) +
                                         ". Wait for it or choose another folder.");
  begin(coding, settings);
}

void CropPackWriter::begin(CropCoding coding, const std::string &settings) {
  Header header{coding, static_cast<std::uint32_t>(settings.size()), 0};
  const Bytes text(settings.begin(), settings.end());
  header.settings_checksum = checksum(text);
  Bytes wanted = write(header);
  append(wanted, text, kHeaderBytes);
  wanted.resize(header.end());

  struct stat status {};
  if (fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode))
    throw output_error(path_, "not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  Bytes found(std::min<std::uint64_t>(size, wanted.size()));
  read_at(file_.get(), 0, found, path_);
  // A new file, or its writer was killed before the first record.
  if (found.size() < wanted.size() && std::equal(found.begin(), found.end(), wanted.begin())) {
    write_at(0, wanted);
    end_ = wanted.size();
    return;
  }
  if (found != wanted) {
    const std::optional<Header> old =
        read_header(std::span(found).first(std::min(found.size(), kHeaderBytes)));
    if (!old)
      throw Error(ErrorKind::Format,
                  quote_path(path_) +
                      " is not a crop pack or has a damaged header. Move it away "
                      "or choose another folder.");
    if (old->old)
      throw Error(ErrorKind::Settings,
                  quote_path(path_) +
                      " was made by an earlier version, to which no clips can be added. Choose "
                      "another folder, or remove the file to start again.");
    std::string before(std::min<std::uint64_t>(old->settings_bytes, size - kHeaderBytes), '\0');
    read_at(file_.get(), kHeaderBytes,
            {reinterpret_cast<std::uint8_t *>(before.data()), before.size()}, path_);
    throw Error(
        ErrorKind::Settings,
        quote_path(path_) + " was made with other options: " +
            changed_option(all_settings(before, old->coding), all_settings(settings, coding)) +
            ". Use the same options, choose another folder, or remove the file to start "
            "again.");
  }
  find_clips(size, wanted.size(), coding);
}

void CropPackWriter::find_clips(std::uint64_t size, std::uint64_t begin, CropCoding coding) {
  end_ = begin;
  try {
    clips_ = CropPack(path_).clips();
    if (!clips_.empty()) end_ = clips_.back().offset + clips_.back().bytes;
    has_index_ = true;
    return;
  } catch (const Error &) {  // no index, or a damaged one
  }
  while (size - end_ >= kRecordBytes) {
    Bytes bytes(kRecordBytes);
    read_at(file_.get(), end_, bytes, path_);
    const std::optional<Record> record = read_record(bytes);
    if (!record || record->bytes > size - end_) break;
    PackedClip clip{.name = record->name,
                    .number = record->number,
                    .frames = static_cast<int>(record->frames),
                    .offset = end_,
                    .bytes = record->bytes};
    end_ += clip.bytes;
    clips_.push_back(std::move(clip));
  }
  // add() syncs after each record, so only the last one can be incomplete.
  if (!clips_.empty() && !is_whole(clips_.back(), coding)) {
    end_ = clips_.back().offset;
    clips_.pop_back();
  }
  cut_at(end_);
}

bool CropPackWriter::is_whole(const PackedClip &clip, CropCoding coding) const {
  Bytes bytes(clip.bytes);
  read_at(file_.get(), clip.offset, bytes, path_);
  const std::span<const std::uint8_t> all(bytes);
  const std::optional<Record> record = read_record(all.first(kRecordBytes));
  const auto table = read_table(all.subspan(kRecordBytes, record->table_bytes()), *record, coding);
  const auto truth = all.subspan(record->truth_offset(), record->truth_bytes);
  try {
    if (!truth.empty())
      TruthReader(
          [&](std::uint64_t offset, std::span<std::uint8_t> out) {
            std::ranges::copy(truth.subspan(offset, out.size()), out.begin());
          },
          truth.size(), clip.name)
          .all();
  } catch (const Error &) {
    return false;
  }
  return table &&
         checksum(all.subspan(record->mel_offset(), record->mel_bytes())) == record->mel_checksum &&
         checksum(all.subspan(record->samples_offset(), record->samples_bytes())) ==
             record->samples_checksum &&
         std::ranges::all_of(*table, [&](const FrameEntry &frame) {
           return checksum(all.subspan(frame.offset, frame.bytes)) == frame.checksum;
         });
}

void CropPackWriter::add(const PackRecord &record) {
  if (has_index_) cut_at(end_);
  has_index_ = false;
  write_at(end_, record.bytes);
  sync();
  clips_.push_back({.name = record.name,
                    .number = record.number,
                    .frames = record.frames,
                    .offset = end_,
                    .bytes = record.bytes.size()});
  end_ += record.bytes.size();
}

void CropPackWriter::finish(std::span<const std::string> validation) {
  for (PackedClip &clip : clips_)
    clip.validation = std::ranges::binary_search(validation, clip.name);
  cut_at(end_);
  const Bytes index = write(clips_);
  write_at(end_, index);
  sync();
  write_at(end_ + index.size(), write(Trailer{end_, clips_.size(), checksum(index)}));
  sync();
  has_index_ = true;
}

void CropPackWriter::write_at(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = pwrite(file_.get(), bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int reason = errno;
      if (ftruncate(file_.get(), static_cast<off_t>(end_)) != 0) has_index_ = false;
      throw output_error(path_, std::strerror(reason));
    }
    done += static_cast<std::size_t>(count);
  }
}

void CropPackWriter::sync() {
  if (fdatasync(file_.get()) != 0) throw output_error(path_, std::strerror(errno));
}

void CropPackWriter::cut_at(std::uint64_t size) {
  if (ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
    throw output_error(path_, std::strerror(errno));
}

}  // namespace hyperlips::training
