// SPDX-License-Identifier: LGPL-2.1-or-later
#include "starter.hpp"

#include <gio/gio.h>
#include <signal.h>

#include <string>
#include <vector>

#include "gst/lib/media/gst_ptr.hpp"
#include "gst/lib/media/messages.hpp"
#include "redub.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr const char *kProgram = "hyperlips-train";
constexpr gulong kTick = 100000;  // microseconds

/// Runs the program to its end and gives its exit status, -1 after a signal. `cancelled` asks it to
/// end by itself.
int run(const std::vector<std::string> &arguments, const std::atomic<bool> &cancelled) {
  const ObjectPtr<GSubprocessLauncher> launcher(
      g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_INHERIT));
  // Its results are messages here: standard output is for --json.
  g_subprocess_launcher_take_stdout_fd(launcher.get(), dup(STDERR_FILENO));
  // Training has the cores for itself, and its threads wait for each other too briefly to sleep.
  g_subprocess_launcher_unsetenv(launcher.get(), "OMP_WAIT_POLICY");
  g_subprocess_launcher_setenv(launcher.get(), "GOMP_SPINCOUNT", "10000", FALSE);
  std::vector<const char *> argv;
  for (const std::string &argument : arguments) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  GError *error = nullptr;
  const ObjectPtr<GSubprocess> child(
      g_subprocess_launcher_spawnv(launcher.get(), argv.data(), &error));
  if (!child) {
    const ErrorPtr what(error);
    throw Error(ErrorKind::Failed, what->message + std::string("."));
  }
  bool told = false;
  while (g_subprocess_get_identifier(child.get())) {  // none once it has ended
    if (cancelled && !told) {
      g_subprocess_send_signal(child.get(), SIGTERM);
      told = true;
    }
    g_usleep(kTick);
  }
  g_subprocess_wait(child.get(), nullptr, nullptr);
  return g_subprocess_get_if_exited(child.get()) ? g_subprocess_get_exit_status(child.get()) : -1;
}

}  // namespace

std::filesystem::path find_trainer() {
  std::error_code unknown;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  for (const auto &place : {folder / "../../training" / kProgram, folder / kProgram})
    if (std::filesystem::exists(place, unknown)) return place.lexically_normal();
  const std::string found = take_string(g_find_program_in_path(kProgram));
  if (!found.empty()) return found;
  throw Error(ErrorKind::NotFound,
              "No model was given, and the program " + quote_path(kProgram) +
                  ", which would train one for the demonstration, is neither built nor installed. "
                  "./hyperlips build builds it; --model or HYPERLIPS_MODEL names a model.");
}

bool train_starter(const std::filesystem::path &trainer, const std::filesystem::path &footage,
                   const Options &options, const std::atomic<bool> &cancelled) {
  std::filesystem::path run_folder = options.model, unfinished = options.model;
  run_folder.replace_extension(".run");
  unfinished.replace_extension(".unfinished.safetensors");
  std::vector<std::string> arguments{
      trainer,    "adapt",       footage,
      "--out",    unfinished,    "--run-folder",
      run_folder, "--steps",     std::to_string(options.starter_steps),
      "--device", options.device};
  // One voice in one light needs no variation; checkpoints are what an interrupted run goes on
  // from.
  for (const char *fixed : {"--overwrite", "--no-augmentation", "--average", "0.98",
                            "--validate-interval", "200", "--checkpoint-interval", "200"})
    arguments.emplace_back(fixed);
  if (options.quiet) arguments.emplace_back("--quiet");
  const int status = run(arguments, cancelled);
  if (status != kDone) {
    if (cancelled || status == kEndedEarly) return false;
    throw Error(ErrorKind::Failed,
                "The network of the demonstration could not be trained; the messages above say "
                "why. The same command goes on; --model or HYPERLIPS_MODEL names another model.");
  }
  std::filesystem::rename(unfinished, options.model);
  std::filesystem::remove_all(run_folder);
  return true;
}

}  // namespace hyperlips::redub
