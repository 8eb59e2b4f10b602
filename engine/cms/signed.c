/* SignedData judged: signature values and content digests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/signed.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/attribute_octets.h"
#include "cms/der.h"
#include "cms/dsa_inheritance.h"
#include "cms/openssl_library.h"
#include "cms/signature_value.h"
#include "cms/signed_attributes.h"

#include <openssl/err.h>

/* What one judgement is about. */
typedef struct judgement {
    sm_arena *arena;
    const sm_signer_info *signer;
    bool countersignature;
    sm_bytes content_type; /* eContentType; absent for a counter-signature */
    sm_bytes content;      /* what is signed: absent when it is not there */
    const sm_certificate *const *embedded;
    unsigned embedded_count;
    const sm_keyring *ring;
    sm_signature_work *work; /* may be NULL */
    unsigned verifications;  /* asked for so far */
    sm_signature *out;
} judgement;

/* Certificates tried. */
typedef struct candidate {
    const sm_certificate *certificate;
    bool embedded;
    const sm_certificate *parameters_from; /* see sm_signature; set when its key was tried */
} candidate;

static void add_note(judgement *judge, const char *note)
{
    sm_signature *out = judge->out;
    out->note = out->note ? sm_arena_printf(judge->arena, "%s; %s", out->note, note) : note;
}

/* ---- attributes --------------------------------------------------------------------------------- */

/* The only value of the only attribute with this OID. `fault` gets the reason when there is no such value. */
static bool single_value(sm_arena *arena, const sm_attributes *attributes, sm_bytes oid, const char *name,
                         sm_bytes *value, const char **fault)
{
    const sm_attribute *found = NULL;
    for (unsigned i = 0; i < attributes->count; i++) {
        if (!sm_bytes_equal(attributes->items[i].oid, oid))
            continue;
        if (found) {
            *fault = sm_arena_printf(arena, "the %s attribute is repeated", name);
            return false;
        }
        found = &attributes->items[i];
    }
    if (found == NULL) {
        *fault = sm_arena_printf(arena, "the %s attribute is missing", name);
        return false;
    }
    if (found->value_count != 1) {
        *fault =
            sm_arena_printf(arena, "the %s attribute has %u values instead of one", name, found->value_count);
        return false;
    }
    *value = found->values[0];
    return true;
}

/* The message-digest attribute's octets (RFC 5652 11.2). */
static bool message_digest(const judgement *judge, sm_bytes *digest, const char **fault)
{
    sm_bytes value;
    if (!single_value(judge->arena, &judge->signer->signed_attributes, SM_OID_MESSAGE_DIGEST,
                      "message-digest", &value, fault))
        return false;
    sm_der reader = sm_der_start_whole(value, SM_DER_BER);
    if (sm_der_octets(&reader, judge->arena, SM_TAG_OCTET_STRING, digest, NULL, "message-digest") &&
        !sm_der_more(&reader))
        return true;
    *fault = "the message-digest attribute is no OCTET STRING";
    return false;
}

/* content-type: one value, the eContentType (RFC 5652 11.1); none at all in a counter-signature (11.4). NULL
 * when sound. */
static const char *content_type_fault(const judgement *judge)
{
    const sm_attributes *attributes = &judge->signer->signed_attributes;
    if (judge->countersignature)
        return sm_attributes_find(attributes, SM_OID_CONTENT_TYPE)
                   ? "a content-type attribute stands in a counter-signature (RFC 5652 11.4)"
                   : NULL;
    const char *fault;
    sm_bytes value, oid;
    if (!single_value(judge->arena, attributes, SM_OID_CONTENT_TYPE, "content-type", &value, &fault))
        return fault;
    sm_der reader = sm_der_start_whole(value, SM_DER_BER);
    if (!sm_der_oid(&reader, &oid, "content-type") || sm_der_more(&reader))
        return "the content-type attribute is no object identifier";
    if (sm_bytes_equal(oid, judge->content_type))
        return NULL;
    return sm_arena_printf(judge->arena, "the content-type attribute says %s, eContentType is %s",
                           sm_oid_text(judge->arena, oid), sm_oid_text(judge->arena, judge->content_type));
}

/* Is this content the signed attributes of another signature? Who takes the attributes out of a SignerInfo and presents
 * their encoding, which is what was signed (RFC 5652 5.4), as the content of a SignedData without attributes has a value
 * that verifies over octets nobody meant as content. No MIME entity begins like that. */
