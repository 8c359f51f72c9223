// SPDX-License-Identifier: LGPL-2.1-or-later
#include "starter.hpp"

#include <gio/gio.h>
#include <signal.h>

#include <string>
#include <vector>

#include "gst/lib/media/gst_ptr.hpp"
#include "gst/lib/media/messages.hpp"
#include "program_folder.hpp"
#include "redub.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr const char *kProgram = "hyperlips-train";
constexpr gulong kTick = 100000;  // microseconds

/// Runs the program and returns its exit status, -1 if a signal ended it. `cancelled` interrupts
/// it; it then ends by itself.
int run(const std::vector<std::string> &arguments, const std::atomic<bool> &cancelled) {
  const ObjectPtr<GSubprocessLauncher> launcher(
      g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_INHERIT));
  // Its results go to standard error here: standard output is for --json.
  g_subprocess_launcher_take_stdout_fd(launcher.get(), dup(STDERR_FILENO));
  // Training has the cores for itself, and its threads wait for each other too briefly to sleep:
  // the opposite of main(). ./hyperlips train sets the same.
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
  bool signaled = false;
  while (g_subprocess_get_identifier(child.get())) {  // none once it has ended
    if (cancelled && !signaled) {
      g_subprocess_send_signal(child.get(), SIGTERM);
      signaled = true;
    }
    g_usleep(kTick);
  }
  g_subprocess_wait(child.get(), nullptr, nullptr);
  return g_subprocess_get_if_exited(child.get()) ? g_subprocess_get_exit_status(child.get()) : -1;
}

}  // namespace

std::filesystem::path find_trainer() {
  for (const auto &path :
       {program_folder() / "../../training" / kProgram, program_folder() / kProgram}) {
    std::error_code unknown;
    if (std::filesystem::exists(path, unknown)) return path.lexically_normal();
  }
  const std::string found = take_string(g_find_program_in_path(kProgram));
  if (!found.empty()) return found;
  throw Error(ErrorKind::NotFound,
              "No model was given, and the program " + quote(kProgram) +
                  ", which trains one for the demonstration, was not found. Build it with "
                  "./hyperlips build, or pass a model with --model or HYPERLIPS_MODEL.");
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
  // One voice in one light needs no augmentation; an interrupted run resumes from a checkpoint.
  for (const char *fixed : {"--overwrite", "--no-augmentation", "--average", "0.98",
                            "--validate-interval", "200", "--checkpoint-interval", "200"})
    arguments.emplace_back(fixed);
  if (options.quiet) arguments.emplace_back("--quiet");
  const int status = run(arguments, cancelled);
  if (status != kDone) {
    if (cancelled || status == kInterrupted) return false;
    throw Error(ErrorKind::Failed,
                "Training the demonstration's model failed, see the messages above. Run the same "
                "command again to resume, or pass a model with --model or HYPERLIPS_MODEL.");
  }
  std::filesystem::rename(unfinished, options.model);
  std::filesystem::remove_all(run_folder);
  return true;
}

}  // namespace hyperlips::redub
