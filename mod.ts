/**
 * Thimble measures tiny machine learning: it drives boards over serial, scores them by the MLPerf Tiny rules, and
 * checks models against the reference.
 *
 * @module
 */

// Errors, time, and the table of benchmarks
export * from "./lib/benchmarks.ts";
export * from "./lib/clock.ts";
export * from "./lib/errors.ts";

// Serial ports, and devices under test
export * from "./lib/serial/conversation.ts";
export * from "./lib/serial/detect.ts";
export * from "./lib/serial/dut.ts";
export * from "./lib/serial/dut_errors.ts";
export type { OperatorTime } from "./lib/serial/dut_extensions.ts";
export * from "./lib/serial/interface_board.ts";
export * from "./lib/serial/io_manager.ts";
export * from "./lib/serial/io_manager_error.ts";
export * from "./lib/serial/lines.ts";
export * from "./lib/serial/list_ports.ts";
export * from "./lib/serial/memory_port.ts";
export * from "./lib/serial/open_port.ts";
export * from "./lib/serial/parse_results.ts";
export * from "./lib/serial/port_errors.ts";
export * from "./lib/serial/posix_port.ts";
export * from "./lib/serial/process_port.ts";
export * from "./lib/serial/pseudo_terminal.ts";
export * from "./lib/serial/serial_port.ts";
export * from "./lib/serial/unix_socket_port.ts";
export * from "./lib/serial/wire_port.ts";

// Boards that are flashed
export * from "./lib/serial/flash/flash_error.ts";
export {
  type FlashBoard,
  type FlashImage,
  readFlashImage,
} from "./lib/serial/flash/flash_image.ts";
export * from "./lib/serial/flash/flash_nucleo.ts";
export * from "./lib/serial/flash/flash_uno.ts";
export * from "./lib/serial/flash/nucleo_volumes.ts";

// Energy monitors
export * from "./lib/serial/monitors/capabilities.ts";
export * from "./lib/serial/monitors/energy_monitor.ts";
export * from "./lib/serial/monitors/joulescope/joulescope.ts";
export * from "./lib/serial/monitors/list_monitors.ts";
export * from "./lib/serial/monitors/lpm01a/ascii_decoder.ts";
export * from "./lib/serial/monitors/lpm01a/binary_decoder.ts";
export * from "./lib/serial/monitors/lpm01a/lpm01a.ts";
export type * from "./lib/serial/monitors/lpm01a/lpm01a_sink.ts";
export * from "./lib/serial/monitors/monitor_errors.ts";
export * from "./lib/serial/monitors/monitor_spec.ts";
export * from "./lib/serial/monitors/n6705/block_reader.ts";
export * from "./lib/serial/monitors/n6705/n6705.ts";
export * from "./lib/serial/monitors/open_monitor.ts";
export * from "./lib/serial/monitors/ppk2/ppk2.ts";
export * from "./lib/serial/monitors/ppk2/ppk2_decoder.ts";
export * from "./lib/serial/monitors/ppk2/ppk2_modifiers.ts";
export * from "./lib/serial/monitors/tcp_port.ts";
export * from "./lib/serial/monitors/time_map.ts";
export * from "./lib/serial/monitors/usbtmc_port.ts";

// Simulated boards and monitors
export * from "./lib/serial/virtual/board_model.ts";
export * from "./lib/serial/virtual/cost_model.ts";
export * from "./lib/seeded_random.ts";
export * from "./lib/serial/virtual/faults.ts";
export * from "./lib/serial/virtual/load_board_model.ts";
export * from "./lib/serial/virtual/monitors/lpm01a_values.ts";
export * from "./lib/serial/virtual/monitors/power_model.ts";
export * from "./lib/serial/virtual/monitors/power_source.ts";
export * from "./lib/serial/virtual/monitors/virtual_lpm01a.ts";
export * from "./lib/serial/virtual/monitors/virtual_n6705.ts";
export * from "./lib/serial/virtual/serve_board.ts";
export * from "./lib/serial/virtual/virtual_board.ts";

// Benches without hardware
export * from "./lib/lab/energy_lab.ts";
export * from "./lib/lab/find_qemu.ts";
export * from "./lib/lab/io_manager_port.ts";
export * from "./lib/lab/lab.ts";
export * from "./lib/lab/open_lab.ts";
export * from "./lib/lab/timed_dut.ts";
export * from "./lib/lab/uno.ts";
export * from "./lib/lab/virtual_dut.ts";

