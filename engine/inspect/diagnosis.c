/* Diagnosis: which repair of the octets makes them hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/diagnosis.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/compressed.h"
#include "cms/embedded.h"
#include "inspect/repair.h"

/* What one public-key operation or one search for a decryption key counts for, in octets hashed. */
enum { KEY_TRIAL_OCTETS = 1 << 16 };

enum { DECRYPTIONS = 8 }; /* tried to explain one layer */

/* The search for the explanation of one failure. */
typedef struct diagnosis {
    inspect_walk *walk;
    sm_layer *layer;
    sm_bytes detached;
    unsigned tried;       /* variants, at most SM_LIMIT_DIAGNOSES */
    unsigned decryptions; /* of them, at most DECRYPTIONS */
    bool stopped;         /* by a limit */
    bool readable_counts; /* the layer could not be read: a repair that makes it readable says something */
    const char *found;    /* the diagnosis; owned by the walk's arena */
    const char *readable; /* second best: it would be readable, which proves less */
} diagnosis;

static void stop(diagnosis *s, const char *limit)
{
    s->stopped = true;
    inspect_add_limit(s->walk, limit);
}

/* Room for one more variant. The limits are shown only where a search ended without an answer: it is running
 * while this is asked. */
static bool afford(diagnosis *s, size_t octets)
{
    if (s->stopped)
        return false;
    if (s->tried == SM_LIMIT_DIAGNOSES)
        stop(s, "more than " G_STRINGIFY(SM_LIMIT_DIAGNOSES) " variants to explain a failure");
    else if (octets > SM_LIMIT_DIAGNOSIS_OCTETS - s->walk->diagnosis_octets)
        stop(s, "more than SM_LIMIT_DIAGNOSIS_OCTETS octets to explain failures");
    if (s->stopped)
        return false;
    s->walk->diagnosis_octets += octets;
    s->tried++;
    s->layer->variants_tried++;
    return true;
}

/* Whether a search over octets of this length can begin: making a copy costs as much as hashing it. */
static bool can_begin(diagnosis *s, sm_bytes octets)
{
    if (octets.length > SM_LIMIT_DIAGNOSIS_OCTETS - s->walk->diagnosis_octets)
        stop(s, "more than SM_LIMIT_DIAGNOSIS_OCTETS octets to explain failures");
    return !s->stopped;
}

static bool afford_key_trials(diagnosis *s, unsigned trials)
{
    size_t octets = (size_t)MAX(trials, 1) * KEY_TRIAL_OCTETS;
    if (octets > SM_LIMIT_DIAGNOSIS_OCTETS - s->walk->diagnosis_octets)
        stop(s, "more than SM_LIMIT_DIAGNOSIS_OCTETS octets to explain failures");
    else
        s->walk->diagnosis_octets += octets;
    return !s->stopped;
}

enum { REPAIRS = 4 }; /* in one diagnosis: of the CMS, two of the content, the certificate */

/* "would verify with A and with B: why A; why B". Repairs that are NULL are left out. */
static const char *told(const diagnosis *s, const char *would, const inspect_repair *const repairs[REPAIRS])
{
    GString *how = g_string_new(NULL), *why = g_string_new(NULL);
    for (unsigned i = 0; i < REPAIRS; i++) {
        if (repairs[i] == NULL)
            continue;
        g_string_append_printf(how, "%s%s", how->len ? " and " : "", repairs[i]->how);
        if (strstr(why->str, repairs[i]->why) == NULL)
            g_string_append_printf(why, "%s%s", why->len ? "; " : "", repairs[i]->why);
    }
    const char *text = sm_arena_printf(s->walk->arena, "would %s %s: %s", would, how->str, why->str);
    g_string_free(how, TRUE);
    g_string_free(why, TRUE);
    return text;
}

#define TOLD(search, would, ...) told((search), (would), (const inspect_repair *const[REPAIRS]){__VA_ARGS__})

/* One signature */

