// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace hyperlips::training {

/// Lets the process keep the memory that it frees. Each training step allocates the same large
/// tensors; given back to the system, they cost a page fault for each page of the next step, up to
/// a quarter of its time. Does nothing without glibc.
void keep_freed_memory();

}  // namespace hyperlips::training
