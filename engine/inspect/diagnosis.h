/* Diagnosis: why a signature or a layer fails, where a known damage explains the octets.
 *
 * In the field most failures are no forgeries: something on the way turned line ends, added a header field,
 * re-encoded a body or sent octets as text. Each known damage is undone on a copy, and the copy is judged
 * like anything received. What then holds is told in sm_signer.diagnosis or sm_layer.diagnosis, a line for a
 * person; every verdict stays what it is.
 *
 * For this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "inspect/walk.h"

/* Explains what failed in a layer that was opened and judged. `detached` is the signed part of a
 * multipart/signed, absent otherwise. Nothing is tried where nothing failed, nor when the capture lacks
 * octets of the message or only quotes it. Limits: SM_LIMIT_DIAGNOSES, SM_LIMIT_DIAGNOSIS_OCTETS; one that
 * ended the search without an answer is recorded. */
void inspect_diagnose(inspect_walk *walk, sm_layer *layer, sm_bytes detached);