static bool is_signed_attributes(sm_bytes content)
{
    sm_der outer = sm_der_start_whole(content, SM_DER_BER), set, attribute;
    bool content_type = false, digest = false;
    if (!sm_der_enter(&outer, SM_TAG_SET, &set, "attributes") || sm_der_more(&outer))
        return false;
    while (sm_der_more(&set)) {
        sm_bytes oid;
        sm_tlv values;
        if (!sm_der_enter(&set, SM_TAG_SEQUENCE, &attribute, "attribute") ||
            !sm_der_oid(&attribute, &oid, "attrType") ||
            !sm_der_take(&attribute, SM_TAG_SET, &values, "attrValues") || sm_der_more(&attribute))
            return false;
        content_type |= sm_bytes_equal(oid, SM_OID_CONTENT_TYPE);
        digest |= sm_bytes_equal(oid, SM_OID_MESSAGE_DIGEST);
    }
    return set.status == SM_DER_OK && content_type && digest;
}

/* What makes the signature invalid whatever its value (RFC 5652 5.3, 11.1, 11.2); NULL for nothing. */
static const char *attributes_fault(const judgement *judge)
{
    const sm_signer_info *signer = judge->signer;
    if (sm_attributes_find(&signer->unsigned_attributes, SM_OID_CONTENT_TYPE))
        return "a content-type attribute stands among the unsigned attributes (RFC 5652 11.1)";
    if (sm_attributes_find(&signer->unsigned_attributes, SM_OID_MESSAGE_DIGEST))
        return "a message-digest attribute stands among the unsigned attributes (RFC 5652 11.2)";
    if (!signer->signed_attributes.present && signer->unsigned_attributes.present) {
        const char *fault = sm_signed_attributes_fault(judge->arena, signer);
        if (fault)
            return fault;
    }
    if (!signer->signed_attributes.present && !judge->countersignature && !sm_bytes_equal(judge->content_type, SM_OID_DATA))
        return "signed attributes are missing though the content is not id-data (RFC 5652 5.3)";
    if (!signer->signed_attributes.present)
        return sm_bytes_present(judge->content) && is_signed_attributes(judge->content)
                   ? "the content is an encoding of signed attributes: the value was made over those of another message, whose content this is not"
                   : NULL;
    const char *fault = content_type_fault(judge);
    sm_bytes digest;
    if (fault == NULL && message_digest(judge, &digest, &fault))
        fault = sm_signed_attributes_fault(judge->arena, signer);
    return fault;
}

static sm_moment signing_time(const judgement *judge)
{
    sm_moment moment = {0};
    const sm_attribute *attribute =
        sm_attributes_find(&judge->signer->signed_attributes, SM_OID_SIGNING_TIME);
    if (attribute == NULL || attribute->value_count == 0)
        return moment;
    sm_der reader = sm_der_start_whole(attribute->values[0], SM_DER_BER);
    sm_tlv value;
    if (!sm_der_any(&reader, &value, "signing-time") || !sm_der_time(&value, &moment, NULL))
        return (sm_moment){0};
    return moment;
}

/* ---- digest ------------------------------------------------------------------------------------- */

static sm_verdict digest_verdict(sm_arena *arena, const sm_algorithm *algorithm, sm_bytes content,
                                 sm_bytes expected, const char *where)
{
    uint8_t octets[SM_DIGEST_OCTETS];
    size_t length = 0;
    switch (sm_digest_octets(algorithm, content, octets, &length)) {
    case SM_DIGEST_DONE:
        break;
    case SM_DIGEST_PARAMETERS:
        return sm_fail(SM_REASON_PARAMETERS, sm_arena_printf(arena, "%s: unfit output length",
                                                             sm_algorithm_name(arena, algorithm)));
    case SM_DIGEST_UNSUPPORTED:
        return sm_not_evaluated(SM_REASON_UNSUPPORTED,
                                sm_arena_printf(arena, "digest %s", sm_algorithm_name(arena, algorithm)));
    }
    sm_bytes computed = sm_bytes_of(octets, length);
    if (sm_bytes_equal(computed, expected))
        return SM_VERDICT_PASS;
    const char *says = expected.length > 0 ? sm_arena_hex(arena, sm_bytes_cut(expected, 0, SM_DIGEST_OCTETS)) : "nothing";
    return sm_fail(SM_REASON_DIGEST_MISMATCH,
                   sm_arena_printf(arena, "%s says %s, the content of %zu octets has %s %s", where, says, content.length,
                                   sm_algorithm_name(arena, algorithm), sm_arena_hex(arena, computed)));
}

