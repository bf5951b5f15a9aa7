// SPDX-License-Identifier: MIT
/**
 * TEST: vgpu_pv_fields
 * Description: Every field of every call wrong, one at a time, each with its errno.
 * Category: Core
 * Mega feature: General Core features
 * Sub-category: vgpu_pv
 * Functionality: bad input
 * Test category: functionality test
 */
#include "igt.h"

#include "vgpu_pv_fields.h"

IGT_TEST_DESCRIPTION("Every field of every call wrong, one at a time, each with its errno.");

/**
 * SUBTEST: %s
 * Description: UAPI: each field of the call wrong alone has its errno
 *
 * arg[1]:
 *
 * @execbuffer:		EXECBUFFER, all of whose fields are in use
 * @bo-handle:		an entry of its bo_handles
 * @in-syncobj:		an entry of its in_syncobjs
 * @out-syncobj:	an entry of its out_syncobjs
 * @resource-create:	RESOURCE_CREATE in guest memory
 * @resource-scanout:	RESOURCE_CREATE in the aperture
 * @resource-buffer:	RESOURCE_CREATE without a format's shape
 * @resource-blob:	RESOURCE_CREATE_BLOB in the aperture
 * @resource-info:	RESOURCE_INFO
 * @map:		MAP
 * @transfer-to-host:	TRANSFER_TO_HOST
 * @transfer-from-host:	TRANSFER_FROM_HOST
 * @wait:		WAIT
 * @getparam:		GETPARAM
 * @get-caps:		GET_CAPS
 * @context-init:	CONTEXT_INIT
 * @context-capset:	its parameter CAPSET_ID
 * @context-rings:	its parameter NUM_RINGS
 * @context-mask:	its parameter POLL_RINGS_MASK
 * @context-name:	its parameter DEBUG_NAME
 * @gem-close:		GEM_CLOSE
 * @gem-flink:		GEM_FLINK
 * @gem-open:		GEM_OPEN
 * @prime-export:	PRIME_HANDLE_TO_FD
 * @prime-import:	PRIME_FD_TO_HANDLE
 * @dumb-create:	MODE_CREATE_DUMB
 * @dumb-map:		MODE_MAP_DUMB
 * @dumb-destroy:	MODE_DESTROY_DUMB
 * @addfb:		MODE_ADDFB
 * @addfb2:		MODE_ADDFB2
 * @rmfb:		MODE_RMFB
 * @crtc:		MODE_SETCRTC
 * @flip:		MODE_PAGE_FLIP
 * @cursor:		MODE_CURSOR
 * @cursor2:		MODE_CURSOR2
 * @plane:		MODE_SETPLANE
 * @dirty:		MODE_DIRTYFB
 * @dirty-clip:		a rectangle of it
 * @atomic:		MODE_ATOMIC
 * @vblank-wait:	WAIT_VBLANK
 * @vblank-get:		CRTC_GET_SEQUENCE
 * @vblank-queue:	CRTC_QUEUE_SEQUENCE
 *
 * SUBTEST: complete
 * Description: UAPI: the tables leave no call of the driver and no byte of a structure out
 *
 * SUBTEST: pointers
 * Description: UAPI: a call whose structure is not the caller's to read and write is EFAULT
 *
 * SUBTEST: render-node
 * Description: UAPI: the card's calls are EACCES on the render node
 *
 * SUBTEST: syncobj-handles
 * Description: UAPI: stale, foreign and huge syncobjs are refused
 *
 * SUBTEST: twice
 * Description: UAPI: what is gone can't be destroyed again, nor used
 *
 * SUBTEST: lost-context
 * Description: [dev-context-lost] each call on a lost context has its errno
 *
 * SUBTEST: lost-in-use
 * Description: [dev-context-lost] a context that is lost under its users' feet ends in EIO
 *
 * SUBTEST: closed-in-use
 * Description: UAPI: a file that is closed under its users' feet ends in EBADF
 *
 * SUBTEST: threads
 * Description: UAPI: 64 threads go through the tables at once
 */

#define THREADS	   64
#define MOST_FORMS 64

struct fields fields;

static const struct part *const parts[] = {
	&fields_submit, &fields_resource, &fields_transfer, &fields_context, &fields_gem,
	&fields_fb, &fields_kms, &fields_vblank,
};

