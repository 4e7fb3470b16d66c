#include "kernels.h"

/* Four pixels by eight columns: sixteen registers hold the sums, the factors and what is spread. */

INLINE void store_columns(float *c, vec x, vec y, int columns, int accumulate) {
  if (accumulate) {
    x = add(x, load(c));
    y = add(y, load(c + 4));
  }
  if (columns == 8) {
    store(c, x);
    store(c + 4, y);
  } else {
    store_some(c, x, columns);
    if (columns > 4) store_some(c + 4, y, columns - 4);
  }
}

#define TIMES(i)                     \
  {                                  \
    vec s = load_spread(a##i + k);   \
    x##i = multiply_add(s, b0, x##i); \
    y##i = multiply_add(s, b1, y##i); \
  }

/*
 * c[out[p] + n] (+)= bias[n] + sum over taps t and k of a[in[p] + taps[t] + k] * b[t * tap_length + k][n]; b in panels
 * of eight columns, see pack.c.
 */
void multiply_taps(const float *a, const int *taps, int tap_count, int tap_length, const float *panels, float *c,
                   const int *in, const int *out, int pixels, int columns, const float *bias, int accumulate) {
  for (int n = 0; n < columns; n += 8, panels += tap_count * tap_length * 8) {
    const int some = smaller(columns - n, 8);
    const vec bias0 = bias ? load(bias + n) : ZERO;
    const vec bias1 = bias ? load(bias + n + 4) : ZERO;
    int p = 0;
    for (; p + 4 <= pixels; p += 4) {
      vec x0 = bias0, x1 = bias0, x2 = bias0, x3 = bias0, y0 = bias1, y1 = bias1, y2 = bias1, y3 = bias1;
      const float *b = panels;
      for (int t = 0; t < tap_count; t++) {
        const float *at = a + taps[t];
        const float *a0 = at + in[p], *a1 = at + in[p + 1], *a2 = at + in[p + 2], *a3 = at + in[p + 3];
        for (int k = 0; k < tap_length; k++, b += 8) {
          const vec b0 = load(b), b1 = load(b + 4);
          TIMES(0) TIMES(1) TIMES(2) TIMES(3)
        }
      }
      store_columns(c + out[p] + n, x0, y0, some, accumulate);
      store_columns(c + out[p + 1] + n, x1, y1, some, accumulate);
      store_columns(c + out[p + 2] + n, x2, y2, some, accumulate);
      store_columns(c + out[p + 3] + n, x3, y3, some, accumulate);
    }
    for (; p < pixels; p++) {
      vec x0 = bias0, y0 = bias1;
      const float *b = panels;
      for (int t = 0; t < tap_count; t++) {
        const float *a0 = a + taps[t] + in[p];
        for (int k = 0; k < tap_length; k++, b += 8) {
          const vec b0 = load(b), b1 = load(b + 4);
          TIMES(0)
        }
      }
      store_columns(c + out[p] + n, x0, y0, some, accumulate);
    }
  }
}

#define LANE(i)                                        \
  {                                                    \
    vec s = wasm_i32x4_shuffle(four, four, i, i, i, i); \
    x##i = multiply_add(s, b0, x##i);                  \
    y##i = multiply_add(s, b1, y##i);                  \
  }

/*
 * dw[t * tap_length + k][n] += sum over p of a[in[p] + taps[t] + k] * dy[p][n], a strip of pixels after the other, so
 * that dy stays in the cache.
 */
void add_outer_products(const float *a, const int *taps, int tap_count, int tap_length, const float *dy, float *dw,
                        const int *in, int pixels, int columns, int strip) {
  for (; pixels > 0; pixels -= strip, in += strip, dy += strip * columns) {
    const int count = smaller(pixels, strip);
    for (int n = 0; n < columns; n += 8) {
      const int some = smaller(columns - n, 8);
      for (int t = 0; t < tap_count; t++) {
        const float *at = a + taps[t];
        float *d = dw + t * tap_length * columns + n;
        int k = 0;
        for (; k + 4 <= tap_length; k += 4, d += 4 * columns) {
          vec x0 = ZERO, x1 = ZERO, x2 = ZERO, x3 = ZERO, y0 = ZERO, y1 = ZERO, y2 = ZERO, y3 = ZERO;
          const float *y = dy + n;
          for (int p = 0; p < count; p++, y += columns) {
            const vec four = load(at + in[p] + k), b0 = load(y), b1 = load(y + 4);
            LANE(0) LANE(1) LANE(2) LANE(3)
          }
          store_columns(d, x0, y0, some, 1);
          store_columns(d + columns, x1, y1, some, 1);
          store_columns(d + 2 * columns, x2, y2, some, 1);
          store_columns(d + 3 * columns, x3, y3, some, 1);
        }
        for (; k < tap_length; k++, d += columns) {
          vec x0 = ZERO, y0 = ZERO;
          const float *y = dy + n;
          for (int p = 0; p < count; p++, y += columns) {
            const vec s = load_spread(at + in[p] + k);
            x0 = multiply_add(s, load(y), x0);
            y0 = multiply_add(s, load(y + 4), y0);
          }
          store_columns(d, x0, y0, some, 1);
        }
      }
    }
  }
}

void add_column_sums(const float *x, float *sums, int rows, int columns) {
  for (int n = 0; n < columns; n += 4) {
    vec sum = ZERO;
    for (int r = 0; r < rows; r++) sum = add(sum, load(x + r * columns + n));
    store_some(sums + n, add(load(sums + n), sum), columns - n);
  }
}
