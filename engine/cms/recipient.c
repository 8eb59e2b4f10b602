/* Recipients described, and the keys that fit them tried.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/recipient.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms/key_wrap.h"
#include "cms/recipient_trial.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <string.h>

/* ---- description -------------------------------------------------------------------------------- */

static const char *type_word(sm_recipient_kind kind)
{
    switch (kind) {
    case SM_RECIPIENT_KEY_TRANSPORT:
        return "ktri";
    case SM_RECIPIENT_KEY_AGREEMENT:
        return "kari";
    case SM_RECIPIENT_KEK:
        return "kekri";
    case SM_RECIPIENT_PASSWORD:
        return "pwri";
    case SM_RECIPIENT_KEM:
        return "kemri";
    case SM_RECIPIENT_OTHER:
        break;
    }
    return "ori";
}

static const char *id_text(sm_arena *arena, const sm_recipient_info *info)
{
    switch (info->kind) {
    case SM_RECIPIENT_KEY_TRANSPORT:
    case SM_RECIPIENT_KEY_AGREEMENT:
    case SM_RECIPIENT_KEM:
        return sm_identifier_text(arena, &info->rid);
    case SM_RECIPIENT_KEK:
        return sm_arena_printf(arena, "KEK identifier %s",
                               sm_arena_hex(arena, sm_bytes_cut(info->kek_id, 0, SM_LIMIT_SHOWN_OCTETS)));
    case SM_RECIPIENT_PASSWORD:
        return "password";
    case SM_RECIPIENT_OTHER:
        break;
    }
    return sm_arena_printf(arena, "recipient type %s", sm_oid_text(arena, info->other_type));
}

/* "P-256" for the content octets of a curve's OID; NULL unknown. */
static const char *curve_name(sm_bytes parameters)
{
    if (!sm_bytes_present(parameters) || parameters.length > SM_DER_OID_OCTETS)
        return NULL;
    const uint8_t *octets = parameters.data;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &octets, (long)parameters.length);
    int nid = object ? OBJ_obj2nid(object) : NID_undef;
    ASN1_OBJECT_free(object);
    if (nid == NID_undef)
        return NULL;
    const char *name = EC_curve_nid2nist(nid);
    return name ? name : OBJ_nid2sn(nid);
}

/* The curve, as far as message and ring tell; otherwise the size that the originator's point has. */
static const char *agreement_name(sm_arena *arena, const sm_recipient_info *info,
                                  const sm_certificate *certificate)
{
    const sm_algorithm_info *originator = sm_algorithm_lookup(info->originator_algorithm.oid);
    if (originator &&
        g_str_has_prefix(originator->oid, "1.3.101.")) /* RFC 8410: the algorithm is the curve */
        return originator->name;
    if (certificate && certificate->key_type == SM_KEY_EC && certificate->key_name)
        return sm_arena_printf(arena, "ECDH %s",
                               g_str_has_prefix(certificate->key_name, "EC ") ? certificate->key_name + 3
                                                                              : certificate->key_name);
    const char *curve = curve_name(info->originator_algorithm.parameters);
    if (curve)
        return sm_arena_printf(arena, "ECDH %s", curve);
    if (info->originator_key.length < 3)
        return "ECDH";
    bool compressed = info->originator_key.data[0] != 0x04;
    size_t field = compressed ? info->originator_key.length - 1 : (info->originator_key.length - 1) / 2;
    return sm_arena_printf(arena, "ECDH, %zu-bit curve", field == 66 ? 521 : field * 8);
}

static const char *agreement_text(sm_arena *arena, const sm_recipient_info *info,
                                  const sm_certificate *certificate)
{
    const sm_algorithm_info *scheme = sm_algorithm_lookup(info->key_encryption.oid);
    sm_algorithm wrap;
    const char *wrap_name = sm_algorithm_read(info->key_encryption.parameters, &wrap)
                                ? sm_algorithm_name(arena, &wrap)
                                : "no wrap";
    const char *kdf = scheme ? strstr(scheme->name, " with ") : NULL; /* "ECDH with SHA-256 KDF" */
    if (kdf == NULL)
        return sm_arena_printf(arena, "%s, %s", sm_algorithm_name(arena, &info->key_encryption), wrap_name);
    return sm_arena_printf(arena, "%s%s, %s, %s", scheme->cofactor ? "cofactor " : "",
                           agreement_name(arena, info, certificate), kdf + strlen(" with "), wrap_name);
}

static const char *transport_text(sm_arena *arena, const sm_recipient_info *info)
{
    const sm_algorithm_info *row = sm_algorithm_lookup(info->key_encryption.oid);
    sm_oaep_parameters oaep;
    const char *fault;
    if (row && strcmp(row->oid, "1.2.840.113549.1.1.1") == 0)
        return row->name;
    if (row && strcmp(row->oid, "1.2.840.113549.1.1.7") == 0 &&
        sm_oaep_parameters_parse(&info->key_encryption, &oaep, &fault) && oaep.digest)
        return sm_arena_printf(arena, "RSA-OAEP (%s)", oaep.digest->name);
    return sm_algorithm_name(arena, &info->key_encryption);
}

