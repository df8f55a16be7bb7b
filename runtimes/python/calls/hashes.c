/* The Python module wasmrun_hashes: what hashlib has from OpenSSL, and what takes minutes in
 * Python. */
#include "python.h"
#include "ro_mix.h"

#include <stdbool.h>

/* ro_mix(block, n, r) -> the block mixed; 128 * r bytes, n a power of 2 */
static PyObject *hashes_ro_mix(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
	PyObject *mixed, *scratch;
	unsigned long n, r;
	Py_ssize_t len = 0;
	char *block;

	(void)self;
	if (n_args != 3) {
		PyErr_SetString(PyExc_TypeError, "wrong number of arguments");
		return NULL;
	}
	if (PyBytes_AsStringAndSize(args[0], &block, &len) < 0)
		return NULL;
	n = PyLong_AsUnsignedLong(args[1]);
	r = PyLong_AsUnsignedLong(args[2]);
	if (PyErr_Occurred())
		return NULL;
	if (len <= 0 || r != (unsigned long)len / 128 || n < 2 || (n & (n - 1)) ||
	    n >= (1UL << 31) / (unsigned long)len) {
		PyErr_SetString(PyExc_TypeError, "wrong sizes");
		return NULL;
	}
	mixed = PyBytes_FromStringAndSize(block, len);
	scratch = PyBytes_FromStringAndSize(NULL, len * (Py_ssize_t)(n + 1));
	if (mixed && scratch) /* a bytes object's content lies at 16 bytes from its start */
		ro_mix((uint32_t *)PyBytes_AsString(mixed), (uint32_t *)PyBytes_AsString(scratch),
		       n, r);
	else if (mixed)
		Py_DecRef(mixed);
	if (!scratch)
		return NULL;
	Py_DecRef(scratch);
	return mixed;
}

static PyMethodDef methods[] = {
	{ "ro_mix", hashes_ro_mix, METH_FASTCALL, NULL },
	{ 0 },
};

static PyModuleDef module = {
	.ob_base = { .ob_refcnt = 1 },
	.m_name = "wasmrun_hashes",
	.m_doc = "The part of scrypt that takes time.",
	.m_size = -1,
	.m_methods = methods,
};

__attribute__((visibility("default"))) PyObject *PyInit_wasmrun_hashes(void)
{
	return PyModule_Create2(&module, PYTHON_ABI_VERSION);
}