// Models: graphs, files, arithmetic
export * from "./lib/model/check_graph.ts";
export * from "./lib/model/compare_activations.ts";
export * from "./lib/model/compare_graphs.ts";
export * from "./lib/model/compare_models.ts";
export * from "./lib/model/dequantize_model.ts";
export type { ChannelRanges } from "./lib/model/engine/channel_ranges.ts";
export * from "./lib/model/engine/fold_constants.ts";
export * from "./lib/model/engine/int8_engine.ts";
export * from "./lib/model/errors.ts";
export * from "./lib/model/evaluate.ts";
export * from "./lib/model/fingerprint.ts";
export * from "./lib/model/float/float_executor.ts";
export * from "./lib/model/float/onnx_int8_executor.ts";
export * from "./lib/model/graph.ts";
export * from "./lib/model/graph_svg.ts";
export * from "./lib/model/int8/int8_executor.ts";
export * from "./lib/model/int8/quantize_input.ts";
export * from "./lib/model/int8/requantize.ts";
export * from "./lib/model/load_model.ts";
export * from "./lib/model/macs.ts";
export * from "./lib/model/onnx/read_onnx.ts";
export * from "./lib/model/onnx/write_onnx.ts";
export * from "./lib/model/plan_arena.ts";
export * from "./lib/model/run_int8.ts";
export * from "./lib/model/summary.ts";
export * from "./lib/model/tensor_error.ts";
export * from "./lib/model/tensor_values.ts";
export * from "./lib/model/tflite/read_tflite.ts";
export * from "./lib/model/tflite/write_tflite.ts";

// Models as C
export * from "./lib/model/compile/compile_model.ts";
export type { MemoryPart } from "./lib/model/compile/memory_part.ts";
export type { WireType } from "./lib/model/compile/wire_input.ts";

// Scores: pure functions
export * from "./lib/scoring/auc.ts";
export * from "./lib/scoring/confusion_matrix.ts";
export * from "./lib/scoring/cumulative_energy.ts";
export * from "./lib/scoring/detections.ts";
export * from "./lib/scoring/duty_cycle.ts";
export * from "./lib/scoring/energy.ts";
export * from "./lib/scoring/energy_drift.ts";
export * from "./lib/scoring/energy_uncertainty.ts";
export * from "./lib/scoring/median.ts";
export * from "./lib/scoring/roc_curve.ts";
export * from "./lib/scoring/sample_at.ts";
export * from "./lib/scoring/student_t.ts";
export * from "./lib/scoring/top1.ts";
export * from "./lib/scoring/window_alignment.ts";

// Runs, from the port to the score
export * from "./lib/runner/accuracy.ts";
export * from "./lib/runner/background_run.ts";
export * from "./lib/runner/demo_data.ts";
export type { EnergyBenchOptions, EnergySetup } from "./lib/runner/energy_bench.ts";
export * from "./lib/runner/energy_errors.ts";
export * from "./lib/runner/evaluate_set.ts";
export * from "./lib/runner/evaluation_inputs.ts";
export * from "./lib/runner/evaluation_set.ts";
export * from "./lib/runner/fitted_inputs.ts";
export * from "./lib/runner/open_board.ts";
export * from "./lib/runner/open_virtual_board.ts";
export * from "./lib/runner/performance.ts";
export * from "./lib/runner/progress.ts";
export * from "./lib/runner/run_session.ts";

// Sessions: runs as records
export * from "./lib/sessions/cifar_classes.ts";
export * from "./lib/sessions/compare_monitors.ts";
export * from "./lib/sessions/compare_printed.ts";
export * from "./lib/sessions/energy_report.ts";
export * from "./lib/sessions/energy_trace.ts";
export * from "./lib/sessions/events.ts";
export * from "./lib/sessions/labels.ts";
export * from "./lib/sessions/official_files.ts";
export * from "./lib/sessions/printed_figures.ts";
export * from "./lib/sessions/read_session.ts";
export * from "./lib/sessions/score.ts";
export { accuracyFigures } from "./lib/sessions/score_accuracy.ts";
export * from "./lib/sessions/score_session.ts";
export * from "./lib/sessions/session.ts";
export * from "./lib/sessions/session_folder.ts";
export * from "./lib/sessions/trace_file.ts";

// Logs of other runners, and published rounds
export * from "./lib/sessions/energyrunner/energyrunner_script.ts";
export * from "./lib/sessions/energyrunner/energyrunner_trace.ts";
export * from "./lib/sessions/energyrunner/relaxed_json.ts";
export * from "./lib/sessions/rounds/load_published.ts";
export * from "./lib/sessions/rounds/read_rounds.ts";
export * from "./lib/sessions/rounds/round_row.ts";
export * from "./lib/sessions/rounds/round_table.ts";

