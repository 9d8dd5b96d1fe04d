/* The parser as a Python module: `language()` returns the grammar in the capsule that `tree_sitter.Language` takes. */

#include <Python.h>

typedef struct TSLanguage TSLanguage;

const TSLanguage *tree_sitter_prompt_graph(void);

static PyObject *language(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(arguments)) {
    return PyCapsule_New((void *)tree_sitter_prompt_graph(), "tree_sitter.Language", NULL);
}

static PyMethodDef methods[] = {
    {"language", language, METH_NOARGS, "language() -> object\n--\n\nThe grammar, as a capsule for `tree_sitter.Language`."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {0, NULL},
};

static PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_binding",
    .m_doc = "The generated parser of prompt graphs.",
    .m_size = 0,
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__binding(void) {
    return PyModuleDef_Init(&definition);
}