static const char *password_text(sm_arena *arena, const sm_recipient_info *info)
{
    sm_algorithm cipher;
    const char *kdf = sm_algorithm_name(arena, &info->key_derivation);
    if (sm_algorithm_read(info->key_encryption.parameters, &cipher))
        return sm_arena_printf(arena, "%s, %s (%s)", kdf, sm_algorithm_name(arena, &info->key_encryption),
                               sm_algorithm_name(arena, &cipher));
    return sm_arena_printf(arena, "%s, %s", kdf, sm_algorithm_name(arena, &info->key_encryption));
}

static const char *key_management_text(sm_arena *arena, const sm_recipient_info *info,
                                       const sm_certificate *certificate)
{
    switch (info->kind) {
    case SM_RECIPIENT_KEY_TRANSPORT:
        return transport_text(arena, info);
    case SM_RECIPIENT_KEY_AGREEMENT:
        return agreement_text(arena, info, certificate);
    case SM_RECIPIENT_KEK:
        return sm_algorithm_name(arena, &info->key_encryption);
    case SM_RECIPIENT_PASSWORD:
        return password_text(arena, info);
    case SM_RECIPIENT_KEM:
        return sm_arena_printf(arena, "%s, %s, %s", sm_algorithm_name(arena, &info->kem),
                               sm_algorithm_name(arena, &info->kdf), sm_algorithm_name(arena, &info->wrap));
    case SM_RECIPIENT_OTHER:
        break;
    }
    return "unknown";
}

static const char *owner_text(const sm_certificate *certificate)
{
    if (certificate == NULL)
        return NULL;
    for (unsigned i = 0; i < certificate->san_count; i++)
        if (certificate->sans[i].kind == SM_SAN_URI && certificate->sans[i].clean)
            return certificate->sans[i].value;
    return certificate->subject;
}

void sm_recipient_describe(sm_arena *arena, const sm_recipient_info *info, const sm_keyring *ring,
                           sm_recipient *out)
{
    unsigned count = 0;
    const sm_certificate *const *certificates = NULL;
    if (ring && info->rid.kind != SM_IDENTIFIER_NONE)
        certificates = sm_keyring_certificates(ring, &info->rid, &count);
    const sm_certificate *certificate = count > 0 ? certificates[0] : NULL;
    *out = (sm_recipient){
        .info = info,
        .type = type_word(info->kind),
        .id = id_text(arena, info),
        .key_management = key_management_text(arena, info, certificate),
        .owner = owner_text(certificate),
        .certificate = certificate,
        .opened = sm_not_evaluated(SM_REASON_NO_KEY, "no key of the key ring fits"),
    };
}

/* ---- trials ------------------------------------------------------------------------------------- */

/* What a trial says about the recipient. */
static sm_verdict verdict_of(sm_trial trial)
{
    switch (trial.status) {
    case SM_TRIAL_OPENED:
        return SM_VERDICT_PASS;
    case SM_TRIAL_NOT_UNWRAPPED:
    case SM_TRIAL_REFUSED:
        return sm_fail(SM_REASON_UNWRAP_FAILED, trial.detail);
    case SM_TRIAL_UNFIT:
        return sm_fail(SM_REASON_KEY_MISMATCH, trial.detail);
    case SM_TRIAL_UNSUPPORTED:
        return sm_not_evaluated(SM_REASON_UNSUPPORTED, trial.detail);
    case SM_TRIAL_NO_ORIGINATOR:
        return sm_not_evaluated(SM_REASON_NO_CERTIFICATE, trial.detail);
    case SM_TRIAL_LIMIT:
        return sm_not_evaluated(SM_REASON_LIMIT, trial.detail);
    }
    return sm_not_evaluated(SM_REASON_NOT_CHECKED, NULL);
}

static bool was_tried(sm_trial trial)
{
    return trial.status == SM_TRIAL_OPENED || trial.status == SM_TRIAL_REFUSED ||
           trial.status == SM_TRIAL_NOT_UNWRAPPED;
}

/* False, and the search marked, when the message has used up its trials. */
static bool trials_left(sm_key_search *search)
{
    if (search->trials_left == 0)
        search->limit = true;
    return search->trials_left > 0;
}

/* Takes in one trial; true when it opened the content. A later key that does not even fit says less than an
 * earlier one. */
static bool record(sm_key_search *search, sm_recipient *out, sm_trial trial, const char *label)
{
    if (was_tried(trial)) {
        out->tried++;
        search->trials_left--;
    }
    if (trial.status == SM_TRIAL_LIMIT)
        search->limit = true;
    sm_key_attempts_add(search->arena, &out->attempts, label, trial.step, trial.detail);
    if (trial.status != SM_TRIAL_UNFIT || out->opened.reason == SM_REASON_NO_KEY)
        out->opened = verdict_of(trial);
    if (trial.status == SM_TRIAL_OPENED)
        out->key = label;
    return trial.status == SM_TRIAL_OPENED;
}

