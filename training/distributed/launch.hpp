// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace hyperlips::training {

/// The rank of this process in a distributed run, as given by the launcher's environment variables.
struct Launch {
  int rank = 0, size = 1;              ///< of all processes of the run
  int local_rank = 0, local_size = 1;  ///< of those on this machine; selects the GPU
  std::string master_address;          ///< of the rendezvous; empty with one process
  std::uint16_t master_port = 0;
  bool launcher_keeps_store = false;  ///< torchrun listens there, else rank 0
  std::string run_id;                 ///< the same in all processes of the run
  int restarts = 0;                   ///< how often the launcher has restarted the run
};

using Environment = std::map<std::string, std::string>;

/// Reads torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR,
/// MASTER_PORT, TORCHELASTIC_*), else Slurm's (SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID,
/// SLURM_JOB_NODELIST ...; MASTER_ADDR and MASTER_PORT take precedence); without either the run has
/// one process. Throws Error{Settings} that names a variable that is missing or invalid.
Launch launch_from(const Environment &environment);

/// The same from this process's own environment.
Launch launch_from_environment();

/// The first host of a Slurm node list: "gpu03" of "gpu[03-05,9],login".
std::string first_host(const std::string &node_list);

}  // namespace hyperlips::training
