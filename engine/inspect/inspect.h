/* Inspection: everything that one message's octets say, under one key ring and at one time.
 *
 *     octets + carrier + settings -> inspection
 *
 * sm_inspect() is pure and thread-safe: the same arguments give the same inspection, no clock and no file is looked at.
 * The inspection is immutable and reference-counted. What needs other messages (the SIP dialog behind an MSRP session, and so the identity
 * of its sender) is added by history.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/carrier.h"
#include "base/verdict.h"
#include "cms/enveloped.h"
#include "cms/signed.h"
#include "mime/cpim.h"
#include "mime/imdn.h"
#include "pki/keyring.h"
#include "pki/path.h"
#include "sip/message.h"
#include "sip/sdp.h"
#include "sip/tunnel.h"

#include <glib.h>

/* When certificates must be valid. */
typedef enum sm_time_choice { SM_TIME_CAPTURE, SM_TIME_SIGNING, SM_TIME_NOW, SM_TIME_FIXED } sm_time_choice;

typedef struct sm_settings {
    const sm_keyring *keyring;  /* borrowed; an inspection keeps a reference; NULL is an empty one */
    sm_time_choice time_choice;
    sm_moment fixed;            /* SM_TIME_FIXED */
    sm_moment now;              /* the moment that counts as now, read once by the program */
    bool password_recipients;   /* try passwords on PWRI */
} sm_settings;

/* Octets that slices point into: source 0 is the body as received, each further one came out of a layer or a decoding. */
typedef struct sm_source {
    sm_bytes octets;
    const char *name; /* "Decrypted S/MIME", "Base64-decoded", "Decompressed", "Joined eContent" */
    int parent;       /* index of the source it was made from; -1 for source 0 */
} sm_source;

typedef struct sm_part sm_part;
typedef struct sm_layer sm_layer;

typedef enum sm_part_kind {
    SM_PART_LEAF,
    SM_PART_MULTIPART,
    SM_PART_SIGNED_MULTIPART, /* multipart/signed: `layer` is its signature, child 0 the signed part */
    SM_PART_CMS,              /* an S/MIME entity with a layer */
    SM_PART_CPIM,             /* message/cpim, child 0 the encapsulated entity */
    SM_PART_SIP,              /* message/sip or message/sipfrag, child 0 its body when it has one */
    SM_PART_SDP,
    SM_PART_IMDN, /* message/imdn+xml (RFC 5438) */
} sm_part_kind;

/* A MIME entity somewhere in the message: a tree, children in the order of the octets. */
struct sm_part {
    unsigned index;            /* in sm_inspection.parts */
    const sm_part *parent;     /* NULL for the message's own body */
    sm_part_kind kind;
    unsigned depth;            /* entities around it */
    const sm_entity *entity;
    sm_bytes content;          /* body after its Content-Transfer-Encoding (and Content-Encoding) is undone; absent on failure */
    sm_verdict decoding;       /* of those encodings: pass, fail open-failed, not evaluated limit */
    const sm_part *const *children;
    unsigned child_count;
    const sm_layer *layer;     /* the CMS layer that this entity is; NULL otherwise */
    const sm_layer *inside;    /* innermost layer around it; NULL when nothing protects it */
    bool is_signed, is_encrypted; /* some layer around it signs / encrypts it (whatever the verdicts) */
    bool bare_lf;              /* lines of its header end in LF alone */
    const sm_multipart *multipart; /* kinds MULTIPART and SIGNED_MULTIPART */
    const sm_entity *signature; /* kind SIGNED_MULTIPART: its second part */
    const sm_cpim *cpim;       /* kind CPIM */
    const sm_tunnel *tunnel;   /* kind SIP: compared with the message around it */
    bool aib;                  /* kind SIP: an authenticated identity body (RFC 3893): a message/sipfrag with disposition "aib" */
    const sm_sdp *sdp;         /* kind SDP */
    const sm_imdn *imdn;       /* kind IMDN */
};

/* A counter-signature (RFC 5652 11.4): somebody signed the signature value it stands at. It is an unsigned attribute, so anybody
 * can add or remove it: it never changes what the signer's own verdicts say. */