/* A signature to be explained: of the layer, or of a repaired copy of it. */
typedef struct failed_signature {
    diagnosis *search;
    sm_arena *arena; /* of the structures below, and for trials */
    const sm_signed_data *data;
    const sm_signer_info *info;
    const sm_signature *judged; /* what it came to */
    sm_bytes content;
    const sm_certificate *const *certificates;
    unsigned certificate_count;
    const inspect_repair *cms; /* how the CMS itself was repaired, NULL when it is as received */
} failed_signature;

static bool holds(const sm_signature *signature)
{
    return signature->signature.kind == SM_PASS && signature->digest.kind == SM_PASS;
}

static bool is_value_mismatch(sm_verdict verdict)
{
    return verdict.kind == SM_FAIL &&
           (verdict.reason == SM_REASON_SIGNATURE_MISMATCH || verdict.reason == SM_REASON_KEY_MISMATCH);
}

/* A trial; the search ends where a limit ended it. */
static const sm_signature *judge_trial(diagnosis *search, sm_arena *arena, const sm_signed_data *data, const sm_signer_info *info, sm_bytes content,
                                       const sm_certificate *const *certificates, unsigned count, const sm_keyring *ring)
{
    const sm_signature *judged = sm_signature_judge(arena, data, info, content, certificates, count, ring, &search->walk->diagnosis_work);
    if (judged->signature.kind == SM_NOT_EVALUATED && judged->signature.reason == SM_REASON_LIMIT)
        stop(search, judged->signature.detail);
    return judged;
}

/* Judges with a certificate that the signer's identifier does not name: the identifier is no part of what is
 * signed (RFC 5652 5.4). */
static bool holds_with(const failed_signature *s, sm_arena *arena, sm_bytes content,
                       const sm_certificate *certificate)
{
    sm_signer_info renamed = *s->info;
    renamed.sid = (sm_identifier){.kind = SM_IDENTIFIER_ISSUER_SERIAL,
                                  .issuer = certificate->issuer_der,
                                  .serial = certificate->serial_der};
    return holds(judge_trial(s->search, arena, s->data, &renamed, content, &certificate, 1, NULL));
}

static const sm_certificate *holding_one(const failed_signature *s, sm_arena *arena, sm_bytes content,
                                         const sm_certificate *const *certificates, unsigned count,
                                         sm_bytes subject)
{
    for (unsigned i = 0; i < count; i++) {
        const sm_certificate *certificate = certificates[i];
        if (!sm_bytes_equal(certificate->subject_der, subject) ||
            sm_identifier_names(&s->info->sid, certificate))
            continue;
        if (!afford(s->search, 0) || !afford_key_trials(s->search, 1))
            return NULL;
        if (holds_with(s, arena, content, certificate))
            return certificate;
    }
    return NULL;
}

/* Another certificate of the named one's subject under which the signature holds over `content`; its label,
 * else NULL. */
static const char *other_certificate(const failed_signature *s, sm_arena *arena, sm_bytes content)
{
    if (s->judged->certificate == NULL)
        return NULL;
    sm_bytes subject = s->judged->certificate->subject_der;
    const sm_keyring *ring = s->search->walk->settings->keyring;
    unsigned count = 0;
    const sm_certificate *found =
        holding_one(s, arena, content, s->certificates, s->certificate_count, subject);
    bool embedded = found != NULL;
    if (!found && ring) {
        const sm_certificate *const *ours = sm_keyring_by_subject(ring, subject, &count);
        found = holding_one(s, arena, content, ours, MIN(count, SM_LIMIT_KEY_TRIALS), subject);
    }
    return found
               ? sm_arena_printf(s->search->walk->arena,
                                 "with another certificate of the same subject, %s of %s",
                                 sm_certificate_label(arena, found), embedded ? "the message" : found->origin)
               : NULL;
}

static const char other_certificate_why[] = "the signer's identifier names the wrong one";

