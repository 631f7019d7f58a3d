/* image.h -- pictures from strangers: decoded within limits and written anew.
 *
 * Decoding and encoding again drops metadata (EXIF, GPS) and whatever else hides in a file. */
#ifndef CARAFE_IMAGE_H
#define CARAFE_IMAGE_H

#include <carafe/arena.h>
#include <carafe/error.h>
#include <carafe/fiber.h>
#include <carafe/str.h>

/* Zero means the default. */
typedef struct cf_image_options {
    int         max_side;   /* Pixels; larger pictures are scaled down. 1,600. */
    int64_t     max_pixels; /* Of the input, refused above; 40,000,000. */
    int         quality;    /* JPEG and WebP, 1 to 100; 85. */
    const char *format;     /* "jpg", "png", "gif", "webp"; NULL: the input's. */
    bool        square;     /* Cut to a square from the middle, for portraits. */
} cf_image_options;

typedef struct cf_image {
    cf_str      data;
    const char *extension; /* "jpg", "png", "gif", "webp" */
    const char *mime;
    int         width, height;
} cf_image;

/* Decodes a JPEG, PNG, GIF (its first picture) or WebP and encodes it anew, turned as its EXIF
 * orientation says. Runs on the thread pool.
 *
 * Errors: CF_EUNSUPPORTED (not a picture of those kinds), CF_ELIMIT (too many pixels), CF_EPARSE
 * (damaged).
 */
bool cf_image_reencode(cf_arena *arena, cf_str input, const cf_image_options *options,
                       cf_image *out, cf_error *err) CF_SUSPENDS;

#endif
