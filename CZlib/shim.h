/* zlib, for gzip files and the deflated members of .npz archives. */
#ifndef KEEL_CZLIB_SHIM_H
#define KEEL_CZLIB_SHIM_H
#include <zlib.h>
#endif