/* What stands inside the CMS nobody changes on the way: that would not leave its lengths right. */
static inspect_repair by_the_sender(inspect_repair repair)
{
    repair.why = "the sender signed other octets than it put into the message";
    return repair;
}

/* inspect_try: does the signature hold over this content? */
static bool try_content(void *context, sm_bytes octets, const inspect_repair *first,
                        const inspect_repair *second)
{
    const failed_signature *s = context;
    diagnosis *search = s->search;
    inspect_repair own[2];
    if (!afford(search, octets.length))
        return true;
    if (!s->data->detached) {
        own[0] = by_the_sender(*first);
        first = &own[0];
        if (second) {
            own[1] = by_the_sender(*second);
            second = &own[1];
        }
    }
    sm_arena *arena = sm_arena_new();
    if (!s->info->signed_attributes.present || sm_signature_digest_fits(arena, s->info, octets)) {
        if (!afford_key_trials(search, s->judged->candidates)) {
            sm_arena_free(arena);
            return true;
        }
        const sm_signature *signature =
            judge_trial(search, arena, s->data, s->info, octets, s->certificates, s->certificate_count, search->walk->settings->keyring);
        if (holds(signature)) {
            search->found = TOLD(search, "verify", s->cms, first, second);
        } else if (s->info->signed_attributes.present && is_value_mismatch(signature->signature)) {
            const char *how = other_certificate(s, arena, octets);
            inspect_repair renamed = {how, other_certificate_why};
            if (how)
                search->found = TOLD(search, "verify", s->cms, first, second, &renamed);
        }
    }
    sm_arena_free(arena);
    return search->found || search->stopped;
}

/* Looks for what makes a failed signature hold; the answer is search->found. */
static void explain_signature(failed_signature *s)
{
    const sm_signature *judged = s->judged;
    bool value = is_value_mismatch(judged->signature);
    bool digest = judged->digest.kind == SM_FAIL && judged->digest.reason == SM_REASON_DIGEST_MISMATCH;
    bool attributes = s->info->signed_attributes.present;
    if (value && (!attributes || judged->digest.kind == SM_PASS) && sm_bytes_present(s->content)) {
        const char *how = other_certificate(s, s->arena, s->content);
        inspect_repair renamed = {how, other_certificate_why};
        if (how)
            s->search->found = TOLD(s->search, "verify", s->cms, &renamed);
        if (how || s->search->stopped)
            return;
    }
    /* With attributes the digest tells whether the content is to blame; without, the value covers the content itself. A signature
     * without certificate, or one whose attributes are at fault, cannot be made to hold. */
    bool content = attributes ? digest && (value || judged->signature.kind == SM_PASS) : value;
    if (content && sm_bytes_present(s->content) && can_begin(s->search, s->content))
        inspect_repair_content(s->content, sm_bytes_present(s->search->detached) && s->data->detached,
                               try_content, s);
}

static void diagnose_signers(inspect_walk *walk, sm_layer *layer, sm_bytes detached)
{
    for (unsigned i = 0; i < layer->signer_count; i++) {
        sm_signer *signer = g_ptr_array_index(walk->signers, layer->signers[i]->index);
        if (signer->diagnosis ||
            (signer->signature->signature.kind != SM_FAIL && signer->signature->digest.kind != SM_FAIL))
            continue;
        diagnosis search = {.walk = walk, .layer = layer, .detached = detached};
        sm_arena *arena = sm_arena_new();
        failed_signature s = {
            .search = &search,
            .arena = arena,
            .data = layer->cms->signed_data,
            .info = signer->info,
            .judged = signer->signature,
            .content = layer->covered,
            .certificates = layer->certificates,
            .certificate_count = layer->certificate_count,
        };
        explain_signature(&s);
        sm_arena_free(arena);
        signer->diagnosis = search.found;
    }
}

/* The CMS itself */

/* What a repaired CMS comes to. */
typedef enum outcome { REFUSED, READABLE, HOLDS } outcome;

