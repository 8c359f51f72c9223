// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/crop_pack.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "hyperlips/error.hpp"
#include "training/data/crop_pack_format.hpp"
#include "training/data/picture.hpp"
#include "training/data/wav_file.hpp"
#include "util/byte_order.hpp"
#include "util/file_descriptor.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

using namespace crop_pack;

struct OpenRecord {
  Record record;
  std::vector<FrameEntry> table;
};

}  // namespace

struct CropPack::Impl {
  explicit Impl(std::filesystem::path name)
      : path(std::move(name)), file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (!file.valid() || fstat(file.get(), &status) != 0)
      throw Error(ErrorKind::NotFound,
                  "Cannot read " + quote_path(path) + ": " + std::strerror(errno) + ".");
    if (!S_ISREG(status.st_mode)) fail("is not a regular file");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size < kHeaderBytes) fail("is too short to be a crop pack");
    const std::optional<Header> header = read_header(read(0, kHeaderBytes));
    if (!header)
      fail(
          "is not a crop pack, has an unsupported version, or has a damaged header. Make it again "
          "with hyperlips-train synth --crops");
    coding = header->coding;
    if (size < header->end()) fail("is truncated");
    const Bytes text = read(kHeaderBytes, header->settings_bytes);
    if (checksum(text) != header->settings_checksum)
      fail("is damaged: its settings do not match their checksum");
    settings.assign(text.begin(), text.end());
    read_index_of(size, header->end());
    records.resize(clips.size());
  }

  void read_index_of(std::uint64_t size, std::uint64_t begin) {
    constexpr const char *kUnfinished =
        "has no index at its end: its writer was interrupted, or it is truncated. Run the same "
        "hyperlips-train synth command again, which resumes and writes the index";
    if (size < begin + kTrailerBytes) fail(kUnfinished);
    const std::uint64_t end = size - kTrailerBytes;
    const std::optional<Trailer> trailer = read_trailer(read(end, kTrailerBytes));
    if (!trailer) fail(kUnfinished);
    const bool fits = trailer->index_offset >= begin && trailer->index_offset <= end &&
                      (end - trailer->index_offset) / kEntryBytes == trailer->clips &&
                      (end - trailer->index_offset) % kEntryBytes == 0;
    if (!fits) fail("is damaged: its index has an invalid position or size");
    const Bytes bytes = read(trailer->index_offset, end - trailer->index_offset);
    auto index = checksum(bytes) == trailer->index_checksum
                     ? read_index(bytes, begin, trailer->index_offset)
                     : std::nullopt;
    if (!index)
      fail(
          "is damaged: its index does not match its checksum. Run the same hyperlips-train synth "
          "command again, which writes it again");
    clips = std::move(*index);
  }

  [[noreturn]] void fail(const std::string &what) const {
    throw Error(ErrorKind::Format, quote_path(path) + " " + what + ".");
  }

  [[noreturn]] void damaged(std::size_t clip, const std::string &what) const {
    fail("is damaged: the " + what + " of clip " + quote(clips[clip].name) + " is invalid");
  }

  Bytes read(std::uint64_t offset, std::uint64_t count) const {
    Bytes bytes(count);
    read_at(file.get(), offset, bytes, path);
    return bytes;
  }

  /// Reads and verifies a part of a clip's record.
  Bytes verified(std::size_t clip, std::uint64_t offset, std::uint64_t count,
                 std::uint32_t expected, const char *what) const {
    Bytes bytes = read(clips[clip].offset + offset, count);
    if (checksum(bytes) != expected) damaged(clip, what);
    return bytes;
  }

  std::shared_ptr<const OpenRecord> record(std::size_t clip) {
    if (clip >= clips.size())
      throw Error(ErrorKind::Settings, quote_path(path) + " has no clip " + std::to_string(clip) +
                                           "; it has " + std::to_string(clips.size()) + ".");
    {
      const std::lock_guard held(lock);
      if (records[clip]) return records[clip];
    }
    const PackedClip &entry = clips[clip];
    auto opened = std::make_shared<OpenRecord>();
    const std::optional<Record> head = read_record(read(entry.offset, kRecordBytes));
    if (!head || head->name != entry.name || head->bytes != entry.bytes ||
        head->frames != static_cast<std::uint32_t>(entry.frames))
      damaged(clip, "record header");
    opened->record = *head;
    auto table = read_table(read(entry.offset + kRecordBytes, head->table_bytes()), *head, coding);
    if (!table) damaged(clip, "frame table");
    opened->table = std::move(*table);
    const std::lock_guard held(lock);
    return records[clip] = std::move(opened);
  }

  const std::filesystem::path path;
  FileDescriptor file;
  CropCoding coding = CropCoding::Raw;
  std::string settings;
  std::vector<PackedClip> clips;
  std::mutex lock;
  std::vector<std::shared_ptr<const OpenRecord>> records;  // read on first use
};

