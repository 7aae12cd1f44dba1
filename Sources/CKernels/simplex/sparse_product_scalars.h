/* The kernels of one instruction set, for both scalars. */
#define KEEL_SCALAR f64
#define KEEL_REAL double
#define KEEL_LANES 8
#include "sparse_product_body.h"
#undef KEEL_SCALAR
#undef KEEL_REAL
#undef KEEL_LANES

#define KEEL_SCALAR f32
#define KEEL_REAL float
#define KEEL_LANES 16
#include "sparse_product_body.h"
#undef KEEL_SCALAR
#undef KEEL_REAL
#undef KEEL_LANES
