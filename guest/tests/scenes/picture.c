// SPDX-License-Identifier: MIT
/*
 * Writing and comparing PPM files.  The comparison is per channel and pixel by
 * pixel: an average over the picture would hide a wrong corner.
 */
#include "picture.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct picture {
	int width, height;
	uint8_t *rgb;
};

int picture_write(const char *path, const uint8_t *rgba, int width, int height)
{
	FILE *file = fopen(path, "wb");
	bool failed;
	int x, y;

	if (!file)
		return -errno;
	fprintf(file, "P6\n%d %d\n255\n", width, height);
	for (y = height - 1; y >= 0; y--)
		for (x = 0; x < width; x++)
			fwrite(rgba + ((size_t)y * width + x) * 4, 1, 3, file);
	failed = ferror(file);
	return fclose(file) || failed ? -EIO : 0;
}

static bool picture_read(const char *path, struct picture *picture)
{
	FILE *file = fopen(path, "rb");
	size_t size;
	bool ok;

	picture->rgb = NULL;
	if (!file) {
		fprintf(stderr, "scenes: %s: %s\n", path, strerror(errno));
		return false;
	}
	ok = fscanf(file, "P6 %d %d 255", &picture->width, &picture->height) == 2 &&
	     fgetc(file) == '\n' && picture->width > 0 && picture->width <= PICTURE_MAX &&
	     picture->height > 0 && picture->height <= PICTURE_MAX;
	if (ok) {
		size = (size_t)picture->width * picture->height * 3;
		picture->rgb = malloc(size);
		ok = picture->rgb && fread(picture->rgb, 1, size, file) == size;
	}
	if (!ok)
		fprintf(stderr, "scenes: %s is no PPM file of this program\n", path);
	fclose(file);
	return ok;
}

static bool picture_compare_one(const char *a, const char *b, const char *name, int tolerance)
{
	size_t i, pixels, differing = 0, first = 0;
	struct picture one = { 0 }, two = { 0 };
	int most[3] = { 0 }, c, worst = 0;
	char path[2][4096];
	bool same = false;

	snprintf(path[0], sizeof(path[0]), "%s/%s", a, name);
	snprintf(path[1], sizeof(path[1]), "%s/%s", b, name);
	if (!picture_read(path[0], &one) || !picture_read(path[1], &two))
		goto out;
	if (one.width != two.width || one.height != two.height) {
		printf("%-24s sizes differ: %dx%d, %dx%d\n", name, one.width, one.height, two.width,
		       two.height);
		goto out;
	}
	pixels = (size_t)one.width * one.height;
	for (i = 0; i < pixels; i++) {
		int here = 0;

		for (c = 0; c < 3; c++) {
			int difference = abs(one.rgb[i * 3 + c] - two.rgb[i * 3 + c]);

			here = difference > here ? difference : here;
			most[c] = difference > most[c] ? difference : most[c];
		}
		if (here > worst) {
			worst = here;
			first = i;
		}
		differing += here > 0;
	}
	same = worst <= tolerance;
	if (!differing)
		printf("%-24s identical\n", name);
	else
		printf("%-24s %s: %zu of %zu pixels differ, at most by %d %d %d (red green blue), "
		       "at %zu,%zu\n", name, same ? "within tolerance" : "DIFFERS", differing, pixels,
		       most[0], most[1], most[2], first % one.width, first / one.width);
out:
	free(one.rgb);
	free(two.rgb);
	return same;
}

static int picture_is(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".ppm");
}

int picture_compare(const char *a, const char *b, int tolerance)
{
	struct dirent **names = NULL, **others = NULL;
	int count = scandir(a, &names, picture_is, alphasort), i, failed = 0;
	int other_count = scandir(b, &others, picture_is, alphasort);

	if (count <= 0 || other_count <= 0) {
		fprintf(stderr, "scenes: no pictures in %s\n", count <= 0 ? a : b);
		failed = 1;
	} else if (count != other_count) {
		fprintf(stderr, "scenes: %d pictures in %s, %d in %s\n", count, a, other_count, b);
		failed = 1;
	}
	for (i = 0; i < count; i++) {
		failed += !picture_compare_one(a, b, names[i]->d_name, tolerance);
		free(names[i]);
	}
	for (i = 0; i < other_count; i++)
		free(others[i]);
	free(names);
	free(others);
	return failed ? 1 : 0;
}
