/* History: the verdicts on a message as a whole, and the one line a person reads first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/summary.h"

#include "base/bounds.h"
#include "cms/algorithms.h"

/* Verdicts */

static sm_verdict signer_verdict(const sm_signer *signer)
{
    sm_verdict verdict = sm_verdict_and(signer->signature->signature, signer->signature->digest);
    verdict = sm_verdict_and(verdict, signer->path_verdict);
    verdict = sm_verdict_and(verdict, signer->valid);
    /* Without a CRL nothing is known against the certificate; that is said beside, and does not take a pass away. */
    if (signer->revocation.kind == SM_FAIL)
        verdict = sm_verdict_and(verdict, signer->revocation);
    return verdict;
}

/* The innermost layer that has signers: the one whose signers vouch for the content. */
static const sm_layer *signing_layer(const sm_inspection *inspection)
{
    const sm_layer *found = NULL;
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        if (layer->signer_count && (!found || layer->depth >= found->depth))
            found = layer;
    }
    return found;
}

static bool encrypts(const sm_layer *layer)
{
    return layer->type == SM_CMS_ENVELOPED || layer->type == SM_CMS_AUTH_ENVELOPED || layer->type == SM_CMS_ENCRYPTED;
}

/* A multipart/signed whose signature part holds a SignedData that nobody signed, where one was: who takes SignerInfos away has not made it an
 * unsigned message. */
static bool is_signed_by_nobody(const sm_layer *layer)
{
    return layer->part->kind == SM_PART_SIGNED_MULTIPART && layer->cms->structure.kind == SM_PASS && layer->signer_count == 0;
}

/* Whether a limit kept something from being looked at, which may be protected. Limits on explaining failures are none of these. */
static bool is_left_out(const sm_inspection *inspection)
{
    if (inspection->limit_count == 0)
        return false;
    bool out = inspection->layer_count == 0 || inspection->part_count >= SM_LIMIT_MIME_PARTS;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        bool unopened = (part->kind == SM_PART_CMS || part->kind == SM_PART_SIGNED_MULTIPART) && part->layer == NULL;
        out = out || unopened || part->depth >= SM_LIMIT_MIME_DEPTH || part->entity->limit || (part->multipart && part->multipart->limit);
    }
    return out;
}

/* Whether what is in a layer is not known, though it should be: of no envelope. AuthenticatedData hides nothing. */
static bool is_unopened(const sm_layer *layer)
{
    bool stopped = layer->opened.kind == SM_FAIL || layer->opened.kind == SM_NOT_EVALUATED;
    return stopped && layer->content == NULL && layer->type != SM_CMS_AUTHENTICATED;
}

/* Why nothing can be said of signatures: an unopened or unreadable layer may hide one. */
static sm_verdict hidden(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        if (layer->cms->structure.kind == SM_FAIL)
            return sm_not_evaluated(SM_REASON_NOT_PARSED, layer->cms->structure.detail);
        if (layer->cms->structure.kind == SM_NOT_EVALUATED)
            return layer->cms->structure;
        if (is_signed_by_nobody(layer))
            return sm_not_evaluated(SM_REASON_NOT_SIGNED, "multipart/signed, and its second part holds no signature");
        if (encrypts(layer) && layer->opened.kind != SM_PASS)
            return sm_not_evaluated(SM_REASON_NOT_DECRYPTED, "a layer could not be opened: what is inside is not known");
        if (is_unopened(layer))
            return layer->opened.kind == SM_FAIL ? sm_not_evaluated(SM_REASON_NOT_PARSED, layer->opened.detail) : layer->opened;
    }
    if (is_left_out(inspection))
        return sm_not_evaluated(SM_REASON_LIMIT, inspection->limits[0]);
    return sm_not_applicable(inspection->layer_count ? SM_REASON_NOT_SIGNED : SM_REASON_NOT_SMIME, NULL);
}

/* A multipart/signed that announces an S/MIME signature. */
static bool is_said_to_be_signed(const sm_part *part)
{
    const sm_media_type *type = part->entity->content_type;
    const char *protocol = sm_media_type_parameter(type, "protocol");
    bool smime = protocol && (g_ascii_strcasecmp(protocol, "application/pkcs7-signature") == 0 ||
                              g_ascii_strcasecmp(protocol, "application/x-pkcs7-signature") == 0);
    return smime && sm_media_type_is(type, "multipart/signed");
}

