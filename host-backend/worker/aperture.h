/* SPDX-License-Identifier: MIT */
#ifndef WORKER_APERTURE_H
#define WORKER_APERTURE_H

struct worker;

/*
 * Reads what QEMU wrote to its private socket before it handed it over, maps
 * the aperture, and closes the socket.  0, or negative with an error line.
 */
int aperture_receive(struct worker *w, int sock);

void aperture_unmap(struct worker *w);

#endif /* WORKER_APERTURE_H */
