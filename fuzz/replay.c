/* SPDX-License-Identifier: MIT
 * A main for the fuzz targets where there is no libFuzzer: feeds them the files given, and all
 * files of the directories given. A finding ends the program by the sanitizer's or the target's
 * abort; the file it came from is the last one named. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, got;

    if (!file) {
        perror(path);
        return 1;
    }
    printf("# %s\n", path);
    fflush(stdout);
    do {
        data = (uint8_t *)realloc(data, size + 65536);
        if (!data) {
            abort();
        }
        got = fread(data + size, 1, 65536, file);
        size += got;
    } while (got == 65536);
    fclose(file);
    data = (uint8_t *)realloc(data, size ? size : 1);   /* exact: reading over the end shows */
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int replay(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char name[4096];
    int failed = 0;

    if (!dir) {
        return replay_file(path);
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            failed |= replay(name);
        }
    }
    closedir(dir);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        failed |= replay(argv[i]);
    }
    return failed;
}
