namespace SupSup.Experiments.Evaluation;

/// <summary>How well inputs of no learned task are told from those of learned ones.</summary>
/// <param name="Threshold">Leads up to this are answered "unknown".</param>
/// <param name="TargetFalseAlarmRate">The share of known tasks' images that it was calibrated to call unknown.</param>
/// <param name="FalseAlarmRate">The share of other images of known tasks that it calls unknown.</param>
/// <param name="DetectionRate">The share of images of tasks that were never learned that it calls unknown.</param>
/// <param name="NewTasks">How many tasks these are of.</param>
/// <param name="Queries">Images asked of each kind.</param>
public sealed record UnknownReport(
    double Threshold, double TargetFalseAlarmRate, double FalseAlarmRate, double DetectionRate, int NewTasks, int Queries);