/* Whether every reader of the message reads what the layer's signers signed, and no more. The header fields and multiparts around it that
 * no signature covers decide that; a part that is signed with all its oddities is the signer's own. */
static sm_verdict read_alike(const sm_inspection *inspection, const sm_layer *signing)
{
    static const char parts_only[] = "the signatures hold, but they cover parts of the message and not the whole of it";
    for (const sm_part *part = signing->part; part && !part->is_signed; part = part->parent) {
        if (sm_entity_contradicts(part->entity, "Content-Type"))
            return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM, "Content-Type stands there twice and differs: readers may read something else");
        if (sm_entity_contradicts(part->entity, "Content-Transfer-Encoding"))
            return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM, "Content-Transfer-Encoding stands there twice and differs: readers may read something else");
        if (part->multipart && sm_media_type_contradicts(part->entity->content_type, "boundary"))
            return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM, "the boundary parameter stands there twice and differs: readers may read other parts");
        if (part->kind == SM_PART_SIGNED_MULTIPART && part->multipart->part_count != 2) /* RFC 1847 2.1: exactly two */
            return sm_not_evaluated(SM_REASON_NOT_SIGNED, parts_only);
        if (part->kind == SM_PART_MULTIPART && is_said_to_be_signed(part)) /* its first part is taken for what was signed */
            return sm_not_evaluated(SM_REASON_NOT_SIGNED, parts_only);
    }
    if (signing->part->kind == SM_PART_SIGNED_MULTIPART && !sm_bytes_equal(signing->cms->signed_data->content_type, SM_OID_DATA))
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM, "the signature is one over another kind of content than a MIME entity (RFC 8551 2.4.1: id-data)");
    /* What is read is a multipart around several protected parts: anything may stand beside them. */
    if (inspection->content && !inspection->content->is_signed)
        return sm_not_evaluated(SM_REASON_NOT_SIGNED, parts_only);
    return SM_VERDICT_PASS;
}

/* Whether something to read stands beside what was signed: anybody on the way may have put it there (RFC 8591 9.1). */
static bool is_beside_unsigned(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (part->parent && part->parent->kind == SM_PART_MULTIPART && !part->is_signed && part->layer == NULL && part->child_count == 0)
            return true;
    }
    return false;
}

static sm_verdict judge_signed(const sm_inspection *inspection, const sm_layer *signing)
{
    if (!signing)
        return hidden(inspection);
    sm_verdict verdict = signer_verdict(signing->signers[0]);
    for (unsigned i = 1; i < signing->signer_count; i++)
        verdict = sm_verdict_and(verdict, signer_verdict(signing->signers[i]));
    for (unsigned i = 0; i < inspection->layer_count; i++) { /* signatures further out must hold too */
        const sm_layer *layer = inspection->layers[i];
        for (unsigned j = 0; layer != signing && j < layer->signer_count; j++)
            verdict = sm_verdict_and(verdict, signer_verdict(layer->signers[j]));
    }
    return verdict.kind == SM_PASS ? read_alike(inspection, signing) : verdict;
}

static sm_verdict judge_encrypted(const sm_inspection *inspection)
{
    bool any = false, authenticated = true, plausible = true;
    sm_verdict verdict = SM_VERDICT_PASS;
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        if (!encrypts(layer))
            continue;
        any = true;
        verdict = sm_verdict_and(verdict, layer->decryption ? layer->decryption->verdict : layer->opened);
        authenticated = authenticated && layer->decryption && layer->decryption->authenticated;
        plausible = plausible && !(layer->decryption && layer->decryption->implausible);
    }
    if (!any) {
        sm_verdict why = hidden(inspection);
        return why.kind == SM_NOT_APPLICABLE ? sm_not_applicable(inspection->layer_count ? SM_REASON_NOT_ENCRYPTED : SM_REASON_NOT_SMIME, NULL)
                                             : why;
    }
    if (verdict.kind == SM_PASS && !authenticated)
        verdict.detail = plausible ? "decrypted, but the cipher does not authenticate what came out"
                                   : "decrypted, but the cipher does not authenticate what came out, which is no S/MIME content: content or key may be wrong";
    return verdict;
}