static outcome of_verdict(sm_verdict verdict)
{
    return verdict.kind == SM_PASS ? HOLDS : verdict.kind == SM_FAIL ? REFUSED : READABLE;
}

/* All signers must hold. Where the value does and the detached content was damaged as well, its repair is
 * looked for too and told by the search. */
static outcome judge_signed(diagnosis *s, sm_arena *arena, const sm_cms *cms, const inspect_repair *repair)
{
    const sm_signed_data *data = cms->signed_data;
    unsigned count;
    const sm_certificate *const *certificates = sm_embedded_certificates(arena, s->walk->settings->keyring, data->certificates,
                                                                               data->certificate_count, &count, NULL);
    sm_bytes content = data->detached ? s->detached : data->content;
    outcome all = data->signer_count > 0 ? HOLDS : READABLE;
    for (unsigned i = 0; i < data->signer_count; i++) {
        if (!afford_key_trials(s, 1))
            return REFUSED;
        const sm_signer_info *info = &data->signers[i];
        const sm_signature *judged =
            judge_trial(s, arena, data, info, content, certificates, count, s->walk->settings->keyring);
        outcome one = of_verdict(sm_verdict_and(judged->signature, judged->digest));
        if (one == REFUSED && data->detached && data->signer_count == 1 &&
            judged->signature.kind == SM_PASS) {
            failed_signature failed = {s, arena, data, info, judged, content, certificates, count, repair};
            explain_signature(&failed);
        }
        all = MIN(all, one);
    }
    return all;
}

/* CBC padding holds once in 256 by chance: without a tag the plaintext must begin as a MIME entity with a
 * Content-Type does. Private keys are tried on a few copies only, passwords on one and only when they were not
 * tried on the layer as received: that costs far more than anything else here. */
static outcome judge_enveloped(diagnosis *s, sm_arena *arena, const sm_cms *cms)
{
    const sm_settings *settings = s->walk->settings;
    bool passwords = settings->password_recipients && s->decryptions == 0 && s->layer->decryption == NULL;
    if (s->decryptions == DECRYPTIONS || !afford_key_trials(s, cms->enveloped_data->recipient_count))
        return REFUSED;
    s->decryptions++;
    const sm_decryption *decryption = sm_envelope_open(arena, cms, settings->keyring, passwords);
    outcome result = of_verdict(decryption->verdict);
    if (result != HOLDS || decryption->authenticated)
        return result;
    return sm_entity_parse(arena, decryption->content, SM_ENTITY_BARE_LF)->content_type ? HOLDS : REFUSED;
}

static outcome judge_cms(diagnosis *s, sm_arena *arena, const sm_cms *cms, const inspect_repair *repair)
{
    if (cms->structure.kind != SM_PASS)
        return REFUSED;
    if (cms->signed_data)
        return judge_signed(s, arena, cms, repair);
    if (cms->enveloped_data)
        return judge_enveloped(s, arena, cms);
    if (cms->digested_data)
        return of_verdict(sm_digest_judge(arena, cms->digested_data));
    if (cms->compressed_data)
        return sm_compressed_open(arena, cms->compressed_data).fault ? REFUSED : READABLE;
    return READABLE;
}

/* inspect_try: is this the CMS that was sent? */
static bool try_cms(void *context, sm_bytes octets, const inspect_repair *first, const inspect_repair *second)
{
    diagnosis *s = context;
    if (!afford(s, octets.length))
        return true;
    sm_arena *arena = sm_arena_new();
    const sm_cms *cms = sm_cms_parse(arena, octets);
    bool opaque = cms->enveloped_data && cms->type != SM_CMS_AUTHENTICATED;
    switch (judge_cms(s, arena, cms, first)) {
    case HOLDS:
        s->found = TOLD(s, opaque ? "decrypt" : "verify", first, second);
        break;
    case READABLE:
        if (s->readable_counts && s->readable == NULL && !sm_bytes_present(cms->trailing))
            s->readable = TOLD(s, "be readable", first, second);
        break;
    case REFUSED:
        break;
    }
    sm_arena_free(arena);
    return s->found || s->stopped;
}

