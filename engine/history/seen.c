/* History: what earlier messages bore: certificates by address-of-record, protected objects, nonces, ephemeral keys, and whether there was
 * S/MIME at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/seen.h"

#include "history/transactions.h"

#include "base/bounds.h"
#include "cms/algorithms.h"

/* 64 * T1 (RFC 3261 17.1): a back-to-back user agent passes a message on within this time, or its sender gives up. */
#define PASS_ON_SECONDS 32
/* Wrapped keys of one envelope that are remembered with its nonce. */
#define WRAPPED_KEYS 8

typedef struct certificate_entry {
    uint32_t frame; /* in which this address-of-record signed last */
    char *label;    /* of the certificate then */
} certificate_entry;

typedef struct object_entry {
    uint32_t frame;
    int64_t seconds;
    uint64_t dialog, number, recipient, user, passed_to; /* digests */
} object_entry;

typedef struct use_entry {
    uint32_t frame;
    uint64_t object; /* digest of the ciphertext */
} use_entry;

typedef struct accepts_entry {
    uint32_t frame;
    unsigned accepts; /* SM_ACCEPTS_... */
} accepts_entry;

struct history_seen {
    history_digest *digest;
    history_table *signers;      /* of certificate_entry, by address-of-record */
    history_table *certificates; /* of a frame number, by address-of-record and certificate */
    history_table *objects;      /* of object_entry, by signature or ciphertext */
    history_table *uses;         /* of use_entry, by nonce and key, and by ephemeral key */
    history_table *protectors;   /* of a frame number, by sender, recipient and method: their last message with S/MIME */
    history_table *accepts;      /* of accepts_entry, by address-of-record */
};

static void release_certificate(void *entry)
{
    certificate_entry *certificate = entry;
    g_free(certificate->label);
}

history_seen *history_seen_new(history_digest *digest)
{
    history_seen *seen = g_new0(history_seen, 1);
    seen->digest = digest;
    seen->signers = history_table_new(sizeof(certificate_entry), SM_LIMIT_HISTORY_ENTRIES, release_certificate);
    seen->certificates = history_table_new(sizeof(uint32_t), SM_LIMIT_HISTORY_ENTRIES, NULL);
    seen->objects = history_table_new(sizeof(object_entry), SM_LIMIT_HISTORY_ENTRIES, NULL);
    seen->uses = history_table_new(sizeof(use_entry), SM_LIMIT_HISTORY_ENTRIES, NULL);
    seen->protectors = history_table_new(sizeof(uint32_t), SM_LIMIT_HISTORY_ENTRIES, NULL);
    seen->accepts = history_table_new(sizeof(accepts_entry), SM_LIMIT_HISTORY_ENTRIES, NULL);
    return seen;
}

void history_seen_free(history_seen *seen)
{
    history_table_free(seen->signers);
    history_table_free(seen->certificates);
    history_table_free(seen->objects);
    history_table_free(seen->uses);
    history_table_free(seen->protectors);
    history_table_free(seen->accepts);
    g_free(seen);
}

static uint32_t frame_of(const sm_inspection *inspection)
{
    return inspection->carrier->frame_count ? inspection->carrier->frames[0] : 0;
}

/* Certificates (RFC 3261 23.2) */

static history_key signer_key(history_seen *seen, const sm_uri *sender, const sm_certificate *certificate)
{
    history_digest_begin(seen->digest, certificate ? 'C' : 'A');
    history_digest_aor(seen->digest, sender);
    if (certificate)
        history_digest_text(seen->digest, certificate->fingerprint);
    return history_digest_end(seen->digest);
}

/* A response may come from whom the request was retargeted to: its certificate counts for the callee only when it names the callee. */
static bool speaks_for(sm_arena *arena, const sm_inspection *inspection, const sm_signer *signer, const sm_uri *sender)
{
    if (!signer->certificate || signer->signature->signature.kind != SM_PASS)
        return false;
    if (inspection->carrier->kind == SM_CARRIER_MSRP || inspection->sip->request)
        return true;
    sm_claim claim = {"To", sm_bytes_of(sender->text, strlen(sender->text)), true};
    return sm_identity_match(arena, signer->certificate, &claim, 1)->verdict.kind == SM_PASS;
}

