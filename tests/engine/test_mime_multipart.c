/* Multipart: one octet too many or too few in a part and a good signature fails; a delimiter seen where there is none and
 * something unsigned passes for signed. */

#include "mime/entity.h"

#include "base/bounds.h"

static sm_arena *arena;

#define split(text, boundary) sm_multipart_split(arena, SM_BYTES_LITERAL(text), boundary)
#define assert_part(multipart, index, text)                                \
    do {                                                                   \
        g_assert_cmpuint((multipart)->part_count, >, (index));             \
        sm_bytes part_ = (multipart)->parts[index];                        \
        g_assert_true(sm_bytes_present(part_));                            \
        g_assert_cmpmem(part_.data, part_.length, text, sizeof(text) - 1); \
    } while (0)

/* RFC 2046 5.1.1, the simple example: the first part ends without a line break, the second with one. */
static void test_rfc2046(void)
{
    const sm_multipart *m =
        split("This is the preamble.  It is to be ignored, though it\r\nis a handy place.\r\n\r\n"
              "--simple boundary\r\n\r\nThis is implicitly typed plain US-ASCII text.\r\n"
              "It does NOT end with a linebreak.\r\n--simple boundary\r\n"
              "Content-type: text/plain; charset=us-ascii\r\n\r\n"
              "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n\r\n"
              "--simple boundary--\r\n\r\nThis is the epilogue.  It is also to be ignored.\r\n",
              "simple boundary");
    g_assert_cmpuint(m->part_count, ==, 2);
    assert_part(m, 0,
                "\r\nThis is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.");
    assert_part(
        m, 1,
        "Content-type: text/plain; charset=us-ascii\r\n\r\nThis is explicitly typed plain US-ASCII text.\r\n"
        "It DOES end with a linebreak.\r\n");
    g_assert_true(m->closed);
    g_assert_false(m->bare_lf);
    g_assert_null(m->fault);
    g_assert_cmpmem(m->preamble.data, m->preamble.length,
                    "This is the preamble.  It is to be ignored, though it\r\nis a handy place.\r\n", 74);
    g_assert_cmpmem(m->epilogue.data, m->epilogue.length,
                    "\r\nThis is the epilogue.  It is also to be ignored.\r\n", 52);
}

/* RFC 1847 2.1's example of multipart/signed. */
static void test_rfc1847(void)
{
    const sm_multipart *m = split(
        "--Signed Boundary\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\n\r\n"
        "This is some text to be signed although it could be\r\nany type of data, labeled accordingly, of course.\r\n\r\n"
        "--Signed Boundary\r\nContent-Type: TYPE/STYPE\r\n\r\n"
        "CONTROL INFORMATION for protocol \"TYPE/STYPE\" would be here\r\n\r\n--Signed Boundary--",
        "Signed Boundary");
    g_assert_cmpuint(m->part_count, ==, 2);
    assert_part(
        m, 0,
        "Content-Type: text/plain; charset=\"us-ascii\"\r\n\r\nThis is some text to be signed although it could be\r\n"
        "any type of data, labeled accordingly, of course.\r\n");
    assert_part(
        m, 1,
        "Content-Type: TYPE/STYPE\r\n\r\nCONTROL INFORMATION for protocol \"TYPE/STYPE\" would be here\r\n");
    g_assert_true(m->closed);
    g_assert_false(sm_bytes_present(m->preamble));
    g_assert_false(sm_bytes_present(m->epilogue));
}

