/* What the density kernels share: the nodes of an integral, and the rule of Gauss and Legendre on panels. */
#ifndef KEEL_DENSITY_RULE_H
#define KEEL_DENSITY_RULE_H

#include <stddef.h>

/* Room for 60 panels of 16 nodes; equally spaced nodes are 64 at most. */
#define KEEL_LARGEST_NODE_COUNT 960

/* Nodes t of an integral and the weights of the posterior law of t: what the integrand and the rule give. */
typedef struct {
  double position[KEEL_LARGEST_NODE_COUNT], weight[KEEL_LARGEST_NODE_COUNT];
  size_t count;
} keel_nodes;

/* The rule of Gauss and Legendre of 16 nodes on [-1, 1]. */
static const double keel_legendre_node[16] = {
    -0x1.fa92c264d787ep-1, -0x1.e39f56616f9b0p-1, -0x1.bb3403514e483p-1, -0x1.82c45dda4726bp-1,
    -0x1.3c5a466d5e8b8p-1, -0x1.d50259a43a772p-2, -0x1.205cae642337cp-2, -0x1.852bd6676a9f9p-4,
    0x1.852bd6676a9f9p-4, 0x1.205cae642337cp-2, 0x1.d50259a43a772p-2, 0x1.3c5a466d5e8b8p-1,
    0x1.82c45dda4726bp-1, 0x1.bb3403514e483p-1, 0x1.e39f56616f9b0p-1, 0x1.fa92c264d787ep-1};
static const double keel_legendre_weight[16] = {
    0x1.bcddab4b7c211p-6, 0x1.fdfb1a2c1265dp-5, 0x1.85c4ee79cc258p-4, 0x1.fe7af2bad386ap-4,
    0x1.325f61bca3cbfp-3, 0x1.5a6ebbb5a75fcp-3, 0x1.75f8c77e0c00fp-3, 0x1.83feae80e4dfcp-3,
    0x1.83feae80e4dfcp-3, 0x1.75f8c77e0c00fp-3, 0x1.5a6ebbb5a75fcp-3, 0x1.325f61bca3cbfp-3,
    0x1.fe7af2bad386ap-4, 0x1.85c4ee79cc258p-4, 0x1.fdfb1a2c1265dp-5, 0x1.bcddab4b7c211p-6};

#endif
