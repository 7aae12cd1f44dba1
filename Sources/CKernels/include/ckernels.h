/* Public face of the C kernels. */
#ifndef KEEL_CKERNELS_H
#define KEEL_CKERNELS_H
#endif
