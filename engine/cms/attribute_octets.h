/* The octets of attributes that a signature, a MAC or a tag covers: not those received, but their DER encoding as a SET OF (RFC 5652 5.4
 * and 9.2, RFC 5083 2.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/content.h"

/* The attributes in DER, whatever encoding they were received in: the SET, each Attribute, its values and their order. What is inside a
 * value is put in DER as far as its tags tell, see sm_der_anew(). Owned by the arena; absent without attributes. */
sm_bytes sm_attributes_der(sm_arena *arena, const sm_attributes *attributes);

/* The same with each Attribute as it was received: what a producer signs that takes a value for what it is, and encodes only the SET. */
sm_bytes sm_attributes_arranged(sm_arena *arena, const sm_attributes *attributes);

/* The received octets, with SET's tag: what a producer signs that neither sorts nor encodes. */
sm_bytes sm_attributes_received(sm_arena *arena, const sm_attributes *attributes);
