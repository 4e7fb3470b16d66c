/**
 * What to do with which layer, as data.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { Graph, Operator } from "../../model/graph.ts";
import { parseJson } from "../parse_json.ts";
import type { WeightBits } from "./ranges.ts";
import { recipeSchema } from "./recipe_schema.ts";

/** A rule for some of the layers. Later rules win over earlier ones. */
export interface LayerRule {
  /** Which layers: by index in the model's operators, by kind, by a part of the name of what it gives. All have to agree. */
  match: { operator?: number; kind?: string; name?: string };
  /** `float32` leaves the layer alone, between a DEQUANTIZE and a QUANTIZE. [int8] */
  precision?: "int8" | "float32";
  /** Width of its weights, which are stored as int8. [8] */
  weightBits?: WeightBits;
  /** A scale for each output, or one for all. [true] */
  perChannel?: boolean;
  /** How the scales of the weights are chosen. [max] */
  weightMethod?: "max" | "mse";
  /** The range of what it gives, instead of the calibrated one. */
  range?: { min: number; max: number };
}

/** How a model is quantized, as a JSON file holds it. */
export interface QuantizationRecipe {
  /** How ranges of activations are chosen. [minmax] */
  method?: "minmax" | "percentile" | "mse" | "entropy";
  /** Of `percentile`: how many of a hundred values are inside. [99.99] */
  percent?: number;
  /** Equalize the weights of neighbouring layers first; see {@linkcode equalizeLayers}. [false] */
  equalize?: boolean;
  /** Correct biases by what rounding the weights shifts the outputs; see {@linkcode biasShifts}. [false] */
  biasCorrection?: boolean;
  /** Width of weights. [8] */
  weightBits?: WeightBits;
  /** A scale for each output, or one for all. [true] */
  perChannel?: boolean;
  /** How the scales of weights are chosen: see {@linkcode quantizeWeights}. [max] */
  weightMethod?: "max" | "mse";
  /** What the model takes and gives. [int8] */
  io?: "int8" | "uint8" | "float32";
  /** Scale and zero point of the model's input, instead of calibrated ones: those of the files that it will be given. */
  input?: { scale: number; zeroPoint: number };
  /** Exceptions. */
  layers?: LayerRule[];
}

/**
 * Reads a recipe.
 *
 * @param source Where it comes from, for the error.
 * @throws {InputError} It is no JSON, or holds something else.
 *
 * @example
 * ```ts
 * import { parseRecipe } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const recipe = parseRecipe('{"method": "mse", "layers": [{"match": {"operator": 0}, "precision": "float32"}]}');
 * assert.equal(recipe.layers?.[0].precision, "float32");
 * ```
 */
export function parseRecipe(text: string, source = "recipe"): QuantizationRecipe {
  return parseJson(text, recipeSchema, "recipe", {
    source,
    hint:
      "Keys are method, percent, equalize, biasCorrection, weightBits, perChannel, weightMethod, io, input and layers",
  });
}

/** What is done with one layer. */
export interface LayerSettings {
  /** See {@linkcode LayerRule}. */
  precision: "int8" | "float32";
  /** See {@linkcode LayerRule}. */
  weightBits: WeightBits;
  /** See {@linkcode LayerRule}. */
  perChannel: boolean;
  /** See {@linkcode LayerRule}. */
  weightMethod: "max" | "mse";
  /** See {@linkcode LayerRule}. */
  range?: { min: number; max: number };
}

/**
 * What the recipe says of each operator.
 *
 * @throws {InputError} A rule matches nothing.
 */
export function layerSettings(graph: Graph, recipe: QuantizationRecipe): LayerSettings[] {
  const { weightBits = 8, perChannel = true, weightMethod = "max", layers = [] } = recipe;
  const settings = graph.operators.map((): LayerSettings => ({
    precision: "int8",
    weightBits,
    perChannel,
    weightMethod,
  }));
  for (const [i, { match, ...rule }] of layers.entries()) {
    let matched = false;
    graph.operators.forEach((operator, index) => {
      if (!matches(graph, operator, index, match)) return;
      matched = true;
      Object.assign(settings[index], rule);
    });
    if (!matched) {
      throw new InputError(
        `Cannot apply rule ${i} of the recipe as no layer matches '${JSON.stringify(match)}'`,
        { source: "recipe", hint: "'thimble model info MODEL' lists the layers" },
      );
    }
  }
  return settings;
}

function matches(
  graph: Graph,
  operator: Operator,
  index: number,
  match: LayerRule["match"],
): boolean {
  return (match.operator === undefined || match.operator === index) &&
    (match.kind === undefined || match.kind.toUpperCase() === operator.kind) &&
    (match.name === undefined || graph.tensors[operator.outputs[0]].name.includes(match.name));
}
