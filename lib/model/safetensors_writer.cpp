// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "model/describe.hpp"
#include "model/file_descriptor.hpp"
#include "model/safetensors_parse.hpp"
#include "model/tensor_storage.hpp"

namespace hyperlips {
namespace {

Error cannot_write(const std::filesystem::path &path, const std::string &why) {
  return Error(ErrorKind::Failed, "Cannot write model file " + quote_path(path) + ": " + why + ".");
}

/// A new file beside `target` that takes its name in commit() and vanishes without it.
class PendingFile {
 public:
  explicit PendingFile(const std::filesystem::path &target)
      : target_(target), temporary_(unused_name(target)), file_(create(temporary_)) {
    if (!file_.valid()) {
      const auto kind = errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Failed;
      throw Error(kind, "Cannot create model file " + quote_path(target) + ": " +
                            std::strerror(errno) + "; check the folder.");
    }
  }

  ~PendingFile() {
    if (!committed_ && file_created_) unlink(temporary_.c_str());
  }

  PendingFile(const PendingFile &) = delete;
  PendingFile &operator=(const PendingFile &) = delete;

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(file_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw cannot_write(target_, std::strerror(errno));
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void commit() {
    if (fsync(file_.get()) != 0 || !file_.close() ||
        rename(temporary_.c_str(), target_.c_str()) != 0) {
      throw cannot_write(target_, std::strerror(errno));
    }
    committed_ = true;
    // Makes the new name durable; a file system that cannot sync folders still has the file.
    const FileDescriptor folder(::open(folder_of(target_).c_str(), O_RDONLY | O_CLOEXEC));
    if (folder.valid()) fsync(folder.get());
  }

 private:
  static std::filesystem::path folder_of(const std::filesystem::path &path) {
    return path.has_parent_path() ? path.parent_path() : ".";
  }

  static std::filesystem::path unused_name(const std::filesystem::path &target) {
    std::random_device random;
    return folder_of(target) / (".hyperlips-" + std::to_string(random()) + ".tmp");
  }

  int create(const std::filesystem::path &path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    file_created_ = descriptor >= 0;
    return descriptor;
  }

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool file_created_ = false;
  bool committed_ = false;
  FileDescriptor file_;
};

void check(const std::filesystem::path &path, std::span<const NewTensor> tensors) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw cannot_write(path, "it exists and is not a regular file");
  }
  std::set<std::string_view> names;
  for (const auto &tensor : tensors) {
    const auto count = count_elements(tensor.shape, tensor.dtype);
    if (!count || static_cast<std::size_t>(*count) * size_of(tensor.dtype) != tensor.bytes.size()) {
      throw cannot_write(path, "tensor " + quote(tensor.name) + " of shape " +
                                   describe_shape(tensor.shape) + " and type " +
                                   to_string(tensor.dtype) + " was given " +
                                   std::to_string(tensor.bytes.size()) + " bytes");
    }
    if (tensor.name == "__metadata__" || !names.insert(tensor.name).second) {
      throw cannot_write(path, "the tensor name " + quote(tensor.name) + " is " +
                                   (tensor.name == "__metadata__" ? "reserved" : "used twice"));
    }
  }
  if (tensors.size() > max_tensors) throw cannot_write(path, "it has more than 100000 tensors");
}

std::string make_header(const std::filesystem::path &path,
                        std::span<const NewTensor *const> tensors,
                        const std::map<std::string, std::string> &metadata) {
  std::string text;
  try {
    // ordered_json searches linearly for an existing key, so each entry is printed by itself.
    const auto append = [&text](const std::string &key, const nlohmann::ordered_json &value) {
      text += (text.empty() ? "{" : ",") + nlohmann::json(key).dump() + ":" + value.dump();
    };
    if (!metadata.empty()) append("__metadata__", nlohmann::ordered_json(metadata));
    std::size_t begin = 0;
    for (const auto *tensor : tensors) {
      const std::size_t end = begin + tensor->bytes.size();
      append(tensor->name, {{"dtype", to_string(tensor->dtype)},
                            {"shape", tensor->shape},
                            {"data_offsets", {begin, end}}});
      begin = end;
    }
  } catch (const nlohmann::json::exception &) {
    throw cannot_write(path, "a tensor name or a metadata text is not valid UTF-8");
  }
  text += text.empty() ? "{}" : "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > max_safetensors_header) throw cannot_write(path, "its header exceeds 100 MB");
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path &path, std::span<const NewTensor> tensors,
                       const std::map<std::string, std::string> &metadata) {
  check(path, tensors);
  // Largest alignment first keeps every tensor aligned without gaps.
  std::vector<const NewTensor *> order;
  for (const auto &tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const auto *a, const auto *b) {
    const auto size_a = size_of(a->dtype), size_b = size_of(b->dtype);
    return size_a != size_b ? size_a > size_b : a->name < b->name;
  });
  const auto header = make_header(path, order, metadata);
  const std::uint64_t header_size = header.size();

  PendingFile file(path);
  file.write(std::as_bytes(std::span(&header_size, 1)));
  file.write(std::as_bytes(std::span(header)));
  for (const auto *tensor : order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace hyperlips
