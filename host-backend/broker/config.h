/* SPDX-License-Identifier: MIT */
#ifndef CONFIG_H
#define CONFIG_H

struct options;

/* Reads the file into o.  What is wrong goes to the log as FILE:LINE: TEXT. */
int config_read(struct options *o, const char *path);

#endif /* CONFIG_H */