static void test_exact(void)
{
    const sm_multipart *m = split(
        "--b\r\n\r\none\r\n--bb\r\n--b-\r\n--b--x\r\n --b\r\nx--b\r\n--b x\r\n-- b\r\n--B\r\n---b\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
        "b");
    g_assert_cmpuint(m->part_count, ==, 2);
    assert_part(m, 0, "\r\none\r\n--bb\r\n--b-\r\n--b--x\r\n --b\r\nx--b\r\n--b x\r\n-- b\r\n--B\r\n---b");
    assert_part(m, 1, "\r\ntwo");
    /* an inner boundary that begins with the outer one */
    m = split("--b\r\n\r\n--b1\r\n\r\nx\r\n--b1--\r\n\r\n--b--", "b");
    g_assert_cmpuint(m->part_count, ==, 1);
    assert_part(m, 0, "\r\n--b1\r\n\r\nx\r\n--b1--\r\n");
    /* delimiters behind the closing one are epilogue */
    m = split("--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n--b--\r\n", "b");
    g_assert_cmpuint(m->part_count, ==, 1);
    g_assert_cmpmem(m->epilogue.data, m->epilogue.length, "--b\r\n\r\ny\r\n--b--\r\n", 17);
}

static void test_padding(void)
{
    const sm_multipart *m = split("--b \t \r\n\r\nx\r\n--b\t\r\n\r\ny\r\n--b-- \t\r\n", "b");
    g_assert_cmpuint(m->part_count, ==, 2);
    assert_part(m, 0, "\r\nx");
    assert_part(m, 1, "\r\ny");
    g_assert_true(m->closed);
    /* a blank at the end of the parameter is presumed a gateway's; whoever meant it is understood as well */
    m = split("--b\r\n\r\nx\r\n--b--\r\n", "b ");
    assert_part(m, 0, "\r\nx");
    m = split("--b \r\n\r\nx\r\n--b --\r\n", "b ");
    g_assert_cmpuint(m->part_count, ==, 1);
    g_assert_true(m->closed);
}

static void test_edges(void)
{
    const sm_multipart *m = split("\r\n--b\r\n\r\nx\r\n--b--\r\n", "b");
    g_assert_true(sm_bytes_present(m->preamble));
    g_assert_cmpuint(m->preamble.length, ==, 0);
    g_assert_true(sm_bytes_present(m->epilogue));
    g_assert_cmpuint(m->epilogue.length, ==, 0);
    m = split("--b\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b--", "b"); /* parts of no, of one, of two line ends */
    g_assert_cmpuint(m->part_count, ==, 3);
    assert_part(m, 0, "");
    assert_part(m, 1, "");
    assert_part(m, 2, "\r\n");
    m = split("--b\r\n\r\na\0b\r\n\0--b\r\n\0\r\n--b--", "b");
    g_assert_cmpuint(m->part_count, ==, 1);
    assert_part(m, 0, "\r\na\0b\r\n\0--b\r\n\0");
    m = split("--b\r\n\r\nx\r\r\n--b--\r", "b"); /* the capture ends within the last line end */
    assert_part(m, 0, "\r\nx\r");
    g_assert_true(m->closed);
}

static void test_unclosed(void)
{
    const sm_multipart *m = split("--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n", "b");
    g_assert_cmpuint(m->part_count, ==, 2);
    assert_part(m, 1, "\r\ny\r\n");
    g_assert_false(m->closed);
    g_assert_null(m->fault);
    m = split("--b\r\n\r\nx\r\n--b", "b"); /* whether the delimiter is whole is not known */
    g_assert_cmpuint(m->part_count, ==, 1);
    g_assert_false(m->closed);
    m = split("--b\r\n", "b");
    g_assert_cmpuint(m->part_count, ==, 1);
    assert_part(m, 0, "");
}

static void test_bare_lf(void)
{
    const sm_multipart *m = split("pre\n--b\n\nx\r\n\n--b\n\ny\n--b--\n", "b");
    g_assert_cmpuint(m->part_count, ==, 2);
    assert_part(m, 0, "\nx\r\n");
    assert_part(m, 1, "\ny");
    g_assert_true(m->bare_lf);
    g_assert_true(m->closed);
    g_assert_cmpmem(m->preamble.data, m->preamble.length, "pre", 3);
    /* within a whole multipart of CRLF lines it is content: nobody may hide or add a part with it */
    m = split("--b\r\n\r\nx\n--b\n\nevil\n--b--\n\r\n--b\r\n\r\ny\r\n--b--\r\n", "b");
    g_assert_cmpuint(m->part_count, ==, 2);
    assert_part(m, 0, "\r\nx\n--b\n\nevil\n--b--\n");
    g_assert_false(m->bare_lf);
    m = split("--b\r\n\r\nx\r\n--b\r\n\r\ny\n--b--\n", "b"); /* only so is it whole */
    g_assert_true(m->bare_lf);
    g_assert_true(m->closed);
    assert_part(m, 1, "\r\ny");
    m = split("--b\r\n\r\nx\n--b\n\ny", "b"); /* not whole either way */
    g_assert_cmpuint(m->part_count, ==, 1);
    g_assert_false(m->bare_lf);
}

