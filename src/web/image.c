/* image.c -- pictures decoded within limits and encoded anew, by libgd on the thread pool.
 *
 * The size is read from the file's own header before anything is decoded, so that a small file
 * cannot claim gigabytes of pixels. */
#include <carafe/image.h>

#include <gd.h>
#include <string.h>

#include <carafe/buf.h>

typedef struct image_job {
    cf_str           input;
    cf_image_options options;
    const char      *format; /* Of the input. */
    int              orientation;
    gdImagePtr       image;
    const char      *output_format;
    void            *output;
    int              output_size;
    int              width, height;
} image_job;

/* ---- what the headers say ---- */
static unsigned be16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static uint32_t le24(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

/* A number in a TIFF header, in its byte order. */
static uint32_t tiff_number(const unsigned char *p, int bytes, bool little)
{
    uint32_t n = 0;

    for (int i = 0; i < bytes; i++)
        n |= (uint32_t)p[i] << 8 * (little ? i : bytes - 1 - i);
    return n;
}

/* The orientation that an EXIF segment gives; 1 when it gives none. */
static int exif_orientation(const unsigned char *p, size_t size)
{
    bool     little;
    uint32_t at, count;

    if (size < 14 || memcmp(p, "Exif\0\0", 6) != 0)
        return 1;
    p += 6;
    size -= 6;
    little = p[0] == 'I';
    at = tiff_number(p + 4, 4, little);
    if (at > size - 2)
        return 1;
    count = tiff_number(p + at, 2, little);
    for (uint32_t i = 0; i < count && (size_t)at + 2 + 12 * ((size_t)i + 1) <= size; i++) {
        const unsigned char *entry = p + at + 2 + 12 * i;
        if (tiff_number(entry, 2, little) == 0x0112)
            return (int)tiff_number(entry + 8, 2, little);
    }
    return 1;
}

/* Markers that stand alone; a decoder steps over two bytes where a reader of lengths would jump. */
static bool has_no_length(unsigned marker)
{
    return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9);
}

