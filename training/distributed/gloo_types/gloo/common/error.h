// SPDX-License-Identifier: LGPL-2.1-or-later
// See context.h: nothing of this header of gloo is named.
#pragma once
