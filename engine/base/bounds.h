/* Bounds: every limit the engine puts on hostile input, in one place.
 *
 * When one is hit the verdict that depends on it is "not evaluated: limit" and the detail names it; see README, "Limits".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

/* MIME */
#define SM_LIMIT_MIME_DEPTH 16          /* entities inside entities */
#define SM_LIMIT_MIME_PARTS 256         /* parts in one message, all multiparts together */
#define SM_LIMIT_MIME_HEADERS 256       /* header fields in one entity */
#define SM_LIMIT_MIME_HEADER_OCTETS 65536 /* octets of one entity's header block */
#define SM_LIMIT_MIME_PARAMETERS 32     /* parameters of one Content-Type */
#define SM_LIMIT_IMDN_OCTETS 65536      /* octets of a disposition notification */

/* ASN.1 and CMS */
#define SM_LIMIT_DER_DEPTH 32           /* constructed values inside constructed values */
#define SM_LIMIT_DER_SEGMENTS 65536     /* pieces of one constructed string */
#define SM_LIMIT_DER_ANEW_OCTETS (1u << 20) /* one BER value that is encoded anew */
#define SM_LIMIT_CMS_LAYERS 10          /* CMS layers in one message, nested or side by side */
#define SM_LIMIT_CMS_CERTIFICATES 64    /* certificates in one SignedData */
#define SM_LIMIT_CMS_CRLS 32            /* CRLs in one SignedData */
#define SM_LIMIT_CMS_SIGNERS 16         /* SignerInfos in one SignedData */
#define SM_LIMIT_CMS_RECIPIENTS 1024    /* RecipientInfos (and RecipientEncryptedKeys) in one envelope */
#define SM_LIMIT_CMS_ATTRIBUTES 64      /* attributes in one set */
#define SM_LIMIT_CMS_ATTRIBUTE_VALUES 64 /* values of one attribute */
#define SM_LIMIT_CMS_ALGORITHMS 32      /* digestAlgorithms in one SignedData */
#define SM_LIMIT_CMS_COUNTERSIGNATURES 8 /* counter-signatures of one SignerInfo */
#define SM_LIMIT_COUNTERSIGNATURES 32   /* counter-signatures judged in one message */

/* Work an attacker can ask for */
#define SM_LIMIT_DECOMPRESSED_OCTETS (64u << 20) /* output of CompressedData and of Content-Encoding */
#define SM_LIMIT_DECOMPRESSED_RATIO 200 /* output octets for one input octet, beyond the first megabyte */
#define SM_LIMIT_PBKDF2_ITERATIONS 10000000 /* of a password recipient or a PKCS#12 file */
#define SM_LIMIT_RSA_BITS 16384         /* modulus of a key used for verification or decryption */
#define SM_LIMIT_KEY_TRIALS 64          /* candidate keys or certificates tried for one identifier */
#define SM_LIMIT_CONTENT_KEY_OCTETS (1u << 30) /* of one layer's content decrypted with content keys, beyond SM_LIMIT_KEY_TRIALS keys */
#define SM_LIMIT_SIGNATURE_WORK 2048    /* verifications for one message with keys of ordinary size; a large one counts for several, see cms/signed.h */
#define SM_LIMIT_PATH_DEPTH 16          /* certificates of one path */
#define SM_LIMIT_CRL_SIGNATURES 4096    /* signatures of CRLs checked for one path */
#define SM_LIMIT_CRL_SIGNERS 16         /* certificates that signed CRLs and have a path of their own, for one path */
#define SM_LIMIT_PATH_CACHE 4096        /* judged paths that a key ring remembers */
#define SM_LIMIT_CERTIFICATE_CACHE 1024 /* decoded certificates of messages that a key ring remembers */
#define SM_LIMIT_CERTIFICATE_CACHE_OCTETS 8192 /* of one of them; a larger one is decoded each time */
#define SM_LIMIT_DIAGNOSES 96           /* variants tried to explain one failed signature or layer */
#define SM_LIMIT_DIAGNOSIS_OCTETS (64u << 20) /* octets made, parsed and hashed to explain all failures of one message */

/* Files given by the user */
#define SM_LIMIT_KEY_FILE_OCTETS (16u << 20)
#define SM_LIMIT_KEY_FILES 100000
#define SM_LIMIT_KEY_DIRECTORY_DEPTH 16

/* SIP and SDP */
#define SM_LIMIT_URI_PARAMETERS 64      /* parameters, and header components, of one URI */
#define SM_LIMIT_SIP_VALUES 64          /* addresses or media ranges taken from one header field name */
#define SM_LIMIT_IDENTITY_COMPARISONS 1024 /* claimed identities times names of one certificate */
#define SM_LIMIT_SDP_LINES 4096         /* lines of one session description */
#define SM_LIMIT_SDP_MEDIA 64           /* m=message lines */
#define SM_LIMIT_SDP_VALUES 256         /* entries of one a=path, a=accept-types or a=accept-wrapped-types */

/* MSRP */
#define SM_LIMIT_MSRP_HEADER_OCTETS 16384 /* start line and headers of one chunk */
#define SM_LIMIT_MSRP_MESSAGE_OCTETS (256u << 20) /* one reassembled message */
#define SM_LIMIT_MSRP_PENDING_OCTETS (512u << 20) /* chunks kept for incomplete messages, all sessions together */
#define SM_LIMIT_MSRP_HELD_OCTETS (4u << 20) /* of segments of one direction that came before their turn, while a long chunk is gathered */
#define SM_LIMIT_MSRP_UNFINISHED_OCTETS (1u << 20) /* kept of a chunk whose end has not come */
#define SM_LIMIT_MSRP_CHUNKS 131072     /* chunks of one message */
#define SM_LIMIT_MSRP_SESSIONS 65536    /* paths that parties of sessions named, remembered */
#define SM_LIMIT_MSRP_PATHS 8           /* of them, of one party for one m=message line of a dialog */
#define SM_LIMIT_MSRP_UNANSWERED 8      /* SDPs of one party with one path that a refusal can take back */
#define SM_LIMIT_MSRP_RIVALS 64         /* of them, the same path named in different dialogs */
#define SM_LIMIT_MSRP_TRANSACTIONS 65536 /* requests, and what relays handed out, remembered for what answers or uses them, each */
#define SM_LIMIT_MSRP_REPORTED_CHUNKS 131072 /* chunks remembered for the reports on them, all messages together */
#define SM_LIMIT_MSRP_REPORTED_RANGES 1024 /* separate ranges of one message that success reports confirmed */
#define SM_LIMIT_MSRP_LINKED_CHUNKS 32  /* chunks that one report is linked to, and reports that one chunk is linked to */

/* History */
#define SM_LIMIT_HISTORY_ENTRIES 1048576 /* transactions, certificates and signed objects remembered, each */
#define SM_LIMIT_HISTORY_REQUESTS 256   /* requests with S/MIME kept whole for the responses to them */

/* What is shown */
#define SM_LIMIT_SHOWN_OCTETS 256       /* of one received string in a detail or a tree item */