static sm_verdict judge_digest(const judgement *judge)
{
    const char *fault;
    sm_bytes expected;
    if (!message_digest(judge, &expected, &fault))
        return sm_fail(SM_REASON_ATTRIBUTES, fault);
    if (!sm_bytes_present(judge->content))
        return sm_not_evaluated(SM_REASON_NO_CONTENT, "the signed content is not in the message");
    return digest_verdict(judge->arena, &judge->signer->digest_algorithm, judge->content, expected,
                          "the message-digest attribute");
}

/* ---- signature value ---------------------------------------------------------------------------- */

static bool listed(const candidate *candidates, unsigned count, const sm_certificate *certificate)
{
    for (unsigned i = 0; i < count; i++)
        if (sm_bytes_equal(candidates[i].certificate->encoding, certificate->encoding))
            return true;
    return false;
}

/* Takes one more certificate; false when there is no room for it. */
static bool add_candidate(candidate candidates[SM_LIMIT_KEY_TRIALS], unsigned *count, const sm_certificate *certificate, bool embedded)
{
    if (listed(candidates, *count, certificate))
        return true;
    if (*count == SM_LIMIT_KEY_TRIALS)
        return false;
    candidates[(*count)++] = (candidate){.certificate = certificate, .embedded = embedded};
    return true;
}

/* Every certificate the SignerIdentifier names, the message's first; issuer and serial number are not unique
 * in the wild. `all` tells whether there was room for all of them. */
static unsigned find_candidates(const judgement *judge, candidate candidates[SM_LIMIT_KEY_TRIALS], bool *all)
{
    const sm_identifier *sid = &judge->signer->sid;
    unsigned count = 0, in_ring = 0;
    *all = true;
    for (unsigned i = 0; i < judge->embedded_count && *all; i++)
        if (sm_identifier_names(sid, judge->embedded[i]))
            *all = add_candidate(candidates, &count, judge->embedded[i], true);
    const sm_certificate *const *ring =
        judge->ring ? sm_keyring_certificates(judge->ring, sid, &in_ring) : NULL;
    for (unsigned i = 0; i < in_ring && *all; i++)
        *all = add_candidate(candidates, &count, ring[i], false);
    return count;
}

/* A certificate and its renewal share key and identifier: the one that the signed attributes name goes first. */
static void prefer_named(const judgement *judge, candidate candidates[SM_LIMIT_KEY_TRIALS], unsigned count)
{
    candidate others[SM_LIMIT_KEY_TRIALS];
    unsigned named = 0, rest = 0;
    for (unsigned i = 0; count > 1 && i < count; i++) {
        if (sm_signing_certificate_judge(judge->arena, judge->signer, candidates[i].certificate).kind == SM_PASS)
            candidates[named++] = candidates[i];
        else
            others[rest++] = candidates[i];
    }
    if (rest > 0)
        memcpy(candidates + named, others, rest * sizeof *others);
}

/* Among verdicts on several candidates: one that holds, else one that could have held, else the most telling
 * failure. */
static int telling(sm_verdict verdict)
{
    switch (verdict.kind) {
    case SM_PASS:
        return 5;
    case SM_NOT_EVALUATED:
    case SM_NOT_APPLICABLE:
        return 4;
    case SM_FAIL:
        break;
    }
    return verdict.reason == SM_REASON_SIGNATURE_MISMATCH ? 3
           : verdict.reason == SM_REASON_PARAMETERS       ? 2
                                                          : 1;
}

/* What a verification with this key costs, in ones with a key of ordinary size. */
static unsigned key_work(const sm_certificate *certificate)
{
    unsigned size = certificate->key_bits / 4096 + 1;
    switch (certificate->key_type) {
    case SM_KEY_RSA:
    case SM_KEY_RSA_PSS:
        return size * size;
    case SM_KEY_DSA:
        return 8 * size * size;
    case SM_KEY_EC:
        return 2;
    case SM_KEY_OTHER: /* SLH-DSA among them */
        return 16;
    default:
        return 1;
    }
}

