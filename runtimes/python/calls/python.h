/* What these modules use of CPython, from its documented stable ABI (PEP 384) for 32 bits.
 * componentize-py brings the interpreter as WebAssembly, and no headers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct _object PyObject;
typedef long Py_ssize_t;
typedef PyObject *(*PyCFunctionFast)(PyObject *self, PyObject *const *args, Py_ssize_t n);

enum { METH_FASTCALL = 0x80, PyBUF_WRITABLE = 1, PYTHON_ABI_VERSION = 3 };

struct _object {
	Py_ssize_t ob_refcnt;
	PyObject *ob_type;
};

typedef struct {
	const char *ml_name;
	PyCFunctionFast ml_meth; /* ours are all METH_FASTCALL */
	int ml_flags;
	const char *ml_doc;
} PyMethodDef;

typedef struct {
	PyObject ob_base;
	PyObject *(*m_init)(void);
	Py_ssize_t m_index;
	PyObject *m_copy;
	const char *m_name;
	const char *m_doc;
	Py_ssize_t m_size;
	PyMethodDef *m_methods;
	void *m_slots, *m_traverse, *m_clear, *m_free;
} PyModuleDef;

typedef struct {
	void *buf;
	PyObject *obj;
	Py_ssize_t len, itemsize;
	int readonly, ndim;
	char *format;
	Py_ssize_t *shape, *strides, *suboffsets;
	void *internal;
} Py_buffer;

_Static_assert(sizeof(Py_ssize_t) == 4 && sizeof(void *) == 4, "the ABI of 32 bits");

extern PyObject *PyExc_TypeError;

PyObject *PyModule_Create2(PyModuleDef *def, int version);
PyObject *PyErr_Occurred(void);
void PyErr_SetString(PyObject *type, const char *text);
void Py_DecRef(PyObject *o);
long PyLong_AsLong(PyObject *o);
long long PyLong_AsLongLong(PyObject *o);
unsigned long PyLong_AsUnsignedLong(PyObject *o);
PyObject *PyLong_FromLong(long value);
PyObject *PyBytes_FromStringAndSize(const char *bytes, Py_ssize_t size);
char *PyBytes_AsString(PyObject *o);
int PyBytes_AsStringAndSize(PyObject *o, char **ret_bytes, Py_ssize_t *ret_size);
PyObject *PyTuple_New(Py_ssize_t size);
int PyTuple_SetItem(PyObject *tuple, Py_ssize_t i, PyObject *stolen);
int PyObject_GetBuffer(PyObject *o, Py_buffer *ret, int flags);
void PyBuffer_Release(Py_buffer *view);
