/* The kernels of one instruction set, in both scalars. */

#define KEEL_REAL double
#define KEEL_SCALAR f64
#define KEEL_LANES 8
#include "transfer_body.h"
#undef KEEL_REAL
#undef KEEL_SCALAR
#undef KEEL_LANES

#define KEEL_REAL float
#define KEEL_SCALAR f32
#define KEEL_LANES 16
#include "transfer_body.h"
#undef KEEL_REAL
#undef KEEL_SCALAR
#undef KEEL_LANES
