/* Sums of a network's outputs over the points of a cloud and over the signs of its axes: what the average
 * over a frame of principal axes takes, without the copies of the cloud.
 *
 * With the centre t, the axes V (columns) and the scale c, a point x has the coordinates p = V'(x - t) / c, and
 * the frame shows it to the network as s o p for all signs s, or for those with s_1 ... s_d = 1. Every one of
 * these goes through the same layers h <- activation(W h + b).
 *
 * The first layer is linear in the signs: W (s o p) + b = b + sum_j s_j u_j with the products u_j = p_j W_j, one
 * a coordinate and not one a sign. The sums over the first three signs (or fewer) are taken in pairs s and -s
 * that share them; the other signs go into the bias, once for eight frames. No sum is carried from frame to
 * frame, so that rounding does not grow with their number.
 *
 * The rows (a point with signs) of a block of 48 go through all layers before the next block is made, so that
 * nothing leaves the cache; the last activation and the sum over rows are part of the last product. After ReLU,
 * products with inputs that are zero are left out where that pays: weights must be finite.
 *
 * The partial sums of a block are of the scalar, those over blocks double. Instruction sets with fused
 * multiplication and addition return the same bits; without it, products are rounded. */
#ifndef KEEL_FRAMES_NETWORK_H
#define KEEL_FRAMES_NETWORK_H

#include <stddef.h>

/* The function between layers. */
enum {
  KEEL_ACTIVATION_NONE = 0,
  KEEL_ACTIVATION_RELU = 1, /* max(x, 0) */
  KEEL_ACTIVATION_TANH = 2,
  KEEL_ACTIVATION_SILU = 3  /* x / (1 + exp(-x)) */
};

#define KEEL_FRAMES_NETWORK_TYPES(real, suffix)                                                        \
  typedef struct {                                                                                     \
    size_t layers;        /* at least 1 */                                                             \
    const size_t *widths; /* layers + 1 of them: the inputs, and the outputs of each layer */          \
    const real *packed;   /* the layers, as keel_network_pack writes them; best at a multiple of 64 */ \
    int activation;       /* after every layer but the last */                                         \
    int last_activation;  /* after the last */                                                         \
  } keel_network_##suffix;                                                                             \
                                                                                                       \
  typedef struct {                                                                                     \
    size_t points;                                                                                     \
    const real *coordinates; /* points x dimension */                                                  \
    const real *center;      /* t */                                                                   \
    const real *axes;        /* V, dimension x dimension, by rows; an axis a column */                 \
    real scale;              /* c */                                                                   \
    int proper;              /* only signs with det(V diag(s)) > 0 */                                  \
  } keel_framed_cloud_##suffix;

KEEL_FRAMES_NETWORK_TYPES(double, f64)
KEEL_FRAMES_NETWORK_TYPES(float, f32)
#undef KEEL_FRAMES_NETWORK_TYPES

/* The number of scalars of a packed layer, and the place of layer `layer` among packed ones: the sum of those
 * before it. Outputs are padded to whole blocks of 64 bytes. */
size_t keel_network_packed_count_f64(size_t inputs, size_t outputs);
size_t keel_network_packed_count_f32(size_t inputs, size_t outputs);

/* Packs W (outputs x inputs, by rows) and b: the biases, then panels of at most 256 bytes of outputs, each with
 * the weights of one input after the other. What pads is zero. */
void keel_network_pack_f64(
    size_t inputs, size_t outputs, const double *weights, const double *biases, double *packed);
void keel_network_pack_f32(
    size_t inputs, size_t outputs, const float *weights, const float *biases, float *packed);

/* The number of scalars of workspace that the sums take. */
size_t keel_network_workspace_f64(const keel_network_f64 *network);
size_t keel_network_workspace_f32(const keel_network_f32 *network);

/* sums_k = the sum of output k over all points and signs. There are as many signs as
 * keel_frames_network_signs says: 2^d, or 2^(d-1) of them with proper ones only (1 for d = 0). */
void keel_frames_network_sums_f64(
    const keel_network_f64 *network, const keel_framed_cloud_f64 *cloud, double *sums,
    double *workspace);
void keel_frames_network_sums_f32(
    const keel_network_f32 *network, const keel_framed_cloud_f32 *cloud, double *sums,
    float *workspace);
size_t keel_frames_network_signs(size_t dimension, int proper);

/* The means of the outputs over clouds, from the sums of their pieces (a row of `outputs` each): those of cloud b
 * are the pieces first[b] to first[b + 1], added in that order and divided by its number of points and signs. */
void keel_network_means_f64(
    size_t clouds, size_t outputs, const size_t *first, const double *sums, const double *rows,
    double *means);
void keel_network_means_f32(
    size_t clouds, size_t outputs, const size_t *first, const double *sums, const double *rows,
    float *means);

/* The rows b + sum_j s_j u_j of a linear first layer, for all signs of its d products, or for those with
 * s_1 ... s_d = 1: row r has s_j = -1 where bit j of r is set; with proper signs the last one follows from the others.
 *
 * The products u_j are the rows of a d x outputs matrix; `rows` is signs x outputs. The workspace has room for
 * (d + 9) (outputs + 15) + 2 d numbers. */
void keel_signed_rows_f64(
    size_t dimension, int proper, size_t outputs, const double *biases, const double *products,
    double *rows, double *workspace);
void keel_signed_rows_f32(
    size_t dimension, int proper, size_t outputs, const float *biases, const float *products,
    float *rows, float *workspace);

/* x <- activation(x) for `count` numbers; the same bits on every instruction set. */
void keel_activate_f64(int activation, size_t count, double *x);
void keel_activate_f32(int activation, size_t count, float *x);

#endif