union args {
	uint64_t aligned;
	char bytes[FIELDS_ARGS];
};

int fields_call(unsigned long request, void *data)
{
	return vgpu_pv_ioctl(fields.fd, request, data);
}

int fields_call_card(unsigned long request, void *data)
{
	return vgpu_pv_ioctl(fields.card, request, data);
}

int fields_again(int file)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDWR | O_CLOEXEC);
}

int fields_call_again(int of, unsigned long request, void *data)
{
	int ret, file = fields_again(of);

	if (file < 0)
		return -errno;
	ret = vgpu_pv_ioctl(file, request, data);
	close(file);
	return ret;
}

void fields_close(int file, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	vgpu_pv_ioctl(file, DRM_IOCTL_GEM_CLOSE, &args);
}

uint32_t fields_value(uint64_t value)
{
	return value <= UINT32_MAX ? value : fields.tokens[value / TOKEN(1)];
}

static void bend(union args *args, const struct row *row)
{
	char *at = args->bytes + row->offset;

	switch (row->size) {
	case 2:
		*(uint16_t *)at = row->value;
		break;
	case 4:
		*(uint32_t *)at = fields_value(row->value);
		break;
	case 8:
		memcpy(at, &row->value, 8);
		break;
	default:
		memset(at, row->value, row->size);
	}
}

int fields_run(const struct form *form)
{
	int ret, wrong = 0;
	union args args;
	size_t i;

	memset(&args, 0, sizeof(args));
	form->fill(&args);
	ret = form->call(form->request, &args);
	if (ret) {
		igt_info("%s: right arguments are %d\n", form->name, ret);
		wrong++;
	}
	for (i = 0; i < form->count; i++) {
		const struct row *row = &form->rows[i];

		memset(&args, 0, sizeof(args));
		form->fill(&args);
		bend(&args, row);
		ret = form->call(form->request, &args);
		if (ret == -row->err)
			continue;
		igt_info("%s: %s = 0x%llx is %d, not %d\n", form->name, row->field,
			 (unsigned long long)row->value, ret, -row->err);
		wrong++;
	}
	return wrong;
}

static void check_complete(const struct form *form)
{
	size_t k, byte;

	igt_assert_f(form->inner || _IOC_SIZE(form->request) == form->size,
		     "%s: its structure has another size\n", form->name);
	for (byte = 0; byte < form->size && !form->more; byte++) {
		for (k = 0; k < form->count; k++)
			if (byte - form->rows[k].offset < form->rows[k].size)
				break;
		igt_assert_f(k < form->count, "%s: no row for byte %zu\n", form->name, byte);
	}
}

/* Where the structure can't be read, a call that the driver has is EFAULT. */
static void check_calls(const struct form **forms, size_t count)
{
	unsigned int nr;
	size_t i;

	for (nr = DRM_COMMAND_BASE; nr < DRM_COMMAND_END; nr++) {
		int ret = vgpu_pv_ioctl(fields.fd, DRM_IOWR(nr, uint64_t),
					(void *)(uintptr_t)AT_KERNEL);

		for (i = 0; i < count && _IOC_NR(forms[i]->request) != nr; i++)
			;
		igt_assert_f(ret == (i < count ? -EFAULT : -EINVAL),
			     "call %#x is %d and has %s table\n", nr, ret, i < count ? "a" : "no");
	}
}

/* On a file of its own, where nobody misses what an answer would have told. */
static void check_pointers(const struct form *form, int file)
{
	static const uint64_t places[] = {
		AT_NOWHERE, AT_HOLE - 1, AT_SECRET, AT_KERNEL, AT_GAP, ALL64, AT_READ_ONLY,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		/* Where nothing is told the structure needs not be written. */
		if (places[i] == AT_READ_ONLY && !(form->request & IOC_OUT))
			continue;
		igt_assert_f(vgpu_pv_ioctl(file, form->request, (void *)(uintptr_t)places[i]) == -EFAULT,
			     "%s at 0x%llx\n", form->name, (unsigned long long)places[i]);
	}
}

static void check_render_node(const struct form *form)
{
	union args args;

	memset(&args, 0, sizeof(args));
	form->fill(&args);
	igt_assert_eq(vgpu_pv_ioctl(fields.fd, form->request, &args), -EACCES);
}