/* A certificate that this sender never showed, where another was shown before. Those seen once stay good: a user may have several devices. */
static void link_certificates(history_seen *seen, sm_arena *arena, const sm_inspection *inspection, const sm_uri *sender, sm_links *out)
{
    certificate_entry *known = history_table_find(seen->signers, signer_key(seen, sender, NULL));
    for (unsigned i = 0; known && i < inspection->signer_count; i++) {
        const sm_signer *signer = inspection->signers[i];
        if (!speaks_for(arena, inspection, signer, sender) ||
            history_table_find(seen->certificates, signer_key(seen, sender, signer->certificate)))
            continue;
        out->certificate_changed = known->frame;
        out->previous_certificate = sm_arena_strdup(arena, known->label);
        break;
    }
    for (unsigned i = 0; i < inspection->signer_count; i++) {
        const sm_signer *signer = inspection->signers[i];
        if (!speaks_for(arena, inspection, signer, sender))
            continue;
        uint32_t *shown = history_table_add(seen->certificates, signer_key(seen, sender, signer->certificate));
        *shown = frame_of(inspection);
        certificate_entry *entry = history_table_add(seen->signers, signer_key(seen, sender, NULL));
        entry->frame = frame_of(inspection);
        g_free(entry->label);
        entry->label = g_strdup(sm_certificate_label(arena, signer->certificate));
    }
}

/* Protected objects (RFC 3428 11.4) */

static uint64_t text_digest(history_seen *seen, const char *text)
{
    history_digest_begin(seen->digest, 't');
    history_digest_text(seen->digest, text);
    return history_digest_end(seen->digest).words[0];
}

static uint64_t aor_digest(history_seen *seen, const sm_uri *uri)
{
    history_digest_begin(seen->digest, 'u');
    if (uri)
        history_digest_aor(seen->digest, uri);
    return history_digest_end(seen->digest).words[0];
}

/* The host of "192.0.2.1:5060" and "[2001:db8::1]:5060". */
static uint64_t host_digest(history_seen *seen, const char *endpoint)
{
    const char *colon = endpoint ? strrchr(endpoint, ':') : NULL;
    history_digest_begin(seen->digest, 'h');
    if (colon)
        history_digest_add(seen->digest, sm_bytes_of(endpoint, (size_t)(colon - endpoint)));
    return history_digest_end(seen->digest).words[0];
}

static object_entry object_now(history_seen *seen, const sm_inspection *inspection, const history_parties *parties)
{
    const sm_carrier *carrier = inspection->carrier;
    bool msrp = carrier->kind == SM_CARRIER_MSRP;
    return (object_entry){
        .frame = frame_of(inspection),
        .seconds = carrier->time.seconds,
        .dialog = text_digest(seen, parties->dialog),
        .number = msrp ? text_digest(seen, carrier->msrp.message_id) : inspection->sip->cseq,
        .recipient = aor_digest(seen, parties->recipient),
        .user = text_digest(seen, parties->recipient ? parties->recipient->user : NULL),
        .passed_to = host_digest(seen, carrier->destination),
    };
}

/* Whether the object was merely passed on: a back-to-back user agent gives a message that it received another Call-ID, and sends it to the
 * same user from where it arrived. */
static bool is_passed_on(history_seen *seen, const object_entry *first, const object_entry *now, const sm_carrier *carrier)
{
    uint64_t source = host_digest(seen, carrier->source);
    int64_t after = now->seconds - first->seconds;
    return after >= 0 && after <= PASS_ON_SECONDS && source == first->passed_to && source != now->passed_to && now->user == first->user;
}

/* In its own dialog an object may be sent again (after a challenge, to refresh), but the very request not long after its transaction ended. */
static bool is_replay(history_seen *seen, const object_entry *first, const object_entry *now, const sm_carrier *carrier)
{
    if (first->dialog == now->dialog && first->recipient == now->recipient)
        return first->number == now->number && now->seconds - first->seconds > HISTORY_COPY_SECONDS;
    return !is_passed_on(seen, first, now, carrier);
}

static void link_object(history_seen *seen, history_key key, const object_entry *now, const sm_carrier *carrier, sm_links *out)
{
    object_entry *entry = history_table_add(seen->objects, key);
    if (entry->frame == 0)
        *entry = *now;
    else if (out->replay_of == 0 && is_replay(seen, entry, now, carrier))
        out->replay_of = entry->frame;
}

static history_key signature_key(history_seen *seen, const sm_signer *signer)
{
    history_digest_begin(seen->digest, 'S');
    history_digest_add(seen->digest, signer->info->signature);
    history_digest_add(seen->digest, signer->info->signed_attributes.encoding);
    return history_digest_end(seen->digest);
}

static history_key ciphertext_key(history_seen *seen, const sm_enveloped_data *data)
{
    history_digest_begin(seen->digest, 'E');
    history_digest_add(seen->digest, data->content);
    history_digest_add(seen->digest, data->mac);
    return history_digest_end(seen->digest);
}

static bool has_ciphertext(const sm_layer *layer)
{
    return layer->decryption && layer->cms->enveloped_data && layer->cms->enveloped_data->content.length > 0;
}

