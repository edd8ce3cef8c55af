// SPDX-License-Identifier: MIT
// An access that the system refused, as the beginning of a finding.
//
// Layer: debug. Above: sample, held. Below: stack, os.
#ifndef DEBUG_ACCESS_H
#define DEBUG_ACCESS_H

#include "debug/finding.h"
#include "os/fault.h"

// Who did what, and where. What kind of misuse it is, and of which block, is left open.
struct finding access_finding(const struct os_fault *fault);

#endif
