// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/distributed/heartbeat.hpp"

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace hyperlips::training {
namespace {

using Clock = std::chrono::steady_clock;

std::string key(int rank) { return "heartbeat/" + std::to_string(rank); }

// The last words of a heartbeat; until then the store holds a growing number.
const std::string kLeft = "left", kFailed = "failed";

}  // namespace

struct Heartbeat::State {
  c10::intrusive_ptr<c10d::Store> store;
  int rank = 0, size = 1;
  Options options;
  std::atomic<long> rounds{0};
  std::thread thread;

  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stop = false, ended = false, alone = false;
  std::string last_word = kLeft;
  std::string verdict;

  struct Peer {
    int rank;
    std::string word;
    Clock::time_point changed;
  };
  std::vector<Peer> peers;

  void beat();
  std::string look_at_peers();
  void run();
};

void Heartbeat::State::beat() { store->set(key(rank), std::to_string(rounds.load())); }

/// Reads all words in one request; returns a verdict or an empty text.
std::string Heartbeat::State::look_at_peers() {
  std::vector<std::string> keys;
  for (const Peer &peer : peers) keys.push_back(key(peer.rank));
  if (keys.empty()) return {};
  const auto words = store->multiGet(keys);
  const auto now = Clock::now();
  std::string lost;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    Peer &peer = peers[i];
    std::string word(words[i].begin(), words[i].end());
    if (word == kFailed) {
      lost = "Rank " + std::to_string(peer.rank) + " has stopped with an error; see its log.";
    }
    if (word != peer.word) {
      peer.word = std::move(word);
      peer.changed = now;
    } else if (now - peer.changed > options.silence) {
      lost = "Rank " + std::to_string(peer.rank) + " has not responded for " +
             std::to_string(
                 std::chrono::duration_cast<std::chrono::seconds>(now - peer.changed).count()) +
             " seconds: its process is frozen or its machine is unreachable.";
    }
  }
  std::erase_if(peers, [](const Peer &peer) { return peer.word == kLeft; });
  return lost;
}

void Heartbeat::State::run() {
  std::string lost;
  bool leaving = false;
  try {
    for (std::unique_lock lock(mutex); lost.empty();) {
      const auto interval = options.interval;
      changed.wait_for(lock, interval, [&] { return stop || options.interval != interval; });
      leaving = stop;
      if (leaving) break;
      lock.unlock();
      beat();
      lost = look_at_peers();
      ++rounds;
      lock.lock();
      alone = peers.empty();
      changed.notify_all();
    }
    if (leaving) store->set(key(rank), last_word);
  } catch (const std::exception &error) {
    lost =
        "The process that hosts the rendezvous store (rank 0 or the launcher) has ended: its "
        "connection is closed.";
  }
  std::function<void(const std::string &)> tell;
  {
    const std::lock_guard lock(mutex);
    verdict = lost;
    if (!lost.empty() && !stop) tell = options.lost;
    ended = true;
    changed.notify_all();
  }
  if (tell) tell(lost);
}

Heartbeat::Heartbeat(c10::intrusive_ptr<c10d::Store> store, int rank, int size, Options options)
    : state_(std::make_shared<State>()) {
  state_->store = std::move(store);
  state_->rank = rank;
  state_->size = size;
  state_->options = std::move(options);
  state_->beat();
}

void Heartbeat::watch() {
  for (int rank = 0; rank < state_->size; ++rank) {
    if (rank != state_->rank) state_->peers.push_back({rank, "", Clock::now()});
  }
  state_->thread = std::thread([state = state_] { state->run(); });
}

Heartbeat::~Heartbeat() { leave(false); }

void Heartbeat::leave(bool regularly) {
  if (!state_->thread.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->last_word = regularly ? kLeft : kFailed;
  state_->changed.notify_all();
  // With a limit: the store may not answer, and `lost` may be running.
  const bool ended =
      state_->changed.wait_for(lock, std::chrono::seconds(2), [this] { return state_->ended; });
  const bool told = !state_->verdict.empty() && state_->options.lost;
  lock.unlock();
  if (ended && !told) {
    state_->thread.join();
  } else {
    state_->thread.detach();
  }
}

std::string Heartbeat::verdict() const {
  const std::lock_guard lock(state_->mutex);
  return state_->verdict;
}

bool Heartbeat::wait_until_alone(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  state_->options.interval = std::chrono::milliseconds(20);
  state_->changed.notify_all();
  state_->changed.wait_for(lock, limit, [this] { return state_->alone || state_->ended; });
  return state_->alone;
}

long Heartbeat::rounds() const { return state_->rounds; }

}  // namespace hyperlips::training