static void link_objects(history_seen *seen, const sm_inspection *inspection, const history_parties *parties, sm_links *out)
{
    object_entry now = object_now(seen, inspection, parties);
    for (unsigned i = 0; i < inspection->signer_count; i++) {
        const sm_signer *signer = inspection->signers[i];
        if (signer->info->signature.length > 0)
            link_object(seen, signature_key(seen, signer), &now, inspection->carrier, out);
    }
    for (unsigned i = 0; i < inspection->layer_count; i++)
        if (has_ciphertext(inspection->layers[i]))
            link_object(seen, ciphertext_key(seen, inspection->layers[i]->cms->enveloped_data), &now, inspection->carrier, out);
}

/* Nonces (RFC 5084 3) and ephemeral keys (RFC 8418 2). The same ciphertext seen again is the same object, not a second use. */

static uint32_t used_before(history_seen *seen, history_key key, uint32_t frame, uint64_t object)
{
    use_entry *entry = history_table_add(seen->uses, key);
    if (entry->frame == 0)
        *entry = (use_entry){frame, object};
    return entry->object == object ? 0 : entry->frame;
}

static history_key use_key(history_seen *seen, char subject, sm_bytes nonce, sm_bytes key)
{
    history_digest_begin(seen->digest, subject);
    history_digest_add(seen->digest, nonce);
    history_digest_add(seen->digest, key);
    return history_digest_end(seen->digest);
}

static uint32_t nonce_used_before(history_seen *seen, sm_arena *arena, const sm_layer *layer, uint32_t frame, uint64_t object)
{
    const sm_enveloped_data *data = layer->cms->enveloped_data;
    sm_cipher_parameters parameters;
    const char *fault;
    if (!sm_cipher_parameters_parse(arena, &data->content_encryption, &parameters, &fault) ||
        parameters.cipher->class_ != SM_ALGORITHM_AEAD)
        return 0;
    uint32_t found = 0;
    if (layer->decryption->verdict.kind == SM_PASS) {
        sm_bytes key = sm_bytes_of(layer->decryption->key_digest, sizeof layer->decryption->key_digest);
        found = used_before(seen, use_key(seen, 'N', parameters.nonce, key), frame, object);
    }
    for (unsigned i = 0; i < MIN(data->recipient_count, WRAPPED_KEYS); i++) {
        sm_bytes wrapped = data->recipients[i].encrypted_key;
        if (wrapped.length == 0)
            continue;
        uint32_t before = used_before(seen, use_key(seen, 'W', parameters.nonce, wrapped), frame, object);
        found = found ? found : before;
    }
    return found;
}

static uint32_t ephemeral_used_before(history_seen *seen, const sm_layer *layer, uint32_t frame, uint64_t object)
{
    const sm_enveloped_data *data = layer->cms->enveloped_data;
    uint32_t found = 0;
    for (unsigned i = 0; i < data->recipient_count && !found; i++) {
        const sm_recipient_info *recipient = &data->recipients[i];
        bool first_of_group = i == 0 || recipient[-1].kind != SM_RECIPIENT_KEY_AGREEMENT || recipient[-1].group != recipient->group;
        if (recipient->kind == SM_RECIPIENT_KEY_AGREEMENT && first_of_group && recipient->originator_key.length > 0)
            found = used_before(seen, use_key(seen, 'K', SM_BYTES_NONE, recipient->originator_key), frame, object);
    }
    return found;
}

static void link_keys(history_seen *seen, sm_arena *arena, const sm_inspection *inspection, sm_links *out)
{
    uint32_t frame = frame_of(inspection);
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        if (!has_ciphertext(layer))
            continue;
        uint64_t object = ciphertext_key(seen, layer->cms->enveloped_data).words[0];
        uint32_t nonce = nonce_used_before(seen, arena, layer, frame, object);
        uint32_t ephemeral = ephemeral_used_before(seen, layer, frame, object);
        out->nonce_reuse = out->nonce_reuse ? out->nonce_reuse : nonce;
        out->ephemeral_reuse = out->ephemeral_reuse ? out->ephemeral_reuse : ephemeral;
    }
}

/* Protection as such (RFC 3261 23.2) */

static bool is_protected(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++)
        if (!inspection->layers[i]->certs_only)
            return true;
    return false;
}

