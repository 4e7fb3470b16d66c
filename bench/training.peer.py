"""Steps of the reference models in Keras, for training.ts: NAME BATCH SECONDS; prints ms of each step as JSON."""
import json
import sys
import time

import numpy as np
import tensorflow as tf

L = tf.keras.layers


def normalized_relu(x):
    return L.Activation("relu")(L.BatchNormalization()(x))


def conv(x, filters, kernel, strides=1):
    return L.Conv2D(filters, kernel, strides=strides, padding="same",
                    kernel_regularizer=tf.keras.regularizers.L2(1e-4))(x)


def ic():
    inputs = L.Input((32, 32, 3))
    x = normalized_relu(conv(inputs, 16, 3))
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        y = normalized_relu(conv(x, filters, 3, strides))
        y = L.BatchNormalization()(conv(y, filters, 3))
        if strides > 1:
            x = conv(x, filters, 1, strides)
        x = L.Activation("relu")(L.Add()([x, y]))
    x = L.Flatten()(L.AveragePooling2D(8)(x))
    return inputs, L.Dense(10, activation="softmax")(x)


def kws():
    inputs = L.Input((49, 10, 1))
    x = L.Dropout(0.2)(normalized_relu(conv(inputs, 64, (10, 4), 2)))
    for _ in range(4):
        x = normalized_relu(L.DepthwiseConv2D(3, padding="same")(x))
        x = normalized_relu(conv(x, 64, 1))
    x = L.Flatten()(L.AveragePooling2D((24, 5))(L.Dropout(0.4)(x)))
    return inputs, L.Dense(12, activation="softmax")(x)


def vww():
    inputs = L.Input((96, 96, 3))
    x = normalized_relu(conv(inputs, 8, 3, 2))
    strides = {1: 2, 3: 2, 5: 2, 11: 2}
    for i, filters in enumerate((16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256)):
        x = normalized_relu(L.DepthwiseConv2D(3, strides=strides.get(i, 1), padding="same")(x))
        x = normalized_relu(conv(x, filters, 1))
    x = L.Flatten()(L.AveragePooling2D(3)(x))
    return inputs, L.Dense(2, activation="softmax")(x)


def ad():
    inputs = x = L.Input((640,))
    for units in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = normalized_relu(L.Dense(units)(x))
    return inputs, L.Dense(640)(x)


name, batch, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
model = tf.keras.Model(*{"ic": ic, "kws": kws, "vww": vww, "ad": ad}[name]())
optimizer = tf.keras.optimizers.Adam()
loss = tf.keras.losses.MeanSquaredError() if name == "ad" else tf.keras.losses.CategoricalCrossentropy()
x = tf.constant(np.random.default_rng(1).standard_normal((batch, *model.input_shape[1:])), tf.float32)
y = x if name == "ad" else tf.one_hot(tf.range(batch) % model.output_shape[1], model.output_shape[1])


@tf.function
def step():
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True)) + sum(model.losses)
    variables = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(value, variables), variables))
    return value


for _ in range(5):
    step().numpy()
durations = []
end = time.perf_counter() + seconds
while time.perf_counter() < end:
    start = time.perf_counter()
    step().numpy()
    durations.append((time.perf_counter() - start) * 1000)
print(json.dumps(durations))
