// SPDX-License-Identifier: MIT
/*
 * The configuration file: lines of "key = value" and "instance NAME memory
 * SIZE".  An own format of two forms, since an operator edits it by hand and
 * JSON has no comments.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "log.h"
#include "options.h"

static char *config_trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int config_instance(struct options *o, char *line, char *why, size_t size)
{
	const char *words[5];
	unsigned int n = 0;
	char *save, *word;

	for (word = strtok_r(line, " \t", &save); word && n < 5;
	     word = strtok_r(NULL, " \t", &save))
		words[n++] = word;
	if (n != 4 || strcmp(words[2], "memory")) {
		snprintf(why, size, "an instance is written: instance NAME memory SIZE");
		return -EINVAL;
	}
	return options_add_instance(o, words[1], words[3], why, size);
}

static int config_line(struct options *o, char *line, char *why, size_t size)
{
	char *equals;

	if (!strncmp(line, "instance", 8) && isspace((unsigned char)line[8]))
		return config_instance(o, line, why, size);
	equals = strchr(line, '=');
	if (!equals) {
		snprintf(why, size, "neither 'key = value' nor 'instance NAME memory SIZE'");
		return -EINVAL;
	}
	*equals = '\0';
	return options_set(o, config_trim(line), config_trim(equals + 1), why, size);
}

int config_read(struct options *o, const char *path)
{
	char *line = NULL, *text, why[256];
	unsigned int number = 0;
	size_t room = 0;
	ssize_t len;
	FILE *file;
	int ret = 0;

	file = fopen(path, "re");
	if (!file) {
		ret = -errno;
		log_err("configuration '%s': %s", path, strerror(errno));
		return ret;
	}
	while (!ret && (len = getline(&line, &room, file)) >= 0) {
		number++;
		if (strlen(line) != (size_t)len) {
			log_err("%s:%u: a NUL byte", path, number);
			ret = -EINVAL;
			break;
		}
		text = config_trim(line);
		if (!*text || *text == '#')
			continue;
		ret = config_line(o, text, why, sizeof(why));
		if (ret)
			log_err("%s:%u: %s", path, number, why);
	}
	if (!ret && ferror(file)) {
		ret = -EIO;
		log_err("configuration '%s' cannot be read: %s", path, strerror(errno));
	}
	free(line);
	fclose(file);
	return ret;
}
