// SPDX-License-Identifier: LGPL-2.1-or-later
// hyperlips-redub VIDEO SPEECH OUT: lip-syncs the person in VIDEO to SPEECH.
#include <gst/gst.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "demo.hpp"
#include "gst/lib/media/messages.hpp"
#include "options.hpp"
#include "output_file.hpp"
#include "plugin.hpp"
#include "redub.hpp"
#include "report.hpp"
#include "util/quote.hpp"

namespace {

namespace redub = hyperlips::redub;

std::atomic<bool> cancelled = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// The first signal ends the output early; the second discards it.
void take_signal(int) {
  if (!cancelled.exchange(true)) return;
  redub::OutputFile::remove_now();
  _exit(redub::kInterrupted);
}

void take_signals() {
  struct sigaction action = {};
  action.sa_handler = take_signal;
  // Without SA_RESTART: a call that waits for data ends, and its caller looks at `cancelled`.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void say(const std::string &text) { std::fprintf(stderr, "hyperlips-redub: %s\n", text.c_str()); }

}  // namespace

int main(int argc, char **argv) {
  // OpenMP reads it when it is loaded, by a codec or LibTorch: spinning threads would take the
  // cores from decoders and encoders.
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  const redub::ParsedOptions parsed = redub::parse_options(argc, argv);
  if (parsed.exit_status) return *parsed.exit_status;
  redub::Options options = parsed.options;
  take_signals();
  gst_init(nullptr, nullptr);
  if (options.verbose && !g_getenv("GST_DEBUG")) {
    gst_debug_set_default_threshold(GST_LEVEL_WARNING);
  }
  bool may_report = false;  // the file of --json may be an input as long as it is unchecked
  const auto fail = [&](const std::exception &error, int status) {
    say(error.what());
    if (may_report) redub::write_failure(options, error.what());
    return cancelled ? redub::kInterrupted : status;
  };
  try {
    redub::load_plugin();
    if (options.demo) {
      if (!redub::make_demo(options, cancelled)) {
        say("interrupted; run the same command again to start over");
        return redub::kInterrupted;
      }
      if (!options.quiet) {
        say("wrote " + hyperlips::quote_path(options.video) + " and " +
            hyperlips::quote_path(options.speech));
      }
    }
    redub::check_outputs(options);
    may_report = true;
    return redub::redub(options, cancelled);
  } catch (const redub::UsageError &error) {
    return fail(error, redub::kWrongUsage);
  } catch (const std::exception &error) {
    return fail(error, redub::kFailed);
  }
}
