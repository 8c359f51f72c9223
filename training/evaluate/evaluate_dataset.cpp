// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluate_dataset.hpp"

#include <algorithm>
#include <sstream>

#include "hyperlips/error.hpp"
#include "hyperlips/face/tensor.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/evaluate/even_picker.hpp"
#include "training/evaluate/picture_measures.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

/// (B, 3, [T,] H, H) to (B T, 3, H, H).
torch::Tensor frames_of(const torch::Tensor &pictures) {
  const torch::Tensor tensor = pictures.detach().to(torch::kCPU, torch::kFloat32);
  return (tensor.dim() == 5 ? tensor.transpose(1, 2).flatten(0, 1) : tensor).contiguous();
}

cv::Mat picture(const torch::Tensor &frame) {
  return picture_from_tensor({frame.data_ptr<float>(), std::size_t(frame.numel())},
                             int(frame.size(1)));
}

std::string shape_text(const torch::Tensor &tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

const torch::Tensor &entry(const Batch &batch, const char *name) {
  const auto found = batch.find(name);
  if (found == batch.end()) {
    throw Error(ErrorKind::Settings, "The examples of the data set have no tensor " + quote(name) +
                                         "; use a data set for the base network.");
  }
  return found->second;
}

void check_shapes(const torch::Tensor &face, const torch::Tensor &target,
                  const torch::Tensor &generated) {
  const bool pictures = (target.dim() == 4 || target.dim() == 5) && target.size(1) == 3 &&
                        target.size(-1) == target.size(-2);
  std::vector<std::int64_t> expected = target.sizes().vec();
  if (pictures) expected[1] = 6;
  if (!pictures || face.sizes() != torch::IntArrayRef(expected) ||
      generated.sizes() != target.sizes()) {
    throw Error(ErrorKind::Settings,
                "Shapes do not match: face " + shape_text(face) + ", target " + shape_text(target) +
                    ", generated " + shape_text(generated) +
                    "; expected (B, 6, [T,] H, H) and twice (B, 3, [T,] H, H).");
  }
}

/// The sums behind PictureScores.
class ScoreSums {
 public:
  explicit ScoreSums(FidNetwork *fid) {
    if (fid) fid_.emplace(*fid);
  }

  void add(const cv::Mat &result, const cv::Mat &truth) {
    psnr_ += psnr(result, truth);
    ssim_ += ssim(result, truth);
    mouth_ += mouth_error(result, truth);
    if (fid_) fid_->add(result, truth);
    ++count_;
  }

  PictureScores scores() {
    PictureScores scores;
    if (count_ == 0) return scores;
    scores.psnr = psnr_ / count_;
    scores.ssim = ssim_ / count_;
    scores.mouth_mae = mouth_ / count_;
    if (fid_ && count_ >= 2) scores.fid = fid_->fid();
    return scores;
  }

 private:
  double psnr_ = 0, ssim_ = 0, mouth_ = 0;
  int count_ = 0;
  std::optional<FidMeasure> fid_;
};

}  // namespace

DatasetEvaluation evaluate_dataset(const Dataset &dataset, const Generate &generate,
                                   const DatasetOptions &options) {
  const std::int64_t examples = options.examples > 0 ? options.examples : dataset.epoch();
  if (examples <= 0 || options.batch <= 0) {
    throw Error(ErrorKind::Settings,
                "Nothing to evaluate: the data set is empty or the batch size is below 1.");
  }
  const torch::NoGradGuard no_grad;
  DatasetEvaluation evaluation;
  ScoreSums model(options.fid), pasted(options.fid);
  EvenPicker<std::vector<cv::Mat>> picker(std::size_t(std::max(0, options.sheet_rows)));
  while (evaluation.examples < examples) {
    const int count = int(std::min<std::int64_t>(options.batch, examples - evaluation.examples));
    const Batch batch =
        load_batch(dataset, options.seed, options.first + evaluation.examples, count);
    const torch::Tensor generated = generate(batch), &face = entry(batch, "face"),
                        &target = entry(batch, "target");
    check_shapes(face, target, generated);
    const torch::Tensor outputs = frames_of(generated), truths = frames_of(target);
    const torch::Tensor inputs = frames_of(face.slice(1, 0, 3)),
                        references = frames_of(face.slice(1, 3, 6));
    for (std::int64_t i = 0; i < truths.size(0); ++i) {
      const cv::Mat truth = picture(truths[i]), output = picture(outputs[i]),
                    reference = picture(references[i]);
      model.add(output, truth);
      pasted.add(paste_lower_half(truth, reference), truth);
      if (picker.wants()) picker.keep({reference, picture(inputs[i]), output, truth});
      ++evaluation.pictures;
    }
    evaluation.examples += count;
    if (options.progress && !options.progress(evaluation.examples)) break;
  }
  evaluation.unreadable = dataset.unreadable();
  evaluation.model = model.scores();
  evaluation.pasted = pasted.scores();
  evaluation.sheet = {{"reference", "input", "output", "truth"}, picker.items()};
  return evaluation;
}

}  // namespace hyperlips::training
