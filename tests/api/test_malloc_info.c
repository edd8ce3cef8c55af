// SPDX-License-Identifier: MIT
// malloc_info: well-formed XML in the stream it is given, EINVAL for any option.
#include "api.h"

#include <ctype.h>
#include <stdio.h>

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == ':' || c == '.';
}

// Steps over ` name="value"` pairs; NULL when one is malformed.
static const char *skip_attributes(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\n");
        if (!is_name(*at))
            return at;
        while (is_name(*at))
            at++;
        char quote = at[0] == '=' ? at[1] : '\0';
        if (quote != '"' && quote != '\'')
            return NULL;
        at = strchr(at + 2, quote);
        if (at == NULL)
            return NULL;
        at++;
    }
}

struct open_tags {
    const char *name[32];
    size_t length[32];
    size_t depth;
};

// Steps over one tag at `<`, keeping the stack of open ones; NULL when it is malformed.
static const char *skip_tag(const char *at, struct open_tags *open)
{
    bool closing = at[1] == '/';
    const char *name = at + (closing ? 2 : 1);
    size_t length = 0;

    while (is_name(name[length]))
        length++;
    if (length == 0)
        return NULL;
    if (closing) {
        if (open->depth == 0 || open->length[open->depth - 1] != length ||
            memcmp(open->name[open->depth - 1], name, length) != 0 || name[length] != '>')
            return NULL;
        open->depth--;
        return name + length + 1;
    }
    at = skip_attributes(name + length);
    if (at != NULL && at[0] == '/' && at[1] == '>')
        return at + 2;
    if (at == NULL || *at != '>' || open->depth == 32)
        return NULL;
    open->name[open->depth] = name;
    open->length[open->depth++] = length;
    return at + 1;
}

static bool is_well_formed(const char *text)
{
    struct open_tags open = { .depth = 0 };
    size_t roots = 0;

    while (text != NULL && *text != '\0') {
        if (*text == '<') {
            roots += open.depth == 0;
            text = skip_tag(text, &open);
        } else if (*text == '>' || (open.depth == 0 && !isspace((unsigned char)*text))) {
            return false;
        } else {
            text++;
        }
    }
    return text != NULL && open.depth == 0 && roots == 1;
}

static void checker_tells_good_xml_from_bad(void **state)
{
    (void)state;
    assert_true(is_well_formed("<a v=\"1\">\n<b/><c x='2' y=\"3\"/><d>4</d></a>\n"));
    assert_false(is_well_formed("<a><b></a></b>"));
    assert_false(is_well_formed("<a>"));
    assert_false(is_well_formed("<a v=1></a>"));
    assert_false(is_well_formed("<a></a><b></b>"));
    assert_false(is_well_formed(""));
    assert_false(is_well_formed("text"));
}

static void malloc_info_writes_one_well_formed_document(void **state)
{
    void *small = call.malloc(100);
    void *huge = call.malloc((size_t)64 * MIB);
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    (void)state;
    assert_non_null(small);
    assert_non_null(huge);
    assert_non_null(stream);
    assert_int_equal(malloc_info(0, stream), 0);
    assert_int_equal(fclose(stream), 0);
    call.free(huge);
    call.free(small);
    assert_true(strncmp(text, "<malloc version=\"", 17) == 0);
    assert_non_null(strstr(text, "</malloc>"));
    assert_true(is_well_formed(text));
    call.free(text);
}

static void malloc_info_of_any_option_is_einval_and_writes_nothing(void **state)
{
    static const int options[] = { 1, -1, 2, 0x40000000 };
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    (void)state;
    assert_non_null(stream);
    // The error comes back as the result, not in errno: so it is in glibc, whatever manuals say.
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(malloc_info(options[i], stream), EINVAL);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(length, 0);
    call.free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checker_tells_good_xml_from_bad),
        cmocka_unit_test(malloc_info_writes_one_well_formed_document),
        cmocka_unit_test(malloc_info_of_any_option_is_einval_and_writes_nothing),
    };

    return cmocka_run_group_tests_name("malloc_info", tests, NULL, NULL);
}