/* Every verification digests the message anew; once for each signer it has to be. */
static bool afford(judgement *judge, const sm_certificate *certificate, sm_bytes message)
{
    enum { OCTETS = 1 << 16 }; /* that cost as much as one verification */
    if (judge->work == NULL)
        return true;
    size_t work = key_work(certificate) + (judge->verifications++ > 0 ? message.length / OCTETS : 0);
    bool enough = work <= *judge->work;
    *judge->work = enough ? *judge->work - (unsigned)work : 0;
    return enough;
}

static sm_verdict verify_with(judgement *judge, const sm_certificate *certificate, sm_bytes message)
{
    const sm_signer_info *signer = judge->signer;
    if (!afford(judge, certificate, message))
        return sm_not_evaluated(SM_REASON_LIMIT, "more work with public keys than SM_LIMIT_SIGNATURE_WORK for one message");
    return sm_signature_value_verify(judge->arena, certificate, &signer->signature_algorithm, &signer->digest_algorithm,
                                     message, signer->signature);
}

/* Tries a key without parameters under those of each certificate that has the issuer's name and signed it. Two issuers of one
 * name and one key that differ in their parameters exist only where somebody made them: the first that verifies is told. */
static sm_verdict verify_inheriting(judgement *judge, candidate *one, sm_bytes message)
{
    const sm_certificate *leaf = one->certificate;
    unsigned in_ring = 0, tried = 0;
    const sm_certificate *const *ring =
        judge->ring ? sm_keyring_by_subject(judge->ring, leaf->issuer_der, &in_ring) : NULL;
    sm_verdict best = sm_not_evaluated(
        SM_REASON_UNSUPPORTED,
        sm_arena_printf(judge->arena, "the DSA parameters of %s are its issuer's, whose certificate is not here (RFC 3279 2.3.2)",
                        sm_certificate_label(judge->arena, leaf)));
    for (unsigned i = 0; i < in_ring + judge->embedded_count && tried < SM_LIMIT_KEY_TRIALS; i++) {
        const sm_certificate *issuer = i < in_ring ? ring[i] : judge->embedded[i - in_ring];
        EVP_PKEY *key = sm_bytes_equal(issuer->subject_der, leaf->issuer_der) ? sm_dsa_inherit(leaf, issuer) : NULL;
        tried += sm_bytes_equal(issuer->subject_der, leaf->issuer_der);
        if (key == NULL)
            continue;
        sm_certificate whole = *leaf;
        whole.public_key = key;
        sm_verdict verdict = verify_with(judge, &whole, message);
        EVP_PKEY_free(key);
        if (verdict.kind == SM_PASS || one->parameters_from == NULL) {
            best = verdict;
            one->parameters_from = issuer;
        }
        if (verdict.kind == SM_PASS)
            break;
    }
    return best;
}

/* Tries `message` with each candidate; `used` gets the one the verdict is about. */
static sm_verdict try_candidates(judgement *judge, candidate *candidates, unsigned count, sm_bytes message,
                                 const candidate **used)
{
    sm_verdict best = {0};
    for (unsigned i = 0; i < count; i++) {
        sm_verdict verdict = sm_dsa_inherits(candidates[i].certificate)
                                 ? verify_inheriting(judge, &candidates[i], message)
                                 : verify_with(judge, candidates[i].certificate, message);
        if (i > 0 && telling(verdict) <= telling(best))
            continue;
        best = verdict;
        *used = &candidates[i];
        if (verdict.kind == SM_PASS)
            break;
    }
    return best;
}

/* What is signed (RFC 5652 5.4). */
static sm_bytes signed_message(const judgement *judge)
{
    const sm_attributes *attributes = &judge->signer->signed_attributes;
    return attributes->present ? sm_attributes_der(judge->arena, attributes) : judge->content;
}

/* A value that is verified over the DER encoding, else over the attributes as received in the SET of DER: who cannot tell a value's type
 * cannot encode it anew, so producers differ in this, and both say the same. */
