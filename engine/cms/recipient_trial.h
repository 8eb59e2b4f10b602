/* One key tried on one RecipientInfo, by kind of recipient.
 *
 * Internal to cms/. Each function checks algorithms, parameters and lengths before OpenSSL sees an octet,
 * hands each candidate content key to the search's accept(), and leaves no secret behind. RFC 5652 6.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/key_search.h"

typedef enum sm_trial_status {
    SM_TRIAL_NOT_UNWRAPPED = 0, /* no content key came out */
    SM_TRIAL_OPENED,            /* accept() took the content key */
    SM_TRIAL_REFUSED,           /* a content key came out, and the content refused it */
    SM_TRIAL_UNFIT,             /* the key's type does not fit the algorithm: nothing was tried */
    SM_TRIAL_UNSUPPORTED,       /* an algorithm neither we nor this OpenSSL know */
    SM_TRIAL_NO_ORIGINATOR, /* the certificate of a static originator key is neither in the message nor in the
                               ring */
    SM_TRIAL_LIMIT,
} sm_trial_status;

typedef struct sm_trial {
    sm_trial_status status;
    const char *step;   /* SM_STEP_*, where it stopped; NULL when opened */
    const char *detail; /* why, one line; NULL when opened */
    bool proven;        /* REFUSED: the key is the content's own (sm_secret), so that the content is at fault */
} sm_trial;

/* A trial that came to no key: UNFIT, UNSUPPORTED, NO_ORIGINATOR and LIMIT tell the step themselves. */
sm_trial sm_trial_of(sm_trial_status status, const char *detail);

/* A trial out of which no content key came, at this step. */
static inline sm_trial sm_trial_stopped(const char *step, const char *detail)
{
    return (sm_trial){.status = SM_TRIAL_NOT_UNWRAPPED, .step = step, .detail = detail};
}

/* Hands a content key to accept() and cleanses it. */
sm_trial sm_trial_offer(sm_key_search *search, sm_secret *cek, const char *label, bool named);

/* Key transport: RSA PKCS #1 v1.5 (RFC 3370 4.2.1) and RSAES-OAEP (RFC 3560). */
sm_trial sm_trial_rsa(sm_key_search *search, const sm_recipient_info *info, const sm_private_key *key,
                      bool named);

/* Key agreement: ECDH with the X9.63 KDF (RFC 5753), X25519 and X448 (RFC 8418). */
sm_trial sm_trial_agreement(sm_key_search *search, const sm_recipient_info *info, const sm_private_key *key,
                            bool named);

/* Previously distributed key-encryption key (RFC 5652 6.2.3, RFC 3370 4.3, RFC 3565 2.3). */
sm_trial sm_trial_kek(sm_key_search *search, const sm_recipient_info *info, const sm_symmetric_key *key);

/* Password: PBKDF2 and PWRI-KEK (RFC 3211 2.3, RFC 5652 6.2.4). The password's label is `label`. */
sm_trial sm_trial_password(sm_key_search *search, const sm_recipient_info *info, const char *password,
                           const char *label);

/* Key encapsulation (RFC 9629): RSA-KEM (RFC 9690), ML-KEM (RFC 9936) where OpenSSL has it. */
sm_trial sm_trial_kem(sm_key_search *search, const sm_recipient_info *info, const sm_private_key *key,
                      bool named);