CropPack::CropPack(std::filesystem::path path) : impl_(new Impl(std::move(path))) {}
CropPack::~CropPack() = default;
CropPack::CropPack(CropPack &&) noexcept = default;

const std::filesystem::path &CropPack::path() const { return impl_->path; }
CropCoding CropPack::coding() const { return impl_->coding; }
const std::string &CropPack::settings() const { return impl_->settings; }
const std::vector<PackedClip> &CropPack::clips() const { return impl_->clips; }

cv::Mat CropPack::picture(std::size_t clip, int frame) const {
  const auto record = impl_->record(clip);
  if (frame < 0 || static_cast<std::size_t>(frame) >= record->table.size())
    throw Error(ErrorKind::Settings, "Clip " + quote(impl_->clips[clip].name) + " of " +
                                         quote_path(path()) + " has no frame " +
                                         std::to_string(frame) + "; it has " +
                                         std::to_string(record->table.size()) + ".");
  const FrameEntry &entry = record->table[static_cast<std::size_t>(frame)];
  const std::uint64_t offset = impl_->clips[clip].offset + entry.offset;
  const auto wrong = [&] { impl_->damaged(clip, "picture of frame " + std::to_string(frame)); };
  cv::Mat picture;
  if (coding() == CropCoding::Raw) {
    picture.create(kCropSize, kCropSize, CV_8UC3);
    const std::span<std::uint8_t> bytes(picture.data, kRawBytes);
    read_at(impl_->file.get(), offset, bytes, path());
    if (checksum(bytes) != entry.checksum) wrong();
    return picture;
  }
  const Bytes bytes = impl_->read(offset, entry.bytes);
  if (checksum(bytes) == entry.checksum) picture = decode_picture(bytes);
  if (picture.size() != cv::Size(kCropSize, kCropSize)) wrong();
  return picture;
}

std::vector<MelColumn> CropPack::mel(std::size_t clip) const {
  const auto opened = impl_->record(clip);
  const Record &record = opened->record;
  return read_mel(impl_->verified(clip, record.mel_offset(), record.mel_bytes(),
                                  record.mel_checksum, "mel data"));
}

std::vector<float> CropPack::samples(std::size_t clip) const {
  const auto opened = impl_->record(clip);
  const Record &record = opened->record;
  const Bytes bytes = impl_->verified(clip, record.samples_offset(), record.samples_bytes(),
                                      record.samples_checksum, "sample data");
  std::vector<float> samples(record.samples);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = from_pcm16(
        static_cast<std::int16_t>(load_little_endian(std::span(bytes).subspan(2 * i, 2))));
  return samples;
}

std::optional<TruthReader> CropPack::truth_reader(std::size_t clip) const {
  const auto opened = impl_->record(clip);
  const Record &record = opened->record;
  if (record.truth_bytes == 0) return {};
  const std::uint64_t start = impl_->clips[clip].offset + record.truth_offset();
  return TruthReader(
      [this, start](std::uint64_t offset, std::span<std::uint8_t> bytes) {
        read_at(impl_->file.get(), start + offset, bytes, path());
      },
      record.truth_bytes,
      "The truth of clip " + quote(impl_->clips[clip].name) + " in " + quote_path(path()));
}

std::optional<ClipTruth> CropPack::truth(std::size_t clip) const {
  const auto reader = truth_reader(clip);
  return reader ? std::optional(reader->all()) : std::nullopt;
}

std::optional<Landmarks> CropPack::landmarks(std::size_t clip, int frame) const {
  const auto reader = truth_reader(clip);
  return reader ? std::optional(reader->landmarks(frame)) : std::nullopt;
}

Framing CropPack::framing(std::size_t clip) const {
  const auto reader = truth_reader(clip);
  return reader ? reader->framing() : Framing::Published;
}

}  // namespace hyperlips::training