static sm_verdict try_encodings(judgement *judge, candidate *candidates, unsigned count, sm_bytes message,
                                const candidate **used)
{
    const sm_attributes *attributes = &judge->signer->signed_attributes;
    sm_verdict verdict = try_candidates(judge, candidates, count, message, used);
    if (verdict.kind != SM_FAIL || verdict.reason != SM_REASON_SIGNATURE_MISMATCH || !attributes->present)
        return verdict;
    sm_bytes arranged = sm_attributes_arranged(judge->arena, attributes);
    const candidate *other = *used;
    if (sm_bytes_equal(arranged, message))
        return verdict;
    sm_verdict again = try_candidates(judge, candidates, count, arranged, &other);
    if (again.kind == SM_PASS)
        *used = other;
    return again.kind == SM_PASS || again.reason == SM_REASON_LIMIT ? again : verdict;
}

/* A mismatch explained where the octets tell why: the producer signed the attributes in another encoding than
 * DER. */
static sm_verdict explain_mismatch(judgement *judge, candidate *candidates, unsigned count,
                                   sm_bytes message, sm_verdict verdict)
{
    const sm_signer_info *signer = judge->signer;
    const candidate *used = NULL;
    if (signer->signed_attributes.present) {
        sm_bytes received = sm_attributes_received(judge->arena, &signer->signed_attributes);
        if (sm_bytes_present(received) && !sm_bytes_equal(received, message) &&
            try_candidates(judge, candidates, count, received, &used).kind == SM_PASS)
            return sm_fail(
                SM_REASON_SIGNATURE_MISMATCH,
                "the value verifies over the signed attributes as received, not over their DER encoding, which "
                "RFC 5652 5.4 says is signed: the producer did not encode them as DER before signing");
    }
    return verdict;
}

/* The digest that a signature algorithm names and digestAlgorithm should be the same (RFC 5753 2.1.1, RFC
 * 5754 3). */
static bool two_digests(const sm_signer_info *signer)
{
    const sm_algorithm_info *signature = sm_algorithm_lookup(signer->signature_algorithm.oid);
    const sm_algorithm_info *digest = sm_algorithm_lookup(signer->digest_algorithm.oid);
    return signature && signature->digest && signature->family != SM_FAMILY_NONE &&
           (digest == NULL || digest->openssl == NULL ||
            g_ascii_strcasecmp(signature->digest, digest->openssl) != 0);
}

static const char *two_digests_text(const judgement *judge)
{
    return sm_arena_printf(judge->arena, "signatureAlgorithm is %s, digestAlgorithm %s",
                           sm_algorithm_name(judge->arena, &judge->signer->signature_algorithm),
                           sm_algorithm_name(judge->arena, &judge->signer->digest_algorithm));
}

static sm_verdict judge_value(judgement *judge)
{
    sm_signature *out = judge->out;
    const sm_signer_info *signer = judge->signer;
    candidate candidates[SM_LIMIT_KEY_TRIALS];
    bool all;
    out->candidates = find_candidates(judge, candidates, &all);
    prefer_named(judge, candidates, out->candidates);
    if (out->candidates == 0)
        return sm_not_evaluated(SM_REASON_NO_CERTIFICATE,
                                sm_arena_printf(judge->arena,
                                                "no certificate for %s in the message or the key ring",
                                                sm_identifier_text(judge->arena, &signer->sid)));
    out->certificate = candidates[0].certificate;
    out->certificate_embedded = candidates[0].embedded;
    sm_bytes message = signed_message(judge);
    if (!sm_bytes_present(message))
        return sm_not_evaluated(SM_REASON_NO_CONTENT, "the signed content is not in the message");

    if (!signer->signed_attributes.present &&
        two_digests(signer)) /* both are to digest the content: RFC 5652 5.4 */
        return sm_fail(SM_REASON_PARAMETERS, two_digests_text(judge));

    const candidate *used = &candidates[0];
    sm_verdict verdict = try_encodings(judge, candidates, out->candidates, message, &used);
    out->certificate = used->certificate;
    out->certificate_embedded = used->embedded;
    out->parameters_from = used->parameters_from;
    if (verdict.kind == SM_FAIL && !all) /* anybody can add certificates: they must not make another one's signature fail */
        return sm_not_evaluated(SM_REASON_LIMIT, "more certificates have the signer's identifier than are tried (SM_LIMIT_KEY_TRIALS)");
    if (verdict.kind == SM_FAIL && verdict.reason == SM_REASON_SIGNATURE_MISMATCH)
        return explain_mismatch(judge, candidates, out->candidates, message, verdict);
    out->attributes_reordered =
        verdict.kind == SM_PASS && signer->signed_attributes.present && !signer->signed_attributes.sorted;
    return verdict;
}

