/* The functions of one instruction set, for both scalars. */

#define SCALAR double
#define SUFFIX f64
#include "loss_body.h"
#undef SCALAR
#undef SUFFIX

#define SCALAR float
#define SUFFIX f32
#include "loss_body.h"
#undef SCALAR
#undef SUFFIX