static sm_trial try_private_key(sm_key_search *search, const sm_recipient_info *info,
                                const sm_private_key *key, bool named)
{
    switch (info->kind) {
    case SM_RECIPIENT_KEY_TRANSPORT:
        return sm_trial_rsa(search, info, key, named);
    case SM_RECIPIENT_KEY_AGREEMENT:
        return sm_trial_agreement(search, info, key, named);
    case SM_RECIPIENT_KEM:
        return sm_trial_kem(search, info, key, named);
    case SM_RECIPIENT_KEK:
    case SM_RECIPIENT_PASSWORD:
    case SM_RECIPIENT_OTHER:
        break;
    }
    return sm_trial_of(SM_TRIAL_UNFIT, "a private key does not fit this kind of recipient");
}

/* A KEM that this OpenSSL has not: its private keys cannot even be read into a key ring. */
static bool kem_missing(sm_arena *arena, const sm_recipient_info *info, const char **detail)
{
    const sm_algorithm_info *kem = info->kind == SM_RECIPIENT_KEM ? sm_algorithm_lookup(info->kem.oid) : NULL;
    if (kem == NULL || kem->class_ != SM_ALGORITHM_KEM || kem->openssl == NULL)
        return false;
    EVP_KEM *method = EVP_KEM_fetch(NULL, kem->openssl, NULL);
    EVP_KEM_free(method);
    *detail = sm_arena_printf(arena, "%s: OpenSSL %s has no such KEM", kem->name,
                              OpenSSL_version(OPENSSL_VERSION_STRING));
    return method == NULL;
}

static bool open_with_private_keys(sm_key_search *search, sm_recipient *out)
{
    unsigned count = 0;
    const sm_private_key *const *keys = sm_keyring_private_keys(search->ring, &out->info->rid, &count);
    for (unsigned i = 0; i < count && trials_left(search); i++)
        if (record(search, out, try_private_key(search, out->info, keys[i], true), keys[i]->label))
            return true;
    const char *detail;
    if (count == 0 && kem_missing(search->arena, out->info, &detail))
        out->opened = sm_not_evaluated(SM_REASON_UNSUPPORTED, detail);
    return false;
}

static bool open_with_keks(sm_key_search *search, sm_recipient *out)
{
    unsigned count = 0;
    const sm_symmetric_key *const *keys = sm_keyring_keks(search->ring, out->info->kek_id, &count);
    for (unsigned i = 0; i < count && trials_left(search); i++)
        if (record(search, out, sm_trial_kek(search, out->info, keys[i]), keys[i]->label))
            return true;
    return false;
}

static bool open_with_passwords(sm_key_search *search, sm_recipient *out)
{
    if (!search->passwords) {
        out->opened =
            sm_not_evaluated(SM_REASON_PASSWORD_OFF, "password recipients are not tried unless asked for");
        return false;
    }
    unsigned count = 0;
    const char *const *passwords = sm_keyring_passwords(search->ring, &count);
    for (unsigned i = 0; i < count && trials_left(search); i++) {
        sm_trial trial = sm_trial_password(search, out->info, passwords[i], "a password");
        if (record(search, out, trial, "a password"))
            return true;
        bool right = trial.status == SM_TRIAL_REFUSED && trial.proven;
        if (right || g_strcmp0(trial.step, SM_STEP_PARAMETERS) == 0)
            return false; /* another one would say less, or the same */
    }
    if (out->opened.kind ==
        SM_FAIL) /* whose password it is nobody says: a wrong one is not the message's fault */
        out->opened = sm_not_evaluated(SM_REASON_NO_KEY, "no password of the key ring opens it");
    return false;
}

bool sm_recipient_open(sm_key_search *search, sm_recipient *out)
{
    switch (out->info->kind) {
    case SM_RECIPIENT_KEY_TRANSPORT:
    case SM_RECIPIENT_KEY_AGREEMENT:
    case SM_RECIPIENT_KEM:
        return search->ring && open_with_private_keys(search, out);
    case SM_RECIPIENT_KEK:
        return search->ring && open_with_keks(search, out);
    case SM_RECIPIENT_PASSWORD:
        return search->ring && open_with_passwords(search, out);
    case SM_RECIPIENT_OTHER:
        break;
    }
    out->opened =
        sm_not_evaluated(SM_REASON_UNSUPPORTED, sm_arena_printf(search->arena, "%s is unknown", out->id));
    return false;
}

bool sm_recipient_open_bare(sm_key_search *search, sm_recipient *out)
{
    unsigned count = 0;
    const sm_private_key *const *keys = search->ring ? sm_keyring_bare_keys(search->ring, &count) : NULL;
    for (unsigned i = 0; i < count && trials_left(search); i++) {
        sm_trial trial = try_private_key(search, out->info, keys[i], false);
        if (!was_tried(trial))
            continue;
        search->trials_left--;
        out->tried++;
        sm_key_attempts_add(search->arena, &out->attempts, keys[i]->label, trial.step, trial.detail);
        if (trial.status == SM_TRIAL_OPENED) {
            out->opened = SM_VERDICT_PASS;
            out->key = keys[i]->label;
            return true;
        }
        if (trial.status == SM_TRIAL_REFUSED && trial.proven)
            out->opened = verdict_of(trial);
    }
    return false;
}