/* ---- notes -------------------------------------------------------------------------------------- */

/* RFC 8419 3: Ed25519 goes with SHA-512, Ed448 with SHAKE256 of 512 bits; another digest is not an invalid
 * signature. */
static void note_eddsa_digest(judgement *judge)
{
    const sm_signer_info *signer = judge->signer;
    const sm_algorithm_info *signature = sm_algorithm_lookup(signer->signature_algorithm.oid);
    const sm_algorithm_info *digest = sm_algorithm_lookup(signer->digest_algorithm.oid);
    if (signature == NULL || signature->family != SM_FAMILY_EDDSA || digest == NULL)
        return;
    bool ed25519 = strcmp(signature->oid, "1.3.101.112") == 0;
    const char *wanted = ed25519                             ? "2.16.840.1.101.3.4.2.3"
                         : signer->signed_attributes.present ? "2.16.840.1.101.3.4.2.18"
                                                             : "2.16.840.1.101.3.4.2.12";
    if (strcmp(digest->oid, wanted) != 0)
        add_note(judge,
                 sm_arena_printf(judge->arena, "digestAlgorithm is %s where RFC 8419 3 has %s", digest->name,
                                 ed25519                             ? "SHA-512"
                                 : signer->signed_attributes.present ? "id-shake256-len of 512 bits"
                                                                     : "id-shake256"));
}

/* RFC 5754 2 and 3, RFC 8419 3: these algorithms have none, or NULL. What stands there all the same no verification reads. */
static void note_parameters(judgement *judge, const sm_algorithm *algorithm, const char *name)
{
    const sm_algorithm_info *info = sm_algorithm_lookup(algorithm->oid);
    bool has_some = info == NULL || info->family == SM_FAMILY_RSA_PSS ||
                    strcmp(info->oid, "2.16.840.1.101.3.4.2.17") == 0 || strcmp(info->oid, "2.16.840.1.101.3.4.2.18") == 0; /* SHAKE with given length */
    sm_bytes null = SM_BYTES_LITERAL("\x05\x00");
    if (!has_some && sm_bytes_present(algorithm->parameters) && !sm_bytes_equal(algorithm->parameters, null))
        add_note(judge, sm_arena_printf(judge->arena, "%s has parameters, which %s has not", name, info->name));
}

static void add_notes(judgement *judge)
{
    const char *attributes = sm_signed_attributes_note(judge->arena, judge->signer);
    if (attributes)
        add_note(judge, attributes);
    note_eddsa_digest(judge);
    note_parameters(judge, &judge->signer->digest_algorithm, "digestAlgorithm");
    note_parameters(judge, &judge->signer->signature_algorithm, "signatureAlgorithm");
    if (judge->signer->signed_attributes.present &&
        two_digests(judge->signer)) /* each was used for what it is named for */
        add_note(judge, two_digests_text(judge));
    const sm_certificate *certificate = judge->out->certificate;
    if (certificate && (certificate->key_type == SM_KEY_RSA || certificate->key_type == SM_KEY_RSA_PSS) &&
        certificate->key_bits < 2048) /* RFC 8551 4.3 */
        add_note(judge, sm_arena_printf(judge->arena, "the RSA key has %u bits, %s", certificate->key_bits,
                                        certificate->key_bits < 1024 ? "which gives no security" : "fewer than 2048"));
    if (judge->out->candidates > 1)
        add_note(judge, sm_arena_printf(judge->arena, "%u certificates have the signer's identifier",
                                        judge->out->candidates));
}

/* ---- the judgement ------------------------------------------------------------------------------ */

/* "RSA with SHA-256" where the signature algorithm itself names no digest but the key's type. */
static const char *signature_algorithm_name(const judgement *judge)
{
    const sm_signer_info *signer = judge->signer;
    const sm_algorithm_info *info = sm_algorithm_lookup(signer->signature_algorithm.oid);
    const char *name = sm_algorithm_name(judge->arena, &signer->signature_algorithm);
    if (info && strcmp(info->oid, "1.2.840.113549.1.1.1") == 0)
        return sm_arena_printf(judge->arena, "%s with %s", name,
                               sm_algorithm_name(judge->arena, &signer->digest_algorithm));
    return name;
}

