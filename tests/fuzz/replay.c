/* replay.c -- runs a fuzz target once on every file of the folders named; any compiler builds it.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input in a block of just its size, so that a read past its end is seen. */
static int run_file(const char *path)
{
    struct stat info;
    FILE       *file = fopen(path, "rb");
    uint8_t    *data = NULL;
    int         done = 0;

    if (file && fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode)) {
        size_t size = (size_t)info.st_size;
        data = malloc(size ? size : 1);
        if (data && fread(data, 1, size, file) == size) {
            LLVMFuzzerTestOneInput(data, size);
            done = 1;
        }
    }
    free(data);
    if (file)
        fclose(file);
    return done;
}

static int run_folder(const char *folder)
{
    struct dirent *entry;
    char           path[4096];
    DIR           *dir = opendir(folder);
    int            count = 0;

    if (!dir) {
        fprintf(stderr, "replay: cannot read the folder %s\n", folder);
        exit(1);
    }
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count += run_file(path);
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;

    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%d inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
