// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace hyperlips::training {

/// This process's place in a run of many, as the launcher put it into the environment.
struct Launch {
  int rank = 0, size = 1;              ///< among all processes of the run
  int local_rank = 0, local_size = 1;  ///< among those of this machine: the GPU to take
  std::string master_address;          ///< where the processes find each other; empty when alone
  std::uint16_t master_port = 0;
  bool launcher_keeps_store = false;  ///< torchrun itself listens there, else rank 0 does
  std::string run_id;                 ///< the same in all processes of the run
  int restarts = 0;                   ///< how often the launcher has started the run anew
};

using Environment = std::map<std::string, std::string>;

/// Reads torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR,
/// MASTER_PORT, TORCHELASTIC_*), else Slurm's (SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID,
/// SLURM_JOB_NODELIST ...; MASTER_ADDR and MASTER_PORT have precedence); without either the process
/// is alone. Throws Error that names the variable when one is missing, no number or out of range.
Launch launch_from(const Environment &environment);

/// The same from this process's own environment.
Launch launch_from_environment();

/// The first host of Slurm's notation: "gpu[03-05,9],login" gives "gpu03".
std::string first_host(const std::string &node_list);

}  // namespace hyperlips::training
