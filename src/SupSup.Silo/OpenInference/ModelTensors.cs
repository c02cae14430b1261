using SupSup.Grains.Interfaces.Models;

namespace SupSup.Silo.OpenInference;

/// <summary>The tensors that every model takes and gives.</summary>
internal static class ModelTensors
{
    /// <summary>Name of the input.</summary>
    public const string Input = "input";

    /// <summary>The version that a model has by itself: masks come and go, the network stays.</summary>
    public const string Version = "1";

    /// <summary>The version of a model of images that clients which classify images understand: one input, of pixels, and one output, of
    /// probabilities.</summary>
    public const string ImageVersion = "image";

    /// <summary>What the protocol calls the runtime.</summary>
    public const string Platform = "supsup_supermask";

    /// <summary>The outputs.</summary>
    public static IReadOnlyList<TensorDescription> Outputs { get; } =
    [
        new("task", "INT64", [-1]),
        new("class", "INT64", [-1]),
        new("confidence", "FP64", [-1]),
        new("entropy", "FP64", [-1]),
        new("lead", "FP64", [-1]),
        new("unknown", "BOOL", [-1]),
        new("runners_up", "INT64", [-1, -1]),
        new("runner_up_scores", "FP32", [-1, -1]),
        new("task_name", "BYTES", [-1]),
        new("class_name", "BYTES", [-1]),
        new("typicality", "FP64", [-1]),
        new("recovered", "BOOL", [-1]),
        new("steps", "INT64", [-1]),
        new(ClassProbabilities.Output, "FP32", [-1, -1]),
    ];

    /// <summary>Makes the outputs that were asked for.</summary>
    /// <param name="predictions">One per row.</param>
    /// <param name="runnersUp">Columns of the runners-up.</param>
    /// <param name="requested">Which, in this order; empty for all that cost nothing, but names only where there are any.</param>
    /// <param name="probabilities">Those of classes, where they were asked for.</param>
    public static OutputTensor[] Of(
        Prediction[] predictions, int runnersUp, IReadOnlyCollection<RequestedOutput> requested, ClassProbabilities? probabilities)
    {
        IEnumerable<RequestedOutput> wanted = requested.Count == 0
            ? Outputs.Where(output => IsTold(output.Name, predictions)).Select(output => new RequestedOutput(output.Name))
            : requested.DistinctBy(output => output.Name);
        return [.. wanted.Select(one =>
        {
            if (one.Name == ClassProbabilities.Output) return probabilities!.ToTensor(one.TopClasses);
            (string name, string datatype, long[] shape) = Outputs.First(output => output.Name == one.Name);
            return new OutputTensor(
                name,
                datatype,
                shape.Length == 1 ? [predictions.Length] : [predictions.Length, runnersUp],
                Values(name, predictions, runnersUp));
        })];
    }

    private static bool IsTold(string output, Prediction[] predictions) => output switch
    {
        "task_name" => predictions.Any(prediction => prediction.TaskName is not null),
        "class_name" => predictions.Any(prediction => prediction.ClassName is not null),
        "typicality" => predictions.Any(prediction => prediction.Typicality is not null),
        "recovered" or "steps" => predictions.Any(prediction => prediction.Recovery is not null),
        ClassProbabilities.Output => false, // each mask is run once more for them
        _ => true,
    };

    private static Array Values(string output, Prediction[] predictions, int runnersUp) => output switch
    {
        "task" => Array.ConvertAll(predictions, prediction => (long)prediction.Task),
        "class" => Array.ConvertAll(predictions, prediction => (long)prediction.Class),
        "confidence" => Array.ConvertAll(predictions, Confidence.Of),
        "entropy" => Array.ConvertAll(predictions, prediction => prediction.Entropy),
        "lead" => Array.ConvertAll(predictions, prediction => Math.Min(prediction.Lead, double.MaxValue)), // JSON has no infinity
        "typicality" => Array.ConvertAll(predictions, prediction => prediction.Typicality ?? -1), // JSON has no NaN
        "recovered" => Array.ConvertAll(predictions, prediction => prediction.Recovery?.IsStored ?? false),
        "steps" => Array.ConvertAll(predictions, prediction => (long)(prediction.Recovery?.Steps ?? 0)),
        "unknown" => Array.ConvertAll(predictions, prediction => prediction.IsUnknown),
        "task_name" => Array.ConvertAll(predictions, prediction => prediction.TaskName ?? ""),
        "class_name" => Array.ConvertAll(predictions, prediction => prediction.ClassName ?? ""),
        "runners_up" => RunnersUp(predictions, runnersUp, candidate => candidate.Task, -1L),
        _ => RunnersUp(predictions, runnersUp, candidate => candidate.Score, 0f),
    };

    private static T[] RunnersUp<T>(Prediction[] predictions, int columns, Func<Candidate, T> value, T none) =>
        [.. predictions.SelectMany(prediction => Enumerable.Range(0, columns)
            .Select(n => n < prediction.RunnersUp.Length ? value(prediction.RunnersUp[n]) : none))];
}
