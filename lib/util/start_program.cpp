// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/start_program.hpp"

#include <cstring>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {

pid_t start_program(const std::vector<std::string> &arguments, FileActions &files,
                    char **environment) {
  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t id = 0;
  const int failure = posix_spawnp(&id, argv[0], files.get(), nullptr, argv.data(), environment);
  if (failure)
    throw Error(ErrorKind::Failed,
                "Cannot start " + quote_path(arguments[0]) + ": " + std::strerror(failure) + ".");
  return id;
}

}  // namespace hyperlips
