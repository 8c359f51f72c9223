// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/engine/backend.hpp"

namespace hyperlips {

/// A backend that has been opened.
struct ChosenBackend {
  std::string name;  ///< never auto
  BackendLibrary &library;
  DeviceChoice choice;
};

/// Opens the backend for these options. The backend auto is the first one of the table that can
/// compute on the device; a backend that is not installed is passed over. Throws Error{Settings}
/// for an unknown backend, Error{Device} if no library can be loaded, and as
/// BackendLibrary::choose().
ChosenBackend choose_backend(const NetworkOptions &options);

/// Opens an ONNX file with the first backend that reads such files. Throws Error{NotFound} if the
/// file does not exist, Error{Format} if it cannot be read, and Error{Device} if no such backend
/// can be loaded.
std::unique_ptr<OnnxModel> open_onnx_model(const std::filesystem::path &file);

}  // namespace hyperlips