typedef struct sm_countersigner sm_countersigner;
struct sm_countersigner {
    const sm_signer_info *info;
    const sm_signature *signature;  /* over the signature value of the signer (or counter-signer) it stands at */
    sm_verdict verdict;             /* its signature value and digest together */
    sm_verdict path_verdict;        /* of its certificate at the time the settings choose, or not evaluated no-certificate */
    const sm_countersigner *countersigners; /* of this one */
    unsigned countersigner_count;
};

typedef struct sm_signer {
    unsigned index;                 /* counted over the whole inspection: identities are kept by it */
    const sm_layer *layer;
    const sm_signer_info *info;
    const sm_signature *signature;
    const sm_certificate *certificate; /* signature->certificate */
    const sm_path *path;            /* NULL without a certificate */
    sm_verdict path_verdict;        /* path->path, or not evaluated no-certificate */
    sm_verdict revocation;
    sm_verdict valid_at_capture, valid_at_signing, valid_now;
    sm_verdict valid;               /* at the time the settings choose */
    const char *diagnosis;          /* why it fails: "would verify with ...", also without octets added behind the content; NULL */
    const sm_countersigner *countersigners; /* on its signature value, in the order received */
    unsigned countersigner_count;
} sm_signer;

struct sm_layer {
    unsigned index;            /* in sm_inspection.layers */
    unsigned depth;            /* CMS layers around it, 0 is outermost */
    const sm_layer *outer;     /* the layer around it; NULL */
    const sm_part *part;       /* the entity it is (multipart/signed: the multipart) */
    sm_bytes octets;           /* CMS octets after transfer decoding */
    const sm_cms *cms;         /* parsed; never NULL */
    sm_cms_type type;
    bool certs_only;
    const char *type_word;     /* "signed-data", ..., "certs-only" */
    const char *media_type;    /* "application/pkcs7-mime", "multipart/signed", ... */
    const char *smime_type;    /* smime-type parameter as received, NULL absent */
    bool detached;             /* multipart/signed, or eContent absent */
    sm_bytes covered;          /* octets that the signatures cover; absent when not there */
    const sm_certificate *const *certificates; /* embedded ones that could be read */
    unsigned certificate_count;
    unsigned unreadable_certificates;
    const sm_signer *const *signers;
    unsigned signer_count;
    const sm_decryption *decryption; /* enveloped, authEnveloped, encrypted, authenticated; NULL otherwise */
    sm_verdict opened;         /* whether `content` could be had: pass, or why not */
    const sm_part *content;    /* the entity inside; NULL */
    const char *diagnosis;     /* why it cannot be read or opened: "would decrypt with ..."; or, though it can, that octets stand
                                * behind the CMS, which nothing protects; NULL. Never a verdict */
    unsigned variants_tried;   /* to explain what failed in it or at its signers; 0 where nothing did */
};

typedef struct sm_inspection {
    const sm_carrier *carrier;
    const sm_sip_message *sip;   /* the message around the body; NULL for MSRP */
    const sm_settings *settings; /* a copy */
    const sm_source *sources;
    unsigned source_count;
    const sm_part *root;         /* the message's own body; never NULL */
    const sm_part *const *parts; /* all, in the order met */
    unsigned part_count;
    const sm_layer *const *layers; /* outermost first, in the order of the octets */
    unsigned layer_count;
    const sm_signer *const *signers; /* of all layers, by index */
    unsigned signer_count;
    const sm_part *content;      /* innermost readable entity; NULL where nothing could be read */
    uint8_t content_sha256[32];  /* over content->content */
    const char *const *limits;   /* limits that were hit, one line each */
    unsigned limit_count;
} sm_inspection;

/* Inspects one message. carrier is copied; a reference on `octets` (the body as received, possibly of length 0) is kept.
 * Never fails: what could not be read is told in the parts. Release with sm_inspection_unref(). */
sm_inspection *sm_inspect(const sm_settings *settings, const sm_carrier *carrier, GBytes *octets);
sm_inspection *sm_inspection_ref(sm_inspection *inspection);
void sm_inspection_unref(sm_inspection *inspection); /* NULL is allowed */

/* The arena that owns the inspection's structures, for history and rules to add to while they alone hold it. */
sm_arena *sm_inspection_arena(sm_inspection *inspection);

/* In which source a slice lies and at which offset; false when in none (a joined or re-encoded value). */
bool sm_inspection_locate(const sm_inspection *inspection, sm_bytes slice, unsigned *source, size_t *offset);

/* Whether anything in it is S/MIME. */
bool sm_inspection_is_smime(const sm_inspection *inspection);
