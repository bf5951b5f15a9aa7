/* SPDX-License-Identifier: MIT */
#ifndef WORKER_APERTURE_H
#define WORKER_APERTURE_H

struct worker;

/*
 * Reads what the front end wrote to its private socket before it handed it over,
 * and maps the aperture.  The socket is kept while the front end keeps its end.
 * 0, or negative with an error line.
 */
int aperture_receive(struct worker *w, int sock);

/* The render thread: puts the files in place that came since.  The same. */
int aperture_update(struct worker *w);

void aperture_unmap(struct worker *w);

#endif /* WORKER_APERTURE_H */