// Figures, tables, notebooks
export * from "./lib/analysis/board_of.ts";
export * from "./lib/analysis/compare_runs.ts";
export * from "./lib/analysis/confusion_matrix_figure.ts";
export * from "./lib/analysis/data_card.ts";
export * from "./lib/analysis/detections_figure.ts";
export * from "./lib/analysis/energy_figure.ts";
export * from "./lib/analysis/figure.ts";
export * from "./lib/analysis/figure_html.ts";
export * from "./lib/analysis/figure_image.ts";
export * from "./lib/analysis/generations_figure.ts";
export * from "./lib/analysis/graph_picture.ts";
export * from "./lib/analysis/layer_profile_figure.ts";
export * from "./lib/analysis/load_plotly.ts";
export * from "./lib/analysis/metrics.ts";
export * from "./lib/analysis/notebook_channel.ts";
export * from "./lib/analysis/pareto_figure.ts";
export * from "./lib/analysis/pareto_front.ts";
export * from "./lib/analysis/progress_bar.ts";
export * from "./lib/analysis/rank_results.ts";
export * from "./lib/analysis/report.ts";
export * from "./lib/analysis/result_row.ts";
export * from "./lib/analysis/roc_figure.ts";
export * from "./lib/analysis/show_progress.ts";
export * from "./lib/analysis/table.ts";
export * from "./lib/analysis/tensor_error_figure.ts";
export * from "./lib/analysis/throughput_figure.ts";
export * from "./lib/analysis/training_figure.ts";

// Submissions
export * from "./lib/submission/ask_system.ts";
export type { CalibrationEntry, CalibrationList } from "./lib/submission/calibration_list.ts";
export * from "./lib/submission/check_submission.ts";
export * from "./lib/submission/deviations.ts";
export type * from "./lib/submission/facts.ts";
export type * from "./lib/submission/finding.ts";
export type {
  Division,
  SubmittedOrganisation,
  SubmittedResult,
  SubmittedRun,
  SubmittedSystem,
} from "./lib/submission/layout.ts";
export { findOrganisations } from "./lib/submission/layout.ts";
export * from "./lib/submission/new_submission.ts";
export * from "./lib/submission/official_lines.ts";
export * from "./lib/submission/official_reference.ts";
export type {
  CheckedResult,
  CheckedRun,
  RunFigures,
  SubmissionReport,
} from "./lib/submission/report.ts";
export * from "./lib/submission/report_html.ts";
export * from "./lib/submission/report_sarif.ts";
export * from "./lib/submission/report_text.ts";
export { findRound, type Round, rounds } from "./lib/submission/rounds.ts";
export type * from "./lib/submission/rule.ts";
export * from "./lib/submission/rules.ts";
export type { SubmissionSession } from "./lib/submission/submission_session.ts";
export { readSubmissionSession } from "./lib/submission/submission_session.ts";
export * from "./lib/submission/submission_tree.ts";
export type { SubmittedModel } from "./lib/submission/submitted_model.ts";
export type {
  FieldProblem,
  SystemDescription,
  SystemField,
} from "./lib/submission/system_description.ts";
export { systemFields, systemProblems } from "./lib/submission/system_description.ts";

// Recordings, pictures, features
export * from "./lib/training/audio/read_wav.ts";
export { type Image, ImageError, type ReadImageOptions } from "./lib/training/images/image.ts";
export * from "./lib/training/images/read_image.ts";
export * from "./lib/training/images/read_jpeg.ts";
export * from "./lib/training/images/read_png.ts";
export * from "./lib/training/images/resize_image.ts";
export * from "./lib/training/features/ad_features.ts";
export * from "./lib/training/features/augment_images.ts";
export * from "./lib/training/features/bin_file.ts";
export * from "./lib/training/features/image_set.ts";
export * from "./lib/training/features/kws_features.ts";
export * from "./lib/training/features/lfbe.ts";
export * from "./lib/training/features/read_cifar10.ts";
export * from "./lib/training/features/write_features.ts";

