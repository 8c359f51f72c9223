// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace hyperlips::training {

/// Runs a subcommand after all options have been parsed; returns the exit code.
using Command = std::function<int()>;
/// The exit code of a command interrupted by a signal.
inline constexpr int kEndedEarly = 130;

// Each adds its subcommand with its options to the program and sets `command` if it is selected.
void add_preprocess(CLI::App &program, Command &command);
void add_synth(CLI::App &program, Command &command);
void add_speech_to_mouth(CLI::App &program, Command &command);
void add_sync(CLI::App &program, Command &command);
void add_base(CLI::App &program, Command &command);
void add_hr(CLI::App &program, Command &command);
void add_adapt(CLI::App &program, Command &command);
void add_evaluate(CLI::App &program, Command &command);
void add_enrol(CLI::App &program, Command &command);
void add_export(CLI::App &program, Command &command);

}  // namespace hyperlips::training
