// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <spawn.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace hyperlips {

/// Files of a process to be started.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions &) = delete;
  FileActions &operator=(const FileActions &) = delete;
  posix_spawn_file_actions_t *get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// Starts a program, by its path or a name that is searched in PATH, with its arguments. The caller
/// waits for the process. Throws Error{Failed} that names the program.
pid_t start_program(const std::vector<std::string> &arguments, FileActions &files,
                    char **environment = environ);

}  // namespace hyperlips