// Data sets: fetched, opened, made
export * from "./lib/training/fetch/download.ts";
export * from "./lib/training/fetch/fetch_errors.ts";
export * from "./lib/training/fetch/fetch_set.ts";
export * from "./lib/training/fetch/fetch_sets.ts";
export * from "./lib/training/fetch/unpack.ts";
export * from "./lib/training/data/build_data_set.ts";
export * from "./lib/training/data/cifar10.ts";
export * from "./lib/training/data/coco_annotations.ts";
export * from "./lib/training/data/data_error.ts";
export type * from "./lib/training/data/data_set.ts";
export * from "./lib/training/data/evaluation_list.ts";
export { type ListedExample, readExampleList } from "./lib/training/data/example_list.ts";
export * from "./lib/training/data/feature_cache.ts";
export * from "./lib/training/data/feature_settings.ts";
export * from "./lib/training/data/open_built_data_set.ts";
export {
  openSpeechCommands,
  readBackground,
  type SpeechCommandsOptions,
} from "./lib/training/data/speech_commands.ts";
export * from "./lib/training/data/stream_batches.ts";
export { openToyCar, type ToyCarOptions } from "./lib/training/data/toy_car.ts";
export * from "./lib/training/data/visual_wake_words.ts";
export type { SyntheticOptions, SyntheticSettings } from "./lib/training/synthetic/make_splits.ts";
export { syntheticAd } from "./lib/training/synthetic/synthetic_ad.ts";
export { syntheticIc } from "./lib/training/synthetic/synthetic_ic.ts";
export { syntheticKws } from "./lib/training/synthetic/synthetic_kws.ts";
export * from "./lib/training/synthetic/synthetic_sets.ts";
export {
  syntheticSww,
  type WakewordStream,
  wakewordStream,
  type WakewordStreamOptions,
} from "./lib/training/synthetic/synthetic_sww.ts";
export { syntheticVww } from "./lib/training/synthetic/synthetic_vww.ts";
export * from "./lib/training/synthetic/write_evaluation_folder.ts";

// Cards of data sets
export * from "./lib/training/cards/data_report.ts";
export * from "./lib/training/cards/encode_png.ts";
export * from "./lib/training/cards/encode_wav.ts";
export * from "./lib/training/cards/measure_data_set.ts";

// Training
export * from "./lib/training/load_tf.ts";
export type * from "./lib/training/architectures/architecture_options.ts";
export * from "./lib/training/architectures/architectures.ts";
export { buildTrainingPlan } from "./lib/training/plan/build_training_plan.ts";
export * from "./lib/training/plan/errors.ts";
export type * from "./lib/training/plan/optimizer_settings.ts";
export type * from "./lib/training/plan/training_plan.ts";
export {
  evaluateOnSplit,
  type EvaluateOnSplitOptions,
} from "./lib/training/runs/evaluate_on_split.ts";
export type { SplitFigures } from "./lib/training/runs/evaluate_rows.ts";
export * from "./lib/training/runs/follow_training.ts";
export * from "./lib/training/runs/import_weights.ts";
export { type LearningRate, learningRateAt } from "./lib/training/runs/learning_rate.ts";
export * from "./lib/training/runs/quantize_trained.ts";
export * from "./lib/training/runs/recipes.ts";
export * from "./lib/training/runs/run_errors.ts";
export * from "./lib/training/runs/synthetic_models.ts";
export { train } from "./lib/training/runs/train.ts";
export type * from "./lib/training/runs/train_options.ts";
export type * from "./lib/training/runs/trained_model.ts";
export {
  checkTrainingRecipe,
  parseTrainingRecipe,
  type RecipeAugmentation,
  type RecipeData,
  type RecipeFeatures,
  type RecipeMetric,
  type TrainingRecipe,
} from "./lib/training/runs/training_recipe.ts";
export {
  parseTrainingRecord,
  readTrainingRun,
  type TrainingCheckpointRecord,
  type TrainingEpochRecord,
  type TrainingNoticeRecord,
  type TrainingRecord,
  type TrainingResultRecord,
  type TrainingRun,
  type TrainingStartRecord,
  type TrainingStopRecord,
} from "./lib/training/runs/training_records.ts";

// Smaller models: quantized, pruned
export * from "./lib/training/quantization/calibrate.ts";
export * from "./lib/training/quantization/calibration_data.ts";
export * from "./lib/training/quantization/clip_range.ts";
export * from "./lib/training/quantization/equalize_layers.ts";
export * from "./lib/training/quantization/explain_loss.ts";
export * from "./lib/training/quantization/quantize_model.ts";
export * from "./lib/training/quantization/quantize_weights.ts";
export * from "./lib/training/quantization/ranges.ts";
export * from "./lib/training/quantization/recipe.ts";
export * from "./lib/training/qat/build_qat_plan.ts";
export * from "./lib/training/qat/export_qat.ts";
export type { QatSettings } from "./lib/training/qat/qat_settings.ts";
export * from "./lib/training/pruning/prune.ts";
export * from "./lib/training/pruning/pruning_curve.ts";
export { floatModel, type FloatModelOptions } from "./lib/training/export/float_model.ts";

// Sweeps
export * from "./lib/training/sweep/sweep.ts";
export { sweepWorker, type SweepWorkerOptions } from "./lib/training/sweep/sweep_queue.ts";
export { readSweepResults, type SweepResult } from "./lib/training/sweep/sweep_results.ts";
export * from "./lib/training/sweep/sweep_space.ts";