/* Whether another layer with signers lies inside this one. */
static bool encloses_signers(const sm_inspection *inspection, const sm_layer *layer)
{
    for (unsigned i = 0; i < inspection->layer_count; i++)
        for (const sm_layer *around = inspection->layers[i]->outer; inspection->layers[i]->signer_count && around; around = around->outer)
            if (around == layer)
                return true;
    return false;
}

/* Of the innermost signers. Parts that are signed side by side must all be the sender's: one of a stranger's would pass for the sender's own. */
static sm_verdict judge_identity(const sm_conclusion *conclusion, const sm_layer *signing)
{
    const sm_inspection *inspection = conclusion->inspection;
    if (!signing)
        return hidden(inspection);
    sm_verdict verdict = conclusion->identities[signing->signers[0]->index]->verdict;
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        if (encloses_signers(inspection, layer))
            continue;
        for (unsigned j = 0; j < layer->signer_count; j++)
            verdict = sm_verdict_and(verdict, conclusion->identities[layer->signers[j]->index]->verdict);
    }
    return verdict;
}

/* The line */

static void say(GString *line, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(GString *line, const char *format, ...)
{
    if (line->len)
        g_string_append(line, ", ");
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(line, format, arguments);
    va_end(arguments);
}

static bool has_encryption(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++)
        if (encrypts(inspection->layers[i]))
            return true;
    return false;
}

/* Whether a layer came out as something that is no S/MIME content, and nothing authenticates it. */
static bool shows_nonsense(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++)
        if (inspection->layers[i]->decryption && inspection->layers[i]->decryption->implausible)
            return true;
    return false;
}

static void say_encryption(GString *line, const sm_conclusion *conclusion)
{
    const sm_verdict *verdict = &conclusion->encrypted;
    switch (verdict->kind) {
    case SM_PASS:
        if (shows_nonsense(conclusion->inspection))
            say(line, "decrypted (not authenticated, no S/MIME content)");
        else
            say(line, verdict->detail ? "decrypted (not authenticated)" : "decrypted");
        break;
    case SM_FAIL:
        say(line, "decryption FAILED (%s)", sm_reason_word(verdict->reason));
        break;
    case SM_NOT_EVALUATED:
        if (verdict->reason == SM_REASON_NO_KEY)
            say(line, "encrypted, no key fits");
        else if (has_encryption(conclusion->inspection))
            say(line, "not decrypted (%s)", sm_reason_word(verdict->reason));
        break;
    case SM_NOT_APPLICABLE:
        break;
    }
}

static const char *signer_name(const sm_signer *signer)
{
    const sm_certificate *certificate = signer->certificate;
    if (!certificate)
        return NULL;
    const char *uri = sm_identity_name(certificate);
    return uri ? uri : certificate->subject;
}

static void say_signature(GString *line, const sm_signature *signature)
{
    sm_verdict both = sm_verdict_and(signature->signature, signature->digest);
    if (both.kind == SM_PASS)
        say(line, "signature valid");
    else if (signature->digest.kind == SM_FAIL && signature->signature.kind == SM_PASS)
        say(line, "signature INVALID (content changed after signing)");
    else if (both.kind == SM_FAIL)
        say(line, "signature INVALID (%s)", sm_reason_word(both.reason));
    else
        say(line, "signature not evaluated (%s)", sm_reason_word(both.reason));
}

static void say_certificate(GString *line, const sm_signer *signer)
{
    if (!signer->certificate)
        return; /* said by the signature */
    if (signer->path_verdict.kind == SM_FAIL)
        say(line, "certificate NOT trusted (%s)", sm_reason_word(signer->path_verdict.reason));
    else if (signer->revocation.kind == SM_FAIL)
        say(line, "certificate %s", signer->revocation.reason == SM_REASON_REVOKED ? "REVOKED" : "revocation not sound");
    else if (signer->valid.kind == SM_FAIL)
        say(line, "certificate %s", signer->valid.reason == SM_REASON_EXPIRED ? "EXPIRED" : "NOT YET VALID");
    else if (signer->path_verdict.kind == SM_NOT_EVALUATED)
        say(line, "certificate not evaluated (%s)", sm_reason_word(signer->path_verdict.reason));
    else if (signer->valid.kind != SM_PASS)
        say(line, "certificate dates not evaluated (%s)", sm_reason_word(signer->valid.reason));
    else if (signer->valid_now.kind == SM_FAIL && signer->valid_now.reason == SM_REASON_EXPIRED)
        say(line, "certificate valid then but expired now");
    else
        say(line, "certificate valid");
}

