/* test_image.c -- pictures: encoded anew, scaled, turned, stripped, refused. */
#include <criterion/criterion.h>

#include <gd.h>
#include <string.h>

#include <carafe/buf.h>
#include <carafe/image.h>

/* A picture whose left half is red and right half is blue. */
static cf_str picture(cf_arena *arena, const char *format, int width, int height)
{
    gdImagePtr image = gdImageCreateTrueColor(width, height);
    int        size = 0;
    void      *data;

    gdImageFilledRectangle(image, 0, 0, width / 2 - 1, height - 1, gdTrueColor(255, 0, 0));
    gdImageFilledRectangle(image, width / 2, 0, width - 1, height - 1, gdTrueColor(0, 0, 255));
    data = !strcmp(format, "png")    ? gdImagePngPtr(image, &size)
           : !strcmp(format, "gif")  ? gdImageGifPtr(image, &size)
           : !strcmp(format, "webp") ? gdImageWebpPtr(image, &size)
                                     : gdImageJpegPtr(image, &size, 95);
    cf_str out = cf_str_n(cf_memdup(arena, data, (size_t)size), (size_t)size);
    gdFree(data);
    gdImageDestroy(image);
    return out;
}

Test(image, every_format_is_encoded_anew_within_the_size)
{
    static const char *const formats[] = { "jpg", "png", "gif", "webp" };
    cf_arena                *arena = cf_arena_new();
    cf_error                 err = { 0 };

    for (size_t i = 0; i < 4; i++) {
        cf_image out;
        cr_assert(cf_image_reencode(arena, picture(arena, formats[i], 400, 200),
                                    &(cf_image_options){ .max_side = 100 }, &out, &err),
                  "%s: %s", formats[i], err.message);
        cr_assert_str_eq(out.extension, formats[i]);
        cr_assert_eq(out.width, 100);
        cr_assert_eq(out.height, 50);
        cr_assert_gt(out.data.len, 20);
    }
    cf_arena_free(arena);
}

Test(image, a_portrait_is_cut_square_from_the_middle)
{
    cf_arena *arena = cf_arena_new();
    cf_image  out;

    cr_assert(cf_image_reencode(
        arena, picture(arena, "png", 300, 100),
        &(cf_image_options){ .max_side = 64, .square = true, .format = "jpg" }, &out, NULL));
    cr_assert_eq(out.width, 64);
    cr_assert_eq(out.height, 64);
    cr_assert_str_eq(out.mime, "image/jpeg");
    cf_arena_free(arena);
}

/* Puts an EXIF segment with an orientation and a secret behind the start of a JPEG. */
static cf_str with_exif(cf_arena *arena, cf_str jpeg, unsigned char orientation)
{
    unsigned char segment[] = { 0xff, 0xe1, 0,   44,  'E', 'x', 'i', 'f', 0,   0,
                                'M',  'M',  0,   42,  0,   0,   0,   8,   0,   1,
                                0x01, 0x12, 0,   3,   0,   0,   0,   1,   0,   orientation,
                                0,    0,    0,   0,   0,   0,   'G', 'P', 'S', '4',
                                '2',  '.',  '5', 'N', 0,   0 };
    cf_buf        out = cf_buf_in(arena, 0);

    cf_buf_add(&out, jpeg.ptr, 2);
    cf_buf_add(&out, segment, sizeof segment);
    cf_buf_str(&out, cf_str_slice(jpeg, 2, jpeg.len));
    return cf_buf_view(&out);
}

Test(image, exif_turns_the_picture_and_is_gone)
{
    cf_arena *arena = cf_arena_new();
    cf_str    input = with_exif(arena, picture(arena, "jpg", 200, 100), 6);
    cf_image  out;

    cr_assert_neq(cf_str_find(input, CF_STR("GPS42.5N")), CF_NPOS);
    cr_assert(cf_image_reencode(arena, input, NULL, &out, NULL));
    cr_assert_eq(cf_str_find(out.data, CF_STR("GPS42.5N")), CF_NPOS);
    cr_assert_eq(cf_str_find(out.data, CF_STR("Exif")), CF_NPOS);
    cr_assert_eq(out.width, 100);
    cr_assert_eq(out.height, 200);
    /* Turned clockwise, what was left is on top. */
    gdImagePtr image = gdImageCreateFromJpegPtr((int)out.data.len, (void *)(uintptr_t)out.data.ptr);
    int        top = gdImageGetPixel(image, 50, 20), bottom = gdImageGetPixel(image, 50, 180);
    cr_assert_gt(gdTrueColorGetRed(top), 200);
    cr_assert_gt(gdTrueColorGetBlue(bottom), 200);
    gdImageDestroy(image);
    cf_arena_free(arena);
}

