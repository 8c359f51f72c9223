// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace hyperlips::training {

/// Makes malloc() keep freed memory in the process (mallopt). Each training step allocates the same
/// large tensors; returned to the system, they cost a page fault per page in the next step, up to a
/// quarter of its time. Does nothing without glibc.
void keep_freed_memory();

}  // namespace hyperlips::training