static bool signers_fail(const sm_layer *layer)
{
    for (unsigned i = 0; i < layer->signer_count; i++)
        if (layer->signers[i]->signature->signature.kind == SM_FAIL ||
            layer->signers[i]->signature->digest.kind == SM_FAIL)
            return true;
    return false;
}

/* The end is missing: no repair, but the octets say so themselves. */
static const char *missing_end(const inspect_walk *walk, const sm_layer *layer)
{
    size_t announced = inspect_announced_octets(layer->octets), here = layer->octets.length;
    if (layer->cms->structure.reason != SM_REASON_TRUNCATED || announced <= here)
        return NULL;
    return sm_arena_printf(walk->arena,
                           "%zu octets short of what its length says (%zu of %zu): the end was cut off",
                           announced - here, here, announced);
}

/* What stands behind a CMS that can be read: no verdict speaks of it. */
static const char *octets_behind(const inspect_walk *walk, const sm_layer *layer)
{
    size_t behind = layer->cms->trailing.length;
    return sm_arena_printf(walk->arena, "%zu %s behind the CMS: no part of it, and nothing protects %s", behind, behind == 1 ? "octet" : "octets",
                           behind == 1 ? "it" : "them");
}

/* The octets that the CMS was decoded from, absent where they are its own. */
static sm_bytes undecoded(const sm_layer *layer)
{
    const sm_part *part = layer->part;
    const sm_entity *entity = part->kind == SM_PART_SIGNED_MULTIPART ? part->signature : part->kind == SM_PART_CMS ? part->entity : NULL;
    return entity && entity->encoding != SM_ENCODING_BINARY ? entity->body : SM_BYTES_NONE;
}

/* Repairs of the CMS are looked for where it cannot be read, and where it can but is followed by octets that
 * turned line ends may have pushed out: nothing else changes its length. */
static void diagnose_cms(inspect_walk *walk, sm_layer *layer, sm_bytes detached)
{
    bool readable = layer->cms->structure.kind == SM_PASS;
    bool failed = layer->opened.kind == SM_FAIL || signers_fail(layer);
    bool trailing = readable && sm_bytes_present(layer->cms->trailing) && layer->cms->trailing.length > 0;
    if (trailing && !failed)
        layer->diagnosis = octets_behind(walk, layer);
    if (readable && !(failed && trailing))
        return;
    diagnosis s = {.walk = walk, .layer = layer, .detached = detached, .readable_counts = !readable};
    if (can_begin(&s, layer->octets))
        inspect_repair_cms(layer->octets, undecoded(layer), try_cms, &s);
    const char *line = s.found ? s.found : s.readable;
    if (line == NULL && !readable)
        line = missing_end(walk, layer);
    if (!readable || layer->opened.kind == SM_FAIL)
        layer->diagnosis = line;
    for (unsigned i = 0; i < layer->signer_count && line; i++) {
        sm_signer *signer = g_ptr_array_index(walk->signers, layer->signers[i]->index);
        if (signer->signature->signature.kind == SM_FAIL || signer->signature->digest.kind == SM_FAIL)
            signer->diagnosis = line;
    }
    if (trailing && line == NULL)
        layer->diagnosis = octets_behind(walk, layer);
}

void inspect_diagnose(inspect_walk *walk, sm_layer *layer, sm_bytes detached)
{
    const sm_carrier *carrier = walk->carrier;
    bool incomplete = carrier->kind == SM_CARRIER_MSRP && !carrier->msrp.complete;
    if (carrier->missing > 0 || incomplete || carrier->quoted)
        return;
    diagnose_cms(walk, layer, detached);
    if (signers_fail(layer))
        diagnose_signers(walk, layer, detached);
}
