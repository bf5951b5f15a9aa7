/* SPDX-License-Identifier: MIT */
#ifndef WORKER_APERTURE_H
#define WORKER_APERTURE_H

#include <stdint.h>

struct worker;

/*
 * Reads what the front end wrote to its private socket before it handed it over,
 * and maps the aperture.  The socket is kept for aperture_update().
 * 0, or negative with an error line.
 */
int aperture_receive(struct worker *w, int sock);

/*
 * The render thread, before a resource is created in the aperture or that is refused:
 * puts the files in place that came since.  0, or negative once one could not be, then
 * and from then on.
 */
int aperture_update(struct worker *w);

/*
 * The render thread, when such a resource is destroyed or was refused: the aperture's own
 * memory takes its file's place again.  What is outside of the aperture is let be.
 */
void aperture_take_back(struct worker *w, uint64_t offset, uint64_t size);

void aperture_unmap(struct worker *w);

#endif /* WORKER_APERTURE_H */
