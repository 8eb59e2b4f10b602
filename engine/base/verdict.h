/* Verdicts: what a check came to, and why.
 *
 * Pass and fail are said only where the check was carried through. Whatever stands in its way (no key, no anchor, a
 * truncated capture) gives "not evaluated" with the reason, which never turns into pass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <stdbool.h>

typedef enum sm_verdict_kind {
    SM_NOT_EVALUATED = 0, /* zeroed memory says the safe thing */
    SM_NOT_APPLICABLE,
    SM_FAIL,
    SM_PASS,
} sm_verdict_kind;

/* The stable words that reports, filters and users' scripts see. Add at the end of a group; rename nothing. */
#define SM_REASONS(X)                                                                                                  \
    X(NONE, "none")                           /* a pass, or nothing more to say */                                     \
    /* why a check was not evaluated */                                                                                \
    X(NOT_CHECKED, "not-checked")                                                                                      \
    X(NO_KEY, "no-key")                       /* no private key, KEK or content key fits any recipient */              \
    X(NO_ANCHOR, "no-anchor")                 /* no trust anchors were given */                                        \
    X(NO_CERTIFICATE, "no-certificate")       /* signer certificate neither embedded nor in the key ring */            \
    X(NO_CRL, "no-crl")                       /* no CRL of the issuer was given or embedded */                         \
    X(NO_CONTENT, "no-content")               /* detached signature without its content, external content */           \
    X(NO_SIGNING_TIME, "no-signing-time")                                                                              \
    X(NO_SESSION, "no-session")               /* MSRP without the SDP that negotiated it */                            \
    X(NO_IDENTITY, "no-identity")             /* the carrier names no sender to compare with */                        \
    X(TRUNCATED, "truncated")                 /* capture or octets end early */                                        \
    X(MISSING_CHUNK, "missing-chunk")                                                                                  \
    X(NOT_DECRYPTED, "not-decrypted")         /* stands behind a layer that could not be opened */                     \
    X(NOT_PARSED, "not-parsed")               /* stands behind a layer that could not be read */                       \
    X(UNSUPPORTED, "unsupported-algorithm")                                                                            \
    X(UNSUPPORTED_FORM, "unsupported-form")   /* a structure we name but do not process */                             \
    X(PASSWORD_OFF, "password-recipients-off")                                                                         \
    X(PATH_NOT_PASSED, "path-not-passed")     /* depends on a certificate path that did not pass */                    \
    X(RETARGETED, "retargeted")               /* a response signed by somebody else than To: may be legitimate */      \
    X(LIMIT, "limit")                         /* a limit of bounds.h was hit, the detail names it */                   \
    X(LIBRARY, "library")                     /* OpenSSL refused in a way that says nothing about the message */       \
    X(AMBIGUOUS_SESSION, "ambiguous-session") /* MSRP whose paths belong to sessions of different senders */           \
    /* why a check does not apply */                                                                                   \
    X(NOT_SIGNED, "not-signed")                                                                                        \
    X(NOT_ENCRYPTED, "not-encrypted")                                                                                  \
    X(NOT_SMIME, "not-smime")                                                                                          \
    /* why a check failed */                                                                                           \
    X(MALFORMED, "malformed")                                                                                          \
    X(SIGNATURE_MISMATCH, "signature-mismatch")                                                                        \
    X(DIGEST_MISMATCH, "digest-mismatch")                                                                              \
    X(ATTRIBUTES, "signed-attributes")        /* mandatory signed attributes missing, repeated or contradictory */     \
    X(KEY_MISMATCH, "key-mismatch")           /* key type does not fit the algorithm */                                \
    X(UNWRAP_FAILED, "unwrap-failed")         /* every fitting key failed to yield the content key */                  \
    X(TAG_MISMATCH, "tag-mismatch")           /* authenticated decryption refused the octets */                        \
    X(PADDING, "padding")                     /* unauthenticated decryption ended in nonsense */                       \
    X(PARAMETERS, "parameters")               /* algorithm parameters contradict the standard or each other */         \
    X(NOT_YET_VALID, "not-yet-valid")                                                                                  \
    X(EXPIRED, "expired")                                                                                              \
    X(REVOKED, "revoked")                                                                                              \
    X(UNTRUSTED, "untrusted")                 /* no path to a trust anchor */                                          \
    X(SELF_SIGNED, "self-signed")                                                                                      \
    X(KEY_USAGE, "key-usage")                                                                                          \
    X(EXTENDED_KEY_USAGE, "extended-key-usage")                                                                        \
    X(CONSTRAINTS, "constraints")             /* basic, name, or policy constraints */                                 \
    X(CERTIFICATE_SIGNATURE, "certificate-signature")                                                                  \
    X(CERTIFICATE_INVALID, "certificate-invalid")                                                                      \
    X(CRL_INVALID, "crl-invalid")                                                                                      \
    X(NO_SIP_IDENTITY, "no-sip-identity")     /* the certificate names no SIP, im, pres or tel URI */                  \
    X(DIFFERENT_IDENTITY, "different-identity")                                                                        \
    X(OPEN_FAILED, "open-failed")             /* decompression or decoding failed */

typedef enum sm_reason {
#define SM_REASON_ENUM(name, word) SM_REASON_##name,
    SM_REASONS(SM_REASON_ENUM)
#undef SM_REASON_ENUM
} sm_reason;

typedef struct sm_verdict {
    sm_verdict_kind kind;
    sm_reason reason;
    const char *detail; /* one line for a person, or NULL; owned by whatever owns the verdict (an arena or a literal) */
} sm_verdict;

#define SM_VERDICT_PASS ((sm_verdict){SM_PASS, SM_REASON_NONE, NULL})

static inline sm_verdict sm_pass(const char *detail)
{
    return (sm_verdict){SM_PASS, SM_REASON_NONE, detail};
}

static inline sm_verdict sm_fail(sm_reason reason, const char *detail)
{
    return (sm_verdict){SM_FAIL, reason, detail};
}

static inline sm_verdict sm_not_evaluated(sm_reason reason, const char *detail)
{
    return (sm_verdict){SM_NOT_EVALUATED, reason, detail};
}

static inline sm_verdict sm_not_applicable(sm_reason reason, const char *detail)
{
    return (sm_verdict){SM_NOT_APPLICABLE, reason, detail};
}

/* "pass", "fail", "not-evaluated", "not-applicable": the words of the reports and display filters. */
const char *sm_verdict_word(sm_verdict_kind kind);

/* The stable word of a reason, for example "no-key"; "none" for SM_REASON_NONE. */
const char *sm_reason_word(sm_reason reason);

/* The worse of two verdicts that both must hold: fail before not evaluated before pass; not applicable is neutral. */
sm_verdict sm_verdict_and(sm_verdict a, sm_verdict b);
