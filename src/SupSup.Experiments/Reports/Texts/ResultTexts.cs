using SupSup.Experiments.Configuration;
using SupSup.Experiments.Evaluation;

namespace SupSup.Experiments.Reports.Texts;

/// <summary>How reports speak of a result.</summary>
internal static class ResultTexts
{
    private const int LongestNetwork = 40;

    /// <summary>Method and scenario, as a legend has them.</summary>
    public static string Legend(this ExperimentResult result) =>
        $"{MethodName(result.Config.Method)}, "
            + $"{(result.Scenario == Scenario.GG ? "task given" : result.Scenario == Scenario.NNs ? "task never given" : "task inferred")} "
            + $"({result.Scenario})";

    /// <summary>What was learned, as a title has it; the steps of a long network would not fit.</summary>
    public static string Title(this ExperimentResult result) =>
        $"{result.Tasks} {result.Config.Family} {result.Config.DatasetTitle} tasks, "
            + $"{(result.Config.Network.Length > LongestNetwork ? "" : $"{result.Config.Network}, ")}{result.Config.Outputs} outputs";

    /// <summary>The checkpoints up to one, that one included.</summary>
    public static IReadOnlyList<CheckpointResult> Until(this ExperimentResult result, int checkpoint) =>
        [.. result.Checkpoints.Take(checkpoint + 1)];

    private static string MethodName(string method) => method switch
    {
        "supsup" => "SupSup",
        "hop" => "HopSupSup",
        "batche" => "BatchE",
        "ewc" => "EWC",
        "psp" => "PSP",
        "batche-random" => "BatchE, random weights",
        "trained-on" => "one network trained on, a copy kept for each task",
        "separate-heads" => "separate heads",
        "separate-heads-random" => "separate heads, random trunk",
        "own-weights" => "own weights per task",
        "one-network" => "one network",
        _ => method,
    };
}
