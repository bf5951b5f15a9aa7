// SPDX-License-Identifier: MIT
/*
 * Where a picture is not its background: the smallest box around that, and how
 * much of it is red, green and blue.  Windows are found by it, wherever a
 * compositor puts them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE 16384

static int dominates(const unsigned char *p, int channel)
{
	int i;

	for (i = 0; i < 3; i++)
		if (i != channel && p[channel] <= 2 * p[i])
			return 0;
	return p[channel] > 64;
}

int main(int argc, char **argv)
{
	int left = MAX_SIDE, top = MAX_SIDE, right = -1, bottom = -1;
	unsigned int width, height, x, y, back[3];
	unsigned long colours[3] = { 0 };
	unsigned char *row;
	FILE *file;
	int i;

	if (argc != 3 || sscanf(argv[2], "%2x%2x%2x", &back[0], &back[1], &back[2]) != 3) {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: box PICTURE.ppm BACKGROUND\n\n"
			"Prints \"X Y WIDTH HEIGHT RED GREEN BLUE\": the box around all pixels that\n"
			"have not the colour BACKGROUND (RRGGBB), and how many of them are more than\n"
			"twice as red, green or blue as anything else; \"none\" if there is no such\n"
			"pixel.\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	file = fopen(argv[1], "rb");
	if (!file || fscanf(file, "P6 %u %u 255%*c", &width, &height) != 2 ||
	    !width || width > MAX_SIDE || !height || height > MAX_SIDE) {
		fprintf(stderr, "box: %s is no PPM picture of up to %d pixels a side\n",
			argv[1], MAX_SIDE);
		return 1;
	}
	row = malloc(width * 3);
	for (y = 0; row && y < height; y++) {
		if (fread(row, 3, width, file) != width) {
			fprintf(stderr, "box: %s ends in line %u of %u\n", argv[1], y, height);
			return 1;
		}
		for (x = 0; x < width; x++) {
			const unsigned char *p = row + x * 3;

			if (p[0] == back[0] && p[1] == back[1] && p[2] == back[2])
				continue;
			left = (int)x < left ? (int)x : left;
			right = (int)x > right ? (int)x : right;
			top = (int)y < top ? (int)y : top;
			bottom = (int)y;
			for (i = 0; i < 3; i++)
				colours[i] += dominates(p, i);
		}
	}
	free(row);
	fclose(file);
	if (right < 0)
		puts("none");
	else
		printf("%d %d %d %d %lu %lu %lu\n", left, top, right - left + 1,
		       bottom - top + 1, colours[0], colours[1], colours[2]);
	return 0;
}
