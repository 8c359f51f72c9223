// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cstdlib>

#include "hyperlips/error.hpp"
#include "training/distributed/launch.hpp"

namespace hyperlips::training {
namespace {

const Environment kTorchrun = {{"RANK", "5"},
                               {"WORLD_SIZE", "8"},
                               {"LOCAL_RANK", "1"},
                               {"LOCAL_WORLD_SIZE", "4"},
                               {"MASTER_ADDR", "gpu01"},
                               {"MASTER_PORT", "29501"},
                               {"TORCHELASTIC_RUN_ID", "lips"},
                               {"TORCHELASTIC_RESTART_COUNT", "2"},
                               {"TORCHELASTIC_USE_AGENT_STORE", "True"}};

const Environment kSlurm = {{"SLURM_PROCID", "3"},
                            {"SLURM_NTASKS", "5"},
                            {"SLURM_LOCALID", "1"},
                            {"SLURM_NODEID", "1"},
                            {"SLURM_JOB_ID", "4711"},
                            {"SLURM_STEP_TASKS_PER_NODE", "2(x2),1"},
                            {"SLURM_JOB_NODELIST", "gpu[07-08,12]"}};

Environment with(Environment environment, const std::string &name, const std::string &value) {
  environment[name] = value;
  return environment;
}

Environment without(Environment environment, const std::string &name) {
  environment.erase(name);
  return environment;
}

void expect_error(const Environment &environment, const std::string &part) {
  try {
    launch_from(environment);
    ADD_FAILURE() << "no error about " << part;
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), ErrorKind::Settings);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Launch, OneProcessWithoutLauncher) {
  const Launch launch = launch_from({{"PATH", "/bin"}, {"MASTER_ADDR", "gpu01"}});
  EXPECT_EQ(launch.rank, 0);
  EXPECT_EQ(launch.size, 1);
  EXPECT_EQ(launch.local_size, 1);
}

TEST(Launch, OneProcessInAllocationWithoutSrun) {
  EXPECT_EQ(launch_from({{"SLURM_JOB_ID", "1"}, {"SLURM_NTASKS", "4"}}).size, 1);
}

TEST(Launch, Torchrun) {
  const Launch launch = launch_from(kTorchrun);
  EXPECT_EQ(launch.rank, 5);
  EXPECT_EQ(launch.size, 8);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.local_size, 4);
  EXPECT_EQ(launch.master_address, "gpu01");
  EXPECT_EQ(launch.master_port, 29501);
  EXPECT_TRUE(launch.launcher_keeps_store);
  EXPECT_EQ(launch.run_id, "lips");
  EXPECT_EQ(launch.restarts, 2);
  EXPECT_FALSE(
      launch_from(with(kTorchrun, "TORCHELASTIC_USE_AGENT_STORE", "False")).launcher_keeps_store);
}

TEST(Launch, TorchrunTakesPrecedenceOverSlurm) {
  Environment both = kTorchrun;
  both.insert(kSlurm.begin(), kSlurm.end());
  EXPECT_EQ(launch_from(both).rank, 5);
}

TEST(Launch, Slurm) {
  const Launch launch = launch_from(kSlurm);
  EXPECT_EQ(launch.rank, 3);
  EXPECT_EQ(launch.size, 5);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.local_size, 2);
  EXPECT_EQ(launch.master_address, "gpu07");
  EXPECT_GE(launch.master_port, 10000);
  EXPECT_FALSE(launch.launcher_keeps_store);
  EXPECT_EQ(launch.run_id, "4711.0");

  EXPECT_EQ(launch_from(with(kSlurm, "MASTER_PORT", "1234")).master_port, 1234);
  EXPECT_EQ(launch_from(with(kSlurm, "MASTER_ADDR", "10.0.0.1")).master_address, "10.0.0.1");
  EXPECT_EQ(launch_from(with(kSlurm, "SLURM_STEP_NODELIST", "gpu08,gpu12")).master_address,
            "gpu08");
  EXPECT_EQ(launch_from(with(kSlurm, "SLURM_STEP_NUM_TASKS", "4")).size, 4);
  EXPECT_EQ(launch_from(with(with(kSlurm, "SLURM_LOCALID", "0"), "SLURM_NODEID", "2")).local_size,
            1);
  EXPECT_NE(launch_from(with(kSlurm, "SLURM_JOB_ID", "4712")).master_port, launch.master_port);
  const Environment by_address =
      with(without(kSlurm, "SLURM_JOB_NODELIST"), "SLURM_LAUNCH_NODE_IPADDR", "10.0.0.7");
  EXPECT_EQ(launch_from(by_address).master_address, "10.0.0.7");
}

TEST(Launch, NamesMissingVariables) {
  for (const char *name :
       {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}) {
    expect_error(without(kTorchrun, name), std::string(name) + " is not set");
  }
  expect_error(without(kSlurm, "SLURM_NTASKS"), "SLURM_NTASKS is not set");
  expect_error(without(kSlurm, "SLURM_LOCALID"), "SLURM_LOCALID is not set");
  expect_error(without(kSlurm, "SLURM_JOB_NODELIST"), "SLURM_LAUNCH_NODE_IPADDR is not set");
}

TEST(Launch, NamesInvalidVariables) {
  expect_error(with(kTorchrun, "RANK", "8"), "RANK is '8'; expected an integer from 0 to 7");
  expect_error(with(kTorchrun, "RANK", "-1"), "RANK is '-1'");
  expect_error(with(kTorchrun, "WORLD_SIZE", "two"), "WORLD_SIZE is 'two'");
  expect_error(with(kTorchrun, "WORLD_SIZE", "8x"), "WORLD_SIZE is '8x'");
  expect_error(with(kTorchrun, "LOCAL_RANK", "4"), "LOCAL_RANK is '4'");
  expect_error(with(kTorchrun, "LOCAL_WORLD_SIZE", "9"), "LOCAL_WORLD_SIZE is '9'");
  expect_error(with(kTorchrun, "MASTER_PORT", "65536"), "MASTER_PORT is '65536'");
  expect_error(with(kSlurm, "SLURM_PROCID", "5"), "SLURM_PROCID is '5'");
}

TEST(Launch, ReadsOwnEnvironment) {
  for (const auto &[name, value] : kTorchrun) setenv(name.c_str(), value.c_str(), 1);
  EXPECT_EQ(launch_from_environment().rank, 5);
  for (const auto &[name, value] : kTorchrun) unsetenv(name.c_str());
}

TEST(FirstHost, SlurmNodeLists) {
  EXPECT_EQ(first_host("login"), "login");
  EXPECT_EQ(first_host("login,gpu[1-2]"), "login");
  EXPECT_EQ(first_host("gpu[03-05,9],login"), "gpu03");
  EXPECT_EQ(first_host("gpu[7]"), "gpu7");
  EXPECT_EQ(first_host("rack[2-3]-gpu[01-04]-ib,login"), "rack2-gpu01-ib");
}

}  // namespace
}  // namespace hyperlips::training