static void test_faults(void)
{
    g_assert_nonnull(split("--b\r\n", NULL)->fault);
    g_assert_nonnull(split("--\r\n\r\n----\r\n", "")->fault);
    g_assert_nonnull(split("--  \r\n", "  ")->fault);
    g_assert_nonnull(split("--a\r\nb\r\n", "a\r\nb")->fault);
    g_assert_nonnull(split("no delimiter", "b")->fault);
    g_assert_nonnull(split("", "b")->fault);
    g_assert_nonnull(sm_multipart_split(arena, SM_BYTES_NONE, "b")->fault);
    g_assert_nonnull(split("--b--\r\n", "b")->fault);
    g_assert_cmpuint(split("--b--\r\n", "b")->part_count, ==, 0);
    g_assert_cmpuint(split("-", "b")->part_count, ==, 0);
}

/* RFC 2046 5.1.1: up to 70 characters; the simplest boundary, and one of hyphens. */
static void test_boundaries(void)
{
    char boundary[71];
    memset(boundary, '=', 70);
    boundary[70] = '\0';
    const char *body =
        sm_arena_printf(arena, "--%s\r\n\r\nx\r\n--%.69s\r\n--%s--\r\n", boundary, boundary, boundary);
    const sm_multipart *m = sm_multipart_split(arena, sm_bytes_of(body, strlen(body)), boundary);
    g_assert_cmpuint(m->part_count, ==, 1);
    g_assert_true(m->closed);
    m = split("---\r\n\r\nx\r\n-----\r\n", "-");
    g_assert_cmpuint(m->part_count, ==, 1);
    g_assert_true(m->closed);
    assert_part(m, 0, "\r\nx");
}

static void test_limit(void)
{
    GString *body = g_string_new(NULL);
    for (int i = 0; i < SM_LIMIT_MIME_PARTS; i++)
        g_string_append(body, "--b\r\n\r\nx\r\n");
    gsize full = body->len;
    g_string_append(body, "--b--\r\n");
    const sm_multipart *m = sm_multipart_split(arena, sm_bytes_of(body->str, body->len), "b");
    g_assert_cmpuint(m->part_count, ==, SM_LIMIT_MIME_PARTS);
    g_assert_false(m->limit);
    g_assert_true(m->closed);
    g_string_insert(body, (gssize)full, "--b\r\n\r\nx\r\n");
    m = sm_multipart_split(arena, sm_bytes_of(body->str, body->len), "b");
    g_assert_true(m->limit);
    g_assert_nonnull(strstr(m->fault, "SM_LIMIT_MIME_PARTS"));
    g_assert_cmpuint(m->part_count, ==, SM_LIMIT_MIME_PARTS);
    g_assert_false(m->closed);
    assert_part(m, SM_LIMIT_MIME_PARTS - 1, "\r\nx");
    g_string_free(body, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/mime/multipart/rfc2046", test_rfc2046);
    g_test_add_func("/mime/multipart/rfc1847", test_rfc1847);
    g_test_add_func("/mime/multipart/exact", test_exact);
    g_test_add_func("/mime/multipart/padding", test_padding);
    g_test_add_func("/mime/multipart/edges", test_edges);
    g_test_add_func("/mime/multipart/unclosed", test_unclosed);
    g_test_add_func("/mime/multipart/bare-lf", test_bare_lf);
    g_test_add_func("/mime/multipart/faults", test_faults);
    g_test_add_func("/mime/multipart/boundaries", test_boundaries);
    g_test_add_func("/mime/multipart/limit", test_limit);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