Test(image, what_is_no_picture_or_too_large_or_damaged_is_refused)
{
    cf_arena *arena = cf_arena_new();
    cf_str    png = picture(arena, "png", 100, 100);
    char     *huge = cf_memdup(arena, png.ptr, png.len);
    cf_image  out;
    cf_error  err = { 0 };

    cr_assert_not(cf_image_reencode(arena, CF_STR("<svg onload=alert(1)>"), NULL, &out, &err));
    cr_assert_eq(err.code, CF_EUNSUPPORTED);
    cr_assert_not(cf_image_reencode(arena, (cf_str){ 0 }, NULL, &out, &err));
    huge[16] = 0x0f; /* Claims 251,658,340 pixels a line. */
    cr_assert_not(cf_image_reencode(arena, cf_str_n(huge, png.len), NULL, &out, &err));
    cr_assert_eq(err.code, CF_ELIMIT);
    cr_assert_not(cf_image_reencode(arena, cf_str_slice(png, 0, 60), NULL, &out, &err));
    cr_assert_eq(err.code, CF_EPARSE, "%s", err.message);
    cf_arena_free(arena);
}

/* A chunk before the header that reads like one of a single pixel. */
static cf_str png_with_false_size(cf_arena *arena, cf_str png)
{
    static const char chunk[] = "\0\0\0\x08"
                                "aaAa"
                                "\0\0\0\x01\0\0\0\x01"
                                "crc!";
    cf_buf            out = cf_buf_in(arena, 0);

    cf_buf_str(&out, cf_str_slice(png, 0, 8));
    cf_buf_add(&out, chunk, sizeof chunk - 1);
    cf_buf_str(&out, cf_str_slice(png, 8, png.len));
    return cf_buf_view(&out);
}

/* A marker without a length, then comments; taken for a length, the first comment's marker leads
 * to a frame header of a single pixel inside the second. */
static cf_str jpeg_with_false_size(cf_arena *arena, cf_str jpeg)
{
    static const char frame[] = "\xff\xc0\0\x11\x08\0\1\0\1\3";
    char             *fill = cf_alloc(arena, 65536);
    cf_buf            out = cf_buf_in(arena, 0);

    memset(fill, 'x', 65536);
    cf_buf_str(&out, cf_str_n("\xff\xd8\xff\x01\xff\xfe\xff\0", 8));
    cf_buf_add(&out, fill, 0xff00 - 2);
    cf_buf_str(&out, cf_str_n("\xff\xfe\x02\0", 4));
    cf_buf_add(&out, fill, 4 + 0xfffe - out.len);
    cf_buf_add(&out, frame, sizeof frame - 1);
    cf_buf_add(&out, fill, 6 + 0xff00 + 2 + 0x200 - out.len);
    cf_buf_str(&out, cf_str_slice(jpeg, 2, jpeg.len));
    return cf_buf_view(&out);
}

Test(image, a_size_that_the_decoder_would_not_see_is_not_believed)
{
    const cf_image_options few = { .max_pixels = 100 };
    cf_arena              *arena = cf_arena_new();
    cf_image               out;

    cr_assert_not(cf_image_reencode(
        arena, png_with_false_size(arena, picture(arena, "png", 64, 64)), &few, &out, NULL));
    cr_assert_not(cf_image_reencode(
        arena, jpeg_with_false_size(arena, picture(arena, "jpg", 64, 64)), &few, &out, NULL));
    cf_arena_free(arena);
}

Test(image, every_cut_of_a_picture_is_read_or_refused)
{
    static const char *const formats[] = { "jpg", "png", "gif", "webp" };
    cf_arena                *arena = cf_arena_new();

    for (size_t i = 0; i < 4; i++) {
        cf_str input = with_exif(arena, picture(arena, formats[i], 16, 16), 3);
        if (i)
            input = picture(arena, formats[i], 16, 16);
        for (size_t n = 0; n < input.len; n++) {
            cf_image out;
            cf_error err = { 0 };
            char    *exact = cf_memdup(arena, input.ptr, n);
            if (!cf_image_reencode(arena, cf_str_n(exact, n), NULL, &out, &err))
                cr_assert_neq(err.code, CF_OK);
        }
    }
    cf_arena_free(arena);
}
