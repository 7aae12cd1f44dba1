/* The body of one instruction set, in both scalars. */

#define KEEL_REAL double
#define KEEL_SCALAR f64
#define KEEL_DOUBLE 1
#define KEEL_WIDTH (KEEL_BYTES / 8)
#include KEEL_BODY
#undef KEEL_REAL
#undef KEEL_SCALAR
#undef KEEL_DOUBLE
#undef KEEL_WIDTH

#define KEEL_REAL float
#define KEEL_SCALAR f32
#define KEEL_DOUBLE 0
#define KEEL_WIDTH (KEEL_BYTES / 4)
#include KEEL_BODY
#undef KEEL_REAL
#undef KEEL_SCALAR
#undef KEEL_DOUBLE
#undef KEEL_WIDTH
