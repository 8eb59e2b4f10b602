/* The walk behind an inspection: what entity.c (MIME entities) and layer.c (CMS layers) share. For this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "inspect/inspect.h"

/* Growing lists while the message is walked; moved into the immutable inspection at the end. */
typedef struct inspect_walk {
    sm_arena *arena;
    const sm_settings *settings;
    const sm_carrier *carrier;
    const sm_sip_message *sip;
    GArray *sources;    /* sm_source */
    GPtrArray *parts;   /* sm_part */
    GPtrArray *layers;  /* sm_layer */
    GPtrArray *signers; /* sm_signer */
    GPtrArray *limits;  /* const char, owned by the arena */
    unsigned countersignatures; /* judged of SM_LIMIT_COUNTERSIGNATURES */
    sm_signature_work signature_work, diagnosis_work; /* left for signatures, and to explain their failures */
    size_t diagnosis_octets; /* spent of SM_LIMIT_DIAGNOSIS_OCTETS */
} inspect_walk;

/* What stands around an entity. */
typedef struct inspect_place {
    const sm_part *parent;
    const sm_layer *inside;         /* innermost layer around it */
    const sm_sip_message *sip;      /* innermost SIP message around it, NULL without */
    unsigned depth;
    bool is_signed, is_encrypted;
} inspect_place;

/* Inspects one entity with all that is inside it; never NULL, except when a limit forbids another part (it is recorded). */
const sm_part *inspect_entity(inspect_walk *walk, const sm_entity *entity, inspect_place place);

/* Opens the CMS octets of `part`. `covered` is the detached content (multipart/signed), absent otherwise. `fault` tells that the octets
 * could not be had (their transfer encoding is broken): the layer is there all the same. Walks the content. */
const sm_layer *inspect_layer(inspect_walk *walk, sm_part *part, sm_bytes octets, sm_bytes covered, inspect_place place);

/* The layer of a part that announces S/MIME and has none, for the reason given (one line, in the arena or static): its structure failed. NULL when
 * a limit forbids another layer, which is recorded. */
sm_layer *inspect_missing_layer(inspect_walk *walk, sm_part *part, const char *why, inspect_place place);

/* Records a buffer that slices will point into; does nothing when it lies within a known source. */
void inspect_add_source(inspect_walk *walk, sm_bytes octets, const char *name, sm_bytes made_from);

/* Records a limit that was hit, once. */
void inspect_add_limit(inspect_walk *walk, const char *text);

/* A failure that missing octets can explain is no failure: when the capture lacks octets of this message the verdict becomes "not
 * evaluated" with that reason. Every verdict on received octets passes through here. */
sm_verdict inspect_honest(const inspect_walk *walk, sm_verdict verdict);