/* The first message without S/MIME after one with it: what follows, follows from it. */
static void link_protection(history_seen *seen, const sm_inspection *inspection, const history_parties *parties, sm_links *out)
{
    bool protects = is_protected(inspection);
    if (inspection->carrier->kind != SM_CARRIER_SIP || !inspection->sip->request || !parties->sender || !parties->recipient)
        return;
    if (!protects && (inspection->layer_count > 0 || history_table_count(seen->protectors) == 0 || !history_bears_content(inspection)))
        return;
    history_digest_begin(seen->digest, 'P');
    history_digest_aor(seen->digest, parties->sender);
    history_digest_aor(seen->digest, parties->recipient);
    history_digest_text(seen->digest, inspection->sip->method);
    history_key key = history_digest_end(seen->digest);
    if (protects) {
        uint32_t *frame = history_table_add(seen->protectors, key);
        *frame = frame_of(inspection);
        return;
    }
    uint32_t *frame = history_table_find(seen->protectors, key);
    if (!frame)
        return;
    out->smime_before = *frame;
    *frame = 0;
}

/* Capabilities (RFC 3261 20.1, 21.4.13; RFC 4975 8.6; RFC 8591 6) */

static unsigned accepted(const char *range)
{
    static const struct {
        const char *range;
        unsigned accepts;
    } ranges[] = {
        {"application/pkcs7-mime", SM_ACCEPTS_PKCS7_MIME},
        {"application/x-pkcs7-mime", SM_ACCEPTS_PKCS7_MIME},
        {"application/pkcs7-signature", SM_ACCEPTS_PKCS7_SIGNATURE},
        {"application/x-pkcs7-signature", SM_ACCEPTS_PKCS7_SIGNATURE},
        {"multipart/signed", SM_ACCEPTS_MULTIPART_SIGNED},
        {"message/cpim", SM_ACCEPTS_CPIM},
        {"application/*", SM_ACCEPTS_PKCS7_MIME | SM_ACCEPTS_PKCS7_SIGNATURE},
        {"multipart/*", SM_ACCEPTS_MULTIPART_SIGNED},
        {"message/*", SM_ACCEPTS_CPIM},
        {"*/*", SM_ACCEPTS_ANYTHING},
        {"*", SM_ACCEPTS_ANYTHING},
    };
    size_t length = strcspn(range, "; \t");
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
        if (strlen(ranges[i].range) == length && g_ascii_strncasecmp(range, ranges[i].range, length) == 0)
            return ranges[i].accepts;
    return 0;
}

static unsigned accepted_of(const char *const *list, unsigned count)
{
    unsigned accepts = 0;
    for (unsigned i = 0; i < count; i++)
        accepts |= accepted(list[i]);
    return accepts;
}

/* Whether the message tells what its sender takes; `accepts` gets it. */
static bool tells_accepts(const sm_inspection *inspection, unsigned *accepts)
{
    const sm_sip_message *sip = inspection->sip;
    bool answer = !sip->request && ((sip->status >= 200 && sip->status < 300) || sip->status == 415);
    bool told = answer && sip->accept_present;
    *accepts = told ? accepted_of(sip->accept, sip->accept_count) : 0;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_sdp *sdp = inspection->parts[i]->sdp;
        for (unsigned j = 0; sdp && j < sdp->msrp_count; j++) {
            told = told || sdp->msrp[j].accept_types_present;
            *accepts |= accepted_of(sdp->msrp[j].accept_types, sdp->msrp[j].accept_type_count);
        }
    }
    return told;
}

static history_key accepts_key(history_seen *seen, const sm_uri *uri)
{
    history_digest_begin(seen->digest, 'U');
    history_digest_aor(seen->digest, uri);
    return history_digest_end(seen->digest);
}

static void link_accepts(history_seen *seen, const sm_inspection *inspection, const history_parties *parties, sm_links *out)
{
    if (inspection->layer_count > 0 && parties->recipient) {
        const accepts_entry *entry = history_table_find(seen->accepts, accepts_key(seen, parties->recipient));
        out->recipient_accepts = entry ? entry->accepts : 0;
        out->recipient_accepts_frame = entry ? entry->frame : 0;
    }
    unsigned accepts;
    if (inspection->carrier->kind != SM_CARRIER_SIP || !parties->sender || !tells_accepts(inspection, &accepts))
        return;
    accepts_entry *entry = history_table_add(seen->accepts, accepts_key(seen, parties->sender));
    *entry = (accepts_entry){frame_of(inspection), accepts};
}

void history_seen_link(history_seen *seen, sm_arena *arena, const sm_inspection *inspection, const history_parties *parties, sm_links *out)
{
    if (out->retransmission_of)
        return;
    link_protection(seen, inspection, parties, out);
    link_accepts(seen, inspection, parties, out);
    if (inspection->layer_count == 0)
        return;
    if (parties->sender)
        link_certificates(seen, arena, inspection, parties->sender, out);
    link_objects(seen, inspection, parties, out);
    link_keys(seen, arena, inspection, out);
}
