/* SPDX-License-Identifier: MIT */
/* PCI as firmware does it: the device is found, its BARs get addresses. */
#ifndef PCI_H
#define PCI_H

#include "vm.h"

#define PCI_NR_BARS  6
#define PCI_MEMORY32 0xe0000000ull /* where BARs go */
#define PCI_MEMORY64 0x1000000000ull

/* a microvm's */
#define PCI_MICROVM_MEMORY32 0xc0000000ull
#define PCI_MICROVM_ECAM     0xe0000000ull

#define PCI_REG_ID	       0x00
#define PCI_REG_COMMAND	       0x04
#define PCI_REG_CLASS	       0x08
#define PCI_REG_BAR0	       0x10
#define PCI_REG_CAPABILITIES   0x34
#define PCI_COMMAND_MEMORY     0x2
#define PCI_COMMAND_BUS_MASTER 0x4
#define PCI_CAP_VENDOR	       0x09
#define PCI_CAP_MSIX	       0x11

struct pci_bar {
	uint64_t addr;
	uint64_t size;	/* 0: there is none */
	uint32_t flags; /* the low bits of the register */
};

struct pci_function {
	struct vm *vm;
	unsigned int slot; /* on bus 0 */
	struct pci_bar bars[PCI_NR_BARS];
};

/* reg is a multiple of 4 */
uint32_t pci_read(const struct pci_function *pci, unsigned int reg);
void pci_write(const struct pci_function *pci, unsigned int reg, uint32_t value);

/* Finds the function, measures and maps its BARs, enables it. */
void pci_open(struct pci_function *pci, struct vm *vm, uint32_t id);

/* Writes addresses and command again, as after a reset of the machine. */
void pci_map(const struct pci_function *pci);

/* The first capability of this id after the one at `after` (0: from the start); 0: none. */
unsigned int pci_find_capability(const struct pci_function *pci, unsigned int id,
				 unsigned int after);

#endif /* PCI_H */