/* A certificate that names the sender makes nobody the sender as long as the signature does not hold, and proves nothing when nobody trusted vouches
 * for it. */
static void say_identity(GString *line, const sm_identity *identity, const sm_signer *signer, bool signature_holds)
{
    bool stands = signer->path_verdict.kind != SM_FAIL && signer->revocation.kind != SM_FAIL;
    switch (identity->verdict.kind) {
    case SM_PASS:
        if (signature_holds)
            say(line, "sender matches %s%s", identity->matched_header ? identity->matched_header : "the message", stands ? "" : ", but unproven");
        break;
    case SM_FAIL:
        say(line, "%s", identity->verdict.reason == SM_REASON_NO_SIP_IDENTITY ? "certificate names NO SIP identity" : "sender does NOT match");
        break;
    case SM_NOT_EVALUATED:
        say(line, "sender not compared (%s)", sm_reason_word(identity->verdict.reason));
        break;
    case SM_NOT_APPLICABLE:
        break;
    }
}

/* What could not be looked into; an envelope is spoken of by say_encryption(). */
static void say_unread(GString *line, const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        if (encrypts(layer))
            continue;
        if (layer->cms->structure.kind != SM_PASS) {
            say(line, "not readable as CMS (%s)", sm_reason_word(layer->cms->structure.reason));
            return;
        }
        if (is_unopened(layer)) {
            say(line, "not opened (%s)", sm_reason_word(layer->opened.reason));
            return;
        }
    }
    if (is_left_out(inspection))
        say(line, "not read to the end (%s)", sm_reason_word(SM_REASON_LIMIT));
}

static const char *summary_of(sm_arena *arena, const sm_conclusion *conclusion, const sm_layer *signing)
{
    const sm_inspection *inspection = conclusion->inspection;
    if (!inspection->layer_count)
        return NULL;
    GString *line = g_string_new(NULL);
    say_encryption(line, conclusion);
    for (unsigned i = 0; signing && i < signing->signer_count; i++) {
        const sm_signer *signer = signing->signers[i];
        const char *name = signer_name(signer);
        bool holds = sm_verdict_and(signer->signature->signature, signer->signature->digest).kind == SM_PASS;
        if (name && *name)
            say(line, "%ssigned by %s", holds ? "" : "said to be ", name);
        else
            say(line, "signed");
        say_signature(line, signer->signature);
        say_certificate(line, signer);
        say_identity(line, conclusion->identities[signer->index], signer, holds);
    }
    sm_verdict alike = signing ? read_alike(inspection, signing) : SM_VERDICT_PASS;
    if (alike.kind != SM_PASS)
        say(line, alike.reason == SM_REASON_NOT_SIGNED ? "but NOT the whole message" : "but readers may read something else");
    else if (signing && is_beside_unsigned(inspection))
        say(line, "beside parts that nobody signed");
    if (!signing && conclusion->signed_.kind == SM_NOT_APPLICABLE) {
        const sm_layer *only = inspection->layers[0];
        if (only->certs_only)
            say(line, "certificates only (%u)", only->certificate_count);
        else
            say(line, "not signed");
    } else if (!signing && conclusion->signed_.reason == SM_REASON_NOT_SIGNED) {
        say(line, "said to be signed, but NOT signed");
    } else if (!signing) {
        say_unread(line, inspection);
    }
    if (conclusion->links.retransmission_of)
        say(line, conclusion->links.other_hop ? "copy of frame %u on another hop" : "retransmission of frame %u",
            (unsigned)conclusion->links.retransmission_of);
    const char *text = sm_arena_strdup(arena, line->str);
    g_string_free(line, TRUE);
    return text;
}

void history_summarise(sm_arena *arena, sm_conclusion *conclusion)
{
    const sm_inspection *inspection = conclusion->inspection;
    const sm_layer *signing = signing_layer(inspection);
    conclusion->signed_ = judge_signed(inspection, signing);
    conclusion->encrypted = judge_encrypted(inspection);
    conclusion->identity = judge_identity(conclusion, signing);
    conclusion->signer = signing ? signer_name(signing->signers[0]) : NULL;
    conclusion->summary = summary_of(arena, conclusion, signing);
}
