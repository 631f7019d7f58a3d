/* slug.c -- titles as parts of addresses. */
#include "blog.h"

/* Latin letters with marks, U+00C0 to U+017F, without them. '-' is no letter. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo-ouuuuytsaaaaaaaceeeeiiiidnooooo-ouuuuyty"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                            "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static_assert(sizeof(latin) == 0x180 - 0xC0 + 1, "one letter for each code point");

/* The letter a code point becomes, itself for other alphabets; 0 for what separates words. */
static uint32_t letter_of(uint32_t cp)
{
    if (cp >= 'A' && cp <= 'Z')
        return cp - 'A' + 'a';
    if ((cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9'))
        return cp;
    if (cp >= 0xC0 && cp <= 0x17F)
        return latin[cp - 0xC0] == '-' ? 0 : (uint32_t)latin[cp - 0xC0];
    /* Greek to Georgian and beyond; kana, Han, Hangul. Punctuation lies between them. */
    if ((cp >= 0x370 && cp < 0x2000) || (cp >= 0x3041 && cp < 0xD7A4))
        return cp;
    return 0;
}

const char *slugify(cf_arena *arena, const char *title)
{
    cf_buf out = cf_buf_in(arena, POST_SLUG_MAX * 4);
    cf_str rest = cf_str_of(title);
    size_t count = 0;
    bool   gap = false;

    /* Room is left for the number that tells equal titles apart. */
    while (rest.len && count < POST_SLUG_MAX - 15) {
        uint32_t cp = cf_utf8_next(&rest), letter = letter_of(cp);
        char     bytes[4];

        if (cp == '\'' || cp == 0x2019) /* "it's" is one word */
            continue;
        if (!letter) {
            gap = count > 0;
            continue;
        }
        if (gap) {
            cf_buf_putc(&out, '-');
            count++;
        }
        gap = false;
        cf_buf_add(&out, bytes, cf_utf8_put(letter, bytes));
        count++;
    }
    return count ? cf_buf_cstr(&out) : "post";
}