static bool is_frame_header(unsigned marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool jpeg_size(image_job *job, int64_t *width, int64_t *height)
{
    const unsigned char *p = (const unsigned char *)job->input.ptr;
    size_t               at = 2, n = job->input.len;

    while (at + 9 < n) {
        unsigned marker = p[at + 1], length;
        if (p[at] != 0xff)
            return false;
        if (marker == 0xff) {
            at++;
            continue;
        }
        length = be16(p + at + 2);
        if (has_no_length(marker) || length < 2)
            return false;
        if (is_frame_header(marker)) {
            *height = be16(p + at + 5);
            *width = be16(p + at + 7);
            return true;
        }
        if (marker == 0xe1 && at + 2 + length <= n && length > 2)
            job->orientation = exif_orientation(p + at + 4, length - 2);
        at += 2 + (size_t)length;
    }
    return false;
}

static bool webp_size(const unsigned char *p, size_t n, int64_t *width, int64_t *height)
{
    if (n < 30)
        return false;
    if (!memcmp(p + 12, "VP8X", 4)) {
        *width = 1 + (int64_t)le24(p + 24);
        *height = 1 + (int64_t)le24(p + 27);
    } else if (!memcmp(p + 12, "VP8L", 4)) {
        uint32_t bits = (uint32_t)p[21] | (uint32_t)p[22] << 8 | (uint32_t)p[23] << 16 |
                        (uint32_t)p[24] << 24;
        *width = 1 + (int64_t)(bits & 0x3fff);
        *height = 1 + (int64_t)(bits >> 14 & 0x3fff);
    } else if (!memcmp(p + 12, "VP8 ", 4)) {
        *width = (p[26] | p[27] << 8) & 0x3fff;
        *height = (p[28] | p[29] << 8) & 0x3fff;
    } else {
        return false;
    }
    return true;
}

/* Finds out the format by its first bytes, and the size by its header. */
static bool read_header(image_job *job, int64_t *width, int64_t *height)
{
    const unsigned char *p = (const unsigned char *)job->input.ptr;
    size_t               n = job->input.len;

    job->orientation = 1;
    /* The size counts only if no other chunk can come before the one that a decoder believes. */
    if (n >= 24 && !memcmp(p, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16)) {
        job->format = "png";
        *width = be32(p + 16);
        *height = be32(p + 20);
        return true;
    }
    if (n >= 10 && (!memcmp(p, "GIF87a", 6) || !memcmp(p, "GIF89a", 6))) {
        job->format = "gif";
        *width = p[6] | p[7] << 8;
        *height = p[8] | p[9] << 8;
        return true;
    }
    if (n >= 16 && !memcmp(p, "RIFF", 4) && !memcmp(p + 8, "WEBP", 4)) {
        job->format = "webp";
        return webp_size(p, n, width, height);
    }
    if (n >= 4 && p[0] == 0xff && p[1] == 0xd8) {
        job->format = "jpg";
        return jpeg_size(job, width, height);
    }
    return false;
}

/* ---- on the thread pool ---- */
static gdImagePtr decode(const image_job *job)
{
    int   size = (int)job->input.len;
    void *data = (void *)(uintptr_t)job->input.ptr;

    if (!strcmp(job->format, "png"))
        return gdImageCreateFromPngPtr(size, data);
    if (!strcmp(job->format, "gif"))
        return gdImageCreateFromGifPtr(size, data);
    if (!strcmp(job->format, "webp"))
        return gdImageCreateFromWebpPtr(size, data);
    return gdImageCreateFromJpegPtr(size, data);
}

static void replace(image_job *job, gdImagePtr image)
{
    if (!image)
        return;
    gdImageDestroy(job->image);
    job->image = image;
}

/* Turns the picture upright, as its EXIF orientation says. */
static void turn(image_job *job)
{
    switch (job->orientation) {
    case 2:
        gdImageFlipHorizontal(job->image);
        break;
    case 3:
        gdImageFlipBoth(job->image);
        break;
    case 4:
        gdImageFlipVertical(job->image);
        break;
    case 5:
        gdImageFlipHorizontal(job->image);
        replace(job, gdImageRotateInterpolated(job->image, 90, 0));
        break;
    case 6:
        replace(job, gdImageRotateInterpolated(job->image, 270, 0));
        break;
    case 7:
        gdImageFlipHorizontal(job->image);
        replace(job, gdImageRotateInterpolated(job->image, 270, 0));
        break;
    case 8:
        replace(job, gdImageRotateInterpolated(job->image, 90, 0));
        break;
    default:
        break;
    }
}

/* Copies the wanted part at the wanted size; the copy holds pixels only. */
static void resize(image_job *job)
{
    int w = gdImageSX(job->image), h = gdImageSY(job->image), x = 0, y = 0;
    int max = job->options.max_side, to_w, to_h, longer;

    if (job->options.square) {
        x = w > h ? (w - h) / 2 : 0;
        y = h > w ? (h - w) / 2 : 0;
        w = h = w < h ? w : h;
    }
    longer = w > h ? w : h;
    to_w = longer > max ? (int)((int64_t)w * max / longer) : w;
    to_h = longer > max ? (int)((int64_t)h * max / longer) : h;
    to_w = to_w ? to_w : 1;
    to_h = to_h ? to_h : 1;
    gdImagePtr copy = gdImageCreateTrueColor(to_w, to_h);
    if (!copy) {
        gdImageDestroy(job->image);
        job->image = NULL;
        return;
    }
    gdImageAlphaBlending(copy, 0);
    gdImageSaveAlpha(copy, 1);
    /* JPEG knows no transparency: white shows through instead of black. */
    gdImageFilledRectangle(copy, 0, 0, to_w - 1, to_h - 1,
                           strcmp(job->output_format, "jpg") ? gdTrueColorAlpha(0, 0, 0, 127)
                                                             : gdTrueColor(255, 255, 255));
    gdImageAlphaBlending(copy, !strcmp(job->output_format, "jpg"));
    gdImageCopyResampled(copy, job->image, 0, 0, x, y, to_w, to_h, w, h);
    replace(job, copy);
    job->width = to_w;
    job->height = to_h;
}

static void encode(image_job *job)
{
    int quality = job->options.quality;

    if (!strcmp(job->output_format, "png")) {
        job->output = gdImagePngPtr(job->image, &job->output_size);
    } else if (!strcmp(job->output_format, "gif")) {
        gdImageTrueColorToPalette(job->image, 1, 256);
        job->output = gdImageGifPtr(job->image, &job->output_size);
    } else if (!strcmp(job->output_format, "webp")) {
        job->output = gdImageWebpPtrEx(job->image, &job->output_size, quality);
    } else {
        gdImageInterlace(job->image, 1);
        job->output = gdImageJpegPtr(job->image, &job->output_size, quality);
    }
}

static void quiet(int priority, const char *format, va_list args)
{
    (void)priority, (void)format, (void)args;
}

static void reencode(void *arg)
{
    image_job *job = arg;

    job->image = decode(job);
    if (!job->image)
        return;
    if (!gdImageTrueColor(job->image))
        gdImagePaletteToTrueColor(job->image);
    turn(job);
    resize(job);
    if (!job->image)
        return;
    encode(job);
    gdImageDestroy(job->image);
}

/* ---- the call ---- */
static bool check_size(const image_job *job, int64_t width, int64_t height, cf_error *err)
{
    if (width <= 0 || height <= 0)
        return cf_fail(err, CF_EPARSE, "The picture is damaged: it has no size.");
    if (width > job->options.max_pixels / height)
        return cf_fail(
            err, CF_ELIMIT, "The picture has %lld × %lld pixels; at most %lld million are allowed.",
            (long long)width, (long long)height, (long long)job->options.max_pixels / 1000000);
    return true;
}

static const char *mime_of(const char *format)
{
    return !strcmp(format, "png")    ? "image/png"
           : !strcmp(format, "gif")  ? "image/gif"
           : !strcmp(format, "webp") ? "image/webp"
                                     : "image/jpeg";
}

bool cf_image_reencode(cf_arena *arena, cf_str input, const cf_image_options *options,
                       cf_image *out, cf_error *err)
{
    image_job job = { .input = input };
    int64_t   width = 0, height = 0;

    if (options)
        job.options = *options;
    if (!job.options.max_side)
        job.options.max_side = 1600;
    if (!job.options.max_pixels)
        job.options.max_pixels = 40000000;
    if (!job.options.quality)
        job.options.quality = 85;
    if (input.len > CF_MIB(256) || !read_header(&job, &width, &height))
        return cf_fail(err, CF_EUNSUPPORTED, "This is not a JPEG, PNG, GIF or WebP picture.");
    if (!check_size(&job, width, height, err))
        return false;
    job.output_format = job.options.format ? job.options.format : job.format;
    gdSetErrorMethod(quiet);
    if (!cf_offload(reencode, &job, err))
        return false;
    if (!job.output)
        return cf_fail(err, CF_EPARSE, "The picture is damaged and cannot be read.");
    *out = (cf_image){ .data = cf_str_n(cf_memdup(arena, job.output, (size_t)job.output_size),
                                        (size_t)job.output_size),
                       .extension = job.output_format,
                       .mime = mime_of(job.output_format),
                       .width = job.width,
                       .height = job.height };
    gdFree(job.output);
    return true;
}
