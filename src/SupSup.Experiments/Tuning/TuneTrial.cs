namespace SupSup.Experiments.Tuning;

/// <summary>One recipe of a search, as far as it got.</summary>
/// <param name="LearningRate">Peak learning rate.</param>
/// <param name="FirstLayerLearningRate">That of the first layer.</param>
/// <param name="SharedInitialScores">Whether tasks share their initial scores.</param>
/// <param name="Tasks">Tasks of the last stage that it reached.</param>
/// <param name="Accuracy">Average accuracy there, by the scenario's rule.</param>
/// <param name="GivenTaskAccuracy">With the task given.</param>
/// <param name="TaskInferenceAccuracy">Share of single images whose task was found.</param>
/// <param name="UnknownDetectionRate">Share of images of other tasks that were recognised as such at one in a
/// hundred false alarms; NaN where it was not measured.</param>
/// <param name="Out">The run's folder.</param>
public sealed record TuneTrial(
    double LearningRate, double FirstLayerLearningRate, bool SharedInitialScores, int Tasks, double Accuracy, double GivenTaskAccuracy,
    double TaskInferenceAccuracy, double UnknownDetectionRate, string Out);