/* Attributes that make the signature invalid: the detail still tells what the value itself comes to. */
static sm_verdict with_attributes_fault(const judgement *judge, const char *fault, sm_verdict value)
{
    const char *also = value.kind == SM_PASS   ? "the signature value itself verifies"
                       : value.kind == SM_FAIL ? "the signature value does not verify either"
                                               : "the signature value was not evaluated";
    return sm_fail(SM_REASON_ATTRIBUTES, sm_arena_printf(judge->arena, "%s; %s", fault, also));
}

static const sm_signature *judge_signer(judgement *judge)
{
    sm_signature *out = sm_arena_new0(judge->arena, sm_signature);
    judge->out = out;
    out->digest_algorithm = sm_algorithm_name(judge->arena, &judge->signer->digest_algorithm);
    out->signature_algorithm = signature_algorithm_name(judge);
    out->signing_time = signing_time(judge);

    ERR_set_mark();
    sm_verdict value = judge_value(judge);
    const char *fault = attributes_fault(judge);
    out->signature = fault ? with_attributes_fault(judge, fault, value) : value;
    if (out->signature.kind == SM_PASS) {
        sm_verdict named = sm_signing_certificate_judge(judge->arena, judge->signer, out->certificate);
        if (named.kind == SM_FAIL)
            out->signature = with_attributes_fault(judge, named.detail, value);
        else if (named.kind != SM_PASS)
            out->signature = named;
    }
    out->digest = judge->signer->signed_attributes.present ? judge_digest(judge) : out->signature;
    ERR_pop_to_mark();
    add_notes(judge);
    return out;
}

const sm_signature *sm_signature_judge(sm_arena *arena, const sm_signed_data *signed_data,
                                       const sm_signer_info *signer, sm_bytes content,
                                       const sm_certificate *const *embedded, unsigned embedded_count,
                                       const sm_keyring *ring, sm_signature_work *work)
{
    judgement judge = {
        .arena = arena,
        .signer = signer,
        .content_type = signed_data->content_type,
        .content = content,
        .embedded = embedded,
        .embedded_count = embedded_count,
        .ring = ring,
        .work = work,
    };
    return judge_signer(&judge);
}

sm_verdict sm_signature_on_path(sm_arena *arena, const sm_signature *signature, const sm_certificate *const *chain,
                                unsigned chain_length)
{
    if (signature->parameters_from == NULL || signature->signature.kind != SM_PASS ||
        (chain_length > 1 && sm_dsa_same_parameters(chain[1], signature->parameters_from)))
        return signature->signature;
    return sm_not_evaluated(
        SM_REASON_UNTRUSTED,
        sm_arena_printf(arena, "it verifies with the DSA parameters of %s, through which the certificate path does not go",
                        sm_certificate_label(arena, signature->parameters_from)));
}

bool sm_signature_digest_fits(sm_arena *arena, const sm_signer_info *signer, sm_bytes content)
{
    judgement judge = {.arena = arena, .signer = signer, .content = content};
    if (!signer->signed_attributes.present)
        return false;
    ERR_set_mark();
    bool fits = judge_digest(&judge).kind == SM_PASS;
    ERR_pop_to_mark();
    return fits;
}

const sm_signature *sm_countersignature_judge(sm_arena *arena, const sm_signer_info *parent,
                                              const sm_signer_info *countersigner,
                                              const sm_certificate *const *embedded, unsigned embedded_count,
                                              const sm_keyring *ring, sm_signature_work *work)
{
    judgement judge = {
        .arena = arena,
        .signer = countersigner,
        .countersignature = true,
        .content = parent->signature,
        .embedded = embedded,
        .embedded_count = embedded_count,
        .ring = ring,
        .work = work,
    };
    return judge_signer(&judge);
}

sm_verdict sm_digest_judge(sm_arena *arena, const sm_digested_data *digested)
{
    if (digested->detached || !sm_bytes_present(digested->content))
        return sm_not_evaluated(SM_REASON_NO_CONTENT, "the digested content is not in the message");
    ERR_set_mark();
    sm_verdict verdict = digest_verdict(arena, &digested->digest_algorithm, digested->content,
                                        digested->digest, "the message");
    ERR_pop_to_mark();
    return verdict;
}
