// SPDX-License-Identifier: MIT
#include <string.h>

#include "expect.h"
#include "pci.h"
#include "qtest.h"

#define PCI_PORT_ADDRESS    0xcf8
#define PCI_PORT_DATA	    0xcfc
#define PCI_NR_SLOTS	    32
#define PCI_BAR_IO	    0x1
#define PCI_BAR_64	    0x4
#define PCI_BAR_MEMORY_MASK 0xfu
#define PCI_MAX_CAPS	    48

/* in the machine's memory, where it has no ports for it */
static uint64_t pci_ecam(const struct pci_function *pci, unsigned int reg)
{
	return PCI_MICROVM_ECAM + ((uint64_t)pci->slot << 15) + reg;
}

static void pci_address(const struct pci_function *pci, unsigned int reg)
{
	qtest_out(pci->vm, PCI_PORT_ADDRESS, 0x80000000u | pci->slot << 11 | (reg & 0xfc));
}

uint32_t pci_read(const struct pci_function *pci, unsigned int reg)
{
	if (pci->vm->microvm)
		return qtest_read(pci->vm, pci_ecam(pci, reg), 4);
	pci_address(pci, reg);
	return qtest_in(pci->vm, PCI_PORT_DATA);
}

void pci_write(const struct pci_function *pci, unsigned int reg, uint32_t value)
{
	if (pci->vm->microvm) {
		qtest_write(pci->vm, pci_ecam(pci, reg), 4, value);
		return;
	}
	pci_address(pci, reg);
	qtest_out(pci->vm, PCI_PORT_DATA, value);
}

static uint32_t pci_measure(const struct pci_function *pci, unsigned int reg)
{
	pci_write(pci, reg, 0xffffffffu);
	return pci_read(pci, reg);
}

static void pci_size_bars(struct pci_function *pci)
{
	uint64_t next32 = pci->vm->microvm ? PCI_MICROVM_MEMORY32 : PCI_MEMORY32;
	uint64_t next64 = PCI_MEMORY64, mask, *next;
	unsigned int i;

	for (i = 0; i < PCI_NR_BARS; i++) {
		struct pci_bar *bar = &pci->bars[i];
		unsigned int reg = PCI_REG_BAR0 + 4 * i;
		uint32_t low = pci_measure(pci, reg);

		if (!low)
			continue;
		expect(!(low & PCI_BAR_IO), "BAR %u is of ports", i);
		bar->flags = low & PCI_BAR_MEMORY_MASK;
		mask = 0xffffffff00000000ull | (low & ~PCI_BAR_MEMORY_MASK);
		next = &next32;
		if (bar->flags & PCI_BAR_64) {
			mask &= (uint64_t)pci_measure(pci, reg + 4) << 32 | 0xffffffffu;
			/* a microvm's window of them is at the end of what its CPU has */
			next = pci->vm->microvm ? &next32 : &next64;
			i++;
		}
		bar->size = ~mask + 1;
		*next = (*next + bar->size - 1) & ~(bar->size - 1);
		bar->addr = *next;
		*next += bar->size;
	}
}

void pci_map(const struct pci_function *pci)
{
	unsigned int i;

	for (i = 0; i < PCI_NR_BARS; i++) {
		if (!pci->bars[i].size)
			continue;
		pci_write(pci, PCI_REG_BAR0 + 4 * i, (uint32_t)pci->bars[i].addr);
		if (pci->bars[i].flags & PCI_BAR_64)
			pci_write(pci, PCI_REG_BAR0 + 4 * i + 4,
				  (uint32_t)(pci->bars[i].addr >> 32));
	}
	pci_write(pci, PCI_REG_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_BUS_MASTER);
}

void pci_open(struct pci_function *pci, struct vm *vm, uint32_t id)
{
	memset(pci, 0, sizeof(*pci));
	pci->vm = vm;
	for (pci->slot = 0; pci->slot < PCI_NR_SLOTS; pci->slot++) {
		if (pci_read(pci, PCI_REG_ID) == id)
			break;
	}
	expect(pci->slot < PCI_NR_SLOTS, "there is no PCI device %08x", id);
	pci_size_bars(pci);
	pci_map(pci);
}

unsigned int pci_find_capability(const struct pci_function *pci, unsigned int id,
				 unsigned int after)
{
	unsigned int at = after ? pci_read(pci, after) >> 8 & 0xff
				: pci_read(pci, PCI_REG_CAPABILITIES) & 0xff;
	unsigned int n;

	for (n = 0; at && n < PCI_MAX_CAPS; n++) {
		uint32_t header = pci_read(pci, at);

		if ((header & 0xff) == id)
			return at;
		at = header >> 8 & 0xff;
	}
	return 0;
}
