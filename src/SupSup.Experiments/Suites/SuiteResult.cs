using System.Collections.Immutable;

namespace SupSup.Experiments.Suites;

/// <summary>What the suite found.</summary>
/// <param name="Machine">What it was measured on.</param>
/// <param name="Rows">The rows that were measured.</param>
/// <param name="LeftOut">Names of rows whose data were not given.</param>
public sealed record SuiteResult(string Machine, ImmutableArray<SuiteRowResult> Rows, ImmutableArray<string> LeftOut);

/// <summary>What was found of one row.</summary>
/// <param name="Name">The row's name.</param>
/// <param name="Tasks">Number of tasks.</param>
/// <param name="Scenario">GNu: right where task and class are; GNs: right where the class is under the mask that was chosen.</param>
/// <param name="Recipe">How the masks were trained.</param>
/// <param name="Images">Single images that were asked.</param>
/// <param name="Batches">Batches that were asked.</param>
/// <param name="BatchSize">Images of a batch, which share a task.</param>
/// <param name="GivenTaskAccuracy">Accuracy on the single images with the task given.</param>
/// <param name="GivenTaskBatchAccuracy">The same of the batches' images.</param>
/// <param name="Marked">What the service marks as unknown of the single images, all of known tasks; null where no task keeps
/// quantiles.</param>
/// <param name="Rules">What each rule does.</param>
/// <param name="Unknown">How well the default rule's evidence tells inputs that are of no task; empty where the row has none.</param>
public sealed record SuiteRowResult(
    string Name, int Tasks, string Scenario, string Recipe, int Images, int Batches, int BatchSize, double GivenTaskAccuracy,
    double GivenTaskBatchAccuracy, SuiteMarked? Marked, ImmutableArray<SuiteRuleResult> Rules, ImmutableArray<SuiteUnknown> Unknown);

/// <summary>What one rule does on one row.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Single">On single images.</param>
/// <param name="Batch">On batches.</param>
public sealed record SuiteRuleResult(string Rule, SuiteFigure Single, SuiteFigure Batch);

/// <summary>What one rule does on queries of one size.</summary>
/// <param name="TaskFound">Share of queries whose task was found.</param>
/// <param name="Accuracy">Share of images that are right by the row's scenario.</param>
/// <param name="Milliseconds">Mean processor time of a query.</param>
/// <param name="CalibrationError">Expected calibration error of the probability that the task is right, over the queries that have one:
/// the mean over 15 equal intervals, by their queries, of the distance between mean probability and share found; null where none
/// has.</param>
public sealed record SuiteFigure(double TaskFound, double Accuracy, double Milliseconds, double? CalibrationError = null);
