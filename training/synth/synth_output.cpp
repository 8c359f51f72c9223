// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/synth_output.hpp"

#include <nlohmann/json.hpp>

#include "training/data/crop_pack_writer.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "training/preprocess/dataset_writer.hpp"
#include "training/preprocess/resume_log.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;

class FolderOutput : public SynthOutput {
 public:
  FolderOutput(const fs::path &folder, const nlohmann::json &options)
      : folder_(folder),
        writer_(folder, false),
        log_(folder / "synth.jsonl", options, [this](const nlohmann::json &line) {
          if (line.at("clip").get<std::uint64_t>() != clips_++)
            throw nlohmann::json::other_error::create(501, "a clip is missing", nullptr);
        }) {
    remove_scratch();
  }
  ~FolderOutput() override { remove_scratch(); }

  std::uint64_t clips() const override { return clips_; }

  std::function<void()> prepare(const ClipPlan &plan, FaceClip &&clip) const override {
    const auto found = std::make_shared<FoundClip>();
    found->clip = std::move(clip);
    return [this, found, name = plan.name, number = plan.number] {
      writer_.write(name, *found);
      log_.append({{"clip", number}});
      ++clips_;
    };
  }

  void finish(std::span<const std::string> names,
              std::span<const std::string> validation) override {
    write_filelists(folder_, names, validation);
  }

 private:
  void remove_scratch() const {
    std::error_code ignored;
    fs::remove_all(scratch_folder(folder_), ignored);
  }

  fs::path folder_;
  DatasetWriter writer_;
  mutable std::uint64_t clips_ = 0;
  mutable ResumeLog log_;
};

class PackOutput : public SynthOutput {
 public:
  PackOutput(const fs::path &folder, CropCoding coding, const nlohmann::json &options)
      : coding_(coding), writer_(folder / kPackName, coding, options.dump()) {}

  std::uint64_t clips() const override { return writer_.clips().size(); }

  std::function<void()> prepare(const ClipPlan &plan, FaceClip &&clip) const override {
    const ClipTruth truth{clip.framing, std::move(clip.landmarks), std::move(clip.mouths),
                          std::move(clip.phonemes)};
    const auto record = std::make_shared<const PackRecord>(
        make_record(plan.name, plan.number, clip.crops, clip.samples, coding_, truth));
    return [this, record] { writer_.add(*record); };
  }

  void finish(std::span<const std::string>, std::span<const std::string> validation) override {
    writer_.finish(validation);
  }

 private:
  CropCoding coding_;
  mutable CropPackWriter writer_;
};

}  // namespace

std::unique_ptr<SynthOutput> open_synth_output(const fs::path &folder,
                                               std::optional<CropCoding> coding,
                                               const nlohmann::json &options) {
  make_folders(folder);
  const auto require_no = [&](const char *name) {
    if (fs::exists(folder / name))
      throw Error(ErrorKind::Settings, quote_path(folder) + " has another data set, " +
                                           quote(name) + ". Choose another folder, or remove it.");
  };
  if (coding) {
    require_no("imgs");
    return std::make_unique<PackOutput>(folder, *coding, options);
  }
  require_no(kPackName);
  if (!fs::exists(folder / "synth.jsonl")) require_no("imgs");
  return std::make_unique<FolderOutput>(folder, options);
}

}  // namespace hyperlips::training
