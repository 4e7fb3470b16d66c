#include "kernels.h"

void dense(const struct dense *call, const struct work *work) {
  const int no_tap = 0;
  multiply_taps(call->x, &no_tap, 1, call->rows, call->weights, call->y, call->in + work->first,
                call->out + work->first, work->end - work->first, call->columns, call->bias, call->accumulate);
}

/* Rows of the weights' gradient: each sums over the whole batch, so no shard has a copy. */
void dense_filter_gradient(const struct dense_filter_gradient *call, const struct work *work) {
  const int no_tap = 0, items = work->control->items;
  int first, end;
  part_range(call->rows, work->part, call->parts, &first, &end);
  if (first == end) return;
  float *dw = call->dw + first * call->columns;
  set_zero(dw, (end - first) * call->columns);
  add_outer_products(call->x + first, &no_tap, 1, end - first, call->dy, dw, call->in, items, call->columns, items);
}

void column_sums(const struct column_sums *call, const struct work *work) {
  set_zero(call->sums, call->columns);
  add_column_sums(call->x, call->sums, work->control->items, call->columns);
}
