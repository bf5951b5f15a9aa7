// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "glsl.h"

#define DISTANCE(i, operand) \
	"  gl_ClipDistance[" #i "] = dot(" operand ", clipp[" #i "]);\n"
#define PLANES(operand) \
	"if (clip_plane_enabled) {\n" \
	DISTANCE(0, operand) DISTANCE(1, operand) DISTANCE(2, operand) DISTANCE(3, operand) \
	DISTANCE(4, operand) DISTANCE(5, operand) DISTANCE(6, operand) DISTANCE(7, operand) "}\n"

/* as virglrenderer 0.10 writes it: a version that writes it otherwise is left alone */
static void clip_planes_become_a_loop(void **state)
{
	char *text = glsl_rewrite("in vec4 in_0;\nvoid main(void)\n{\ngl_Position = in_0;\n"
				  PLANES("clipv_tmp") "}\n");

	(void)state;
	assert_string_equal(text, "in vec4 in_0;\nout float gl_ClipDistance[8];\n"
			    "void main(void)\n{\ngl_Position = in_0;\n"
			    "for (int plane = clip_plane_enabled ? 0 : 8; plane < 8; plane++)\n"
			    "  gl_ClipDistance[plane] = dot(clipv_tmp, clipp[plane]);\n}\n");
	free(text);
}

static void what_is_not_that_text_stays(void **state)
{
	static const char *const texts[] = {
		"",
		"void main(void)\n{\n}\n",
		/* distances of the guest's own, or of another declaration */
		"out float gl_ClipDistance[2];\nvoid main(void)\n{\n" PLANES("gl_Position") "}\n",
		"void main(void)\n{\n" PLANES("gl_Position") "gl_ClipDistance[0] = 1.0;\n}\n",
		/* a geometry shader's, before each vertex */
		"void main(void)\n{\n" PLANES("gl_Position") PLANES("gl_Position") "}\n",
		/* fewer planes, an end that is missing, another expression */
		"void main(void)\n{\nif (clip_plane_enabled) {\n" DISTANCE(0, "gl_Position") "}\n}\n",
		"void main(void)\n{\nif (clip_plane_enabled) {\n",
		"void main(void)\n{\n" PLANES("a + b") "}\n",
		"void main(void)\n{\n" PLANES("a_name_that_is_longer_than_any_of_the_renderers") "}\n",
		PLANES("gl_Position") "void main(void)\n{\n}\n",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(glsl_rewrite(texts[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clip_planes_become_a_loop),
		cmocka_unit_test(what_is_not_that_text_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