struct crowd {
	pthread_t id;
	const struct form **forms;
	size_t count, first;
	int wrong;
};

/* Each begins elsewhere, so that different calls meet; together they do all. */
static void *run_some(void *arg)
{
	struct crowd *one = arg;
	size_t i;

	for (i = 0; i < one->count / 5; i++) {
		const struct form *form = one->forms[(one->first + i) % one->count];

		if (!form->master)
			one->wrong += fields_run(form);
	}
	return NULL;
}

static void check_threads(const struct form **forms, size_t count)
{
	static struct crowd crowd[THREADS];
	size_t i;

	for (i = 0; i < THREADS; i++) {
		crowd[i] = (struct crowd){ .forms = forms, .count = count, .first = i };
		igt_assert_eq(pthread_create(&crowd[i].id, NULL, run_some, &crowd[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(crowd[i].id, NULL);
	for (i = 0; i < THREADS; i++)
		igt_assert_eq(crowd[i].wrong, 0);
}

static size_t collect(const struct form **forms)
{
	size_t i, k, count = 0;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		for (k = 0; k < parts[i]->count && count < MOST_FORMS; k++)
			forms[count++] = &parts[i]->forms[k];
	return count;
}

int igt_main()
{
	static const struct form *forms[MOST_FORMS];
	size_t i, count = collect(forms);
	int file;

	igt_fixture() {
		igt_assert_lt(count, MOST_FORMS);
		fields_set_up();
	}

	for (i = 0; i < count; i++) {
		igt_describe("UAPI: each field of the call wrong alone has its errno.");
		igt_subtest_f("%s", forms[i]->name) {
			igt_require_f(!forms[i]->master || fields.master,
				      "another program is master of the display\n");
			igt_assert_eq(fields_run(forms[i]), 0);
			vgpu_pv_check_alive(fields.fd);
			fields_check_neighbour();
		}
	}

	igt_describe("UAPI: the tables leave no call of the driver and no byte of a structure out.");
	igt_subtest("complete") {
		check_calls(forms, count);
		for (i = 0; i < count; i++)
			check_complete(forms[i]);
		fields_check_neighbour();
	}

	igt_describe("UAPI: a call whose structure is not the caller's to read and write is EFAULT.");
	igt_subtest("pointers") {
		for (i = 0; i < count; i++) {
			if (forms[i]->inner || forms[i]->more)
				continue;
			file = fields_again(forms[i]->card ? fields.card : fields.fd);
			igt_assert(file >= 0);
			check_pointers(forms[i], file);
			close(file);
		}
		fields_check_neighbour();
	}

	igt_describe("UAPI: the card's calls are EACCES on the render node.");
	igt_subtest("render-node") {
		for (i = 0; i < count; i++)
			if (forms[i]->card)
				check_render_node(forms[i]);
		fields_check_neighbour();
	}

	igt_describe("UAPI: stale, foreign and huge syncobjs are refused.");
	igt_subtest("syncobj-handles") {
		fields_check_syncobjs();
		fields_check_neighbour();
	}

	igt_describe("UAPI: what is gone can't be destroyed again, nor used.");
	igt_subtest("twice") {
		fields_check_twice();
		fields_check_neighbour();
	}

	igt_describe("[dev-context-lost] each call on a lost context has its errno.");
	igt_subtest("lost-context") {
		fields_check_lost();
		fields_check_neighbour();
	}

	igt_describe("[dev-context-lost] a context that is lost under its users' feet ends in EIO.");
	igt_subtest("lost-in-use") {
		fields_check_lost_in_use();
		fields_check_neighbour();
	}

	igt_describe("UAPI: a file that is closed under its users' feet ends in EBADF.");
	igt_subtest("closed-in-use") {
		fields_check_closed_in_use();
		fields_check_neighbour();
	}

	igt_describe("UAPI: 64 threads go through the tables at once.");
	igt_subtest("threads") {
		check_threads(forms, count);
		vgpu_pv_check_alive(fields.fd);
		fields_check_neighbour();
	}

	igt_fixture() {
		fields_check_neighbour();
		fields_tear_down();
	}
}
