/* The kernels of one instruction set, in both scalars. */

#define KEEL_REAL double
#define KEEL_SCALAR f64
#define KEEL_DOUBLE 1
#define KEEL_BITS int64_t
#include "network_body.h"
#undef KEEL_REAL
#undef KEEL_SCALAR
#undef KEEL_DOUBLE
#undef KEEL_BITS

#define KEEL_REAL float
#define KEEL_SCALAR f32
#define KEEL_DOUBLE 0
#define KEEL_BITS int32_t
#include "network_body.h"
#undef KEEL_REAL
#undef KEEL_SCALAR
#undef KEEL_DOUBLE
#undef KEEL_BITS
